//! The host's side of GlobalPlatform: a secure channel to a security domain, SCP02 or SCP03, and
//! what one does over it.
//!
//! ```no_run
//! use card_link::{Aid, CardFile, CardKeys, gp::Session};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let image = std::path::Path::new("bed-1.card");
//! let keys = CardKeys::read(&CardKeys::path_beside(image))?;
//! let mut card = CardFile::open(image)?;
//! let mut session = Session::open(&mut card, &keys)?;
//! for entry in session.list()? {
//!     println!("{} {:?}", entry.aid, entry.kind);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Clauses are those of the GlobalPlatform Card Specification 2.3.1.

mod content;
mod error;
mod info;
mod keys;
mod recognition;
mod session;
mod status;

pub use content::{Installation, LoadHash, Management, Related, Selectable};
pub use error::GpError;
pub use info::{CardInfo, KeyInfo, Resources};
pub use keys::DataForm;
pub use session::{Protection, Session};
pub use status::{CardState, Entry, Kind, Lock};
