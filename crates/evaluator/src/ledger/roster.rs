//! Whose keys may sign, and what each may do.

use super::sign::PublicKey;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody does in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Judges: the laboratory's assessor (TL), or whoever self-assesses.
    Assessor,
    /// Runs tools, and judges nothing.
    Operator,
}

/// Somebody who signs entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name as reports print it.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Their public key.
    pub key: PublicKey,
    /// The last day on which it counts: who has left, or whose key was revoked, signs nothing after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<jiff::civil::Date>,
}

impl Person {
    /// Whether the key still counts at a time (in UTC).
    #[must_use]
    pub fn may_sign_at(&self, time: jiff::Timestamp) -> bool {
        self.until.is_none_or(|until| time.to_zoned(jiff::tz::TimeZone::UTC).date() <= until)
    }
}

/// Everybody who may sign entries of one ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster(BTreeMap<PublicKey, Person>);

/// Why a roster could not be read, with the line.
#[derive(Debug, thiserror::Error)]
#[error("ledger/roster.toml: {0}")]
pub struct RosterError(#[from] toml::de::Error);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    person: Vec<Person>,
}

impl Roster {
    /// Reads `ledger/roster.toml`: `[[person]]` with `name`, `role` (`assessor` or `operator`), `key`, and `until`
    /// (`"2026-12-31"`) where the key counts no longer than that.
    ///
    /// # Errors
    /// When it is no such document.
    pub fn read(text: &str) -> Result<Self, RosterError> {
        let file: File = toml::from_str(text)?;
        Ok(Self::new(file.person))
    }

    /// Writes it.
    #[must_use]
    pub fn write(&self) -> String {
        let file = File { person: self.people().cloned().collect() };
        toml::to_string(&file).unwrap_or_default()
    }

    /// Adds somebody.
    pub fn add(&mut self, person: Person) {
        self.0.insert(person.key.clone(), person);
    }

    /// Of these people. One key given twice counts as its last owner's.
    pub fn new(people: impl IntoIterator<Item = Person>) -> Self {
        Self(people.into_iter().map(|person| (person.key.clone(), person)).collect())
    }

    /// Whose key this is.
    #[must_use]
    pub fn owner(&self, key: &PublicKey) -> Option<&Person> {
        self.0.get(key)
    }

    /// All of them, by key.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.0.values()
    }
}
