//! A message to look at: what a dialect makes of a made-up patient and monitor.

use seal::{Code, Flags, Micros};

use super::{Dialect, Row, Sending, Status, Value, Vouched, write};
use crate::pcd::Processing;
use crate::person::{Location, Patient, Sex};

/// 2026-01-01 10:00:00 UTC.
const START: Micros = Micros(1_767_261_600_000_000);

/// What the monitor measured: MDC code, UCUM unit, seconds after [`START`], value, whether the device doubts it.
const MEASURED: [(u32, &str, i64, &str, Flags); 7] = [
    (147_842, "/min", 0, "71", Flags::NONE),
    (147_842, "/min", 20, "74", Flags::NONE),
    (147_842, "/min", 40, "73", Flags::NONE),
    (150_456, "%", 0, "97", Flags::NONE),
    (150_456, "%", 40, "96", Flags::QUESTIONABLE),
    (150_344, "Cel", 10, "36.9", Flags::NONE),
    (184_327, "", 40, "sinus rhythm", Flags::NONE),
];

impl Dialect {
    /// A message of this dialect about nobody: for training (MSH-11 `T`), of a patient that does not exist. `None` when the dialect lists none
    /// of the sample's codes and leaves out what it does not list.
    #[must_use]
    pub fn sample(&self) -> Option<String> {
        let measured = MEASURED.into_iter().map(|(code, unit, seconds, value, flags)| {
            let value = value.parse().map_or_else(|_| Value::Text(value.into()), Value::Number);
            let (time, unit) = (START.plus(seconds * 1_000_000), unit.to_owned());
            Row { code: Code(code), unit, time, from: time, count: 1, value, flags, status: Status::New }
        });
        let rows: Vec<Row> = measured.collect();
        let rows = if self.interval_s > 0 { self.condense(&rows) } else { rows };
        let patient = Patient {
            id: "0".into(),
            identifier: "EXAMPLE-1".into(),
            authority: "EXAMPLE".into(),
            family: "Example".into(),
            given: "Zo\u{eb}".into(),
            born: "1960-02-29".parse().ok(),
            sex: Sex::Female,
        };
        let location = Location { unit: "ICU".into(), bed: "3".into(), ..Location::default() };
        let sending = Sending {
            application: "MEDSEAL",
            facility: "EXAMPLE",
            receiving_application: "EHR",
            receiving_facility: "EXAMPLE",
            control_id: "MS1",
            sent: START.plus(90_000_000),
            processing: Processing::Training,
            patient: &patient,
            account: "",
            visit: "V100",
            location: &location,
            device: "monitor-1",
            order: "1",
            vouched: Vouched::NotSealed("bedside"),
        };
        write(self, &sending, &rows).message
    }
}
