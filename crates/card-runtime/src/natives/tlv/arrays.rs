//! The static methods of the TLV classes: TLVs in byte arrays.

use alloc::vec::Vec;

use card_vm::{Args, Ref, Stop, Value};

use super::format::{self, Form, Head, Wrong, push_length};
use super::{Misuse, rest, tag};
use crate::natives::call::Call;
use crate::natives::table::{Row, row};

const TLV: &[&str] = &["javacardx/framework/tlv/BERTLV"];
const PRIMITIVE: &[&str] = &["javacardx/framework/tlv/PrimitiveBERTLV"];
const CONSTRUCTED: &[&str] = &["javacardx/framework/tlv/ConstructedBERTLV"];

pub(in crate::natives) const ROWS: &[Row] = &[
    row(TLV, "verifyFormat", "([BSS)Z", verify),
    row(TLV, "getTag", "([BS[BS)S", get_tag),
    row(TLV, "getLength", "([BS)S", get_length),
    row(PRIMITIVE, "getValueOffset", "([BS)S", value_offset),
    row(PRIMITIVE, "toBytes", "([BS[BSS[BS)S", to_bytes),
    row(PRIMITIVE, "appendValue", "([BS[BSS)S", append_value),
    row(CONSTRUCTED, "append", "([BS[BS)S", append),
    row(CONSTRUCTED, "find", "([BS[BS)S", find),
    row(CONSTRUCTED, "findNext", "([BSS[BS)S", find_next),
];

/// What is wrong with a TLV in an array.
fn wrong(wrong: Wrong) -> Stop {
    match wrong {
        Wrong::Short => Stop::throw(card_vm::known::INDEX_OUT_OF_BOUNDS),
        Wrong::Malformed | Wrong::TooLong => Misuse::MalformedTlv.into(),
    }
}

/// The TLV in an array that the caller passed, from an offset on: its head and its value.
fn passed(call: &mut Call<'_, '_>, array: Ref, offset: i16) -> Result<(Head, Vec<u8>), Stop> {
    let (head, value) = format::tlv(rest(call, array, offset)?).map_err(wrong)?;
    let value: Vec<u8> = value.into();
    call.vm.charge(value.len() as u64 / crate::limits::BYTES_PER_CALL);
    Ok((head, value))
}

/// As [`passed`], of one form.
fn of_form(call: &mut Call<'_, '_>, array: Ref, offset: i16, form: Form) -> Result<(Head, Vec<u8>), Stop> {
    let (head, value) = passed(call, array, offset)?;
    if head.tag.form() == form { Ok((head, value)) } else { Err(Misuse::MalformedTlv.into()) }
}

/// A TLV's bytes.
fn bytes_of(tag: &[u8], value: &[u8]) -> Result<Vec<u8>, Stop> {
    let mut bytes: Vec<u8> = tag.into();
    push_length(value.len(), &mut bytes);
    bytes.extend_from_slice(value);
    if format::fits(bytes.len()) { Ok(bytes) } else { Err(Misuse::TlvSizeGreaterThan32767.into()) }
}

/// An offset of an array, some bytes after another.
fn after(offset: i16, bytes: usize) -> Value {
    Value::Short(offset.wrapping_add(i16::try_from(bytes).unwrap_or(i16::MAX)))
}

fn verify(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.worked_on(args, 0)?;
    Ok(format::tlv(bytes).is_ok_and(|(head, _)| head.whole() == bytes.len()).into())
}

fn get_tag(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (head, _) = passed(call, args.reference(0), args.short(1))?;
    call.give(args.reference(2), args.short(3), head.tag.as_bytes())
}

fn get_length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let head = Head::read(rest(call, args.reference(0), args.short(1))?).map_err(wrong)?;
    let length = i16::try_from(head.length).map_err(|_| Misuse::TlvLengthGreaterThan32767)?;
    passed(call, args.reference(0), args.short(1))?;
    Ok(Value::Short(length))
}

fn value_offset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (head, _) = of_form(call, args.reference(0), args.short(1), Form::Primitive)?;
    Ok(after(args.short(1), head.size))
}

fn to_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = tag::passed(call, args.reference(0), args.short(1))?;
    if tag.form() != Form::Primitive {
        return Err(Misuse::MalformedTag.into());
    }
    let bytes = bytes_of(tag.as_bytes(), call.worked_on(args, 2)?)?;
    call.give(args.reference(5), args.short(6), &bytes)
}

fn append_value(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (head, mut value) = of_form(call, args.reference(0), args.short(1), Form::Primitive)?;
    value.extend_from_slice(call.worked_on(args, 2)?);
    let bytes = bytes_of(head.tag.as_bytes(), &value)?;
    call.give(args.reference(0), args.short(1), &bytes)
}

fn append(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (part, _) = passed(call, args.reference(0), args.short(1))?;
    let length = i16::try_from(part.whole()).unwrap_or(i16::MAX);
    let (head, mut value) = of_form(call, args.reference(2), args.short(3), Form::Constructed)?;
    // The part as it stands, whichever form its length has.
    value.extend_from_slice(call.vm.caller().bytes(args.reference(0), args.short(1), length)?);
    let bytes = bytes_of(head.tag.as_bytes(), &value)?;
    call.give(args.reference(2), args.short(3), &bytes)
}

/// Where in the array the first TLV with a tag begins that is one of those from `skip` on.
fn find_from(
    call: &mut Call<'_, '_>,
    (array_offset, head): (i16, Head),
    value: &[u8],
    (tags, tag_offset): (Ref, i16),
    skip: usize,
) -> Result<Value, Stop> {
    let wanted = if tags.is_null() { None } else { Some(tag::passed(call, tags, tag_offset)?) };
    let mut found = format::children(value).skip(skip);
    let found = found.find(|(_, child)| wanted.is_none_or(|wanted| child.tag == wanted));
    Ok(found.map_or(Value::Short(-1), |(begins, _)| after(array_offset, head.size + begins)))
}

fn find(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let offset = args.short(1);
    let (head, value) = of_form(call, args.reference(0), offset, Form::Constructed)?;
    find_from(call, (offset, head), &value, (args.reference(2), args.short(3)), 0)
}

fn find_next(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (offset, start) = (args.short(1), args.short(2));
    let (head, value) = of_form(call, args.reference(0), offset, Form::Constructed)?;
    if start < 0 {
        return Err(Stop::throw(card_vm::known::INDEX_OUT_OF_BOUNDS));
    }
    let begins = usize::try_from(i32::from(start) - i32::from(offset)).ok();
    let begins = begins.and_then(|begins| begins.checked_sub(head.size));
    let last = format::children(&value).position(|(child, _)| Some(child) == begins);
    let last = last.ok_or(Misuse::InvalidParam)?;
    find_from(call, (offset, head), &value, (args.reference(3), args.short(4)), last + 1)
}
