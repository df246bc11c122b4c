//! The element of a device: what holds its keys, and does with them what they are for.
//!
//! Sealing and TLS share one element, so it stands behind a lock ([`SharedElement`]); each of its commands is one
//! exchange, and nothing is kept between two of them. [`Applet`] speaks to the identity applet of
//! `docs/formats.md`; [`SoftwareElement`] makes the same bytes for tests and load tools.

mod applet;
mod provision;
mod software;
mod tls;
mod token;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seal::token::TokenAlgorithm;
use seal::{SoftwareSealerError, sha256};

pub use applet::{APPLET_AID, Applet, PACKAGE_AID, Status};
pub use provision::{Pin, ProvisionError, Provisioned, install, provision};
pub use software::SoftwareElement;
pub use tls::TlsKey;
pub use token::ElementTokens;

/// The keys of an element, with the numbers that the applet knows them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// Seals batches.
    Seal = 1,
    /// Authenticates the device in TLS.
    Tls = 2,
    /// Signs tokens, ES256.
    Token = 3,
    /// Signs tokens, HS256.
    TokenSecret = 4,
}

/// Why an element did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ElementError {
    /// It answered with another status word than 9000 (ISO/IEC 7816-4 section 5.6).
    #[error("{command} was answered with {status:04X}")]
    Status {
        /// The command's name in `docs/formats.md`.
        command: &'static str,
        /// The status word.
        status: u16,
    },
    /// It answered something that cannot be its answer.
    #[error("{command} was answered with {length} bytes that are not its answer")]
    Answer {
        /// The command's name.
        command: &'static str,
        /// How many bytes came.
        length: usize,
    },
    /// More data than a command takes.
    #[error("{command} cannot take {length} bytes")]
    Length {
        /// The command's name.
        command: &'static str,
        /// How many bytes were given.
        length: usize,
    },
    /// No answer came from it.
    #[error(transparent)]
    Link(#[from] card_link::LinkError),
    /// It has no such key.
    #[error("the element has no key for this")]
    NoKey,
    /// The software in its place failed.
    #[error(transparent)]
    Software(#[from] SoftwareSealerError),
}

/// What a device asks of its element.
pub trait Element: Send {
    /// The seal over the SHA-256 of a batch; for the last hash again, the last seal again.
    ///
    /// # Errors
    /// [`ElementError`]; asked again for the same hash, no counter is lost.
    fn seal(&mut self, batch_hash: &[u8; 32]) -> Result<Vec<u8>, ElementError>;

    /// The last seal made, none before the first.
    ///
    /// # Errors
    /// [`ElementError`]
    fn last_seal(&mut self) -> Result<Option<Vec<u8>>, ElementError>;

    /// The DER signature over the content of a TLS 1.3 client's `CertificateVerify` (RFC 8446 section 4.4.3).
    ///
    /// # Errors
    /// [`ElementError`], also for any other content.
    fn sign_tls(&mut self, content: &[u8]) -> Result<Vec<u8>, ElementError>;

    /// The signature over a JWS signing input.
    ///
    /// # Errors
    /// [`ElementError`]
    fn sign_token(&mut self, algorithm: TokenAlgorithm, input: &[u8]) -> Result<Vec<u8>, ElementError>;

    /// The uncompressed point of the key that signs tokens.
    ///
    /// # Errors
    /// [`ElementError`], also when there is none.
    fn token_key(&mut self) -> Result<[u8; 65], ElementError>;

    /// The DER certificate of a key.
    ///
    /// # Errors
    /// [`ElementError`], also when the key has none.
    fn certificate(&mut self, key: Key) -> Result<Vec<u8>, ElementError>;
}

/// An element that sealing, TLS and tokens use by turns.
#[derive(Clone)]
pub struct SharedElement(Arc<Mutex<Box<dyn Element>>>);

impl SharedElement {
    /// Puts an element behind a lock.
    #[must_use]
    pub fn new(element: impl Element + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(element))))
    }

    /// Waits for the element. A panic of another user does not spoil it: no command depends on the one before.
    fn lock(&self) -> MutexGuard<'_, Box<dyn Element>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The DER certificate of a key.
    ///
    /// # Errors
    /// [`ElementError`]
    pub fn certificate(&self, key: Key) -> Result<Vec<u8>, ElementError> {
        self.lock().certificate(key)
    }

    /// The uncompressed point of the key that signs tokens.
    ///
    /// # Errors
    /// [`ElementError`]
    pub fn token_key(&self) -> Result<[u8; 65], ElementError> {
        self.lock().token_key()
    }

    /// The seal of a batch's bytes.
    ///
    /// # Errors
    /// [`ElementError`]
    pub fn seal_batch(&self, batch: &[u8]) -> Result<Vec<u8>, ElementError> {
        self.lock().seal(&sha256(batch))
    }
}

impl seal::Sealer for SharedElement {
    type Error = ElementError;

    fn seal(&mut self, batch_hash: &[u8; 32]) -> Result<Vec<u8>, ElementError> {
        self.lock().seal(batch_hash)
    }

    fn last_seal(&mut self) -> Result<Option<Vec<u8>>, ElementError> {
        self.lock().last_seal()
    }
}

impl std::fmt::Debug for SharedElement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedElement")
    }
}
