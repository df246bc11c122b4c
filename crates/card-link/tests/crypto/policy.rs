//! A card's policy of algorithms, as an applet meets it: what is off does not exist, whichever way it is asked for.

use card_link::{Policy, Primitive};

use crate::desk::{Desk, NO_SUCH_ALGORITHM};

/// A factory's command, and the primitives of whose absence it must notice.
const FACTORIES: &[(u8, &[u8], &[Primitive])] = &[
    // Keys: type, bits; type, memory, bits; number of named parameters, attributes.
    (0x10, &[3, 0, 64], &[Primitive::Des]),
    (0x10, &[1, 0, 192], &[Primitive::Des]),
    (0x11, &[1, 1, 0, 128], &[Primitive::Des]),
    (0x10, &[15, 0, 128], &[Primitive::Aes]),
    (0x10, &[21, 0, 64], &[Primitive::Hmac]),
    (0x10, &[5, 4, 0], &[Primitive::Rsa]),
    (0x11, &[11, 0, 4, 0], &[Primitive::Rsa]),
    (0x10, &[7, 4, 0], &[Primitive::Dsa]),
    (0x10, &[39, 4, 0], &[Primitive::Dsa]),
    (0x10, &[32, 4, 0], &[Primitive::Dh]),
    (0x10, &[12, 1, 0], &[Primitive::Ec]),
    (0x12, &[0x10, 3, 0, 0], &[Primitive::Ec]),
    (0x12, &[1, 1, 0x80, 0], &[Primitive::Edwards]),
    (0x12, &[1, 3, 0x80, 0], &[Primitive::Montgomery]),
    // Pairs: algorithm, bits.
    (0x20, &[1, 4, 0], &[Primitive::Rsa]),
    (0x20, &[5, 1, 0], &[Primitive::Ec]),
    (0x20, &[6, 4, 0], &[Primitive::Dh]),
    // Signatures: algorithm; digest, cipher, padding. Once: the same parts.
    (0x30, &[10], &[Primitive::Rsa, Primitive::Sha1]),
    (0x30, &[11], &[Primitive::Rsa, Primitive::Md5]),
    (0x30, &[28], &[Primitive::Hmac, Primitive::Md5]),
    (0x30, &[25], &[Primitive::Hmac, Primitive::Sha256]),
    (0x30, &[17], &[Primitive::Ec, Primitive::Sha1]),
    (0x30, &[33], &[Primitive::Ec, Primitive::Sha256]),
    (0x30, &[18], &[Primitive::Aes]),
    (0x30, &[49], &[Primitive::Aes]),
    (0x31, &[9, 5, 0], &[Primitive::Ec, Primitive::Sha3_256]),
    (0x31, &[0, 15, 0], &[Primitive::Edwards]),
    (0x31, &[12, 11, 0], &[Primitive::Sm2, Primitive::Sm3]),
    (0x60, &[1, 5, 0], &[Primitive::Ec, Primitive::Sha1]),
    // Agreements.
    (0x50, &[1], &[Primitive::Ec, Primitive::Sha1]),
    (0x50, &[3], &[Primitive::Ec]),
    (0x50, &[7], &[Primitive::Dh]),
    (0x50, &[8], &[Primitive::Montgomery]),
];

#[test]
fn what_is_off_does_not_exist_and_nothing_else_is_missing() {
    let mut primitives: Vec<Primitive> = FACTORIES.iter().flat_map(|row| row.2).copied().collect();
    primitives.sort_unstable();
    primitives.dedup();
    for off in primitives {
        let mut desk = Desk::under(Policy::default().without(off));
        for (instruction, data, uses) in FACTORIES {
            let answer = desk.send(*instruction, 0, 1, data);
            if uses.contains(&off) {
                assert_eq!(answer, Err(NO_SUCH_ALGORITHM), "{off} {instruction:02X} {data:02X?}");
            } else {
                // A OneShot object signs at once, which it cannot without a key.
                let made = answer.is_ok() || *instruction == 0x60 && answer != Err(NO_SUCH_ALGORITHM);
                assert!(made, "without {off}: {instruction:02X} {data:02X?}: {answer:?}");
            }
        }
    }
}

#[test]
fn shorter_keys_than_the_policy_asks_for_are_not_made() {
    let shortest =
        [(Primitive::Rsa, 2048), (Primitive::Ec, 224), (Primitive::Des, 128), (Primitive::Dh, 2048)];
    let policy = shortest
        .into_iter()
        .fold(Policy::default(), |policy, (primitive, bits)| policy.at_least(primitive, bits).unwrap());
    let mut desk = Desk::under(policy);
    let rows: [(u8, u16, bool); 9] = [
        (4, 2016, false),
        (4, 2048, true),
        (6, 1024, false),
        (12, 192, false),
        (12, 224, true),
        (3, 64, false),
        (3, 128, true),
        (35, 1024, false),
        (15, 128, true),
    ];
    for (key_type, bits, exists) in rows {
        let [high, low] = bits.to_be_bytes();
        let answer = desk.send(0x10, 0, 0, &[key_type, high, low]);
        let expected = if exists { Ok(Vec::new()) } else { Err(NO_SUCH_ALGORITHM) };
        assert_eq!(answer, expected, "{key_type} {bits}");
    }
    assert_eq!(desk.send(0x20, 0, 1, &[1, 4, 0]), Err(NO_SUCH_ALGORITHM), "a pair of 1,024 bits");
    // SECP192R1.
    assert_eq!(desk.send(0x12, 0, 0, &[0x10, 1, 0, 0]), Err(NO_SUCH_ALGORITHM));
}
