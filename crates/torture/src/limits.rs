//! Every limit of the torture, in one place.

use std::time::Duration;

/// Longest run.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// Shortest run: below, not every fault finds its turn.
pub const SHORTEST: Duration = Duration::from_secs(5);
/// How long a process may take until it listens; machines are shared.
pub const STARTS: Duration = Duration::from_secs(120);
/// How long the gateway may take to end after SIGTERM: its own drain and some more.
pub const ENDS: Duration = Duration::from_secs(60);
/// How long feeds may make no progress at the end before they are said to be stuck: more than their longest pause.
pub const STUCK: Duration = Duration::from_secs(90);
/// How long a trick waits for its answer through all faults.
pub const ANSWER: Duration = Duration::from_secs(60);
/// Longest time that one fault lasts.
pub const FAULT: Duration = Duration::from_secs(4);
/// Room on the gateway's disk, in bytes, and how much more for each second of a run: several times what is stored.
pub const DISK: (u64, u64) = (64 << 20, 2 << 20);
/// How soon a renewed certificate of the gateway must be shown: it looks every five seconds, and the machine is shared.
pub const RENEWAL: Duration = Duration::from_secs(20);
/// How long each sync of a slow disk is held back, in milliseconds, from and to.
pub const SLOW_SYNC: (usize, usize) = (30, 400);
/// Connects of one burst.
pub const CONNECTS: usize = 10_000;
/// Threads that make them.
pub const CONNECT_THREADS: usize = 4;
/// Connects a second that a burst aims at.
pub const CONNECTS_PER_SECOND: usize = 10_000;
/// Connections that dawdle at a time, for each port.
pub const DAWDLERS: usize = 40;
/// Messages of one flood.
pub const FLOOD: usize = 3_000;
/// Malformed inputs of one round, for each port.
pub const MALFORMED: usize = 40;
/// Malformed messages of one round to each broker.
pub const MALFORMED_BEHIND: usize = 10;
/// Longest malformed input, in bytes.
pub const MALFORMED_BYTES: usize = 64 * 1024;
/// Findings told one by one.
pub const TOLD: usize = 20;
/// Devices for each way in of sealed batches.
pub const DEVICES: usize = 4;
/// Connections of the bedside gateways.
pub const BEDSIDES: usize = 4;
