//! Any query of a FHIR search, and any of its values as a date, a token and a reference.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| gateway::hostile::queries(text));
