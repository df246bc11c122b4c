//! The site's authority, which certifies the hospital's servers. (The maker's, which certifies the keys inside
//! elements, is [`device::maker::MakerCa`].) P-256; the key is made here and readable by the folder's owner alone.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};

/// Validity of the authority.
const AUTHORITY_DAYS: u64 = 3650;
/// Validity of a server's certificate, the longest that browsers accept.
const SERVER_DAYS: u64 = 397;

/// Why an authority or a certificate was not made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The library that makes certificates refused.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file holds no such thing.
    #[error("{}: {what}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// A site's certificate authority with its key in memory.
pub struct SiteCa {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// A server's certificate and key on disk, PEM.
#[derive(Clone, Debug)]
pub struct ServerFiles {
    /// The certificate.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

impl SiteCa {
    /// Makes an authority and writes `ca.pem` and `ca.key` into `folder`.
    ///
    /// # Errors
    /// [`PkiError`].
    pub fn create(common_name: &str, folder: &Path) -> Result<Self, PkiError> {
        let key = KeyPair::generate()?;
        let mut params = named(common_name, AUTHORITY_DAYS);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        write(&folder.join("ca.pem"), certificate.pem().as_bytes())?;
        write_secret(&folder.join("ca.key"), key.serialize_pem().as_bytes())?;
        Ok(Self { certificate: certificate.der().clone(), issuer: Issuer::new(params, key) })
    }

    /// The authority's own certificate.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Makes a server's key and certificate for the names and addresses given: `NAME.pem` and `NAME.key` in `folder`.
    ///
    /// # Errors
    /// [`PkiError`].
    pub fn certify_server(&self, names: &[&str], folder: &Path, name: &str) -> Result<ServerFiles, PkiError> {
        let key = KeyPair::generate()?;
        let mut params = named(name, SERVER_DAYS);
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        params.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer)?;
        let files = ServerFiles {
            certificate: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        };
        write(&files.certificate, certificate.pem().as_bytes())?;
        write_secret(&files.key, key.serialize_pem().as_bytes())?;
        Ok(files)
    }
}

impl std::fmt::Debug for SiteCa {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SiteCa")
    }
}

/// Parameters with a subject and a validity from an hour ago, since clocks differ.
#[must_use]
pub fn named(common_name: &str, days: u64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let now = SystemTime::now();
    params.not_before = (now - Duration::from_secs(3600)).into();
    params.not_after = (now + Duration::from_secs(days * 86_400)).into();
    params.use_authority_key_identifier_extension = true;
    params
}

/// DER as PEM with the label given (RFC 7468).
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The first certificate of a PEM file.
pub(crate) fn certificate(path: &Path) -> Result<CertificateDer<'static>, PkiError> {
    let form = |error: pem::Error| PkiError::Form { path: path.into(), what: error.to_string() };
    CertificateDer::from_pem_file(path).map_err(form)
}

/// Writes a whole file beside its final name and moves it there, so that no reader sees half of it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), PkiError> {
    let failed = |source| PkiError::File { path: path.into(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, path)).map_err(failed)
}

/// As [`write`], readable by the owner alone; what stood there before is replaced at once.
pub(crate) fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), PkiError> {
    let failed = |source| PkiError::File { path: path.into(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let put = || {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    put().map_err(failed)
}
