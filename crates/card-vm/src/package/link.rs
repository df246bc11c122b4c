//! From a CAP file to a [`Package`] (JCVM 4.4): imports, classes and methods in tables, constants resolved.
//!
//! Linking proves nothing about types. A file that the verifier accepted links to code that runs as it was
//! verified; an unverified one may link to nonsense, which the machine answers with faults and exceptions.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use card_image::api;
use card_image::cap::{
    ArrayType, CapFile, ClassEntry, ClassExport, ClassOffset, Constant, Descriptor, ExportComponent,
    MethodOffset, PackageInfo, PackageToken, PoolIndex, StaticMethodRef,
};
use card_image::opcode::DecodeError;
use card_image::verify::VerifiedCap;

use super::hierarchy;
use super::resolve::{Imported, Resolver};
use super::translate;
use super::{AppletClass, Exported, ExportedPackage, MethodIndex, Package, PlatformPackage, StaticImage};
use crate::heap::Kind;
use crate::limits;

/// Why a file can not be linked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum LinkError {
    #[error("the imported package {package} is not on the card")]
    NoPackage { package: PackageInfo },
    #[error("no package is imported as {}", token.0)]
    NoImport { token: PackageToken },
    #[error("package {package} has no class {class}")]
    NoClass { package: PackageInfo, class: u8 },
    #[error("package {package} of the platform has no class {class}")]
    NoPlatformClass { package: &'static str, class: u8 },
    #[error("class {class} of package {package} has no member {token}")]
    NoMember { package: PackageInfo, class: u8, token: u8 },
    #[error("class {class} of the platform has no method {token}")]
    NoPlatformMethod { class: &'static str, token: u8 },
    #[error("static field {token} of class {class} of the platform is not implemented")]
    PlatformField { class: &'static str, token: u8 },
    #[error("{class}.{name}{descriptor} is not implemented")]
    NotImplemented { class: &'static str, name: &'static str, descriptor: &'static str },
    #[error("no class begins at byte {} of the Class component", offset.0)]
    NoClassAt { offset: ClassOffset },
    #[error("class {index} refers to one that comes later")]
    ClassOrder { index: u16 },
    #[error("class {class} has no virtual method {token}")]
    NoVirtualMethod { class: u16, token: u8 },
    #[error("{offset}: no method begins there")]
    NoMethodAt { offset: MethodOffset },
    #[error("constant {} does not exist", index.0)]
    NoConstant { index: PoolIndex },
    #[error("constant {} is a {constant:?}, which the instruction can not use", index.0)]
    WrongConstant { index: PoolIndex, constant: Constant },
    #[error("{method}: {error}")]
    Decode { method: MethodOffset, error: DecodeError },
    #[error("{method}: the instruction at {at} has a wrong operand")]
    Operand { method: MethodOffset, at: u16 },
    #[error("{method}: a branch to {target}, where no instruction begins")]
    Branch { method: MethodOffset, target: i32 },
    #[error("{method}: the instruction at {at} names local variable {local}, which is not there")]
    Local { method: MethodOffset, at: u16, local: u8 },
    #[error("{method}: the operand stack runs over or under at {at}")]
    Stack { method: MethodOffset, at: u16 },
    #[error("{method}: it needs {words} words, more than there can be")]
    Window { method: MethodOffset, words: u16 },
    #[error("{what} is too large")]
    TooLarge { what: &'static str },
}

/// Links files for cards with one platform.
#[derive(Clone, Copy, Debug)]
pub struct Linker<'a> {
    platform: &'a PlatformPackage,
    libraries: &'a [Arc<Package>],
}

impl<'a> Linker<'a> {
    /// A linker that finds imports among the platform's packages and `libraries`.
    #[must_use]
    pub fn new(platform: &'a PlatformPackage, libraries: &'a [Arc<Package>]) -> Linker<'a> {
        Linker { platform, libraries }
    }

    /// Links a file that the verifier accepted.
    ///
    /// # Errors
    /// An import that is not there, or a member of the platform that is not implemented.
    pub fn link(&self, cap: &VerifiedCap) -> Result<Package, LinkError> {
        self.link_unverified(cap.cap())
    }

    /// Links a file that no verifier has seen. Running it can harm what its own package owns, and nothing else.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn link_unverified(&self, cap: &CapFile) -> Result<Package, LinkError> {
        let (imported, libraries) = self.imports(cap)?;
        let class_indexes = (0..=u16::MAX)
            .zip(cap.class.with_offsets(cap.header.format))
            .map(|(index, (offset, _))| (offset, index))
            .collect();
        let methods: Vec<MethodOffset> = method_offsets(cap).into_iter().collect();
        let method_indexes = methods.iter().copied().zip(0..=u16::MAX).collect();
        let mut resolver = Resolver {
            cap,
            platform: self.platform,
            imported,
            libraries,
            class_indexes,
            method_indexes,
            methods,
            classes: Vec::new(),
            shapes: Vec::new(),
        };
        hierarchy::classes(&mut resolver)?;
        let code = translate::methods(&mut resolver)?;
        let exports = exports(&resolver)?;
        let applets = applets(&resolver)?;
        Ok(Package {
            info: cap.header.package,
            imports: resolver.libraries.into(),
            classes: resolver.classes.into(),
            methods: code.methods.into(),
            switches: code.tables.switches.into(),
            types: code.tables.types.into(),
            statics: statics(cap)?,
            exports: exports.into(),
            applets: applets.into(),
            resources: resources(cap),
        })
    }

    /// What each import stands for, and all libraries that are imported, directly or not.
    fn imports(&self, cap: &CapFile) -> Result<(Vec<Imported>, Vec<Arc<Package>>), LinkError> {
        let mut libraries: Vec<Arc<Package>> = Vec::new();
        let mut imported = Vec::new();
        for package in &cap.import.packages {
            let missing = LinkError::NoPackage { package: *package };
            if let Some(id) = api::package_by_aid(&package.aid) {
                let newest = id.get().and_then(api::Package::newest).ok_or(missing)?;
                if !newest.satisfies(package.version) {
                    return Err(missing);
                }
                imported.push(Imported::Platform(id));
                continue;
            }
            let found =
                self.libraries.iter().find_map(|library| Some((library, library.exporting(package)?)));
            let (library, exports) = found.ok_or(missing)?;
            imported.push(Imported::Loaded { library: add(&mut libraries, library), exports });
        }
        for at in 0..libraries.len() {
            let Some(library) = libraries.get(at).cloned() else { break };
            for further in &library.imports {
                add(&mut libraries, further);
            }
        }
        if libraries.len() > limits::IMPORTS {
            return Err(LinkError::TooLarge { what: "the number of imported packages" });
        }
        Ok((imported, libraries))
    }
}

fn add(libraries: &mut Vec<Arc<Package>>, library: &Arc<Package>) -> u8 {
    match libraries.iter().position(|known| Arc::ptr_eq(known, library)) {
        Some(index) => index as u8,
        None => {
            libraries.push(Arc::clone(library));
            (libraries.len() - 1) as u8
        }
    }
}

/// Where methods begin, in ascending order: wherever anything in the file says that one does.
fn method_offsets(cap: &CapFile) -> BTreeSet<MethodOffset> {
    let mut offsets = BTreeSet::new();
    for constant in &cap.constant_pool.entries {
        if let Constant::StaticMethod(StaticMethodRef::Internal(offset)) = constant {
            offsets.insert(*offset);
        }
    }
    for entry in &cap.class.entries {
        if let ClassEntry::Class(class) = entry {
            let all = class.public_methods.iter().chain(&class.package_methods);
            offsets.extend(all.filter(|offset| !offset.is_inherited()));
        }
    }
    let exported = cap.export.iter().flat_map(ExportComponent::classes);
    offsets.extend(exported.flat_map(|class| &class.static_methods));
    offsets.extend(cap.applet.iter().flat_map(|applet| &applet.applets).map(|applet| applet.install));
    for class in cap.descriptor.iter().flat_map(Descriptor::classes) {
        if !class.flags.is_interface() {
            offsets.extend(class.methods.iter().map(|method| method.offset));
        }
    }
    offsets
}

/// What each package that others can name exports: the file's one, or the public ones of an extended file.
fn exports(resolver: &Resolver<'_>) -> Result<Vec<ExportedPackage>, LinkError> {
    let cap = resolver.cap;
    let export = |class: &ClassExport| {
        let index = resolver.class_indexes.get(&class.class);
        let methods: Result<Vec<_>, _> =
            class.static_methods.iter().map(|offset| resolver.method_at(*offset).map(MethodIndex)).collect();
        Ok(Exported {
            class: *index.ok_or(LinkError::NoClassAt { offset: class.class })?,
            fields: class.static_fields.iter().map(|offset| offset.0).collect(),
            methods: methods?.into(),
        })
    };
    let mut exported = cap.export.iter().flat_map(|component| &component.packages);
    let package = |info: &PackageInfo| {
        let classes = exported.next().map_or(&[][..], |package| &package.classes);
        let classes: Result<Vec<_>, _> = classes.iter().map(export).collect();
        Ok(ExportedPackage { info: *info, classes: classes?.into() })
    };
    cap.header.packages().map(package).collect()
}

fn resources(cap: &CapFile) -> Box<[(u16, Box<[u8]>)]> {
    let all = cap.static_resources.iter().flat_map(|component| &component.resources);
    all.map(|resource| (resource.id, resource.bytes.as_slice().into())).collect()
}

fn applets(resolver: &Resolver<'_>) -> Result<Vec<AppletClass>, LinkError> {
    let applets = resolver.cap.applet.iter().flat_map(|applet| &applet.applets);
    applets
        .map(|applet| {
            let install = MethodIndex(resolver.method_at(applet.install)?);
            Ok(AppletClass { aid: applet.aid, install })
        })
        .collect()
}

fn statics(cap: &CapFile) -> Result<StaticImage, LinkError> {
    let image = &cap.static_field;
    let size = u16::try_from(image.computed_image_size());
    let size = size.map_err(|_| LinkError::TooLarge { what: "the static field image" })?;
    if size > limits::ARRAY_ELEMENTS {
        return Err(LinkError::TooLarge { what: "the static field image" });
    }
    let arrays = image.array_inits.iter().map(|array| (kind_of(array.element), array.values.clone()));
    Ok(StaticImage {
        size,
        references: image.reference_count,
        arrays: arrays.collect(),
        values: image.non_default_values.clone(),
    })
}

/// The kind of an array of primitive values.
pub(super) fn kind_of(element: ArrayType) -> Kind {
    match element {
        ArrayType::Boolean => Kind::Booleans,
        ArrayType::Byte => Kind::Bytes,
        ArrayType::Short => Kind::Shorts,
        ArrayType::Int => Kind::Ints,
    }
}
