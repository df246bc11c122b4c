//! What the sources of device adapters have in common: from an adapter's events to the committer, and back to the device what it is told.
//!
//! ```text
//! bytes ─► Session ─┬─ Record ───► Adapter::read ─► Pipeline::submit_unsealed ─► outcome ─► the record's answer
//!  (serial, stream, ├─ Reported ─► quarantine, audited
//!   folder, post,   │
//!   sdc)            ├─ Kept ─────► nothing to store
//!                   └─ Reply ────► said in its turn
//! ```
//!
//! The stored bytes are the record as the adapter made it; its readings are computed by [`adapters::read`] when it comes and whenever somebody looks. A
//! device whose protocol has answers is told nothing while a record cannot be stored, so that it keeps it and tries again; for one whose
//! protocol has none the gateway itself keeps it and tries again, and reads no further meanwhile.

mod arrivals;
mod taking;
mod talk;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use adapters::{Adapter, Answers, Decoded, Event, Problem, Record, Session, Settings, SetupError};
use seal::{Batch, DeviceIdError, Flags, Reason};
use tokio::sync::oneshot;

use crate::connect::Pauses;
use crate::pipeline::{Outcome, Rejection, Unsealed, Whose, clock_error};
use crate::record::{ClockZone, Digest, Form, SourceName, device_of};
use crate::roster::Post;
use crate::start::Services;
use crate::store::{StoreError, now};
pub(in crate::sources) use arrivals::serve_all;
pub(in crate::sources) use taking::{Stop, Taken, Taking};
pub(in crate::sources) use talk::{Fault, talk};

/// Why a source of a device adapter cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum DeviceSourceError {
    /// There is no such adapter.
    #[error("source {name}: there is no adapter {adapter:?}; `medseal adapter list` shows them")]
    NoAdapter {
        /// The source's name.
        name: SourceName,
        /// What was asked for.
        adapter: String,
    },
    /// Its configuration cannot be read.
    #[error("source {name}: {}: {source}", path.display())]
    Read {
        /// The source's name.
        name: SourceName,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Its configuration has a fault.
    #[error("source {name}: {}{source}", path.as_ref().map(|path| format!("{}: ", path.display())).unwrap_or_default())]
    Setup {
        /// The source's name.
        name: SourceName,
        /// The file, where it is in one.
        path: Option<PathBuf>,
        /// What is wrong.
        source: SetupError,
    },
    /// TLS and none at once, or neither.
    #[error("source {0}: clients names CAs, which needs TLS; take one away, clients or plain = true")]
    Contradiction(SourceName),
    /// SDC without both ends proving who they are.
    #[error("source {0}: SDC needs `ca` and `client` (mutual TLS), or `plain = true` and neither")]
    MutualTls(SourceName),
    /// An address that cannot be connected to.
    #[error("source {name}: {source}")]
    Target {
        /// The source's name.
        name: SourceName,
        /// Why not.
        source: crate::connect::TargetError,
    },
    /// A certificate, its key or the CAs cannot be used.
    #[error("source {name}: {source}")]
    Tls {
        /// The source's name.
        name: SourceName,
        /// Why not.
        source: crate::tls::TlsError,
    },
    /// A folder cannot be made, or an address not be listened on.
    #[error("source {name}: {what}: {source}")]
    Io {
        /// The source's name.
        name: SourceName,
        /// What was tried.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
}

/// What speaks at a source: its adapter and how it is set up. Cloning it is cheap.
#[derive(Clone)]
pub(in crate::sources) struct Speaker {
    pub(in crate::sources) services: Services,
    pub(in crate::sources) source: SourceName,
    pub(in crate::sources) adapter: &'static dyn Adapter,
    pub(in crate::sources) post: Arc<Post>,
    form: Form,
    config: Option<Arc<str>>,
    device: Option<Arc<str>>,
    zone: ClockZone,
}

/// A source's own words for its adapter.
pub(in crate::sources) struct Said<'a> {
    pub(in crate::sources) name: &'a SourceName,
    pub(in crate::sources) adapter: &'a str,
    pub(in crate::sources) config: Option<&'a Path>,
    pub(in crate::sources) device: Option<&'a str>,
    pub(in crate::sources) zone: &'a ClockZone,
}

impl Speaker {
    /// Finds the adapter, reads its configuration and tries it.
    pub(in crate::sources) fn of(
        said: &Said<'_>,
        services: &Services,
        post: &Arc<Post>,
    ) -> Result<Self, DeviceSourceError> {
        let name = || said.name.clone();
        let no_adapter = || DeviceSourceError::NoAdapter { name: name(), adapter: said.adapter.into() };
        let adapter = adapters::by_name(said.adapter).ok_or_else(no_adapter)?;
        let form = Form::of_adapter(adapter.name()).ok_or_else(no_adapter)?;
        let config = match said.config {
            None => None,
            Some(path) => Some(std::fs::read_to_string(path).map_err(|source| DeviceSourceError::Read {
                name: name(),
                path: path.into(),
                source,
            })?),
        };
        let settings = Settings { config: config.as_deref(), device: said.device };
        adapter.open(&settings).map_err(|source| DeviceSourceError::Setup {
            name: name(),
            path: said.config.map(Path::to_owned),
            source,
        })?;
        Ok(Self {
            services: services.clone(),
            source: name(),
            adapter,
            post: post.clone(),
            form,
            config: config.map(Arc::from),
            device: said.device.map(Arc::from),
            zone: said.zone.clone(),
        })
    }

    /// A session for a new conversation or file.
    pub(in crate::sources) fn open(&self) -> Result<Box<dyn Session>, SetupError> {
        self.adapter.open(&Settings { config: self.config.as_deref(), device: self.device.as_deref() })
    }

    /// Hands an event over. `peer` names the source and where it came from, as refusals show it.
    pub(in crate::sources) async fn hand(&self, event: Event, peer: &Arc<str>) -> Result<Handed, StoreError> {
        match event {
            Event::Kept { .. } => Ok(Handed::Nothing),
            Event::Reply(bytes) => Ok(Handed::Reply(bytes)),
            Event::Reported { span, what, problem, bytes } => {
                let detail = detail(&what, span.at, &problem);
                let outcome = self.refuse(bytes, Reason::Malformed, detail, peer).await?;
                Ok(Handed::Waiting { record: None, answers: Answers::default(), outcome })
            }
            Event::Record { record, answers, .. } => {
                self.post.heard();
                let outcome = self.submit(&record, peer).await?;
                Ok(Handed::Waiting { record: Some(Box::new(record)), answers, outcome })
            }
        }
    }

    async fn refuse(
        &self,
        bytes: Vec<u8>,
        reason: Reason,
        detail: String,
        peer: &Arc<str>,
    ) -> Result<oneshot::Receiver<Outcome>, StoreError> {
        let rejection = Rejection { reason, detail, counter: None };
        self.services.pipeline.refuse_message(self.source.clone(), peer, bytes, rejection).await
    }

    /// Reads a record and gives it to the committer; what cannot be read goes into quarantine.
    async fn submit(
        &self,
        record: &Record,
        peer: &Arc<str>,
    ) -> Result<oneshot::Receiver<Outcome>, StoreError> {
        let received = now();
        match self.unsealed(record, peer, received) {
            Ok(unsealed) => self.services.pipeline.submit_unsealed(unsealed).await,
            Err((reason, detail)) => self.refuse(record.encode(), reason, detail, peer).await,
        }
    }

    fn unsealed(
        &self,
        record: &Record,
        peer: &Arc<str>,
        received: seal::Micros,
    ) -> Result<Unsealed, (Reason, String)> {
        let decoded = self
            .adapter
            .read(record, self.zone.zone())
            .map_err(|refusal| (Reason::Malformed, detail("record", refusal.at as u64, &refusal.problem)))?;
        let batch =
            batch_of(&decoded, &self.source).map_err(|error| (Reason::Malformed, error.to_string()))?;
        if let Some(detail) = clock_error(batch.time, received, &self.services.config.clock) {
            return Err((Reason::Clock, detail));
        }
        let bytes = record.encode();
        Ok(Unsealed {
            source: self.source.clone(),
            form: self.form,
            zone: self.zone.clone(),
            peer: peer.clone(),
            whose: whose(&batch),
            batch,
            alerts: decoded.alerts,
            digest: Digest::of(&bytes),
            bytes,
            received,
            arrived: Instant::now(),
        })
    }

    /// Whether a record that tells of all alarms of its device says anything that is not in the book; what cannot be read does.
    pub(in crate::sources) async fn is_news(&self, record: &Record) -> Result<bool, StoreError> {
        let Ok(decoded) = self.adapter.read(record, self.zone.zone()) else { return Ok(true) };
        let Ok(device) = device_of(&self.source, &decoded.device) else { return Ok(true) };
        self.services.store.read(move |reader| reader.is_news(&device, &decoded.alerts)).await
    }

    /// Waits for what became of something handed over.
    pub(in crate::sources) async fn settle(&self, handed: Handed, peer: &Arc<str>) -> Settled {
        let (mut outcome, record, answers) = match handed {
            Handed::Nothing => return Settled::Nothing,
            Handed::Reply(bytes) => return Settled::Say(bytes),
            Handed::Waiting { record, answers, outcome } => (outcome, record, answers),
        };
        let mut pauses = Pauses::default();
        loop {
            match (outcome.await.unwrap_or(Outcome::Unavailable), &record) {
                (Outcome::Committed(_) | Outcome::Duplicate, _) => return Settled::Stored(answers.stored),
                (Outcome::Refused(rejection), _) => return Settled::Refused(answers.refused, rejection),
                // The device keeps it and sends it again.
                (Outcome::Unavailable, Some(_)) if !answers.stored.is_empty() => return Settled::Unavailable,
                (Outcome::Unavailable, None) => return Settled::Unavailable,
                (Outcome::Unavailable, Some(record)) => {
                    if !pauses.wait(&self.services.shutdown).await {
                        return Settled::Unavailable;
                    }
                    match self.submit(record, peer).await {
                        Ok(again) => outcome = again,
                        Err(_) => return Settled::Unavailable,
                    }
                }
            }
        }
    }
}

/// Something that was handed over.
pub(in crate::sources) enum Handed {
    /// Nothing comes of it.
    Nothing,
    /// The device is told this.
    Reply(Vec<u8>),
    /// The committer has it.
    Waiting { record: Option<Box<Record>>, answers: Answers, outcome: oneshot::Receiver<Outcome> },
}

/// What became of it.
pub(in crate::sources) enum Settled {
    /// Nothing.
    Nothing,
    /// It is only something to say.
    Say(Vec<u8>),
    /// It is on disk, and the device is told this.
    Stored(Vec<u8>),
    /// It is in quarantine, and the device is told this.
    Refused(Vec<u8>, Rejection),
    /// It is nowhere yet.
    Unavailable,
}

/// What is wrong, where, and what to do, for whoever looks at the refusal.
fn detail(what: &str, at: u64, problem: &Problem) -> String {
    format!("{what} at byte {at}: {problem}; {}", problem.remedy())
}

/// The readings as a batch of the source's device.
pub(crate) fn batch_of(decoded: &Decoded, source: &SourceName) -> Result<Batch, DeviceIdError> {
    let device = device_of(source, &decoded.device)?;
    Ok(Batch { device, time: decoded.time, readings: decoded.readings.clone() })
}

/// Whoever the device is with; nobody, when all of it is demonstration or test.
fn whose(batch: &Batch) -> Whose {
    let staged = |flags: Flags| flags.contains(Flags::SIMULATED) || flags.contains(Flags::TEST);
    let all = !batch.readings.is_empty() && batch.readings.iter().all(|reading| staged(reading.flags()));
    if all { Whose::Nobody } else { Whose::Associated }
}
