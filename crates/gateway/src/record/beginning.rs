//! Where a destination begins that is seen for the first time.
//!
//! A hospital that adds a record system to a gateway with years of readings wants it to be told what happens from then on, not all that ever
//! happened. Where a destination began is written down when it is first seen and never changes: from then on it is the feed's place
//! alone that moves, so that a changed configuration can neither skip anything nor send it twice.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use seal::Micros;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::Place;

/// Which entries of its journal are a new destination's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Since {
    /// Those that come after it was first seen.
    #[default]
    Now,
    /// All there are.
    All,
    /// Those that were received at this time or later.
    Time(Timestamp),
}

/// Words that say no beginning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither \"now\", \"all\" nor a time with its offset from UTC, as 2026-12-01T06:00:00+01:00"
)]
pub struct SinceError(String);

impl FromStr for Since {
    type Err = SinceError;

    fn from_str(text: &str) -> Result<Self, SinceError> {
        match text {
            "now" => Ok(Self::Now),
            "all" => Ok(Self::All),
            _ => text.parse().map(Self::Time).map_err(|_| SinceError(text.to_owned())),
        }
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::All => f.write_str("all"),
            Self::Time(time) => time.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Since {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Written)
    }
}

/// A string, or a time as TOML has them.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = Since;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"now\", \"all\" or a time with its offset from UTC")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Since, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Since, A::Error> {
        let time = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
        time.to_string().parse().map_err(de::Error::custom)
    }
}

/// Where a destination began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// As it was configured then.
    pub since: Since,
    /// Entries up to this one are none of its own. Of charts: batches, of which they are made.
    pub place: Place,
    /// When it was first seen; 0 where nobody wrote that down.
    pub time: Micros,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Table {
        since: Since,
    }

    #[test]
    fn a_beginning_is_a_word_or_a_time_that_says_where_it_is() {
        let read =
            |value: &str| toml::from_str::<Table>(&format!("since = {value}")).map(|table| table.since);
        let six = Since::Time("2026-12-01T05:00:00Z".parse().unwrap());
        for (value, expected) in [
            ("\"now\"", Since::Now),
            ("\"all\"", Since::All),
            ("\"2026-12-01T06:00:00+01:00\"", six),
            ("2026-12-01T06:00:00+01:00", six),
            ("2026-12-01 05:00:00Z", six),
        ] {
            let since = read(value).unwrap();
            assert_eq!(since, expected, "{value}");
            assert_eq!(since.to_string().parse(), Ok(since), "as it is kept");
        }
        for wrong in ["\"then\"", "2026-12-01T06:00:00", "2026-12-01", "06:00:00", "5", "true", "\"\""] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("offset from UTC"), "{wrong}: {error}");
        }
    }
}
