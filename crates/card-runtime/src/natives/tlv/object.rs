//! What all TLV objects have in common: `BERTLV`. Hidden references: the tag object, and the content. Hidden words:
//! whether it is filled, and the content's length in bytes or in TLVs.

use alloc::vec::Vec;

use card_vm::heap::Memory;
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::format::{self, Form, Tag, length_size, push_length};
use super::{Misuse, constructed, primitive, tag};
use crate::limits::TLV_DEPTH;
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Fields, Row, fields, row};

const TLV: &[&str] = &["javacardx/framework/tlv/BERTLV"];
const TLVS: &[&str] = &[
    "javacardx/framework/tlv/BERTLV",
    "javacardx/framework/tlv/PrimitiveBERTLV",
    "javacardx/framework/tlv/ConstructedBERTLV",
];

pub(super) const TAG: u16 = 0;
pub(super) const CONTENT: u16 = 1;
pub(super) const FILLED: u16 = 2;
pub(super) const LENGTH: u16 = 3;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(TLV, "getInstance", "([BSS)Ljavacardx/framework/tlv/BERTLV;", get_instance),
    row(TLV, "toBytes", "([BS)S", to_bytes),
    row(TLV, "getTag", "()Ljavacardx/framework/tlv/BERTag;", get_tag),
    row(TLV, "getLength", "()S", get_length),
    row(TLV, "size", "()S", size),
    row(TLVS, "init", "([BSS)S", init),
];

pub(in crate::natives) const FIELDS: &[Fields] =
    &[fields("javacardx/framework/tlv/BERTLV", Layout { references: 2, words: 2 })];

/// The form that an object's class demands; none of a class of the applet's own.
pub(super) fn form_of(call: &Call<'_, '_>, object: Ref) -> Option<Form> {
    if call.vm.is_instance(object, names::PRIMITIVE_BER_TLV) {
        Some(Form::Primitive)
    } else if call.vm.is_instance(object, names::CONSTRUCTED_BER_TLV) {
        Some(Form::Constructed)
    } else {
        None
    }
}

/// The tag object of a TLV that is filled.
pub(super) fn tag_object(call: &mut Call<'_, '_>, object: Ref) -> Result<Ref, Stop> {
    if call.word(object, FILLED)? == 0 {
        return Err(Misuse::EmptyTlv.into());
    }
    call.hidden(object, TAG)
}

/// Bytes or TLVs in the content.
pub(super) fn count(call: &mut Call<'_, '_>, object: Ref) -> Result<i16, Stop> {
    call.word(object, LENGTH)
}

/// Bytes of a TLV and of its value; `None` when they are more than the API can speak of, so that a TLV that is in it over
/// and over takes no longer to measure than one of that size.
pub(super) fn measure(
    call: &mut Call<'_, '_>,
    object: Ref,
    depth: usize,
) -> Result<Option<(usize, usize)>, Stop> {
    if depth >= TLV_DEPTH {
        return Err(Misuse::IllegalSize.into());
    }
    call.vm.charge(1);
    let tag = tag_object(call, object)?;
    let tag = tag::filled(call, tag)?;
    let count = count(call, object)?;
    let mut length = 0;
    match form_of(call, object) {
        Some(Form::Constructed) => {
            for index in 0..count {
                let child = constructed::child(call, object, index)?;
                let Some((whole, _)) = measure(call, child, depth + 1)? else { return Ok(None) };
                length += whole;
                if !format::fits(length) {
                    return Ok(None);
                }
            }
        }
        Some(Form::Primitive) | None => length = usize::try_from(count).unwrap_or(0),
    }
    let whole = usize::from(tag.length()) + length_size(length) + length;
    Ok(Some((whole, length)))
}

/// Bytes of a TLV, no more than the API can speak of.
pub(super) fn whole(call: &mut Call<'_, '_>, object: Ref) -> Result<i16, Stop> {
    let measured = measure(call, object, 0)?;
    let whole = measured.and_then(|(whole, _)| i16::try_from(whole).ok());
    whole.ok_or_else(|| Misuse::TlvSizeGreaterThan32767.into())
}

/// Appends a TLV's bytes; it has been measured.
fn push(call: &mut Call<'_, '_>, object: Ref, to: &mut Vec<u8>) -> Result<(), Stop> {
    let tag = tag_object(call, object)?;
    let tag = tag::filled(call, tag)?;
    let mut value = Vec::new();
    match form_of(call, object) {
        Some(Form::Constructed) => {
            for index in 0..count(call, object)? {
                let child = constructed::child(call, object, index)?;
                push(call, child, &mut value)?;
            }
        }
        Some(Form::Primitive) | None => value.extend_from_slice(primitive::value(call, object)?),
    }
    to.extend_from_slice(tag.as_bytes());
    push_length(value.len(), to);
    to.append(&mut value);
    Ok(())
}

/// Makes the object of a TLV with this tag and value, which consists of TLVs if the tag is constructed.
pub(super) fn make(call: &mut Call<'_, '_>, tag: Tag, value: &[u8], depth: usize) -> Result<Ref, Stop> {
    let object = call.new_instance(match tag.form() {
        Form::Primitive => names::PRIMITIVE_BER_TLV,
        Form::Constructed => names::CONSTRUCTED_BER_TLV,
    })?;
    let tag = tag::make(call, tag)?;
    fill(call, object, tag, value, depth)?;
    Ok(object)
}

/// Gives an object a tag and a value, according to its class. Nothing is changed when that fails.
pub(super) fn fill(
    call: &mut Call<'_, '_>,
    object: Ref,
    tag: Ref,
    value: &[u8],
    depth: usize,
) -> Result<(), Stop> {
    if depth >= TLV_DEPTH {
        return Err(Misuse::IllegalSize.into());
    }
    match form_of(call, object) {
        Some(Form::Constructed) => constructed::set_value(call, object, value, depth)?,
        Some(Form::Primitive) | None => primitive::set_value(call, object, value)?,
    }
    call.set_hidden(object, TAG, tag)?;
    call.set_word(object, FILLED, 1)
}

/// The TLV that fills the bytes which the caller passed from an argument on.
fn passed(call: &mut Call<'_, '_>, args: &Args, at: usize) -> Result<(Tag, Vec<u8>), Stop> {
    let bytes = call.worked_on(args, at)?;
    match format::tlv(bytes) {
        Ok((head, value)) if head.whole() == bytes.len() => Ok((head.tag, value.into())),
        Ok(_) | Err(_) => Err(Misuse::MalformedTlv.into()),
    }
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (tag, value) = passed(call, args, 0)?;
    make(call, tag, &value, 0).map(Value::Ref)
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    let (tag, value) = passed(call, args, 1)?;
    if form_of(call, object).is_some_and(|form| form != tag.form()) {
        return Err(Misuse::MalformedTlv.into());
    }
    let tag = tag::make(call, tag)?;
    fill(call, object, tag, &value, 0)?;
    whole(call, object).map(Value::Short)
}

fn to_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    whole(call, args.reference(0))?;
    let mut bytes = Vec::new();
    push(call, args.reference(0), &mut bytes)?;
    call.give(args.reference(1), args.short(2), &bytes)
}

fn get_tag(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    tag_object(call, args.reference(0)).map(Value::Ref)
}

fn get_length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let measured = measure(call, args.reference(0), 0)?;
    let length = measured.and_then(|(_, length)| i16::try_from(length).ok());
    Ok(Value::Short(length.ok_or(Misuse::TlvLengthGreaterThan32767)?))
}

fn size(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    whole(call, args.reference(0)).map(Value::Short)
}

/// An array of bytes for at least so many, in which a value is kept.
pub(super) fn room(call: &mut Call<'_, '_>, bytes: usize) -> Result<Ref, Stop> {
    let bytes = u16::try_from(bytes).ok().filter(|bytes| format::fits(usize::from(*bytes)));
    call.new_bytes(bytes.ok_or(Misuse::InsufficientStorage)?, Memory::Persistent)
}
