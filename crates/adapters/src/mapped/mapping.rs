//! The text that says how a file is read, parsed and checked: an error names its line and column.

use clinical::nomenclature;
use seal::{Code, Decimal, Unit};
use serde::Deserialize;
use toml::Spanned;

use crate::record::device_word;
use crate::serial::code_of;
use crate::{SetupError, limits};

/// How a file is read.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(super) format: Format,
    pub(super) decimal_comma: bool,
    pub(super) missing: Vec<String>,
    pub(super) ignore: Vec<String>,
    pub(super) device: Device,
    pub(super) time: Option<Time>,
    pub(super) values: Vec<Value>,
}

/// The form of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Format {
    Csv { delimiter: u8, header: bool },
    Json { items: Option<String> },
    JsonLines { items: Option<String> },
}

/// Who measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Device {
    Fixed(String),
    From(String),
    /// Whoever the source says.
    Source,
}

/// When it was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) from: Vec<String>,
    pub(super) format: Stamp,
    pub(super) zone: Option<String>,
}

/// How a stamp is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stamp {
    Rfc3339,
    Unix,
    UnixMillis,
    Pattern(String),
}

/// What becomes a reading.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) from: String,
    pub(super) code: Code,
    /// Without one it is a text.
    pub(super) unit: Option<Unit>,
    pub(super) factor: Option<Decimal>,
    pub(super) when: Option<When>,
}

/// In which rows a value is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub(super) column: String,
    pub(super) is: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    format: Spanned<String>,
    delimiter: Option<Spanned<String>>,
    header: Option<Spanned<bool>>,
    #[serde(default)]
    decimal_comma: bool,
    missing: Option<Vec<String>>,
    items: Option<Spanned<String>>,
    #[serde(default)]
    ignore: Vec<String>,
    device: Option<Spanned<FileDevice>>,
    time: Option<FileTime>,
    #[serde(default)]
    value: Vec<FileValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDevice {
    from: Option<String>,
    fixed: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTime {
    from: OneOrMore,
    format: Spanned<String>,
    zone: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileValue {
    from: String,
    code: Spanned<CodeText>,
    unit: Option<Spanned<String>>,
    factor: Option<Spanned<String>>,
    when: Option<When>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CodeText {
    Number(u32),
    Name(String),
}

/// What is wrong, and where in the text.
struct Fault {
    at: usize,
    problem: String,
}

impl Fault {
    fn of<T>(spanned: &Spanned<T>, problem: impl Into<String>) -> Self {
        Self { at: spanned.span().start, problem: problem.into() }
    }
}

impl Mapping {
    /// Reads the text.
    ///
    /// # Errors
    /// [`SetupError::Config`] with line and column of what is wrong.
    pub fn parse(text: &str) -> Result<Self, SetupError> {
        let placed = |fault: Fault| {
            let (line, column) = place(text, fault.at);
            SetupError::Config { line, column, problem: fault.problem }
        };
        if text.len() > limits::MAPPING {
            let problem = format!("more than {} bytes", limits::MAPPING);
            return Err(placed(Fault { at: 0, problem }));
        }
        let file: File = toml::from_str(text).map_err(|error| {
            placed(Fault {
                at: error.span().map_or(0, |span| span.start),
                problem: error.message().to_owned(),
            })
        })?;
        file.checked().map_err(placed)
    }
}

/// Line and column of a byte, from 1; columns count characters.
pub(crate) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

impl File {
    fn checked(self) -> Result<Mapping, Fault> {
        let format = self.form()?;
        let device = match &self.device {
            None => Device::Source,
            Some(device) => match (&device.get_ref().from, &device.get_ref().fixed) {
                (Some(from), None) => Device::From(from.clone()),
                (None, Some(fixed)) => Device::Fixed(device_word(fixed).ok_or_else(|| {
                    Fault::of(device, "not a name: 1 to 128 bytes without control characters")
                })?),
                (Some(_), Some(_)) | (None, None) => {
                    return Err(Fault::of(device, "either `from` or `fixed`"));
                }
            },
        };
        let time = self.time.map(FileTime::checked).transpose()?;
        if self.value.is_empty() {
            return Err(Fault { at: 0, problem: "no [[value]]: nothing would become a reading".into() });
        }
        let values = self.value.into_iter().map(FileValue::checked).collect::<Result<_, _>>()?;
        let missing = self.missing.unwrap_or_else(|| vec![String::new()]);
        Ok(Mapping {
            format,
            decimal_comma: self.decimal_comma,
            missing,
            ignore: self.ignore,
            device,
            time,
            values,
        })
    }

    fn form(&self) -> Result<Format, Fault> {
        let items = self.items.as_ref();
        let pointer = |items: Option<&Spanned<String>>| match items {
            Some(items) if !items.get_ref().starts_with('/') => {
                Err(Fault::of(items, "a JSON pointer begins with /"))
            }
            items => Ok(items.map(|items| items.get_ref().clone())),
        };
        let only_csv =
            |what: &str, at: usize| Fault { at, problem: format!("`{what}` means something for CSV only") };
        match self.format.get_ref().as_str() {
            "csv" => {
                if let Some(items) = items {
                    return Err(Fault::of(items, "`items` means something for JSON only"));
                }
                let delimiter = match &self.delimiter {
                    None => b',',
                    Some(text) => match text.get_ref().as_bytes() {
                        [one] if *one != b'"' && !one.is_ascii_control() || *one == b'\t' => *one,
                        _ => {
                            return Err(Fault::of(
                                text,
                                "a delimiter is one character, and no quotation mark",
                            ));
                        }
                    },
                };
                Ok(Format::Csv {
                    delimiter,
                    header: self.header.as_ref().is_none_or(|header| *header.get_ref()),
                })
            }
            "json" | "json-lines" => {
                if let Some(delimiter) = &self.delimiter {
                    return Err(only_csv("delimiter", delimiter.span().start));
                }
                if let Some(header) = &self.header {
                    return Err(only_csv("header", header.span().start));
                }
                let items = pointer(items)?;
                Ok(if self.format.get_ref() == "json" {
                    Format::Json { items }
                } else {
                    Format::JsonLines { items }
                })
            }
            other => Err(Fault::of(&self.format, format!("{other:?} is not csv, json or json-lines"))),
        }
    }
}

impl FileTime {
    fn checked(self) -> Result<Time, Fault> {
        let format = match self.format.get_ref().as_str() {
            "rfc3339" => Stamp::Rfc3339,
            "unix" => Stamp::Unix,
            "unix-ms" => Stamp::UnixMillis,
            pattern if pattern.contains('%') => {
                super::time::check(pattern).map_err(|problem| Fault::of(&self.format, problem))?;
                Stamp::Pattern(pattern.to_owned())
            }
            other => {
                return Err(Fault::of(
                    &self.format,
                    format!("{other:?} is not rfc3339, unix, unix-ms or a pattern with %"),
                ));
            }
        };
        if let Some(zone) = &self.zone {
            super::time::zone(zone.get_ref()).map_err(|problem| Fault::of(zone, problem))?;
        }
        let from = match self.from {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        };
        Ok(Time { from, format, zone: self.zone.map(Spanned::into_inner) })
    }
}

impl FileValue {
    fn checked(self) -> Result<Value, Fault> {
        let code = match self.code.get_ref() {
            CodeText::Number(number) => code_of(&number.to_string()),
            CodeText::Name(name) => code_of(name),
        };
        let code = code.map_err(|problem| {
            Fault::of(&self.code, format!("{problem}: write MDC_… or partition × 65,536 + term"))
        })?;
        let unit = match &self.unit {
            Some(unit) => Some(
                unit.get_ref()
                    .parse()
                    .map_err(|error: seal::UnitError| Fault::of(unit, error.to_string()))?,
            ),
            None => None,
        };
        let factor = match &self.factor {
            Some(factor) => Some(
                factor
                    .get_ref()
                    .parse()
                    .map_err(|error: seal::DecimalError| Fault::of(factor, error.to_string()))?,
            ),
            None => None,
        };
        if let (Some(factor), None) = (&self.factor, &self.unit) {
            return Err(Fault::of(factor, "a text, which has no unit, cannot be multiplied"));
        }
        if let (Some(unit), Some(term)) = (&self.unit, nomenclature::by_code(code))
            && term.kind == nomenclature::Kind::Unit
        {
            return Err(Fault::of(unit, format!("{} is a unit itself", term.refid)));
        }
        Ok(Value { from: self.from, code, unit, factor, when: self.when })
    }
}
