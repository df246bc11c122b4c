//! The operand stack and the local variables at one instruction.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::value::{Alternatives, Value};
use crate::verify::finding::Rule;
use crate::verify::world::{Kind, Reference, World, text};

/// A rule that an instruction breaks.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) rule: Rule,
    pub(super) expected: String,
    pub(super) found: String,
}

impl Fault {
    pub(super) fn new(rule: Rule, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { rule, expected: expected.into(), found: found.into() }
    }
}

/// Types of stack and locals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) locals: Vec<Value>,
    pub(super) stack: Vec<Value>,
    max_stack: usize,
    /// In a constructor: another constructor has run on `this`.
    pub(super) constructed: bool,
}

impl Frame {
    pub(super) fn new(max_stack: usize) -> Self {
        Self { locals: Vec::new(), stack: Vec::new(), max_stack, constructed: true }
    }

    /// The frame in which a handler begins: these locals and one reference.
    pub(super) fn for_handler(&self, caught: Reference) -> Result<Self, Fault> {
        let mut frame = Self { stack: Vec::new(), ..self.clone() };
        frame.push(Value::reference(caught))?;
        Ok(frame)
    }

    /// Takes over what another way brings; tells whether anything changed.
    pub(super) fn merge(&mut self, other: &Self, world: &World<'_>) -> Result<bool, Fault> {
        if self.stack.len() != other.stack.len() {
            let expected = format!("{} words", self.stack.len());
            return Err(Fault::new(Rule::StackDepth, expected, format!("{} words", other.stack.len())));
        }
        let before = self.clone();
        let own = self.locals.iter_mut().chain(&mut self.stack);
        for (own, other) in own.zip(other.locals.iter().chain(&other.stack)) {
            if own != other {
                *own = own.merge(other, world);
            }
        }
        self.constructed &= other.constructed;
        Ok(*self != before)
    }

    pub(super) fn push(&mut self, value: Value) -> Result<(), Fault> {
        if self.stack.len() >= self.max_stack {
            let expected = format!("at most {} words", self.max_stack);
            return Err(Fault::new(Rule::StackOverflow, expected, text(self.stack.len() + 1)));
        }
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn push_int(&mut self) -> Result<(), Fault> {
        self.push(Value::IntHigh)?;
        self.push(Value::IntLow)
    }

    /// A value of a declared type; nothing for void.
    pub(super) fn push_kind(&mut self, kind: Kind) -> Result<(), Fault> {
        match kind {
            Kind::Void => Ok(()),
            Kind::Boolean | Kind::Byte | Kind::Short => self.push(Value::Short),
            Kind::Int => self.push_int(),
            Kind::Reference(reference) => self.push(Value::reference(reference)),
        }
    }

    pub(super) fn pop(&mut self) -> Result<Value, Fault> {
        self.stack.pop().ok_or_else(|| Fault::new(Rule::StackUnderflow, "a word", "an empty stack"))
    }

    pub(super) fn pop_short(&mut self, world: &World<'_>) -> Result<(), Fault> {
        match self.pop()? {
            Value::Short => Ok(()),
            other => Err(Fault::new(Rule::OperandType, "short", other.name(world))),
        }
    }

    pub(super) fn pop_int(&mut self, world: &World<'_>) -> Result<(), Fault> {
        match (self.pop()?, self.stack.last()) {
            (Value::IntLow, Some(Value::IntHigh)) => self.pop().map(|_| ()),
            (other, _) => Err(Fault::new(Rule::OperandType, "int", other.name(world))),
        }
    }

    /// An initialised reference or null.
    pub(super) fn pop_reference(&mut self, world: &World<'_>) -> Result<Alternatives, Fault> {
        match self.pop()? {
            Value::Reference(alternatives) => Ok(alternatives),
            other @ (Value::New(_) | Value::This) => {
                Err(Fault::new(Rule::Uninitialised, "an object after its constructor", other.name(world)))
            }
            other => Err(Fault::new(Rule::OperandType, "a reference", other.name(world))),
        }
    }

    /// A reference that can be held where `target` is declared.
    pub(super) fn pop_assignable(
        &mut self,
        target: Reference,
        rule: Rule,
        world: &World<'_>,
    ) -> Result<Alternatives, Fault> {
        let alternatives = self.pop_reference(world)?;
        if alternatives.assignable(target, world) {
            return Ok(alternatives);
        }
        Err(Fault::new(rule, world.reference_name(target), Value::Reference(alternatives).name(world)))
    }

    /// A value of a declared type.
    pub(super) fn pop_kind(&mut self, kind: Kind, rule: Rule, world: &World<'_>) -> Result<(), Fault> {
        match kind {
            Kind::Void => Ok(()),
            Kind::Boolean | Kind::Byte | Kind::Short => self.pop_short(world),
            Kind::Int => self.pop_int(world),
            Kind::Reference(reference) => self.pop_assignable(reference, rule, world).map(|_| ()),
        }
    }

    /// The upper `count` words, none of them half of an int that is cut there.
    fn upper(&self, count: usize) -> Result<&[Value], Fault> {
        let start = self.stack.len().checked_sub(count);
        let words = start.and_then(|start| self.stack.get(start..));
        let words = words.ok_or_else(|| {
            Fault::new(Rule::StackUnderflow, format!("{count} words"), format!("{} words", self.stack.len()))
        })?;
        match words.first() {
            Some(Value::IntLow) => Err(Fault::new(Rule::OperandType, "whole ints", "half an int")),
            _ => Ok(words),
        }
    }

    pub(super) fn pop_words(&mut self, count: usize) -> Result<(), Fault> {
        let left = self.stack.len() - self.upper(count)?.len();
        self.stack.truncate(left);
        Ok(())
    }

    /// Copies the upper `count` words and puts the copy `below` words under the top.
    pub(super) fn duplicate(&mut self, count: usize, below: usize) -> Result<(), Fault> {
        let copy = self.upper(count)?.to_vec();
        let place = self.stack.len() - self.upper(below)?.len();
        if self.stack.len() + count > self.max_stack {
            let expected = format!("at most {} words", self.max_stack);
            return Err(Fault::new(Rule::StackOverflow, expected, text(self.stack.len() + count)));
        }
        self.stack.splice(place..place, copy);
        Ok(())
    }

    /// Exchanges the upper `m` words with the `n` words below them.
    pub(super) fn swap(&mut self, m: usize, n: usize) -> Result<(), Fault> {
        self.upper(m)?;
        let start = self.stack.len() - self.upper(m + n)?.len();
        if let Some(words) = self.stack.get_mut(start..) {
            words.rotate_left(n);
        }
        Ok(())
    }

    pub(super) fn local(&self, index: u8) -> Result<&Value, Fault> {
        self.locals
            .get(usize::from(index))
            .ok_or_else(|| Fault::new(Rule::LocalIndex, format!("below {}", self.locals.len()), text(index)))
    }

    /// Sets a local variable; an int that loses one of its words is lost.
    pub(super) fn set_local(&mut self, index: usize, value: Value) -> Result<(), Fault> {
        let count = self.locals.len();
        let slot = self.locals.get_mut(index);
        let slot = slot.ok_or_else(|| Fault::new(Rule::LocalIndex, format!("below {count}"), text(index)))?;
        let old = core::mem::replace(slot, value);
        let orphan = match old {
            Value::IntHigh => index.checked_add(1),
            Value::IntLow => index.checked_sub(1),
            Value::Unknown
            | Value::Short
            | Value::Reference(_)
            | Value::New(_)
            | Value::This
            | Value::Return(_) => None,
        };
        let half = if old == Value::IntHigh { Value::IntLow } else { Value::IntHigh };
        if let Some(slot) = orphan.and_then(|index| self.locals.get_mut(index))
            && *slot == half
        {
            *slot = Value::Unknown;
        }
        Ok(())
    }

    pub(super) fn set_local_int(&mut self, index: usize) -> Result<(), Fault> {
        self.set_local(index, Value::IntHigh)?;
        self.set_local(index + 1, Value::IntLow)
    }

    /// Replaces a value wherever it lies.
    pub(super) fn replace(&mut self, old: &Value, new: &Value) {
        for value in self.locals.iter_mut().chain(&mut self.stack).filter(|value| *value == old) {
            *value = new.clone();
        }
    }
}
