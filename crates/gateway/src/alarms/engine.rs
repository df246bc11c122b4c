//! What raises and clears alarms, without storage: it is told what happens and says what changes.
//!
//! For each device and matter it keeps since when the condition holds or is gone, and which alarm stands for it; for each patient the newest
//! value of what the early-warning score counts. Times of readings are the readings' own; silence, escalation and pauses go by the
//! gateway's clock. Of alarms themselves it knows what the store has told it of their last step ([`Engine::follow`]).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use seal::{Batch, DeviceId, Flags, Micros, Reading, Reason};

use super::Rules;
use super::book::{Book, InForce, Place};
use super::change::{Change, Matter, NewAlarm};
use super::chart::{Charts, Pace, Weighing};
use super::class::{Class, Due};
use super::standing::Delays;
use super::technical;
use super::unit::in_unit;
use super::watched::{Voice, Watched};
use crate::limits;
use crate::record::{Alarm, AlarmId, Association, Measured, PatientId, Priority, ScoreInput};

/// The engine.
#[derive(Debug)]
pub(crate) struct Engine {
    rules: Arc<Rules>,
    book: Book,
    devices: HashMap<DeviceId, Watched>,
    charts: Charts,
    /// The alarms that are shown.
    active: BTreeMap<AlarmId, Alarm>,
}

/// What the engine goes on with after a start.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// The alarms that are shown.
    pub(crate) active: Vec<Alarm>,
    /// What people have set and chosen.
    pub(crate) book: Book,
    /// The last values that the score counts.
    pub(crate) inputs: Vec<ScoreInput>,
    /// The devices for which sources speak.
    pub(crate) heard: Vec<Heard>,
}

/// When a device was heard last.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) device: DeviceId,
    /// Of whom its newest message was.
    pub(crate) patient: Option<PatientId>,
    /// Newest first.
    pub(crate) at: Vec<Micros>,
}

/// A batch that was accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) batch: &'a Batch,
    pub(crate) patient: Option<PatientId>,
    pub(crate) voice: Voice,
    /// When it came.
    pub(crate) received: Micros,
}

impl Engine {
    pub(crate) fn new(rules: Arc<Rules>) -> Self {
        let (devices, charts) = (HashMap::new(), Charts::default());
        Self { rules, book: Book::default(), devices, charts, active: BTreeMap::new() }
    }

    /// Goes on with what the store has. No device that seals is silent before `now`.
    pub(crate) fn resume(&mut self, past: Past, now: Micros) {
        self.devices.clear();
        self.charts.resume(&past.inputs);
        self.book = past.book;
        for Heard { device, patient, at } in past.heard {
            let Some(last) = at.first().copied() else { continue };
            let mut watched = Watched::new(Voice::Source, last);
            watched.patient = patient;
            for pair in at.windows(2).rev() {
                if let [later, earlier] = pair {
                    watched.rhythm.take(later.0.saturating_sub(earlier.0), &self.rules.silent_source);
                }
            }
            self.devices.insert(device, watched);
        }
        for alarm in &past.active {
            let Some(matter) = Matter::of(alarm.kind, alarm.code) else { continue };
            let standing = match (matter, alarm.patient, alarm.device.parse::<DeviceId>()) {
                (Matter::EarlyWarning, Some(patient), _) => self.charts.standing(patient),
                (_, _, Ok(device)) => {
                    let watched = self.devices.entry(device).or_insert_with(|| Watched::new(Voice::Own, now));
                    watched.patient = watched.patient.or(alarm.patient);
                    watched.matters.entry(matter).or_default()
                }
                (_, _, Err(_)) => continue,
            };
            (standing.alarm, standing.raised, standing.told) =
                (Some(alarm.id), alarm.cleared.is_none(), Some(now));
        }
        self.active = past.active.into_iter().map(|alarm| (alarm.id, alarm)).collect();
    }

    /// People have set or chosen something, or entered what they saw.
    pub(crate) fn settings(&mut self, book: Book, inputs: &[ScoreInput]) {
        self.book = book;
        self.charts.take(inputs);
    }

    /// An alarm is now like this.
    pub(crate) fn follow(&mut self, alarm: &Alarm) {
        if alarm.is_active() {
            self.active.insert(alarm.id, alarm.clone());
        } else {
            self.active.remove(&alarm.id);
        }
    }

    /// A device was put with somebody or taken away. What a wrong association brought into a patient's score goes.
    pub(crate) fn associated(&mut self, association: &Association) {
        if association.replaced.is_some() {
            self.charts.forget(association.patient, association.device.as_str());
        }
    }

    /// Patients whose date of birth is to be told ([`Engine::meet`]).
    pub(crate) fn strangers(&self) -> Vec<PatientId> {
        self.charts.strangers()
    }

    /// Who a patient is.
    pub(crate) fn meet(&mut self, patient: PatientId, born: Option<&str>) {
        self.charts.meet(patient, born);
    }

    /// What is known of patients may have changed: all are strangers again.
    pub(crate) fn forget_births(&mut self) {
        self.charts.forget_births();
    }

    /// By what it goes.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What alarms like this one do.
    pub(crate) fn class(&self, alarm: &NewAlarm) -> &Class {
        self.rules.class(alarm.matter.kind(), alarm.priority)
    }

    /// A batch was accepted.
    pub(crate) fn batch(&mut self, arrival: Arrival<'_>, now: Micros) -> Vec<Change> {
        let Arrival { batch, patient, voice, received } = arrival;
        let mut changes = Vec::new();
        let Self { rules, book, devices, charts, .. } = self;
        let watched = watched(devices, &batch.device, voice, now);
        if watched.patient != patient {
            // Limits concern the patient: those of the one before are over.
            watched.end(|matter| matches!(matter, Matter::Limit(_)), &mut changes);
            watched.patient = patient;
        }
        watched.rhythm.take(now.0.saturating_sub(watched.heard.0), &rules.silent_source);
        watched.heard = now;
        watched.end(|matter| matches!(matter, Matter::Silent | Matter::SealFailure), &mut changes);
        if let Some(seen) = watched.clock.take(batch.time.0.saturating_sub(received.0), now) {
            watched.lag = seen.lag(watched.lag, &rules.clock);
            let alarm = rules.clock.fault(seen, watched.lag).map(|fault| NewAlarm {
                device: Some(batch.device.clone()),
                patient,
                matter: Matter::Clock,
                priority: rules.clock.priority,
                text: format!("{}: {fault}", batch.device),
                measured: None,
                staged: false,
            });
            let standing = watched.matters.entry(Matter::Clock).or_default();
            changes.extend(standing.weigh(alarm, Delays::NONE, batch.time, now));
        }
        // By the gateway's clock, as far as is known how far the device's is behind it.
        let lag = watched.lag;
        let age = now.0.saturating_sub(batch.time.plus(lag).0);
        if age > limits::ALARM_FRESH.as_micros() as i64 {
            return changes;
        }
        for reading in &batch.readings {
            let flags = reading.flags();
            if flags.contains(Flags::TEST) || flags.contains(Flags::CALIBRATING) {
                continue;
            }
            if let Some(told) = rules.technical(reading.code().0) {
                changes.extend(technical::weigh(watched, batch, told, reading, rules, now));
            }
            let Some(patient) = patient else { continue };
            charts.reading(patient, batch, reading, Pace { lag, now });
            if let Some(limit) = book.limit(rules, patient, reading.code().0) {
                changes.extend(value(watched, batch, rules, limit, reading, now));
            }
        }
        changes
    }

    /// A message of an enrolled device was refused.
    pub(crate) fn refused(
        &mut self,
        device: &DeviceId,
        patient: Option<PatientId>,
        reason: Reason,
        now: Micros,
    ) -> Option<Change> {
        let text = format!("{device}: message refused ({reason})");
        let alarm = of_device(device, patient, Matter::SealFailure, Priority::Low, text);
        watched(&mut self.devices, device, Voice::Own, now)
            .matters
            .entry(alarm.matter)
            .or_default()
            .raise(alarm)
    }

    /// Time has passed. `present` are the devices that are associated with a patient now.
    pub(crate) fn tick(
        &mut self,
        present: &HashMap<DeviceId, (PatientId, Voice)>,
        now: Micros,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        for (device, (_, voice)) in present {
            watched(&mut self.devices, device, *voice, now);
        }
        let Self { rules, book, devices, charts, active } = self;
        for (device, watched) in devices.iter_mut() {
            for standing in watched.matters.values_mut() {
                changes.extend(standing.wait(now));
            }
            technical::lapse(watched, rules, now, &mut changes);
            let with = present.get(device).map(|(patient, _)| *patient);
            changes.extend(silence(device, watched, with, rules, active, now));
        }
        charts.weigh(Weighing { book, now }, &mut changes);
        for alarm in active.values() {
            match rules.class(alarm.kind, alarm.raised_priority).due(alarm, now) {
                Some(Due::Escalation(level, to)) => {
                    changes.push(Change::Escalate(alarm.id, level, to.clone()));
                }
                Some(Due::Resumption) => changes.push(Change::Resume(alarm.id)),
                None => {}
            }
        }
        changes
    }

    /// The store has given the alarm for a matter this number.
    pub(crate) fn raised(&mut self, alarm: &NewAlarm, id: AlarmId) {
        match (alarm.matter, alarm.patient, &alarm.device) {
            (Matter::EarlyWarning, Some(patient), _) => self.charts.standing(patient).alarm = Some(id),
            (_, _, Some(device)) => {
                if let Some(watched) = self.devices.get_mut(device) {
                    watched.matters.entry(alarm.matter).or_default().alarm = Some(id);
                }
            }
            (_, _, None) => {}
        }
    }
}

/// What is known of a device; it counts as heard `now` when it was unknown.
fn watched<'a>(
    devices: &'a mut HashMap<DeviceId, Watched>,
    device: &DeviceId,
    voice: Voice,
    now: Micros,
) -> &'a mut Watched {
    if !devices.contains_key(device) {
        devices.insert(device.clone(), Watched::new(voice, now));
    }
    let watched = devices.entry(device.clone()).or_insert_with(|| Watched::new(voice, now));
    watched.voice = voice;
    watched
}

pub(super) fn of_device(
    device: &DeviceId,
    patient: Option<PatientId>,
    matter: Matter,
    priority: Priority,
    text: String,
) -> NewAlarm {
    NewAlarm { device: Some(device.clone()), patient, matter, priority, text, measured: None, staged: false }
}

/// Whether a device that should send does not. One for which a source speaks is missed when it used to send regularly, whether or not it is
/// associated: its messages may name the patient. Without an association, somebody's acknowledgement ends the watch.
fn silence(
    device: &DeviceId,
    watched: &mut Watched,
    with: Option<PatientId>,
    rules: &Rules,
    active: &BTreeMap<AlarmId, Alarm>,
    now: Micros,
) -> Option<Change> {
    let (patient, patience) = match watched.voice {
        Voice::Own => (with, Some(rules.silent_after_seconds)),
        Voice::Source => (with.or(watched.patient), watched.rhythm.patience(&rules.silent_source)),
    };
    let standing = watched.matters.entry(Matter::Silent).or_default();
    let is_known =
        standing.alarm.and_then(|id| active.get(&id)).is_some_and(|alarm| alarm.acknowledged.is_some());
    if with.is_none() && standing.raised && is_known {
        watched.patient = None;
        return standing.clear();
    }
    let (Some(patient), Some(patience)) = (patient, patience) else { return standing.clear() };
    let quiet = now.0.saturating_sub(watched.heard.0);
    if standing.raised || quiet <= i64::from(patience) * 1_000_000 {
        return None;
    }
    let text = format!("{device} sends nothing");
    standing.raise(of_device(device, Some(patient), Matter::Silent, Priority::Medium, text))
}

/// A number that has a limit.
fn value(
    watched: &mut Watched,
    batch: &Batch,
    rules: &Rules,
    limit: InForce<'_>,
    reading: &Reading,
    now: Micros,
) -> Option<Change> {
    let Reading::Value { unit, dt_us, value, flags, .. } = reading else { return None };
    let base = limit.base;
    let number = in_unit(*value, *unit, &base.unit)?;
    let standing = watched.matters.entry(Matter::Limit(base.code)).or_default();
    let place = limit.place(number, if standing.raised { base.hysteresis } else { 0.0 });
    let (word, bound) = match place {
        Place::Within => ("", None),
        Place::Below => ("low", limit.low),
        Place::Above => ("high", limit.high),
    };
    let condition = (place != Place::Within).then(|| {
        let digits = if unit.as_str() == base.unit { value.to_string() } else { format!("{number:.1}") };
        let (name, bound) = (&base.name, bound.unwrap_or_default());
        NewAlarm {
            device: Some(batch.device.clone()),
            patient: watched.patient,
            matter: Matter::Limit(base.code),
            priority: limit.priority,
            text: format!("{name} {word}: {digits} {unit} (limit {bound})", unit = base.unit),
            measured: Some(Measured {
                value: digits,
                unit: base.unit.clone(),
                low: limit.low,
                high: limit.high,
            }),
            staged: flags.contains(Flags::SIMULATED),
        }
    });
    let delays = Delays {
        raise: base.raise_after_seconds.unwrap_or(rules.raise_after_seconds),
        clear: rules.clear_after_seconds,
        single: rules.single_after_seconds,
    };
    standing.weigh(condition, delays, batch.time.plus(*dt_us), now)
}
