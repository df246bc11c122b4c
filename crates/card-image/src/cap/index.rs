//! Indexes and offsets by which the components of a CAP file refer to one another, each of its own type.

use core::fmt;

/// Turns `Name, "prefix", "doc"` into a newtype around `u16` that displays with its prefix.
macro_rules! offsets {
    ($($(#[$doc:meta])* $name:ident $prefix:literal)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u16);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

offsets! {
    /// An entry of the constant pool.
    PoolIndex "#"
    /// Where an interface or class begins, in bytes from the start of the Class component's info.
    ClassOffset "class@"
    /// Where a static field's value begins, in bytes from the start of the static field image.
    StaticOffset "static@"
    /// Where a type begins, in bytes from the start of the Descriptor component's `type_descriptor_info`.
    TypeOffset "type@"
}

/// Where a method's header begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MethodOffset {
    /// The block of an extended Method component; 0 in a compact one, which is a single block.
    pub block: u8,
    /// Bytes from the start of the block; in a compact component, of the component's info.
    pub offset: u16,
}

impl MethodOffset {
    /// A place in a compact Method component, or in the first block of an extended one.
    pub const fn compact(offset: u16) -> Self {
        Self { block: 0, offset }
    }

    /// Whether it stands in a method table for a method that an imported superclass defines: 0xFFFF (JCVM 6.9.2.4).
    pub const fn is_inherited(self) -> bool {
        self.offset == 0xFFFF
    }
}

impl fmt::Display for MethodOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.block {
            0 => write!(f, "method@{}", self.offset),
            block => write!(f, "method@{block}:{}", self.offset),
        }
    }
}

/// An imported package: its index in the Import component (JCVM 4.3.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageToken(pub u8);

impl fmt::Display for PackageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "package {}", self.0)
    }
}

/// Which class: one of this file, or one of an imported package (`class_ref`, JCVM 6.8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClassRef {
    /// Of this file.
    Internal(ClassOffset),
    /// Of an imported package.
    External {
        /// The package.
        package: PackageToken,
        /// The class's token in it.
        class: u8,
    },
}

impl ClassRef {
    /// From the two bytes of a file; `None` for 0xFFFF, which stands for no class.
    pub fn from_raw(raw: u16) -> Option<Self> {
        match raw {
            0xFFFF => None,
            0x8000.. => Some(Self::External {
                package: PackageToken((raw >> 8) as u8 & 0x7F),
                class: (raw & 0xFF) as u8,
            }),
            _ => Some(Self::Internal(ClassOffset(raw))),
        }
    }

    /// As the two bytes of a file.
    pub fn to_raw(self) -> u16 {
        match self {
            Self::Internal(offset) => offset.0 & 0x7FFF,
            Self::External { package, class } => 0x8000 | u16::from(package.0 & 0x7F) << 8 | u16::from(class),
        }
    }
}

impl fmt::Display for ClassRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(offset) => offset.fmt(f),
            Self::External { package, class } => write!(f, "{package} class {class}"),
        }
    }
}

/// Which static field (JCVM 6.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StaticFieldRef {
    /// Of this file.
    Internal(StaticOffset),
    /// Of an imported package.
    External {
        /// The package.
        package: PackageToken,
        /// The class's token in it.
        class: u8,
        /// The field's token in the class.
        token: u8,
    },
}

/// Which static method, constructor or private method (JCVM 6.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StaticMethodRef {
    /// Of this file.
    Internal(MethodOffset),
    /// Of an imported package.
    External {
        /// The package.
        package: PackageToken,
        /// The class's token in it.
        class: u8,
        /// The method's token in the class.
        token: u8,
    },
}
