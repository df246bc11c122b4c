//! The packages of one card, by their slots, and questions about classes that reach across packages.
//!
//! Slot 0 is the platform. What is here differs from card to card only in which package has which slot.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use card_image::api::ClassId;

use crate::heap::{Class, Header, Kind};
use crate::known;
use crate::package::code::{Origin, Place};
use crate::package::{ClassInfo, Dispatch, MethodIndex, Package, PlatformPackage};
use crate::value::Ref;

/// A package on a card.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) package: Arc<Package>,
    /// The slot of each package that it imports.
    pub(crate) imports: Box<[u8]>,
    /// The object that holds its static fields.
    pub(crate) statics: Ref,
}

/// All packages of a card.
#[derive(Clone, Debug)]
pub(crate) struct Packages {
    pub(crate) platform: Arc<PlatformPackage>,
    /// By slot; the first is always empty.
    pub(crate) loaded: Vec<Option<Loaded>>,
}

/// What a call leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// A method of the package in a slot.
    Method(u8, MethodIndex),
    /// A native.
    Native(card_image::api::MemberId),
}

impl Packages {
    pub(crate) fn new(platform: Arc<PlatformPackage>) -> Packages {
        Packages { platform, loaded: alloc::vec![None] }
    }

    #[inline]
    pub(crate) fn loaded(&self, slot: u8) -> Option<&Loaded> {
        self.loaded.get(usize::from(slot))?.as_ref()
    }

    /// The slot of what the package in `slot` calls `origin`.
    #[inline]
    pub(crate) fn slot_of(&self, slot: u8, origin: Origin) -> Option<u8> {
        match origin {
            Origin::Own => Some(slot),
            Origin::Platform => Some(0),
            Origin::Import(import) => self.loaded(slot)?.imports.get(usize::from(import)).copied(),
        }
    }

    /// The class that the package in `slot` calls `place`.
    #[inline]
    pub(crate) fn class_at(&self, slot: u8, place: Place) -> Option<Class> {
        Some(Class { package: self.slot_of(slot, place.origin)?, index: place.index })
    }

    #[inline]
    pub(crate) fn info(&self, class: Class) -> Option<&ClassInfo> {
        if class.package == 0 {
            self.platform.class(ClassId(class.index))
        } else {
            self.loaded(class.package)?.package.classes.get(usize::from(class.index))
        }
    }

    fn superclass(&self, class: Class) -> Option<Class> {
        self.class_at(class.package, self.info(class)?.superclass?)
    }

    /// Whether `class` is `of`, extends it or implements it.
    pub(crate) fn is_a(&self, class: Class, of: Class) -> bool {
        if class == of || of == platform_class(known::OBJECT) {
            return true;
        }
        let Some(target) = self.info(of) else { return false };
        if target.is_interface {
            let interfaces = self.info(class).map_or(&[][..], |info| &info.interfaces);
            return interfaces.iter().any(|(place, _)| self.class_at(class.package, *place) == Some(of));
        }
        let mut above = self.superclass(class);
        while let Some(class) = above {
            if class == of {
                return true;
            }
            above = self.superclass(class);
        }
        false
    }

    /// Whether an object with this header is an instance of a class or interface: of arrays, only of `Object`.
    pub(crate) fn is_instance(&self, header: &Header, of: Class) -> bool {
        if header.kind == Kind::Instance {
            self.is_a(header.class, of)
        } else {
            of == platform_class(known::OBJECT)
        }
    }

    /// The nearest class of the platform that `class` is or extends.
    pub(crate) fn platform_ancestor(&self, class: Class) -> ClassId {
        let mut class = Some(class);
        while let Some(here) = class {
            if here.package == 0 {
                return ClassId(here.index);
            }
            class = self.superclass(here);
        }
        known::OBJECT
    }

    /// The class whose virtual methods an object has: an array has those of `Object`.
    #[inline]
    pub(crate) fn dispatch_class(header: &Header) -> Class {
        if header.kind == Kind::Instance { header.class } else { platform_class(known::OBJECT) }
    }

    #[inline]
    fn found(&self, slot: u8, dispatch: Option<&Dispatch>) -> Option<Found> {
        match dispatch? {
            Dispatch::Method(place) => {
                Some(Found::Method(self.slot_of(slot, place.origin)?, MethodIndex(place.index)))
            }
            Dispatch::Native(member) => Some(Found::Native(*member)),
            Dispatch::Absent => None,
        }
    }

    /// What a public or protected virtual method's token leads to for instances of `class`.
    #[inline]
    pub(crate) fn virtual_method(&self, class: Class, token: u8) -> Option<Found> {
        self.found(class.package, self.info(class)?.public.get(usize::from(token)))
    }

    /// What a package-visible virtual method's token leads to, called from code of the package in `slot`. The
    /// tokens mean something only in that package, so the nearest ancestor of it is asked.
    pub(crate) fn package_method(&self, class: Class, slot: u8, token: u8) -> Option<Found> {
        let mut class = class;
        while class.package != slot {
            class = self.superclass(class)?;
        }
        self.found(slot, self.info(class)?.package.get(usize::from(token)))
    }

    /// What the token of an interface's method leads to for instances of `class`.
    pub(crate) fn interface_method(&self, class: Class, interface: Class, token: u8) -> Option<Found> {
        let info = self.info(class)?;
        let (_, tokens) = info
            .interfaces
            .iter()
            .find(|(place, _)| self.class_at(class.package, *place) == Some(interface))?;
        self.virtual_method(class, *tokens.get(usize::from(token))?)
    }

    /// Which words of an instance with this header are references.
    pub(crate) fn references(&self, header: &Header) -> &[Range<u16>] {
        match self.info(header.class) {
            Some(info) if header.kind == Kind::Instance => &info.references,
            Some(_) | None => &[],
        }
    }
}

/// A class of the platform, as objects name it.
#[inline]
pub(crate) fn platform_class(class: ClassId) -> Class {
    Class { package: 0, index: class.0 }
}
