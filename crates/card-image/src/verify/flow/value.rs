//! What a word of the operand stack or a local variable holds, as far as the verifier knows.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use crate::verify::limits::MAX_ALTERNATIVES;
use crate::verify::world::{OBJECT, Reference, World};

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing that may be used.
    Unknown,
    /// A boolean, byte or short.
    Short,
    /// The deeper word of an int.
    IntHigh,
    /// The upper word of an int.
    IntLow,
    /// A reference to an object whose constructor has run.
    Reference(Alternatives),
    /// What `new` at this offset made, before its constructor.
    New(u16),
    /// The object of a constructor, before it called another constructor.
    This,
    /// Where the subroutine at this offset returns to.
    Return(u16),
}

/// What a reference can refer to: nothing but null, or objects of any of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Alternatives {
    Null,
    One(Reference),
    /// At least two, ascending.
    Several(Rc<[Reference]>),
}

impl Alternatives {
    pub(super) fn as_slice(&self) -> &[Reference] {
        match self {
            Self::Null => &[],
            Self::One(one) => core::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }

    pub(super) fn of(mut references: Vec<Reference>, world: &World<'_>) -> Self {
        references.sort_unstable();
        references.dedup();
        match references.as_slice() {
            [] => Self::Null,
            [one] => Self::One(*one),
            several if several.len() > MAX_ALTERNATIVES => match world.named(OBJECT) {
                Some(object) => Self::One(Reference::Class(object)),
                None => Self::Several(references.into()),
            },
            _ => Self::Several(references.into()),
        }
    }

    fn merge(&self, other: &Self, world: &World<'_>) -> Self {
        Self::of(self.as_slice().iter().chain(other.as_slice()).copied().collect(), world)
    }

    /// Whether each of them can be held where `target` is declared.
    pub(super) fn assignable(&self, target: Reference, world: &World<'_>) -> bool {
        self.as_slice().iter().all(|reference| world.assignable(*reference, target))
    }
}

impl Value {
    pub(super) const NULL: Self = Self::Reference(Alternatives::Null);

    pub(super) fn reference(reference: Reference) -> Self {
        Self::Reference(Alternatives::One(reference))
    }

    /// What it is after two ways have met.
    pub(super) fn merge(&self, other: &Self, world: &World<'_>) -> Self {
        match (self, other) {
            (one, other) if one == other => one.clone(),
            (Self::Reference(one), Self::Reference(other)) => Self::Reference(one.merge(other, world)),
            _ => Self::Unknown,
        }
    }

    /// As findings name it.
    pub(super) fn name(&self, world: &World<'_>) -> String {
        let word = match self {
            Self::Unknown => "an unknown value",
            Self::Short => "short",
            Self::IntHigh | Self::IntLow => "half an int",
            Self::Reference(Alternatives::Null) => "null",
            Self::Reference(alternatives) => {
                let names: Vec<String> = alternatives
                    .as_slice()
                    .iter()
                    .map(|reference| world.reference_name(*reference))
                    .collect();
                return names.join(" or ");
            }
            Self::New(offset) => {
                return alloc::format!("an object of new at {offset} before its constructor");
            }
            Self::This => "this before its superclass's constructor",
            Self::Return(_) => "a return address",
        };
        String::from(word)
    }
}
