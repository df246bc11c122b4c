//! Ways in besides the MQTT listener (`[[sources.NAME]]`), and the token endpoint (`[tokens]`).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use seal::DeviceId;
use serde::Deserialize;

use super::{Folder, Mllp, Post, Sdc, Serial, Stream};
use crate::limits;
use crate::tokens::{Jwk, Scope};

/// The sources, each as often as there are listeners or brokers of its kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// HL7 v2 over MLLP.
    #[serde(default)]
    pub mllp: Vec<Mllp>,
    /// Files of devices, by an adapter.
    #[serde(default)]
    pub folder: Vec<Folder>,
    /// Devices at serial lines, by an adapter.
    #[serde(default)]
    pub serial: Vec<Serial>,
    /// Devices over TCP, by an adapter.
    #[serde(default)]
    pub stream: Vec<Stream>,
    /// Files of devices by HTTPS requests, by an adapter.
    #[serde(default)]
    pub post: Vec<Post>,
    /// Providers of IEEE 11073 SDC.
    #[serde(default)]
    pub sdc: Vec<Sdc>,
    /// Sealed batches by HTTPS requests.
    #[serde(default)]
    pub https: Vec<Listener>,
    /// Sealed batches on gRPC streams.
    #[serde(default)]
    pub grpc: Vec<Listener>,
    /// Sealed batches from MQTT brokers.
    #[serde(default)]
    pub mqtt_broker: Vec<MqttBroker>,
    /// Sealed batches from queues of AMQP 1.0 brokers.
    #[serde(default)]
    pub amqp: Vec<AmqpQueue>,
}

/// A listener for devices, with mutual TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Most connections at a time.
    #[serde(default = "super::default_connections")]
    pub connections: usize,
    /// Most connections from one address at a time.
    #[serde(default = "super::default_connections")]
    pub connections_per_address: usize,
}

impl Listener {
    /// A listener with the default limits.
    pub fn at(listen: SocketAddr) -> Self {
        let most = super::default_connections();
        Self { listen, connections: most, connections_per_address: most }
    }
}

/// An MQTT 5 broker to subscribe at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MqttBroker {
    /// Where it is.
    pub at: Remote,
    /// Names this gateway's session there; two gateways need two.
    #[serde(default = "default_client_id")]
    pub client_id: String,
    /// The topics of batches; `$share/GROUP/…` shares them among gateways, at the price of their order.
    #[serde(default = "default_topics")]
    pub topics: String,
}

/// A queue of an AMQP 1.0 broker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmqpQueue {
    /// Where the broker is.
    pub at: Remote,
    /// The queue's address as the broker names it.
    pub queue: String,
}

/// A broker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remote {
    /// Host and port.
    pub address: String,
    /// The name in its certificate; without it, the host of the address.
    #[serde(default)]
    pub server_name: Option<String>,
    /// The CA (PEM) of its certificate. Without it the connection is not encrypted and `plain` must say so.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Connect without TLS, on purpose.
    #[serde(default)]
    pub plain: bool,
    /// The certificate and key that the gateway shows there.
    #[serde(default)]
    pub client: Option<super::Tls>,
    /// The name under which it signs in there.
    #[serde(default)]
    pub user: Option<String>,
    /// A file with the password to it.
    #[serde(default)]
    pub password: Option<PathBuf>,
}

impl Remote {
    /// A broker at this address on the same machine, without TLS.
    pub fn plain(address: impl Into<String>) -> Self {
        let (server_name, ca, client, user, password) = (None, None, None, None, None);
        Self { address: address.into(), server_name, ca, plain: true, client, user, password }
    }
}

fn default_client_id() -> String {
    "medseal-gateway".into()
}

fn default_topics() -> String {
    "medseal/v1/+/batch".into()
}

impl MqttBroker {
    /// This broker, with the usual topics.
    pub fn of(at: Remote) -> Self {
        Self { at, client_id: default_client_id(), topics: default_topics() }
    }
}

/// The token endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tokens {
    /// Its address as clients know it, `https://HOST:PORT/token`: the `aud` that every assertion must name.
    pub url: String,
    /// How long an access token works, in seconds.
    #[serde(default = "default_life_seconds")]
    pub life_seconds: u64,
    /// How long one works that travels with a message through a broker: as long as messages may wait there.
    #[serde(default = "default_relay_seconds")]
    pub relay_seconds: u64,
    /// Programs that may ask for access, each with its public keys.
    #[serde(default)]
    pub systems: Vec<System>,
    /// Devices whose assertions may be made with a secret that they share with this gateway, and with nobody else.
    #[serde(default)]
    pub secrets: Vec<SharedSecret>,
}

/// A program (SMART Backend Services).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Its client id.
    pub id: String,
    /// A file with its public keys, a JWK set.
    #[serde(default)]
    pub jwks: Option<PathBuf>,
    /// Its public keys themselves.
    #[serde(default)]
    pub keys: Vec<Jwk>,
    /// What it may ask for.
    pub scopes: Vec<Scope>,
}

/// A secret shared with one device's element (HS256).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedSecret {
    /// The device.
    pub device: DeviceId,
    /// A file that only the gateway reads: a JWK of type `oct` with 32 bytes, whose `kid` is the key id in assertions.
    pub jwk: PathBuf,
}

fn default_life_seconds() -> u64 {
    limits::TOKEN_LIFE.as_secs()
}

fn default_relay_seconds() -> u64 {
    limits::TOKEN_RELAY_LIFE.as_secs()
}

impl Tokens {
    /// An endpoint known at this address, without systems or secrets.
    pub fn at(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            life_seconds: default_life_seconds(),
            relay_seconds: default_relay_seconds(),
            systems: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// How long a token for `scope` works.
    pub fn life(&self, scope: Scope) -> Duration {
        match scope {
            Scope::WriteBatches | Scope::ReadRecords => Duration::from_secs(self.life_seconds),
            Scope::RelayBatches => Duration::from_secs(self.relay_seconds),
        }
    }
}
