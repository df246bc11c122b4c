//! Published vectors of ciphers and MACs with secret keys: Project Wycheproof's, and the samples of standards in
//! `testdata/secret`.

use std::path::Path;

use serde_json::Value;

use crate::desk::{DECRYPT, Desk, ENCRYPT, VERIFY};
use crate::secret::{AES, DES, HMAC, SM4, announced, cipher, init, secret_key};
use crate::vectors::{Tally, bytes, for_each_group, list, text};

const FINISH: u8 = 0x43;

/// Makes an AES key, if there are such.
fn aes_key(desk: &mut Desk, bytes: &[u8]) -> bool {
    let [high, low] = ((bytes.len() * 8) as u16).to_be_bytes();
    let made = desk.send(0x10, 0, 0, &[AES.0, high, low]).is_ok();
    if made {
        desk.set(0, AES.1, bytes);
    }
    made
}

#[test]
fn aes_cbc_with_padding() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    cipher(&mut desk, 1, [1, 6]);
    for_each_group!(cipher, |set, group| {
        for test in list(group, "tests").iter().filter(|_| set == "AesCbcPkcs5") {
            assert!(aes_key(&mut desk, &bytes(test, "key")));
            let (vector, message, hidden) = (bytes(test, "iv"), bytes(test, "msg"), bytes(test, "ct"));
            init(&mut desk, 1, 0, DECRYPT, &vector).unwrap();
            let plain = desk.send(FINISH, 1, 0, &hidden).is_ok_and(|plain| plain == message);
            init(&mut desk, 1, 0, ENCRYPT, &vector).unwrap();
            let same = text(test, "result") != "valid" || desk.must(FINISH, 1, 0, &message) == hidden;
            tally.note(&set, test, plain && same);
        }
    });
    tally.end("AES-CBC with PKCS #5", 200);
}

/// The vectors' shorter numbers of data units are tweaks with zeros behind; keys of 192 bits the API does not have.
#[test]
fn aes_xts() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    cipher(&mut desk, 1, [10, 0]);
    for_each_group!(cipher, |set, group| {
        for test in list(group, "tests").iter().filter(|_| set == "AesXts") {
            if !aes_key(&mut desk, &bytes(test, "key")) {
                tally.outside += 1;
                continue;
            }
            let (mut tweak, message, hidden) = (bytes(test, "iv"), bytes(test, "msg"), bytes(test, "ct"));
            tweak.resize(16, 0);
            init(&mut desk, 1, 0, DECRYPT, &tweak).unwrap();
            let plain = desk.send(FINISH, 1, 0, &hidden).is_ok_and(|plain| plain == message);
            init(&mut desk, 1, 0, ENCRYPT, &tweak).unwrap();
            let same = desk.send(FINISH, 1, 0, &message).is_ok_and(|out| out == hidden);
            tally.note(&set, test, plain && same);
        }
    });
    tally.end("AES-XTS", 80);
}

/// An authenticated message both ways, as far as it gets: whether it came out as the vector says.
fn opens(desk: &mut Desk, test: &Value, start: impl Fn(&mut Desk, u8) -> bool, aad: &[u8]) -> bool {
    let (message, hidden, tag) = (bytes(test, "msg"), bytes(test, "ct"), bytes(test, "tag"));
    let length = tag.len() as u8;
    if !start(desk, DECRYPT) || desk.send(0x47, 1, 0, aad).is_err() {
        return false;
    }
    let plain = desk.send(FINISH, 1, 0, &hidden);
    let right = desk.send(0x49, 1, length, &tag) == Ok(vec![1]);
    if !right || plain != Ok(message.clone()) {
        return false;
    }
    start(desk, ENCRYPT)
        && desk.send(0x47, 1, 0, aad).is_ok()
        && desk.send(FINISH, 1, 0, &message) == Ok(hidden)
        && desk.send(0x48, 1, length, &[]) == Ok(tag)
}

fn gcm(desk: &mut Desk, test: &Value, aad: &[u8]) -> bool {
    let vector = bytes(test, "iv");
    let start = |desk: &mut Desk, mode| desk.send(0x4A, 1, 0, &[&[mode], &vector[..]].concat()).is_ok();
    aes_key(desk, &bytes(test, "key")) && opens(desk, test, start, aad)
}

#[test]
fn aes_gcm() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    cipher(&mut desk, 1, [0xF1, 0]);
    for_each_group!(aead, |set, group| {
        for test in list(group, "tests").iter().filter(|_| set == "AesGcm") {
            let answer = gcm(&mut desk, test, &bytes(test, "aad"));
            tally.note(&set, test, answer);
        }
    });
    for_each_group!(mac_with_nonce, |set, group| {
        for test in list(group, "tests").iter().filter(|_| set == "Gmac") {
            let alone = serde_json::json!({ "iv": test["iv"], "key": test["key"], "tag": test["tag"] });
            let answer = gcm(&mut desk, &alone, &bytes(test, "msg"));
            tally.note(&set, test, answer);
        }
    });
    tally.end("AES-GCM and GMAC", 700);
}

#[test]
fn aes_ccm() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    cipher(&mut desk, 1, [0xF2, 0]);
    for_each_group!(aead, |set, group| {
        for test in list(group, "tests").iter().filter(|_| set == "AesCcm") {
            let (nonce, aad, tag) = (bytes(test, "iv"), bytes(test, "aad"), bytes(test, "tag"));
            let length = bytes(test, "msg").len();
            let start = |desk: &mut Desk, mode| {
                desk.send(0x46, 1, 0, &announced(mode, &nonce, aad.len(), length, tag.len())).is_ok()
            };
            let answer = aes_key(&mut desk, &bytes(test, "key")) && opens(&mut desk, test, start, &aad);
            tally.note(&set, test, answer);
        }
    });
    tally.end("AES-CCM", 500);
}

/// Notes a MAC: a whole one is verified, a shorter one compared with the front of what is signed.
fn note_mac(desk: &mut Desk, tally: &mut Tally, (set, test): (&str, &Value), whole: usize) {
    let (message, tag) = (bytes(test, "msg"), bytes(test, "tag"));
    desk.init(1, 0, VERIFY).unwrap();
    let verified = desk.verify(1, &message, &tag);
    desk.init(1, 0, 1).unwrap();
    let signed = desk.sign(1, &message);
    assert_eq!(verified, signed == tag);
    let answer = if tag.len() == whole { verified } else { signed.starts_with(&tag) };
    tally.note(set, test, answer);
}

#[test]
fn aes_cmac() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    desk.signature(1, [0, 10, 0]);
    for_each_group!(mac, |set, group| {
        for test in list(group, "tests").iter().filter(|_| set == "AesCmac") {
            if aes_key(&mut desk, &bytes(test, "key")) {
                note_mac(&mut desk, &mut tally, (&set, test), 16);
            } else {
                tally.note(&set, test, false);
            }
        }
    });
    tally.end("AES-CMAC", 300);
}

/// `MessageDigest.ALG_*` and the length of the MAC.
fn hmac_digest(set: &str) -> Option<(u8, usize)> {
    Some(match set {
        "HmacSha1" => (1, 20),
        "HmacSha224" => (7, 28),
        "HmacSha256" => (4, 32),
        "HmacSha384" => (5, 48),
        "HmacSha512" => (6, 64),
        "HmacSha3_224" => (8, 28),
        "HmacSha3_256" => (9, 32),
        "HmacSha3_384" => (10, 48),
        "HmacSha3_512" => (11, 64),
        "HmacSm3" => (12, 32),
        _ => return None,
    })
}

#[test]
fn hmac() {
    let (mut desk, mut tally) = (Desk::new(), Tally::default());
    for_each_group!(mac, |set, group| {
        let Some((digest, whole)) = hmac_digest(&set) else {
            let hmacs = if set.starts_with("Hmac") { list(group, "tests").len() } else { 0 };
            tally.outside += hmacs;
            continue;
        };
        desk.signature(1, [digest, 7, 0]);
        for test in list(group, "tests") {
            let key = bytes(test, "key");
            // The longest key that the API has is a block of the digest's input.
            secret_key(&mut desk, 0, (HMAC.0, HMAC.1), &key);
            note_mac(&mut desk, &mut tally, (&set, test), whole);
        }
    });
    tally.end("HMAC with SHA-1, SHA-2, SHA-3, SM3", 1_700);
}

/// The rows of a file, each a list of cells.
fn rows(name: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/secret").join(name);
    let file = std::fs::read_to_string(path).unwrap();
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn kind(name: &str) -> (u8, u8) {
    match name {
        "aes" => AES,
        "des" => DES,
        "sm4" => SM4,
        other => panic!("no kind of key: {other}"),
    }
}

#[test]
fn samples_of_ciphers_come_out() {
    let mut desk = Desk::new();
    let rows = rows("ciphers.tsv");
    for row in &rows {
        let [source, number, padding, key, material, vector, plain, hidden] = &row[..] else {
            panic!("{row:?}")
        };
        let [material, vector, plain, hidden] =
            [material, vector, plain, hidden].map(|digits| hex::decode(digits).unwrap());
        secret_key(&mut desk, 0, kind(key), &material);
        cipher(&mut desk, 1, [number.parse().unwrap(), padding.parse().unwrap()]);
        for (mode, from, to) in [(ENCRYPT, &plain, &hidden), (DECRYPT, &hidden, &plain)] {
            init(&mut desk, 1, 0, mode, &vector).unwrap();
            assert_eq!(&desk.must(FINISH, 1, 0, from), to, "{source}");
        }
    }
    println!("samples of ciphers: {} run, {} passed", rows.len(), rows.len());
    assert_eq!(rows.len(), 140);
}

#[test]
fn samples_of_macs_come_out() {
    let mut desk = Desk::new();
    let rows = rows("macs.tsv");
    for row in &rows {
        let [source, digest, number, padding, key, material, message, mac] = &row[..] else {
            panic!("{row:?}")
        };
        let [material, message, mac] = [material, message, mac].map(|digits| hex::decode(digits).unwrap());
        secret_key(&mut desk, 0, kind(key), &material);
        desk.signature(1, [digest, number, padding].map(|number| number.parse().unwrap()));
        desk.init(1, 0, 1).unwrap();
        assert_eq!(desk.sign(1, &message), mac, "{source}");
        desk.init(1, 0, VERIFY).unwrap();
        assert!(desk.verify(1, &message, &mac), "{source}");
    }
    println!("samples of MACs: {} run, {} passed", rows.len(), rows.len());
    assert_eq!(rows.len(), 10);
}
