//! The instructions of a method while it is translated, and what becomes one with the instruction before it.
//!
//! Two instructions are fused only within a block, so that no jump comes between them.

use alloc::vec::Vec;

use super::operands::Operand;
use super::{Key, Translation};
use crate::package::code::{
    Binary, Condition, Element, ElementAt, IfConst, IfRegs, Op, Reg, Rr, Rrc, Rrr, StepConst, StepRegs,
    Target,
};
use crate::package::link::LinkError;

/// Instructions, and where they come from and lead to.
#[derive(Default)]
pub(super) struct Emitter {
    pub(super) ops: Vec<Op>,
    /// For each instruction the bytecode that it belongs to.
    pub(super) origins: Vec<u16>,
    /// Jumps whose targets are to be filled in, in ascending order.
    pub(super) jumps: Vec<(usize, Key)>,
    /// Switches of the package whose targets are to be filled in.
    pub(super) switches: Vec<(u16, Vec<Key>)>,
    /// Where the present block begins.
    fence: usize,
}

impl Emitter {
    pub(super) fn emit(&mut self, at: u16, op: Op) {
        self.ops.push(op);
        self.origins.push(at);
    }

    /// A block begins here.
    pub(super) fn fence(&mut self) {
        self.fence = self.ops.len();
    }

    /// The instruction before, if it is of the same block.
    fn last(&mut self) -> Option<&mut Op> {
        self.ops.get_mut(self.fence..)?.last_mut()
    }

    /// Takes the instruction before back.
    fn take_last(&mut self) {
        self.ops.pop();
        self.origins.pop();
    }

    /// Lets the instruction before write its result, of so many words, elsewhere.
    pub(super) fn redirect(&mut self, from: Reg, words: u8, to: Reg) -> bool {
        match self.last().and_then(destination) {
            Some((register, size)) if *register == from && size == words => {
                *register = to;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes back a cut to a byte whose result is now in `value`: who stores it as a byte cuts it anyway. Gives the
    /// register of the word before the cut.
    pub(super) fn uncut(&mut self, value: Reg) -> Reg {
        match self.last() {
            Some(Op::ToByte(Rr { to, from })) if *to == value => {
                let from = *from;
                self.take_last();
                from
            }
            Some(_) | None => value,
        }
    }
}

/// Where an instruction writes its result, if it may be written anywhere, and how many words it has.
fn destination(op: &mut Op) -> Option<(&mut Reg, u8)> {
    match op {
        Op::Set { to, .. } | Op::New { to, .. } | Op::NewArray { to, .. } | Op::NewRefArray { to, .. } => {
            Some((to, 1))
        }
        Op::InstanceOf { to, .. } => Some((to, 1)),
        Op::Move(o) | Op::Neg(o) | Op::ToByte(o) | Op::Length(o) => Some((&mut o.to, 1)),
        Op::Add(o)
        | Op::Sub(o)
        | Op::Mul(o)
        | Op::Shl(o)
        | Op::Shr(o)
        | Op::Ushr(o)
        | Op::And(o)
        | Op::Or(o)
        | Op::Xor(o)
        | Op::Div(o)
        | Op::Rem(o)
        | Op::CompareInt(o) => Some((&mut o.to, 1)),
        Op::AddConst(o)
        | Op::MulConst(o)
        | Op::ShlConst(o)
        | Op::ShrConst(o)
        | Op::UshrConst(o)
        | Op::AndConst(o)
        | Op::OrConst(o)
        | Op::XorConst(o) => Some((&mut o.to, 1)),
        Op::LoadRef(o) | Op::LoadByte(o) | Op::LoadUnsigned(o) | Op::LoadShort(o) => Some((&mut o.value, 1)),
        Op::LoadByteConst(o) | Op::LoadUnsignedConst(o) | Op::LoadShortConst(o) => Some((&mut o.value, 1)),
        Op::GetStatic(o) | Op::GetStaticByte(o) => Some((&mut o.value, 1)),
        Op::Get(o) => Some((&mut o.value, 1)),
        Op::SetInt { to, .. } => Some((to, 2)),
        Op::MoveInt(o) | Op::ToInt(o) | Op::NegInt(o) => Some((&mut o.to, 2)),
        Op::BinaryInt(_, o) | Op::DivInt(o) | Op::RemInt(o) => Some((&mut o.to, 2)),
        Op::LoadInt(o) => Some((&mut o.value, 2)),
        Op::GetStaticInt(o) => Some((&mut o.value, 2)),
        Op::GetInt(o) => Some((&mut o.value, 2)),
        _ => None,
    }
}

impl Op {
    /// Where a jump goes.
    fn target_mut(&mut self) -> Option<&mut Target> {
        match self {
            Op::IfEq(o) | Op::IfNe(o) | Op::IfLt(o) | Op::IfGe(o) | Op::IfGt(o) | Op::IfLe(o) => {
                Some(&mut o.target)
            }
            Op::IfEqConst(o)
            | Op::IfNeConst(o)
            | Op::IfLtConst(o)
            | Op::IfGeConst(o)
            | Op::IfGtConst(o)
            | Op::IfLeConst(o) => Some(&mut o.target),
            Op::StepEq(o) | Op::StepNe(o) | Op::StepLt(o) | Op::StepGe(o) | Op::StepGt(o) | Op::StepLe(o) => {
                Some(&mut o.target)
            }
            Op::StepEqConst(o)
            | Op::StepNeConst(o)
            | Op::StepLtConst(o)
            | Op::StepGeConst(o)
            | Op::StepGtConst(o)
            | Op::StepLeConst(o) => Some(&mut o.target),
            Op::IfNull { target, .. } | Op::IfNonNull { target, .. } | Op::Jsr { target, .. } => Some(target),
            Op::Goto(target) => Some(target),
            _ => None,
        }
    }

    pub(super) fn set_target(&mut self, to: Target) {
        if let Some(target) = self.target_mut() {
            *target = to;
        }
    }

    /// What a jump without a step compares.
    fn comparison(self) -> Option<(Condition, Reg, Operand)> {
        use Condition as C;
        let regs = |condition, o: IfRegs| Some((condition, o.left, Operand::Reg(o.right)));
        let constant = |condition, o: IfConst| Some((condition, o.left, Operand::Const(o.right)));
        match self {
            Op::IfEq(o) => regs(C::Eq, o),
            Op::IfNe(o) => regs(C::Ne, o),
            Op::IfLt(o) => regs(C::Lt, o),
            Op::IfGe(o) => regs(C::Ge, o),
            Op::IfGt(o) => regs(C::Gt, o),
            Op::IfLe(o) => regs(C::Le, o),
            Op::IfEqConst(o) => constant(C::Eq, o),
            Op::IfNeConst(o) => constant(C::Ne, o),
            Op::IfLtConst(o) => constant(C::Lt, o),
            Op::IfGeConst(o) => constant(C::Ge, o),
            Op::IfGtConst(o) => constant(C::Gt, o),
            Op::IfLeConst(o) => constant(C::Le, o),
            _ => None,
        }
    }
}

impl Translation<'_, '_> {
    /// Adds a jump to the block at an offset, with the stack as it is, all words of which are in their places.
    pub(super) fn jump(&mut self, op: Op, offset: u16) {
        let key = Key { offset, depth: self.operands.depth() };
        self.jump_to(op, key);
    }

    fn jump_to(&mut self, op: Op, key: Key) {
        self.waiting.insert(key);
        self.out.jumps.push((self.out.ops.len(), key));
        self.emit(op);
    }

    /// Goes to a block. One that was translated and begins with a comparison, as a loop does that is tested at its
    /// top, is entered behind that: the comparison is made here, so that the way around the loop is one jump.
    pub(super) fn goto(&mut self, key: Key) {
        let known = self.known.get(&key).copied();
        let compared = known.and_then(|at| {
            let comparison = self.out.ops.get(usize::from(at))?.comparison()?;
            let index = self.out.jumps.binary_search_by_key(&usize::from(at), |jump| jump.0).ok()?;
            Some((at, comparison, self.out.jumps.get(index)?.1))
        });
        match compared {
            Some((at, (condition, left, right), otherwise)) => {
                let op = self.comparison(condition.inverse(), left, right);
                let op = with_target(op, at.saturating_add(1));
                self.emit(op);
                self.jump_to(Op::Goto(0), otherwise);
            }
            None => self.jump_to(Op::Goto(0), key),
        }
    }

    /// The jump that compares two operands, made one with a step of the first just before.
    fn comparison(&mut self, condition: Condition, left: Reg, right: Operand) -> Op {
        let step = match self.out.last() {
            Some(Op::AddConst(o)) if o.to == left && o.left == left && right != Operand::Reg(left) => {
                i8::try_from(o.right).ok()
            }
            Some(_) | None => None,
        };
        if step.is_some() {
            self.out.take_last();
        }
        match (right, step) {
            (Operand::Reg(right), None) => condition.of_registers(IfRegs { left, right, target: 0 }),
            (Operand::Const(right), None) => condition.of_constant(IfConst { left, right, target: 0 }),
            (Operand::Reg(right), Some(step)) => condition.of_step(StepRegs { left, step, right, target: 0 }),
            (Operand::Const(right), Some(step)) => {
                condition.of_step_constant(StepConst { left, step, right, target: 0 })
            }
        }
    }

    /// `if_scmp*` and its kind: takes two operands and jumps if the condition holds.
    pub(super) fn jump_if(&mut self, condition: Condition, offset: u16) -> Result<(), LinkError> {
        let right = self.pop_operand()?;
        let (condition, left, right) = match (self.pop_operand_or_place()?, right) {
            ((_, Operand::Reg(left)), right) => (condition, left, right),
            ((_, Operand::Const(left)), Operand::Reg(right)) => {
                (condition.mirrored(), right, Operand::Const(left))
            }
            ((place, Operand::Const(value)), right) => {
                self.emit(Op::Set { to: place, value });
                (condition, place, right)
            }
        };
        self.write_all();
        let op = self.comparison(condition, left, right);
        self.jump(op, offset);
        Ok(())
    }

    /// `ifeq` and its kind: takes one operand and compares it with zero.
    pub(super) fn jump_if_zero(&mut self, condition: Condition, offset: u16) -> Result<(), LinkError> {
        let left = self.pop_reg()?;
        self.write_all();
        let op = self.comparison(condition, left, Operand::Const(0));
        self.jump(op, offset);
        Ok(())
    }

    /// The topmost word as an operand, with its place.
    fn pop_operand_or_place(&mut self) -> Result<(Reg, Operand), LinkError> {
        let operand = self.pop_operand()?;
        Ok((self.operands.top(), operand))
    }

    /// An operation on shorts that can not fail.
    pub(super) fn binary(&mut self, binary: Binary) -> Result<(), LinkError> {
        let right = self.pop_operand()?;
        let left = self.pop_reg()?;
        let to = self.push_result()?;
        match right {
            Operand::Const(0xFF) if binary == Binary::And && self.unsigned(left, to) => {}
            Operand::Const(right) => self.emit(binary.of_constant(Rrc { to, left, right })),
            Operand::Reg(right) => self.emit(binary.of_registers(Rrr { to, left, right })),
        }
        Ok(())
    }

    /// Makes the load of a byte just before, whose low eight bits are wanted, one without a sign.
    fn unsigned(&mut self, loaded: Reg, to: Reg) -> bool {
        match self.out.last() {
            Some(op @ Op::LoadByte(Element { .. })) => match *op {
                Op::LoadByte(element) if element.value == loaded && loaded == to => {
                    *op = Op::LoadUnsigned(element);
                    true
                }
                _ => false,
            },
            Some(op @ Op::LoadByteConst(ElementAt { .. })) => match *op {
                Op::LoadByteConst(element) if element.value == loaded && loaded == to => {
                    *op = Op::LoadUnsignedConst(element);
                    true
                }
                _ => false,
            },
            Some(_) | None => false,
        }
    }
}

fn with_target(mut op: Op, target: Target) -> Op {
    op.set_target(target);
    op
}
