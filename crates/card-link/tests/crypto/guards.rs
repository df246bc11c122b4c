//! `MonotonicCounter`, `SensitiveResult`, `SensitiveArrays`.

use card_link::InProcess;

use crate::desk::{Desk, Refused};

const ARITHMETIC: Refused = Refused(0x6F41);
const SECURITY: Refused = Refused(0x6F42);
const NULL_POINTER: Refused = Refused(0x6F43);
/// `SystemException.ILLEGAL_VALUE`
const ILLEGAL_VALUE: Refused = Refused(0x6F31);

#[test]
fn a_counter_only_grows() {
    let mut desk = Desk::new();
    for memory in [0, 1, 2] {
        for size in 1..=8_u8 {
            let most = u64::MAX >> (64 - 8 * u32::from(size));
            let bytes = |value: u64| value.to_be_bytes()[8 - usize::from(size)..].to_vec();
            desk.must(0xC0, 0, 0, &[0, size, memory]);
            assert_eq!(desk.must(0xC6, 0, 0, &[]), [0, size, memory, 0]);
            assert_eq!(desk.must(0xC1, 0, 0, &[]), bytes(0));
            desk.must(0xC3, 0, 0, &[0, 100]);
            desk.must(0xC3, 0, 0, &[0, 0]);
            assert_eq!(desk.must(0xC1, 0, 0, &[]), bytes(100));
            assert_eq!(desk.must(0xC4, 0, 0, &[99]), [0, 1]);
            assert_eq!(desk.must(0xC4, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 100]), [0, 0]);
            assert_eq!(desk.must(0xC4, 0, 0, &[101]), [0xFF, 0xFF]);
            assert_eq!(desk.must(0xC4, 0, 0, &[1, 0, 0, 0, 0, 0, 0, 0, 0]), [0xFF, 0xFF], "longer than any");
            // Not less, not more than fits.
            assert_eq!(desk.send(0xC2, 0, 0, &[99]), Err(ARITHMETIC));
            let beyond = [&[1][..], &vec![0; usize::from(size)]].concat();
            assert_eq!(desk.send(0xC2, 0, 0, &beyond), Err(ARITHMETIC));
            desk.must(0xC2, 0, 0, &[100]);
            desk.must(0xC2, 0, 0, &[&[0, 0][..], &bytes(most - 1)].concat());
            assert_eq!(desk.must(0xC6, 0, 0, &[])[3], 0);
            desk.must(0xC3, 0, 0, &[0, 1]);
            assert_eq!(desk.must(0xC6, 0, 0, &[])[3], 1, "the largest value");
            assert_eq!(desk.send(0xC3, 0, 0, &[0, 1]), Err(ARITHMETIC));
            assert_eq!(desk.must(0xC1, 0, 0, &[]), bytes(most));
            desk.must(0xC0, 1, 0, &[0, 1, 0]);
            assert_eq!(desk.must(0xC5, 0, 1, &[]), [0, 1]);
            assert_eq!(desk.must(0xC5, 1, 0, &[]), [0xFF, 0xFF]);
            assert_eq!(desk.must(0xC5, 1, 1, &[]), [0, 0]);
        }
    }
    for wrong in [[0, 0, 0], [0, 9, 0], [0xFF, 0xFF, 0], [0, 4, 3], [0, 4, 0xFF]] {
        assert_eq!(desk.send(0xC0, 0, 0, &wrong), Err(ILLEGAL_VALUE));
    }
    assert_eq!(desk.send(0xC3, 0, 0, &[0xFF, 0xFF]), Err(ILLEGAL_VALUE), "a negative increment");
    assert_eq!(desk.send(0xC2, 0, 0, &[]), Err(ILLEGAL_VALUE));
    assert_eq!(desk.send(0xC5, 0, 9, &[]), Err(NULL_POINTER));
}

#[test]
fn no_abort_no_reset_and_no_power_cut_takes_a_counter_back() {
    let mut desk = Desk::new();
    desk.must(0xC0, 0, 0, &[0, 4, 0]);
    desk.must(0xC0, 1, 0, &[0, 4, 1]);
    for counted in 1..=3 {
        for place in [0, 1] {
            desk.must(0xC7, place, 0, &[]);
            assert_eq!(desk.must(0xC1, place, 0, &[]), [0, 0, 0, counted], "after an abort");
        }
    }
    // The applet throws with a transaction open.
    assert_eq!(desk.send(0xC8, 0, 0, &[50]), Err(Refused(0x6F00)));
    assert_eq!(desk.must(0xC1, 0, 0, &[]), [0, 0, 0, 50]);
    desk.reset();
    assert_eq!(desk.must(0xC1, 0, 0, &[]), [0, 0, 0, 50]);
    assert_eq!(desk.must(0xC1, 1, 0, &[]), [0; 4], "a transient one begins anew");
    let image = desk.card().image();
    let mut desk = Desk::of(InProcess::restore(&image).unwrap());
    assert_eq!(desk.must(0xC1, 0, 0, &[]), [0, 0, 0, 50]);
}

/// Operations of the applet.
const NOTHING: u8 = 0;
const COMPARE: u8 = 1;
const AID_EQUALS: u8 = 2;
const GET_AID: u8 = 3;
const GET_AID_AGAINST_NULL: u8 = 4;
const COMPARE_THEN_THROW: u8 = 5;
const COMPARE_THEN_ANOTHER: u8 = 6;
const PIN: u8 = 7;
const LOOKUP_NOBODY: u8 = 8;

#[test]
fn results_are_asserted_as_they_were() {
    let mut desk = Desk::new();
    let own = hex::decode("F04445534B01").unwrap();
    // Operation and bytes; the assertions that hold: true, false, negative, positive, zero, = 0, > 0, < 0, own AID, null.
    let rows: [(u8, &[u8], [bool; 10]); 12] = [
        (NOTHING, &[1, 1], [false; 10]),
        (COMPARE, &[1, 1], [false, false, false, false, true, true, false, false, false, false]),
        (COMPARE, &[1, 2], [false, false, true, false, false, false, false, true, false, false]),
        (COMPARE, &[2, 1], [false, false, false, true, false, false, true, false, false, false]),
        (AID_EQUALS, &own, [true, false, false, false, false, false, false, false, false, false]),
        (AID_EQUALS, &[1; 6], [false, true, false, false, false, false, false, false, false, false]),
        (GET_AID, &[1, 1], [false, false, false, false, false, false, false, false, true, false]),
        (GET_AID_AGAINST_NULL, &[1, 1], [false; 10]),
        (COMPARE_THEN_THROW, &[1, 1], [false; 10]),
        (COMPARE_THEN_ANOTHER, &[1, 1], [false, false, false, false, true, true, false, false, false, false]),
        (PIN, &[1, 1], [true, false, false, false, false, false, false, false, false, false]),
        (LOOKUP_NOBODY, &[1, 1], [false, false, false, false, false, false, false, false, false, true]),
    ];
    for (operation, bytes, holds) in rows {
        for (assertion, holds) in (0..).zip(holds) {
            let answer = desk.send(0xD0, 0, 0, &[&[operation, assertion, 0, 0][..], bytes].concat());
            let expected = if holds { Ok(Vec::new()) } else { Err(SECURITY) };
            assert_eq!(answer, expected, "{operation} {bytes:02X?}, assertion {assertion}");
        }
    }
    // A wrong PIN, and other numbers to compare with.
    assert!(desk.send(0xD0, 0, 0, &[PIN, 1, 0, 0, 1, 2]).is_ok());
    for (assertion, value, holds) in
        [(5, -1, true), (5, 0, false), (6, -2, true), (6, -1, false), (7, 0, true), (7, -1, false)]
    {
        let [high, low] = i16::to_be_bytes(value);
        let answer = desk.send(0xD0, 0, 0, &[COMPARE, assertion, high, low, 1, 2]);
        assert_eq!(answer.is_ok(), holds, "{assertion} {value}");
    }
}

#[test]
fn arrays_guard_themselves() {
    let mut desk = Desk::new();
    for memory in [0, 1, 2] {
        // Booleans, bytes, shorts, objects.
        for kind in [1, 2, 3, 5] {
            desk.must(0xE0, 0, 0, &[kind, memory, 0, 20]);
            assert_eq!(desk.must(0xE3, 0, 0, &[]), [1, 1]);
            desk.must(0xE2, 0, 0, &[]);
            desk.must(0xE5, 0, 0, &[1]);
            desk.must(0xE2, 0, 0, &[]);
            assert_eq!(desk.must(0xE6, 0, 0, &[]), [0, 20]);
            // Undone to what it was, and still in order.
            desk.must(0xE7, 0, 0, &[0]);
            let undone = if memory == 0 { 20 } else { 0 };
            assert_eq!(desk.must(0xE6, 0, 0, &[]), [0, undone], "{kind} {memory}");
            desk.must(0xE5, 0, 0, &[1]);
            assert_eq!(desk.must(0xE4, 0, 0, &[]), [0, 20]);
            assert_eq!(desk.must(0xE6, 0, 0, &[]), [0, 0]);
            desk.must(0xE2, 0, 0, &[]);
            desk.must(0xE5, 0, 0, &[1]);
            desk.reset();
            desk.must(0xE2, 0, 0, &[]);
            assert_eq!(desk.must(0xE6, 0, 0, &[]), [0, if memory == 0 { 20 } else { 0 }]);
        }
        desk.must(0xE0, 0, 0, &[2, memory, 0, 20]);
        desk.must(0xE8, 0, 0, b"copied");
        desk.must(0xE2, 0, 0, &[]);
        assert_eq!(desk.must(0xE6, 0, 0, &[]), [0, 6]);
        let image = desk.card().image();
        let mut again = Desk::of(InProcess::restore(&image).unwrap());
        again.must(0xE2, 0, 0, &[]);
        assert_eq!(again.must(0xE3, 0, 0, &[]), [1, 1]);
    }
    for wrong in [[0, 0, 0, 4], [6, 0, 0, 4], [2, 3, 0, 4], [2, 0xFF, 0, 4]] {
        assert_eq!(desk.send(0xE0, 0, 0, &wrong), Err(ILLEGAL_VALUE));
    }
    assert!(desk.send(0xE0, 0, 0, &[2, 0, 0xFF, 0xFF]).is_err(), "a negative length");
    desk.must(0xE1, 1, 0, &[]);
    assert_eq!(desk.must(0xE3, 1, 0, &[])[0], 0);
    for command in [0xE2, 0xE4] {
        assert_eq!(desk.send(command, 1, 0, &[]), Err(ILLEGAL_VALUE), "an ordinary array");
        assert_eq!(desk.send(command, 9, 0, &[]), Err(NULL_POINTER));
    }
    assert_eq!(desk.send(0xE3, 9, 0, &[]), Err(NULL_POINTER));
}
