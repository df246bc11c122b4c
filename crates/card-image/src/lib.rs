//! Java Card files: bytes to tables and back.

#[cfg(feature = "tools")]
pub mod classfile;
#[cfg(feature = "tools")]
pub mod jar;
