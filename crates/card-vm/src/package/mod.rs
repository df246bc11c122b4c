//! Linked packages: what a CAP file becomes before it runs.
//!
//! A [`Package`] is immutable and names nothing that belongs to one card, so all cards that loaded the same file on
//! the same libraries share one. It has no pointers into other packages' tables but the packages it imports.
//!
//! Class tables are flat: what a class inherits stands in its own table, so a virtual call is one look-up. To be
//! able to name all of it, a package counts as imported whatever the packages that it imports import.

pub mod code;
mod hierarchy;
mod link;
mod platform;
mod resolve;
mod translate;

pub use link::{LinkError, Linker};
pub use platform::PlatformPackage;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use card_image::Aid;
use card_image::cap::PackageInfo;

use crate::heap::Kind;
use card_image::api::MemberId;
use code::{Op, Place, ResultWords, Shape, Switch, Target, TestedType};

/// The code and tables of one package, ready to run on any card.
#[derive(Debug)]
pub struct Package {
    pub(crate) info: PackageInfo,
    pub(crate) imports: Box<[Arc<Package>]>,
    pub(crate) classes: Box<[ClassInfo]>,
    pub(crate) methods: Box<[Method]>,
    pub(crate) switches: Box<[Switch]>,
    pub(crate) types: Box<[TestedType]>,
    pub(crate) statics: StaticImage,
    pub(crate) exports: Box<[ExportedPackage]>,
    pub(crate) applets: Box<[AppletClass]>,
    /// Static resources with their numbers.
    pub(crate) resources: Box<[(u16, Box<[u8]>)]>,
}

impl Package {
    /// Its AID and version; of an extended file, the file's own.
    #[must_use]
    pub fn info(&self) -> &PackageInfo {
        &self.info
    }

    /// The packages under whose names others import it: itself, or the public packages of an extended file.
    pub fn exported(&self) -> impl Iterator<Item = &PackageInfo> {
        self.exports.iter().map(|package| &package.info)
    }

    /// The place among its exported packages of the one that can stand in for `wanted` (JCVM 4.5.2).
    fn exporting(&self, wanted: &PackageInfo) -> Option<u8> {
        let fits = |own: &PackageInfo| own.aid == wanted.aid && own.version.satisfies(wanted.version);
        self.exported().position(fits).map(|place| place as u8)
    }

    /// The packages that it imports, besides the platform's, and those that they import.
    #[must_use]
    pub fn imports(&self) -> &[Arc<Package>] {
        &self.imports
    }

    /// The static resource of a number.
    #[must_use]
    pub fn resource(&self, id: u16) -> Option<&[u8]> {
        self.resources.iter().find(|(own, _)| *own == id).map(|(_, bytes)| &**bytes)
    }

    /// Its applets and their `install` methods.
    #[must_use]
    pub fn applets(&self) -> &[AppletClass] {
        &self.applets
    }
}

/// An applet of a package.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AppletClass {
    /// The AID that the Applet component gives.
    pub aid: Aid,
    /// Its `install(byte[], short, byte)`.
    pub install: MethodIndex,
}

/// A method of a package, by its place in the table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MethodIndex(pub u16);

/// One method.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    /// Its instructions; none for an abstract method.
    pub(crate) code: Box<[Op]>,
    /// For each instruction the bytecode that it comes from, by its offset.
    pub(crate) origins: Box<[u16]>,
    /// In the order in which they are asked.
    pub(crate) handlers: Box<[Handler]>,
    /// What it takes and gives.
    pub(crate) shape: Shape,
    /// Words of arguments and local variables.
    pub(crate) locals: u8,
    /// The words up to here that are no arguments are zero when it begins.
    pub(crate) fresh: u8,
    /// Words of locals and operand stack.
    pub(crate) words: u16,
}

/// An exception handler: which bytecodes it covers, by their offsets, and the instruction at which it begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Handler {
    pub(crate) start: u16,
    pub(crate) end: u16,
    pub(crate) target: Target,
    /// What it catches; `None` for everything.
    pub(crate) catches: Option<Place>,
}

/// What a virtual method token leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dispatch {
    /// Bytecode.
    Method(Place),
    /// A native.
    Native(MemberId),
    /// Nothing: no class of the hierarchy has such a method.
    Absent,
}

/// A class or interface. Its places are as its package calls them.
#[derive(Clone, Debug)]
pub(crate) struct ClassInfo {
    pub(crate) is_interface: bool,
    /// It is, or implements, an interface that extends `Shareable`.
    pub(crate) shareable: bool,
    /// Its direct superclass; `None` for `Object`, and for interfaces.
    pub(crate) superclass: Option<Place>,
    /// Words of an instance that belong to ancestors.
    pub(crate) base: u16,
    /// Words of an instance, ancestors' included.
    pub(crate) words: u16,
    /// Which of these words are references.
    pub(crate) references: Vec<Range<u16>>,
    /// What public and protected virtual method tokens lead to, inherited ones included.
    pub(crate) public: Vec<Dispatch>,
    /// What package-visible ones lead to.
    pub(crate) package: Vec<Dispatch>,
    /// The interfaces that it or an ancestor implements, or that an interface extends; for each, the virtual method
    /// token for each of the interface's tokens (none for an interface).
    pub(crate) interfaces: Vec<(Place, Box<[u8]>)>,
    /// Of an interface: what the method of each token gives.
    pub(crate) results: Vec<ResultWords>,
}

/// A package's static fields as they begin (JCVM 6.11). Values are big-endian, as in the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct StaticImage {
    pub(crate) size: u16,
    /// References at the beginning of the image.
    pub(crate) references: u16,
    /// The arrays of the first references.
    pub(crate) arrays: Vec<(Kind, Vec<u8>)>,
    /// The bytes at the end of the image.
    pub(crate) values: Vec<u8>,
}

/// What others can import under one name.
#[derive(Clone, Debug)]
pub(crate) struct ExportedPackage {
    pub(crate) info: PackageInfo,
    /// By token.
    pub(crate) classes: Box<[Exported]>,
}

/// An exported class, by its token.
#[derive(Clone, Debug)]
pub(crate) struct Exported {
    pub(crate) class: u16,
    pub(crate) fields: Box<[u16]>,
    pub(crate) methods: Box<[MethodIndex]>,
}
