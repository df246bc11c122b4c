//! Alarms on the wire: IHE PCD-04 "Report Alert", `ORU^R40^ORU_R40` (IHE Devices Technical Framework volume 2, section 3.4), read from any sender
//! and written from the gateway's own.
//!
//! ```text
//! MSH  MSH-21 IHE_PCD_ACM_001          PID, PV1  the patient and where
//! OBR  OBR-3 this message's id, -4 196616, -7 when, -29 the id of the alarm's first message
//! OBX  …1  the event: 196648 HI, 196670 LO, 196616 with the event in OBX-5; OBX-8 priority and type, from some senders
//!      …2  its source: the measured value with limits in OBX-7, or 68480 with the source's code
//!      …3  68481 phase      …4  68482 state      …5  68483 inactivation      …6  68484 priority      …7  68485 type
//!      …8  68546 text
//! ```
//!
//! Rows are known by their code or name, not by the last level of OBX-4, which senders number in ways of their own; the codes of the
//! attributes before 2015 (68165 to 68168) are taken as well. An alarm without an event or a phase is refused; all else may be missing.

mod read;
mod write;

pub use read::read;
pub use write::{Outgoing, message};

use seal::{Code, Decimal, Micros, Unit};

use crate::account::Account;
use crate::header::Header;
use crate::pcd::DeviceClaim;
use crate::person::{Location, Person};
use crate::validate::Finding;

/// MSH-21 of a message that is written here.
const PROFILE: [&str; 4] = ["IHE_PCD_ACM_001", "IHE PCD", "1.3.6.1.4.1.19376.1.6.1.4.1", "ISO"];
/// OBR-4, and OBX-3 of an event that is neither high nor low.
const EVENT: &str = "196616";

macro_rules! words {
    // turns `"doc" Name { "doc" Variant = "word", … }` into an enum that is read from and written as these words
    ($($doc:literal $name:ident { $($variant_doc:literal $variant:ident = $word:literal,)* })*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = $variant_doc] $variant,)*
        }

        impl $name {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// As it is written in OBX-5.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// From OBX-5.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    )*};
}

words! {
    "Where in its life an alarm is: 68481."
    Phase {
        "It began." Start = "start",
        "It goes on." Continue = "continue",
        "Something of it changed." Update = "update",
        "It got more urgent." Escalate = "escalate",
        "It got less urgent." Deescalate = "deescalate",
        "It was reset." Reset = "reset",
        "It ended." End = "end",
        "It has no length (TF-2)." TimePoint = "tpoint",
    }
    "Whether its condition holds: 68482."
    State {
        "No alarm." Off = "off",
        "The condition does not hold any more." Inactive = "inactive",
        "The condition holds." Active = "active",
        "The condition has passed, and nobody has said that they know." Latched = "latched",
    }
    "Whether it is to be seen and heard: 68483."
    Inactivation {
        "It is." Enabled = "enabled",
        "Not to be heard for a while." AudioPaused = "audio-paused",
        "Not to be heard." AudioOff = "audio-off",
        "Neither for a while." AlarmPaused = "alarm-paused",
        "Neither." AlarmOff = "alarm-off",
        "Somebody has said that they know." Acknowledged = "alert-acknowledged",
    }
    "How urgent it is: 68484."
    Priority {
        "Not an alarm." None = "PN",
        "For information." Information = "PI",
        "Low." Low = "PL",
        "Medium." Medium = "PM",
        "High." High = "PH",
        "The sender does not know." Unknown = "PU",
    }
    "What is in alarm: 68485."
    Kind {
        "The patient." Physiological = "SP",
        "The device." Technical = "ST",
        "Neither: advice." Advisory = "SA",
    }
}

/// The value that an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The value.
    pub value: Decimal,
    /// Its unit, where it is known.
    pub unit: Option<Unit>,
}

/// One alarm, as one message tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// OBR-3.1: this message's own id.
    pub id: String,
    /// OBR-29, else OBR-3: the id of the alarm through all its messages.
    pub instance: String,
    /// What happened.
    pub event: Code,
    /// Words for it.
    pub text: String,
    /// What it is about: a metric, or a part of a device.
    pub source: Option<Code>,
    /// The value that it is about.
    pub measured: Option<Measured>,
    /// OBX-7 of that value: the limits, `90-100`.
    pub limits: String,
    /// Where in its life it is.
    pub phase: Phase,
    /// Whether the condition holds.
    pub state: Option<State>,
    /// Whether it is to be seen and heard.
    pub inactivation: Vec<Inactivation>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// What is in alarm.
    pub kind: Option<Kind>,
    /// OBX-14 of the event, else OBR-7, else MSH-7.
    pub time: Option<Micros>,
}

/// A message of alarms, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its header.
    pub header: Header,
    /// Whom it is of; without identifiers when the message names nobody.
    pub patient: Person,
    /// PV1-3.
    pub location: Option<Location>,
    /// Which device: the first OBX-18, else MSH-3.
    pub device: DeviceClaim,
    /// One an order; never empty.
    pub alarms: Vec<Alarm>,
    /// What was taken although something is wrong with it.
    pub remarks: Vec<Finding>,
    /// What became of each segment.
    pub account: Account,
}
