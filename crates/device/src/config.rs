//! A device's configuration: one TOML file. It holds addresses and files, never a secret; unknown keys are errors.

use std::path::{Path, PathBuf};
use std::time::Duration;

use card_link::CardFile;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use seal::DeviceId;
use serde::Deserialize;

use crate::agent::Setup;
use crate::element::{Applet, ElementError, SharedElement};
use crate::limits;
use crate::source::{RecordingError, SourceConfig};
use crate::transport::mqtt::{Endpoint, Version};
use crate::transport::{TlsError, client_config};

/// All of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The device's id, as in its certificates.
    pub device: DeviceId,
    /// The folder of its spool; made when missing.
    pub data: PathBuf,
    /// Most bytes that wait in the spool.
    #[serde(default = "default_spool_bytes")]
    pub spool_bytes: u64,
    /// Milliseconds that a batch covers.
    #[serde(default = "default_interval_ms")]
    pub interval_ms: u64,
    /// Where its batches go.
    pub gateway: Gateway,
    /// What seals.
    pub element: Element,
    /// What measures.
    pub source: SourceConfig,
}

fn default_spool_bytes() -> u64 {
    limits::SPOOL_BYTES
}

fn default_interval_ms() -> u64 {
    1000
}

/// A gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Host and port.
    pub address: String,
    /// The name in its certificate; without it, the host of the address.
    #[serde(default)]
    pub name: Option<String>,
    /// The CA (PEM) that issued its certificate.
    pub ca: PathBuf,
    /// The protocol's version: "5" or "3.1.1".
    #[serde(default)]
    pub mqtt: Version,
}

/// An element.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Element {
    /// The file of a virtual card.
    pub card: PathBuf,
}

impl Element {
    /// Powers the card up and selects the identity applet. One process has it at a time.
    ///
    /// # Errors
    /// [`ElementError`] when the file is no card, is in use, or the applet is not on it.
    pub fn open(&self) -> Result<SharedElement, ElementError> {
        Ok(SharedElement::new(Applet::select(CardFile::open(&self.card)?)?))
    }
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is no such configuration; the message points at the line.
    #[error("{}: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and what.
        source: toml::de::Error,
    },
    /// The CA's file holds no certificate.
    #[error("{} holds no certificate in PEM", .0.display())]
    Ca(PathBuf),
    /// The gateway's name is none.
    #[error("gateway name: {0}")]
    Name(#[from] InvalidDnsNameError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The source cannot be opened.
    #[error(transparent)]
    Source(#[from] RecordingError),
}

impl Config {
    /// Reads a TOML file.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read or holds no configuration.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.into(), source })?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.into(), source })
    }

    /// What an agent works with, once its element is open.
    ///
    /// # Errors
    /// [`ConfigError`] when the CA, the gateway's name, the element's TLS key or the source cannot be used.
    pub fn setup(&self, element: SharedElement) -> Result<Setup, ConfigError> {
        let ca = &self.gateway.ca;
        let pem = std::fs::read(ca).map_err(|source| ConfigError::Read { path: ca.clone(), source })?;
        let ca = CertificateDer::from_pem_slice(&pem).map_err(|_| ConfigError::Ca(ca.clone()))?;
        let endpoint = Endpoint {
            address: self.gateway.address.clone(),
            server_name: ServerName::try_from(self.gateway.host().to_owned())?,
            version: self.gateway.mqtt,
            device: self.device.clone(),
            tls: client_config(&ca, &element)?,
        };
        Ok(Setup {
            device: self.device.clone(),
            data: self.data.clone(),
            spool_bytes: self.spool_bytes,
            interval: Duration::from_millis(self.interval_ms),
            source: self.source.open()?,
            element,
            endpoint,
        })
    }
}

impl Gateway {
    fn host(&self) -> &str {
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _port)| host);
        self.name.as_deref().unwrap_or(host.trim_matches(['[', ']']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        device = "monitor-1"
        data = "monitor-1"
        interval_ms = 500
        [gateway]
        address = "127.0.0.1:8883"
        ca = "site.pem"
        mqtt = "3.1.1"
        [element]
        card = "monitor-1.card"
        [source]
        kind = "bedside-monitor"
        bed = 3
        course = "desaturation"
    "#;

    #[test]
    fn a_whole_file_is_read_and_a_misspelt_key_is_not() {
        let config: Config = toml::from_str(WHOLE).unwrap();
        assert_eq!((config.interval_ms, config.gateway.mqtt), (500, Version::V311));
        assert_eq!(config.gateway.host(), "127.0.0.1");
        let error = toml::from_str::<Config>(&WHOLE.replace("bed =", "bett =")).unwrap_err();
        assert!(error.to_string().contains("bett"), "{error}");
        for (from, to) in [("\"3.1.1\"", "\"4\""), ("\"monitor-1\"", "\"a b\""), ("desaturation", "death")] {
            assert!(toml::from_str::<Config>(&WHOLE.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
