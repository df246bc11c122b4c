//! Requests for tokens: forms, assertions of devices and of systems, signed by nobody and by a known system.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| gateway::hostile::assertions(text));
