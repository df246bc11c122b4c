//! Reading export files.
//!
//! ```text
//! u4 magic 0x00FACADE | u1 minor | u1 major | u2 count | constant... | u2 this_package
//! [2.3: u1 count | u2 referenced package...] | u1 count | class...
//! class  = u1 token | u2 flags | u2 name | u2 count, u2 superclass... | u1 count, u2 interface...
//!        | u2 count, field... | u2 count, method... [2.3: u1 inheritable]
//! field  = u1 token | u2 flags | u2 name | u2 descriptor | u2 count, (u2 name, u4 length, bytes)...
//! method = u1 token | u2 flags | u2 name | u2 descriptor
//! constant = 1: u2 length, text | 3: u4 | 7: u2 name | 13: u1 flags, u2 name, u1 minor, u1 major, u1 length, AID
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use super::{
    AccessFlags, ExportFile, ExportFormat, ExportedClass, ExportedField, ExportedMethod, ExportedPackage,
};
use crate::aid::{Aid, AidError};
use crate::bytes::{Reader, Short};
use crate::cap::{PackageInfo, Version};

pub(super) const MAGIC: u32 = 0x00FA_CADE;
pub(super) const LIBRARY: u8 = 0x01;
pub(super) const CONSTANT_VALUE: &str = "ConstantValue";

/// Why bytes are no export file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("offset {offset}: {reason}")]
pub struct ExportError {
    /// Bytes from the start of the file.
    pub offset: usize,
    /// What is wrong there.
    pub reason: ExportErrorReason,
}

/// What is wrong at a place of an export file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportErrorReason {
    /// The file ends inside an item.
    #[error("{needed} bytes are needed and {left} are left")]
    Truncated {
        /// Bytes the item has.
        needed: usize,
        /// Bytes there are.
        left: usize,
    },
    /// Bytes follow the last class.
    #[error("{0} bytes are left over")]
    TrailingBytes(usize),
    /// The magic number is not 0x00FACADE.
    #[error("the magic number is {0:#010x}, not 0x00facade")]
    Magic(u32),
    /// The format is none of 2.1, 2.2 and 2.3.
    #[error("export file format {major}.{minor} is not supported")]
    Format {
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// A constant of an unknown kind.
    #[error("constant of unknown tag {0}")]
    ConstantTag(u8),
    /// An index that names no constant of the kind that is needed.
    #[error("constant {index} is no {expected}")]
    Constant {
        /// The index.
        index: u16,
        /// What should be there.
        expected: &'static str,
    },
    /// Text that is not UTF-8.
    #[error("a name is not UTF-8")]
    Text,
    /// An AID of a wrong length.
    #[error(transparent)]
    Aid(#[from] AidError),
}

enum Constant<'a> {
    Text(&'a str),
    Integer(i32),
    Class(u16),
    Package { flags: u8, name: u16, info: PackageInfo },
}

struct Parser<'a> {
    reader: Reader<'a>,
    constants: Vec<Constant<'a>>,
}

impl ExportFile {
    /// Reads an export file of format 2.1, 2.2 or 2.3.
    pub fn parse(bytes: &[u8]) -> Result<Self, ExportError> {
        let mut parser = Parser { reader: Reader::new(bytes), constants: Vec::new() };
        let magic = parser.u32()?;
        if magic != MAGIC {
            return Err(ExportError { offset: 0, reason: ExportErrorReason::Magic(magic) });
        }
        let (minor, major) = (parser.u8()?, parser.u8()?);
        let format = match (major, minor) {
            (2, 1) => ExportFormat::V2_1,
            (2, 2) => ExportFormat::V2_2,
            (2, 3) => ExportFormat::V2_3,
            _ => return Err(ExportError { offset: 4, reason: ExportErrorReason::Format { major, minor } }),
        };
        for _ in 0..parser.u16()? {
            let constant = parser.constant()?;
            parser.constants.push(constant);
        }
        let package = parser.package()?;
        let referenced = match format {
            ExportFormat::V2_1 | ExportFormat::V2_2 => Vec::new(),
            ExportFormat::V2_3 => {
                let count = parser.u8()?;
                parser.list(count.into(), Parser::package)?
            }
        };
        let count = parser.u8()?;
        let classes = parser.list(count.into(), |parser| parser.class(format))?;
        match parser.reader.left() {
            0 => Ok(Self { format, package, referenced, classes }),
            left => Err(parser.here(ExportErrorReason::TrailingBytes(left))),
        }
    }
}

impl<'a> Parser<'a> {
    fn here(&self, reason: ExportErrorReason) -> ExportError {
        ExportError { offset: self.reader.position(), reason }
    }

    fn u8(&mut self) -> Result<u8, ExportError> {
        Ok(self.reader.u8()?)
    }

    fn u16(&mut self) -> Result<u16, ExportError> {
        Ok(self.reader.u16()?)
    }

    fn u32(&mut self) -> Result<u32, ExportError> {
        Ok(self.reader.u32()?)
    }

    fn list<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, ExportError>,
    ) -> Result<Vec<T>, ExportError> {
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    fn constant(&mut self) -> Result<Constant<'a>, ExportError> {
        let start = self.reader.position();
        Ok(match self.u8()? {
            1 => {
                let length = self.u16()?;
                let bytes = self.reader.take(length.into())?;
                let text = core::str::from_utf8(bytes);
                Constant::Text(
                    text.map_err(|_| ExportError { offset: start, reason: ExportErrorReason::Text })?,
                )
            }
            3 => Constant::Integer(self.reader.i32()?),
            7 => Constant::Class(self.u16()?),
            13 => {
                let (flags, name) = (self.u8()?, self.u16()?);
                let (minor, major) = (self.u8()?, self.u8()?);
                let length = self.u8()?;
                let aid = Aid::new(self.reader.take(length.into())?);
                let aid = aid.map_err(|error| ExportError { offset: start, reason: error.into() })?;
                Constant::Package {
                    flags,
                    name,
                    info: PackageInfo { version: Version { major, minor }, aid },
                }
            }
            tag => return Err(ExportError { offset: start, reason: ExportErrorReason::ConstantTag(tag) }),
        })
    }

    fn wrong(&self, index: u16, expected: &'static str) -> ExportError {
        self.here(ExportErrorReason::Constant { index, expected })
    }

    fn text_at(&self, index: u16) -> Result<&'a str, ExportError> {
        match self.constants.get(usize::from(index)) {
            Some(Constant::Text(text)) => Ok(text),
            _ => Err(self.wrong(index, "text")),
        }
    }

    fn text(&mut self) -> Result<String, ExportError> {
        let index = self.u16()?;
        self.text_at(index).map(String::from)
    }

    fn class_name(&mut self) -> Result<String, ExportError> {
        let index = self.u16()?;
        match self.constants.get(usize::from(index)) {
            Some(Constant::Class(name)) => self.text_at(*name).map(String::from),
            _ => Err(self.wrong(index, "class")),
        }
    }

    fn package(&mut self) -> Result<ExportedPackage, ExportError> {
        let index = self.u16()?;
        match self.constants.get(usize::from(index)) {
            Some(Constant::Package { flags, name, info }) => Ok(ExportedPackage {
                name: String::from(self.text_at(*name)?),
                info: *info,
                library: flags & LIBRARY != 0,
            }),
            _ => Err(self.wrong(index, "package")),
        }
    }

    fn class(&mut self, format: ExportFormat) -> Result<ExportedClass, ExportError> {
        let (token, flags) = (self.u8()?, AccessFlags(self.u16()?));
        let name = self.class_name()?;
        let count = self.u16()?;
        let superclasses = self.list(count.into(), Self::class_name)?;
        let count = self.u8()?;
        let interfaces = self.list(count.into(), Self::class_name)?;
        let count = self.u16()?;
        let fields = self.list(count.into(), Self::field)?;
        let count = self.u16()?;
        let methods = self.list(count.into(), Self::method)?;
        let mut class =
            ExportedClass { token, flags, name, superclasses, interfaces, fields, methods, inheritable: 0 };
        class.inheritable = match format {
            ExportFormat::V2_1 | ExportFormat::V2_2 => class.virtual_tokens(),
            ExportFormat::V2_3 => self.u8()?,
        };
        Ok(class)
    }

    fn field(&mut self) -> Result<ExportedField, ExportError> {
        let (token, flags) = (self.u8()?, AccessFlags(self.u16()?));
        let (name, descriptor) = (self.text()?, self.text()?);
        let mut constant = None;
        for _ in 0..self.u16()? {
            let attribute = self.u16()?;
            let length = self.u32()?;
            let mut value = Reader::new(self.reader.take(length as usize)?);
            if self.text_at(attribute)? == CONSTANT_VALUE {
                let index = value.u16()?;
                match self.constants.get(usize::from(index)) {
                    Some(Constant::Integer(integer)) => constant = Some(*integer),
                    _ => return Err(self.wrong(index, "integer")),
                }
            }
        }
        Ok(ExportedField { token, flags, name, descriptor, constant })
    }

    fn method(&mut self) -> Result<ExportedMethod, ExportError> {
        let (token, flags) = (self.u8()?, AccessFlags(self.u16()?));
        Ok(ExportedMethod { token, flags, name: self.text()?, descriptor: self.text()? })
    }
}

impl ExportedClass {
    /// How many virtual method tokens the listed methods take up, from zero on.
    pub fn virtual_tokens(&self) -> u8 {
        let tokens = self
            .methods
            .iter()
            .filter(|method| self.method_kind(method) == crate::api::MemberKind::VirtualMethod)
            .map(|method| method.token.saturating_add(1));
        tokens.max().unwrap_or_default()
    }
}

impl From<Short> for ExportError {
    fn from(short: Short) -> Self {
        let reason = ExportErrorReason::Truncated { needed: short.needed, left: short.left };
        Self { offset: short.offset, reason }
    }
}
