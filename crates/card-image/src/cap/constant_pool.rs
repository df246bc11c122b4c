//! Component 5, ConstantPool (JCVM 6.8): the classes, fields and methods that the bytecode refers to.
//!
//! `u2 count`, then each: `u1 tag | three bytes`. A set high bit of the first byte marks an external reference.

use alloc::vec::Vec;

use super::codec::{Cursor, finish};
use super::{
    CapError, CapErrorReason, ClassRef, ComponentTag, MethodOffset, PackageToken, PoolIndex, StaticFieldRef,
    StaticMethodRef, StaticOffset,
};
use crate::bytes::Writer;

/// An entry of the constant pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Constant {
    /// A class or interface.
    Class(ClassRef),
    /// An instance field: the class that declares it and its token.
    InstanceField {
        /// Class.
        class: ClassRef,
        /// Token.
        token: u8,
    },
    /// A virtual method, for `invokevirtual`. Its token's high bit marks a package-visible method.
    VirtualMethod {
        /// Class.
        class: ClassRef,
        /// Token.
        token: u8,
    },
    /// A virtual method of the superclass of `class`, for `invokespecial`.
    SuperMethod {
        /// The class whose superclass is meant.
        class: ClassRef,
        /// Token.
        token: u8,
    },
    /// A static field.
    StaticField(StaticFieldRef),
    /// A static method, constructor or private method.
    StaticMethod(StaticMethodRef),
}

/// The ConstantPool component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConstantPool {
    /// The entries, in the order of their indexes.
    pub entries: Vec<Constant>,
}

impl ConstantPool {
    /// The entry of an index.
    pub fn get(&self, index: PoolIndex) -> Option<&Constant> {
        self.entries.get(usize::from(index.0))
    }

    pub(super) fn parse(mut cursor: Cursor<'_>) -> Result<Self, CapError> {
        let count = cursor.u16()?;
        let entries = cursor.list(count.into(), read_constant)?;
        cursor.finish()?;
        Ok(Self { entries })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        writer.count_u16(self.entries.len());
        for entry in &self.entries {
            write_constant(&mut writer, entry);
        }
        finish(ComponentTag::ConstantPool, writer)
    }
}

fn read_constant(cursor: &mut Cursor<'_>) -> Result<Constant, CapError> {
    let offset = cursor.position();
    match cursor.u8()? {
        1 => {
            let class = cursor.class_ref()?;
            zero(cursor, "padding")?;
            Ok(Constant::Class(class))
        }
        2 => Ok(Constant::InstanceField { class: cursor.class_ref()?, token: cursor.u8()? }),
        3 => Ok(Constant::VirtualMethod { class: cursor.class_ref()?, token: cursor.u8()? }),
        4 => Ok(Constant::SuperMethod { class: cursor.class_ref()?, token: cursor.u8()? }),
        5 => read_static_field(cursor).map(Constant::StaticField),
        6 => read_static_method(cursor).map(Constant::StaticMethod),
        tag => Err(cursor.error(offset, CapErrorReason::Value { item: "cp_info.tag", value: tag.into() })),
    }
}

fn zero(cursor: &mut Cursor<'_>, item: &'static str) -> Result<(), CapError> {
    let offset = cursor.position();
    match cursor.u8()? {
        0 => Ok(()),
        value => Err(cursor.error(offset, CapErrorReason::Value { item, value: value.into() })),
    }
}

pub(super) fn read_static_field(cursor: &mut Cursor<'_>) -> Result<StaticFieldRef, CapError> {
    let offset = cursor.position();
    match cursor.u8()? {
        0 => Ok(StaticFieldRef::Internal(StaticOffset(cursor.u16()?))),
        package @ 0x80.. => Ok(StaticFieldRef::External {
            package: PackageToken(package & 0x7F),
            class: cursor.u8()?,
            token: cursor.u8()?,
        }),
        value => Err(cursor.error(offset, CapErrorReason::Value { item: "padding", value: value.into() })),
    }
}

fn read_static_method(cursor: &mut Cursor<'_>) -> Result<StaticMethodRef, CapError> {
    Ok(match cursor.u8()? {
        package @ 0x80.. => StaticMethodRef::External {
            package: PackageToken(package & 0x7F),
            class: cursor.u8()?,
            token: cursor.u8()?,
        },
        block => StaticMethodRef::Internal(MethodOffset { block, offset: cursor.u16()? }),
    })
}

pub(super) fn write_static_field(writer: &mut Writer, field: StaticFieldRef) {
    match field {
        StaticFieldRef::Internal(offset) => {
            writer.u8(0);
            writer.u16(offset.0);
        }
        StaticFieldRef::External { package, class, token } => {
            writer.bytes(&[0x80 | package.0, class, token]);
        }
    }
}

fn write_constant(writer: &mut Writer, constant: &Constant) {
    let (tag, class, token) = match *constant {
        Constant::Class(class) => (1, class, 0),
        Constant::InstanceField { class, token } => (2, class, token),
        Constant::VirtualMethod { class, token } => (3, class, token),
        Constant::SuperMethod { class, token } => (4, class, token),
        Constant::StaticField(field) => {
            writer.u8(5);
            return write_static_field(writer, field);
        }
        Constant::StaticMethod(method) => {
            writer.u8(6);
            return match method {
                StaticMethodRef::Internal(place) => {
                    writer.u8(place.block);
                    writer.u16(place.offset);
                }
                StaticMethodRef::External { package, class, token } => {
                    writer.bytes(&[0x80 | package.0, class, token]);
                }
            };
        }
    };
    writer.u8(tag);
    writer.u16(class.to_raw());
    writer.u8(token);
}
