//! What each instruction does to a frame (JCVM 7.5): one match over all opcodes, families below.

use super::frame::{Fault, Frame};
use super::value::{Alternatives, Value};
use super::{invoke, objects};
use crate::cap::{ArrayType, PoolIndex};
use crate::opcode::{Effect, Instruction, Opcode, Operands, Slot};
use crate::verify::finding::Rule;
use crate::verify::structure::Code;
use crate::verify::world::{Kind, Reference, World};

/// Applies an instruction other than `jsr` and `ret`.
pub(super) fn apply(
    world: &World<'_>,
    code: &Code<'_>,
    instruction: &Instruction<'_>,
    frame: &mut Frame,
) -> Result<(), Fault> {
    use Opcode as O;
    let context = Context { world, code, instruction };
    match instruction.opcode {
        O::AconstNull => frame.push(Value::NULL),
        O::Nop
        | O::SconstM1
        | O::Sconst0
        | O::Sconst1
        | O::Sconst2
        | O::Sconst3
        | O::Sconst4
        | O::Sconst5
        | O::IconstM1
        | O::Iconst0
        | O::Iconst1
        | O::Iconst2
        | O::Iconst3
        | O::Iconst4
        | O::Iconst5
        | O::Bspush
        | O::Sspush
        | O::Bipush
        | O::Sipush
        | O::Iipush
        | O::Pop
        | O::Sadd
        | O::Iadd
        | O::Ssub
        | O::Isub
        | O::Smul
        | O::Imul
        | O::Sdiv
        | O::Idiv
        | O::Srem
        | O::Irem
        | O::Sneg
        | O::Ineg
        | O::Sshl
        | O::Ishl
        | O::Sshr
        | O::Ishr
        | O::Sushr
        | O::Iushr
        | O::Sand
        | O::Iand
        | O::Sor
        | O::Ior
        | O::Sxor
        | O::Ixor
        | O::S2b
        | O::S2i
        | O::I2b
        | O::I2s
        | O::Icmp
        | O::Ifeq
        | O::Ifne
        | O::Iflt
        | O::Ifge
        | O::Ifgt
        | O::Ifle
        | O::Ifnull
        | O::Ifnonnull
        | O::IfAcmpeq
        | O::IfAcmpne
        | O::IfScmpeq
        | O::IfScmpne
        | O::IfScmplt
        | O::IfScmpge
        | O::IfScmpgt
        | O::IfScmple
        | O::Goto
        | O::Stableswitch
        | O::Itableswitch
        | O::Slookupswitch
        | O::Ilookupswitch
        | O::IfeqW
        | O::IfneW
        | O::IfltW
        | O::IfgeW
        | O::IfgtW
        | O::IfleW
        | O::IfnullW
        | O::IfnonnullW
        | O::IfAcmpeqW
        | O::IfAcmpneW
        | O::IfScmpeqW
        | O::IfScmpneW
        | O::IfScmpltW
        | O::IfScmpgeW
        | O::IfScmpgtW
        | O::IfScmpleW
        | O::GotoW => simple(&context, frame),
        O::Pop2 => frame.pop_words(2),
        O::Dup => frame.duplicate(1, 1),
        O::Dup2 => frame.duplicate(2, 2),
        O::DupX | O::SwapX => stack_counts(&context, frame),
        O::Aload
        | O::Sload
        | O::Iload
        | O::Aload0
        | O::Aload1
        | O::Aload2
        | O::Aload3
        | O::Sload0
        | O::Sload1
        | O::Sload2
        | O::Sload3
        | O::Iload0
        | O::Iload1
        | O::Iload2
        | O::Iload3 => load(&context, frame),
        O::Astore
        | O::Sstore
        | O::Istore
        | O::Astore0
        | O::Astore1
        | O::Astore2
        | O::Astore3
        | O::Sstore0
        | O::Sstore1
        | O::Sstore2
        | O::Sstore3
        | O::Istore0
        | O::Istore1
        | O::Istore2
        | O::Istore3 => store(&context, frame),
        O::Sinc | O::SincW | O::Iinc | O::IincW => increment(&context, frame),
        O::Aaload => objects::load_reference(&context, frame),
        O::Baload => objects::load_element(&context, &[ArrayType::Boolean, ArrayType::Byte], frame),
        O::Saload => objects::load_element(&context, &[ArrayType::Short], frame),
        O::Iaload => objects::load_element(&context, &[ArrayType::Int], frame),
        O::Aastore => objects::store_reference(&context, frame),
        O::Bastore => objects::store_element(&context, &[ArrayType::Boolean, ArrayType::Byte], frame),
        O::Sastore => objects::store_element(&context, &[ArrayType::Short], frame),
        O::Iastore => objects::store_element(&context, &[ArrayType::Int], frame),
        O::Arraylength => objects::length(&context, frame),
        O::GetstaticA | O::GetstaticB | O::GetstaticS | O::GetstaticI => objects::get_static(&context, frame),
        O::PutstaticA | O::PutstaticB | O::PutstaticS | O::PutstaticI => objects::put_static(&context, frame),
        O::GetfieldA
        | O::GetfieldB
        | O::GetfieldS
        | O::GetfieldI
        | O::GetfieldAW
        | O::GetfieldBW
        | O::GetfieldSW
        | O::GetfieldIW => objects::get_field(&context, frame),
        O::GetfieldAThis | O::GetfieldBThis | O::GetfieldSThis | O::GetfieldIThis => {
            objects::get_field_of_this(&context, frame)
        }
        O::PutfieldA
        | O::PutfieldB
        | O::PutfieldS
        | O::PutfieldI
        | O::PutfieldAW
        | O::PutfieldBW
        | O::PutfieldSW
        | O::PutfieldIW => objects::put_field(&context, frame),
        O::PutfieldAThis | O::PutfieldBThis | O::PutfieldSThis | O::PutfieldIThis => {
            objects::put_field_of_this(&context, frame)
        }
        O::Invokevirtual => invoke::invoke_virtual(&context, frame),
        O::Invokespecial => invoke::invoke_special(&context, frame),
        O::Invokestatic => invoke::invoke_static(&context, frame),
        O::Invokeinterface => invoke::invoke_interface(&context, frame),
        O::New => objects::new(&context, frame),
        O::Newarray => objects::new_array(&context, frame),
        O::Anewarray => objects::new_reference_array(&context, frame),
        O::Checkcast => objects::cast(&context, frame),
        O::Instanceof => objects::test(&context, frame),
        O::Athrow => objects::throw(&context, frame),
        O::Areturn | O::Sreturn | O::Ireturn | O::Return => give_back(&context, frame),
        O::Jsr | O::Ret | O::Impdep1 | O::Impdep2 => {
            Err(context.fault(Rule::Instruction, "another instruction"))
        }
    }
}

/// An instruction, where it stands, and what it can see.
pub(super) struct Context<'f, 'a> {
    pub(super) world: &'f World<'a>,
    pub(super) code: &'f Code<'a>,
    pub(super) instruction: &'f Instruction<'f>,
}

impl Context<'_, '_> {
    /// A fault of the instruction itself.
    pub(super) fn fault(&self, rule: Rule, expected: &str) -> Fault {
        Fault::new(rule, expected, alloc::format!("{}", self.instruction))
    }

    /// The constant pool entry that it names.
    pub(super) fn pool(&self) -> Result<PoolIndex, Fault> {
        let index = self.instruction.pool_index().map(|(index, _)| index);
        index.ok_or_else(|| self.fault(Rule::PoolKind, "a constant"))
    }

    /// The local variable that it names.
    pub(super) fn local(&self) -> Result<u8, Fault> {
        self.instruction.local().ok_or_else(|| self.fault(Rule::LocalIndex, "a local variable"))
    }
}

/// Instructions whose row in the table says all.
fn simple(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let Effect::Fixed { pops, pushes } = context.instruction.opcode.effect() else {
        return Err(context.fault(Rule::Instruction, "a fixed effect"));
    };
    for slot in pops.iter().rev() {
        match slot {
            Slot::A => frame.pop_reference(context.world).map(|_| ())?,
            Slot::S => frame.pop_short(context.world)?,
            Slot::I => frame.pop_int(context.world)?,
            Slot::W => frame.pop_words(1)?,
        }
    }
    for slot in pushes {
        match slot {
            Slot::S => frame.push(Value::Short)?,
            Slot::I => frame.push_int()?,
            Slot::A | Slot::W => return Err(context.fault(Rule::Instruction, "a fixed effect")),
        }
    }
    Ok(())
}

/// `dup_x` (7.5.18) and `swap_x` (7.5.108).
fn stack_counts(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let Operands::Counts { m, n } = context.instruction.operands else {
        return Err(context.fault(Rule::OperandValue, "two counts"));
    };
    let (m, n) = (usize::from(m), usize::from(n));
    if context.instruction.opcode == Opcode::SwapX {
        if !(1..=2).contains(&m) || !(1..=2).contains(&n) {
            return Err(context.fault(Rule::OperandValue, "m and n of 1 or 2"));
        }
        return frame.swap(m, n);
    }
    if !(1..=4).contains(&m) || (n != 0 && !(m..=m + 4).contains(&n)) {
        return Err(context.fault(Rule::OperandValue, "m of 1 to 4, n of 0 or m to m + 4"));
    }
    frame.duplicate(m, if n == 0 { m } else { n })
}

/// The slot that a load, store or return moves.
fn moved(context: &Context<'_, '_>) -> Result<Slot, Fault> {
    match context.instruction.opcode.effect() {
        Effect::Fixed { pops: [slot], pushes: [] } | Effect::Fixed { pops: [], pushes: [slot] } => Ok(*slot),
        Effect::Fixed { .. } | Effect::Dynamic => Err(context.fault(Rule::Instruction, "one value")),
    }
}

fn load(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let index = context.local()?;
    let value = frame.local(index)?.clone();
    let wrong = |expected: &str| Err(Fault::new(Rule::LocalType, expected, value.name(context.world)));
    match (moved(context)?, &value) {
        (Slot::A, Value::Reference(_) | Value::New(_) | Value::This) => frame.push(value),
        (Slot::S, Value::Short) => frame.push(value),
        (Slot::I, Value::IntHigh) if is_int_low(frame, index) => frame.push_int(),
        (Slot::A, _) => wrong("a reference"),
        (Slot::S, _) => wrong("short"),
        (Slot::I, _) => wrong("int"),
        (Slot::W, _) => Err(context.fault(Rule::Instruction, "one value")),
    }
}

/// Whether the word behind local variable `index` is the upper word of an int.
fn is_int_low(frame: &Frame, index: u8) -> bool {
    frame.locals.get(usize::from(index) + 1) == Some(&Value::IntLow)
}

fn store(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let index = usize::from(context.local()?);
    match moved(context)? {
        Slot::S => {
            frame.pop_short(context.world)?;
            frame.set_local(index, Value::Short)
        }
        Slot::I => {
            frame.pop_int(context.world)?;
            frame.set_local_int(index)
        }
        Slot::A => match frame.pop()? {
            value @ (Value::Reference(_) | Value::New(_) | Value::This | Value::Return(_)) => {
                frame.set_local(index, value)
            }
            other => {
                Err(Fault::new(Rule::OperandType, "a reference or return address", other.name(context.world)))
            }
        },
        Slot::W => Err(context.fault(Rule::Instruction, "one value")),
    }
}

fn increment(context: &Context<'_, '_>, frame: &Frame) -> Result<(), Fault> {
    let index = context.local()?;
    let value = frame.local(index)?;
    let is_int = matches!(context.instruction.opcode, Opcode::Iinc | Opcode::IincW);
    let fits =
        if is_int { *value == Value::IntHigh && is_int_low(frame, index) } else { *value == Value::Short };
    let expected = if is_int { "int" } else { "short" };
    if fits { Ok(()) } else { Err(Fault::new(Rule::LocalType, expected, value.name(context.world))) }
}

/// `areturn`, `sreturn`, `ireturn` and `return`.
fn give_back(context: &Context<'_, '_>, frame: &mut Frame) -> Result<(), Fault> {
    let declared = context.code.signature.returns;
    let wrong = || Err(context.fault(Rule::ReturnType, &context.world.kind_name(declared)));
    match (context.instruction.opcode, declared) {
        (Opcode::Return, Kind::Void) if !frame.constructed => {
            Err(Fault::new(Rule::Uninitialised, "a call of another constructor", "none on some way"))
        }
        (Opcode::Return, Kind::Void) => Ok(()),
        (Opcode::Areturn, Kind::Reference(reference)) => {
            frame.pop_assignable(reference, Rule::ReturnType, context.world).map(|_| ())
        }
        (Opcode::Sreturn, Kind::Boolean | Kind::Byte | Kind::Short) => frame.pop_short(context.world),
        (Opcode::Ireturn, Kind::Int) => frame.pop_int(context.world),
        _ => wrong(),
    }
}

/// What can be held where one of `references` is declared, as a value.
pub(super) fn value_of(references: alloc::vec::Vec<Reference>, world: &World<'_>) -> Value {
    Value::Reference(Alternatives::of(references, world))
}
