//! Blocks of T=1' and what they carry: whatever is taken for a block is that block again when it is written.
#![no_main]

use card_link::t1::{Block, Parameters, Response, Side};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for side in [Side::Host, Side::Card] {
        if let Ok(block) = Block::parse(bytes, side) {
            assert_eq!(block.encode(side), bytes);
            if let Block::Response(Response::Cip(parameters)) = block {
                let _parsed = Parameters::parse(&parameters);
            }
        }
    }
    if let Ok(parameters) = Parameters::parse(bytes) {
        let _atr = parameters.answer_to_reset();
        let again = Parameters::parse(&parameters.encode());
        assert_eq!(again.map(|again| again.historical), Ok(parameters.historical));
    }
});
