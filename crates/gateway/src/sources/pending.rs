//! Messages in the pipeline, in the order in which they came, which is that of their answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::pipeline::Outcome;
use crate::roster::Post;

/// What is answered by `T`, each with its outcome to come; the source's [`Post`] is told of each outcome and how long it took.
pub(super) struct Pending<T> {
    waiting: VecDeque<Waiting<T>>,
    post: Arc<Post>,
}

struct Waiting<T> {
    by: T,
    outcome: oneshot::Receiver<Outcome>,
    since: Instant,
}

impl<T> Pending<T> {
    /// None yet, of a source.
    pub(super) fn of(post: &Arc<Post>) -> Self {
        Self { waiting: VecDeque::new(), post: post.clone() }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// One more behind the others.
    pub(super) fn push(&mut self, by: T, outcome: oneshot::Receiver<Outcome>) {
        self.waiting.push_back(Waiting { by, outcome, since: Instant::now() });
    }

    /// The outcome of the first; for ever while there is none. `None` when the pipeline has gone without one. It may be given up
    /// and waited for again.
    pub(super) async fn first(&mut self) -> Option<Outcome> {
        match self.waiting.front_mut() {
            Some(first) => {
                let outcome = (&mut first.outcome).await.ok()?;
                self.post.tally.answered(&outcome, first.since);
                Some(outcome)
            }
            None => std::future::pending().await,
        }
    }

    /// The same without waiting: `None` when it is not known yet.
    pub(super) fn first_known(&mut self) -> Option<Option<Outcome>> {
        let first = self.waiting.front_mut()?;
        match first.outcome.try_recv() {
            Ok(outcome) => {
                self.post.tally.answered(&outcome, first.since);
                Some(Some(outcome))
            }
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(None),
        }
    }

    /// Takes the first out, whose outcome is known.
    pub(super) fn pop(&mut self) -> Option<T> {
        self.waiting.pop_front().map(|first| first.by)
    }
}
