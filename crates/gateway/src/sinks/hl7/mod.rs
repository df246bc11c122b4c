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

pub use super::FeedError;
