//! The limits, from `standards/clinical/alarm-limits.toml` or a file of the same form.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::record::Priority;

const BUILT_IN: &str = include_str!("../../../../standards/clinical/alarm-limits.toml");

/// What raises alarms.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Seconds that a condition must hold before its alarm is raised.
    pub raise_after_seconds: u32,
    /// Seconds that it must be gone before the alarm is cleared.
    pub clear_after_seconds: u32,
    /// Seconds of silence after which a device that is with a patient raises an alarm.
    pub silent_after_seconds: u32,
    #[serde(rename = "limit", deserialize_with = "by_code")]
    limits: HashMap<u32, Limit>,
}

/// The limits of one measured quantity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Its MDC code.
    pub code: u32,
    /// Its MDC reference id.
    pub refid: String,
    /// How people call it.
    pub name: String,
    /// The UCUM unit that the limits are in; readings in another unit are not compared.
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
    /// Where the limits come from.
    pub note: String,
}

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Below,
    Within,
    Above,
}

/// A file of limits that cannot be used.
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
    /// It does not hold limits; the message points at the line.
    #[error("{path}: {source}")]
    Parse {
        /// The file.
        path: String,
        /// Where and what.
        source: toml::de::Error,
    },
}

impl Rules {
    /// The built-in limits, or those of a file.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold limits.
    pub fn load(path: Option<&Path>) -> Result<Self, RulesError> {
        let Some(path) = path else { return Self::parse(BUILT_IN, "alarm-limits.toml") };
        let text =
            std::fs::read_to_string(path).map_err(|source| RulesError::Read { path: path.into(), source })?;
        Self::parse(&text, &path.display().to_string())
    }

    fn parse(text: &str, path: &str) -> Result<Self, RulesError> {
        toml::from_str(text).map_err(|source| RulesError::Parse { path: path.into(), source })
    }

    /// The limits of a quantity, if it has any.
    pub fn limit(&self, code: u32) -> Option<&Limit> {
        self.limits.get(&code)
    }

    /// All limits, in no order.
    pub fn limits(&self) -> impl Iterator<Item = &Limit> {
        self.limits.values()
    }
}

impl Limit {
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

fn by_code<'de, D: serde::Deserializer<'de>>(from: D) -> Result<HashMap<u32, Limit>, D::Error> {
    let mut by_code = HashMap::new();
    for limit in Vec::<Limit>::deserialize(from)? {
        let (code, low, high) = (limit.code, limit.low, limit.high);
        if low.zip(high).is_some_and(|(low, high)| low + limit.hysteresis > high - limit.hysteresis) {
            return Err(serde::de::Error::custom(format!("code {code}: nothing lies between the limits")));
        }
        if by_code.insert(code, limit).is_some() {
            return Err(serde::de::Error::custom(format!("code {code} has limits twice")));
        }
    }
    Ok(by_code)
}

fn priority<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Priority, D::Error> {
    let word = String::deserialize(from)?;
    Priority::from_word(&word)
        .ok_or_else(|| serde::de::Error::custom(format!("{word:?} is not high, medium or low")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_limits_are_limits() {
        let rules = Rules::load(None).unwrap();
        let spo2 = rules.limit(150_456).unwrap();
        assert_eq!(spo2.place(91.9, 0.0), Place::Below);
        assert_eq!(spo2.place(92.0, 0.0), Place::Within);
        assert_eq!(spo2.place(92.0, spo2.hysteresis), Place::Below);
        assert_eq!(rules.limit(147_842).unwrap().place(131.0, 0.0), Place::Above);
    }

    #[test]
    fn limits_that_contradict_themselves_are_refused_with_their_line() {
        let twice = BUILT_IN.replace("code = 149514", "code = 147842");
        let crossed = BUILT_IN.replace("low = 41.0", "low = 141.0");
        let misspelt = BUILT_IN.replace("hysteresis =", "hysterisis =");
        for text in [twice, crossed, misspelt] {
            let error = Rules::parse(&text, "site.toml").unwrap_err().to_string();
            assert!(error.starts_with("site.toml: TOML parse error at line"), "{error}");
        }
    }
}
