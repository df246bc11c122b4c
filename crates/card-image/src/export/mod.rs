//! Export files: what a package offers to others, by name and by token (JCVM 3.1, chapter 5).
//!
//! [`ExportFile`] is one file, read and written, or told from a CAP file. [`ExportSet`] answers what the converter and the verifier ask of
//! other packages: the platform's come from [`crate::api`], all others from their export files.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod card;
mod flags;
mod limits;
mod read;
mod set;
mod write;

use alloc::string::String;
use alloc::vec::Vec;

pub use card::CapExportError;
pub use flags::AccessFlags;
pub use read::{ExportError, ExportErrorReason};
pub use set::{ClassView, ExportSet, MemberView, PackageView};
pub use write::ExportTooLarge;

use crate::api::MemberKind;
use crate::cap::PackageInfo;

/// The versions of the format of export files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExportFormat {
    /// 2.1
    V2_1,
    /// 2.2, laid out as 2.1.
    V2_2,
    /// 2.3: referenced packages, and how many methods older files inherit.
    V2_3,
}

/// What an export file tells of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// The format of the file.
    pub format: ExportFormat,
    /// The package.
    pub package: ExportedPackage,
    /// Packages that the exported classes refer to, since format 2.3.
    pub referenced: Vec<ExportedPackage>,
    /// The classes, in the order of the file.
    pub classes: Vec<ExportedClass>,
}

/// A package with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedPackage {
    /// Its name, with slashes.
    pub name: String,
    /// Its AID and version.
    pub info: PackageInfo,
    /// It defines no applets.
    pub library: bool,
}

/// An exported class or interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedClass {
    /// Its token.
    pub token: u8,
    /// Access.
    pub flags: AccessFlags,
    /// Its full name, with slashes.
    pub name: String,
    /// All public superclasses, by full name.
    pub superclasses: Vec<String>,
    /// All public interfaces, by full name.
    pub interfaces: Vec<String>,
    /// Public and protected static fields and constants, and instance fields.
    pub fields: Vec<ExportedField>,
    /// Public and protected methods, inherited virtual and interface methods included.
    pub methods: Vec<ExportedMethod>,
    /// How many virtual method tokens a subclass in a CAP file of format 2.2 or older inherits; written since 2.3.
    pub inheritable: u8,
}

/// An exported field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedField {
    /// Its token; 0xFF for a constant.
    pub token: u8,
    /// Access.
    pub flags: AccessFlags,
    /// Its name.
    pub name: String,
    /// Its descriptor, as class files write it.
    pub descriptor: String,
    /// The value of a constant.
    pub constant: Option<i32>,
}

/// An exported method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedMethod {
    /// Its token.
    pub token: u8,
    /// Access.
    pub flags: AccessFlags,
    /// Its name; `<init>` for a constructor.
    pub name: String,
    /// Its descriptor, as class files write it.
    pub descriptor: String,
}

impl ExportedClass {
    /// Whether it is an interface.
    pub fn is_interface(&self) -> bool {
        self.flags.contains(AccessFlags::INTERFACE)
    }

    fn method_kind(&self, method: &ExportedMethod) -> MemberKind {
        if method.flags.contains(AccessFlags::STATIC) || method.name == "<init>" {
            MemberKind::StaticMethod
        } else if self.is_interface() {
            MemberKind::InterfaceMethod
        } else {
            MemberKind::VirtualMethod
        }
    }
}

impl ExportedField {
    fn kind(&self) -> Option<MemberKind> {
        match (self.flags.contains(AccessFlags::STATIC), self.constant) {
            (true, Some(_)) => Some(MemberKind::Constant),
            (true, None) => Some(MemberKind::StaticField),
            // an instance field has a token of a space that nothing here asks for
            (false, _) => None,
        }
    }
}
