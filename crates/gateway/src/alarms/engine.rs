//! What raises and clears alarms, without storage: it is told what happens and says what changes.
//!
//! For each device and matter it keeps since when the condition holds or is gone, and which alarm stands for it. Times
//! of readings are the readings' own; silence is measured by the gateway's clock.

use std::collections::HashMap;

use seal::{Batch, DeviceId, Flags, Micros, Reading, Reason};

use super::rules::{Limit, Place, Rules};
use crate::limits;
use crate::record::{Alarm, AlarmId, AlarmKind, PatientId, Priority};

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Matter {
    Limit(u32),
    Silent,
    SealFailure,
}

/// An alarm to be raised.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewAlarm {
    pub(crate) device: DeviceId,
    pub(crate) patient: Option<PatientId>,
    pub(crate) matter: Matter,
    pub(crate) priority: Priority,
    pub(crate) text: String,
}

/// What is to be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Raise it, or open `again` if nobody has acknowledged that one yet.
    Raise { alarm: NewAlarm, again: Option<AlarmId> },
    /// Its condition has ceased.
    Clear(AlarmId),
}

/// How one matter of one device stands.
#[derive(Debug, Default)]
struct Standing {
    /// Since when the condition is other than what the alarm says.
    turned: Option<Micros>,
    /// The last alarm about it.
    alarm: Option<AlarmId>,
    raised: bool,
}

#[derive(Debug)]
struct Watched {
    patient: Option<PatientId>,
    heard: Micros,
    matters: HashMap<Matter, Standing>,
}

/// The engine.
#[derive(Debug)]
pub(crate) struct Engine {
    rules: Rules,
    devices: HashMap<DeviceId, Watched>,
}

impl Matter {
    pub(crate) const fn kind(self) -> AlarmKind {
        match self {
            Self::Limit(_) => AlarmKind::Limit,
            Self::Silent => AlarmKind::Silent,
            Self::SealFailure => AlarmKind::SealFailure,
        }
    }

    pub(crate) const fn code(self) -> Option<u32> {
        match self {
            Self::Limit(code) => Some(code),
            Self::Silent | Self::SealFailure => None,
        }
    }

    fn of(alarm: &Alarm) -> Option<Self> {
        match alarm.kind {
            AlarmKind::Limit => alarm.code.map(Self::Limit),
            AlarmKind::Silent => Some(Self::Silent),
            AlarmKind::SealFailure => Some(Self::SealFailure),
            // The device weighs those itself.
            AlarmKind::Device => None,
        }
    }
}

impl Engine {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, devices: HashMap::new() }
    }

    /// Goes on with the alarms that are still shown, as the store has them. Nothing is silent before `now`.
    pub(crate) fn resume(&mut self, active: &[Alarm], now: Micros) {
        self.devices.clear();
        for alarm in active {
            let (Ok(device), Some(matter)) = (alarm.device.parse::<DeviceId>(), Matter::of(alarm)) else {
                continue;
            };
            let watched = watched(&mut self.devices, &device, now);
            watched.patient = alarm.patient;
            let standing = watched.matters.entry(matter).or_default();
            (standing.alarm, standing.raised) = (Some(alarm.id), alarm.cleared.is_none());
        }
    }

    /// A batch was accepted.
    pub(crate) fn batch(&mut self, batch: &Batch, patient: Option<PatientId>, now: Micros) -> Vec<Change> {
        let mut changes = Vec::new();
        let Self { rules, devices } = self;
        let watched = watched(devices, &batch.device, now);
        if watched.patient != patient {
            // Limits concern the patient: those of the one before are over.
            watched.end(|matter| matches!(matter, Matter::Limit(_)), &mut changes);
            watched.patient = patient;
        }
        watched.heard = now;
        watched.end(|matter| matches!(matter, Matter::Silent | Matter::SealFailure), &mut changes);
        let late = now.0.saturating_sub(batch.time.0) > limits::ALARM_FRESH.as_micros() as i64;
        if late || patient.is_none() {
            return changes;
        }
        for reading in &batch.readings {
            let Reading::Value { code, unit, dt_us, value, flags } = reading else { continue };
            if flags.contains(Flags::TEST) || flags.contains(Flags::CALIBRATING) {
                continue;
            }
            let Some(limit) = rules.limit(code.0).filter(|limit| limit.unit == unit.as_str()) else {
                continue;
            };
            let time = batch.time.plus(*dt_us);
            changes.extend(watched.value(&batch.device, rules, limit, value.to_f64(), time));
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
        let matter = Matter::SealFailure;
        let alarm = NewAlarm { device: device.clone(), patient, matter, priority: Priority::Low, text };
        watched(&mut self.devices, device, now).matters.entry(matter).or_default().raise(alarm)
    }

    /// Time has passed. `present` are the devices that are with a patient now.
    pub(crate) fn tick(&mut self, present: &HashMap<DeviceId, PatientId>, now: Micros) -> Vec<Change> {
        let patience = i64::from(self.rules.silent_after_seconds) * 1_000_000;
        let mut changes = Vec::new();
        for (device, watched) in &mut self.devices {
            if !present.contains_key(device) {
                watched.end(|matter| matches!(matter, Matter::Silent), &mut changes);
            }
        }
        for (device, patient) in present {
            let watched = watched(&mut self.devices, device, now);
            if now.0.saturating_sub(watched.heard.0) <= patience {
                continue;
            }
            let text = format!("{device} sends nothing");
            let (priority, matter, patient) = (Priority::Medium, Matter::Silent, Some(*patient));
            let alarm = NewAlarm { device: device.clone(), patient, matter, priority, text };
            changes.extend(watched.matters.entry(matter).or_default().raise(alarm));
        }
        changes
    }

    /// The store has given the alarm for a matter this number.
    pub(crate) fn raised(&mut self, device: &DeviceId, matter: Matter, id: AlarmId) {
        if let Some(watched) = self.devices.get_mut(device) {
            watched.matters.entry(matter).or_default().alarm = Some(id);
        }
    }
}

/// What is known of a device; it counts as heard `now` when it was unknown.
fn watched<'a>(
    devices: &'a mut HashMap<DeviceId, Watched>,
    device: &DeviceId,
    now: Micros,
) -> &'a mut Watched {
    let new = || Watched { patient: None, heard: now, matters: HashMap::new() };
    devices.entry(device.clone()).or_insert_with(new)
}

impl Watched {
    /// Clears the alarms about these matters.
    fn end(&mut self, which: impl Fn(&Matter) -> bool, changes: &mut Vec<Change>) {
        for (_, standing) in self.matters.iter_mut().filter(|(matter, _)| which(matter)) {
            changes.extend(standing.clear());
        }
    }

    fn value(
        &mut self,
        device: &DeviceId,
        rules: &Rules,
        limit: &Limit,
        value: f64,
        time: Micros,
    ) -> Option<Change> {
        let matter = Matter::Limit(limit.code);
        let standing = self.matters.entry(matter).or_default();
        let margin = if standing.raised { limit.hysteresis } else { 0.0 };
        let place = limit.place(value, margin);
        if (place != Place::Within) == standing.raised {
            standing.turned = None;
            return None;
        }
        let wait = if standing.raised { rules.clear_after_seconds } else { rules.raise_after_seconds };
        let since = *standing.turned.get_or_insert(time);
        if time.0.saturating_sub(since.0) < i64::from(wait) * 1_000_000 {
            return None;
        }
        let (word, bound) = match place {
            Place::Within => return standing.clear(),
            Place::Below => ("low", limit.low),
            Place::Above => ("high", limit.high),
        };
        let (name, bound) = (&limit.name, bound.unwrap_or_default());
        let text = format!("{name} {word}: {value} {unit} (limit {bound})", unit = limit.unit);
        let (device, patient, priority) = (device.clone(), self.patient, limit.priority);
        standing.raise(NewAlarm { device, patient, matter, priority, text })
    }
}

impl Standing {
    fn raise(&mut self, alarm: NewAlarm) -> Option<Change> {
        if self.raised {
            return None;
        }
        (self.raised, self.turned) = (true, None);
        Some(Change::Raise { alarm, again: self.alarm })
    }

    fn clear(&mut self) -> Option<Change> {
        self.turned = None;
        if !std::mem::take(&mut self.raised) {
            return None;
        }
        self.alarm.map(Change::Clear)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::{Code, Unit};

    const PATIENT: Option<PatientId> = Some(PatientId(1));

    struct Bed {
        engine: Engine,
        device: DeviceId,
        second: i64,
    }

    impl Bed {
        fn new() -> Self {
            let engine = Engine::new(Rules::load(None).unwrap());
            Self { engine, device: "monitor-1".parse().unwrap(), second: 1_000 }
        }

        fn batch(&self, spo2: &str, flags: Flags) -> Batch {
            let reading = Reading::Value {
                code: Code(150_456),
                unit: "%".parse::<Unit>().unwrap(),
                dt_us: 0,
                value: spo2.parse().unwrap(),
                flags,
            };
            Batch { device: self.device.clone(), time: self.now(), readings: vec![reading] }
        }

        fn now(&self) -> Micros {
            Micros(self.second * 1_000_000)
        }

        /// One second passes with this SpO2. Gives "raise", "again N", "clear N" or nothing.
        fn spo2(&mut self, value: &str) -> String {
            self.flagged(value, Flags::NONE, PATIENT)
        }

        fn flagged(&mut self, value: &str, flags: Flags, patient: Option<PatientId>) -> String {
            self.second += 1;
            let changes = self.engine.batch(&self.batch(value, flags), patient, self.now());
            self.said(changes)
        }

        fn said(&mut self, changes: Vec<Change>) -> String {
            let mut said = Vec::new();
            for change in changes {
                match change {
                    Change::Raise { alarm, again } => {
                        let id = again.unwrap_or(AlarmId(7));
                        self.engine.raised(&alarm.device, alarm.matter, id);
                        said.push(again.map_or("raise".to_owned(), |id| format!("again {id}")));
                    }
                    Change::Clear(id) => said.push(format!("clear {id}")),
                }
            }
            said.join(", ")
        }
    }

    #[test]
    fn a_limit_alarm_waits_holds_and_clears_with_hysteresis() {
        let mut bed = Bed::new();
        // One odd second raises nothing; three seconds do.
        let values = ["97", "85", "97", "91", "90", "89", "88", "92", "92.5", "93", "93", "93", "93", "97"];
        let said: Vec<String> = values.iter().map(|value| bed.spo2(value)).collect();
        assert_eq!(said, ["", "", "", "", "", "", "raise", "", "", "", "", "", "clear 7", ""]);
        // Nobody acknowledged it: the same alarm opens again.
        let said: Vec<String> = ["80", "80", "80", "80"].iter().map(|value| bed.spo2(value)).collect();
        assert_eq!(said, ["", "", "", "again 7"]);
    }

    #[test]
    fn what_is_no_measurement_of_a_patient_raises_nothing() {
        let mut bed = Bed::new();
        for _ in 0..10 {
            assert_eq!(bed.flagged("50", Flags::TEST, PATIENT), "");
            assert_eq!(bed.flagged("50", Flags::CALIBRATING, PATIENT), "");
            assert_eq!(bed.flagged("50", Flags::NONE, None), "");
        }
        let late = bed.batch("50", Flags::NONE);
        for minutes in 2..20 {
            let now = late.time.plus(minutes * 60_000_000);
            assert_eq!(bed.engine.batch(&late, PATIENT, now), []);
        }
    }

    #[test]
    fn another_patient_ends_the_limit_alarms_of_the_one_before() {
        let mut bed = Bed::new();
        let said: Vec<String> = ["80"; 4].iter().map(|value| bed.spo2(value)).collect();
        assert_eq!(said.last().map(String::as_str), Some("raise"));
        assert_eq!(bed.flagged("97", Flags::NONE, Some(PatientId(2))), "clear 7");
    }

    #[test]
    fn silence_is_noticed_once_and_ends_with_the_next_batch() {
        let mut bed = Bed::new();
        bed.spo2("97");
        let present = HashMap::from([(bed.device.clone(), PatientId(1))]);
        let mut said = Vec::new();
        for _ in 0..20 {
            bed.second += 1;
            let changes = bed.engine.tick(&present, bed.now());
            said.push(bed.said(changes));
        }
        assert_eq!(said.iter().position(|one| one == "raise"), Some(15), "{said:?}");
        assert_eq!(said.iter().filter(|one| !one.is_empty()).count(), 1, "{said:?}");
        assert_eq!(bed.spo2("97"), "clear 7");
    }

    #[test]
    fn a_silent_device_that_is_with_nobody_is_no_alarm() {
        let mut bed = Bed::new();
        bed.spo2("97");
        let present = HashMap::from([(bed.device.clone(), PatientId(1))]);
        bed.second += 20;
        let changes = bed.engine.tick(&present, bed.now());
        assert_eq!(bed.said(changes), "raise");
        let changes = bed.engine.tick(&HashMap::new(), bed.now());
        assert_eq!(bed.said(changes), "clear 7");
    }

    #[test]
    fn a_refused_message_alarms_until_a_good_one_comes() {
        let mut bed = Bed::new();
        let device = bed.device.clone();
        let change = bed.engine.refused(&device, PATIENT, Reason::BadSignature, bed.now());
        assert_eq!(bed.said(change.into_iter().collect()), "raise");
        assert!(bed.engine.refused(&device, PATIENT, Reason::BadHash, bed.now()).is_none());
        assert_eq!(bed.spo2("97"), "clear 7");
    }
}
