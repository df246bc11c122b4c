//! The Class component: who extends whom, what instances hold, what tokens lead to.

use card_image::api::{PackageId, class_by_name, packages};
use card_image::cap::{
    CapFile, ClassComponent, ClassEntry, ClassInfo, ClassOffset, ClassRef, InterfaceInfo, PackageToken,
};

use super::find::class;

fn place_of_class(cap: &CapFile) -> ClassOffset {
    let fits = |entry: &ClassEntry| match entry {
        ClassEntry::Class(class) => !class.interfaces.is_empty() && !class.public_methods.is_empty(),
        ClassEntry::Interface(_) => false,
    };
    cap.class.with_offsets(cap.header.format).find(|(_, entry)| fits(entry)).unwrap().0
}

fn interfaces(cap: &mut CapFile) -> impl Iterator<Item = &mut InterfaceInfo> {
    cap.class.entries.iter_mut().filter_map(|entry| match entry {
        ClassEntry::Interface(interface) => Some(interface),
        ClassEntry::Class(_) => None,
    })
}

/// The last class: it may grow and shrink without another one moving.
fn last(cap: &mut CapFile) -> &mut ClassInfo {
    cap.read_directory = None;
    match cap.class.entries.last_mut() {
        Some(ClassEntry::Class(class)) => class,
        _ => panic!("the last entry is no class"),
    }
}

pub(super) fn class_extends_itself(cap: &mut CapFile) {
    let own = place_of_class(cap);
    class(cap).superclass = Some(ClassRef::Internal(own));
}

pub(super) fn interface_extends_a_later_one(cap: &mut CapFile) {
    let place = cap.class.with_offsets(cap.header.format).next().unwrap().0;
    interfaces(cap).next().unwrap().superinterfaces[0] = ClassRef::Internal(place);
}

pub(super) fn interface_behind_a_class(cap: &mut CapFile) {
    let last = cap.class.entries.len() - 1;
    let size = |entry: &ClassEntry| matches!(entry, ClassEntry::Interface(_));
    assert!(size(&cap.class.entries[0]) && !size(&cap.class.entries[last]));
    // all that refers to either keeps its place: an interface of no interest is added at the end
    cap.class.entries.push(ClassEntry::Interface(InterfaceInfo::default()));
    let offset = cap.class.with_offsets(cap.header.format).last().unwrap().0;
    let descriptor = cap.descriptor.as_mut().unwrap();
    let mut described = descriptor.classes().find(|class| class.flags.is_interface()).unwrap().clone();
    described.this_class = ClassRef::Internal(offset);
    described.token = None;
    descriptor.packages[0].classes.push(described);
}

pub(super) fn class_extends_an_interface(cap: &mut CapFile) {
    let interface = cap.class.with_offsets(cap.header.format).next().unwrap().0;
    class(cap).superclass = Some(ClassRef::Internal(interface));
}

/// The token of a class of the platform whose package the file imports.
fn imported(cap: &CapFile, name: &str) -> ClassRef {
    let id = class_by_name(name).unwrap().get().unwrap();
    let package_name = name.rsplit_once('/').unwrap().0;
    let package = packages().filter_map(PackageId::get).find(|package| package.name == package_name).unwrap();
    let aid = package.aid();
    let token = cap.import.packages.iter().position(|import| Some(import.aid) == aid).unwrap();
    ClassRef::External { package: PackageToken(token as u8), class: id.token }
}

pub(super) fn class_extends_a_final_class(cap: &mut CapFile) {
    let last = imported(cap, "javacard/framework/JCSystem");
    class(cap).superclass = Some(last);
}

pub(super) fn class_extends_nothing(cap: &mut CapFile) {
    class(cap).superclass = None;
}

pub(super) fn class_implements_a_class(cap: &mut CapFile) {
    let applet = imported(cap, "javacard/framework/Applet");
    let own = place_of_class(cap);
    class(cap).interfaces[0].interface = applet;
    let descriptor = cap.descriptor.as_mut().unwrap();
    let described =
        descriptor.classes_mut().find(|class| class.this_class == ClassRef::Internal(own)).unwrap();
    described.interfaces[0] = applet;
}

pub(super) fn instance_too_small(cap: &mut CapFile) {
    class(cap).declared_instance_size -= 1;
}

pub(super) fn reference_map_covers_a_short(cap: &mut CapFile) {
    class(cap).reference_count += 1;
}

pub(super) fn reference_map_moved(cap: &mut CapFile) {
    class(cap).first_reference_token += 1;
}

pub(super) fn table_leads_to_another_method(cap: &mut CapFile) {
    let methods = &mut class(cap).public_methods;
    methods.swap(0, 1);
}

pub(super) fn table_begins_later(cap: &mut CapFile) {
    last(cap).public_method_table_base += 1;
}

pub(super) fn table_goes_on_with_nothing(cap: &mut CapFile) {
    let methods = &mut last(cap).public_methods;
    let again = *methods.last().unwrap();
    methods.push(again);
}

pub(super) fn table_claims_to_inherit(cap: &mut CapFile) {
    *class(cap).public_methods.last_mut().unwrap() = ClassComponent::INHERITED;
}

fn map(cap: &mut CapFile) -> &mut Vec<u8> {
    let interfaces = &mut class(cap).interfaces;
    &mut interfaces.iter_mut().find(|interface| !interface.methods.is_empty()).unwrap().methods
}

pub(super) fn interface_map_leads_to_another_type(cap: &mut CapFile) {
    // token 0 is equals(Object)
    map(cap)[0] = 0;
}

pub(super) fn interface_map_too_short(cap: &mut CapFile) {
    let interfaces = &mut last(cap).interfaces;
    interfaces.iter_mut().find(|interface| !interface.methods.is_empty()).unwrap().methods.pop();
}

pub(super) fn interface_map_leads_nowhere(cap: &mut CapFile) {
    map(cap)[0] = 0x7F;
}

pub(super) fn made_shareable(cap: &mut CapFile) {
    let hidden = cap.class.entries.iter_mut().find(|entry| !entry.is_shareable()).unwrap();
    match hidden {
        ClassEntry::Class(class) => class.shareable = true,
        ClassEntry::Interface(interface) => interface.shareable = true,
    }
}

pub(super) fn shareable_no_more(cap: &mut CapFile) {
    interfaces(cap).find(|interface| interface.shareable).unwrap().shareable = false;
}
