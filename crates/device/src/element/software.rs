//! Keys in memory in the place of an element: for tests and for tools that load a gateway, never for a device.

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, SigningKey};
use seal::token::{SoftwareTokenKey, TokenAlgorithm, TokenSigner as _};
use seal::{DeviceId, Purpose, Sealer, SoftwareSealer, SoftwareSealerError};

use super::{Element, ElementError, Key};
use crate::maker::{MakerCa, MakerError};

/// Makes the bytes that the identity applet makes. It survives nothing and hides nothing.
#[derive(Debug)]
pub struct SoftwareElement {
    sealer: SoftwareSealer,
    seal_certificate: Vec<u8>,
    tls: KeyPair,
    tls_certificate: Vec<u8>,
    token: SoftwareTokenKey,
}

impl SoftwareElement {
    /// One with fresh keys, certified by `maker` for `device`.
    ///
    /// # Errors
    /// [`MakerError`] when a key or certificate cannot be made.
    pub fn generate(maker: &MakerCa, device: &DeviceId) -> Result<Self, MakerError> {
        let sealer = SoftwareSealer::generate()?;
        let tls = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let tls_point = tls.public_key_raw().try_into().map_err(|_| MakerError::Point)?;
        let seal_certificate = maker.certify(device, Purpose::Seal, sealer.public_point())?;
        let tls_certificate = maker.certify(device, Purpose::TlsClient, tls_point)?;
        let token = SoftwareTokenKey::generate()?;
        Ok(Self { sealer, seal_certificate, tls, tls_certificate, token })
    }

    /// Its sealer, for tools that make it do what an element would not.
    pub fn sealer(&mut self) -> &mut SoftwareSealer {
        &mut self.sealer
    }
}

impl Element for SoftwareElement {
    fn seal(&mut self, batch_hash: &[u8; 32]) -> Result<Vec<u8>, ElementError> {
        Ok(self.sealer.seal(batch_hash)?)
    }

    fn last_seal(&mut self) -> Result<Option<Vec<u8>>, ElementError> {
        Ok(self.sealer.last_seal()?)
    }

    fn sign_tls(&mut self, content: &[u8]) -> Result<Vec<u8>, ElementError> {
        self.tls.sign(content).map_err(|_| SoftwareSealerError::Refused.into())
    }

    fn sign_token(&mut self, algorithm: TokenAlgorithm, input: &[u8]) -> Result<Vec<u8>, ElementError> {
        match algorithm {
            TokenAlgorithm::Es256 => Ok(self.token.sign(input)?),
            TokenAlgorithm::Hs256 => Err(ElementError::NoKey),
        }
    }

    fn token_key(&mut self) -> Result<[u8; 65], ElementError> {
        Ok(*self.token.public_point())
    }

    fn certificate(&mut self, key: Key) -> Result<Vec<u8>, ElementError> {
        match key {
            Key::Seal => Ok(self.seal_certificate.clone()),
            Key::Tls => Ok(self.tls_certificate.clone()),
            Key::Token | Key::TokenSecret => Err(ElementError::NoKey),
        }
    }
}
