//! What lies on the operand stack and in the local variables before each instruction.
//!
//! A forward data-flow analysis over one method. Each value knows the instruction that made it, its
//! *origin*, and for ints the interval that holds every value Java could have there. Where paths meet,
//! origins are united: what meets on one place of the stack must have one width on the card
//! ([`super::width`]). Intervals are widened to round bounds after a few visits, so the analysis ends.

use super::diagnostic::Problem;
use super::java::{Arithmetic, Call, Condition, Index, Kind, Member, Op, Shuffle};
use super::types::{Letter, Signature, Type};

/// Who made a value: an instruction, a parameter or an exception handler; numbers by [`Origins`].
pub(super) type Origin = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing that can be used.
    Unknown,
    Ref {
        origin: Origin,
    },
    Int {
        low: i64,
        high: i64,
        origin: Origin,
    },
}

impl Value {
    pub(super) fn int((low, high): (i64, i64), origin: Origin) -> Self {
        Value::Int { low, high, origin }
    }

    pub(super) fn of(kind: &Type, origin: Origin) -> Self {
        if kind.is_reference() { Value::Ref { origin } } else { Value::int(kind.range(), origin) }
    }

    pub(super) fn origin(self) -> Option<Origin> {
        match self {
            Value::Unknown => None,
            Value::Ref { origin } | Value::Int { origin, .. } => Some(origin),
        }
    }

    /// The interval of an int; everything for what is none.
    pub(super) fn range(self) -> (i64, i64) {
        match self {
            Value::Int { low, high, .. } => (low, high),
            Value::Unknown | Value::Ref { .. } => INT,
        }
    }

    fn with_origin(self, origin: Origin) -> Self {
        match self {
            Value::Unknown => Value::Unknown,
            Value::Ref { .. } => Value::Ref { origin },
            Value::Int { low, high, .. } => Value::Int { low, high, origin },
        }
    }
}

pub(super) const INT: (i64, i64) = (i32::MIN as i64, i32::MAX as i64);
pub(super) const SHORT: (i64, i64) = (i16::MIN as i64, i16::MAX as i64);
const BYTE: (i64, i64) = (i8::MIN as i64, i8::MAX as i64);
/// Bounds that a widened interval may have.
const BOUNDS: [i64; 8] = [INT.0, SHORT.0, BYTE.0, 0, 1, BYTE.1, SHORT.1, INT.1];
/// Jumps back to an instruction after which its intervals are widened.
const PATIENCE: u32 = 6;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    pub(super) stack: Vec<Value>,
    pub(super) locals: Vec<Value>,
}

/// Sets of origins that share one width, by union and find.
#[derive(Clone, Debug)]
pub(super) struct Origins {
    parents: Vec<Origin>,
    instructions: usize,
    locals: usize,
}

impl Origins {
    fn new(instructions: usize, locals: usize, handlers: usize) -> Self {
        // one more a instruction: what it leaves in a local variable is apart from what it leaves on the stack
        Self { parents: (0..2 * instructions + locals + handlers).collect(), instructions, locals }
    }

    /// What an instruction puts on the stack.
    pub(super) fn result(&self, at: Index) -> Origin {
        at
    }

    /// What an instruction puts into a local variable.
    pub(super) fn stored(&self, at: Index) -> Origin {
        self.instructions + at
    }

    /// What a local variable holds on entry.
    pub(super) fn parameter(&self, slot: usize) -> Origin {
        2 * self.instructions + slot
    }

    fn caught(&self, handler: usize) -> Origin {
        2 * self.instructions + self.locals + handler
    }

    pub(super) fn count(&self) -> usize {
        self.parents.len()
    }

    /// The representative of a set.
    pub(super) fn root(&self, mut origin: Origin) -> Origin {
        while self.parents[origin] != origin {
            origin = self.parents[origin];
        }
        origin
    }

    fn unite(&mut self, a: Origin, b: Origin) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parents[high] = low;
    }
}

/// A method's handler with positions instead of offsets.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    pub(super) start: Index,
    pub(super) end: Index,
    pub(super) target: Index,
    pub(super) catch: Option<String>,
}

/// The method analysed.
pub(super) struct Body<'a> {
    pub(super) ops: &'a [Op],
    pub(super) handlers: &'a [Handler],
    pub(super) is_static: bool,
    pub(super) signature: &'a Signature,
    pub(super) max_locals: usize,
    pub(super) max_stack: usize,
}

/// The result: the state before each instruction, none before those that are never reached.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) before: Vec<Option<State>>,
    pub(super) origins: Origins,
}

/// Invalid code, or a type without equivalent, at an instruction.
pub(super) type Refusal = (Index, Problem);

pub(super) fn analyse(body: &Body<'_>) -> Result<Flow, Refusal> {
    let count = body.ops.len();
    let mut analysis = Analysis {
        body,
        flow: Flow {
            before: vec![None; count],
            origins: Origins::new(count, body.max_locals, body.handlers.len()),
        },
        visits: vec![0; count],
        pending: Vec::new(),
    };
    let entry = analysis.entry().map_err(|problem| (0, problem))?;
    analysis.join(0, entry, 0)?;
    while let Some(at) = analysis.pending.pop() {
        analysis.step(at)?;
    }
    Ok(analysis.flow)
}

struct Analysis<'a> {
    body: &'a Body<'a>,
    flow: Flow,
    visits: Vec<u32>,
    pending: Vec<Index>,
}

impl Analysis<'_> {
    fn entry(&self) -> Result<State, Problem> {
        let origins = &self.flow.origins;
        let mut locals = Vec::new();
        if !self.body.is_static {
            locals.push(Value::Ref { origin: origins.parameter(0) });
        }
        for parameter in &self.body.signature.parameters {
            locals.push(Value::of(parameter, origins.parameter(locals.len())));
        }
        if locals.len() > self.body.max_locals {
            return Err(Problem::Code(0));
        }
        locals.resize(self.body.max_locals, Value::Unknown);
        Ok(State { stack: Vec::new(), locals })
    }

    /// Merges `state` into what is known before `at`.
    fn join(&mut self, at: Index, state: State, from: Index) -> Result<(), Refusal> {
        let invalid = || (from, Problem::Code(0));
        let known = self.flow.before.get_mut(at).ok_or_else(invalid)?;
        let Some(known) = known else {
            *known = Some(state);
            self.pending.push(at);
            return Ok(());
        };
        if known.stack.len() != state.stack.len() {
            return Err(invalid());
        }
        // every loop has a jump backwards; widening there is enough, and lets what a comparison told stand inside
        let backwards = from >= at;
        self.visits[at] += u32::from(backwards);
        let widen = backwards && self.visits[at] > PATIENCE;
        let mut changed = false;
        let merged = known.stack.iter_mut().zip(state.stack).chain(known.locals.iter_mut().zip(state.locals));
        for (old, new) in merged {
            let value = meet(*old, new, widen, &mut self.flow.origins);
            changed |= value != *old;
            *old = value;
        }
        if changed {
            self.pending.push(at);
        }
        Ok(())
    }

    fn step(&mut self, at: Index) -> Result<(), Refusal> {
        let Some(mut state) = self.flow.before[at].clone() else { return Ok(()) };
        let op = &self.body.ops[at];
        let before = state.locals.clone();
        execute(op, at, &mut state, &self.flow.origins).map_err(|problem| (at, problem))?;
        if state.stack.len() > self.body.max_stack {
            return Err((at, Problem::Code(0)));
        }
        for (number, handler) in self.body.handlers.iter().enumerate() {
            if (handler.start..handler.end).contains(&at) {
                let origin = self.flow.origins.caught(number);
                for locals in [before.clone(), state.locals.clone()] {
                    self.join(handler.target, State { stack: vec![Value::Ref { origin }], locals }, at)?;
                }
            }
        }
        let learned = self.learned(op, at);
        for target in op.targets() {
            self.join(target, told(state.clone(), &learned, true), at)?;
        }
        if op.falls_through() {
            self.join(at + 1, told(state, &learned, false), at)?;
        }
        Ok(())
    }

    /// What a comparison tells of the local variables that it compares.
    fn learned(&self, op: &Op, at: Index) -> Vec<Learned> {
        let Some(state) = &self.flow.before[at] else { return Vec::new() };
        let from_top = |depth: usize| state.stack.iter().rev().nth(depth).copied().unwrap_or(Value::Unknown);
        let zero = Value::int((0, 0), Origin::MAX);
        let (condition, left, right) = match op {
            Op::If(condition, _) => (*condition, from_top(0), zero),
            Op::IfCompare(condition, _) => (*condition, from_top(1), from_top(0)),
            _ => return Vec::new(),
        };
        let mut learned = Vec::new();
        for (value, other, condition) in [(left, right, condition), (right, left, condition.mirrored())] {
            if let Some(slot) = value.origin().and_then(|origin| self.loaded_from(origin, at)) {
                learned.push(Learned { slot, condition, other: other.range() });
            }
        }
        learned
    }

    /// The variable that a value was loaded from, when it still holds that value at `at`.
    fn loaded_from(&self, origin: Origin, at: Index) -> Option<usize> {
        let Some(Op::Load(Kind::Int, slot)) = self.body.ops.get(origin) else { return None };
        let changes = |op: &Op| {
            matches!(op, Op::Store(_, stored) | Op::Increment(stored, _) if stored == slot)
                || !op.targets().is_empty()
        };
        let between = self.body.ops.get(origin..at)?;
        (!between.iter().any(changes)).then_some(usize::from(*slot))
    }
}

/// On the jump `slot` holds a value that `condition` puts in this relation to one of `other`; else not.
struct Learned {
    slot: usize,
    condition: Condition,
    other: (i64, i64),
}

/// Narrows the variables' intervals by what a comparison told; never to nothing.
fn told(mut state: State, learned: &[Learned], jumped: bool) -> State {
    for Learned { slot, condition, other } in learned {
        let condition = if jumped { *condition } else { condition.negated() };
        if let Some(Value::Int { low, high, .. }) = state.locals.get_mut(*slot) {
            let (least, most) = match condition {
                Condition::Eq => *other,
                Condition::Ne => INT,
                Condition::Lt => (INT.0, other.1 - 1),
                Condition::Le => (INT.0, other.1),
                Condition::Gt => (other.0 + 1, INT.1),
                Condition::Ge => (other.0, INT.1),
            };
            let narrowed = (least.max(*low), most.min(*high));
            if narrowed.0 <= narrowed.1 {
                (*low, *high) = narrowed;
            }
        }
    }
    state
}

fn meet(old: Value, new: Value, widen: bool, origins: &mut Origins) -> Value {
    match (old, new) {
        (Value::Ref { origin }, Value::Ref { origin: other }) => {
            origins.unite(origin, other);
            old
        }
        (
            Value::Int { low, high, origin },
            Value::Int { low: other_low, high: other_high, origin: other },
        ) => {
            origins.unite(origin, other);
            let (mut low, mut high) = (low.min(other_low), high.max(other_high));
            if widen && (low, high) != old.range() {
                low = BOUNDS.into_iter().rev().find(|bound| *bound <= low).unwrap_or(INT.0);
                high = BOUNDS.into_iter().find(|bound| *bound >= high).unwrap_or(INT.1);
            }
            Value::Int { low, high, origin }
        }
        (Value::Unknown | Value::Ref { .. } | Value::Int { .. }, _) => Value::Unknown,
    }
}

/// A stack that refuses to underflow.
struct Stack<'a>(&'a mut Vec<Value>);

impl Stack<'_> {
    fn pop(&mut self) -> Result<Value, Problem> {
        self.0.pop().filter(|value| *value != Value::Unknown).ok_or(Problem::Code(0))
    }

    fn int(&mut self) -> Result<(i64, i64), Problem> {
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

    fn push(&mut self, value: Value) {
        self.0.push(value);
    }
}

/// What an instruction does to the state.
fn execute(op: &Op, at: Index, state: &mut State, origins: &Origins) -> Result<(), Problem> {
    let mut stack = Stack(&mut state.stack);
    let origin = origins.result(at);
    let reference = Value::Ref { origin };
    match op {
        Op::Nop | Op::Goto(_) | Op::Return(None) => {}
        Op::Constant(value) => stack.push(Value::int((i64::from(*value), i64::from(*value)), origin)),
        Op::Null | Op::New(_) => stack.push(reference),
        Op::Load(kind, slot) => {
            let value = *state.locals.get(usize::from(*slot)).ok_or(Problem::Code(0))?;
            stack.push(value);
            let value = stack.kind(*kind)?;
            stack.push(value.with_origin(origin));
        }
        Op::Store(kind, slot) => {
            let value = stack.kind(*kind)?;
            let local = state.locals.get_mut(usize::from(*slot)).ok_or(Problem::Code(0))?;
            *local = value.with_origin(origins.stored(at));
        }
        Op::Increment(slot, by) => {
            let local = state.locals.get_mut(usize::from(*slot)).ok_or(Problem::Code(0))?;
            let Value::Int { low, high, origin } = *local else { return Err(Problem::Code(0)) };
            let range = wrap(low + i64::from(*by), high + i64::from(*by));
            // the variable stays the same variable: its origin does not change
            *local = Value::int(range, origin);
        }
        Op::ArrayLoad(letter) => {
            stack.int()?;
            stack.reference()?;
            stack.push(match letter {
                Letter::A => reference,
                Letter::B => Value::int(BYTE, origin),
                Letter::S => Value::int(SHORT, origin),
                Letter::I => Value::int(INT, origin),
            });
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
        Op::IfCompare(..) => {
            stack.int()?;
            stack.int()?;
        }
        Op::IfSame(..) => {
            stack.reference()?;
            stack.reference()?;
        }
        Op::IfNull(..) | Op::Throw => stack.reference()?,
        Op::Return(Some(kind)) => drop(stack.kind(*kind)?),
        Op::GetStatic(member) => stack.push(Value::of(&Type::parse(&member.descriptor)?, origin)),
        Op::PutStatic(member) => stack.pop_type(&Type::parse(&member.descriptor)?)?,
        Op::GetField(member) => {
            stack.reference()?;
            stack.push(Value::of(&Type::parse(&member.descriptor)?, origin));
        }
        Op::PutField(member) => {
            stack.pop_type(&Type::parse(&member.descriptor)?)?;
            stack.reference()?;
        }
        Op::Invoke(call, member) => invoke(*call == Call::Static, member, &mut stack, origin)?,
        Op::NewArray(_) | Op::NewObjectArray(_) => {
            stack.int()?;
            stack.push(reference);
        }
        Op::ArrayLength => {
            stack.reference()?;
            stack.push(Value::int((0, SHORT.1), origin));
        }
        Op::CheckCast(_) => {
            stack.reference()?;
            stack.push(reference);
        }
        Op::InstanceOf(_) => {
            stack.reference()?;
            stack.push(Value::int((0, 1), origin));
        }
    }
    Ok(())
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

fn narrow(stack: &mut Stack<'_>, range: (i64, i64), origin: Origin) -> Result<(), Problem> {
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

/// An interval that left `int` may hold anything after Java has wrapped it.
fn wrap(low: i64, high: i64) -> (i64, i64) {
    if low < INT.0 || high > INT.1 { INT } else { (low, high) }
}

/// The interval of an operation's result; exact where that is easy, never too small.
fn arithmetic(kind: Arithmetic, left: (i64, i64), right: (i64, i64)) -> (i64, i64) {
    let corners = |op: fn(i64, i64) -> i64| {
        let all = [op(left.0, right.0), op(left.0, right.1), op(left.1, right.0), op(left.1, right.1)];
        wrap(all.into_iter().min().unwrap_or(INT.0), all.into_iter().max().unwrap_or(INT.1))
    };
    match kind {
        Arithmetic::Add => wrap(left.0 + right.0, left.1 + right.1),
        Arithmetic::Sub => wrap(left.0 - right.1, left.1 - right.0),
        Arithmetic::Mul => corners(|a, b| a * b),
        Arithmetic::Div if right.0 > 0 => corners(|a, b| a / b),
        Arithmetic::Div => {
            let most = left.0.abs().max(left.1.abs());
            wrap(-most, if right.1 < -1 { most / 2 } else { most })
        }
        Arithmetic::Rem => {
            let most = (right.0.abs().max(right.1.abs()) - 1).max(0);
            (left.0.clamp(-most, 0), left.1.clamp(0, most))
        }
        Arithmetic::Shl if right.0 == right.1 && (0..32).contains(&right.0) => {
            wrap(left.0 << right.0, left.1 << right.0)
        }
        Arithmetic::Shl => INT,
        Arithmetic::Shr if right.0 >= 0 && right.1 < 32 => corners(|a, b| a >> b),
        Arithmetic::Shr => (left.0.min(0), left.1.max(0)),
        Arithmetic::Ushr if left.0 >= 0 && right.0 >= 0 && right.1 < 32 => corners(|a, b| a >> b),
        Arithmetic::Ushr if left.0 >= 0 => (0, left.1),
        Arithmetic::Ushr if right.0 == right.1 && (1..32).contains(&right.0) => (0, 0xFFFF_FFFF >> right.0),
        Arithmetic::Ushr => INT,
        Arithmetic::And => match (left.0 >= 0, right.0 >= 0) {
            (true, true) => (0, left.1.min(right.1)),
            (true, false) => (0, left.1),
            (false, true) => (0, right.1),
            (false, false) => bits(left, right),
        },
        Arithmetic::Or | Arithmetic::Xor => bits(left, right),
    }
}

/// The smallest power of two's interval that holds both operands holds their bits' combination.
fn bits(left: (i64, i64), right: (i64, i64)) -> (i64, i64) {
    let (low, high) = (left.0.min(right.0), left.1.max(right.1));
    let most = (1..=31).map(|width| 1_i64 << width).find(|power| high < *power && -low <= *power);
    let most = most.unwrap_or(1 << 31);
    (if low < 0 { -most } else { 0 }, most - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Java's own result of each operation on ints.
    fn java(kind: Arithmetic, a: i32, b: i32) -> Option<i32> {
        Some(match kind {
            Arithmetic::Add => a.wrapping_add(b),
            Arithmetic::Sub => a.wrapping_sub(b),
            Arithmetic::Mul => a.wrapping_mul(b),
            Arithmetic::Div => return (b != 0).then(|| a.wrapping_div(b)),
            Arithmetic::Rem => return (b != 0).then(|| a.wrapping_rem(b)),
            Arithmetic::Shl => a.wrapping_shl(b as u32),
            Arithmetic::Shr => a.wrapping_shr(b as u32),
            Arithmetic::Ushr => (a as u32).wrapping_shr(b as u32) as i32,
            Arithmetic::And => a & b,
            Arithmetic::Or => a | b,
            Arithmetic::Xor => a ^ b,
        })
    }

    #[test]
    fn an_interval_always_holds_what_java_computes() {
        use Arithmetic::{Add, And, Div, Mul, Or, Rem, Shl, Shr, Sub, Ushr, Xor};
        let corners = [
            i32::MIN,
            -40_000,
            -32_769,
            -32_768,
            -129,
            -3,
            -1,
            0,
            1,
            2,
            15,
            31,
            32,
            255,
            32_767,
            65_535,
            i32::MAX,
        ];
        for kind in [Add, Sub, Mul, Div, Rem, Shl, Shr, Ushr, And, Or, Xor] {
            for window in corners.windows(2).chain(corners.windows(4)) {
                for other in corners.windows(1).chain(corners.windows(3)) {
                    let left = (i64::from(window[0]), i64::from(window[window.len() - 1]));
                    let right = (i64::from(other[0]), i64::from(other[other.len() - 1]));
                    let (low, high) = arithmetic(kind, left, right);
                    for (a, b) in window.iter().flat_map(|a| other.iter().map(move |b| (*a, *b))) {
                        let Some(result) = java(kind, a, b).map(i64::from) else { continue };
                        assert!(
                            low <= result && result <= high,
                            "{kind:?} {a} {b} = {result} not in {low}..{high}"
                        );
                    }
                }
            }
        }
    }
}
