//! What an SDC provider answers and sends, without the adapter's frame: metadata, subscription and MDIB each by its own reader, then all documents
//! (each ends with a zero byte) one after the other to a consumer that follows.
#![no_main]

use adapters::sdc::{Followed, Follower, Metadata, read_mdib, subscription};
use clinical::hl7::Zone;
use libfuzzer_sys::fuzz_target;
use seal::Micros;

fuzz_target!(|bytes: &[u8]| {
    let mut follower = Follower::new(Some("fuzz".into()));
    for document in bytes.split(|byte| *byte == 0) {
        let _ = (Metadata::parse(document), subscription(document));
        if let Ok(mdib) = read_mdib(document) {
            follower.know(mdib);
        }
        if let Ok(Followed::Record { record, .. }) = follower.message(document, Micros(1_795_342_800_000_000))
        {
            adapters::read(&record, &Zone::UTC).expect("what is to be stored can be read");
        }
    }
});
