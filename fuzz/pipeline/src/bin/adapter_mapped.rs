//! Any mapping, then any file read by it: every byte is accounted for once, however it is cut, and a record reads as it did. The first zero byte ends the
//! mapping.

#![no_main]

use fuzz_pipeline::adapter;
use libfuzzer_sys::fuzz_target;

const MAPPING: &str = include_str!("../../../../testdata/adapters/analyser.toml");

fuzz_target!(|bytes: &[u8]| {
    let (mapping, file) = match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => (String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 1..]),
        None => (MAPPING.to_owned(), bytes),
    };
    adapter::holds("mapped", Some(&mapping), file);
});
