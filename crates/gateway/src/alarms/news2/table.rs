//! The numbers, and scoring by them.

use std::collections::HashMap;
use std::sync::LazyLock;

use seal::{Code, Decimal, Micros, Unit};
use serde::Deserialize;

use super::{
    Breathing, Consciousness, Missing, Parameter, Part, Person, Response, Score, Value, Verdict, Vitals,
};
use crate::alarms::rules::priority;
use crate::alarms::unit::in_unit;
use crate::record::{Priority, Profile, Spo2Scale};

const BUILT_IN: &str = include_str!("../../../../../standards/clinical/news2.toml");

/// The numbers.
#[derive(Debug)]
pub(crate) struct Table {
    file: File,
    /// What each code measures.
    by_code: HashMap<u32, Parameter>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    youngest_years: i64,
    #[serde(rename = "parameter", deserialize_with = "scales")]
    scales: HashMap<Parameter, Scale>,
    oxygen: Oxygen,
    consciousness: Awareness,
    #[serde(rename = "response")]
    responses: Vec<Threshold>,
    single: Single,
}

/// How a number counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scale {
    name: String,
    codes: Vec<u32>,
    unit: String,
    places: i32,
    max_age_seconds: u32,
    bands: Vec<Band>,
    #[serde(default)]
    scale_2_on_air: Vec<Band>,
    #[serde(default)]
    scale_2_on_oxygen: Vec<Band>,
}

/// Values up to `to`, from the band before on.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Band {
    #[serde(default)]
    to: Option<f64>,
    score: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Oxygen {
    codes: Vec<u32>,
    unit: String,
    room_air: f64,
    max_age_seconds: u32,
    score: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Awareness {
    codes: Vec<u32>,
    max_age_seconds: u32,
    score: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threshold {
    at_least: u32,
    risk: String,
    #[serde(deserialize_with = "priority")]
    priority: Priority,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    score: u32,
    risk: String,
    alarm_for: Vec<String>,
    #[serde(deserialize_with = "priority")]
    priority: Priority,
}

static TABLE: LazyLock<Result<Table, String>> = LazyLock::new(|| Table::parse(BUILT_IN));

/// How a parameter counts.
enum Worth {
    Points(u32),
    /// Only with a value of this one.
    HangsOn(Parameter),
}

impl Table {
    /// The published numbers. They are part of the program, so a fault in them is one of its tests'.
    pub(crate) fn built_in() -> Option<&'static Self> {
        TABLE.as_ref().ok()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let numbers = file
            .scales
            .iter()
            .flat_map(|(parameter, scale)| scale.codes.iter().map(|code| (*code, *parameter)));
        let mut by_code: HashMap<u32, Parameter> = numbers.collect();
        by_code.extend(file.oxygen.codes.iter().map(|code| (*code, Parameter::Oxygen)));
        by_code.extend(file.consciousness.codes.iter().map(|code| (*code, Parameter::Consciousness)));
        Ok(Self { file, by_code })
    }

    /// What a code measures, if it counts.
    pub(crate) fn parameter(&self, code: Code) -> Option<Parameter> {
        self.by_code.get(&code.0).copied()
    }

    /// A number as the parameter counts it; `None` in a unit that does not convert.
    pub(crate) fn number(&self, parameter: Parameter, value: Decimal, unit: Unit) -> Option<Value> {
        match parameter {
            Parameter::Oxygen => {
                let percent = in_unit(value, unit, &self.file.oxygen.unit)?;
                let breathes =
                    if percent <= self.file.oxygen.room_air { Breathing::Air } else { Breathing::Oxygen };
                Some(Value::Breathing(breathes))
            }
            Parameter::Consciousness => None,
            Parameter::Respiration
            | Parameter::Saturation
            | Parameter::Systolic
            | Parameter::Pulse
            | Parameter::Temperature => {
                in_unit(value, unit, &self.file.scales.get(&parameter)?.unit).map(Value::Number)
            }
        }
    }

    fn max_age(&self, parameter: Parameter) -> u32 {
        match parameter {
            Parameter::Oxygen => self.file.oxygen.max_age_seconds,
            Parameter::Consciousness => self.file.consciousness.max_age_seconds,
            Parameter::Respiration
            | Parameter::Saturation
            | Parameter::Systolic
            | Parameter::Pulse
            | Parameter::Temperature => {
                self.file.scales.get(&parameter).map_or(0, |scale| scale.max_age_seconds)
            }
        }
    }

    fn worth(
        &self,
        parameter: Parameter,
        value: Value,
        person: &Person,
        breathes: Option<Breathing>,
    ) -> Option<Worth> {
        match value {
            Value::Breathing(Breathing::Air) | Value::Consciousness(Consciousness::Alert) => {
                Some(Worth::Points(0))
            }
            Value::Breathing(Breathing::Oxygen) => Some(Worth::Points(self.file.oxygen.score)),
            Value::Consciousness(
                Consciousness::Confusion
                | Consciousness::Voice
                | Consciousness::Pain
                | Consciousness::Unresponsive,
            ) => Some(Worth::Points(self.file.consciousness.score)),
            Value::Number(number) => {
                let scale = self.file.scales.get(&parameter)?;
                let number = rounded(number, scale.places);
                let (air, oxygen) = match (parameter, person.scale) {
                    (Parameter::Saturation, Spo2Scale::Two) => {
                        (&scale.scale_2_on_air, &scale.scale_2_on_oxygen)
                    }
                    _ => (&scale.bands, &scale.bands),
                };
                let (air, oxygen) = (points(air, number)?, points(oxygen, number)?);
                Some(match breathes {
                    Some(Breathing::Air) => Worth::Points(air),
                    Some(Breathing::Oxygen) => Worth::Points(oxygen),
                    None if air == oxygen => Worth::Points(air),
                    None => Worth::HangsOn(Parameter::Oxygen),
                })
            }
        }
    }

    /// A patient's score at this moment.
    pub(crate) fn score(&self, person: &Person, vitals: &Vitals, now: Micros) -> Score {
        let is_young = person.years.is_some_and(|years| years < self.file.youngest_years);
        let mut score = Score {
            patient: person.id,
            verdict: Verdict::NotForThisPatient,
            points: 0,
            parts: Vec::new(),
            missing: Vec::new(),
            single: Vec::new(),
            response: Response { risk: String::new(), priority: None },
            scale: person.scale,
            staged: false,
        };
        if person.profile != Profile::Adult || is_young {
            return score;
        }
        let fresh = |parameter| {
            let oldest = now.0.saturating_sub(i64::from(self.max_age(parameter)) * 1_000_000);
            vitals.get(parameter).filter(|known| known.time.0 >= oldest)
        };
        let breathes = fresh(Parameter::Oxygen).and_then(|known| match known.value {
            Value::Breathing(breathes) => Some(breathes),
            Value::Number(_) | Value::Consciousness(_) => None,
        });
        for parameter in Parameter::ALL.iter().copied() {
            let known = fresh(parameter);
            match known.and_then(|known| Some((known, self.worth(parameter, known.value, person, breathes)?)))
            {
                Some((known, Worth::Points(points))) => {
                    score.points += points;
                    score.staged |= known.staged;
                    if points >= self.file.single.score {
                        score.single.push(parameter);
                    }
                    let unit =
                        self.file.scales.get(&parameter).map_or("", |scale| scale.unit.as_str()).into();
                    let (value, time, origin) = (known.value.text(), known.time.0, known.origin.clone());
                    score.parts.push(Part { parameter, points, value, unit, time, origin });
                }
                Some((_, Worth::HangsOn(other))) => {
                    score.missing.push(Missing { parameter, old: None, hangs_on: Some(other) });
                }
                None => {
                    let old = vitals.get(parameter).map(|known| known.time.0);
                    score.missing.push(Missing { parameter, old, hangs_on: None });
                }
            }
        }
        score.verdict = if score.missing.is_empty() { Verdict::Complete } else { Verdict::Incomplete };
        score.response = self.response(&score);
        score
    }

    fn response(&self, score: &Score) -> Response {
        let reached = self
            .file
            .responses
            .iter()
            .filter(|one| score.points >= one.at_least)
            .max_by_key(|one| one.at_least);
        match (reached, score.single.is_empty(), score.verdict) {
            (Some(reached), _, _) => {
                Response { risk: reached.risk.clone(), priority: Some(reached.priority) }
            }
            (None, false, _) => {
                let single = &self.file.single;
                let calls =
                    score.single.iter().any(|one| single.alarm_for.iter().any(|name| name == one.as_str()));
                Response { risk: single.risk.clone(), priority: calls.then_some(single.priority) }
            }
            (None, true, Verdict::Complete) => Response { risk: "low".into(), priority: None },
            (None, true, Verdict::Incomplete | Verdict::NotForThisPatient) => {
                Response { risk: "unknown".into(), priority: None }
            }
        }
    }
}

/// To so many decimal places, half away from zero.
fn rounded(number: f64, places: i32) -> f64 {
    let factor = 10_f64.powi(places);
    // A decimal such as 35.05 lies a little below its digits in binary: what is that close to the half is the half.
    let scaled = number * factor;
    (scaled + scaled.signum() * 1e-9).round() / factor
}

fn points(bands: &[Band], number: f64) -> Option<u32> {
    bands.iter().find(|band| band.to.is_none_or(|to| number <= to)).map(|band| band.score)
}

fn scales<'de, D: serde::Deserializer<'de>>(from: D) -> Result<HashMap<Parameter, Scale>, D::Error> {
    use serde::de::Error as _;
    let mut scales = HashMap::new();
    for scale in Vec::<Scale>::deserialize(from)? {
        let parameter = Parameter::from_word(&scale.name)
            .ok_or_else(|| D::Error::custom(format!("{:?} is no parameter", scale.name)))?;
        for bands in [&scale.bands, &scale.scale_2_on_air, &scale.scale_2_on_oxygen] {
            let ends: Vec<Option<f64>> = bands.iter().map(|band| band.to).collect();
            let rising = ends.windows(2).all(|pair| match pair {
                [Some(one), Some(next)] => one < next,
                [Some(_), None] => true,
                _ => false,
            });
            if !rising || ends.last().is_some_and(Option::is_some) {
                return Err(D::Error::custom(format!(
                    "{}: the bands do not rise to an open end",
                    scale.name
                )));
            }
        }
        if scales.insert(parameter, scale).is_some() {
            return Err(D::Error::custom(format!("{parameter} is there twice")));
        }
    }
    Ok(scales)
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
