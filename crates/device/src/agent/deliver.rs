//! From the spool to the gateway, in order, several on their way at a time.
//!
//! What an answer means:
//! - *acknowledged*: the gateway has it, it leaves the spool;
//! - *refused for a gap before it*: sending begins again at the oldest batch that waits; if that one itself is
//!   refused so again and again, nothing that would fill the gap is left here, and it is set aside;
//! - *refused because of the device* (not enrolled, revoked, its key or certificate not accepted): it stays in the
//!   spool, and after a pause the connection is tried anew;
//! - *refused because of itself*: it is set aside.

use std::collections::{HashMap, VecDeque};

use seal::{Counter, Reason};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Shared;
use crate::limits;
use crate::spool::{EntryId, SpoolError};
use crate::transport::backoff::Backoff;
use crate::transport::{Incoming, Link, LinkError, MessageId, Refusal, Transport};

/// What a refusal asks the device to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    SendAgain,
    Pause,
    SetAside(Reason),
}

fn answer(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::For(reason) => match reason {
            Reason::CounterGap => Answer::SendAgain,
            Reason::UnknownDevice
            | Reason::RevokedDevice
            | Reason::UnknownKey
            | Reason::Certificate
            | Reason::Token => Answer::Pause,
            Reason::Malformed
            | Reason::Oversized
            | Reason::WrongDevice
            | Reason::NotSealed
            | Reason::BadSignature
            | Reason::BadHash
            | Reason::RepeatedCounter
            | Reason::BrokenChain
            | Reason::Clock => Answer::SetAside(reason),
        },
        Refusal::Code(_) => Answer::Pause,
    }
}

/// Why a connection was left.
#[derive(Debug, thiserror::Error)]
enum Left {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error("the gateway does not take this device's batches now: {0:?}")]
    Refused(Refusal),
}

/// Delivers until `measured` is cancelled and the spool is empty or the time to drain it is over.
pub(super) async fn run(shared: Shared, transport: Transport, measured: CancellationToken) {
    let draining = async {
        measured.cancelled().await;
        sleep(limits::DRAIN).await;
    };
    tokio::select! {
        () = connect_again_and_again(&shared, &transport, &measured) => {}
        () = draining => tracing::warn!(device = %shared.device, "stopped with batches in the spool"),
    }
    shared.count(|stats| stats.connected = false);
}

async fn connect_again_and_again(shared: &Shared, transport: &Transport, measured: &CancellationToken) {
    let mut backoff = Backoff::default();
    let device = &shared.device;
    loop {
        match transport.open().await {
            Ok(link) => {
                shared.count(|stats| {
                    stats.connections += 1;
                    stats.connected = true;
                });
                let mut delivery = Delivery::new(shared, link, &mut backoff);
                match delivery.deliver(measured).await {
                    Ok(()) => return delivery.link.close().await,
                    Err(error) => tracing::warn!(%device, %error, "connection lost"),
                }
                shared.count(|stats| stats.connected = false);
            }
            Err(error) => tracing::warn!(%device, %error, "not connected"),
        }
        sleep(backoff.next_pause()).await;
    }
}

/// What is on its way on one connection.
struct Delivery<'a> {
    shared: &'a Shared,
    link: Box<dyn Link>,
    backoff: &'a mut Backoff,
    in_flight: VecDeque<(MessageId, EntryId)>,
    /// The last entry sent; what waits behind it comes next.
    sent: Option<EntryId>,
    /// Begin again at the oldest, once nothing is on its way.
    rewind: bool,
    /// Nothing is sent before this.
    not_before: Option<Instant>,
    gap_refusals: u32,
    /// Refusals of MQTT 3.1.1 whose PUBACK is still to come.
    refused_counters: HashMap<Counter, Reason>,
}

impl<'a> Delivery<'a> {
    fn new(shared: &'a Shared, link: Box<dyn Link>, backoff: &'a mut Backoff) -> Self {
        Self {
            shared,
            link,
            backoff,
            in_flight: VecDeque::new(),
            sent: None,
            rewind: false,
            not_before: None,
            gap_refusals: 0,
            refused_counters: HashMap::new(),
        }
    }

    /// Sends and hears until nothing is left after `measured`.
    async fn deliver(&mut self, measured: &CancellationToken) -> Result<(), Left> {
        loop {
            self.send_what_fits()?;
            if measured.is_cancelled() && self.shared.spool().next_sealed(None).is_none() {
                return Ok(());
            }
            let resume = self.not_before;
            tokio::select! {
                incoming = self.link.next() => self.hear(incoming?)?,
                () = self.shared.sealed.notified() => {}
                () = measured.cancelled(), if !measured.is_cancelled() => {}
                () = pause_until(resume), if resume.is_some() => self.not_before = None,
            }
        }
    }

    fn send_what_fits(&mut self) -> Result<(), Left> {
        if self.rewind && self.in_flight.is_empty() {
            self.rewind = false;
            self.sent = None;
        }
        while !self.rewind && self.not_before.is_none() && self.link.room() > 0 {
            let (id, sealed) = {
                let spool = self.shared.spool();
                let Some(id) = spool.next_sealed(self.sent) else { break };
                (id, spool.sealed(id)?)
            };
            let packet = self.link.publish(sealed.as_bytes())?;
            self.in_flight.push_back((packet, id));
            self.sent = Some(id);
        }
        Ok(())
    }

    fn hear(&mut self, incoming: Incoming) -> Result<(), Left> {
        match incoming {
            Incoming::Accepted => Ok(()),
            Incoming::Acknowledged(packet) => {
                let Some(id) = self.answered(packet) else { return Ok(()) };
                match self.refusal_of(id) {
                    Some(reason) => self.refused(id, Refusal::For(reason)),
                    None => self.acknowledged(id),
                }
            }
            Incoming::Refused(packet, refusal) => match self.answered(packet) {
                Some(id) => self.refused(id, refusal),
                None => Ok(()),
            },
            Incoming::RefusedCounter(counter, reason) => {
                // Only what is on its way can be refused, so this stays as small as that.
                if self.refused_counters.len() <= limits::IN_FLIGHT {
                    self.refused_counters.insert(counter, reason);
                }
                Ok(())
            }
        }
    }

    fn answered(&mut self, packet: MessageId) -> Option<EntryId> {
        let at = self.in_flight.iter().position(|(one, _)| *one == packet)?;
        self.in_flight.remove(at).map(|(_, id)| id)
    }

    fn refusal_of(&mut self, id: EntryId) -> Option<Reason> {
        let counter = self.shared.spool().seal_of(id)?.claims().counter;
        self.refused_counters.remove(&counter)
    }

    fn acknowledged(&mut self, id: EntryId) -> Result<(), Left> {
        self.shared.spool().acknowledge(id)?;
        self.gap_refusals = 0;
        self.backoff.reset();
        self.shared.count(|stats| stats.acknowledged += 1);
        Ok(())
    }

    fn refused(&mut self, id: EntryId, refusal: Refusal) -> Result<(), Left> {
        self.shared.count(|stats| match refusal {
            Refusal::For(reason) => *stats.refused.entry(reason).or_default() += 1,
            Refusal::Code(_) => stats.refused_otherwise += 1,
        });
        let device = &self.shared.device;
        match answer(refusal) {
            Answer::Pause => return Err(Left::Refused(refusal)),
            Answer::SetAside(reason) => {
                tracing::error!(%device, %reason, "a batch was refused for good and set aside");
                self.shared.spool().set_aside(id, reason)?;
            }
            Answer::SendAgain => return self.send_again(id),
        }
        self.shared.count(|_| ());
        Ok(())
    }

    /// The gateway misses what comes before this entry.
    fn send_again(&mut self, id: EntryId) -> Result<(), Left> {
        self.rewind = true;
        let oldest = self.shared.spool().next_sealed(None);
        if oldest != Some(id) {
            return Ok(());
        }
        self.gap_refusals += 1;
        if self.gap_refusals <= limits::GAP_RESENDS {
            self.not_before = Some(Instant::now() + self.backoff.next_pause());
            return Ok(());
        }
        let device = &self.shared.device;
        tracing::error!(%device, "the gateway misses seals that are not in the spool; a batch was set aside");
        self.shared.spool().set_aside(id, Reason::CounterGap)?;
        self.shared.count(|_| ());
        Ok(())
    }
}

async fn pause_until(instant: Option<Instant>) {
    if let Some(instant) = instant {
        sleep_until(instant).await;
    }
}
