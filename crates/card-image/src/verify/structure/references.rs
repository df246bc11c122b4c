//! The ReferenceLocation component beside the code (JCVM 6.12).

use alloc::collections::BTreeSet;
use alloc::format;

use super::Code;
use crate::cap::ComponentTag;
use crate::opcode::Layout;
use crate::verify::finding::Rule;
use crate::verify::report::Report;
use crate::verify::world::World;

const TAG: ComponentTag = ComponentTag::ReferenceLocation;

/// Checks that the listed places are those of all constant pool indexes in code and handlers.
pub(in crate::verify) fn check_reference_locations(
    world: &World<'_>,
    codes: &[Code<'_>],
    report: &mut Report,
) {
    let (mut bytes, mut pairs) = (BTreeSet::new(), BTreeSet::new());
    for (index, handler) in world.cap.method.handlers.iter().enumerate() {
        if handler.catch_type.is_some() {
            pairs.insert(1 + 8 * index + 6);
        }
    }
    for code in codes {
        for instruction in &code.instructions {
            if let Some((_, at)) = instruction.pool_index() {
                let place = code.start + usize::from(instruction.offset) + usize::from(at);
                match instruction.opcode.layout() {
                    Layout::PoolByte => bytes.insert(place),
                    _ => pairs.insert(place),
                };
            }
        }
    }
    let component = &world.cap.reference_location;
    compare("one-byte", &bytes, &component.byte_indices, report);
    compare("two-byte", &pairs, &component.byte2_indices, report);
}

fn compare(what: &str, computed: &BTreeSet<usize>, listed: &[u16], report: &mut Report) {
    let listed: BTreeSet<usize> = listed.iter().map(|place| usize::from(*place)).collect();
    for missing in computed.difference(&listed) {
        report.add(Rule::ReferenceLocation, TAG, format!("{what} index at offset {missing}"), "none");
    }
    for surplus in listed.difference(computed) {
        report.add(
            Rule::ReferenceLocation,
            TAG,
            "the place of an index",
            format!("{what} at offset {surplus}"),
        );
    }
}
