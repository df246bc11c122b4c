//! What the operations on shorts and ints mean: said once here, for all instructions that do them.

use core::cmp::Ordering;

use super::{IfConst, IfRegs, Op, Rrc, Rrr, StepConst, StepRegs};

/// An operation on two shorts that can not fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "each is the bytecode of its name")]
pub enum Binary {
    Add,
    Sub,
    Mul,
    Shl,
    Shr,
    Ushr,
    And,
    Or,
    Xor,
}

impl Binary {
    /// What it makes of its operands (JCVM 7.5: `sadd` to `sxor`). All wraps; shift distances are taken modulo 32, as
    /// shorts are computed with as ints, extended by their sign, and then cut to size.
    #[inline(always)]
    #[must_use]
    pub fn of(self, left: i16, right: i16) -> i16 {
        let (wide, distance) = (i32::from(left), u32::from(right.cast_unsigned()));
        match self {
            Binary::Add => left.wrapping_add(right),
            Binary::Sub => left.wrapping_sub(right),
            Binary::Mul => left.wrapping_mul(right),
            Binary::Shl => wide.wrapping_shl(distance) as i16,
            Binary::Shr => wide.wrapping_shr(distance) as i16,
            Binary::Ushr => wide.cast_unsigned().wrapping_shr(distance) as i16,
            Binary::And => left & right,
            Binary::Or => left | right,
            Binary::Xor => left ^ right,
        }
    }

    /// The instruction on two registers.
    #[must_use]
    pub fn of_registers(self, o: Rrr) -> Op {
        match self {
            Binary::Add => Op::Add(o),
            Binary::Sub => Op::Sub(o),
            Binary::Mul => Op::Mul(o),
            Binary::Shl => Op::Shl(o),
            Binary::Shr => Op::Shr(o),
            Binary::Ushr => Op::Ushr(o),
            Binary::And => Op::And(o),
            Binary::Or => Op::Or(o),
            Binary::Xor => Op::Xor(o),
        }
    }

    /// The instruction on a register and a constant.
    #[must_use]
    pub fn of_constant(self, o: Rrc) -> Op {
        match self {
            Binary::Add => Op::AddConst(o),
            Binary::Sub => Op::AddConst(Rrc { right: o.right.wrapping_neg(), ..o }),
            Binary::Mul => Op::MulConst(o),
            Binary::Shl => Op::ShlConst(o),
            Binary::Shr => Op::ShrConst(o),
            Binary::Ushr => Op::UshrConst(o),
            Binary::And => Op::AndConst(o),
            Binary::Or => Op::OrConst(o),
            Binary::Xor => Op::XorConst(o),
        }
    }
}

/// An operation on two ints that can not fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "each is the bytecode of its name")]
pub enum BinaryInt {
    Add,
    Sub,
    Mul,
    Shl,
    Shr,
    Ushr,
    And,
    Or,
    Xor,
}

impl BinaryInt {
    /// What it makes of its operands (JCVM 7.5: `iadd` to `ixor`). All wraps; shift distances are taken modulo 32.
    #[inline(always)]
    #[must_use]
    pub fn of(self, left: i32, right: i32) -> i32 {
        let distance = right.cast_unsigned();
        match self {
            BinaryInt::Add => left.wrapping_add(right),
            BinaryInt::Sub => left.wrapping_sub(right),
            BinaryInt::Mul => left.wrapping_mul(right),
            BinaryInt::Shl => left.wrapping_shl(distance),
            BinaryInt::Shr => left.wrapping_shr(distance),
            BinaryInt::Ushr => left.cast_unsigned().wrapping_shr(distance).cast_signed(),
            BinaryInt::And => left & right,
            BinaryInt::Or => left | right,
            BinaryInt::Xor => left ^ right,
        }
    }
}

/// `icmp`
#[must_use]
pub fn compare(left: i32, right: i32) -> i16 {
    match left.cmp(&right) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// A comparison of two shorts, or of one with zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Condition {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Greater or equal.
    Ge,
    /// Greater.
    Gt,
    /// Less or equal.
    Le,
}

impl Condition {
    /// Whether it holds between two words.
    #[inline(always)]
    #[must_use]
    pub fn holds(self, left: i16, right: i16) -> bool {
        match self {
            Condition::Eq => left == right,
            Condition::Ne => left != right,
            Condition::Lt => left < right,
            Condition::Ge => left >= right,
            Condition::Gt => left > right,
            Condition::Le => left <= right,
        }
    }

    /// The condition that holds when this one does not.
    #[must_use]
    pub fn inverse(self) -> Condition {
        match self {
            Condition::Eq => Condition::Ne,
            Condition::Ne => Condition::Eq,
            Condition::Lt => Condition::Ge,
            Condition::Ge => Condition::Lt,
            Condition::Gt => Condition::Le,
            Condition::Le => Condition::Gt,
        }
    }

    /// The condition that holds of the same operands the other way round.
    #[must_use]
    pub fn mirrored(self) -> Condition {
        match self {
            Condition::Eq => Condition::Eq,
            Condition::Ne => Condition::Ne,
            Condition::Lt => Condition::Gt,
            Condition::Ge => Condition::Le,
            Condition::Gt => Condition::Lt,
            Condition::Le => Condition::Ge,
        }
    }

    /// The jump on two registers.
    #[must_use]
    pub fn of_registers(self, o: IfRegs) -> Op {
        match self {
            Condition::Eq => Op::IfEq(o),
            Condition::Ne => Op::IfNe(o),
            Condition::Lt => Op::IfLt(o),
            Condition::Ge => Op::IfGe(o),
            Condition::Gt => Op::IfGt(o),
            Condition::Le => Op::IfLe(o),
        }
    }

    /// The jump on a register and a constant.
    #[must_use]
    pub fn of_constant(self, o: IfConst) -> Op {
        match self {
            Condition::Eq => Op::IfEqConst(o),
            Condition::Ne => Op::IfNeConst(o),
            Condition::Lt => Op::IfLtConst(o),
            Condition::Ge => Op::IfGeConst(o),
            Condition::Gt => Op::IfGtConst(o),
            Condition::Le => Op::IfLeConst(o),
        }
    }

    /// The jump on two registers, the first of which is stepped before.
    #[must_use]
    pub fn of_step(self, o: StepRegs) -> Op {
        match self {
            Condition::Eq => Op::StepEq(o),
            Condition::Ne => Op::StepNe(o),
            Condition::Lt => Op::StepLt(o),
            Condition::Ge => Op::StepGe(o),
            Condition::Gt => Op::StepGt(o),
            Condition::Le => Op::StepLe(o),
        }
    }

    /// The jump on a register, stepped before, and a constant.
    #[must_use]
    pub fn of_step_constant(self, o: StepConst) -> Op {
        match self {
            Condition::Eq => Op::StepEqConst(o),
            Condition::Ne => Op::StepNeConst(o),
            Condition::Lt => Op::StepLtConst(o),
            Condition::Ge => Op::StepGeConst(o),
            Condition::Gt => Op::StepGtConst(o),
            Condition::Le => Op::StepLeConst(o),
        }
    }
}
