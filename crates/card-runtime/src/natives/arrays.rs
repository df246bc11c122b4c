//! Arrays that applets ask the runtime environment for: transient ones, global ones, views (`javacard.framework.JCSystem`),
//! and `SensitiveArrays`, whose checksums are the heap's.

use card_vm::heap::{Access, Atomicity, Class, Kind, Memory, Standing, ViewAccess};
use card_vm::{Args, Machine, Owner, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Row, row};
use crate::limits::BYTES_PER_CALL;

const SYSTEM: &[&str] = &["javacard/framework/JCSystem"];
const SENSITIVE: &[&str] = &["javacard/framework/SensitiveArrays"];

/// `SystemException.ILLEGAL_VALUE`.
const ILLEGAL_VALUE: i16 = 1;

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
    row(SENSITIVE, "isIntegritySensitiveArraysSupported", "()Z", sensitive_supported),
    row(SENSITIVE, "isIntegritySensitive", "(Ljava/lang/Object;)Z", is_sensitive),
    row(SENSITIVE, "makeIntegritySensitiveArray", "(BBS)Ljava/lang/Object;", make_sensitive),
    row(SENSITIVE, "assertIntegrity", "(Ljava/lang/Object;)V", assert_integrity),
    row(SENSITIVE, "clearArray", "(Ljava/lang/Object;)S", clear_sensitive),
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

fn sensitive_supported(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(true.into())
}

fn make_sensitive(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let kind = kind_of(args.short(0)).ok_or_else(illegal_value)?;
    let memory = memory(args.short(1)).ok_or_else(illegal_value)?;
    let owner = call.vm.active();
    let array = call.vm.make_array_in(memory, kind, element_class(kind), args.short(2), owner)?;
    call.vm.heap().guard(array)?;
    Ok(Value::Ref(array))
}

fn is_sensitive(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.reference(0).is_null() {
        return Err(Stop::throw(card_vm::known::NULL_POINTER));
    }
    Ok(call.vm.heap().is_guarded(args.reference(0)).into())
}

/// An array that guards itself and that the caller may use; ILLEGAL_VALUE for what does not.
fn sensitive(call: &mut Call<'_, '_>, args: &Args) -> Result<Ref, Stop> {
    let array = args.reference(0);
    call.vm.caller().header(array, Access::Array)?;
    if call.vm.heap().is_guarded(array) { Ok(array) } else { Err(illegal_value()) }
}

fn assert_integrity(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let array = sensitive(call, args)?;
    let length = call.vm.caller().length(array)?;
    call.vm.charge(u64::from(length) / BYTES_PER_CALL);
    if call.vm.heap().is_intact(array) { Ok(Value::Void) } else { Err(Stop::throw(card_vm::known::SECURITY)) }
}

/// Gives the number of elements, all of which are zero, false or null afterwards.
fn clear_sensitive(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let array = sensitive(call, args)?;
    let length = call.vm.caller().length(array)?;
    call.vm.charge(u64::from(length) / BYTES_PER_CALL);
    call.vm.caller().clear_array(array, Atomicity::Transactional)?;
    Ok(Value::Short(length.cast_signed()))
}
