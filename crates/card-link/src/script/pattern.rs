//! What an answer should be.

use std::fmt;

/// A pattern of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Unit>);

/// One unit of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// A byte of which the bits in `mask` are given.
    Byte { value: u8, mask: u8 },
    /// Any number of bytes.
    Any,
}

/// Why words are no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Neither a hexadecimal digit nor `?` nor `..`.
    #[error("'{0}' is no hexadecimal digit, '?' or '..'")]
    Character(char),
    /// Half a byte.
    #[error("half a byte is left over")]
    Half,
    /// Nothing at all.
    #[error("nothing is expected behind '=>'")]
    Empty,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let mut units = Vec::new();
        let mut rest = text.chars().filter(|character| !character.is_whitespace() && *character != ':');
        while let Some(first) = rest.next() {
            if first == '.' {
                match rest.next() {
                    Some('.') => units.push(Unit::Any),
                    Some(other) => return Err(PatternError::Character(other)),
                    None => return Err(PatternError::Half),
                }
                continue;
            }
            let ((high, high_mask), (low, low_mask)) =
                (digit(first)?, digit(rest.next().ok_or(PatternError::Half)?)?);
            units.push(Unit::Byte { value: high << 4 | low, mask: high_mask << 4 | low_mask });
        }
        if units.is_empty() { Err(PatternError::Empty) } else { Ok(Self(units)) }
    }

    /// Whether the bytes are as expected. Takes time in the product of both lengths at most.
    #[must_use]
    pub fn matches(&self, bytes: &[u8]) -> bool {
        let (mut unit, mut at) = (0, 0);
        // Where to go on when what follows the last `..` does not fit: one byte further.
        let mut again = None;
        loop {
            match (self.0.get(unit), bytes.get(at)) {
                (Some(Unit::Any), _) => {
                    again = Some((unit, at));
                    unit += 1;
                }
                (Some(Unit::Byte { value, mask }), Some(byte)) if byte & mask == value & mask => {
                    unit += 1;
                    at += 1;
                }
                (None, None) => return true,
                (Some(Unit::Byte { .. }) | None, _) => match again {
                    Some((any, from)) if from < bytes.len() => {
                        again = Some((any, from + 1));
                        (unit, at) = (any + 1, from + 1);
                    }
                    Some(_) | None => return false,
                },
            }
        }
    }
}

fn digit(character: char) -> Result<(u8, u8), PatternError> {
    if character == '?' {
        return Ok((0, 0));
    }
    let value = character.to_digit(16).and_then(|value| u8::try_from(value).ok());
    value.map(|value| (value, 0xF)).ok_or(PatternError::Character(character))
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nibble = |value: u8, mask: u8| match mask & 0xF {
            0 => '?',
            _ => char::from_digit(u32::from(value & 0xF), 16).unwrap_or('?').to_ascii_uppercase(),
        };
        for unit in &self.0 {
            match *unit {
                Unit::Any => f.write_str("..")?,
                Unit::Byte { value, mask } => {
                    write!(f, "{}{}", nibble(value >> 4, mask >> 4), nibble(value, mask))?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_what_they_should() {
        for (pattern, fits, fits_not) in [
            ("9000", &["9000"][..], &["", "90", "6982", "009000", "900000"][..]),
            (".. 9000", &["9000", "AABB9000", "90009000"], &["9001", "900090"]),
            ("6F .. 84 .. 9000", &["6F849000", "6F0084009000"], &["6F9000", "00849000"]),
            ("63 C?", &["63C0", "63CF"], &["63D0", "6300"]),
            ("?? 61", &["0061", "FF61"], &["61"]),
            ("..", &["", "00", "9000"], &[]),
            ("00 .. 00 .. 00", &["000000", "0001000200"], &["0000", "00010002"]),
        ] {
            let parsed = Pattern::parse(pattern).unwrap();
            assert_eq!(Pattern::parse(&parsed.to_string()), Ok(parsed.clone()));
            for (bytes, fit) in fits.iter().map(|b| (b, true)).chain(fits_not.iter().map(|b| (b, false))) {
                assert_eq!(parsed.matches(&hex::decode(bytes).unwrap()), fit, "{pattern} and {bytes}");
            }
        }
    }

    #[test]
    fn a_pattern_with_many_gaps_is_not_slow() {
        let pattern = Pattern::parse(&format!("{} 01", ".. 00 00 ".repeat(500))).unwrap();
        assert!(!pattern.matches(&vec![0; 65_536]));
    }

    #[test]
    fn what_is_none_is_refused() {
        assert_eq!(Pattern::parse(""), Err(PatternError::Empty));
        assert_eq!(Pattern::parse("9"), Err(PatternError::Half));
        assert_eq!(Pattern::parse("90."), Err(PatternError::Half));
        assert_eq!(Pattern::parse("9G"), Err(PatternError::Character('G')));
        assert_eq!(Pattern::parse(".9"), Err(PatternError::Character('9')));
    }
}
