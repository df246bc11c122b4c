//! The chain of an element's seals: each carries a counter one higher than the last and the last one's hash.

use crate::ids::{Counter, SealHash};
use crate::reason::Reason;
use crate::verify::VerifiedBatch;

/// The last seal of a chain that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// Its counter; 0 before the first.
    pub counter: Counter,
    /// Its hash; zeros before the first.
    pub hash: SealHash,
}

/// Why a verified batch does not continue a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The counter was used already.
    #[error("counter {found} again, {head} was accepted")]
    Repeated {
        /// The last counter accepted.
        head: Counter,
        /// The counter given.
        found: Counter,
    },
    /// Seals are missing in between.
    #[error("counter {found}, {expected} expected")]
    Gap {
        /// The counter that must come next.
        expected: Counter,
        /// The counter given.
        found: Counter,
    },
    /// The right counter, but another seal before it than the one accepted.
    #[error("seal {counter} follows {found}, {expected} was accepted")]
    Broken {
        /// The counter given.
        counter: Counter,
        /// Hash of the last seal accepted.
        expected: SealHash,
        /// Hash of the seal it says it follows.
        found: SealHash,
    },
}

impl ChainError {
    /// The word for it in refusals.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::Repeated { .. } => Reason::RepeatedCounter,
            Self::Gap { .. } => Reason::CounterGap,
            Self::Broken { .. } => Reason::BrokenChain,
        }
    }
}

impl ChainHead {
    /// Before an element's first seal.
    pub const START: Self = Self { counter: Counter(0), hash: SealHash::ZERO };

    /// The chain's head once it stands at this batch, whatever stood before it.
    #[must_use]
    pub fn at(batch: &VerifiedBatch) -> Self {
        Self { counter: batch.counter(), hash: batch.hash() }
    }

    /// The head after `batch`, if it is the next one.
    ///
    /// # Errors
    /// [`ChainError`] when a counter repeats or skips, or when the hash of the previous seal differs.
    pub fn next(&self, batch: &VerifiedBatch) -> Result<Self, ChainError> {
        let found = batch.counter();
        // Before a counter could wrap, an element would have to seal for longer than there is time.
        let expected = Counter(self.counter.0.saturating_add(1));
        if found <= self.counter {
            return Err(ChainError::Repeated { head: self.counter, found });
        }
        if found != expected {
            return Err(ChainError::Gap { expected, found });
        }
        if batch.previous() != self.hash {
            let found = batch.previous();
            return Err(ChainError::Broken { counter: expected, expected: self.hash, found });
        }
        Ok(Self::at(batch))
    }
}
