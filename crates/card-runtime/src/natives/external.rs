//! `javacardx.external`: memory beside the heap.
//!
//! There is no MIFARE memory here. An extended store is kept in hidden arrays of a card's persistent memory, which nothing
//! else reaches; like memory outside of the card it takes no part in transactions, and what was written before a power cut
//! stays. The key is ignored, as the API says. Hidden reference: the pieces. Hidden words: the store's size.

use alloc::vec::Vec;

use card_vm::heap::{Atomicity, Kind, Memory};
use card_vm::{Args, Layout, Machine, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};
use crate::limits::{BYTES_PER_CALL, EXTENDED_STORE_BYTES, EXTENDED_STORE_PIECE};

const MEMORY: &[&str] = &["javacardx/external/Memory"];
const ACCESS: &[&str] = &["javacardx/external/MemoryAccess"];

const PIECES: u16 = 0;
const SIZE: u16 = 1;

/// `MEMORY_TYPE_EXTENDED_STORE`
const EXTENDED_STORE: i16 = 2;

pub(super) const ROWS: &[Row] = &[
    row(MEMORY, "getMemoryAccessInstance", "(B[SS)Ljavacardx/external/MemoryAccess;", get_instance),
    row(ACCESS, "writeData", "([BSS[BSSSS)Z", write),
    row(ACCESS, "readData", "([BS[BSSSSS)S", read),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacardx/external/MemoryAccess", Layout { references: 1, words: 2 })];

/// `ExternalException`'s reasons.
#[derive(Clone, Copy)]
enum Misuse {
    NoSuchSubsystem = 1,
    InvalidParam = 2,
}

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::EXTERNAL_EXCEPTION, misuse as i16)
    }
}

/// The number of two shorts, the high one first.
fn joined(high: i16, low: i16) -> u32 {
    card_vm::value::int_of(high, low).cast_unsigned()
}

/// Each call makes a store of its own.
fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.short(0) != EXTENDED_STORE {
        return Err(Misuse::NoSuchSubsystem.into());
    }
    let (array, offset) = (args.reference(1), args.short(2));
    call.check_bounds(array, offset, 2)?;
    let high = call.vm.caller().load_short(array, offset)?;
    let size = joined(high, call.vm.caller().load_short(array, offset + 1)?);
    if size == 0 || size > EXTENDED_STORE_BYTES {
        return Err(Misuse::InvalidParam.into());
    }
    let owner = call.vm.active();
    let class = Machine::class(card_vm::known::OBJECT);
    let count = i16::try_from(size.div_ceil(EXTENDED_STORE_PIECE)).unwrap_or(i16::MAX);
    let pieces = call.vm.make_array_in(Memory::Persistent, Kind::References, class, count, owner)?;
    let mut left = size;
    for index in 0..count {
        let length = left.min(EXTENDED_STORE_PIECE);
        let piece = call.new_bytes(u16::try_from(length).unwrap_or(0), Memory::Persistent)?;
        call.vm.jcre().store_element(pieces, index, piece)?;
        left -= length;
    }
    let access = call.new_instance(names::MEMORY_ACCESS)?;
    call.set_hidden(access, PIECES, pieces)?;
    call.vm.jcre().set_int(access, SIZE, size.cast_signed())?;
    Ok(Value::Ref(access))
}

/// Part of a piece: the array, and offset and length in it.
type Part = (Ref, i16, i16);

/// The parts of pieces that so many bytes from an address on lie in.
fn parts(call: &mut Call<'_, '_>, access: Ref, address: u32, length: i16) -> Result<Vec<Part>, Stop> {
    let size = call.vm.jcre().int(access, SIZE)?.cast_unsigned();
    let length = u32::try_from(length).map_err(|_| Misuse::InvalidParam)?;
    let end = address.checked_add(length).filter(|end| *end <= size).ok_or(Misuse::InvalidParam)?;
    call.vm.charge(u64::from(length) / BYTES_PER_CALL);
    let pieces = call.hidden(access, PIECES)?;
    let (mut at, mut parts) = (address, Vec::new());
    while at < end {
        let index = i16::try_from(at / EXTENDED_STORE_PIECE).unwrap_or(i16::MAX);
        let offset = at % EXTENDED_STORE_PIECE;
        let here = (end - at).min(EXTENDED_STORE_PIECE - offset);
        let piece = call.vm.jcre().load_element(pieces, index)?;
        let short = |value: u32| i16::try_from(value).unwrap_or(i16::MAX);
        parts.push((piece, short(offset), short(here)));
        at += here;
    }
    Ok(parts)
}

fn write(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(3));
    let address = joined(args.short(7), args.short(8));
    let bytes = call.vm.caller().bytes(array, offset, length)?.to_vec();
    let mut rest = bytes.as_slice();
    for (piece, at, length) in parts(call, args.reference(0), address, length)? {
        let (now, later) = rest.split_at_checked(usize::from(length.cast_unsigned())).unwrap_or((rest, &[]));
        call.vm.jcre().write(piece, at, now, Atomicity::NonAtomic)?;
        rest = later;
    }
    Ok(true.into())
}

fn read(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(8));
    let address = joined(args.short(6), args.short(7));
    call.check_bounds(array, offset, 0)?;
    let mut bytes = Vec::new();
    for (piece, at, length) in parts(call, args.reference(0), address, length)? {
        bytes.extend_from_slice(call.vm.jcre().bytes(piece, at, length)?);
    }
    call.give(array, offset, &bytes)
}
