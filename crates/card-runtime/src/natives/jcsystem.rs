//! `javacard.framework.JCSystem`, but for the arrays it makes ([`super::arrays`]).

use card_vm::heap::{Atomicity, Depth};
use card_vm::{Args, Ref, Stop, Value};

use super::arrays::{illegal_value, memory};
use super::call::Call;
use super::table::{Row, row};

const SYSTEM: &[&str] = &["javacard/framework/JCSystem"];

/// The API that is here as a whole: 3.2.
const VERSION: i16 = 0x0302;

pub(super) const ROWS: &[Row] = &[
    row(SYSTEM, "getVersion", "()S", version),
    row(SYSTEM, "getAID", "()Ljavacard/framework/AID;", aid),
    row(SYSTEM, "lookupAID", "([BSB)Ljavacard/framework/AID;", lookup_aid),
    row(SYSTEM, "beginTransaction", "()V", begin),
    row(SYSTEM, "abortTransaction", "()V", abort),
    row(SYSTEM, "commitTransaction", "()V", commit),
    row(SYSTEM, "getTransactionDepth", "()B", depth),
    row(SYSTEM, "getUnusedCommitCapacity", "()S", unused_capacity),
    row(SYSTEM, "getMaxCommitCapacity", "()S", capacity),
    row(SYSTEM, "getPreviousContextAID", "()Ljavacard/framework/AID;", previous_aid),
    row(SYSTEM, "getAvailableMemory", "(B)S", available),
    row(SYSTEM, "getAvailableMemory", "([SSB)V", available_shorts),
    row(SYSTEM, "getAvailableMemory", "([BSB)V", available_bytes),
    row(
        SYSTEM,
        "getAppletShareableInterfaceObject",
        "(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;",
        shareable,
    ),
    row(SYSTEM, "isObjectDeletionSupported", "()Z", deletion_supported),
    row(SYSTEM, "requestObjectDeletion", "()V", request_deletion),
    row(SYSTEM, "getAssignedChannel", "()B", channel),
    row(SYSTEM, "isAppletActive", "(Ljavacard/framework/AID;)Z", is_active),
];

fn version(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(VERSION))
}

fn aid(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let applet = call.vm.active().applet;
    Ok(Value::Ref(call.runtime().aid_object(applet)))
}

fn previous_aid(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let previous = call.vm.previous().applet;
    Ok(Value::Ref(call.runtime().aid_object(previous)))
}

fn lookup_aid(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.vm.caller().bytes(args.reference(0), args.short(1), args.short(2))?.to_vec();
    let found = call.runtime().registry.applets.iter().find(|applet| applet.aid.as_bytes() == bytes);
    Ok(Value::Ref(found.map_or(Ref::NULL, |applet| applet.aid_object)))
}

fn begin(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    call.vm.heap().begin(Depth::Applet)?;
    Ok(Value::Void)
}

fn abort(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    call.vm.heap().abort(Depth::Applet)?;
    Ok(Value::Void)
}

fn commit(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    call.vm.heap().commit(Depth::Applet)?;
    Ok(Value::Void)
}

fn depth(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(call.vm.heap().in_transaction(Depth::Applet).into())
}

fn as_short(value: u32) -> Value {
    Value::Short(i16::try_from(value).unwrap_or(i16::MAX))
}

fn unused_capacity(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(as_short(call.vm.heap().unused_commit_capacity()))
}

fn capacity(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(as_short(card_vm::limits::COMMIT_CAPACITY))
}

fn free(call: &mut Call<'_, '_>, kind: i16) -> Result<u32, Stop> {
    let (used, limit) = call.vm.heap().memory(memory(kind).ok_or_else(illegal_value)?);
    Ok(limit.saturating_sub(used))
}

fn available(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    free(call, args.short(0)).map(as_short)
}

/// The number of bytes as two shorts, high one first.
fn available_shorts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = free(call, args.short(2))?;
    let (array, offset) = (args.reference(0), args.short(1));
    let [b0, b1, b2, b3] = bytes.to_be_bytes();
    let mut door = call.vm.caller();
    door.store_short(array, offset, i16::from_be_bytes([b0, b1]))?;
    door.store_short(array, offset.wrapping_add(1), i16::from_be_bytes([b2, b3]))?;
    Ok(Value::Void)
}

/// The same as four bytes.
fn available_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = free(call, args.short(2))?.to_be_bytes();
    call.vm.caller().write(args.reference(0), args.short(1), &bytes, Atomicity::Transactional)?;
    Ok(Value::Void)
}

/// Asks the other applet, in its context, for an object that it shares (JCRE 6.2.7.2).
fn shareable(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let wanted = call.aid(args.reference(0))?;
    let Some(server) = call.runtime().registry.applet(&wanted).copied() else {
        return Ok(Value::Ref(Ref::NULL));
    };
    if call.vm.heap().is_barred(server.slot) && call.vm.active().context != server.slot {
        return Err(Stop::throw(card_vm::known::SECURITY));
    }
    let client = call.vm.active().applet;
    let client = call.runtime().aid_object(client);
    crate::calls::shareable(call.vm, call.os, &server, client, args.short(1)).map(Value::Ref)
}

fn deletion_supported(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(true.into())
}

/// Done after the command (JCRE 8.1.1).
fn request_deletion(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    call.runtime().deletion_requested = true;
    Ok(Value::Void)
}

fn channel(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let channel = call.runtime().channel;
    Ok(Value::Short(i16::from(channel)))
}

fn is_active(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let wanted = call.aid(args.reference(0))?;
    let runtime = call.runtime();
    let id = runtime.registry.applet(&wanted).map(|applet| applet.id);
    Ok(id.is_some_and(|id| runtime.channels.is_selected(id)).into())
}
