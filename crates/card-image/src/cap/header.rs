//! Component 1, Header (JCVM 6.4): what the file is and which packages it defines.
//!
//! ```text
//! u4 magic 0xDECAFFED | u1 format minor, major | u1 flags | package_info | [2.2: u1 length, package name]
//! extended:  ... | u1 flags | package_info of the file | u1 count | package_info... | u1 length, package name...
//! package_info = u1 minor | u1 major | u1 length | AID
//! ```
//! An extended file has an AID and a version of its own, and lists its public packages. Its private ones have neither
//! AID nor version and stand in the Descriptor alone.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::codec::{Cursor, finish, write_aid};
use super::{CapError, CapErrorReason, ComponentTag, PackageFlags};
use crate::aid::Aid;
use crate::bytes::Writer;

const MAGIC: u32 = 0xDECA_FFED;

/// The versions of the CAP format that are read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapFormat {
    /// 2.1: what most converters make for API 2.x and 3.0.x.
    V2_1,
    /// 2.2: package names, remote interfaces.
    V2_2,
    /// 2.3: static resources, mapping of virtual method tokens; API 3.1 and later.
    V2_3,
    /// 2.3 in the extended form: several packages, several blocks of methods (JCVM 6.2).
    Extended2_3,
}

impl CapFormat {
    /// Major and minor version.
    pub fn version(self) -> Version {
        let minor = match self {
            Self::V2_1 => 1,
            Self::V2_2 => 2,
            Self::V2_3 | Self::Extended2_3 => 3,
        };
        Version { major: 2, minor }
    }

    /// Whether the file has the extended form.
    pub fn is_extended(self) -> bool {
        match self {
            Self::Extended2_3 => true,
            Self::V2_1 | Self::V2_2 | Self::V2_3 => false,
        }
    }
}

/// A package's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Changes when the package becomes incompatible.
    pub major: u8,
    /// Changes when something is added.
    pub minor: u8,
}

impl Version {
    /// Whether a package of this version can stand in for one of version `needed` (JCVM 4.5.2).
    pub fn satisfies(self, needed: Self) -> bool {
        self.major == needed.major && self.minor >= needed.minor
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A package's AID and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PackageInfo {
    /// Version.
    pub version: Version,
    /// AID.
    pub aid: Aid,
}

impl fmt::Display for PackageInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.aid, self.version)
    }
}

impl PackageInfo {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, CapError> {
        let (minor, major) = (cursor.u8()?, cursor.u8()?);
        Ok(Self { version: Version { major, minor }, aid: cursor.aid()? })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.u8(self.version.minor);
        writer.u8(self.version.major);
        write_aid(writer, &self.aid);
    }
}

/// The Header component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The format of the whole file.
    pub format: CapFormat,
    /// What the package has.
    pub flags: PackageFlags,
    /// The package; of an extended file, the file itself.
    pub package: PackageInfo,
    /// The package's name with slashes, since format 2.2; empty or `None` when the file does not tell it. An
    /// extended file has none.
    pub name: Option<String>,
    /// The public packages of an extended file; none in a compact one.
    pub public: Vec<PublicPackage>,
}

/// A package of an extended file that others may import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicPackage {
    /// Its AID and version.
    pub info: PackageInfo,
    /// Its name with slashes; may be empty.
    pub name: String,
}

impl Header {
    /// The packages that others can name: the one of a compact file, the public ones of an extended file.
    pub fn packages(&self) -> impl Iterator<Item = &PackageInfo> {
        let own = (!self.format.is_extended()).then_some(&self.package);
        own.into_iter().chain(self.public.iter().map(|package| &package.info))
    }

    /// Whether the info of a Header component says that the file is extended, in a format that has that form.
    pub(super) fn is_extended(info: &[u8]) -> bool {
        matches!(info, [_, _, _, _, 3, 2, flags, ..] if PackageFlags(*flags).is_extended())
    }

    pub(super) fn parse(mut cursor: Cursor<'_>) -> Result<Self, CapError> {
        let magic = cursor.u32()?;
        if magic != MAGIC {
            return Err(cursor.error(0, CapErrorReason::Magic(magic)));
        }
        let (minor, major) = (cursor.u8()?, cursor.u8()?);
        let flags = PackageFlags(cursor.u8()?);
        let format = match (major, minor, flags.is_extended()) {
            (2, 1, false) => CapFormat::V2_1,
            (2, 2, false) => CapFormat::V2_2,
            (2, 3, false) => CapFormat::V2_3,
            (2, 3, true) => CapFormat::Extended2_3,
            (2, 1 | 2, true) => return Err(cursor.error(6, CapErrorReason::Extended)),
            _ => return Err(cursor.error(4, CapErrorReason::Format { major, minor })),
        };
        let package = PackageInfo::read(&mut cursor)?;
        let (mut name, mut public) = (None, Vec::new());
        if format.is_extended() {
            public = read_public(&mut cursor)?;
        } else if !cursor.is_empty() {
            name = Some(read_name(&mut cursor)?);
        }
        cursor.finish()?;
        Ok(Self { format, flags, package, name, public })
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, CapError> {
        let mut writer = Writer::default();
        writer.u32(MAGIC);
        let version = self.format.version();
        writer.u8(version.minor);
        writer.u8(version.major);
        let extended = if self.format.is_extended() { PackageFlags::EXTENDED.0 } else { 0 };
        writer.u8(self.flags.0 & !PackageFlags::EXTENDED.0 | extended);
        self.package.write(&mut writer);
        if self.format.is_extended() {
            writer.count_u8(self.public.len());
            self.public.iter().for_each(|package| package.info.write(&mut writer));
            self.public.iter().for_each(|package| write_name(&mut writer, &package.name));
        } else if let Some(name) = &self.name {
            write_name(&mut writer, name);
        }
        finish(ComponentTag::Header, writer)
    }
}

fn read_public(cursor: &mut Cursor<'_>) -> Result<Vec<PublicPackage>, CapError> {
    let count = cursor.u8()?;
    let infos = cursor.list(count.into(), PackageInfo::read)?;
    let named = |info| Ok(PublicPackage { info, name: read_name(cursor)? });
    infos.into_iter().map(named).collect()
}

fn write_name(writer: &mut Writer, name: &str) {
    writer.count_u8(name.len());
    writer.bytes(name.as_bytes());
}

fn read_name(cursor: &mut Cursor<'_>) -> Result<String, CapError> {
    let offset = cursor.position();
    let length = cursor.u8()?;
    let bytes = cursor.take(length.into())?;
    match core::str::from_utf8(bytes) {
        Ok(name) => Ok(String::from(name)),
        Err(_) => {
            Err(cursor.error(offset, CapErrorReason::Value { item: "package_name", value: length.into() }))
        }
    }
}
