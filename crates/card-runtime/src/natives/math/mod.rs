//! `javacardx.framework.math`: numbers as strings of bytes, binary or decimal, and parity bits.

pub(super) mod big_number;
mod natural;

use card_vm::heap::Atomicity;
use card_vm::{Args, Stop, Value};

use self::natural::Natural;
use super::call::Call;
use super::table::{Row, row};
use crate::limits::BIG_NUMBER_BYTES;

const BCD_UTIL: &[&str] = &["javacardx/framework/math/BCDUtil"];
const PARITY_BIT: &[&str] = &["javacardx/framework/math/ParityBit"];

pub(super) const ROWS: &[Row] = &[
    row(BCD_UTIL, "getMaxBytesSupported", "()S", most_bytes),
    row(BCD_UTIL, "convertToHex", "([BSS[BS)S", to_hex),
    row(BCD_UTIL, "convertToBCD", "([BSS[BS)S", to_bcd),
    row(BCD_UTIL, "isBCDFormat", "([BSS)Z", is_bcd),
    row(PARITY_BIT, "set", "([BSSZ)V", set_parity),
];

fn arithmetic() -> Stop {
    Stop::throw(card_vm::known::ARITHMETIC)
}

fn most_bytes(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(i16::try_from(BIG_NUMBER_BYTES).unwrap_or(i16::MAX)))
}

/// The bytes from the first three arguments, at least one.
fn some_bytes(call: &mut Call<'_, '_>, args: &Args, at: usize) -> Result<alloc::vec::Vec<u8>, Stop> {
    let bytes = call.worked_on(args, at)?.to_vec();
    if bytes.is_empty() { Err(arithmetic()) } else { Ok(bytes) }
}

fn to_hex(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let number = Natural::from_bcd(&some_bytes(call, args, 0)?).map_err(|_| arithmetic())?;
    let bytes = number.to_bytes(number.byte_length().max(1)).ok_or_else(arithmetic)?;
    call.give(args.reference(3), args.short(4), &bytes)
}

fn to_bcd(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = some_bytes(call, args, 0)?;
    if bytes.len() > BIG_NUMBER_BYTES {
        return Err(arithmetic());
    }
    let digits = Natural::from_bytes(&bytes).map_err(|_| arithmetic())?.to_bcd();
    call.give(args.reference(3), args.short(4), &digits)
}

fn is_bcd(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(natural::is_bcd(&some_bytes(call, args, 0)?).into())
}

/// The lowest bit of each byte makes the number of its ones even, or odd.
fn set_parity(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let mut bytes = call.worked_on(args, 0)?.to_vec();
    let even = args.short(3) != 0;
    for byte in &mut bytes {
        let seven = *byte & 0xFE;
        let odd_ones = seven.count_ones() % 2 == 1;
        *byte = seven | u8::from(odd_ones == even);
    }
    call.vm.caller().write(args.reference(0), args.short(1), &bytes, Atomicity::Transactional)?;
    Ok(Value::Void)
}
