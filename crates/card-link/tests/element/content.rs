//! Loading, installing and deleting: what is refused leaves nothing, and what is sent is answered.

use crate::common::{APPLET, PACKAGE, PIN, identity, provision, send, unlock};
use card_link::gp::{GpError, Kind, Related, Session};
use card_link::{Aid, CardKeys, Element, InProcess};

fn new_card() -> (InProcess, CardKeys) {
    let keys = CardKeys::random().unwrap();
    (InProcess::create(keys.card_options()).unwrap(), keys)
}

fn aid(text: &str) -> Aid {
    text.parse().unwrap()
}

fn names(card: &mut InProcess, keys: &CardKeys) -> Vec<(Kind, String)> {
    let entries = Session::open(card, keys).unwrap().list().unwrap();
    entries.into_iter().map(|entry| (entry.kind, entry.aid.to_string())).collect()
}

#[test]
fn a_card_lists_what_was_loaded_and_forgets_what_was_deleted() {
    let (mut card, keys) = new_card();
    let domain = (Kind::IssuerDomain, "A000000151000000".to_owned());
    assert_eq!(names(&mut card, &keys), std::slice::from_ref(&domain));
    provision(&mut card, &keys);
    let loaded =
        [domain.clone(), (Kind::Application, APPLET.to_owned()), (Kind::Package, PACKAGE.to_owned())];
    assert_eq!(names(&mut card, &keys), loaded);

    let mut session = Session::open(&mut card, &keys).unwrap();
    let refused = session.delete(&aid(PACKAGE), Related::Nothing);
    assert!(matches!(refused, Err(GpError::Refused { .. })), "it has an instance");
    session.delete(&aid(PACKAGE), Related::Instances).unwrap();
    assert_eq!(names(&mut card, &keys), [domain]);
    assert_eq!(send(&mut card, &format!("00A4040009{APPLET}00")), "6A82");
    provision(&mut card, &keys);
    unlock(&mut card);
}

#[test]
fn a_selected_applet_is_not_deleted() {
    let (mut card, keys) = new_card();
    provision(&mut card, &keys);
    assert_eq!(send(&mut card, "0070000001"), "019000");
    assert_eq!(send(&mut card, &format!("01A4040009{APPLET}00")), "9000");
    let mut session = Session::open(&mut card, &keys).unwrap();
    assert!(session.delete(&aid(APPLET), Related::Nothing).is_err());
    assert_eq!(send(&mut card, "0070800100"), "9000");
    Session::open(&mut card, &keys).unwrap().delete(&aid(APPLET), Related::Nothing).unwrap();
}

#[test]
fn an_installation_that_fails_leaves_nothing() {
    let (mut card, keys) = new_card();
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.load_cap(identity()).unwrap();
    // The applet refuses to come to be without a PIN.
    let refused = session.install(&aid(PACKAGE), &aid(APPLET), &aid(APPLET), b"");
    assert!(matches!(refused, Err(GpError::Refused { status, .. }) if status.0 == 0x6A80), "{refused:?}");
    assert_eq!(send(&mut card, &format!("00A4040009{APPLET}00")), "6A82");
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.install(&aid(PACKAGE), &aid(APPLET), &aid(APPLET), PIN).unwrap();
    assert!(session.install(&aid(PACKAGE), &aid(APPLET), &aid(APPLET), PIN).is_err(), "the name is taken");
    unlock(&mut card);
}

#[test]
fn a_load_file_changed_anywhere_is_refused_or_harmless_and_the_card_goes_on() {
    let (mut card, keys) = new_card();
    let good = identity().to_load_file().unwrap();
    let mut refused = 0;
    for at in (0..good.len()).step_by(good.len() / 60) {
        let mut file = good.clone();
        file[at] ^= 0x41;
        let mut session = Session::open(&mut card, &keys).unwrap();
        match session.load(&aid(PACKAGE), &file) {
            Ok(()) => {
                let _ = session.install(&aid(PACKAGE), &aid(APPLET), &aid(APPLET), PIN);
                session.delete(&aid(PACKAGE), Related::Instances).unwrap();
            }
            Err(GpError::Refused { .. }) => refused += 1,
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
    assert!(refused > 30, "{refused}");
    provision(&mut card, &keys);
}

#[test]
fn a_refused_load_says_why() {
    let (mut card, keys) = new_card();
    let mut file = identity().to_load_file().unwrap();
    file.truncate(file.len() / 2);
    assert!(Session::open(&mut card, &keys).unwrap().load(&aid(PACKAGE), &file).is_err());
    assert!(card.diagnosis().is_some());
    assert!(card.diagnosis().is_none(), "asked once");
}

#[test]
fn keys_of_another_card_open_nothing() {
    let (mut card, keys) = new_card();
    let others = CardKeys::random().unwrap();
    assert!(matches!(Session::open(&mut card, &others), Err(GpError::WrongKeys)));
    let fresh = CardKeys::random_version(2).unwrap();
    Session::open(&mut card, &keys).unwrap().put_keys(&fresh, Some(1)).unwrap();
    assert!(Session::open(&mut card, &keys).is_err(), "the old keys are no more");
    Session::open(&mut card, &fresh).unwrap();
}

#[test]
fn whatever_an_applet_is_sent_is_answered() {
    let (mut card, keys) = new_card();
    provision(&mut card, &keys);
    unlock(&mut card);
    let mut state = 0x1D_u64;
    let mut draw = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..4_000 {
        let [cla, ins, p1, p2, length, form, ..] = draw().to_le_bytes();
        let cla = [0x00, 0x80, 0x84, 0x90, 0x40, 0xC0, cla][usize::from(cla) % 7];
        let ins = [0x20, 0x24, 0x10, 0x12, 0x14, 0x16, 0x18, 0x22, 0x26, 0x28, 0x50, 0x82, ins]
            [usize::from(ins) % 13];
        let data: Vec<u8> = (0..length).map(|_| draw().to_le_bytes()[3]).collect();
        let mut command = vec![cla, ins, p1 % 6, p2 & 0x81];
        match form % 4 {
            0 => {}
            1 => command.push(length),
            2 => command.extend([&[length][..], &data].concat()),
            _ => command.extend([&[0, 0, length][..], &data, &[0, 0]].concat()),
        }
        assert!(card.transmit(&command).unwrap().len() >= 2, "{}", hex::encode(&command));
    }
    card.reset().unwrap();
    assert_eq!(send(&mut card, &format!("00A4040009{APPLET}00")), "9000");
}

#[test]
fn what_was_installed_and_deleted_leaves_nothing_behind() {
    let (mut card, keys) = new_card();
    provision(&mut card, &keys);
    let mut sizes = Vec::new();
    for _ in 0..3 {
        Session::open(&mut card, &keys).unwrap().delete(&aid(APPLET), Related::Nothing).unwrap();
        sizes.push(card.image().len());
        let mut session = Session::open(&mut card, &keys).unwrap();
        session.install(&aid(PACKAGE), &aid(APPLET), &aid(APPLET), PIN).unwrap();
    }
    assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
}

#[test]
fn cards_come_up_from_their_images_with_what_they_knew() {
    let (mut card, keys) = new_card();
    provision(&mut card, &keys);
    unlock(&mut card);
    assert!(send(&mut card, "8010010000").ends_with("9000"));
    let public = send(&mut card, "8012010000");
    let mut again = InProcess::restore(&card.image()).unwrap();
    assert_eq!(send(&mut again, &format!("00A4040009{APPLET}00")), "9000");
    assert_eq!(send(&mut again, "8012010000"), public);
}
