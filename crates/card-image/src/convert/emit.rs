//! From Java instructions to Java Card instructions, one after the other.
//!
//! [`super::width`] has decided how wide each value is; here each instruction takes its narrow or wide form, and a
//! conversion follows where an instruction makes a value of the other width. Three shorter forms are chosen while the
//! neighbours are in sight: fields of `this` without the object on the stack, and `sinc` for adding a constant.

use std::collections::{HashMap, HashSet};

use super::code::{Access, Handler, Item, Label, MethodCode, Slot, Width};
use super::diagnostic::Problem;
use super::execute::operands;
use super::flow::{Body, Flow, State, Value};
use super::forms::{arithmetic, array_load, array_store, comparison, zero_test};
use super::intervals::SHORT;
use super::java::{Index, Kind, Op, Shuffle};
use super::locals::Locals;
use super::pool::PoolBuilder;
use super::types::{Letter, Type};
use super::width::Widths;
use super::world::{ClassIndex, World};
use crate::opcode::Opcode;

pub(super) struct Emitter<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) pool: &'a mut PoolBuilder,
    pub(super) class: ClassIndex,
    pub(super) body: &'a Body<'a>,
    flow: &'a Flow,
    widths: &'a Widths<'a>,
    locals: Locals,
    pub(super) items: Vec<Item>,
    /// Loads of `this` that the instruction which uses them does not need.
    omitted: HashSet<Index>,
    /// `putfield`s whose load of `this` is omitted.
    pub(super) on_this: HashSet<Index>,
    next_label: usize,
    /// Where the items of each instruction begin.
    starts: Vec<(Index, usize)>,
}

/// A problem at an instruction.
pub(super) type Refusal = (Index, Problem);

pub(super) fn emit(
    world: &World<'_>,
    pool: &mut PoolBuilder,
    class: ClassIndex,
    body: &Body<'_>,
    flow: &Flow,
    widths: &Widths<'_>,
) -> Result<MethodCode, Refusal> {
    let mut emitter = Emitter {
        world,
        pool,
        class,
        body,
        flow,
        widths,
        locals: Locals::new(body.signature, body.is_static, body.max_locals),
        items: Vec::new(),
        omitted: HashSet::new(),
        on_this: HashSet::new(),
        next_label: body.ops.len() + 1,
        starts: Vec::new(),
    };
    emitter.find_fields_of_this();
    emitter.method()
}

impl Emitter<'_> {
    fn method(mut self) -> Result<MethodCode, Refusal> {
        self.widen_parameters().map_err(|problem| (0, problem))?;
        let labels = self.labels();
        for (at, op) in self.body.ops.iter().enumerate() {
            if labels.contains(&at) {
                self.items.push(Item::Label(Label(at)));
            }
            if let Some(state) = &self.flow.before[at]
                && !self.omitted.contains(&at)
            {
                self.starts.push((at, self.items.len()));
                self.instruction(op, at, state).map_err(|problem| (at, problem))?;
            }
        }
        self.items.push(Item::Label(Label(self.body.ops.len())));
        let handlers = self.handlers();
        Ok(MethodCode {
            arguments: self.locals.argument_words(),
            locals: self.locals.other_words(),
            uses_int: self.widths.any_wide(),
            starts: self.starts.iter().map(|(at, item)| (self.body.offsets[*at], *item)).collect(),
            slots: self.locals.into_places(),
            items: self.items,
            handlers,
        })
    }

    /// Positions that something jumps to, or where a handler's range begins or ends.
    fn labels(&self) -> HashSet<Index> {
        let reached = |at: &Index| self.flow.before[*at].is_some();
        let jumps = (0..self.body.ops.len()).filter(reached).flat_map(|at| self.body.ops[at].targets());
        let bounds =
            self.body.handlers.iter().flat_map(|handler| [handler.start, handler.end, handler.target]);
        jumps.chain(bounds).filter(|at| *at < self.body.ops.len()).collect()
    }

    /// Handlers in Java's order, but for those that nothing can reach.
    fn handlers(&mut self) -> Vec<Handler> {
        let mut handlers = Vec::new();
        for handler in self.body.handlers {
            if self.flow.before[handler.target].is_some() {
                let catch = handler.catch.as_deref().map(|name| self.pool.class(name));
                handlers.push(Handler {
                    start: Label(handler.start),
                    end: Label(handler.end),
                    target: Label(handler.target),
                    catch,
                });
            }
        }
        handlers
    }

    pub(super) fn fresh_label(&mut self) -> Label {
        self.next_label += 1;
        Label(self.next_label - 1)
    }

    /// A short argument whose variable is used as an int gets a second, wide place.
    fn widen_parameters(&mut self) -> Result<(), Problem> {
        let first = usize::from(!self.body.is_static);
        for (number, parameter) in self.body.signature.parameters.iter().enumerate() {
            let slot = (first + number) as u16;
            let wide = self.widths.is_wide(self.flow.origins.parameter(slot.into()));
            if wide && !parameter.is_reference() && *parameter != Type::Int {
                let (from, to) =
                    (self.locals.place(slot, Width::Short)?, self.locals.place(slot, Width::Int)?);
                self.items.push(Item::Local(Access::Get, Slot::Value(Width::Short), from));
                self.items.push(Item::Plain(Opcode::S2i));
                self.items.push(Item::Local(Access::Put, Slot::Value(Width::Int), to));
            }
        }
        Ok(())
    }

    /// Finds `this.field = value` where the load of `this` serves nothing else.
    fn find_fields_of_this(&mut self) {
        let stores_this = self.body.ops.iter().any(|op| matches!(op, Op::Store(_, 0)));
        if self.body.is_static || stores_this {
            return;
        }
        let origins = &self.flow.origins;
        let mut members: HashMap<usize, usize> = HashMap::new();
        for origin in 0..origins.count() {
            *members.entry(origins.root(origin)).or_default() += 1;
        }
        let mut uses: HashMap<usize, usize> = HashMap::new();
        for (op, state) in self.body.ops.iter().zip(&self.flow.before) {
            let Some(state) = state else { continue };
            for value in state.stack.iter().rev().take(operands(op)) {
                *uses.entry(value.origin().map_or(usize::MAX, |origin| origins.root(origin))).or_default() +=
                    1;
            }
        }
        for (at, (op, state)) in self.body.ops.iter().zip(&self.flow.before).enumerate() {
            let (Op::PutField(_), Some(state)) = (op, state) else { continue };
            let Some(Value::Ref { origin }) = state.stack.iter().rev().nth(1).copied() else { continue };
            let alone = members.get(&origin) == Some(&1) && uses.get(&origin) == Some(&1);
            if alone && self.body.ops.get(origin) == Some(&Op::Load(Kind::Ref, 0)) {
                self.omitted.insert(origin);
                self.on_this.insert(at);
            }
        }
    }

    pub(super) fn push(&mut self, item: Item) {
        self.items.push(item);
    }

    /// Takes the last items away, because what follows says it shorter.
    pub(super) fn cut(&mut self, length: usize) {
        self.items.truncate(length);
        self.starts
            .iter_mut()
            .rev()
            .take_while(|(_, item)| *item > length)
            .for_each(|(_, item)| *item = length);
    }

    fn plain(&mut self, opcode: Opcode) {
        self.items.push(Item::Plain(opcode));
    }

    fn width(wide: bool) -> Width {
        if wide { Width::Int } else { Width::Short }
    }

    /// After an instruction that left a value of width `native`: makes it what its users expect.
    pub(super) fn produced(&mut self, at: Index, native: Width) {
        match (native, self.widths.is_wide(self.flow.origins.result(at))) {
            (Width::Short, true) => self.lengthen(),
            (Width::Int, false) => self.plain(Opcode::I2s),
            (Width::Short, false) | (Width::Int, true) => {}
        }
    }

    /// Makes the value on top what the next instruction expects.
    pub(super) fn adapt(&mut self, value: Value, wanted: Width) {
        match (self.widths.value_is_wide(value), wanted) {
            (true, Width::Short) => self.plain(Opcode::I2s),
            (false, Width::Int) => self.lengthen(),
            (false, Width::Short) | (true, Width::Int) => {}
        }
    }

    /// Makes an int of the short on top; a constant that was just pushed is pushed as an int instead.
    fn lengthen(&mut self) {
        match self.items.last_mut() {
            Some(Item::Push(width, _)) => *width = Width::Int,
            _ => self.plain(Opcode::S2i),
        }
    }

    pub(super) fn adapt_letter(&mut self, value: Value, letter: Letter) {
        match letter {
            Letter::A => {}
            Letter::B | Letter::S => self.adapt(value, Width::Short),
            Letter::I => self.adapt(value, Width::Int),
        }
    }

    pub(super) fn produced_letter(&mut self, at: Index, letter: Letter) {
        match letter {
            Letter::A => {}
            Letter::B | Letter::S => self.produced(at, Width::Short),
            Letter::I => self.produced(at, Width::Int),
        }
    }

    fn instruction(&mut self, op: &Op, at: Index, state: &State) -> Result<(), Problem> {
        let top = state.stack.last().copied().unwrap_or(Value::Unknown);
        let wide_op = self.widths.op_is_wide(at);
        match op {
            Op::Nop => {}
            Op::Constant(value) => self.constant(*value, at),
            Op::Null => self.plain(Opcode::AconstNull),
            Op::Load(kind, slot) => self.load(*kind, *slot, at, state)?,
            Op::Store(kind, slot) => self.store(*kind, *slot, at, top)?,
            Op::Increment(slot, by) => self.increment(*slot, *by, state)?,
            Op::ArrayLoad(letter) => self.array_element(*letter, at, top),
            Op::ArrayStore(letter) => {
                self.adapt_letter(top, *letter);
                self.plain(array_store(*letter));
            }
            Op::Shuffle(kind) => self.shuffle(*kind, state),
            Op::Arithmetic(kind) => {
                let (short, int) = arithmetic(*kind);
                self.plain(if wide_op { int } else { short });
                self.produced(at, Self::width(wide_op));
            }
            Op::Negate => {
                self.plain(if wide_op { Opcode::Ineg } else { Opcode::Sneg });
                self.produced(at, Self::width(wide_op));
            }
            Op::ToByte => self.narrow_to_byte(at, top),
            Op::ToShort => {
                self.adapt(top, Width::Short);
                self.produced(at, Width::Short);
            }
            Op::If(condition, to) => {
                if wide_op {
                    self.push(Item::Push(Width::Int, 0));
                    self.plain(Opcode::Icmp);
                }
                self.branch(zero_test(*condition), *to);
            }
            Op::IfCompare(condition, to) if wide_op => {
                self.plain(Opcode::Icmp);
                self.branch(zero_test(*condition), *to);
            }
            Op::IfCompare(condition, to) => self.branch(comparison(*condition), *to),
            Op::IfSame(true, to) => self.branch(Opcode::IfAcmpeq, *to),
            Op::IfSame(false, to) => self.branch(Opcode::IfAcmpne, *to),
            Op::IfNull(true, to) => self.branch(Opcode::Ifnull, *to),
            Op::IfNull(false, to) => self.branch(Opcode::Ifnonnull, *to),
            Op::Goto(to) => self.branch(Opcode::Goto, *to),
            Op::Switch { cases, default, table } => self.switch(cases, *default, *table, wide_op),
            Op::Return(_) => self.return_value(top),
            Op::GetStatic(member) => self.static_field(Access::Get, member, at, top)?,
            Op::PutStatic(member) => self.static_field(Access::Put, member, at, top)?,
            Op::GetField(member) => self.field(Access::Get, member, at, top)?,
            Op::PutField(member) => self.field(Access::Put, member, at, top)?,
            Op::Invoke(call, member) => self.invoke(*call, member, at, top)?,
            Op::New(class) => self.new_object(class)?,
            Op::NewArray(element) => self.new_array(*element, top),
            Op::NewObjectArray(class) => self.new_object_array(class, top)?,
            Op::ArrayLength => {
                self.plain(Opcode::Arraylength);
                self.produced(at, Width::Short);
            }
            Op::Throw => self.plain(Opcode::Athrow),
            Op::CheckCast(class) => self.cast(Opcode::Checkcast, class)?,
            Op::InstanceOf(class) => {
                self.cast(Opcode::Instanceof, class)?;
                self.produced(at, Width::Short);
            }
        }
        Ok(())
    }

    fn array_element(&mut self, letter: Letter, at: Index, index: Value) {
        self.adapt(index, Width::Short);
        self.plain(array_load(letter));
        self.produced_letter(at, letter);
    }

    fn branch(&mut self, opcode: Opcode, to: Index) {
        self.push(Item::Branch(opcode, Label(to)));
    }

    fn constant(&mut self, value: i32, at: Index) {
        let wide = self.widths.is_wide(self.flow.origins.result(at));
        let value = if wide { value } else { i32::from(value as i16) };
        self.push(Item::Push(Self::width(wide), value));
    }

    fn increment(&mut self, slot: u16, by: i16, state: &State) -> Result<(), Problem> {
        let width = Self::width(self.widths.value_is_wide(state.locals[usize::from(slot)]));
        let place = self.locals.place(slot, width)?;
        self.push(Item::Increment(width, place, by));
        Ok(())
    }

    fn load(&mut self, kind: Kind, slot: u16, at: Index, state: &State) -> Result<(), Problem> {
        match kind {
            Kind::Ref => {
                let place = self.locals.place(slot, Width::Short)?;
                self.push(Item::Local(Access::Get, Slot::Ref, place));
            }
            Kind::Int => {
                let width = Self::width(self.widths.value_is_wide(state.locals[usize::from(slot)]));
                let place = self.locals.place(slot, width)?;
                self.push(Item::Local(Access::Get, Slot::Value(width), place));
                self.produced(at, width);
            }
        }
        Ok(())
    }

    fn store(&mut self, kind: Kind, slot: u16, at: Index, top: Value) -> Result<(), Problem> {
        match kind {
            Kind::Ref => {
                let place = self.locals.place(slot, Width::Short)?;
                self.push(Item::Local(Access::Put, Slot::Ref, place));
            }
            Kind::Int => {
                let width = Self::width(self.widths.is_wide(self.flow.origins.stored(at)));
                self.adapt(top, width);
                let place = self.locals.place(slot, width)?;
                if width == Width::Int || !self.fold_increment(place) {
                    self.push(Item::Local(Access::Put, Slot::Value(width), place));
                }
            }
        }
        Ok(())
    }

    /// Replaces `sload n; constant; sadd` before a store to `n` by `sinc`.
    fn fold_increment(&mut self, place: u8) -> bool {
        let start = self.items.len().saturating_sub(3);
        let by = match &self.items[start..] {
            [
                Item::Local(Access::Get, Slot::Value(Width::Short), from),
                Item::Push(_, by),
                Item::Plain(Opcode::Sadd),
            ] if *from == place => i16::try_from(*by).ok(),
            [
                Item::Local(Access::Get, Slot::Value(Width::Short), from),
                Item::Push(_, by),
                Item::Plain(Opcode::Ssub),
            ] if *from == place => i16::try_from(-*by).ok(),
            _ => None,
        };
        if let Some(by) = by {
            self.cut(start);
            self.push(Item::Increment(Width::Short, place, by));
        }
        by.is_some()
    }

    fn narrow_to_byte(&mut self, at: Index, top: Value) {
        let (low, high) = top.range();
        if self.widths.value_is_wide(top) {
            self.plain(Opcode::I2b);
        } else if low < i8::MIN.into() || high > i8::MAX.into() {
            self.plain(Opcode::S2b);
        }
        self.produced(at, Width::Short);
    }

    fn shuffle(&mut self, kind: Shuffle, state: &State) {
        let words = |depth: usize| {
            let position = state.stack.len().checked_sub(depth + 1);
            position.map_or(0, |position| self.widths.words(state.stack[position]))
        };
        let (top, under) = (words(0), words(1));
        self.push(match kind {
            Shuffle::Pop => Item::Pop(top),
            Shuffle::Pop2 => Item::Pop(top + under),
            Shuffle::Dup => Item::Duplicate { words: top, below: 0 },
            Shuffle::DupX1 => Item::Duplicate { words: top, below: top + under },
            Shuffle::DupX2 => Item::Duplicate { words: top, below: top + under + words(2) },
            Shuffle::Dup2 => Item::Duplicate { words: top + under, below: 0 },
            Shuffle::Dup2X1 => Item::Duplicate { words: top + under, below: top + under + words(2) },
            Shuffle::Dup2X2 => {
                Item::Duplicate { words: top + under, below: top + under + words(2) + words(3) }
            }
            Shuffle::Swap => Item::Swap { top, under },
        });
    }

    fn switch(&mut self, cases: &[(i32, Index)], default: Index, table: bool, wide: bool) {
        let in_range = |case: &i32| wide || (SHORT.0..=SHORT.1).contains(&i64::from(*case));
        // a case that a short never has is never taken
        let kept: Vec<(i32, Label)> =
            cases.iter().filter(|(case, _)| in_range(case)).map(|(case, to)| (*case, Label(*to))).collect();
        let table = table && kept.len() == cases.len() && !kept.is_empty();
        self.push(Item::Switch { width: Self::width(wide), cases: kept, default: Label(default), table });
    }

    fn return_value(&mut self, top: Value) {
        let opcode = match self.body.signature.result.as_ref().map(Type::letter) {
            None => Opcode::Return,
            Some(Letter::A) => Opcode::Areturn,
            Some(letter @ (Letter::B | Letter::S)) => {
                self.adapt_letter(top, letter);
                Opcode::Sreturn
            }
            Some(Letter::I) => {
                self.adapt(top, Width::Int);
                Opcode::Ireturn
            }
        };
        self.plain(opcode);
    }
}
