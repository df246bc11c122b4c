//! The alarms that a device raised itself, as PCD-04 tells of them: shown as the device's own, never weighed again here.

use clinical::alarm::{Alarm, Inactivation, Kind, Phase, Priority, State};
use seal::{DeviceId, Micros};

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
        let priority = match alarm.priority {
            Some(Priority::High) => record::Priority::High,
            Some(Priority::Medium | Priority::Unknown) | None => record::Priority::Medium,
            Some(Priority::Low | Priority::Information) => record::Priority::Low,
            Some(Priority::None) => return None,
        };
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
}

/// The value with its limits, which the device writes as `90-100`, `90-` or `-100`.
fn measured(one: clinical::alarm::Measured, limits: &str) -> record::Measured {
    let (low, high) = limits.split_once('-').unwrap_or_default();
    let (low, high) = (low.trim().parse().ok(), high.trim().parse().ok());
    let unit = one.unit.map(|unit| unit.to_string()).unwrap_or_default();
    record::Measured { value: one.value.to_string(), unit, low, high }
}

/// One line for a person: the device's own words, and the value with its limits where it tells them.
fn text(alarm: &Alarm) -> String {
    let name = clinical::nomenclature::refid(alarm.source.unwrap_or(alarm.event));
    let words = if alarm.text.is_empty() { name } else { alarm.text.as_str() };
    let value = alarm.measured.map(|one| {
        let unit = one.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        format!(": {}{unit}", one.value)
    });
    let limits = if alarm.limits.is_empty() { String::new() } else { format!(" (limits {})", alarm.limits) };
    format!("{words}{}{limits}", value.unwrap_or_default())
}
