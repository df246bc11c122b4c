//! What we show to prove who we are: a certificate and its key, of files that are renewed while the gateway runs.
//!
//! Every handshake asks [`Shown`] anew, so that a renewed certificate needs no new listener and connections that exist stay as they are. What
//! the files hold is taken up only when it can be used: certificate and key fit each other, and it is valid now. Until then what was
//! shown before goes on being shown, since files are written one after the other and half a pair must shut no door.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use seal::Micros;
use zeroize::Zeroizing;

use super::{TlsError, file};
use crate::certificates::Lasts;
use crate::config::Tls;

/// A certificate with its key, as the files held them when they could last be used.
pub(crate) struct Shown {
    files: Tls,
    held: RwLock<Arc<Held>>,
}

/// What is shown at a moment.
struct Held {
    pair: Arc<CertifiedKey>,
    lasts: Lasts,
    /// SHA-256 over both files, so that nothing is read anew that has not changed.
    digest: [u8; 32],
}

impl Shown {
    /// Reads certificate and key.
    pub(crate) fn read(files: &Tls) -> Result<Self, TlsError> {
        let held = Held::of(files, &Texts::read(files)?)?;
        Ok(Self { files: files.clone(), held: RwLock::new(Arc::new(held)) })
    }

    /// Takes up what the files hold by now, and says how long it lasts; nothing when it is what is shown already.
    pub(crate) fn renew(&self, now: Micros) -> Result<Option<Lasts>, TlsError> {
        let texts = Texts::read(&self.files)?;
        if texts.digest() == self.held().digest {
            return Ok(None);
        }
        let held = Held::of(&self.files, &texts)?;
        let lasts = held.lasts.clone();
        if !lasts.holds_at(now) {
            let (path, Lasts { from, until, .. }) = (self.files.certificate.clone(), lasts);
            return Err(TlsError::NotNow { path, from, until });
        }
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(held);
        Ok(Some(lasts))
    }

    /// How long what is shown lasts, the certificates that lead to its CA included.
    pub(crate) fn lasts(&self) -> Lasts {
        self.held().lasts.clone()
    }

    pub(crate) fn files(&self) -> &Tls {
        &self.files
    }

    fn held(&self) -> Arc<Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Shown").field(&self.files.certificate).finish()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.held().pair.clone())
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.held().pair.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The files' content.
struct Texts {
    chain: Vec<u8>,
    key: Zeroizing<Vec<u8>>,
}

impl Texts {
    fn read(files: &Tls) -> Result<Self, TlsError> {
        let read = |path: &std::path::Path| {
            std::fs::read(path).map_err(|source| TlsError::Read { path: path.into(), source })
        };
        Ok(Self { chain: read(&files.certificate)?, key: Zeroizing::new(read(&files.key)?) })
    }

    fn digest(&self) -> [u8; 32] {
        let digests = [seal::sha256(&self.chain), seal::sha256(&self.key)];
        seal::sha256(&digests.concat())
    }
}

impl Held {
    fn of(files: &Tls, texts: &Texts) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(&texts.chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(file(&files.certificate))?;
        let lasts = Lasts::of_chain(&chain)
            .map_err(|what| TlsError::Certificate { path: files.certificate.clone(), what })?;
        let key = PrivateKeyDer::from_pem_slice(&texts.key).map_err(file(&files.key))?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let pair = Arc::new(CertifiedKey::from_der(chain, key, &provider)?);
        Ok(Self { pair, lasts, digest: texts.digest() })
    }
}

/// What all listeners show, each pair of files once however many of them show it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identities(Arc<Mutex<Vec<Arc<Shown>>>>);

impl Identities {
    /// What these files hold.
    pub(crate) fn of(&self, files: &Tls) -> Result<Arc<Shown>, TlsError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = all.iter().find(|shown| shown.files == *files) {
            return Ok(shown.clone());
        }
        let shown = Arc::new(Shown::read(files)?);
        all.push(shown.clone());
        Ok(shown)
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<Shown>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::store::now;

    /// A certificate with its key as PEM, valid between these hours from now.
    fn made(from: i64, until: i64) -> (String, String) {
        let hours = |hours: i64| {
            let span = Duration::from_secs(hours.unsigned_abs() * 3600);
            if hours < 0 { SystemTime::now() - span } else { SystemTime::now() + span }
        };
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".into()]).unwrap();
        (params.not_before, params.not_after) = (hours(from).into(), hours(until).into());
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn what_can_be_used_is_taken_up_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let files = Tls { certificate: folder.path().join("a.pem"), key: folder.path().join("a.key") };
        let put = |(certificate, key): &(String, String)| {
            std::fs::write(&files.certificate, certificate).unwrap();
            std::fs::write(&files.key, key).unwrap();
        };
        let (first, second) = (made(-1, 10), made(-1, 20));
        put(&first);
        let shown = Shown::read(&files).unwrap();
        let held = || shown.held().digest;
        assert_eq!(shown.renew(now()).unwrap(), None, "nothing has changed");
        let before = held();

        put(&(second.0.clone(), first.1.clone()));
        let error = shown.renew(now()).unwrap_err();
        assert!(matches!(error, TlsError::Unusable(_)), "half a pair: {error}");
        put(&(String::new(), second.1.clone()));
        assert!(matches!(shown.renew(now()), Err(TlsError::Certificate { .. })), "a file written to half");
        for not_now in [made(-20, -1), made(1, 20)] {
            put(&not_now);
            assert!(matches!(shown.renew(now()), Err(TlsError::NotNow { .. })));
        }
        std::fs::remove_file(&files.key).unwrap();
        assert!(matches!(shown.renew(now()), Err(TlsError::Read { .. })));
        assert_eq!(held(), before, "all that while the first is shown");

        put(&second);
        let lasts = shown.renew(now()).unwrap().unwrap();
        assert_eq!((lasts, true), (shown.lasts(), held() != before));
        assert_eq!(shown.renew(now()).unwrap(), None);
    }

    #[test]
    fn listeners_of_the_same_files_show_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let files = Tls { certificate: folder.path().join("a.pem"), key: folder.path().join("a.key") };
        let identities = Identities::default();
        assert!(identities.of(&files).is_err() && identities.all().is_empty());
        let (certificate, key) = made(-1, 1);
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        assert!(Arc::ptr_eq(&identities.of(&files).unwrap(), &identities.of(&files).unwrap()));
        assert_eq!(identities.all().len(), 1);
    }
}
