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
use toml::Spanned;

use crate::exit::{Outcome, Problem, read};

/// The file. Unknown keys are errors, so that a misspelt rule is seen at once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    off: Vec<Spanned<String>>,
    #[serde(default)]
    minimum_bits: BTreeMap<Spanned<String>, u16>,
}

fn names(wanted: impl Fn(Primitive) -> bool) -> String {
    let names: Vec<&str> =
        Primitive::ALL.iter().filter(|known| wanted(**known)).map(|known| known.name()).collect();
    names.join(", ")
}

/// Reads a policy file. An error names its line and column.
pub(crate) fn from_file(path: &Path) -> Outcome<Policy> {
    let text = String::from_utf8(read(path)?)
        .map_err(|error| Problem::Input(format!("{}: {error}", path.display())))?;
    parse(&text).map_err(|error| Problem::Input(format!("{}: {error}", path.display())))
}

fn parse(text: &str) -> Result<Policy, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut policy = Policy::default();
    for name in &file.off {
        let off = name.get_ref().parse();
        policy = policy.without(
            off.map_err(|error| wrong(text, name, &format!("{error}; there are {}", names(|_| true))))?,
        );
    }
    for (name, bits) in &file.minimum_bits {
        let unknown =
            || wrong(text, name, &format!("a shortest key is set for {}", names(Primitive::has_lengths)));
        let primitive = name.get_ref().parse().map_err(|_| unknown())?;
        policy = policy.at_least(primitive, *bits).map_err(|_| unknown())?;
    }
    Ok(policy)
}

/// A name that cannot stand where it stands.
fn wrong(text: &str, name: &Spanned<String>, why: &str) -> String {
    let before = text.get(..name.span().start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rsplit('\n').next().unwrap_or(before);
    format!("line {line}, column {}: '{}': {why}", start.chars().count() + 1, name.get_ref())
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
