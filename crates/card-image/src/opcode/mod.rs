//! The Java Card bytecodes (Java Card Virtual Machine Specification 3.1, chapter 7).
//!
//! [`table`] says all there is to say about an opcode, once; [`Opcode`] and its methods are derived from it.
//! [`Instruction`] is a decoded instruction, [`instructions`] the instructions of a method one after the other.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod assemble;
mod decode;
mod listing;
mod switch;
mod table;

pub use assemble::{AssembleError, AssembleErrorReason, Assembled, assemble};
pub use decode::{DecodeError, Instruction, Instructions, Operands, instructions};
pub use switch::{Switch, SwitchKind};

use table::for_each_opcode;

/// What lies in one place of the operand stack, as far as an opcode's definition fixes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// One word: a reference, or the return address that `jsr` makes.
    A,
    /// One word: a boolean, byte or short.
    S,
    /// Two words: an int.
    I,
    /// Any one word, half an int included.
    W,
}

impl Slot {
    /// How many 16-bit words it takes.
    pub const fn words(self) -> u8 {
        match self {
            Self::A | Self::S | Self::W => 1,
            Self::I => 2,
        }
    }
}

/// How the bytes after an opcode are laid out; widths in bytes in parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Nothing follows.
    None,
    /// Local variable (1).
    Local,
    /// Signed constant (1).
    Byte,
    /// Signed constant (2).
    Short,
    /// Signed constant (4).
    Int,
    /// Signed distance from the opcode (1).
    Branch,
    /// Signed distance from the opcode (2).
    BranchWide,
    /// Constant pool index (1).
    PoolByte,
    /// Constant pool index (2).
    Pool,
    /// Local variable (1), signed constant (1).
    LocalByte,
    /// Local variable (1), signed constant (2).
    LocalShort,
    /// Two counts of words, four bits each (1).
    Counts,
    /// Argument words (1), constant pool index (2), method token (1).
    Interface,
    /// Primitive array type (1).
    ArrayType,
    /// Array type or zero (1), constant pool index or zero (2).
    TypedPool,
    /// Default (2), low and high (2 each), distances (2 each).
    TableSwitchShort,
    /// Default (2), low and high (4 each), distances (2 each).
    TableSwitchInt,
    /// Default (2), count (2), pairs of match (2) and distance (2).
    LookupSwitchShort,
    /// Default (2), count (2), pairs of match (4) and distance (2).
    LookupSwitchInt,
}

impl Layout {
    /// How many bytes follow the opcode; `None` for the switches, whose length is in their operands.
    pub const fn fixed_size(self) -> Option<u8> {
        match self {
            Self::None => Some(0),
            Self::Local | Self::Byte | Self::Branch | Self::PoolByte | Self::Counts | Self::ArrayType => {
                Some(1)
            }
            Self::Short | Self::BranchWide | Self::Pool | Self::LocalByte => Some(2),
            Self::LocalShort | Self::TypedPool => Some(3),
            Self::Int | Self::Interface => Some(4),
            Self::TableSwitchShort
            | Self::TableSwitchInt
            | Self::LookupSwitchShort
            | Self::LookupSwitchInt => None,
        }
    }
}

/// What an opcode takes from the operand stack and puts on it, the deepest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The same each time.
    Fixed {
        /// What is taken.
        pops: &'static [Slot],
        /// What is put in its place.
        pushes: &'static [Slot],
    },
    /// It depends on the operands or on what lies on the stack.
    Dynamic,
}

/// Turns the table into the enum of opcodes and its accessors.
macro_rules! define_opcodes {
    ($($byte:literal $name:ident $mnemonic:literal $layout:ident $(_)? $(($implied:literal))?
       $([$($pop:ident)*] => [$($push:ident)*])? $($dynamic:ident)? $clause:literal,)*) => {
        /// A Java Card bytecode; its discriminant is its byte.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = concat!("`", $mnemonic, "`, JCVM ", $clause, ".")] $name = $byte,)*
        }

        impl Opcode {
            /// Every opcode, in the order of their bytes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The opcode of a byte; `None` for the 69 bytes that mean nothing.
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The specification's name.
            pub const fn mnemonic(self) -> &'static str {
                match self { $(Self::$name => $mnemonic,)* }
            }

            /// How its operands are laid out.
            pub const fn layout(self) -> Layout {
                match self { $(Self::$name => Layout::$layout,)* }
            }

            /// The local variable or constant that the opcode itself names: 2 for `aload_2`, -1 for `sconst_m1`.
            pub const fn implied(self) -> Option<i8> {
                match self { $(Self::$name => define_opcodes!(@implied $($implied)?),)* }
            }

            /// What it does to the operand stack.
            pub const fn effect(self) -> Effect {
                match self {
                    $(Self::$name => define_opcodes!(@effect $([$($pop)*] => [$($push)*])? $($dynamic)?),)*
                }
            }

            /// The clause of the Java Card Virtual Machine Specification 3.1 that defines it.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$name => $clause,)* }
            }
        }
    };
    (@effect [$($pop:ident)*] => [$($push:ident)*]) => {
        Effect::Fixed { pops: &[$(Slot::$pop),*], pushes: &[$(Slot::$push),*] }
    };
    (@implied) => { None };
    (@implied $value:literal) => { Some($value) };
    (@effect dynamic) => { Effect::Dynamic };
}

for_each_opcode!(define_opcodes);

impl Opcode {
    /// The byte that stands for it.
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// The opcode of a mnemonic.
    pub fn from_mnemonic(mnemonic: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|opcode| opcode.mnemonic() == mnemonic)
    }

    /// Whether control never passes from it to the instruction behind it.
    pub const fn ends_flow(self) -> bool {
        matches!(
            self,
            Self::Goto
                | Self::GotoW
                | Self::Ret
                | Self::Stableswitch
                | Self::Itableswitch
                | Self::Slookupswitch
                | Self::Ilookupswitch
                | Self::Areturn
                | Self::Sreturn
                | Self::Ireturn
                | Self::Return
                | Self::Athrow
        )
    }

    /// Whether only a package with the flag `ACC_INT` may contain it (JCVM 2.2.3.1, 6.4).
    pub fn needs_int(self) -> bool {
        let int_operands = match self.effect() {
            Effect::Fixed { pops, pushes } => pops.iter().chain(pushes).any(|slot| *slot == Slot::I),
            Effect::Dynamic => false,
        };
        int_operands || matches!(self, Self::Iinc | Self::IincW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_of_the_185_bytes_and_both_reserved_ones() {
        let bytes: alloc::vec::Vec<u8> = Opcode::ALL.iter().map(|opcode| opcode.byte()).collect();
        let expected: alloc::vec::Vec<u8> = (0x00..=0xB8).chain([0xFE, 0xFF]).collect();
        assert_eq!(bytes, expected);
    }

    #[test]
    fn mnemonics_are_distinct_and_lead_back() {
        for opcode in Opcode::ALL {
            assert_eq!(Opcode::from_mnemonic(opcode.mnemonic()), Some(*opcode));
            assert_eq!(Opcode::from_byte(opcode.byte()), Some(*opcode));
        }
    }

    #[test]
    fn well_known_rows() {
        assert_eq!(Opcode::from_byte(0x8D), Some(Opcode::Invokestatic));
        assert_eq!(Opcode::from_byte(0xB9), None);
        assert_eq!(Opcode::Checkcast.layout().fixed_size(), Some(3));
        assert_eq!(Opcode::SconstM1.implied(), Some(-1));
        assert!(Opcode::S2i.needs_int() && Opcode::Iinc.needs_int() && !Opcode::S2b.needs_int());
    }
}
