//! A row of a file, whatever its form: texts by the names that a mapping uses.

use std::borrow::Cow;

use super::csv::{self, Field};
use super::json::{Members, Node};
use super::mapping::{Device, Format, Mapping};
use crate::record::device_word;
use crate::{Problem, Refusal};

/// One row.
pub(super) enum Row<'a> {
    Csv { names: Vec<String>, fields: Vec<Field<'a>> },
    Json { document: Node<'a>, item: Node<'a> },
}

/// A text and where it stands.
pub(super) type Cell<'a> = (usize, Cow<'a, str>);

impl<'a> Row<'a> {
    /// The rows of a record's original.
    pub(super) fn all(mapping: &Mapping, original: &'a [u8]) -> Result<Vec<Self>, Refusal> {
        let text = std::str::from_utf8(original)
            .map_err(|error| Refusal::at(error.valid_up_to(), Problem::Encoding("a UTF-8 file")))?;
        match &mapping.format {
            Format::Csv { delimiter, header } => Ok(vec![Self::csv(text, *delimiter, *header)?]),
            Format::Json { items } | Format::JsonLines { items } => {
                let document = Node::document(text)?;
                let Some(pointer) = items else { return Ok(vec![Self::Json { document, item: document }]) };
                let list = document.find(pointer)?.and_then(|node| node.elements());
                let list = list.ok_or_else(|| {
                    Refusal::at(0, Problem::Unknown { what: "array", found: pointer.clone() })
                })?;
                Ok(list.into_iter().map(|item| Self::Json { document, item }).collect())
            }
        }
    }

    /// A line, behind the header line where there is one.
    fn csv(text: &'a str, delimiter: u8, header: bool) -> Result<Self, Refusal> {
        if !header {
            let fields = csv::fields(text, delimiter, 0)?;
            let names = (1..=fields.len()).map(|number| number.to_string()).collect();
            return Ok(Self::Csv { names, fields });
        }
        let (head, line) =
            split_header(text).ok_or_else(|| Refusal::at(text.len(), Problem::Truncated(1)))?;
        let base = head.len() + 1;
        let names = csv::fields(head.trim_start_matches('\u{feff}').trim_end_matches('\r'), delimiter, 0)?;
        let names: Vec<String> = names.into_iter().map(|field| field.text.trim().to_owned()).collect();
        let fields = csv::fields(line, delimiter, base)?;
        if fields.len() != names.len() {
            let found = format!("{} columns", fields.len());
            return Err(Refusal::at(
                base,
                Problem::Value { what: "the row", found, wanted: "as long as the header" },
            ));
        }
        Ok(Self::Csv { names, fields })
    }

    /// Offset of its first byte.
    pub(super) fn at(&self) -> usize {
        match self {
            Self::Csv { fields, .. } => fields.first().map_or(0, |field| field.at),
            Self::Json { item, .. } => item.at(),
        }
    }

    /// The text of this name: of a column, by a pointer into the item, or with `#` into the document.
    ///
    /// # Errors
    /// When the name stands there twice.
    pub(super) fn get(&self, name: &str) -> Result<Option<Cell<'a>>, Refusal> {
        match self {
            Self::Csv { names, fields } => {
                let mut of_name = names.iter().zip(fields).filter(|(known, _)| *known == name);
                match (of_name.next(), of_name.next()) {
                    (Some((_, first)), Some(_)) => Err(Refusal::at(first.at, Problem::Twice(name.into()))),
                    (first, _) => Ok(first.map(|(_, field)| (field.at, field.text.clone()))),
                }
            }
            Self::Json { document, item } => {
                let node = match name.strip_prefix('#') {
                    Some(pointer) => document.find(pointer)?,
                    None => item.find(name)?,
                };
                Ok(node.and_then(|node| Some((node.at(), node.scalar()?))))
            }
        }
    }

    /// Everything in it that `used` does not name: columns, or members of the item. Offset and name.
    pub(super) fn others(&self, used: &[&str]) -> Vec<(usize, String)> {
        match self {
            Self::Csv { names, fields } => {
                let all = names.iter().zip(fields);
                all.filter(|(name, _)| !used.contains(&name.as_str()))
                    .map(|(name, field)| (field.at, name.clone()))
                    .collect()
            }
            Self::Json { item, .. } => {
                let Some(Members(members)) = item.members() else { return Vec::new() };
                let mut seen: Vec<String> = Vec::new();
                let mut others = Vec::new();
                for (name, node) in members {
                    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                    let leads = |one: &str| one == pointer || one.starts_with(&format!("{pointer}/"));
                    // Of a name that stands there twice neither is read; the first is told of where it is asked for.
                    if seen.contains(&pointer) || !used.iter().any(|one| leads(one)) {
                        others.push((node.at(), pointer.clone()));
                    }
                    seen.push(pointer);
                }
                others
            }
        }
    }

    /// Its device, as the mapping finds it.
    ///
    /// # Errors
    /// When nobody can tell which of two is meant.
    pub(super) fn device(&self, mapping: &Mapping) -> Result<Option<String>, Refusal> {
        Ok(match &mapping.device {
            Device::Fixed(word) => Some(word.clone()),
            Device::From(name) => self.get(name)?.and_then(|(_, text)| device_word(&text)),
            Device::Source => None,
        })
    }
}

/// A header line and what stands behind it. A name in quotation marks may hold a line end.
fn split_header(text: &str) -> Option<(&str, &str)> {
    let mut end = 0;
    loop {
        end += text.get(end..)?.find('\n')?;
        if !csv::is_open(text.get(..end)?.as_bytes()) {
            return Some((text.get(..end)?, text.get(end + 1..)?));
        }
        end += 1;
    }
}
