//! The feed's part of the loop: making its messages, and sending several before the first is answered.

use std::collections::VecDeque;

use clinical::pcd::Envelope;

use super::FeedError;
use super::link::{self, Link, LinkError};
use super::prepare;
use crate::config::Hl7Feed;
use crate::connect::{Target, Trust};
use crate::limits;
use crate::record::{BatchId, StoredBatch, Wire};
use crate::sinks::outbox::{self, Answer, Carrier, Feed, Item, Ledger, Message, Trouble};
use crate::start::Services;
use crate::store::{Reader, StoreError};

/// Starts a feed as a task of the gateway.
///
/// # Errors
/// When its configuration cannot be used. That its receiver is not there is no error: the feed tries until it is.
pub fn start(services: &Services, feed: &Hl7Feed) -> Result<(), FeedError> {
    if !(1..=limits::FEED_IN_FLIGHT).contains(&feed.in_flight) {
        return Err(FeedError::InFlight { feed: feed.name.clone(), in_flight: feed.in_flight });
    }
    let trust = Trust { ca: feed.ca.as_deref(), plain: feed.plain, ..Trust::default() };
    let target = Target::of(&feed.address, &trust);
    let carrier = Mllp {
        target: target.map_err(|error| FeedError::target(&feed.name, &feed.address, error))?,
        in_flight: feed.in_flight,
        envelope: prepare::envelope(feed, &services.config.facility),
    };
    Feed::start(&feed.name, carrier, services);
    Ok(())
}

struct Mllp {
    target: Target,
    in_flight: usize,
    envelope: Envelope,
}

/// A connection, and how many messages may be under way on it.
struct Line {
    link: Link,
    in_flight: usize,
}

impl Carrier for Mllp {
    type Link = Line;

    const WIRE: Wire = Wire::Hl7v2;

    async fn connect(&self) -> Result<Line, Trouble> {
        Ok(Line { link: link::connect(&self.target).await?, in_flight: self.in_flight })
    }

    fn prepare(
        &self,
        reader: &Reader,
        rows: &[StoredBatch],
        sending: BatchId,
    ) -> Result<Vec<Item>, StoreError> {
        prepare::items(reader, &self.envelope, rows, sending)
    }
}

impl outbox::Link for Line {
    async fn carry(&mut self, messages: &[&Message], ledger: &mut Ledger<'_>) -> Result<(), Trouble> {
        let mut waiting = VecDeque::new();
        for (place, message) in messages.iter().enumerate() {
            while waiting.len() >= self.in_flight {
                self.receive(&mut waiting, ledger).await?;
            }
            self.link.send(&message.text).await?;
            ledger.sent();
            waiting.push_back((message.name.as_str(), place));
        }
        while !waiting.is_empty() {
            self.receive(&mut waiting, ledger).await?;
        }
        Ok(())
    }
}

impl Line {
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
            tracing::warn!(control_id = %answer.control_id, "an answer to nothing that was asked");
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
