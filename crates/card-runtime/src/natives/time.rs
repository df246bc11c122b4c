//! `javacardx.framework.time`: lengths of time in microseconds, from -2^63 to 2^63 - 1.
//!
//! Hidden reference of a `TimeDuration`: eight bytes, the highest first, in the memory that it was asked for. Hidden
//! word: which memory that is. Sums that do not fit are an `ArithmeticException`. In arrays a length stands as a whole
//! number of a unit, with a sign, the highest byte first; what is less than a unit is dropped.

use card_vm::heap::{Atomicity, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::arrays::{illegal_value, memory};
use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};

const TIME: &[&str] = &["javacardx/framework/time/SysTime"];
const DURATION: &[&str] = &["javacardx/framework/time/TimeDuration"];

const VALUE: u16 = 0;
const MEMORY: u16 = 1;
const BYTES: usize = 8;

pub(super) const ROWS: &[Row] = &[
    row(TIME, "uptime", "(Ljavacardx/framework/time/TimeDuration;)V", uptime),
    row(DURATION, "getInstance", "(B)Ljavacardx/framework/time/TimeDuration;", get_zero),
    row(DURATION, "getInstance", "(BSS)Ljavacardx/framework/time/TimeDuration;", get_instance),
    row(DURATION, "getMemoryType", "()B", memory_type),
    row(DURATION, "isNegative", "()Z", is_negative),
    row(DURATION, "abs", "()Ljavacardx/framework/time/TimeDuration;", abs),
    row(DURATION, "neg", "()Ljavacardx/framework/time/TimeDuration;", neg),
    row(DURATION, "reset", "()Ljavacardx/framework/time/TimeDuration;", reset),
    row(DURATION, "compareTo", "(Ljavacardx/framework/time/TimeDuration;)S", compare),
    row(DURATION, "compareTo", "(SS)S", compare_units),
    row(
        DURATION,
        "minus",
        "(Ljavacardx/framework/time/TimeDuration;)Ljavacardx/framework/time/TimeDuration;",
        minus,
    ),
    row(DURATION, "minus", "(SS)Ljavacardx/framework/time/TimeDuration;", minus_units),
    row(
        DURATION,
        "plus",
        "(Ljavacardx/framework/time/TimeDuration;)Ljavacardx/framework/time/TimeDuration;",
        plus,
    ),
    row(DURATION, "plus", "(SS)Ljavacardx/framework/time/TimeDuration;", plus_units),
    row(DURATION, "set", "([BSSS)Ljavacardx/framework/time/TimeDuration;", set_bytes),
    row(DURATION, "toBytes", "([BSSS)S", to_bytes),
    row(DURATION, "getByteLength", "(S)S", byte_length),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacardx/framework/time/TimeDuration", Layout { references: 1, words: 1 })];

/// `DateTimeException`'s reasons.
#[derive(Clone, Copy)]
enum Misuse {
    InvalidValue = 1,
    InvalidUnit = 2,
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::DATE_TIME_EXCEPTION, misuse as i16)
    }
}

fn arithmetic() -> Stop {
    Stop::throw(card_vm::known::ARITHMETIC)
}

/// Microseconds of a unit of `TimeDuration`.
fn unit(code: i16) -> Result<i64, Stop> {
    Ok(match code {
        2 => 1,
        3 => 1_000,
        4 => 1_000_000,
        5 => 60_000_000,
        6 => 3_600_000_000,
        7 => 86_400_000_000,
        _ => return Err(Misuse::InvalidUnit.into()),
    })
}

/// The length of time in two arguments: how many, and of which unit.
fn units(args: &Args, at: usize) -> Result<i64, Stop> {
    Ok(i64::from(args.short(at)) * unit(args.short(at + 1))?)
}

fn get(call: &mut Call<'_, '_>, duration: Ref) -> Result<i64, Stop> {
    let bytes = call.hidden(duration, VALUE)?;
    let bytes = call.hidden_bytes(bytes)?;
    Ok(bytes.first_chunk().copied().map_or(0, i64::from_be_bytes))
}

/// Changes a duration and gives it.
fn set(call: &mut Call<'_, '_>, duration: Ref, value: Option<i64>) -> Result<Value, Stop> {
    let value = value.ok_or_else(arithmetic)?.to_be_bytes();
    let bytes = call.hidden(duration, VALUE)?;
    // The caller's door, so that a CLEAR_ON_DESELECT value is out of reach when its owner is not selected.
    call.vm.caller().write(bytes, 0, &value, Atomicity::Transactional)?;
    Ok(Value::Ref(duration))
}

fn make(call: &mut Call<'_, '_>, kind: i16, value: i64) -> Result<Value, Stop> {
    let memory: Memory = memory(kind).ok_or_else(illegal_value)?;
    let bytes = call.new_bytes(BYTES as u16, memory)?;
    let duration = call.new_instance(names::TIME_DURATION)?;
    call.set_hidden(duration, VALUE, bytes)?;
    call.set_word(duration, MEMORY, kind)?;
    set(call, duration, Some(value))
}

/// Microseconds since the card was powered up or reset.
fn uptime(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let duration = call.callable(args.reference(0))?;
    let now = call.os.env.now_us();
    let since = now.saturating_sub(call.runtime().started_us);
    set(call, duration, Some(i64::try_from(since).unwrap_or(i64::MAX)))?;
    Ok(Value::Void)
}

fn get_zero(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, args.short(0), 0)
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = units(args, 1)?;
    make(call, args.short(0), value)
}

fn memory_type(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), MEMORY).map(Value::Short)
}

fn is_negative(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok((get(call, args.reference(0))? < 0).into())
}

fn abs(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = get(call, args.reference(0))?.checked_abs();
    set(call, args.reference(0), value)
}

fn neg(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = get(call, args.reference(0))?.checked_neg();
    set(call, args.reference(0), value)
}

fn reset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    set(call, args.reference(0), Some(0))
}

/// The value of another duration, which the caller may use.
fn other(call: &mut Call<'_, '_>, args: &Args) -> Result<i64, Stop> {
    let other = call.callable(args.reference(1))?;
    get(call, other)
}

fn compare(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = other(call, args)?;
    Ok(Value::Short(get(call, args.reference(0))?.cmp(&other) as i16))
}

fn compare_units(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = units(args, 1)?;
    Ok(Value::Short(get(call, args.reference(0))?.cmp(&other) as i16))
}

fn minus(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = other(call, args)?;
    let value = get(call, args.reference(0))?.checked_sub(other);
    set(call, args.reference(0), value)
}

fn minus_units(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = get(call, args.reference(0))?.checked_sub(units(args, 1)?);
    set(call, args.reference(0), value)
}

fn plus(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = other(call, args)?;
    let value = get(call, args.reference(0))?.checked_add(other);
    set(call, args.reference(0), value)
}

fn plus_units(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = get(call, args.reference(0))?.checked_add(units(args, 1)?);
    set(call, args.reference(0), value)
}

/// From one to eight bytes.
fn set_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.worked_on(args, 1)?.to_vec();
    let unit = unit(args.short(4))?;
    let first = *bytes.first().filter(|_| bytes.len() <= BYTES).ok_or(Misuse::InvalidValue)?;
    let sign = i64::from(first.cast_signed()) >> 7;
    let count = bytes.iter().fold(sign, |value, byte| value << 8 | i64::from(*byte));
    let value = count.checked_mul(unit).ok_or(Misuse::InvalidValue)?;
    set(call, args.reference(0), Some(value))
}

/// Whole units, in as few bytes as hold them with their sign.
fn digits(call: &mut Call<'_, '_>, duration: Ref, code: i16) -> Result<([u8; BYTES], usize), Stop> {
    let count = get(call, duration)? / unit(code)?;
    let needless = (if count < 0 { count.leading_ones() } else { count.leading_zeros() } - 1) / 8;
    Ok((count.to_be_bytes(), BYTES - needless as usize))
}

/// Fills as many bytes as are asked for with the number and copies of its sign.
fn to_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(3));
    call.check_bounds(array, offset, length)?;
    let (bytes, needed) = digits(call, args.reference(0), args.short(4))?;
    let length = usize::try_from(length).unwrap_or(0);
    if length < needed {
        return Err(Misuse::InvalidValue.into());
    }
    let [first, ..] = bytes;
    let sign = if first & 0x80 == 0 { 0 } else { 0xFF };
    let mut filled = alloc::vec![sign; length.saturating_sub(BYTES)];
    filled.extend(bytes.iter().skip(BYTES.saturating_sub(length)));
    call.give(array, offset, &filled)
}

fn byte_length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (_, needed) = digits(call, args.reference(0), args.short(1))?;
    Ok(Value::Short(i16::try_from(needed).unwrap_or(0)))
}
