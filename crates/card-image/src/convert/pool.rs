//! The constant pool while methods are converted: what they refer to, by name and place, each once.
//!
//! Indexes are given when all methods are known: instance fields come first, because their instructions have
//! a short form for the first 256 entries; classes come last, because an exception handler that catches the class
//! at index 0 would catch everything (JCVM 6.10.1).

use std::collections::HashMap;

use super::types::{Signature, Type};
use super::world::{ClassIndex, Place};

/// Something that bytecode refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Reference {
    /// A class by its name.
    Class(String),
    /// A field of objects: class and position among its fields.
    InstanceField(ClassIndex, usize),
    /// The same of another package: class and token.
    ForeignField(String, u8),
    /// A virtual method: class and token.
    VirtualMethod(String, u8),
    /// A virtual method of the superclass of the calling class, which is named.
    SuperMethod(String, u8),
    StaticField(Place),
    StaticMethod(Place),
}

/// The type of what is referred to; classes have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReferenceType {
    Class,
    Field(Type),
    Method(Signature),
}

/// An entry before it has an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct EntryId(usize);

#[derive(Debug, Default)]
pub(super) struct PoolBuilder {
    entries: Vec<(Reference, ReferenceType)>,
    known: HashMap<Reference, EntryId>,
}

/// The entries in their final order.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) entries: Vec<(Reference, ReferenceType)>,
    indexes: Vec<u16>,
}

impl PoolBuilder {
    pub(super) fn intern(&mut self, reference: Reference, kind: ReferenceType) -> EntryId {
        *self.known.entry(reference.clone()).or_insert_with(|| {
            self.entries.push((reference, kind));
            EntryId(self.entries.len() - 1)
        })
    }

    pub(super) fn class(&mut self, name: &str) -> EntryId {
        self.intern(Reference::Class(name.to_owned()), ReferenceType::Class)
    }

    /// Gives each entry its index.
    pub(super) fn finish(self) -> Pool {
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by_key(|entry| match self.entries[*entry].0 {
            Reference::InstanceField(..) | Reference::ForeignField(..) => 0,
            Reference::VirtualMethod(..)
            | Reference::SuperMethod(..)
            | Reference::StaticField(_)
            | Reference::StaticMethod(_) => 1,
            Reference::Class(_) => 2,
        });
        let mut indexes = vec![0; order.len()];
        for (index, entry) in order.iter().enumerate() {
            indexes[*entry] = index as u16;
        }
        let entries = order.into_iter().map(|entry| self.entries[entry].clone()).collect();
        Pool { entries, indexes }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl Pool {
    pub(super) fn index(&self, entry: EntryId) -> u16 {
        self.indexes[entry.0]
    }
}
