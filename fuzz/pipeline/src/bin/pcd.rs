//! Any message as a PCD-01 report: read, checked and answered. What passes the checks can be read, and every answer is a message.

#![no_main]

use clinical::ack::{self, Verdict};
use clinical::hl7::{Message, decode};
use clinical::pcd::Report;
use clinical::validate;
use libfuzzer_sys::fuzz_target;
use seal::Micros;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = decode(bytes) else { return };
    let message = match Message::parse(&text) {
        Ok(message) => message,
        Err(problem) => {
            let answer = ack::answer_unreadable(&problem, "A1", Micros(0));
            assert!(ack::read(&Message::parse(&answer).expect("a message")).is_ok());
            return;
        }
    };
    let findings = validate::pcd01(&message);
    let report = Report::read(&message);
    assert!(report.is_ok() || !findings.is_empty());
    for code in ack::asked_for(&message, Verdict::of(&findings)) {
        let answer = ack::answer(&message, code, &findings, "A1", Micros(0));
        let read = ack::read(&Message::parse(&answer).expect("a message"));
        assert_eq!(read.expect("an answer").code, code);
    }
});
