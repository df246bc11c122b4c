//! The feed's loop: read a page, send it, settle it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use clinical::pcd::Envelope;
use tokio::sync::broadcast;

use super::FeedError;
use super::link::{Link, LinkError, Target};
use super::prepare::{self, Item, Work};
use crate::audit::{Action, Entry};
use crate::config::Hl7Feed;
use crate::events::{Delivery, DeliveryOutcome, LiveEvent};
use crate::limits;
use crate::record::{BatchId, PatientId};
use crate::start::Services;
use crate::store::StoreError;

/// Starts a feed as a task of the gateway.
///
/// # Errors
/// When its configuration cannot be used. That its receiver is not there is no error: the feed tries until it is.
pub fn start(services: &Services, feed: &Hl7Feed) -> Result<(), FeedError> {
    if !(1..=limits::FEED_IN_FLIGHT).contains(&feed.in_flight) {
        return Err(FeedError::InFlight { feed: feed.name.clone(), in_flight: feed.in_flight });
    }
    let feed = Feed {
        target: Target::of(feed)?,
        name: feed.name.clone(),
        in_flight: feed.in_flight,
        envelope: Arc::new(prepare::envelope(feed, &services.config.facility)),
        services: services.clone(),
        settled: Vec::new(),
    };
    let shutdown = services.shutdown.clone();
    services.tasks.spawn(async move { shutdown.run_until_cancelled_owned(feed.run()).await });
    Ok(())
}

struct Feed {
    name: String,
    target: Target,
    in_flight: usize,
    envelope: Arc<Envelope>,
    services: Services,
    /// Answered batches that are not on disk yet, in their order.
    settled: Vec<Settled>,
}

/// How a batch ended.
#[derive(Debug, Clone)]
struct Settled {
    batch: BatchId,
    patient: Option<PatientId>,
    /// `None` when there was nothing to send.
    outcome: Option<DeliveryOutcome>,
}

/// Why a round of the loop ended early.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Feed {
    async fn run(mut self) {
        let (first, longest) = limits::FEED_PAUSE;
        let mut pause = first;
        loop {
            let trouble = match self.target.connect().await {
                Ok(link) => {
                    pause = first;
                    self.feed(link).await
                }
                Err(error) => error.into(),
            };
            tracing::warn!(feed = %self.name, %trouble, pause_ms = pause.as_millis(), "feed interrupted");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// Sends page after page over one connection, until something goes wrong.
    async fn feed(&mut self, mut link: Link) -> Trouble {
        let mut news = self.services.live.listen();
        loop {
            // What is known by now is in the page that is read next.
            while news.try_recv().is_ok() {}
            match self.page(&mut link).await {
                Ok(0) => wait_for_batch(&mut news).await,
                Ok(_) => {}
                Err(trouble) => return trouble,
            }
        }
    }

    /// One page: how many batches it had.
    async fn page(&mut self, link: &mut Link) -> Result<usize, Trouble> {
        let (name, envelope) = (self.name.clone(), self.envelope.clone());
        let answered = self.settled.last().map(|last| last.batch);
        let items = self.services.store.read(move |reader| {
            let position = answered.unwrap_or(reader.outbox(&name)?);
            let sending = reader.sending(&name)?;
            prepare::page(reader, &envelope, position, sending, limits::FEED_PAGE)
        });
        let items = items.await?;
        let last = items.last().map(|item| item.batch);
        if last.is_some() || !self.settled.is_empty() {
            self.settle(last).await?;
        }
        let mut window = Window { waiting: VecDeque::new(), done: VecDeque::new() };
        let sent = self.send(link, &items, &mut window).await;
        self.settled
            .extend(window.done.into_iter().map_while(|(settled, open)| (open == 0).then_some(settled)));
        sent.map_err(Trouble::from).map(|()| items.len())
    }

    /// Puts what was answered, and what is about to be sent, on disk.
    async fn settle(&mut self, sending: Option<BatchId>) -> Result<(), StoreError> {
        let (name, settled) = (self.name.clone(), self.settled.clone());
        self.services
            .store
            .write(move |writer| {
                for one in &settled {
                    let Some(outcome) = &one.outcome else { continue };
                    if let DeliveryOutcome::Refused(reason) = outcome {
                        writer.add_dead_letter(&name, one.batch, reason)?;
                        let object = format!("batch:{}", one.batch);
                        let entry = Entry::refused(format!("destination:{name}"), Action::Deliver, object);
                        writer.audit(entry.with_detail(reason))?;
                    }
                    let (destination, time, outcome) = (name.clone(), writer.now(), outcome.clone());
                    let delivery =
                        Delivery { destination, batch: one.batch, patient: one.patient, outcome, time };
                    writer.tell(LiveEvent::Delivery(delivery));
                }
                if let Some(last) = settled.last() {
                    writer.advance_outbox(&name, last.batch)?;
                }
                sending.map_or(Ok(()), |batch| writer.mark_sending(&name, batch))
            })
            .await?;
        self.settled.clear();
        Ok(())
    }

    async fn send(&self, link: &mut Link, items: &[Item], window: &mut Window) -> Result<(), LinkError> {
        for item in items {
            let (outcome, messages) = match &item.work {
                Work::LayAside(reason) => (Some(DeliveryOutcome::Refused((*reason).into())), &[][..]),
                Work::Send(messages) if messages.is_empty() => (None, &[][..]),
                Work::Send(messages) => (Some(DeliveryOutcome::Accepted), messages.as_slice()),
            };
            let settled = Settled { batch: item.batch, patient: item.patient, outcome };
            window.done.push_back((settled, messages.len()));
            for message in messages {
                while window.waiting.len() >= self.in_flight {
                    self.receive(link, window).await?;
                }
                link.send(&message.text).await?;
                self.services.metrics.ehr_sent.fetch_add(1, Relaxed);
                window.waiting.push_back((message.control_id.clone(), item.batch));
            }
        }
        while !window.waiting.is_empty() {
            self.receive(link, window).await?;
        }
        Ok(())
    }

    async fn receive(&self, link: &mut Link, window: &mut Window) -> Result<(), LinkError> {
        let answer = link.answer().await?;
        if answer.code.accepts() {
            self.services.metrics.ehr_acknowledged.fetch_add(1, Relaxed);
        }
        let refusal =
            (!answer.code.accepts()).then(|| format!("{}: {}", answer.code.letters(), answer.reason));
        if !window.answered(&answer.control_id, refusal) {
            tracing::warn!(feed = %self.name, control_id = %answer.control_id, "an answer to nothing that was asked");
        }
        Ok(())
    }
}

/// Messages without an answer, and the batches of a page so far with how many of their messages have none.
struct Window {
    waiting: VecDeque<(String, BatchId)>,
    done: VecDeque<(Settled, usize)>,
}

impl Window {
    /// Notes the answer to a message; false when none bears that control id. A receiver that could not read the message cannot name
    /// it: an answer without a control id is for the oldest.
    fn answered(&mut self, control_id: &str, refusal: Option<String>) -> bool {
        let position = if control_id.is_empty() {
            (!self.waiting.is_empty()).then_some(0)
        } else {
            self.waiting.iter().position(|(waiting, _)| waiting == control_id)
        };
        let Some((_, batch)) = position.and_then(|index| self.waiting.remove(index)) else { return false };
        if let Some((settled, open)) = self.done.iter_mut().find(|(settled, _)| settled.batch == batch) {
            *open = open.saturating_sub(1);
            if let Some(reason) = refusal {
                settled.outcome = Some(DeliveryOutcome::Refused(reason));
            }
        }
        true
    }
}

/// Returns when a batch was committed, or after a while in any case.
async fn wait_for_batch(news: &mut broadcast::Receiver<Arc<LiveEvent>>) {
    let batch = async {
        loop {
            match news.recv().await {
                Ok(event) if matches!(*event, LiveEvent::Batch(_)) => return,
                Ok(_) => {}
                // What was missed may have been a batch.
                Err(broadcast::error::RecvError::Lagged(_)) => return,
                // The gateway stops; the shutdown ends this task.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    // A time-out is as good as news: the store is looked at again.
    let _ = tokio::time::timeout(Duration::from_secs(1), batch).await;
}
