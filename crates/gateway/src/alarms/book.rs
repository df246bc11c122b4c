//! Which limit is in force for a patient: what was set for them, else what was set for their profile, else the rules' own.

use std::collections::HashMap;

use super::rules::{Limit, Rules};
use crate::record::{AlarmChoice, LimitOwner, PatientId, Priority, Profile, SetLimit, Spo2Scale};
use crate::store::{Reader, StoreError};

/// What people have set and chosen.
#[derive(Clone, Debug, Default)]
pub struct Book {
    set: HashMap<(LimitOwner, u32), SetLimit>,
    choices: HashMap<PatientId, AlarmChoice>,
}

/// Where a limit in force comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Origin<'a> {
    /// Set for the patient.
    Patient(&'a SetLimit),
    /// Set for the profile.
    Profile(&'a SetLimit),
    /// The rules' own.
    Rules,
}

/// A limit in force.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InForce<'a> {
    /// Name, unit and hysteresis, and what holds where nobody set anything.
    pub base: &'a Limit,
    /// The lowest value without an alarm.
    pub low: Option<f64>,
    /// The highest value without an alarm.
    pub high: Option<f64>,
    /// How urgent.
    pub priority: Priority,
    /// Where it comes from.
    pub origin: Origin<'a>,
}

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Below,
    Within,
    Above,
}

impl Book {
    /// What is set and chosen at this moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn load(reader: &Reader) -> Result<Self, StoreError> {
        let set = reader.set_limits()?.into_iter().map(|one| ((one.owner, one.code), one)).collect();
        let choices = reader.alarm_choices()?.into_iter().map(|one| (one.patient, one)).collect();
        Ok(Self { set, choices })
    }

    /// By which profile a patient is watched: adults' until somebody chooses.
    pub fn profile(&self, patient: PatientId) -> Profile {
        self.choices.get(&patient).map_or(Profile::Adult, |choice| choice.profile)
    }

    /// On which scale a patient's saturation counts: the usual one until somebody chooses.
    pub fn scale(&self, patient: PatientId) -> Spo2Scale {
        self.choices.get(&patient).map_or(Spo2Scale::One, |choice| choice.scale)
    }

    /// What a person chose for a patient.
    pub fn choice(&self, patient: PatientId) -> Option<&AlarmChoice> {
        self.choices.get(&patient)
    }

    /// The limit in force for a patient; `None` for what has none. One that was set to nothing has neither bound.
    pub fn limit<'a>(&'a self, rules: &'a Rules, patient: PatientId, code: u32) -> Option<InForce<'a>> {
        let profile = self.profile(patient);
        let base = rules.limit(profile, code)?;
        let own = self.set.get(&(LimitOwner::Patient(patient), code));
        Some(match own {
            Some(set) => InForce::set(base, set, Origin::Patient(set)),
            None => self.of_profile(rules, profile, code).unwrap_or(InForce::rules(base)),
        })
    }

    /// The limit of a profile.
    pub fn of_profile<'a>(&'a self, rules: &'a Rules, profile: Profile, code: u32) -> Option<InForce<'a>> {
        let base = rules.limit(profile, code)?;
        Some(match self.set.get(&(LimitOwner::Profile(profile), code)) {
            Some(set) => InForce::set(base, set, Origin::Profile(set)),
            None => InForce::rules(base),
        })
    }
}

impl<'a> InForce<'a> {
    fn set(base: &'a Limit, set: &SetLimit, origin: Origin<'a>) -> Self {
        Self { base, low: set.low, high: set.high, priority: set.priority, origin }
    }

    fn rules(base: &'a Limit) -> Self {
        Self { base, low: base.low, high: base.high, priority: base.priority, origin: Origin::Rules }
    }

    /// Where a value lies; `margin` narrows the limits.
    pub(super) fn place(&self, value: f64, margin: f64) -> Place {
        if self.low.is_some_and(|low| value < low + margin) {
            Place::Below
        } else if self.high.is_some_and(|high| value > high - margin) {
            Place::Above
        } else {
            Place::Within
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A book as if these had been set.
    pub(in crate::alarms) fn book(
        set: &[(LimitOwner, u32, Option<f64>, Option<f64>)],
        choices: &[(PatientId, Profile, Spo2Scale)],
    ) -> Book {
        let limit = |(owner, code, low, high): &(LimitOwner, u32, Option<f64>, Option<f64>)| SetLimit {
            owner: *owner,
            code: *code,
            low: *low,
            high: *high,
            priority: Priority::Low,
            since: 1,
            by: "user:ada".into(),
        };
        let choice = |(patient, profile, scale): &(PatientId, Profile, Spo2Scale)| AlarmChoice {
            patient: *patient,
            profile: *profile,
            scale: *scale,
            since: 1,
            by: "user:ada".into(),
        };
        Book {
            set: set.iter().map(|one| ((one.0, one.1), limit(one))).collect(),
            choices: choices.iter().map(|one| (one.0, choice(one))).collect(),
        }
    }

    #[test]
    fn the_patients_limit_comes_before_the_profiles_and_that_before_the_rules() {
        const SPO2: u32 = 150_456;
        let rules = Rules::load(None).unwrap();
        let (one, two, child) = (PatientId(1), PatientId(2), PatientId(3));
        let book = book(
            &[
                (LimitOwner::Patient(one), SPO2, Some(88.0), Some(92.0)),
                (LimitOwner::Profile(Profile::Adult), SPO2, Some(90.0), None),
                (LimitOwner::Profile(Profile::Paediatric), 147_842, None, None),
            ],
            &[(child, Profile::Paediatric, Spo2Scale::One)],
        );
        let found = |patient, code| {
            book.limit(&rules, patient, code).map(|limit| (limit.low, limit.high, limit.priority))
        };
        assert_eq!(found(one, SPO2), Some((Some(88.0), Some(92.0), Priority::Low)));
        assert_eq!(found(two, SPO2), Some((Some(90.0), None, Priority::Low)));
        assert_eq!(
            found(child, SPO2),
            Some((Some(90.0), None, Priority::High)),
            "the rules' own for children"
        );
        assert_eq!(found(child, 147_842), Some((None, None, Priority::Low)), "off, on purpose");
        assert_eq!(found(one, 147_842), Some((Some(41.0), Some(130.0), Priority::High)));
        assert_eq!(found(one, 1), None);
        assert_eq!(book.limit(&rules, child, 147_842).unwrap().place(10.0, 0.0), Place::Within);
    }
}
