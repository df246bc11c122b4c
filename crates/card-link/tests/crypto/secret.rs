//! Ciphers and MACs with secret keys through an applet: all constants, every state, and what wrong use is answered with.

use crate::desk::{
    DECRYPT, Desk, ENCRYPT, ILLEGAL_USE, ILLEGAL_VALUE, INVALID_INIT, NO_SUCH_ALGORITHM, Refused, SIGN,
    UNINITIALIZED_KEY, VERIFY,
};

/// `KeyBuilder.TYPE_*` of persistent keys, and the part of their only setter.
pub(crate) const AES: (u8, u8) = (15, 0x09);
pub(crate) const DES: (u8, u8) = (3, 0x40);
pub(crate) const SM4: (u8, u8) = (43, 0x41);
pub(crate) const HMAC: (u8, u8) = (21, 0x42);

pub(crate) fn secret_key(desk: &mut Desk, place: u8, (key_type, part): (u8, u8), bytes: &[u8]) {
    desk.key(place, key_type, (bytes.len() * 8) as u16);
    desk.set(place, part, bytes);
}

/// A cipher object of `CIPHER_*` and `PAD_*`.
pub(crate) fn cipher(desk: &mut Desk, place: u8, parts: [u8; 2]) {
    desk.must(0x41, place, 0, &parts);
}

/// Initialises with an initial vector if it is not empty.
pub(crate) fn init(desk: &mut Desk, place: u8, key: u8, mode: u8, vector: &[u8]) -> Result<Vec<u8>, Refused> {
    desk.send(0x42, place, key, &[&[mode], vector].concat())
}

const UPDATE: u8 = 0x44;
const FINISH: u8 = 0x43;

/// Keys in places 0 to 7, one of each kind.
fn keys(desk: &mut Desk) {
    let bytes: Vec<u8> = (1..=64).collect();
    for (place, kind, length) in [
        (0, AES, 16),
        (1, AES, 32),
        (2, AES, 64),
        (3, DES, 8),
        (4, DES, 16),
        (5, DES, 24),
        (6, SM4, 16),
        (7, HMAC, 32),
    ] {
        secret_key(desk, place, kind, &bytes[..length]);
    }
}

/// What every `ALG_*` byte is: cipher, padding.
fn parts_of(algorithm: u8) -> Option<[u8; 2]> {
    Some(match algorithm {
        1 => [3, 1],
        2 => [3, 2],
        3 => [3, 3],
        4 => [3, 6],
        5 => [4, 1],
        6 => [4, 2],
        7 => [4, 3],
        8 => [4, 6],
        10 => [7, 7],
        12 => [7, 1],
        13 => [1, 1],
        14 => [2, 1],
        15 => [7, 9],
        22 => [1, 2],
        23 => [1, 3],
        24 => [1, 6],
        25 => [2, 2],
        26 => [2, 3],
        27 => [2, 6],
        28 => [9, 0],
        29 => [10, 0],
        0xF0 => [8, 0],
        0xF3 => [0xF1, 0],
        0xF4 => [0xF2, 0],
        _ => return None,
    })
}

#[test]
fn every_cipher_algorithm_is_made_or_refused() {
    let mut desk = Desk::new();
    for algorithm in 0..=255 {
        let made = desk.send(0x40, 8, 0, &[algorithm]);
        match parts_of(algorithm) {
            None => assert_eq!(made, Err(NO_SUCH_ALGORITHM), "{algorithm}"),
            Some([cipher, padding]) => {
                assert_eq!(made, Ok(vec![]), "{algorithm}");
                assert_eq!(desk.must(0x45, 8, 0, &[]), [algorithm, cipher, padding]);
            }
        }
    }
}

/// Whether a `CIPHER_*` goes with a `PAD_*`.
fn goes(cipher: u8, padding: u8) -> bool {
    match cipher {
        1..=4 | 11 | 12 => matches!(padding, 0..=3 | 6),
        7 => matches!(padding, 1 | 7 | 9 | 13..=20),
        8..=10 | 13 => matches!(padding, 0 | 1),
        0xF1 | 0xF2 => padding == 0,
        _ => false,
    }
}

#[test]
fn every_pair_of_cipher_and_padding_is_made_or_refused() {
    let mut desk = Desk::new();
    for cipher in (0..=20).chain(0xEE..=0xF5) {
        for padding in (0..=30).chain([0x80, 0xFF]) {
            let made = desk.send(0x41, 8, 0, &[cipher, padding]);
            if goes(cipher, padding) {
                assert_eq!(made, Ok(vec![]), "{cipher} {padding}");
                assert_eq!(desk.must(0x45, 8, 0, &[])[1..], [cipher, padding]);
            } else {
                assert_eq!(made, Err(NO_SUCH_ALGORITHM), "{cipher} {padding}");
            }
            let shot = [&[ENCRYPT, cipher, padding, 0][..], &[0; 16]].concat();
            let once = desk.send(0x64, 0, 15, &shot);
            if goes(cipher, padding) && cipher < 0x80 {
                assert_ne!(once, Err(NO_SUCH_ALGORITHM), "{cipher} {padding}");
            } else {
                assert_eq!(once, Err(NO_SUCH_ALGORITHM), "{cipher} {padding}");
            }
        }
    }
}

/// A cipher, its padding, the places of keys that fit, and the length of its initial vector.
const CIPHERS: [([u8; 2], &[u8], usize); 11] = [
    ([1, 1], &[0, 1], 16),
    ([2, 1], &[0, 1], 0),
    ([3, 6], &[3, 4, 5], 8),
    ([4, 3], &[3, 4, 5], 0),
    ([8, 0], &[0, 1], 16),
    ([9, 0], &[0, 1], 16),
    ([10, 0], &[1, 2], 16),
    ([11, 6], &[6], 0),
    ([12, 1], &[6], 16),
    ([0xF1, 0], &[0, 1], 12),
    ([0xF2, 0], &[0, 1], 0),
];

#[test]
fn ciphers_take_their_own_keys_and_vectors_alone() {
    let mut desk = Desk::new();
    keys(&mut desk);
    for (parts, fitting, vector) in CIPHERS {
        let ccm = parts[0] == 0xF2;
        cipher(&mut desk, 8, parts);
        for ins in [UPDATE, FINISH] {
            assert_eq!(desk.send(ins, 8, 0, &[0; 16]), Err(INVALID_INIT), "{parts:?}");
        }
        for key in 0..8 {
            let expected = match (ccm, fitting.contains(&key)) {
                (true, _) => Err(INVALID_INIT),
                (false, true) => Ok(vec![]),
                (false, false) => Err(ILLEGAL_VALUE),
            };
            assert_eq!(init(&mut desk, 8, key, ENCRYPT, &[]), expected, "{parts:?} {key}");
        }
        if ccm {
            continue;
        }
        for mode in [0, 3, 0x80] {
            assert_eq!(init(&mut desk, 8, fitting[0], mode, &[]), Err(ILLEGAL_VALUE), "{parts:?} {mode}");
        }
        for length in 1..=17 {
            let given = init(&mut desk, 8, fitting[0], DECRYPT, &vec![7; length]);
            let gcm = parts[0] == 0xF1;
            assert_eq!(given.is_ok(), gcm || length == vector, "{parts:?} {length}");
            assert!(given.is_ok() || given == Err(ILLEGAL_VALUE));
        }
        desk.must(0x17, fitting[0], 0, &[]);
        assert_eq!(init(&mut desk, 8, fitting[0], ENCRYPT, &[]), Err(UNINITIALIZED_KEY));
        keys(&mut desk);
    }
}

/// A message goes through in pieces of every length as it does at once, back as it came, and the object is as after `init` with
/// a key alone then.
#[test]
fn messages_in_pieces_come_out_as_at_once() {
    let mut desk = Desk::new();
    keys(&mut desk);
    let message: Vec<u8> = (0..96).collect();
    for (parts, keys, vector) in CIPHERS.into_iter().filter(|row| row.0[0] != 0xF2) {
        for key in keys {
            cipher(&mut desk, 8, parts);
            let vector = vec![0x5A; vector];
            let start = |desk: &mut Desk, mode: u8| init(desk, 8, *key, mode, &vector).unwrap();
            start(&mut desk, ENCRYPT);
            let whole = desk.must(FINISH, 8, 0, &message);
            let zero = desk.must(FINISH, 8, 0, &message);
            assert_eq!(zero == whole, vector.is_empty(), "{parts:?}: the vector is zero now");
            init(&mut desk, 8, *key, ENCRYPT, &[]).unwrap();
            assert_eq!(desk.must(FINISH, 8, 0, &message), zero, "{parts:?}");
            for piece in [1, 7, 16, 17, 31, 33, 95] {
                start(&mut desk, ENCRYPT);
                assert_eq!(in_pieces(&mut desk, &message, piece), whole, "{parts:?} {piece}");
                start(&mut desk, DECRYPT);
                assert_eq!(in_pieces(&mut desk, &whole, piece), message, "{parts:?} {piece}");
            }
            // Once.
            let shot = [&[ENCRYPT, parts[0], parts[1], vector.len() as u8], &vector[..], &message].concat();
            let once = desk.send(0x64, 0, *key, &shot);
            if parts[0] != 0xF1 {
                assert_eq!(once, Ok(whole), "{parts:?}");
                assert_eq!(desk.send(0x65, 0, *key, &shot), Err(ILLEGAL_USE));
            }
        }
    }
}

fn in_pieces(desk: &mut Desk, message: &[u8], piece: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for part in message.chunks(piece) {
        out.extend(desk.must(UPDATE, 8, 0, part));
    }
    out.extend(desk.must(FINISH, 8, 0, &[]));
    out
}

#[test]
fn lengths_and_paddings_are_checked() {
    let mut desk = Desk::new();
    keys(&mut desk);
    // Cipher, padding, key, mode, message: refused.
    let rows: [([u8; 2], u8, u8, &[u8]); 12] = [
        ([1, 1], 0, ENCRYPT, &[]),
        ([1, 1], 0, ENCRYPT, &[0; 15]),
        ([2, 1], 0, DECRYPT, &[]),
        ([2, 2], 0, DECRYPT, &[0; 17]),
        ([2, 2], 0, DECRYPT, &[]),
        ([1, 6], 0, DECRYPT, &[]),
        ([1, 6], 0, DECRYPT, &[0x11; 16]),
        ([4, 6], 3, DECRYPT, &[0; 7]),
        ([8, 0], 0, ENCRYPT, &[]),
        ([9, 1], 0, DECRYPT, &[]),
        ([10, 0], 1, ENCRYPT, &[0; 15]),
        ([10, 0], 1, DECRYPT, &[]),
    ];
    for (parts, key, mode, message) in rows {
        cipher(&mut desk, 8, parts);
        init(&mut desk, 8, key, mode, &[]).unwrap();
        assert_eq!(desk.send(FINISH, 8, 0, message), Err(ILLEGAL_USE), "{parts:?} {message:?}");
        // It works again after that.
        init(&mut desk, 8, key, ENCRYPT, &[]).unwrap();
        desk.must(FINISH, 8, 0, &[0; 32]);
    }
    // Zeros are put and left, and make a block of nothing.
    cipher(&mut desk, 8, [4, 2]);
    for (length, padded) in [(0, 8), (1, 8), (8, 8), (9, 16)] {
        init(&mut desk, 8, 3, ENCRYPT, &[]).unwrap();
        let hidden = desk.must(FINISH, 8, 0, &vec![3; length]);
        init(&mut desk, 8, 3, DECRYPT, &[]).unwrap();
        let mut expected = vec![3; length];
        expected.resize(padded, 0);
        assert_eq!(desk.must(FINISH, 8, 0, &hidden), expected);
    }
}

#[test]
fn a_reset_leaves_key_and_mode_and_a_vector_of_zeros() {
    let mut desk = Desk::new();
    keys(&mut desk);
    for (parts, keys, vector) in CIPHERS.into_iter().filter(|row| row.0[0] != 0xF2) {
        cipher(&mut desk, 8, parts);
        init(&mut desk, 8, keys[0], ENCRYPT, &[]).unwrap();
        let expected = desk.must(FINISH, 8, 0, &[9; 32]);
        init(&mut desk, 8, keys[0], ENCRYPT, &vec![0x77; vector]).unwrap();
        desk.must(UPDATE, 8, 0, &[1; 40]);
        desk.reset();
        assert_eq!(desk.must(FINISH, 8, 0, &[9; 32]), expected, "{parts:?}");
    }
}

#[test]
fn a_transient_key_that_is_gone_is_found_out_and_its_schedule_with_it() {
    let mut desk = Desk::new();
    // TYPE_AES_TRANSIENT_DESELECT.
    secret_key(&mut desk, 0, (14, AES.1), &[5; 16]);
    cipher(&mut desk, 8, [1, 1]);
    init(&mut desk, 8, 0, ENCRYPT, &[1; 16]).unwrap();
    desk.must(UPDATE, 8, 0, &[1; 40]);
    desk.signature(9, [0, 10, 0]);
    desk.init(9, 0, SIGN).unwrap();
    desk.must(0x33, 9, 0, &[1; 40]);
    desk.select();
    assert_eq!(desk.send(FINISH, 8, 0, &[1; 16]), Err(UNINITIALIZED_KEY));
    assert_eq!(desk.send(0x34, 9, 0, &[1; 16]), Err(UNINITIALIZED_KEY));
    // Set again, nothing of the message before is left.
    desk.set(0, AES.1, &[5; 16]);
    let out = desk.must(FINISH, 8, 0, &[1; 16]);
    init(&mut desk, 8, 0, ENCRYPT, &[]).unwrap();
    assert_eq!(desk.must(FINISH, 8, 0, &[1; 16]), out);
}

const GCM: [u8; 2] = [0xF1, 0];
const CCM: [u8; 2] = [0xF2, 0];
const ANNOUNCE: u8 = 0x46;
const ASSOCIATE: u8 = 0x47;
const TAG: u8 = 0x48;
const CHECK: u8 = 0x49;

/// What `init` of CCM takes: mode, nonce, lengths of associated data, message and tag.
pub(crate) fn announced(mode: u8, nonce: &[u8], associated: usize, message: usize, tag: usize) -> Vec<u8> {
    let lengths = [associated, message, tag].map(|length| (length as u16).to_be_bytes()).concat();
    let nonce_length = (nonce.len() as u16).to_be_bytes();
    [&[mode][..], &nonce_length, nonce, &lengths].concat()
}

#[test]
fn tags_are_there_after_the_end_of_a_message_alone() {
    let mut desk = Desk::new();
    keys(&mut desk);
    for (parts, lengths) in [(GCM, &[4_u8, 8, 12, 13, 14, 15, 16][..]), (CCM, &[4, 6, 8, 10, 12, 14, 16][..])]
    {
        for tag_length in lengths {
            cipher(&mut desk, 8, parts);
            let start = |desk: &mut Desk, mode: u8| match parts {
                GCM => init(desk, 8, 0, mode, &[3; 12]).unwrap(),
                _ => desk.must(ANNOUNCE, 8, 0, &announced(mode, &[3; 12], 5, 20, (*tag_length).into())),
            };
            assert_eq!(desk.send(TAG, 8, *tag_length, &[]), Err(ILLEGAL_USE), "not initialised");
            assert_eq!(desk.send(ASSOCIATE, 8, 0, &[]), Err(ILLEGAL_USE), "not initialised");
            start(&mut desk, ENCRYPT);
            assert_eq!(desk.send(TAG, 8, *tag_length, &[]), Err(ILLEGAL_USE), "not begun");
            start(&mut desk, ENCRYPT);
            desk.must(ASSOCIATE, 8, 0, b"asso");
            desk.must(ASSOCIATE, 8, 0, b"c");
            let mut hidden = desk.must(UPDATE, 8, 0, &[1; 13]);
            assert_eq!(desk.send(TAG, 8, *tag_length, &[]), Err(ILLEGAL_USE), "not ended");
            hidden.extend(desk.must(FINISH, 8, 0, &[1; 7]));
            assert_eq!(desk.send(CHECK, 8, *tag_length, &[0; 16]), Err(ILLEGAL_USE), "encrypts");
            let tag = desk.must(TAG, 8, *tag_length, &[]);
            assert_eq!(desk.must(TAG, 8, *tag_length, &[]), tag, "asked twice");
            for other in [0, 1, 3, 5, 7, 17, 0x80, 0xFF] {
                assert_eq!(desk.send(TAG, 8, other, &[]), Err(ILLEGAL_VALUE), "{parts:?} {other}");
            }
            start(&mut desk, DECRYPT);
            desk.must(ASSOCIATE, 8, 0, b"assoc");
            assert_eq!(desk.must(FINISH, 8, 0, &hidden), [1; 20]);
            assert_eq!(desk.send(TAG, 8, *tag_length, &[]), Err(ILLEGAL_USE), "decrypts");
            assert_eq!(desk.must(CHECK, 8, *tag_length, &tag), [1]);
            assert_eq!(desk.must(CHECK, 8, *tag_length, &tag[1..]), [0], "too short");
            let mut wrong = tag.clone();
            wrong[0] ^= 0x80;
            assert_eq!(desk.must(CHECK, 8, *tag_length, &wrong), [0]);
            assert_eq!(desk.send(CHECK, 8, 5, &tag), Err(ILLEGAL_VALUE));
            desk.send(UPDATE, 8, 0, &[]).ok();
            assert_eq!(desk.send(CHECK, 8, *tag_length, &tag), Err(ILLEGAL_USE), "the next message");
        }
    }
}

#[test]
fn associated_data_come_first_and_ccm_wants_what_was_announced() {
    let mut desk = Desk::new();
    keys(&mut desk);
    cipher(&mut desk, 8, GCM);
    init(&mut desk, 8, 0, ENCRYPT, &[3; 12]).unwrap();
    desk.must(UPDATE, 8, 0, &[1]);
    assert_eq!(desk.send(ASSOCIATE, 8, 0, &[1]), Err(ILLEGAL_USE));
    assert_eq!(desk.send(ANNOUNCE, 8, 0, &announced(ENCRYPT, &[3; 12], 0, 1, 16)), Err(INVALID_INIT));

    cipher(&mut desk, 8, CCM);
    let bad =
        [(6, 5, 5, 16), (14, 5, 5, 16), (12, 5, 5, 3), (12, 5, 5, 5), (12, 5, 5, 18), (12, 0xFFFF, 5, 16)];
    for (nonce, associated, message, tag) in bad {
        let lengths = announced(ENCRYPT, &vec![3; nonce], associated, message, tag);
        assert_eq!(desk.send(ANNOUNCE, 8, 0, &lengths), Err(ILLEGAL_VALUE), "{nonce} {associated} {tag}");
    }
    assert_eq!(desk.send(ANNOUNCE, 8, 3, &announced(ENCRYPT, &[3; 12], 0, 1, 16)), Err(ILLEGAL_VALUE));
    assert_eq!(desk.send(ANNOUNCE, 8, 0, &announced(3, &[3; 12], 0, 1, 16)), Err(ILLEGAL_VALUE));
    // Instruction, data, its answer; the last is the one that goes wrong.
    let rows: [&[(u8, usize)]; 5] = [
        &[(UPDATE, 1)],
        &[(ASSOCIATE, 4), (UPDATE, 1)],
        &[(ASSOCIATE, 5), (UPDATE, 11)],
        &[(ASSOCIATE, 5), (UPDATE, 4), (FINISH, 5)],
        &[(ASSOCIATE, 5), (FINISH, 11)],
    ];
    for row in rows {
        desk.must(ANNOUNCE, 8, 0, &announced(ENCRYPT, &[3; 12], 5, 10, 16));
        for (step, (ins, length)) in row.iter().enumerate() {
            let answer = desk.send(*ins, 8, 0, &vec![1; *length]);
            if step + 1 == row.len() {
                assert_eq!(answer, Err(ILLEGAL_USE), "{row:?}");
            } else {
                assert!(answer.is_ok(), "{row:?}");
            }
        }
    }
    desk.must(ANNOUNCE, 8, 0, &announced(ENCRYPT, &[3; 12], 5, 10, 16));
    desk.must(ASSOCIATE, 8, 0, &[1; 3]);
    assert_eq!(desk.send(ASSOCIATE, 8, 0, &[1; 3]), Err(ILLEGAL_VALUE), "more than announced");
    // After a reset all lengths are zero.
    desk.must(ANNOUNCE, 8, 0, &announced(ENCRYPT, &[3; 12], 5, 10, 16));
    desk.reset();
    assert_eq!(desk.send(FINISH, 8, 0, &[1; 10]), Err(ILLEGAL_USE));
    assert!(desk.must(FINISH, 8, 0, &[]).is_empty());
    assert_eq!(desk.send(TAG, 8, 16, &[]), Err(ILLEGAL_VALUE));
}

/// MACs: `SIG_CIPHER_*` and `PAD_*`, the places of keys that fit, bytes of the MAC, of the initial vector, and of a message
/// that needs no padding.
const MACS: [([u8; 3], &[u8], usize, usize); 18] = [
    ([0, 1, 1], &[3, 4, 5], 4, 8),
    ([0, 2, 1], &[3, 4, 5], 8, 8),
    ([0, 1, 2], &[3, 4, 5], 4, 8),
    ([0, 2, 2], &[3, 4, 5], 8, 8),
    ([0, 1, 3], &[3, 4, 5], 4, 8),
    ([0, 2, 3], &[3, 4, 5], 8, 8),
    ([0, 1, 6], &[3, 4, 5], 4, 8),
    ([0, 2, 6], &[3, 4, 5], 8, 8),
    ([0, 1, 4], &[4, 5], 4, 8),
    ([0, 2, 4], &[4, 5], 8, 8),
    ([0, 1, 5], &[4, 5], 4, 8),
    ([0, 2, 5], &[4, 5], 8, 8),
    ([0, 6, 1], &[0, 1], 16, 16),
    ([0, 6, 3], &[0, 1], 16, 16),
    ([0, 10, 0], &[0, 1], 16, 0),
    ([0, 12, 1], &[6], 16, 16),
    ([0, 12, 6], &[6], 16, 16),
    ([4, 7, 0], &[7], 32, 0),
];

#[test]
fn macs_take_their_own_keys_and_vectors_alone() {
    let mut desk = Desk::new();
    keys(&mut desk);
    for (parts, fitting, length, vector) in MACS {
        desk.signature(8, parts);
        let names = desk.must(0x38, 8, 0, &[]);
        assert_eq!(names[1..], [&parts[..], &[0, length as u8]].concat(), "{parts:?}");
        assert_eq!(desk.send(0x34, 8, 0, &[0; 16]), Err(INVALID_INIT));
        for key in 0..8 {
            let expected = if fitting.contains(&key) { Ok(vec![]) } else { Err(ILLEGAL_VALUE) };
            assert_eq!(desk.init(8, key, SIGN), expected, "{parts:?} {key}");
        }
        for given in 1..=17 {
            let answer = desk.send(0x32, 8, fitting[0], &[&[SIGN][..], &vec![1; given]].concat());
            assert_eq!(answer.is_ok(), given == vector, "{parts:?} {given}");
            assert!(answer.is_ok() || answer == Err(ILLEGAL_VALUE));
        }
    }
}

#[test]
fn macs_come_out_the_same_in_pieces_and_once() {
    let mut desk = Desk::new();
    keys(&mut desk);
    let long: Vec<u8> = (0..64).collect();
    for (parts, fitting, length, vector) in MACS {
        let unpadded = parts[2] == 1;
        for key in fitting {
            desk.signature(8, parts);
            for message in [&long[..48], &long[..41], &[]] {
                desk.init(8, *key, SIGN).unwrap();
                let whole = desk.send(0x34, 8, 0, message);
                if unpadded && (message.is_empty() || message.len() % 8 != 0) {
                    assert_eq!(whole, Err(ILLEGAL_USE), "{parts:?}");
                    continue;
                }
                let whole = whole.unwrap();
                assert_eq!(whole.len(), length);
                for piece in [1, 8, 15, 17] {
                    message.chunks(piece).for_each(|part| drop(desk.must(0x33, 8, 0, part)));
                    assert_eq!(desk.sign(8, &[]), whole, "{parts:?} {piece}");
                }
                assert_eq!(desk.must(0x60, 0, *key, &[&parts[..], message].concat()), whole);
                desk.init(8, *key, VERIFY).unwrap();
                assert!(desk.verify(8, message, &whole), "{parts:?}");
                assert!(!desk.verify(8, message, &whole[1..]));
                let mut wrong = whole.clone();
                wrong[length - 1] ^= 1;
                assert!(!desk.verify(8, message, &wrong));
                assert_eq!(desk.send(0x34, 8, 0, message), Err(INVALID_INIT), "it verifies");
                if vector > 0 && !message.is_empty() {
                    desk.must(0x32, 8, *key, &[&[SIGN][..], &vec![1; vector]].concat());
                    assert_ne!(desk.sign(8, message), whole, "another vector");
                    assert_eq!(desk.sign(8, message), whole, "which is zero after that");
                }
            }
        }
    }
}

#[test]
fn macs_that_do_not_exist_are_refused() {
    let mut desk = Desk::new();
    // Blocks of 192 and 256 bits are no AES; Korean SEED.
    for algorithm in [32, 35, 36] {
        assert_eq!(desk.send(0x30, 8, 0, &[algorithm]), Err(NO_SUCH_ALGORITHM), "{algorithm}");
    }
    for parts in [[4, 1, 1], [0, 1, 7], [0, 6, 4], [0, 12, 5], [0, 8, 1], [0, 10, 3], [0, 7, 0], [4, 10, 0]] {
        assert_eq!(desk.send(0x31, 8, 0, &parts), Err(NO_SUCH_ALGORITHM), "{parts:?}");
    }
}
