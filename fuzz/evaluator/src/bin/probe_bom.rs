//! Bills of materials: any text is one or an error.
#![no_main]

use evaluator::probe::bom::Bom;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Bom::parse(text);
});
