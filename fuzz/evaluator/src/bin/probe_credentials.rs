//! Tables of credentials: any text is one or an error, and what is one can be compared.
#![no_main]

use evaluator::probe::credentials::{read, statistics};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

fuzz_target!(|text: &str| {
    if let Ok(units) = read(text) {
        let _ = statistics(&units, &BTreeSet::new());
    }
});
