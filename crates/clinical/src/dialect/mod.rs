//! Flat ORU messages as a record system wants them, described by a text file.
//!
//! Record systems that do not take PCD-01 take an `ORU^R01` with one OBX a value and codes, units and fields of their own. What these are is
//! a matter of each hospital's interface team, so it is data: a TOML file, which [`Dialect::parse`] reads and [`write`] follows.
//!
//! ```text
//! name = "hospital-x"          extends = "flat"            or "flat-v23": a built-in file whose segments and settings this one changes
//! tested = false               source = "…"  assumed = "…" where its facts are from, and what is guessed
//! version = "2.3"              charset = "UTF-8" | "ASCII" | "8859/1"
//! zone = "Europe/Berlin"       offset = false              how stamps are written
//! interval = 60                seconds, 0 for a message a batch
//! averaging = "last" | "mean" | "median"
//! unlisted = "send" | "leave"  values whose code is in no [[code]]
//!
//! [[segment]]
//! name = "OBX"                 per = "message" | "reading"
//! fields = { 1 = "{row}", 3 = "{code}^{name}^{system}", 5 = "{value}" }
//!
//! [[code]]
//! mdc = 147842                 code = "HR"  name = "Heart rate"  system = "L"  unit = "bpm"  places = 0
//! averaging = "median"         of this code, where it differs
//! ```
//!
//! A segment all of whose names in braces are empty is left out. Text outside braces is the sender's structure and goes out as it stands; what replaces a name in braces is escaped always, so no value
//! can break out of its field. Simulated and test readings are left out of messages for production, since such receivers have no
//! field that says so. What is left out is told, each reading with its reason.

mod condense;
mod parse;
mod sample;
mod template;
mod write;

pub use parse::{DialectError, Problem};
pub use write::{LeftOut, Sending, Vouched, Written, write};

use jiff::tz::TimeZone;
use seal::{Batch, Code, Decimal, Flags, Micros, Reading};

use template::Template;

/// A dialect, read and checked.
#[derive(Debug, Clone)]
pub struct Dialect {
    /// Its short name.
    pub name: String,
    /// The record system's name.
    pub title: String,
    /// Whether a message of it was ever taken by such a system.
    pub tested: bool,
    /// Where its facts are from.
    pub source: String,
    /// What of it is guessed.
    pub assumed: String,
    /// MSH-12.
    pub version: String,
    /// Seconds between two messages of one patient; 0 for a message a batch.
    pub interval_s: u32,
    /// What becomes of several values of a code in an interval that does not say so itself.
    pub averaging: Averaging,
    charset: Charset,
    zone: TimeZone,
    offset: Offset,
    unlisted: Unlisted,
    segments: Vec<SegmentRule>,
    /// In the order of their MDC codes.
    codes: Vec<Local>,
}

/// What becomes of several values of one code in an interval. Words are never averaged: the last counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// The last.
    Last,
    /// Their mean, with as many places as the finest of them.
    Mean,
    /// The one in the middle; of two, the lower.
    Median,
}

impl Averaging {
    /// Its word in dialects and messages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Mean => "mean",
            Self::Median => "median",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Ascii,
    Latin1,
}

/// Whether stamps state how far they are from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offset {
    State,
    Leave,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unlisted {
    /// They go out with their MDC code and UCUM unit.
    Send,
    /// They are left out, and it is told.
    Leave,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Message,
    Reading,
}

#[derive(Debug, Clone)]
struct SegmentRule {
    name: &'static str,
    scope: Scope,
    /// In ascending order of their numbers.
    fields: Vec<(usize, Template)>,
}

/// How the record system calls a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Local {
    mdc: Code,
    code: String,
    name: String,
    system: String,
    /// The unit as it is to be written; `None`: UCUM.
    unit: Option<String>,
    /// Places after the point to round to.
    places: Option<u8>,
    averaging: Option<Averaging>,
}

/// The built-in dialects: what each file holds.
const BUILT_IN: [(&str, &str); 11] = [
    ("flat", include_str!("../../../../standards/clinical/dialects/flat.toml")),
    ("flat-v23", include_str!("../../../../standards/clinical/dialects/flat-v23.toml")),
    ("millennium", include_str!("../../../../standards/clinical/dialects/millennium.toml")),
    ("soarian", include_str!("../../../../standards/clinical/dialects/soarian.toml")),
    ("ishmed", include_str!("../../../../standards/clinical/dialects/ishmed.toml")),
    ("medico", include_str!("../../../../standards/clinical/dialects/medico.toml")),
    ("epic", include_str!("../../../../standards/clinical/dialects/epic.toml")),
    ("meditech", include_str!("../../../../standards/clinical/dialects/meditech.toml")),
    ("medhost", include_str!("../../../../standards/clinical/dialects/medhost.toml")),
    ("copra", include_str!("../../../../standards/clinical/dialects/copra.toml")),
    ("imdsoft", include_str!("../../../../standards/clinical/dialects/imdsoft.toml")),
];

/// The built-in dialects that others extend. Were these to extend each other, errors would be of lines in files that the reader does not have.
const BASES: [&str; 2] = ["flat", "flat-v23"];

impl Dialect {
    /// The names of the built-in dialects, to start from.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// The text of a built-in dialect.
    #[must_use]
    pub fn built_in_text(name: &str) -> Option<&'static str> {
        BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// What becomes of several values of this code in an interval.
    #[must_use]
    pub fn averaging_of(&self, code: Code) -> Averaging {
        self.local(code).and_then(|local| local.averaging).unwrap_or(self.averaging)
    }

    fn local(&self, code: Code) -> Option<&Local> {
        let index = self.codes.binary_search_by_key(&code, |local| local.mdc).ok()?;
        self.codes.get(index)
    }
}

/// One value to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was measured.
    pub code: Code,
    /// Its UCUM unit; empty for words.
    pub unit: String,
    /// When; of several values in one, the time of the last of them.
    pub time: Micros,
    /// When the first of those was measured that it stands for.
    pub from: Micros,
    /// How many it stands for, itself included.
    pub count: u32,
    /// The value.
    pub value: Value,
    /// Its worth.
    pub flags: Flags,
    /// How it stands to what was sent before.
    pub status: Status,
}

impl Row {
    /// Whether it is simulated or of a test: it must not reach a chart.
    #[must_use]
    pub fn is_staged(&self) -> bool {
        self.flags.contains(Flags::SIMULATED) || self.flags.contains(Flags::TEST)
    }
}

/// How a value stands to what was sent before: OBX-11 (HL7 table 0085).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `R`: nothing was; no person has verified it.
    New,
    /// `C`: it takes the place of a value of the same order and code.
    Corrected,
    /// `W`: it was sent, and was another patient's.
    Wrong,
}

impl Status {
    /// The letter in OBX-11.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::New => "R",
            Self::Corrected => "C",
            Self::Wrong => "W",
        }
    }
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Number(Decimal),
    /// Words.
    Text(String),
}

/// The values of a batch. Waveforms have no place in a flat message.
#[must_use]
pub fn rows(batch: &Batch) -> Vec<Row> {
    let row = |code, unit: &str, dt_us, value, flags| {
        let (time, unit) = (batch.time.plus(dt_us), unit.to_owned());
        Row { code, unit, time, from: time, count: 1, value, flags, status: Status::New }
    };
    let readings = batch.readings.iter().filter_map(|reading| match reading {
        Reading::Value { code, unit, dt_us, value, flags } => {
            Some(row(*code, unit.as_str(), *dt_us, Value::Number(*value), *flags))
        }
        Reading::Text { code, dt_us, text, flags } => {
            Some(row(*code, "", *dt_us, Value::Text(text.clone()), *flags))
        }
        Reading::Wave { .. } => None,
    });
    readings.collect()
}
