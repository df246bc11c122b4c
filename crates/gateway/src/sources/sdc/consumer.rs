//! The consumer's conversation: metadata, subscription, MDIB, reports, renewals.

use std::sync::Arc;
use std::time::Duration;

use adapters::sdc::{Followed, Follower, Metadata, Subscription, Writer, read_mdib, subscription};
use adapters::{Answers, Event, Problem, Record, Refusal, Span};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::http::{CallError, Caller};
use super::inbox::{Delivered, Inbox};
use crate::config;
use crate::connect::Pauses;
use crate::limits;
use crate::sources::device::{Settled, Speaker};
use crate::store::now;

/// Why a conversation ended.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{what}: {error}")]
    Call { what: &'static str, error: CallError },
    #[error("its metadata name no service for {0}")]
    NoService(&'static str),
    #[error("the provider ended the subscription")]
    End,
    #[error("how its alarms are could not be stored")]
    Unstored,
    #[error("no random numbers: {0}")]
    Random(getrandom::Error),
}

impl Fault {
    fn call(what: &'static str) -> impl FnOnce(CallError) -> Self {
        move |error| Self::Call { what, error }
    }
}

pub(super) struct Consumer {
    speaker: Speaker,
    caller: Caller,
    inbox: Arc<Inbox>,
    /// Scheme, host and port at which the provider reaches the inbox.
    reached: String,
    url: String,
    device: Option<String>,
    peer: Arc<str>,
}

/// Where things are for one conversation.
struct Places {
    get: String,
    manager: String,
    seconds: u64,
}

/// What became of a message.
struct Taken {
    /// It is done with: the provider need not send it again.
    done: bool,
    /// The MDIB was fetched because of it.
    described: bool,
}

impl Consumer {
    pub(super) fn new(
        speaker: Speaker,
        caller: Caller,
        inbox: Arc<Inbox>,
        reached: String,
        config: &config::Sdc,
    ) -> Self {
        let peer = format!("sdc {} at {}", config.name, config.url).into();
        let (url, device) = (config.url.clone(), config.device.clone());
        Self { speaker, caller, inbox, reached, url, device, peer }
    }

    /// Subscribes again and again until the gateway stops.
    pub(super) async fn run(self, mut received: mpsc::Receiver<Delivered>) {
        let mut pauses = Pauses::default();
        let shutdown = self.speaker.services.shutdown.clone();
        let mut follower = Follower::new(self.device.clone());
        loop {
            let Some(ended) = shutdown.run_until_cancelled(self.begin(&mut follower)).await else { return };
            let fault = match ended {
                Err(fault) => {
                    self.inbox.take_at("");
                    fault
                }
                Ok(places) => {
                    pauses.connected();
                    self.speaker.post.connected();
                    tracing::info!(source = %self.speaker.source, "the provider's reports are followed");
                    let followed = self.follow(&places, &mut follower, &mut received);
                    let ended = shutdown.run_until_cancelled(followed).await;
                    // Whatever comes from now on is of no subscription.
                    self.inbox.take_at("");
                    if !matches!(ended, Some(Err(Fault::End))) {
                        self.end(&places).await;
                    }
                    match ended {
                        None => return,
                        Some(Ok(())) => return,
                        Some(Err(fault)) => fault,
                    }
                }
            };
            tracing::warn!(source = %self.speaker.source, %fault, "the provider is not followed");
            self.speaker.post.lost(fault.to_string());
            if !pauses.wait(&shutdown).await {
                return;
            }
        }
    }

    /// Finds the services, subscribes, and fetches the MDIB.
    async fn begin(&self, follower: &mut Follower) -> Result<Places, Fault> {
        let asked = Writer { to: &self.url, id: &message_id()? }.get_metadata();
        let answer = self.caller.call(asked).await.map_err(Fault::call("metadata"))?;
        let metadata = read(&answer, Metadata::parse, "metadata")?;
        follower.name(metadata.device);
        let get = metadata.get.ok_or(Fault::NoService("the MDIB"))?;
        let events = metadata.events.ok_or(Fault::NoService("reports"))?;
        let path = format!("/{}", word()?);
        self.inbox.take_at(&path);
        let notify = format!("{}{path}", self.reached);
        let asked =
            Writer { to: &events, id: &message_id()? }.subscribe(&notify, limits::SDC_EXPIRES.as_secs());
        let answer = self.caller.call(asked).await.map_err(Fault::call("subscribing"))?;
        let Subscription { manager, seconds } = read(&answer, subscription, "subscribing")?;
        let places = Places { get, manager: manager.unwrap_or(events), seconds };
        self.describe(&places, follower).await?;
        self.census(&places, follower).await?;
        Ok(places)
    }

    /// Fetches the MDIB.
    async fn describe(&self, places: &Places, follower: &mut Follower) -> Result<(), Fault> {
        let asked = Writer { to: &places.get, id: &message_id()? }.get_mdib();
        let answer = self.caller.call(asked).await.map_err(Fault::call("the MDIB"))?;
        follower.know(read(&answer, read_mdib, "the MDIB")?);
        Ok(())
    }

    /// Asks how all alarms are: reports tell only of what changes. Never before a report is answered, since there are providers that answer nothing
    /// about states while they deliver one.
    async fn census(&self, places: &Places, follower: &mut Follower) -> Result<(), Fault> {
        let mut alerts = follower.alerts().peekable();
        if alerts.peek().is_none() {
            return Ok(());
        }
        let asked = Writer { to: &places.get, id: &message_id()? }.get_states(alerts);
        match self.caller.call(asked).await {
            Ok(answer) => self.alerts(&answer, follower).await,
            Err(error) => {
                // What it reports is followed all the same.
                tracing::warn!(source = %self.speaker.source, %error, "the provider does not say how its alarms are");
                Ok(())
            }
        }
    }

    /// Takes the answer, if the book says otherwise.
    async fn alerts(&self, answer: &[u8], follower: &mut Follower) -> Result<(), Fault> {
        let done = match follower.message(answer, now()) {
            Ok(Followed::Record { record, .. }) => match self.speaker.is_news(&record).await {
                Ok(true) => self.store(*record, answer.len()).await,
                Ok(false) => true,
                Err(_) => false,
            },
            Ok(Followed::Kept { .. } | Followed::Stale(_) | Followed::End) => true,
            Err(Refusal { at, problem }) => self.report("alarms", at, problem, answer).await,
        };
        if done { Ok(()) } else { Err(Fault::Unstored) }
    }

    /// Takes reports and renews the subscription until it is over.
    async fn follow(
        &self,
        places: &Places,
        follower: &mut Follower,
        received: &mut mpsc::Receiver<Delivered>,
    ) -> Result<(), Fault> {
        let mut renewal = renewal(places.seconds);
        loop {
            tokio::select! {
                () = sleep_until(renewal) => {
                    let asked = Writer { to: &places.manager, id: &message_id()? };
                    let asked = asked.renew(limits::SDC_EXPIRES.as_secs());
                    let answer = self.caller.call(asked).await.map_err(Fault::call("renewing"))?;
                    renewal = self::renewal(read(&answer, subscription, "renewing")?.seconds);
                }
                delivered = received.recv() => match delivered {
                    None => return Ok(()),
                    Some(Delivered { document, answer }) => {
                        let taken = self.take(&document, places, follower).await;
                        // Whoever has gone does not wait for it.
                        let _gone = answer.send(matches!(taken, Ok(Taken { done: true, .. }) | Err(Fault::End)));
                        if taken?.described {
                            self.census(places, follower).await?;
                        }
                    }
                },
            }
        }
    }

    /// Takes one message. What cannot be understood is laid aside.
    async fn take(&self, document: &[u8], places: &Places, follower: &mut Follower) -> Result<Taken, Fault> {
        let mut followed = follower.message(document, now());
        let is_stale = matches!(followed, Ok(Followed::Stale(_)));
        if is_stale {
            self.describe(places, follower).await?;
            followed = follower.message(document, now());
        }
        let wants_mdib = followed.as_ref().is_ok_and(Followed::wants_mdib);
        let done = match followed {
            Ok(Followed::End) => return Err(Fault::End),
            Err(Refusal { at, problem }) => self.report("message", at, problem, document).await,
            Ok(Followed::Stale(problem)) => self.report("message", 0, problem, document).await,
            Ok(Followed::Kept { gap, .. }) => self.missing(gap).await,
            Ok(Followed::Record { record, gap }) => {
                self.missing(gap).await && self.store(*record, document.len()).await
            }
        };
        if wants_mdib {
            self.describe(places, follower).await?;
        }
        Ok(Taken { done, described: is_stale || wants_mdib })
    }

    async fn store(&self, record: Record, length: usize) -> bool {
        let span = Span { at: 0, length: length as u64 };
        let answers = Answers { stored: vec![0], refused: Vec::new() };
        self.hand(Event::Record { span, lead: 0, record, answers }).await
    }

    /// Notes that reports are missing.
    async fn missing(&self, gap: Option<Problem>) -> bool {
        match gap {
            Some(problem @ Problem::Gap { .. }) => self.report("reports", 0, problem, &[]).await,
            Some(_) | None => true,
        }
    }

    async fn report(&self, what: &str, at: usize, problem: Problem, bytes: &[u8]) -> bool {
        let span = Span { at: at as u64, length: bytes.len() as u64 };
        self.hand(Event::Reported { span, what: what.into(), problem, bytes: bytes.to_vec() }).await
    }

    /// Whether it is on disk, be it in the record or in quarantine.
    async fn hand(&self, event: Event) -> bool {
        let Ok(handed) = self.speaker.hand(event, &self.peer).await else { return false };
        match self.speaker.settle(handed, &self.peer).await {
            Settled::Nothing | Settled::Say(_) | Settled::Stored(_) | Settled::Refused(..) => true,
            Settled::Unavailable => false,
        }
    }

    /// Ends the subscription, as far as the provider still listens.
    async fn end(&self, places: &Places) {
        let Ok(id) = message_id() else { return };
        let asked = Writer { to: &places.manager, id: &id }.unsubscribe();
        if let Err(error) = self.caller.call(asked).await {
            tracing::debug!(source = %self.speaker.source, %error, "the subscription could not be ended");
        }
    }
}

fn read<T>(
    answer: &[u8],
    how: impl FnOnce(&[u8]) -> Result<T, Refusal>,
    what: &'static str,
) -> Result<T, Fault> {
    how(answer).map_err(|refusal| Fault::Call { what, error: refusal.into() })
}

/// Halfway to its end, so that one lost renewal does not end it.
fn renewal(seconds: u64) -> Instant {
    Instant::now() + Duration::from_millis(seconds.clamp(1, limits::SDC_EXPIRES.as_secs()) * 500)
}

/// 128 random bits, in hexadecimal digits.
fn word() -> Result<String, Fault> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(Fault::Random)?;
    Ok(hex::encode(bits))
}

/// The id of a message: a random UUID (RFC 9562, section 5.4).
fn message_id() -> Result<String, Fault> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(Fault::Random)?;
    let number = u128::from_be_bytes(bits) & !(0xF000 << 64) & !(3 << 62) | 0x4000 << 64 | 2 << 62;
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    Ok(format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_random_uuids() {
        let one = super::message_id().unwrap();
        assert_eq!((one.len(), &one[..9], &one[23..24]), (45, "urn:uuid:", "4"), "{one}");
        assert!(matches!(&one[28..29], "8" | "9" | "a" | "b"), "{one}");
        assert_ne!(one, super::message_id().unwrap());
    }
}
