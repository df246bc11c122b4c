//! testssl.sh's JSON: any text is an offer or an error, and an offer can be held against any declaration.
#![no_main]

use evaluator::probe::offer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Vec<String>)| {
    let (json, declared) = input;
    if let Ok(offer) = offer(json) {
        let _ = offer.differences(&declared);
        let _ = offer.not_seen(&declared);
    }
});
