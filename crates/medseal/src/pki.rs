//! The site's authority, which certifies the hospital's servers. (The maker's, which certifies the keys inside
//! elements, is [`device::maker::MakerCa`].) P-256; the key is made here and readable by the folder's owner alone.

use crate::exit::{Outcome, Problem, write, write_secret};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Validity of the authority.
const AUTHORITY_DAYS: u64 = 3650;
/// Validity of a server's certificate, the longest that browsers accept.
const SERVER_DAYS: u64 = 397;

/// A site's certificate authority with its key in memory.
pub(crate) struct SiteCa {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// A server's certificate and key on disk, PEM.
pub(crate) struct ServerFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl SiteCa {
    /// Makes an authority and writes `ca.pem` and `ca.key` into `folder`.
    pub(crate) fn create(common_name: &str, folder: &Path) -> Outcome<Self> {
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = named(common_name, AUTHORITY_DAYS);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key).map_err(failed)?;
        write(&folder.join("ca.pem"), certificate.pem().as_bytes())?;
        write_secret(&folder.join("ca.key"), key.serialize_pem().as_bytes())?;
        Ok(Self { certificate: certificate.der().clone(), issuer: Issuer::new(params, key) })
    }

    /// The authority's own certificate.
    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Makes a server's key and certificate for the names and addresses given: `NAME.pem` and `NAME.key` in `folder`.
    pub(crate) fn certify_server(&self, names: &[&str], folder: &Path, name: &str) -> Outcome<ServerFiles> {
        let key = KeyPair::generate().map_err(failed)?;
        let mut params = named(name, SERVER_DAYS);
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        params.subject_alt_names = CertificateParams::new(names).map_err(failed)?.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let files = ServerFiles {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        write(&files.certificate, certificate.pem().as_bytes())?;
        write_secret(&files.key, key.serialize_pem().as_bytes())?;
        Ok(files)
    }
}

/// Parameters with a subject and a validity from an hour ago, since clocks differ.
pub(crate) fn named(common_name: &str, days: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let now = SystemTime::now();
    params.not_before = (now - Duration::from_secs(3600)).into();
    params.not_after = (now + Duration::from_secs(days * 86_400)).into();
    params.use_authority_key_identifier_extension = true;
    params
}

fn failed(error: rcgen::Error) -> Problem {
    Problem::Machine(format!("certificate: {error}"))
}

/// DER as PEM with the label given (RFC 7468).
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
