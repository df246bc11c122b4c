//! `javacardx.security.util.MonotonicCounter`: a number of one to eight bytes that only grows.
//!
//! Hidden reference: its bytes, the highest first, in the memory that it was asked for. Hidden words: that memory, the size.
//! A new value is written in one piece, outside of any transaction, and a persistent one is in the journal before the method
//! returns: neither an abort nor a power cut brings an earlier value back. What does not fit, or would be less than the
//! value, is an `ArithmeticException`. What `setValue` and `incrementBy` return is not public; here it is the size.

use card_vm::heap::{Atomicity, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::arrays::{illegal_value, memory};
use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};

const COUNTER: &[&str] = &["javacardx/security/util/MonotonicCounter"];

const BYTES: u16 = 0;
const MEMORY: u16 = 1;
const SIZE: u16 = 2;
/// Bytes of the longest counter, which every platform has.
const LONGEST: usize = 8;

pub(super) const ROWS: &[Row] = &[
    row(COUNTER, "getInstance", "(SB)Ljavacardx/security/util/MonotonicCounter;", get_instance),
    row(COUNTER, "getMemoryType", "()B", |call, args| call.word(args.reference(0), MEMORY).map(Value::Short)),
    row(COUNTER, "getSize", "()S", size),
    row(COUNTER, "setValue", "([BSS)S", set_value),
    row(COUNTER, "get", "([BS)S", get),
    row(COUNTER, "incrementBy", "(S)S", increment),
    row(COUNTER, "compareTo", "([BSS)S", compare_bytes),
    row(COUNTER, "compareTo", "(Ljavacardx/security/util/MonotonicCounter;)S", compare),
    row(COUNTER, "equalsMax", "()Z", equals_max),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacardx/security/util/MonotonicCounter", Layout { references: 1, words: 2 })];

fn arithmetic() -> Stop {
    Stop::throw(card_vm::known::ARITHMETIC)
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let size = u16::try_from(args.short(0)).ok().filter(|size| (1..=LONGEST).contains(&usize::from(*size)));
    let size = size.ok_or_else(illegal_value)?;
    let kind = memory(args.short(1)).ok_or_else(illegal_value)?;
    let bytes = call.new_bytes(size, kind)?;
    let counter = call.new_instance(names::MONOTONIC_COUNTER)?;
    call.set_hidden(counter, BYTES, bytes)?;
    call.set_word(counter, MEMORY, args.short(1))?;
    call.set_word(counter, SIZE, args.short(0))?;
    Ok(Value::Ref(counter))
}

fn value(call: &mut Call<'_, '_>, counter: Ref) -> Result<u64, Stop> {
    let bytes = call.hidden(counter, BYTES)?;
    Ok(number(call.hidden_bytes(bytes)?).unwrap_or(0))
}

/// A number, the highest byte first, if it fits the longest counter.
fn number(bytes: &[u8]) -> Option<u64> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = bytes.get(start..).filter(|digits| digits.len() <= LONGEST)?;
    Some(digits.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// The largest value of a counter.
fn most(call: &mut Call<'_, '_>, counter: Ref) -> Result<u64, Stop> {
    let unused = 8 * (8 - u32::try_from(call.word(counter, SIZE)?).unwrap_or(8).min(8));
    Ok(u64::MAX.checked_shr(unused).unwrap_or(0))
}

/// Raises the value; nothing is written when it stays the same.
fn raise(call: &mut Call<'_, '_>, counter: Ref, new: Option<u64>) -> Result<Value, Stop> {
    let (old, most) = (value(call, counter)?, most(call, counter)?);
    let new = new.filter(|new| (old..=most).contains(new)).ok_or_else(arithmetic)?;
    let size = call.word(counter, SIZE)?;
    if new != old {
        let bytes = new.to_be_bytes();
        let digits = bytes.get(LONGEST - usize::try_from(size).unwrap_or(LONGEST).min(LONGEST)..);
        let array = call.hidden(counter, BYTES)?;
        call.vm.jcre().write(array, 0, digits.unwrap_or_default(), Atomicity::NonAtomic)?;
        if memory(call.word(counter, MEMORY)?) == Some(Memory::Persistent) {
            call.persist()?;
        }
    }
    Ok(Value::Short(size))
}

/// The bytes of arguments 1 to 3, of which there must be some.
fn given(call: &mut Call<'_, '_>, args: &Args) -> Result<Option<u64>, Stop> {
    let bytes = call.worked_on(args, 1)?;
    if bytes.is_empty() { Err(illegal_value()) } else { Ok(number(bytes)) }
}

fn set_value(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let new = given(call, args)?;
    raise(call, args.reference(0), new)
}

fn increment(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let by = u64::try_from(args.short(1)).map_err(|_| illegal_value())?;
    let new = value(call, args.reference(0))?.checked_add(by);
    raise(call, args.reference(0), new)
}

fn size(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), SIZE).map(Value::Short)
}

/// Writes the value as long as the counter is, and gives the offset behind it.
fn get(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.hidden(args.reference(0), BYTES)?;
    let bytes = call.hidden_bytes(bytes)?.to_vec();
    call.give(args.reference(1), args.short(2), &bytes)?;
    let size = call.word(args.reference(0), SIZE)?;
    Ok(Value::Short(args.short(2).wrapping_add(size)))
}

/// A number longer than any counter is greater than each.
fn compare_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = given(call, args)?;
    let own = value(call, args.reference(0))?;
    Ok(Value::Short(other.map_or(-1, |other| own.cmp(&other) as i16)))
}

fn compare(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = call.callable(args.reference(1))?;
    let other = value(call, other)?;
    Ok(Value::Short(value(call, args.reference(0))?.cmp(&other) as i16))
}

fn equals_max(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let most = most(call, args.reference(0))?;
    Ok((value(call, args.reference(0))? == most).into())
}
