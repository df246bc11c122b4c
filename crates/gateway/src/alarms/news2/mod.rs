//! The National Early Warning Score 2 (Royal College of Physicians, London 2017), from the numbers of `standards/clinical/news2.toml`.
//!
//! Seven parameters, each 0 to 3 points (oxygen 0 or 2). What is missing, or older than its table allows, is said and never guessed: the
//! score is then incomplete, and the points of what is known are what it is at least. Air or oxygen and consciousness are entered by a person
//! or come as readings. The second scale of saturation counts only for patients for whom a person chose it; without knowing whether they get
//! oxygen it is scored only where both columns agree. The score is not for children: neither for a patient whom a person
//! watches by another profile than the adults', nor for one whose date of birth says so. That a patient is pregnant is not known here.

mod table;

use seal::Micros;
use serde::Serialize;

use crate::record::{PatientId, Priority, Profile, ScoreInput, Spo2Scale, words};

pub(crate) use table::Table;

words! {
    /// What is scored.
    Parameter {
        Respiration "respiration" "Breaths a minute.",
        Saturation "saturation" "Oxygen saturation.",
        Oxygen "oxygen" "Air or oxygen.",
        Systolic "systolic" "Systolic blood pressure.",
        Pulse "pulse" "Pulse.",
        Consciousness "consciousness" "Alert, newly confused, or responding to voice, to pain or not at all.",
        Temperature "temperature" "Body temperature.",
    }
}

words! {
    /// What a patient breathes.
    Breathing {
        Air "air" "Room air.",
        Oxygen "oxygen" "Supplemental oxygen.",
    }
}

words! {
    /// How awake a patient is (ACVPU).
    Consciousness {
        Alert "A" "Awake.",
        Confusion "C" "Newly confused.",
        Voice "V" "Responds to voice.",
        Pain "P" "Responds to pain.",
        Unresponsive "U" "Does not respond.",
    }
}

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    /// In the table's unit.
    Number(f64),
    Breathing(Breathing),
    Consciousness(Consciousness),
}

impl Value {
    /// As it is stored and shown.
    pub(crate) fn text(self) -> String {
        match self {
            // What a conversion of units adds to the digits is no measurement.
            Self::Number(number) => ((number * 100.0).round() / 100.0).to_string(),
            Self::Breathing(breathing) => breathing.as_str().into(),
            Self::Consciousness(state) => state.as_str().into(),
        }
    }

    /// From its text.
    pub(crate) fn of(parameter: Parameter, text: &str) -> Option<Self> {
        match parameter {
            Parameter::Oxygen => Breathing::from_word(text).map(Self::Breathing),
            Parameter::Consciousness => Consciousness::from_word(text).map(Self::Consciousness),
            Parameter::Respiration
            | Parameter::Saturation
            | Parameter::Systolic
            | Parameter::Pulse
            | Parameter::Temperature => text.parse().ok().filter(|it: &f64| it.is_finite()).map(Self::Number),
        }
    }
}

/// The newest value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) value: Value,
    /// By the gateway's clock.
    pub(crate) time: Micros,
    /// The device, or `user:NAME` who entered it.
    pub(crate) origin: String,
    /// Of a simulation.
    pub(crate) staged: bool,
}

/// The newest value of each parameter of one patient.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Vitals([Option<Known>; Parameter::ALL.len()]);

impl Vitals {
    pub(crate) fn get(&self, parameter: Parameter) -> Option<&Known> {
        self.0.get(parameter as usize)?.as_ref()
    }

    /// Takes a value in, unless a newer one is known.
    pub(crate) fn take(&mut self, parameter: Parameter, known: Known) {
        if let Some(place) = self.0.get_mut(parameter as usize)
            && place.as_ref().is_none_or(|before| before.time <= known.time)
        {
            *place = Some(known);
        }
    }

    /// Forgets what came from there: it was another patient's.
    pub(crate) fn forget(&mut self, origin: &str) {
        for place in &mut self.0 {
            place.take_if(|known| known.origin == origin);
        }
    }

    /// What a restart must not forget.
    pub(crate) fn inputs(&self, patient: PatientId) -> impl Iterator<Item = ScoreInput> + '_ {
        Parameter::ALL.iter().filter_map(move |parameter| {
            let known = self.get(*parameter)?;
            Some(ScoreInput {
                patient,
                parameter: parameter.as_str().into(),
                value: known.value.text(),
                time: known.time.0,
                origin: known.origin.clone(),
                staged: known.staged,
            })
        })
    }
}

impl Known {
    /// From the store; `None` when a newer program wrote it.
    pub(crate) fn of(input: &ScoreInput) -> Option<(Parameter, Self)> {
        let parameter = Parameter::from_word(&input.parameter)?;
        let value = Value::of(parameter, &input.value)?;
        let (time, origin, staged) = (Micros(input.time), input.origin.clone(), input.staged);
        Some((parameter, Self { value, time, origin, staged }))
    }
}

/// What is known of a patient apart from what is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Person {
    pub(crate) id: PatientId,
    pub(crate) profile: Profile,
    pub(crate) scale: Spo2Scale,
    /// Whole years, where the date of birth is known.
    pub(crate) years: Option<i64>,
}

/// Whether a score is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All seven parameters are known.
    Complete,
    /// Some are missing: the points are what it is at least.
    Incomplete,
    /// The score is not meant for a patient of this age.
    NotForThisPatient,
}

/// A parameter that counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// Which.
    pub parameter: Parameter,
    /// Its points.
    pub points: u32,
    /// Its value as text.
    pub value: String,
    /// Its UCUM unit; empty for what is no quantity.
    pub unit: String,
    /// When it was measured or entered, by the gateway's clock: microseconds since the epoch.
    pub time: i64,
    /// The device, or who entered it.
    pub origin: String,
}

/// A parameter that is missing, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Missing {
    /// Which.
    pub parameter: Parameter,
    /// Since when there is no newer value; `None` when there never was one.
    pub old: Option<i64>,
    /// It is known, and how it counts hangs on another that is not.
    pub hangs_on: Option<Parameter>,
}

/// What a score calls for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Response {
    /// The risk's name.
    pub risk: String,
    /// The priority of its alarm; none where nothing calls.
    pub priority: Option<Priority>,
}

/// A patient's score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// Whose.
    pub patient: PatientId,
    /// Whether it is one.
    pub verdict: Verdict,
    /// The points of what is known.
    pub points: u32,
    /// What counted.
    pub parts: Vec<Part>,
    /// What is missing.
    pub missing: Vec<Missing>,
    /// The parameters that call by themselves.
    pub single: Vec<Parameter>,
    /// What it calls for. Of an incomplete score: what is certain already.
    pub response: Response,
    /// On which scale the saturation counted.
    pub scale: Spo2Scale,
    /// Something of it was simulated.
    pub staged: bool,
}

impl Score {
    /// One line for a person: `NEWS2 7`, `NEWS2 at least 5 (missing: consciousness)`, `NEWS2: systolic alone scores 3`.
    pub fn text(&self) -> String {
        let names = |all: &mut dyn Iterator<Item = Parameter>| {
            all.map(Parameter::as_str).collect::<Vec<_>>().join(", ")
        };
        let missing = names(&mut self.missing.iter().map(|one| one.parameter));
        let mut text = match self.verdict {
            Verdict::Complete => format!("NEWS2 {}", self.points),
            Verdict::Incomplete => format!("NEWS2 at least {} (missing: {missing})", self.points),
            Verdict::NotForThisPatient => "NEWS2 is not for this patient".into(),
        };
        if !self.single.is_empty() {
            let single = names(&mut self.single.iter().copied());
            text.push_str(&format!("; alone in the red: {single}"));
        }
        text
    }
}
