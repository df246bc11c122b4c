//! Component 11, Descriptor (JCVM 6.14): what a verifier must know of classes, fields, methods and their types.
//!
//! ```text
//! u1 count | class...  | type_descriptor_info          extended: u1 count | (u1 count | class...)... | type_descriptor_info
//! class  = u1 token | u1 flags | u2 this | u1 interfaces | u2 fields | u2 methods | u2 interface... | field... | method...
//! field  = u1 token | u1 flags | 3 bytes (static: a static field reference; else u2 class, u1 token) | u2 type
//! method = u1 token | u1 flags | [extended: u1 block] u2 offset | u2 type | u2 bytes | u2 handlers | u2 first handler
//! type_descriptor_info = u2 count | u2 type of each constant pool entry, 0xFFFF: none | type...
//! ```
//! An extended file describes its public packages first, in the order of the Header, and then its private ones.

use alloc::vec::Vec;

use super::codec::{Cursor, finish, write_method_offset};
use super::constant_pool::{read_static_field, write_static_field};
use super::{
    CapError, CapErrorReason, CapFormat, ClassFlags, ClassRef, ComponentTag, FieldFlags, MethodFlags,
    MethodOffset, PoolIndex, StaticFieldRef, Type, TypeDescriptor, TypeOffset,
};
use crate::bytes::Writer;

/// The Descriptor component.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Descriptor {
    /// The packages; one in a compact file.
    pub packages: Vec<PackageDescriptor>,
    /// The type of each constant pool entry; `None` for classes.
    pub pool_types: Vec<Option<TypeOffset>>,
    /// All types, in the order of the file.
    pub types: Vec<TypeDescriptor>,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackageDescriptor {
    /// The classes and interfaces of the package.
    pub classes: Vec<ClassDescriptor>,
}

/// A class or interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassDescriptor {
    /// Its token; `None` when it is not visible outside.
    pub token: Option<u8>,
    /// Access.
    pub flags: ClassFlags,
    /// Where it is in the Class component.
    pub this_class: ClassRef,
    /// Interfaces it implements; none for an interface.
    pub interfaces: Vec<ClassRef>,
    /// Its fields, but for constants.
    pub fields: Vec<FieldDescriptor>,
    /// Its methods.
    pub methods: Vec<MethodDescriptor>,
}

/// A field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldDescriptor {
    /// Its token; `None` when it has none.
    pub token: Option<u8>,
    /// Access. [`FieldFlags::STATIC`] agrees with `place`.
    pub flags: FieldFlags,
    /// Where it is.
    pub place: FieldPlace,
    /// Of which type.
    pub kind: FieldType,
}

/// Where a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldPlace {
    /// In the static field image.
    Static(StaticFieldRef),
    /// In each object.
    Instance {
        /// The class that declares it.
        class: ClassRef,
        /// Its token there.
        token: u8,
    },
}

/// A field's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Boolean, byte, short or int.
    Primitive(Type),
    /// A class or array, among the types.
    Reference(TypeOffset),
}

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodDescriptor {
    /// Its token; `None` when it has none.
    pub token: Option<u8>,
    /// Access.
    pub flags: MethodFlags,
    /// Where it is; 0 for a method of an interface.
    pub offset: MethodOffset,
    /// Its signature.
    pub signature: TypeOffset,
    /// Bytes of bytecode.
    pub bytecode_count: u16,
    /// How many exception handlers it has.
    pub handler_count: u16,
    /// The first of them.
    pub first_handler: u16,
}

impl Descriptor {
    /// The classes and interfaces of all packages.
    pub fn classes(&self) -> impl Iterator<Item = &ClassDescriptor> {
        self.packages.iter().flat_map(|package| &package.classes)
    }

    /// The same, to be changed.
    pub fn classes_mut(&mut self) -> impl Iterator<Item = &mut ClassDescriptor> {
        self.packages.iter_mut().flat_map(|package| &mut package.classes)
    }

    /// The types, each with the offset by which it is referred to.
    pub fn types_with_offsets(&self) -> impl Iterator<Item = (TypeOffset, &TypeDescriptor)> {
        let first = 2 + 2 * self.pool_types.len();
        self.types.iter().scan(first, |next, item| {
            let offset = u16::try_from(*next).ok()?;
            *next += item.size();
            Some((TypeOffset(offset), item))
        })
    }

    /// The type that begins at `offset`.
    pub fn type_at(&self, offset: TypeOffset) -> Option<&TypeDescriptor> {
        self.types_with_offsets().find(|(place, _)| *place == offset).map(|(_, item)| item)
    }

    /// The type of a constant pool entry.
    pub fn pool_type(&self, index: PoolIndex) -> Option<&TypeDescriptor> {
        self.type_at((*self.pool_types.get(usize::from(index.0))?)?)
    }

    pub(super) fn parse(mut cursor: Cursor<'_>, format: CapFormat) -> Result<Self, CapError> {
        let count = if format.is_extended() { cursor.u8()? } else { 1 };
        let packages = cursor.list(count.into(), |cursor| {
            let count = cursor.u8()?;
            let classes = cursor.list(count.into(), |cursor| read_class(cursor, format))?;
            Ok(PackageDescriptor { classes })
        })?;
        let count = cursor.u16()?;
        let pool_types = cursor.list(count.into(), |cursor| {
            let offset = cursor.u16()?;
            Ok((offset != 0xFFFF).then_some(TypeOffset(offset)))
        })?;
        let mut types = Vec::new();
        while !cursor.is_empty() {
            types.push(TypeDescriptor::read(&mut cursor)?);
        }
        Ok(Self { packages, pool_types, types })
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
            package.classes.iter().for_each(|class| write_class(&mut writer, class, format));
        }
        writer.count_u16(self.pool_types.len());
        for item in &self.pool_types {
            writer.u16(item.map_or(0xFFFF, |offset| offset.0));
        }
        for item in &self.types {
            item.write(&mut writer);
        }
        finish(ComponentTag::Descriptor, writer)
    }
}

fn read_token(cursor: &mut Cursor<'_>) -> Result<Option<u8>, CapError> {
    let token = cursor.u8()?;
    Ok((token != 0xFF).then_some(token))
}

fn read_class(cursor: &mut Cursor<'_>, format: CapFormat) -> Result<ClassDescriptor, CapError> {
    let (token, flags) = (read_token(cursor)?, ClassFlags(cursor.u8()?));
    let this_class = cursor.class_ref()?;
    let (interfaces, fields, methods) = (cursor.u8()?, cursor.u16()?, cursor.u16()?);
    Ok(ClassDescriptor {
        token,
        flags,
        this_class,
        interfaces: cursor.list(interfaces.into(), Cursor::class_ref)?,
        fields: cursor.list(fields.into(), read_field)?,
        methods: cursor.list(methods.into(), |cursor| read_method(cursor, format))?,
    })
}

fn read_field(cursor: &mut Cursor<'_>) -> Result<FieldDescriptor, CapError> {
    let (token, flags) = (read_token(cursor)?, FieldFlags(cursor.u8()?));
    let place = if flags.is_static() {
        FieldPlace::Static(read_static_field(cursor)?)
    } else {
        FieldPlace::Instance { class: cursor.class_ref()?, token: cursor.u8()? }
    };
    let offset = cursor.position();
    let kind = match cursor.u16()? {
        0x8002 => FieldType::Primitive(Type::Boolean),
        0x8003 => FieldType::Primitive(Type::Byte),
        0x8004 => FieldType::Primitive(Type::Short),
        0x8005 => FieldType::Primitive(Type::Int),
        value @ 0x8000.. => {
            return Err(
                cursor.error(offset, CapErrorReason::Value { item: "primitive_type", value: value.into() })
            );
        }
        offset => FieldType::Reference(TypeOffset(offset)),
    };
    Ok(FieldDescriptor { token, flags, place, kind })
}

fn read_method(cursor: &mut Cursor<'_>, format: CapFormat) -> Result<MethodDescriptor, CapError> {
    Ok(MethodDescriptor {
        token: read_token(cursor)?,
        flags: MethodFlags(cursor.u8()?),
        offset: cursor.method_offset(format)?,
        signature: TypeOffset(cursor.u16()?),
        bytecode_count: cursor.u16()?,
        handler_count: cursor.u16()?,
        first_handler: cursor.u16()?,
    })
}

fn write_class(writer: &mut Writer, class: &ClassDescriptor, format: CapFormat) {
    writer.u8(class.token.unwrap_or(0xFF));
    writer.u8(class.flags.0);
    writer.u16(class.this_class.to_raw());
    writer.count_u8(class.interfaces.len());
    writer.count_u16(class.fields.len());
    writer.count_u16(class.methods.len());
    for interface in &class.interfaces {
        writer.u16(interface.to_raw());
    }
    for field in &class.fields {
        write_field(writer, field);
    }
    for method in &class.methods {
        writer.u8(method.token.unwrap_or(0xFF));
        writer.u8(method.flags.0);
        write_method_offset(writer, method.offset, format);
        writer.u16(method.signature.0);
        writer.u16(method.bytecode_count);
        writer.u16(method.handler_count);
        writer.u16(method.first_handler);
    }
}

fn write_field(writer: &mut Writer, field: &FieldDescriptor) {
    writer.u8(field.token.unwrap_or(0xFF));
    let flags = FieldFlags(field.flags.0 & !FieldFlags::STATIC.0);
    match field.place {
        FieldPlace::Static(place) => {
            writer.u8((flags | FieldFlags::STATIC).0);
            write_static_field(writer, place);
        }
        FieldPlace::Instance { class, token } => {
            writer.u8(flags.0);
            writer.u16(class.to_raw());
            writer.u8(token);
        }
    }
    writer.u16(match field.kind {
        FieldType::Primitive(primitive) => 0x8000 | u16::from(primitive.nibble()),
        FieldType::Reference(offset) => offset.0,
    });
}
