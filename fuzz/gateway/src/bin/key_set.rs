//! JWK sets of systems that may ask for tokens.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| gateway::hostile::key_sets(bytes));
