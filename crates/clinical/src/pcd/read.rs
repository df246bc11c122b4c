//! From a message to observations.
//!
//! What is read here is what a message says, not that it may say so: whether it follows the profile is [`crate::validate`]'s to tell. A row
//! that cannot be read makes the whole message unreadable, since half of what a device measured is not what it measured.

use std::borrow::Cow;

use seal::Micros;

use super::observe::{Observation, RowProblem, observation};
use super::{ObxRow, Processing};
use crate::hl7::{Message, Segment, parse_time};
use crate::limits::MOST_OBSERVATIONS;

/// What a PCD-01 message reports.
#[derive(Debug, Clone, PartialEq)]
pub struct Report<'a> {
    /// MSH-10.
    pub control_id: &'a str,
    /// MSH-11; `None` when it is none of table 0103.
    pub processing: Option<Processing>,
    /// MSH-7.
    pub sent: Option<Micros>,
    /// PID-3.1, escapes replaced. Empty when the message names no patient.
    pub patient: Cow<'a, str>,
    /// The first OBX-18 that is not empty: its entity identifier, else its universal id.
    pub device: Cow<'a, str>,
    /// The seal that the message was made from, if this product made it.
    pub seal: Option<SealName<'a>>,
    /// All rows of all orders, in their order, device rows among them.
    pub observations: Vec<Observation<'a>>,
}

/// The seal as a message names it: a claim, to be compared with the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealName<'a> {
    /// OBR-3.1: the hash of the seal, 64 hexadecimal digits.
    pub hash: &'a str,
    /// OBR-3.2: the device.
    pub device: &'a str,
    /// The element's counter, from the NTE.
    pub counter: Option<u64>,
    /// The sender says that it may have sent this message before.
    pub resent: bool,
}

impl<'a> SealName<'a> {
    /// What OBR-3 names, if it is a seal.
    pub(super) fn of_order(obr: Segment<'a>) -> Option<Self> {
        let filler = obr.field(3);
        let hash = filler.component(1).raw();
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let device = filler.component(2).raw();
        is_hash.then_some(Self { hash, device, counter: None, resent: false })
    }
}

/// Why a message cannot be read as observations. `segment` counts from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PcdError {
    /// An OBX before any OBR.
    #[error("segment {segment}: OBX without OBR")]
    NoOrder {
        /// Its number.
        segment: usize,
    },
    /// OBX-3.1 is no code.
    #[error("segment {segment}: OBX-3.1 is no number")]
    Identifier {
        /// Its number.
        segment: usize,
    },
    /// OBX-5 is not what OBX-2 says.
    #[error("segment {segment}: OBX-5 is no number")]
    Number {
        /// Its number.
        segment: usize,
    },
    /// OBR-7 or OBX-14 is no time.
    #[error("segment {segment}: not a time")]
    Time {
        /// Its number.
        segment: usize,
    },
    /// More than [`crate::limits`] allow.
    #[error("segment {segment}: too many observations or samples")]
    TooMany {
        /// Its number.
        segment: usize,
    },
}

impl<'a> Report<'a> {
    /// Reads `message`.
    pub fn read(message: &Message<'a>) -> Result<Self, PcdError> {
        let mut report = Self {
            control_id: "",
            processing: None,
            sent: None,
            patient: Cow::Borrowed(""),
            device: Cow::Borrowed(""),
            seal: None,
            observations: Vec::with_capacity(message.segments().len()),
        };
        let mut order: Option<Option<Micros>> = None;
        for segment in message.segments() {
            match segment.name() {
                "MSH" => report.header(*segment),
                "PID" if report.patient.is_empty() => report.patient = segment.field(3).component(1).text(),
                "OBR" => order = Some(report.order(*segment)?),
                "NTE" => report.note(*segment),
                "OBX" => {
                    let number = segment.number();
                    let time = order.ok_or(PcdError::NoOrder { segment: number })?;
                    report.row(*segment, time)?;
                }
                _ => {}
            }
        }
        Ok(report)
    }

    fn header(&mut self, segment: Segment<'a>) {
        for (number, field) in (1..=11).zip(segment.fields()) {
            match number {
                7 => self.sent = parse_time(field.raw()).ok(),
                10 => self.control_id = field.raw(),
                11 => self.processing = Processing::parse(field.component(1).raw()),
                _ => {}
            }
        }
    }

    /// Notes the seal and gives OBR-7.
    fn order(&mut self, segment: Segment<'a>) -> Result<Option<Micros>, PcdError> {
        if self.seal.is_none() {
            self.seal = SealName::of_order(segment);
        }
        match segment.first_fields::<8>().field(7).raw() {
            "" => Ok(None),
            text => parse_time(text).map(Some).map_err(|_| PcdError::Time { segment: segment.number() }),
        }
    }

    fn note(&mut self, segment: Segment<'a>) {
        if let Some(seal) = &mut self.seal {
            for word in segment.field(3).raw().split(' ') {
                match word.split_once('=') {
                    Some(("seal-counter", digits)) => {
                        seal.counter = seal.counter.or_else(|| digits.parse().ok());
                    }
                    None if word == "resent" => seal.resent = true,
                    _ => {}
                }
            }
        }
    }

    fn row(&mut self, segment: Segment<'a>, order_time: Option<Micros>) -> Result<(), PcdError> {
        let number = segment.number();
        if self.observations.len() >= MOST_OBSERVATIONS {
            return Err(PcdError::TooMany { segment: number });
        }
        let row = ObxRow::of(segment);
        let observation = observation(&row, order_time).map_err(|problem| match problem {
            RowProblem::Identifier => PcdError::Identifier { segment: number },
            RowProblem::Number => PcdError::Number { segment: number },
            RowProblem::Time => PcdError::Time { segment: number },
            RowProblem::TooManySamples => PcdError::TooMany { segment: number },
        })?;
        if self.device.is_empty() && row.value.is_empty() {
            let device = row.equipment;
            let entity = device.component(1);
            self.device = if entity.is_empty() { device.component(3).text() } else { entity.text() };
        }
        self.observations.push(observation);
        Ok(())
    }
}
