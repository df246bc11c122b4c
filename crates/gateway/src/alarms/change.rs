//! What the engine says is to be written.

use seal::DeviceId;

use super::class::Move;
use super::news2::Score;
use crate::record::{AlarmId, AlarmKind, Measured, PatientId, Priority, ScoreInput};

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Matter {
    /// A reading of this code.
    Limit(u32),
    /// The score of a patient.
    EarlyWarning,
    /// What a device tells by this code.
    LeadOff(u32),
    /// The same.
    Battery(u32),
    Silent,
    SealFailure,
    Clock,
}

impl Matter {
    pub(crate) const fn kind(self) -> AlarmKind {
        match self {
            Self::Limit(_) => AlarmKind::Limit,
            Self::EarlyWarning => AlarmKind::EarlyWarning,
            Self::LeadOff(_) => AlarmKind::LeadOff,
            Self::Battery(_) => AlarmKind::Battery,
            Self::Silent => AlarmKind::Silent,
            Self::SealFailure => AlarmKind::SealFailure,
            Self::Clock => AlarmKind::Clock,
        }
    }

    pub(crate) const fn code(self) -> Option<u32> {
        match self {
            Self::Limit(code) | Self::LeadOff(code) | Self::Battery(code) => Some(code),
            Self::EarlyWarning | Self::Silent | Self::SealFailure | Self::Clock => None,
        }
    }

    /// What a stored alarm is about; `None` for those that devices weigh themselves.
    pub(super) fn of(kind: AlarmKind, code: Option<u32>) -> Option<Self> {
        match kind {
            AlarmKind::Limit => code.map(Self::Limit),
            AlarmKind::EarlyWarning => Some(Self::EarlyWarning),
            AlarmKind::LeadOff => code.map(Self::LeadOff),
            AlarmKind::Battery => code.map(Self::Battery),
            AlarmKind::Silent => Some(Self::Silent),
            AlarmKind::SealFailure => Some(Self::SealFailure),
            AlarmKind::Clock => Some(Self::Clock),
            AlarmKind::Device => None,
        }
    }
}

/// An alarm to be raised.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewAlarm {
    /// None for a score that rests on nothing but what people entered.
    pub(crate) device: Option<DeviceId>,
    pub(crate) patient: Option<PatientId>,
    pub(crate) matter: Matter,
    pub(crate) priority: Priority,
    pub(crate) text: String,
    pub(crate) measured: Option<Measured>,
    /// Of simulated readings.
    pub(crate) staged: bool,
}

/// What is to be written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Raise it, or open `again` if that one is still shown.
    Raise { alarm: NewAlarm, again: Option<AlarmId> },
    /// Its words, and perhaps its priority, have changed.
    Update(AlarmId, NewAlarm),
    /// Its condition has ceased.
    Clear(AlarmId),
    /// Nobody acknowledged it: it moves on to this level.
    Escalate(AlarmId, u32, Move),
    /// The pause is over.
    Resume(AlarmId),
    /// A patient's score is another.
    Score(Box<Score>),
    /// A restart must not forget this.
    Keep(ScoreInput),
}
