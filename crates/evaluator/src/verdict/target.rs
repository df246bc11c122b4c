//! Where an outcome belongs: a unit, for one subject, in one state of the device.
//!
//! Written `5.3-2-1a` for the product as a whole, `5.3-2-1a@UpdMech-1` for one row of a table, and
//! `5.5-4-1b@SoftServ-2/initialised` where the state matters.

use crate::catalog::{State, UnitId};
use crate::product::RowId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// What a unit is carried out on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The product as a whole.
    Product,
    /// A row of a table, by its ID.
    Row(RowId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Product => f.write_str("the product"),
            Subject::Row(id) => f.write_str(id.as_str()),
        }
    }
}

/// A text that names no target.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "`{text}` names no target: UNIT, UNIT@ROW or UNIT@ROW/STATE, such as 5.5-4-1b@SoftServ-2/initialised"
)]
pub struct BadTarget {
    text: String,
}

impl BadTarget {
    fn new(text: &str) -> Self {
        Self { text: text.chars().take(120).collect() }
    }
}

/// A unit, its subject and the state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// The unit.
    pub unit: UnitId,
    /// What it is carried out on.
    pub subject: Subject,
    /// In which state, where that matters.
    pub state: Option<State>,
}

impl Target {
    /// The unit on the product as a whole.
    #[must_use]
    pub fn product(unit: UnitId) -> Self {
        Self { unit, subject: Subject::Product, state: None }
    }

    /// The unit on a row.
    #[must_use]
    pub fn row(unit: UnitId, id: RowId) -> Self {
        Self { unit, subject: Subject::Row(id), state: None }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.unit)?;
        if let Subject::Row(id) = &self.subject {
            write!(f, "@{id}")?;
        }
        self.state.map_or(Ok(()), |state| write!(f, "/{}", state.name()))
    }
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let bad = || BadTarget::new(text);
        let (rest, state) = match text.rsplit_once('/') {
            Some((rest, state)) => (rest, Some(state.parse().map_err(|_| bad())?)),
            None => (text, None),
        };
        let (unit, subject) = match rest.split_once('@') {
            Some((unit, row)) => (unit, Subject::Row(RowId::parse(row).ok_or_else(bad)?)),
            None => (rest, Subject::Product),
        };
        Ok(Self { unit: unit.parse().map_err(|_| bad())?, subject, state })
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn targets_are_read_and_written_alike() {
        for text in
            ["4-1-1a", "5.3-2-1a@UpdMech-1", "5.5-4-1b@SoftServ-2/initialised", "5.9-1-2a/factory-default"]
        {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_no_targets() {
        for text in
            ["", "5.3-2-1", "5.3-2-1a@", "5.3-2-1a@a b", "5.3-2-1a/asleep", "5.3-2-1a@x/y/initialised", "@x"]
        {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
