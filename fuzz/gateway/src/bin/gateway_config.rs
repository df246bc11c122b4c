//! Any text as the gateway's configuration, checked as `medseal gateway check` does.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| gateway::hostile::configuration(text));
