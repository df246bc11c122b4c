//! What became of each segment of a received message: none vanishes.
//!
//! The stored bytes are the record, so nothing is ever lost of a message that was taken; but a segment whose content reaches neither chart nor
//! alarm is silently lost to whoever looks there. So each decoder says of every segment whether it was [`Fate::Mapped`], and whereto, is
//! [`Fate::Kept`] in the stored message because there is nothing of it to map, or [`Fate::Reported`] because there was and it could not be.

use std::fmt;

use crate::header::Kind;
use crate::hl7::{Message, Path, Segment, Zone};
use crate::validate::{ErrorKind, Finding};

/// The account of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    entries: Vec<Entry>,
}

/// One segment and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the message, counted from 1.
    pub segment: usize,
    name: [u8; 3],
    /// What became of it.
    pub fate: Fate,
}

impl Entry {
    /// The segment's name.
    #[must_use]
    pub fn name(&self) -> &str {
        std::str::from_utf8(&self.name).unwrap_or_default()
    }
}

/// What became of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// What it says is in what was decoded.
    Mapped(Place),
    /// Nothing of it was to be mapped; it is in the stored message.
    Kept(Reason),
    /// It should have been mapped and could not be.
    Reported(Reason),
}

/// Where in what was decoded a segment's content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The header: sender, time, purpose.
    Header,
    /// The event of an ADT message.
    Event,
    /// The patient.
    Patient,
    /// The visit and its location.
    Visit,
    /// Identifiers that are given up (MRG).
    Merged,
    /// The order: the time of what follows.
    Order,
    /// The name of the seal that a message of this product bears.
    Seal,
    /// The n-th device, from 0.
    Device(usize),
    /// The n-th reading, from 0.
    Reading(usize),
    /// A waveform's rate.
    Wave,
    /// The values that are taken back.
    Withdrawn,
    /// An alarm.
    Alarm,
    /// An association of devices with a patient.
    Association,
    /// A query.
    Query,
    /// The answer to a message.
    Answer,
}

/// Why a segment was not mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Segments of this name have no place in the model.
    NoPlace,
    /// It is empty beyond its name.
    Empty,
    /// A row of a device's part that says only that the part is there.
    DevicePart,
    /// A facet of a metric (fifth level of OBX-4) that has no place in the model.
    Facet,
    /// OBX-8 or OBX-11 says that there is no value.
    NoValue,
    /// OBX-5 holds a number that senders send for "not available".
    Sentinel,
    /// OBX-11 says that the row is not a result: pending, not asked for.
    NotAResult,
    /// It is after a message's last place for it: a second PID, say, or an OBX before any OBR.
    OutOfPlace,
    /// OBX-3 is no code that is known here.
    UnknownCode,
    /// OBX-5 is not what OBX-2 says.
    BadValue,
    /// OBX-14 or OBR-7 is no moment.
    BadTime,
    /// Seven days or more from the message's time.
    TooFar,
    /// Longer than a text reading may be.
    TooLong,
    /// More rows than a batch takes.
    TooMany,
    /// A waveform without a rate.
    NoRate,
    /// A waveform whose samples lie too far apart for 64 bits in steps of their last digit.
    TooWide,
    /// A field that must be there is empty.
    Missing,
}

impl Reason {
    /// The reason in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoPlace => "no place in the model",
            Self::Empty => "empty",
            Self::DevicePart => "names a part of the device",
            Self::Facet => "a facet with no place in the model",
            Self::NoValue => "says that there is no value",
            Self::Sentinel => "a number that stands for no value",
            Self::NotAResult => "not a result",
            Self::OutOfPlace => "not where it belongs",
            Self::UnknownCode => "OBX-3 is no known code",
            Self::BadValue => "OBX-5 is not what OBX-2 says",
            Self::BadTime => "not a moment",
            Self::TooFar => "too far from the message's time",
            Self::TooLong => "text too long",
            Self::TooMany => "too many rows",
            Self::NoRate => "a waveform without a rate",
            Self::TooWide => "a waveform of too many digits",
            Self::Missing => "a field that must be there is empty",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Event => "event",
            Self::Patient => "patient",
            Self::Visit => "visit",
            Self::Merged => "merged identifiers",
            Self::Order => "order",
            Self::Seal => "seal",
            Self::Device(index) => return write!(f, "device {}", index + 1),
            Self::Reading(index) => return write!(f, "reading {}", index + 1),
            Self::Wave => "waveform's rate",
            Self::Withdrawn => "values taken back",
            Self::Alarm => "alarm",
            Self::Association => "association",
            Self::Query => "query",
            Self::Answer => "answer",
        })
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mapped(place) => place.fmt(f),
            Self::Kept(reason) => write!(f, "kept: {}", reason.words()),
            Self::Reported(reason) => write!(f, "not mapped: {}", reason.words()),
        }
    }
}

/// What the decoder of a message's kind says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What became of each segment.
    pub account: Account,
    /// What was taken although something is wrong with it.
    pub remarks: Vec<Finding>,
    /// Why it was refused, if it was.
    pub refused: Option<Finding>,
}

impl Review {
    /// Reads `message` with the decoder of its kind. What no decoder reads is refused as of an unsupported type.
    #[must_use]
    pub fn of(message: &Message<'_>, zone: &Zone) -> Self {
        let read = match Kind::of(message) {
            Kind::Observations => crate::pcd::readings(message, zone).map(|it| (it.account, it.remarks)),
            Kind::Alarm => crate::alarm::read(message, zone).map(|it| (it.account, it.remarks)),
            Kind::Association => crate::pcim::read(message, zone).map(|it| (it.account, it.remarks)),
            Kind::Admission => crate::adt::read(message, zone).map(|it| (it.account, it.remarks)),
            Kind::Query => crate::query::read(message).map(|it| (it.account, Vec::new())),
            Kind::Answer => {
                let mut account = Account::open(message);
                for segment in message.segments().iter().filter(|it| matches!(it.name(), "MSA" | "ERR")) {
                    account.set(*segment, Fate::Mapped(Place::Answer));
                }
                Ok((account, Vec::new()))
            }
            Kind::Other => Err(Finding::at(Path::new(b"MSH", 9), ErrorKind::MessageType)),
        };
        match read {
            Ok((account, remarks)) => Self { account, remarks, refused: None },
            Err(finding) => {
                Self { account: Account::open(message), remarks: Vec::new(), refused: Some(finding) }
            }
        }
    }
}

impl Account {
    /// An account of `message` in which nothing is mapped yet.
    pub(crate) fn open(message: &Message<'_>) -> Self {
        let entries = message.segments().iter().map(|segment| {
            let mut name = [b' '; 3];
            name.iter_mut().zip(segment.name().bytes()).for_each(|(to, from)| *to = from);
            let fate = match segment.name() {
                "MSH" => Fate::Mapped(Place::Header),
                _ if segment.fields().all(|field| field.is_empty()) => Fate::Kept(Reason::Empty),
                _ => Fate::Kept(Reason::NoPlace),
            };
            Entry { segment: segment.number(), name, fate }
        });
        Self { entries: entries.collect() }
    }

    /// Says what became of `segment`, which is of the same message.
    pub(crate) fn set(&mut self, segment: Segment<'_>, fate: Fate) {
        let index = segment.number().checked_sub(1);
        if let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) {
            entry.fate = fate;
        }
    }

    /// The account of a message of any kind: as its decoder gives it; when that refuses it, or none reads it, all but the header is kept.
    #[must_use]
    pub fn of(message: &Message<'_>, zone: &Zone) -> Self {
        Review::of(message, zone).account
    }

    /// All segments in their order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Those that should have been mapped and could not be.
    pub fn reported(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| matches!(entry.fate, Fate::Reported(_)))
    }
}
