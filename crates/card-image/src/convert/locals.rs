//! Local variables on the card: Java's slots, renumbered in 16-bit words.
//!
//! Arguments stand where the caller put them. A slot that holds 16-bit values and references at one time and
//! 32-bit values at another has one place for each.

use super::code::Width;
use super::diagnostic::Problem;
use super::types::Signature;

#[derive(Debug)]
pub(super) struct Locals {
    /// By Java slot: the places of its narrow and of its wide values.
    places: Vec<(Option<u8>, Option<u8>)>,
    arguments: u16,
    next: u16,
}

impl Locals {
    pub(super) fn new(signature: &Signature, is_static: bool, slots: usize) -> Self {
        let mut locals = Locals { places: vec![(None, None); slots], arguments: 0, next: 0 };
        let mut slot = 0;
        if !is_static {
            locals.take(0, Width::Short);
            slot = 1;
        }
        for parameter in &signature.parameters {
            locals.take(slot, if parameter.words() == 2 { Width::Int } else { Width::Short });
            slot += 1;
        }
        locals.arguments = locals.next;
        locals
    }

    fn take(&mut self, slot: usize, width: Width) -> Option<u8> {
        let place = u8::try_from(self.next).ok();
        let entry = self.places.get_mut(slot)?;
        match width {
            Width::Short => {
                entry.0 = place;
                self.next += 1;
            }
            Width::Int => {
                entry.1 = place;
                self.next += 2;
            }
        }
        place
    }

    /// The place of a slot's values of this width.
    pub(super) fn place(&mut self, slot: u16, width: Width) -> Result<u8, Problem> {
        let known = self.places.get(usize::from(slot)).and_then(|entry| match width {
            Width::Short => entry.0,
            Width::Int => entry.1,
        });
        let limit = Problem::Limit { what: "words of local variables", count: self.next.into(), limit: 255 };
        known.or_else(|| self.take(slot.into(), width)).filter(|_| self.next <= 255).ok_or(limit)
    }

    /// By Java slot: the places of its narrow and of its wide values.
    pub(super) fn into_places(self) -> Vec<(Option<u8>, Option<u8>)> {
        self.places
    }

    /// Words of the arguments.
    pub(super) fn argument_words(&self) -> u16 {
        self.arguments
    }

    /// Words of all others.
    pub(super) fn other_words(&self) -> u16 {
        self.next - self.arguments
    }
}
