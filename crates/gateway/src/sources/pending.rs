//! Messages in the pipeline, in the order in which they came, which is that of their answers.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::pipeline::Outcome;

/// What is answered by `T`, each with its outcome to come.
pub(super) struct Pending<T>(VecDeque<(T, oneshot::Receiver<Outcome>)>);

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Pending<T> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One more behind the others.
    pub(super) fn push(&mut self, by: T, outcome: oneshot::Receiver<Outcome>) {
        self.0.push_back((by, outcome));
    }

    /// The outcome of the first; for ever while there is none. `None` when the pipeline has gone without one. It may be given up
    /// and waited for again.
    pub(super) async fn first(&mut self) -> Option<Outcome> {
        match self.0.front_mut() {
            Some((_, outcome)) => outcome.await.ok(),
            None => std::future::pending().await,
        }
    }

    /// The same without waiting: `None` when it is not known yet.
    pub(super) fn first_known(&mut self) -> Option<Option<Outcome>> {
        match self.0.front_mut()?.1.try_recv() {
            Ok(outcome) => Some(Some(outcome)),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(None),
        }
    }

    /// Takes the first out, whose outcome is known.
    pub(super) fn pop(&mut self) -> Option<T> {
        self.0.pop_front().map(|(by, _)| by)
    }
}
