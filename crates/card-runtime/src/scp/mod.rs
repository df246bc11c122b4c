//! Secure channels: what SCP02 (Card Specification 2.3.1, appendix E) and SCP03 (Amendment D 1.1.2) have in common, and
//! one type for either.
//!
//! Both open alike. The host sends a challenge, the card answers with its own and a cryptogram over both, and the host
//! answers with another cryptogram and the first MAC. From then on every command carries a MAC chained to the one before.
//!
//! ```text
//! StaticKeys + Protocol + challenges ─► Session (cryptograms) ─► Channel at a Level (wrap, unwrap)
//! ```
//!
//! [`Channel`] serves both ends; a host and a card that share a [`Session`] each hold one.

mod forms;
mod keys;
mod level;
mod protocol;
mod session;

pub use keys::{KeyKind, StaticKeys, StaticKeysError};
pub use level::{ChannelError, Level};
pub use protocol::{Protocol, Scp02Options, Scp03Options};
pub use session::{Channel, Handshake, Session};

pub(crate) use forms::{assemble, length_field, pad, protected_class, secure_class, unpad};
