//! `ConstructedBERTLV`: the content is an array of references to TLVs, at least as long as they are many.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use card_vm::heap::{Kind, Memory};
use card_vm::{Args, Machine, Ref, Stop, Value};

use super::format::{self, Form, Tag};
use super::object::{CONTENT, LENGTH, TAG, count, fill, form_of, make, measure, tag_object, whole};
use super::{Misuse, tag};
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Row, row};

const CONSTRUCTED: &[&str] = &["javacardx/framework/tlv/ConstructedBERTLV"];

pub(in crate::natives) const ROWS: &[Row] = &[
    row(CONSTRUCTED, "<init>", "(S)V", init),
    row(
        CONSTRUCTED,
        "init",
        "(Ljavacardx/framework/tlv/ConstructedBERTag;Ljavacardx/framework/tlv/BERTLV;)S",
        init_with,
    ),
    row(CONSTRUCTED, "init", "(Ljavacardx/framework/tlv/ConstructedBERTag;[BSS)S", init_parts),
    row(CONSTRUCTED, "append", "(Ljavacardx/framework/tlv/BERTLV;)S", append),
    row(CONSTRUCTED, "delete", "(Ljavacardx/framework/tlv/BERTLV;S)S", delete),
    row(CONSTRUCTED, "find", "(Ljavacardx/framework/tlv/BERTag;)Ljavacardx/framework/tlv/BERTLV;", find),
    row(
        CONSTRUCTED,
        "findNext",
        "(Ljavacardx/framework/tlv/BERTag;Ljavacardx/framework/tlv/BERTLV;S)Ljavacardx/framework/tlv/BERTLV;",
        find_next,
    ),
];

/// The TLV at an index of the content.
pub(super) fn child(call: &mut Call<'_, '_>, object: Ref, index: i16) -> Result<Ref, Stop> {
    let content = call.hidden(object, CONTENT)?;
    call.vm.jcre().load_element(content, index)
}

fn children(call: &mut Call<'_, '_>, object: Ref) -> Result<Vec<Ref>, Stop> {
    let count = count(call, object)?;
    call.vm.charge(u64::try_from(count).unwrap_or(0) / 4);
    (0..count).map(|index| child(call, object, index)).collect()
}

fn room(call: &mut Call<'_, '_>, tlvs: usize) -> Result<Ref, Stop> {
    let length = i16::try_from(tlvs).map_err(|_| Misuse::InsufficientStorage)?;
    let owner = call.vm.active();
    let class = Machine::class(names::BER_TLV);
    call.vm.make_array_in(Memory::Persistent, Kind::References, class, length, owner)
}

/// Changes the content, in a larger array if need be.
fn set_children(call: &mut Call<'_, '_>, object: Ref, children: &[Ref]) -> Result<(), Stop> {
    let mut content = call.hidden(object, CONTENT)?;
    let capacity = if content.is_null() { 0 } else { usize::from(call.vm.jcre().length(content)?) };
    if content.is_null() || capacity < children.len() {
        // Room for half as many again, so that appending one after the other does not copy all each time.
        content = room(call, children.len() + if capacity == 0 { 0 } else { children.len() / 2 + 1 })?;
        call.set_hidden(object, CONTENT, content)?;
    }
    let capacity = call.vm.jcre().length(content)?;
    let kept = children.iter().copied().chain(core::iter::repeat(Ref::NULL));
    for (index, child) in (0..capacity.cast_signed()).zip(kept) {
        let mut door = call.vm.jcre();
        if door.load_element(content, index)? != child {
            door.store_element(content, index, child)?;
        }
    }
    let count = i16::try_from(children.len()).map_err(|_| Misuse::InsufficientStorage)?;
    call.set_word(object, LENGTH, count)
}

/// Makes the objects of the TLVs that a value consists of, and the value of them.
pub(super) fn set_value(
    call: &mut Call<'_, '_>,
    object: Ref,
    value: &[u8],
    depth: usize,
) -> Result<(), Stop> {
    format::sequence(value).map_err(|_| Misuse::MalformedTlv)?;
    let mut children = Vec::new();
    for (begins, head) in format::children(value) {
        let inner = value.get(begins + head.size..begins + head.whole()).unwrap_or_default();
        children.push(make(call, head.tag, inner, depth + 1)?);
    }
    set_children(call, object, &children)
}

/// A TLV that the caller passed to become part of `whole`, which must not be in it already.
fn part_for(call: &mut Call<'_, '_>, whole: Ref, part: Ref) -> Result<usize, Stop> {
    call.callable(part)?;
    call.vm.caller().check_storable(part)?;
    let (mut seen, mut queue) = (BTreeSet::new(), Vec::from([part]));
    while let Some(next) = queue.pop() {
        if next == whole {
            return Err(Misuse::InvalidParam.into());
        }
        if seen.insert(next) && form_of(call, next) == Some(Form::Constructed) {
            queue.extend(children(call, next)?);
        }
    }
    let measured = measure(call, part, 1)?;
    measured.map(|(whole, _)| whole).ok_or_else(|| Misuse::InsufficientStorage.into())
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let capacity = usize::try_from(args.short(1)).map_err(|_| Misuse::InvalidParam)?;
    let content = room(call, capacity)?;
    call.set_hidden(args.reference(0), CONTENT, content)?;
    Ok(Value::Void)
}

/// A tag object that the caller passed to be kept.
fn kept_tag(call: &mut Call<'_, '_>, object: Ref) -> Result<Ref, Stop> {
    call.callable(object)?;
    tag::filled(call, object)?;
    call.vm.caller().check_storable(object)?;
    Ok(object)
}

fn init_with(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, part) = (args.reference(0), args.reference(2));
    let tag = kept_tag(call, args.reference(1))?;
    part_for(call, object, part)?;
    fill(call, object, tag, &[], 0)?;
    set_children(call, object, &[part])?;
    whole(call, object).map(Value::Short)
}

fn init_parts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = kept_tag(call, args.reference(1))?;
    let value = call.worked_on(args, 2)?.to_vec();
    fill(call, args.reference(0), tag, &value, 0)?;
    whole(call, args.reference(0)).map(Value::Short)
}

fn append(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, part) = (args.reference(0), args.reference(1));
    let more = part_for(call, object, part)?;
    let now = usize::try_from(whole(call, object)?).unwrap_or(0);
    // The length may take two bytes more than it does.
    if !format::fits(now + more + 2) {
        return Err(Misuse::InsufficientStorage.into());
    }
    let mut parts = children(call, object)?;
    parts.push(part);
    set_children(call, object, &parts)?;
    whole(call, object).map(Value::Short)
}

/// The index of the occurrence of a TLV with this number, the first being 1.
fn occurrence(call: &mut Call<'_, '_>, object: Ref, part: Ref, number: i16) -> Result<usize, Stop> {
    call.callable(part)?;
    let skip = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let skip = skip.ok_or(Misuse::InvalidParam)?;
    let parts = children(call, object)?;
    let mut found = parts.iter().enumerate().filter(|(_, child)| **child == part).skip(skip);
    found.next().map(|(index, _)| index).ok_or_else(|| Misuse::InvalidParam.into())
}

fn delete(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    tag_object(call, object)?;
    let index = occurrence(call, object, args.reference(1), args.short(2))?;
    let mut parts = children(call, object)?;
    parts.remove(index);
    set_children(call, object, &parts)?;
    whole(call, object).map(Value::Short)
}

/// The first TLV from an index on with a tag, or at all if that is null.
fn find_from(call: &mut Call<'_, '_>, object: Ref, wanted: Ref, from: usize) -> Result<Value, Stop> {
    let wanted: Option<Tag> = if wanted.is_null() {
        None
    } else {
        let wanted = call.callable(wanted)?;
        let tag = tag::of(call, wanted)?;
        if tag.is_none() {
            return Ok(Value::Ref(Ref::NULL));
        }
        tag
    };
    for child in children(call, object)?.into_iter().skip(from) {
        let own = call.hidden(child, TAG)?;
        let matches = match wanted {
            None => true,
            Some(_) if own.is_null() => false,
            Some(_) => tag::of(call, own)? == wanted,
        };
        if matches {
            return Ok(Value::Ref(child));
        }
    }
    Ok(Value::Ref(Ref::NULL))
}

fn find(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    find_from(call, args.reference(0), args.reference(1), 0)
}

fn find_next(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let index = occurrence(call, args.reference(0), args.reference(2), args.short(3))?;
    find_from(call, args.reference(0), args.reference(1), index + 1)
}
