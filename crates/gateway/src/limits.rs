//! Every hard limit of the gateway, in one place.

use std::time::Duration;

/// Largest sealed batch accepted, in bytes: the batch's 256 KiB (docs/formats.md, "Batch") and its seal.
pub const SEALED_BATCH_BYTES: usize = 256 * 1024 + 1024;

/// Largest MQTT packet accepted: a sealed batch, its topic and the packet's properties.
pub const MQTT_PACKET_BYTES: usize = SEALED_BATCH_BYTES + 1024;

/// Unacknowledged PUBLISH packets a device may have under way (MQTT 5.0 section 3.1.2.11.3, Receive Maximum).
pub const MQTT_IN_FLIGHT: u16 = 64;

/// Messages waiting for one verifying worker; a full queue makes the source wait, and so the device.
pub const VERIFY_QUEUE: usize = 256;

/// Jobs waiting for the committer.
pub const COMMIT_QUEUE: usize = 1024;

/// Most jobs one transaction takes.
pub const COMMIT_GROUP: usize = 1024;

/// Events a slow listener of the live feed may lie behind before it misses some.
pub const LIVE_FEED: usize = 4096;

/// Rows one page of a listing holds at most.
pub const PAGE_ROWS: usize = 1000;

/// How long a graceful stop waits for what is under way.
pub const DRAIN: Duration = Duration::from_secs(10);

/// How far into the future a batch's time may lie when nothing else is configured.
pub const CLOCK_AHEAD: Duration = Duration::from_secs(60);

/// How far into the past: a device may spool through a long outage.
pub const CLOCK_BEHIND: Duration = Duration::from_secs(30 * 24 * 3600);

/// Connections that read the store at a time.
pub const READERS: usize = 8;
