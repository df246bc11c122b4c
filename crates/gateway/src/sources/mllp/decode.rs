//! From the bytes of an HL7 message to readings: the same when it comes and whenever it is read again.

use clinical::hl7::{Hl7Error, Message, decode};
use clinical::nomenclature;
use clinical::pcd::{Observed, PcdError, Processing, Report};
use seal::{Batch, DeviceId, Flags, Micros, Reading};

/// Why bytes are no readings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotReadable {
    /// They are no HL7 v2 message.
    #[error(transparent)]
    Form(#[from] Hl7Error),
    /// It says no observations.
    #[error(transparent)]
    Content(#[from] PcdError),
}

/// The readings of the message `bytes`, which came at `received` and is of `device`.
///
/// # Errors
/// When the bytes are no message of observations.
pub fn batch(bytes: &[u8], device: &DeviceId, received: Micros) -> Result<Batch, NotReadable> {
    let text = decode(bytes)?;
    let message = Message::parse(&text)?;
    let report = Report::read(&message)?;
    Ok(readings(&report, device, received))
}

/// The readings of a report. Their time is MSH-7, or `received` when the message does not tell it.
pub fn readings(report: &Report<'_>, device: &DeviceId, received: Micros) -> Batch {
    let time = report.sent.unwrap_or(received);
    // What is not for the care of patients is a test, whatever its rows say.
    let staged = match report.processing {
        Some(Processing::Production) => Flags::NONE,
        Some(Processing::Training | Processing::Debugging) | None => Flags::TEST,
    };
    let reading = |row: &clinical::pcd::Observation<'_>| {
        let dt_us = row.time.map_or(0, |at| at.0.saturating_sub(time.0));
        let (code, flags) = (row.code, row.flags | staged);
        match &row.value {
            Observed::Number(value) => {
                let unit = row.unit.and_then(nomenclature::ucum).unwrap_or("1").parse().ok()?;
                Some(Reading::Value { code, unit, dt_us, value: *value, flags })
            }
            Observed::Text(text) => Some(Reading::Text { code, dt_us, text: text.to_string(), flags }),
            Observed::Samples(_) | Observed::Missing(_) => None,
        }
    };
    Batch { device: device.clone(), time, readings: report.observations.iter().filter_map(reading).collect() }
}
