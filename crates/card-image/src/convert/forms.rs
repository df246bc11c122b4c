//! Which opcode stands for which Java operation, by type or width.

use super::java::{Arithmetic, Condition};
use super::types::Letter;
use crate::opcode::Opcode;

pub(super) fn array_load(letter: Letter) -> Opcode {
    match letter {
        Letter::A => Opcode::Aaload,
        Letter::B => Opcode::Baload,
        Letter::S => Opcode::Saload,
        Letter::I => Opcode::Iaload,
    }
}

pub(super) fn array_store(letter: Letter) -> Opcode {
    match letter {
        Letter::A => Opcode::Aastore,
        Letter::B => Opcode::Bastore,
        Letter::S => Opcode::Sastore,
        Letter::I => Opcode::Iastore,
    }
}

pub(super) fn arithmetic(kind: Arithmetic) -> (Opcode, Opcode) {
    match kind {
        Arithmetic::Add => (Opcode::Sadd, Opcode::Iadd),
        Arithmetic::Sub => (Opcode::Ssub, Opcode::Isub),
        Arithmetic::Mul => (Opcode::Smul, Opcode::Imul),
        Arithmetic::Div => (Opcode::Sdiv, Opcode::Idiv),
        Arithmetic::Rem => (Opcode::Srem, Opcode::Irem),
        Arithmetic::Shl => (Opcode::Sshl, Opcode::Ishl),
        Arithmetic::Shr => (Opcode::Sshr, Opcode::Ishr),
        Arithmetic::Ushr => (Opcode::Sushr, Opcode::Iushr),
        Arithmetic::And => (Opcode::Sand, Opcode::Iand),
        Arithmetic::Or => (Opcode::Sor, Opcode::Ior),
        Arithmetic::Xor => (Opcode::Sxor, Opcode::Ixor),
    }
}

pub(super) fn zero_test(condition: Condition) -> Opcode {
    match condition {
        Condition::Eq => Opcode::Ifeq,
        Condition::Ne => Opcode::Ifne,
        Condition::Lt => Opcode::Iflt,
        Condition::Ge => Opcode::Ifge,
        Condition::Gt => Opcode::Ifgt,
        Condition::Le => Opcode::Ifle,
    }
}

pub(super) fn comparison(condition: Condition) -> Opcode {
    match condition {
        Condition::Eq => Opcode::IfScmpeq,
        Condition::Ne => Opcode::IfScmpne,
        Condition::Lt => Opcode::IfScmplt,
        Condition::Ge => Opcode::IfScmpge,
        Condition::Gt => Opcode::IfScmpgt,
        Condition::Le => Opcode::IfScmple,
    }
}
