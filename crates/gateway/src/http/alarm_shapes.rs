//! The JSON of alarms, limits and scores. `web/src/protocol.ts` is its other half.

use serde::Serialize;

use crate::alarms::news2::{Missing, Parameter, Part, Response, Verdict};
use crate::alarms::{InForce, Origin, Rules, Score};
use crate::record::{Alarm, AlarmEvent, AlarmKind, AlarmStep, Measured, Priority, SetLimit, Spo2Scale};

/// An alarm.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AlarmShape {
    id: i64,
    kind: AlarmKind,
    device: String,
    patient: Option<String>,
    priority: Priority,
    text: String,
    code: Option<u32>,
    raised: i64,
    cleared: Option<i64>,
    acknowledged: Option<i64>,
    by: Option<String>,
    /// It stays when its condition has gone, until somebody acknowledges it.
    latching: bool,
    /// Of simulated readings.
    staged: bool,
    /// Whom it calls, and how often it has moved on to others.
    recipients: String,
    level: u32,
    /// When it calls again if its condition still holds.
    resumes: Option<i64>,
    measured: Option<Measured>,
}

impl AlarmShape {
    pub(crate) fn new(alarm: &Alarm, rules: &Rules) -> Self {
        Self {
            id: alarm.id.0,
            kind: alarm.kind,
            device: alarm.device.clone(),
            patient: alarm.patient.map(|id| id.to_string()),
            priority: alarm.priority,
            text: alarm.text.clone(),
            code: alarm.code,
            raised: alarm.raised,
            cleared: alarm.cleared,
            acknowledged: alarm.acknowledged,
            by: alarm.acknowledged_by.clone(),
            latching: alarm.latching,
            staged: alarm.staged,
            recipients: alarm.recipients.clone(),
            level: alarm.level,
            resumes: rules.class(alarm.kind, alarm.raised_priority).resumes(alarm),
            measured: alarm.measured.clone(),
        }
    }
}

/// What happened to an alarm.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StepShape {
    /// Its number, by which a stream goes on.
    step: i64,
    what: AlarmStep,
    time: i64,
    actor: Option<String>,
    /// Whether the condition held, and whether somebody had acknowledged it, after the step.
    holds: bool,
    seen: bool,
    alarm: AlarmShape,
}

impl StepShape {
    pub(crate) fn new(event: &AlarmEvent, rules: &Rules) -> Self {
        Self {
            step: event.id.0,
            what: event.step,
            time: event.time,
            actor: event.actor.clone(),
            holds: event.holds,
            seen: event.acknowledged,
            alarm: AlarmShape::new(&event.alarm, rules),
        }
    }
}

/// The limit of one number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct LimitShape {
    pub(crate) code: u32,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

impl From<&InForce<'_>> for LimitShape {
    fn from(limit: &InForce<'_>) -> Self {
        Self { code: limit.base.code, low: limit.low, high: limit.high }
    }
}

/// Who set a limit, and when.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SetBy {
    by: String,
    since: i64,
}

/// A limit in force, with all that somebody needs who sets another.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LimitInForce {
    code: u32,
    name: String,
    refid: String,
    unit: String,
    low: Option<f64>,
    high: Option<f64>,
    priority: Priority,
    hysteresis: f64,
    /// `patient`, `profile` or `rules`.
    origin: &'static str,
    set: Option<SetBy>,
    /// What would hold without the patient's or the profile's own.
    beneath: LimitShape,
    note: String,
}

impl LimitInForce {
    pub(crate) fn new(limit: &InForce<'_>, beneath: LimitShape) -> Self {
        let set_by = |set: &SetLimit| SetBy { by: set.by.clone(), since: set.since };
        let (origin, set) = match limit.origin {
            Origin::Patient(set) => ("patient", Some(set_by(set))),
            Origin::Profile(set) => ("profile", Some(set_by(set))),
            Origin::Rules => ("rules", None),
        };
        Self {
            code: limit.base.code,
            name: limit.base.name.clone(),
            refid: limit.base.refid.clone(),
            unit: limit.base.unit.clone(),
            low: limit.low,
            high: limit.high,
            priority: limit.priority,
            hysteresis: limit.base.hysteresis,
            origin,
            set,
            beneath,
            note: limit.base.note.clone(),
        }
    }
}

/// A patient's score.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ScoreShape {
    patient: String,
    text: String,
    verdict: Verdict,
    points: u32,
    parts: Vec<Part>,
    missing: Vec<Missing>,
    single: Vec<Parameter>,
    response: Response,
    scale: Spo2Scale,
    staged: bool,
}

impl From<&Score> for ScoreShape {
    fn from(score: &Score) -> Self {
        let text = score.text();
        let Score { patient, verdict, points, parts, missing, single, response, scale, staged } =
            score.clone();
        let patient = patient.to_string();
        Self { patient, text, verdict, points, parts, missing, single, response, scale, staged }
    }
}
