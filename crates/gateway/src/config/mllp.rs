//! `[[sources.mllp]]`: who may send HL7 v2 here, and what.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::limits;
use crate::record::{ClockZone, SourceName};

/// A listener for HL7 v2 over MLLP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mllp {
    /// Its name: what vouches for what it delivers, in the record, in audit and on the dashboard.
    pub name: SourceName,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Speak without TLS, on purpose.
    #[serde(default)]
    pub plain: bool,
    /// CAs (PEM) of the peers' certificates: then each must show one. Without it any peer that reaches the port may speak, so the network must
    /// keep others out.
    #[serde(default)]
    pub clients: Option<PathBuf>,
    /// Whether it may deliver measurements and alarms, which no seal vouches for.
    #[serde(default)]
    pub unsealed: bool,
    /// Whether it may tell who came, moved and went (ADT), and which device is with whom (PCIM).
    #[serde(default)]
    pub admissions: bool,
    /// Whether it may ask who a patient is (QRY^A19, QBP^Q22).
    #[serde(default)]
    pub queries: bool,
    /// Whose readings its messages hold.
    #[serde(default)]
    pub patient: PatientFrom,
    /// Where its clocks are set, for stamps that do not say so: `+01:00` or `Europe/Zurich`.
    #[serde(default)]
    pub zone: ClockZone,
    /// The release of MLLP: 2 adds a commit block after safe storage.
    #[serde(default)]
    pub release: Release,
    /// Most connections at a time.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Most connections from one address at a time.
    #[serde(default = "default_connections")]
    pub connections_per_address: usize,
    /// Seconds after which a connection on which nothing came is closed.
    #[serde(default = "default_idle_seconds")]
    pub idle_seconds: u64,
    /// Longest message, in bytes.
    #[serde(default = "default_longest_message")]
    pub longest_message: usize,
}

/// Where the patient of a source's readings is known from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatientFrom {
    /// PID-3 of each message.
    #[default]
    Message,
    /// Whoever the device is with.
    Association,
    /// Whoever lies where PV1-3 of the message says.
    Location,
}

/// The release of the lower layer protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub enum Release {
    /// Frames alone.
    #[default]
    One,
    /// Frames, and commit blocks for them.
    Two,
}

impl TryFrom<u8> for Release {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1 => Ok(Self::One),
            2 => Ok(Self::Two),
            other => Err(format!("MLLP has the releases 1 and 2, not {other}")),
        }
    }
}

fn default_connections() -> usize {
    256
}

fn default_idle_seconds() -> u64 {
    limits::MLLP_IDLE.as_secs()
}

fn default_longest_message() -> usize {
    clinical::limits::LONGEST_MESSAGE
}

impl Mllp {
    /// A listener over TLS that may deliver nothing yet, with all else as by default.
    pub fn named(name: SourceName, listen: SocketAddr) -> Self {
        Self {
            name,
            listen,
            plain: false,
            clients: None,
            unsealed: false,
            admissions: false,
            queries: false,
            patient: PatientFrom::default(),
            zone: ClockZone::default(),
            release: Release::default(),
            connections: default_connections(),
            connections_per_address: default_connections(),
            idle_seconds: default_idle_seconds(),
            longest_message: default_longest_message(),
        }
    }

    /// How long a connection may be silent.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }
}
