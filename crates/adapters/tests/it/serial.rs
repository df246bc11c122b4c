//! The line protocol: checksum, repetition, gaps, damage.

use adapters::serial::{ACK, NAK, answer, frame};
use adapters::{Event, Settings};
use proptest::prelude::*;

use crate::captures::{CAME, account, adapter, lines, replayed};

const ROWS: &[u8] =
    b"D SN-77\nT 2026-11-22T10:19:00Z\nV MDC_PULS_OXIM_SAT_O2 % 97 Q\nX 150456 low perfusion\n";

#[test]
fn rows_become_readings() {
    let report = replayed("serial", None, &frame(0, ROWS));
    assert_eq!(lines(&report), ["SN-77 -60 150456 97 % 1", "SN-77 -60 150456 \"low perfusion\" 0"]);
    // The checksum of the catalogue's example (CRC-16/IBM-3740 of "123456789" is 29B1) is what this protocol uses.
    let example = frame(0x12, b"3456789");
    assert_eq!(&example[..10], b"\x02123456789");
    assert_eq!(example.len(), 16);
}

#[test]
fn rows_that_are_wrong_are_reported_one_by_one() {
    let rows = b"D d\nV 150456 % 97\nT yesterday\nV 150456 % 98\nT 2026-11-22T10:19:00Z\nV 150456 % ,5\nV 1 % 5\nV 150456 m\xC2\xB5 5\nV 150456 % 5 Z\nW\nV 150456 %";
    let report = replayed("serial", None, &frame(0, rows));
    assert_eq!(lines(&report), ["d 0 150456 97 % 0"]);
    let wrong: Vec<_> = report.wrong().map(|(_, _, problem)| problem.to_string()).collect();
    assert_eq!(
        wrong,
        [
            "\"yesterday\" is no moment",
            "\"nothing\" is no moment",
            "not a decimal number: \",5\"",
            "code 1 is not known",
            "not text in a row",
            "flag Z is not known",
            "row W is not known",
            "the row is 2 words, not V CODE UNIT NUMBER [FLAGS]",
        ]
    );
}

#[test]
fn damage_costs_one_frame_and_is_asked_for_again() {
    let mut second = frame(1, ROWS);
    second[20] ^= 0x40;
    let all = [b"\r\n".to_vec(), frame(0, ROWS), b"noise".to_vec(), second, frame(1, ROWS), frame(2, ROWS)]
        .concat();
    let report = replayed("serial", None, &all);
    assert_eq!(report.decoded().count(), 3);
    let said = account(&report);
    assert!(said[0].starts_with("0 line end"), "{said:?}");
    assert!(said.iter().any(|line| line.contains("bytes! bytes outside of any frame")), "{said:?}");
    assert!(said.iter().any(|line| line.contains("frame 01! checksum")), "{said:?}");

    let mut session = adapter("serial").open(&Settings::default()).unwrap();
    let events = session.push(&all, CAME);
    let replies: Vec<_> = events
        .iter()
        .filter_map(|event| if let Event::Reply(bytes) = event { Some(bytes.clone()) } else { None })
        .collect();
    assert_eq!(replies, [answer(NAK, 1)]);
    let stored: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Record { answers, .. } => Some(answers.stored.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(stored, [answer(ACK, 0), answer(ACK, 1), answer(ACK, 2)]);
}

#[test]
fn a_frame_that_comes_again_is_the_same_record_and_a_gap_is_reported() {
    // Without a time of its own, so that its record bears when it came.
    let rows = b"D d\nV 150456 % 97";
    let mut session = adapter("serial").open(&Settings::default()).unwrap();
    let record = |events: Vec<Event>| {
        events.into_iter().find_map(|event| match event {
            Event::Record { record, .. } => Some(record),
            _ => None,
        })
    };
    let first = record(session.push(&frame(9, rows), CAME)).unwrap();
    let again = record(session.push(&frame(9, rows), CAME.plus(5_000_000))).unwrap();
    assert_eq!(first.encode(), again.encode(), "its answer was lost: stored once");
    let events = session.push(&frame(12, rows), CAME);
    assert!(
        matches!(&events[0], Event::Reported { problem: adapters::Problem::Gap { after: 9, found: 12 }, .. }),
        "{events:?}"
    );
    assert!(record(events).is_some(), "and what came is taken");
    let events = session.push(&frame(0, rows), CAME);
    assert_eq!(events.len(), 1, "a device that was switched on begins anew: {events:?}");
}

#[test]
fn a_line_without_an_end_does_not_grow() {
    let endless = [vec![2], vec![b'x'; 20_000]].concat();
    let report = replayed("serial", None, &endless);
    let first = &report.entries[0];
    assert_eq!((first.span.at, first.span.length), (0, 4096));
    assert_eq!(report.decoded().count(), 0);
}

proptest! {
    #[test]
    fn any_one_changed_bit_is_noticed(position in 0_usize..90, bit in 0_u8..8) {
        let mut bytes = frame(0, ROWS);
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        let report = replayed("serial", None, &bytes);
        prop_assert_eq!(report.decoded().count(), 0);
        prop_assert!(report.wrong().next().is_some());
    }

    #[test]
    fn what_is_framed_comes_back(number: u8, payload in "[ -~\n]{0,200}") {
        let bytes = frame(number, payload.as_bytes());
        let parsed = adapters::serial::Frame::parse(&bytes).unwrap();
        prop_assert_eq!((parsed.number, parsed.payload), (number, payload.as_bytes()));
    }
}
