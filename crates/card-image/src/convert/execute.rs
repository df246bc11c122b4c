//! What each Java instruction does to the operand stack and the local variables, in values with intervals.

use super::diagnostic::Problem;
use super::flow::{Origin, Origins, State, Value};
use super::intervals::{BYTE, INT, Interval, SHORT, arithmetic, wrap};
use super::java::{Call, Index, Kind, Member, Op, Shuffle};
use super::types::{Letter, Signature, Type};

/// A stack that refuses to underflow.
struct Stack<'a>(&'a mut Vec<Value>);

impl Stack<'_> {
    fn pop(&mut self) -> Result<Value, Problem> {
        self.0.pop().filter(|value| *value != Value::Unknown).ok_or(Problem::Code(0))
    }

    fn int(&mut self) -> Result<Interval, Problem> {
        match self.pop()? {
            Value::Int { low, high, .. } => Ok((low, high)),
            Value::Unknown | Value::Ref { .. } => Err(Problem::Code(0)),
        }
    }

    fn reference(&mut self) -> Result<(), Problem> {
        match self.pop()? {
            Value::Ref { .. } => Ok(()),
            Value::Unknown | Value::Int { .. } => Err(Problem::Code(0)),
        }
    }

    fn pop_type(&mut self, kind: &Type) -> Result<(), Problem> {
        if kind.is_reference() { self.reference() } else { self.int().map(drop) }
    }

    fn kind(&mut self, kind: Kind) -> Result<Value, Problem> {
        let value = self.pop()?;
        match (kind, value) {
            (Kind::Int, Value::Int { .. }) | (Kind::Ref, Value::Ref { .. }) => Ok(value),
            _ => Err(Problem::Code(0)),
        }
    }

    /// A reference goes, a value made of it comes.
    fn exchange(&mut self, value: Value) -> Result<(), Problem> {
        self.reference()?;
        self.push(value);
        Ok(())
    }

    fn push(&mut self, value: Value) {
        self.0.push(value);
    }
}

/// What an instruction does to the state.
pub(super) fn execute(op: &Op, at: Index, state: &mut State, origins: &Origins) -> Result<(), Problem> {
    let mut stack = Stack(&mut state.stack);
    let origin = origins.result(at);
    let reference = Value::Ref { origin };
    match op {
        Op::Nop | Op::Goto(_) | Op::Return(None) => {}
        Op::Constant(value) => stack.push(Value::int((i64::from(*value), i64::from(*value)), origin)),
        Op::Null | Op::New(_) => stack.push(reference),
        Op::Load(kind, slot) => {
            stack.push(*local(&mut state.locals, *slot)?);
            let value = stack.kind(*kind)?;
            stack.push(value.with_origin(origin));
        }
        Op::Store(kind, slot) => {
            let value = stack.kind(*kind)?;
            *local(&mut state.locals, *slot)? = value.with_origin(origins.stored(at));
        }
        Op::Increment(slot, by) => increment(local(&mut state.locals, *slot)?, (*by).into())?,
        Op::ArrayLoad(letter) => {
            stack.int()?;
            stack.reference()?;
            stack.push(element(*letter, origin));
        }
        Op::ArrayStore(letter) => {
            stack.kind(if *letter == Letter::A { Kind::Ref } else { Kind::Int })?;
            stack.int()?;
            stack.reference()?;
        }
        Op::Shuffle(kind) => shuffle(*kind, &mut stack)?,
        Op::Arithmetic(kind) => {
            let (right, left) = (stack.int()?, stack.int()?);
            stack.push(Value::int(arithmetic(*kind, left, right), origin));
        }
        Op::Negate => {
            let (low, high) = stack.int()?;
            stack.push(Value::int(wrap(-high, -low), origin));
        }
        Op::ToByte => narrow(&mut stack, BYTE, origin)?,
        Op::ToShort => narrow(&mut stack, SHORT, origin)?,
        Op::If(..) | Op::Switch { .. } => drop(stack.int()?),
        Op::IfCompare(..) => drop((stack.int()?, stack.int()?)),
        Op::IfSame(..) => drop((stack.reference()?, stack.reference()?)),
        Op::IfNull(..) | Op::Throw => stack.reference()?,
        Op::Return(Some(kind)) => drop(stack.kind(*kind)?),
        Op::GetStatic(member) => stack.push(Value::of(&Type::parse(&member.descriptor)?, origin)),
        Op::PutStatic(member) => stack.pop_type(&Type::parse(&member.descriptor)?)?,
        Op::GetField(member) => stack.exchange(Value::of(&Type::parse(&member.descriptor)?, origin))?,
        Op::PutField(member) => {
            stack.pop_type(&Type::parse(&member.descriptor)?)?;
            stack.reference()?;
        }
        Op::Invoke(call, member) => invoke(*call == Call::Static, member, &mut stack, origin)?,
        Op::NewArray(_) | Op::NewObjectArray(_) => {
            stack.int()?;
            stack.push(reference);
        }
        Op::ArrayLength => stack.exchange(Value::int((0, SHORT.1), origin))?,
        Op::CheckCast(_) => stack.exchange(reference)?,
        Op::InstanceOf(_) => stack.exchange(Value::int((0, 1), origin))?,
    }
    Ok(())
}

fn local(locals: &mut [Value], slot: u16) -> Result<&mut Value, Problem> {
    locals.get_mut(usize::from(slot)).ok_or(Problem::Code(0))
}

/// The variable stays the same variable: its origin does not change.
fn increment(local: &mut Value, by: i64) -> Result<(), Problem> {
    let Value::Int { low, high, origin } = *local else { return Err(Problem::Code(0)) };
    *local = Value::int(wrap(low + by, high + by), origin);
    Ok(())
}

/// What an array of this type of element holds.
fn element(letter: Letter, origin: Origin) -> Value {
    match letter {
        Letter::A => Value::Ref { origin },
        Letter::B => Value::int(BYTE, origin),
        Letter::S => Value::int(SHORT, origin),
        Letter::I => Value::int(INT, origin),
    }
}

/// How many values from the top an instruction takes or looks at.
pub(super) fn operands(op: &Op) -> usize {
    match op {
        Op::Nop
        | Op::Constant(_)
        | Op::Null
        | Op::Load(..)
        | Op::Increment(..)
        | Op::Goto(_)
        | Op::Return(None)
        | Op::GetStatic(_)
        | Op::New(_) => 0,
        Op::Store(..)
        | Op::Negate
        | Op::ToByte
        | Op::ToShort
        | Op::If(..)
        | Op::IfNull(..)
        | Op::Switch { .. }
        | Op::Return(Some(_))
        | Op::PutStatic(_)
        | Op::GetField(_)
        | Op::NewArray(_)
        | Op::NewObjectArray(_)
        | Op::ArrayLength
        | Op::Throw
        | Op::CheckCast(_)
        | Op::InstanceOf(_) => 1,
        Op::ArrayLoad(_) | Op::Arithmetic(_) | Op::IfCompare(..) | Op::IfSame(..) | Op::PutField(_) => 2,
        Op::ArrayStore(_) => 3,
        Op::Shuffle(kind) => shuffle_depth(*kind),
        Op::Invoke(call, member) => {
            let parameters = Signature::parse(&member.descriptor).map_or(0, |known| known.parameters.len());
            parameters + usize::from(*call != Call::Static)
        }
    }
}

fn invoke(is_static: bool, member: &Member, stack: &mut Stack<'_>, origin: Origin) -> Result<(), Problem> {
    let signature = Signature::parse(&member.descriptor)?;
    for parameter in signature.parameters.iter().rev() {
        stack.pop_type(parameter)?;
    }
    if !is_static {
        stack.reference()?;
    }
    if let Some(result) = &signature.result {
        stack.push(Value::of(result, origin));
    }
    Ok(())
}

fn narrow(stack: &mut Stack<'_>, range: Interval, origin: Origin) -> Result<(), Problem> {
    let (low, high) = stack.int()?;
    let fits = low >= range.0 && high <= range.1;
    stack.push(Value::int(if fits { (low, high) } else { range }, origin));
    Ok(())
}

/// How many values, from the top, a shuffle looks at.
pub(super) fn shuffle_depth(kind: Shuffle) -> usize {
    match kind {
        Shuffle::Pop | Shuffle::Dup => 1,
        Shuffle::Pop2 | Shuffle::DupX1 | Shuffle::Dup2 | Shuffle::Swap => 2,
        Shuffle::DupX2 | Shuffle::Dup2X1 => 3,
        Shuffle::Dup2X2 => 4,
    }
}

fn shuffle(kind: Shuffle, stack: &mut Stack<'_>) -> Result<(), Problem> {
    let depth = shuffle_depth(kind);
    let mut taken = Vec::new();
    for _ in 0..depth {
        taken.push(stack.pop()?);
    }
    // positions in `taken`, the top being 0, in the order in which they are pushed
    let order: &[usize] = match kind {
        Shuffle::Pop | Shuffle::Pop2 => &[],
        Shuffle::Dup => &[0, 0],
        Shuffle::DupX1 => &[0, 1, 0],
        Shuffle::DupX2 => &[0, 2, 1, 0],
        Shuffle::Dup2 => &[1, 0, 1, 0],
        Shuffle::Dup2X1 => &[1, 0, 2, 1, 0],
        Shuffle::Dup2X2 => &[1, 0, 3, 2, 1, 0],
        Shuffle::Swap => &[0, 1],
    };
    for position in order {
        stack.push(taken[*position]);
    }
    Ok(())
}
