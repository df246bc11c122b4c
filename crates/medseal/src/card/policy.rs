//! The policy file of `medseal card new --policy`: which algorithms the card does not offer (TOML).
//!
//! ```toml
//! off = ["des", "md5", "sha-1"]
//!
//! [minimum-bits]
//! rsa = 2048
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use card_runtime::policy::{Policy, Primitive};
use serde::{Deserialize, Serialize};

use crate::exit::{Outcome, Problem, read};

/// The file. Unknown keys are errors, so that a misspelt rule is seen at once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    off: Vec<Name>,
    #[serde(default)]
    minimum_bits: BTreeMap<Measured, u16>,
}

/// An algorithm.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name(Primitive);

/// An algorithm whose keys have lengths.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(try_from = "String")]
struct Measured(Primitive);

fn names(wanted: impl Fn(Primitive) -> bool) -> String {
    let names: Vec<&str> =
        Primitive::ALL.iter().filter(|known| wanted(**known)).map(|known| known.name()).collect();
    names.join(", ")
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse().map(Self).map_err(|error| format!("'{name}': {error}; there are {}", names(|_| true)))
    }
}

impl TryFrom<String> for Measured {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let known = name.parse().ok().filter(|primitive: &Primitive| primitive.has_lengths());
        let lengths = || names(Primitive::has_lengths);
        known.map(Self).ok_or_else(|| format!("'{name}': a shortest key is set for {}", lengths()))
    }
}

/// Reads a policy file. An error names its line and column.
pub(crate) fn from_file(path: &Path) -> Outcome<Policy> {
    let text = String::from_utf8(read(path)?)
        .map_err(|error| Problem::Input(format!("{}: {error}", path.display())))?;
    parse(&text).map_err(|error| Problem::Input(format!("{}: {error}", path.display())))
}

fn parse(text: &str) -> Result<Policy, toml::de::Error> {
    let file: File = toml::from_str(text)?;
    let policy = file.off.into_iter().fold(Policy::default(), |policy, Name(off)| policy.without(off));
    file.minimum_bits.into_iter().try_fold(policy, |policy, (Measured(primitive), bits)| {
        policy.at_least(primitive, bits).map_err(serde::de::Error::custom)
    })
}

/// What a card offers, as `card info` shows it.
#[derive(Serialize)]
pub(crate) struct Offered {
    pub(crate) on: Vec<&'static str>,
    pub(crate) off: Vec<&'static str>,
    pub(crate) minimum_bits: BTreeMap<&'static str, u16>,
}

impl From<&Policy> for Offered {
    fn from(policy: &Policy) -> Self {
        Self {
            on: policy.on().map(Primitive::name).collect(),
            off: policy.off().map(Primitive::name).collect(),
            minimum_bits: policy.shortest().map(|(primitive, bits)| (primitive.name(), bits)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_policy() {
        let text = include_str!("../../../../examples/card-policy.toml");
        let policy = parse(text).unwrap();
        assert!(policy.off().any(|off| off == Primitive::Des));
        assert!(policy.shortest().any(|rule| rule == (Primitive::Rsa, 2048)));
    }

    #[test]
    fn errors_name_line_and_column() {
        let rows = [
            ("off = [\"des\",\n  \"dess\"]", "line 2, column 3"),
            ("of = []", "line 1, column 1"),
            ("off = []\n[minimum-bits]\nmd5 = 1", "line 3, column 1"),
            ("[minimum-bits]\nrsa = -1", "line 2, column 7"),
            ("off = [", "line 1, column 8"),
        ];
        for (text, place) in rows {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(place), "{text:?}: {error}");
        }
    }
}
