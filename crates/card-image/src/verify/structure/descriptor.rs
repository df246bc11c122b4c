//! The Descriptor beside the components that it describes (JCVM 6.14).

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use crate::cap::{
    CapFile, ClassEntry, ClassRef, ComponentTag, Descriptor, FieldPlace, FieldType, MethodDescriptor,
    MethodOffset, StaticFieldRef, TypeOffset,
};
use crate::verify::finding::Rule;
use crate::verify::report::Report;
use crate::verify::world::{ClassKey, OwnClass, World, text};

const TAG: ComponentTag = ComponentTag::Descriptor;

/// Pairs the entries of the Class component with their descriptions; `None` when they do not pair.
pub(in crate::verify) fn pair_classes<'a>(
    cap: &'a CapFile,
    descriptor: &'a Descriptor,
    report: &mut Report,
) -> Option<Vec<OwnClass<'a>>> {
    let before = report.count();
    let mut own = Vec::new();
    for (offset, entry) in cap.class.with_offsets(cap.header.format) {
        let all = descriptor.packages.iter().enumerate();
        let all =
            all.flat_map(|(package, described)| described.classes.iter().map(move |class| (package, class)));
        let mut described = all.filter(|(_, class)| class.this_class == ClassRef::Internal(offset));
        let (Some((package, first)), None) = (described.next(), described.next()) else {
            report.add(Rule::DescriptorClass, TAG, format!("one description of {offset}"), "none or several");
            continue;
        };
        let is_interface = matches!(entry, ClassEntry::Interface(_));
        report.same(Rule::DescriptorClass, TAG, "ACC_INTERFACE", is_interface, first.flags.is_interface());
        let implemented: BTreeSet<ClassRef> = match entry {
            ClassEntry::Interface(_) => BTreeSet::new(),
            ClassEntry::Class(class) => {
                class.interfaces.iter().map(|implemented| implemented.interface).collect()
            }
        };
        if implemented != first.interfaces.iter().copied().collect() {
            let found = format!("{:?}", first.interfaces);
            report.add(Rule::DescriptorClass, TAG, format!("the interfaces of {offset}"), found);
        }
        if first.flags.is_final() && first.flags.is_abstract() {
            report.add(Rule::DescriptorClass, TAG, "a class not both final and abstract", text(first.flags));
        }
        own.push(OwnClass { offset, package, entry, descriptor: first });
    }
    report.same(Rule::DescriptorClass, TAG, "classes", cap.class.entries.len(), descriptor.classes().count());
    (report.count() == before).then_some(own)
}

/// Checks each described field and method by itself.
pub(in crate::verify) fn check_members(world: &World<'_>, report: &mut Report) {
    let types: BTreeSet<TypeOffset> =
        world.descriptor.types_with_offsets().map(|(offset, _)| offset).collect();
    for (offset, item) in world.descriptor.types_with_offsets() {
        if item.0.iter().any(|item| world.kind(*item).is_none()) {
            report.add(Rule::DescriptorType, TAG, "known classes", format!("{offset}"));
        }
    }
    let mut offsets = BTreeSet::new();
    for (index, class) in world.own.iter().enumerate() {
        let key = ClassKey::Own(index as u16);
        for field in &class.descriptor.fields {
            let placed = match field.place {
                FieldPlace::Static(StaticFieldRef::Internal(_)) => true,
                FieldPlace::Static(StaticFieldRef::External { .. }) => false,
                FieldPlace::Instance { class, .. } => world.key(class) == Some(key),
            };
            if !placed {
                report.add(Rule::DescriptorMember, TAG, "a field of its class", format!("{:?}", field.place));
            }
            if let FieldType::Reference(offset) = field.kind
                && (!types.contains(&offset) || world.field_kind(field).is_none())
            {
                report.add(Rule::DescriptorType, TAG, "a field's type", text(offset));
            }
            check_access(
                field.flags.is_public(),
                field.flags.is_protected(),
                field.flags.is_private(),
                report,
            );
        }
        check_interface_tokens(class, report);
        for method in &class.descriptor.methods {
            check_method(world, class, method, &types, report);
            if !class.descriptor.flags.is_interface() && !offsets.insert(method.offset) {
                report.add(Rule::DescriptorMember, TAG, "one description of a method", text(method.offset));
            }
        }
    }
}

/// The methods of an interface, inherited ones included, have the tokens from zero on (JCVM 4.3.7.7).
fn check_interface_tokens(class: &OwnClass<'_>, report: &mut Report) {
    let tokens: BTreeSet<u8> = class.descriptor.methods.iter().filter_map(|method| method.token).collect();
    let count = class.descriptor.methods.len();
    let dense = tokens.len() == count && tokens.last().is_none_or(|last| usize::from(*last) + 1 == count);
    if class.descriptor.flags.is_interface() && !dense {
        report.add(
            Rule::DescriptorMember,
            TAG,
            format!("tokens 0 to {count} in {}", class.offset),
            format!("{tokens:?}"),
        );
    }
}

fn check_access(public: bool, protected: bool, private: bool, report: &mut Report) {
    if [public, protected, private].into_iter().filter(|flag| *flag).count() > 1 {
        report.add(Rule::DescriptorMember, TAG, "public, protected or private", "several of them");
    }
}

fn check_method(
    world: &World<'_>,
    class: &OwnClass<'_>,
    method: &MethodDescriptor,
    types: &BTreeSet<TypeOffset>,
    report: &mut Report,
) {
    let flags = method.flags;
    if !types.contains(&method.signature) || world.signature_of(method).is_none() {
        report.add(Rule::DescriptorType, TAG, "a method's signature", text(method.signature));
    }
    check_access(flags.is_public(), flags.is_protected(), flags.is_private(), report);
    let bodiless = flags.is_static() || flags.is_final() || flags.is_private() || flags.is_init();
    if flags.is_abstract() && bodiless {
        report.add(Rule::DescriptorMember, TAG, "an abstract method that can be overridden", text(flags));
    }
    if flags.is_init() && (flags.is_static() || flags.is_final()) {
        report.add(
            Rule::DescriptorMember,
            TAG,
            "a constructor that is neither static nor final",
            text(flags),
        );
    }
    if class.descriptor.flags.is_interface() {
        if !flags.is_abstract()
            || !flags.is_public()
            || method.offset != MethodOffset::default()
            || method.bytecode_count != 0
        {
            report.add(Rule::DescriptorMember, TAG, "a public abstract method without code", text(flags));
        }
    } else if flags.is_abstract() && !class.descriptor.flags.is_abstract() {
        report.add(
            Rule::DescriptorMember,
            TAG,
            "an abstract class",
            format!("{} with an abstract method", class.offset),
        );
    }
    let is_virtual = !flags.is_static() && !flags.is_init() && !flags.is_private();
    if is_virtual && method.token.is_none() {
        report.add(Rule::DescriptorMember, TAG, "a token", format!("none for {}", method.offset));
    }
}
