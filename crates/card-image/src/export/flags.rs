//! Access flags of export files (JCVM 5.7, tables 5-3 to 5-5).

use core::fmt;

/// Access of a class, field or method, as export files number it. Unknown bits are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AccessFlags(pub u16);

impl AccessFlags {
    /// Visible to all.
    pub const PUBLIC: Self = Self(0x0001);
    /// Visible in its package and in subclasses.
    pub const PROTECTED: Self = Self(0x0004);
    /// Of the class, not of its objects.
    pub const STATIC: Self = Self(0x0008);
    /// Not to be extended, overridden or set again.
    pub const FINAL: Self = Self(0x0010);
    /// An interface.
    pub const INTERFACE: Self = Self(0x0200);
    /// Without instances, or without code.
    pub const ABSTRACT: Self = Self(0x0400);
    /// An interface whose objects may be used across the firewall.
    pub const SHAREABLE: Self = Self(0x0800);
    /// A remote interface or class.
    pub const REMOTE: Self = Self(0x1000);

    /// Whether all bits of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl core::ops::BitOr for AccessFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for AccessFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (Self::PUBLIC, "public"),
            (Self::PROTECTED, "protected"),
            (Self::STATIC, "static"),
            (Self::FINAL, "final"),
            (Self::INTERFACE, "interface"),
            (Self::ABSTRACT, "abstract"),
            (Self::SHAREABLE, "shareable"),
            (Self::REMOTE, "remote"),
        ];
        let mut separator = "";
        for (_, word) in words.into_iter().filter(|(flag, _)| self.contains(*flag)) {
            write!(f, "{separator}{word}")?;
            separator = " ";
        }
        Ok(())
    }
}
