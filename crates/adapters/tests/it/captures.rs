//! What the tests have in common: captures, and a replay that checks what every adapter must keep.

use adapters::replay::{Report, replay};
use adapters::{Adapter, Record, Settings, by_name};
use clinical::hl7::Zone;
use seal::{Micros, Reading};

/// When all captures came: 2026-11-22T10:20:00Z.
pub(crate) const CAME: Micros = Micros(1_795_342_800_000_000);

pub(crate) const GATT: &[u8] = include_bytes!("../../../../testdata/adapters/gatt.hex");
pub(crate) const PHD: &[u8] = include_bytes!("../../../../testdata/adapters/phd.hex");
pub(crate) const SDC: &[u8] = include_bytes!("../../../../testdata/adapters/sdc.xml");
pub(crate) const ANALYSER: &[u8] = include_bytes!("../../../../testdata/adapters/analyser.csv");
pub(crate) const ANALYSER_MAPPING: &str = include_str!("../../../../testdata/adapters/analyser.toml");
pub(crate) const PUMP: &[u8] = include_bytes!("../../../../testdata/adapters/pump.json");
pub(crate) const PUMP_MAPPING: &str = include_str!("../../../../testdata/adapters/pump.toml");

pub(crate) fn adapter(name: &str) -> &'static dyn Adapter {
    by_name(name).unwrap()
}

/// Replays, and checks: every byte is accounted for once, portions make no difference, records survive being stored.
pub(crate) fn replayed(name: &str, config: Option<&str>, capture: &[u8]) -> Report {
    let settings = Settings { config, device: None };
    let run = |portion| replay(adapter(name), &settings, capture, portion, (CAME, &Zone::UTC)).unwrap();
    let report = run(capture.len());
    assert_eq!(report.uncovered(), None);
    for portion in [1, 2, 3, 7, 64, 1000] {
        let other = run(portion);
        let differs = other.entries.iter().zip(&report.entries).find(|(one, other)| one != other);
        assert!(other == report, "in portions of {portion}: {differs:#?}");
    }
    for entry in &report.entries {
        if let adapters::replay::Outcome::Stored(both) = &entry.outcome {
            let again = Record::parse(&both.0.encode()).unwrap();
            assert_eq!(again, both.0);
            assert_eq!(adapters::read(&again, &Zone::UTC).unwrap().readings, both.1.readings);
            assert!(both.1.time.0 > 0, "a record without readings has a time too: {:?}", both.1);
        }
    }
    report
}

/// A line for each reading: device, seconds behind [`CAME`], code, value and unit, flags.
pub(crate) fn lines(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for decoded in report.decoded() {
        for reading in &decoded.readings {
            let seconds = (decoded.time.0 + reading.dt_us() - CAME.0) / 1_000_000;
            let (code, flags) = (reading.code(), reading.flags().0);
            let what = match reading {
                Reading::Value { value, unit, .. } => format!("{value} {unit}"),
                Reading::Text { text, .. } => format!("{text:?}"),
                Reading::Wave { samples, unit, .. } => format!("{} samples {unit}", samples.len()),
            };
            lines.push(format!("{} {seconds} {code} {what} {flags}", decoded.device));
        }
    }
    lines
}

/// A line for each part that was kept or reported, and for each stretch that is no record.
pub(crate) fn account(report: &Report) -> Vec<String> {
    use adapters::replay::Outcome;
    let mut lines = Vec::new();
    for entry in &report.entries {
        match &entry.outcome {
            Outcome::Kept(why) => lines.push(format!("{} {}: {why}", entry.span.at, entry.what)),
            Outcome::Refused { at, problem } => lines.push(format!("{at} {}! {problem}", entry.what)),
            Outcome::Stored(both) => {
                let others = both.1.parts.iter().filter(|part| {
                    !matches!(part.fate, adapters::Fate::Mapped(_) | adapters::Fate::Alert(_))
                });
                lines.extend(others.map(|part| format!("{} {}: {}", part.at, part.what, part.fate)));
            }
        }
    }
    lines
}
