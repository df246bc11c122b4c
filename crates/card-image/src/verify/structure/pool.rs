//! The constant pool and the types that the Descriptor gives to its entries (JCVM 6.8, 6.14.5).

use alloc::format;

use crate::cap::{ComponentTag, PoolIndex, TypeDescriptor};
use crate::verify::finding::Rule;
use crate::verify::members::Member;
use crate::verify::report::Report;
use crate::verify::world::{World, text};

/// Checks that each constant means something, of the type that the Descriptor tells.
pub(in crate::verify) fn check_pool(world: &World<'_>, report: &mut Report) {
    let entries = world.cap.constant_pool.entries.len();
    let types = &world.descriptor.pool_types;
    report.same(Rule::PoolType, ComponentTag::Descriptor, "constant_pool_count", entries, types.len());
    for (index, described) in types.iter().enumerate().take(entries) {
        let index = PoolIndex(index as u16);
        let member = match world.resolve(index) {
            Ok(member) => member,
            Err(error) => {
                let found = format!("{index} {}", error.found);
                report.add(Rule::PoolReference, ComponentTag::ConstantPool, error.expected, found);
                continue;
            }
        };
        let described = described.and_then(|offset| world.type_at(offset));
        if !fits(world, &member, described) {
            let expected = match &member {
                Member::Class(_) => text("no type"),
                Member::Field(field) => world.kind_name(field.kind),
                Member::Method(method) => world.signature_name(&method.signature),
            };
            report.add(Rule::PoolType, ComponentTag::Descriptor, expected, format!("{index} {described:?}"));
        }
    }
}

fn fits(world: &World<'_>, member: &Member, described: Option<&TypeDescriptor>) -> bool {
    match (member, described) {
        (Member::Class(_), described) => described.is_none(),
        (Member::Field(_) | Member::Method(_), None) => false,
        (Member::Field(field), Some(described)) => match described.0.as_slice() {
            [only] => world.kind(*only) == Some(field.kind),
            _ => false,
        },
        (Member::Method(method), Some(described)) => {
            world.signature(described).as_ref() == Some(&method.signature)
        }
    }
}
