//! What bytecodes of one family have in common, and the operands that stand in the code.

use alloc::vec::Vec;

use card_image::cap::{ArrayType, PoolIndex};
use card_image::opcode::{Instruction, Operands, SwitchKind};

use super::operands::{Operand, Word};
use super::{Flow, Key, Translation};
use crate::package::code::{
    BinaryInt, Counts, Element, ElementAt, Field, Op, Place, Reg, Rr, Rrr, Static, Switch, TestedType,
};
use crate::package::link::{LinkError, kind_of};

impl Translation<'_, '_> {
    pub(super) fn unary(&mut self, op: impl Fn(Rr) -> Op) -> Result<(), LinkError> {
        let from = self.pop_reg()?;
        let to = self.push_result()?;
        self.emit(op(Rr { to, from }));
        Ok(())
    }

    pub(super) fn division(&mut self, op: impl Fn(Rrr) -> Op) -> Result<(), LinkError> {
        let (right, left) = (self.pop_reg()?, self.pop_reg()?);
        let to = self.push_result()?;
        self.emit(op(Rrr { to, left, right }));
        Ok(())
    }

    pub(super) fn binary_int(&mut self, op: impl Fn(Rrr) -> Op) -> Result<(), LinkError> {
        let (right, left) = (self.pop_int()?, self.pop_int()?);
        let to = self.push_int()?;
        self.emit(op(Rrr { to, left, right }));
        Ok(())
    }

    pub(super) fn shift_int(&mut self, binary: BinaryInt) -> Result<(), LinkError> {
        self.binary_int(|o| Op::BinaryInt(binary, o))
    }

    /// `i2s`: the low word takes the int's place.
    pub(super) fn low_word(&mut self) -> Result<(), LinkError> {
        let low = self.pop_operand()?;
        self.pop()?;
        match low {
            Operand::Const(value) => self.push(Word::Const(value)).map(drop),
            Operand::Reg(from) if from.0 < self.operands.top().0 => self.push(Word::In(from)).map(drop),
            Operand::Reg(from) => {
                let to = self.push_result()?;
                self.emit(Op::Move(Rr { to, from }));
                Ok(())
            }
        }
    }

    pub(super) fn load(&mut self, op: impl Fn(Element) -> Op) -> Result<(), LinkError> {
        let (index, array) = (self.pop_reg()?, self.pop_reg()?);
        let value = self.push_result()?;
        self.emit(op(Element { array, index, value }));
        Ok(())
    }

    pub(super) fn load_at(
        &mut self,
        op: impl Fn(Element) -> Op,
        at: impl Fn(ElementAt) -> Op,
    ) -> Result<(), LinkError> {
        let (index, array) = (self.pop_operand()?, self.pop_reg()?);
        let value = self.push_result()?;
        self.emit(match index {
            Operand::Reg(index) => op(Element { array, index, value }),
            Operand::Const(index) => at(ElementAt { array, value, index }),
        });
        Ok(())
    }

    pub(super) fn store_element(&mut self, op: impl Fn(Element) -> Op, value: Reg) -> Result<(), LinkError> {
        let (index, array) = (self.pop_reg()?, self.pop_reg()?);
        self.emit(op(Element { array, index, value }));
        Ok(())
    }

    pub(super) fn store_at(
        &mut self,
        op: impl Fn(Element) -> Op,
        at: impl Fn(ElementAt) -> Op,
        value: Reg,
    ) -> Result<(), LinkError> {
        let (index, array) = (self.pop_operand()?, self.pop_reg()?);
        self.emit(match index {
            Operand::Reg(index) => op(Element { array, index, value }),
            Operand::Const(index) => at(ElementAt { array, value, index }),
        });
        Ok(())
    }

    /// The topmost word, of which only the low byte is wanted.
    pub(super) fn pop_byte(&mut self) -> Result<Reg, LinkError> {
        let own = self.operands.ends_with_own();
        let value = self.pop_reg()?;
        Ok(if own { self.out.uncut(value) } else { value })
    }

    pub(super) fn dup_x(&mut self, at: &Instruction<'_>) -> Result<(), LinkError> {
        let counts = self.counts(at)?;
        if counts.n != 0 && counts.n < counts.m {
            return Err(self.wrong());
        }
        let moved = if counts.n == 0 { counts.m } else { counts.n };
        self.write_top(moved.into())?;
        let top = self.operands.top();
        for _ in 0..counts.m {
            self.push_result()?;
        }
        self.emit(Op::DupX { top, counts });
        Ok(())
    }

    pub(super) fn swap_x(&mut self, at: &Instruction<'_>) -> Result<(), LinkError> {
        let counts = self.counts(at)?;
        self.write_top(usize::from(counts.m) + usize::from(counts.n))?;
        let top = self.operands.top();
        self.emit(Op::SwapX { top, counts });
        Ok(())
    }

    pub(super) fn returns(
        &mut self,
        op: impl FnOnce(&mut Self) -> Result<Op, LinkError>,
    ) -> Result<Flow, LinkError> {
        let op = op(self)?;
        self.emit(op);
        Ok(Flow::Ends)
    }

    pub(super) fn get_static(
        &mut self,
        at: &Instruction<'_>,
        op: impl Fn(Static) -> Op,
    ) -> Result<(), LinkError> {
        let (place, value) = (self.static_place(at)?, self.push_result()?);
        self.emit(op(Static { value, place }));
        Ok(())
    }

    pub(super) fn put_static(
        &mut self,
        at: &Instruction<'_>,
        op: impl Fn(Static) -> Op,
    ) -> Result<(), LinkError> {
        let (place, value) = (self.static_place(at)?, self.pop_reg()?);
        self.emit(op(Static { value, place }));
        Ok(())
    }

    pub(super) fn put(
        &mut self,
        at: &Instruction<'_>,
        op: impl Fn(Field) -> Op,
        value: Reg,
    ) -> Result<(), LinkError> {
        let (word, object) = (self.field(at)?, self.pop_reg()?);
        self.emit(op(Field { object, value, word }));
        Ok(())
    }

    pub(super) fn put_this(
        &mut self,
        at: &Instruction<'_>,
        op: impl Fn(Field) -> Op,
        value: Reg,
    ) -> Result<(), LinkError> {
        let (word, object) = (self.field(at)?, self.local(0, 1)?);
        self.emit(op(Field { object, value, word }));
        Ok(())
    }

    pub(super) fn switch(&mut self, at: &Instruction<'_>, op: impl Fn(u16) -> Op) -> Result<(), LinkError> {
        let Operands::Switch(switch) = at.operands else { return Err(self.wrong()) };
        self.write_all();
        let mut pairs: Vec<(i32, i16)> = switch.entries().collect();
        let made = match switch.kind() {
            SwitchKind::Table => {
                Switch::Table { low: switch.low(), targets: pairs.iter().map(|_| 0).collect(), default: 0 }
            }
            SwitchKind::Lookup => {
                pairs.sort_by_key(|(key, _)| *key);
                Switch::Lookup { pairs: pairs.iter().map(|(key, _)| (*key, 0)).collect(), default: 0 }
            }
        };
        let index = u16::try_from(self.tables.switches.len());
        let index = index.map_err(|_| LinkError::TooLarge { what: "the number of switches" })?;
        let depth = self.operands.depth();
        let mut keys = Vec::with_capacity(pairs.len() + 1);
        for distance in pairs.iter().map(|(_, distance)| *distance).chain([switch.default()]) {
            keys.push(Key { offset: self.target_of(at, distance)?, depth });
        }
        self.waiting.extend(&keys);
        self.tables.switches.push(made);
        self.out.switches.push((index, keys));
        self.emit(op(index));
        Ok(())
    }

    // ---- operands in the code ----

    pub(super) fn wrong(&self) -> LinkError {
        LinkError::Operand { method: self.method, at: self.at }
    }

    pub(super) fn pool(&self, instruction: &Instruction<'_>) -> Result<PoolIndex, LinkError> {
        let index = instruction.pool_index().map(|(index, _)| index);
        index.ok_or_else(|| self.wrong())
    }

    pub(super) fn constant(&self, instruction: &Instruction<'_>) -> Result<i32, LinkError> {
        instruction.constant().ok_or_else(|| self.wrong())
    }

    pub(super) fn variable(&self, instruction: &Instruction<'_>, words: u16) -> Result<Reg, LinkError> {
        self.local(instruction.local().ok_or_else(|| self.wrong())?, words)
    }

    pub(super) fn increment(
        &self,
        instruction: &Instruction<'_>,
        words: u16,
    ) -> Result<(Reg, i16), LinkError> {
        match instruction.operands {
            Operands::Increment { local, by } => Ok((self.local(local, words)?, by)),
            _ => Err(self.wrong()),
        }
    }

    pub(super) fn counts(&self, instruction: &Instruction<'_>) -> Result<Counts, LinkError> {
        match instruction.operands {
            Operands::Counts { m, n } => Ok(Counts { m, n }),
            _ => Err(self.wrong()),
        }
    }

    pub(super) fn branch(&self, instruction: &Instruction<'_>) -> Result<u16, LinkError> {
        match instruction.operands {
            Operands::Branch(distance) => self.target_of(instruction, distance),
            _ => Err(self.wrong()),
        }
    }

    pub(super) fn target_of(&self, instruction: &Instruction<'_>, distance: i16) -> Result<u16, LinkError> {
        instruction.target(distance).ok_or_else(|| self.wrong())
    }

    pub(super) fn field(&self, instruction: &Instruction<'_>) -> Result<u16, LinkError> {
        self.resolver.field(self.pool(instruction)?)
    }

    pub(super) fn static_place(&self, at: &Instruction<'_>) -> Result<Place, LinkError> {
        self.resolver.static_field(self.pool(at)?)
    }

    pub(super) fn tested_type(&mut self, at: &Instruction<'_>) -> Result<u16, LinkError> {
        let Operands::Typed { kind, class } = at.operands else { return Err(self.wrong()) };
        let tested = match kind {
            0 => TestedType::Class(self.resolver.class_constant(class)?),
            14 => TestedType::RefArray(self.resolver.class_constant(class)?),
            code => TestedType::Array(kind_of(ArrayType::from_operand(code).ok_or_else(|| self.wrong())?)),
        };
        self.tables.index_of(tested)
    }
}
