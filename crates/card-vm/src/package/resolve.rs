//! What the constants of a CAP file mean: classes, methods and fields of the package, of the packages it imports, and
//! of the platform (JCVM 4.4, 6.8).

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use card_image::api::{self, ClassId, MemberId, PackageId};
use card_image::cap::{
    CapFile, ClassOffset, ClassRef, Constant, MethodOffset, PackageInfo, PackageToken, PoolIndex,
    StaticFieldRef, StaticMethodRef,
};

use super::code::{Origin, Place, ResultWords, Shape};
use super::link::LinkError;
use super::{ClassInfo, Dispatch, Exported, Package, PlatformPackage};

/// An imported package.
#[derive(Clone, Copy, Debug)]
pub(super) enum Imported {
    /// One of the platform's.
    Platform(PackageId),
    /// One that was loaded before, by its index among those that this package imports, and which of the packages that it
    /// exports is meant.
    Loaded { library: u8, exports: u8 },
}

/// What a call leads to when the class of the receiver does not matter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Callee {
    /// Bytecode.
    Method { place: Place, shape: Shape },
    /// A native.
    Native { member: MemberId, shape: Shape, receiver: bool },
}

/// The tables by which constants are resolved, as far as they are filled.
pub(super) struct Resolver<'a> {
    pub(super) cap: &'a CapFile,
    pub(super) platform: &'a PlatformPackage,
    /// By package token.
    pub(super) imported: Vec<Imported>,
    /// The loaded packages that this one imports, and all that those import.
    pub(super) libraries: Vec<Arc<Package>>,
    /// Class and method indexes by their offsets in the file.
    pub(super) class_indexes: BTreeMap<ClassOffset, u16>,
    pub(super) method_indexes: BTreeMap<MethodOffset, u16>,
    /// Where the methods begin, by their indexes.
    pub(super) methods: Vec<MethodOffset>,
    pub(super) classes: Vec<ClassInfo>,
    /// What the own methods take and give, by their indexes.
    pub(super) shapes: Vec<Shape>,
}

impl<'a> Resolver<'a> {
    pub(super) fn constant(&self, index: PoolIndex) -> Result<Constant, LinkError> {
        self.cap.constant_pool.get(index).copied().ok_or(LinkError::NoConstant { index })
    }

    fn imported(&self, token: PackageToken) -> Result<Imported, LinkError> {
        self.imported.get(usize::from(token.0)).copied().ok_or(LinkError::NoImport { token })
    }

    fn exported(&self, library: u8, exports: u8, class: u8) -> Result<(PackageInfo, &Exported), LinkError> {
        let package = self.library(library)?.exports.get(usize::from(exports));
        let package = package.ok_or(LinkError::NoImport { token: PackageToken(library) })?;
        let found = package.classes.get(usize::from(class));
        Ok((package.info, found.ok_or(LinkError::NoClass { package: package.info, class })?))
    }

    fn library(&self, library: u8) -> Result<&Package, LinkError> {
        let found = self.libraries.get(usize::from(library));
        found.map(Arc::as_ref).ok_or(LinkError::NoImport { token: PackageToken(library) })
    }

    fn platform_class(&self, package: PackageId, class: u8) -> Result<ClassId, LinkError> {
        api::class_by_token(package, class)
            .ok_or(LinkError::NoPlatformClass { package: name_of(package), class })
    }

    pub(super) fn class(&self, class: ClassRef) -> Result<Place, LinkError> {
        match class {
            ClassRef::Internal(offset) => match self.class_indexes.get(&offset) {
                Some(index) => Ok(Place { origin: Origin::Own, index: *index }),
                None => Err(LinkError::NoClassAt { offset }),
            },
            ClassRef::External { package, class } => match self.imported(package)? {
                Imported::Platform(package) => {
                    let id = self.platform_class(package, class)?;
                    Ok(Place { origin: Origin::Platform, index: id.0 })
                }
                Imported::Loaded { library, exports } => {
                    let index = self.exported(library, exports, class)?.1.class;
                    Ok(Place { origin: Origin::Import(library), index })
                }
            },
        }
    }

    /// The class that a constant names.
    pub(super) fn class_constant(&self, index: PoolIndex) -> Result<Place, LinkError> {
        match self.constant(index)? {
            Constant::Class(class) => self.class(class),
            constant => Err(LinkError::WrongConstant { index, constant }),
        }
    }

    /// What is known of a class; of an own one only when it comes before the class that is being made.
    pub(super) fn info(&self, place: Place) -> Option<&ClassInfo> {
        match place.origin {
            Origin::Own => self.classes.get(usize::from(place.index)),
            Origin::Platform => self.platform.class(ClassId(place.index)),
            Origin::Import(library) => {
                self.libraries.get(usize::from(library))?.classes.get(usize::from(place.index))
            }
        }
    }

    pub(super) fn known(&self, place: Place) -> Result<&ClassInfo, LinkError> {
        self.info(place).ok_or(LinkError::ClassOrder { index: place.index })
    }

    /// The word of an instance that a field constant names.
    pub(super) fn field(&self, index: PoolIndex) -> Result<u16, LinkError> {
        match self.constant(index)? {
            Constant::InstanceField { class, token } => {
                let info = self.known(self.class(class)?)?;
                Ok(info.base.saturating_add(u16::from(token)))
            }
            constant => Err(LinkError::WrongConstant { index, constant }),
        }
    }

    /// What a library calls `place`, as this package calls it. All that a library imports is imported here too.
    pub(super) fn translate(&self, library: u8, place: Place) -> Result<Place, LinkError> {
        let origin = match place.origin {
            Origin::Platform => Origin::Platform,
            Origin::Own => Origin::Import(library),
            Origin::Import(other) => {
                let missing = LinkError::NoImport { token: PackageToken(other) };
                let other = self.library(library)?.imports.get(usize::from(other)).ok_or(missing)?;
                let index = self.libraries.iter().position(|library| Arc::ptr_eq(library, other));
                Origin::Import(index.ok_or(missing)? as u8)
            }
        };
        Ok(Place { origin, index: place.index })
    }

    /// As [`Self::translate`], for a place that is said of the class at `class`.
    pub(super) fn translate_from(&self, class: Place, place: Place) -> Result<Place, LinkError> {
        match class.origin {
            Origin::Own | Origin::Platform => Ok(place),
            Origin::Import(library) => self.translate(library, place),
        }
    }

    /// The byte of a static image that a constant names.
    pub(super) fn static_field(&self, index: PoolIndex) -> Result<Place, LinkError> {
        let field = match self.constant(index)? {
            Constant::StaticField(field) => field,
            constant => return Err(LinkError::WrongConstant { index, constant }),
        };
        match field {
            StaticFieldRef::Internal(offset) => Ok(Place { origin: Origin::Own, index: offset.0 }),
            StaticFieldRef::External { package, class, token } => match self.imported(package)? {
                Imported::Platform(package) => {
                    let class = self.platform_class(package, class)?;
                    let name = class.get().map_or("", |row| row.name);
                    Err(LinkError::PlatformField { class: name, token })
                }
                Imported::Loaded { library, exports } => {
                    let (package, exported) = self.exported(library, exports, class)?;
                    let offset = exported.fields.get(usize::from(token));
                    let index = offset.copied().ok_or(LinkError::NoMember { package, class, token })?;
                    Ok(Place { origin: Origin::Import(library), index })
                }
            },
        }
    }

    /// The native behind a static field of the platform, which gives the field's value; `None` for other packages' fields.
    pub(super) fn platform_field(&self, index: PoolIndex) -> Result<Option<MemberId>, LinkError> {
        let Constant::StaticField(StaticFieldRef::External { package, class, token }) =
            self.constant(index)?
        else {
            return Ok(None);
        };
        let Imported::Platform(package) = self.imported(package)? else { return Ok(None) };
        let class = self.platform_class(package, class)?;
        let name = class.get().map_or("", |row| row.name);
        let member = class.get().and_then(|row| row.static_field(token));
        let native = member.and_then(|member| self.platform.implemented(member));
        native.map(Some).ok_or(LinkError::PlatformField { class: name, token })
    }

    fn native(&self, class: ClassId, member: Option<MemberId>, token: u8) -> Result<Callee, LinkError> {
        let name = class.get().map_or("", |row| row.name);
        let member = member.ok_or(LinkError::NoPlatformMethod { class: name, token })?;
        let row = member.get().ok_or(LinkError::NoPlatformMethod { class: name, token })?;
        let not_implemented =
            LinkError::NotImplemented { class: name, name: row.name, descriptor: row.descriptor };
        let member = self.platform.implemented(member).ok_or(not_implemented)?;
        let native = self.platform.native(member).ok_or(not_implemented)?;
        Ok(Callee::Native { member, shape: native.shape, receiver: native.receiver })
    }

    /// The index of the method at an offset of this file.
    pub(super) fn method_at(&self, offset: MethodOffset) -> Result<u16, LinkError> {
        self.method_indexes.get(&offset).copied().ok_or(LinkError::NoMethodAt { offset })
    }

    fn static_method(&self, method: StaticMethodRef) -> Result<Callee, LinkError> {
        match method {
            StaticMethodRef::Internal(offset) => {
                let index = self.method_at(offset)?;
                self.bytecode(Place { origin: Origin::Own, index })
            }
            StaticMethodRef::External { package, class, token } => match self.imported(package)? {
                Imported::Platform(package) => {
                    let class = self.platform_class(package, class)?;
                    self.native(class, class.get().and_then(|row| row.static_method(token)), token)
                }
                Imported::Loaded { library, exports } => {
                    let (package, exported) = self.exported(library, exports, class)?;
                    let method = exported.methods.get(usize::from(token)).copied();
                    let index = method.ok_or(LinkError::NoMember { package, class, token })?.0;
                    self.bytecode(Place { origin: Origin::Import(library), index })
                }
            },
        }
    }

    /// What `invokestatic` or `invokespecial` of a constant calls.
    pub(super) fn callee(&self, index: PoolIndex) -> Result<Callee, LinkError> {
        match self.constant(index)? {
            Constant::StaticMethod(method) => self.static_method(method),
            Constant::SuperMethod { class, token } => {
                let place = self.class(class)?;
                let superclass = self.known(place)?.superclass;
                let superclass = superclass.ok_or(LinkError::ClassOrder { index: place.index })?;
                self.lookup(superclass, token)
            }
            constant => Err(LinkError::WrongConstant { index, constant }),
        }
    }

    /// What a virtual method token means for an object whose class is exactly the one at `place`.
    fn lookup(&self, place: Place, token: u8) -> Result<Callee, LinkError> {
        let missing = LinkError::NoVirtualMethod { class: place.index, token };
        if place.origin == Origin::Platform {
            let class = ClassId(place.index);
            return self.native(class, class.get().and_then(|row| row.virtual_method(token)), token);
        }
        match entry(self.known(place)?, token) {
            Dispatch::Method(method) => self.bytecode(self.translate_from(place, method)?),
            Dispatch::Native(member) => {
                let native = self.platform.native(member).ok_or(missing)?;
                Ok(Callee::Native { member, shape: native.shape, receiver: native.receiver })
            }
            Dispatch::Absent => Err(missing),
        }
    }

    /// What the virtual method that a constant names takes and gives, and its token.
    pub(super) fn virtual_call(&self, index: PoolIndex) -> Result<(Shape, u8), LinkError> {
        let Constant::VirtualMethod { class, token } = self.constant(index)? else {
            return Err(LinkError::WrongConstant { index, constant: self.constant(index)? });
        };
        let place = self.class(class)?;
        match self.lookup(place, token)? {
            Callee::Native { shape, .. } | Callee::Method { shape, .. } => Ok((shape, token)),
        }
    }

    /// A method of bytecode, and what it takes and gives.
    fn bytecode(&self, place: Place) -> Result<Callee, LinkError> {
        let missing = LinkError::NoVirtualMethod { class: place.index, token: 0 };
        let index = usize::from(place.index);
        let shape = match place.origin {
            Origin::Own => self.shapes.get(index).copied(),
            Origin::Import(library) => self.library(library)?.methods.get(index).map(|method| method.shape),
            Origin::Platform => None,
        };
        Ok(Callee::Method { place, shape: shape.ok_or(missing)? })
    }

    /// What a method of an interface gives.
    pub(super) fn interface_result(&self, interface: Place, token: u8) -> ResultWords {
        let results = self.info(interface).map_or(&[][..], |info| &info.results);
        results.get(usize::from(token)).copied().unwrap_or(ResultWords::Unknown)
    }
}

/// What a class's own tables say of a virtual method token.
pub(crate) fn entry(info: &ClassInfo, token: u8) -> Dispatch {
    let found = if token & PACKAGE_VISIBLE == 0 {
        info.public.get(usize::from(token))
    } else {
        info.package.get(usize::from(token & !PACKAGE_VISIBLE))
    };
    found.copied().unwrap_or(Dispatch::Absent)
}

/// The bit of a virtual method token that says that the method is package-visible (JCVM 4.3.7.6).
pub(crate) const PACKAGE_VISIBLE: u8 = 0x80;

fn name_of(package: PackageId) -> &'static str {
    package.get().map_or("", |row| row.name)
}
