//! The bytes of tags and TLVs (ISO/IEC 8825-1, 8.1.2 and 8.1.3), for the objects and for the static methods alike.
//!
//! A tag is one byte, or a byte whose low five bits are all set and the number to the base 128 behind it, without zeros in
//! front and not below 31. A length is definite: one byte below 0x80, or 0x81 to 0x84 and as many bytes.

use alloc::vec::Vec;

use crate::limits::{TLV_BYTES, TLV_TAG_BYTES};

/// A tag: at most [`TLV_TAG_BYTES`] bytes, well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    bytes: [u8; TLV_TAG_BYTES],
    length: u8,
}

/// Whether a TLV's value consists of TLVs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Primitive,
    Constructed,
}

/// What is wrong with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// They end too early.
    Short,
    /// They break a rule.
    Malformed,
    /// A tag is longer than supported.
    TooLong,
}

const HIGH: u8 = 0x1F;
const MORE: u8 = 0x80;
const CONSTRUCTED: u8 = 0x20;

impl Tag {
    /// The tag at the beginning of bytes.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        let first = *bytes.first().ok_or(Wrong::Short)?;
        let mut length = 1;
        if first & HIGH == HIGH {
            let rest = bytes.get(1..).unwrap_or_default();
            if matches!(rest.first(), Some(&MORE) | Some(0..HIGH)) {
                return Err(Wrong::Malformed);
            }
            let last = rest.iter().take(TLV_TAG_BYTES).position(|byte| byte & MORE == 0);
            length = match last {
                Some(last) => last + 2,
                None if rest.len() < TLV_TAG_BYTES => return Err(Wrong::Short),
                None => return Err(Wrong::TooLong),
            };
            if length > TLV_TAG_BYTES {
                return Err(Wrong::TooLong);
            }
        }
        let mut tag = Self { bytes: [0; TLV_TAG_BYTES], length: u8::try_from(length).unwrap_or(1) };
        tag.bytes.iter_mut().zip(bytes.iter().take(length)).for_each(|(to, from)| *to = *from);
        Ok(tag)
    }

    /// A tag of its parts; the class is below 4. `None` when the number needs too many bytes.
    pub(super) fn of(class: u8, form: Form, number: u16) -> Option<Self> {
        let constructed = match form {
            Form::Primitive => 0,
            Form::Constructed => CONSTRUCTED,
        };
        let first = class << 6 | constructed;
        let bytes = match u8::try_from(number) {
            Ok(low @ 0..HIGH) => Vec::from([first | low]),
            Ok(_) | Err(_) => {
                let digits =
                    [number >> 14, number >> 7 & 0x7F, number & 0x7F].map(|digit| digit.to_be_bytes()[1]);
                let zeros = digits.iter().take(2).take_while(|digit| **digit == 0).count();
                let mut bytes = Vec::from([first | HIGH]);
                bytes.extend(digits.iter().skip(zeros).map(|digit| digit | MORE));
                if let Some(last) = bytes.last_mut() {
                    *last &= !MORE;
                }
                bytes
            }
        };
        Self::read(&bytes).ok()
    }

    /// The tag of stored bytes.
    pub(super) fn stored(bytes: [u8; TLV_TAG_BYTES], length: u8) -> Self {
        Self { bytes, length }
    }

    pub(super) fn all_bytes(self) -> [u8; TLV_TAG_BYTES] {
        self.bytes
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    pub(super) fn length(self) -> u8 {
        self.length
    }

    pub(super) fn form(self) -> Form {
        let [first, ..] = self.bytes;
        if first & CONSTRUCTED == 0 { Form::Primitive } else { Form::Constructed }
    }

    /// Universal, application, context-specific, private: 0 to 3.
    pub(super) fn class(self) -> u8 {
        let [first, ..] = self.bytes;
        first >> 6
    }

    pub(super) fn number(self) -> u32 {
        match self.as_bytes() {
            [] => 0,
            [first] => u32::from(first & HIGH),
            [_, digits @ ..] => digits.iter().fold(0, |number, digit| number << 7 | u32::from(digit & !MORE)),
        }
    }
}

/// Tag and length of a TLV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) tag: Tag,
    /// Bytes of tag and length.
    pub(super) size: usize,
    /// Bytes of the value.
    pub(super) length: usize,
}

impl Head {
    /// Reads what stands before a value.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        let tag = Tag::read(bytes)?;
        let rest = bytes.get(usize::from(tag.length())..).unwrap_or_default();
        let first = *rest.first().ok_or(Wrong::Short)?;
        let more = match first {
            0..=0x7F => 0,
            0x81..=0x84 => usize::from(first & !MORE),
            _ => return Err(Wrong::Malformed),
        };
        let digits = rest.get(1..1 + more).ok_or(Wrong::Short)?;
        let length = if more == 0 {
            usize::from(first)
        } else {
            digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit))
        };
        Ok(Self { tag, size: usize::from(tag.length()) + 1 + more, length })
    }

    /// Bytes of all of the TLV.
    pub(super) fn whole(self) -> usize {
        self.size.saturating_add(self.length)
    }
}

/// How many bytes a length takes.
pub(super) fn length_size(length: usize) -> usize {
    match length {
        0..0x80 => 1,
        0x80..0x100 => 2,
        _ => 3,
    }
}

/// Writes a length, at most [`TLV_BYTES`], in its shortest form.
pub(super) fn push_length(length: usize, to: &mut Vec<u8>) {
    let [.., high, low] = length.to_be_bytes();
    match length_size(length) {
        1 => to.push(low),
        2 => to.extend_from_slice(&[0x81, low]),
        _ => to.extend_from_slice(&[0x82, high, low]),
    }
}

/// The TLV at the beginning of bytes, which must hold all of it: its head and its value. A constructed one's value
/// consists of such TLVs, however deep.
pub(super) fn tlv(bytes: &[u8]) -> Result<(Head, &[u8]), Wrong> {
    let head = Head::read(bytes)?;
    let value = bytes.get(head.size..head.whole()).ok_or(Wrong::Malformed)?;
    if head.tag.form() == Form::Constructed {
        sequence(value)?;
    }
    Ok((head, value))
}

/// Checks that bytes are TLVs one behind the other. Without recursion: going into a constructed one means going on
/// behind its head, and remembering where it must end.
pub(super) fn sequence(bytes: &[u8]) -> Result<(), Wrong> {
    let mut ends = Vec::from([bytes.len()]);
    let mut at = 0;
    loop {
        while ends.last() == Some(&at) {
            ends.pop();
        }
        let Some(end) = ends.last().copied() else { return Ok(()) };
        let rest = bytes.get(at..end).ok_or(Wrong::Malformed)?;
        let head = Head::read(rest).map_err(|_| Wrong::Malformed)?;
        if head.whole() > rest.len() {
            return Err(Wrong::Malformed);
        }
        at += head.size;
        match head.tag.form() {
            Form::Primitive => at += head.length,
            Form::Constructed => ends.push(at + head.length),
        }
    }
}

/// The TLVs of a value that [`sequence`] accepted: where each begins, and its head.
pub(super) fn children(value: &[u8]) -> impl Iterator<Item = (usize, Head)> {
    let mut at = 0;
    core::iter::from_fn(move || {
        let head = value.get(at..).filter(|rest| !rest.is_empty()).and_then(|rest| Head::read(rest).ok())?;
        let begins = at;
        at = at.saturating_add(head.whole());
        Some((begins, head))
    })
}

/// Whether a TLV of this many bytes is one that the API can speak of.
pub(super) fn fits(size: usize) -> bool {
    size <= TLV_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_and_written_alike() {
        for class in 0..4 {
            for form in [Form::Primitive, Form::Constructed] {
                for number in [0, 1, 30, 31, 32, 127, 128, 16_383, 16_384, 32_767] {
                    let tag = Tag::of(class, form, number).unwrap();
                    assert_eq!(Tag::read(tag.as_bytes()), Ok(tag));
                    assert_eq!((tag.class(), tag.form(), tag.number()), (class, form, u32::from(number)));
                }
            }
        }
    }

    #[test]
    fn wrong_tags_and_lengths_are_told_apart() {
        for (bytes, wrong) in [
            (&[][..], Wrong::Short),
            (&[0x1F], Wrong::Short),
            (&[0x1F, 0x81], Wrong::Short),
            (&[0x1F, 0x1E], Wrong::Malformed),
            (&[0x1F, 0x80], Wrong::Malformed),
            (&[0x1F, 0x80, 0x7F], Wrong::Malformed),
            (&[0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], Wrong::TooLong),
            (&[0x04], Wrong::Short),
            (&[0x04, 0x82, 0x01], Wrong::Short),
            (&[0x04, 0x80, 0x00, 0x00], Wrong::Malformed),
            (&[0x04, 0x85, 0, 0, 0, 0, 1], Wrong::Malformed),
            (&[0x04, 0x02, 0x00], Wrong::Malformed),
            (&[0x30, 0x02, 0x04, 0x01], Wrong::Malformed),
        ] {
            assert_eq!(tlv(bytes).map(|(head, _)| head), Err(wrong), "{bytes:02x?}");
        }
        assert!(tlv(&[0x30, 0x03, 0x04, 0x01, 0xFF]).is_ok());
    }

    #[test]
    fn deep_nesting_is_checked_without_recursion() {
        let mut bytes = Vec::new();
        for left in (0..8_000_usize).rev() {
            bytes.push(0x30);
            bytes.extend_from_slice(&[0x83, 0]);
            bytes.extend_from_slice(&u16::try_from(left * 5).unwrap().to_be_bytes());
        }
        assert!(tlv(&bytes).is_ok());
        bytes.pop();
        assert!(tlv(&bytes).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused() {
        let mut state = 99_u32;
        for round in 0..20_000_u32 {
            let bytes: Vec<u8> = (0..round % 20)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let [high, low, ..] = state.to_be_bytes();
                    // Mostly small numbers, which are what makes sense as lengths and tags.
                    if high < 0xC0 { low & 0x27 } else { low }
                })
                .collect();
            if let Ok((head, value)) = tlv(&bytes) {
                assert_eq!(value.len(), head.length);
                if head.tag.form() == Form::Constructed {
                    let sum: usize = children(value).map(|(_, head)| head.whole()).sum();
                    assert_eq!(sum, value.len());
                }
            }
        }
    }
}
