//! What lies on the operand stack and in the local variables before each instruction.
//!
//! A forward data-flow analysis over one method. Each value knows the instruction that made it, its
//! *origin*, and for ints the interval that holds every value Java could have there. Where paths meet,
//! origins are united: what meets on one place of the stack must have one width on the card
//! ([`super::width`]). Intervals are widened to round bounds after a few visits, so the analysis ends.

use super::diagnostic::Problem;
use super::execute::execute;
use super::intervals::{self, INT, Interval};
use super::java::{Condition, Index, Kind, Op};
use super::types::{Signature, Type};

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
    pub(super) fn int((low, high): Interval, origin: Origin) -> Self {
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
    pub(super) fn range(self) -> Interval {
        match self {
            Value::Int { low, high, .. } => (low, high),
            Value::Unknown | Value::Ref { .. } => INT,
        }
    }

    pub(super) fn with_origin(self, origin: Origin) -> Self {
        match self {
            Value::Unknown => Value::Unknown,
            Value::Ref { .. } => Value::Ref { origin },
            Value::Int { low, high, .. } => Value::Int { low, high, origin },
        }
    }
}

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
    /// Where each is in the class file's bytecode.
    pub(super) offsets: &'a [u16],
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
    other: Interval,
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
                (low, high) = intervals::widen((low, high));
            }
            Value::Int { low, high, origin }
        }
        (Value::Unknown | Value::Ref { .. } | Value::Int { .. }, _) => Value::Unknown,
    }
}
