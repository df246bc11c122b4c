//! The alarms that a device raised itself, as PCD-04 or an adapter tells of them: shown as the device's own, never weighed again here.

use adapters::Condition;
use clinical::alarm::{Alarm, Inactivation, Kind, Phase, Priority, State};
use seal::{Decimal, DeviceId, Micros};

use super::Rules;
use crate::record::{self, AlarmKind, PatientId};

/// What one message says of an alarm of a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeviceAlarm {
    pub(crate) device: DeviceId,
    pub(crate) patient: Option<PatientId>,
    /// By which all messages about it name it, with the source's name before it.
    pub(crate) reference: String,
    pub(crate) priority: record::Priority,
    pub(crate) code: Option<u32>,
    pub(crate) text: String,
    pub(crate) time: Micros,
    /// The condition holds.
    pub(crate) holds: bool,
    /// Somebody has said at the device that they know.
    pub(crate) acknowledged: bool,
    /// Whether it stays when it no longer holds, and whom it calls here.
    pub(crate) latching: bool,
    pub(crate) recipients: String,
    pub(crate) measured: Option<record::Measured>,
}

impl DeviceAlarm {
    /// `None` when it is no alarm but advice, or says only that the device's alarms work.
    pub(crate) fn of(
        alarm: &Alarm,
        source: &record::SourceName,
        device: &DeviceId,
        patient: Option<PatientId>,
        rules: &Rules,
        now: Micros,
    ) -> Option<Self> {
        let priority = urgency(alarm.priority)?;
        if alarm.kind == Some(Kind::Advisory) {
            return None;
        }
        let ended = match alarm.phase {
            Phase::End | Phase::Reset | Phase::TimePoint => true,
            Phase::Start | Phase::Continue | Phase::Update | Phase::Escalate | Phase::Deescalate => false,
        };
        let inactive = match alarm.state {
            Some(State::Off | State::Inactive | State::Latched) => true,
            Some(State::Active) | None => false,
        };
        let class = rules.class(AlarmKind::Device, priority);
        Some(Self {
            device: device.clone(),
            patient,
            reference: format!("{source}:{}", alarm.instance),
            priority,
            code: alarm.source.map(|code| code.0),
            text: text(alarm),
            time: alarm.time.unwrap_or(now),
            holds: !ended && !inactive,
            acknowledged: alarm.inactivation.contains(&Inactivation::Acknowledged),
            latching: class.latching,
            recipients: class.recipients.clone(),
            measured: alarm.measured.map(|one| measured(one, &alarm.limits)),
        })
    }

    /// As an adapter tells of a condition.
    pub(crate) fn of_condition(
        told: &Condition,
        reference: String,
        device: &DeviceId,
        patient: Option<PatientId>,
        rules: &Rules,
    ) -> Self {
        let priority = urgency(Some(told.priority)).unwrap_or(record::Priority::Low);
        let class = rules.class(AlarmKind::Device, priority);
        let (low, high) = (told.low.map(Decimal::to_f64), told.high.map(Decimal::to_f64));
        let measured = told.value.map(|(value, unit)| {
            let unit = unit.map(|unit| unit.to_string()).unwrap_or_default();
            record::Measured { value: value.to_string(), unit, low, high }
        });
        let said = measured.as_ref().map(|one| (one.value.as_str(), one.unit.as_str()));
        let limits = match (told.low, told.high) {
            (Some(low), Some(high)) => format!("{low}-{high}"),
            (Some(low), None) => format!("{low}-"),
            (None, Some(high)) => format!("-{high}"),
            (None, None) => String::new(),
        };
        Self {
            device: device.clone(),
            patient,
            reference,
            priority,
            code: told.code.map(|code| code.0),
            text: line(&told.text, said, &limits),
            time: told.time,
            holds: told.holds,
            acknowledged: false,
            latching: class.latching,
            recipients: class.recipients.clone(),
            measured,
        }
    }

    /// Its end, with what it was about as it was.
    pub(crate) fn ended(self, before: &record::Alarm) -> Self {
        let (text, measured) = (before.text.clone(), before.measured.clone());
        Self { text, measured, priority: before.raised_priority, code: before.code, ..self }
    }

    /// Whether nothing has changed but the value that it is about.
    pub(crate) fn is_like(&self, before: &record::Alarm) -> bool {
        let limits = |one: Option<&record::Measured>| one.map(|one| (one.low, one.high));
        self.priority == before.raised_priority
            && limits(self.measured.as_ref()) == limits(before.measured.as_ref())
    }
}

/// How urgent an alarm is taken here; `None` when it is none.
fn urgency(said: Option<Priority>) -> Option<record::Priority> {
    match said {
        Some(Priority::High) => Some(record::Priority::High),
        Some(Priority::Medium | Priority::Unknown) | None => Some(record::Priority::Medium),
        Some(Priority::Low | Priority::Information) => Some(record::Priority::Low),
        Some(Priority::None) => None,
    }
}

/// The value with its limits, which the device writes as `90-100`, `90-` or `-100`.
fn measured(one: clinical::alarm::Measured, limits: &str) -> record::Measured {
    let (low, high) = limits.split_once('-').unwrap_or_default();
    let (low, high) = (low.trim().parse().ok(), high.trim().parse().ok());
    let unit = one.unit.map(|unit| unit.to_string()).unwrap_or_default();
    record::Measured { value: one.value.to_string(), unit, low, high }
}

/// As a message tells of it.
fn text(alarm: &Alarm) -> String {
    let name = clinical::nomenclature::refid(alarm.source.unwrap_or(alarm.event));
    let words = if alarm.text.is_empty() { name } else { alarm.text.as_str() };
    let said = alarm
        .measured
        .map(|one| (one.value.to_string(), one.unit.map(|unit| unit.to_string()).unwrap_or_default()));
    line(words, said.as_ref().map(|(value, unit)| (value.as_str(), unit.as_str())), &alarm.limits)
}

/// One line for a person: the device's own words, and the value and its unit with the limits where it tells them.
fn line(words: &str, measured: Option<(&str, &str)>, limits: &str) -> String {
    let mut line = words.to_owned();
    if let Some((value, unit)) = measured {
        let gap = if unit.is_empty() { "" } else { " " };
        line.push_str(&format!(": {value}{gap}{unit}"));
    }
    if !limits.is_empty() {
        line.push_str(&format!(" (limits {limits})"));
    }
    line
}
