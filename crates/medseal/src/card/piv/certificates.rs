//! Certificates for the card's keys.

use super::host::Slot;
use crate::exit::{Outcome, Problem};
use crate::pki::named;
use rcgen::{
    BasicConstraints, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SubjectPublicKeyInfo,
};

/// Days that a card is good for.
const DAYS: u64 = 3 * 365;

/// A SubjectPublicKeyInfo of P-256 up to the point (RFC 5480, 2).
pub(super) const P256_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86,
    0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// An authority whose key is forgotten with it.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
}

impl Authority {
    pub(super) fn create(name: &str) -> Outcome<Self> {
        let key = KeyPair::generate().map_err(Problem::machine)?;
        let mut params = named(&format!("Authority for {name}"), DAYS);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).map_err(Problem::machine)?.der().to_vec();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    pub(super) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// A certificate of a public key, 04 x y, for what its slot is for.
    pub(super) fn certify(&self, point: &[u8; 65], slot: Slot, name: &str) -> Outcome<Vec<u8>> {
        let key =
            SubjectPublicKeyInfo::from_der(&[&P256_INFO[..], point].concat()).map_err(Problem::machine)?;
        let mut params = named(name, DAYS);
        let (usages, extended) = match slot {
            Slot::Authentication => {
                (vec![KeyUsagePurpose::DigitalSignature], vec![ExtendedKeyUsagePurpose::ClientAuth])
            }
            Slot::Signature => {
                (vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment], Vec::new())
            }
            Slot::KeyManagement => (vec![KeyUsagePurpose::KeyAgreement], Vec::new()),
            Slot::CardAuthentication => (vec![KeyUsagePurpose::DigitalSignature], Vec::new()),
        };
        params.key_usages = usages;
        params.extended_key_usages = extended;
        Ok(params.signed_by(&key, &self.issuer).map_err(Problem::machine)?.der().to_vec())
    }
}
