//! nmap's XML: any text is a scan or an error.
#![no_main]

use evaluator::probe::Nmap;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Nmap::parse(text);
});
