//! Every look at a patient's data is written to the audit log.
//!
//! A dashboard asks for the same page again and again while somebody looks at it. That is one look: the log says when it
//! began and, every [`limits::READ_NOTED`], that it goes on. A look is one person at one thing (the ward, a
//! patient); another person's or another patient's is noted by itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::session::Principal;
use crate::audit::{Action, Entry};
use crate::limits;
use crate::store::Store;

/// The looks that go on.
#[derive(Debug, Default)]
pub(crate) struct Reads(Mutex<HashMap<(String, String), Instant>>);

impl Reads {
    /// Notes that `who` looks at `object`; returns when the entry is on disk.
    pub(crate) async fn note(&self, store: &Store, who: &Principal, object: &str) {
        if !self.is_new(who.name(), object) {
            return;
        }
        let entry = Entry::done(who.actor(), Action::ReadPatient, object);
        if let Err(error) = store.write(move |writer| writer.audit(entry)).await {
            tracing::error!(%error, "a read could not be audited");
            self.forget(who.name(), object);
        }
    }

    fn is_new(&self, who: &str, object: &str) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, since| since.elapsed() < limits::READ_NOTED);
        let look = (who.to_owned(), object.to_owned());
        if known.contains_key(&look) {
            return false;
        }
        known.insert(look, Instant::now());
        true
    }

    fn forget(&self, who: &str, object: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(who.to_owned(), object.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_and_each_patient_is_noted() {
        let reads = Reads::default();
        assert!(reads.is_new("ada", "patient 1"));
        assert!(!reads.is_new("ada", "patient 1"));
        assert!(reads.is_new("ada", "patient 2"));
        assert!(reads.is_new("bob", "patient 1"));
        reads.forget("ada", "patient 1");
        assert!(reads.is_new("ada", "patient 1"));
    }
}
