//! From the bytes of a method to its instructions.

use super::switch::{KeySize, SwitchError};
use super::{Layout, Opcode, Switch};
use crate::bytes::Reader;
use crate::cap::PoolIndex;

/// The operands of an instruction, each in its own type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands<'a> {
    /// None, or one that the opcode implies: see [`Opcode::implied`].
    None,
    /// A local variable.
    Local(u8),
    /// A constant, sign-extended from one, two or four bytes.
    Constant(i32),
    /// A signed distance from the opcode, in bytes.
    Branch(i16),
    /// An entry of the constant pool, named by one or two bytes.
    Pool(PoolIndex),
    /// A local variable and what is added to it.
    Increment {
        /// The variable.
        local: u8,
        /// The signed summand.
        by: i16,
    },
    /// `dup_x` and `swap_x`: the two word counts `m` and `n`.
    Counts {
        /// The high four bits.
        m: u8,
        /// The low four bits.
        n: u8,
    },
    /// `invokeinterface`.
    Interface {
        /// Words of arguments, the object included.
        words: u8,
        /// The interface in the constant pool.
        class: PoolIndex,
        /// The method's token in that interface.
        token: u8,
    },
    /// `newarray`: the element type, raw; see [`crate::cap::ArrayType`].
    ArrayType(u8),
    /// `checkcast` and `instanceof`.
    Typed {
        /// 0 a class, 10 to 13 a primitive array, 14 an array of the class.
        kind: u8,
        /// The class in the constant pool; 0 for a primitive array.
        class: PoolIndex,
    },
    /// One of the four switches.
    Switch(Switch<'a>),
}

/// One instruction of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction<'a> {
    /// Where it begins, in bytes from the method's first opcode.
    pub offset: u16,
    /// What it does.
    pub opcode: Opcode,
    /// On what.
    pub operands: Operands<'a>,
    /// How many bytes it takes, the opcode included.
    pub length: u16,
}

/// Why bytes are no instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The byte is none of the 187 opcodes.
    #[error("offset {offset}: {byte:#04x} is not an opcode")]
    UnknownOpcode {
        /// Where it stands.
        offset: u16,
        /// The byte.
        byte: u8,
    },
    /// The method ends inside the instruction.
    #[error("offset {offset}: the method ends inside {opcode:?}")]
    Truncated {
        /// Where the instruction begins.
        offset: u16,
        /// Which it is.
        opcode: Opcode,
    },
    /// A table switch whose last key is below its first.
    #[error("offset {offset}: the keys {low} to {high} are no range")]
    SwitchRange {
        /// Where the instruction begins.
        offset: u16,
        /// The first key.
        low: i32,
        /// The last key.
        high: i32,
    },
    /// Beyond what 16 bits can name.
    #[error("offset 65535: no method is so long")]
    TooLong,
}

impl DecodeError {
    /// The byte offset in the method at which decoding failed.
    pub fn offset(&self) -> u16 {
        match self {
            Self::UnknownOpcode { offset, .. }
            | Self::Truncated { offset, .. }
            | Self::SwitchRange { offset, .. } => *offset,
            Self::TooLong => u16::MAX,
        }
    }
}

impl<'a> Instruction<'a> {
    /// Decodes the instruction that begins at `offset` of a method's bytecode.
    pub fn decode(bytecode: &'a [u8], offset: u16) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytecode.get(usize::from(offset)..).unwrap_or_default());
        let byte = reader.u8().map_err(|_| DecodeError::TooLong)?;
        let opcode = Opcode::from_byte(byte).ok_or(DecodeError::UnknownOpcode { offset, byte })?;
        let operands = operands(opcode.layout(), &mut reader).map_err(|error| match error {
            SwitchError::Truncated => DecodeError::Truncated { offset, opcode },
            SwitchError::Range { low, high } => DecodeError::SwitchRange { offset, low, high },
        })?;
        let length = u16::try_from(reader.position()).map_err(|_| DecodeError::TooLong)?;
        Ok(Self { offset, opcode, operands, length })
    }

    /// The offset behind it; `None` past what 16 bits can name.
    pub fn end(&self) -> Option<u16> {
        self.offset.checked_add(self.length)
    }

    /// The local variable it reads or writes, whether the opcode or an operand names it.
    pub fn local(&self) -> Option<u8> {
        match self.operands {
            Operands::Local(local) | Operands::Increment { local, .. } => Some(local),
            Operands::None => match self.opcode {
                // `implied` of a load or store is a local variable, of a constant its value
                Opcode::SconstM1
                | Opcode::Sconst0
                | Opcode::Sconst1
                | Opcode::Sconst2
                | Opcode::Sconst3
                | Opcode::Sconst4
                | Opcode::Sconst5
                | Opcode::IconstM1
                | Opcode::Iconst0
                | Opcode::Iconst1
                | Opcode::Iconst2
                | Opcode::Iconst3
                | Opcode::Iconst4
                | Opcode::Iconst5 => None,
                other => other.implied().and_then(|local| u8::try_from(local).ok()),
            },
            Operands::Constant(_)
            | Operands::Branch(_)
            | Operands::Pool(_)
            | Operands::Counts { .. }
            | Operands::Interface { .. }
            | Operands::ArrayType(_)
            | Operands::Typed { .. }
            | Operands::Switch(_) => None,
        }
    }

    /// The constant that it pushes, whether the opcode or an operand names it.
    pub fn constant(&self) -> Option<i32> {
        match self.operands {
            Operands::Constant(value) => Some(value),
            _ if self.local().is_none() => self.opcode.implied().map(i32::from),
            _ => None,
        }
    }

    /// The constant pool entry it names, and at which byte of the instruction the index stands.
    ///
    /// `checkcast` and `instanceof` of primitive arrays name none.
    pub fn pool_index(&self) -> Option<(PoolIndex, u8)> {
        match self.operands {
            Operands::Pool(index) => Some((index, 1)),
            Operands::Interface { class, .. } => Some((class, 2)),
            Operands::Typed { kind: 0 | 14, class } => Some((class, 2)),
            Operands::None
            | Operands::Local(_)
            | Operands::Constant(_)
            | Operands::Branch(_)
            | Operands::Increment { .. }
            | Operands::Counts { .. }
            | Operands::ArrayType(_)
            | Operands::Typed { .. }
            | Operands::Switch(_) => None,
        }
    }

    /// The signed distances of all its branches.
    pub fn branches(&self) -> impl Iterator<Item = i16> + use<'a> {
        let (single, switch) = match self.operands {
            Operands::Branch(distance) => (Some(distance), None),
            Operands::Switch(switch) => (Some(switch.default()), Some(switch)),
            Operands::None
            | Operands::Local(_)
            | Operands::Constant(_)
            | Operands::Pool(_)
            | Operands::Increment { .. }
            | Operands::Counts { .. }
            | Operands::Interface { .. }
            | Operands::ArrayType(_)
            | Operands::Typed { .. } => (None, None),
        };
        single
            .into_iter()
            .chain(switch.into_iter().flat_map(|switch| switch.entries().map(|(_, distance)| distance)))
    }

    /// Where a branch of this instruction goes: an offset in the method; `None` before its beginning.
    pub fn target(&self, distance: i16) -> Option<u16> {
        self.offset.checked_add_signed(distance)
    }
}

fn operands<'a>(layout: Layout, reader: &mut Reader<'a>) -> Result<Operands<'a>, SwitchError> {
    Ok(match layout {
        Layout::None => Operands::None,
        Layout::Local => Operands::Local(reader.u8()?),
        Layout::Byte => Operands::Constant(reader.i8()?.into()),
        Layout::Short => Operands::Constant(reader.i16()?.into()),
        Layout::Int => Operands::Constant(reader.i32()?),
        Layout::Branch => Operands::Branch(reader.i8()?.into()),
        Layout::BranchWide => Operands::Branch(reader.i16()?),
        Layout::PoolByte => Operands::Pool(PoolIndex(reader.u8()?.into())),
        Layout::Pool => Operands::Pool(PoolIndex(reader.u16()?)),
        Layout::LocalByte => Operands::Increment { local: reader.u8()?, by: reader.i8()?.into() },
        Layout::LocalShort => Operands::Increment { local: reader.u8()?, by: reader.i16()? },
        Layout::Counts => {
            let counts = reader.u8()?;
            Operands::Counts { m: counts >> 4, n: counts & 0x0F }
        }
        Layout::Interface => {
            Operands::Interface { words: reader.u8()?, class: PoolIndex(reader.u16()?), token: reader.u8()? }
        }
        Layout::ArrayType => Operands::ArrayType(reader.u8()?),
        Layout::TypedPool => Operands::Typed { kind: reader.u8()?, class: PoolIndex(reader.u16()?) },
        Layout::TableSwitchShort => Operands::Switch(Switch::table(reader, KeySize::Short)?),
        Layout::TableSwitchInt => Operands::Switch(Switch::table(reader, KeySize::Int)?),
        Layout::LookupSwitchShort => Operands::Switch(Switch::lookup(reader, KeySize::Short)?),
        Layout::LookupSwitchInt => Operands::Switch(Switch::lookup(reader, KeySize::Int)?),
    })
}

/// The instructions of a method's bytecode from its first byte to its last; ends after the first error.
pub fn instructions(bytecode: &[u8]) -> Instructions<'_> {
    Instructions { bytecode, next: Some(0) }
}

/// Iterator made by [`instructions`].
#[derive(Debug, Clone)]
pub struct Instructions<'a> {
    bytecode: &'a [u8],
    next: Option<u16>,
}

impl<'a> Iterator for Instructions<'a> {
    type Item = Result<Instruction<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let offset = self.next?;
        if usize::from(offset) >= self.bytecode.len() {
            return None;
        }
        let decoded = Instruction::decode(self.bytecode, offset);
        self.next = decoded.as_ref().ok().and_then(Instruction::end);
        Some(decoded)
    }
}
