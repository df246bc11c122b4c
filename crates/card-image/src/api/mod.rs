//! The platform's packages, classes and members: names, tokens, flags, descriptors, constants.
//!
//! The tables are made from `standards/javacard/api-*.tsv` when the crate is built; a row's number is its id, so
//! ids are stable for as long as rows are only added at the end. Tokens never moved between releases, so one table
//! serves all of them, and [`ApiVersion`] says since when something exists.
//!
//! Token spaces (JCVM 4.3.7): within a class static methods and constructors share one space, virtual methods have
//! another, static fields a third; the methods of an interface have their own. As in export files, a class lists
//! the public and protected virtual methods that it inherits as well, and an interface those of its superinterfaces.

mod lookup;

use core::fmt;
use core::ops::Range;
use core::str::FromStr;

pub use lookup::{class_by_name, class_by_token, find_class, find_member, package_by_aid, package_by_name};

use crate::Aid;
use crate::cap::Version;
use crate::export::AccessFlags;

include!(concat!(env!("OUT_DIR"), "/api_tables.rs"));

/// A release of the platform's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiVersion {
    /// 2.2.2, or the GlobalPlatform API, which does not follow the platform's releases.
    V2_2_2,
    /// 3.0.4
    V3_0_4,
    /// 3.0.5
    V3_0_5,
    /// 3.1
    V3_1,
    /// 3.2
    V3_2,
}

impl ApiVersion {
    /// The releases that packages can be converted for.
    pub const TARGETS: [Self; 3] = [Self::V3_0_5, Self::V3_1, Self::V3_2];
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V2_2_2 => "2.2.2",
            Self::V3_0_4 => "3.0.4",
            Self::V3_0_5 => "3.0.5",
            Self::V3_1 => "3.1",
            Self::V3_2 => "3.2",
        })
    }
}

/// The text names no release that packages can be converted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the API release is 3.0.5, 3.1 or 3.2")]
pub struct UnknownApiVersion;

impl FromStr for ApiVersion {
    type Err = UnknownApiVersion;

    fn from_str(text: &str) -> Result<Self, UnknownApiVersion> {
        match text {
            "3.0.5" => Ok(Self::V3_0_5),
            "3.1" | "3.1.0" => Ok(Self::V3_1),
            "3.2" | "3.2.0" => Ok(Self::V3_2),
            _ => Err(UnknownApiVersion),
        }
    }
}

/// A package of the platform: its row in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub u16);

/// A class or interface of the platform: its row in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u16);

/// A field or method of the platform: its row in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberId(pub u16);

/// A package.
#[derive(Debug)]
pub struct Package {
    /// Its name, with slashes.
    pub name: &'static str,
    aid: &'static [u8],
    versions: [Option<Version>; 3],
    classes: Range<u16>,
}

/// A class or interface.
#[derive(Debug)]
pub struct Class {
    /// Its package.
    pub package: PackageId,
    /// Its full name, with slashes.
    pub name: &'static str,
    /// Its token in the package.
    pub token: u8,
    /// Access.
    pub flags: AccessFlags,
    /// What it extends; `None` only for `java/lang/Object`. Interfaces extend `java/lang/Object`.
    pub superclass: Option<ClassId>,
    /// All interfaces that it implements or extends, directly or not.
    pub interfaces: &'static [ClassId],
    members: Range<u16>,
    /// In which release it came.
    pub since: ApiVersion,
}

/// What a member is, and with it the space of its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberKind {
    /// A constant without token: compilers put its value in place.
    Constant,
    /// A static field.
    StaticField,
    /// A static method or a constructor.
    StaticMethod,
    /// A virtual method of a class.
    VirtualMethod,
    /// A method of an interface.
    InterfaceMethod,
}

/// A field or method.
#[derive(Debug)]
pub struct Member {
    /// The class whose member it is, by declaration or inheritance.
    pub class: ClassId,
    /// What it is.
    pub kind: MemberKind,
    /// Its token among those of its kind; 0xFF for a constant.
    pub token: u8,
    /// Access.
    pub flags: AccessFlags,
    /// Its name; `<init>` for a constructor.
    pub name: &'static str,
    /// Its descriptor, as class files write it.
    pub descriptor: &'static str,
    /// The value of a constant.
    pub constant: Option<i32>,
    /// In which release it came.
    pub since: ApiVersion,
}

/// All packages.
pub fn packages() -> impl Iterator<Item = PackageId> {
    (0..PACKAGES.len() as u16).map(PackageId)
}

/// All classes and interfaces.
pub fn classes() -> impl Iterator<Item = ClassId> {
    (0..CLASSES.len() as u16).map(ClassId)
}

impl PackageId {
    /// Its row, if the table has so many.
    pub fn get(self) -> Option<&'static Package> {
        PACKAGES.get(usize::from(self.0))
    }
}

impl ClassId {
    /// Its row, if the table has so many.
    pub fn get(self) -> Option<&'static Class> {
        CLASSES.get(usize::from(self.0))
    }

    /// Whether it is `other`, extends it or implements it, directly or not.
    pub fn is_a(self, other: Self) -> bool {
        let mut class = Some(self);
        while let Some(id) = class {
            let Some(row) = id.get() else { return false };
            if id == other || row.interfaces.contains(&other) {
                return true;
            }
            class = row.superclass;
        }
        false
    }
}

impl MemberId {
    /// Its row, if the table has so many.
    pub fn get(self) -> Option<&'static Member> {
        MEMBERS.get(usize::from(self.0))
    }

    /// The member of the direct superclass that it overrides or repeats: same token, both virtual.
    pub fn of_superclass(self) -> Option<Self> {
        let member = self.get()?;
        if member.kind != MemberKind::VirtualMethod {
            return None;
        }
        member.class.get()?.superclass?.get()?.virtual_method(member.token)
    }
}

impl Package {
    /// Its AID; `None` never happens for a row of the table.
    pub fn aid(&self) -> Option<Aid> {
        Aid::new(self.aid).ok()
    }

    /// Its version in a release; `None` when the release does not have it.
    pub fn version(&self, api: ApiVersion) -> Option<Version> {
        let [v3_0_5, v3_1, v3_2] = self.versions;
        match api {
            ApiVersion::V2_2_2 | ApiVersion::V3_0_4 | ApiVersion::V3_0_5 => v3_0_5,
            ApiVersion::V3_1 => v3_1,
            ApiVersion::V3_2 => v3_2,
        }
    }

    /// Its newest version.
    pub fn newest(&self) -> Option<Version> {
        self.version(ApiVersion::V3_2)
    }

    /// Its classes and interfaces.
    pub fn classes(&self) -> impl Iterator<Item = ClassId> + use<> {
        self.classes.clone().map(ClassId)
    }
}

impl Class {
    /// Its members, inherited virtual methods included.
    pub fn members(&self) -> impl Iterator<Item = MemberId> + use<> {
        self.members.clone().map(MemberId)
    }

    /// Whether it is an interface.
    pub fn is_interface(&self) -> bool {
        self.flags.contains(AccessFlags::INTERFACE)
    }

    /// The static field of a token.
    pub fn static_field(&self, token: u8) -> Option<MemberId> {
        self.member(MemberKind::StaticField, token)
    }

    /// The static method or constructor of a token.
    pub fn static_method(&self, token: u8) -> Option<MemberId> {
        self.member(MemberKind::StaticMethod, token)
    }

    /// The virtual method of a token, declared or inherited.
    pub fn virtual_method(&self, token: u8) -> Option<MemberId> {
        self.member(MemberKind::VirtualMethod, token)
    }

    /// The method of an interface, declared or inherited.
    pub fn interface_method(&self, token: u8) -> Option<MemberId> {
        self.member(MemberKind::InterfaceMethod, token)
    }

    fn member(&self, kind: MemberKind, token: u8) -> Option<MemberId> {
        self.members().find(|id| id.get().is_some_and(|member| member.kind == kind && member.token == token))
    }
}
