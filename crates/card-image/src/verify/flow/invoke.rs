//! The four invocations, and who may use which member.

use alloc::format;

use super::frame::{Fault, Frame};
use super::step::Context;
use super::value::{Alternatives, Value};
use crate::opcode::Operands;
use crate::verify::finding::Rule;
use crate::verify::members::{Access, Form, Member, Method};
use crate::verify::world::{ClassKey, Reference, text};

fn method(context: &Context<'_, '_>, expected: &str, fits: impl Fn(Form) -> bool) -> Result<Method, Fault> {
    match context.world.resolve(context.pool()?) {
        Ok(Member::Method(method)) if fits(method.form) => Ok(method),
        Ok(Member::Method(_)) => Err(context.fault(Rule::Invocation, expected)),
        Ok(Member::Class(_) | Member::Field(_)) | Err(_) => Err(context.fault(Rule::PoolKind, expected)),
    }
}

/// Whether the method at hand may use a member (Java Language Specification 6.6).
///
/// A protected member of an imported class belongs to subclasses, and an object's only on objects of themselves.
pub(super) fn check_access(
    context: &Context<'_, '_>,
    access: Access,
    declared_in: ClassKey,
    object: Option<&Alternatives>,
) -> Result<(), Fault> {
    let (world, own) = (context.world, context.code.class);
    let is_own_package = world.same_package(own, declared_in);
    let allowed = match access {
        Access::Public => true,
        Access::Private => declared_in == own,
        Access::Package => is_own_package,
        Access::Protected => {
            let on_itself = object.is_none_or(|object| object.assignable(Reference::Class(own), world));
            is_own_package || (world.is_a(own, declared_in) && on_itself)
        }
    };
    if allowed {
        return Ok(());
    }
    Err(Fault::new(
        Rule::Access,
        format!("a member that {} may use", world.name(own)),
        format!("{access:?} {}", context.instruction),
    ))
}

fn pop_arguments(context: &Context<'_, '_>, method: &Method, frame: &mut Frame) -> Result<(), Fault> {
    for parameter in method.signature.parameters.iter().rev() {
        frame.pop_kind(*parameter, Rule::Arguments, context.world)?;
    }
    Ok(())
}

/// The object on which a method is called must be of the class that the reference names.
fn pop_object(context: &Context<'_, '_>, class: ClassKey, frame: &mut Frame) -> Result<Alternatives, Fault> {
    frame.pop_assignable(Reference::Class(class), Rule::Arguments, context.world)
}

pub(super) fn invoke_virtual(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let method = method(context, "a virtual method", |form| form == Form::Virtual)?;
    pop_arguments(context, &method, frame)?;
    let object = pop_object(context, method.class, frame)?;
    check_access(context, method.access, method.declared_in, Some(&object))?;
    frame.push_kind(method.signature.returns)
}

pub(super) fn invoke_static(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let method = method(context, "a static method", |form| form == Form::Static)?;
    check_access(context, method.access, method.declared_in, None)?;
    pop_arguments(context, &method, frame)?;
    frame.push_kind(method.signature.returns)
}

/// A constructor, a private method, or a method of the superclass (7.5.55).
pub(super) fn invoke_special(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let expected = "a constructor, a private method or one of the superclass";
    let method = method(context, expected, |form| match form {
        Form::Constructor | Form::Private | Form::Super => true,
        Form::Virtual | Form::Static => false,
    })?;
    pop_arguments(context, &method, frame)?;
    match method.form {
        Form::Constructor => construct(context, &method, frame)?,
        Form::Private => {
            let object = pop_object(context, method.class, frame)?;
            check_access(context, method.access, method.declared_in, Some(&object))?;
        }
        Form::Super | Form::Virtual | Form::Static => {
            if method.class != context.code.class || method.is_abstract {
                return Err(context.fault(Rule::Invocation, "a method of the own superclass that has code"));
            }
            let object = pop_object(context, context.code.class, frame)?;
            check_access(context, method.access, method.declared_in, Some(&object))?;
        }
    }
    frame.push_kind(method.signature.returns)
}

/// Runs a constructor on what `new` made, or on `this` for the own class or its superclass.
fn construct(context: &Context<'_, '_>, method: &Method, frame: &mut Frame) -> Result<(), Fault> {
    let world = context.world;
    let object = frame.pop()?;
    let class = match &object {
        Value::New(offset) => {
            let made = made_class(context, *offset)?;
            if made != method.class {
                return Err(Fault::new(
                    Rule::Uninitialised,
                    format!("a constructor of {}", world.name(made)),
                    world.name(method.class),
                ));
            }
            if method.access == Access::Protected
                && !world.same_package(context.code.class, method.declared_in)
            {
                return Err(context.fault(Rule::Access, "a public constructor"));
            }
            made
        }
        Value::This => {
            let own = context.code.class;
            if method.class != own && world.superclass(own) != Some(method.class) {
                let expected = format!("a constructor of {} or its superclass", world.name(own));
                return Err(Fault::new(Rule::Uninitialised, expected, world.name(method.class)));
            }
            frame.constructed = true;
            own
        }
        other => {
            return Err(Fault::new(
                Rule::Uninitialised,
                "an object before its constructor",
                other.name(world),
            ));
        }
    };
    check_access(context, method.access, method.declared_in, None)?;
    frame.replace(&object, &Value::reference(Reference::Class(class)));
    Ok(())
}

/// The class that `new` at an offset names.
fn made_class(context: &Context<'_, '_>, offset: u16) -> Result<ClassKey, Fault> {
    let code = context.code;
    let made = code.index_of(offset).and_then(|index| code.instructions.get(index)?.pool_index());
    match made.map(|(index, _)| context.world.resolve(index)) {
        Some(Ok(Member::Class(class))) => Ok(class),
        _ => Err(context.fault(Rule::PoolKind, "a class")),
    }
}

pub(super) fn invoke_interface(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let Operands::Interface { words, token, .. } = context.instruction.operands else {
        return Err(context.fault(Rule::OperandValue, "an interface method"));
    };
    let interface = match context.world.resolve(context.pool()?) {
        Ok(Member::Class(class)) if context.world.is_interface(class) => class,
        Ok(Member::Class(_) | Member::Field(_) | Member::Method(_)) | Err(_) => {
            return Err(context.fault(Rule::PoolKind, "an interface"));
        }
    };
    let method = context.world.interface_method(interface, token);
    let method = method.ok_or_else(|| context.fault(Rule::PoolReference, "a method of the interface"))?;
    let expected = method.signature.words() + 1;
    if usize::from(words) != expected {
        return Err(Fault::new(Rule::InterfaceWords, text(expected), text(words)));
    }
    pop_arguments(context, &method, frame)?;
    pop_object(context, interface, frame)?;
    frame.push_kind(method.signature.returns)
}
