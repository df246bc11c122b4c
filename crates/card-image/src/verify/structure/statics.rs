//! The static field image (JCVM 6.11).

use alloc::format;
use alloc::vec::Vec;

use crate::cap::{ComponentTag, FieldPlace, StaticFieldRef};
use crate::verify::finding::Rule;
use crate::verify::report::Report;
use crate::verify::world::{Kind, Reference, World, text};

const TAG: ComponentTag = ComponentTag::StaticField;
const RULE: Rule = Rule::StaticImage;

/// Checks that each described static field has a place of its own, in the segment of its type.
pub(in crate::verify) fn check_statics(world: &World<'_>, report: &mut Report) {
    let component = &world.cap.static_field;
    let size = usize::from(component.image_size);
    report.same(RULE, TAG, "image_size", component.computed_image_size(), size);
    let references = 2 * usize::from(component.reference_count);
    if component.array_inits.len() > usize::from(component.reference_count) {
        report.add(RULE, TAG, "at most as many arrays as references", text(component.array_inits.len()));
    }
    for array in &component.array_inits {
        if !array.values.len().is_multiple_of(array.element.element_bytes()) {
            report.add(RULE, TAG, format!("whole elements of {}", array.element), text(array.values.len()));
        }
    }
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (offset, kind) in fields(world) {
        let width = match kind {
            Kind::Boolean | Kind::Byte => 1,
            Kind::Short | Kind::Reference(_) => 2,
            Kind::Int => 4,
            Kind::Void => 0,
        };
        let inside = match kind {
            Kind::Reference(_) => offset + width <= references && offset.is_multiple_of(2),
            Kind::Void | Kind::Boolean | Kind::Byte | Kind::Short | Kind::Int => {
                offset >= references && offset + width <= size
            }
        };
        if !inside {
            report.add(RULE, TAG, "a place among values of its type", format!("offset {offset}"));
        }
        if let (Some(array), Kind::Reference(reference)) = (component.array_inits.get(offset / 2), kind)
            && reference != Reference::Array(array.element)
        {
            report.add(
                RULE,
                TAG,
                format!("a field of type {}", array.element),
                world.reference_name(reference),
            );
        }
        places.push((offset, width));
    }
    places.sort_unstable();
    for pair in places.windows(2) {
        if let [(offset, width), (next, _)] = pair
            && offset + width > *next
        {
            report.add(RULE, TAG, "fields that do not overlap", format!("offsets {offset} and {next}"));
        }
    }
}

fn fields(world: &World<'_>) -> Vec<(usize, Kind)> {
    let descriptors = world.own.iter().flat_map(|class| &class.descriptor.fields);
    let of_image = descriptors.filter_map(|field| match field.place {
        FieldPlace::Static(StaticFieldRef::Internal(offset)) => {
            Some((usize::from(offset.0), world.field_kind(field)?))
        }
        FieldPlace::Static(StaticFieldRef::External { .. }) | FieldPlace::Instance { .. } => None,
    });
    of_image.collect()
}
