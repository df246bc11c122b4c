//! The maker's CA: it certifies the keys that elements generate ("Identity" in `docs/formats.md`).

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber, SignatureAlgorithm,
};
use seal::{DeviceId, Purpose, SoftwareSealerError};
use zeroize::Zeroizing;

/// Years that a device's certificate is valid: the service life of a device.
const DEVICE_YEARS: i32 = 15;
/// Years that a maker's certificate is valid.
const MAKER_YEARS: i32 = 30;

/// Why a CA or a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakerError {
    /// The library that makes certificates refused.
    #[error(transparent)]
    Certificate(#[from] rcgen::Error),
    /// A key in memory could not be made.
    #[error(transparent)]
    Key(#[from] SoftwareSealerError),
    /// Not an uncompressed point of P-256.
    #[error("the public key is no uncompressed point of P-256")]
    Point,
    /// No random serial number was to be had.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
}

/// A maker's CA with its private key.
pub struct MakerCa {
    certificate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// The point of a public key, as a certificate is to carry it.
struct Point<'a>(&'a [u8; 65]);

impl PublicKeyData for Point<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl MakerCa {
    /// A CA with a fresh key.
    ///
    /// # Errors
    /// [`MakerError`] when key or certificate cannot be made.
    pub fn generate(name: &str) -> Result<Self, MakerError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        validity(&mut params, MAKER_YEARS);
        params.serial_number = Some(serial()?);
        let certificate = params.self_signed(&key)?.der().to_vec();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// The CA of this certificate (DER) and its private key (PKCS #8 DER).
    ///
    /// # Errors
    /// [`MakerError::Certificate`] when they are none.
    pub fn from_parts(certificate: &[u8], key: &[u8]) -> Result<Self, MakerError> {
        let key = KeyPair::try_from(key)?;
        let issuer = Issuer::from_ca_cert_der(&certificate.to_vec().into(), key)?;
        Ok(Self { certificate: certificate.to_vec(), issuer })
    }

    /// Its certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its private key, PKCS #8 DER, to be stored where only the maker reads it.
    #[must_use]
    pub fn expose_secret_key(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.issuer.key().serialize_der())
    }

    /// The certificate (DER) of a device's key, given as an uncompressed point.
    ///
    /// # Errors
    /// [`MakerError`] when it cannot be made.
    pub fn certify(
        &self,
        device: &DeviceId,
        purpose: Purpose,
        point: &[u8; 65],
    ) -> Result<Vec<u8>, MakerError> {
        if point.first() != Some(&4) {
            return Err(MakerError::Point);
        }
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, device.as_str());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match purpose {
            Purpose::Seal => vec![],
            Purpose::TlsClient => vec![ExtendedKeyUsagePurpose::ClientAuth],
        };
        params.use_authority_key_identifier_extension = true;
        validity(&mut params, DEVICE_YEARS);
        params.serial_number = Some(serial()?);
        Ok(params.signed_by(&Point(point), &self.issuer)?.der().to_vec())
    }
}

impl std::fmt::Debug for MakerCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MakerCa")
    }
}

/// From the first of this month, so that a clock some days behind accepts it too, for `years` years.
fn validity(params: &mut CertificateParams, years: i32) {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let month = u8::try_from(today.month()).unwrap_or(1);
    params.not_before = rcgen::date_time_ymd(i32::from(today.year()), month, 1);
    params.not_after = rcgen::date_time_ymd(i32::from(today.year()) + years, month, 1);
}

/// 16 random bytes: unique without a register (RFC 5280 section 4.1.2.2).
fn serial() -> Result<SerialNumber, MakerError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(MakerError::Random)?;
    // Positive and without a leading zero byte.
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    Ok(SerialNumber::from_slice(&bytes))
}

#[cfg(test)]
mod tests {
    use seal::{Maker, Micros};

    use super::*;

    #[test]
    fn what_it_certifies_is_accepted_for_its_purpose_only() {
        let maker = MakerCa::generate("Test maker").unwrap();
        let again = MakerCa::from_parts(maker.certificate(), &maker.expose_secret_key()).unwrap();
        let trusted = Maker::from_der(maker.certificate()).unwrap();
        let device: DeviceId = "monitor-1".parse().unwrap();
        let key = seal::SoftwareSealer::generate().unwrap();
        let now = Micros(jiff::Timestamp::now().as_microsecond());
        for (ca, purpose, other) in
            [(maker, Purpose::Seal, Purpose::TlsClient), (again, Purpose::TlsClient, Purpose::Seal)]
        {
            let der = ca.certify(&device, purpose, key.public_point()).unwrap();
            let checked = trusted.check(&der, purpose).unwrap();
            assert_eq!(checked.key.device(), &device);
            assert_eq!(checked.key.sec1_point(), key.public_point());
            checked.validity.check(now).unwrap();
            assert!(trusted.check(&der, other).is_err());
        }
    }
}
