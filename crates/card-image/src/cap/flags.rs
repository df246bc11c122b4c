//! Access flags, kept as the file has them: unknown bits survive a round trip.

use core::fmt;

/// Turns `Type(width): CONSTANT = bit "word" test_name "doc"` rows into a flag type with constants, tests, a
/// union by `|` and a `Display` that lists the words.
macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident { $($(#[$bit_doc:meta])* $constant:ident = $bit:literal $word:literal $test:ident)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $name(pub u8);

        impl $name {
            $($(#[$bit_doc])* pub const $constant: Self = Self($bit);)*

            $($(#[$bit_doc])* pub const fn $test(self) -> bool { self.0 & $bit != 0 })*
        }

        impl core::ops::BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut separator = "";
                for (bit, word) in [$(($bit, $word)),*] {
                    if self.0 & bit != 0 {
                        write!(f, "{separator}{word}")?;
                        separator = " ";
                    }
                }
                Ok(())
            }
        }
    )*};
}

flags! {
    /// Flags of a package, in the Header component (JCVM 6.4).
    PackageFlags {
        /// The package uses `int`.
        INT = 0x01 "int" uses_int
        /// There is an Export component.
        EXPORT = 0x02 "export" has_export
        /// There is an Applet component.
        APPLET = 0x04 "applet" has_applets
        /// The file is in the extended format (since 2.3).
        EXTENDED = 0x08 "extended" is_extended
    }
    /// Flags of a class or interface, in the Descriptor component (JCVM 6.14.1).
    ClassFlags {
        /// Visible outside of its package.
        PUBLIC = 0x01 "public" is_public
        /// No class may extend it.
        FINAL = 0x10 "final" is_final
        /// An interface.
        INTERFACE = 0x40 "interface" is_interface
        /// No instances.
        ABSTRACT = 0x80 "abstract" is_abstract
    }
    /// Flags of a field, in the Descriptor component (JCVM 6.14.2).
    FieldFlags {
        /// Visible to all.
        PUBLIC = 0x01 "public" is_public
        /// Visible in its class.
        PRIVATE = 0x02 "private" is_private
        /// Visible in its package and in subclasses.
        PROTECTED = 0x04 "protected" is_protected
        /// Of the class, not of its objects.
        STATIC = 0x08 "static" is_static
        /// Set once.
        FINAL = 0x10 "final" is_final
    }
    /// Flags of a method, in the Descriptor component (JCVM 6.14.3).
    MethodFlags {
        /// Visible to all.
        PUBLIC = 0x01 "public" is_public
        /// Visible in its class.
        PRIVATE = 0x02 "private" is_private
        /// Visible in its package and in subclasses.
        PROTECTED = 0x04 "protected" is_protected
        /// Needs no object.
        STATIC = 0x08 "static" is_static
        /// Not to be overridden.
        FINAL = 0x10 "final" is_final
        /// Without code.
        ABSTRACT = 0x40 "abstract" is_abstract
        /// A constructor.
        INIT = 0x80 "init" is_init
    }
}
