//! TLS client authentication with a key that stays in the element (RFC 8446 section 4.4.3).

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

use super::{ElementError, Key, SharedElement};

/// The element's TLS key as rustls uses it: ECDSA on P-256 with SHA-256, and TLS 1.3 only, since the element
/// signs nothing but what a client's `CertificateVerify` contains.
#[derive(Debug, Clone)]
pub struct TlsKey(SharedElement);

impl TlsKey {
    /// The element's TLS key with its certificate.
    ///
    /// # Errors
    /// [`ElementError`] when the element has none.
    pub fn certified(element: &SharedElement) -> Result<CertifiedKey, ElementError> {
        let certificate = CertificateDer::from(element.certificate(Key::Tls)?);
        Ok(CertifiedKey::new(vec![certificate], Arc::new(Self(element.clone()))))
    }
}

impl SigningKey for TlsKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let ours = offered.contains(&SignatureScheme::ECDSA_NISTP256_SHA256);
        ours.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for TlsKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.0
            .lock()
            .sign_tls(message)
            .map_err(|error| rustls::Error::Other(rustls::OtherError(Arc::new(Refused(error.to_string())))))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

/// The element did not sign; rustls hands it on as the reason of the failed handshake.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the element did not sign the handshake: {}", self.0)
    }
}

impl std::error::Error for Refused {}
