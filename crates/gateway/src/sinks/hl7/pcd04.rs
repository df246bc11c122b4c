//! IHE PCD-04: each step of an alarm's life, told to an alarm manager in a message of its own.
//!
//! All messages of an alarm bear the id of its first step in OBR-29. What has happened is told in the order in which it happened:
//!
//! | step | 68481 phase | 68482 state | 68483 inactivation |
//! |---|---|---|---|
//! | raised | start | active | enabled |
//! | reopened, updated | update | active | as it is |
//! | escalated | escalate | as it is | enabled |
//! | acknowledged | continue | as it is | alert-acknowledged |
//! | resumed | continue | active | enabled |
//! | latched | continue | latched | enabled |
//! | ended | end | inactive | as it is |
//!
//! An alarm of simulated readings is for training (MSH-11), whatever the feed is for.

use clinical::alarm::{self, Alarm, Inactivation, Kind as Concern, Outgoing, Phase, State};
use clinical::pcd::{Envelope, Processing};
use seal::{Code, DeviceId, Micros};

use super::Kind;
use crate::limits;
use crate::record::{AlarmEvent, AlarmKind, AlarmStep, AlarmStepId, Journal, Measured, Place, Priority};
use crate::sinks::outbox::{Item, Message, Work};
use crate::sinks::people::People;
use crate::store::{Reader, StoreError};

/// The partitions of MDC's codes that physiological quantities and events have.
const PHYSIOLOGICAL: u32 = 2;
const EVENTS: u32 = 3;

/// MDC's events: 196648 high, 196670 low, 196882 leads off, 196616 any other alarm.
const HIGH: Code = Code(196_648);
const LOW: Code = Code(196_670);
const LEADS_OFF: Code = Code(196_882);
const OTHER: Code = Code(196_616);

/// What a PCD-04 feed sends.
pub(super) struct Pcd04 {
    pub(super) envelope: Envelope,
}

impl Kind for Pcd04 {
    fn journal(&self) -> Journal {
        Journal::Alarms
    }

    fn page(&self, reader: &Reader, after: Place, _sending: Place) -> Result<Vec<Item>, StoreError> {
        let mut people = People::new(reader, &self.envelope.facility);
        let events = reader.alarm_steps(AlarmStepId(after.0), limits::FEED_PAGE)?;
        events.iter().map(|event| self.item(&mut people, event)).collect()
    }

    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError> {
        let mut people = People::new(reader, &self.envelope.facility);
        match reader.alarm_step(AlarmStepId(place.0))? {
            Some(event) => self.item(&mut people, &event).map(|item| item.work),
            None => Ok(Work::LayAside("the alarm is gone".into())),
        }
    }

    /// What happened has happened; what came after it is told after it.
    fn withdrawn(&self, _reader: &Reader, _place: Place) -> Result<Option<&'static str>, StoreError> {
        Ok(None)
    }
}

impl Pcd04 {
    fn item(&self, people: &mut People<'_>, event: &AlarmEvent) -> Result<Item, StoreError> {
        let alarm = &event.alarm;
        let patient = alarm.patient.map(|id| people.patient(id)).transpose()?.flatten();
        let bed = bed(people.reader(), event)?;
        let name = name(event.id);
        let processing = match (self.envelope.processing, alarm.staged) {
            (Processing::Production, true) => Processing::Training,
            (processing, _) => processing,
        };
        let text = alarm::message(
            &self.envelope,
            &Outgoing {
                control_id: &name,
                sent: super::now(),
                processing,
                patient: patient.as_deref(),
                bed: &bed,
                device: &alarm.device,
                alarm: &told(event),
            },
        );
        let (place, patient) = (Place(event.id.0), alarm.patient);
        Ok(Item::whole(place, patient, Work::Send(vec![Message { name, text }])))
    }
}

/// By which a message, and with its first step an alarm, is named.
fn name(step: AlarmStepId) -> String {
    format!("AL{step}")
}

/// Where the device was with the patient then.
fn bed(reader: &Reader, event: &AlarmEvent) -> Result<String, StoreError> {
    let Ok(device) = event.alarm.device.parse::<DeviceId>() else { return Ok(String::new()) };
    let all = reader.associations_of_device(&device)?;
    let here = |one: &&crate::record::Association| {
        Some(one.patient) == event.alarm.patient
            && one.from.0 <= event.time
            && one.to.is_none_or(|to| event.time <= to.0)
    };
    Ok(all.iter().rev().find(here).map(|one| one.bed.clone()).unwrap_or_default())
}

/// A step as PCD-04 tells it.
fn told(event: &AlarmEvent) -> Alarm {
    let alarm = &event.alarm;
    let (phase, state, inactivation) = standing(event);
    let measured = alarm.measured.as_ref();
    let moved = match event.step {
        AlarmStep::Escalated => format!(" (calls {})", alarm.recipients),
        AlarmStep::Raised
        | AlarmStep::Reopened
        | AlarmStep::Updated
        | AlarmStep::Acknowledged
        | AlarmStep::Resumed
        | AlarmStep::Latched
        | AlarmStep::Ended => String::new(),
    };
    Alarm {
        id: name(event.id),
        instance: name(event.first),
        event: happened(alarm, measured),
        text: format!("{}{moved}", alarm.text),
        source: alarm.code.filter(|code| code >> 16 != EVENTS).map(Code),
        measured: measured.and_then(value),
        limits: measured.map(bounds).unwrap_or_default(),
        phase,
        state: Some(state),
        inactivation: vec![inactivation],
        priority: Some(match alarm.priority {
            Priority::High => alarm::Priority::High,
            Priority::Medium => alarm::Priority::Medium,
            Priority::Low => alarm::Priority::Low,
        }),
        kind: concern(alarm),
        time: Some(Micros(event.time)),
    }
}

fn standing(event: &AlarmEvent) -> (Phase, State, Inactivation) {
    let phase = match event.step {
        AlarmStep::Raised => Phase::Start,
        AlarmStep::Reopened | AlarmStep::Updated => Phase::Update,
        AlarmStep::Escalated => Phase::Escalate,
        AlarmStep::Acknowledged | AlarmStep::Resumed | AlarmStep::Latched => Phase::Continue,
        AlarmStep::Ended => Phase::End,
    };
    let state = match (event.step, event.holds) {
        (AlarmStep::Ended, _) => State::Inactive,
        (_, true) => State::Active,
        (_, false) => State::Latched,
    };
    let inactivation = if event.acknowledged { Inactivation::Acknowledged } else { Inactivation::Enabled };
    (phase, state, inactivation)
}

/// The event that an alarm is of: one that a device told of by an event's code is that.
fn happened(alarm: &crate::record::Alarm, measured: Option<&Measured>) -> Code {
    match alarm.kind {
        AlarmKind::Limit | AlarmKind::Battery => measured.and_then(beyond).unwrap_or(OTHER),
        AlarmKind::Device => {
            let own = alarm.code.filter(|code| code >> 16 == EVENTS).map(Code);
            own.or_else(|| measured.and_then(beyond)).unwrap_or(OTHER)
        }
        AlarmKind::LeadOff => LEADS_OFF,
        AlarmKind::EarlyWarning | AlarmKind::Silent | AlarmKind::SealFailure | AlarmKind::Clock => OTHER,
    }
}

/// What is in alarm. Of a device's own alarm what it is about tells, where that is a quantity or a lead; of another event nothing here does.
fn concern(alarm: &crate::record::Alarm) -> Option<Concern> {
    match (alarm.kind, alarm.code.map(Code)) {
        (AlarmKind::Device, Some(LEADS_OFF)) => Some(Concern::Technical),
        (AlarmKind::Device, Some(Code(code))) if code >> 16 == PHYSIOLOGICAL => Some(Concern::Physiological),
        (AlarmKind::Device, Some(Code(code))) if code >> 16 == EVENTS => None,
        (AlarmKind::Device, None) => None,
        (kind, _) if kind.is_physiological() => Some(Concern::Physiological),
        (_, _) => Some(Concern::Technical),
    }
}

fn beyond(measured: &Measured) -> Option<Code> {
    let value: f64 = measured.value.parse().ok()?;
    if measured.low.is_some_and(|low| value < low) {
        Some(LOW)
    } else if measured.high.is_some_and(|high| value > high) {
        Some(HIGH)
    } else {
        None
    }
}

fn value(measured: &Measured) -> Option<alarm::Measured> {
    Some(alarm::Measured { value: measured.value.parse().ok()?, unit: measured.unit.parse().ok() })
}

/// OBX-7 (HL7 v2.6 section 7.4.2.7): both limits, or the one that there is.
fn bounds(measured: &Measured) -> String {
    match (measured.low, measured.high) {
        (Some(low), Some(high)) => format!("{low}-{high}"),
        (Some(low), None) => format!(">{low}"),
        (None, Some(high)) => format!("<{high}"),
        (None, None) => String::new(),
    }
}
