//! GET DATA and PUT DATA: chains, extended lengths, access, and a writer that stops half-way.

use super::{PIV, SELECT, VERIFY, administrate, card, chained, parameters, put};
use crate::element::{follow, install, send};
use card_link::{CardFile, CardKeys, Durability, Element};

/// A data object with a value of so many bytes.
fn object(length: usize) -> Vec<u8> {
    let [.., high, low] = length.to_be_bytes();
    let head = match length {
        0..0x80 => vec![0x53, low],
        0x80..0x100 => vec![0x53, 0x81, low],
        _ => vec![0x53, 0x82, high, low],
    };
    let value = (0..length).map(|at| at.to_le_bytes()[0] ^ 0x5A);
    head.into_iter().chain(value).collect()
}

/// GET DATA, and GET RESPONSE as often as the status word asks for it.
fn get(card: &mut impl Element, tag: &str, length: &str) -> Vec<u8> {
    let mut answer = send(card, &format!("00CB3FFF055C03{tag}{length}"));
    let mut data = Vec::new();
    loop {
        let (piece, status) = answer.split_at(answer.len() - 4);
        data.extend(hex::decode(piece).unwrap());
        match status.strip_prefix("61") {
            Some(left) => answer = send(card, &format!("00C00000{left}")),
            None => {
                assert_eq!(status, "9000");
                return data;
            }
        }
    }
}

#[test]
fn objects_of_any_length_are_read_as_they_were_written() {
    let mut card = card();
    administrate(&mut card);
    for (length, piece) in
        [(0, 255), (1, 255), (0x7F, 255), (0x80, 20), (0xFF, 255), (0x100, 255), (1858, 255), (12_704, 250)]
    {
        let object = object(length);
        put(&mut card, "5FC105", &object, piece);
        assert_eq!(get(&mut card, "5FC105", "00"), object, "{length}");
        assert_eq!(get(&mut card, "5FC105", "10"), object, "{length}, in small pieces");
    }
    // Both directions in extended form, as one command each.
    let object = object(3000);
    let data = [&hex::decode("5C035FC10A").unwrap()[..], &object].concat();
    let command = format!("00DB3FFF00{:04X}{}", data.len(), hex::encode(&data));
    assert_eq!(send(&mut card, &command), "9000");
    let answer = send(&mut card, "00CB3FFF0000055C035FC10A0000");
    assert_eq!(answer, format!("{}9000", hex::encode_upper(&object)));
}

#[test]
fn only_those_who_may_read_and_write() {
    let mut card = card();
    let put_chuid = "00DB3FFF08 5C035FC102 5301AA";
    follow(&mut card, &format!("{put_chuid} | 6982 | nobody is administrator yet"));
    administrate(&mut card);
    follow(&mut card, &format!("{put_chuid} | 9000 |\n 00CB3FFF055C035FC10200 | 5301AA9000 |"));
    for tag in ["5FC103", "5FC108", "5FC109", "5FC121", "5FC123"] {
        follow(
            &mut card,
            &format!(
                "00DB3FFF08 5C03{tag} 530155 | 9000 |
                 00CB3FFF055C03{tag}00 | 6982 | the cardholder's alone
                 {VERIFY} | 9000 |
                 00CB3FFF055C03{tag}00 | 530155 9000 |
                 0020FF80 | 9000 |"
            ),
        );
    }
    follow(
        &mut card,
        "00CB3FFF055C035FC10100 | 6A82 | not written
         00CB3FFF055C035FC10400 | 6A82 | no object has this tag
         00CB3FFF055C035FC12400 | 6A82 |
         00CB3FFF045C027F6100 | 6A82 |
         00CB3FFF065C045FC1020000 | 6A80 |
         00CB3FFF045C035FC100 | 6A80 |
         00CB3FFF00 | 6A80 |
         00CB3F00055C035FC10200 | 6A86 |
         00DB3FFF027E00 | 6A81 | the discovery object says what is so
         00DB3FFF085C035FC1045301AA | 6A81 |
         00DB3FFF085C035FC102 5401AA | 6A80 |
         00DB3FFF085C035FC102 5302AA | 6A80 | less than it says
         00DB3FFF095C035FC102 5301AABB | 6A80 | more
         00DB3FFF095C035FC102 5382FFFF | 6A80 |
         00DB3FFF095C035FC102 53827FFF | 6A84 | more than an array holds
         00CB3FFF055C035FC10200 | 5301AA9000 | after all this",
    );
}

/// Two objects, and as many power cuts as there are commands: a reader finds the one or the other, whole.
#[test]
fn a_writer_that_stops_half_way_leaves_the_old_object() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card");
    let keys = CardKeys::random().unwrap();
    let mut card = CardFile::create_with(&path, keys.card_options(), Durability::Process).unwrap();
    install(&mut card, &keys, &PIV, &parameters()).unwrap();
    let (old, new) = (object(600), object(900));
    let mut written = chained("5FC101", &old, 250);
    prove(&mut card);
    written.iter().for_each(|command| assert_eq!(send(&mut card, command), "9000"));
    written = chained("5FC101", &new, 250);
    for done in 0..=written.len() {
        prove(&mut card);
        written.iter().take(done).for_each(|command| assert_eq!(send(&mut card, command), "9000"));
        drop(card);
        card = CardFile::open_with(&path, Durability::Process).unwrap();
        follow(&mut card, &format!("{SELECT} | *9000 |"));
        let expected = if done == written.len() { &new } else { &old };
        assert_eq!(&get(&mut card, "5FC101", "00"), expected, "after {done} commands");
    }
}

/// Selects, and proves to hold the administration key.
fn prove(card: &mut CardFile) {
    follow(card, &format!("{SELECT} | *9000 |"));
    administrate(card);
}
