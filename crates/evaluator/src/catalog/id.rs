//! The names that the standards give to their parts, parsed once and ordered as a person would order them.
//!
//! A provision is `5.3-10` (clause, number), in later editions with a letter: `5.3-4A`. A case adds its number
//! within the provision's group (`5.3-10-1`), a unit a letter (`5.3-10-1b`).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A text that is not the name it should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{text}` is not the name of a {what}, such as {example}")]
pub struct BadId {
    /// What was found.
    pub text: String,
    /// What it should have been.
    pub what: &'static str,
    /// One that would do.
    pub example: &'static str,
}

/// A provision of the standard, such as `5.1-2A`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProvisionId {
    section: u8,
    clause: Option<u8>,
    number: u8,
    variant: Option<char>,
}

impl ProvisionId {
    /// The clause it stands in, such as `5.1` or `6`.
    #[must_use]
    pub fn clause(&self) -> String {
        match self.clause {
            Some(clause) => format!("{}.{clause}", self.section),
            None => self.section.to_string(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (clause, number) = text.split_once('-')?;
        let (section, clause) = match clause.split_once('.') {
            Some((section, clause)) => (section, Some(number_of(clause)?)),
            None => (clause, None),
        };
        let digits = number.trim_end_matches(|c: char| c.is_ascii_uppercase());
        let mut letters = number.get(digits.len()..)?.chars();
        let variant = letters.next();
        if letters.next().is_some() {
            return None;
        }
        Some(Self { section: number_of(section)?, clause, number: number_of(digits)?, variant })
    }
}

/// A number without sign or leading zero (a clause may be 0).
fn number_of(text: &str) -> Option<u8> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

impl FromStr for ProvisionId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::parse(text).ok_or_else(|| BadId { text: text.into(), what: "provision", example: "5.1-2" })
    }
}

impl fmt::Display for ProvisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.section)?;
        if let Some(clause) = self.clause {
            write!(f, ".{clause}")?;
        }
        write!(f, "-{}", self.number)?;
        self.variant.map_or(Ok(()), |variant| write!(f, "{variant}"))
    }
}

/// A test case of a provision's group, such as `5.1-2-1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId {
    /// The provision whose group it belongs to.
    pub provision: ProvisionId,
    /// Its number in the group, from 1.
    pub number: u8,
}

impl FromStr for CaseId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId { text: text.into(), what: "test case", example: "5.1-2-1" };
        let (provision, number) = text.rsplit_once('-').ok_or_else(bad)?;
        let provision = ProvisionId::parse(provision).ok_or_else(bad)?;
        Ok(Self { provision, number: number_of(number).ok_or_else(bad)? })
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.provision, self.number)
    }
}

/// A unit of a test case, such as `5.1-2-1a`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId {
    /// Its case.
    pub case: CaseId,
    /// Its letter, `a` to `z`.
    pub letter: char,
}

impl FromStr for UnitId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId { text: text.into(), what: "test unit", example: "5.1-2-1a" };
        let letter = text.chars().next_back().filter(char::is_ascii_lowercase).ok_or_else(bad)?;
        let case = text.strip_suffix(letter).ok_or_else(bad)?.parse().map_err(|_: BadId| bad())?;
        Ok(Self { case, letter })
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.case, self.letter)
    }
}

/// A table of the product's information, 1 to 29.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableNo(u8);

impl TableNo {
    /// Authentication mechanisms.
    pub const AUTH_MECH: TableNo = TableNo(1);
    /// User information.
    pub const USER_INFO: TableNo = TableNo(2);
    /// Kinds of vulnerabilities.
    pub const VULN_TYPES: TableNo = TableNo(3);
    /// Confirmations.
    pub const CONF: TableNo = TableNo(4);
    /// Vulnerability monitoring.
    pub const VULN_MON: TableNo = TableNo(5);
    /// Software components.
    pub const SOFT_COMP: TableNo = TableNo(6);
    /// Update mechanisms.
    pub const UPD_MECH: TableNo = TableNo(7);
    /// Update procedures.
    pub const UPD_PROC: TableNo = TableNo(8);
    /// Replacement support.
    pub const REPL_SUP: TableNo = TableNo(9);
    /// Security parameters.
    pub const SEC_PARAM: TableNo = TableNo(10);
    /// Communication mechanisms.
    pub const COM_MECH: TableNo = TableNo(11);
    /// Network and security implementations.
    pub const NET_SEC_IMPL: TableNo = TableNo(12);
    /// Software services.
    pub const SOFT_SERV: TableNo = TableNo(13);
    /// Secure management processes.
    pub const SEC_MGMT: TableNo = TableNo(14);
    /// Interfaces.
    pub const INTF: TableNo = TableNo(15);
    /// Secure boot mechanisms.
    pub const SEC_BOOT: TableNo = TableNo(20);
    /// Personal data.
    pub const PERS_DATA: TableNo = TableNo(21);
    /// External sensors.
    pub const EXT_SENS: TableNo = TableNo(22);
    /// Resilience mechanisms.
    pub const RES_MECH: TableNo = TableNo(23);
    /// Telemetry.
    pub const TEL_DATA: TableNo = TableNo(24);
    /// Deletion functions.
    pub const DEL_FUNC: TableNo = TableNo(25);
    /// Interfaces for programs; in later editions logical interfaces.
    pub const EXT_API: TableNo = TableNo(28);

    /// The number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl FromStr for TableNo {
    type Err = BadId;

    /// Reads `7`, and `7-UpdMech` as the cases write it.
    fn from_str(text: &str) -> Result<Self, BadId> {
        let digits = text.split_once('-').map_or(text, |(number, _)| number);
        let number = number_of(digits).filter(|number| (1..=29).contains(number));
        number.map(TableNo).ok_or_else(|| BadId { text: text.into(), what: "table", example: "7-UpdMech" })
    }
}

impl fmt::Display for TableNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Turns a list of names into their form in JSON: the text they are displayed as.
macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

as_text!(ProvisionId, CaseId, UnitId, TableNo);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for text in ["4-1", "5.0-1", "5.1-2A", "5.10-1", "6-3B"] {
            assert_eq!(text.parse::<ProvisionId>().unwrap().to_string(), text);
        }
        assert_eq!("5.3-10-1".parse::<CaseId>().unwrap().to_string(), "5.3-10-1");
        assert_eq!("5.3-10-1c".parse::<UnitId>().unwrap().to_string(), "5.3-10-1c");
        assert_eq!("11-ComMech".parse::<TableNo>().unwrap(), TableNo::COM_MECH);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "5", "5.1", "5.1-", "5.1-2AB", "5.1-2a", "05.1-2", "5.1-+2", "5.1-256", "-1", "5.1-é"]
        {
            assert!(text.parse::<ProvisionId>().is_err(), "{text}");
        }
        for text in ["5.1-1", "5.1-1-1aa", "5.1-1-1A", "a"] {
            assert!(text.parse::<UnitId>().is_err(), "{text}");
        }
        for text in ["0", "30", "x", ""] {
            assert!(text.parse::<TableNo>().is_err(), "{text}");
        }
    }

    #[test]
    fn order_is_by_number() {
        let mut ids: Vec<ProvisionId> =
            ["5.10-1", "5.9-3", "5.3-10", "5.3-9", "6-1", "5.1-2A", "5.1-2", "4-1"]
                .iter()
                .map(|t| t.parse().unwrap())
                .collect();
        ids.sort();
        let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["4-1", "5.1-2", "5.1-2A", "5.3-9", "5.3-10", "5.9-3", "5.10-1", "6-1"]);
    }
}
