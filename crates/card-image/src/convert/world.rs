//! The package that is converted, and what it can see of others.
//!
//! Tokens are given here (JCVM 4.3.7). Classes are ordered by name and then so that each stands behind those it
//! extends, interfaces first, as the Class component wants it; members keep the order of their source.

use std::collections::HashMap;

use super::diagnostic::Problem;
use super::java::Member;
use super::request::{OwnPackage, package_of};
use super::types::{Signature, Type};
use super::virtuals::Virtuals;
use crate::api::MemberKind;
use crate::classfile::{ClassFile, access};
use crate::export::{ClassView, ExportSet, MemberView, PackageView};

pub(super) const OBJECT: &str = "java/lang/Object";
const SHAREABLE: &str = "javacard/framework/Shareable";

/// A class of the package by its place in the order.
pub(super) type ClassIndex = usize;

#[derive(Debug)]
pub(super) struct OwnClass {
    pub(super) file: ClassFile,
    /// Its package, by its place among those that are converted.
    pub(super) package: usize,
    /// None when no other package can see it.
    pub(super) token: Option<u8>,
    pub(super) shareable: bool,
    /// One for each field of the file.
    pub(super) fields: Vec<OwnField>,
    /// One for each method of the file.
    pub(super) methods: Vec<OwnMethod>,
    pub(super) virtuals: Virtuals,
    /// Of an interface: its methods and those it inherits, by token.
    pub(super) interface_methods: Vec<(String, String)>,
    pub(super) layout: InstanceLayout,
}

/// The instance fields that a class declares.
#[derive(Clone, Copy, Debug)]
pub(super) struct InstanceLayout {
    /// Words that they take.
    pub(super) words: u8,
    /// 0xFF when none is a reference.
    pub(super) first_reference: u8,
    pub(super) references: u8,
}

#[derive(Debug)]
pub(super) struct OwnField {
    pub(super) kind: Type,
    pub(super) place: FieldPlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldPlace {
    /// The compiler has put its value wherever it is used.
    Constant,
    /// In the static field image; the token is for other packages.
    Static(Option<u8>),
    /// In each object.
    Instance(u8),
}

#[derive(Debug)]
pub(super) struct OwnMethod {
    pub(super) signature: Signature,
    /// None when it is called by its place only.
    pub(super) token: Option<u8>,
    pub(super) role: Role,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `<clinit>`, which is not converted but evaluated.
    Initialiser,
    Static,
    Constructor,
    /// Private, so called by its place like a constructor.
    Private,
    Virtual,
    /// A method of an interface, which has no code.
    Interface,
}

/// A class wherever it is.
#[derive(Clone, Copy)]
pub(super) enum Found<'a> {
    Own(ClassIndex),
    Foreign(PackageView<'a>, ClassView<'a>),
}

/// Where a static method, a constructor, a private method or a static field is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Class and position among its methods or fields.
    Own(ClassIndex, usize),
    Foreign {
        class: String,
        token: u8,
    },
}

pub(super) struct World<'a> {
    pub(super) exports: &'a ExportSet,
    pub(super) packages: Vec<OwnPackage>,
    pub(super) classes: Vec<OwnClass>,
    by_name: HashMap<String, ClassIndex>,
}

/// A problem of a class, by its name.
pub(super) type Refusal = (String, Problem);

impl<'a> World<'a> {
    /// Orders the classes and gives them and their members tokens. A library shows all its public classes to
    /// others, a package with applets only its shareable interfaces, a private one nothing.
    pub(super) fn new(
        exports: &'a ExportSet,
        files: Vec<ClassFile>,
        packages: Vec<OwnPackage>,
    ) -> Result<Self, Vec<Refusal>> {
        let mut next_tokens = vec![0; packages.len()];
        let mut world = World { exports, packages, classes: Vec::new(), by_name: HashMap::new() };
        let mut problems = Vec::new();
        for file in order(files) {
            let name = file.name.clone();
            match world.own_class(file, &mut next_tokens) {
                Ok(class) => {
                    world.by_name.insert(name, world.classes.len());
                    world.classes.push(class);
                }
                Err(problem) => problems.push((name, problem)),
            }
        }
        if problems.is_empty() { Ok(world) } else { Err(problems) }
    }

    fn own_class(&self, file: ClassFile, next_tokens: &mut [u8]) -> Result<OwnClass, Problem> {
        if file.access & access::ENUM != 0 {
            return Err(Problem::Enumeration);
        }
        let name = package_of(&file.name);
        let package = self.packages.iter().position(|package| package.name == name);
        let package = package.ok_or_else(|| Problem::UnknownClass(file.name.clone()))?;
        let superclass = file.superclass.clone().ok_or_else(|| Problem::UnknownClass(file.name.clone()))?;
        for above in file.interfaces.iter().chain([&superclass]) {
            self.class(above)?;
        }
        let mut class = OwnClass {
            package,
            token: None,
            shareable: false,
            fields: Vec::new(),
            methods: Vec::new(),
            virtuals: Virtuals::default(),
            interface_methods: Vec::new(),
            layout: InstanceLayout { words: 0, first_reference: 0xFF, references: 0 },
            file,
        };
        let interfaces = self.all_interfaces(&class.file);
        let inherits = match self.class(&superclass)? {
            Found::Own(index) => self.classes[index].shareable,
            Found::Foreign(_, above) => above.interfaces().contains(&SHAREABLE),
        };
        class.shareable =
            inherits || class.file.name == SHAREABLE || interfaces.iter().any(|name| name == SHAREABLE);
        let OwnPackage { public, is_library, .. } = &self.packages[package];
        let visible = class.file.access & access::PUBLIC != 0 && public.is_some();
        if visible && (*is_library || (class.is_interface() && class.shareable)) {
            let next = &mut next_tokens[package];
            class.token = Some(*next);
            *next = next.checked_add(1).ok_or(Problem::Limit {
                what: "exported classes",
                count: 256,
                limit: 255,
            })?;
        }
        if class.is_interface() {
            class.interface_methods = self.interface_methods(&class.file, &interfaces);
        } else {
            class.virtuals = self.virtuals(&class, self.class(&superclass)?)?;
        }
        class.add_fields()?;
        class.add_methods()?;
        Ok(class)
    }

    fn interface_methods(&self, file: &ClassFile, interfaces: &[String]) -> Vec<(String, String)> {
        let mut methods: Vec<(String, String)> = Vec::new();
        let inherited = interfaces.iter().flat_map(|name| self.methods_of_interface(name));
        let own = file.methods.iter().filter(|method| method.access & access::STATIC == 0);
        let own = own.map(|method| (method.name.clone(), method.descriptor.clone()));
        for method in inherited.chain(own) {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        methods
    }

    /// Names and descriptors of an interface's methods, by token.
    pub(super) fn methods_of_interface(&self, name: &str) -> Vec<(String, String)> {
        match self.class(name) {
            Ok(Found::Own(index)) => self.classes[index].interface_methods.clone(),
            Ok(Found::Foreign(_, class)) => {
                let mut members: Vec<MemberView<'_>> =
                    class.members().filter(|member| member.kind == MemberKind::InterfaceMethod).collect();
                members.sort_by_key(|member| member.token);
                members.iter().map(|member| (member.name.to_owned(), member.descriptor.to_owned())).collect()
            }
            Err(_) => Vec::new(),
        }
    }

    fn virtuals(&self, class: &OwnClass, superclass: Found<'_>) -> Result<Virtuals, Problem> {
        let file = &class.file;
        let inherited = match superclass {
            Found::Own(index) => {
                let above = &self.classes[index];
                above.virtuals.inherited(above.package == class.package)
            }
            Found::Foreign(_, class) => Virtuals::of_foreign(&class),
        };
        let mut wanted = Vec::new();
        if file.access & access::ABSTRACT != 0 {
            // an abstract class may leave out what it promises; its subclasses still need tokens for that
            wanted =
                self.all_interfaces(file).iter().flat_map(|name| self.methods_of_interface(name)).collect();
        }
        inherited.extended(self.classes.len(), file, &wanted)
    }

    /// The class of a name.
    pub(super) fn class(&self, name: &str) -> Result<Found<'_>, Problem> {
        if let Some(index) = self.by_name.get(name) {
            return Ok(Found::Own(*index));
        }
        let found = self.exports.class_by_name(name);
        found
            .map(|(package, class)| Found::Foreign(package, class))
            .ok_or_else(|| Problem::UnknownClass(name.to_owned()))
    }

    pub(super) fn own(&self, name: &str) -> Option<&OwnClass> {
        self.by_name.get(name).map(|index| &self.classes[*index])
    }

    pub(super) fn is_interface(&self, name: &str) -> bool {
        match self.class(name) {
            Ok(Found::Own(index)) => self.classes[index].is_interface(),
            Ok(Found::Foreign(_, class)) => class.is_interface(),
            Err(_) => false,
        }
    }

    /// The interfaces that a class declares and those above them, each once, those above first.
    pub(super) fn all_interfaces(&self, file: &ClassFile) -> Vec<String> {
        let mut all = Vec::new();
        for name in &file.interfaces {
            match self.class(name) {
                Ok(Found::Own(index)) => all.extend(self.all_interfaces(&self.classes[index].file)),
                Ok(Found::Foreign(_, class)) => all.extend(class.interfaces().into_iter().map(str::to_owned)),
                Err(_) => {}
            }
            all.push(name.clone());
        }
        let mut seen = Vec::new();
        all.retain(|name| {
            !seen.contains(name) && {
                seen.push(name.clone());
                true
            }
        });
        all
    }

    /// The class and its superclasses, nearest first, as far as they are of this package; then the first of another.
    fn lineage(&self, name: &str) -> Result<(Vec<ClassIndex>, Option<ClassView<'_>>), Problem> {
        let mut own = Vec::new();
        let mut name = name;
        loop {
            match self.class(name)? {
                Found::Own(index) => {
                    own.push(index);
                    name = self.classes[index].file.superclass.as_deref().unwrap_or(OBJECT);
                }
                Found::Foreign(_, class) => return Ok((own, Some(class))),
            }
        }
    }

    /// Whether a class of the package extends a class of another.
    pub(super) fn extends(&self, class: ClassIndex, above: &str) -> bool {
        let lineage = self.lineage(&self.classes[class].file.name);
        lineage.is_ok_and(|(_, foreign)| {
            foreign.is_some_and(|class| class.name() == above || class.superclasses().contains(&above))
        })
    }

    fn foreign_member(
        &self,
        class: Option<ClassView<'_>>,
        member: &Member,
        kind: MemberKind,
    ) -> Result<(String, u8), Problem> {
        let class = class.ok_or_else(|| unknown(member))?;
        let found = class.members().find(|candidate| {
            candidate.kind == kind
                && candidate.name == member.name
                && candidate.descriptor == member.descriptor
        });
        found.map(|found| (class.name().to_owned(), found.token)).ok_or_else(|| unknown(member))
    }

    /// The class through which a virtual method is named in a CAP file, and its token there.
    pub(super) fn virtual_method(&self, member: &Member) -> Result<(String, u8), Problem> {
        let class = if member.class.starts_with('[') || self.is_interface(&member.class) {
            OBJECT
        } else {
            &member.class
        };
        let (own, foreign) = self.lineage(class)?;
        for index in own {
            let class = &self.classes[index];
            if let Some(token) = class.virtuals.declared_token(index, &member.name, &member.descriptor) {
                return Ok((class.file.name.clone(), token));
            }
        }
        self.foreign_member(foreign, member, MemberKind::VirtualMethod)
    }

    /// The token of an interface's method.
    pub(super) fn interface_method(&self, member: &Member) -> Result<u8, Problem> {
        let methods = self.methods_of_interface(&member.class);
        let position = methods
            .iter()
            .position(|(name, descriptor)| *name == member.name && *descriptor == member.descriptor);
        position.and_then(|token| u8::try_from(token).ok()).ok_or_else(|| unknown(member))
    }

    /// A static method, a constructor or a private method.
    pub(super) fn direct_method(&self, member: &Member) -> Result<Place, Problem> {
        let (own, foreign) = self.lineage(&member.class)?;
        for index in own {
            let methods = &self.classes[index].file.methods;
            let position = methods
                .iter()
                .position(|method| method.name == member.name && method.descriptor == member.descriptor);
            if let Some(position) = position {
                return Ok(Place::Own(index, position));
            }
        }
        let (class, token) = self.foreign_member(foreign, member, MemberKind::StaticMethod)?;
        Ok(Place::Foreign { class, token })
    }

    /// Whether a method of this name is private where it is declared.
    pub(super) fn is_private(&self, place: &Place) -> bool {
        match place {
            Place::Own(class, method) => self.classes[*class].methods[*method].role == Role::Private,
            Place::Foreign { .. } => false,
        }
    }

    /// A field of this package.
    pub(super) fn own_field(&self, member: &Member) -> Result<Option<(ClassIndex, usize)>, Problem> {
        let (own, _) = self.lineage(&member.class)?;
        let found = own.into_iter().find_map(|index| {
            let fields = &self.classes[index].file.fields;
            let position = fields
                .iter()
                .position(|field| field.name == member.name && field.descriptor == member.descriptor)?;
            Some((index, position))
        });
        Ok(found)
    }

    /// The class of another package that declares an instance field, and the field's token.
    pub(super) fn foreign_field(&self, member: &Member) -> Result<(String, u8), Problem> {
        let (_, foreign) = self.lineage(&member.class)?;
        let class = foreign.ok_or_else(|| unknown(member))?;
        let mut names = class.superclasses();
        names.push(class.name());
        let declares = |name: &&str| {
            let (_, class) = self.exports.class_by_name(name)?;
            let token = class.instance_field_token(&member.name, &member.descriptor)?;
            Some((class.name().to_owned(), token))
        };
        names.iter().rev().find_map(declares).ok_or_else(|| unknown(member))
    }

    /// A static field.
    pub(super) fn static_field(&self, member: &Member) -> Result<Place, Problem> {
        if let Some((class, field)) = self.own_field(member)? {
            return Ok(Place::Own(class, field));
        }
        let (_, foreign) = self.lineage(&member.class)?;
        let (class, token) = self.foreign_member(foreign, member, MemberKind::StaticField)?;
        Ok(Place::Foreign { class, token })
    }
}

fn unknown(member: &Member) -> Problem {
    Problem::UnknownMember {
        class: member.class.clone(),
        member: format!("{}{}", member.name, member.descriptor),
    }
}

/// Interfaces before classes, each behind what it extends, otherwise by name.
fn order(mut files: Vec<ClassFile>) -> Vec<ClassFile> {
    files.sort_by(|a, b| {
        let is_class = |file: &ClassFile| file.access & access::INTERFACE == 0;
        (is_class(a), &a.name).cmp(&(is_class(b), &b.name))
    });
    let mut ordered: Vec<ClassFile> = Vec::new();
    while !files.is_empty() {
        let waits = |file: &ClassFile| {
            let mut above = file.interfaces.iter().chain(&file.superclass);
            above.any(|name| files.iter().any(|other| other.name == *name && other.name != file.name))
        };
        // a cycle of superclasses, which no compiler makes, is broken anywhere and found when names are looked up
        let next = files.iter().position(|file| !waits(file)).unwrap_or(0);
        ordered.push(files.remove(next));
    }
    ordered
}
