//! Java bytecode, decoded: the part of JVMS chapter 6 that Java Card has an equivalent for.
//!
//! Instructions become a list; jumps name positions in it. What a card cannot do is a [`Problem`], found
//! here before anything is made of the method.

use std::collections::HashMap;

use super::diagnostic::Problem;
use super::types::Letter;
use crate::classfile::{ConstantPool, Entry, MemberRef};

/// A position in a method's list of instructions.
pub(super) type Index = usize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Its offset in the Java bytecode.
    pub(super) offset: u16,
    pub(super) op: Op,
}

/// A member that an instruction names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub(super) class: String,
    pub(super) name: String,
    pub(super) descriptor: String,
}

impl From<MemberRef<'_>> for Member {
    fn from(member: MemberRef<'_>) -> Self {
        Self {
            class: member.class.to_owned(),
            name: member.name.to_owned(),
            descriptor: member.descriptor.to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Ref,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Shl,
    Shr,
    Ushr,
    And,
    Or,
    Xor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Eq,
    Ne,
    Lt,
    Ge,
    Gt,
    Le,
}

impl Condition {
    /// True exactly when this is not.
    pub(super) fn negated(self) -> Self {
        match self {
            Condition::Eq => Condition::Ne,
            Condition::Ne => Condition::Eq,
            Condition::Lt => Condition::Ge,
            Condition::Ge => Condition::Lt,
            Condition::Gt => Condition::Le,
            Condition::Le => Condition::Gt,
        }
    }

    /// The same with the operands exchanged.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Condition::Eq => Condition::Eq,
            Condition::Ne => Condition::Ne,
            Condition::Lt => Condition::Gt,
            Condition::Ge => Condition::Le,
            Condition::Gt => Condition::Lt,
            Condition::Le => Condition::Ge,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shuffle {
    Pop,
    Pop2,
    Dup,
    DupX1,
    DupX2,
    Dup2,
    Dup2X1,
    Dup2X2,
    Swap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Virtual,
    Special,
    Static,
    Interface,
}

/// What an instruction does. Branch targets are offsets until [`decode`] ends, then positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Nop,
    Constant(i32),
    Null,
    Load(Kind, u16),
    Store(Kind, u16),
    ArrayLoad(Letter),
    ArrayStore(Letter),
    Shuffle(Shuffle),
    Arithmetic(Arithmetic),
    Negate,
    Increment(u16, i16),
    ToByte,
    ToShort,
    /// Compares an int with zero.
    If(Condition, Index),
    /// Compares two ints.
    IfCompare(Condition, Index),
    /// Compares two references for being, or not being, the same.
    IfSame(bool, Index),
    IfNull(bool, Index),
    Goto(Index),
    /// Cases in ascending order; `table` when they came as a table.
    Switch {
        cases: Vec<(i32, Index)>,
        default: Index,
        table: bool,
    },
    Return(Option<Kind>),
    GetStatic(Member),
    PutStatic(Member),
    GetField(Member),
    PutField(Member),
    Invoke(Call, Member),
    New(String),
    /// Element type: 4 boolean, 8 byte, 9 short, 10 int.
    NewArray(u8),
    NewObjectArray(String),
    ArrayLength,
    Throw,
    CheckCast(String),
    InstanceOf(String),
}

impl Op {
    /// Where it may continue besides the next instruction.
    pub(super) fn targets(&self) -> Vec<Index> {
        match self {
            Op::If(_, to) | Op::IfCompare(_, to) | Op::IfSame(_, to) | Op::IfNull(_, to) | Op::Goto(to) => {
                vec![*to]
            }
            Op::Switch { cases, default, .. } => cases.iter().map(|(_, to)| *to).chain([*default]).collect(),
            _ => Vec::new(),
        }
    }

    fn targets_mut(&mut self) -> Vec<&mut Index> {
        match self {
            Op::If(_, to) | Op::IfCompare(_, to) | Op::IfSame(_, to) | Op::IfNull(_, to) | Op::Goto(to) => {
                vec![to]
            }
            Op::Switch { cases, default, .. } => {
                cases.iter_mut().map(|(_, to)| to).chain([default]).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the next instruction can follow.
    pub(super) fn falls_through(&self) -> bool {
        !matches!(self, Op::Goto(_) | Op::Switch { .. } | Op::Return(_) | Op::Throw)
    }
}

/// What could not be decoded, and at which bytecode offset.
pub(super) type Refusal = (u16, Problem);

/// A method's instructions, and for each offset where one begins its position; the code's end has one too.
pub(super) fn decode(
    code: &[u8],
    pool: &ConstantPool,
) -> Result<(Vec<Instruction>, HashMap<u16, Index>), Refusal> {
    let mut decoder = Decoder { code, pool, start: 0, at: 0 };
    let mut instructions = Vec::new();
    let mut positions = HashMap::new();
    while decoder.at < code.len() {
        decoder.start = decoder.at;
        let offset = u16::try_from(decoder.start).map_err(|_| (u16::MAX, Problem::Code(u16::MAX)))?;
        positions.insert(offset, instructions.len());
        let op = decoder.op().map_err(|problem| (offset, problem))?;
        instructions.push(Instruction { offset, op });
    }
    for instruction in &mut instructions {
        let offset = instruction.offset;
        for target in instruction.op.targets_mut() {
            let position = u16::try_from(*target).ok().and_then(|at| positions.get(&at));
            *target = *position.ok_or((offset, Problem::Code(offset)))?;
        }
    }
    if let Ok(end) = u16::try_from(code.len()) {
        positions.insert(end, instructions.len());
    }
    Ok((instructions, positions))
}

struct Decoder<'a> {
    code: &'a [u8],
    pool: &'a ConstantPool,
    start: usize,
    at: usize,
}

impl Decoder<'_> {
    fn invalid(&self) -> Problem {
        Problem::Code(u16::try_from(self.start).unwrap_or(u16::MAX))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        let bytes = self.code.get(self.at..self.at + N).ok_or_else(|| self.invalid())?;
        self.at += N;
        <[u8; N]>::try_from(bytes).map_err(|_| self.invalid())
    }

    fn u8(&mut self) -> Result<u8, Problem> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, Problem> {
        self.array().map(u16::from_be_bytes)
    }

    fn i32(&mut self) -> Result<i32, Problem> {
        self.array().map(i32::from_be_bytes)
    }

    fn target(&mut self, distance: i64) -> Result<Index, Problem> {
        usize::try_from(self.start as i64 + distance).map_err(|_| self.invalid())
    }

    fn jump(&mut self) -> Result<Index, Problem> {
        let distance = self.array().map(i16::from_be_bytes)?;
        self.target(distance.into())
    }

    fn wide_jump(&mut self) -> Result<Index, Problem> {
        let distance = self.i32()?;
        self.target(distance.into())
    }

    fn class(&mut self) -> Result<String, Problem> {
        let index = self.u16()?;
        self.pool.class(index).map(str::to_owned).map_err(|_| self.invalid())
    }

    fn field(&mut self) -> Result<Member, Problem> {
        let index = self.u16()?;
        self.pool.field(index).map(Member::from).map_err(|_| self.invalid())
    }

    fn method(&mut self) -> Result<Member, Problem> {
        let index = self.u16()?;
        self.pool.method(index).map(Member::from).map_err(|_| self.invalid())
    }

    fn op(&mut self) -> Result<Op, Problem> {
        let byte = self.u8()?;
        Ok(match byte {
            0x00 => Op::Nop,
            0x01 => Op::Null,
            0x02..=0x08 => Op::Constant(i32::from(byte) - 3),
            0x09 | 0x0A | 0x14 | 0x16 | 0x1E..=0x21 | 0x2F | 0x37 | 0x3F..=0x42 | 0x50 => {
                return Err(Problem::Instruction("long"));
            }
            0x10 => Op::Constant(self.array().map(i8::from_be_bytes)?.into()),
            0x11 => Op::Constant(self.array().map(i16::from_be_bytes)?.into()),
            0x12 => {
                let index = self.u8()?;
                self.constant(index.into())?
            }
            0x13 => {
                let index = self.u16()?;
                self.constant(index)?
            }
            0x15 => Op::Load(Kind::Int, self.u8()?.into()),
            0x19 => Op::Load(Kind::Ref, self.u8()?.into()),
            0x1A..=0x1D => Op::Load(Kind::Int, u16::from(byte) - 0x1A),
            0x2A..=0x2D => Op::Load(Kind::Ref, u16::from(byte) - 0x2A),
            0x2E => Op::ArrayLoad(Letter::I),
            0x32 => Op::ArrayLoad(Letter::A),
            0x33 => Op::ArrayLoad(Letter::B),
            0x34 | 0x55 | 0x92 => return Err(Problem::Type("C".into())),
            0x35 => Op::ArrayLoad(Letter::S),
            0x36 => Op::Store(Kind::Int, self.u8()?.into()),
            0x3A => Op::Store(Kind::Ref, self.u8()?.into()),
            0x3B..=0x3E => Op::Store(Kind::Int, u16::from(byte) - 0x3B),
            0x4B..=0x4E => Op::Store(Kind::Ref, u16::from(byte) - 0x4B),
            0x4F => Op::ArrayStore(Letter::I),
            0x53 => Op::ArrayStore(Letter::A),
            0x54 => Op::ArrayStore(Letter::B),
            0x56 => Op::ArrayStore(Letter::S),
            // what is left of loads, stores and constants
            0x0B..=0x52 => return Err(Problem::Instruction("floating point")),
            0x57..=0x5F => Op::Shuffle(shuffle(byte)),
            0x60..=0x83 => arithmetic(byte)?,
            0x84 => Op::Increment(self.u8()?.into(), self.array().map(i8::from_be_bytes)?.into()),
            0x91 => Op::ToByte,
            0x93 => Op::ToShort,
            0x85 | 0x88 | 0x94 => return Err(Problem::Instruction("long")),
            0x86 | 0x87 | 0x89..=0x90 | 0x95..=0x98 => return Err(Problem::Instruction("floating point")),
            0x99..=0x9E => Op::If(condition(byte - 0x99), self.jump()?),
            0x9F..=0xA4 => Op::IfCompare(condition(byte - 0x9F), self.jump()?),
            0xA5 => Op::IfSame(true, self.jump()?),
            0xA6 => Op::IfSame(false, self.jump()?),
            0xA7 => Op::Goto(self.jump()?),
            0xA8 | 0xA9 | 0xC9 => return Err(Problem::Instruction("jsr and ret of old compilers")),
            0xAA => self.table_switch()?,
            0xAB => self.lookup_switch()?,
            0xAC => Op::Return(Some(Kind::Int)),
            0xAD => return Err(Problem::Instruction("long")),
            0xAE | 0xAF => return Err(Problem::Instruction("floating point")),
            0xB0 => Op::Return(Some(Kind::Ref)),
            0xB1 => Op::Return(None),
            0xB2..=0xC3 | 0xC5 => self.object_op(byte)?,
            0xC4 => self.wide()?,
            0xC6 => Op::IfNull(true, self.jump()?),
            0xC7 => Op::IfNull(false, self.jump()?),
            0xC8 => Op::Goto(self.wide_jump()?),
            0xCA..=0xFF => return Err(self.invalid()),
        })
    }

    /// Fields, calls, objects and arrays.
    fn object_op(&mut self, byte: u8) -> Result<Op, Problem> {
        Ok(match byte {
            0xB2 => Op::GetStatic(self.field()?),
            0xB3 => Op::PutStatic(self.field()?),
            0xB4 => Op::GetField(self.field()?),
            0xB5 => Op::PutField(self.field()?),
            0xB6 => Op::Invoke(Call::Virtual, self.method()?),
            0xB7 => Op::Invoke(Call::Special, self.method()?),
            0xB8 => Op::Invoke(Call::Static, self.method()?),
            0xB9 => {
                let method = self.method()?;
                self.u16()?;
                Op::Invoke(Call::Interface, method)
            }
            0xBA => return Err(Problem::Instruction("invokedynamic (lambdas and string concatenation)")),
            0xBB => Op::New(self.class()?),
            0xBC => self.new_array()?,
            0xBD => {
                let class = self.class()?;
                if class.starts_with('[') {
                    return Err(Problem::Type(format!("[{class}")));
                }
                Op::NewObjectArray(class)
            }
            0xBE => Op::ArrayLength,
            0xBF => Op::Throw,
            0xC0 => Op::CheckCast(self.class()?),
            0xC1 => Op::InstanceOf(self.class()?),
            0xC2 | 0xC3 => return Err(Problem::Modifier("synchronized")),
            0xC5 => return Err(Problem::Type(self.class()?)),
            _ => return Err(self.invalid()),
        })
    }

    fn constant(&self, index: u16) -> Result<Op, Problem> {
        match self.pool.get(index) {
            Some(Entry::Integer(value)) => Ok(Op::Constant(*value)),
            Some(Entry::String(_)) => Err(Problem::Text),
            Some(Entry::Float(_)) => Err(Problem::Instruction("floating point")),
            Some(Entry::Class(_)) => Err(Problem::Instruction("a class literal")),
            _ => Err(self.invalid()),
        }
    }

    fn new_array(&mut self) -> Result<Op, Problem> {
        match self.u8()? {
            element @ (4 | 8 | 9 | 10) => Ok(Op::NewArray(element)),
            5 => Err(Problem::Type("[C".into())),
            6 => Err(Problem::Type("[F".into())),
            7 => Err(Problem::Type("[D".into())),
            11 => Err(Problem::Type("[J".into())),
            _ => Err(self.invalid()),
        }
    }

    fn wide(&mut self) -> Result<Op, Problem> {
        let byte = self.u8()?;
        let slot = self.u16()?;
        match byte {
            0x15 => Ok(Op::Load(Kind::Int, slot)),
            0x19 => Ok(Op::Load(Kind::Ref, slot)),
            0x36 => Ok(Op::Store(Kind::Int, slot)),
            0x3A => Ok(Op::Store(Kind::Ref, slot)),
            0x84 => Ok(Op::Increment(slot, self.array().map(i16::from_be_bytes)?)),
            _ => Err(self.invalid()),
        }
    }

    fn align(&mut self) {
        self.at = self.at.next_multiple_of(4);
    }

    fn table_switch(&mut self) -> Result<Op, Problem> {
        self.align();
        let default = self.wide_jump()?;
        let (low, high) = (self.i32()?, self.i32()?);
        let left = (self.code.len() - self.at.min(self.code.len())) as i64 / 4;
        if low > high || i64::from(high) - i64::from(low) >= left {
            return Err(self.invalid());
        }
        let cases = (low..=high).map(|case| Ok((case, self.wide_jump()?))).collect::<Result<_, Problem>>()?;
        Ok(Op::Switch { cases, default, table: true })
    }

    fn lookup_switch(&mut self) -> Result<Op, Problem> {
        self.align();
        let default = self.wide_jump()?;
        let count = self.i32()?;
        let cases =
            (0..count).map(|_| Ok((self.i32()?, self.wide_jump()?))).collect::<Result<_, Problem>>()?;
        Ok(Op::Switch { cases, default, table: false })
    }
}

fn shuffle(byte: u8) -> Shuffle {
    match byte {
        0x57 => Shuffle::Pop,
        0x58 => Shuffle::Pop2,
        0x59 => Shuffle::Dup,
        0x5A => Shuffle::DupX1,
        0x5B => Shuffle::DupX2,
        0x5C => Shuffle::Dup2,
        0x5D => Shuffle::Dup2X1,
        0x5E => Shuffle::Dup2X2,
        _ => Shuffle::Swap,
    }
}

/// Opcodes 0x60 to 0x83 come in groups of four: int, long, float, double; from 0x78 in pairs without the last two.
fn arithmetic(byte: u8) -> Result<Op, Problem> {
    Ok(Op::Arithmetic(match byte {
        0x60 => Arithmetic::Add,
        0x64 => Arithmetic::Sub,
        0x68 => Arithmetic::Mul,
        0x6C => Arithmetic::Div,
        0x70 => Arithmetic::Rem,
        0x74 => return Ok(Op::Negate),
        0x78 => Arithmetic::Shl,
        0x7A => Arithmetic::Shr,
        0x7C => Arithmetic::Ushr,
        0x7E => Arithmetic::And,
        0x80 => Arithmetic::Or,
        0x82 => Arithmetic::Xor,
        _ => return Err(Problem::Instruction("long or floating point arithmetic")),
    }))
}

fn condition(number: u8) -> Condition {
    match number {
        0 => Condition::Eq,
        1 => Condition::Ne,
        2 => Condition::Lt,
        3 => Condition::Ge,
        4 => Condition::Gt,
        _ => Condition::Le,
    }
}
