//! `javacardx.framework.math.BigNumber`. Hidden references: the value and, once it was set, the largest one, both as
//! many bytes long as the constructor was told. Hidden word: that length.

use card_vm::heap::{Atomicity, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::natural::{Natural, NoNatural};
use super::{arithmetic, most_bytes};
use crate::limits::{BIG_NUMBER_BYTES, BYTES_PER_CALL};
use crate::natives::call::Call;
use crate::natives::table::{Fields, Row, fields, row};

const NUMBER: &[&str] = &["javacardx/framework/math/BigNumber"];

const VALUE: u16 = 0;
const MAXIMUM: u16 = 1;
const LENGTH: u16 = 2;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(NUMBER, "<init>", "(S)V", init),
    row(NUMBER, "getMaxBytesSupported", "()S", most_bytes),
    row(NUMBER, "setMaximum", "([BSSB)V", set_maximum),
    row(NUMBER, "init", "([BSSB)V", set),
    row(NUMBER, "add", "([BSSB)V", add),
    row(NUMBER, "subtract", "([BSSB)V", subtract),
    row(NUMBER, "multiply", "([BSSB)V", multiply),
    row(NUMBER, "compareTo", "(Ljavacardx/framework/math/BigNumber;)B", compare),
    row(NUMBER, "compareTo", "([BSSB)B", compare_bytes),
    row(NUMBER, "toBytes", "([BSSB)V", to_bytes),
    row(NUMBER, "getByteLength", "(B)S", byte_length),
    row(NUMBER, "reset", "()V", reset),
];

pub(in crate::natives) const FIELDS: &[Fields] =
    &[fields("javacardx/framework/math/BigNumber", Layout { references: 2, words: 1 })];

impl From<NoNatural> for Stop {
    fn from(_: NoNatural) -> Self {
        arithmetic()
    }
}

/// How digits stand in an array.
#[derive(Clone, Copy)]
enum Format {
    Bcd,
    Hex,
}

impl Format {
    /// The format of a `FORMAT_*`.
    fn of(code: i16) -> Result<Self, Stop> {
        match code {
            1 => Ok(Self::Bcd),
            2 => Ok(Self::Hex),
            _ => Err(arithmetic()),
        }
    }
}

/// The number that the arguments from the first on describe: array, offset, length, format.
fn operand(call: &mut Call<'_, '_>, args: &Args) -> Result<Natural, Stop> {
    let bytes = call.worked_on(args, 1)?.to_vec();
    let format = Format::of(args.short(4))?;
    if bytes.is_empty() {
        return Err(arithmetic());
    }
    // In decimal, each pair of digits is work on the whole number.
    call.vm.charge(bytes.len() as u64 * BIG_NUMBER_BYTES as u64 / 8 / BYTES_PER_CALL);
    Ok(match format {
        Format::Bcd => Natural::from_bcd(&bytes)?,
        Format::Hex => Natural::from_bytes(&bytes)?,
    })
}

fn kept(call: &mut Call<'_, '_>, number: Ref, field: u16) -> Result<Natural, Stop> {
    let bytes = call.hidden(number, field)?;
    Ok(Natural::from_bytes(call.hidden_bytes(bytes)?)?)
}

fn write(call: &mut Call<'_, '_>, number: Ref, field: u16, value: &Natural) -> Result<(), Stop> {
    let length = call.word(number, LENGTH)?;
    let bytes = value.to_bytes(usize::try_from(length).unwrap_or(0)).ok_or_else(arithmetic)?;
    let array = call.hidden(number, field)?;
    call.vm.jcre().write(array, 0, &bytes, Atomicity::Transactional)
}

/// Keeps a value that is no larger than it may be.
fn store(call: &mut Call<'_, '_>, number: Ref, value: &Natural) -> Result<Value, Stop> {
    if !call.hidden(number, MAXIMUM)?.is_null() && *value > kept(call, number, MAXIMUM)? {
        return Err(arithmetic());
    }
    write(call, number, VALUE, value)?;
    Ok(Value::Void)
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (number, length) = (args.reference(0), args.short(1));
    let bytes =
        u16::try_from(length).ok().filter(|bytes| (1..=BIG_NUMBER_BYTES).contains(&usize::from(*bytes)));
    let value = call.new_bytes(bytes.ok_or_else(arithmetic)?, Memory::Persistent)?;
    call.set_hidden(number, VALUE, value)?;
    call.set_word(number, LENGTH, length)?;
    Ok(Value::Void)
}

fn set_maximum(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let number = args.reference(0);
    let maximum = operand(call, args)?;
    let length = call.word(number, LENGTH)?;
    if maximum < kept(call, number, VALUE)? || maximum.byte_length() > usize::try_from(length).unwrap_or(0) {
        return Err(arithmetic());
    }
    if call.hidden(number, MAXIMUM)?.is_null() {
        let bytes = call.new_bytes(length.cast_unsigned(), Memory::Persistent)?;
        call.set_hidden(number, MAXIMUM, bytes)?;
    }
    write(call, number, MAXIMUM, &maximum)?;
    Ok(Value::Void)
}

fn set(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = operand(call, args)?;
    store(call, args.reference(0), &value)
}

fn add(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let sum = kept(call, args.reference(0), VALUE)?.plus(&operand(call, args)?)?;
    store(call, args.reference(0), &sum)
}

fn subtract(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let value = kept(call, args.reference(0), VALUE)?;
    let difference = value.minus(&operand(call, args)?).ok_or_else(arithmetic)?;
    store(call, args.reference(0), &difference)
}

fn multiply(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (left, right) = (kept(call, args.reference(0), VALUE)?, operand(call, args)?);
    call.vm.charge((left.byte_length() * right.byte_length()) as u64 / 8);
    store(call, args.reference(0), &left.times(&right)?)
}

fn ternary(order: core::cmp::Ordering) -> Value {
    Value::Short(order as i16)
}

fn compare(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = call.callable(args.reference(1))?;
    let order = kept(call, args.reference(0), VALUE)?.cmp(&kept(call, other, VALUE)?);
    Ok(ternary(order))
}

fn compare_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let order = kept(call, args.reference(0), VALUE)?.cmp(&operand(call, args)?);
    Ok(ternary(order))
}

fn in_format(call: &mut Call<'_, '_>, number: Ref, format: Format) -> Result<alloc::vec::Vec<u8>, Stop> {
    let value = kept(call, number, VALUE)?;
    match format {
        Format::Bcd => {
            call.vm.charge(BIG_NUMBER_BYTES as u64);
            Ok(value.to_bcd())
        }
        Format::Hex => value.to_bytes(value.byte_length().max(1)).ok_or_else(arithmetic),
    }
}

/// Fills as many bytes as are asked for, with zeros in front.
fn to_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (to, offset, length) = (args.reference(1), args.short(2), args.short(3));
    call.check_bounds(to, offset, length)?;
    let digits = in_format(call, args.reference(0), Format::of(args.short(4))?)?;
    let zeros = usize::try_from(length).unwrap_or(0).checked_sub(digits.len()).ok_or_else(arithmetic)?;
    let mut bytes = alloc::vec![0; zeros];
    bytes.extend(digits);
    call.give(to, offset, &bytes)?;
    Ok(Value::Void)
}

fn byte_length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let digits = in_format(call, args.reference(0), Format::of(args.short(1))?)?;
    Ok(Value::Short(i16::try_from(digits.len()).unwrap_or(i16::MAX)))
}

fn reset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let zero = Natural::from_bytes(&[])?;
    write(call, args.reference(0), VALUE, &zero)?;
    Ok(Value::Void)
}
