//! One element, many who want it: it is lent to one at a time, and who comes too early waits a moment.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::element::LinkError;
use crate::limits::{HANDOVER_WAIT, WAITING_MAX};
use crate::tcp::Refusal;

/// Where the element is.
enum State<E> {
    Free(E),
    Lent,
    /// The element failed; the error is there until somebody takes it.
    Failed(Option<LinkError>),
}

/// Where an element is lent and given back.
pub(crate) struct Desk<E> {
    state: Mutex<(State<E>, usize)>,
    changed: Condvar,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// The element is there for the next.
    Over,
    /// The element failed.
    Failed,
}

impl<E> Desk<E> {
    pub(crate) fn new(element: E) -> Self {
        Self { state: Mutex::new((State::Free(element), 0)), changed: Condvar::new() }
    }

    /// Why the element failed, said once.
    pub(crate) fn failure(&self) -> Option<LinkError> {
        match &mut self.state().0 {
            State::Failed(error) => error.take(),
            State::Free(_) | State::Lent => None,
        }
    }

    /// Lends the element to `visitor`, whose error is the element's failure. Who cannot have it hears why.
    pub(crate) fn lend(
        &self,
        visitor: impl FnOnce(&mut E) -> Result<(), LinkError>,
        refused: impl FnOnce(Refusal),
    ) -> Visit {
        let mut element = match self.take() {
            Ok(element) => element,
            Err(refusal) => {
                refused(refusal);
                return Visit::Over;
            }
        };
        let (state, visit) = match visitor(&mut element) {
            Ok(()) => (State::Free(element), Visit::Over),
            Err(error) => {
                refused(Refusal::Failed);
                (State::Failed(Some(error)), Visit::Failed)
            }
        };
        self.state().0 = state;
        self.changed.notify_one();
        visit
    }

    /// The element, after a short wait at most: the visitor before may have gone without our knowing it yet.
    fn take(&self) -> Result<E, Refusal> {
        let until = Instant::now() + HANDOVER_WAIT;
        let mut guard = self.state();
        if guard.1 >= WAITING_MAX {
            return Err(Refusal::InUse);
        }
        guard.1 += 1;
        let outcome = loop {
            match std::mem::replace(&mut guard.0, State::Lent) {
                State::Free(element) => break Ok(element),
                State::Lent => {}
                failed @ State::Failed(_) => {
                    guard.0 = failed;
                    break Err(Refusal::Failed);
                }
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break Err(Refusal::InUse);
            }
            guard = self.changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        guard.1 -= 1;
        outcome
    }

    fn state(&self) -> MutexGuard<'_, (State<E>, usize)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
