//! What all components share: their tags, and a reader that knows in which component it stands.

use alloc::vec::Vec;
use core::fmt;

use super::error::{CapError, CapErrorReason};
use super::header::CapFormat;
use super::index::{ClassRef, MethodOffset};
use crate::aid::Aid;
use crate::bytes::{Reader, Short, Writer};

/// The components of a CAP file, by their tags (JCVM 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is named as in the specification")]
pub enum ComponentTag {
    Header = 1,
    Directory = 2,
    Applet = 3,
    Import = 4,
    ConstantPool = 5,
    Class = 6,
    Method = 7,
    StaticField = 8,
    ReferenceLocation = 9,
    Export = 10,
    Descriptor = 11,
    Debug = 12,
    StaticResources = 13,
}

impl ComponentTag {
    /// All, in the order of their tags.
    pub const ALL: [Self; 13] = [
        Self::Header,
        Self::Directory,
        Self::Applet,
        Self::Import,
        Self::ConstantPool,
        Self::Class,
        Self::Method,
        Self::StaticField,
        Self::ReferenceLocation,
        Self::Export,
        Self::Descriptor,
        Self::Debug,
        Self::StaticResources,
    ];

    /// The order in which a card is given them (JCVM 6.3). Debug information stays off the card.
    pub const LOAD_ORDER: [Self; 12] = [
        Self::Header,
        Self::Directory,
        Self::Import,
        Self::Applet,
        Self::Class,
        Self::Method,
        Self::StaticField,
        Self::Export,
        Self::ConstantPool,
        Self::ReferenceLocation,
        Self::StaticResources,
        Self::Descriptor,
    ];

    /// The component of a tag.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| *tag as u8 == byte)
    }

    /// The file in a JAR that holds it, without its folder (JCVM 6.2).
    pub fn file_name(self, format: CapFormat) -> &'static str {
        match self {
            Self::Method if format.is_extended() => "Method.capx",
            Self::ReferenceLocation if format.is_extended() => "RefLocation.capx",
            Self::Descriptor if format.is_extended() => "Descriptor.capx",
            Self::Debug if format.is_extended() => "Debug.capx",
            Self::Header => "Header.cap",
            Self::Directory => "Directory.cap",
            Self::Applet => "Applet.cap",
            Self::Import => "Import.cap",
            Self::ConstantPool => "ConstantPool.cap",
            Self::Class => "Class.cap",
            Self::Method => "Method.cap",
            Self::StaticField => "StaticField.cap",
            Self::ReferenceLocation => "RefLocation.cap",
            Self::Export => "Export.cap",
            Self::Descriptor => "Descriptor.cap",
            Self::Debug => "Debug.cap",
            Self::StaticResources => "StaticResources.capx",
        }
    }

    /// Whether it has the long form, with four bytes of size and a name in `.capx`: static resources always, and in
    /// an extended file whatever grows with the code (JCVM 6.2).
    pub fn is_long(self, format: CapFormat) -> bool {
        match self {
            Self::StaticResources => true,
            Self::Method | Self::ReferenceLocation | Self::Descriptor | Self::Debug => format.is_extended(),
            Self::Header
            | Self::Directory
            | Self::Applet
            | Self::Import
            | Self::ConstantPool
            | Self::Class
            | Self::StaticField
            | Self::Export => false,
        }
    }
}

impl fmt::Display for ComponentTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Reads the info of one component.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    reader: Reader<'a>,
    component: ComponentTag,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(component: ComponentTag, info: &'a [u8]) -> Self {
        Self { reader: Reader::new(info), component }
    }

    pub(super) fn error(&self, offset: usize, reason: impl Into<CapErrorReason>) -> CapError {
        CapError { component: self.component, offset, reason: reason.into() }
    }

    /// An error at where the cursor stands.
    pub(super) fn here(&self, reason: impl Into<CapErrorReason>) -> CapError {
        self.error(self.reader.position(), reason)
    }

    pub(super) fn position(&self) -> usize {
        self.reader.position()
    }

    pub(super) fn left(&self) -> usize {
        self.reader.left()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.reader.is_empty()
    }

    fn place<T>(&self, read: Result<T, Short>) -> Result<T, CapError> {
        read.map_err(|short| self.error(short.offset, short))
    }

    pub(super) fn u8(&mut self) -> Result<u8, CapError> {
        let read = self.reader.u8();
        self.place(read)
    }

    pub(super) fn u16(&mut self) -> Result<u16, CapError> {
        let read = self.reader.u16();
        self.place(read)
    }

    pub(super) fn u32(&mut self) -> Result<u32, CapError> {
        let read = self.reader.u32();
        self.place(read)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], CapError> {
        let read = self.reader.take(count);
        self.place(read)
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        self.reader.rest()
    }

    /// A length in one byte and an AID of that length.
    pub(super) fn aid(&mut self) -> Result<Aid, CapError> {
        let offset = self.position();
        let length = self.u8()?;
        Aid::new(self.take(length.into())?).map_err(|error| self.error(offset, error))
    }

    /// A `class_ref` that must name a class.
    pub(super) fn class_ref(&mut self) -> Result<ClassRef, CapError> {
        let offset = self.position();
        let raw = self.u16()?;
        ClassRef::from_raw(raw)
            .ok_or_else(|| self.error(offset, CapErrorReason::Value { item: "class_ref", value: raw.into() }))
    }

    /// Where a method begins; with its block in an extended file.
    pub(super) fn method_offset(&mut self, format: CapFormat) -> Result<MethodOffset, CapError> {
        let block = if format.is_extended() { self.u8()? } else { 0 };
        Ok(MethodOffset { block, offset: self.u16()? })
    }

    /// `count` items, as `read` gives them. Allocates only for what was read.
    pub(super) fn list<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, CapError>,
    ) -> Result<Vec<T>, CapError> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    /// Nothing may follow.
    pub(super) fn finish(self) -> Result<(), CapError> {
        match self.reader.left() {
            0 => Ok(()),
            left => Err(self.here(CapErrorReason::TrailingBytes(left))),
        }
    }
}

pub(super) fn write_aid(writer: &mut Writer, aid: &Aid) {
    writer.count_u8(aid.as_bytes().len());
    writer.bytes(aid.as_bytes());
}

pub(super) fn write_method_offset(writer: &mut Writer, place: MethodOffset, format: CapFormat) {
    if format.is_extended() {
        writer.u8(place.block);
    }
    writer.u16(place.offset);
}

pub(super) fn finish(component: ComponentTag, writer: Writer) -> Result<Vec<u8>, CapError> {
    writer.finish().map_err(|too_many| CapError { component, offset: 0, reason: too_many.into() })
}
