//! `javacard.framework.OwnerPIN`, `OwnerPINx`, `OwnerPINxWithPredecrement` and their builder.
//!
//! Hidden references: the PIN's bytes; transient bytes, whether it was verified in this power-up and, where a try is taken
//! by hand, whether one was taken. Hidden words: try limit, longest PIN, tries left, length of the PIN.
//!
//! The tries left are counted down and made durable *before* the comparison, outside any transaction, so neither an abort
//! nor pulling the plug gives a try back. The comparison takes the same time wherever PINs differ. What the owner does,
//! `update` and the setters, is part of the transaction in progress.

use card_vm::heap::{Atomicity, Class, Kind, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};
use subtle::ConstantTimeEq;

use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};
use crate::limits::PIN_MAX;

const OWNER: &[&str] = &["javacard/framework/OwnerPIN"];
const X: &[&str] = &["javacard/framework/OwnerPINx", "javacard/framework/OwnerPINxWithPredecrement"];
const PREDECREMENT: &[&str] = &["javacard/framework/OwnerPINxWithPredecrement"];
const CHECKED_AT_ONCE: &[&str] =
    &["javacard/framework/OwnerPIN", "javacard/framework/PIN", "javacard/framework/OwnerPINx"];
const ALL: &[&str] = &[
    "javacard/framework/OwnerPIN",
    "javacard/framework/PIN",
    "javacard/framework/OwnerPINx",
    "javacard/framework/OwnerPINxWithPredecrement",
];
const UPDATED: &[&str] = &[
    "javacard/framework/OwnerPIN",
    "javacard/framework/OwnerPINx",
    "javacard/framework/OwnerPINxWithPredecrement",
];
const BUILDER: &[&str] = &["javacard/framework/OwnerPINBuilder"];

const BYTES: u16 = 0;
const FLAGS: u16 = 1;
const LIMIT: u16 = 2;
const LONGEST: u16 = 3;
const TRIES: u16 = 4;
const LENGTH: u16 = 5;
const LAYOUT: Layout = Layout { references: 2, words: 4 };

/// The transient bytes.
const VALIDATED: i16 = 0;
const TAKEN: i16 = 1;
const FLAG_COUNT: i16 = 2;

/// `PINException.ILLEGAL_VALUE` and `ILLEGAL_STATE`.
const ILLEGAL_VALUE: i16 = 1;
const ILLEGAL_STATE: i16 = 2;

/// What of a try was taken by hand before `check`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// Nobody asked.
    Nothing = 0,
    /// There was none to take.
    Blocked = 1,
    /// One try.
    Try = 2,
}

impl Taken {
    fn from_byte(byte: i8) -> Self {
        match byte {
            1 => Self::Blocked,
            2 => Self::Try,
            _ => Self::Nothing,
        }
    }
}

pub(super) const ROWS: &[Row] = &[
    row(OWNER, "<init>", "(BB)V", init),
    row(CHECKED_AT_ONCE, "check", "([BSB)Z", check),
    row(PREDECREMENT, "check", "([BSB)Z", check_taken),
    row(PREDECREMENT, "decrementTriesRemaining", "()B", take_try),
    row(ALL, "getTriesRemaining", "()B", tries_remaining),
    row(ALL, "isValidated", "()Z", is_validated),
    row(ALL, "reset", "()V", reset),
    row(OWNER, "getValidatedFlag", "()Z", is_validated),
    row(OWNER, "setValidatedFlag", "(Z)V", set_validated_flag),
    row(OWNER, "resetAndUnblock", "()V", reset_and_unblock),
    row(UPDATED, "update", "([BSB)V", update),
    row(X, "getTryLimit", "()B", try_limit),
    row(X, "setTryLimit", "(B)V", set_try_limit),
    row(X, "setTriesRemaining", "(B)V", set_tries_remaining),
    row(BUILDER, "buildOwnerPIN", "(BBB)Ljavacard/framework/PIN;", build),
];

pub(super) const FIELDS: &[Fields] = &[
    fields("javacard/framework/OwnerPIN", LAYOUT),
    fields("javacard/framework/OwnerPINx", LAYOUT),
    fields("javacard/framework/OwnerPINxWithPredecrement", LAYOUT),
];

fn illegal_value() -> Stop {
    Stop::throw_reason(names::PIN_EXCEPTION, ILLEGAL_VALUE)
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    prepare(call, args.reference(0), args.short(1), args.short(2))?;
    Ok(Value::Void)
}

fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let class = match args.short(2) {
        1 => names::OWNER_PIN,
        2 => names::OWNER_PIN_X,
        3 => names::OWNER_PIN_X_WITH_PREDECREMENT,
        _ => return Err(Stop::throw_reason(names::SYSTEM_EXCEPTION, ILLEGAL_VALUE)),
    };
    let pin = call.new_instance(class)?;
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
    let flags = call.vm.make_array_in(Memory::ClearOnReset, Kind::Bytes, Class::NONE, FLAG_COUNT, owner)?;
    call.set_hidden(pin, BYTES, bytes)?;
    call.set_hidden(pin, FLAGS, flags)?;
    for (word, value) in [(LIMIT, limit), (LONGEST, longest), (TRIES, limit), (LENGTH, 0)] {
        call.set_word(pin, word, value)?;
    }
    Ok(())
}

/// `check` of all but the kind with predecrement.
fn check(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let pin = args.reference(0);
    match take(call, pin)? {
        Taken::Try => compare(call, args),
        Taken::Blocked | Taken::Nothing => Ok(false.into()),
    }
}

/// `check` where the try must have been taken before.
fn check_taken(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let pin = args.reference(0);
    let taken = Taken::from_byte(flag(call, pin, TAKEN)?);
    forget(call, pin)?;
    match taken {
        Taken::Try => compare(call, args),
        Taken::Blocked => Ok(false.into()),
        Taken::Nothing => Err(Stop::throw_reason(names::PIN_EXCEPTION, ILLEGAL_STATE)),
    }
}

/// `decrementTriesRemaining`
fn take_try(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let pin = args.reference(0);
    let taken = take(call, pin)?;
    set_flag(call, pin, TAKEN, taken as i8)?;
    call.word(pin, TRIES).map(Value::Short)
}

/// Ends the verification and takes a try, which no abort and no power cut gives back.
fn take(call: &mut Call<'_, '_>, pin: Ref) -> Result<Taken, Stop> {
    forget(call, pin)?;
    let tries = call.word(pin, TRIES)?;
    if tries <= 0 {
        return Ok(Taken::Blocked);
    }
    set_tries(call, pin, tries - 1)?;
    call.persist()?;
    Ok(Taken::Try)
}

/// Compares after a try was taken: whatever goes wrong from here on, a bad array too, has cost it.
fn compare(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let pin = args.reference(0);
    let offered = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?.to_vec();
    let offered = zeroize::Zeroizing::new(offered);
    let length = call.word(pin, LENGTH)?;
    let bytes = call.hidden(pin, BYTES)?;
    let kept = call.vm.jcre().bytes(bytes, 0, length)?;
    let right: bool = kept.ct_eq(&offered).into();
    if right {
        let limit = call.word(pin, LIMIT)?;
        set_tries(call, pin, limit)?;
        set_flag(call, pin, VALIDATED, 1)?;
    }
    Ok(right.into())
}

fn set_tries(call: &mut Call<'_, '_>, pin: Ref, tries: i16) -> Result<(), Stop> {
    call.vm.jcre().set_word_non_atomic(pin, TRIES, tries)
}

fn flag(call: &mut Call<'_, '_>, pin: Ref, index: i16) -> Result<i8, Stop> {
    let flags = call.hidden(pin, FLAGS)?;
    call.vm.jcre().load_byte(flags, index)
}

fn set_flag(call: &mut Call<'_, '_>, pin: Ref, index: i16, value: i8) -> Result<(), Stop> {
    let flags = call.hidden(pin, FLAGS)?;
    call.vm.jcre().store_byte(flags, index, value)
}

/// Neither verified nor a try taken.
fn forget(call: &mut Call<'_, '_>, pin: Ref) -> Result<(), Stop> {
    set_flag(call, pin, VALIDATED, 0)?;
    set_flag(call, pin, TAKEN, Taken::Nothing as i8)
}

fn tries_remaining(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), TRIES).map(Value::Short)
}

fn is_validated(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok((flag(call, args.reference(0), VALIDATED)? != 0).into())
}

fn set_validated_flag(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    set_flag(call, args.reference(0), VALIDATED, i8::from(args.short(1) != 0))?;
    Ok(Value::Void)
}

/// Ends the verification; the tries start anew only when there was one.
fn reset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let pin = args.reference(0);
    if flag(call, pin, VALIDATED)? != 0 {
        unblock(call, pin)
    } else {
        forget(call, pin).map(|()| Value::Void)
    }
}

fn reset_and_unblock(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    unblock(call, args.reference(0))
}

fn unblock(call: &mut Call<'_, '_>, pin: Ref) -> Result<Value, Stop> {
    let limit = call.word(pin, LIMIT)?;
    if call.word(pin, TRIES)? != limit {
        set_tries(call, pin, limit)?;
    }
    forget(call, pin)?;
    Ok(Value::Void)
}

/// The new PIN and its tries: with a transaction in progress, all of it is part of that; without one, all of it reaches the
/// journal in one group, so that no cut comes between.
fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (pin, length) = (args.reference(0), args.short(3));
    if length > call.word(pin, LONGEST)? {
        return Err(illegal_value());
    }
    let fresh =
        zeroize::Zeroizing::new(call.vm.caller().bytes(args.reference(1), args.short(2), length)?.to_vec());
    let bytes = call.hidden(pin, BYTES)?;
    call.vm.jcre().write(bytes, 0, &fresh, Atomicity::Transactional)?;
    call.set_word(pin, LENGTH, length)?;
    let limit = call.word(pin, LIMIT)?;
    call.set_word(pin, TRIES, limit)?;
    forget(call, pin)?;
    Ok(Value::Void)
}

fn try_limit(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), LIMIT).map(Value::Short)
}

fn set_try_limit(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (pin, limit) = (args.reference(0), args.short(1));
    if limit < 1 {
        return Err(illegal_value());
    }
    forget(call, pin)?;
    call.set_word(pin, LIMIT, limit)?;
    call.set_word(pin, TRIES, limit)?;
    Ok(Value::Void)
}

fn set_tries_remaining(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (pin, tries) = (args.reference(0), args.short(1));
    if tries < 0 || tries > call.word(pin, LIMIT)? {
        return Err(illegal_value());
    }
    forget(call, pin)?;
    call.set_word(pin, TRIES, tries)?;
    Ok(Value::Void)
}
