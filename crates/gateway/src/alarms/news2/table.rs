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
mod tests {
    use super::super::Known;
    use super::*;
    use crate::record::PatientId;

    const NOW: Micros = Micros(1_700_000_000_000_000);

    fn person(scale: Spo2Scale) -> Person {
        Person { id: PatientId(1), profile: Profile::Adult, scale, years: Some(70) }
    }

    fn known(value: Value, age_s: i64) -> Known {
        Known { value, time: NOW.plus(-age_s * 1_000_000), origin: "mon-1".into(), staged: false }
    }

    fn table() -> &'static Table {
        TABLE.as_ref().unwrap()
    }

    /// Somebody well, on air.
    fn well() -> Vitals {
        let mut vitals = Vitals::default();
        for (parameter, value) in [
            (Parameter::Respiration, Value::Number(16.0)),
            (Parameter::Saturation, Value::Number(97.0)),
            (Parameter::Oxygen, Value::Breathing(Breathing::Air)),
            (Parameter::Systolic, Value::Number(120.0)),
            (Parameter::Pulse, Value::Number(70.0)),
            (Parameter::Consciousness, Value::Consciousness(Consciousness::Alert)),
            (Parameter::Temperature, Value::Number(37.0)),
        ] {
            vitals.take(parameter, known(value, 0));
        }
        vitals
    }

    fn with(parameter: Parameter, value: Value) -> Vitals {
        let mut vitals = well();
        vitals.take(parameter, known(value, 0));
        vitals
    }

    /// Chart 1 of the report: each band by its lowest and highest value, and the points.
    #[test]
    fn every_band_edge_of_the_published_chart_scores_as_printed() {
        use Parameter::{Pulse, Respiration, Saturation, Systolic, Temperature};
        type Bands = &'static [(f64, f64, u32)];
        let chart: &[(Parameter, Bands)] = &[
            (
                Respiration,
                &[(0.0, 8.0, 3), (9.0, 11.0, 1), (12.0, 20.0, 0), (21.0, 24.0, 2), (25.0, 90.0, 3)],
            ),
            (Saturation, &[(0.0, 91.0, 3), (92.0, 93.0, 2), (94.0, 95.0, 1), (96.0, 100.0, 0)]),
            (
                Systolic,
                &[(0.0, 90.0, 3), (91.0, 100.0, 2), (101.0, 110.0, 1), (111.0, 219.0, 0), (220.0, 300.0, 3)],
            ),
            (
                Pulse,
                &[
                    (0.0, 40.0, 3),
                    (41.0, 50.0, 1),
                    (51.0, 90.0, 0),
                    (91.0, 110.0, 1),
                    (111.0, 130.0, 2),
                    (131.0, 300.0, 3),
                ],
            ),
            (
                Temperature,
                &[(25.0, 35.0, 3), (35.1, 36.0, 1), (36.1, 38.0, 0), (38.1, 39.0, 1), (39.1, 43.0, 2)],
            ),
        ];
        for (parameter, bands) in chart {
            for (low, high, points) in *bands {
                for value in [*low, *high] {
                    let score =
                        table().score(&person(Spo2Scale::One), &with(*parameter, Value::Number(value)), NOW);
                    assert_eq!(
                        (score.verdict, score.points),
                        (Verdict::Complete, *points),
                        "{parameter} {value}"
                    );
                    assert_eq!(score.single.is_empty(), *points < 3);
                }
            }
        }
        for state in Consciousness::ALL {
            let value = with(Parameter::Consciousness, Value::Consciousness(*state));
            let expected = if *state == Consciousness::Alert { 0 } else { 3 };
            assert_eq!(table().score(&person(Spo2Scale::One), &value, NOW).points, expected, "{state}");
        }
        let oxygen = with(Parameter::Oxygen, Value::Breathing(Breathing::Oxygen));
        assert_eq!(table().score(&person(Spo2Scale::One), &oxygen, NOW).points, 2);
    }

    /// Scale 2, on air and on oxygen; `None` where oxygen must be known.
    #[test]
    fn the_second_scale_of_saturation_scores_as_printed() {
        let rows: [(f64, u32, u32, Option<u32>); 14] = [
            (70.0, 3, 3, Some(3)),
            (83.0, 3, 3, Some(3)),
            (84.0, 2, 2, Some(2)),
            (85.0, 2, 2, Some(2)),
            (86.0, 1, 1, Some(1)),
            (87.0, 1, 1, Some(1)),
            (88.0, 0, 0, Some(0)),
            (92.0, 0, 0, Some(0)),
            (93.0, 0, 1, None),
            (94.0, 0, 1, None),
            (95.0, 0, 2, None),
            (96.0, 0, 2, None),
            (97.0, 0, 3, None),
            (100.0, 0, 3, None),
        ];
        let two = person(Spo2Scale::Two);
        for (value, air, oxygen, unknown) in rows {
            let mut vitals = with(Parameter::Saturation, Value::Number(value));
            assert_eq!(table().score(&two, &vitals, NOW).points, air, "{value} on air");
            vitals.take(Parameter::Oxygen, known(Value::Breathing(Breathing::Oxygen), 0));
            assert_eq!(table().score(&two, &vitals, NOW).points, oxygen + 2, "{value} on oxygen");
            vitals.forget("mon-1");
            vitals.take(Parameter::Saturation, known(Value::Number(value), 0));
            let score = table().score(&two, &vitals, NOW);
            let scored = score.parts.first().map(|part| part.points);
            assert_eq!(scored, unknown, "{value}, not known on what");
            let hangs = score.missing.iter().any(|one| one.hangs_on == Some(Parameter::Oxygen));
            assert_eq!(hangs, unknown.is_none());
        }
    }

    #[test]
    fn values_between_the_charts_numbers_are_rounded_first() {
        for (parameter, value, points) in [
            (Parameter::Respiration, 8.4, 3),
            (Parameter::Respiration, 8.5, 1),
            (Parameter::Temperature, 35.04, 3),
            (Parameter::Temperature, 35.05, 1),
            (Parameter::Temperature, 39.05, 2),
            (Parameter::Saturation, 95.4, 1),
            (Parameter::Saturation, 95.5, 0),
        ] {
            let score = table().score(&person(Spo2Scale::One), &with(parameter, Value::Number(value)), NOW);
            assert_eq!(score.points, points, "{parameter} {value}");
        }
    }

    #[test]
    fn what_is_missing_or_too_old_is_said_and_never_guessed() {
        let one = person(Spo2Scale::One);
        let nothing = table().score(&one, &Vitals::default(), NOW);
        assert_eq!((nothing.verdict, nothing.points, nothing.missing.len()), (Verdict::Incomplete, 0, 7));
        assert_eq!(nothing.response.priority, None);
        for (parameter, oldest) in [
            (Parameter::Respiration, 900),
            (Parameter::Saturation, 900),
            (Parameter::Oxygen, 14_400),
            (Parameter::Systolic, 3_600),
            (Parameter::Pulse, 900),
            (Parameter::Consciousness, 14_400),
            (Parameter::Temperature, 14_400),
        ] {
            for (age, is_there) in [(oldest, true), (oldest + 1, false)] {
                let mut vitals = well();
                let mut old = vitals.get(parameter).unwrap().clone();
                old.time = NOW.plus(-age * 1_000_000);
                old.origin = "other".into();
                vitals.0[parameter as usize] = Some(old.clone());
                let score = table().score(&one, &vitals, NOW);
                assert_eq!(score.verdict == Verdict::Complete, is_there, "{parameter} after {age} s");
                if !is_there {
                    let missing = Missing { parameter, old: Some(old.time.0), hangs_on: None };
                    assert_eq!(score.missing, [missing]);
                    assert_eq!(score.text(), format!("NEWS2 at least 0 (missing: {parameter})"));
                }
            }
        }
    }

    #[test]
    fn what_is_certain_already_calls_though_the_score_is_incomplete() {
        let mut vitals = Vitals::default();
        vitals.take(Parameter::Respiration, known(Value::Number(30.0), 0));
        vitals.take(Parameter::Pulse, known(Value::Number(120.0), 0));
        let score = table().score(&person(Spo2Scale::One), &vitals, NOW);
        assert_eq!((score.verdict, score.points), (Verdict::Incomplete, 5));
        assert_eq!(
            (score.response.risk.as_str(), score.response.priority),
            ("medium", Some(Priority::Medium))
        );
        assert!(
            score.text().starts_with("NEWS2 at least 5 (missing: saturation, oxygen, "),
            "{}",
            score.text()
        );
        assert!(score.text().ends_with("alone in the red: respiration"));
    }

    /// Chart 2 of the report.
    #[test]
    fn thresholds_call_as_printed() {
        let score = |points: [f64; 3], breathing| {
            let mut vitals = well();
            let [respiration, pulse, temperature] = points;
            vitals.take(Parameter::Respiration, known(Value::Number(respiration), 0));
            vitals.take(Parameter::Pulse, known(Value::Number(pulse), 0));
            vitals.take(Parameter::Temperature, known(Value::Number(temperature), 0));
            vitals.take(Parameter::Oxygen, known(Value::Breathing(breathing), 0));
            table().score(&person(Spo2Scale::One), &vitals, NOW)
        };
        use Breathing::{Air, Oxygen};
        for (values, breathing, points, risk) in [
            ([16.0, 70.0, 37.0], Air, 0, "low"),
            ([22.0, 95.0, 38.5], Air, 4, "low"),
            ([26.0, 70.0, 37.0], Air, 3, "low-medium"),
            ([22.0, 95.0, 37.0], Oxygen, 5, "medium"),
            ([22.0, 120.0, 37.0], Oxygen, 6, "medium"),
            ([22.0, 120.0, 38.5], Oxygen, 7, "high"),
        ] {
            let score = score(values, breathing);
            assert_eq!((score.points, score.response.risk.as_str()), (points, risk), "{values:?}");
        }
    }

    #[test]
    fn children_have_no_score() {
        let child = Person { years: Some(15), ..person(Spo2Scale::One) };
        let sixteen = Person { years: Some(16), ..child };
        let unknown = Person { years: None, ..child };
        let by_profile = Person { profile: Profile::Paediatric, ..unknown };
        for (person, verdict) in [
            (child, Verdict::NotForThisPatient),
            (sixteen, Verdict::Complete),
            (unknown, Verdict::Complete),
            (by_profile, Verdict::NotForThisPatient),
        ] {
            let score = table().score(&person, &well(), NOW);
            assert_eq!(score.verdict, verdict, "{person:?}");
        }
    }

    #[test]
    fn a_number_counts_in_its_own_units_only() {
        let number = |parameter, value: &str, unit: &str| {
            table().number(parameter, value.parse().unwrap(), unit.parse().unwrap())
        };
        assert_eq!(number(Parameter::Oxygen, "21", "%"), Some(Value::Breathing(Breathing::Air)));
        assert_eq!(number(Parameter::Oxygen, "28", "%"), Some(Value::Breathing(Breathing::Oxygen)));
        assert_eq!(number(Parameter::Systolic, "120", "mg/dL"), None);
        assert_eq!(table().parameter(Code(150_456)), Some(Parameter::Saturation));
        assert_eq!(table().parameter(Code(150_022)), None);
    }
}
