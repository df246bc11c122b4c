//! What a broker says: a client's conversation with it, in pieces of any size.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| gateway::hostile::broker(bytes));
