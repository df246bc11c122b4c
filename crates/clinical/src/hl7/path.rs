//! The address of an element: `PID-3.1`, `OBX[2]-5`, `PID-3(2).4.1`.
//!
//! ```text
//! path = SEGMENT [ "[" occurrence "]" ] "-" field [ "(" repetition ")" ] [ "." component [ "." subcomponent ] ]
//! ```
//!
//! All numbers count from 1; those left out are 1.

use std::fmt;
use std::str::FromStr;

/// Where in a message something is. It need not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    segment: [u8; 3],
    occurrence: u16,
    field: u16,
    repetition: u16,
    component: Option<u16>,
    subcomponent: Option<u16>,
}

/// The text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no path such as PID-3.1 or OBX[2]-5")]
pub struct PathError {
    /// What was given.
    pub text: String,
}

impl Path {
    /// The first repetition of `field` in the first segment named `segment`.
    #[must_use]
    pub const fn new(segment: &[u8; 3], field: u16) -> Self {
        Self { segment: *segment, occurrence: 1, field, repetition: 1, component: None, subcomponent: None }
    }

    /// The same field of the `occurrence`-th segment of that name.
    #[must_use]
    pub const fn of_occurrence(self, occurrence: u16) -> Self {
        Self { occurrence, ..self }
    }

    /// The same field's `repetition`-th repetition.
    #[must_use]
    pub const fn of_repetition(self, repetition: u16) -> Self {
        Self { repetition, ..self }
    }

    /// A component of the field.
    #[must_use]
    pub const fn with_component(self, component: u16) -> Self {
        Self { component: Some(component), ..self }
    }

    /// The segment's name.
    #[must_use]
    pub fn segment(&self) -> &str {
        std::str::from_utf8(&self.segment).unwrap_or_default()
    }

    /// Which of the segments of that name, from 1.
    #[must_use]
    pub fn occurrence(&self) -> usize {
        usize::from(self.occurrence.max(1))
    }

    /// Which field, from 1.
    #[must_use]
    pub fn field(&self) -> usize {
        usize::from(self.field)
    }

    /// Which repetition of the field, from 1.
    #[must_use]
    pub fn repetition(&self) -> usize {
        usize::from(self.repetition.max(1))
    }

    /// Which component, from 1.
    #[must_use]
    pub fn component(&self) -> usize {
        self.component.map_or(1, usize::from)
    }

    /// Which subcomponent, if one is meant.
    #[must_use]
    pub fn subcomponent(&self) -> Option<usize> {
        self.subcomponent.map(usize::from)
    }

    /// As ERR-2 states it (data type ERL): segment, its occurrence, field, repetition, component.
    #[must_use]
    pub fn error_location(&self) -> String {
        let mut out = format!("{}^{}^{}", self.segment(), self.occurrence, self.field);
        if let Some(component) = self.component {
            out.push_str(&format!("^{}^{component}", self.repetition));
        }
        out
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.segment())?;
        if self.occurrence != 1 {
            write!(f, "[{}]", self.occurrence)?;
        }
        write!(f, "-{}", self.field)?;
        if self.repetition != 1 {
            write!(f, "({})", self.repetition)?;
        }
        if let Some(component) = self.component {
            write!(f, ".{component}")?;
        }
        match self.subcomponent {
            Some(subcomponent) => write!(f, ".{subcomponent}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        parse(text).ok_or_else(|| PathError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Path> {
    let (segment, place) = text.split_once('-')?;
    let (name, occurrence) = bracketed(segment, '[', ']')?;
    let segment: [u8; 3] = name.as_bytes().try_into().ok()?;
    if !segment.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
        return None;
    }
    let mut numbers = place.split('.');
    let (field, repetition) = bracketed(numbers.next()?, '(', ')')?;
    let path = Path {
        segment,
        occurrence,
        field: number(field)?,
        repetition,
        component: numbers.next().map(number).map_or(Some(None), |it| it.map(Some))?,
        subcomponent: numbers.next().map(number).map_or(Some(None), |it| it.map(Some))?,
    };
    numbers.next().is_none().then_some(path)
}

/// `X` is (X, 1), `X[2]` is (X, 2).
fn bracketed(text: &str, open: char, close: char) -> Option<(&str, u16)> {
    match text.split_once(open) {
        None => Some((text, 1)),
        Some((before, after)) => Some((before, number(after.strip_suffix(close)?)?)),
    }
}

fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|number| *number > 0 && !text.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_and_written() {
        for text in ["MSH-9", "PID-3.1", "OBX[12]-5", "PID-3(2).4.1", "OBX[3]-3(2).1"] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        assert_eq!("OBX[3]-5.2".parse::<Path>().unwrap().error_location(), "OBX^3^5^1^2");
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            "PID",
            "PID-",
            "PID-0",
            "PI-3",
            "pid-3",
            "PID-3.",
            "PID-3.1.1.1",
            "PID[0]-3",
            "PID[1-3",
            "PID-3(",
            "PID-+3",
            "PID-70000",
        ] {
            assert!(text.parse::<Path>().is_err(), "{text}");
        }
    }
}
