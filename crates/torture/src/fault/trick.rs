//! What a device does that is no fault of the network: copies, the wrong order, clocks, a certificate that ends.

use std::time::{Duration, Instant};

use load::link::Verdict;
use load::{Endpoint, Message};
use tokio::time::{sleep, timeout};

use super::{Beside, EXPIRY_MARGIN, Torturer};
use crate::account::Sent;
use crate::error::TortureError;
use crate::limits;
use crate::plan::Fault;
use crate::random::Random;
use crate::world::Way;
use crate::world::device::{Device, send, send_once, sent};

/// Seconds by which a clock may be off, as the gateway is configured, and by how much one that is farther off steps.
const TAKEN: [i64; 3] = [-3600, 30, -86_400];
const TOO_FAR: i64 = 3600;

impl Torturer {
    fn to_mqtt(&self, device: &Device) -> Result<Endpoint, TortureError> {
        device.endpoint(self.world.way(Way::Mqtt)?.address())
    }

    /// Sends and expects this verdict; notes it for the account.
    async fn expect(
        &mut self,
        fault: Fault,
        endpoint: &Endpoint,
        message: &Message,
        expected: &Verdict,
    ) -> Result<(), TortureError> {
        let verdict = send(endpoint, message).await?;
        if verdict != *expected {
            self.complain(fault, format!("{:?} was answered {verdict:?}, not {expected:?}", message.key));
        }
        Ok(())
    }

    /// A batch, and the same bytes again: all are acknowledged, and one is stored.
    pub(super) async fn duplicate(&mut self, fault: Fault, random: &mut Random) -> Result<(), TortureError> {
        let endpoint = self.to_mqtt(&self.trickster)?;
        let message = self.trickster.next(0)?;
        for _ in 0..2 + random.below(4) {
            self.expect(fault, &endpoint, &message, &Verdict::Stored).await?;
        }
        self.sent.push(sent(&message, &Verdict::Stored, self.begun));
        Ok(())
    }

    /// The next batch but one is refused until the next has come.
    pub(super) async fn reorder(&mut self, fault: Fault) -> Result<(), TortureError> {
        let endpoint = self.to_mqtt(&self.trickster)?;
        let (one, two) = (self.trickster.next(0)?, self.trickster.next(0)?);
        let gap = Verdict::Refused(seal::Reason::CounterGap.as_str().into());
        self.expect(fault, &endpoint, &two, &gap).await?;
        for message in [&one, &two] {
            self.expect(fault, &endpoint, message, &Verdict::Stored).await?;
            self.sent.push(sent(message, &Verdict::Stored, self.begun));
        }
        Ok(())
    }

    /// Steps that are taken, and one that is not: what was refused is in quarantine, and the chain behind it waits for a person.
    pub(super) async fn step_clocks(&mut self, fault: Fault) -> Result<(), TortureError> {
        let endpoint = self.to_mqtt(&self.trickster)?;
        for off in TAKEN {
            let message = self.trickster.next(off)?;
            self.expect(fault, &endpoint, &message, &Verdict::Stored).await?;
            self.sent.push(sent(&message, &Verdict::Stored, self.begun));
        }
        let endpoint = self.to_mqtt(&self.dreamer)?;
        let message = self.dreamer.next(TOO_FAR)?;
        let verdict = send(&endpoint, &message).await?;
        let reasons = [seal::Reason::Clock, seal::Reason::CounterGap].map(seal::Reason::as_str);
        if !matches!(&verdict, Verdict::Refused(word) if reasons.contains(&word.as_str())) {
            self.complain(fault, format!("a clock an hour ahead was answered {verdict:?}"));
        }
        self.sent.push(sent(&message, &verdict, self.begun));
        Ok(())
    }

    /// The expiring device delivers beside all else until its certificate has ended, and finds no way in after that. Once in a run.
    pub(super) fn let_expire(&mut self) -> Result<(), TortureError> {
        let Some(device) = self.expiring.take() else { return Ok(()) };
        let (endpoint, begun) = (self.to_mqtt(&device)?, self.begun);
        self.beside.spawn(expire(device, endpoint, begun));
        Ok(())
    }
}

async fn expire(mut device: Device, endpoint: Endpoint, begun: Instant) -> Result<Beside, TortureError> {
    let mut all: Vec<Sent> = Vec::new();
    let mut message = device.next(0)?;
    let mut late = None;
    let until = device.expires + EXPIRY_MARGIN + Duration::from_secs(3);
    while Instant::now() < until {
        let connects = Instant::now();
        let answered = timeout(limits::FAULT * 2, send_once(&endpoint, &message)).await;
        if let Ok(Ok(verdict @ Verdict::Stored)) = answered {
            if connects > device.expires + EXPIRY_MARGIN {
                late = Some(format!("{:?} came in with a certificate that had ended", message.key));
            }
            all.push(sent(&message, &verdict, begun));
            message = device.next(0)?;
        }
        sleep(Duration::from_millis(100)).await;
    }
    // It was sent, and its answer may have been lost.
    all.push(sent(&message, &Verdict::Unavailable, begun));
    Ok(Beside::Expired { sent: all, complaint: late })
}
