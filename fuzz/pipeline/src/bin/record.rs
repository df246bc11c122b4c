//! Records: any bytes are judged without harm, and no faults means that there is nothing unproven in them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seal::record::Reader;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut reader) = Reader::open(bytes) else { return };
    while let Ok(Some(entry)) = reader.next_entry() {
        if let Some(sealed) = entry.sealed {
            let _ = seal::SealedBatch::parse(&sealed);
        }
    }
    for der in reader.header().makers.iter().chain(&reader.header().devices) {
        let _ = seal::Maker::from_der(der);
    }
});
