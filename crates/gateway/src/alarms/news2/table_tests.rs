//! Every edge of the published charts, and what is missing.

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
        (Respiration, &[(0.0, 8.0, 3), (9.0, 11.0, 1), (12.0, 20.0, 0), (21.0, 24.0, 2), (25.0, 90.0, 3)]),
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
        (Temperature, &[(25.0, 35.0, 3), (35.1, 36.0, 1), (36.1, 38.0, 0), (38.1, 39.0, 1), (39.1, 43.0, 2)]),
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
    assert_eq!((score.response.risk.as_str(), score.response.priority), ("medium", Some(Priority::Medium)));
    assert!(score.text().starts_with("NEWS2 at least 5 (missing: saturation, oxygen, "), "{}", score.text());
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
