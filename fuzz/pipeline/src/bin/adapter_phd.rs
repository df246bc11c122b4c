//! Anything through the adapter `phd`: every byte is accounted for once, however it is cut, and a record reads as it did.

#![no_main]

use fuzz_pipeline::adapter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| adapter::holds("phd", None, bytes));
