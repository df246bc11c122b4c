//! Hard limits of CAP files, each with its clause in the Java Card Virtual Machine Specification 3.1.

/// Shortest AID (4.2.1).
pub const MIN_AID: usize = 5;
/// Longest AID (4.2.1).
pub const MAX_AID: usize = 16;
/// Bytes of bytecode in one method (2.2.4.5).
pub const MAX_METHOD_BYTES: usize = 32_767;
/// Blocks of an extended Method component (6.10).
pub const MAX_BLOCKS: usize = 127;
/// Bytes of one block of an extended Method component (6.10).
pub const MAX_BLOCK: usize = 65_535;
/// Words of arguments or of locals that a short method header can say (6.10.2).
pub const MAX_SHORT_WORDS: u8 = 15;
/// Package token of an import: the high bit tells it from an internal offset (6.8).
pub const MAX_PACKAGE_TOKEN: u8 = 127;
/// Offset into the Class component: 15 bits, so that it can be told from a package token (6.8.1).
pub const MAX_CLASS_OFFSET: u16 = 0x7FFF;
/// Interfaces of a class, and superinterfaces of an interface, as four bits can count them (6.9.2).
pub const MAX_INTERFACES: u8 = 15;
/// Bytes of one static resource (6.16).
pub const MAX_RESOURCE: u32 = 32_767;
