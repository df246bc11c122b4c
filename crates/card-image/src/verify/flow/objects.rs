//! Fields, arrays, new objects, casts and `athrow`.

use alloc::vec::Vec;

use super::frame::{Fault, Frame};
use super::invoke::check_access;
use super::step::{Context, value_of};
use super::value::{Alternatives, Value};
use crate::cap::ArrayType;
use crate::opcode::Operands;
use crate::verify::finding::Rule;
use crate::verify::members::{Field, Member, Place};
use crate::verify::world::{ClassKey, Kind, Reference, THROWABLE};

/// The class that the instruction names.
fn class(context: &Context<'_, '_>) -> Result<ClassKey, Fault> {
    match context.world.resolve(context.pool()?) {
        Ok(Member::Class(class)) => Ok(class),
        Ok(Member::Field(_) | Member::Method(_)) | Err(_) => Err(context.fault(Rule::PoolKind, "a class")),
    }
}

fn field(context: &Context<'_, '_>, place: Place) -> Result<Field, Fault> {
    let expected = match place {
        Place::Static => "a static field",
        Place::Instance => "an instance field",
    };
    match context.world.resolve(context.pool()?) {
        Ok(Member::Field(field)) if field.place == place => {
            check_letter(context, field.kind)?;
            Ok(field)
        }
        Ok(Member::Field(_) | Member::Class(_) | Member::Method(_)) | Err(_) => {
            Err(context.fault(Rule::PoolKind, expected))
        }
    }
}

/// The letter of `getfield_b` and its like must be that of the field's type.
fn check_letter(context: &Context<'_, '_>, kind: Kind) -> Result<(), Fault> {
    let letter = match kind {
        Kind::Reference(_) => 'a',
        Kind::Boolean | Kind::Byte => 'b',
        Kind::Short => 's',
        Kind::Int => 'i',
        Kind::Void => 'v',
    };
    let mnemonic = context.instruction.opcode.mnemonic();
    let own = mnemonic.split('_').nth(1).and_then(|letter| letter.chars().next());
    if own == Some(letter) {
        return Ok(());
    }
    Err(Fault::new(Rule::FieldType, context.world.kind_name(kind), mnemonic))
}

pub(super) fn get_static(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let field = field(context, Place::Static)?;
    check_access(context, field.access, field.class, None)?;
    frame.push_kind(field.kind)
}

pub(super) fn put_static(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let field = field(context, Place::Static)?;
    check_access(context, field.access, field.class, None)?;
    frame.pop_kind(field.kind, Rule::OperandType, context.world)
}

fn check_owner(context: &Context<'_, '_>, field: &Field, object: &Alternatives) -> Result<(), Fault> {
    if !object.assignable(Reference::Class(field.class), context.world) {
        let found = Value::Reference(object.clone()).name(context.world);
        return Err(Fault::new(Rule::OperandType, context.world.name(field.class), found));
    }
    check_access(context, field.access, field.class, Some(object))
}

pub(super) fn get_field(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let field = field(context, Place::Instance)?;
    let object = frame.pop_reference(context.world)?;
    check_owner(context, &field, &object)?;
    frame.push_kind(field.kind)
}

pub(super) fn get_field_of_this(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let field = field(context, Place::Instance)?;
    match frame.local(0)?.clone() {
        Value::Reference(object) => check_owner(context, &field, &object)?,
        other @ (Value::New(_) | Value::This) => {
            let found = other.name(context.world);
            return Err(Fault::new(Rule::Uninitialised, "an object after its constructor", found));
        }
        other => return Err(Fault::new(Rule::LocalType, "a reference", other.name(context.world))),
    }
    frame.push_kind(field.kind)
}

pub(super) fn put_field(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let field = field(context, Place::Instance)?;
    frame.pop_kind(field.kind, Rule::OperandType, context.world)?;
    let object = frame.pop()?;
    check_written(context, &field, object)
}

pub(super) fn put_field_of_this(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let field = field(context, Place::Instance)?;
    let object = frame.local(0)?.clone();
    frame.pop_kind(field.kind, Rule::OperandType, context.world)?;
    check_written(context, &field, object)
}

/// A constructor may set the fields of its own class before it calls another constructor, as javac does for the
/// outer object of an inner class.
fn check_written(context: &Context<'_, '_>, field: &Field, object: Value) -> Result<(), Fault> {
    match object {
        Value::Reference(object) => check_owner(context, field, &object),
        Value::This if field.class == context.code.class => Ok(()),
        other @ (Value::New(_) | Value::This) => {
            Err(Fault::new(Rule::Uninitialised, "an object after its constructor", other.name(context.world)))
        }
        other => Err(Fault::new(Rule::OperandType, "a reference", other.name(context.world))),
    }
}

/// Takes an array reference and tells what its elements are.
fn pop_array(
    context: &Context<'_, '_>,
    expected: &str,
    fits: impl Fn(Reference) -> bool,
    frame: &mut Frame,
) -> Result<Alternatives, Fault> {
    let array = frame.pop_reference(context.world)?;
    if array.as_slice().iter().all(|reference| fits(*reference)) {
        return Ok(array);
    }
    Err(Fault::new(Rule::OperandType, expected, Value::Reference(array).name(context.world)))
}

fn of_elements(allowed: &[ArrayType]) -> impl Fn(Reference) -> bool {
    move |reference| match reference {
        Reference::Array(element) => allowed.contains(&element),
        Reference::Class(_) | Reference::ClassArray(_) => false,
    }
}

fn is_class_array(reference: Reference) -> bool {
    match reference {
        Reference::ClassArray(_) => true,
        Reference::Class(_) | Reference::Array(_) => false,
    }
}

/// `baload`, `saload` and `iaload`.
pub(super) fn load_element(
    context: &Context<'_, '_>,
    allowed: &[ArrayType],
    frame: &mut Frame,
) -> Result<(), Fault> {
    frame.pop_short(context.world)?;
    pop_array(context, "an array of the element's type", of_elements(allowed), frame)?;
    if allowed == [ArrayType::Int] { frame.push_int() } else { frame.push(Value::Short) }
}

/// `bastore`, `sastore` and `iastore`.
pub(super) fn store_element(
    context: &Context<'_, '_>,
    allowed: &[ArrayType],
    frame: &mut Frame,
) -> Result<(), Fault> {
    if allowed == [ArrayType::Int] {
        frame.pop_int(context.world)?;
    } else {
        frame.pop_short(context.world)?;
    }
    frame.pop_short(context.world)?;
    pop_array(context, "an array of the element's type", of_elements(allowed), frame).map(|_| ())
}

/// `aaload`: an element of any of the arrays; null when the array can only be null.
pub(super) fn load_reference(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    frame.pop_short(context.world)?;
    let array = pop_array(context, "an array of references", is_class_array, frame)?;
    let element = |reference: &Reference| match reference {
        Reference::ClassArray(class) => Some(Reference::Class(*class)),
        Reference::Class(_) | Reference::Array(_) => None,
    };
    let elements: Vec<Reference> = array.as_slice().iter().filter_map(element).collect();
    frame.push(value_of(elements, context.world))
}

/// `aastore`: that the element fits the array is checked when it runs (7.5.2).
pub(super) fn store_reference(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    frame.pop_reference(context.world)?;
    frame.pop_short(context.world)?;
    pop_array(context, "an array of references", is_class_array, frame).map(|_| ())
}

pub(super) fn length(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let is_array = |reference| match reference {
        Reference::Array(_) | Reference::ClassArray(_) => true,
        Reference::Class(_) => false,
    };
    pop_array(context, "an array", is_array, frame)?;
    frame.push(Value::Short)
}

/// `new`: an object of this very instruction that is still without constructor can no longer be told apart from the
/// next one, so it is forgotten.
pub(super) fn new(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let class = class(context)?;
    if context.world.is_abstract(class) {
        let found = context.world.name(class);
        return Err(Fault::new(Rule::Instantiation, "a class that is not abstract", found));
    }
    let object = Value::New(context.instruction.offset);
    frame.replace(&object, &Value::Unknown);
    frame.push(object)
}

pub(super) fn new_array(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let Operands::ArrayType(code) = context.instruction.operands else {
        return Err(context.fault(Rule::OperandValue, "an array type"));
    };
    let element = primitive_array(context, code)?;
    frame.pop_short(context.world)?;
    frame.push(Value::reference(Reference::Array(element)))
}

fn primitive_array(context: &Context<'_, '_>, code: u8) -> Result<ArrayType, Fault> {
    match ArrayType::from_operand(code) {
        Some(ArrayType::Int) if !context.world.cap.header.flags.uses_int() => {
            Err(context.fault(Rule::IntSupport, "no int without ACC_INT"))
        }
        Some(element) => Ok(element),
        None => Err(context.fault(Rule::OperandValue, "an array type of 10 to 13")),
    }
}

pub(super) fn new_reference_array(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let class = class(context)?;
    frame.pop_short(context.world)?;
    frame.push(Value::reference(Reference::ClassArray(class)))
}

/// What `checkcast` and `instanceof` ask for.
fn target(context: &Context<'_, '_>) -> Result<Reference, Fault> {
    let Operands::Typed { kind, class: index } = context.instruction.operands else {
        return Err(context.fault(Rule::OperandValue, "a type"));
    };
    match kind {
        0 => class(context).map(Reference::Class),
        14 => class(context).map(Reference::ClassArray),
        code if index.0 == 0 => primitive_array(context, code).map(Reference::Array),
        _ => Err(context.fault(Rule::OperandValue, "index 0 with a primitive array")),
    }
}

pub(super) fn cast(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let target = target(context)?;
    frame.pop_reference(context.world)?;
    frame.push(Value::reference(target))
}

pub(super) fn test(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    target(context)?;
    frame.pop_reference(context.world)?;
    frame.push(Value::Short)
}

pub(super) fn throw(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let throwable = context.world.named(THROWABLE);
    let throwable = throwable.ok_or_else(|| context.fault(Rule::ImportMissing, "java.lang.Throwable"))?;
    frame.pop_assignable(Reference::Class(throwable), Rule::OperandType, context.world).map(|_| ())
}
