//! Office files from the outside: ZIP archives of XML parts (ECMA-376, part 2), written and read.
//!
//! Writing is deterministic: parts stand in the order in which they were added and carry one fixed time. Reading
//! trusts nothing: how many parts, how large each is once unpacked, and how deep XML nests are limited before
//! any of it is kept (see [`limits`]), and document type declarations, which entities could come from, are refused.

pub(crate) mod limits;
mod package;
mod xml;

pub use package::PackageError;
pub(crate) use package::{PackageReader, PackageWriter};
pub use xml::XmlError;
pub(crate) use xml::{Element, Event, XmlReader};
