//! Which device is with which patient: IHE Point-of-Care Identity Management, transactions DEV-51 (an assertion) and DEV-52 (a report), both
//! `ORU^R01^ORU_R01`.
//!
//! ```text
//! MSH  MSH-21 names PCIM                    PID, PV1  the patient and where
//! OBR  OBR-3 the association's own id, -4 69136, -7 from, -8 until, -29 the id it belongs to
//! OBX  68487 = 198332 associate | 198334 disassociate; OBX-11 F validated by a person, R not yet
//! PRT  PRT-4 EQUIP: PRT-10 the device, -9 its place; AUT: PRT-5 who said so
//! ```
//!
//! The profile's text gives two object identifiers for MSH-21; both are taken, and OBR-4 alone will do, since senders leave MSH-21 as in
//! PCD-01. PRT is from v2.7 and stands after OBR or OBX.

mod read;
mod write;

pub use read::read;
pub use write::{Outgoing, Told, message};

use seal::Micros;

use crate::account::Account;
use crate::header::Header;
use crate::hl7::Message;
use crate::pcd::DeviceClaim;
use crate::person::{Location, Person};
use crate::validate::Finding;

/// OBR-4: an association of a patient with devices.
const SERVICE: &str = "69136";

/// OBX-3: what happens between patient and device, and the two things that may.
const CONDITION: &str = "68487";
const ASSOCIATE: &str = "198332";
const DISASSOCIATE: &str = "198334";

/// Beginnings of MSH-21.3 by which a message is of PCIM.
const PROFILES: [&str; 4] = [
    "1.3.6.1.4.1.19376.1.6.1.51",
    "1.3.6.1.4.1.19376.1.6.4.51",
    "1.3.6.1.4.1.19376.1.6.1.52",
    "1.3.6.1.4.1.19376.1.6.4.52",
];

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// From now on the device measures this patient.
    Associate,
    /// No more.
    Disassociate,
}

/// How far an assertion can be relied on: OBX-11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// `F`: a person has checked it.
    Validated,
    /// `R`: somebody has yet to.
    NeedsValidation,
}

/// One association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// OBR-3.1: its own id, by which later messages speak of it.
    pub id: String,
    /// OBR-29: the id of the association that it changes or ends.
    pub parent: Option<String>,
    /// What is to be done.
    pub act: Act,
    /// Whether a person has checked it.
    pub standing: Standing,
    /// PRT-10 of the equipment: at least one, unless a disassociation names only its parent.
    pub devices: Vec<DeviceClaim>,
    /// PRT-9 of the equipment, else PV1-3.
    pub location: Option<Location>,
    /// OBR-7.
    pub from: Option<Micros>,
    /// OBR-8.
    pub until: Option<Micros>,
    /// PRT-5.1 of the author.
    pub author: Option<String>,
}

/// A message of associations, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its header.
    pub header: Header,
    /// The patient: at least one identifier.
    pub patient: Person,
    /// The associations; never empty.
    pub associations: Vec<Association>,
    /// What was taken although something is wrong with it.
    pub remarks: Vec<Finding>,
    /// What became of each segment.
    pub account: Account,
}

/// Whether an `ORU^R01` is of associations.
pub(crate) fn claims(message: &Message<'_>) -> bool {
    let profile = message.segments().first().is_some_and(|header| {
        let mut profiles = header.field(21).repetitions();
        profiles.any(|it| PROFILES.iter().any(|oid| it.component(3).raw().starts_with(oid)))
    });
    profile || message.segment("OBR").is_some_and(|obr| obr.field(4).component(1).raw() == SERVICE)
}
