//! What all feeds have in common: a durable position, the loop that moves it, and the dead letters.
//!
//! ```text
//! journal ─ page of entries ─► Carrier::page: messages ─► Link::carry ─► destination
//!   ▲                                                        │ answers, by the message's place
//!   └────────── settle: position, letters, events ◄──────────┘
//! ```
//!
//! A destination is a [`Carrier`], which connects and makes messages, and its [`Link`], which sends them in order and says which were answered. All else is here,
//! once. What a carrier sends is a [`Journal`]: a table that only grows, of which each destination has a place. The entries go out in
//! the order of their commits, which is the order per patient. Before a page is sent, its last entry is noted on
//! disk; after its answers the position moves, and both happen in one transaction with the next page's note, so a page costs one sync. After a crash
//! or a lost connection everything from the position on is sent again, and what lies before the note is known as perhaps sent.
//!
//! A message that the destination refuses for good is laid aside with what was sent and what was answered ([`crate::record::Letter`]), and the feed moves on, since one
//! message that the record cannot take must not stop those behind it. When a person has it sent again, it goes before the next page.

mod feed;
mod wire;

use std::borrow::Cow;
use std::future::Future;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use seal::{Batch, Reading};

use crate::limits;
use crate::metrics::{FeedTally, Metrics};
use crate::record::{BatchId, Journal, LeftOut, PatientId, Place, StoredBatch, WhyLeftOut, Wire};
use crate::store::{BatchQuery, Reader, StoreError};

pub(super) use feed::Feed;

/// What makes messages for one destination, and the way to it.
pub(super) trait Carrier: Send + Sync + 'static {
    /// The connection.
    type Link: Link;

    /// The form of its messages.
    const WIRE: Wire;

    /// Connects, within a time of its own.
    fn connect(&self) -> impl Future<Output = Result<Self::Link, Trouble>> + Send;

    /// The journal whose entries it sends.
    fn journal(&self) -> Journal;

    /// What is to be sent of the next entries after `after`, one item an entry, in their order; at most
    /// [`limits::FEED_PAGE`] of them, and none only when there are no more. Entries up to `sending` may have been sent before.
    fn page(&self, reader: &Reader, after: Place, sending: Place) -> Result<Vec<Item>, StoreError>;

    /// What goes out by now for an entry whose messages were laid aside before there were any.
    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError>;

    /// Why a message that was made of an entry may not go out any more.
    fn withdrawn(&self, reader: &Reader, place: Place) -> Result<Option<&'static str>, StoreError>;
}

/// A connection that carries messages.
pub(super) trait Link: Send {
    /// Sends the messages in their order and notes each answer; returns when all are answered, or with what went wrong.
    fn carry(
        &mut self,
        messages: &[&Message],
        ledger: &mut Ledger<'_>,
    ) -> impl Future<Output = Result<(), Trouble>> + Send;
}

/// Why messages cannot be carried at the moment. Nothing of it is the messages' fault.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// The destination or the way to it.
    #[error("{what}")]
    Peer {
        /// What happened.
        what: String,
        /// How long the destination wishes to be left alone.
        wait: Option<Duration>,
    },
    /// Our own store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Trouble {
    /// Of the destination or the way to it, in the error's own words.
    pub(super) fn peer(error: impl std::fmt::Display) -> Self {
        Self::Peer { what: error.to_string(), wait: None }
    }
}

/// The next rows of [`Journal::Batches`], whatever their kind.
pub(super) fn batches_after(reader: &Reader, after: Place) -> Result<Vec<StoredBatch>, StoreError> {
    let after = Some(BatchId(after.0));
    reader.batches(&BatchQuery { after, limit: limits::FEED_PAGE, ..BatchQuery::default() })
}

/// What goes out by now for a row of [`Journal::Batches`], made by `items`.
pub(super) fn batch_again(
    reader: &Reader,
    place: Place,
    items: impl FnOnce(&[StoredBatch]) -> Result<Vec<Item>, StoreError>,
) -> Result<Work, StoreError> {
    let items = items(reader.batch(BatchId(place.0))?.as_slice())?;
    Ok(items.into_iter().next().map_or(Work::LayAside("the batch is gone".into()), |item| item.work))
}

/// Why messages of a row of [`Journal::Batches`] may not go out any more.
pub(super) fn batch_withdrawn(reader: &Reader, place: Place) -> Result<Option<&'static str>, StoreError> {
    let replaced = reader.batch(BatchId(place.0))?.is_some_and(|row| row.replaced.is_some());
    Ok(replaced.then_some("its readings were another patient's"))
}

/// What is to be done with one entry.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) place: Place,
    pub(super) patient: Option<PatientId>,
    pub(super) work: Work,
    /// What of the entry is in none of its messages. Counted when it is settled.
    pub(super) left_out: LeftOut,
}

impl Item {
    /// An entry of which everything is in its messages.
    pub(super) fn whole(place: Place, patient: Option<PatientId>, work: Work) -> Self {
        Self { place, patient, work, left_out: LeftOut::default() }
    }
}

/// What of a batch's readings is in no message.
pub(super) fn left_out(batch: &Batch, why: impl Fn(&Reading) -> Option<WhyLeftOut>) -> LeftOut {
    let readings = batch.readings.iter();
    readings.filter_map(|reading| Some((reading.code(), why(reading)?))).collect()
}

/// Messages to send, or why there are none.
#[derive(Debug)]
pub(super) enum Work {
    /// These, in this order; none when nothing of the entry goes to a record.
    Send(Vec<Message>),
    /// Nobody's record to send it to, or a row that cannot be read.
    LayAside(Cow<'static, str>),
}

/// A message ready to be sent.
#[derive(Debug)]
pub(super) struct Message {
    /// What its answer names: an HL7 control id. Unused where each answer belongs to its own request.
    pub(super) name: String,
    pub(super) text: String,
}

impl Work {
    fn messages(&self) -> &[Message] {
        match self {
            Self::Send(messages) => messages,
            Self::LayAside(_) => &[],
        }
    }
}

/// What a destination said of a message.
#[derive(Debug)]
pub(super) enum Answer {
    /// It has it.
    Accepted,
    /// It will not have it, however often it is sent.
    Refused {
        /// In one line.
        reason: String,
        /// The answer as it came.
        text: String,
    },
}

/// What has been sent and answered of some messages.
pub(super) struct Ledger<'m> {
    answers: Vec<Option<Answer>>,
    metrics: &'m Metrics,
    tally: &'m FeedTally,
}

impl<'m> Ledger<'m> {
    fn new(messages: usize, metrics: &'m Metrics, tally: &'m FeedTally) -> Self {
        Self { answers: std::iter::repeat_with(|| None).take(messages).collect(), metrics, tally }
    }

    /// One more is on its way.
    pub(super) fn sent(&self) {
        self.metrics.ehr_sent.fetch_add(1, Relaxed);
        self.tally.sent.fetch_add(1, Relaxed);
    }

    /// The message at this place was answered.
    pub(super) fn answered(&mut self, place: usize, answer: Answer) {
        let (total, own) = match &answer {
            Answer::Accepted => (&self.metrics.ehr_acknowledged, &self.tally.accepted),
            Answer::Refused { .. } => (&self.metrics.ehr_refused, &self.tally.refused),
        };
        total.fetch_add(1, Relaxed);
        own.fetch_add(1, Relaxed);
        if let Some(known) = self.answers.get_mut(place) {
            *known = Some(answer);
        }
    }
}
