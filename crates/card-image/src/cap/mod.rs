//! CAP files: the binary form of packages (Java Card Virtual Machine Specification 3.1, chapter 6).
//!
//! A [`CapFile`] is what the bytes say, component by component, and no more: every item has its type and its
//! place, but whether the components agree with each other and whether the methods are type-safe is decided by
//! [`crate::verify`]. Reading and writing are inverse to each other: the same components come out again byte
//! for byte, but for the sizes in the Directory, which are computed.
//!
//! The formats 2.1, 2.2 and 2.3 are read and written. Format 2.2 adds the package's name, the signature pool and the
//! size of the Debug component; format 2.3 static resources, the mapping of virtual method tokens, and the extended
//! form. An extended file holds several packages, public and private ones, and methods in blocks of up to 64 KiB. Both
//! forms have one type here: what an extended file has several of, a compact file has one of. Which form a file has is
//! its [`CapFormat`], which every part that is laid out differently is read and written by.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod codec;
mod error;
mod file;
mod index;
pub mod limits;

mod applet;
mod class;
mod constant_pool;
mod debug;
mod descriptor;
mod directory;
mod export;
mod flags;
mod header;
mod import;
mod method;
mod reference_location;
mod resources;
mod static_field;
mod types;

#[cfg(feature = "tools")]
mod jar;
mod load_file;

pub use applet::{AppletComponent, AppletEntry};
pub use class::{
    ClassComponent, ClassEntry, ClassInfo, ImplementedInterface, InterfaceInfo, RemoteInterfaces,
    RemoteMethod, TokenMapping,
};
pub use codec::ComponentTag;
pub use constant_pool::{Constant, ConstantPool};
pub use debug::{
    ClassDebug, DebugInfo, FieldDebug, LineDebug, MethodDebug, PackageDebug, StringIndex, VariableDebug,
};
pub use descriptor::{
    ClassDescriptor, Descriptor, FieldDescriptor, FieldPlace, FieldType, MethodDescriptor, PackageDescriptor,
};
pub use directory::{CustomComponent, Directory};
pub use error::{CapError, CapErrorReason};
pub use export::{ClassExport, ExportComponent, PackageExport};
pub use file::{CapFile, Components};
pub use flags::{ClassFlags, FieldFlags, MethodFlags, PackageFlags};
pub use header::{CapFormat, Header, PackageInfo, PublicPackage, Version};
pub use import::Import;
pub use index::{
    ClassOffset, ClassRef, MethodOffset, PackageToken, PoolIndex, StaticFieldRef, StaticMethodRef,
    StaticOffset, TypeOffset,
};
#[cfg(feature = "tools")]
pub use jar::{CapJarError, JarLabels};
pub use load_file::LoadFileError;
pub use method::{ExceptionHandler, MethodBlock, MethodComponent, MethodHeader};
pub use reference_location::{ReferenceLocation, ReferencePlaces};
pub use resources::{StaticResource, StaticResources};
pub use static_field::{ArrayInit, StaticField};
pub use types::{ArrayType, Type, TypeDescriptor, TypeError};
