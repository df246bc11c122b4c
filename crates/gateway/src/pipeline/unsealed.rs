//! Messages without a seal: what a source has decoded, and who is named for those that are refused.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use clinical::person::{Identifier, Location};
use seal::{Batch, DeviceId, Micros, Reason};

use crate::record::{ClockZone, Digest, Form, SourceName};

/// A message without a seal, decoded by a source that is configured to deliver such. Nothing but that source vouches for it.
#[derive(Debug)]
pub struct Unsealed {
    /// The source.
    pub source: SourceName,
    /// The form of its bytes.
    pub form: Form,
    /// Where the source's clocks are set.
    pub zone: ClockZone,
    /// The source and the peer's address, for a person.
    pub peer: Arc<str>,
    /// Whose readings they are.
    pub whose: Whose,
    /// The readings, and the device as [`device_of`](crate::record::device_of) names it.
    pub batch: Batch,
    /// What the device says of alarms of its own.
    pub alerts: adapters::Alerts,
    /// As received.
    pub bytes: Vec<u8>,
    /// Their name: the same bytes from the same source are the same message.
    pub digest: Digest,
    /// When it came, by the wall clock.
    pub received: Micros,
    /// When it came, for latencies.
    pub arrived: Instant,
}

/// Whose readings a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Of the patient with one of these identifiers; nobody's while no such patient is registered.
    Named(Vec<Identifier>),
    /// Of whoever the device was with at that time.
    Associated,
    /// Of whoever lay there at that time.
    In(Location),
    /// Nobody's: demonstration or test.
    Nobody,
}

/// Who is to blame for a refused message, and whose quarantine it lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A device that was authenticated.
    Device(DeviceId),
    /// A source, for a message that names no device which could be believed.
    Source(SourceName),
}

impl Sender {
    /// The device, where one was authenticated.
    pub fn device(&self) -> Option<&DeviceId> {
        match self {
            Self::Device(device) => Some(device),
            Self::Source(_) => None,
        }
    }

    /// The source, where no device was.
    pub fn source(&self) -> Option<&SourceName> {
        match self {
            Self::Device(_) => None,
            Self::Source(source) => Some(source),
        }
    }

    /// Whether the bytes of a message refused for this reason are kept. A device's are, but those that name no device or are no
    /// batch (docs/formats.md, "Reasons for refusal"); a source's always, since its people need them to see what is wrong.
    pub fn keeps_bytes(&self, reason: Reason) -> bool {
        match (self, reason) {
            (
                Self::Device(_),
                Reason::Malformed | Reason::Oversized | Reason::UnknownDevice | Reason::Token,
            ) => false,
            (
                Self::Device(_),
                Reason::NotSealed
                | Reason::RevokedDevice
                | Reason::WrongDevice
                | Reason::UnknownKey
                | Reason::Certificate
                | Reason::BadSignature
                | Reason::BadHash
                | Reason::RepeatedCounter
                | Reason::CounterGap
                | Reason::BrokenChain
                | Reason::Clock,
            )
            | (Self::Source(_), _) => true,
        }
    }
}

/// As the audit log names an actor.
impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(device) => write!(f, "device:{device}"),
            Self::Source(source) => write!(f, "source:{source}"),
        }
    }
}
