//! How often somebody has failed to prove who they are lately.
//!
//! What they would have to guess cannot be guessed; what this bounds is noise: audit entries and work that one asker can cause.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::limits;

/// Failures of each asker, an address say, since the beginning of its window.
#[derive(Debug)]
pub(crate) struct Attempts<K>(Mutex<HashMap<K, (Instant, u32)>>);

impl<K> Default for Attempts<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash> Attempts<K> {
    /// Whether the asker may try (again).
    pub(crate) fn may(&self, asker: &K) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= limits::SIGN_IN_ADDRESSES {
            known.retain(|_, (since, _)| since.elapsed() < limits::SIGN_IN_WINDOW);
        }
        match known.get(asker) {
            Some((since, failures)) => {
                since.elapsed() >= limits::SIGN_IN_WINDOW || *failures < limits::SIGN_IN_FAILURES
            }
            // With the table full of recent failures, whoever is not in it waits too.
            None => known.len() < limits::SIGN_IN_ADDRESSES,
        }
    }

    /// Counts a failure.
    pub(crate) fn failed(&self, asker: K) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, failures) = known.entry(asker).or_insert_with(|| (Instant::now(), 0));
        if since.elapsed() >= limits::SIGN_IN_WINDOW {
            (*since, *failures) = (Instant::now(), 0);
        }
        *failures += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn failures_bar_their_own_address_only() {
        let attempts = Attempts::default();
        let [a, b] = [1, 2].map(|n| IpAddr::from([192, 0, 2, n]));
        for _ in 0..limits::SIGN_IN_FAILURES {
            assert!(attempts.may(&a));
            attempts.failed(a);
        }
        assert!(!attempts.may(&a));
        assert!(attempts.may(&b));
    }
}
