//! Ledgers: any bytes are read without harm as entry, head, time stamp and bundle, and what a check calls whole holds only
//! entries that read and write alike.
#![no_main]

use evaluator::ledger::{Bundle, Entry, Head, check, stamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = Entry::parse(bytes) {
        assert_eq!(entry.bytes(), bytes);
    }
    let _ = Head::parse(bytes);
    let _ = stamp::TimeStamp::parse(bytes);
    if let Ok(query) = stamp::Query::parse(bytes) {
        assert_eq!(stamp::Query::parse(&query.write()).as_ref(), Ok(&query));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(bundle) = Bundle::parse(text) {
        if let Ok(ledger) = check(&bundle, &bundle.roster()).whole() {
            for (number, entry) in (1..).zip(ledger.entries()) {
                assert_eq!(entry.body().number, number);
            }
        }
        let written = bundle.write();
        assert!(Bundle::parse(&written).is_ok_and(|again| again.write() == written));
    }
});
