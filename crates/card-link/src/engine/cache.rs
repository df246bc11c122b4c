//! Parsed keys, found again by the bytes they were parsed from.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// How many parsed keys of a kind are kept: more than an applet uses in turn.
const KEPT: usize = 8;

/// The keys used last, the latest first.
pub(super) struct Cache<V>(Vec<(Zeroizing<Vec<u8>>, V)>);

impl<V> Default for Cache<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Cache<V> {
    /// The key parsed from these bytes, kept or made now.
    pub(super) fn get<E>(&mut self, parts: &[&[u8]], make: impl FnOnce() -> Result<V, E>) -> Result<&V, E> {
        let is_kept = |kept: &[u8]| {
            let mut rest = kept;
            let same = parts.iter().fold(subtle::Choice::from(1), |same, part| {
                let (here, after) = rest.split_at_checked(part.len()).unwrap_or((&[], &[]));
                rest = after;
                same & here.ct_eq(part)
            });
            rest.is_empty() && bool::from(same)
        };
        match self.0.iter().position(|(kept, _)| is_kept(kept)) {
            Some(index) => self.0.swap(0, index),
            None => {
                let value = make()?;
                self.0.truncate(KEPT - 1);
                self.0.insert(0, (Zeroizing::new(parts.concat()), value));
            }
        }
        #[expect(clippy::indexing_slicing, reason = "the key stands first by now")]
        Ok(&self.0[0].1)
    }

    /// How many are kept.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
