//! The gateway's own certificate ends while it delivers, and is renewed: who is connected stays, nobody new comes in meanwhile, and all come back.

use std::time::{Duration, Instant};

use load::Single;
use load::link::Verdict;
use rustix::process::Signal;
use tokio::time::{sleep, timeout};

use super::{EXPIRY_MARGIN, Torturer};
use crate::error::TortureError;
use crate::limits;
use crate::plan::Fault;
use crate::random::Random;
use crate::world::Way;
use crate::world::device::{send, sent};
use crate::world::hospital::{Seen, seen};

/// How long the certificate holds that is to end: long enough to be taken up, which one that is over would not be.
const HOLDS: Duration = Duration::from_secs(5);
/// How long its successor holds.
const YEAR: Duration = Duration::from_secs(365 * 86_400);

impl Torturer {
    pub(super) async fn end_server_certificate(
        &mut self,
        fault: Fault,
        random: &mut Random,
    ) -> Result<(), TortureError> {
        // Past the proxies, whose weather is another fault's.
        let endpoint = self.trickster.endpoint(self.world.ports.mqtt)?;
        let steady = timeout(limits::ANSWER, Single::open(&endpoint)).await;
        let steady = steady.ok().and_then(Result::ok);
        let issued = Instant::now();
        self.world.hospital.issue(HOLDS)?;
        self.world.gateway.signal(Signal::HUP)?;
        sleep((HOLDS + EXPIRY_MARGIN).saturating_sub(issued.elapsed())).await;
        self.meet(fault, |seen| *seen == Seen::Over, "ended, and is not what is shown").await;
        self.heard_all_the_while(fault, steady).await?;
        for way in [Way::Mqtt, Way::Https, Way::Grpc] {
            // Who has to connect again finds the door shut.
            self.world.way(way)?.cut();
        }
        sleep(random.millis(200, 1500)).await;
        let next = self.world.hospital.issue(YEAR)?;
        // Half of the time nobody says that the file has changed.
        if random.below(2) == 0 {
            self.world.gateway.signal(Signal::HUP)?;
        }
        self.meet(fault, |seen| *seen == Seen::Valid(next.clone()), "was renewed, and that is not shown")
            .await;
        self.say_again().await
    }

    /// Waits until somebody who connects sees what is awaited.
    async fn meet(&mut self, fault: Fault, awaited: impl Fn(&Seen) -> bool, otherwise: &str) {
        let by = Instant::now() + limits::RENEWAL;
        loop {
            let met = seen(self.world.ports.mqtt, &self.trickster.tls).await;
            if awaited(&met) {
                return;
            }
            if Instant::now() > by {
                let what = match met {
                    Seen::Valid(_) => "a valid certificate".to_owned(),
                    Seen::Over => "one that is over".to_owned(),
                    Seen::Nothing(why) => why,
                };
                return self.complain(fault, format!("the gateway's certificate {otherwise}: {what}"));
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// A connection from before still delivers.
    async fn heard_all_the_while(
        &mut self,
        fault: Fault,
        steady: Option<Single>,
    ) -> Result<(), TortureError> {
        let Some(mut steady) = steady else { return Ok(()) };
        let message = self.trickster.next(0)?;
        let delivered = async {
            steady.put(&message)?;
            steady.next().await
        };
        let verdict = match timeout(limits::FAULT * 2, delivered).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(error)) => {
                self.complain(fault, format!("a connection from before the end was lost: {error}"));
                Verdict::Unavailable
            }
            Err(_) => Verdict::Unavailable,
        };
        self.sent.push(sent(&message, &verdict, self.begun));
        steady.close().await;
        if verdict != Verdict::Stored {
            self.unheard = Some(message);
        }
        Ok(())
    }

    /// What was not acknowledged then is sent again, since the device's chain goes on behind it.
    async fn say_again(&mut self) -> Result<(), TortureError> {
        let Some(message) = self.unheard.take() else { return Ok(()) };
        let endpoint = self.trickster.endpoint(self.world.ports.mqtt)?;
        let verdict = send(&endpoint, &message).await?;
        self.sent.retain(|one| one.key != message.key);
        self.sent.push(sent(&message, &verdict, self.begun));
        Ok(())
    }
}
