//! The NDEF applet: a Type 4 Tag, command by command, and a reader that knows nothing of us.

mod clients;

use crate::element::{Applet, card_with, follow, install};
use card_link::{CardFile, CardKeys, Durability, InProcess};

pub(crate) const NDEF: Applet = Applet {
    cap: include_bytes!("../../../../../applets/ndef/ndef.cap"),
    package: "F04D45444E444546",
    class: "F04D45444E44454601",
    instance: "D2760000850101",
};

const SELECT: &str = "00A4040007D276000085010100";
const CONTAINER: &str = "00A4000C02E103";
const MESSAGE: &str = "00A4000C02E104";

/// A file of 512 bytes with one record, the URI `https://example.org`.
pub(crate) fn parameters() -> Vec<u8> {
    [&b"\x02\x00\xD1\x01\x0CU\x04"[..], b"example.org"].concat()
}

#[test]
fn a_tag_is_read_and_written_and_closed() {
    let (mut card, _keys) = card_with(&NDEF, &parameters());
    let uri = "D1010C55046578616D706C652E6F7267";
    follow(
        &mut card,
        &format!(
            "{SELECT} | 9000 |
             00B0000000 | 6986 | no file yet
             00A4000C02E105 | 6A82 |
             00A4000002E104 | 6A86 |
             {CONTAINER} | 9000 |
             00B000000F | 000F2000FF00FF0406E10402000000 9000 | all of it
             00B0000B02 | 0200 9000 | the size
             00B0000F01 | 6B00 | after the end
             00D6000E0100 | 6982 | the only change is the last one
             00D6000D01FF | 6982 |
             {MESSAGE} | 9000 |
             00B0000002 | 0010 9000 | its length
             00B0000210 | {uri} 9000 |
             00D60000020000 | 9000 | while it is written it is empty
             00D6000205D000000001 | 9000 |
             00D60000020003 | 9000 |
             00B0000007 | 0003D000000001 9000 |
             00D601FE020102 | 9000 | the last two bytes
             00D601FF020102 | 6B00 |
             00B001FE10 | 0102 9000 |
             00D6000000 | 6700 |
             00D0000000 | 6D00 |
             90B0000000 | 6E00 |
             {CONTAINER} | 9000 |
             00D6000E01FF | 9000 | closed
             00B0000E01 | FF9000 |
             00D6000E0100 | 6982 | for ever
             {MESSAGE} | 9000 |
             00D60000020000 | 6982 |
             00B0000002 | 0003 9000 |"
        ),
    );
}

#[test]
fn what_was_written_is_there_after_a_power_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tag");
    let keys = CardKeys::random().unwrap();
    let mut card = CardFile::create_with(&path, keys.card_options(), Durability::Process).unwrap();
    install(&mut card, &keys, &NDEF, &parameters()).unwrap();
    let data = "AB".repeat(200);
    follow(&mut card, &format!("{SELECT} | 9000 |\n {MESSAGE} | 9000 |\n 00D60010C8{data} | 9000 |"));
    drop(card);
    let mut card = CardFile::open_with(&path, Durability::Process).unwrap();
    follow(&mut card, &format!("{SELECT} | 9000 |\n {MESSAGE} | 9000 |\n 00B00010C8 | {data}9000 |"));
}

#[test]
fn a_tag_that_makes_no_sense_is_not_installed() {
    let wrong: [(&str, &[u8]); 5] = [
        ("nothing", b""),
        ("too small", b"\x00\x04"),
        ("negative", b"\x80\x00"),
        ("longer than the file", b"\x00\x05\xD0\x00\x00\x00"),
        ("too large", b"\x7F\xFF"),
    ];
    for (what, parameters) in wrong {
        let keys = CardKeys::random().unwrap();
        let mut card = InProcess::create(keys.card_options()).unwrap();
        let refused = install(&mut card, &keys, &NDEF, parameters).unwrap_err().to_string();
        assert!(refused.contains("6A80"), "{what}: {refused}");
    }
    let (mut card, _keys) = card_with(&NDEF, b"\x7F\xFE");
    follow(&mut card, &format!("{SELECT} | 9000 |\n {MESSAGE} | 9000 |\n 00B0000002 | 0000 9000 | empty"));
}
