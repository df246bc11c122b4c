//! The loop of a feed: letters to send again, then a page of its journal: read, send, settle.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::sync::broadcast;

use super::{Answer, Carrier, Item, Ledger, Link as _, Message, Trouble, Work};
use crate::audit::{Action, Entry};
use crate::connect::Pauses;
use crate::events::{Delivery, DeliveryOutcome, LiveEvent};
use crate::limits;
use crate::metrics::FeedTally;
use crate::record::{Contents, Journal, LeftOut, Letter, NewLetter, PatientId, Place, Wire};
use crate::start::Services;
use crate::store::{Reader, StoreError};

/// A feed to one destination.
pub(in crate::sinks) struct Feed<C> {
    name: String,
    carrier: Arc<C>,
    services: Services,
    tally: Arc<FeedTally>,
    /// Answered entries that are not on disk yet, in their order.
    settled: Vec<Settled>,
    /// Whether the destination has answered anything since the last pause.
    answered: bool,
}

/// How an entry ended.
#[derive(Debug, Clone)]
struct Settled {
    place: Place,
    patient: Option<PatientId>,
    /// `None` when there was nothing to send.
    outcome: Option<DeliveryOutcome>,
    letters: Vec<NewLetter>,
    left_out: LeftOut,
}

/// A letter that goes out again, with its messages.
struct Resent {
    letter: Letter,
    work: Work,
}

impl<C: Carrier> Feed<C> {
    /// Starts the feed as a task of the gateway.
    pub(in crate::sinks) fn start(name: &str, carrier: C, services: &Services) {
        let feed = Self {
            name: name.into(),
            carrier: Arc::new(carrier),
            services: services.clone(),
            tally: services.metrics.feed(name),
            settled: Vec::new(),
            answered: false,
        };
        let shutdown = services.shutdown.clone();
        services.tasks.spawn(async move { shutdown.run_until_cancelled_owned(feed.run()).await });
    }

    async fn run(mut self) {
        let mut pauses = Pauses::default();
        loop {
            let trouble = match self.carrier.connect().await {
                Ok(link) => {
                    self.tally.connections.fetch_add(1, Relaxed);
                    self.feed(link).await
                }
                Err(trouble) => trouble,
            };
            if std::mem::take(&mut self.answered) {
                pauses.reset();
            }
            let wished = match &trouble {
                Trouble::Peer { wait, .. } => wait.unwrap_or_default().min(limits::FEED_LONGEST_WAIT),
                Trouble::Store(_) => Duration::ZERO,
            };
            self.tally.interruptions.fetch_add(1, Relaxed);
            let rest = pauses.take().max(wished);
            tracing::warn!(feed = %self.name, %trouble, pause_ms = rest.as_millis(), "feed interrupted");
            tokio::time::sleep(rest).await;
        }
    }

    /// Sends page after page over one connection, until something goes wrong.
    async fn feed(&mut self, mut link: C::Link) -> Trouble {
        let mut news = self.services.live.listen();
        loop {
            // What is known by now is in the page that is read next.
            while news.try_recv().is_ok() {}
            let sent = match self.letters(&mut link).await {
                Ok(letters) => self.page(&mut link).await.map(|entries| letters + entries),
                Err(trouble) => Err(trouble),
            };
            match sent {
                Ok(0) => wait_for_news(&mut news, self.carrier.journal()).await,
                Ok(_) => {}
                Err(trouble) => return trouble,
            }
        }
    }

    /// One page: how many entries it had.
    async fn page(&mut self, link: &mut C::Link) -> Result<usize, Trouble> {
        let (name, carrier) = (self.name.clone(), self.carrier.clone());
        let answered = self.settled.last().map(|last| last.place);
        let items = self.services.store.read(move |reader| {
            let journal = carrier.journal();
            let position = answered.map_or_else(|| reader.outbox(&name, journal), Ok)?;
            let sending = reader.sending(&name, journal)?;
            let items = carrier.page(reader, position, sending)?;
            own(reader, &name, journal, position, items)
        });
        let items = items.await?;
        let last = items.last().map(|item| item.place);
        if last.is_some() || !self.settled.is_empty() {
            self.settle(last).await?;
        }
        let messages: Vec<&Message> = items.iter().flat_map(|item| item.work.messages()).collect();
        let (answers, carried) = self.carry(link, &messages).await;
        self.settled.extend(settled(&items, answers, C::WIRE, self.carrier.journal()));
        carried.map(|()| items.len())
    }

    /// Sends messages, and gives what was answered even when something went wrong.
    async fn carry(
        &mut self,
        link: &mut C::Link,
        messages: &[&Message],
    ) -> (Vec<Option<Answer>>, Result<(), Trouble>) {
        if messages.is_empty() {
            return (Vec::new(), Ok(()));
        }
        let metrics = self.services.metrics.clone();
        let mut ledger = Ledger::new(messages.len(), &metrics, &self.tally);
        let carried = link.carry(messages, &mut ledger).await;
        self.answered |= ledger.answers.iter().any(Option::is_some);
        (ledger.answers, carried)
    }

    /// Puts what was answered, and what is about to be sent, on disk.
    async fn settle(&mut self, sending: Option<Place>) -> Result<(), StoreError> {
        let (name, settled, journal) = (self.name.clone(), self.settled.clone(), self.carrier.journal());
        self.services
            .store
            .write(move |writer| {
                for one in &settled {
                    for letter in &one.letters {
                        writer.lay_aside(&name, letter)?;
                        let object = format!("{}:{}", journal.entry(), letter.place);
                        let entry = Entry::refused(format!("destination:{name}"), Action::Deliver, object);
                        writer.audit(entry.with_detail(&letter.reason))?;
                    }
                    let Some(outcome) = one.outcome.clone() else { continue };
                    let (destination, time) = (name.clone(), writer.now());
                    let (place, patient) = (one.place, one.patient);
                    writer.tell(LiveEvent::Delivery(Delivery { destination, place, patient, outcome, time }));
                }
                let mut left_out = LeftOut::default();
                settled.iter().for_each(|one| left_out.extend(&one.left_out));
                writer.count_left_out(&name, &left_out)?;
                if let Some(last) = settled.last() {
                    writer.advance_outbox(&name, journal, last.place)?;
                }
                sending.map_or(Ok(()), |place| writer.mark_sending(&name, journal, place))
            })
            .await?;
        self.settled.clear();
        Ok(())
    }

    /// Sends the letters that a person has asked for, and notes what became of each: how many there were.
    async fn letters(&mut self, link: &mut C::Link) -> Result<usize, Trouble> {
        let (name, carrier) = (self.name.clone(), self.carrier.clone());
        let letters = self.services.store.read(move |reader| {
            let letters = reader.letters_to_send(&name, limits::FEED_LETTERS)?;
            letters.into_iter().map(|one| again(&*carrier, reader, one)).collect::<Result<Vec<_>, _>>()
        });
        let letters = letters.await?;
        if letters.is_empty() {
            return Ok(0);
        }
        let messages: Vec<&Message> = letters.iter().flat_map(|one| one.work.messages()).collect();
        let (answers, carried) = self.carry(link, &messages).await;
        let mut answers = answers.into_iter();
        let mut ended = Vec::new();
        for one in &letters {
            let refusal = match &one.work {
                Work::LayAside(reason) => Some((reason.to_string(), None)),
                Work::Send(messages) => {
                    let own: Vec<Option<Answer>> = answers.by_ref().take(messages.len()).collect();
                    // Not answered: it is sent once more.
                    let Some(own) = own.into_iter().collect::<Option<Vec<Answer>>>() else { continue };
                    own.into_iter().find_map(Answer::refusal)
                }
            };
            ended.push((one.letter.clone(), refusal));
        }
        let (name, count) = (self.name.clone(), letters.len());
        self.services
            .store
            .write(move |writer| {
                for (letter, refusal) in &ended {
                    let words = refusal.as_ref().map(|(reason, text)| (reason.as_str(), text.as_deref()));
                    writer.letter_answered(letter.id, words)?;
                    let actor = format!("destination:{name}");
                    let object = format!("letter:{}", letter.id);
                    let (entry, outcome) = match refusal {
                        Some((reason, _)) => (
                            Entry::refused(actor, Action::Deliver, object).with_detail(reason),
                            DeliveryOutcome::Refused(reason.clone()),
                        ),
                        None => (Entry::done(actor, Action::Deliver, object), DeliveryOutcome::Accepted),
                    };
                    writer.audit(entry)?;
                    let (destination, time) = (name.clone(), writer.now());
                    let (place, patient) = (letter.place, letter.patient);
                    writer.tell(LiveEvent::Delivery(Delivery { destination, place, patient, outcome, time }));
                }
                Ok(())
            })
            .await?;
        carried.map(|()| count)
    }
}

/// The entries of a page, without the messages of those that are about something of which the destination was never told.
fn own(
    reader: &Reader,
    name: &str,
    journal: Journal,
    after: Place,
    mut items: Vec<Item>,
) -> Result<Vec<Item>, StoreError> {
    let beginning = reader.beginning(name, journal)?.map_or(Place(0), |beginning| beginning.place);
    let Some(up_to) = items.last().map(|last| last.place) else { return Ok(items) };
    let foreign = reader.about_what_was_before(beginning, journal, (after, up_to))?;
    for item in items.iter_mut().filter(|item| foreign.contains(&item.place)) {
        *item = Item::whole(item.place, item.patient, Work::Send(Vec::new()));
    }
    Ok(items)
}

impl Answer {
    /// Why it was refused, and the answer as it came.
    fn refusal(self) -> Option<(String, Option<String>)> {
        match self {
            Self::Accepted => None,
            Self::Refused { reason, text } => Some((reason, Some(text))),
        }
    }
}

/// What goes out for a letter: a person's text, else the message as it was sent, else what can be made of its row by now.
fn again<C: Carrier>(
    carrier: &C,
    reader: &Reader,
    (letter, contents): (Letter, Contents),
) -> Result<Resent, StoreError> {
    let withdrawn = carrier.withdrawn(reader, letter.place)?;
    let work = match (contents.edited, contents.message, withdrawn) {
        (None, _, Some(why)) => Work::LayAside(why.into()),
        (Some(text), _, _) | (None, Some((_, text)), None) => match C::WIRE.name_of(&text) {
            Ok(name) => Work::Send(vec![Message { name, text }]),
            Err(_) => Work::LayAside("the message is not one of this destination's form".into()),
        },
        (None, None, None) => carrier.again(reader, letter.place)?,
    };
    Ok(Resent { letter, work })
}

/// The entries from the first on whose messages are all answered. What comes after one that is not is sent again.
fn settled(items: &[Item], answers: Vec<Option<Answer>>, wire: Wire, journal: Journal) -> Vec<Settled> {
    let mut answers = answers.into_iter();
    let mut settled = Vec::new();
    for item in items {
        let (place, patient) = (item.place, item.patient);
        let aside = |part, reason: String, message, answer| NewLetter {
            journal,
            place,
            part,
            patient,
            reason,
            message,
            answer,
        };
        let mut letters = Vec::new();
        let messages = match &item.work {
            Work::LayAside(reason) => {
                letters.push(aside(0, reason.to_string(), None, None));
                &[][..]
            }
            Work::Send(messages) => messages,
        };
        let mut all = true;
        for (part, message) in (0..).zip(messages) {
            match answers.next().flatten() {
                Some(Answer::Accepted) => {}
                Some(Answer::Refused { reason, text }) => {
                    letters.push(aside(part, reason, Some((wire, message.text.clone())), Some(text)));
                }
                None => all = false,
            }
        }
        if !all {
            break;
        }
        let outcome = match letters.first() {
            Some(letter) => Some(DeliveryOutcome::Refused(letter.reason.clone())),
            None => (!messages.is_empty()).then_some(DeliveryOutcome::Accepted),
        };
        settled.push(Settled { place, patient, outcome, letters, left_out: item.left_out.clone() });
    }
    settled
}

/// Returns when the journal may have grown, or after a while in any case.
async fn wait_for_news(news: &mut broadcast::Receiver<Arc<LiveEvent>>, journal: Journal) {
    let growth = async {
        loop {
            match news.recv().await {
                Ok(event) if grows(&event, journal) => return,
                Ok(_) => {}
                // What was missed may have been an entry.
                Err(broadcast::error::RecvError::Lagged(_)) => return,
                // The gateway stops; the shutdown ends this task.
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            }
        }
    };
    // A time-out is as good as news: the store is looked at again.
    let _ = tokio::time::timeout(Duration::from_secs(1), growth).await;
}

fn grows(event: &LiveEvent, journal: Journal) -> bool {
    match journal {
        Journal::Batches => matches!(event, LiveEvent::Batch(_)),
        Journal::Associations => matches!(event, LiveEvent::Association(_)),
        Journal::Alarms => matches!(event, LiveEvent::Alarm(_)),
        // Charting has intervals of its own; the journal is looked at often enough.
        Journal::Charts => false,
    }
}
