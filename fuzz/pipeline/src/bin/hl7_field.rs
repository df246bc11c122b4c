//! Any bytes as a message of the field: readings, alarms, admissions, associations and queries. What is decoded accounts for every segment, and a
//! batch made from readings is one that a batch's decoder takes.

#![no_main]

use clinical::account::Account;
use clinical::hl7::{Message, Zone, decode};
use clinical::{adt, alarm, pcd, pcim, query};
use libfuzzer_sys::fuzz_target;
use seal::{Batch, Micros};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = decode(bytes) else { return };
    let Ok(message) = Message::parse(&text) else { return };
    let account = Account::of(&message, &Zone::UTC);
    assert_eq!(account.entries().len(), message.segments().len());
    let _ = (
        adt::read(&message, &Zone::UTC),
        alarm::read(&message, &Zone::UTC),
        pcim::read(&message, &Zone::UTC),
    );
    if let Ok(query) = query::read(&message) {
        let answer = query::answer(&message, &query, query::Outcome::Patients(&[]), "A1", Micros(0));
        assert!(Message::parse(&answer).is_ok());
    }
    if let Ok(decoded) = pcd::readings(&message, &Zone::UTC) {
        assert_eq!(decoded.origins.len(), decoded.readings.len());
        let batch = decoded.batch("d".parse().expect("an id"));
        let encoded = batch.encode();
        if encoded.len() <= seal::limits::BATCH_BYTES && (0..=seal::limits::TIME).contains(&batch.time.0) {
            assert_eq!(Batch::decode(&encoded), Ok(batch));
        }
    }
});
