//! The engine with a clock given by hand.

use std::collections::HashMap;
use std::sync::Arc;

use seal::{Batch, Code, DeviceId, Flags, Micros, Reading, Reason, Unit};

use super::book::tests::book;
use super::change::Change;
use super::engine::{Arrival, Engine};
use super::watched::Voice;
use super::{NewAlarm, Rules};
use crate::record::{
    Alarm, AlarmId, AlarmKind, LimitOwner, PatientId, Priority, Profile, ScoreInput, Spo2Scale,
};

const SPO2: u32 = 150_456;
const LEADS_OFF: u32 = 196_882;
const PATIENT: Option<PatientId> = Some(PatientId(1));

/// A bed with one device, and the alarms as a store would keep them.
struct Bed {
    engine: Engine,
    device: DeviceId,
    voice: Voice,
    second: i64,
    alarms: HashMap<AlarmId, Alarm>,
}

fn number(code: u32, unit: &str, value: &str, flags: Flags) -> Reading {
    Reading::Value {
        code: Code(code),
        unit: unit.parse::<Unit>().unwrap(),
        dt_us: 0,
        value: value.parse().unwrap(),
        flags,
    }
}

fn word(code: u32, text: &str) -> Reading {
    Reading::Text { code: Code(code), dt_us: 0, text: text.into(), flags: Flags::NONE }
}

impl Bed {
    fn new() -> Self {
        let engine = Engine::new(Arc::new(Rules::load(None).unwrap()));
        let device = "monitor-1".parse().unwrap();
        Self { engine, device, voice: Voice::Own, second: 1_000_000, alarms: HashMap::new() }
    }

    fn now(&self) -> Micros {
        Micros(self.second * 1_000_000)
    }

    fn batch(&self, readings: Vec<Reading>) -> Batch {
        Batch { device: self.device.clone(), time: self.now(), readings }
    }

    fn arrive(&mut self, batch: &Batch, patient: Option<PatientId>) -> String {
        let now = self.now();
        let arrival = Arrival { batch, patient, voice: self.voice, received: now };
        let changes = self.engine.batch(arrival, now);
        self.said(changes)
    }

    /// One second passes with this reading.
    fn reading(&mut self, reading: Reading) -> String {
        self.second += 1;
        let batch = self.batch(vec![reading]);
        self.arrive(&batch, PATIENT)
    }

    /// One second passes with this SpO2. Gives "raise", "again N", "clear N" or nothing.
    fn spo2(&mut self, value: &str) -> String {
        self.reading(number(SPO2, "%", value, Flags::NONE))
    }

    fn flagged(&mut self, value: &str, flags: Flags, patient: Option<PatientId>) -> String {
        self.second += 1;
        let batch = self.batch(vec![number(SPO2, "%", value, flags)]);
        self.arrive(&batch, patient)
    }

    /// So many seconds pass with nothing but the clock.
    fn wait(&mut self, seconds: i64, present: &[PatientId]) -> String {
        let present: HashMap<_, _> =
            present.iter().map(|it| (self.device.clone(), (*it, self.voice))).collect();
        let mut said = Vec::new();
        for _ in 0..seconds {
            self.second += 1;
            let changes = self.engine.tick(&present, self.now());
            said.push(self.said(changes));
        }
        said.retain(|one| !one.is_empty());
        said.join(", ")
    }

    /// Does with the changes what the store does, and says them.
    fn said(&mut self, changes: Vec<Change>) -> String {
        let mut said = Vec::new();
        for change in changes {
            match change {
                Change::Raise { alarm, again } => {
                    let again = again.filter(|id| {
                        self.alarms.get(id).is_some_and(|one| one.latching && one.acknowledged.is_none())
                    });
                    let id = again.unwrap_or(AlarmId(7 + self.alarms.len() as i64));
                    said.push(again.map_or("raise".to_owned(), |id| format!("again {id}")));
                    let stored = self.stored(id, &alarm);
                    self.engine.raised(&alarm, id);
                    self.put(stored);
                }
                Change::Update(id, alarm) => said.push(format!("update {id} {}", alarm.text)),
                Change::Clear(id) => {
                    said.push(format!("clear {id}"));
                    self.change(id, |alarm, now| alarm.cleared = Some(now));
                }
                Change::Escalate(id, level, to) => {
                    said.push(format!("{id} to {}", to.recipients));
                    self.change(id, |alarm, now| (alarm.level, alarm.calling) = (level, now));
                }
                Change::Resume(id) => {
                    said.push(format!("resume {id}"));
                    self.change(id, |alarm, now| (alarm.acknowledged, alarm.calling) = (None, now));
                }
                Change::Score(_) | Change::Keep(_) => {}
            }
        }
        said.join(", ")
    }

    fn stored(&self, id: AlarmId, alarm: &NewAlarm) -> Alarm {
        let class = self.engine.class(alarm);
        Alarm {
            id,
            kind: alarm.matter.kind(),
            priority: alarm.priority,
            device: alarm.device.as_ref().map(ToString::to_string).unwrap_or_default(),
            patient: alarm.patient,
            code: alarm.matter.code(),
            text: alarm.text.clone(),
            raised: self.now().0,
            cleared: None,
            acknowledged: None,
            acknowledged_by: None,
            latching: class.latching,
            staged: alarm.staged,
            recipients: class.recipients.clone(),
            level: 0,
            calling: self.now().0,
            raised_priority: alarm.priority,
            measured: alarm.measured.clone(),
        }
    }

    fn put(&mut self, alarm: Alarm) {
        self.engine.follow(&alarm);
        self.alarms.insert(alarm.id, alarm);
    }

    fn change(&mut self, id: AlarmId, change: impl FnOnce(&mut Alarm, i64)) {
        let mut alarm = self.alarms[&id].clone();
        change(&mut alarm, self.now().0);
        self.put(alarm);
    }

    fn acknowledge(&mut self, id: i64) {
        self.change(AlarmId(id), |alarm, now| alarm.acknowledged = Some(now));
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
fn a_lone_value_counts_as_lasting_when_no_other_follows() {
    let mut bed = Bed::new();
    // A child has no early-warning score, which such a pressure would raise too.
    bed.engine.settings(book(&[], &[(PatientId(1), Profile::Paediatric, Spo2Scale::One)]), &[]);
    assert_eq!(bed.reading(number(150_021, "mm[Hg]", "60", Flags::NONE)), "");
    assert_eq!(bed.wait(9, &[]), "");
    assert_eq!(bed.wait(1, &[]), "raise");
    assert_eq!(bed.reading(number(150_021, "mm[Hg]", "100", Flags::NONE)), "");
    assert_eq!(bed.wait(20, &[]), "clear 7");
    // 8 kPa are 60 mmHg.
    assert_eq!(bed.reading(number(150_021, "kPa", "8", Flags::NONE)), "");
    assert_eq!(bed.wait(10, &[]), "again 7");
    assert_eq!(bed.alarms[&AlarmId(7)].text, "NIBP sys low: 60.0 mm[Hg] (limit 70)");
}

#[test]
fn what_is_no_measurement_of_a_patient_raises_nothing() {
    let mut bed = Bed::new();
    for _ in 0..10 {
        assert_eq!(bed.flagged("50", Flags::TEST, PATIENT), "");
        assert_eq!(bed.flagged("50", Flags::CALIBRATING, PATIENT), "");
        assert_eq!(bed.flagged("50", Flags::NONE, None), "");
    }
    let late = bed.batch(vec![number(SPO2, "%", "50", Flags::NONE)]);
    for _ in 0..20 {
        bed.second += 61;
        bed.arrive(&late, PATIENT);
    }
    // That its times are far behind is told; that somebody was in danger then is not.
    let kinds: Vec<AlarmKind> = bed.alarms.values().map(|alarm| alarm.kind).collect();
    assert_eq!(kinds, [AlarmKind::Clock]);
}

#[test]
fn another_patient_ends_the_limit_alarms_of_the_one_before() {
    let mut bed = Bed::new();
    let said: Vec<String> = ["80"; 4].iter().map(|value| bed.spo2(value)).collect();
    assert_eq!(said.last().map(String::as_str), Some("raise"));
    assert_eq!(bed.flagged("97", Flags::NONE, Some(PatientId(2))), "clear 7");
}

#[test]
fn limits_of_the_patient_are_weighed_and_one_taken_off_ends_its_alarm() {
    let mut bed = Bed::new();
    let own = |low| book(&[(LimitOwner::Patient(PatientId(1)), SPO2, low, None)], &[]);
    bed.engine.settings(own(Some(85.0)), &[]);
    assert!(["88"; 6].iter().all(|value| bed.spo2(value).is_empty()), "within the patient's own");
    bed.engine.settings(own(Some(90.0)), &[]);
    let said: Vec<String> = ["88"; 4].iter().map(|value| bed.spo2(value)).collect();
    assert_eq!(said, ["", "", "", "raise"]);
    bed.engine.settings(own(None), &[]);
    let said: Vec<String> = ["88"; 4].iter().map(|value| bed.spo2(value)).collect();
    assert_eq!(said, ["", "", "", "clear 7"]);
}

#[test]
fn an_alarm_moves_on_until_it_is_acknowledged_and_calls_again_after_the_pause() {
    let mut bed = Bed::new();
    let hold = |bed: &mut Bed, seconds: i64| -> Vec<String> {
        let said = (0..seconds).flat_map(|_| {
            let batch = bed.batch(vec![number(SPO2, "%", "80", Flags::NONE)]);
            [bed.arrive(&batch, PATIENT), bed.wait(1, &[])]
        });
        said.filter(|one| !one.is_empty()).collect()
    };
    assert_eq!(hold(&mut bed, 10), ["raise"]);
    assert_eq!(hold(&mut bed, 60), ["7 to charge-nurse"]);
    assert_eq!(hold(&mut bed, 130), ["7 to physician"]);
    assert_eq!(hold(&mut bed, 600), Vec::<String>::new());
    bed.acknowledge(7);
    assert_eq!(hold(&mut bed, 179), Vec::<String>::new());
    assert_eq!(hold(&mut bed, 5), ["resume 7"]);
    // It latches: shown when it is over, and still moving on.
    bed.acknowledge(7);
    let said: Vec<String> =
        ["97"; 5].iter().map(|value| bed.spo2(value)).filter(|one| !one.is_empty()).collect();
    assert_eq!(said, ["clear 7"]);
    assert!(!bed.alarms[&AlarmId(7)].is_active());
    assert_eq!(bed.wait(1_000, &[]), "");
}

#[test]
fn silence_is_noticed_once_and_ends_with_the_next_batch() {
    let mut bed = Bed::new();
    bed.spo2("97");
    assert_eq!(bed.wait(15, &[PatientId(1)]), "");
    assert_eq!(bed.wait(1, &[PatientId(1)]), "raise");
    assert_eq!(bed.wait(100, &[PatientId(1)]), "");
    assert_eq!(bed.spo2("97"), "clear 7");
}

#[test]
fn a_silent_device_that_is_with_nobody_is_no_alarm() {
    let mut bed = Bed::new();
    bed.spo2("97");
    assert_eq!(bed.wait(20, &[PatientId(1)]), "raise");
    assert_eq!(bed.wait(1, &[]), "clear 7");
}

#[test]
fn a_device_of_a_source_is_missed_when_it_used_to_send_regularly() {
    let mut bed = Bed { voice: Voice::Source, ..Bed::new() };
    for _ in 0..4 {
        bed.spo2("97");
    }
    assert_eq!(bed.wait(1_000, &[]), "", "four messages are no habit");
    for _ in 0..10 {
        bed.second += 29;
        bed.spo2("97");
    }
    assert_eq!(bed.wait(180, &[]), "");
    assert_eq!(bed.wait(1, &[]), "raise", "its messages name the patient, no association does");
    // Somebody knows that it was taken off: nobody else will say so.
    bed.acknowledge(7);
    assert_eq!(bed.wait(1, &[]), "clear 7");
    assert_eq!(bed.wait(1_000, &[]), "");
}

#[test]
fn a_refused_message_alarms_until_a_good_one_comes() {
    let mut bed = Bed::new();
    let device = bed.device.clone();
    let now = bed.now();
    let change = bed.engine.refused(&device, PATIENT, Reason::BadSignature, now);
    assert_eq!(bed.said(change.into_iter().collect()), "raise");
    assert!(bed.engine.refused(&device, PATIENT, Reason::BadHash, now).is_none());
    assert_eq!(bed.spo2("97"), "clear 7");
}

#[test]
fn a_lead_that_is_off_alarms_at_once_until_the_device_says_otherwise_or_nothing_more() {
    for (off, on) in [("start", "end"), ("active", "inactive"), ("LL", "no"), ("1", "0")] {
        let mut bed = Bed::new();
        assert_eq!(bed.reading(word(LEADS_OFF, off)), "raise", "{off}");
        assert_eq!(bed.alarms[&AlarmId(7)].text, "monitor-1: lead off");
        assert_eq!(bed.reading(word(LEADS_OFF, on)), "clear 7", "{on}");
    }
    let mut bed = Bed::new();
    assert_eq!(bed.reading(word(LEADS_OFF, "start")), "raise");
    for _ in 0..59 {
        bed.spo2("97");
        assert_eq!(bed.wait(0, &[]), "");
    }
    bed.spo2("97");
    assert_eq!(bed.wait(1, &[]), "clear 7", "it still sends, and tells of it no more");
}

#[test]
fn a_low_battery_is_told_without_any_patient() {
    let mut bed = Bed::new();
    let mut said = Vec::new();
    for percent in ["50", "19", "18", "17", "16", "22", "24", "25", "26", "27", "28"] {
        bed.second += 1;
        let batch = bed.batch(vec![number(67_996, "%", percent, Flags::NONE)]);
        said.push(bed.arrive(&batch, None));
    }
    assert_eq!(said, ["", "", "", "", "raise", "", "", "", "", "", "clear 7"]);
    assert_eq!(bed.alarms[&AlarmId(7)].text, "monitor-1: battery 16 % (limit 20)");
}

#[test]
fn a_clock_far_off_is_told() {
    let mut bed = Bed::new();
    let mut said = Vec::new();
    for ahead in [40; 70].into_iter().chain([0; 130]) {
        bed.second += 1;
        let batch = Batch { time: bed.now().plus(ahead * 1_000_000), ..bed.batch(Vec::new()) };
        said.push(bed.arrive(&batch, None));
    }
    said.retain(|one| !one.is_empty());
    assert_eq!(said, ["raise", "clear 7"]);
}

/// One batch a second whose times are so many seconds behind: what it is said to raise after so many of them.
fn behind(bed: &mut Bed, behind: i64, seconds: i64) -> Vec<String> {
    let mut said = Vec::new();
    for _ in 0..seconds {
        bed.second += 1;
        let low = number(SPO2, "%", "80", Flags::NONE);
        let batch = Batch { time: bed.now().plus(-behind * 1_000_000), ..bed.batch(vec![low]) };
        said.push(bed.arrive(&batch, PATIENT));
    }
    said.retain(|one| !one.is_empty());
    said
}

#[test]
fn a_patient_whose_monitors_clock_is_behind_is_watched_and_scored_all_the_same() {
    let mut bed = Bed::new();
    assert_eq!(behind(&mut bed, 180, 59), Vec::<String>::new(), "nobody knows yet that it is no old news");
    assert_eq!(behind(&mut bed, 180, 10), ["raise", "raise"]);
    let kinds: Vec<AlarmKind> = [7, 8].iter().map(|id| bed.alarms[&AlarmId(*id)].kind).collect();
    assert_eq!(kinds, [AlarmKind::Clock, AlarmKind::Limit]);
    let now = bed.now();
    let scores = bed.engine.tick(&HashMap::new(), now).into_iter().filter_map(|change| match change {
        Change::Score(score) => Some(score),
        _ => None,
    });
    let parts: Vec<_> = scores.flat_map(|score| score.parts).map(|part| (part.value, part.time)).collect();
    assert_eq!(parts, [("80".to_owned(), now.0)], "counted from when it came");
}

#[test]
fn what_a_device_spooled_is_old_however_steady_its_clock() {
    let mut bed = Bed::new();
    assert!(["97"; 70].iter().all(|value| bed.spo2(value).is_empty()));
    bed.second += 600;
    // Ten minutes come within one.
    for late in (1..=60).rev() {
        assert!(behind(&mut bed, late * 10, 1).iter().all(|one| one != "raise") || late <= 6, "{late}");
    }
}

#[test]
fn a_score_that_calls_raises_one_alarm_and_its_words_follow_it() {
    let mut bed = Bed::new();
    bed.engine.settings(book(&[], &[(PatientId(1), Profile::Adult, Spo2Scale::One)]), &[]);
    let all = |[respiration, pulse, systolic]: [&str; 3]| {
        vec![
            number(151_562, "/min", respiration, Flags::NONE),
            number(SPO2, "%", "97", Flags::NONE),
            number(149_530, "/min", pulse, Flags::NONE),
            number(150_364, "Cel", "38.5", Flags::NONE),
            number(150_021, "mm[Hg]", systolic, Flags::NONE),
        ]
    };
    let hold = |bed: &mut Bed, values: [&str; 3], seconds: i64| -> Vec<String> {
        let mut said = Vec::new();
        for _ in 0..seconds {
            let batch = bed.batch(all(values));
            said.extend([bed.arrive(&batch, PATIENT), bed.wait(1, &[PatientId(1)])]);
        }
        said.retain(|one| !one.is_empty());
        said
    };
    // 0 + 0 + 1 + 1 + 1.
    assert_eq!(hold(&mut bed, ["18", "95", "105"], 20), Vec::<String>::new());
    assert_eq!(hold(&mut bed, ["22", "115", "105"], 20), ["raise"]);
    assert_eq!(bed.alarms[&AlarmId(7)].text, "NEWS2 at least 6 (missing: oxygen, consciousness)");
    let said = hold(&mut bed, ["22", "115", "95"], 10);
    assert_eq!(said, ["update 7 NEWS2 at least 7 (missing: oxygen, consciousness)"]);
    assert_eq!(hold(&mut bed, ["18", "80", "120"], 50), ["clear 7"]);
}

#[test]
fn a_person_who_is_not_alert_calls_by_that_alone() {
    let mut bed = Bed::new();
    let seen = |value: &str, time: Micros| ScoreInput {
        patient: PatientId(1),
        parameter: "consciousness".into(),
        value: value.into(),
        time: time.0,
        origin: "user:ada".into(),
        staged: false,
    };
    let entered = [seen("V", bed.now())];
    bed.engine.settings(book(&[], &[]), &entered);
    assert_eq!(bed.wait(12, &[]), "raise");
    let alarm = &bed.alarms[&AlarmId(7)];
    assert_eq!((alarm.device.as_str(), alarm.priority), ("", Priority::Medium), "no device has a part in it");
    assert!(alarm.text.ends_with("alone in the red: consciousness"), "{}", alarm.text);
    let entered = [seen("A", bed.now())];
    bed.engine.settings(book(&[], &[]), &entered);
    assert_eq!(bed.wait(40, &[]), "clear 7");
}
