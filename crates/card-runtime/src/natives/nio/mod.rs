//! `javacardx.framework.nio`: byte buffers over arrays.
//!
//! A buffer's array is reached as the caller reaches it, at each use, so what the firewall says of the array holds for the
//! buffer over it. An array whose reference must not be stored, as the APDU buffer's, cannot be wrapped
//! (`SecurityException`). A direct buffer has a persistent array of its own, which it does not give away.
//!
//! The Java Card platform has no `IllegalArgumentException`: a position, limit or capacity that is none is a
//! `SystemException` with `ILLEGAL_VALUE`, asking a buffer for an array that it does not give is one with `ILLEGAL_USE`.

pub(super) mod access;
pub(super) mod order;
mod state;

use card_vm::heap::Memory;
use card_vm::{Args, Layout, Ref, Stop, Value};

use self::state::{ARRAY, Flag, State};
use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};

/// `Buffer` lists what all buffers have; there are only byte buffers.
const BUFFER: &[&str] = &["javacardx/framework/nio/Buffer", "javacardx/framework/nio/ByteBuffer"];
const BYTES: &[&str] = &["javacardx/framework/nio/ByteBuffer"];

pub(super) const ROWS: &[Row] = &[
    row(BYTES, "allocateDirect", "(I)Ljavacardx/framework/nio/ByteBuffer;", allocate),
    row(BYTES, "wrap", "([BII)Ljavacardx/framework/nio/ByteBuffer;", wrap_part),
    row(BYTES, "wrap", "([B)Ljavacardx/framework/nio/ByteBuffer;", wrap),
    row(BUFFER, "capacity", "()I", capacity),
    row(BUFFER, "position", "()I", position),
    row(BUFFER, "position", "(I)Ljavacardx/framework/nio/Buffer;", set_position),
    row(BUFFER, "limit", "()I", limit),
    row(BUFFER, "limit", "(I)Ljavacardx/framework/nio/Buffer;", set_limit),
    row(BUFFER, "clear", "()Ljavacardx/framework/nio/Buffer;", clear),
    row(BUFFER, "flip", "()Ljavacardx/framework/nio/Buffer;", flip),
    row(BUFFER, "rewind", "()Ljavacardx/framework/nio/Buffer;", rewind),
    row(BUFFER, "remaining", "()I", remaining),
    row(BUFFER, "hasRemaining", "()Z", has_remaining),
    row(BUFFER, "isReadOnly", "()Z", is_read_only),
    row(BUFFER, "hasArray", "()Z", has_array),
    row(BUFFER, "array", "()Ljava/lang/Object;", array),
    row(BYTES, "array", "()[B", array),
    row(BUFFER, "arrayOffset", "()I", array_offset),
    row(BUFFER, "isDirect", "()Z", is_direct),
    row(BUFFER, "slice", "()Ljavacardx/framework/nio/Buffer;", slice),
    row(BYTES, "slice", "()Ljavacardx/framework/nio/ByteBuffer;", slice),
    row(BYTES, "asReadOnlyBuffer", "()Ljavacardx/framework/nio/ByteBuffer;", as_read_only),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacardx/framework/nio/ByteBuffer", Layout { references: 1, words: 5 })];

/// `SystemException`'s reasons.
#[derive(Clone, Copy)]
enum Misuse {
    IllegalValue = 1,
    IllegalUse = 6,
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::SYSTEM_EXCEPTION, misuse as i16)
    }
}

fn int(value: u16) -> Value {
    Value::Int(i32::from(value))
}

/// Makes a buffer.
fn make(call: &mut Call<'_, '_>, array: Ref, state: State) -> Result<Value, Stop> {
    let buffer = call.new_instance(names::BYTE_BUFFER)?;
    call.set_hidden(buffer, ARRAY, array)?;
    state.write(call, buffer)?;
    Ok(Value::Ref(buffer))
}

fn allocate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let capacity = i16::try_from(args.int(0)).ok().and_then(|capacity| u16::try_from(capacity).ok());
    let capacity = capacity.ok_or(Misuse::IllegalValue)?;
    let array = call.new_bytes(capacity, Memory::Persistent)?;
    make(call, array, State::new(0, capacity).with(Flag::Direct))
}

fn wrap(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let array = args.reference(0);
    let capacity = call.vm.caller().length(array)?;
    call.vm.caller().check_storable(array)?;
    make(call, array, State::new(0, capacity))
}

/// The buffer is over the whole array; offset and length become its position and limit.
fn wrap_part(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let array = args.reference(0);
    let capacity = call.vm.caller().length(array)?;
    call.vm.caller().check_storable(array)?;
    let range = state::range(args.int(1), args.int(3), capacity);
    let (position, limit) = range.ok_or(Stop::throw(card_vm::known::INDEX_OUT_OF_BOUNDS))?;
    make(call, array, State { position, limit, ..State::new(0, capacity) })
}

fn capacity(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(int(State::read(call, args.reference(0))?.capacity))
}

fn position(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(int(State::read(call, args.reference(0))?.position))
}

fn limit(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(int(State::read(call, args.reference(0))?.limit))
}

/// Changes a buffer's marks and gives the buffer.
fn marked(
    call: &mut Call<'_, '_>,
    args: &Args,
    change: impl FnOnce(State) -> Option<State>,
) -> Result<Value, Stop> {
    let buffer = args.reference(0);
    let state = State::read(call, buffer)?;
    change(state).ok_or(Misuse::IllegalValue)?.write(call, buffer)?;
    Ok(Value::Ref(buffer))
}

fn set_position(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let wanted = u16::try_from(args.int(1)).ok();
    marked(call, args, |state| {
        let position = wanted.filter(|wanted| *wanted <= state.limit)?;
        Some(State { position, ..state })
    })
}

fn set_limit(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let wanted = u16::try_from(args.int(1)).ok();
    marked(call, args, |state| {
        let limit = wanted.filter(|wanted| *wanted <= state.capacity)?;
        Some(State { limit, position: state.position.min(limit), ..state })
    })
}

fn clear(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    marked(call, args, |state| Some(State { position: 0, limit: state.capacity, ..state }))
}

fn flip(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    marked(call, args, |state| Some(State { position: 0, limit: state.position, ..state }))
}

fn rewind(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    marked(call, args, |state| Some(State { position: 0, ..state }))
}

fn remaining(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(int(State::read(call, args.reference(0))?.remaining()))
}

fn has_remaining(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok((State::read(call, args.reference(0))?.remaining() > 0).into())
}

fn is_read_only(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(State::read(call, args.reference(0))?.has(Flag::ReadOnly).into())
}

fn is_direct(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(State::read(call, args.reference(0))?.has(Flag::Direct).into())
}

fn has_array(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let state = State::read(call, args.reference(0))?;
    Ok((!state.has(Flag::ReadOnly) && !state.has(Flag::Direct)).into())
}

/// The state of a buffer that gives its array.
fn with_array(call: &mut Call<'_, '_>, buffer: Ref) -> Result<State, Stop> {
    let state = State::read(call, buffer)?;
    if state.has(Flag::Direct) {
        return Err(Misuse::IllegalUse.into());
    }
    state.writable()?;
    Ok(state)
}

fn array(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    with_array(call, args.reference(0))?;
    call.hidden(args.reference(0), ARRAY).map(Value::Ref)
}

fn array_offset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(int(with_array(call, args.reference(0))?.offset))
}

/// A buffer over what remains of this one, which is big-endian whatever this one is.
fn slice(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let state = State::read(call, args.reference(0))?;
    let array = call.hidden(args.reference(0), ARRAY)?;
    let slice = State::new(state.offset + state.position, state.remaining());
    make(call, array, slice.like(state))
}

fn as_read_only(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let state = State::read(call, args.reference(0))?;
    let array = call.hidden(args.reference(0), ARRAY)?;
    let same =
        State { position: state.position, limit: state.limit, ..State::new(state.offset, state.capacity) };
    make(call, array, same.like(state).with(Flag::ReadOnly))
}
