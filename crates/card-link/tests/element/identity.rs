//! The identity applet from its Java source to a seal that an offline verifier accepts.

use crate::common::{APPLET, provision, seal, send, unlock};
use card_link::{CardFile, CardKeys, Durability, Element, InProcess};
use seal::{Batch, ChainHead, DeviceId, Micros, SealedBatch, VerifyingKey};

fn batch(number: i64) -> Batch {
    let device: DeviceId = "bed-1".parse().unwrap();
    Batch { device, time: Micros(1_800_000_000_000_000 + number), readings: Vec::new() }
}

#[test]
fn seals_of_the_applet_verify_and_chain() {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    provision(&mut card, &keys);
    unlock(&mut card);
    let mut point = [0; 65];
    for key in ["01", "02", "03"] {
        let answer = send(&mut card, &format!("8010{key}0000"));
        assert!(answer.starts_with("04") && answer.ends_with("9000"), "{answer}: {:?}", card.diagnosis());
        if key == "01" {
            point.copy_from_slice(&hex::decode(&answer[..130]).unwrap());
        }
        assert_eq!(send(&mut card, &format!("8018{key}0000")), answer);
        assert_eq!(send(&mut card, &format!("8010{key}0000")), "6985", "a key is made once");
    }
    let key = VerifyingKey::from_sec1_point("bed-1".parse().unwrap(), &point).unwrap();
    let mut head: Option<ChainHead> = None;
    for number in 1..=20 {
        let bytes = batch(number).encode();
        let made = seal(&mut card, &seal::sha256(&bytes));
        assert_eq!(seal(&mut card, &seal::sha256(&bytes)), made, "the same hash again gives the same seal");
        let verified = key.verify(SealedBatch::join(&made, &bytes).unwrap()).unwrap();
        assert_eq!(verified.counter().0, u64::try_from(number).unwrap());
        head = Some(match head {
            None => ChainHead::at(&verified),
            Some(head) => head.next(&verified).unwrap(),
        });
    }
}

#[test]
fn a_card_file_keeps_the_chain_over_power_cuts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    let keys = CardKeys::random().unwrap();
    let mut card = CardFile::create_with(&path, keys.card_options(), Durability::Process).unwrap();
    assert!(CardFile::open(&path).is_err(), "the card is in use");
    provision(&mut card, &keys);
    unlock(&mut card);
    assert!(send(&mut card, "8010010000").ends_with("9000"));
    for number in 1..=10_u8 {
        let made = seal(&mut card, &[number; 32]);
        drop(card);
        card = CardFile::open_with(&path, Durability::Process).unwrap();
        assert_eq!(send(&mut card, &format!("00A4040009{APPLET}00")), "9000");
        assert_eq!(send(&mut card, "8022000000"), format!("{}9000", hex::encode_upper(made)));
        assert_eq!(send(&mut card, "8028000000"), format!("010001{number:016X}039000"));
    }
}
