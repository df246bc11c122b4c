//! What raises alarms, from `standards/clinical/alarm-limits.toml` or a file of the same form: limits of each profile, what devices tell of
//! themselves, and what each class of alarms does until somebody acknowledges it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::class::{Class, Classes};
use crate::record::{AlarmKind, Priority, Profile};

const BUILT_IN: &str = include_str!("../../../../standards/clinical/alarm-limits.toml");

/// What raises alarms.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Seconds that a condition must hold before its alarm is raised, where a limit says nothing else.
    pub raise_after_seconds: u32,
    /// Seconds that it must be gone before the alarm is cleared.
    pub clear_after_seconds: u32,
    /// Seconds after which a value that no other follows counts as lasting.
    pub single_after_seconds: u32,
    /// Seconds of silence after which a device that seals and is with a patient raises an alarm.
    pub silent_after_seconds: u32,
    /// The same of a device for which a source speaks.
    pub silent_source: SilentSource,
    /// How far a device's times may be from the gateway's clock.
    pub clock: ClockLimits,
    #[serde(rename = "class")]
    classes: Classes,
    #[serde(rename = "technical", deserialize_with = "technical")]
    technical: HashMap<u32, Technical>,
    #[serde(rename = "profile", deserialize_with = "profiles")]
    profiles: HashMap<Profile, ProfileLimits>,
}

/// When a device that a source speaks for is missed. Such a device is missed only when it used to send regularly: not each is meant to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SilentSource {
    /// Never earlier, in seconds.
    pub after_seconds: u32,
    /// After so many of its usual intervals.
    pub intervals: u32,
    /// So many messages in a row show that it sends regularly.
    pub messages: u32,
    /// With no more seconds than this from one to the next.
    pub longest_interval_seconds: u32,
}

/// How far the times of a device's messages may be from the gateway's clock, by the one that came fastest of a minute.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockLimits {
    /// Seconds into the future.
    pub ahead_seconds: u32,
    /// Seconds into the past.
    pub behind_seconds: u32,
    /// How urgent.
    #[serde(deserialize_with = "priority")]
    pub priority: Priority,
}

/// What a device tells of itself by a reading: something that holds, or a number with a lower limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "TechnicalRow")]
pub struct Technical {
    /// What its alarm is about.
    pub kind: TechnicalKind,
    /// The MDC code of the reading.
    pub code: u32,
    /// Its MDC reference id.
    pub refid: String,
    /// How people call it.
    pub name: String,
    /// How urgent.
    pub priority: Priority,
    /// How it is told.
    pub sign: Sign,
}

/// What devices tell of by readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TechnicalKind {
    /// An electrode or a sensor has come off.
    LeadOff,
    /// The battery is low.
    LowBattery,
}

/// How a device tells of a technical condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Sign {
    /// By a number.
    Below {
        /// Its UCUM unit.
        unit: String,
        /// The lowest value without an alarm.
        low: f64,
        /// How far above a value must be for the alarm to clear.
        hysteresis: f64,
    },
    /// By a word or a number that says whether it holds.
    Event {
        /// Seconds after which a condition that is not told of any more, by a device that still sends, is over.
        lapses_after_seconds: u32,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TechnicalRow {
    kind: TechnicalKind,
    code: u32,
    refid: String,
    name: String,
    #[serde(deserialize_with = "priority")]
    priority: Priority,
    unit: Option<String>,
    low: Option<f64>,
    hysteresis: Option<f64>,
    lapses_after_seconds: Option<u32>,
    #[serde(rename = "note")]
    _note: String,
}

impl TryFrom<TechnicalRow> for Technical {
    type Error = String;

    fn try_from(row: TechnicalRow) -> Result<Self, String> {
        let TechnicalRow { kind, code, refid, name, priority, .. } = row;
        let sign = match (row.unit, row.low, row.hysteresis, row.lapses_after_seconds) {
            (Some(unit), Some(low), Some(hysteresis), None) => Sign::Below { unit, low, hysteresis },
            (None, None, None, Some(lapses_after_seconds)) => Sign::Event { lapses_after_seconds },
            _ => {
                return Err(format!("code {code}: either unit, low and hysteresis, or lapses_after_seconds"));
            }
        };
        Ok(Self { kind, code, refid, name, priority, sign })
    }
}

/// The limits of a profile.
#[derive(Clone, Debug)]
struct ProfileLimits {
    /// Where they come from.
    source: String,
    limits: HashMap<u32, Limit>,
}

/// The limits of one measured quantity.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Its MDC code.
    pub code: u32,
    /// Its MDC reference id.
    pub refid: String,
    /// How people call it.
    pub name: String,
    /// The UCUM unit that the limits are in; readings in another unit that does not convert are not compared.
    pub unit: String,
    /// The lowest value without an alarm.
    pub low: Option<f64>,
    /// The highest value without an alarm.
    pub high: Option<f64>,
    /// How far within its limits a value must be for the alarm to clear.
    #[serde(default)]
    pub hysteresis: f64,
    /// How urgent.
    #[serde(deserialize_with = "priority")]
    pub priority: Priority,
    /// Seconds that it must hold before the alarm is raised; the rules' own where absent.
    #[serde(default)]
    pub raise_after_seconds: Option<u32>,
    /// Where the limits come from.
    pub note: String,
}

/// A file of rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It does not hold rules; the message points at the line.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: String,
        /// Where and what.
        source: toml::de::Error,
    },
}

impl Rules {
    /// The built-in rules, or those of a file.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold rules.
    pub fn load(path: Option<&Path>) -> Result<Self, RulesError> {
        let Some(path) = path else { return Self::parse(BUILT_IN, "alarm-limits.toml") };
        let text =
            std::fs::read_to_string(path).map_err(|source| RulesError::Read { path: path.into(), source })?;
        Self::parse(&text, &path.display().to_string())
    }

    /// The rules of a text; `path` is named where it is wrong.
    ///
    /// # Errors
    /// [`RulesError::Parse`] with the line.
    pub fn parse(text: &str, path: &str) -> Result<Self, RulesError> {
        toml::from_str(text).map_err(|source| RulesError::Parse { path: path.into(), source })
    }

    /// A profile's own limit of a quantity, if it has one.
    pub fn limit(&self, profile: Profile, code: u32) -> Option<&Limit> {
        self.profiles.get(&profile)?.limits.get(&code)
    }

    /// A profile's limits, by code, and where they come from.
    pub fn profile(&self, profile: Profile) -> (Vec<&Limit>, &str) {
        let Some(known) = self.profiles.get(&profile) else { return (Vec::new(), "") };
        let mut limits: Vec<&Limit> = known.limits.values().collect();
        limits.sort_by_key(|limit| limit.code);
        (limits, &known.source)
    }

    /// What a reading of this code tells of its device, if it does.
    pub fn technical(&self, code: u32) -> Option<&Technical> {
        self.technical.get(&code)
    }

    /// What alarms of a kind do that were raised with this priority.
    pub fn class(&self, kind: AlarmKind, priority: Priority) -> &Class {
        self.classes.of(kind, priority)
    }
}

impl Limit {
    /// Refuses limits between which nothing lies.
    ///
    /// # Errors
    /// Why they are none.
    pub fn check(&self, low: Option<f64>, high: Option<f64>) -> Result<(), String> {
        let code = self.code;
        if low.into_iter().chain(high).any(|bound| !bound.is_finite()) {
            return Err(format!("code {code}: a limit is no number"));
        }
        match low.zip(high) {
            Some((low, high)) if low + self.hysteresis > high - self.hysteresis => {
                Err(format!("code {code}: nothing lies between the limits"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn technical<'de, D: serde::Deserializer<'de>>(from: D) -> Result<HashMap<u32, Technical>, D::Error> {
    let mut by_code = HashMap::new();
    for one in Vec::<Technical>::deserialize(from)? {
        let code = one.code;
        if by_code.insert(code, one).is_some() {
            return Err(serde::de::Error::custom(format!("code {code} is told of twice")));
        }
    }
    Ok(by_code)
}

fn profiles<'de, D: serde::Deserializer<'de>>(from: D) -> Result<HashMap<Profile, ProfileLimits>, D::Error> {
    use serde::de::Error as _;
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        name: String,
        source: String,
        #[serde(rename = "limit")]
        limits: Vec<Limit>,
    }
    let mut profiles = HashMap::new();
    for Table { name, source, limits } in Vec::<Table>::deserialize(from)? {
        let profile =
            Profile::from_word(&name).ok_or_else(|| D::Error::custom(format!("{name:?} is no profile")))?;
        let mut by_code = HashMap::new();
        for limit in limits {
            let code = limit.code;
            limit.check(limit.low, limit.high).map_err(|why| D::Error::custom(format!("{name}: {why}")))?;
            if by_code.insert(code, limit).is_some() {
                return Err(D::Error::custom(format!("{name}: code {code} has limits twice")));
            }
        }
        profiles.insert(profile, ProfileLimits { source, limits: by_code });
    }
    match Profile::ALL.iter().find(|profile| !profiles.contains_key(profile)) {
        Some(missing) => Err(D::Error::custom(format!("the profile {missing} is missing"))),
        None => Ok(profiles),
    }
}

pub(super) fn priority<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Priority, D::Error> {
    let word = String::deserialize(from)?;
    Priority::from_word(&word)
        .ok_or_else(|| serde::de::Error::custom(format!("{word:?} is not high, medium or low")))
}

pub(super) fn kind<'de, D: serde::Deserializer<'de>>(from: D) -> Result<AlarmKind, D::Error> {
    let word = String::deserialize(from)?;
    AlarmKind::from_word(&word)
        .ok_or_else(|| serde::de::Error::custom(format!("{word:?} is no kind of alarm")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_rules_are_rules() {
        let rules = Rules::load(None).unwrap();
        let spo2 = rules.limit(Profile::Adult, 150_456).unwrap();
        assert_eq!((spo2.low, spo2.high), (Some(92.0), None));
        assert_eq!(rules.limit(Profile::Neonate, 147_842).unwrap().low, Some(100.0));
        let codes = |profile| rules.profile(profile).0.iter().map(|limit| limit.code).collect::<Vec<_>>();
        assert_eq!(codes(Profile::Adult), codes(Profile::Neonate));
        assert_eq!(codes(Profile::Adult), codes(Profile::Paediatric));
        for profile in Profile::ALL {
            for limit in rules.profile(*profile).0 {
                let known = clinical::nomenclature::by_code(seal::Code(limit.code)).unwrap();
                assert_eq!(known.refid, limit.refid);
            }
        }
        assert!(matches!(rules.technical(196_882).unwrap().sign, Sign::Event { .. }));
        assert!(matches!(rules.technical(67_996).unwrap().sign, Sign::Below { .. }));
    }

    #[test]
    fn rules_that_contradict_themselves_are_refused_with_their_line() {
        let twice = BUILT_IN.replace("code = 149514", "code = 147842");
        let crossed = BUILT_IN.replace("low = 41.0", "low = 141.0");
        let misspelt = BUILT_IN.replace("hysteresis =", "hysterisis =");
        let no_profile = BUILT_IN.replace("name = \"neonate\"", "name = \"newborn\"");
        let no_class = BUILT_IN.replace("kind = \"silent\"", "kind = \"device\"");
        let no_group = BUILT_IN.replace("after_seconds = 60, recipients", "after_seconds = 60, recipient");
        for text in [twice, crossed, misspelt, no_profile, no_class, no_group] {
            let error = Rules::parse(&text, "site.toml").unwrap_err().to_string();
            assert!(error.starts_with("site.toml: TOML parse error at line"), "{error}");
        }
    }
}
