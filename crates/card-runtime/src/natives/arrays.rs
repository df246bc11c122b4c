//! Arrays that applets ask the runtime environment for: transient ones, global ones, views (`javacard.framework.JCSystem`),
//! and `SensitiveArrays`.

use card_vm::heap::{Class, Kind, Memory, Standing, ViewAccess};
use card_vm::{Args, Machine, Owner, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Row, row};

const SYSTEM: &[&str] = &["javacard/framework/JCSystem"];
const SENSITIVE: &[&str] = &["javacard/framework/SensitiveArrays"];

/// `SystemException.ILLEGAL_VALUE` and `ILLEGAL_USE`.
const ILLEGAL_VALUE: i16 = 1;
const ILLEGAL_USE: i16 = 6;

pub(super) const ROWS: &[Row] = &[
    row(SYSTEM, "isTransient", "(Ljava/lang/Object;)B", is_transient),
    row(SYSTEM, "makeTransientBooleanArray", "(SB)[Z", transient_booleans),
    row(SYSTEM, "makeTransientByteArray", "(SB)[B", transient_bytes),
    row(SYSTEM, "makeTransientShortArray", "(SB)[S", transient_shorts),
    row(SYSTEM, "makeTransientObjectArray", "(SB)[Ljava/lang/Object;", transient_references),
    row(SYSTEM, "makeGlobalArray", "(BS)Ljava/lang/Object;", global_array),
    row(
        SYSTEM,
        "makeArrayView",
        "(Ljava/lang/Object;SSSLjavacard/framework/Shareable;)Ljava/lang/Object;",
        array_view,
    ),
    row(SYSTEM, "makeBooleanArrayView", "([ZSSSLjavacard/framework/Shareable;)[Z", array_view),
    row(SYSTEM, "makeByteArrayView", "([BSSSLjavacard/framework/Shareable;)[B", array_view),
    row(SYSTEM, "makeShortArrayView", "([SSSSLjavacard/framework/Shareable;)[S", array_view),
    row(SYSTEM, "isArrayView", "(Ljava/lang/Object;)Z", is_view),
    row(SYSTEM, "getAttributes", "(Ljava/lang/Object;)S", attributes),
    row(SENSITIVE, "isIntegritySensitiveArraysSupported", "()Z", no),
    row(SENSITIVE, "isIntegritySensitive", "(Ljava/lang/Object;)Z", is_sensitive),
    row(SENSITIVE, "makeIntegritySensitiveArray", "(BBS)Ljava/lang/Object;", make_sensitive),
    row(SENSITIVE, "assertIntegrity", "(Ljava/lang/Object;)V", not_sensitive),
    row(SENSITIVE, "clearArray", "(Ljava/lang/Object;)S", not_sensitive),
];

pub(super) fn illegal_value() -> Stop {
    Stop::throw_reason(names::SYSTEM_EXCEPTION, ILLEGAL_VALUE)
}

/// The memory of a `JCSystem.MEMORY_TYPE_*`, which `CLEAR_ON_*` equal.
pub(super) fn memory(kind: i16) -> Option<Memory> {
    match kind {
        0 => Some(Memory::Persistent),
        1 => Some(Memory::ClearOnReset),
        2 => Some(Memory::ClearOnDeselect),
        _ => None,
    }
}

/// The kind of a `JCSystem.ARRAY_TYPE_*`.
fn kind_of(array_type: i16) -> Option<Kind> {
    match array_type {
        1 => Some(Kind::Booleans),
        2 => Some(Kind::Bytes),
        3 => Some(Kind::Shorts),
        4 => Some(Kind::Ints),
        5 => Some(Kind::References),
        _ => None,
    }
}

/// The element class of an array that may hold anything.
fn element_class(kind: Kind) -> Class {
    match kind {
        Kind::References => Machine::class(card_vm::known::OBJECT),
        Kind::Free | Kind::Instance | Kind::Booleans | Kind::Bytes | Kind::Shorts | Kind::Ints => Class::NONE,
    }
}

fn is_transient(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let header = call.vm.heap().header(args.reference(0)).copied();
    Ok(Value::Short(header.map_or(0, |header| header.memory as i16)))
}

/// A transient array: its length and the event that clears it are the first two arguments.
pub(super) fn transient(call: &mut Call<'_, '_>, args: &Args, kind: Kind) -> Result<Value, Stop> {
    let memory = memory(args.short(1)).filter(|memory| *memory != Memory::Persistent);
    let memory = memory.ok_or_else(illegal_value)?;
    let owner = call.vm.active();
    call.vm.make_array_in(memory, kind, element_class(kind), args.short(0), owner).map(Value::Ref)
}

fn transient_booleans(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    transient(call, args, Kind::Booleans)
}

fn transient_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    transient(call, args, Kind::Bytes)
}

fn transient_shorts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    transient(call, args, Kind::Shorts)
}

fn transient_references(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    transient(call, args, Kind::References)
}

/// Nothing can keep a reference to a global array, so it lives as long as the command.
fn global_array(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let kind = kind_of(args.short(0)).ok_or_else(illegal_value)?;
    let memory = Memory::ClearOnReset;
    let array = call.vm.make_array_in(memory, kind, element_class(kind), args.short(1), Owner::JCRE)?;
    call.vm.heap().set_standing(array, Standing::GlobalArray)?;
    call.runtime().deletion_requested = true;
    Ok(Value::Ref(array))
}

/// A view for the context of a server's object, or for the caller's own when there is none.
pub(super) fn array_view(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let [array, server] = [args.reference(0), args.reference(4)];
    let access = ViewAccess::from_attributes(args.short(3)).ok_or_else(illegal_value)?;
    if call.vm.heap().header(array).is_some_and(|header| !header.kind.is_array()) {
        return Err(illegal_value());
    }
    let owner = match call.vm.heap().header(server) {
        Some(header) => header.owner,
        None => call.vm.active(),
    };
    call.vm.make_array_view(array, args.short(1), args.short(2), access, owner).map(Value::Ref)
}

fn is_view(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(call.vm.heap().view_access(args.reference(0)).is_some().into())
}

fn attributes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let access = call.vm.heap().view_access(args.reference(0)).ok_or_else(illegal_value)?;
    Ok(Value::Short(access.attributes()))
}

/// Arrays that guard themselves against faults of the chip make no sense where there is no chip, and the API lets a platform
/// be without them.
fn no(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(false.into())
}

fn is_sensitive(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.reference(0).is_null() {
        Err(Stop::throw(card_vm::known::NULL_POINTER))
    } else {
        Ok(false.into())
    }
}

fn not_sensitive(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.reference(0).is_null() {
        Err(Stop::throw(card_vm::known::NULL_POINTER))
    } else {
        Err(illegal_value())
    }
}

fn make_sensitive(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Err(Stop::throw_reason(names::SYSTEM_EXCEPTION, ILLEGAL_USE))
}
