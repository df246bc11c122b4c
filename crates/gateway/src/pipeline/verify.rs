//! From bytes to a verified batch, on threads of their own: a signature takes some 100 µs of a core.

use std::time::Instant;

use seal::{Micros, Reason, SealedBatch, VerifiedBatch};
use tokio::sync::{mpsc, oneshot};

use super::{Outcome, RawMessage, Rejection, Sender};
use crate::config::Clock;
use crate::limits;
use crate::record::DeviceStatus;
use crate::registry::{Registry, Snapshot};
use crate::store::{Job, Store};

/// A message and whoever waits for its outcome.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) message: RawMessage,
    pub(super) answer: oneshot::Sender<Outcome>,
}

/// A verified batch on its way to the committer.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) batch: VerifiedBatch,
    pub(crate) source: std::sync::Arc<str>,
    pub(crate) received: Micros,
    pub(crate) arrived: Instant,
}

/// A refused message on its way to the committer.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) sender: Sender,
    /// The source's name and the peer's address.
    pub(crate) source: std::sync::Arc<str>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) rejection: Rejection,
}

pub(super) fn spawn(
    index: usize,
    mut queue: mpsc::Receiver<Task>,
    store: Store,
    registry: Registry,
    clock: Clock,
) -> std::io::Result<()> {
    let work = move || {
        while let Some(Task { message, answer }) = queue.blocking_recv() {
            let job = match verify(&message, &registry.now(), &clock) {
                Ok(batch) => {
                    let RawMessage { source, received, arrived, .. } = message;
                    Job::Batch(Box::new(Verified { batch, source, received, arrived }), answer)
                }
                Err(rejection) => {
                    let RawMessage { device, source, bytes, .. } = message;
                    let sender = Sender::Device(device);
                    Job::Refuse(Box::new(Refused { sender, source, bytes, rejection }), answer)
                }
            };
            if store.send_blocking(job).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name(format!("verify-{index}")).spawn(work).map(drop)
}

fn verify(message: &RawMessage, registry: &Snapshot, clock: &Clock) -> Result<VerifiedBatch, Rejection> {
    let refuse = |reason, detail: String, counter| Err(Rejection { reason, detail, counter });
    if message.bytes.len() > limits::SEALED_BATCH_BYTES {
        return refuse(Reason::Oversized, format!("{} bytes", message.bytes.len()), None);
    }
    let sealed = match SealedBatch::parse(&message.bytes) {
        Ok(sealed) => sealed,
        Err(error) => return refuse(Reason::Malformed, error.to_string(), None),
    };
    let counter = Some(sealed.claims().counter.0);
    let Some(device) = registry.devices.get(&message.device) else {
        return refuse(Reason::UnknownDevice, format!("{} is not enrolled", message.device), counter);
    };
    if device.status == DeviceStatus::Revoked {
        return refuse(Reason::RevokedDevice, format!("{} was withdrawn", message.device), counter);
    }
    let Some(certificate) = device.identity().and_then(|identity| identity.seal.as_ref()) else {
        return refuse(Reason::Certificate, "no accepted maker issued the seal certificate".into(), counter);
    };
    let batch = match certificate.key.verify(sealed) {
        Ok(batch) => batch,
        Err(error) => return refuse(error.reason(), error.to_string(), counter),
    };
    if let Err(error) = certificate.validity.check(batch.batch().time) {
        return refuse(Reason::Certificate, error.to_string(), counter);
    }
    match clock_error(batch.batch().time, message.received, clock) {
        Some(detail) => refuse(Reason::Clock, detail, counter),
        None => Ok(batch),
    }
}

/// What is wrong with a batch's time, if anything.
pub(crate) fn clock_error(time: Micros, now: Micros, clock: &Clock) -> Option<String> {
    let behind = i128::from(now.0) - i128::from(time.0);
    let limit = |seconds: u64| i128::from(seconds) * 1_000_000;
    let off = |micros: i128| micros / 1_000_000;
    if -behind > limit(clock.ahead_seconds) {
        Some(format!("{} s ahead of the gateway", off(-behind)))
    } else if behind > limit(clock.behind_seconds) {
        Some(format!("{} s behind the gateway", off(behind)))
    } else {
        None
    }
}
