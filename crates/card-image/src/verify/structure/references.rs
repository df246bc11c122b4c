//! The ReferenceLocation component beside the code (JCVM 6.12).

use alloc::collections::BTreeSet;
use alloc::format;

use super::Code;
use crate::cap::{ComponentTag, MethodBlock, ReferencePlaces};
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
    let (methods, places) = (&world.cap.method.blocks, &world.cap.reference_location.blocks);
    for (number, (methods, places)) in (0..=u8::MAX).zip(methods.iter().zip(places)) {
        check_block(number, methods, places, codes, report);
    }
}

fn check_block(
    number: u8,
    methods: &MethodBlock,
    listed: &ReferencePlaces,
    codes: &[Code<'_>],
    report: &mut Report,
) {
    let (mut bytes, mut pairs) = (BTreeSet::new(), BTreeSet::new());
    for (index, handler) in methods.handlers.iter().enumerate() {
        if handler.catch_type.is_some() {
            pairs.insert(1 + 8 * index + 6);
        }
    }
    for code in codes.iter().filter(|code| code.method.offset.block == number) {
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
    compare("one-byte", number, &bytes, &listed.byte_indices, report);
    compare("two-byte", number, &pairs, &listed.byte2_indices, report);
}

fn compare(what: &str, block: u8, computed: &BTreeSet<usize>, listed: &[u16], report: &mut Report) {
    let listed: BTreeSet<usize> = listed.iter().map(|place| usize::from(*place)).collect();
    for missing in computed.difference(&listed) {
        report.add(
            Rule::ReferenceLocation,
            TAG,
            format!("{what} index at offset {missing} of block {block}"),
            "none",
        );
    }
    for surplus in listed.difference(computed) {
        report.add(
            Rule::ReferenceLocation,
            TAG,
            "the place of an index",
            format!("{what} at offset {surplus} of block {block}"),
        );
    }
}
