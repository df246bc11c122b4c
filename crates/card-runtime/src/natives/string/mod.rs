//! `javacardx.framework.string.StringUtil`: strings as UTF-8 in byte arrays.
//!
//! Where the API speaks of characters, what is not well-formed counts as one each: the longest beginning of a
//! character that no further byte completes ([`pieces`]). Where it speaks of bytes, nothing is looked into. Letters change
//! their case for all of Unicode, one by one, whatever the language; the API asks for ASCII only.
//!
//! The string that a method works on is its first three arguments: array, offset, length.

mod encoding;
mod number;

use alloc::vec::Vec;

use card_vm::{Args, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Row, row};
use encoding::Encoding;

const STRING: &[&str] = &["javacardx/framework/string/StringUtil"];

pub(super) const ROWS: &[Row] = &[
    row(STRING, "codePointCount", "([BSS)S", count),
    row(STRING, "codePointAt", "([BSSS[BS)S", at),
    row(STRING, "codePointBefore", "([BSSS[BS)S", before),
    row(STRING, "offsetByCodePoints", "([BSSSS)S", offset_by),
    row(STRING, "compare", "(Z[BSS[BSS)S", compare),
    row(STRING, "indexOf", "([BSS[BSS)S", index_of),
    row(STRING, "replace", "([BSS[BSS[BSS[BS)S", replace),
    row(STRING, "toLowerCase", "([BSS[BS)S", to_lower_case),
    row(STRING, "toUpperCase", "([BSS[BS)S", to_upper_case),
    row(STRING, "trim", "([BSS[BS)S", trim),
    row(STRING, "valueOf", "(Z[BS)S", of_boolean),
    row(STRING, "parseBoolean", "([BSS)Z", parse_boolean),
    row(STRING, "valueOf", "(S[BS)S", number::of_short),
    row(STRING, "parseShortInteger", "([BSS)S", number::parse_short),
    row(STRING, "valueOf", "([S[BS)S", number::of_long),
    row(STRING, "parseLongInteger", "([BSS[SS)S", number::parse_long),
    row(STRING, "convertTo", "([BSS[BSB)S", convert_to),
    row(STRING, "convertFrom", "([BSS[BSB)S", convert_from),
    row(STRING, "check", "([BSS)Z", check),
    row(STRING, "startsWith", "([BSS[BSSS)Z", starts_with),
    row(STRING, "endsWith", "([BSS[BSSS)Z", ends_with),
    row(STRING, "substring", "([BSSSS[BS)S", substring),
];

/// `StringException`'s reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Misuse {
    UnsupportedEncoding = 1,
    IllegalNumberFormat = 2,
    InvalidByteSequence = 3,
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::STRING_EXCEPTION, misuse as i16)
    }
}

fn outside() -> Stop {
    Stop::throw(names::INDEX_OUT_OF_BOUNDS)
}

/// The string at an argument.
fn string(call: &mut Call<'_, '_>, args: &Args, at: usize) -> Result<Vec<u8>, Stop> {
    call.worked_on(args, at).map(<[u8]>::to_vec)
}

fn short(value: usize) -> Value {
    Value::Short(i16::try_from(value).unwrap_or(i16::MAX))
}

/// A character, or bytes that are none, and how many bytes that is.
type Piece = (Option<char>, usize);

/// A string's characters, and what counts as one.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let wrong = Some((None, chunk.invalid().len())).filter(|(_, length)| *length > 0);
        chunk.valid().chars().map(|character| (Some(character), character.len_utf8())).chain(wrong)
    })
}

/// Where the piece with this number begins, counted from the beginning.
fn start_of(bytes: &[u8], number: usize) -> Option<usize> {
    let mut starts = 0;
    let mut left = number;
    for (_, length) in pieces(bytes) {
        if left == 0 {
            return Some(starts);
        }
        left -= 1;
        starts += length;
    }
    (left == 0).then_some(starts)
}

/// An index of a string, its end included.
fn index(bytes: &[u8], index: i16) -> Result<usize, Stop> {
    usize::try_from(index).ok().filter(|index| *index <= bytes.len()).ok_or_else(outside)
}

fn count(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(short(pieces(&string(call, args, 0)?).count()))
}

fn at(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = string(call, args, 0)?;
    let rest = bytes.get(index(&bytes, args.short(3))?..).unwrap_or_default();
    let (_, length) = pieces(rest).next().ok_or_else(outside)?;
    call.give(args.reference(4), args.short(5), rest.get(..length).unwrap_or_default())
}

fn before(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = string(call, args, 0)?;
    let head = bytes.get(..index(&bytes, args.short(3))?).unwrap_or_default();
    let (_, length) = pieces(head).last().ok_or_else(outside)?;
    call.give(args.reference(4), args.short(5), head.get(head.len() - length..).unwrap_or_default())
}

fn offset_by(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = string(call, args, 0)?;
    moved(&bytes, index(&bytes, args.short(3))?, args.short(4)).map(short)
}

/// An index that lies some characters after another, or before it.
fn moved(bytes: &[u8], index: usize, by: i16) -> Result<usize, Stop> {
    let (head, rest) = bytes.split_at_checked(index).ok_or_else(outside)?;
    let distance = usize::from(by.unsigned_abs());
    if by >= 0 {
        return start_of(rest, distance).map(|start| index + start).ok_or_else(outside);
    }
    let number = pieces(head).count().checked_sub(distance).ok_or_else(outside)?;
    start_of(head, number).ok_or_else(outside)
}

fn upper(bytes: &[u8]) -> Vec<u8> {
    characters(pieces(bytes).filter_map(|(character, _)| character).flat_map(char::to_uppercase))
}

fn lower(bytes: &[u8]) -> Vec<u8> {
    characters(pieces(bytes).filter_map(|(character, _)| character).flat_map(char::to_lowercase))
}

fn characters(characters: impl Iterator<Item = char>) -> Vec<u8> {
    characters.collect::<alloc::string::String>().into_bytes()
}

/// The difference of the first bytes that differ, else of the lengths.
fn compare(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (mut left, mut right) = (string(call, args, 1)?, string(call, args, 4)?);
    if args.short(0) != 0 {
        (left, right) = (lower(&upper(&left)), lower(&upper(&right)));
    }
    let differ = left.iter().zip(&right).find(|(left, right)| left != right);
    let difference = match differ {
        Some((left, right)) => i32::from(*left) - i32::from(*right),
        None => i32::try_from(left.len()).unwrap_or(0) - i32::try_from(right.len()).unwrap_or(0),
    };
    let limits = i32::from(i16::MIN)..=i32::from(i16::MAX);
    Ok(Value::Short(difference.clamp(*limits.start(), *limits.end()) as i16))
}

/// Where a string first occurs in another.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    if wanted.is_empty() {
        return Some(0);
    }
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Searching may look at each byte of the one string for each of the other.
fn charge_search(call: &mut Call<'_, '_>, bytes: &[u8], wanted: &[u8]) {
    call.vm.charge((bytes.len() * wanted.len()) as u64 / 64);
}

fn index_of(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (bytes, wanted) = (string(call, args, 0)?, string(call, args, 3)?);
    charge_search(call, &bytes, &wanted);
    Ok(find(&bytes, &wanted).map_or(Value::Short(-1), short))
}

/// An empty string occurs nowhere here, or it would be replaced without end.
fn replace(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (bytes, old, new) = (string(call, args, 0)?, string(call, args, 3)?, string(call, args, 6)?);
    charge_search(call, &bytes, &old);
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while !old.is_empty()
        && let Some(found) = find(rest, &old)
    {
        replaced.extend_from_slice(rest.get(..found).unwrap_or_default());
        replaced.extend_from_slice(&new);
        rest = rest.get(found + old.len()..).unwrap_or_default();
        call.vm.charge(new.len() as u64 / crate::limits::BYTES_PER_CALL);
        if replaced.len() > usize::from(card_vm::limits::ARRAY_ELEMENTS) {
            break;
        }
    }
    replaced.extend_from_slice(rest);
    call.give(args.reference(9), args.short(10), &replaced)
}

fn to_lower_case(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = lower(&string(call, args, 0)?);
    call.give(args.reference(3), args.short(4), &bytes)
}

fn to_upper_case(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = upper(&string(call, args, 0)?);
    call.give(args.reference(3), args.short(4), &bytes)
}

/// Without the characters up to U+0020 at both ends.
fn trim(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    // Such characters are one byte each, and never part of another.
    let bytes = string(call, args, 0)?;
    let first = bytes.iter().position(|byte| *byte > b' ').unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| *byte > b' ').map_or(first, |last| last + 1);
    call.give(args.reference(3), args.short(4), bytes.get(first..end).unwrap_or_default())
}

fn of_boolean(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let text: &[u8] = if args.short(0) != 0 { b"true" } else { b"false" };
    call.give(args.reference(1), args.short(2), text)
}

fn parse_boolean(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(string(call, args, 0)?.eq_ignore_ascii_case(b"true").into())
}

fn convert_to(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = string(call, args, 0)?;
    let encoded = Encoding::of(args.short(5))?.encode(&bytes)?;
    call.give(args.reference(3), args.short(4), &encoded)
}

fn convert_from(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = string(call, args, 0)?;
    let decoded = Encoding::of(args.short(5))?.decode(&bytes)?;
    call.give(args.reference(3), args.short(4), decoded.as_bytes())
}

fn check(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(core::str::from_utf8(&string(call, args, 0)?).is_ok().into())
}

/// The string of the second three arguments, or as many of its characters as the next one says if that is not negative.
fn affix(call: &mut Call<'_, '_>, args: &Args) -> Result<Vec<u8>, Stop> {
    let mut affix = string(call, args, 3)?;
    if args.short(6) >= 0 {
        let end = moved(&affix, 0, args.short(6))?;
        affix.truncate(end);
    }
    Ok(affix)
}

fn starts_with(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(string(call, args, 0)?.starts_with(&affix(call, args)?).into())
}

fn ends_with(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(string(call, args, 0)?.ends_with(&affix(call, args)?).into())
}

/// The characters from one number to before another, or to the end if that is negative.
fn substring(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = string(call, args, 0)?;
    let first = usize::try_from(args.short(3)).map_err(|_| outside())?;
    let start = start_of(&bytes, first).ok_or_else(outside)?;
    let end = match usize::try_from(args.short(4)) {
        Ok(number) => start_of(&bytes, number).ok_or_else(outside)?,
        Err(_) => bytes.len(),
    };
    call.give(args.reference(5), args.short(6), bytes.get(start..end).ok_or_else(outside)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_character_counts_as_one_each() {
        for (bytes, lengths) in [
            (&b"a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x92\x93"[..], &[1, 2, 3, 4][..]),
            (b"\x80\x80", &[1, 1]),
            (b"\xE2\x82a", &[2, 1]),
            (b"\xF0\x9F\x92", &[3]),
            (b"\xC0\xAF", &[1, 1]),
            (b"\xED\xA0\x80", &[1, 1, 1]),
            (b"", &[]),
        ] {
            let found: Vec<usize> = pieces(bytes).map(|(_, length)| length).collect();
            assert_eq!(found, lengths, "{bytes:02x?}");
        }
    }

    #[test]
    fn pieces_cover_whatever_bytes_there_are() {
        let mut state = 0x1234_5678_u32;
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..state % 24)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    state.to_be_bytes()[0]
                })
                .collect();
            state = state.wrapping_add(1);
            assert_eq!(pieces(&bytes).map(|(_, length)| length).sum::<usize>(), bytes.len());
            let number = pieces(&bytes).count();
            assert_eq!(start_of(&bytes, number), Some(bytes.len()));
            assert_eq!(moved(&bytes, bytes.len(), -i16::try_from(number).unwrap()), Ok(0));
        }
    }
}
