//! Component 10, Export (JCVM 6.13): what other packages may link to. A class's token is its place in its package's list.
//!
//! `u1 count`, then each: `u2 class | u1 fields | u1 methods | u2 field... | method...`, where a method is `u2 offset`,
//! with `u1 block` before it in an extended file. There the lists of all public packages follow one another behind
//! `u1 count`, in the order of the Header.

use alloc::vec::Vec;

use super::codec::{Cursor, finish, write_method_offset};
use super::{CapError, CapFormat, ClassOffset, ComponentTag, MethodOffset, StaticOffset};
use crate::bytes::Writer;

/// The Export component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportComponent {
    /// The public packages; one in a compact file.
    pub packages: Vec<PackageExport>,
}

/// What one package exports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageExport {
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
    /// The classes of all packages.
    pub fn classes(&self) -> impl Iterator<Item = &ClassExport> {
        self.packages.iter().flat_map(|package| &package.classes)
    }

    pub(super) fn parse(mut cursor: Cursor<'_>, format: CapFormat) -> Result<Self, CapError> {
        let count = if format.is_extended() { cursor.u8()? } else { 1 };
        let packages = cursor.list(count.into(), |cursor| {
            let count = cursor.u8()?;
            let classes = cursor.list(count.into(), |cursor| ClassExport::read(cursor, format))?;
            Ok(PackageExport { classes })
        })?;
        cursor.finish()?;
        Ok(Self { packages })
    }

    pub(super) fn encode(&self, format: CapFormat) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        if format.is_extended() {
            writer.count_u8(self.packages.len());
        } else {
            writer.count_exactly(self.packages.len(), 1);
        }
        for package in &self.packages {
            writer.count_u8(package.classes.len());
            package.classes.iter().for_each(|class| class.write(&mut writer, format));
        }
        finish(ComponentTag::Export, writer)
    }
}

impl ClassExport {
    fn read(cursor: &mut Cursor<'_>, format: CapFormat) -> Result<Self, CapError> {
        let class = ClassOffset(cursor.u16()?);
        let (fields, methods) = (cursor.u8()?, cursor.u8()?);
        Ok(Self {
            class,
            static_fields: cursor.list(fields.into(), |cursor| cursor.u16().map(StaticOffset))?,
            static_methods: cursor.list(methods.into(), |cursor| cursor.method_offset(format))?,
        })
    }

    fn write(&self, writer: &mut Writer, format: CapFormat) {
        writer.u16(self.class.0);
        writer.count_u8(self.static_fields.len());
        writer.count_u8(self.static_methods.len());
        self.static_fields.iter().for_each(|field| writer.u16(field.0));
        self.static_methods.iter().for_each(|method| write_method_offset(writer, *method, format));
    }
}
