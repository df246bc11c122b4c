//! Any body of a request with sealed batches, in each of its forms.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| gateway::hostile::bodies(bytes));
