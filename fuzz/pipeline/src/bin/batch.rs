//! Batches: what is decoded is encoded to the same bytes, since a batch has one encoding.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seal::Batch;

fuzz_target!(|bytes: &[u8]| {
    let Ok(batch) = Batch::decode(bytes) else { return };
    assert_eq!(batch.encode(), bytes);
});
