//! Constants, static fields and exports.

use card_image::cap::{
    ArrayType, CapFile, ClassOffset, ClassRef, Constant, FieldPlace, FieldType, MethodOffset, PackageToken,
    StaticFieldRef, StaticMethodRef, StaticOffset,
};

use super::find::{constant, descriptor, method};

fn internal_class(constant: &Constant) -> bool {
    matches!(constant, Constant::Class(ClassRef::Internal(_)))
}

fn external_class(constant: &Constant) -> bool {
    matches!(constant, Constant::Class(ClassRef::External { .. }))
}

pub(super) fn pool_class_inside_of_a_class(cap: &mut CapFile) {
    if let Constant::Class(ClassRef::Internal(place)) = constant(cap, internal_class) {
        place.0 += 1;
    }
}

pub(super) fn pool_class_of_no_import(cap: &mut CapFile) {
    *constant(cap, external_class) =
        Constant::Class(ClassRef::External { package: PackageToken(99), class: 0 });
}

pub(super) fn pool_class_token_missing(cap: &mut CapFile) {
    if let Constant::Class(ClassRef::External { class, .. }) = constant(cap, external_class) {
        *class = 0xFE;
    }
}

pub(super) fn pool_method_token_missing(cap: &mut CapFile) {
    let fits =
        |constant: &Constant| matches!(constant, Constant::StaticMethod(StaticMethodRef::External { .. }));
    if let Constant::StaticMethod(StaticMethodRef::External { token, .. }) = constant(cap, fits) {
        *token = 0xFE;
    }
}

pub(super) fn pool_virtual_token_missing(cap: &mut CapFile) {
    let fits = |constant: &Constant| matches!(constant, Constant::VirtualMethod { .. });
    if let Constant::VirtualMethod { token, .. } = constant(cap, fits) {
        *token = 0x7F;
    }
}

pub(super) fn pool_field_token_missing(cap: &mut CapFile) {
    let fits = |constant: &Constant| matches!(constant, Constant::InstanceField { .. });
    if let Constant::InstanceField { token, .. } = constant(cap, fits) {
        *token = 0xFE;
    }
}

fn own_static(constant: &Constant) -> bool {
    matches!(constant, Constant::StaticField(StaticFieldRef::Internal(_)))
}

pub(super) fn pool_static_beyond_the_image(cap: &mut CapFile) {
    *constant(cap, own_static) = Constant::StaticField(StaticFieldRef::Internal(StaticOffset(0x7000)));
}

fn own_method(constant: &Constant) -> bool {
    matches!(constant, Constant::StaticMethod(StaticMethodRef::Internal(_)))
}

pub(super) fn pool_method_in_no_block(cap: &mut CapFile) {
    if let Constant::StaticMethod(StaticMethodRef::Internal(place)) = constant(cap, own_method) {
        place.block = 1;
    }
}

pub(super) fn pool_calls_a_virtual_method_as_static(cap: &mut CapFile) {
    let place: MethodOffset = method(cap, |method| {
        let flags = method.flags;
        !flags.is_static() && !flags.is_init() && !flags.is_private()
    })
    .offset;
    *constant(cap, own_method) = Constant::StaticMethod(StaticMethodRef::Internal(place));
}

fn position(cap: &CapFile, fits: impl Fn(&Constant) -> bool) -> usize {
    cap.constant_pool.entries.iter().position(fits).unwrap()
}

pub(super) fn pool_type_missing(cap: &mut CapFile) {
    let index = position(cap, own_method);
    descriptor(cap).pool_types[index] = None;
}

/// What makes a number a reference, were it believed.
pub(super) fn short_field_described_as_reference(cap: &mut CapFile) {
    let index = position(cap, |constant| matches!(constant, Constant::InstanceField { .. }));
    let own = descriptor(cap).pool_types[index];
    let other =
        descriptor(cap).types_with_offsets().map(|(offset, _)| offset).find(|other| Some(*other) != own);
    descriptor(cap).pool_types[index] = other;
}

pub(super) fn pool_entry_without_type(cap: &mut CapFile) {
    let last = *cap.constant_pool.entries.last().unwrap();
    cap.constant_pool.entries.push(last);
    cap.read_directory = None;
}

pub(super) fn image_too_small(cap: &mut CapFile) {
    cap.static_field.image_size -= 1;
    cap.read_directory = None;
}

pub(super) fn references_where_numbers_are(cap: &mut CapFile) {
    cap.static_field.reference_count += 1;
    cap.static_field.default_value_count -= 2;
}

pub(super) fn two_statics_in_one_place(cap: &mut CapFile) {
    let fields = descriptor(cap).classes_mut().flat_map(|class| &mut class.fields);
    let mut statics = fields.filter(|field| matches!(field.place, FieldPlace::Static(_)));
    let first = statics.next().unwrap().place;
    statics.next().unwrap().place = first;
}

pub(super) fn array_of_another_type(cap: &mut CapFile) {
    cap.static_field.array_inits[0].element = ArrayType::Boolean;
}

pub(super) fn half_an_element(cap: &mut CapFile) {
    let array = &mut cap.static_field.array_inits[0];
    array.element = ArrayType::Short;
    array.values.pop();
    cap.read_directory = None;
}

pub(super) fn exported_class_elsewhere(cap: &mut CapFile) {
    cap.export.as_mut().unwrap().packages[0].classes[0].class.0 += 1;
}

pub(super) fn hidden_class_exported(cap: &mut CapFile) {
    let own = |class: &ClassRef| match class {
        ClassRef::Internal(place) => *place,
        ClassRef::External { .. } => ClassOffset(0),
    };
    let hidden = descriptor(cap).classes().find(|class| class.token.is_none()).unwrap();
    let place = own(&hidden.this_class);
    assert!(
        hidden
            .fields
            .iter()
            .all(|field| !matches!(field.kind, FieldType::Reference(kind) if kind.0 == 0xFFFF))
    );
    cap.export.as_mut().unwrap().packages[0].classes[0].class = place;
}
