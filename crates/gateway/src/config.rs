//! The gateway's configuration: one TOML file, or the same values made in code.
//!
//! It holds addresses, files and limits; never a secret. Unknown keys are errors, so that a misspelt limit is
//! seen at once.

pub mod check;
mod device;
mod feeds;
mod mllp;
mod retention;
mod sdc;
mod sources;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::limits;

pub use device::{Folder, Parity, Post, Serial, Stream};
pub use feeds::{BackendServices, Feed, FeedKind, Fhir, Hl7, KindName, Oru, Purpose};
pub use mllp::{Mllp, PatientFrom, Release};
pub use retention::Retention;
pub use sdc::Sdc;
pub use sources::{AmqpQueue, Listener, MqttBroker, Remote, SharedSecret, Sources, System, Tokens};

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The folder of the database; made when missing.
    pub data: PathBuf,
    /// The hospital's name in outgoing messages.
    #[serde(default = "default_facility")]
    pub facility: String,
    /// Certificates (PEM) of the makers whose devices are accepted. More can be added at run time.
    #[serde(default)]
    pub makers: Vec<PathBuf>,
    /// What the listeners show to prove who they are.
    pub tls: Tls,
    /// The MQTT listener.
    pub mqtt: Mqtt,
    /// Further ways in.
    #[serde(default)]
    pub sources: Sources,
    /// The token endpoint; sources that ask for tokens need it.
    #[serde(default)]
    pub tokens: Option<Tokens>,
    /// Which device is with whom when patients come, move and go.
    #[serde(default)]
    pub bedside: Bedside,
    /// The HTTPS listener: dashboard, API and FHIR.
    #[serde(default)]
    pub https: Option<Https>,
    /// Where readings go.
    #[serde(default)]
    pub feeds: Vec<Feed>,
    /// How far a device's clock may be off.
    #[serde(default)]
    pub clock: Clock,
    /// How long is kept what nobody's record is made of.
    #[serde(default)]
    pub retention: Retention,
    /// Alarm limits that replace the built-in ones (the form of standards/clinical/alarm-limits.toml).
    #[serde(default)]
    pub alarms: Option<PathBuf>,
}

/// Which device is with whom when an admission system tells that patients come, move and go. A patient who goes leaves all devices.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bedside {
    /// The devices that belong to a place are with whoever lies there.
    pub by_location: bool,
    /// Devices stay with a patient who moves. Otherwise they are taken away.
    pub follow: bool,
}

fn default_facility() -> String {
    "medseal".into()
}

/// A certificate and its key, as files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM, the server's certificate first, then those that lead to its CA.
    pub certificate: PathBuf,
    /// PEM, PKCS #8.
    pub key: PathBuf,
}

/// The MQTT listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mqtt {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Most connections at a time.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Most connections from one address at a time.
    #[serde(default = "default_connections")]
    pub connections_per_address: usize,
    /// Seconds that TLS handshake and CONNECT may take together.
    #[serde(default = "default_connect_seconds")]
    pub connect_seconds: u64,
    /// Longest keep-alive granted, in seconds; a device that asks for none gets this one (MQTT 5.0 section 3.2.2.3.14).
    #[serde(default = "default_keep_alive_seconds")]
    pub keep_alive_seconds: u16,
}

pub(crate) fn default_connections() -> usize {
    2048
}

fn default_connect_seconds() -> u64 {
    10
}

fn default_keep_alive_seconds() -> u16 {
    60
}

impl Mqtt {
    /// A listener with the default limits.
    pub fn at(listen: SocketAddr) -> Self {
        Self {
            listen,
            connections: default_connections(),
            connections_per_address: default_connections(),
            connect_seconds: default_connect_seconds(),
            keep_alive_seconds: default_keep_alive_seconds(),
        }
    }

    /// The time for TLS handshake and CONNECT together.
    pub fn connect_time(&self) -> Duration {
        Duration::from_secs(self.connect_seconds)
    }
}

/// The HTTPS listener.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Https {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
}

/// How far a batch's time may lie from the gateway's clock when it arrives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// Seconds into the future.
    pub ahead_seconds: u64,
    /// Seconds into the past; generous, since a device may spool through a long outage.
    pub behind_seconds: u64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { ahead_seconds: limits::CLOCK_AHEAD.as_secs(), behind_seconds: limits::CLOCK_BEHIND.as_secs() }
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is not such a configuration; the message points at the line.
    #[error("{}: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: toml::de::Error,
    },
}

impl Config {
    /// The names of all destinations.
    pub fn destinations(&self) -> impl Iterator<Item = &str> {
        self.feeds.iter().map(|feed| feed.name.as_str())
    }

    /// Reads a TOML file.
    ///
    /// # Errors
    /// When the file cannot be read or does not hold a configuration.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.into(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.into(), source })
    }
}
