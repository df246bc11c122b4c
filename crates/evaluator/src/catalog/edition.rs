//! Editions of the standard, obligation, and how sure a fact is.

use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// An edition of ETSI EN 303 645 with the test specification that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Edition {
    /// V2.1.1 (2020), assessed by TS 103 701 V1.1.1.
    #[serde(rename = "V2.1.1")]
    V2_1_1,
    /// V3.1.3 (2024), assessed by TS 103 701 V2.1.1.
    #[serde(rename = "V3.1.3")]
    V3_1_3,
}

impl Edition {
    /// All of them.
    pub const ALL: [Edition; 2] = [Edition::V2_1_1, Edition::V3_1_3];

    /// As the standard writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Edition::V2_1_1 => "V2.1.1",
            Edition::V3_1_3 => "V3.1.3",
        }
    }

    /// The edition of TS 103 701 whose tables of information go with it.
    #[must_use]
    pub fn test_specification(self) -> &'static str {
        match self {
            Edition::V2_1_1 => "V1.1.1",
            Edition::V3_1_3 => "V2.1.1",
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Edition {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Edition::ALL
            .into_iter()
            .find(|edition| edition.name().eq_ignore_ascii_case(text))
            .ok_or("the edition is V2.1.1 or V3.1.3")
    }
}

/// How binding a provision is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Obligation {
    /// `M`: it must be met where it applies.
    Mandatory,
    /// `R`: it should be met.
    Recommended,
}

impl FromStr for Obligation {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "M" => Ok(Obligation::Mandatory),
            "R" => Ok(Obligation::Recommended),
            _ => Err("the status is M or R"),
        }
    }
}

/// How sure a fact of the catalog is; carried through to whoever reads a result that rests on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Somebody who holds the standard has confirmed it (corrections by a site say so).
    Confirmed,
    /// Seen in a public transcription.
    Seen,
    /// Put together from public transcriptions that were not marked one by one.
    Compiled,
    /// Inferred from other facts.
    Inferred,
    /// Written from memory.
    Recollected,
    /// Our own judgement, not the standard's.
    Judgement,
}

impl Confidence {
    /// All of them with their names in the tables.
    const NAMES: [(Confidence, &'static str); 6] = [
        (Confidence::Confirmed, "confirmed"),
        (Confidence::Seen, "seen"),
        (Confidence::Compiled, "compiled"),
        (Confidence::Inferred, "inferred"),
        (Confidence::Recollected, "recollected"),
        (Confidence::Judgement, "judgement"),
    ];

    /// Its name in the tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

impl FromStr for Confidence {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text);
        found.map(|(known, _)| *known).ok_or("confirmed, seen, compiled, inferred, recollected or judgement")
    }
}
