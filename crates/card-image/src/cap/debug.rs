//! Component 12, Debug (JCVM 6.15, since format 2.2): names, lines and variables of the source, for debuggers.
//!
//! ```text
//! u2 count | string: u2 length | UTF-8 ... | package
//! package  = u2 name | u2 count | class ...                      extended: u1 count | package ...
//! class    = u2 name | u2 flags | u2 location | u2 superclass | u2 source file | u1 interfaces | u2 fields
//!          | u2 methods | u2 interface name... | field... | method...
//! field    = u2 name | u2 descriptor | u2 flags | u4 contents
//! method   = u2 name | u2 descriptor | u2 flags | [extended: u1 block] u2 location | u1 header size | u2 body size
//!          | u2 variables | u2 lines | variable... | line...
//! variable = u1 index | u2 name | u2 descriptor | u2 start | u2 length
//! line     = u2 start | u2 end | u2 line
//! ```
//! The component stays off the card and nothing depends on it, so [`super::CapFile`] keeps its bytes and whoever wants
//! to know them reads them here. The extended form is not publicly described: it is laid out here as the other
//! components of an extended file are.

use alloc::string::String;
use alloc::vec::Vec;

use super::codec::{Cursor, finish, write_method_offset};
use super::{CapError, CapErrorReason, CapFormat, ClassOffset, ComponentTag, MethodOffset};
use crate::bytes::Writer;

/// The Debug component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DebugInfo {
    /// All texts, each once.
    pub strings: Vec<String>,
    /// The packages; one in a compact file.
    pub packages: Vec<PackageDebug>,
}

/// A text, by its place among the strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct StringIndex(pub u16);

/// What the source says of a package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageDebug {
    /// Its name, with slashes.
    pub name: StringIndex,
    /// Its classes.
    pub classes: Vec<ClassDebug>,
}

/// What the source says of a class or interface.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassDebug {
    /// Its full name, with slashes.
    pub name: StringIndex,
    /// Access, with the bits of class files.
    pub flags: u16,
    /// Where it is in the Class component.
    pub location: ClassOffset,
    /// The full name of its superclass.
    pub superclass: StringIndex,
    /// The file that it was compiled from, without folders.
    pub source_file: StringIndex,
    /// The full names of its interfaces.
    pub interfaces: Vec<StringIndex>,
    /// Its fields, constants included.
    pub fields: Vec<FieldDebug>,
    /// Its methods.
    pub methods: Vec<MethodDebug>,
}

/// What the source says of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FieldDebug {
    /// Its name.
    pub name: StringIndex,
    /// Its type, as class files write it.
    pub descriptor: StringIndex,
    /// Access, with the bits of class files.
    pub flags: u16,
    /// The token of an instance field, the offset of a static field in the image, or the value of a constant.
    pub contents: u32,
}

/// What the source says of a method.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MethodDebug {
    /// Its name.
    pub name: StringIndex,
    /// Its signature, as class files write it.
    pub descriptor: StringIndex,
    /// Access, with the bits of class files.
    pub flags: u16,
    /// Where its header is; 0 for an abstract method, as are the sizes.
    pub location: MethodOffset,
    /// Bytes of its header.
    pub header_size: u8,
    /// Bytes of its code.
    pub body_size: u16,
    /// Its arguments and local variables.
    pub variables: Vec<VariableDebug>,
    /// Its lines, in the order of the code.
    pub lines: Vec<LineDebug>,
}

/// A local variable; offsets count from the method's first opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VariableDebug {
    /// Its number on the card.
    pub index: u8,
    /// Its name.
    pub name: StringIndex,
    /// Its type, as class files write it.
    pub descriptor: StringIndex,
    /// Where it begins to hold its value.
    pub start: u16,
    /// For how many bytes of code.
    pub length: u16,
}

/// The code of a line; offsets count from the method's first opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineDebug {
    /// Its first byte.
    pub start: u16,
    /// Its last byte.
    pub end: u16,
    /// The line, counted from 1.
    pub line: u16,
}

impl DebugInfo {
    /// The text of an index.
    pub fn text(&self, index: StringIndex) -> Option<&str> {
        self.strings.get(usize::from(index.0)).map(String::as_str)
    }

    /// Reads the info of a component (what follows tag and size).
    ///
    /// # Errors
    /// The place that is not as the format has it. Indexes of strings are not looked at.
    pub fn parse(info: &[u8], format: CapFormat) -> Result<Self, CapError> {
        let mut cursor = Cursor::new(ComponentTag::Debug, info);
        let count = cursor.u16()?;
        let strings = cursor.list(count.into(), read_string)?;
        let count = if format.is_extended() { cursor.u8()? } else { 1 };
        let packages = cursor.list(count.into(), |cursor| {
            let name = string(cursor)?;
            let count = cursor.u16()?;
            Ok(PackageDebug {
                name,
                classes: cursor.list(count.into(), |cursor| read_class(cursor, format))?,
            })
        })?;
        cursor.finish()?;
        Ok(Self { strings, packages })
    }

    /// The info of a component.
    ///
    /// # Errors
    /// There is more of something than the format can count.
    pub fn encode(&self, format: CapFormat) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        writer.count_u16(self.strings.len());
        for text in &self.strings {
            writer.count_u16(text.len());
            writer.bytes(text.as_bytes());
        }
        if format.is_extended() {
            writer.count_u8(self.packages.len());
        } else {
            writer.count_exactly(self.packages.len(), 1);
        }
        for package in &self.packages {
            writer.u16(package.name.0);
            writer.count_u16(package.classes.len());
            package.classes.iter().for_each(|class| write_class(&mut writer, class, format));
        }
        finish(ComponentTag::Debug, writer)
    }
}

fn string(cursor: &mut Cursor<'_>) -> Result<StringIndex, CapError> {
    cursor.u16().map(StringIndex)
}

fn read_string(cursor: &mut Cursor<'_>) -> Result<String, CapError> {
    let offset = cursor.position();
    let length = cursor.u16()?;
    let text = core::str::from_utf8(cursor.take(length.into())?).map(String::from);
    text.map_err(|_| cursor.error(offset, CapErrorReason::Value { item: "utf8_info", value: length.into() }))
}

fn read_class(cursor: &mut Cursor<'_>, format: CapFormat) -> Result<ClassDebug, CapError> {
    let (name, flags, location) = (string(cursor)?, cursor.u16()?, ClassOffset(cursor.u16()?));
    let (superclass, source_file) = (string(cursor)?, string(cursor)?);
    let (interfaces, fields, methods) = (cursor.u8()?, cursor.u16()?, cursor.u16()?);
    Ok(ClassDebug {
        name,
        flags,
        location,
        superclass,
        source_file,
        interfaces: cursor.list(interfaces.into(), string)?,
        fields: cursor.list(fields.into(), |cursor| {
            Ok(FieldDebug {
                name: string(cursor)?,
                descriptor: string(cursor)?,
                flags: cursor.u16()?,
                contents: cursor.u32()?,
            })
        })?,
        methods: cursor.list(methods.into(), |cursor| read_method(cursor, format))?,
    })
}

fn read_method(cursor: &mut Cursor<'_>, format: CapFormat) -> Result<MethodDebug, CapError> {
    let (name, descriptor, flags) = (string(cursor)?, string(cursor)?, cursor.u16()?);
    let location = cursor.method_offset(format)?;
    let (header_size, body_size) = (cursor.u8()?, cursor.u16()?);
    let (variables, lines) = (cursor.u16()?, cursor.u16()?);
    Ok(MethodDebug {
        name,
        descriptor,
        flags,
        location,
        header_size,
        body_size,
        variables: cursor.list(variables.into(), |cursor| {
            Ok(VariableDebug {
                index: cursor.u8()?,
                name: string(cursor)?,
                descriptor: string(cursor)?,
                start: cursor.u16()?,
                length: cursor.u16()?,
            })
        })?,
        lines: cursor.list(lines.into(), |cursor| {
            Ok(LineDebug { start: cursor.u16()?, end: cursor.u16()?, line: cursor.u16()? })
        })?,
    })
}

fn write_class(writer: &mut Writer, class: &ClassDebug, format: CapFormat) {
    let location = class.location.0;
    for item in [class.name.0, class.flags, location, class.superclass.0, class.source_file.0] {
        writer.u16(item);
    }
    writer.count_u8(class.interfaces.len());
    writer.count_u16(class.fields.len());
    writer.count_u16(class.methods.len());
    class.interfaces.iter().for_each(|name| writer.u16(name.0));
    for field in &class.fields {
        [field.name.0, field.descriptor.0, field.flags].into_iter().for_each(|item| writer.u16(item));
        writer.u32(field.contents);
    }
    class.methods.iter().for_each(|method| write_method(writer, method, format));
}

fn write_method(writer: &mut Writer, method: &MethodDebug, format: CapFormat) {
    [method.name.0, method.descriptor.0, method.flags].into_iter().for_each(|item| writer.u16(item));
    write_method_offset(writer, method.location, format);
    writer.u8(method.header_size);
    writer.u16(method.body_size);
    writer.count_u16(method.variables.len());
    writer.count_u16(method.lines.len());
    for variable in &method.variables {
        writer.u8(variable.index);
        let items = [variable.name.0, variable.descriptor.0, variable.start, variable.length];
        items.into_iter().for_each(|item| writer.u16(item));
    }
    for line in &method.lines {
        [line.start, line.end, line.line].into_iter().for_each(|item| writer.u16(item));
    }
}
