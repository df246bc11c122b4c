//! Alarms as they are kept: the alarm as it is now, each step of its life, and the limits that people set.
//!
//! ```text
//! raised ─► (escalated)* ─► acknowledged ─► ended          gone
//!   ▲             │               │  ▲
//!   │ reopened    └─► latched ────┘  └─ resumed: the pause is over, the condition holds
//!   └───────────────────┘
//! ```
//!
//! An alarm that latches stays when its condition has gone, until somebody acknowledges it; one that does not is gone with its condition.
//! An acknowledgement pauses the calling; the alarm is shown as long as its condition holds.

use serde::Serialize;

use super::{AlarmId, AlarmStepId, PatientId, words};

words! {
    /// How urgent an alarm is (IEC 60601-1-8 names them so).
    Priority {
        High "high" "Immediate response.",
        Medium "medium" "Prompt response.",
        Low "low" "Awareness.",
    }
}

words! {
    /// What an alarm is about.
    AlarmKind {
        Limit "limit" "A reading lies beyond its limit.",
        EarlyWarning "early-warning" "An early-warning score calls for a look at the patient.",
        LeadOff "lead-off" "A device says that an electrode or a sensor has come off.",
        Silent "silent" "A device that is with a patient stopped sending.",
        SealFailure "seal-failure" "Messages of a device were refused.",
        Battery "low-battery" "A device's battery is low.",
        Clock "clock" "A device's times are far from the gateway's clock.",
        Device "device" "The device raised it itself.",
    }
}

impl AlarmKind {
    /// Whether it is about a patient's state. All others are about devices.
    pub const fn is_physiological(self) -> bool {
        match self {
            Self::Limit | Self::EarlyWarning => true,
            Self::LeadOff | Self::Silent | Self::SealFailure | Self::Battery | Self::Clock | Self::Device => {
                false
            }
        }
    }
}

words! {
    /// What happened to an alarm.
    AlarmStep {
        Raised "raised" "It began.",
        Reopened "reopened" "Its condition came back before anybody acknowledged it.",
        Updated "updated" "Something of it changed: its text, its priority.",
        Escalated "escalated" "Nobody acknowledged it in time: others are called, or it became more urgent.",
        Acknowledged "acknowledged" "Somebody said that they know.",
        Resumed "resumed" "The pause after an acknowledgement is over and its condition holds: it calls again.",
        Latched "latched" "Its condition has gone; it stays until somebody acknowledges it.",
        Ended "ended" "It is over.",
    }
}

words! {
    /// A set of alarm limits.
    Profile {
        Adult "adult" "People of 16 years and older.",
        Paediatric "paediatric" "Children.",
        Neonate "neonate" "The newly born.",
    }
}

/// The value that an alarm is about, and the limits that were in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The decimal as measured.
    pub value: String,
    /// Its UCUM unit.
    pub unit: String,
    /// The lowest value without an alarm.
    pub low: Option<f64>,
    /// The highest value without an alarm.
    pub high: Option<f64>,
}

/// An alarm as it is now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alarm {
    /// Its number.
    pub id: AlarmId,
    /// What it is about.
    pub kind: AlarmKind,
    /// How urgent.
    pub priority: Priority,
    /// The device, as text.
    pub device: String,
    /// The patient it concerns.
    pub patient: Option<PatientId>,
    /// The MDC code of the reading, for limit alarms; of the source, for a device's own.
    pub code: Option<u32>,
    /// One line for a person, such as "SpO2 low: 87 % (limit 90 %)".
    pub text: String,
    /// When its condition began to hold, microseconds since the epoch.
    pub raised: i64,
    /// When the condition ceased; `None` while it holds.
    pub cleared: Option<i64>,
    /// When somebody acknowledged it; `None` again when the pause that this gave is over.
    pub acknowledged: Option<i64>,
    /// Who did.
    pub acknowledged_by: Option<String>,
    /// Whether it stays when its condition has gone, until somebody acknowledges it.
    pub latching: bool,
    /// Whether it is of simulated readings.
    pub staged: bool,
    /// Whom it calls.
    pub recipients: String,
    /// How often it has moved on because nobody acknowledged it.
    pub level: u32,
    /// Since when it has called these.
    pub calling: i64,
    /// How urgent it was before it moved on.
    pub raised_priority: Priority,
    /// What was measured, where it is about a value.
    pub measured: Option<Measured>,
}

impl Alarm {
    /// Whether it is still to be shown: its condition holds, or it latches and nobody has acknowledged it.
    pub fn is_active(&self) -> bool {
        self.cleared.is_none() || (self.latching && self.acknowledged.is_none())
    }
}

/// One step of an alarm's life, with the alarm as it was after it.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmEvent {
    /// Its number: steps are numbered in the order in which they were stored.
    pub id: AlarmStepId,
    /// When it was stored, microseconds since the epoch.
    pub time: i64,
    /// What happened.
    pub step: AlarmStep,
    /// Who did it, where somebody did.
    pub actor: Option<String>,
    /// Whether the condition held.
    pub holds: bool,
    /// Whether somebody had acknowledged it.
    pub acknowledged: bool,
    /// The first step of the same alarm.
    pub first: AlarmStepId,
    /// The alarm; priority, text, recipients and measured value as of this step, all else as it is now.
    pub alarm: Alarm,
}

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LimitOwner {
    /// Everybody's who is watched by this profile.
    Profile(Profile),
    /// One patient's.
    Patient(PatientId),
}

/// A limit that a person set.
#[derive(Clone, Debug, PartialEq)]
pub struct SetLimit {
    /// Whose.
    pub owner: LimitOwner,
    /// The MDC code.
    pub code: u32,
    /// The lowest value without an alarm.
    pub low: Option<f64>,
    /// The highest value without an alarm.
    pub high: Option<f64>,
    /// How urgent.
    pub priority: Priority,
    /// When it was set, microseconds since the epoch.
    pub since: i64,
    /// Who set it.
    pub by: String,
}

words! {
    /// On which scale of NEWS2 an oxygen saturation counts.
    Spo2Scale {
        One "1" "The usual one.",
        Two "2" "For a prescribed target of 88 to 92 %, in hypercapnic respiratory failure: only where a person chose it.",
    }
}

/// What a person chose for a patient.
#[derive(Clone, Debug, PartialEq)]
pub struct AlarmChoice {
    /// The patient.
    pub patient: PatientId,
    /// By which limits they are watched.
    pub profile: Profile,
    /// On which scale their saturation counts.
    pub scale: Spo2Scale,
    /// When it was chosen, microseconds since the epoch.
    pub since: i64,
    /// By whom.
    pub by: String,
}

/// The last value of a parameter of the early-warning score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreInput {
    /// The patient.
    pub patient: PatientId,
    /// The parameter's word.
    pub parameter: String,
    /// The value as text.
    pub value: String,
    /// When it was measured or entered, microseconds since the epoch.
    pub time: i64,
    /// The device, or `user:NAME` who entered it.
    pub origin: String,
    /// Whether it was simulated.
    pub staged: bool,
}
