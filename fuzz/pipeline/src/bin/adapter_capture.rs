//! Captures as people write them: any bytes are one or an error that names its place, and a record in its stored form is read or refused.
#![no_main]

use adapters::{Record, capture};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = capture::bytes(bytes) {
        assert!(error.line >= 2 && error.column >= 1, "{error}");
    }
    if let Ok(record) = Record::parse(bytes) {
        assert_eq!(Record::parse(&record.encode()).as_ref(), Ok(&record));
    }
});
