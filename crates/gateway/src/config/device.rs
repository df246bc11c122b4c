//! Sources of device adapters: `[[sources.folder]]`, `[[sources.serial]]`, `[[sources.stream]]`, `[[sources.post]]`. What they deliver bears no seal; that such a table is
//! there is the consent to it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::limits;
use crate::record::{ClockZone, SourceName};

/// A folder into which a device, or its program, puts files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Its name: what vouches for what it delivers, in the record, in audit and on the dashboard.
    pub name: SourceName,
    /// The folder; files go from it to `done` or `refused` in it.
    pub path: PathBuf,
    /// The adapter.
    #[serde(default = "mapped")]
    pub adapter: String,
    /// The file that configures the adapter, such as a mapping.
    #[serde(default)]
    pub mapping: Option<PathBuf>,
    /// The device, where the files do not say which.
    #[serde(default)]
    pub device: Option<String>,
    /// Where the device's clock is set, for stamps that do not say so.
    #[serde(default)]
    pub zone: ClockZone,
    /// Seconds that a file must have stayed as it is before it is taken.
    #[serde(default = "default_settle_seconds")]
    pub settle_seconds: u64,
}

/// A serial line with a device at its other end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serial {
    /// Its name: what vouches for what it delivers.
    pub name: SourceName,
    /// The line's file, such as `/dev/ttyUSB0`.
    pub line: PathBuf,
    /// Bits a second.
    #[serde(default = "default_baud")]
    pub baud: u32,
    /// The parity of each byte.
    #[serde(default)]
    pub parity: Parity,
    /// The adapter.
    #[serde(default = "serial")]
    pub adapter: String,
    /// The device, where it does not say which it is.
    #[serde(default)]
    pub device: Option<String>,
    /// Where the device's clock is set, for stamps that do not say so.
    #[serde(default)]
    pub zone: ClockZone,
}

/// The parity of bytes on a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parity {
    /// None: eight bits.
    #[default]
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// A listener for devices, or boxes before them, that speak an adapter's protocol over TCP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Its name: what vouches for what it delivers.
    pub name: SourceName,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The adapter.
    pub adapter: String,
    /// Speak without TLS, on purpose.
    #[serde(default)]
    pub plain: bool,
    /// CAs (PEM) of the peers' certificates: then each must show one. Without it any peer that reaches the port may speak.
    #[serde(default)]
    pub clients: Option<PathBuf>,
    /// The device, where it does not say which it is.
    #[serde(default)]
    pub device: Option<String>,
    /// Where the devices' clocks are set, for stamps that do not say so.
    #[serde(default)]
    pub zone: ClockZone,
    /// Most connections at a time.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Most connections from one address at a time.
    #[serde(default = "default_connections")]
    pub connections_per_address: usize,
    /// Seconds after which a connection on which nothing came is closed.
    #[serde(default = "default_idle_seconds")]
    pub idle_seconds: u64,
}

/// A listener for programs that post files of devices by HTTPS requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Post {
    /// Its name: what vouches for what it delivers.
    pub name: SourceName,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The adapter.
    #[serde(default = "mapped")]
    pub adapter: String,
    /// The file that configures the adapter, such as a mapping.
    #[serde(default)]
    pub mapping: Option<PathBuf>,
    /// Speak without TLS, on purpose.
    #[serde(default)]
    pub plain: bool,
    /// CAs (PEM) of the senders' certificates: then each must show one. Without it any peer that reaches the port may post.
    #[serde(default)]
    pub clients: Option<PathBuf>,
    /// The device, where the files do not say which.
    #[serde(default)]
    pub device: Option<String>,
    /// Where the devices' clocks are set, for stamps that do not say so.
    #[serde(default)]
    pub zone: ClockZone,
    /// Most connections at a time.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Most connections from one address at a time.
    #[serde(default = "default_connections")]
    pub connections_per_address: usize,
}

fn mapped() -> String {
    "mapped".into()
}

fn serial() -> String {
    "serial".into()
}

fn default_settle_seconds() -> u64 {
    2
}

fn default_baud() -> u32 {
    9600
}

fn default_connections() -> usize {
    256
}

fn default_idle_seconds() -> u64 {
    limits::MLLP_IDLE.as_secs()
}

impl Folder {
    /// A folder of files that `mapping` says how to read.
    pub fn named(name: SourceName, path: PathBuf, mapping: PathBuf) -> Self {
        let (adapter, device, zone) = (mapped(), None, ClockZone::default());
        Self {
            name,
            path,
            adapter,
            mapping: Some(mapping),
            device,
            zone,
            settle_seconds: default_settle_seconds(),
        }
    }
}

impl Post {
    /// A listener over TLS for files that `mapping` says how to read.
    pub fn named(name: SourceName, listen: SocketAddr, mapping: PathBuf) -> Self {
        Self {
            name,
            listen,
            adapter: mapped(),
            mapping: Some(mapping),
            plain: false,
            clients: None,
            device: None,
            zone: ClockZone::default(),
            connections: default_connections(),
            connections_per_address: default_connections(),
        }
    }
}

impl Serial {
    /// A line with the protocol of docs/adapters.md.
    pub fn named(name: SourceName, line: PathBuf) -> Self {
        let (adapter, device, zone) = (serial(), None, ClockZone::default());
        Self { name, line, baud: default_baud(), parity: Parity::default(), adapter, device, zone }
    }
}

impl Stream {
    /// A listener over TLS.
    pub fn named(name: SourceName, listen: SocketAddr, adapter: &str) -> Self {
        Self {
            name,
            listen,
            adapter: adapter.into(),
            plain: false,
            clients: None,
            device: None,
            zone: ClockZone::default(),
            connections: default_connections(),
            connections_per_address: default_connections(),
            idle_seconds: default_idle_seconds(),
        }
    }

    /// How long a connection may be silent.
    pub fn idle(&self) -> Duration {
        Duration::from_secs(self.idle_seconds)
    }
}
