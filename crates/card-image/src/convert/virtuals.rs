//! Virtual method tokens and tables (JCVM 4.3.7.6 and 6.9.2).
//!
//! Public and protected methods have tokens 0 to 127 that continue those of the superclass, wherever it is.
//! Package-visible methods have a space of their own, with the high bit set, that continues only inside the
//! package. A method that overrides another keeps its token. A class's table begins at the smallest token that the
//! class itself declares and ends at the largest that it knows.

use super::diagnostic::Problem;
use super::world::ClassIndex;
use crate::api::MemberKind;
use crate::classfile::{ClassFile, Method, access};
use crate::export::ClassView;

/// The bit of a token that is package-visible.
pub(super) const PACKAGE_VISIBLE: u8 = 0x80;

/// Where a virtual method's code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// A class of this package and a position among its methods.
    Own(ClassIndex, usize),
    /// In another package's class above.
    Inherited,
    /// Promised by an interface that an abstract class implements, and left out there.
    Missing(ClassIndex),
}

#[derive(Clone, Debug)]
struct Entry {
    name: String,
    descriptor: String,
    code: Code,
    /// Whether a class of this package declares it in the class at hand.
    declared: bool,
}

/// One of the two spaces of tokens.
#[derive(Clone, Debug, Default)]
struct Space {
    entries: Vec<Entry>,
}

impl Space {
    fn position(&self, name: &str, descriptor: &str) -> Option<usize> {
        self.entries.iter().rposition(|entry| entry.name == name && entry.descriptor == descriptor)
    }

    fn set(&mut self, name: &str, descriptor: &str, code: Code) {
        let entry = Entry { name: name.to_owned(), descriptor: descriptor.to_owned(), code, declared: true };
        match self.position(name, descriptor) {
            Some(position) => self.entries[position] = entry,
            None => self.entries.push(entry),
        }
    }

    /// The first token of the table and the code of its entries.
    fn table(&self) -> (u8, Vec<Code>) {
        let base = self.entries.iter().position(|entry| entry.declared).unwrap_or(self.entries.len());
        (base as u8, self.entries[base..].iter().map(|entry| entry.code).collect())
    }
}

/// The virtual methods of a class, inherited ones included.
#[derive(Clone, Debug, Default)]
pub(super) struct Virtuals {
    public: Space,
    package: Space,
    /// Public tokens that the superclass has.
    inherited: u8,
}

impl Virtuals {
    /// What a class of another package passes on.
    pub(super) fn of_foreign(class: &ClassView<'_>) -> Self {
        let members = || class.members().filter(|member| member.kind == MemberKind::VirtualMethod);
        let count = members().map(|member| member.token + 1).max().unwrap_or_default();
        let hidden =
            Entry { name: String::new(), descriptor: String::new(), code: Code::Inherited, declared: false };
        let mut entries = vec![hidden; count.into()];
        for member in members() {
            let entry = &mut entries[usize::from(member.token)];
            entry.name = member.name.to_owned();
            entry.descriptor = member.descriptor.to_owned();
        }
        Self { public: Space { entries }, package: Space::default(), inherited: count }
    }

    /// What a class of this file passes on. A subclass of another package does not see, and so does not override,
    /// what is package-visible; their tokens are taken all the same, for the file has one space of them.
    pub(super) fn inherited(&self, same_package: bool) -> Self {
        let mut inherited = self.clone();
        inherited.inherited = self.public.entries.len() as u8;
        for entry in inherited.public.entries.iter_mut().chain(&mut inherited.package.entries) {
            entry.declared = false;
        }
        for entry in inherited.package.entries.iter_mut().filter(|_| !same_package) {
            entry.name = String::new();
        }
        inherited
    }

    /// Adds a class's own methods, and those it must have by its interfaces.
    pub(super) fn extended(
        mut self,
        class: ClassIndex,
        file: &ClassFile,
        wanted: &[(String, String)],
    ) -> Result<Self, Problem> {
        let no_table = access::STATIC | access::PRIVATE;
        let is_virtual = |method: &Method| method.access & no_table == 0 && !method.name.starts_with('<');
        for (position, method) in file.methods.iter().enumerate().filter(|(_, method)| is_virtual(method)) {
            let code = Code::Own(class, position);
            let public = method.access & (access::PUBLIC | access::PROTECTED) != 0;
            if public || self.public.position(&method.name, &method.descriptor).is_some() {
                self.public.set(&method.name, &method.descriptor, code);
            }
            // one that was package-visible above and is public here still answers to its old token
            if !public || self.package.position(&method.name, &method.descriptor).is_some() {
                self.package.set(&method.name, &method.descriptor, code);
            }
        }
        for (name, descriptor) in wanted {
            if self.public.position(name, descriptor).is_none() {
                self.public.set(name, descriptor, Code::Missing(class));
            }
        }
        let most = self.public.entries.len().max(self.package.entries.len());
        if most > 128 {
            return Err(Problem::Limit { what: "virtual methods", count: most, limit: 128 });
        }
        Ok(self)
    }

    /// The token of a method, public ones first.
    pub(super) fn token(&self, name: &str, descriptor: &str) -> Option<u8> {
        let public = self.public.position(name, descriptor).map(|position| position as u8);
        public.or_else(|| Some(self.package.position(name, descriptor)? as u8 | PACKAGE_VISIBLE))
    }

    /// The same, when the class at hand declares it.
    pub(super) fn declared_token(&self, class: ClassIndex, name: &str, descriptor: &str) -> Option<u8> {
        let declares = |space: &Space| {
            let entry = &space.entries[space.position(name, descriptor)?];
            matches!(entry.code, Code::Own(owner, _) | Code::Missing(owner) if owner == class && entry.declared)
                .then_some(())
        };
        (declares(&self.public).is_some() || declares(&self.package).is_some())
            .then(|| self.token(name, descriptor))?
    }

    /// The table of public and protected methods: its first token and its entries.
    pub(super) fn public_table(&self) -> (u8, Vec<Code>) {
        self.public.table()
    }

    /// The table of package-visible methods: its first token without the high bit, and its entries.
    pub(super) fn package_table(&self) -> (u8, Vec<Code>) {
        self.package.table()
    }

    /// How many public method tokens the superclass has.
    pub(super) fn inherited_tokens(&self) -> u8 {
        self.inherited
    }

    /// Name, descriptor and code of every public method, by token.
    pub(super) fn public(&self) -> impl Iterator<Item = (&str, &str, Code)> {
        self.public.entries.iter().map(|entry| (entry.name.as_str(), entry.descriptor.as_str(), entry.code))
    }

    /// The methods that the class at hand promises without declaring them.
    pub(super) fn missing(&self, class: ClassIndex) -> impl Iterator<Item = (u8, &str, &str)> {
        let entries = self.public.entries.iter().enumerate();
        entries
            .filter(move |(_, entry)| entry.code == Code::Missing(class) && entry.declared)
            .map(|(token, entry)| (token as u8, entry.name.as_str(), entry.descriptor.as_str()))
    }
}
