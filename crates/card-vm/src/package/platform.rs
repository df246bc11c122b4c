//! The platform's classes in the machine's form: which native a token leads to, and how large an instance is.
//!
//! Made once for a [`Platform`] and shared by all cards and the linker. Objects of the platform may also be
//! instances of its interfaces: a key made by `KeyBuilder` has no public class, so its class is `AESKey` itself, and
//! the interface's tokens are its virtual methods.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

use card_image::api::{self, ClassId, Member, MemberId, MemberKind};

use super::code::{Origin, Place, ResultWords, Shape};
use super::{ClassInfo, Dispatch};
use crate::known;
use crate::platform::{Layout, Platform};

/// The platform's classes and natives, as the linker and the machine use them.
#[derive(Debug)]
pub struct PlatformPackage {
    classes: Vec<ClassInfo>,
    natives: Vec<Native>,
}

/// What a call of a member needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Native {
    /// What it takes and gives.
    pub(crate) shape: Shape,
    /// Whether the first of them is a receiver.
    pub(crate) receiver: bool,
    /// Whether there is a native.
    pub(crate) implemented: bool,
}

impl PlatformPackage {
    /// Asks a platform for what it implements and for its layouts.
    pub fn new(platform: &impl Platform) -> PlatformPackage {
        let natives: Vec<Native> = (0..=u16::MAX)
            .map_while(|id| MemberId(id).get().map(|member| native(platform, MemberId(id), member)))
            .collect();
        let mut package = PlatformPackage { classes: Vec::new(), natives };
        for id in api::classes() {
            let info = package.class_info(platform, id);
            package.classes.push(info);
        }
        package
    }

    pub(crate) fn class(&self, class: ClassId) -> Option<&ClassInfo> {
        self.classes.get(usize::from(class.0))
    }

    pub(crate) fn native(&self, member: MemberId) -> Option<Native> {
        self.natives.get(usize::from(member.0)).copied()
    }

    /// The words of a class's instances before its own hidden fields begin.
    #[must_use]
    pub fn words_of_superclass(&self, class: ClassId) -> u16 {
        class.get().and_then(|row| self.class(row.superclass?)).map_or(0, |info| info.words)
    }

    fn is_implemented(&self, member: MemberId) -> bool {
        self.native(member).is_some_and(|native| native.implemented)
    }

    /// The member with a native that a virtual method token of a class leads to: the class's own or the nearest
    /// ancestor's, for a class lists what it inherits as well.
    fn implementation(&self, member: MemberId) -> MemberId {
        let mut candidate = Some(member);
        while let Some(id) = candidate {
            if self.is_implemented(id) {
                return id;
            }
            candidate = id.of_superclass();
        }
        member
    }

    /// The member with a native that an instance or static member leads to, if there is one.
    pub(crate) fn implemented(&self, member: MemberId) -> Option<MemberId> {
        Some(self.implementation(member)).filter(|id| self.is_implemented(*id))
    }

    fn class_info(&self, platform: &impl Platform, id: ClassId) -> ClassInfo {
        let extended = platform.extended_by(id);
        let superclass = extended.or_else(|| id.get().and_then(|row| row.superclass));
        let above = superclass.and_then(|superclass| self.class(superclass));
        let (mut words, mut references) =
            above.map_or((0, Vec::new()), |info| (info.words, info.references.clone()));
        let Layout { references: own_references, words: own_words } = platform.layout(id);
        push_range(&mut references, words..words + u16::from(own_references));
        words += u16::from(own_references) + u16::from(own_words);
        let is_interface = id.get().is_some_and(api::Class::is_interface);
        let (mut public, mut interfaces) = match extended {
            Some(class) => (self.dispatch(class), self.interfaces(class, false)),
            None => (self.dispatch(id), self.interfaces(id, is_interface)),
        };
        for interface in
            extended.map(|_| id).into_iter().chain(platform.further_interfaces(id).iter().copied())
        {
            interfaces.push((place(interface), self.append(&mut public, interface)));
        }
        ClassInfo {
            is_interface,
            shareable: id.is_a(known::SHAREABLE),
            superclass: superclass.map(place),
            base: above.map_or(0, |info| info.words),
            words,
            references,
            public,
            package: Vec::new(),
            interfaces,
            results: if is_interface { self.results(id) } else { Vec::new() },
        }
    }

    /// What each virtual method token, or, for an interface, each of its tokens leads to.
    fn dispatch(&self, id: ClassId) -> Vec<Dispatch> {
        let mut table = Vec::new();
        let members = id.get().into_iter().flat_map(api::Class::members);
        for member in members {
            let Some(row) = member.get() else { continue };
            match row.kind {
                MemberKind::VirtualMethod | MemberKind::InterfaceMethod => {}
                MemberKind::Constant | MemberKind::StaticField | MemberKind::StaticMethod => continue,
            }
            let token = usize::from(row.token);
            if table.len() <= token {
                table.resize(token + 1, Dispatch::Absent);
            }
            if let Some(entry) = table.get_mut(token) {
                *entry = Dispatch::Native(self.implementation(member));
            }
        }
        table
    }

    /// What each of an interface's tokens gives.
    fn results(&self, id: ClassId) -> Vec<ResultWords> {
        let mut results = Vec::new();
        for member in id.get().into_iter().flat_map(api::Class::members) {
            let (Some(row), Some(native)) = (member.get(), self.native(member)) else { continue };
            if row.kind == MemberKind::InterfaceMethod {
                let token = usize::from(row.token);
                results.resize(results.len().max(token + 1), ResultWords::Unknown);
                results.get_mut(token).into_iter().for_each(|result| *result = native.shape.result);
            }
        }
        results
    }

    /// Adds an interface's methods behind a class's own, and says which token leads to each.
    fn append(&self, public: &mut Vec<Dispatch>, interface: ClassId) -> Box<[u8]> {
        let mut tokens = Vec::new();
        for entry in self.dispatch(interface) {
            tokens.push(u8::try_from(public.len()).unwrap_or(u8::MAX));
            public.push(entry);
        }
        tokens.into()
    }

    /// For each interface, the class's token for each of the interface's, found by name and descriptor.
    fn interfaces(&self, id: ClassId, is_interface: bool) -> Vec<(Place, Box<[u8]>)> {
        let Some(row) = id.get() else { return Vec::new() };
        let itself = is_interface.then_some(id);
        let all = itself.into_iter().chain(row.interfaces.iter().copied());
        all.map(|interface| (place(interface), tokens(row, interface))).collect()
    }
}

fn place(class: ClassId) -> Place {
    Place { origin: Origin::Platform, index: class.0 }
}

fn push_range(ranges: &mut Vec<Range<u16>>, range: Range<u16>) {
    match ranges.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if last.end == range.start => last.end = range.end,
        Some(_) | None => ranges.push(range),
    }
}

fn tokens(class: &api::Class, interface: ClassId) -> Box<[u8]> {
    let methods = |class: &api::Class| {
        class
            .members()
            .filter_map(MemberId::get)
            .filter(|member| matches!(member.kind, MemberKind::InterfaceMethod | MemberKind::VirtualMethod))
            .collect::<Vec<_>>()
    };
    let own = methods(class);
    let mut tokens = Vec::new();
    for member in interface.get().map(methods).unwrap_or_default() {
        let index = usize::from(member.token);
        if tokens.len() <= index {
            tokens.resize(index + 1, 0xFF);
        }
        let found = own.iter().find(|own| own.name == member.name && own.descriptor == member.descriptor);
        if let (Some(token), Some(found)) = (tokens.get_mut(index), found) {
            *token = found.token;
        }
    }
    tokens.into()
}

fn native(platform: &impl Platform, id: MemberId, member: &Member) -> Native {
    let (receiver, parameters) = match member.kind {
        MemberKind::VirtualMethod | MemberKind::InterfaceMethod => (true, parameter_words(member.descriptor)),
        MemberKind::StaticMethod => (member.name == "<init>", parameter_words(member.descriptor)),
        // The native behind a static field gives its value.
        MemberKind::Constant | MemberKind::StaticField => (false, 0),
    };
    let arguments = parameters + u8::from(receiver);
    let result = match member.descriptor.rsplit(')').next() {
        Some("V") => ResultWords::None,
        Some("I") => ResultWords::Two,
        Some(_) | None => ResultWords::One,
    };
    Native { shape: Shape { arguments, result }, receiver, implemented: platform.implements(id) }
}

/// The words that the parameters of a method descriptor take on the stack.
fn parameter_words(descriptor: &str) -> u8 {
    let mut words = 0u8;
    let mut bytes = descriptor.bytes().skip(1);
    let mut in_array = false;
    while let Some(byte) = bytes.next() {
        let size = match byte {
            b')' => break,
            b'[' => {
                in_array = true;
                continue;
            }
            b'L' => {
                bytes.by_ref().take_while(|byte| *byte != b';').for_each(drop);
                1
            }
            b'I' if !in_array => 2,
            _ => 1,
        };
        in_array = false;
        words = words.saturating_add(size);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::parameter_words;

    #[test]
    fn an_int_takes_two_words_and_everything_else_one() {
        for (descriptor, words) in [("()V", 0), ("([BS[BSS)S", 5), ("(ILjava/lang/Object;[IZ)V", 5)] {
            assert_eq!(parameter_words(descriptor), words, "{descriptor}");
        }
    }
}
