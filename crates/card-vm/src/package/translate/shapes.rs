//! What methods take and give, in words: how a call changes the depth of the caller's operand stack.
//!
//! A method's header tells its arguments. What it gives is what its return instructions give; where no code returns,
//! in an abstract method or one that always throws, the Descriptor tells if the file has one, and else a method that
//! overrides or implements it. A call whose result nothing tells is not known to come back.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use card_image::cap::{CapFile, ClassRef, Descriptor, MethodOffset, TypeOffset};

use super::walk::Walk;
use crate::package::Dispatch;
use crate::package::code::{Origin, Place, ResultWords, Shape};
use crate::package::resolve::Resolver;

/// Fills the resolver's shapes, and the results of the methods of its interfaces.
pub(super) fn find(resolver: &mut Resolver<'_>, sources: &[super::Source<'_>], walks: &[Option<Walk<'_>>]) {
    resolver.shapes = sources
        .iter()
        .zip(walks)
        .map(|(source, walk)| Shape {
            arguments: source.header.nargs,
            result: walk.as_ref().map_or(ResultWords::Unknown, |walk| walk.result),
        })
        .collect();
    from_descriptor(resolver);
    from_overriding(resolver);
    from_implementing(resolver);
}

/// What the Descriptor says of methods whose code says nothing, and of interfaces.
fn from_descriptor(resolver: &mut Resolver<'_>) {
    let cap = resolver.cap;
    let results = results_of_types(cap);
    for class in cap.descriptor.iter().flat_map(Descriptor::classes) {
        let ClassRef::Internal(offset) = class.this_class else { continue };
        let Some(index) = resolver.class_indexes.get(&offset).copied() else { continue };
        for method in &class.methods {
            let Some(result) = results.get(&method.signature).copied() else { continue };
            if class.flags.is_interface() {
                let info = resolver.classes.get_mut(usize::from(index));
                if let (Some(info), Some(token)) = (info, method.token) {
                    set(&mut info.results, token, result);
                }
            } else {
                know(resolver, method.offset, result);
            }
        }
    }
}

fn results_of_types(cap: &CapFile) -> BTreeMap<TypeOffset, ResultWords> {
    let types = cap.descriptor.iter().flat_map(Descriptor::types_with_offsets);
    types
        .filter_map(|(offset, signature)| {
            let result = match signature.0.last()?.words() {
                0 => ResultWords::None,
                1 => ResultWords::One,
                _ => ResultWords::Two,
            };
            Some((offset, result))
        })
        .collect()
}

fn know(resolver: &mut Resolver<'_>, method: MethodOffset, result: ResultWords) {
    let index = resolver.method_indexes.get(&method).copied();
    if let Some(shape) = index.and_then(|index| resolver.shapes.get_mut(usize::from(index)))
        && shape.result == ResultWords::Unknown
    {
        shape.result = result;
    }
}

fn set(results: &mut Vec<ResultWords>, token: u8, result: ResultWords) {
    let token = usize::from(token);
    if results.len() <= token {
        results.resize(token + 1, ResultWords::Unknown);
    }
    if let Some(known) = results.get_mut(token)
        && *known == ResultWords::Unknown
    {
        *known = result;
    }
}

/// What an overriding method gives, the overridden one gives. Subclasses come after their superclasses in the file.
fn from_overriding(resolver: &mut Resolver<'_>) {
    for index in (0..resolver.classes.len()).rev() {
        let Some(class) = resolver.classes.get(index) else { continue };
        let Some(Place { origin: Origin::Own, index: above }) = class.superclass else { continue };
        let Some(above) = resolver.classes.get(usize::from(above)) else { continue };
        let pairs = above.public.iter().zip(&class.public).chain(above.package.iter().zip(&class.package));
        let known: Vec<(u16, ResultWords)> = pairs
            .filter_map(|(above, below)| {
                Some((own(above)?, resolver.shapes.get(usize::from(own(below)?))?.result))
            })
            .collect();
        for (method, result) in known {
            if let Some(shape) = resolver.shapes.get_mut(usize::from(method))
                && shape.result == ResultWords::Unknown
            {
                shape.result = result;
            }
        }
    }
}

fn own(dispatch: &Dispatch) -> Option<u16> {
    match dispatch {
        Dispatch::Method(Place { origin: Origin::Own, index }) => Some(*index),
        Dispatch::Method(_) | Dispatch::Native(_) | Dispatch::Absent => None,
    }
}

/// What a method that implements one of an own interface gives, that one gives.
fn from_implementing(resolver: &mut Resolver<'_>) {
    let mut known = Vec::new();
    for class in resolver.classes.iter().filter(|class| !class.is_interface) {
        for (interface, tokens) in &class.interfaces {
            let Place { origin: Origin::Own, index } = *interface else { continue };
            for (token, method) in (0..=u8::MAX).zip(tokens) {
                let method = class.public.get(usize::from(*method)).and_then(own);
                let shape = method.and_then(|method| resolver.shapes.get(usize::from(method)));
                known.extend(shape.map(|shape| (index, token, shape.result)));
            }
        }
    }
    for (index, token, result) in known {
        if let Some(info) = resolver.classes.get_mut(usize::from(index)).filter(|info| info.is_interface) {
            set(&mut info.results, token, result);
        }
    }
}
