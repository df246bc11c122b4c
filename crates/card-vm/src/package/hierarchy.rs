//! The classes of a package: what instances hold, and what tokens lead to (JCVM 6.9).

use alloc::boxed::Box;
use alloc::vec::Vec;

use card_image::cap::{ClassComponent, ClassEntry, ClassInfo as CapClass, InterfaceInfo, MethodOffset};

use super::code::{Origin, Place};
use super::link::LinkError;
use super::resolve::Resolver;
use super::{ClassInfo, Dispatch};
use crate::limits;

/// Fills the resolver's classes from the Class component, in its order: a superclass comes before its subclasses.
pub(super) fn classes(resolver: &mut Resolver<'_>) -> Result<(), LinkError> {
    let cap = resolver.cap;
    for (_, entry) in cap.class.with_offsets(cap.header.format) {
        let info = match entry {
            ClassEntry::Interface(interface) => interface_info(resolver, interface)?,
            ClassEntry::Class(class) => class_info(resolver, class)?,
        };
        resolver.classes.push(info);
    }
    Ok(())
}

fn interface_info(resolver: &Resolver<'_>, interface: &InterfaceInfo) -> Result<ClassInfo, LinkError> {
    let mut interfaces: Vec<(Place, Box<[u8]>)> = Vec::new();
    for superinterface in &interface.superinterfaces {
        interfaces.push((resolver.class(*superinterface)?, Box::default()));
    }
    Ok(ClassInfo {
        is_interface: true,
        shareable: interface.shareable,
        superclass: None,
        base: 0,
        words: 0,
        references: Vec::new(),
        public: Vec::new(),
        package: Vec::new(),
        interfaces,
        // told by the Descriptor, or by who implements it
        results: Vec::new(),
    })
}

fn class_info(resolver: &Resolver<'_>, class: &CapClass) -> Result<ClassInfo, LinkError> {
    let index = resolver.classes.len() as u16;
    let superclass = class.superclass.ok_or(LinkError::ClassOrder { index })?;
    let superclass = resolver.class(superclass)?;
    let above = resolver.info(superclass).ok_or(LinkError::ClassOrder { index })?;
    let own_package = superclass.origin == Origin::Own;
    let size = u16::from(class.declared_instance_size);
    let words = above.words.checked_add(size).ok_or(LinkError::TooLarge { what: "an instance" })?;
    let mut references = above.references.clone();
    if class.reference_count > 0 {
        let start = above.words.saturating_add(u16::from(class.first_reference_token));
        let end = start.saturating_add(u16::from(class.reference_count));
        references.push(start.min(words)..end.min(words));
    }
    let mut interfaces = Vec::new();
    for implemented in &class.interfaces {
        interfaces.push((resolver.class(implemented.interface)?, implemented.methods.as_slice().into()));
    }
    for (interface, tokens) in &above.interfaces {
        interfaces.push((resolver.translate_from(superclass, *interface)?, tokens.clone()));
    }
    if references.len() > limits::REFERENCE_RANGES || interfaces.len() > limits::INTERFACES {
        return Err(LinkError::TooLarge { what: "a class" });
    }
    let package_above = if own_package { above.package.clone() } else { Vec::new() };
    let public_above = inherited(resolver, superclass, above)?;
    Ok(ClassInfo {
        is_interface: false,
        shareable: class.shareable || above.shareable,
        superclass: Some(superclass),
        base: above.words,
        words,
        references,
        public: table(resolver, public_above, class.public_method_table_base, &class.public_methods)?,
        package: table(resolver, package_above, class.package_method_table_base, &class.package_methods)?,
        interfaces,
        results: Vec::new(),
    })
}

/// The superclass's table, in this package's terms.
fn inherited(
    resolver: &Resolver<'_>,
    superclass: Place,
    above: &ClassInfo,
) -> Result<Vec<Dispatch>, LinkError> {
    let take = |entry: &Dispatch| match entry {
        Dispatch::Method(method) => resolver.translate_from(superclass, *method).map(Dispatch::Method),
        Dispatch::Native(_) | Dispatch::Absent => Ok(*entry),
    };
    above.public.iter().map(take).collect()
}

fn table(
    resolver: &Resolver<'_>,
    mut table: Vec<Dispatch>,
    base: u8,
    methods: &[MethodOffset],
) -> Result<Vec<Dispatch>, LinkError> {
    let needed = usize::from(base) + methods.len();
    if needed > 0x80 {
        return Err(LinkError::TooLarge { what: "a table of virtual methods" });
    }
    if table.len() < needed {
        table.resize(needed, Dispatch::Absent);
    }
    for (entry, offset) in table.iter_mut().skip(usize::from(base)).zip(methods) {
        if *offset != ClassComponent::INHERITED {
            let index = resolver.method_at(*offset)?;
            *entry = Dispatch::Method(Place { origin: Origin::Own, index });
        }
    }
    Ok(table)
}
