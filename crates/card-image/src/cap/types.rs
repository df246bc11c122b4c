//! Types of fields and signatures of methods, as the Descriptor writes them: `u1 count | nibbles`, two a byte, the
//! high one first (JCVM 6.9.1, table 6-10). A reference is followed by the four nibbles of its `class_ref`.

use alloc::vec::Vec;
use core::fmt;

use super::codec::Cursor;
use super::{CapError, CapErrorReason, ClassRef};
use crate::bytes::Writer;

/// A type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Nothing: only what a method returns.
    Void,
    /// `boolean`
    Boolean,
    /// `byte`
    Byte,
    /// `short`
    Short,
    /// `int`
    Int,
    /// An object of a class.
    Reference(ClassRef),
    /// An array of primitive values.
    Array(ArrayType),
    /// An array of references to objects of a class.
    ReferenceArray(ClassRef),
}

impl Type {
    /// How many words it takes on the operand stack and among the locals.
    pub fn words(self) -> u8 {
        match self {
            Self::Void => 0,
            Self::Int => 2,
            Self::Boolean
            | Self::Byte
            | Self::Short
            | Self::Reference(_)
            | Self::Array(_)
            | Self::ReferenceArray(_) => 1,
        }
    }

    /// Whether it is an object or an array.
    pub fn is_reference(self) -> bool {
        match self {
            Self::Reference(_) | Self::Array(_) | Self::ReferenceArray(_) => true,
            Self::Void | Self::Boolean | Self::Byte | Self::Short | Self::Int => false,
        }
    }

    pub(super) fn nibble(self) -> u8 {
        match self {
            Self::Void => 1,
            Self::Boolean => 2,
            Self::Byte => 3,
            Self::Short => 4,
            Self::Int => 5,
            Self::Reference(_) => 6,
            Self::Array(element) => element.nibble() + 8,
            Self::ReferenceArray(_) => 0xE,
        }
    }

    fn nibble_count(self) -> usize {
        match self {
            Self::Reference(_) | Self::ReferenceArray(_) => 5,
            Self::Void | Self::Boolean | Self::Byte | Self::Short | Self::Int | Self::Array(_) => 1,
        }
    }
}

/// The element type of a primitive array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the Java type of its name")]
pub enum ArrayType {
    Boolean,
    Byte,
    Short,
    Int,
}

impl ArrayType {
    /// From the operand of `newarray`, `checkcast` and `instanceof` (JCVM 7.5.71): 10 to 13.
    pub fn from_operand(code: u8) -> Option<Self> {
        Self::from_nibble(code.checked_sub(8)?)
    }

    /// The operand of `newarray`.
    pub fn operand(self) -> u8 {
        self.nibble() + 8
    }

    /// From the nibble of the element's type: 2 to 5.
    pub fn from_nibble(code: u8) -> Option<Self> {
        match code {
            2 => Some(Self::Boolean),
            3 => Some(Self::Byte),
            4 => Some(Self::Short),
            5 => Some(Self::Int),
            _ => None,
        }
    }

    /// The nibble of the element's type.
    pub fn nibble(self) -> u8 {
        match self {
            Self::Boolean => 2,
            Self::Byte => 3,
            Self::Short => 4,
            Self::Int => 5,
        }
    }

    /// Bytes of one element.
    pub fn element_bytes(self) -> usize {
        match self {
            Self::Boolean | Self::Byte => 1,
            Self::Short => 2,
            Self::Int => 4,
        }
    }
}

impl fmt::Display for ArrayType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boolean => "boolean[]",
            Self::Byte => "byte[]",
            Self::Short => "short[]",
            Self::Int => "int[]",
        })
    }
}

/// A field's type (one), or a method's signature: the parameters' types and last the returned one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct TypeDescriptor(pub Vec<Type>);

/// Why a [`TypeDescriptor`] is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// There is no returned type.
    #[error("the signature is empty")]
    Empty,
    /// A parameter is `void`.
    #[error("parameter {0} is void")]
    VoidParameter(usize),
}

impl TypeDescriptor {
    /// The parameters' types and the returned one.
    pub fn signature(&self) -> Result<(&[Type], Type), TypeError> {
        let (returned, parameters) = self.0.split_last().ok_or(TypeError::Empty)?;
        match parameters.iter().position(|parameter| *parameter == Type::Void) {
            Some(index) => Err(TypeError::VoidParameter(index)),
            None => Ok((parameters, *returned)),
        }
    }

    /// How many bytes it takes in a file.
    pub fn size(&self) -> usize {
        1 + self.nibble_count().div_ceil(2)
    }

    fn nibble_count(&self) -> usize {
        self.0.iter().map(|item| item.nibble_count()).sum()
    }

    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, CapError> {
        let offset = cursor.position();
        let count = usize::from(cursor.u8()?);
        let bytes = cursor.take(count.div_ceil(2))?;
        let mut nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        let bad = |value: u8| {
            cursor.error(offset, CapErrorReason::Value { item: "type nibble", value: value.into() })
        };
        let mut types = Vec::new();
        let mut left = count;
        while left > 0 {
            let nibble = nibbles.next().unwrap_or_default();
            let item = read_type(nibble, &mut nibbles).ok_or_else(|| bad(nibble))?;
            left = left.checked_sub(item.nibble_count()).ok_or_else(|| bad(nibble))?;
            types.push(item);
        }
        match nibbles.next() {
            None | Some(0) => Ok(Self(types)),
            Some(padding) => Err(bad(padding)),
        }
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.count_u8(self.nibble_count());
        let mut nibbles = Vec::with_capacity(self.nibble_count() + 1);
        for item in &self.0 {
            nibbles.push(item.nibble());
            match item {
                Type::Reference(class) | Type::ReferenceArray(class) => {
                    let raw = class.to_raw();
                    nibbles.extend([12, 8, 4, 0].map(|shift| (raw >> shift & 0x0F) as u8));
                }
                Type::Void | Type::Boolean | Type::Byte | Type::Short | Type::Int | Type::Array(_) => {}
            }
        }
        for pair in nibbles.chunks(2) {
            let (high, low) =
                (pair.first().copied().unwrap_or_default(), pair.get(1).copied().unwrap_or_default());
            writer.u8(high << 4 | low);
        }
    }
}

fn read_type(nibble: u8, rest: &mut impl Iterator<Item = u8>) -> Option<Type> {
    let mut class = || {
        let raw = (0..4).try_fold(0u16, |raw, _| rest.next().map(|nibble| raw << 4 | u16::from(nibble)))?;
        ClassRef::from_raw(raw)
    };
    Some(match nibble {
        1 => Type::Void,
        2 => Type::Boolean,
        3 => Type::Byte,
        4 => Type::Short,
        5 => Type::Int,
        6 => Type::Reference(class()?),
        0xA..=0xD => Type::Array(ArrayType::from_nibble(nibble - 8)?),
        0xE => Type::ReferenceArray(class()?),
        _ => return None,
    })
}
