//! Who waits for one transaction, and what each is told when it has ended.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use tokio::sync::oneshot;

use super::StoreError;
use super::admit::{Admission, Chains};
use super::committer::{Answer, Job};
use crate::metrics::Metrics;
use crate::pipeline::Outcome;

/// Who waits for one transaction.
#[derive(Default)]
pub(super) struct Group {
    messages: Vec<(oneshot::Sender<Outcome>, Outcome, Option<Instant>)>,
    changes: Vec<Answer>,
    pub(super) closing: Option<oneshot::Sender<()>>,
}

impl Group {
    /// Runs a job, or, in a transaction that has failed already, only takes down who waits for it.
    pub(super) fn run(
        &mut self,
        job: Job,
        admission: Admission<'_, '_>,
        failed: bool,
    ) -> Result<(), StoreError> {
        match job {
            Job::Batch(batch, waiter) => {
                let arrived = batch.arrived;
                let outcome = if failed { Ok(Outcome::Unavailable) } else { admission.batch(*batch) };
                self.message(waiter, outcome, Some(arrived))
            }
            Job::Unsealed(message, waiter) => {
                let arrived = message.arrived;
                let outcome = if failed { Ok(Outcome::Unavailable) } else { admission.unsealed(*message) };
                self.message(waiter, outcome, Some(arrived))
            }
            Job::Refuse(refused, waiter) => {
                let outcome = if failed { Ok(Outcome::Unavailable) } else { admission.refuse(*refused) };
                self.message(waiter, outcome, None)
            }
            Job::Tick if failed => Ok(()),
            Job::Tick => admission.tick(),
            Job::Change(change) if failed => {
                self.changes.push(change(None));
                Ok(())
            }
            Job::Change(change) => {
                admission.chains.store(admission.writer.db, admission.writer.now)?;
                self.changes.push(change(Some(admission.writer)));
                if std::mem::take(&mut admission.writer.chains_changed) {
                    admission.chains.store_all(admission.writer.db, admission.writer.now)?;
                    *admission.chains = Chains::load(admission.writer.db)?;
                }
                Ok(())
            }
            Job::Close(waiter) => {
                self.closing = Some(waiter);
                if failed {
                    Ok(())
                } else {
                    admission.chains.store_all(admission.writer.db, admission.writer.now)
                }
            }
        }
    }

    /// How many messages wait for it.
    pub(super) fn messages(&self) -> u64 {
        u64::try_from(self.messages.len()).unwrap_or(u64::MAX)
    }

    fn message(
        &mut self,
        waiter: oneshot::Sender<Outcome>,
        outcome: Result<Outcome, StoreError>,
        arrived: Option<Instant>,
    ) -> Result<(), StoreError> {
        let (outcome, error) = match outcome {
            Ok(outcome) => (outcome, Ok(())),
            Err(error) => (Outcome::Unavailable, Err(error)),
        };
        self.messages.push((waiter, outcome, arrived));
        error
    }

    /// Answers those who sent messages.
    pub(super) fn answer_messages(&mut self, failure: Option<&StoreError>, metrics: &Metrics) {
        for (waiter, outcome, arrived) in self.messages.drain(..) {
            let outcome = if failure.is_none() { outcome } else { Outcome::Unavailable };
            match &outcome {
                Outcome::Committed(_) => {
                    if let Some(arrived) = arrived {
                        metrics.commit_latency.record(arrived.elapsed());
                    }
                }
                Outcome::Duplicate => {
                    metrics.duplicates.fetch_add(1, Relaxed);
                }
                Outcome::Unavailable => {
                    metrics.unavailable.fetch_add(1, Relaxed);
                }
                Outcome::Refused(_) => {}
            }
            // A waiter that has gone will hear of it when its device sends again.
            let _ = waiter.send(outcome);
        }
    }

    /// Answers those who made changes.
    pub(super) fn answer_changes(&mut self, failure: Option<&StoreError>) {
        for answer in self.changes.drain(..) {
            answer(failure);
        }
    }
}
