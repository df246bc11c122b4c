//! Where what was committed goes. Every sink is one folder with the same contract, which [`outbox`] keeps for all of them: it reads a journal of the store in order
//! after its own durable position, delivers each at least once, moves the position only after
//! the destination's answer, lays aside what the destination refuses, and tells [`LiveEvent::Delivery`](crate::LiveEvent::Delivery).

mod outbox;
mod people;

pub mod fhir;

pub mod hl7;

use std::path::PathBuf;

use crate::config::{Config, Feed, FeedKind};
use crate::connect::TargetError;
use crate::record::Journal;
use crate::start::Services;
use crate::store::StoreError;

pub(crate) use people::person;

/// Where a feed goes, and what it sends the entries of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The feed's name.
    pub name: String,
    /// The journal.
    pub journal: Journal,
}

impl Destination {
    /// That of a feed, whether it can be started or not.
    fn of(feed: &Feed) -> Self {
        let journal = match &feed.kind {
            FeedKind::Pcd01(_) | FeedKind::Fhir(_) => Journal::Batches,
            FeedKind::Pcim(_) => Journal::Associations,
            FeedKind::Pcd04(_) => Journal::Alarms,
            FeedKind::Oru(_, oru) => match hl7::dialect(&feed.name, &oru.dialect) {
                Ok(dialect) if dialect.interval_s > 0 => Journal::Charts,
                Ok(_) | Err(_) => Journal::Batches,
            },
        };
        Self { name: feed.name.clone(), journal }
    }
}

/// All feeds of a configuration. Those that cannot be started are among them.
pub(crate) fn destinations(config: &Config) -> Vec<Destination> {
    config.feeds.iter().map(Destination::of).collect()
}

/// Gives those feeds that were never seen before their first places, as their `since` says; the others keep theirs. Before they are started.
///
/// # Errors
/// When the store cannot be written.
pub async fn begin(services: &Services, feeds: &[Feed]) -> Result<(), StoreError> {
    let feeds: Vec<_> = feeds.iter().map(|feed| (Destination::of(feed), feed.since)).collect();
    services.store.write(move |writer| writer.begin_feeds(&feeds)).await
}

/// Starts a feed as a task of the gateway.
///
/// # Errors
/// When its configuration cannot be used. That its destination is not there is no error: the feed tries until it is.
pub fn start(services: &Services, feed: &Feed) -> Result<(), FeedError> {
    match &feed.kind {
        FeedKind::Pcd01(terms) => hl7::pcd01(services, feed, terms),
        FeedKind::Pcim(terms) => hl7::pcim(services, feed, terms),
        FeedKind::Pcd04(terms) => hl7::pcd04(services, feed, terms),
        FeedKind::Oru(terms, oru) => hl7::oru(services, feed, terms, oru),
        FeedKind::Fhir(terms) => fhir::start(services, feed, terms),
    }
}

/// Why a feed cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Another destination has that name: they would share one position.
    #[error("two feeds are called {0}")]
    Twice(String),
    /// Neither a CA nor the wish to send without TLS.
    #[error("feed {0}: name the CA of its certificate, or say plain = true to send without TLS")]
    Unprotected(String),
    /// The address is not a host and a port.
    #[error("feed {feed}: {address:?} is not HOST:PORT, or https://HOST[:PORT]/PATH for FHIR")]
    Address {
        /// The feed's name.
        feed: String,
        /// What was given.
        address: String,
    },
    /// The CA's file cannot be used.
    #[error("feed {feed}: {detail}")]
    Ca {
        /// The feed's name.
        feed: String,
        /// Why not.
        detail: String,
    },
    /// The key that signs for access tokens cannot be used.
    #[error("feed {feed}: {detail}")]
    Key {
        /// The feed's name.
        feed: String,
        /// Why not.
        detail: String,
    },
    /// The dialect cannot be used.
    #[error("feed {feed}: {}: {detail}", file.display())]
    Dialect {
        /// The feed's name.
        feed: String,
        /// What was named.
        file: PathBuf,
        /// Why not.
        detail: String,
    },
    /// More messages under way than [`crate::limits::FEED_IN_FLIGHT`], or none.
    #[error("feed {feed}: in_flight = {in_flight} is not between 1 and 64")]
    InFlight {
        /// The feed's name.
        feed: String,
        /// What was given.
        in_flight: usize,
    },
}

impl FeedError {
    /// Of a feed whose address cannot be connected to.
    fn target(feed: &str, address: &str, error: TargetError) -> Self {
        let feed = feed.to_owned();
        match error {
            TargetError::Address(_) => Self::Address { feed, address: address.into() },
            TargetError::Unprotected(_) => Self::Unprotected(feed),
            TargetError::Tls(error) => Self::Ca { feed, detail: error.to_string() },
        }
    }
}
