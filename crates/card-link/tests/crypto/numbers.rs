//! `RandomData` and `Checksum`.

use std::collections::BTreeSet;

use crate::desk::{Desk, ILLEGAL_USE, ILLEGAL_VALUE, NO_SUCH_ALGORITHM};

/// `RandomData.ALG_*`
const KINDS: [u8; 6] = [1, 2, 3, 4, 5, 6];

#[test]
fn every_kind_of_random_numbers_is_random() {
    let mut desk = Desk::new();
    let mut seen = BTreeSet::new();
    for kind in KINDS {
        // Both ways to get one.
        for parameters in [&[kind][..], &[kind, 0], &[kind, 1]] {
            desk.must(0xA0, 0, 0, parameters);
            assert_eq!(desk.must(0xA4, 0, 0, &[]), [kind]);
            for command in [0xA1, 0xA2] {
                for length in [16_u16, 31, 32, 33, 1_000] {
                    let bytes = desk.must(command, 0, 0, &length.to_be_bytes());
                    assert_eq!(bytes.len(), usize::from(length), "{kind}");
                    assert!(seen.insert(bytes[..16].to_vec()), "{kind}: numbers came twice");
                }
            }
        }
        // All 8,000 bits: half of them are set, within seven standard deviations.
        let bytes = desk.must(0xA1, 0, 0, &1_000_u16.to_be_bytes());
        let set: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
        assert!((3_687..4_313).contains(&set), "{kind}: {set}");
    }
}

#[test]
fn a_seed_makes_no_numbers_known() {
    let mut desk = Desk::new();
    for kind in KINDS {
        let mut seen = BTreeSet::new();
        for _ in 0..4 {
            desk.must(0xA0, 0, 0, &[kind]);
            desk.must(0xA3, 0, 0, b"the same seed each time");
            assert!(seen.insert(desk.must(0xA1, 0, 0, &[0, 32])), "{kind}");
            desk.must(0xA3, 0, 0, b"");
        }
    }
}

#[test]
fn random_numbers_of_one_shots_and_wrong_use() {
    let mut desk = Desk::new();
    let mut seen = BTreeSet::new();
    for kind in KINDS {
        let answer = desk.must(0xA5, 0, 0, &[kind]);
        assert_eq!((answer[0], answer.len()), (kind, 33));
        assert!(seen.insert(answer[1..].to_vec()));
        assert_eq!(desk.send(0xA6, 0, 0, &[kind]), Err(ILLEGAL_USE));
        desk.must(0xA0, 0, 0, &[kind]);
        assert_eq!(desk.send(0xA1, 0, 0, &[0, 0]), Err(ILLEGAL_VALUE), "{kind}: no bytes");
        assert_eq!(desk.send(0xA2, 0, 0, &[0, 0]), Err(ILLEGAL_VALUE), "{kind}: no bytes");
        assert!(desk.send(0xA2, 0, 0, &8_193_u16.to_be_bytes()).is_err(), "{kind}: beyond the array");
    }
    for unknown in [0, 7, 0x7F, 0x80, 0xFF] {
        assert_eq!(desk.send(0xA0, 0, 0, &[unknown]), Err(NO_SUCH_ALGORITHM));
        assert_eq!(desk.send(0xA0, 0, 0, &[unknown, 1]), Err(NO_SUCH_ALGORITHM));
        assert_eq!(desk.send(0xA5, 0, 0, &[unknown]), Err(NO_SUCH_ALGORITHM));
    }
}

/// Check values of the two checksums in ISO/IEC 13239, computed bit by bit as that standard describes it.
fn by_bits(polynomial: u32, width: u32, bytes: &[u8]) -> Vec<u8> {
    let mask = u32::MAX >> (32 - width);
    let mut register = mask;
    for byte in bytes {
        register ^= u32::from(*byte);
        for _ in 0..8 {
            register = if register & 1 == 1 { register >> 1 ^ polynomial } else { register >> 1 };
        }
    }
    (!register & mask).to_be_bytes()[4 - width as usize / 8..].to_vec()
}

#[test]
fn checksums_are_those_of_the_standard() {
    let mut desk = Desk::new();
    assert_eq!(by_bits(0x8408, 16, b"123456789"), [0x90, 0x6E]);
    assert_eq!(by_bits(0xEDB8_8320, 32, b"123456789"), [0xCB, 0xF4, 0x39, 0x26]);
    let message: Vec<u8> = (0..1_000_u32).map(|index| (index * index % 251) as u8).collect();
    for (kind, polynomial, width) in [(1, 0x8408, 16), (2, 0xEDB8_8320, 32)] {
        desk.must(0xA8, 0, 0, &[kind]);
        assert_eq!(desk.must(0xAC, 0, 0, &[]), [kind]);
        for length in [0, 1, 2, 9, 64, 1_000] {
            let expected = by_bits(polynomial, width, &message[..length]);
            // At once, twice; and in pieces.
            assert_eq!(desk.must(0xAB, 0, 0, &message[..length]), expected);
            assert_eq!(desk.must(0xAB, 0, 0, &message[..length]), expected);
            desk.must(0xAA, 0, 0, &message[..length / 2]);
            assert_eq!(desk.must(0xAB, 0, 0, &message[length / 2..length]), expected);
            // From the checksum of what came before, which stays the beginning until another is given.
            let (first, rest) = message[..length].split_at(length / 3);
            let before = desk.must(0xAB, 0, 0, first);
            desk.must(0xA9, 0, 0, &before);
            assert_eq!(desk.must(0xAB, 0, 0, rest), expected);
            assert_eq!(desk.must(0xAB, 0, 0, rest), expected);
            desk.must(0xA9, 0, 0, &vec![0; width as usize / 8]);
        }
        // Giving a beginning drops what was under way.
        desk.must(0xAA, 0, 0, b"something");
        desk.must(0xA9, 0, 0, &vec![0; width as usize / 8]);
        assert_eq!(desk.must(0xAB, 0, 0, b"123456789"), by_bits(polynomial, width, b"123456789"));
        for wrong in [0, 1, 3, 5] {
            assert_eq!(desk.send(0xA9, 0, 0, &vec![0; wrong]), Err(ILLEGAL_VALUE));
        }
    }
    for unknown in [0, 3, 0xFF] {
        assert_eq!(desk.send(0xA8, 0, 0, &[unknown]), Err(NO_SUCH_ALGORITHM));
    }
}
