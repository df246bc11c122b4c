//! `PrimitiveBERTLV`: the content is a byte array, at least as long as the value.

use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Ref, Stop, Value};

use super::object::{CONTENT, LENGTH, fill, room, tag_object, whole};
use super::{Misuse, tag};
use crate::natives::call::Call;
use crate::natives::table::{Row, row};

const PRIMITIVE: &[&str] = &["javacardx/framework/tlv/PrimitiveBERTLV"];

pub(in crate::natives) const ROWS: &[Row] = &[
    row(PRIMITIVE, "<init>", "(S)V", init),
    row(PRIMITIVE, "init", "(Ljavacardx/framework/tlv/PrimitiveBERTag;[BSS)S", init_parts),
    row(PRIMITIVE, "appendValue", "([BSS)S", append),
    row(PRIMITIVE, "replaceValue", "([BSS)S", replace),
    row(PRIMITIVE, "getValue", "([BS)S", get_value),
];

/// The value of a primitive TLV.
pub(super) fn value<'a>(call: &'a mut Call<'_, '_>, object: Ref) -> Result<&'a [u8], Stop> {
    let length = usize::try_from(call.word(object, LENGTH)?).unwrap_or(0);
    let content = call.hidden(object, CONTENT)?;
    Ok(call.hidden_bytes(content)?.get(..length).unwrap_or_default())
}

/// Changes the value, in a larger array if need be.
pub(super) fn set_value(call: &mut Call<'_, '_>, object: Ref, value: &[u8]) -> Result<(), Stop> {
    let length = i16::try_from(value.len()).map_err(|_| Misuse::InsufficientStorage)?;
    let content = call.hidden(object, CONTENT)?;
    let content = if content.is_null() || call.hidden_bytes(content)?.len() < value.len() {
        let larger = room(call, value.len())?;
        call.set_hidden(object, CONTENT, larger)?;
        larger
    } else {
        content
    };
    call.vm.jcre().write(content, 0, value, Atomicity::Transactional)?;
    call.set_word(object, LENGTH, length)
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let capacity = usize::try_from(args.short(1)).map_err(|_| Misuse::InvalidParam)?;
    let content = room(call, capacity)?;
    call.set_hidden(args.reference(0), CONTENT, content)?;
    Ok(Value::Void)
}

fn init_parts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = call.callable(args.reference(1))?;
    tag::filled(call, tag)?;
    call.vm.caller().check_storable(tag)?;
    let value = call.worked_on(args, 2)?.to_vec();
    fill(call, args.reference(0), tag, &value, 0)?;
    whole(call, args.reference(0)).map(Value::Short)
}

/// Puts bytes behind the first ones of the value.
fn change(call: &mut Call<'_, '_>, args: &Args, mut value: Vec<u8>) -> Result<Value, Stop> {
    value.extend_from_slice(call.worked_on(args, 1)?);
    set_value(call, args.reference(0), &value)?;
    whole(call, args.reference(0)).map(Value::Short)
}

fn append(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    tag_object(call, args.reference(0))?;
    let value = value(call, args.reference(0))?.to_vec();
    change(call, args, value)
}

fn replace(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    tag_object(call, args.reference(0))?;
    change(call, args, Vec::new())
}

fn get_value(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    whole(call, args.reference(0))?;
    let value = value(call, args.reference(0))?.to_vec();
    call.give(args.reference(1), args.short(2), &value)
}
