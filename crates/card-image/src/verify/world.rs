//! All classes that a package can see, its own and imported ones, and how they are related.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cap::{
    ArrayType, CapFile, ClassDescriptor, ClassEntry, ClassInfo, ClassOffset, ClassRef, Descriptor,
    MethodDescriptor, Type, TypeDescriptor, TypeOffset,
};
use crate::export::{AccessFlags, ClassView, ExportSet, PackageView};

/// A class or interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ClassKey {
    /// Of this package: its place among the entries of the Class component.
    Own(u16),
    /// Of another: the package's place in the world, and the class's token.
    Imported { package: u16, class: u8 },
}

/// What a reference refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Reference {
    Class(ClassKey),
    Array(ArrayType),
    ClassArray(ClassKey),
}

/// A type with its classes resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Void,
    Boolean,
    Byte,
    Short,
    Int,
    Reference(Reference),
}

impl Kind {
    pub(super) fn words(self) -> usize {
        match self {
            Self::Void => 0,
            Self::Int => 2,
            Self::Boolean | Self::Byte | Self::Short | Self::Reference(_) => 1,
        }
    }
}

/// A method's parameters, without its object, and what it returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) parameters: Vec<Kind>,
    pub(super) returns: Kind,
}

impl Signature {
    pub(super) fn words(&self) -> usize {
        self.parameters.iter().map(|parameter| parameter.words()).sum()
    }
}

/// A class of this package.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnClass<'a> {
    pub(super) offset: ClassOffset,
    /// Its package: the place among those of the Descriptor. A compact file has one.
    pub(super) package: usize,
    pub(super) entry: &'a ClassEntry,
    /// What the Descriptor says of it.
    pub(super) descriptor: &'a ClassDescriptor,
}

impl<'a> OwnClass<'a> {
    pub(super) fn info(&self) -> Option<&'a ClassInfo> {
        match self.entry {
            ClassEntry::Class(info) => Some(info),
            ClassEntry::Interface(_) => None,
        }
    }

    /// The method that it declares for a virtual or interface method token.
    pub(super) fn virtual_method(&self, token: u8) -> Option<&'a MethodDescriptor> {
        let is_virtual = |method: &&MethodDescriptor| {
            !method.flags.is_static() && !method.flags.is_init() && !method.flags.is_private()
        };
        self.descriptor.methods.iter().filter(is_virtual).find(|method| method.token == Some(token))
    }
}

/// The package and those that it imports.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) cap: &'a CapFile,
    pub(super) descriptor: &'a Descriptor,
    pub(super) own: Vec<OwnClass<'a>>,
    types: BTreeMap<TypeOffset, &'a TypeDescriptor>,
    /// The classes of all packages by their full names, and what they say of themselves.
    names: BTreeMap<&'a str, ClassKey>,
    views: BTreeMap<ClassKey, ClassView<'a>>,
    /// The place in `packages` of each import, by package token.
    imports: Vec<Option<u16>>,
}

/// Classes that the platform itself knows.
pub(super) const OBJECT: &str = "java/lang/Object";
pub(super) const THROWABLE: &str = "java/lang/Throwable";
pub(super) const APPLET: &str = "javacard/framework/Applet";
pub(super) const SHAREABLE: &str = "javacard/framework/Shareable";

impl<'a> World<'a> {
    /// Builds it; `own` pairs each entry of the Class component with its description.
    pub(super) fn new(
        cap: &'a CapFile,
        descriptor: &'a Descriptor,
        own: Vec<OwnClass<'a>>,
        exports: &'a ExportSet,
    ) -> Self {
        let packages: Vec<PackageView<'a>> = exports.packages().collect();
        let place =
            |aid| packages.iter().position(|package| package.aid() == Some(aid)).map(|place| place as u16);
        let imports = cap.import.packages.iter().map(|import| place(import.aid)).collect();
        let types = descriptor.types_with_offsets().collect();
        let (mut names, mut views) = (BTreeMap::new(), BTreeMap::new());
        for (package, view) in (0..=u16::MAX).zip(&packages) {
            for class in view.classes() {
                let key = ClassKey::Imported { package, class: class.token() };
                names.entry(class.name()).or_insert(key);
                views.entry(key).or_insert(class);
            }
        }
        Self { cap, descriptor, own, types, names, views, imports }
    }

    /// The type that begins at `offset` of the Descriptor's types.
    pub(super) fn type_at(&self, offset: TypeOffset) -> Option<&'a TypeDescriptor> {
        self.types.get(&offset).copied()
    }

    pub(super) fn key(&self, class: ClassRef) -> Option<ClassKey> {
        match class {
            ClassRef::Internal(offset) => self.own_key(offset),
            ClassRef::External { package, class } => {
                let package = (*self.imports.get(usize::from(package.0))?)?;
                let key = ClassKey::Imported { package, class };
                self.view(key).map(|_| key)
            }
        }
    }

    pub(super) fn own_key(&self, offset: ClassOffset) -> Option<ClassKey> {
        self.own.iter().position(|class| class.offset == offset).map(|index| ClassKey::Own(index as u16))
    }

    pub(super) fn own_class(&self, key: ClassKey) -> Option<&OwnClass<'a>> {
        match key {
            ClassKey::Own(index) => self.own.get(usize::from(index)),
            ClassKey::Imported { .. } => None,
        }
    }

    /// Whether both classes are of one Java package, so that one may use what is package-visible in the other.
    pub(super) fn same_package(&self, one: ClassKey, other: ClassKey) -> bool {
        match (self.own_class(one), self.own_class(other)) {
            (Some(one), Some(other)) => one.package == other.package,
            (None, _) | (_, None) => false,
        }
    }

    pub(super) fn view(&self, key: ClassKey) -> Option<ClassView<'a>> {
        match key {
            ClassKey::Own(_) => None,
            ClassKey::Imported { .. } => self.views.get(&key).copied(),
        }
    }

    /// An imported class by its full name.
    pub(super) fn named(&self, name: &str) -> Option<ClassKey> {
        self.names.get(name).copied()
    }

    pub(super) fn is_named(&self, key: ClassKey, name: &str) -> bool {
        self.view(key).is_some_and(|view| view.name() == name)
    }

    pub(super) fn is_interface(&self, key: ClassKey) -> bool {
        match (self.own_class(key), self.view(key)) {
            (Some(own), _) => matches!(own.entry, ClassEntry::Interface(_)),
            (None, Some(view)) => view.is_interface(),
            (None, None) => false,
        }
    }

    pub(super) fn is_abstract(&self, key: ClassKey) -> bool {
        match (self.own_class(key), self.view(key)) {
            (Some(own), _) => own.descriptor.flags.is_abstract() || own.descriptor.flags.is_interface(),
            (None, Some(view)) => view.flags().contains(AccessFlags::ABSTRACT) || view.is_interface(),
            (None, None) => true,
        }
    }

    pub(super) fn is_final(&self, key: ClassKey) -> bool {
        match (self.own_class(key), self.view(key)) {
            (Some(own), _) => own.descriptor.flags.is_final(),
            (None, Some(view)) => view.flags().contains(AccessFlags::FINAL),
            (None, None) => false,
        }
    }

    /// What a class extends directly; an imported class's nearest public superclass.
    pub(super) fn superclass(&self, key: ClassKey) -> Option<ClassKey> {
        match (self.own_class(key), self.view(key)) {
            (Some(own), _) => self.key(own.info()?.superclass?),
            (None, Some(view)) => {
                let mut above: Vec<ClassKey> =
                    view.superclasses().into_iter().filter_map(|name| self.named(name)).collect();
                // the order of the names is the file's own: the nearest is the one that is below all others
                let nearest =
                    above.iter().position(|one| above.iter().all(|other| self.is_a(*one, *other)))?;
                Some(above.swap_remove(nearest))
            }
            (None, None) => None,
        }
    }

    /// The class itself and all that it extends, nearest first.
    pub(super) fn chain(&self, key: ClassKey) -> impl Iterator<Item = ClassKey> + '_ {
        core::iter::successors(Some(key), |class| self.superclass(*class))
    }

    /// Whether objects of `key` are objects of `target`: the same, a subclass or an implementation.
    pub(super) fn is_a(&self, key: ClassKey, target: ClassKey) -> bool {
        if key == target || self.is_named(target, OBJECT) {
            return true;
        }
        if let Some(view) = self.view(key) {
            let Some(name) = self.view(target).map(|target| target.name()) else { return false };
            return view.superclasses().contains(&name) || view.interfaces().contains(&name);
        }
        let Some(own) = self.own_class(key) else { return false };
        match own.entry {
            ClassEntry::Interface(interface) => {
                self.any_is_a(interface.superinterfaces.iter().copied(), target)
            }
            ClassEntry::Class(class) => {
                self.any_is_a(class.interfaces.iter().map(|implemented| implemented.interface), target)
                    || self.any_is_a(class.superclass.into_iter(), target)
            }
        }
    }

    /// Only asked of entries that stand before the one at hand, so it ends.
    fn any_is_a(&self, mut classes: impl Iterator<Item = ClassRef>, target: ClassKey) -> bool {
        classes.any(|class| self.key(class).is_some_and(|key| self.is_a(key, target)))
    }

    /// Whether what `from` refers to can be held where `to` is declared.
    pub(super) fn assignable(&self, from: Reference, to: Reference) -> bool {
        match (from, to) {
            (Reference::Class(from), Reference::Class(to)) => self.is_a(from, to),
            (Reference::Array(from), Reference::Array(to)) => from == to,
            (Reference::ClassArray(from), Reference::ClassArray(to)) => self.is_a(from, to),
            (Reference::Array(_) | Reference::ClassArray(_), Reference::Class(to)) => {
                self.is_named(to, OBJECT)
            }
            (Reference::Class(_), Reference::Array(_) | Reference::ClassArray(_))
            | (Reference::Array(_), Reference::ClassArray(_))
            | (Reference::ClassArray(_), Reference::Array(_)) => false,
        }
    }

    pub(super) fn kind(&self, item: Type) -> Option<Kind> {
        Some(match item {
            Type::Void => Kind::Void,
            Type::Boolean => Kind::Boolean,
            Type::Byte => Kind::Byte,
            Type::Short => Kind::Short,
            Type::Int => Kind::Int,
            Type::Reference(class) => Kind::Reference(Reference::Class(self.key(class)?)),
            Type::Array(element) => Kind::Reference(Reference::Array(element)),
            Type::ReferenceArray(class) => Kind::Reference(Reference::ClassArray(self.key(class)?)),
        })
    }

    pub(super) fn signature(&self, descriptor: &TypeDescriptor) -> Option<Signature> {
        let (parameters, returns) = descriptor.signature().ok()?;
        let parameters =
            parameters.iter().map(|parameter| self.kind(*parameter)).collect::<Option<Vec<_>>>()?;
        Some(Signature { parameters, returns: self.kind(returns)? })
    }

    /// The signature of a described method.
    pub(super) fn signature_of(&self, method: &MethodDescriptor) -> Option<Signature> {
        self.signature(self.type_at(method.signature)?)
    }

    /// The signature that a class file's descriptor says.
    pub(super) fn parse_signature(&self, descriptor: &str) -> Option<Signature> {
        let mut rest = descriptor.strip_prefix('(')?;
        let mut parameters = Vec::new();
        while let Some(more) = rest.strip_prefix(|next| next != ')').map(|_| rest) {
            let (kind, behind) = self.parse_kind(more)?;
            parameters.push(kind);
            rest = behind;
        }
        let (returns, behind) = self.parse_kind(rest.strip_prefix(')')?)?;
        behind.is_empty().then_some(Signature { parameters, returns })
    }

    /// The type at the front of a class file's descriptor, and what is behind it.
    pub(super) fn parse_kind<'t>(&self, text: &'t str) -> Option<(Kind, &'t str)> {
        let mut characters = text.chars();
        let kind = match characters.next()? {
            'V' => Kind::Void,
            'Z' => Kind::Boolean,
            'B' => Kind::Byte,
            'S' => Kind::Short,
            'I' => Kind::Int,
            'L' => {
                let (name, behind) = characters.as_str().split_once(';')?;
                return Some((Kind::Reference(Reference::Class(self.named(name)?)), behind));
            }
            '[' => {
                let (element, behind) = self.parse_kind(characters.as_str())?;
                return Some((Kind::Reference(array_of(element)?), behind));
            }
            _ => return None,
        };
        Some((kind, characters.as_str()))
    }

    /// A class as findings name it.
    pub(super) fn name(&self, key: ClassKey) -> String {
        match (self.own_class(key), self.view(key)) {
            (Some(own), _) => alloc::format!("{}", own.offset),
            (None, Some(view)) => String::from(view.name()),
            (None, None) => String::from("unknown class"),
        }
    }

    /// A reference as findings name it.
    pub(super) fn reference_name(&self, reference: Reference) -> String {
        match reference {
            Reference::Class(class) => self.name(class),
            Reference::Array(element) => alloc::format!("{element}"),
            Reference::ClassArray(class) => alloc::format!("{}[]", self.name(class)),
        }
    }

    /// A type as findings name it.
    pub(super) fn kind_name(&self, kind: Kind) -> String {
        let word = match kind {
            Kind::Void => "void",
            Kind::Boolean => "boolean",
            Kind::Byte => "byte",
            Kind::Short => "short",
            Kind::Int => "int",
            Kind::Reference(reference) => return self.reference_name(reference),
        };
        String::from(word)
    }

    /// A signature as findings name it.
    pub(super) fn signature_name(&self, signature: &Signature) -> String {
        let parameters: Vec<String> = signature.parameters.iter().map(|kind| self.kind_name(*kind)).collect();
        alloc::format!("({}) {}", parameters.join(", "), self.kind_name(signature.returns))
    }
}

fn array_of(element: Kind) -> Option<Reference> {
    match element {
        Kind::Boolean => Some(Reference::Array(ArrayType::Boolean)),
        Kind::Byte => Some(Reference::Array(ArrayType::Byte)),
        Kind::Short => Some(Reference::Array(ArrayType::Short)),
        Kind::Int => Some(Reference::Array(ArrayType::Int)),
        Kind::Reference(Reference::Class(class)) => Some(Reference::ClassArray(class)),
        Kind::Void | Kind::Reference(Reference::Array(_) | Reference::ClassArray(_)) => None,
    }
}

/// Text made from something that can be displayed.
pub(super) fn text(item: impl fmt::Display) -> String {
    alloc::format!("{item}")
}
