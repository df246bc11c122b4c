//! What is known of each patient for the early-warning score, when it is scored again, and its alarm.
//!
//! A score is a slow thing: it is counted again at most every [`limits::SCORE_EVERY`], and its alarm's words follow it at most every
//! [`limits::SCORE_WORDS`] while its priority stays, so that a pulse on the edge of a band does not make a stream of messages.

use std::collections::HashMap;

use jiff::civil::Date;
use seal::{Batch, DeviceId, Flags, Micros, Reading};

use super::book::Book;
use super::change::{Change, Matter, NewAlarm};
use super::news2::{Consciousness, Known, Parameter, Person, Score, Table, Value, Vitals};
use super::standing::{Delays, Standing, has_passed};
use crate::limits;
use crate::record::{PatientId, Priority, ScoreInput};

/// How long a score must call, and be quiet, before its alarm follows it, in seconds.
const DELAYS: Delays = Delays { raise: 5, clear: 30, single: 0 };

#[derive(Debug, Default)]
pub(super) struct Charts(HashMap<PatientId, Chart>);

#[derive(Debug, Default)]
struct Chart {
    vitals: Vitals,
    /// The device that brought the last value.
    device: Option<DeviceId>,
    born: Birth,
    standing: Standing,
    /// What was told last.
    score: Option<Score>,
    scored: Option<Micros>,
    /// What the alarm says.
    said: Option<(Priority, u32, Micros)>,
    kept: Vitals,
    kept_at: Option<Micros>,
}

#[derive(Debug, Default)]
enum Birth {
    /// Not asked for yet.
    #[default]
    Stranger,
    Unknown,
    Born(Date),
}

/// With what charts are weighed.
#[derive(Clone, Copy)]
pub(super) struct Weighing<'a> {
    pub(super) book: &'a Book,
    pub(super) now: Micros,
}

/// How a device's time is put into the gateway's.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// By how much its clock is known to be behind, in microseconds.
    pub(super) lag: i64,
    pub(super) now: Micros,
}

impl Pace {
    /// By the gateway's clock. What comes from the future was measured now: it must not outlast what comes after it.
    fn put(self, time: Micros) -> Micros {
        time.plus(self.lag).min(self.now)
    }
}

impl Charts {
    pub(super) fn resume(&mut self, inputs: &[ScoreInput]) {
        self.0.clear();
        self.take(inputs);
    }

    /// What was entered or kept.
    pub(super) fn take(&mut self, inputs: &[ScoreInput]) {
        for input in inputs {
            if let Some((parameter, known)) = Known::of(input) {
                let chart = self.0.entry(input.patient).or_default();
                chart.kept.take(parameter, known.clone());
                chart.vitals.take(parameter, known);
                chart.scored = None;
            }
        }
    }

    pub(super) fn standing(&mut self, patient: PatientId) -> &mut Standing {
        &mut self.0.entry(patient).or_default().standing
    }

    pub(super) fn forget(&mut self, patient: PatientId, origin: &str) {
        if let Some(chart) = self.0.get_mut(&patient) {
            chart.vitals.forget(origin);
            chart.kept.forget(origin);
            chart.scored = None;
        }
    }

    pub(super) fn strangers(&self) -> Vec<PatientId> {
        let strangers = self.0.iter().filter(|(_, chart)| matches!(chart.born, Birth::Stranger));
        strangers.map(|(patient, _)| *patient).collect()
    }

    pub(super) fn meet(&mut self, patient: PatientId, born: Option<&str>) {
        if let Some(chart) = self.0.get_mut(&patient) {
            chart.born = born.and_then(|born| born.parse().ok()).map_or(Birth::Unknown, Birth::Born);
        }
    }

    pub(super) fn forget_births(&mut self) {
        self.0.values_mut().for_each(|chart| chart.born = Birth::Stranger);
    }

    /// Takes a reading in, if it counts. One that its device doubts does not.
    pub(super) fn reading(&mut self, patient: PatientId, batch: &Batch, reading: &Reading, pace: Pace) {
        let Some(table) = Table::built_in() else { return };
        let Some(parameter) = table.parameter(reading.code()) else { return };
        let value = match reading {
            Reading::Value { value, unit, .. } => table.number(parameter, *value, *unit),
            Reading::Text { text, .. } if parameter == Parameter::Consciousness => {
                Consciousness::from_word(text.trim()).map(Value::Consciousness)
            }
            Reading::Text { .. } | Reading::Wave { .. } => None,
        };
        let flags = reading.flags();
        let Some(value) = value.filter(|_| !flags.contains(Flags::QUESTIONABLE)) else { return };
        let chart = self.0.entry(patient).or_default();
        let origin = batch.device.to_string();
        let (time, staged) = (pace.put(batch.time.plus(reading.dt_us())), flags.contains(Flags::SIMULATED));
        chart.vitals.take(parameter, Known { value, time, origin, staged });
        if chart.device.as_ref() != Some(&batch.device) {
            chart.device = Some(batch.device.clone());
        }
    }

    /// Scores whoever is due.
    pub(super) fn weigh(&mut self, with: Weighing<'_>, changes: &mut Vec<Change>) {
        let Some(table) = Table::built_in() else { return };
        for (patient, chart) in &mut self.0 {
            let change = chart.standing.wait(with.now);
            let points = chart.score.as_ref().map_or(0, |score| score.points);
            chart.note(change.as_ref(), points, with.now);
            changes.extend(change);
            if chart.scored.is_none_or(|at| has_passed(at, with.now, limits::SCORE_EVERY.as_secs() as u32)) {
                chart.weigh(*patient, table, with, changes);
            }
        }
    }
}

impl Chart {
    fn weigh(&mut self, patient: PatientId, table: &Table, with: Weighing<'_>, changes: &mut Vec<Change>) {
        let Weighing { book, now } = with;
        self.scored = Some(now);
        let person = Person {
            id: patient,
            profile: book.profile(patient),
            scale: book.scale(patient),
            years: match self.born {
                Birth::Stranger | Birth::Unknown => None,
                Birth::Born(born) => Some(years(born, now)),
            },
        };
        let score = table.score(&person, &self.vitals, now);
        self.alarm(&score, now, changes);
        self.keep(patient, now, changes);
        if self.score.as_ref() != Some(&score) {
            self.score = Some(score.clone());
            changes.push(Change::Score(Box::new(score)));
        }
    }

    fn alarm(&mut self, score: &Score, now: Micros, changes: &mut Vec<Change>) {
        let condition = score.response.priority.map(|priority| NewAlarm {
            device: self.device.clone(),
            patient: Some(score.patient),
            matter: Matter::EarlyWarning,
            priority,
            text: score.text(),
            measured: None,
            staged: score.staged,
        });
        if let (true, Some(alarm), Some(id)) = (self.standing.raised, &condition, self.standing.alarm) {
            let is_due = self.said.is_none_or(|(priority, points, at)| {
                priority != alarm.priority
                    || (points != score.points && has_passed(at, now, limits::SCORE_WORDS.as_secs() as u32))
            });
            if is_due {
                // After a restart what it says is not known: once more does no harm.
                self.said = Some((alarm.priority, score.points, now));
                changes.push(Change::Update(id, alarm.clone()));
            }
        }
        let change = self.standing.weigh(condition, DELAYS, now, now);
        self.note(change.as_ref(), score.points, now);
        changes.extend(change);
    }

    /// Notes what an alarm says that is raised.
    fn note(&mut self, change: Option<&Change>, points: u32, now: Micros) {
        if let Some(Change::Raise { alarm, .. }) = change {
            self.said = Some((alarm.priority, points, now));
        }
    }

    /// Has what is new written, now and then.
    fn keep(&mut self, patient: PatientId, now: Micros, changes: &mut Vec<Change>) {
        let is_due = self.kept_at.is_none_or(|at| has_passed(at, now, limits::SCORE_KEPT.as_secs() as u32));
        if self.kept == self.vitals || !is_due {
            return;
        }
        let known: Vec<ScoreInput> = self.kept.inputs(patient).collect();
        changes.extend(self.vitals.inputs(patient).filter(|input| !known.contains(input)).map(Change::Keep));
        (self.kept, self.kept_at) = (self.vitals.clone(), Some(now));
    }
}

/// Whole years of age.
fn years(born: Date, now: Micros) -> i64 {
    let Ok(today) = jiff::Timestamp::from_microsecond(now.0) else { return 0 };
    let today = today.to_zoned(jiff::tz::TimeZone::UTC).date();
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    i64::from(today.year()) - i64::from(born.year()) - i64::from(!had_birthday)
}
