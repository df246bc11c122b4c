//! Deletion of objects that nothing can reach any more (JCRE 8.1), and of those that somebody owns (JCRE 11.3).

use core::ops::Range;

use alloc::vec::Vec;

use zeroize::Zeroize;

use super::entry::{Header, Kind};
use super::transaction::TransactionRefused;
use super::{Heap, reference_in};
use crate::value::Ref;

/// What deletion has to know from outside the heap.
pub trait Roots {
    /// The references that live outside objects: static fields, registered applets, what the runtime holds.
    fn roots(&self) -> Vec<Ref>;

    /// Which words of an instance with this header are references.
    fn references(&self, header: &Header) -> &[Range<u16>];
}

impl Heap {
    /// Deletes all objects that can not be reached from the roots, and says how many. The change is one group in
    /// the journal, so a power cut leaves all or none of them.
    ///
    /// # Errors
    /// While a transaction is open.
    pub fn collect(&mut self, roots: &impl Roots) -> Result<usize, TransactionRefused> {
        if self.transactions.level() > 0 {
            return Err(TransactionRefused::InProgress);
        }
        let mut reached = alloc::vec![false; self.entries.len()];
        let mut queue = roots.roots();
        while let Some(reference) = queue.pop() {
            match reached.get_mut(usize::from(reference.0)) {
                Some(seen) if !*seen && !reference.is_null() => *seen = true,
                Some(_) | None => continue,
            }
            let Some(header) = self.header(reference) else { continue };
            self.push_references(reference, roots.references(header), &mut queue);
        }
        let lost: Vec<Ref> = self
            .objects()
            .map(|object| object.reference)
            .filter(|reference| !reached.get(usize::from(reference.0)).is_some_and(|seen| *seen))
            .collect();
        for reference in &lost {
            self.unmake(*reference);
        }
        self.compact();
        Ok(lost.len())
    }

    /// Adds what an object refers to; `fields` says which words of it are references if it is an instance.
    pub(crate) fn push_references(&self, reference: Ref, fields: &[Range<u16>], queue: &mut Vec<Ref>) {
        let Some(entry) = self.entries.get(usize::from(reference.0)) else { return };
        if let Some(view) = self.view(reference) {
            queue.push(view.array);
            return;
        }
        let whole = 0..entry.header.len;
        let ranges = match entry.header.kind {
            Kind::References => core::slice::from_ref(&whole),
            Kind::Instance => fields,
            Kind::Free | Kind::Booleans | Kind::Bytes | Kind::Shorts | Kind::Ints => &[],
        };
        for range in ranges {
            let start = entry.offset as usize + usize::from(range.start) * 2;
            let end = entry.offset as usize + usize::from(range.end) * 2;
            let words = self.bytes.get(start..end).unwrap_or(&[]).as_chunks::<2>().0;
            queue.extend(words.iter().map(|word| reference_in(*word)).filter(|named| !named.is_null()));
        }
    }

    /// Deletes the objects for which `which` holds, whether or not anything refers to them. Who calls has made sure
    /// that nothing does, for their handles are given out again.
    ///
    /// # Errors
    /// While a transaction is open.
    pub fn delete(&mut self, which: impl Fn(Ref, &Header) -> bool) -> Result<usize, TransactionRefused> {
        if self.transactions.level() > 0 {
            return Err(TransactionRefused::InProgress);
        }
        let lost: Vec<Ref> = self
            .objects()
            .filter(|object| which(object.reference, &object.header))
            .map(|object| object.reference)
            .collect();
        for reference in &lost {
            self.unmake(*reference);
        }
        self.compact();
        Ok(lost.len())
    }

    /// Moves all bodies together.
    pub(super) fn compact(&mut self) {
        let mut packed = Vec::with_capacity(self.used.iter().map(|used| *used as usize).sum());
        for entry in &mut self.entries {
            if entry.header.kind != Kind::Free {
                let start = entry.offset as usize;
                entry.offset = packed.len() as u32;
                let body = self.bytes.get(start..start + entry.header.size() as usize);
                packed.extend_from_slice(body.unwrap_or(&[]));
            }
        }
        self.bytes.zeroize();
        self.bytes = packed;
    }
}
