//! From a message of any vendor to readings, as the gateway stores and charts them.
//!
//! [`super::Report`] reads what a well-made message says and gives up at the first row that it cannot read; this takes messages as monitors and
//! bedside gateways send them, v2.3 to v2.8, and says of every segment what became of it ([`crate::account`]). What is taken and how stands in
//! `docs/hl7-deviations.md`, one test each. It gives the same for the same bytes always, so that readings can be computed from the stored
//! message again.
//!
//! ```text
//! MSH ─► header, zone          PID ─► patient          PV1 ─► location
//! OBR ─► time of its rows      OBX ─┬─► device (rows of an MDS: OBX-18)
//!                                   ├─► Value, Text: one row one reading
//!                                   ├─► Wave: NA with a rate from OBR-7/-8 or a facet
//!                                   └─► withdrawn (OBX-11 D, W)
//! ```
//!
//! A number becomes a [`Reading::Value`] only when its unit is known as UCUM; with any other it is a [`Reading::Text`] that holds number and unit,
//! so that nothing computes with a unit that it does not know. Messages for training or debugging (MSH-11) give readings that are
//! flagged as tests, whatever their rows say.

mod device;
mod identify;
mod read;
mod row;
mod unit;
mod wave;

pub use device::DeviceClaim;
pub use read::readings;
pub(crate) use unit::unit_of;

use seal::{Batch, Code, DeviceId, Micros, Reading};

use super::{ResultStatus, SealName};
use crate::account::Account;
use crate::header::Header;
use crate::person::{Location, Person};
use crate::validate::Finding;

/// A message of measurements, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// Its header.
    pub header: Header,
    /// Whom it is of; without identifiers when the message names nobody.
    pub patient: Person,
    /// PV1-3: where the patient is.
    pub location: Option<Location>,
    /// What measured: one for each MDS, at least one. When no row names it (OBX-18) it is what MSH-3 says.
    pub devices: Vec<DeviceClaim>,
    /// The seal that the message says it was made from, if it was made by this product.
    pub seal: Option<SealClaim>,
    /// The time that the readings' times count from: of the first order, else of the message.
    pub time: Micros,
    /// What was measured, in the order of the rows.
    pub readings: Vec<Reading>,
    /// Where each reading is from: as many as there are readings.
    pub origins: Vec<Origin>,
    /// Values that the sender takes back.
    pub withdrawn: Vec<Withdrawn>,
    /// What was taken although something is wrong with it.
    pub remarks: Vec<Finding>,
    /// What became of each segment.
    pub account: Account,
}

impl Decoded {
    /// The device that the readings are of: of the first reading, else the first that is named.
    #[must_use]
    pub fn device(&self) -> &DeviceClaim {
        const NOBODY: &DeviceClaim = &DeviceClaim::NOBODY;
        let index = self.origins.first().map_or(0, |origin| origin.device);
        self.devices.get(index).unwrap_or(NOBODY)
    }

    /// The readings as a batch of `device`, which is what the gateway calls [`Decoded::device`].
    #[must_use]
    pub fn batch(&self, device: DeviceId) -> Batch {
        Batch { device, time: self.time, readings: self.readings.clone() }
    }
}

/// Where a reading is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The segment's number in the message, from 1.
    pub segment: usize,
    /// Which of the message's devices, from 0.
    pub device: usize,
    /// OBX-11; `None` when it is empty.
    pub status: Option<ResultStatus>,
}

/// A value that the sender takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Withdrawn {
    /// What it was of.
    pub code: Code,
    /// When it was measured.
    pub time: Micros,
    /// `D`: it is to be deleted; `W`: it was of another patient.
    pub status: ResultStatus,
    /// Which of the message's devices, from 0.
    pub device: usize,
}

/// The seal as a message names it: a claim, to be compared with the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealClaim {
    /// OBR-3.1: the hash of the seal, 64 hexadecimal digits.
    pub hash: String,
    /// OBR-3.2: the device.
    pub device: String,
}

impl SealClaim {
    fn of(name: SealName<'_>) -> Self {
        Self { hash: name.hash.into(), device: name.device.into() }
    }
}
