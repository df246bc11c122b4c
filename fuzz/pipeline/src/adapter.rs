//! What every adapter must keep.

use adapters::replay::{Outcome, replay};
use adapters::{Record, Settings, by_name};
use clinical::hl7::Zone;
use seal::Micros;

/// Panics when a byte vanishes, when portions make a difference, or when a stored record reads otherwise.
pub fn holds(name: &str, config: Option<&str>, bytes: &[u8]) {
    let adapter = by_name(name).expect("an adapter");
    let settings = Settings { config, device: Some("fuzz") };
    let run =
        |portion| replay(adapter, &settings, bytes, portion, (Micros(1_795_342_800_000_000), &Zone::UTC));
    let Ok(report) = run(bytes.len().max(1)) else { return };
    assert_eq!(report.uncovered(), None);
    assert_eq!(run(3).as_ref(), Ok(&report));
    for entry in &report.entries {
        if let Outcome::Stored(both) = &entry.outcome {
            let again = Record::parse(&both.0.encode()).expect("a record");
            let read = adapters::read(&again, &Zone::UTC).expect("as before");
            assert_eq!(read.readings, both.1.readings);
        }
    }
}
