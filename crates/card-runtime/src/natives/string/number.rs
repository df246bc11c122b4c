//! Numbers as text: decimal, and for reading also hexadecimal behind `0x`, `0X` or `#` (`StringUtil.parse*Integer`).
//!
//! A long integer is an array of shorts, the highest first, its sign that of the first. Reading leaves out shorts that are
//! zero in front, as the API says, even where the next one then looks negative.

use alloc::string::ToString;
use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Stop, Value};

use super::{Misuse, short, string};
use crate::natives::call::Call;

/// Shorts of the longest integer.
const LONG: usize = 4;

pub(super) fn of_short(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let text = args.short(0).to_string();
    call.give(args.reference(1), args.short(2), text.as_bytes())
}

pub(super) fn of_long(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let length = call.vm.caller().length(args.reference(0))?;
    if length == 0 || usize::from(length) > LONG {
        return Err(Misuse::IllegalNumberFormat.into());
    }
    let shorts = call.vm.caller().elements(args.reference(0), 0, length.cast_signed())?;
    let first = shorts.first().copied().map_or(0, i64::from);
    let value = shorts.iter().skip(1).fold(first, |value, short| value << 16 | i64::from(*short & 0xFFFF));
    call.give(args.reference(1), args.short(2), value.to_string().as_bytes())
}

pub(super) fn parse_short(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = parse(&string(call, args, 0)?)?;
    Ok(Value::Short(i16::try_from(value).map_err(|_| Misuse::IllegalNumberFormat)?))
}

pub(super) fn parse_long(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = parse(&string(call, args, 0)?)?;
    let value = i64::try_from(value).map_err(|_| Misuse::IllegalNumberFormat)?;
    let shorts: Vec<i32> = (0..LONG).rev().map(|place| i32::from((value >> (16 * place)) as i16)).collect();
    let zeros = shorts.iter().take(LONG - 1).take_while(|short| **short == 0).count();
    let shorts = shorts.get(zeros..).unwrap_or_default();
    call.vm.caller().set_elements(args.reference(3), args.short(4), shorts, Atomicity::Transactional)?;
    Ok(short(shorts.len()))
}

/// The number that text stands for.
fn parse(text: &[u8]) -> Result<i128, Misuse> {
    let (digits, negative) = match text.strip_prefix(b"-") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let hexadecimal = [&b"0x"[..], b"0X", b"#"].into_iter().find_map(|prefix| digits.strip_prefix(prefix));
    let magnitude = match hexadecimal {
        Some(digits) => magnitude(digits, 16)?,
        // A decimal numeral begins with 0 only if that is all of it.
        None if digits.len() > 1 && digits.starts_with(b"0") => return Err(Misuse::IllegalNumberFormat),
        None => magnitude(digits, 10)?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

fn magnitude(digits: &[u8], radix: u32) -> Result<i128, Misuse> {
    if digits.is_empty() {
        return Err(Misuse::IllegalNumberFormat);
    }
    digits.iter().try_fold(0_i128, |value, digit| {
        let digit = char::from(*digit).to_digit(radix).ok_or(Misuse::IllegalNumberFormat)?;
        let value = value * i128::from(radix) + i128::from(digit);
        // Far more than what fits, so that the sum cannot grow without end.
        if value > 1 << 64 { Err(Misuse::IllegalNumberFormat) } else { Ok(value) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_follow_the_grammar() {
        for (text, value) in [
            ("0", 0),
            ("7", 7),
            ("-0", 0),
            ("-32768", -32_768),
            ("0x7f", 127),
            ("-0XfF", -255),
            ("#00ff", 255),
            ("9223372036854775807", i128::from(i64::MAX)),
        ] {
            assert_eq!(parse(text.as_bytes()), Ok(value), "{text}");
        }
        for text in
            ["", "-", "+1", "007", "0x", "#", "1 ", " 1", "12a", "0x1G", "--1", "99999999999999999999999"]
        {
            assert_eq!(parse(text.as_bytes()), Err(Misuse::IllegalNumberFormat), "{text}");
        }
    }
}
