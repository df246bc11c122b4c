//! Which values are 16 bits wide on the card and which 32.
//!
//! Java computes everything smaller than `long` in 32 bits; a card computes in 16 unless it must not. A value
//! may be 16 bits wide when Java's value fits 16 bits (its interval says so), or when whoever uses it looks
//! at the low 16 bits only: addition, subtraction, multiplication, bit operations, shifts to the left and
//! narrowing do, and their results are right in their low 16 bits when their operands are. Comparisons,
//! division, remainder, shifts to the right, indexes and `switch` need the whole value.
//!
//! All origins start narrow; the rules below widen them until nothing changes. Widening only ever adds, so
//! this ends, and what stays narrow needs no more. Origins that meet have one width ([`Origins::root`]).

use super::diagnostic::Problem;
use super::flow::{Flow, Origin, State, Value};
use super::intervals::SHORT;
use super::java::{Arithmetic, Call, Condition, Index, Kind, Op};
use super::types::{Letter, Signature, Type};

/// The width of each origin, and of each operation.
#[derive(Debug)]
pub(super) struct Widths<'a> {
    flow: &'a Flow,
    wide: Vec<bool>,
    /// Instructions that compute in 32 bits.
    wide_ops: Vec<bool>,
    changed: bool,
    /// Where 32 bits are needed although nothing there was declared `int`.
    pub(super) intermediates: Vec<Index>,
    /// Where a declared `int` brings 32 bits.
    pub(super) declared: Vec<Index>,
}

pub(super) fn fits(value: Value) -> bool {
    let (low, high) = value.range();
    low >= SHORT.0 && high <= SHORT.1
}

/// For a comparison with zero for equality the low 16 bits tell as much when no others can be set.
fn fits_zero_test(value: Value) -> bool {
    let (low, high) = value.range();
    fits(value) || (low >= 0 && high <= 0xFFFF)
}

/// Solves for one method.
///
/// # Errors
/// An index or length that does not fit 16 bits, at its instruction.
pub(super) fn solve<'a>(
    ops: &[Op],
    flow: &'a Flow,
    signature: &Signature,
    is_static: bool,
) -> Result<Widths<'a>, Vec<(Index, Problem)>> {
    let mut widths = Widths {
        flow,
        wide: vec![false; flow.origins.count()],
        wide_ops: vec![false; ops.len()],
        changed: true,
        intermediates: Vec::new(),
        declared: Vec::new(),
    };
    for (slot, parameter) in signature.parameters.iter().enumerate() {
        if *parameter == Type::Int {
            widths.widen(flow.origins.parameter(slot + usize::from(!is_static)));
            widths.declared.push(0);
        }
    }
    while widths.changed {
        widths.changed = false;
        for (at, op) in ops.iter().enumerate() {
            if let Some(state) = &flow.before[at] {
                widths.apply(op, at, state, signature);
            }
        }
    }
    let problems = widths.check(ops);
    if problems.is_empty() { Ok(widths) } else { Err(problems) }
}

impl Widths<'_> {
    pub(super) fn is_wide(&self, origin: Origin) -> bool {
        self.wide[self.flow.origins.root(origin)]
    }

    /// Whether a value on the stack or in a variable is 32 bits wide.
    pub(super) fn value_is_wide(&self, value: Value) -> bool {
        matches!(value, Value::Int { .. }) && value.origin().is_some_and(|origin| self.is_wide(origin))
    }

    /// 16-bit words that a value takes.
    pub(super) fn words(&self, value: Value) -> u8 {
        if self.value_is_wide(value) { 2 } else { 1 }
    }

    /// Whether the instruction computes, compares or switches in 32 bits.
    pub(super) fn op_is_wide(&self, at: Index) -> bool {
        self.wide_ops[at]
    }

    pub(super) fn any_wide(&self) -> bool {
        self.wide.contains(&true) || self.wide_ops.contains(&true)
    }

    fn widen(&mut self, origin: Origin) {
        let root = self.flow.origins.root(origin);
        self.changed |= !self.wide[root];
        self.wide[root] = true;
    }

    fn widen_value(&mut self, value: Value) {
        if let Value::Int { origin, .. } = value {
            self.widen(origin);
        }
    }

    fn widen_op(&mut self, at: Index, operands: &[Value]) {
        self.wide_ops[at] = true;
        for operand in operands {
            self.widen_value(*operand);
        }
    }

    fn mark(list: &mut Vec<Index>, at: Index) {
        if !list.contains(&at) {
            list.push(at);
        }
    }

    fn any_operand_wide(&self, operands: &[Value]) -> bool {
        operands.iter().any(|operand| self.value_is_wide(*operand))
    }

    fn apply(&mut self, op: &Op, at: Index, state: &State, method: &Signature) {
        let from_top = |depth: usize| -> Value {
            let position = state.stack.len().checked_sub(depth + 1);
            position.and_then(|position| state.stack.get(position)).copied().unwrap_or(Value::Unknown)
        };
        match op {
            Op::Arithmetic(kind) => {
                let (left, right) = (from_top(1), from_top(0));
                self.arithmetic(*kind, at, left, right);
            }
            Op::Negate => self.low_bits_op(at, &[from_top(0)]),
            Op::Load(Kind::Int, slot) => {
                let local = state.locals[usize::from(*slot)];
                if self.is_wide(self.flow.origins.result(at)) && !fits(local) {
                    self.widen_value(local);
                }
            }
            Op::Store(Kind::Int, _) => {
                let stored = self.flow.origins.stored(at);
                self.into(self.is_wide(stored), from_top(0));
            }
            Op::If(condition, _) => {
                let value = from_top(0);
                let equality = matches!(condition, Condition::Eq | Condition::Ne);
                let enough = if equality { fits_zero_test(value) } else { fits(value) };
                self.whole_value_op(at, &[value], enough);
            }
            Op::Switch { .. } => self.whole_value_op(at, &[from_top(0)], fits(from_top(0))),
            Op::IfCompare(..) => {
                let operands = [from_top(1), from_top(0)];
                self.whole_value_op(at, &operands, operands.into_iter().all(fits));
            }
            Op::Return(Some(Kind::Int)) => {
                let wide = method.result == Some(Type::Int);
                self.declare(wide, at);
                self.into(wide, from_top(0));
            }
            Op::ArrayStore(Letter::I) => {
                self.declare(true, at);
                self.into(true, from_top(0));
            }
            Op::PutStatic(member) | Op::PutField(member) if member.descriptor == "I" => {
                self.declare(true, at);
                self.into(true, from_top(0));
            }
            Op::GetStatic(member) | Op::GetField(member) if member.descriptor == "I" => {
                self.declare(true, at);
            }
            Op::ArrayLoad(Letter::I) | Op::NewArray(10) => self.declare(true, at),
            Op::Invoke(_, member) => self.call(&member.descriptor, at, &from_top),
            _ => {}
        }
    }

    fn call(&mut self, descriptor: &str, at: Index, from_top: &dyn Fn(usize) -> Value) {
        let Ok(signature) = Signature::parse(descriptor) else { return };
        self.declare(signature.types().any(|kind| *kind == Type::Int), at);
        for (depth, parameter) in signature.parameters.iter().rev().enumerate() {
            if *parameter == Type::Int {
                self.widen_value(from_top(depth));
            }
        }
    }

    fn declare(&mut self, is_int: bool, at: Index) {
        if is_int {
            Self::mark(&mut self.declared, at);
        }
    }

    /// A value goes to the top of the stack's consumer, which can convert it when it fits.
    fn into(&mut self, wide: bool, value: Value) {
        if wide && !fits(value) {
            self.widen_value(value);
        }
    }

    fn arithmetic(&mut self, kind: Arithmetic, at: Index, left: Value, right: Value) {
        match kind {
            Arithmetic::Add
            | Arithmetic::Sub
            | Arithmetic::Mul
            | Arithmetic::And
            | Arithmetic::Or
            | Arithmetic::Xor
            | Arithmetic::Shl => self.low_bits_op(at, &[left, right]),
            Arithmetic::Div | Arithmetic::Rem => {
                self.whole_value_op(at, &[left, right], fits(left) && fits(right));
                self.low_bits_op(at, &[left, right]);
            }
            // only the low five bits of the distance count
            Arithmetic::Shr | Arithmetic::Ushr => {
                self.whole_value_op(at, &[left, right], fits(left));
                self.low_bits_op(at, &[left, right]);
            }
        }
    }

    /// The result's low bits depend on the operands' low bits alone.
    fn low_bits_op(&mut self, at: Index, operands: &[Value]) {
        let result = self.flow.origins.result(at);
        let needs_more = self.is_wide(result) && !self.result_fits(at);
        if needs_more || self.any_operand_wide(operands) || self.wide_ops[at] {
            self.widen_op(at, operands);
        }
    }

    /// The whole values decide; `enough` tells whether 16 bits hold them.
    fn whole_value_op(&mut self, at: Index, operands: &[Value], enough: bool) {
        if enough && !self.any_operand_wide(operands) {
            return;
        }
        if !self.any_operand_wide(operands) {
            Self::mark(&mut self.intermediates, at);
        }
        self.widen_op(at, operands);
    }

    /// Whether the value that `at` leaves on the stack fits 16 bits.
    pub(super) fn result_fits(&self, at: Index) -> bool {
        let next = self.flow.before.get(at + 1).and_then(Option::as_ref);
        next.and_then(|state| state.stack.last()).is_some_and(|value| fits(*value))
    }

    /// Indexes and lengths are 16 bits wide whatever else is.
    fn check(&self, ops: &[Op]) -> Vec<(Index, Problem)> {
        let index = |depth: usize, state: &State| {
            let position = state.stack.len().checked_sub(depth + 1);
            position.and_then(|position| state.stack.get(position)).copied().unwrap_or(Value::Unknown)
        };
        let mut problems = Vec::new();
        for (at, op) in ops.iter().enumerate() {
            let Some(state) = &self.flow.before[at] else { continue };
            let checked: &[usize] = match op {
                Op::ArrayLoad(_) | Op::NewArray(_) | Op::NewObjectArray(_) => &[0],
                Op::ArrayStore(_) => &[1],
                _ => &[],
            };
            for depth in checked {
                let value = index(*depth, state);
                let convertible = *depth == 0 || !self.value_is_wide(value);
                if !fits(value) || !convertible {
                    problems.push((at, Problem::Index));
                }
            }
            if let Op::Invoke(call, member) = op {
                problems.extend(
                    self.check_arguments(*call, &member.descriptor, state)
                        .map(|()| (at, Problem::Intermediate)),
                );
            }
        }
        problems
    }

    /// An argument deep in the stack cannot be narrowed there any more.
    fn check_arguments(&self, _call: Call, descriptor: &str, state: &State) -> Option<()> {
        let signature = Signature::parse(descriptor).ok()?;
        let deep = signature.parameters.iter().rev().zip(state.stack.iter().rev()).skip(1);
        deep.into_iter().any(|(kind, value)| *kind != Type::Int && self.value_is_wide(*value)).then_some(())
    }
}
