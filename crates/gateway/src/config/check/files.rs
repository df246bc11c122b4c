//! Files that the configuration names: certificates that are over or not another's key's, CAs that are none, secrets that others can read.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::Checker;
use crate::alarms::Rules;
use crate::config::{FeedKind, Remote, Tls};
use crate::sinks::hl7;

/// A certificate that ends within this many seconds is told of.
const SOON: i64 = 30 * 24 * 3600;

/// What a certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Server,
    Client,
}

impl Checker<'_> {
    pub(super) fn files(&mut self) {
        let config = self.config;
        if config.data.exists() && !config.data.is_dir() {
            let problem = format!("{} is no folder", config.data.display());
            self.error("data", problem, "name a folder; it is made when it is missing");
        }
        self.credentials("tls", &config.tls, Use::Server);
        for (index, maker) in config.makers.iter().enumerate() {
            self.maker(&format!("makers.{index}"), maker);
        }
        for (index, source) in config.sources.mllp.iter().enumerate() {
            self.authority(&format!("sources.mllp.{index}.clients"), source.clients.as_deref());
        }
        for (index, broker) in config.sources.mqtt_broker.iter().enumerate() {
            self.remote(&format!("sources.mqtt_broker.{index}.at"), &broker.at);
        }
        for (index, queue) in config.sources.amqp.iter().enumerate() {
            self.remote(&format!("sources.amqp.{index}.at"), &queue.at);
        }
        for (index, feed) in config.feeds.iter().enumerate() {
            self.authority(&format!("feeds.{index}.ca"), feed.ca.as_deref());
            if let Some(client) = &feed.client {
                self.credentials(&format!("feeds.{index}.client"), client, Use::Client);
            }
            if let Some(client) = feed.kind.fhir().and_then(|fhir| fhir.authorization.as_ref()) {
                self.private_key(&format!("feeds.{index}.authorization.key"), &client.key);
            }
            if let FeedKind::Oru(_, oru) = &feed.kind
                && let Err(error) = hl7::dialect(&feed.name, &oru.dialect)
            {
                let advice =
                    "`medseal feed profiles` lists what is built in, docs/formats.md has the form of a file";
                self.error(&format!("feeds.{index}.dialect"), error.to_string(), advice);
            }
        }
        let secrets = config.tokens.iter().flat_map(|tokens| &tokens.secrets).enumerate();
        for (index, shared) in secrets {
            self.secret(&format!("tokens.secrets.{index}.jwk"), &shared.jwk);
        }
        if let Err(error) = Rules::load(config.alarms.as_deref()) {
            let problem = error.to_string().trim_end().to_owned();
            self.error("alarms", problem, "its form is that of standards/clinical/alarm-limits.toml");
        }
    }

    fn remote(&mut self, table: &str, remote: &Remote) {
        self.authority(&format!("{table}.ca"), remote.ca.as_deref());
        if let Some(client) = &remote.client {
            self.credentials(&format!("{table}.client"), client, Use::Client);
        }
        if let Some(password) = &remote.password {
            self.secret(&format!("{table}.password"), password);
        }
    }

    fn read(&mut self, key: &str, path: &Path) -> Option<Vec<u8>> {
        match std::fs::read(path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                let problem = format!("{}: {error}", path.display());
                self.error(key, problem, "name a file that the gateway's user can read");
                None
            }
        }
    }

    /// Reads a file that only the gateway should be able to read.
    fn secret(&mut self, key: &str, path: &Path) -> Option<Vec<u8>> {
        let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
        if mode & 0o007 != 0 {
            self.warning(
                key,
                format!("{} is a secret, and every user of this machine can read it", path.display()),
                format!("chmod 600 {}", path.display()),
            );
        }
        self.read(key, path)
    }

    /// A key that signs assertions.
    fn private_key(&mut self, key: &str, path: &Path) {
        if let Some(pem) = self.secret(key, path)
            && PrivateKeyDer::from_pem_slice(&pem).is_err()
        {
            let problem = format!("{} holds no private key", path.display());
            self.error(key, problem, "name a private key on P-384 in PEM (PKCS #8)");
        }
    }

    /// A certificate with its chain, and its key.
    pub(super) fn credentials(&mut self, table: &str, files: &Tls, purpose: Use) {
        let key_at = format!("{table}.key");
        let chain = self.certificates(&format!("{table}.certificate"), &files.certificate);
        let key = self.secret(&key_at, &files.key);
        let (Some(chain), Some(key)) = (chain, key) else { return };
        let place = format!("{table}.certificate");
        for der in &chain {
            self.validity(&place, &files.certificate, der);
        }
        if let Some(leaf) = chain.first() {
            self.purpose(&place, &files.certificate, leaf, purpose);
        }
        let Ok(key) = PrivateKeyDer::from_pem_slice(&key) else {
            let problem = format!("{} holds no private key", files.key.display());
            return self.error(&key_at, problem, "name the certificate's private key in PEM (PKCS #8)");
        };
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        if let Err(error) = CertifiedKey::from_der(chain, key, &Arc::new(provider)) {
            self.error(
                &key_at,
                format!("{} is not the key of {}: {error}", files.key.display(), files.certificate.display()),
                "name the key that the certificate was made for",
            );
        }
    }

    /// The certificates of a file; told of when there are none.
    fn certificates(&mut self, key: &str, path: &Path) -> Option<Vec<CertificateDer<'static>>> {
        let bytes = self.read(key, path)?;
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
        let found: Vec<_> = read.unwrap_or_default();
        if found.is_empty() {
            let problem = format!("{} holds no certificate", path.display());
            self.error(key, problem, "name a file with certificates in PEM (BEGIN CERTIFICATE)");
            return None;
        }
        Some(found)
    }

    fn validity(&mut self, key: &str, path: &Path, der: &CertificateDer<'_>) {
        let Ok((_, certificate)) = X509Certificate::from_der(der) else {
            let problem = format!("{} holds something that is no certificate", path.display());
            return self.error(key, problem, "name a file with X.509 certificates in PEM");
        };
        let (from, to) = (certificate.validity().not_before, certificate.validity().not_after);
        let who = format!("{}: the certificate of {}", path.display(), certificate.subject());
        if to.timestamp() < self.now {
            self.untimely(key, format!("{who} was valid to {to}"), "have it issued anew; clients refuse it");
        } else if from.timestamp() > self.now {
            let advice = "wait until then, or see whether this machine's clock is right";
            self.untimely(key, format!("{who} is not valid before {from}"), advice);
        } else if to.timestamp() < self.now.saturating_add(SOON) {
            let days = to.timestamp().saturating_sub(self.now) / (24 * 3600);
            self.warning(key, format!("{who} ends in {days} days, at {to}"), "have it issued anew");
        }
    }

    fn purpose(&mut self, key: &str, path: &Path, der: &CertificateDer<'_>, purpose: Use) {
        let Ok((_, certificate)) = X509Certificate::from_der(der) else { return };
        if let Ok(Some(usage)) = certificate.extended_key_usage() {
            let (usage, name) = match purpose {
                Use::Server => (usage.value.server_auth || usage.value.any, "serverAuth"),
                Use::Client => (usage.value.client_auth || usage.value.any, "clientAuth"),
            };
            if !usage {
                let problem = format!("{}: the certificate is not made for {name}", path.display());
                self.error(key, problem, format!("have one issued with the extended key usage {name}"));
            }
        }
        if purpose == Use::Server && !matches!(certificate.subject_alternative_name(), Ok(Some(_))) {
            let problem =
                format!("{}: the certificate names no host, and no client accepts it", path.display());
            self.error(key, problem, "have one issued with the gateway's names as subject alternative names");
        }
    }

    /// The certificates of CAs.
    pub(super) fn authority(&mut self, key: &str, path: Option<&Path>) {
        let Some(path) = path else { return };
        let Some(found) = self.certificates(key, path) else { return };
        for der in &found {
            self.validity(key, path, der);
            if let Ok((_, certificate)) = X509Certificate::from_der(der)
                && !certificate.is_ca()
            {
                self.warning(
                    key,
                    format!("{}: {} is no CA", path.display(), certificate.subject()),
                    "name the certificate of the CA that issued the peers' certificates",
                );
            }
        }
        if let Ok(bytes) = std::fs::read(path)
            && PrivateKeyDer::from_pem_slice(&bytes).is_ok()
        {
            let problem = format!("{} holds a private key besides", path.display());
            self.warning(
                key,
                problem,
                "keep the CA's key where only the CA is; here its certificate is enough",
            );
        }
    }

    fn maker(&mut self, key: &str, path: &Path) {
        let Some(found) = self.certificates(key, path) else { return };
        for der in &found {
            self.validity(key, path, der);
        }
        if let Some(Err(error)) = found.first().map(|der| seal::Maker::from_der(der)) {
            let problem = format!("{}: {error}", path.display());
            self.error(key, problem, "name the CA certificate (P-256) that the devices' maker gives out");
        }
        if found.len() > 1 {
            let problem =
                format!("{} holds {} certificates; the first is taken", path.display(), found.len());
            self.warning(key, problem, "write each maker's certificate into a file of its own");
        }
    }
}
