//! HL7 v2 messages: their form, not their meaning.
//!
//! A [`Message`] borrows the text it was parsed from and finds only the segments in it; fields, repetitions, components and subcomponents
//! are found when asked for, and escape sequences replaced when a value is read. So what is not looked at costs nothing, and what is looked
//! at is the sender's own bytes.
//!
//! ```text
//! bytes ─ decode (MSH-18) ─► text ─ Message::parse ─► segments ─► fields ─► repetitions ─► components ─► subcomponents ─► text()
//! ```
//!
//! Taken more widely than the standard says, as senders in the field need it: segments end with CR, LF or CRLF, and empty lines between them
//! are skipped. MSH-1 and MSH-2 count as fields, as everywhere in HL7: `MSH-9` is the message type.

mod charset;
mod element;
mod error;
mod escape;
mod names;
mod path;
mod places;
mod time;
mod write;

pub use charset::decode;
pub use element::{Component, Field, Fields, FirstFields, Repetition};
pub use error::Hl7Error;
pub use escape::{escape_into, unescape};
pub use names::{field_name, segment_name};
pub use path::{Path, PathError};
pub use time::{Precision, Stamp, TimeError, Zone, format_time, parse_time, parse_time_in};
pub use write::{MessageWriter, SegmentWriter};

use std::borrow::Cow;

use crate::limits::{LONGEST_MESSAGE, MOST_SEGMENTS};

/// The five characters that give a message its structure (MSH-1 and MSH-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Between fields: MSH-1.
    pub field: u8,
    /// Between components: the first of MSH-2.
    pub component: u8,
    /// Between repetitions: the second.
    pub repetition: u8,
    /// Around escape sequences: the third.
    pub escape: u8,
    /// Between subcomponents: the fourth.
    pub subcomponent: u8,
}

impl Separators {
    /// `|^~\&`, which the standard recommends and this product always writes.
    pub const STANDARD: Self =
        Self { field: b'|', component: b'^', repetition: b'~', escape: b'\\', subcomponent: b'&' };

    /// From MSH-1 and MSH-2. A fifth character in MSH-2 (truncation, v2.7) is taken and not used.
    fn parse(header: &str) -> Result<Self, Hl7Error> {
        const OFFSET: usize = 4;
        let (field, rest) = match header.as_bytes() {
            [b'M', b'S', b'H', field, rest @ ..] => (*field, rest),
            _ => return Err(Hl7Error::NoHeader),
        };
        let encoding = rest.split(|byte| *byte == field).next().unwrap_or_default();
        let (&[component, repetition, escape, subcomponent]
        | &[component, repetition, escape, subcomponent, _]) = encoding
        else {
            return Err(Hl7Error::Separators { offset: OFFSET });
        };
        let all = [field, component, repetition, escape, subcomponent];
        let distinct = all.iter().enumerate().all(|(n, byte)| !all.iter().take(n).any(|other| other == byte));
        if distinct && all.iter().all(u8::is_ascii_punctuation) {
            Ok(Self { field, component, repetition, escape, subcomponent })
        } else {
            Err(Hl7Error::Separators { offset: OFFSET })
        }
    }
}

/// A message: its form is right, its content has not been looked at.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    separators: Separators,
    segments: Vec<Segment<'a>>,
}

impl<'a> Message<'a> {
    /// Finds the segments of `text`.
    pub fn parse(text: &'a str) -> Result<Self, Hl7Error> {
        if text.len() > LONGEST_MESSAGE {
            return Err(Hl7Error::TooLong { length: text.len() });
        }
        let separators = Separators::parse(text)?;
        let mut segments = Vec::with_capacity(16);
        let mut start = 0;
        let ends = memchr::memchr2_iter(b'\r', b'\n', text.as_bytes()).chain([text.len()]);
        for end in ends {
            // Segment ends are ASCII, so both cuts are at character borders.
            let line = text.get(start..end).unwrap_or_default();
            if !line.is_empty() {
                let number = segments.len() + 1;
                if number > MOST_SEGMENTS {
                    return Err(Hl7Error::TooManySegments { segment: number });
                }
                segments.push(Segment::parse(line, number, start, separators)?);
            }
            start = end + 1;
        }
        Ok(Self { separators, segments })
    }

    /// The characters that give it structure.
    #[must_use]
    pub fn separators(&self) -> Separators {
        self.separators
    }

    /// All segments in their order. The first is MSH.
    #[must_use]
    pub fn segments(&self) -> &[Segment<'a>] {
        &self.segments
    }

    /// The first segment of this name.
    #[must_use]
    pub fn segment(&self, name: &str) -> Option<Segment<'a>> {
        self.segments.iter().copied().find(|segment| segment.name() == name)
    }

    /// The text of `raw`, a stretch of this message, its escape sequences replaced.
    #[must_use]
    pub fn unescape<'t>(&self, raw: &'t str) -> Cow<'t, str> {
        unescape(raw, self.separators)
    }

    /// The element at `path`: `None` when the message does not reach so far, or nothing is there.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<Component<'a>> {
        let mut named = self.segments.iter().filter(|segment| segment.name() == path.segment());
        let segment = named.nth(path.occurrence() - 1)?;
        let field = segment.field(path.field());
        if segment.name() == "MSH" && path.field() <= 2 {
            // The separators themselves have no structure.
            return Some(Component::new(field.raw(), self.separators));
        }
        let repetition = field.repetitions().nth(path.repetition() - 1)?;
        let component = repetition.component(path.component());
        let element = path.subcomponent().map_or(component, |number| component.subcomponent(number));
        (!element.raw().is_empty()).then_some(element)
    }
}

/// One line of a message.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    text: &'a str,
    number: usize,
    offset: usize,
    separators: Separators,
}

impl<'a> Segment<'a> {
    fn parse(text: &'a str, number: usize, offset: usize, separators: Separators) -> Result<Self, Hl7Error> {
        match text.as_bytes() {
            [a, b, c, rest @ ..]
                if [a, b, c].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                    && rest.first().is_none_or(|byte| *byte == separators.field) =>
            {
                Ok(Self { text, number, offset, separators })
            }
            _ => Err(Hl7Error::SegmentName { segment: number, offset }),
        }
    }

    /// Its three-letter name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.text.get(..3).unwrap_or_default()
    }

    /// Its number in the message, counted from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// At which byte of the message's text it starts.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Field `number`, counted from 1; an empty one when the segment does not reach so far.
    #[must_use]
    pub fn field(&self, number: usize) -> Field<'a> {
        match number.checked_sub(1) {
            Some(index) => self.fields().nth(index).unwrap_or(Field::new("", self.separators)),
            None => Field::new("", self.separators),
        }
    }

    /// The first fields, found in one pass. `N` is one more than the highest number that is asked for.
    #[must_use]
    pub fn first_fields<const N: usize>(&self) -> FirstFields<'a, N> {
        FirstFields::of(self.text, self.separators)
    }

    /// The fields from 1 on. Of MSH, the first is the field separator itself.
    #[must_use]
    pub fn fields(&self) -> Fields<'a> {
        let is_header = self.name() == "MSH";
        let skip = if is_header { 3 } else { 4 };
        Fields::new(self.text.get(skip..), is_header, self.separators)
    }
}

#[cfg(test)]
mod tests;
