//! Any text as a dialect. What is accepted writes a message whose form is right.

#![no_main]

use clinical::dialect::{Dialect, Row, Sending, Status, Value, Vouched, write};
use clinical::hl7::{Message, decode};
use clinical::pcd::Processing;
use clinical::person::{Location, Patient, Sex};
use libfuzzer_sys::fuzz_target;
use seal::{Code, Flags, Micros};

fuzz_target!(|text: &str| {
    let Ok(dialect) = Dialect::parse(text) else { return };
    let patient = Patient {
        id: "7".into(),
        identifier: "4711".into(),
        authority: String::new(),
        family: "O^Brien|".into(),
        given: "Zo\u{eb}\r".into(),
        born: None,
        sex: Sex::Unknown,
    };
    let sending = Sending {
        application: "A",
        facility: "B",
        receiving_application: "C",
        receiving_facility: "D",
        control_id: "1",
        sent: Micros(0),
        processing: Processing::Production,
        patient: &patient,
        account: "",
        visit: "",
        location: &Location::default(),
        device: "m",
        order: "1",
        vouched: Vouched::NotSealed("b|c"),
    };
    let value = Value::Text("x|y\rOBX|".into());
    let (unit, time, flags, status) = (String::new(), Micros(0), Flags::NONE, Status::New);
    let row = Row { code: Code(147_842), unit, time, from: time, count: 1, value, flags, status };
    if let Some(message) = write(&dialect, &sending, &dialect.condense(&[row.clone(), row])).message
        && let Ok(text) = decode(&dialect.encode(&message))
    {
        assert!(Message::parse(&text).is_ok());
    }
});
