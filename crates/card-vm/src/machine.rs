//! One card's machine.

use crate::heap::{Door, Heap};
use crate::value::{Context, Owner};

/// The machine of one card: its objects, and what runs.
#[derive(Debug)]
pub struct Machine {
    heap: Heap,
    active: Owner,
}

impl Machine {
    /// The card's objects, for the runtime environment.
    pub fn heap(&mut self) -> &mut Heap {
        &mut self.heap
    }

    /// In whose name the code runs that called the native.
    #[must_use]
    pub fn active(&self) -> Owner {
        self.active
    }

    /// The door to objects as the caller of a native finds it.
    pub fn caller(&mut self) -> Door<'_> {
        self.heap.door(self.active.context)
    }

    /// The door to objects as the runtime environment finds it, which may do everything.
    pub fn jcre(&mut self) -> Door<'_> {
        self.heap.door(Context::JCRE)
    }
}
