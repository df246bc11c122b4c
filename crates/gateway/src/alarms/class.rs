//! What an alarm does until somebody acknowledges it, by its class: whether it latches, whom it calls, when it moves on to others.
//!
//! All of it is a function of the alarm as it is stored and of the time, so a restart changes nothing. Seconds count from when the alarm
//! began to call those it calls now: when it was raised, came back, called again after a pause, or last moved on.

use std::collections::HashMap;

use seal::Micros;
use serde::Deserialize;

use super::rules::{kind, priority};
use crate::record::{Alarm, AlarmKind, Priority};

/// What alarms of one kind and priority do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Whether an alarm stays when its condition has gone, until somebody acknowledges it.
    pub latching: bool,
    /// Whom it calls first.
    pub recipients: String,
    /// Seconds of quiet that an acknowledgement gives while the condition holds; without, it is quiet until the end.
    pub pause_seconds: Option<u32>,
    /// To whom it moves on, one after the other.
    pub escalate: Vec<Move>,
}

/// A step of escalation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Seconds that nobody acknowledged it.
    pub after_seconds: u32,
    /// Who is called then.
    pub recipients: String,
    /// Its priority from then on, if that changes.
    #[serde(default, deserialize_with = "some_priority")]
    pub priority: Option<Priority>,
}

fn some_priority<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Priority>, D::Error> {
    priority(from).map(Some)
}

/// What is due of an alarm by the passing of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due<'c> {
    /// It moves on: to this level, by this step.
    Escalation(u32, &'c Move),
    /// The pause is over.
    Resumption,
}

impl Class {
    /// When an acknowledged alarm calls again, if its condition still holds then.
    pub fn resumes(&self, alarm: &Alarm) -> Option<i64> {
        let pause = i64::from(self.pause_seconds?) * 1_000_000;
        alarm.acknowledged.filter(|_| alarm.cleared.is_none()).map(|since| since.saturating_add(pause))
    }

    /// What is due of an alarm of this class.
    pub(crate) fn due(&self, alarm: &Alarm, now: Micros) -> Option<Due<'_>> {
        if !alarm.is_active() {
            return None;
        }
        if alarm.acknowledged.is_some() {
            return self.resumes(alarm).filter(|at| *at <= now.0).map(|_| Due::Resumption);
        }
        let step = self.escalate.get(usize::try_from(alarm.level).ok()?)?;
        let at = alarm.calling.saturating_add(i64::from(step.after_seconds) * 1_000_000);
        (at <= now.0).then_some(Due::Escalation(alarm.level + 1, step))
    }
}

/// The class of every kind and priority.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    table: HashMap<(AlarmKind, Priority), Class>,
    /// What is never looked up: the table holds every pair.
    none: Class,
}

impl Classes {
    pub(super) fn of(&self, kind: AlarmKind, priority: Priority) -> &Class {
        self.table.get(&(kind, priority)).unwrap_or(&self.none)
    }
}

impl<'de> Deserialize<'de> for Classes {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Row {
            #[serde(deserialize_with = "kind")]
            kind: AlarmKind,
            #[serde(default, deserialize_with = "some_priority")]
            priority: Option<Priority>,
            latching: bool,
            recipients: String,
            #[serde(default)]
            pause_seconds: Option<u32>,
            #[serde(default)]
            escalate: Vec<Move>,
        }
        let mut table = HashMap::new();
        for row in Vec::<Row>::deserialize(from)? {
            let Row { kind, priority, latching, recipients, pause_seconds, escalate } = row;
            let class = Class { latching, recipients, pause_seconds, escalate };
            for one in Priority::ALL.iter().filter(|one| priority.is_none_or(|said| said == **one)) {
                if table.insert((kind, *one), class.clone()).is_some() {
                    return Err(D::Error::custom(format!("the class {kind}, {one} is there twice")));
                }
            }
        }
        for (kind, priority) in
            AlarmKind::ALL.iter().flat_map(|kind| Priority::ALL.iter().map(move |one| (*kind, *one)))
        {
            if !table.contains_key(&(kind, priority)) {
                return Err(D::Error::custom(format!("the class {kind}, {priority} is missing")));
            }
        }
        let none =
            Class { latching: true, recipients: String::new(), pause_seconds: None, escalate: Vec::new() };
        Ok(Self { table, none })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarms::Rules;
    use crate::record::AlarmId;

    fn alarm() -> Alarm {
        Alarm {
            id: AlarmId(1),
            kind: AlarmKind::Limit,
            priority: Priority::Medium,
            device: "mon-1".into(),
            patient: None,
            code: None,
            text: String::new(),
            raised: 0,
            cleared: None,
            acknowledged: None,
            acknowledged_by: None,
            latching: true,
            staged: false,
            recipients: "bedside".into(),
            level: 0,
            calling: 0,
            raised_priority: Priority::Medium,
            measured: None,
        }
    }

    fn class() -> Class {
        let step = |after_seconds, recipients: &str, priority| Move {
            after_seconds,
            recipients: recipients.into(),
            priority,
        };
        Class {
            latching: true,
            recipients: "bedside".into(),
            pause_seconds: Some(120),
            escalate: vec![step(60, "charge nurse", None), step(30, "physician", Some(Priority::High))],
        }
    }

    #[test]
    fn time_moves_an_alarm_on_until_somebody_acknowledges_it() {
        let (class, second) = (class(), 1_000_000);
        // Level, calling since, acknowledged at, cleared at, now; in seconds: what is due.
        type Row = (u32, i64, Option<i64>, Option<i64>, i64, &'static str);
        let table: [Row; 12] = [
            (0, 0, None, None, 59, ""),
            (0, 0, None, None, 60, "1 charge nurse"),
            (1, 60, None, None, 89, ""),
            (1, 60, None, None, 90, "2 physician"),
            (2, 90, None, None, 10_000, ""),
            // Latched: nobody has looked yet.
            (0, 0, None, Some(10), 60, "1 charge nurse"),
            (0, 0, Some(20), None, 139, ""),
            (0, 0, Some(20), None, 140, "resume"),
            (1, 60, Some(70), None, 189, ""),
            (1, 60, Some(70), None, 190, "resume"),
            // Over and acknowledged.
            (0, 0, Some(20), Some(30), 1_000, ""),
            (2, 90, Some(100), Some(95), 1_000, ""),
        ];
        for (level, calling, acknowledged, cleared, now, expected) in table {
            let alarm = Alarm {
                level,
                calling: calling * second,
                acknowledged: acknowledged.map(|at| at * second),
                cleared: cleared.map(|at| at * second),
                ..alarm()
            };
            let due = match class.due(&alarm, Micros(now * second)) {
                Some(Due::Escalation(level, step)) => format!("{level} {}", step.recipients),
                Some(Due::Resumption) => "resume".into(),
                None => String::new(),
            };
            assert_eq!(due, expected, "{alarm:?} at {now}");
        }
    }

    #[test]
    fn an_alarm_that_does_not_latch_is_over_with_its_condition() {
        let ended = Alarm { cleared: Some(1), latching: false, ..alarm() };
        assert!(!ended.is_active());
        assert_eq!(class().due(&ended, Micros(i64::MAX)), None);
        let forever = Class { pause_seconds: None, ..class() };
        let known = Alarm { acknowledged: Some(1), ..alarm() };
        assert_eq!(forever.due(&known, Micros(i64::MAX)), None);
    }

    #[test]
    fn every_kind_has_a_class_with_somebody_to_call() {
        let rules = Rules::load(None).unwrap();
        for (kind, priority) in
            AlarmKind::ALL.iter().flat_map(|kind| Priority::ALL.iter().map(move |one| (*kind, *one)))
        {
            assert!(!rules.class(kind, priority).recipients.is_empty(), "{kind} {priority}");
        }
    }
}
