//! A device's configuration: one TOML file. It holds addresses and files, never a secret; unknown keys are errors.

use std::path::{Path, PathBuf};
use std::time::Duration;

use card_link::CardFile;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use seal::DeviceId;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::agent::Setup;
use crate::element::{Applet, ElementError, SharedElement};
use crate::limits;
use crate::source::{RecordingError, SourceConfig};
use crate::transport::mqtt::{self, Version};
use crate::transport::tokens::{Scope, Tokens, endpoint_address};
use crate::transport::{Server, TlsError, Transport, amqp, client_config, grpc, https};

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

/// A gateway, or the broker before it.
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
    /// How batches go there.
    #[serde(default)]
    pub transport: TransportKind,
    /// Of MQTT the protocol's version: "5" or "3.1.1".
    #[serde(default)]
    pub mqtt: Option<Version>,
    /// Of HTTPS, gRPC and AMQP: the address of the gateway's token endpoint, `https://HOST[:PORT]/token`, as the gateway knows it.
    #[serde(default)]
    pub tokens: Option<String>,
    /// The CA (PEM) of the token endpoint's certificate; without it, `ca`.
    #[serde(default)]
    pub tokens_ca: Option<PathBuf>,
    /// Of AMQP: the queue's address as the broker names it.
    #[serde(default)]
    pub queue: Option<String>,
    /// Of AMQP: the name under which the device signs in at the broker. Without it, its TLS certificate must be enough.
    #[serde(default)]
    pub user: Option<String>,
    /// Of AMQP: a file with the password to it.
    #[serde(default)]
    pub password: Option<PathBuf>,
}

/// The ways by which batches can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportKind {
    /// MQTT over TLS.
    #[default]
    Mqtt,
    /// HTTPS requests.
    Https,
    /// A gRPC stream.
    Grpc,
    /// A queue of an AMQP 1.0 broker.
    Amqp,
}

impl TransportKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Mqtt => "mqtt",
            Self::Https => "https",
            Self::Grpc => "grpc",
            Self::Amqp => "amqp",
        }
    }
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
    /// A key that this transport has no use for, or lacks.
    #[error("gateway: transport = \"{transport}\" {problem} `{key}`")]
    Key {
        /// The transport.
        transport: &'static str,
        /// Whether it has none or needs it.
        problem: &'static str,
        /// The key.
        key: &'static str,
    },
    /// The token endpoint's address is none.
    #[error("gateway.tokens: {0:?} is not https://HOST[:PORT]/token")]
    Tokens(String),
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
        Ok(Setup {
            device: self.device.clone(),
            data: self.data.clone(),
            spool_bytes: self.spool_bytes,
            interval: Duration::from_millis(self.interval_ms),
            source: self.source.open()?,
            transport: self.transport(&element)?,
            element,
        })
    }

    /// The way to the gateway.
    ///
    /// # Errors
    /// As [`Config::setup`], and when the keys do not go together.
    pub fn transport(&self, element: &SharedElement) -> Result<Transport, ConfigError> {
        let gateway = &self.gateway;
        gateway.check()?;
        let host = gateway.name.as_deref().unwrap_or(host_of(&gateway.address));
        let server = server(&gateway.address, host, &gateway.ca, element)?;
        let device = self.device.clone();
        Ok(match gateway.transport {
            TransportKind::Mqtt => {
                let version = gateway.mqtt.unwrap_or_default();
                Transport::Mqtt(mqtt::Endpoint { server, version, device })
            }
            TransportKind::Https => {
                let tokens = self.tokens(Scope::Write, element)?;
                Transport::Https(https::Endpoint { server, tokens })
            }
            TransportKind::Grpc => {
                let tokens = self.tokens(Scope::Write, element)?;
                Transport::Grpc(grpc::Endpoint { server, tokens })
            }
            TransportKind::Amqp => Transport::Amqp(amqp::Endpoint {
                server,
                queue: gateway.queue.clone().unwrap_or_default(),
                account: gateway.account()?,
                tokens: self.tokens(Scope::Relay, element)?,
            }),
        })
    }

    fn tokens(&self, scope: Scope, element: &SharedElement) -> Result<Tokens, ConfigError> {
        let gateway = &self.gateway;
        let url = gateway.tokens.as_deref().unwrap_or_default();
        let address = endpoint_address(url).ok_or_else(|| ConfigError::Tokens(url.to_owned()))?;
        let ca = gateway.tokens_ca.as_ref().unwrap_or(&gateway.ca);
        let server = server(&address, host_of(&address), ca, element)?;
        Ok(Tokens::new(server, url, scope, &self.device, element))
    }
}

fn host_of(address: &str) -> &str {
    address.rsplit_once(':').map_or(address, |(host, _port)| host).trim_matches(['[', ']'])
}

fn server(address: &str, name: &str, ca: &Path, element: &SharedElement) -> Result<Server, ConfigError> {
    let pem = std::fs::read(ca).map_err(|source| ConfigError::Read { path: ca.into(), source })?;
    let ca = CertificateDer::from_pem_slice(&pem).map_err(|_| ConfigError::Ca(ca.into()))?;
    let name = ServerName::try_from(name.to_owned())?;
    Ok(Server { address: address.to_owned(), name, tls: client_config(&ca, element)? })
}

impl Gateway {
    /// Whether each key is one of this transport's, and none is missing.
    fn check(&self) -> Result<(), ConfigError> {
        use TransportKind::{Amqp, Grpc, Https, Mqtt};
        let kind = self.transport;
        let wrong = |problem, key| ConfigError::Key { transport: kind.as_str(), problem, key };
        let keys: [(&'static str, bool, &[TransportKind], &[TransportKind]); 6] = [
            ("mqtt", self.mqtt.is_some(), &[Mqtt], &[]),
            ("tokens", self.tokens.is_some(), &[Https, Grpc, Amqp], &[Https, Grpc, Amqp]),
            ("tokens_ca", self.tokens_ca.is_some(), &[Https, Grpc, Amqp], &[]),
            ("queue", self.queue.is_some(), &[Amqp], &[Amqp]),
            ("user", self.user.is_some(), &[Amqp], &[]),
            ("password", self.password.is_some(), &[Amqp], &[]),
        ];
        for (key, is_given, may, must) in keys {
            if is_given && !may.contains(&kind) {
                return Err(wrong("has no", key));
            }
            if !is_given && must.contains(&kind) {
                return Err(wrong("needs", key));
            }
        }
        match (&self.user, &self.password) {
            (Some(_), None) => Err(wrong("with `user` needs", "password")),
            (None, Some(_)) => Err(wrong("with `password` needs", "user")),
            (Some(_), Some(_)) | (None, None) => Ok(()),
        }
    }

    fn account(&self) -> Result<Option<amqp::Account>, ConfigError> {
        let (Some(user), Some(path)) = (&self.user, &self.password) else {
            return Ok(None);
        };
        let read = std::fs::read_to_string(path).map(Zeroizing::new);
        let text = read.map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        let password = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
        Ok(Some(amqp::Account { user: user.clone(), password }))
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
        assert_eq!((config.interval_ms, config.gateway.mqtt), (500, Some(Version::V311)));
        assert_eq!(host_of(&config.gateway.address), "127.0.0.1");
        let error = toml::from_str::<Config>(&WHOLE.replace("bed =", "bett =")).unwrap_err();
        assert!(error.to_string().contains("bett"), "{error}");
        for (from, to) in [("\"3.1.1\"", "\"4\""), ("\"monitor-1\"", "\"a b\""), ("desaturation", "death")] {
            assert!(toml::from_str::<Config>(&WHOLE.replacen(from, to, 1)).is_err(), "{to}");
        }
    }

    #[test]
    fn each_transport_has_its_own_keys() {
        for (keys, problem) in [
            ("mqtt = \"5\"", None),
            ("transport = \"https\"\ntokens = \"https://gateway/token\"", None),
            ("transport = \"grpc\"\ntokens = \"https://gateway/token\"\ntokens_ca = \"x.pem\"", None),
            ("transport = \"amqp\"\ntokens = \"https://gateway/token\"\nqueue = \"batches\"", None),
            ("transport = \"https\"", Some("\"https\" needs `tokens`")),
            ("transport = \"amqp\"\ntokens = \"https://gateway/token\"", Some("\"amqp\" needs `queue`")),
            ("tokens = \"https://gateway/token\"", Some("\"mqtt\" has no `tokens`")),
            ("transport = \"grpc\"\nmqtt = \"5\"", Some("\"grpc\" has no `mqtt`")),
            (
                "transport = \"amqp\"\ntokens = \"https://gateway/token\"\nqueue = \"q\"\nuser = \"bed\"",
                Some("with `user` needs `password`"),
            ),
        ] {
            let config: Config = toml::from_str(&WHOLE.replace("mqtt = \"3.1.1\"", keys)).unwrap();
            let said = config.gateway.check().err().map(|error| error.to_string());
            let fits = match (&said, problem) {
                (Some(said), Some(problem)) => said.contains(problem),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            assert!(fits, "{keys}: {said:?}");
        }
    }
}
