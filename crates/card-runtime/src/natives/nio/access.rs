//! What goes in and out of a `ByteBuffer`: at the position, which then moves, or at an index; in the buffer's byte order.

use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Ref, Stop, Value};

use super::state::{ARRAY, Flag, State, range};
use super::{BYTES, Misuse};
use crate::limits::BYTES_PER_CALL;
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Row, row};

pub(in crate::natives) const ROWS: &[Row] = &[
    row(BYTES, "get", "()B", get::<1>),
    row(BYTES, "get", "(I)B", get_at::<1>),
    row(BYTES, "getShort", "()S", get::<2>),
    row(BYTES, "getShort", "(I)S", get_at::<2>),
    row(BYTES, "getInt", "()I", get::<4>),
    row(BYTES, "getInt", "(I)I", get_at::<4>),
    row(BYTES, "put", "(B)Ljavacardx/framework/nio/ByteBuffer;", put::<1>),
    row(BYTES, "put", "(IB)Ljavacardx/framework/nio/ByteBuffer;", put_at::<1>),
    row(BYTES, "putShort", "(S)Ljavacardx/framework/nio/ByteBuffer;", put::<2>),
    row(BYTES, "putShort", "(IS)Ljavacardx/framework/nio/ByteBuffer;", put_at::<2>),
    row(BYTES, "putInt", "(I)Ljavacardx/framework/nio/ByteBuffer;", put::<4>),
    row(BYTES, "putInt", "(II)Ljavacardx/framework/nio/ByteBuffer;", put_at::<4>),
    row(BYTES, "get", "([BII)Ljavacardx/framework/nio/ByteBuffer;", get_part),
    row(BYTES, "get", "([B)Ljavacardx/framework/nio/ByteBuffer;", get_array),
    row(BYTES, "put", "([BII)Ljavacardx/framework/nio/ByteBuffer;", put_part),
    row(BYTES, "put", "([B)Ljavacardx/framework/nio/ByteBuffer;", put_array),
    row(
        BYTES,
        "put",
        "(Ljavacardx/framework/nio/ByteBuffer;)Ljavacardx/framework/nio/ByteBuffer;",
        put_buffer,
    ),
    row(BYTES, "compact", "()Ljavacardx/framework/nio/ByteBuffer;", compact),
    row(BYTES, "compareTo", "(Ljavacardx/framework/nio/ByteBuffer;)I", compare),
];

fn underflow() -> Stop {
    Stop::throw(names::BUFFER_UNDERFLOW)
}

fn overflow() -> Stop {
    Stop::throw(names::BUFFER_OVERFLOW)
}

fn outside() -> Stop {
    Stop::throw(names::INDEX_OUT_OF_BOUNDS)
}

/// Bytes of the buffer's array, as the caller may read them.
fn load(call: &mut Call<'_, '_>, buffer: Ref, at: i16, length: u16) -> Result<Vec<u8>, Stop> {
    let array = call.hidden(buffer, ARRAY)?;
    call.vm.charge(u64::from(length) / BYTES_PER_CALL);
    call.vm.caller().bytes(array, at, length.cast_signed()).map(<[u8]>::to_vec)
}

/// Changes bytes of the buffer's array, as the caller may.
fn store(call: &mut Call<'_, '_>, buffer: Ref, at: i16, bytes: &[u8]) -> Result<(), Stop> {
    let array = call.hidden(buffer, ARRAY)?;
    call.vm.charge(bytes.len() as u64 / BYTES_PER_CALL);
    call.vm.caller().write(array, at, bytes, Atomicity::Transactional)
}

/// The number of so many bytes.
fn number<const SIZE: usize>(state: State, mut bytes: Vec<u8>) -> Value {
    if state.has(Flag::LittleEndian) {
        bytes.reverse();
    }
    let joined = bytes.iter().fold(0_u32, |value, byte| value << 8 | u32::from(*byte)).cast_signed();
    match SIZE {
        1 => Value::Short((joined << 8) as i16 >> 8),
        2 => Value::Short(joined as i16),
        _ => Value::Int(joined),
    }
}

/// The bytes of the number in the arguments from `at` on.
fn digits<const SIZE: usize>(state: State, args: &Args, at: usize) -> Vec<u8> {
    let value = if SIZE == 4 { args.int(at) } else { i32::from(args.short(at)) };
    let mut bytes: Vec<u8> = value.to_be_bytes().into_iter().skip(4 - SIZE).collect();
    if state.has(Flag::LittleEndian) {
        bytes.reverse();
    }
    bytes
}

fn get<const SIZE: usize>(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let state = State::read(call, args.reference(0))?;
    let (at, after) = state.next(SIZE as u16).ok_or_else(underflow)?;
    let bytes = load(call, args.reference(0), at, SIZE as u16)?;
    after.write(call, args.reference(0))?;
    Ok(number::<SIZE>(state, bytes))
}

fn get_at<const SIZE: usize>(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let state = State::read(call, args.reference(0))?;
    let at = state.at(args.int(1), SIZE as u16).ok_or_else(outside)?;
    Ok(number::<SIZE>(state, load(call, args.reference(0), at, SIZE as u16)?))
}

fn put<const SIZE: usize>(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let state = State::read(call, args.reference(0))?;
    state.writable()?;
    append(call, args.reference(0), state, &digits::<SIZE>(state, args, 1))
}

fn put_at<const SIZE: usize>(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let state = State::read(call, args.reference(0))?;
    state.writable()?;
    let at = state.at(args.int(1), SIZE as u16).ok_or_else(outside)?;
    store(call, args.reference(0), at, &digits::<SIZE>(state, args, 3))?;
    Ok(Value::Ref(args.reference(0)))
}

/// Writes bytes at the position.
fn append(call: &mut Call<'_, '_>, buffer: Ref, state: State, bytes: &[u8]) -> Result<Value, Stop> {
    let length = u16::try_from(bytes.len()).map_err(|_| overflow())?;
    let (at, after) = state.next(length).ok_or_else(overflow)?;
    store(call, buffer, at, bytes)?;
    after.write(call, buffer)?;
    Ok(Value::Ref(buffer))
}

/// Part of an array that the caller passed: its offset and its length.
fn part(call: &mut Call<'_, '_>, array: Ref, offset: i32, length: i32) -> Result<(i16, u16), Stop> {
    let whole = call.vm.caller().length(array)?;
    let wrong = Stop::throw(card_vm::known::INDEX_OUT_OF_BOUNDS);
    let (first, end) = range(offset, length, whole).ok_or(wrong)?;
    Ok((first.cast_signed(), end - first))
}

fn fill(call: &mut Call<'_, '_>, buffer: Ref, array: Ref, part: (i16, u16)) -> Result<Value, Stop> {
    let state = State::read(call, buffer)?;
    let (at, after) = state.next(part.1).ok_or_else(underflow)?;
    let bytes = load(call, buffer, at, part.1)?;
    call.give(array, part.0, &bytes)?;
    after.write(call, buffer)?;
    Ok(Value::Ref(buffer))
}

fn get_part(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let part = part(call, args.reference(1), args.int(2), args.int(4))?;
    fill(call, args.reference(0), args.reference(1), part)
}

fn get_array(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let length = call.vm.caller().length(args.reference(1))?;
    fill(call, args.reference(0), args.reference(1), (0, length))
}

fn take(call: &mut Call<'_, '_>, buffer: Ref, array: Ref, part: (i16, u16)) -> Result<Value, Stop> {
    let state = State::read(call, buffer)?;
    state.writable()?;
    let bytes = call.vm.caller().bytes(array, part.0, part.1.cast_signed())?.to_vec();
    append(call, buffer, state, &bytes)
}

fn put_part(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let part = part(call, args.reference(1), args.int(2), args.int(4))?;
    take(call, args.reference(0), args.reference(1), part)
}

fn put_array(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let length = call.vm.caller().length(args.reference(1))?;
    take(call, args.reference(0), args.reference(1), (0, length))
}

/// What remains of a buffer, and its state afterwards.
fn remaining(call: &mut Call<'_, '_>, buffer: Ref) -> Result<(Vec<u8>, State), Stop> {
    let state = State::read(call, buffer)?;
    let (at, after) = state.next(state.remaining()).ok_or_else(underflow)?;
    Ok((load(call, buffer, at, state.remaining())?, after))
}

fn put_buffer(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (buffer, source) = (args.reference(0), call.callable(args.reference(1))?);
    let state = State::read(call, buffer)?;
    state.writable()?;
    if source == buffer {
        return Err(Misuse::IllegalValue.into());
    }
    let (bytes, after) = remaining(call, source)?;
    let value = append(call, buffer, state, &bytes)?;
    after.write(call, source)?;
    Ok(value)
}

/// Moves what remains to the beginning, to go on writing behind it.
fn compact(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let buffer = args.reference(0);
    let state = State::read(call, buffer)?;
    state.writable()?;
    let (bytes, _) = remaining(call, buffer)?;
    store(call, buffer, state.index(0), &bytes)?;
    State { position: state.remaining(), limit: state.capacity, ..state }.write(call, buffer)?;
    Ok(Value::Ref(buffer))
}

/// The difference of the first bytes that differ, with their signs, else of the lengths.
fn compare(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let other = call.callable(args.reference(1))?;
    let ((left, _), (right, _)) = (remaining(call, args.reference(0))?, remaining(call, other)?);
    let signed = |byte: &u8| i32::from(byte.cast_signed());
    let differ = left.iter().zip(&right).find(|(left, right)| left != right);
    Ok(Value::Int(match differ {
        Some((left, right)) => signed(left) - signed(right),
        None => left.len() as i32 - right.len() as i32,
    }))
}
