//! What GlobalPlatform is to an applet and to its host: domains, personalization, life cycles, the global PIN, secure
//! channels of either protocol.

use std::path::Path;
use std::sync::OnceLock;

use crate::common::{compile, send};
use card_image::cap::CapFile;
use card_link::gp::{
    CardInfo, CardState, DataForm, GpError, Installation, Kind, LoadHash, Lock, Management, Protection,
    Selectable, Session,
};
use card_link::{
    Aid, CardKeys, CardOptions, Element, InProcess, KeySpec, Level, SecureChannelProtocol, StatusWord,
};

pub(crate) const PACKAGE: &str = "F04D414E41";
pub(crate) const APPLET: &str = "F04D414E4101";

fn cap() -> &'static CapFile {
    static CAP: OnceLock<CapFile> = OnceLock::new();
    CAP.get_or_init(|| {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java/managed");
        compile(&sources, "org.medseal.managed", PACKAGE, &[(APPLET, "org.medseal.managed.Managed")])
    })
}

pub(crate) fn aid(text: &str) -> Aid {
    text.parse().unwrap()
}

pub(crate) fn status(result: Result<(), GpError>) -> u16 {
    match result {
        Ok(()) => 0x9000,
        Err(GpError::Refused { status, .. }) => status.0,
        Err(other) => panic!("{other}"),
    }
}

pub(crate) fn select(card: &mut impl Element) -> String {
    send(card, &format!("00A4040006{APPLET}00"))
}

/// A card of a protocol with the applet, which has privileges.
pub(crate) fn new_card(spec: KeySpec, channel: Option<(u8, u8)>, privileges: &[u8]) -> (InProcess, CardKeys) {
    let keys = CardKeys::random_of(spec, 1).unwrap();
    let mut options: CardOptions = keys.card_options();
    if let Some((number, i)) = channel {
        options = options.secure_channel(SecureChannelProtocol::parse(number, i).unwrap());
    }
    let mut card = InProcess::create(options).unwrap();
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.load_cap(cap()).unwrap();
    let (package, applet) = (aid(PACKAGE), aid(APPLET));
    let what = Installation {
        package: &package,
        applet: &applet,
        instance: &applet,
        privileges,
        parameters: &[],
        selectable: Selectable::Now,
    };
    session.install_as(&what).unwrap();
    (card, keys)
}

/// The forms of the protocols that a host may meet.
const FORMS: [(KeySpec, Option<(u8, u8)>); 8] = [
    (KeySpec::Des, None),
    (KeySpec::Des, Some((2, 0x55))),
    (KeySpec::Des, Some((2, 0x75))),
    (KeySpec::Aes128, None),
    (KeySpec::Aes192, Some((3, 0x10))),
    (KeySpec::Aes256, Some((3, 0x60))),
    (KeySpec::Aes128, Some((3, 0x71))),
    (KeySpec::Aes128, Some((3, 0x00))),
];

#[test]
fn a_host_speaks_what_the_card_speaks() {
    for (spec, channel) in FORMS {
        let (mut card, keys) = new_card(spec, channel, &[]);
        let mut session = Session::open(&mut card, &keys).unwrap();
        if let Some((number, i)) = channel {
            assert_eq!((session.protocol().number(), session.protocol().i()), (number, i));
        }
        let entries = session.list().unwrap();
        assert_eq!(entries.len(), 3, "{spec:?} {channel:?}");
        // New keys of the same kind, and the card with them.
        let fresh = CardKeys::random_of(spec, 9).unwrap();
        session.put_keys(&fresh, Some(1)).unwrap();
        assert!(Session::open(&mut card, &keys).is_err());
        Session::open(&mut card, &fresh).unwrap();
        let other = if spec == KeySpec::Des { KeySpec::Aes128 } else { KeySpec::Des };
        let wrong = Session::open(&mut card, &CardKeys::random_of(other, 9).unwrap());
        assert!(matches!(wrong, Err(GpError::KeyKind { .. })));
        let info = CardInfo::read(&mut card).unwrap();
        assert_eq!(info.version.as_deref(), Some("2.3.1"));
        assert_eq!((info.keys.len(), info.keys[0].version), (3, 9));
        assert_eq!(info.resources.map(|resources| resources.applications), Some(1));
        assert_eq!(info.production.len(), 42);
    }
}

#[test]
fn an_applet_opens_a_channel_and_answers_through_it() {
    for (spec, channel) in FORMS {
        for level in [Level::C_MAC, Level::C_DECRYPTION, Level::C_DECRYPTION_R_MAC, Level::FULL] {
            let (mut card, keys) = new_card(spec, channel, &[]);
            assert_eq!(select(&mut card), "9000");
            // The default of SCP02 is i=15, which has no R-MAC; an applet's host must know what it asks for.
            let session = Session::authenticate(&mut card, &keys, level);
            let Ok(mut session) = session else {
                let refused = matches!(
                    session.err().unwrap(),
                    GpError::Refused { status: StatusWord::WRONG_P1P2, .. }
                        | GpError::WrongKeys
                        | GpError::Refused { status: StatusWord::WRONG_LENGTH, .. }
                );
                assert!(refused, "{spec:?} {channel:?} {level:?}");
                continue;
            };
            let answer = session.transmit(&[0x80, 0x10, 0, 0, 3, 1, 2, 3, 0]).unwrap();
            assert_eq!(answer.data, [0x80 | level.byte(), 1, 2, 3], "{spec:?} {channel:?} {level:?}");
            // What announces no protection is the applet's to judge: it comes as it is, and the session goes on.
            if !level.response_mac() {
                assert_eq!(
                    send(&mut card, "801000000301020300"),
                    format!("{:02X}0102039000", 0x80 | level.byte())
                );
            }
            // A wrong MAC ends it, and the applet is told so from then on.
            assert_eq!(send(&mut card, "8410000008000000000000000000"), "6982");
            assert_eq!(send(&mut card, "8010000001AA00"), "6985");
        }
    }
}

#[test]
fn an_applet_is_personalized_by_its_domain() {
    let (mut card, keys) = new_card(KeySpec::Aes128, None, &[]);
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.personalize(&aid(APPLET)).unwrap();
    session.store_data(DataForm::Unspecified, b"a name").unwrap();
    session.personalize(&aid(APPLET)).unwrap();
    assert_eq!(status(session.store_data(DataForm::Groupings, &[0xFF])), 0x6A99);
    // Its domain alone may: a package takes none, and what is unknown neither.
    assert_eq!(status(session.personalize(&aid(PACKAGE))), 0x6A88);
    assert_eq!(status(session.personalize(&aid("F000000009"))), 0x6A88);
    assert_eq!(select(&mut card), "9000");
    assert_eq!(send(&mut card, "8001000000"), "61206E616D659000");
}

#[test]
fn a_domain_of_its_own_manages_the_applet() {
    let (mut card, keys) = new_card(KeySpec::Aes128, None, &[]);
    let domain = aid("F000000055");
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.install_domain(&domain, Management::Authorized).unwrap();
    session.extradite(&aid(APPLET), &domain).unwrap();
    let own = CardKeys::random_of(KeySpec::Aes256, 3).unwrap();
    let mut session = Session::open_at(&mut card, Some(&domain), &keys, Protection::Strongest).unwrap();
    session.put_keys(&own, None).unwrap();
    let mut session = Session::open_at(&mut card, Some(&domain), &own, Protection::Strongest).unwrap();
    let entries = session.list().unwrap();
    let seen: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.state())).collect();
    let expected = [(Kind::Domain, "PERSONALIZED".to_owned()), (Kind::Application, "SELECTABLE".to_owned())];
    assert_eq!(seen, expected);
    assert_eq!(entries[1].domain, Some(domain));
    // The applet's channel is its domain's.
    assert_eq!(select(&mut card), "9000");
    assert!(matches!(Session::authenticate(&mut card, &keys, Level::C_MAC), Err(GpError::Refused { .. })));
    Session::authenticate(&mut card, &own, Level::FULL).unwrap();
    // The domain locks it, the issuer deletes it, and then the domain.
    let mut session = Session::open_at(&mut card, Some(&domain), &own, Protection::Strongest).unwrap();
    session.set_lock(&aid(APPLET), Lock::Locked).unwrap();
    assert_eq!(select(&mut card), "6A82");
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.set_lock(&aid(APPLET), Lock::Unlocked).unwrap();
    assert_eq!(status(session.delete(&domain, card_link::gp::Related::Nothing)), 0x6985);
    session.delete(&aid(APPLET), card_link::gp::Related::Nothing).unwrap();
    session.delete(&domain, card_link::gp::Related::Nothing).unwrap();
}

#[test]
fn a_load_file_that_does_not_hash_to_what_was_announced_is_refused() {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    let file = cap().to_load_file().unwrap();
    let mut session = Session::open(&mut card, &keys).unwrap();
    let digest = LoadHash::Digest(&[7; 32]);
    assert_eq!(status(session.load_for(&aid(PACKAGE), &file, None, digest)), 0x6A80);
    let mut hasher = card_runtime::crypto::Hasher::new(card_runtime::crypto::HashAlgorithm::Sha256);
    hasher.update(&file);
    let digest = hasher.finish();
    session.load_for(&aid(PACKAGE), &file, None, LoadHash::Digest(digest.as_ref())).unwrap();
}

#[test]
fn an_applet_moves_its_own_life_cycle_and_with_privileges_the_cards() {
    let (mut card, keys) = new_card(KeySpec::Aes128, None, &[]);
    assert_eq!(select(&mut card), "9000");
    for (command, answer) in [
        ("8002000000", "07019000"),
        ("8003030000", "009000"),
        ("8003170000", "019000"),
        ("8002000000", "17019000"),
        // No privilege, no effect.
        ("8004000000", "009000"),
        ("8005000000", "009000"),
        // It locks itself and cannot unlock itself.
        ("8003800000", "019000"),
        ("8002000000", "97019000"),
        ("8003070000", "009000"),
    ] {
        assert_eq!(send(&mut card, command), answer, "{command}");
    }
    card.reset().unwrap();
    assert_eq!(select(&mut card), "6A82");
    Session::open(&mut card, &keys).unwrap().set_lock(&aid(APPLET), Lock::Unlocked).unwrap();
    assert_eq!(select(&mut card), "9000");

    let (mut card, keys) = new_card(KeySpec::Aes128, None, &[0x18]);
    let mut session = Session::open(&mut card, &keys).unwrap();
    session.set_card_state(CardState::Initialized).unwrap();
    session.set_card_state(CardState::Secured).unwrap();
    assert_eq!(select(&mut card), "9000");
    assert_eq!(send(&mut card, "8004000000"), "019000");
    assert_eq!(send(&mut card, "8002000000"), "077F9000");
    assert_eq!(send(&mut card, "8005000000"), "019000");
    assert_eq!(send(&mut card, "8002000000"), "6985");
}

#[test]
fn the_default_application_is_selected_after_a_reset() {
    let (mut card, keys) = new_card(KeySpec::Aes128, None, &[0x04]);
    card.reset().unwrap();
    assert_eq!(send(&mut card, "8002000000"), "07019000");
    let entries = Session::open(&mut card, &keys).unwrap().list().unwrap();
    let implicit: Vec<_> = entries.iter().map(|entry| entry.implicit).collect();
    assert_eq!(implicit, [false, true, false]);
}

#[test]
fn the_global_pin_is_every_applets_and_changed_with_a_privilege() {
    let (mut card, _) = new_card(KeySpec::Aes128, None, &[]);
    assert_eq!(select(&mut card), "9000");
    assert_eq!(send(&mut card, "80060000043132333400"), "0000009000", "no privilege");
    let (mut card, _) = new_card(KeySpec::Aes128, None, &[0x02]);
    assert_eq!(select(&mut card), "9000");
    for (command, answer) in [
        ("80060000043132333400", "0108039000"),
        ("80060100043132333500", "000C029000"),
        ("80060100043132333400", "010E039000"),
        ("80060100043132333500", "000C029000"),
        ("80060100043132333500", "000C019000"),
        ("80060100043132333500", "000D009000"),
        ("80060100043132333400", "000D009000"),
        ("80060200043132333400", "0108039000"),
        ("80060100043132333400", "010E039000"),
    ] {
        assert_eq!(send(&mut card, command), answer, "{command}");
    }
    card.reset().unwrap();
    assert_eq!(select(&mut card), "9000");
    assert_eq!(send(&mut card, "80060100043132333500"), "000C029000");
}
