//! Fields, repetitions, components and subcomponents: windows on the message's text.

use std::borrow::Cow;

use super::places::Places;
use super::{Separators, unescape};
use crate::limits::MOST_FIELDS;

/// The fields of a segment, in their order.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    /// What is left, `None` after the last field.
    rest: Option<&'a str>,
    /// The next field is MSH-1, which is the separator that `rest` starts with.
    separator_first: bool,
    left: usize,
    separators: Separators,
}

impl<'a> Fields<'a> {
    pub(super) fn new(rest: Option<&'a str>, separator_first: bool, separators: Separators) -> Self {
        Self { rest, separator_first, left: MOST_FIELDS, separators }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let rest = self.rest?;
        if self.separator_first {
            self.separator_first = false;
            let (separator, rest) = rest.split_at_checked(1)?;
            self.rest = Some(rest);
            return Some(Field::new(separator, self.separators));
        }
        self.left = self.left.checked_sub(1)?;
        let (field, after) = cut(rest, self.separators.field);
        self.rest = after;
        Some(Field::new(field, self.separators))
    }
}

/// The first fields of a segment, found in one pass over it: for segments of which many fields are read.
///
/// The pass takes eight bytes at a time and has a branch only where a separator is, which costs less than finding the fields one by one as
/// long as they are short. `N` is one more than the highest number that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct FirstFields<'a, const N: usize> {
    text: &'a str,
    /// Where the separators are: the n-th field lies between the n-th and the next. Those that the segment does not have are at its end.
    cuts: [u32; N],
    separators: Separators,
}

impl<'a, const N: usize> FirstFields<'a, N> {
    pub(super) fn of(text: &'a str, separators: Separators) -> Self {
        // A message is never as long as that; see `LONGEST_MESSAGE`.
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let mut cuts = [end; N];
        for (cut, place) in cuts.iter_mut().zip(Places::of(text.as_bytes(), separators.field)) {
            *cut = place;
        }
        Self { text, cuts, separators }
    }

    /// Field `number`, counted from 1; an empty one when the segment does not reach so far. Not for MSH, whose first field is the separator.
    #[must_use]
    pub fn field(&self, number: usize) -> Field<'a> {
        debug_assert!(number < N, "field {number} of the first {N}");
        let cut = |index: usize| self.cuts.get(index).map(|cut| *cut as usize);
        let text = match (number.checked_sub(1).and_then(cut), cut(number)) {
            // A separator is ASCII, so both cuts are at character borders.
            (Some(start), Some(end)) => self.text.get(start + 1..end),
            _ => None,
        };
        Field::new(text.unwrap_or_default(), self.separators)
    }
}

/// What stands before the first `separator`, and what after it.
fn cut(text: &str, separator: u8) -> (&str, Option<&str>) {
    // A plain loop: the parts are a few bytes long, shorter than what a vectorised search needs to pay off.
    match text.bytes().position(|byte| byte == separator) {
        // A separator is ASCII, so both cuts are at character borders.
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    }
}

/// The parts of `text` between `separator`s: at least one, which may be empty.
fn parts(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let (part, after) = cut(rest?, separator);
        rest = after;
        Some(part)
    })
}

/// Part `number` of `text`, counted from 1; empty when there is none.
fn part(text: &str, separator: u8, number: usize) -> &str {
    number.checked_sub(1).and_then(|index| parts(text, separator).nth(index)).unwrap_or_default()
}

/// A field with all its repetitions.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    text: &'a str,
    separators: Separators,
}

impl<'a> Field<'a> {
    pub(super) fn new(text: &'a str, separators: Separators) -> Self {
        Self { text, separators }
    }

    /// As the sender wrote it.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.text
    }

    /// Nothing is between the separators. The explicit null `""` is something.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Its repetitions: at least one.
    pub fn repetitions(&self) -> impl Iterator<Item = Repetition<'a>> + use<'a> {
        let separators = self.separators;
        parts(self.text, separators.repetition).map(move |text| Repetition { text, separators })
    }

    /// The first repetition, which for most fields is all.
    #[must_use]
    pub fn first(&self) -> Repetition<'a> {
        Repetition { text: cut(self.text, self.separators.repetition).0, separators: self.separators }
    }

    /// The number that the first component is; `None` when it is something else, or does not fit.
    #[must_use]
    pub fn leading_number(&self) -> Option<u32> {
        let Separators { component, repetition, .. } = self.separators;
        let (mut number, mut digits) = (0_u32, false);
        for byte in self.text.bytes() {
            if byte.is_ascii_digit() {
                number = number.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
                digits = true;
            } else if byte == component || byte == repetition {
                break;
            } else {
                return None;
            }
        }
        digits.then_some(number)
    }

    /// Component `number` of the first repetition, counted from 1.
    #[must_use]
    pub fn component(&self, number: usize) -> Component<'a> {
        self.first().component(number)
    }
}

/// One repetition of a field.
#[derive(Debug, Clone, Copy)]
pub struct Repetition<'a> {
    text: &'a str,
    separators: Separators,
}

impl<'a> Repetition<'a> {
    /// As the sender wrote it.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.text
    }

    /// Component `number`, counted from 1; empty when there is none.
    #[must_use]
    pub fn component(&self, number: usize) -> Component<'a> {
        Component { text: part(self.text, self.separators.component, number), separators: self.separators }
    }

    /// Its components: at least one.
    pub fn components(&self) -> impl Iterator<Item = Component<'a>> + use<'a> {
        let separators = self.separators;
        parts(self.text, separators.component).map(move |text| Component { text, separators })
    }
}

/// A component, or one of its subcomponents.
#[derive(Debug, Clone, Copy)]
pub struct Component<'a> {
    text: &'a str,
    separators: Separators,
}

impl<'a> Component<'a> {
    pub(super) fn new(text: &'a str, separators: Separators) -> Self {
        Self { text, separators }
    }

    /// As the sender wrote it.
    #[must_use]
    pub fn raw(&self) -> &'a str {
        self.text
    }

    /// Nothing is between the separators.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The explicit null `""`: "delete what you have", as against "I say nothing".
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.text == "\"\""
    }

    /// Its text with escape sequences replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        unescape(self.text, self.separators)
    }

    /// Its subcomponents: at least one.
    pub fn subcomponents(&self) -> impl Iterator<Item = Self> + use<'a> {
        let separators = self.separators;
        parts(self.text, separators.subcomponent).map(move |text| Self { text, separators })
    }

    /// Subcomponent `number`, counted from 1; empty when there is none.
    #[must_use]
    pub fn subcomponent(&self, number: usize) -> Self {
        Self { text: part(self.text, self.separators.subcomponent, number), separators: self.separators }
    }
}
