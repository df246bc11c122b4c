//! The feed's part of the loop: making its messages, and sending several before the first is answered.

use std::collections::VecDeque;
use std::sync::Arc;

use super::link::{self, Link, LinkError};
use super::{FeedError, Kind};
use crate::config::{Feed, Hl7};
use crate::connect::Target;
use crate::limits;
use crate::record::{Journal, Place, Wire};
use crate::sinks::outbox::{self, Answer, Carrier, Item, Ledger, Message, Trouble, Work};
use crate::start::Services;
use crate::store::{Reader, StoreError};

/// Starts a feed of some kind as a task of the gateway.
pub(super) fn start<K: Kind>(services: &Services, feed: &Feed, hl7: &Hl7, kind: K) -> Result<(), FeedError> {
    if !(1..=limits::FEED_IN_FLIGHT).contains(&hl7.in_flight) {
        return Err(FeedError::InFlight { feed: feed.name.clone(), in_flight: hl7.in_flight });
    }
    let target = Target::of(&feed.address, &feed.trust());
    let target = target.map_err(|error| FeedError::target(&feed.name, &feed.address, error))?;
    let mllp = Mllp { target, in_flight: hl7.in_flight, kind: Arc::new(kind) };
    outbox::Feed::start(&feed.name, mllp, services);
    Ok(())
}

struct Mllp<K> {
    target: Target,
    in_flight: usize,
    kind: Arc<K>,
}

/// A connection, and how many messages may be under way on it.
struct Line<K> {
    link: Link,
    in_flight: usize,
    kind: Arc<K>,
}

impl<K: Kind> Carrier for Mllp<K> {
    type Link = Line<K>;

    const WIRE: Wire = Wire::Hl7v2;

    async fn connect(&self) -> Result<Line<K>, Trouble> {
        let (in_flight, kind) = (self.in_flight, self.kind.clone());
        Ok(Line { link: link::connect(&self.target).await?, in_flight, kind })
    }

    fn journal(&self) -> Journal {
        self.kind.journal()
    }

    fn page(&self, reader: &Reader, after: Place, sending: Place) -> Result<Vec<Item>, StoreError> {
        self.kind.page(reader, after, sending)
    }

    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError> {
        self.kind.again(reader, place)
    }

    fn withdrawn(&self, reader: &Reader, place: Place) -> Result<Option<&'static str>, StoreError> {
        self.kind.withdrawn(reader, place)
    }
}

impl<K: Kind> outbox::Link for Line<K> {
    async fn carry(&mut self, messages: &[&Message], ledger: &mut Ledger<'_>) -> Result<(), Trouble> {
        let mut waiting = VecDeque::new();
        for (place, message) in messages.iter().enumerate() {
            while waiting.len() >= self.in_flight {
                self.receive(&mut waiting, ledger).await?;
            }
            self.link.send(&self.kind.encode(&message.text)).await?;
            ledger.sent();
            waiting.push_back((message.name.as_str(), place));
        }
        while !waiting.is_empty() {
            self.receive(&mut waiting, ledger).await?;
        }
        Ok(())
    }
}

impl<K> Line<K> {
    /// One answer. A receiver that could not read the message cannot name it: an answer without a control id is for the oldest.
    async fn receive(
        &mut self,
        waiting: &mut VecDeque<(&str, usize)>,
        ledger: &mut Ledger<'_>,
    ) -> Result<(), LinkError> {
        let (answer, text) = self.link.answer().await?;
        let which = if answer.control_id.is_empty() {
            Some(0)
        } else {
            waiting.iter().position(|(name, _)| *name == answer.control_id)
        };
        let Some((_, place)) = which.and_then(|index| waiting.remove(index)) else {
            // Its control id is the peer's own text, which may be anything.
            tracing::warn!("an answer to nothing that was asked");
            return Ok(());
        };
        let answer = if answer.code.accepts() {
            Answer::Accepted
        } else {
            Answer::Refused { reason: format!("{}: {}", answer.code.letters(), answer.reason), text }
        };
        ledger.answered(place, answer);
        Ok(())
    }
}

impl From<LinkError> for Trouble {
    fn from(error: LinkError) -> Self {
        Self::peer(error)
    }
}
