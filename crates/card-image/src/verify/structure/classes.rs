//! The Class component: hierarchy, object layout, method tables and interface maps (JCVM 6.9).

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::api::MemberKind;
use crate::cap::limits::MAX_CLASS_OFFSET;
use crate::cap::{
    ClassComponent, ClassEntry, ClassInfo, ClassRef, ComponentTag, FieldPlace, ImplementedInterface,
    MethodOffset,
};
use crate::export::{AccessFlags, MemberView};
use crate::verify::finding::Rule;
use crate::verify::members::{Access, method_access};
use crate::verify::report::Report;
use crate::verify::world::{ClassKey, Kind, OwnClass, SHAREABLE, Signature, World, text};

const TAG: ComponentTag = ComponentTag::Class;

/// The high bit of a package-visible method's token (JCVM 4.3.7.6).
const PACKAGE_VISIBLE: u8 = 0x80;

/// Checks all entries. The order is checked first, because only then asking for superclasses ends.
pub(in crate::verify) fn check_classes(world: &World<'_>, report: &mut Report) {
    let before = report.count();
    check_order(world, report);
    if report.count() != before {
        return;
    }
    let mut promises: Vec<Promises> = Vec::new();
    for (index, own) in world.own.iter().enumerate() {
        let key = ClassKey::Own(index as u16);
        promises.push(check_promises(world, key, own, &promises, report));
        check_hierarchy(world, own, report);
        check_shareable(world, key, own, report);
        if let Some(info) = own.info() {
            check_instance(world, own, info, report);
            check_tables(world, key, own, info, report);
            check_interfaces(world, key, info, report);
            check_overrides(world, key, own, report);
            check_implemented(world, key, own, report);
        }
    }
}

fn check_order(world: &World<'_>, report: &mut Report) {
    let mut classes_began = false;
    for (index, own) in world.own.iter().enumerate() {
        let needed: Vec<ClassRef> = match own.entry {
            ClassEntry::Interface(interface) => interface.superinterfaces.clone(),
            ClassEntry::Class(class) => {
                let interfaces = class.interfaces.iter().map(|implemented| implemented.interface);
                class.superclass.into_iter().chain(interfaces).collect()
            }
        };
        for class in needed {
            match world.key(class) {
                Some(ClassKey::Own(before)) if usize::from(before) < index => {}
                Some(ClassKey::Imported { .. }) => {}
                Some(ClassKey::Own(_)) | None => {
                    report.add(
                        Rule::ClassLayout,
                        TAG,
                        format!("a known class before {}", own.offset),
                        text(class),
                    );
                }
            }
        }
        if own.offset.0 > MAX_CLASS_OFFSET {
            report.add(
                Rule::ClassLayout,
                TAG,
                format!("an offset up to {MAX_CLASS_OFFSET}"),
                text(own.offset),
            );
        }
        match own.entry {
            ClassEntry::Class(_) => classes_began = true,
            ClassEntry::Interface(_) if classes_began => {
                report.add(Rule::ClassLayout, TAG, "interfaces before classes", text(own.offset));
            }
            ClassEntry::Interface(_) => {}
        }
    }
}

fn check_hierarchy(world: &World<'_>, own: &OwnClass<'_>, report: &mut Report) {
    let mut interface = |class: ClassRef| {
        if !world.key(class).is_some_and(|key| world.is_interface(key)) {
            report.add(Rule::ClassHierarchy, TAG, "an interface", text(class));
        }
    };
    match own.entry {
        ClassEntry::Interface(info) => info.superinterfaces.iter().for_each(|class| interface(*class)),
        ClassEntry::Class(info) => {
            info.interfaces.iter().for_each(|implemented| interface(implemented.interface));
            let superclass = info.superclass.and_then(|class| world.key(class));
            if !superclass.is_some_and(|key| !world.is_final(key) && !world.is_interface(key)) {
                let found = info.superclass.map_or(String::from("none"), text);
                report.add(Rule::ClassHierarchy, TAG, "a superclass that is not final", found);
            }
        }
    }
}

fn check_shareable(world: &World<'_>, key: ClassKey, own: &OwnClass<'_>, report: &mut Report) {
    let Some(shareable) = world.named(SHAREABLE) else { return };
    let what = format!("ACC_SHAREABLE of {}", own.offset);
    report.same(Rule::ShareableFlag, TAG, &what, world.is_a(key, shareable), own.entry.is_shareable());
}

fn check_instance(world: &World<'_>, own: &OwnClass<'_>, info: &ClassInfo, report: &mut Report) {
    let (mut words, mut references, mut tokens) = (0, BTreeSet::new(), BTreeSet::new());
    for field in &own.descriptor.fields {
        let FieldPlace::Instance { token, .. } = field.place else { continue };
        let Some(kind) = world.field_kind(field) else { continue };
        words += kind.words();
        if matches!(kind, Kind::Reference(_)) {
            references.insert(token);
        }
        if !tokens.insert(token) {
            report.add(Rule::InstanceSize, TAG, "a token for each field", format!("two of token {token}"));
        }
    }
    let rule = Rule::InstanceSize;
    report.same(rule, TAG, "declared_instance_size", words, info.declared_instance_size.into());
    report.same(rule, TAG, "reference_count", references.len(), info.reference_count.into());
    let first = references.first().copied().unwrap_or(0xFF);
    report.same(rule, TAG, "first_reference_token", first, info.first_reference_token);
    let last = references.last().copied().unwrap_or(0xFF);
    if usize::from(last - first) + 1 != references.len().max(1) {
        report.add(rule, TAG, "reference tokens that follow one another", format!("{references:?}"));
    }
}

fn check_tables(world: &World<'_>, key: ClassKey, own: &OwnClass<'_>, info: &ClassInfo, report: &mut Report) {
    let tables = [
        (0, info.public_method_table_base, &info.public_methods),
        (PACKAGE_VISIBLE, info.package_method_table_base, &info.package_methods),
    ];
    for (visibility, base, table) in tables {
        for (index, found) in table.iter().enumerate() {
            let token = usize::from(base) + index;
            let expected = u8::try_from(token).ok().filter(|token| token & PACKAGE_VISIBLE == 0);
            let expected = expected.and_then(|token| defined(world, key, token | visibility));
            if expected != Some(*found) {
                let expected = expected.map_or(String::from("no method"), text);
                report.add(
                    Rule::MethodTable,
                    TAG,
                    format!("{expected} for token {token} of {}", own.offset),
                    text(found),
                );
            }
        }
    }
    for method in &own.descriptor.methods {
        let flags = method.flags;
        let (false, false, false, Some(token)) =
            (flags.is_static(), flags.is_init(), flags.is_private(), method.token)
        else {
            continue;
        };
        let package_visible = !flags.is_public() && !flags.is_protected();
        let offset = if token & PACKAGE_VISIBLE != 0 {
            info.package_method(token & !PACKAGE_VISIBLE)
        } else {
            info.public_method(token)
        };
        if offset != Some(method.offset) || (token & PACKAGE_VISIBLE != 0 && !package_visible) {
            let expected = format!("{} in the table of {} for token {token}", method.offset, own.offset);
            report.add(Rule::MethodTable, TAG, expected, format!("{offset:?}"));
        }
    }
}

/// What a class's table must hold for a token: the method of the nearest own class, or the mark of an imported one.
fn defined(world: &World<'_>, key: ClassKey, token: u8) -> Option<MethodOffset> {
    for class in world.chain(key) {
        match world.own_class(class) {
            Some(own) => {
                if let Some(method) = own.virtual_method(token) {
                    return Some(method.offset);
                }
            }
            None => {
                let inherited = world.view(class)?.member(MemberKind::VirtualMethod, token);
                return inherited.map(|_| ClassComponent::INHERITED);
            }
        }
    }
    None
}

fn check_interfaces(world: &World<'_>, key: ClassKey, info: &ClassInfo, report: &mut Report) {
    let listed: Vec<ClassKey> =
        info.interfaces.iter().filter_map(|implemented| world.key(implemented.interface)).collect();
    let superclass = world.superclass(key);
    for (implemented, interface) in info.interfaces.iter().zip(&listed) {
        check_interface(world, key, implemented, *interface, report);
        for above in superinterfaces(world, *interface) {
            if !listed.contains(&above) && !superclass.is_some_and(|class| world.is_a(class, above)) {
                report.add(Rule::InterfaceMap, TAG, format!("an entry for {}", world.name(above)), "none");
            }
        }
    }
}

fn superinterfaces(world: &World<'_>, interface: ClassKey) -> Vec<ClassKey> {
    match (world.own_class(interface).map(|own| own.entry), world.view(interface)) {
        (Some(ClassEntry::Interface(info)), _) => {
            info.superinterfaces.iter().filter_map(|class| world.key(*class)).collect()
        }
        (_, Some(view)) => view.interfaces().into_iter().filter_map(|name| world.named(name)).collect(),
        (Some(ClassEntry::Class(_)) | None, None) => Vec::new(),
    }
}

fn check_interface(
    world: &World<'_>,
    key: ClassKey,
    implemented: &ImplementedInterface,
    interface: ClassKey,
    report: &mut Report,
) {
    let count = match (world.own_class(interface), world.view(interface)) {
        (Some(own), _) => own.descriptor.methods.len(),
        (None, Some(view)) => {
            view.members().filter(|member| member.kind == MemberKind::InterfaceMethod).count()
        }
        (None, None) => 0,
    };
    let what = format!("methods of {} in {}", world.name(interface), world.name(key));
    report.same(Rule::InterfaceMap, TAG, &what, count, implemented.methods.len());
    for (token, virtual_token) in implemented.methods.iter().enumerate().take(count) {
        let Some(wanted) = world.interface_method(interface, token as u8) else {
            // an interface of this package is looked at with the other described members
            if world.own_class(interface).is_none() {
                let expected = format!("a known type for token {token} of {}", world.name(interface));
                report.add(Rule::InterfaceMap, TAG, expected, "none");
            }
            continue;
        };
        let fits = match world.virtual_method(key, *virtual_token) {
            Some(method) => method.signature == wanted.signature && method.access == Access::Public,
            None => world.is_abstract(key),
        };
        if !fits {
            let expected =
                format!("a public method {} for token {token}", world.signature_name(&wanted.signature));
            report.add(
                Rule::InterfaceMap,
                TAG,
                expected,
                format!("virtual token {virtual_token} of {}", world.name(key)),
            );
        }
    }
}

fn check_overrides(world: &World<'_>, key: ClassKey, own: &OwnClass<'_>, report: &mut Report) {
    let Some(superclass) = world.superclass(key) else { return };
    for method in &own.descriptor.methods {
        let (Some(token), Some(declared)) =
            (method.token, method.token.and_then(|token| own.virtual_method(token)))
        else {
            continue;
        };
        if declared.offset != method.offset {
            continue;
        }
        let Some(signature) = world.signature_of(method) else { continue };
        let Some(above) = world.virtual_method(superclass, token) else {
            // what has a type that cannot be seen from here cannot be overridden from here
            if defined(world, superclass, token).is_some() {
                let expected = format!("a known type of token {token} above {}", own.offset);
                report.add(Rule::OverrideType, TAG, expected, world.signature_name(&signature));
            }
            continue;
        };
        // what is package-visible above is not seen, and so not overridden, from another package of the file
        let unseen = above.access == Access::Package
            && !world.own_key(own.offset).is_some_and(|key| world.same_package(key, above.declared_in));
        if above.is_final
            || unseen
            || above.signature != signature
            || method_access(method.flags) < above.access
        {
            let expected = world.signature_name(&above.signature);
            let found = format!("{} {} at token {token}", method.flags, world.signature_name(&signature));
            report.add(
                Rule::OverrideType,
                TAG,
                format!("{expected}, not final, access {:?}", above.access),
                found,
            );
        }
    }
}

/// The types of methods that an abstract class has from its interfaces and does not describe, by virtual method token.
type Promises = BTreeMap<u8, Signature>;

/// What an abstract class leaves to its subclasses without describing it must be kept by them with the same type.
fn check_promises(
    world: &World<'_>,
    key: ClassKey,
    own: &OwnClass<'_>,
    before: &[Promises],
    report: &mut Report,
) -> Promises {
    let mut broken = |token: u8, wanted: &Signature| {
        let expected = format!("{} for token {token} of {}", world.signature_name(wanted), own.offset);
        report.add(Rule::InterfaceMap, TAG, expected, "another type, or no method");
    };
    let mut promises = match world.superclass(key) {
        Some(ClassKey::Own(above)) => before.get(usize::from(above)).cloned().unwrap_or_default(),
        Some(ClassKey::Imported { .. }) | None => Promises::new(),
    };
    promises.retain(|token, wanted| {
        let kept = own.virtual_method(*token).map(|method| (method.flags, world.signature_of(method)));
        match kept {
            None => return true,
            Some((flags, Some(signature))) if flags.is_public() && signature == *wanted => {}
            Some(_) => broken(*token, wanted),
        }
        false
    });
    for implemented in own.info().into_iter().flat_map(|info| &info.interfaces) {
        let Some(interface) = world.key(implemented.interface) else { continue };
        for (token, stands_for) in (0..=u8::MAX).zip(&implemented.methods) {
            if world.virtual_method(key, *stands_for).is_some() {
                continue;
            }
            let Some(wanted) = world.interface_method(interface, token).map(|method| method.signature) else {
                continue;
            };
            match promises.get(stands_for) {
                Some(other) if *other != wanted => broken(*stands_for, &wanted),
                Some(_) => {}
                None => {
                    promises.insert(*stands_for, wanted);
                }
            }
        }
    }
    if !own.descriptor.flags.is_abstract() {
        promises.iter().for_each(|(token, wanted)| broken(*token, wanted));
    }
    promises
}

/// A class that can be instantiated has code for each virtual method.
fn check_implemented(world: &World<'_>, key: ClassKey, own: &OwnClass<'_>, report: &mut Report) {
    if own.descriptor.flags.is_abstract() {
        return;
    }
    for token in world.chain(key).flat_map(|class| abstract_tokens(world, class)) {
        if world.virtual_method(key, token).is_some_and(|method| method.is_abstract) {
            report.add(
                Rule::MethodTable,
                TAG,
                format!("code for token {token} of {}", own.offset),
                "an abstract method",
            );
        }
    }
}

fn abstract_tokens(world: &World<'_>, class: ClassKey) -> Vec<u8> {
    if let Some(own) = world.own_class(class) {
        let methods = own.descriptor.methods.iter().filter(|method| method.flags.is_abstract());
        return methods.filter_map(|method| method.token).collect();
    }
    let members = world.view(class).into_iter().flat_map(|view| view.members());
    let is_open = |member: &MemberView<'_>| {
        member.kind == MemberKind::VirtualMethod && member.flags.contains(AccessFlags::ABSTRACT)
    };
    members.filter(is_open).map(|member| member.token).collect()
}
