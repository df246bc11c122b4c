//! Every limit of these wires, in one place.

use std::time::Duration;

/// How often a quiet HTTP/2 connection is asked whether it lives, and how long it may take to say so.
pub const HTTP2_QUIET: Duration = Duration::from_secs(30);
/// See [`HTTP2_QUIET`].
pub const HTTP2_ANSWER: Duration = Duration::from_secs(10);
/// How long the other end of an AMQP connection may say nothing at all; it is told half of that (AMQP 1.0 section 2.4.5).
pub const AMQP_SILENCE: Duration = Duration::from_secs(40);
