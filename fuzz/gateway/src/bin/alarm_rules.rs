//! Any text as alarm limits.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| gateway::hostile::rules(text));
