//! Certificates of devices and their makers (RFC 5280), as far as a seal needs them.
//!
//! A maker's CA issues two certificates directly to each device, with its device id as the subject's only CN:
//! one for the seal key and one for the TLS client key, told apart by the extended key usage `clientAuth`.
//! Keys and signatures are ECDSA on P-256 with SHA-256, nothing else. [`Maker::check`] is the only way to a
//! [`DeviceCertificate`]; whether the device was revoked is the enrolment's knowledge, not the certificate's.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::ids::{DeviceId, Micros};
use crate::limits;
use crate::verify::{KeyError, VerifyingKey};

/// ecdsa-with-SHA256 (RFC 5758 section 3.2).
const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";

/// Why a certificate is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No certificate, or one without a device id or P-256 key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Issued by another authority than this maker.
    #[error("issued by {issuer:?}, the maker is {maker:?}")]
    Issuer {
        /// The issuer it names.
        issuer: String,
        /// The maker that was asked.
        maker: String,
    },
    /// Its signature is not the maker's, or not ECDSA with SHA-256.
    #[error("the certificate's signature is not the maker's")]
    Signature,
    /// Not yet or no longer valid.
    #[error("valid from {not_before} to {not_after} (microseconds), asked about {at}")]
    Validity {
        /// First instant of its validity.
        not_before: i64,
        /// Last instant of its validity.
        not_after: i64,
        /// The instant asked about.
        at: i64,
    },
    /// A CA where a device is wanted, or the other way round, or a key for another purpose.
    #[error("not meant for this: {0}")]
    Usage(&'static str),
}

/// What a device's key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Sealing batches.
    Seal,
    /// TLS client authentication.
    TlsClient,
}

/// A span of time, both ends in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first instant.
    pub not_before: Micros,
    /// The last instant.
    pub not_after: Micros,
}

impl Validity {
    fn of(certificate: &X509Certificate<'_>) -> Self {
        let micros = |seconds: i64| Micros(seconds.saturating_mul(1_000_000));
        let validity = certificate.validity();
        // The last second is valid to its end.
        let not_after = micros(validity.not_after.timestamp()).plus(999_999);
        Self { not_before: micros(validity.not_before.timestamp()), not_after }
    }

    /// Checks that `at` lies in it.
    ///
    /// # Errors
    /// [`IdentityError::Validity`] when it does not.
    pub fn check(&self, at: Micros) -> Result<(), IdentityError> {
        if (self.not_before..=self.not_after).contains(&at) {
            return Ok(());
        }
        Err(IdentityError::Validity { not_before: self.not_before.0, not_after: self.not_after.0, at: at.0 })
    }
}

/// A maker's CA that is trusted.
#[derive(Debug, Clone)]
pub struct Maker {
    der: Vec<u8>,
    name: Vec<u8>,
    shown: String,
    key: ParsedPublicKey,
}

/// A device certificate that a maker issued.
#[derive(Debug, Clone)]
pub struct DeviceCertificate {
    /// The key it certifies, with its device.
    pub key: VerifyingKey,
    /// When it may be relied on.
    pub validity: Validity,
    /// What the key is for.
    pub purpose: Purpose,
    /// Its serial number, big-endian.
    pub serial: Vec<u8>,
}

impl Maker {
    /// The CA of this certificate, trusted because the caller says so.
    ///
    /// # Errors
    /// [`IdentityError`] when it is no CA certificate with a P-256 key.
    pub fn from_der(der: &[u8]) -> Result<Self, IdentityError> {
        let certificate = parse(der)?;
        if !certificate.is_ca() {
            return Err(IdentityError::Usage("a maker's certificate must be that of a CA"));
        }
        if let Ok(Some(usage)) = certificate.key_usage()
            && !usage.value.key_cert_sign()
        {
            return Err(IdentityError::Usage("the maker's key may not sign certificates"));
        }
        let point = certificate.public_key().subject_public_key.data.as_ref();
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| KeyError::NotP256)?;
        let subject = certificate.subject();
        Ok(Self { der: der.to_vec(), name: subject.as_raw().to_vec(), shown: subject.to_string(), key })
    }

    /// The certificate's bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The subject's name, to be shown.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shown
    }

    /// Checks that this maker issued `der` to a device for `purpose`. When it is valid is the caller's to check
    /// ([`Validity::check`]), since a record is judged by the time of its batches.
    ///
    /// # Errors
    /// [`IdentityError`]; nothing of the certificate may then be relied on.
    pub fn check(&self, der: &[u8], purpose: Purpose) -> Result<DeviceCertificate, IdentityError> {
        let certificate = parse(der)?;
        if certificate.issuer().as_raw() != self.name {
            let issuer = certificate.issuer().to_string();
            return Err(IdentityError::Issuer { issuer, maker: self.shown.clone() });
        }
        let algorithm = &certificate.signature_algorithm;
        if *algorithm != certificate.tbs_certificate.signature
            || algorithm.algorithm.to_id_string() != ECDSA_WITH_SHA256
        {
            return Err(IdentityError::Signature);
        }
        let signature = certificate.signature_value.data.as_ref();
        self.key
            .verify_sig(certificate.tbs_certificate.as_ref(), signature)
            .map_err(|_| IdentityError::Signature)?;
        check_usage(&certificate, purpose)?;
        let serial = certificate.raw_serial().to_vec();
        let key = VerifyingKey::from_certificate_der(der)?;
        Ok(DeviceCertificate { key, validity: Validity::of(&certificate), purpose, serial })
    }
}

/// A certificate of reasonable size, and nothing after it.
pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, KeyError> {
    let problem = |problem: String| KeyError::Certificate { bytes: der.len(), problem };
    if der.len() > limits::CERTIFICATE_BYTES {
        return Err(problem("too long".into()));
    }
    let (rest, certificate) = X509Certificate::from_der(der).map_err(|e| problem(e.to_string()))?;
    if !rest.is_empty() {
        return Err(problem(format!("{} bytes too many", rest.len())));
    }
    Ok(certificate)
}

/// The device that a certificate's subject names: its only CN.
pub(crate) fn subject_device(certificate: &X509Certificate<'_>) -> Result<DeviceId, KeyError> {
    let subject = certificate.subject();
    let wrong = || KeyError::Subject(subject.to_string());
    let mut names = subject.iter_common_name();
    let (Some(name), None) = (names.next(), names.next()) else { return Err(wrong()) };
    name.as_str().map_err(|_| wrong())?.parse().map_err(|_| wrong())
}

/// Basic constraints, key usage, extended key usage and unknown critical extensions (RFC 5280 section 4.2).
fn check_usage(certificate: &X509Certificate<'_>, purpose: Purpose) -> Result<(), IdentityError> {
    if certificate.is_ca() {
        return Err(IdentityError::Usage("a CA's certificate is no device's"));
    }
    let mut tls_client = false;
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::KeyUsage(usage) if !usage.digital_signature() => {
                return Err(IdentityError::Usage("the key may not sign"));
            }
            ParsedExtension::ExtendedKeyUsage(usage) => tls_client = usage.client_auth,
            ParsedExtension::KeyUsage(_) | ParsedExtension::BasicConstraints(_) => {}
            _ if extension.critical => {
                return Err(IdentityError::Usage("a critical extension that is not understood"));
            }
            _ => {}
        }
    }
    match (purpose, tls_client) {
        (Purpose::Seal, false) | (Purpose::TlsClient, true) => Ok(()),
        (Purpose::Seal, true) => Err(IdentityError::Usage("a TLS client key cannot seal")),
        (Purpose::TlsClient, false) => Err(IdentityError::Usage("not a TLS client key")),
    }
}
