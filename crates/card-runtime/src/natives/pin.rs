//! `javacard.framework.OwnerPIN` and `OwnerPINBuilder`.
//!
//! Hidden references: the PIN's bytes; a transient `boolean[1]`, whether it was verified in this power-up. Hidden words: try
//! limit, longest PIN, tries left, length of the PIN.
//!
//! The tries left are counted down and made durable *before* the comparison, outside any transaction, so neither an abort
//! nor pulling the plug gives a try back. The comparison takes the same time wherever PINs differ.

use card_vm::heap::{Atomicity, Class, Kind, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};
use subtle::ConstantTimeEq;

use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};
use crate::limits::PIN_MAX;

const PIN: &[&str] = &["javacard/framework/OwnerPIN", "javacard/framework/PIN"];
const OWNER: &[&str] = &["javacard/framework/OwnerPIN"];
const BUILDER: &[&str] = &["javacard/framework/OwnerPINBuilder"];

const BYTES: u16 = 0;
const VALIDATED: u16 = 1;
const LIMIT: u16 = 2;
const LONGEST: u16 = 3;
const TRIES: u16 = 4;
const LENGTH: u16 = 5;

/// `PINException.ILLEGAL_VALUE`.
const ILLEGAL_VALUE: i16 = 1;
/// `OwnerPINBuilder.OWNER_PIN`, the one kind built here.
const OWNER_PIN: i16 = 1;

pub(super) const ROWS: &[Row] = &[
    row(OWNER, "<init>", "(BB)V", init),
    row(PIN, "check", "([BSB)Z", check),
    row(PIN, "getTriesRemaining", "()B", tries_remaining),
    row(PIN, "isValidated", "()Z", is_validated),
    row(PIN, "reset", "()V", reset),
    row(OWNER, "getValidatedFlag", "()Z", is_validated),
    row(OWNER, "setValidatedFlag", "(Z)V", set_validated_flag),
    row(OWNER, "resetAndUnblock", "()V", reset_and_unblock),
    row(OWNER, "update", "([BSB)V", update),
    row(BUILDER, "buildOwnerPIN", "(BBB)Ljavacard/framework/PIN;", build),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/framework/OwnerPIN", Layout { references: 2, words: 4 })];

fn illegal_value() -> Stop {
    Stop::throw_reason(names::PIN_EXCEPTION, ILLEGAL_VALUE)
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    prepare(call, args.reference(0), args.short(1), args.short(2))?;
    Ok(Value::Void)
}

fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.short(2) != OWNER_PIN {
        return Err(Stop::throw_reason(names::SYSTEM_EXCEPTION, ILLEGAL_VALUE));
    }
    let pin = call.new_instance(names::OWNER_PIN)?;
    prepare(call, pin, args.short(0), args.short(1))?;
    Ok(Value::Ref(pin))
}

fn prepare(call: &mut Call<'_, '_>, pin: Ref, limit: i16, longest: i16) -> Result<(), Stop> {
    let length = u16::try_from(longest).map_err(|_| illegal_value())?;
    if limit < 1 || length < 1 || usize::from(length) > PIN_MAX {
        return Err(illegal_value());
    }
    let bytes = call.new_bytes(length, Memory::Persistent)?;
    let owner = call.vm.active();
    let flag = call.vm.make_array_in(Memory::ClearOnReset, Kind::Booleans, Class::NONE, 1, owner)?;
    call.set_hidden(pin, BYTES, bytes)?;
    call.set_hidden(pin, VALIDATED, flag)?;
    for (word, value) in [(LIMIT, limit), (LONGEST, longest), (TRIES, limit), (LENGTH, 0)] {
        call.set_word(pin, word, value)?;
    }
    Ok(())
}

fn check(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let pin = args.reference(0);
    set_validated(call, pin, false)?;
    let tries = call.word(pin, TRIES)?;
    if tries <= 0 {
        return Ok(false.into());
    }
    set_tries(call, pin, tries - 1)?;
    call.persist()?;
    // From here on whatever goes wrong, a bad array too, has cost a try.
    let offered = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?.to_vec();
    let length = call.word(pin, LENGTH)?;
    let bytes = call.hidden(pin, BYTES)?;
    let kept = call.vm.jcre().bytes(bytes, 0, length)?;
    let right: bool = kept.ct_eq(&offered).into();
    if right {
        let limit = call.word(pin, LIMIT)?;
        set_tries(call, pin, limit)?;
        set_validated(call, pin, true)?;
    }
    Ok(right.into())
}

fn set_tries(call: &mut Call<'_, '_>, pin: Ref, tries: i16) -> Result<(), Stop> {
    call.vm.jcre().set_word_non_atomic(pin, TRIES, tries)
}

fn set_validated(call: &mut Call<'_, '_>, pin: Ref, value: bool) -> Result<(), Stop> {
    let flag = call.hidden(pin, VALIDATED)?;
    call.vm.jcre().store_byte(flag, 0, i8::from(value))
}

fn validated(call: &mut Call<'_, '_>, pin: Ref) -> Result<bool, Stop> {
    let flag = call.hidden(pin, VALIDATED)?;
    Ok(call.vm.jcre().load_byte(flag, 0)? != 0)
}

fn tries_remaining(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), TRIES).map(Value::Short)
}

fn is_validated(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    validated(call, args.reference(0)).map(Value::from)
}

fn set_validated_flag(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    set_validated(call, args.reference(0), args.short(1) != 0)?;
    Ok(Value::Void)
}

/// Ends the verification; the tries start anew only when there was one.
fn reset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let pin = args.reference(0);
    if validated(call, pin)? {
        unblock(call, pin)?;
    }
    Ok(Value::Void)
}

fn reset_and_unblock(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    unblock(call, args.reference(0))?;
    Ok(Value::Void)
}

fn unblock(call: &mut Call<'_, '_>, pin: Ref) -> Result<(), Stop> {
    let limit = call.word(pin, LIMIT)?;
    if call.word(pin, TRIES)? != limit {
        set_tries(call, pin, limit)?;
    }
    set_validated(call, pin, false)
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (pin, length) = (args.reference(0), args.short(3));
    if length > call.word(pin, LONGEST)? {
        return Err(illegal_value());
    }
    let fresh =
        zeroize::Zeroizing::new(call.vm.caller().bytes(args.reference(1), args.short(2), length)?.to_vec());
    let bytes = call.hidden(pin, BYTES)?;
    // Both reach the journal in one group, so that no cut comes between.
    call.vm.jcre().write(bytes, 0, &fresh, Atomicity::Transactional)?;
    call.set_word(pin, LENGTH, length)?;
    unblock(call, pin)?;
    Ok(Value::Void)
}
