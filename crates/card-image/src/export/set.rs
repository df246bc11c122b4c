//! What is known of other packages, whether from the platform's table or from export files.

use alloc::string::String;
use alloc::vec::Vec;

use super::{AccessFlags, ExportFile, ExportedClass, ExportedField};
use crate::Aid;
use crate::api::{self, ApiVersion, MemberKind};
use crate::cap::{PackageInfo, Version};

/// The packages that can be imported: those of one release of the platform, and those of export files.
#[derive(Debug, Clone)]
pub struct ExportSet {
    api: ApiVersion,
    files: Vec<ExportFile>,
}

/// A package that can be imported.
#[derive(Debug, Clone, Copy)]
pub struct PackageView<'a>(PackageSource<'a>);

#[derive(Debug, Clone, Copy)]
enum PackageSource<'a> {
    Api(&'static api::Package, ApiVersion),
    File(&'a ExportFile),
}

/// A class or interface of such a package.
#[derive(Debug, Clone, Copy)]
pub struct ClassView<'a>(ClassSource<'a>);

#[derive(Debug, Clone, Copy)]
enum ClassSource<'a> {
    Api(&'static api::Class, ApiVersion),
    File(&'a ExportedClass),
}

/// A member of such a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberView<'a> {
    /// What it is, and with it the space of its token.
    pub kind: MemberKind,
    /// Its token; 0xFF for a constant.
    pub token: u8,
    /// Access.
    pub flags: AccessFlags,
    /// Its name.
    pub name: &'a str,
    /// Its descriptor, as class files write it.
    pub descriptor: &'a str,
    /// The value of a constant.
    pub constant: Option<i32>,
}

impl ExportSet {
    /// The platform's packages as of a release.
    pub fn platform(api: ApiVersion) -> Self {
        Self { api, files: Vec::new() }
    }

    /// Adds a package. One of the same AID that was added before is replaced; the platform's own cannot be.
    pub fn add(&mut self, file: ExportFile) {
        self.files.retain(|known| known.package.info.aid != file.package.info.aid);
        self.files.push(file);
    }

    /// The release whose packages these are.
    pub fn api(&self) -> ApiVersion {
        self.api
    }

    /// The package of an AID.
    pub fn package(&self, aid: &Aid) -> Option<PackageView<'_>> {
        self.packages().find(|package| package.aid() == Some(*aid))
    }

    /// The package of a name with slashes.
    pub fn package_by_name(&self, name: &str) -> Option<PackageView<'_>> {
        self.packages().find(|package| package.name() == name)
    }

    /// The class of a full name with slashes, and its package.
    pub fn class_by_name(&self, name: &str) -> Option<(PackageView<'_>, ClassView<'_>)> {
        let (package, _) = name.rsplit_once('/')?;
        let package = self.package_by_name(package)?;
        let class = package.classes().find(|class| class.name() == name)?;
        Some((package, class))
    }

    /// All packages, the platform's first.
    pub fn packages(&self) -> impl Iterator<Item = PackageView<'_>> {
        let api = api::packages()
            .filter_map(api::PackageId::get)
            .filter(|package| package.version(self.api).is_some())
            .map(|package| PackageView(PackageSource::Api(package, self.api)));
        api.chain(self.files.iter().map(|file| PackageView(PackageSource::File(file))))
    }
}

impl<'a> PackageView<'a> {
    /// Its name, with slashes.
    pub fn name(&self) -> &'a str {
        match self.0 {
            PackageSource::Api(package, _) => package.name,
            PackageSource::File(file) => &file.package.name,
        }
    }

    /// Its AID.
    pub fn aid(&self) -> Option<Aid> {
        self.info().map(|info| info.aid)
    }

    /// Its AID and version.
    pub fn info(&self) -> Option<PackageInfo> {
        match self.0 {
            PackageSource::Api(package, api) => {
                Some(PackageInfo { version: package.version(api)?, aid: package.aid()? })
            }
            PackageSource::File(file) => Some(file.package.info),
        }
    }

    /// Its version.
    pub fn version(&self) -> Option<Version> {
        self.info().map(|info| info.version)
    }

    /// Its classes and interfaces.
    pub fn classes(&self) -> impl Iterator<Item = ClassView<'a>> + use<'a> {
        let (api, file) = match self.0 {
            PackageSource::Api(package, api) => (Some((package, api)), None),
            PackageSource::File(file) => (None, Some(file)),
        };
        let api = api.into_iter().flat_map(|(package, api)| {
            let classes = package.classes().filter_map(api::ClassId::get);
            classes
                .filter(move |class| class.since <= api)
                .map(move |class| ClassView(ClassSource::Api(class, api)))
        });
        let file =
            file.into_iter().flat_map(|file| &file.classes).map(|class| ClassView(ClassSource::File(class)));
        api.chain(file)
    }

    /// The class of a token.
    pub fn class(&self, token: u8) -> Option<ClassView<'a>> {
        self.classes().find(|class| class.token() == token)
    }
}

impl<'a> ClassView<'a> {
    /// Its full name, with slashes.
    pub fn name(&self) -> &'a str {
        match self.0 {
            ClassSource::Api(class, _) => class.name,
            ClassSource::File(class) => &class.name,
        }
    }

    /// Its token.
    pub fn token(&self) -> u8 {
        match self.0 {
            ClassSource::Api(class, _) => class.token,
            ClassSource::File(class) => class.token,
        }
    }

    /// Access.
    pub fn flags(&self) -> AccessFlags {
        match self.0 {
            ClassSource::Api(class, _) => class.flags,
            ClassSource::File(class) => class.flags,
        }
    }

    /// Whether it is an interface.
    pub fn is_interface(&self) -> bool {
        self.flags().contains(AccessFlags::INTERFACE)
    }

    /// Full names of all public superclasses, in the order of the export file: the farthest first for the
    /// platform's.
    pub fn superclasses(&self) -> Vec<&'a str> {
        match self.0 {
            ClassSource::Api(class, _) => {
                let above = core::iter::successors(class.superclass, |id| id.get()?.superclass);
                let mut names: Vec<&str> =
                    above.filter_map(api::ClassId::get).map(|class| class.name).collect();
                names.reverse();
                names
            }
            ClassSource::File(class) => class.superclasses.iter().map(String::as_str).collect(),
        }
    }

    /// Full names of all interfaces that it implements or extends.
    pub fn interfaces(&self) -> Vec<&'a str> {
        match self.0 {
            ClassSource::Api(class, _) => {
                class.interfaces.iter().filter_map(|id| id.get()).map(|class| class.name).collect()
            }
            ClassSource::File(class) => class.interfaces.iter().map(String::as_str).collect(),
        }
    }

    /// Its members, inherited virtual methods included.
    pub fn members(&self) -> impl Iterator<Item = MemberView<'a>> + use<'a> {
        let (api, file) = match self.0 {
            ClassSource::Api(class, api) => (Some((class, api)), None),
            ClassSource::File(class) => (None, Some(class)),
        };
        let api = api.into_iter().flat_map(|(class, api)| {
            let members = class.members().filter_map(api::MemberId::get);
            members.filter(move |member| member.since <= api).map(|member| MemberView {
                kind: member.kind,
                token: member.token,
                flags: member.flags,
                name: member.name,
                descriptor: member.descriptor,
                constant: member.constant,
            })
        });
        api.chain(file.into_iter().flat_map(file_members))
    }

    /// The member of a kind and token.
    pub fn member(&self, kind: MemberKind, token: u8) -> Option<MemberView<'a>> {
        self.members().find(|member| member.kind == kind && member.token == token)
    }

    /// Access and descriptor of the instance field of a token. The platform's classes have none.
    pub fn instance_field(&self, token: u8) -> Option<(AccessFlags, &'a str)> {
        match self.0 {
            ClassSource::Api(..) => None,
            ClassSource::File(class) => {
                let own = |field: &&'a ExportedField| {
                    field.token == token && !field.flags.contains(AccessFlags::STATIC)
                };
                class.fields.iter().find(own).map(|field| (field.flags, field.descriptor.as_str()))
            }
        }
    }

    /// The token of the instance field of a name and type that the class itself declares.
    pub fn instance_field_token(&self, name: &str, descriptor: &str) -> Option<u8> {
        match self.0 {
            ClassSource::Api(..) => None,
            ClassSource::File(class) => {
                let own = |field: &&'a ExportedField| {
                    field.name == name
                        && field.descriptor == descriptor
                        && !field.flags.contains(AccessFlags::STATIC)
                };
                class.fields.iter().find(own).map(|field| field.token)
            }
        }
    }

    /// How many virtual method tokens a subclass in a CAP file of format 2.2 or older inherits.
    pub fn virtual_tokens(&self) -> u8 {
        let tokens = self.members().filter(|member| member.kind == MemberKind::VirtualMethod);
        tokens.map(|member| member.token.saturating_add(1)).max().unwrap_or_default()
    }
}

fn file_members(class: &ExportedClass) -> impl Iterator<Item = MemberView<'_>> {
    let fields = class.fields.iter().filter_map(|field| {
        Some(MemberView {
            kind: field.kind()?,
            token: field.token,
            flags: field.flags,
            name: &field.name,
            descriptor: &field.descriptor,
            constant: field.constant,
        })
    });
    let methods = class.methods.iter().map(|method| MemberView {
        kind: class.method_kind(method),
        token: method.token,
        flags: method.flags,
        name: &method.name,
        descriptor: &method.descriptor,
        constant: None,
    });
    fields.chain(methods)
}
