//! The PIV applet: its commands as the standard has them, and clients that know nothing of this project.

mod clients;
mod commands;
mod guide;
mod keys;
mod objects;

use crate::element::{Applet, card_with, send};
use card_link::{Element, InProcess};
use card_runtime::crypto::AesKey;

pub(crate) const PIV: Applet = Applet {
    cap: include_bytes!("../../../../../applets/piv/piv.cap"),
    package: "F04D4544504956",
    class: "F04D454450495601",
    instance: "A000000308000010000100",
};

const SELECT: &str = "00A4040009A0000003080000100000";
const ADMIN: [u8; 16] = *b"\x10\x21\x32\x43\x54\x65\x76\x87\x98\xA9\xBA\xCB\xDC\xED\xFE\x0F";
/// Selects the issuer's domain, and with that leaves the applet.
const LEAVE: &str = "00A4040000";
const VERIFY: &str = "0020008008 3237313832 38 FFFF";

/// PIN 271828, PUK 31415926.
fn parameters() -> Vec<u8> {
    [&b"\x80\x06271828\x81\x0831415926\x9B\x10"[..], &ADMIN].concat()
}

/// A card with the applet selected.
fn card() -> InProcess {
    let (mut card, _keys) = card_with(&PIV, &parameters());
    select(&mut card);
    card
}

fn select(card: &mut InProcess) {
    assert!(send(card, SELECT).ends_with("9000"));
}

/// One block under the administration key.
fn enciphered(block: &[u8]) -> [u8; 16] {
    let mut block: [u8; 16] = block.try_into().unwrap();
    AesKey::new(&ADMIN).unwrap().encrypt_block(&mut block);
    block
}

/// Proves to hold the administration key, by external authentication.
fn administrate(card: &mut impl Element) {
    let asked = hex::decode(send(card, "0087089B04 7C028100 00")).unwrap();
    let answer = hex::encode(enciphered(&asked[4..20]));
    assert_eq!(send(card, &format!("0087089B14 7C128210{answer}")), "9000");
}

/// Makes a key and gives its point, 04 x y.
fn generate(card: &mut impl Element, key: &str) -> Vec<u8> {
    let answer = hex::decode(send(card, &format!("004700{key}05 AC03800111 00"))).unwrap();
    assert_eq!(answer[..6], [0x7F, 0x49, 0x43, 0x86, 0x41, 0x04], "{}", hex::encode(&answer));
    answer[5..70].to_vec()
}

/// A point as a SubjectPublicKeyInfo (RFC 5480).
fn point_info(point: &[u8]) -> Vec<u8> {
    let head = hex::decode("3059301306072A8648CE3D020106082A8648CE3D030107034200").unwrap();
    [&head[..], point].concat()
}

/// The commands that write an object in pieces of so many bytes.
fn chained(tag: &str, object: &[u8], piece: usize) -> Vec<String> {
    let data = [&hex::decode(format!("5C03{tag}")).unwrap(), object].concat();
    let pieces: Vec<&[u8]> = data.chunks(piece).collect();
    let last = pieces.len() - 1;
    let command = |(number, piece): (usize, &&[u8])| {
        let class = if number == last { "00" } else { "10" };
        format!("{class}DB3FFF{:02X}{}", piece.len(), hex::encode(piece))
    };
    pieces.iter().enumerate().map(command).collect()
}

fn put(card: &mut impl Element, tag: &str, object: &[u8], piece: usize) {
    for command in chained(tag, object, piece) {
        assert_eq!(send(card, &command), "9000", "{:?}", card.diagnosis());
    }
}
