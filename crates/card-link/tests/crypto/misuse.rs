//! All constants, and what wrong use is answered with.

use crate::desk::{
    DECRYPT, Desk, ENCRYPT, ILLEGAL_USE, ILLEGAL_VALUE, INVALID_INIT, NO_SUCH_ALGORITHM, Refused, SIGN,
    UNINITIALIZED_KEY, VERIFY, curve,
};

/// A length of key that each `KeyBuilder.TYPE_*` has; none for those that do not exist here.
fn bits_of(key_type: u8) -> Option<u16> {
    Some(match key_type {
        1..=3 => 128,
        4..=6 | 22..=25 => 1_024,
        7 | 8 | 26 | 27 | 39 => 1_024,
        32..=38 => 1_024,
        11 | 12 | 30 | 31 | 41 => 256,
        13..=15 => 128,
        16..=18 => 128,
        19..=21 => 64,
        42 => 128,
        43 => 128,
        _ => return None,
    })
}

#[test]
fn every_type_of_key_is_built_or_refused() {
    let mut desk = Desk::new();
    for key_type in 0..=255_u8 {
        let [high, low] = bits_of(key_type).unwrap_or(256).to_be_bytes();
        let built = desk.send(0x10, 0, 0, &[key_type, high, low]);
        match bits_of(key_type) {
            None => assert_eq!(built, Err(NO_SUCH_ALGORITHM), "{key_type}"),
            Some(bits) => {
                assert_eq!(built, Ok(vec![]), "{key_type}");
                let [high, low] = bits.to_be_bytes();
                let memory = match key_type {
                    1 | 13 | 16 | 19 | 22 | 24 | 26 | 30 | 34 | 37 => 1,
                    2 | 14 | 17 | 20 | 23 | 25 | 27 | 31 | 33 | 36 => 2,
                    _ => 0,
                };
                assert_eq!(desk.must(0x16, 0, 0, &[]), [key_type, high, low, 0, memory], "{key_type}");
                assert_eq!(
                    desk.send(0x10, 0, 0, &[key_type, 0, 7]).is_ok(),
                    matches!(key_type, 19..=21 | 42)
                );
            }
        }
    }
}

/// The lengths that `KeyBuilder` names, and neighbours that it does not.
#[test]
fn every_length_of_key_is_taken_or_refused() {
    let mut desk = Desk::new();
    let rows: [(u8, &[u16], &[u16]); 8] = [
        (
            4,
            &[512, 736, 768, 896, 1024, 1280, 1536, 1984, 2048, 3072, 4096],
            &[0, 256, 511, 1000, 4128, 0xFFFF],
        ),
        (
            6,
            &[512, 736, 768, 896, 1024, 1280, 1536, 1984, 2048, 3072, 4096],
            &[0, 256, 511, 1000, 4128, 0xFFFF],
        ),
        (7, &[512, 768, 1024], &[0, 500, 0x8000]),
        (12, &[112, 128, 160, 192, 224, 256, 320, 384, 512, 521], &[0, 111, 522, 0x8000]),
        (35, &[1024, 2048], &[0, 1000, 0x8000]),
        (15, &[128, 192, 256, 512], &[0, 64, 384]),
        (3, &[64, 128, 192], &[0, 56, 112, 256]),
        (43, &[128], &[0, 192, 256]),
    ];
    for (key_type, good, bad) in rows {
        for bits in good {
            let [high, low] = bits.to_be_bytes();
            assert_eq!(desk.send(0x10, 0, 0, &[key_type, high, low]), Ok(vec![]), "{key_type} {bits}");
        }
        for bits in bad {
            let [high, low] = bits.to_be_bytes();
            let refused = desk.send(0x10, 0, 0, &[key_type, high, low]);
            assert_eq!(refused, Err(NO_SUCH_ALGORITHM), "{key_type} {bits}");
        }
    }
}

/// `KeyBuilder.ALG_TYPE_*` in each memory: the `TYPE_*` that it is then of.
#[test]
fn algorithm_types_and_memories_make_types() {
    let mut desk = Desk::new();
    let rows = [
        (1, [Some(3), Some(1), Some(2)]),
        (2, [Some(15), Some(13), Some(14)]),
        (3, [Some(7), None, None]),
        (4, [Some(8), Some(26), Some(27)]),
        (5, [None; 3]),
        (6, [None; 3]),
        (7, [Some(11), None, None]),
        (8, [Some(12), Some(30), Some(31)]),
        (9, [Some(21), Some(19), Some(20)]),
        (10, [Some(18), Some(16), Some(17)]),
        (11, [Some(4), None, None]),
        (12, [Some(5), Some(22), Some(23)]),
        (13, [Some(6), Some(24), Some(25)]),
        (14, [Some(32), Some(34), Some(33)]),
        (15, [Some(35), Some(37), Some(36)]),
        (16, [None; 3]),
        (17, [Some(41), None, None]),
        (18, [Some(39), None, None]),
        (19, [Some(38), None, None]),
        (20, [Some(42), None, None]),
        (21, [Some(43), None, None]),
        (0, [None; 3]),
        (22, [None; 3]),
    ];
    for (algorithm, types) in rows {
        for (memory, key_type) in (0..).zip(types) {
            let [high, low] = key_type.and_then(bits_of).unwrap_or(256).to_be_bytes();
            let built = desk.send(0x11, 0, 0, &[algorithm, memory, high, low]);
            match key_type {
                Some(key_type) => {
                    assert_eq!(built, Ok(vec![]), "{algorithm} {memory}");
                    assert_eq!(desk.must(0x16, 0, 0, &[])[0], key_type);
                }
                None => assert_eq!(built, Err(NO_SUCH_ALGORITHM), "{algorithm} {memory}"),
            }
        }
    }
}

#[test]
fn every_algorithm_is_there_or_refused() {
    let mut desk = Desk::new();
    let absent = |ins: u8, present: &dyn Fn(u8) -> bool, desk: &mut Desk| {
        for algorithm in 0..=255_u8 {
            let made = desk.send(ins, 0, 0, &[algorithm]);
            let expected = if present(algorithm) { Ok(vec![]) } else { Err(NO_SUCH_ALGORITHM) };
            assert_eq!(made, expected, "{ins:02X} {algorithm}");
        }
    };
    absent(0x50, &|algorithm| (1..=8).contains(&algorithm), &mut desk);
    for algorithm in [
        9, 10, 11, 12, 13, 14, 15, 16, 17, 21, 22, 23, 30, 31, 33, 34, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46,
    ] {
        assert_eq!(desk.send(0x30, 0, 0, &[algorithm]), Ok(vec![]), "{algorithm}");
    }
    for algorithm in [0, 50, 60, 127, 255] {
        assert_eq!(desk.send(0x30, 0, 0, &[algorithm]), Err(NO_SUCH_ALGORITHM));
    }
    for (algorithm, exists) in [(9, false), (10, true), (11, false), (12, true), (15, true)] {
        assert_eq!(desk.send(0x40, 0, 0, &[algorithm]).is_ok(), exists, "{algorithm}");
    }
    for padding in 0..30 {
        let exists = matches!(padding, 1 | 7 | 9 | 13..=20);
        assert_eq!(desk.send(0x41, 0, 0, &[7, padding]).is_ok(), exists, "{padding}");
    }
    for algorithm in [0, 4, 7, 255] {
        assert_eq!(desk.send(0x20, 0, 1, &[algorithm, 1, 0]), Err(NO_SUCH_ALGORITHM));
    }
    for name in [0_u16, 256, 1_024, 4_096, 8_207] {
        assert_eq!(desk.send(0x12, 0, 0, &[name.to_be_bytes(), [0, 0]].concat()), Err(NO_SUCH_ALGORITHM));
    }
}

#[test]
fn every_named_parameter_makes_pairs_that_work() {
    let mut desk = Desk::new();
    let edwards = [257, 514];
    let montgomery = [259, 516];
    let weierstrass = [1025, 768].into_iter().chain(4097..=4101).chain(8195..=8206);
    for name in edwards.into_iter().chain(montgomery).chain(weierstrass) {
        desk.named_key(0, name, 0);
        desk.named_key(1, name, 0x8000);
        assert_eq!(desk.must(0x1A, 0, 0, &[])[..2], name.to_be_bytes());
        desk.must(0x21, 0, 1, &[]);
        let length = desk.must(0x1A, 0, 0, &[]);
        assert_eq!(desk.get(0, 8).len(), usize::from(u16::from_be_bytes([length[2], length[3]])), "{name}");
        if montgomery.contains(&name) {
            desk.named_key(2, name, 0);
            desk.named_key(3, name, 0x8001);
            desk.must(0x21, 2, 3, &[]);
            let (ours, theirs) = (desk.get(0, 8), desk.get(2, 8));
            desk.must(0x50, 4, 0, &[8]);
            desk.must(0x51, 4, 1, &[]);
            let here = desk.must(0x52, 4, 0, &theirs);
            desk.must(0x51, 4, 3, &[]);
            assert_eq!(desk.must(0x52, 4, 0, &ours), here);
            continue;
        }
        desk.signature(4, if edwards.contains(&name) { [0, 13, 0] } else { [4, 5, 0] });
        desk.init(4, 1, SIGN).unwrap();
        let signature = desk.sign(4, b"message");
        desk.init(4, 0, VERIFY).unwrap();
        assert!(desk.verify(4, b"message", &signature), "{name}");
        assert!(!desk.verify(4, b"massage", &signature), "{name}");
        assert_eq!(desk.send(0x14, 0, 8, &[1, 2, 3]), Err(ILLEGAL_VALUE));
    }
}

#[test]
fn wrong_states_of_signatures() {
    let mut desk = Desk::new();
    desk.key(0, 12, 256);
    desk.pair(1, 2, 5, 256);
    desk.pair(3, 4, 2, 512);
    desk.must(0x30, 5, 0, &[33]);
    assert_eq!(desk.send(0x33, 5, 0, b"x"), Err(INVALID_INIT));
    assert_eq!(desk.send(0x34, 5, 0, b"x"), Err(INVALID_INIT));
    assert_eq!(desk.send(0x35, 5, 0, &[0, 0, 0]), Err(INVALID_INIT));
    assert_eq!(desk.send(0x36, 5, 0, &[0; 32]), Err(INVALID_INIT));
    assert_eq!(desk.init(5, 0, SIGN), Err(UNINITIALIZED_KEY));
    assert_eq!(desk.init(5, 1, SIGN), Err(ILLEGAL_VALUE), "a public key does not sign");
    assert_eq!(desk.init(5, 2, VERIFY), Err(ILLEGAL_VALUE), "a private key does not verify");
    assert_eq!(desk.init(5, 4, SIGN), Err(ILLEGAL_VALUE), "no RSA key");
    assert_eq!(desk.init(5, 2, 3), Err(ILLEGAL_VALUE), "no such mode");
    assert_eq!(desk.send(0x32, 5, 2, &[SIGN, 1, 2]), Err(ILLEGAL_VALUE), "no parameters");
    desk.init(5, 2, SIGN).unwrap();
    assert_eq!(desk.send(0x35, 5, 0, &[0, 0, 0]), Err(INVALID_INIT), "it signs");
    assert_eq!(desk.send(0x36, 5, 0, &[0; 31]), Err(ILLEGAL_USE), "no digest's length");
    desk.must(0x17, 2, 0, &[]);
    assert_eq!(desk.send(0x34, 5, 0, b"x"), Err(UNINITIALIZED_KEY), "cleared meanwhile");
    // A modulus too short for digest and padding.
    desk.must(0x30, 5, 0, &[42]);
    desk.init(5, 4, SIGN).unwrap();
    assert_eq!(desk.send(0x34, 5, 0, b"x"), Err(ILLEGAL_USE));
    desk.signature(5, [1, 3, 11]);
    desk.init(5, 3, VERIFY).unwrap();
    assert!(desk.send(0x3B, 5, 0, &[0, 64, 1]).is_err());
    assert_eq!(desk.send(0x60, 0, 2, &[4, 5, 0, 1]), Err(UNINITIALIZED_KEY));
    desk.pair(1, 2, 5, 256);
    let once = desk.must(0x60, 0, 2, &[4, 5, 0, 1]);
    assert_eq!(desk.must(0x61, 0, 1, &[&[4, 5, 0, 0, 1, 1][..], &once].concat()), [1]);
    assert_eq!(desk.send(0x62, 0, 1, &[4, 5, 0, 0, 1, 1]), Err(ILLEGAL_USE), "a OneShot takes no updates");
    assert_eq!(desk.send(0x60, 0, 2, &[1, 3, 11, 1]), Err(NO_SUCH_ALGORITHM));
}

#[test]
fn wrong_states_of_ciphers_and_agreements() {
    let mut desk = Desk::new();
    desk.key(0, 4, 512);
    desk.pair(1, 2, 1, 512);
    desk.pair(3, 4, 5, 192);
    desk.must(0x40, 5, 0, &[12]);
    assert_eq!(desk.send(0x43, 5, 0, &[0; 64]), Err(INVALID_INIT));
    assert_eq!(desk.send(0x42, 5, 0, &[ENCRYPT]), Err(UNINITIALIZED_KEY));
    assert_eq!(desk.send(0x42, 5, 4, &[ENCRYPT]), Err(ILLEGAL_VALUE));
    assert_eq!(desk.send(0x42, 5, 1, &[3]), Err(ILLEGAL_VALUE));
    assert_eq!(desk.send(0x42, 5, 1, &[ENCRYPT, 0, 0]), Err(ILLEGAL_VALUE));
    desk.must(0x42, 5, 1, &[ENCRYPT]);
    for length in [0, 1, 63, 65] {
        assert_eq!(desk.send(0x43, 5, 0, &vec![1; length]), Err(ILLEGAL_USE), "{length}");
    }
    assert_eq!(desk.send(0x43, 5, 0, &[0xFF; 64]), Err(ILLEGAL_USE), "not below the modulus");
    desk.must(0x40, 5, 0, &[10]);
    desk.must(0x42, 5, 1, &[ENCRYPT]);
    assert_eq!(desk.send(0x43, 5, 0, &[1; 54]), Err(ILLEGAL_USE));
    assert_eq!(desk.must(0x43, 5, 0, &[1; 53]).len(), 64);
    desk.must(0x42, 5, 2, &[DECRYPT]);
    assert_eq!(desk.send(0x43, 5, 0, &[1; 64]), Err(ILLEGAL_USE));
    desk.must(0x41, 5, 0, &[7, 9]);
    assert_eq!(desk.send(0x42, 5, 2, &[ENCRYPT]), Err(ILLEGAL_VALUE));

    for (algorithm, good, bad) in [(3, 4, 2), (8, 4, 4), (7, 4, 4), (5, 4, 2)] {
        desk.must(0x50, 6, 0, &[algorithm]);
        assert_eq!(desk.send(0x52, 6, 0, &[4; 49]), Err(INVALID_INIT));
        assert_eq!(desk.send(0x51, 6, bad, &[]), Err(ILLEGAL_VALUE), "{algorithm}");
        if good != bad {
            desk.must(0x51, 6, good, &[]);
            for point in [&[][..], &[4], &[4; 49], &[0; 49]] {
                assert_eq!(desk.send(0x52, 6, 0, point), Err(ILLEGAL_VALUE));
            }
        }
    }
}

#[test]
fn setters_refuse_what_does_not_fit() {
    let mut desk = Desk::new();
    let p256 = curve("secp256r1");
    desk.key(0, 12, 256);
    for (part, bytes) in [
        (0, &[][..]),
        (0, &[1]),
        (0, &[0xFE; 32]),
        (1, &[1; 33]),
        (3, &[4; 64]),
        (3, &[2; 65]),
        (4, &[1; 34]),
        (4, &[2]),
        (5, &[0, 0]),
        (6, &[0; 32]),
        (6, &[]),
    ] {
        assert_eq!(desk.send(0x14, 0, part, bytes), Err(ILLEGAL_VALUE), "{part} {bytes:02X?}");
    }
    assert_eq!(desk.send(0x14, 0, 0x0A, &[]), Err(NO_SUCH_ALGORITHM), "binary fields");
    desk.ec_key(0, 12, &p256);
    assert_eq!(desk.send(0x14, 0, 6, &p256.r), Err(ILLEGAL_VALUE), "the order is no key");
    for (part, bytes) in (0..).zip([&p256.p, &p256.a, &p256.b, &p256.g, &p256.r]) {
        assert_eq!(&desk.get(0, part), bytes);
    }
    assert_eq!(desk.send(0x15, 0, 6, &[]), Err(UNINITIALIZED_KEY));
    // Parameters of one key for another, and shared by two.
    desk.key(1, 11, 256);
    desk.must(0x18, 1, 0, &[]);
    assert_eq!(desk.get(1, 3), p256.g);
    desk.key(2, 11, 384);
    assert_eq!(desk.send(0x18, 2, 0, &[]), Err(ILLEGAL_VALUE));
    desk.must(0x13, 3, 0, &[7, 0]);
    assert_eq!(desk.get(3, 4), p256.r);
    assert_eq!(desk.send(0x13, 3, 0, &[11, 0]), Err(ILLEGAL_VALUE));
    assert_eq!(desk.send(0x13, 3, 2, &[8, 0]), Err(UNINITIALIZED_KEY));
    // Parameters that are no curve are found out at the first use.
    desk.set(0, 2, &[5]);
    desk.set(0, 6, &[9]);
    desk.must(0x50, 4, 0, &[3]);
    desk.must(0x51, 4, 0, &[]);
    assert_eq!(desk.send(0x52, 4, 0, &p256.g), Err(ILLEGAL_VALUE));
    // RSA.
    desk.key(0, 4, 512);
    for bytes in [&[0xFF; 63][..], &[0x7F; 64], &[0xFE; 64], &[]] {
        assert_eq!(desk.send(0x14, 0, 0x10, bytes), Err(ILLEGAL_VALUE));
    }
    desk.key(0, 6, 512);
    assert_eq!(desk.send(0x14, 0, 0x14, &[1; 33]), Err(ILLEGAL_VALUE));
    // A setter of another kind of key is no cast.
    assert_eq!(desk.send(0x14, 0, 0x10, &[1]), Err(Refused(0x6F00)));
}

#[test]
fn transient_keys_go_with_their_event_and_keep_their_parameters() {
    let mut desk = Desk::new();
    let p256 = curve("secp256r1");
    for (place, key_type) in [(0, 30), (1, 31), (2, 12)] {
        desk.ec_key(place, key_type, &p256);
        desk.set(place, 6, &[7; 32]);
        assert_eq!(desk.must(0x16, place, 0, &[])[3], 1);
    }
    desk.select();
    let set = |desk: &mut Desk| [0, 1, 2].map(|place| desk.must(0x16, place, 0, &[])[3]);
    assert_eq!(set(&mut desk), [1, 0, 1], "selected again");
    desk.set(1, 6, &[7; 32]);
    desk.reset();
    assert_eq!(set(&mut desk), [0, 0, 1]);
    assert_eq!(desk.get(0, 4), p256.r);
    desk.must(0x17, 2, 0, &[]);
    assert_eq!(set(&mut desk), [0, 0, 0]);
}

#[test]
fn a_key_with_a_cipher_is_set_encrypted() {
    let mut desk = Desk::new();
    desk.key(0, 15, 128);
    desk.set(0, 9, &[0x2B; 16]);
    desk.must(0x40, 1, 0, &[14]);
    desk.must(0x42, 1, 0, &[ENCRYPT]);
    let hidden = desk.must(0x43, 1, 0, &[0x66; 32]);
    desk.must(0x42, 1, 0, &[DECRYPT]);
    desk.ec_key(2, 12, &curve("secp256r1"));
    desk.must(0x19, 2, 1, &[]);
    desk.set(2, 6, &hidden);
    assert_eq!(desk.get(2, 6), [0x66; 32]);
    assert_eq!(desk.send(0x14, 2, 6, &hidden[..31]), Err(ILLEGAL_VALUE));
    desk.must(0x42, 1, 0, &[ENCRYPT]);
    assert_eq!(desk.send(0x14, 2, 6, &hidden), Err(ILLEGAL_VALUE), "the cipher must decrypt");
}

/// Only SM2's exchange has parameters, which is not here.
#[test]
fn no_agreement_takes_parameters() {
    let mut desk = Desk::new();
    desk.pair(0, 2, 5, 256);
    for algorithm in [1, 3, 6] {
        desk.must(0x50, 4, 0, &[algorithm]);
        assert_eq!(desk.send(0x53, 4, 2, &[1]), Err(ILLEGAL_VALUE));
        desk.must(0x53, 4, 2, &[0]);
    }
}
