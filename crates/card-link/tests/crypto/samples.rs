//! Worked examples of standards, for what Wycheproof has no vectors of.

use std::path::Path;

use crate::desk::{DECRYPT, Desk, ENCRYPT, SIGN, VERIFY, curve};

/// The words of each line of a file of samples, without comments; "-" is nothing.
fn samples(file: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let word = |word: &str| if word == "-" { String::new() } else { word.to_owned() };
    lines.map(|line| line.split_whitespace().map(word).collect()).collect()
}

fn hex(digits: &str) -> Vec<u8> {
    hex::decode(digits).unwrap()
}

/// RFC 8032, 7.3 and 7.4.
#[test]
fn edwards_signatures_with_context_and_digest() {
    let mut desk = Desk::new();
    let rows = samples("eddsa/rfc8032.txt");
    assert_eq!(rows.len(), 3);
    for row in rows {
        let [name, secret, message, context, cipher, expected] = row.as_slice() else { panic!("{row:?}") };
        desk.named_key(0, name.parse().unwrap(), 0x8000);
        desk.set(0, 8, &hex(secret));
        desk.signature(1, [0, cipher.parse().unwrap(), 0]);
        let parameters = [&[SIGN][..], &hex(context)].concat();
        desk.must(0x32, 1, 0, &parameters);
        for _ in 0..2 {
            // The context holds for every message until the next init.
            assert_eq!(hex::encode(desk.sign(1, &hex(message))), *expected, "{name} {cipher}");
        }
        // In pieces as well.
        desk.must(0x33, 1, 0, &[]);
        assert_eq!(hex::encode(desk.sign(1, &hex(message))), *expected);
    }
}

/// ICAO 9303-11, appendix G.1: ECDH with both coordinates, and the generic mapping of the nonce.
#[test]
fn pace_maps_the_nonce() {
    let mut desk = Desk::new();
    let rows = samples("pace/icao_9303_11.txt");
    assert_eq!(rows.len(), 2);
    for row in rows {
        let [algorithm, secret, other, expected] = row.as_slice() else { panic!("{row:?}") };
        desk.ec_key(0, 12, &curve("brainpoolP256r1"));
        desk.set(0, 6, &hex(secret));
        desk.must(0x50, 1, 0, &[algorithm.parse().unwrap()]);
        desk.must(0x51, 1, 0, &[]);
        assert_eq!(hex::encode_upper(desk.must(0x52, 1, 0, &hex(other))), *expected);
    }
}

/// GB/T 32918.5, appendix A.2: the signature verifies, with the default identity and with it given.
#[test]
fn sm2_signatures() {
    let mut desk = Desk::new();
    let rows = samples("sm2/gbt32918_5.txt");
    let [secret, public, signature] = rows[0].as_slice() else { panic!("{rows:?}") };
    desk.named_key(0, 768, 0);
    desk.set(0, 8, &hex(public));
    desk.named_key(2, 768, 0x8000);
    desk.set(2, 8, &hex(secret));
    desk.signature(1, [12, 11, 0]);
    let signature = hex(signature);
    desk.init(1, 0, VERIFY).unwrap();
    assert!(desk.verify(1, b"message digest", &signature));
    assert!(!desk.verify(1, b"message digesT", &signature));
    desk.must(0x32, 1, 0, &[&[VERIFY][..], b"1234567812345678"].concat());
    assert!(desk.verify(1, b"message digest", &signature));
    desk.must(0x32, 1, 0, &[&[VERIFY][..], b"somebody else"].concat());
    assert!(!desk.verify(1, b"message digest", &signature));
    desk.init(1, 2, SIGN).unwrap();
    let own = desk.sign(1, b"another message");
    desk.init(1, 0, VERIFY).unwrap();
    assert!(desk.verify(1, b"another message", &own));
    // What is encrypted to the one key the other decrypts.
    desk.must(0x41, 3, 0, &[13, 0]);
    desk.must(0x42, 3, 0, &[ENCRYPT]);
    let hidden = desk.must(0x43, 3, 0, b"a secret");
    desk.must(0x42, 3, 2, &[DECRYPT]);
    assert_eq!(desk.must(0x43, 3, 0, &hidden), b"a secret");
}

/// Every format of ISO/IEC 9796-2: what fits into the signature comes out of it, and nothing else is accepted.
#[test]
fn signatures_that_hold_part_of_their_message() {
    let mut desk = Desk::new();
    desk.pair(0, 2, 2, 1_024);
    // Digest, padding, and bytes of the message that 1,024 bits hold.
    let rows = [
        (1, 11, 106),
        (3, 11, 106),
        (4, 11, 94),
        (1, 21, 86),
        (1, 22, 106),
        (1, 25, 105),
        (4, 26, 61),
        (1, 27, 105),
    ];
    for (digest, padding, room) in rows {
        desk.signature(1, [digest, 3, padding]);
        for length in [0, 5, room, room + 1, 300] {
            let message: Vec<u8> = (0..length).map(|index| index as u8).collect();
            desk.init(1, 2, SIGN).unwrap();
            let answer = desk.must(0x3A, 1, 0, &message);
            let (held, signature) = answer.split_at(2);
            let held = usize::from(u16::from_be_bytes([held[0], held[1]]));
            assert_eq!(held, length.min(room), "{digest} {padding}");
            desk.init(1, 0, VERIFY).unwrap();
            let mut data =
                [&(signature.len() as u16).to_be_bytes()[..], signature, &message[held..]].concat();
            let recovered = desk.must(0x3B, 1, 0, &data);
            assert_eq!(recovered, [&[1], &message[..held]].concat(), "{digest} {padding} {length}");
            data.push(1);
            assert_eq!(desk.must(0x3B, 1, 0, &data)[0], 0, "{digest} {padding} {length}");
            data[40] ^= 1;
            assert!(desk.send(0x3B, 1, 0, &data).is_err_and(|refused| refused == crate::desk::ILLEGAL_USE));
        }
    }
    // The same encoding without recovery.
    for digest in [9, 12] {
        desk.must(0x30, 1, 0, &[digest]);
        desk.init(1, 2, SIGN).unwrap();
        let message = vec![0x33; 200];
        let signature = desk.sign(1, &message);
        desk.init(1, 0, VERIFY).unwrap();
        assert!(desk.verify(1, &message, &signature));
        assert!(!desk.verify(1, &message[1..], &signature));
    }
}
