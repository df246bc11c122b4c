//! What devices tell of themselves by readings: a lead that is off, a battery that is low.

use seal::{Batch, Flags, Micros, Reading};

use super::change::{Change, Matter, NewAlarm};
use super::engine::of_device;
use super::rules::{Rules, Sign, Technical, TechnicalKind};
use super::standing::{Delays, has_passed};
use super::unit::in_unit;
use super::watched::Watched;
use crate::record::Measured;

/// Words by which a condition is over, as PCD-04's phases and states say it, and what stands for no.
const OVER: [&str; 7] = ["end", "reset", "inactive", "no", "false", "0", "absent"];

fn matter(told: &Technical) -> Matter {
    match told.kind {
        TechnicalKind::LeadOff => Matter::LeadOff(told.code),
        TechnicalKind::LowBattery => Matter::Battery(told.code),
    }
}

/// Weighs a reading by which a device tells of itself.
pub(super) fn weigh(
    watched: &mut Watched,
    batch: &Batch,
    told: &Technical,
    reading: &Reading,
    rules: &Rules,
    now: Micros,
) -> Option<Change> {
    let (matter, patient) = (matter(told), watched.patient);
    let standing = watched.matters.entry(matter).or_default();
    let (condition, delays) = match &told.sign {
        Sign::Event { .. } => {
            let holds = holds(reading)?;
            let text = format!("{}: {}", batch.device, told.name.to_lowercase());
            (holds.then(|| of_device(&batch.device, patient, matter, told.priority, text)), Delays::NONE)
        }
        Sign::Below { unit, low, hysteresis } => {
            let Reading::Value { unit: measured, value, .. } = reading else { return None };
            let number = in_unit(*value, *measured, unit)?;
            let margin = if standing.raised { *hysteresis } else { 0.0 };
            let text = format!("{}: {} {value} {unit} (limit {low})", batch.device, told.name.to_lowercase());
            let measured =
                Measured { value: value.to_string(), unit: unit.clone(), low: Some(*low), high: None };
            let alarm = of_device(&batch.device, patient, matter, told.priority, text);
            let delays = Delays {
                raise: rules.raise_after_seconds,
                clear: rules.clear_after_seconds,
                single: rules.single_after_seconds,
            };
            ((number < low + margin).then_some(NewAlarm { measured: Some(measured), ..alarm }), delays)
        }
    };
    let staged = reading.flags().contains(Flags::SIMULATED);
    standing.told = Some(now);
    standing.weigh(
        condition.map(|alarm| NewAlarm { staged, ..alarm }),
        delays,
        batch.time.plus(reading.dt_us()),
        now,
    )
}

/// Whether what the reading tells of holds; `None` of a waveform.
fn holds(reading: &Reading) -> Option<bool> {
    match reading {
        Reading::Value { value, .. } => Some(value.to_f64() != 0.0),
        Reading::Text { text, .. } => {
            let word = text.trim();
            Some(!OVER.iter().any(|over| word.eq_ignore_ascii_case(over)))
        }
        Reading::Wave { .. } => None,
    }
}

/// Clears what a device that still sends has not told of for as long as the rules say.
pub(super) fn lapse(watched: &mut Watched, rules: &Rules, now: Micros, changes: &mut Vec<Change>) {
    let heard = watched.heard;
    for (matter, standing) in watched.matters.iter_mut().filter(|(_, standing)| standing.raised) {
        let code = match matter {
            Matter::LeadOff(code) | Matter::Battery(code) => *code,
            Matter::Limit(_)
            | Matter::EarlyWarning
            | Matter::Silent
            | Matter::SealFailure
            | Matter::Clock => continue,
        };
        let lapses = rules.technical(code).and_then(|told| match told.sign {
            Sign::Event { lapses_after_seconds } => Some(lapses_after_seconds),
            Sign::Below { .. } => None,
        });
        if lapses.zip(standing.told).is_some_and(|(lapses, told)| has_passed(told, heard.min(now), lapses)) {
            changes.extend(standing.clear());
        }
    }
}
