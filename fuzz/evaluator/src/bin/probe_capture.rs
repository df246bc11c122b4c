//! Captures: any bytes are one or an error, and what is one can be searched.
#![no_main]

use evaluator::probe::canary::sightings;
use evaluator::probe::capture::Capture;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(capture) = Capture::parse(bytes) {
        let _ = sightings(&capture, "Zebediah Quillfeather");
    }
});
