//! Every limit of these wires, in one place.

use std::time::Duration;

/// How long the other end of an AMQP connection may say nothing at all; it is told half of that (AMQP 1.0 section 2.4.5).
pub const AMQP_SILENCE: Duration = Duration::from_secs(40);
