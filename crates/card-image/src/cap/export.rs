//! Component 10, Export (JCVM 6.13): what other packages may link to. A class's token is its place in the list.
//!
//! `u1 count`, then each: `u2 class | u1 fields | u1 methods | u2 field... | u2 method...`.

use alloc::vec::Vec;

use super::codec::{Cursor, finish};
use super::{CapError, ClassOffset, ComponentTag, MethodOffset, StaticOffset};
use crate::bytes::Writer;

/// The Export component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportComponent {
    /// The classes, in the order of their tokens.
    pub classes: Vec<ClassExport>,
}

/// An exported class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassExport {
    /// The class.
    pub class: ClassOffset,
    /// Its static fields, in the order of their tokens.
    pub static_fields: Vec<StaticOffset>,
    /// Its static methods and constructors, in the order of their tokens.
    pub static_methods: Vec<MethodOffset>,
}

impl ExportComponent {
    pub(super) fn parse(mut cursor: Cursor<'_>) -> Result<Self, CapError> {
        let count = cursor.u8()?;
        let classes = cursor.list(count.into(), |cursor| {
            let class = ClassOffset(cursor.u16()?);
            let (fields, methods) = (cursor.u8()?, cursor.u8()?);
            Ok(ClassExport {
                class,
                static_fields: cursor.list(fields.into(), |cursor| cursor.u16().map(StaticOffset))?,
                static_methods: cursor.list(methods.into(), |cursor| cursor.u16().map(MethodOffset))?,
            })
        })?;
        cursor.finish()?;
        Ok(Self { classes })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        writer.count_u8(self.classes.len());
        for class in &self.classes {
            writer.u16(class.class.0);
            writer.count_u8(class.static_fields.len());
            writer.count_u8(class.static_methods.len());
            for field in &class.static_fields {
                writer.u16(field.0);
            }
            for method in &class.static_methods {
                writer.u16(method.0);
            }
        }
        finish(ComponentTag::Export, writer)
    }
}
