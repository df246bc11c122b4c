//! Every limit of the load generator, in one place.

use std::ops::Range;
use std::time::Duration;

/// Longest time that one run may last.
pub const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// How long one lasts that says nothing of it.
pub const USUAL: Duration = Duration::from_secs(10);
/// Most connections at a time.
pub const CONNECTIONS: usize = 16 * 1024;
/// Connections that are being made at a time, so that handshakes do not time out behind each other.
pub const CONNECTING: usize = 64;
/// Most messages of one connection under way at a time.
pub const WINDOW: usize = 1024;
/// Highest rate of all connections together, in messages a second.
pub const RATE: f64 = 10_000_000.0;
/// How long a connection may take, its handshake included.
pub const CONNECT: Duration = Duration::from_secs(20);
/// How long answers are waited for when all has been sent.
pub const DRAIN: Duration = Duration::from_secs(15);
/// First and longest pause before a lost connection is made again.
pub const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// A quiet connection says that it lives this often.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Different words of refusal that are counted apart.
pub const WORDS: usize = 100;
/// Latencies are told to a thousandth, up to this one.
pub const LATENCY_US: u64 = 3_600_000_000;
/// Batches that a device seals before the first is sent, so that sealing does not slow the run down.
pub const SEALED_AHEAD: usize = 20_000;
/// Entries of a ledger.
pub const LEDGER: usize = 20_000_000;
/// Bytes read at a time.
pub const READ_BYTES: usize = 16 * 1024;
/// Longest packet that a gateway or broker sends us, in bytes.
pub const PACKET_BYTES: usize = 64 * 1024;
/// Most devices of a fleet.
pub const DEVICES: usize = 100_000;
/// Ports of what is stopped and started again: below those that systems give to outgoing connections (Linux: from 32,768).
pub const PORTS: Range<u16> = 12_000..32_000;
