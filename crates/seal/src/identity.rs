//! Certificates of devices and their makers (RFC 5280), as far as a seal needs them.
//!
//! A device certificate's subject CN is the device id; it is issued directly by the maker's CA.

use x509_parser::prelude::X509Certificate;

use crate::ids::DeviceId;
use crate::verify::KeyError;

/// The device that a certificate's subject names: its only CN.
pub(crate) fn subject_device(certificate: &X509Certificate<'_>) -> Result<DeviceId, KeyError> {
    let subject = certificate.subject();
    let wrong = || KeyError::Subject(subject.to_string());
    let mut names = subject.iter_common_name();
    let (Some(name), None) = (names.next(), names.next()) else { return Err(wrong()) };
    name.as_str().map_err(|_| wrong())?.parse().map_err(|_| wrong())
}
