//! The one thread that writes. It takes all jobs that wait, runs them in one transaction, commits with one sync, and
//! then answers: many waiting devices share the price of one sync, and nobody hears of anything before it is on disk.
//! Devices hear first, then the live feed, and whoever made a change last: the feed knows of it by then.
//!
//! What it knows between transactions (the heads of the chains, the end of the audit log) is what the last commit
//! left. After a transaction that failed it forgets all of it and reads it again, so memory never runs ahead
//! of the disk. The batches of such a transaction are answered [`Outcome::Unavailable`]: they were not acknowledged, and
//! their devices send them again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::admit::{Admission, Chains};
use super::group::Group;
use super::log::Log;
use super::{Lock, Reader, StoreError, Writer, now};
use crate::alarms::Book;
use crate::alarms::Rules;
use crate::alarms::engine::{Engine, Past};
use crate::audit::AuditHead;
use crate::events::{LiveEvent, LiveFeed};
use crate::limits;
use crate::metrics::Metrics;
use crate::pipeline::{Outcome, Refused, Unsealed, Verified};
use crate::record::Proof;
use crate::registry::{Registry, Snapshot};

/// Something for the committer to do.
pub(crate) enum Job {
    /// Store a verified batch, if its chain holds.
    Batch(Box<Verified>, oneshot::Sender<Outcome>),
    /// Store a message without a seal.
    Unsealed(Box<Unsealed>, oneshot::Sender<Outcome>),
    /// Lay a refused message into quarantine.
    Refuse(Box<Refused>, oneshot::Sender<Outcome>),
    /// Look for devices that fell silent.
    Tick,
    /// Any other change.
    Change(Change),
    /// Commit what came before, then end.
    Close(oneshot::Sender<()>),
}

/// Runs within the transaction (without one it does nothing), and gives what answers its waiter in the end.
pub(super) type Change = Box<dyn FnOnce(Option<&mut Writer<'_>>) -> Answer + Send>;
/// Answers a waiter; it is told what kept the transaction from being committed, if anything did.
pub(super) type Answer = Box<dyn FnOnce(Option<&StoreError>)>;

impl Job {
    /// A change and the waiter for its answer.
    pub(super) fn change<T, F>(change: F, waiter: oneshot::Sender<Result<T, StoreError>>) -> Self
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        Self::Change(Box::new(move |writer| {
            let done = writer.map(|writer| writer.alone(change));
            Box::new(move |failure| {
                let answer = match (done, failure) {
                    // Its own fault tells more than that of the transaction.
                    (Some(Err(own)), _) => Err(own),
                    (_, Some(error)) => Err(StoreError::NotCommitted(error.to_string())),
                    (Some(Ok(done)), None) => Ok(done),
                    (None, None) => Err(StoreError::Closed),
                };
                // A waiter that has gone does not care.
                let _ = waiter.send(answer);
            })
        }))
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Batch(..) => "Batch",
            Self::Unsealed(..) => "Unsealed",
            Self::Refuse(..) => "Refuse",
            Self::Tick => "Tick",
            Self::Change(_) => "Change",
            Self::Close(_) => "Close",
        })
    }
}

/// The state of the thread.
struct Committer {
    store: Reader,
    log: Log,
    /// Given back when the database is closed.
    lock: Lock,
    live: LiveFeed,
    metrics: Arc<Metrics>,
    registry: Registry,
    snapshot: Arc<Snapshot>,
    chains: Chains,
    alarms: Engine,
    audit_head: AuditHead,
}

/// Starts the thread; it ends with [`Job::Close`] or when the last sender is gone.
pub(super) fn start(
    store: Reader,
    lock: Lock,
    queue: mpsc::Receiver<Job>,
    live: LiveFeed,
    metrics: Arc<Metrics>,
    registry: Registry,
    rules: Arc<Rules>,
) -> Result<(), StoreError> {
    let (snapshot, chains, audit_head) = (Arc::default(), Chains::default(), AuditHead::EMPTY);
    let alarms = Engine::new(rules);
    let mut committer = Committer {
        store,
        log: Log::default(),
        lock,
        live,
        metrics,
        registry,
        snapshot,
        chains,
        alarms,
        audit_head,
    };
    committer.reload()?;
    let spawned = std::thread::Builder::new().name("commit".into()).spawn(move || committer.run(queue));
    spawned.map(drop).map_err(StoreError::Thread)
}

impl Committer {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::new();
        while queue.blocking_recv_many(&mut jobs, limits::COMMIT_GROUP) > 0 {
            let is_tick = matches!(jobs.as_slice(), [Job::Tick]);
            if let Some(closed) = self.commit_group(jobs.drain(..)) {
                if let Err((_, error)) = self.store.db.close() {
                    tracing::error!(%error, "the database did not close cleanly");
                }
                drop(self.lock);
                // A waiter that has gone does not care.
                let _ = closed.send(());
                return;
            }
            self.log.copy(&self.store.db, is_tick && queue.is_empty());
        }
    }

    /// Reads from the database what is kept in memory.
    fn reload(&mut self) -> Result<(), StoreError> {
        self.chains = Chains::load(&self.store.db)?;
        self.audit_head = self.store.audit_head()?;
        let past = Past {
            active: self.store.active_alarms()?,
            book: Book::load(&self.store)?,
            inputs: self.store.score_inputs()?,
            heard: self.store.heard_of_sources()?,
        };
        self.alarms.resume(past, now());
        self.reload_registry()
    }

    fn reload_registry(&mut self) -> Result<(), StoreError> {
        self.registry.replace(Snapshot::load(&self.store, &self.snapshot)?);
        self.snapshot = self.registry.now();
        self.alarms.forget_births();
        Ok(())
    }

    fn reload_settings(&mut self) {
        let read = Book::load(&self.store).and_then(|book| Ok((book, self.store.score_inputs()?)));
        match read {
            Ok((book, inputs)) => self.alarms.settings(book, &inputs),
            Err(error) => {
                tracing::error!(%error, "the alarms' settings could not be read again; those before stay in force");
            }
        }
    }

    /// Runs the jobs in one transaction. Gives the waiter of [`Job::Close`], when there was one.
    fn commit_group(&mut self, jobs: impl Iterator<Item = Job>) -> Option<oneshot::Sender<()>> {
        let mut group = Group::default();
        let began = Instant::now();
        let outcome = self.transaction(jobs, &mut group);
        if group.messages() > 0 {
            self.metrics.commit_time.record(began.elapsed());
            self.metrics.commit_messages.record_number(group.messages());
        }
        if let Err(error) = &outcome {
            tracing::error!(%error, "a transaction failed; what it held was not acknowledged");
            self.forget();
        }
        let (events, failure) = match outcome {
            Ok(events) => (events, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        group.answer_messages(failure.as_ref(), &self.metrics);
        events.into_iter().for_each(|event| self.tell(event));
        group.answer_changes(failure.as_ref());
        group.closing
    }

    /// The transaction itself, from BEGIN to what follows COMMIT. Gives what is to be told of it.
    fn transaction(
        &mut self,
        jobs: impl Iterator<Item = Job>,
        group: &mut Group,
    ) -> Result<Vec<LiveEvent>, StoreError> {
        let before = self.store.db.total_changes();
        let mut failed = self.run_sql("BEGIN IMMEDIATE").err();
        let mut writer = Writer::new(&self.store, now(), self.audit_head);
        for job in jobs {
            let (chains, alarms) = (&mut self.chains, &mut self.alarms);
            let admission = Admission { writer: &mut writer, chains, alarms, registry: &self.snapshot };
            let done = group.run(job, admission, failed.is_some());
            failed = failed.or(done.err());
            if failed.is_none() && self.store.db.is_autocommit() {
                failed = Some(StoreError::GivenUp);
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let Writer { audit_head, events, registry_changed, now, .. } = writer;
        self.chains.store(&self.store.db, now)?;
        self.run_sql("COMMIT")?;
        let changed = self.store.db.total_changes().wrapping_sub(before);
        if changed > 0 {
            self.metrics.commits.fetch_add(1, Relaxed);
            self.log.grown(changed);
        }
        self.audit_head = audit_head;
        if registry_changed && let Err(error) = self.reload_registry() {
            tracing::error!(%error, "the registry could not be read again; the one before stays in force");
        }
        events.iter().for_each(|event| count(event, &self.metrics));
        Ok(events)
    }

    fn run_sql(&self, sql: &'static str) -> Result<(), StoreError> {
        self.store.db.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    fn tell(&mut self, event: LiveEvent) {
        match &event {
            LiveEvent::Alarm(alarm) => self.alarms.follow(alarm),
            LiveEvent::Association(association) => self.alarms.associated(association),
            LiveEvent::AlarmSettings => self.reload_settings(),
            LiveEvent::Batch(_)
            | LiveEvent::Refused(_)
            | LiveEvent::Device(_)
            | LiveEvent::Delivery(_)
            | LiveEvent::Score(_) => {}
        }
        self.live.tell(event);
    }

    /// After a failure: nothing of the transaction stays, on disk or in memory.
    fn forget(&mut self) {
        // The failure may have ended the transaction already; then there is nothing to roll back.
        if !self.store.db.is_autocommit()
            && let Err(error) = self.store.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the failed transaction could not be rolled back");
        }
        if let Err(error) = self.reload() {
            // Without its chains it would refuse everything, so nothing wrong can be stored; the next failure tries again.
            tracing::error!(%error, "the store could not be read again");
        }
    }
}

fn count(event: &LiveEvent, metrics: &Metrics) {
    match event {
        LiveEvent::Batch(committed) => {
            match &committed.row.proof {
                Proof::Sealed { .. } => metrics.batches_verified.fetch_add(1, Relaxed),
                Proof::Unsealed { .. } => metrics.unsealed_stored.fetch_add(1, Relaxed),
            };
            metrics.readings_stored.fetch_add(committed.batch.readings.len() as u64, Relaxed);
            metrics.bytes_stored.fetch_add(committed.row.bytes.len() as u64, Relaxed);
        }
        LiveEvent::Refused(refusal) => metrics.refuse(refusal.reason),
        LiveEvent::Alarm(_)
        | LiveEvent::AlarmSettings
        | LiveEvent::Score(_)
        | LiveEvent::Device(_)
        | LiveEvent::Association(_)
        | LiveEvent::Delivery(_) => {}
    }
}
