//! `BERTag`, `PrimitiveBERTag`, `ConstructedBERTag`. Hidden words: the number of bytes, none in an empty tag; the bytes,
//! two a word.

use alloc::vec::Vec;

use card_vm::{Args, Layout, Ref, Stop, Value};

use super::format::{Form, Tag, Wrong};
use super::{Misuse, rest};
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Fields, Row, fields, row};

const TAG: &[&str] = &["javacardx/framework/tlv/BERTag"];
const TAGS: &[&str] = &[
    "javacardx/framework/tlv/BERTag",
    "javacardx/framework/tlv/PrimitiveBERTag",
    "javacardx/framework/tlv/ConstructedBERTag",
];
const CONCRETE: &[&str] =
    &["javacardx/framework/tlv/PrimitiveBERTag", "javacardx/framework/tlv/ConstructedBERTag"];

const LENGTH: u16 = 0;
const BYTES: u16 = 1;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(TAG, "getInstance", "([BS)Ljavacardx/framework/tlv/BERTag;", get_instance),
    row(TAG, "toBytes", "(SZS[BS)S", parts_to_bytes),
    row(TAG, "size", "([BS)B", size_in),
    row(TAG, "tagNumber", "([BS)S", number_in),
    row(TAG, "isConstructed", "([BS)Z", is_constructed_in),
    row(TAG, "tagClass", "([BS)B", class_in),
    row(TAG, "verifyFormat", "([BS)Z", verify),
    row(TAG, "size", "()B", size),
    row(TAG, "toBytes", "([BS)S", to_bytes),
    row(TAG, "tagNumber", "()S", number),
    row(TAG, "isConstructed", "()Z", is_constructed),
    row(TAG, "tagClass", "()B", class),
    row(TAG, "equals", "(Ljavacardx/framework/tlv/BERTag;)Z", equals),
    row(TAGS, "init", "([BS)V", init),
    row(CONCRETE, "init", "(BS)V", init_parts),
];

pub(in crate::natives) const FIELDS: &[Fields] =
    &[fields("javacardx/framework/tlv/BERTag", Layout { references: 0, words: 3 })];

/// What is wrong with a tag in an array.
fn wrong(wrong: Wrong) -> Stop {
    match wrong {
        Wrong::Short => Stop::throw(card_vm::known::INDEX_OUT_OF_BOUNDS),
        Wrong::Malformed => Misuse::MalformedTag.into(),
        Wrong::TooLong => Misuse::IllegalSize.into(),
    }
}

/// The tag in an array that the caller passed, from an offset on.
pub(super) fn passed(call: &mut Call<'_, '_>, array: Ref, offset: i16) -> Result<Tag, Stop> {
    Tag::read(rest(call, array, offset)?).map_err(wrong)
}

/// The tag that an object stands for; `None` when it is empty.
pub(super) fn of(call: &mut Call<'_, '_>, object: Ref) -> Result<Option<Tag>, Stop> {
    let [_, length] = call.word(object, LENGTH)?.to_be_bytes();
    let [b0, b1] = call.word(object, BYTES)?.to_be_bytes();
    let [b2, b3] = call.word(object, BYTES + 1)?.to_be_bytes();
    Ok((length > 0).then(|| Tag::stored([b0, b1, b2, b3], length)))
}

/// The tag that an object stands for.
pub(super) fn filled(call: &mut Call<'_, '_>, object: Ref) -> Result<Tag, Stop> {
    of(call, object)?.ok_or_else(|| Misuse::EmptyTag.into())
}

fn set(call: &mut Call<'_, '_>, object: Ref, tag: Tag) -> Result<(), Stop> {
    let [b0, b1, b2, b3] = tag.all_bytes();
    call.set_word(object, LENGTH, i16::from(tag.length()))?;
    call.set_word(object, BYTES, i16::from_be_bytes([b0, b1]))?;
    call.set_word(object, BYTES + 1, i16::from_be_bytes([b2, b3]))
}

/// Makes the object of a tag.
pub(super) fn make(call: &mut Call<'_, '_>, tag: Tag) -> Result<Ref, Stop> {
    let object = call.new_instance(match tag.form() {
        Form::Primitive => names::PRIMITIVE_BER_TAG,
        Form::Constructed => names::CONSTRUCTED_BER_TAG,
    })?;
    set(call, object, tag)?;
    Ok(object)
}

/// The form that an object's class demands of its tag; none of a class of the applet's own.
fn form_of(call: &Call<'_, '_>, object: Ref) -> Option<Form> {
    if call.vm.is_instance(object, names::PRIMITIVE_BER_TAG) {
        Some(Form::Primitive)
    } else if call.vm.is_instance(object, names::CONSTRUCTED_BER_TAG) {
        Some(Form::Constructed)
    } else {
        None
    }
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = passed(call, args.reference(0), args.short(1))?;
    make(call, tag).map(Value::Ref)
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = passed(call, args.reference(1), args.short(2))?;
    if form_of(call, args.reference(0)).is_some_and(|form| form != tag.form()) {
        return Err(Misuse::MalformedTag.into());
    }
    set(call, args.reference(0), tag)?;
    Ok(Value::Void)
}

/// A tag of class, form and number.
fn of_parts(class: i16, form: Form, number: i16) -> Result<Tag, Stop> {
    let class = u8::try_from(class).ok().filter(|class| *class < 4).ok_or(Misuse::InvalidParam)?;
    let number = u16::try_from(number).map_err(|_| Misuse::InvalidParam)?;
    Tag::of(class, form, number).ok_or_else(|| Misuse::IllegalSize.into())
}

fn init_parts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let form = form_of(call, args.reference(0)).unwrap_or(Form::Primitive);
    let tag = of_parts(args.short(1), form, args.short(2))?;
    set(call, args.reference(0), tag)?;
    Ok(Value::Void)
}

fn parts_to_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let form = if args.short(1) != 0 { Form::Constructed } else { Form::Primitive };
    let tag = of_parts(args.short(0), form, args.short(2))?;
    call.give(args.reference(3), args.short(4), tag.as_bytes())
}

fn size_of(tag: Tag) -> Value {
    Value::Short(i16::from(tag.length()))
}

fn number_of(tag: Tag) -> Result<Value, Stop> {
    let number = i16::try_from(tag.number()).map_err(|_| Misuse::TagNumberGreaterThan32767)?;
    Ok(Value::Short(number))
}

fn size_in(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    passed(call, args.reference(0), args.short(1)).map(size_of)
}

fn number_in(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    passed(call, args.reference(0), args.short(1)).and_then(number_of)
}

fn is_constructed_in(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = passed(call, args.reference(0), args.short(1))?;
    Ok((tag.form() == Form::Constructed).into())
}

fn class_in(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let tag = passed(call, args.reference(0), args.short(1))?;
    Ok(Value::Short(i16::from(tag.class())))
}

fn verify(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    match Tag::read(rest(call, args.reference(0), args.short(1))?) {
        Ok(_) => Ok(true.into()),
        Err(Wrong::Malformed | Wrong::TooLong) => Ok(false.into()),
        Err(Wrong::Short) => Err(wrong(Wrong::Short)),
    }
}

fn size(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    filled(call, args.reference(0)).map(size_of)
}

fn to_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes: Vec<u8> = filled(call, args.reference(0))?.as_bytes().into();
    call.give(args.reference(1), args.short(2), &bytes)
}

fn number(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    filled(call, args.reference(0)).and_then(number_of)
}

fn is_constructed(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok((filled(call, args.reference(0))?.form() == Form::Constructed).into())
}

fn class(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(i16::from(filled(call, args.reference(0))?.class())))
}

/// Throws nothing: what the caller cannot reach is not equal.
fn equals(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let Ok(other) = call.callable(args.reference(1)) else { return Ok(false.into()) };
    Ok((of(call, args.reference(0))? == of(call, other)?).into())
}
