//! Every limit of the agent, in one place.

use std::time::Duration;

/// Live bytes that a spool holds when the configuration says nothing: about ten hours of a bedside monitor.
pub const SPOOL_BYTES: u64 = 64 * 1024 * 1024;
/// A spool is written anew once this many of its bytes are dead, and more than are alive.
pub const SPOOL_DEAD_BYTES: u64 = 1024 * 1024;
/// Batches on their way at a time; the gateway may grant fewer (MQTT 5.0 section 3.2.2.3.3).
pub const IN_FLIGHT: usize = 16;
/// After this many refusals for a gap before it, the oldest batch is set aside: nothing that would fill the gap is left.
pub const GAP_RESENDS: u32 = 3;
/// Shortest and longest pause before connecting anew.
pub const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));
/// Time that TCP, TLS and CONNECT may take together.
pub const CONNECT: Duration = Duration::from_secs(15);
/// Time within which an answer to PINGREQ must come.
pub const PING_ANSWER: Duration = Duration::from_secs(10);
/// Time that an answer to a request may take: a gateway under load commits within a few seconds.
pub const ANSWER: Duration = Duration::from_secs(30);
/// Longest answer read, in bytes.
pub const REPLY_BYTES: usize = 64 * 1024;
/// Longest request with several batches, in bytes; below what a gateway takes.
pub const REQUEST_BYTES: usize = 768 * 1024;
/// How long an assertion holds (five minutes at most).
pub const ASSERTION_LIFE: Duration = Duration::from_secs(2 * 60);
/// Longest life of an access token that is believed.
pub const TOKEN_LONGEST: Duration = Duration::from_secs(30 * 60 * 60);
/// Keep-alive asked of the gateway, in seconds (MQTT 5.0 section 3.1.2.10).
pub const KEEP_ALIVE_S: u16 = 30;
/// Longest packet taken from a gateway, in bytes: its messages to a device are short.
pub const PACKET_BYTES: u32 = 16 * 1024;
/// How long a stopping agent waits for acknowledgements of what it has spooled.
pub const DRAIN: Duration = Duration::from_secs(3);
/// Shortest and longest time that a batch covers.
pub const INTERVAL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(60));
