//! Feeds of HL7 v2 messages to a record over MLLP, one file for each [`Kind`] of them.
//!
//! AA and CA move on. Any other answer lays the message aside, with the reason, and writes it to the audit log. A batch whose device was with no patient has nobody's
//! record to go to and is laid aside as well. What may have been sent before goes out with the same MSH-10.

mod carry;
mod link;
mod oru;
mod pcd01;
mod pcd04;
mod pcim;

pub use link::LinkError;
pub use oru::dialect;
pub(super) use oru::start as oru;

use std::borrow::Cow;

use clinical::pcd::{Acknowledgements, Envelope, Processing, Waves};
use seal::Micros;

use self::pcd01::Pcd01;
use self::pcd04::Pcd04;
use self::pcim::Pcim;
use super::FeedError;
use super::outbox::{Item, Work};
use crate::config::{Feed, Hl7, Purpose};
use crate::record::{Journal, Place};
use crate::start::Services;
use crate::store::{Reader, StoreError};

/// What one kind of feed sends; the terms are those of [`Carrier`](super::outbox::Carrier).
trait Kind: Send + Sync + 'static {
    fn journal(&self) -> Journal;
    fn page(&self, reader: &Reader, after: Place, sending: Place) -> Result<Vec<Item>, StoreError>;
    fn again(&self, reader: &Reader, place: Place) -> Result<Work, StoreError>;
    fn withdrawn(&self, reader: &Reader, place: Place) -> Result<Option<&'static str>, StoreError>;

    /// A message in the character set that it says it has.
    fn encode<'t>(&self, text: &'t str) -> Cow<'t, [u8]> {
        Cow::Borrowed(text.as_bytes())
    }
}

/// Starts a PCD-01 feed.
pub(super) fn pcd01(services: &Services, feed: &Feed, hl7: &Hl7) -> Result<(), FeedError> {
    let envelope = envelope(feed, hl7, &services.config.facility);
    carry::start(services, feed, hl7, Pcd01 { envelope })
}

/// Starts a PCD-04 feed.
pub(super) fn pcd04(services: &Services, feed: &Feed, hl7: &Hl7) -> Result<(), FeedError> {
    let envelope = envelope(feed, hl7, &services.config.facility);
    carry::start(services, feed, hl7, Pcd04 { envelope })
}

/// Starts a PCIM feed.
pub(super) fn pcim(services: &Services, feed: &Feed, hl7: &Hl7) -> Result<(), FeedError> {
    let envelope = envelope(feed, hl7, &services.config.facility);
    carry::start(services, feed, hl7, Pcim { envelope })
}

/// What all messages of a feed have in common.
fn envelope(feed: &Feed, hl7: &Hl7, facility: &str) -> Envelope {
    Envelope {
        application: APPLICATION.into(),
        facility: facility.into(),
        receiving_application: hl7.receiving_application.clone(),
        receiving_facility: hl7.receiving_facility.clone(),
        processing: processing(feed.purpose),
        acknowledgements: Acknowledgements::OnStorage,
        waves: if hl7.waveforms { Waves::Send } else { Waves::Leave },
    }
}

/// MSH-3.
const APPLICATION: &str = "MEDSEAL";

fn processing(purpose: Purpose) -> Processing {
    match purpose {
        Purpose::Production => Processing::Production,
        Purpose::Training => Processing::Training,
        Purpose::Debugging => Processing::Debugging,
    }
}

fn now() -> Micros {
    Micros(jiff::Timestamp::now().as_microsecond())
}
