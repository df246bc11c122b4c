//! A feed of HL7 v2 messages (IHE PCD-01) to a record over MLLP.
//!
//! AA and CA move on. Any other answer lays the message aside, with the reason, and writes it to the audit log. A batch whose device was with no patient has nobody's
//! record to go to and is laid aside as well. What may have been sent before says so (`resent`), with the same MSH-10.

mod carry;
mod link;
mod prepare;

pub use carry::start;
pub use link::LinkError;
pub(crate) use prepare::person;

/// Why a feed cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Neither a CA nor the wish to send without TLS.
    #[error("feed {0}: name the CA of its certificate, or say plain = true to send without TLS")]
    Unprotected(String),
    /// The address is not a host and a port.
    #[error("feed {feed}: {address:?} is not HOST:PORT")]
    Address {
        /// The feed's name.
        feed: String,
        /// What was given.
        address: String,
    },
    /// The CA's file cannot be used.
    #[error("feed {feed}: {detail}")]
    Ca {
        /// The feed's name.
        feed: String,
        /// Why not.
        detail: String,
    },
    /// More messages under way than [`crate::limits::FEED_IN_FLIGHT`], or none.
    #[error("feed {feed}: in_flight = {in_flight} is not between 1 and 64")]
    InFlight {
        /// The feed's name.
        feed: String,
        /// What was given.
        in_flight: usize,
    },
}
