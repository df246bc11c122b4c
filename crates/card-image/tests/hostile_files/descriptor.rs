//! The Descriptor component, which tells the verifier what it checks against.

use card_image::cap::{
    CapFile, ClassOffset, ClassRef, FieldPlace, MethodFlags, MethodOffset, PackageToken, StaticFieldRef,
    Type, TypeDescriptor,
};

use super::find::{described, descriptor, method};

pub(super) fn no_descriptor(cap: &mut CapFile) {
    cap.descriptor = None;
}

pub(super) fn class_described_twice(cap: &mut CapFile) {
    let classes = &mut descriptor(cap).packages[0].classes;
    let first = classes[0].clone();
    classes.push(first);
}

pub(super) fn class_not_described(cap: &mut CapFile) {
    descriptor(cap).packages[0].classes.pop();
}

pub(super) fn interfaces_of_another(cap: &mut CapFile) {
    described(cap, |class| !class.interfaces.is_empty()).interfaces.clear();
}

pub(super) fn type_inside_of_a_type(cap: &mut CapFile) {
    method(cap, |_| true).signature.0 += 1;
}

pub(super) fn type_of_no_class(cap: &mut CapFile) {
    let nowhere = Type::Reference(ClassRef::Internal(ClassOffset(0x7FFF)));
    descriptor(cap).types.push(TypeDescriptor(vec![nowhere]));
}

pub(super) fn method_public_and_private(cap: &mut CapFile) {
    let method = method(cap, |method| method.flags.is_public());
    method.flags = method.flags | MethodFlags::PRIVATE;
}

pub(super) fn interface_method_with_code(cap: &mut CapFile) {
    let interface = described(cap, |class| class.flags.is_interface() && !class.methods.is_empty());
    interface.methods[0].offset = MethodOffset::compact(40);
}

pub(super) fn method_described_twice(cap: &mut CapFile) {
    let class = described(cap, |class| !class.flags.is_interface() && !class.methods.is_empty());
    let constructor = class.methods.iter().find(|method| method.flags.is_init()).copied().unwrap();
    class.methods.push(constructor);
    cap.read_directory = None;
}

pub(super) fn static_field_of_another_package(cap: &mut CapFile) {
    let mut fields = descriptor(cap).classes_mut().flat_map(|class| &mut class.fields);
    let field = fields.find(|field| matches!(field.place, FieldPlace::Static(_))).unwrap();
    let foreign = StaticFieldRef::External { package: PackageToken(0), class: 0, token: 0 };
    field.place = FieldPlace::Static(foreign);
}

/// `process(APDU)` as a method of another type: its caller is the card.
pub(super) fn override_of_another_type(cap: &mut CapFile) {
    let types: Vec<_> = descriptor(cap).types_with_offsets().map(|(offset, _)| offset).collect();
    let process = method(cap, |method| method.token == Some(7));
    process.signature = types.into_iter().find(|offset| *offset != process.signature).unwrap();
}

pub(super) fn override_with_less_access(cap: &mut CapFile) {
    method(cap, |method| method.token == Some(7)).flags = MethodFlags::PROTECTED;
}
