//! Where calls with a receiver led: what a token means for a class is looked up once.
//!
//! Packages do not change while they are loaded, so a line stays true until one is loaded or taken out; then all are
//! forgotten. Only calls within a context are kept: a call to another is checked each time.

use alloc::vec::Vec;

use crate::heap::Class;
use crate::package::MethodIndex;

/// Which calls lead to the same method: the receiver's class, and the token as the caller means it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct CallKey(u64);

impl CallKey {
    /// A public or protected virtual method.
    #[inline(always)]
    pub(super) fn of_class(class: Class, token: u8) -> CallKey {
        CallKey::new(class, token, 0, u16::MAX)
    }

    /// A package-visible virtual method of the package in a slot.
    #[inline(always)]
    pub(super) fn of_package(class: Class, token: u8, slot: u8) -> CallKey {
        CallKey::new(class, token, slot, u16::MAX - 1)
    }

    /// A method of the interface that the package in a slot has at this index of its types.
    #[inline(always)]
    pub(super) fn of_interface(class: Class, token: u8, slot: u8, interface: u16) -> CallKey {
        CallKey::new(class, token, slot, interface)
    }

    #[inline(always)]
    fn new(class: Class, token: u8, slot: u8, interface: u16) -> CallKey {
        let class = u64::from(class.index) << 8 | u64::from(class.package);
        CallKey(class << 40 | u64::from(token) << 32 | u64::from(slot) << 24 | u64::from(interface) << 8 | 1)
    }

    /// Its line.
    #[inline(always)]
    fn line(self) -> usize {
        (self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - LINES.ilog2())) as usize
    }
}

const LINES: usize = 64;

/// What calls led to lately; it takes memory only on cards that make such calls.
#[derive(Debug, Default)]
pub(crate) struct CallCache {
    lines: Vec<(CallKey, u8, MethodIndex)>,
}

impl CallCache {
    /// The slot and the method that such a call led to.
    #[inline(always)]
    pub(super) fn find(&self, key: CallKey) -> Option<(u8, MethodIndex)> {
        let (known, slot, method) = self.lines.get(key.line())?;
        (*known == key).then_some((*slot, *method))
    }

    #[cold]
    pub(super) fn keep(&mut self, key: CallKey, slot: u8, method: MethodIndex) {
        if self.lines.is_empty() {
            // no key is 0
            self.lines.resize(LINES, (CallKey(0), 0, MethodIndex(0)));
        }
        if let Some(line) = self.lines.get_mut(key.line()) {
            *line = (key, slot, method);
        }
    }

    /// Forgets everything: the packages are not what they were.
    pub(crate) fn forget(&mut self) {
        self.lines.clear();
    }
}
