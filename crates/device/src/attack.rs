//! Attacks on a gateway with real material: a real element's seals, sent over a real connection. Each must be
//! refused for its own reason, and none may keep the device's true batches from being accepted.
//!
//! The device used is one of its own, enrolled for this: its chain is whole at the end, and it is revoked.

use std::time::{SystemTime, UNIX_EPOCH};

use seal::{
    Batch, BatchError, DeviceId, Micros, Reading, Reason, SealedBatch, Sealer, SoftwareSealer,
    SoftwareSealerError,
};
use serde::Serialize;
use tokio::time::timeout;

use crate::element::{ElementError, SharedElement};
use crate::limits;
use crate::source::{Source, Span};
use crate::transport::mqtt::WireError;
use crate::transport::{Incoming, Link, LinkError, Refusal, Transport};

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attack {
    /// A value is changed on the way, the seal kept.
    ChangedValue,
    /// A batch that was accepted is sent again, its signature in the other of its two valid forms so that it looks
    /// like another seal. (Unchanged it is no attack: it is acknowledged again and stored once.)
    ReplayedBatch,
    /// A batch is sealed and kept back, the next one sent.
    SkippedCounter,
    /// A batch that continues the chain is signed by another element's key.
    UnknownElement,
    /// A true batch is sent after the device was revoked.
    RevokedDevice,
}

impl Attack {
    /// Why it must be refused.
    #[must_use]
    pub fn expected(self) -> Reason {
        match self {
            Self::ChangedValue => Reason::BadHash,
            Self::ReplayedBatch => Reason::RepeatedCounter,
            Self::SkippedCounter => Reason::CounterGap,
            Self::UnknownElement => Reason::UnknownKey,
            Self::RevokedDevice => Reason::RevokedDevice,
        }
    }
}

/// What a gateway answered to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "answer", content = "reason")]
pub enum Answer {
    /// Acknowledged: it has the message, or had it before.
    Acknowledged,
    /// Refused for this reason.
    Refused(Reason),
    /// The connection was not authorised; MQTT 3.1.1 has no words for why.
    NotAuthorized,
    /// Refused without a reason of ours: with a code, or by ending the connection.
    RefusedOtherwise(String),
}

/// One attack and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What was tried.
    pub attack: Attack,
    /// What the gateway answered.
    #[serde(flatten)]
    pub answer: Answer,
}

impl Outcome {
    /// Whether it was refused for the reason that it must be refused for, as far as the protocol can say it.
    #[must_use]
    pub fn held(&self) -> bool {
        match &self.answer {
            Answer::Refused(reason) => *reason == self.attack.expected(),
            Answer::NotAuthorized => self.attack == Attack::RevokedDevice,
            Answer::Acknowledged | Answer::RefusedOtherwise(_) => false,
        }
    }
}

/// What all attacks came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The five attacks in order.
    pub outcomes: Vec<Outcome>,
    /// True batches sent in between.
    pub true_batches: u64,
    /// How many of those were acknowledged; fewer means that an attack did harm.
    pub acknowledged: u64,
}

impl Report {
    /// Whether every attack was refused for its reason and every true batch was accepted.
    #[must_use]
    pub fn all_held(&self) -> bool {
        self.outcomes.iter().all(Outcome::held) && self.acknowledged == self.true_batches
    }
}

/// Why the attacks could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// The attacking device's element failed.
    #[error(transparent)]
    Element(#[from] ElementError),
    /// The stranger's key could not be made.
    #[error(transparent)]
    Stranger(#[from] SoftwareSealerError),
    /// The material is no sealed batch.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// There is no gateway to attack.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The device could not be revoked.
    #[error("the device was not revoked: {0}")]
    Revoke(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A device that attacks.
pub struct Attacker {
    element: SharedElement,
    source: Box<dyn Source>,
    device: DeviceId,
    transport: Transport,
    report: Report,
    time: Micros,
}

/// Time that an attacking batch covers, in microseconds.
const SPAN_US: i64 = 1_000_000;

impl Attacker {
    /// A device with its own element, enrolled at the gateway that `transport` leads to.
    #[must_use]
    pub fn new(
        device: DeviceId,
        element: SharedElement,
        source: Box<dyn Source>,
        transport: Transport,
    ) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Far enough in the past for all batches to have been measured.
        let time = Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)).plus(-10 * SPAN_US);
        let report = Report { outcomes: Vec::new(), true_batches: 0, acknowledged: 0 };
        Self { device, element, source, transport, report, time }
    }

    /// Tries all five; `revoke` revokes the device at the gateway.
    ///
    /// # Errors
    /// [`AttackError`] when an attack could not be made; one that got through is in the report.
    pub async fn run<F, E>(mut self, revoke: F) -> Result<Report, AttackError>
    where
        F: AsyncFnOnce() -> Result<(), E>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let first = self.next_sealed()?;
        self.send_true(&first).await?;

        let second = self.next_sealed()?;
        self.attack(Attack::ChangedValue, changed(&second)?).await?;
        self.send_true(&second).await?;

        self.send_true(&first).await?;
        self.attack(Attack::ReplayedBatch, twin(&first)?).await?;

        let (kept_back, after_it) = (self.next_sealed()?, self.next_sealed()?);
        self.attack(Attack::SkippedCounter, after_it.clone()).await?;
        self.send_true(&kept_back).await?;
        self.send_true(&after_it).await?;

        let foreign = self.sealed_by_a_stranger(&after_it)?;
        self.attack(Attack::UnknownElement, foreign).await?;

        let last = self.next_sealed()?;
        let connection = self.transport.open().await?;
        revoke().await.map_err(|error| AttackError::Revoke(error.into()))?;
        let mut answer = answer_to(connection, &last).await;
        if !matches!(answer, Answer::Refused(_)) {
            // The connection was ended as soon as the device was revoked: what does a new one say?
            answer = match self.transport.open().await {
                Ok(connection) => answer_to(connection, &last).await,
                Err(error) => refused_by(&error),
            };
        }
        self.report.outcomes.push(Outcome { attack: Attack::RevokedDevice, answer });
        Ok(self.report)
    }

    async fn attack(&mut self, attack: Attack, message: SealedBatch) -> Result<(), AttackError> {
        let answer = answer_to(self.transport.open().await?, &message).await;
        self.report.outcomes.push(Outcome { attack, answer });
        Ok(())
    }

    async fn send_true(&mut self, message: &SealedBatch) -> Result<(), AttackError> {
        self.report.true_batches += 1;
        if answer_to(self.transport.open().await?, message).await == Answer::Acknowledged {
            self.report.acknowledged += 1;
        }
        Ok(())
    }

    fn next_batch(&mut self) -> Batch {
        let span = Span { start: self.time, length_us: SPAN_US };
        self.time = self.time.plus(SPAN_US);
        let readings = self.source.readings(span);
        Batch { device: self.device.clone(), time: span.start, readings }
    }

    fn next_sealed(&mut self) -> Result<SealedBatch, AttackError> {
        let batch = self.next_batch().encode();
        Ok(SealedBatch::join(&self.element.seal_batch(&batch)?, &batch)?)
    }

    fn sealed_by_a_stranger(&mut self, last: &SealedBatch) -> Result<SealedBatch, AttackError> {
        let batch = self.next_batch().encode();
        let mut stranger = SoftwareSealer::generate()?;
        stranger.resume_after(*last.seal());
        let seal = stranger.seal(&seal::sha256(&batch))?;
        Ok(SealedBatch::join(&seal, &batch)?)
    }
}

/// The batch with one value changed, under the same seal.
fn changed(sealed: &SealedBatch) -> Result<SealedBatch, BatchError> {
    let mut batch = Batch::decode(sealed.batch_bytes())?;
    for reading in &mut batch.readings {
        match reading {
            Reading::Value { value, .. } => value.mantissa += 1,
            Reading::Wave { .. } | Reading::Text { .. } => {}
        }
    }
    SealedBatch::join(&sealed.seal().to_bytes(), &batch.encode())
}

/// The order of P-256 (SEC 2 section 2.4.2), big-endian.
const ORDER: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\
\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

/// The same batch with the other valid signature: for (r, s), (r, n - s) is one too, and needs no key.
fn twin(sealed: &SealedBatch) -> Result<SealedBatch, BatchError> {
    let mut signature = *sealed.seal().signature();
    let mut borrow = 0;
    for (digit, order) in signature.iter_mut().rev().zip(ORDER.iter().rev()) {
        let difference = i16::from(*order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        *digit = difference.to_be_bytes()[1];
    }
    SealedBatch::join(&sealed.claims().seal(&signature), sealed.batch_bytes())
}

/// Sends one message and waits for what becomes of it.
async fn answer_to(mut connection: Box<dyn Link>, message: &SealedBatch) -> Answer {
    let exchange = async {
        let packet = connection.publish(message.as_bytes())?;
        let mut refusal = None;
        loop {
            match connection.next().await? {
                Incoming::Accepted => {}
                Incoming::RefusedCounter(counter, reason) => {
                    if counter == message.claims().counter {
                        refusal = Some(reason);
                    }
                }
                Incoming::Acknowledged(one) if one == packet => {
                    return Ok(refusal.map_or(Answer::Acknowledged, Answer::Refused));
                }
                Incoming::Refused(one, Refusal::For(reason)) if one == packet => {
                    return Ok(Answer::Refused(reason));
                }
                Incoming::Refused(one, Refusal::Code(code)) if one == packet => {
                    return Ok(Answer::RefusedOtherwise(format!("code {code:#04x}")));
                }
                Incoming::Acknowledged(_) | Incoming::Refused(..) => {}
            }
        }
    };
    match timeout(limits::CONNECT, exchange).await {
        Ok(Ok(answer)) => {
            connection.close().await;
            answer
        }
        Ok(Err(error)) => refused_by(&error),
        Err(_) => Answer::RefusedOtherwise("no answer".into()),
    }
}

/// What the end of a connection says.
fn refused_by(error: &LinkError) -> Answer {
    let reason = match error {
        LinkError::Wire(WireError::NotAuthorized) => return Answer::NotAuthorized,
        LinkError::Wire(WireError::Refused(words) | WireError::Ended(words)) => words.parse().ok(),
        LinkError::Refused(reason) => Some(*reason),
        LinkError::Wire(WireError::Protocol(_) | WireError::Left | WireError::Silent)
        | LinkError::Io(_)
        | LinkError::Slow
        | LinkError::Silent
        | LinkError::Protocol(_)
        | LinkError::Token(_)
        | LinkError::Unavailable
        | LinkError::Closed
        | LinkError::Name(_) => None,
    };
    reason.map_or_else(|| Answer::RefusedOtherwise(error.to_string()), Answer::Refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twin_is_valid_and_another_seal() {
        let device: DeviceId = "monitor-1".parse().unwrap();
        let mut sealer = SoftwareSealer::generate().unwrap();
        let key = sealer.verifying_key(device.clone()).unwrap();
        for n in 0..20 {
            let batch = Batch { device: device.clone(), time: Micros(n), readings: vec![] }.encode();
            let sealed = SealedBatch::join(&sealer.seal(&seal::sha256(&batch)).unwrap(), &batch).unwrap();
            let twin = twin(&sealed).unwrap();
            let (one, other) = (key.verify(sealed).unwrap(), key.verify(twin).unwrap());
            assert_ne!(one.hash(), other.hash());
            assert_eq!((one.counter(), one.batch()), (other.counter(), other.batch()));
        }
    }
}
