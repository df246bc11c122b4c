//! From a text file to a dialect. Every error points at its line.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::tz::TimeZone;
use seal::Code;
use serde::Deserialize;
use toml::Spanned;

use super::template::{Template, TemplateError};
use super::{Averaging, BASES, Charset, Dialect, Local, Offset, Scope, SegmentRule, Unlisted};
use crate::limits::{LONGEST_DIALECT, LONGEST_INTERVAL_S, MOST_CODES, MOST_FIELDS, MOST_RULES};

/// A dialect that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct DialectError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not TOML, or a key that a dialect does not have.
    #[error("{0}")]
    Syntax(String),
    /// More bytes, segments or codes than are read.
    #[error("more than a dialect may hold")]
    TooLong,
    /// `extends` names no built-in dialect.
    #[error("there is no built-in dialect {0:?}")]
    Base(String),
    /// There is no segment at all.
    #[error("no [[segment]]")]
    NoSegment,
    /// The first segment is not MSH, or a later one is.
    #[error("MSH is the first segment and no other")]
    Header,
    /// Segments of readings must be side by side: a reading's segments go out together.
    #[error("the segments of a reading must stand side by side")]
    Scattered,
    /// Not the name of a segment.
    #[error("{0:?} is no segment of ORU^R01")]
    Segment(String),
    /// Not a field's number; of MSH, 1 and 2 are not to be filled.
    #[error("{0:?} is no field that can be filled")]
    Field(String),
    /// A name in braces that means nothing.
    #[error("{{{0}}} is not a name that can be filled in")]
    Variable(String),
    /// A name of a reading in a segment of the message.
    #[error("{{{0}}} is of a reading, and the segment is of the message")]
    OfReading(String),
    /// A brace without its other half.
    #[error("a brace without its other half")]
    Brace,
    /// A character that would make structure.
    #[error("{0:?} cannot stand in a field")]
    Character(char),
    /// A code with two entries.
    #[error("code {0} has an entry already")]
    Twice(u32),
    /// More seconds than a day has.
    #[error("an interval of {0} s is longer than a day")]
    Interval(u32),
    /// Not a time zone of the machine's table.
    #[error("{0:?} is no time zone")]
    Zone(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    title: Option<String>,
    extends: Option<Spanned<String>>,
    #[serde(default)]
    tested: bool,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    assumed: Option<String>,
    version: Option<String>,
    charset: Option<CharsetWord>,
    zone: Option<Spanned<String>>,
    offset: Option<bool>,
    interval: Option<Spanned<u32>>,
    averaging: Option<AveragingWord>,
    unlisted: Option<UnlistedWord>,
    #[serde(default)]
    segment: Vec<Spanned<SegmentTable>>,
    #[serde(default)]
    code: Vec<Spanned<CodeTable>>,
}

#[derive(Deserialize)]
enum CharsetWord {
    #[serde(rename = "UTF-8")]
    Utf8,
    #[serde(rename = "ASCII")]
    Ascii,
    #[serde(rename = "8859/1")]
    Latin1,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum AveragingWord {
    Last,
    Mean,
    Median,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum UnlistedWord {
    Send,
    Leave,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum PerWord {
    #[default]
    Message,
    Reading,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SegmentTable {
    name: String,
    #[serde(default)]
    per: PerWord,
    fields: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeTable {
    mdc: u32,
    code: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    system: String,
    unit: Option<String>,
    places: Option<u8>,
    averaging: Option<AveragingWord>,
}

/// The segments of ORU^R01 that a template may make, of v2.3 to v2.8. Others are of the hospital: Z and two more.
const SEGMENTS: [&str; 13] =
    ["MSH", "PID", "PD1", "PV1", "PV2", "ORC", "OBR", "NTE", "OBX", "ZBX", "ZDV", "ZPD", "ZVS"];

impl Dialect {
    /// Reads a dialect.
    ///
    /// # Errors
    /// The first thing wrong with it, and its line.
    pub fn parse(text: &str) -> Result<Self, DialectError> {
        let file = file(text)?;
        let base = match &file.extends {
            None => None,
            Some(name) => {
                let wrong = || at(text, name.span(), Problem::Base(name.get_ref().clone()));
                let is_base = BASES.contains(&name.get_ref().as_str());
                let text = Self::built_in_text(name.get_ref()).filter(|_| is_base);
                Some(Self::parse(text.ok_or_else(wrong)?)?)
            }
        };
        build(text, file, base)
    }

    /// A built-in dialect.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        Self::parse(Self::built_in_text(name)?).ok()
    }
}

fn file(text: &str) -> Result<File, DialectError> {
    if text.len() > LONGEST_DIALECT {
        return Err(DialectError { line: 1, problem: Problem::TooLong });
    }
    toml::from_str(text).map_err(|error| {
        let problem = Problem::Syntax(error.message().to_owned());
        at(text, error.span().unwrap_or_default(), problem)
    })
}

fn at(text: &str, span: Range<usize>, problem: Problem) -> DialectError {
    let before = text.get(..span.start).unwrap_or(text);
    DialectError { line: before.bytes().filter(|byte| *byte == b'\n').count() + 1, problem }
}

fn build(text: &str, file: File, base: Option<Dialect>) -> Result<Dialect, DialectError> {
    let mut segments = segments(text, &file.segment)?;
    if segments.is_empty() {
        segments = base.as_ref().map(|base| base.segments.clone()).unwrap_or_default();
    }
    if segments.is_empty() {
        return Err(DialectError { line: 1, problem: Problem::NoSegment });
    }
    let mut codes = codes(text, &file.code)?;
    let own: BTreeSet<Code> = codes.iter().map(|local| local.mdc).collect();
    let base_codes = base.iter().flat_map(|base| &base.codes);
    codes.extend(base_codes.filter(|local| !own.contains(&local.mdc)).cloned());
    codes.sort_by_key(|local| local.mdc);
    let zone = match &file.zone {
        None => base.as_ref().map_or(TimeZone::UTC, |base| base.zone.clone()),
        Some(name) => TimeZone::get(name.get_ref())
            .map_err(|_| at(text, name.span(), Problem::Zone(name.get_ref().clone())))?,
    };
    let inherited = base.as_ref();
    let interval_s = match &file.interval {
        None => inherited.map_or(0, |base| base.interval_s),
        Some(seconds) if *seconds.get_ref() > LONGEST_INTERVAL_S => {
            return Err(at(text, seconds.span(), Problem::Interval(*seconds.get_ref())));
        }
        Some(seconds) => *seconds.get_ref(),
    };
    Ok(Dialect {
        title: file.title.unwrap_or_else(|| file.name.clone()),
        name: file.name,
        tested: file.tested,
        source: file.source.unwrap_or_default(),
        assumed: file.assumed.unwrap_or_default(),
        version: file
            .version
            .or(inherited.map(|base| base.version.clone()))
            .unwrap_or_else(|| "2.5.1".into()),
        interval_s,
        averaging: file
            .averaging
            .map(AveragingWord::meaning)
            .or(inherited.map(|base| base.averaging))
            .unwrap_or(Averaging::Last),
        charset: file
            .charset
            .map(CharsetWord::meaning)
            .or(inherited.map(|base| base.charset))
            .unwrap_or(Charset::Utf8),
        zone,
        offset: file
            .offset
            .map(|state| if state { Offset::State } else { Offset::Leave })
            .or(inherited.map(|base| base.offset))
            .unwrap_or(Offset::State),
        unlisted: file
            .unlisted
            .map(UnlistedWord::meaning)
            .or(inherited.map(|base| base.unlisted))
            .unwrap_or(Unlisted::Leave),
        segments,
        codes,
    })
}

impl AveragingWord {
    fn meaning(self) -> Averaging {
        match self {
            Self::Last => Averaging::Last,
            Self::Mean => Averaging::Mean,
            Self::Median => Averaging::Median,
        }
    }
}

impl CharsetWord {
    fn meaning(self) -> Charset {
        match self {
            Self::Utf8 => Charset::Utf8,
            Self::Ascii => Charset::Ascii,
            Self::Latin1 => Charset::Latin1,
        }
    }
}

impl UnlistedWord {
    fn meaning(self) -> Unlisted {
        match self {
            Self::Send => Unlisted::Send,
            Self::Leave => Unlisted::Leave,
        }
    }
}

fn segments(text: &str, tables: &[Spanned<SegmentTable>]) -> Result<Vec<SegmentRule>, DialectError> {
    let mut rules: Vec<SegmentRule> = Vec::with_capacity(tables.len());
    for (index, table) in tables.iter().enumerate() {
        let wrong = |problem| at(text, table.span(), problem);
        let SegmentTable { name, per, fields } = table.get_ref();
        if index >= MOST_RULES {
            return Err(wrong(Problem::TooLong));
        }
        let known = SEGMENTS.iter().find(|known| *known == name);
        let name: &'static str = known.copied().ok_or_else(|| wrong(Problem::Segment(name.clone())))?;
        if (name == "MSH") != (index == 0) {
            return Err(wrong(Problem::Header));
        }
        let scope = match per {
            PerWord::Message => Scope::Message,
            PerWord::Reading => Scope::Reading,
        };
        let of_reading = |rule: &SegmentRule| rule.scope == Scope::Reading;
        let after_gap = rules.last().is_some_and(|last| !of_reading(last)) && rules.iter().any(of_reading);
        if scope == Scope::Reading && after_gap {
            return Err(wrong(Problem::Scattered));
        }
        rules.push(SegmentRule { name, scope, fields: self::fields(text, name, scope, fields)? });
    }
    Ok(rules)
}

fn fields(
    text: &str,
    segment: &str,
    scope: Scope,
    table: &BTreeMap<String, Spanned<String>>,
) -> Result<Vec<(usize, Template)>, DialectError> {
    let least = if segment == "MSH" { 3 } else { 1 };
    let mut fields = Vec::with_capacity(table.len());
    for (number, value) in table {
        let wrong = |problem| at(text, value.span(), problem);
        let parsed = number.parse().ok().filter(|parsed: &usize| (least..MOST_FIELDS).contains(parsed));
        let number = parsed.ok_or_else(|| wrong(Problem::Field(number.clone())))?;
        let template = Template::parse(value.get_ref(), scope).map_err(|error| {
            wrong(match error {
                TemplateError::Unknown(name) => Problem::Variable(name),
                TemplateError::Brace => Problem::Brace,
                TemplateError::Character(character) => Problem::Character(character),
                TemplateError::OfReading(name) => Problem::OfReading(name),
            })
        })?;
        fields.push((number, template));
    }
    fields.sort_by_key(|(number, _)| *number);
    // "1" and "01" are one field.
    match fields.windows(2).find_map(|pair| match pair {
        [(one, _), (other, _)] if one == other => Some(*one),
        _ => None,
    }) {
        None => Ok(fields),
        Some(number) => {
            let span = table.values().next().map(Spanned::span).unwrap_or_default();
            Err(at(text, span, Problem::Field(number.to_string())))
        }
    }
}

fn codes(text: &str, tables: &[Spanned<CodeTable>]) -> Result<Vec<Local>, DialectError> {
    let (mut seen, mut codes) = (BTreeSet::new(), Vec::with_capacity(tables.len().min(MOST_CODES)));
    for table in tables {
        let CodeTable { mdc, code, name, system, unit, places, averaging } = table.get_ref();
        if codes.len() >= MOST_CODES {
            return Err(at(text, table.span(), Problem::TooLong));
        }
        if !seen.insert(*mdc) {
            return Err(at(text, table.span(), Problem::Twice(*mdc)));
        }
        codes.push(Local {
            mdc: Code(*mdc),
            code: code.clone(),
            name: name.clone(),
            system: system.clone(),
            unit: unit.clone(),
            places: places.map(|places| places.min(9)),
            averaging: averaging.map(AveragingWord::meaning),
        });
    }
    Ok(codes)
}
