//! What happens to connections: one struct an event, which logs, counts and audits.

use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;

use mqtt_protocol_core::mqtt::Version;
use mqtt_protocol_core::mqtt::result_code::MqttError;
use seal::{DeviceId, Reason};

use super::{NAME, Shared};
use crate::audit::{Action, Entry};
use crate::listen::{Crowded, HandshakeError, Refused, audit};

/// Why a connection is refused or ended by the gateway.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Crowded(#[from] Crowded),
    #[error("TLS: {0}")]
    Handshake(#[from] HandshakeError),
    #[error("neither handshake nor CONNECT within the time for it")]
    ConnectTime,
    #[error("not admitted: {0}")]
    NotAdmitted(Reason),
    #[error("the client id, {} bytes, is not the certificate's device", .0.len())]
    ClientId(String),
    #[error("a will is not accepted")]
    Will,
    #[error("not MQTT: {0}")]
    Protocol(MqttError),
    #[error("a packet larger than {0} bytes")]
    Oversized(usize),
    #[error("QoS {0} is not acknowledged, so nothing can be promised")]
    Qos(u8),
    #[error("retained messages are not kept")]
    Retain,
    #[error("a topic of {} bytes that is not this device's", .0.len())]
    Topic(String),
    #[error("nothing heard within the keep-alive time")]
    KeepAlive,
    #[error("it does not read what is sent to it")]
    SlowReader,
    #[error("{0} messages refused in a row")]
    Refusals(u32),
    #[error("the same device connected again")]
    TakenOver,
    #[error("batches cannot be stored at present")]
    Unavailable,
    #[error("the gateway stops")]
    Shutdown,
    #[error("connection lost: {0}")]
    Lost(std::io::Error),
}

impl Fault {
    /// Whether the peer is to blame: such ends are counted as refused and audited.
    fn is_peers(&self) -> bool {
        match self {
            Self::Crowded(_)
            | Self::Handshake(_)
            | Self::ConnectTime
            | Self::NotAdmitted(_)
            | Self::ClientId(_)
            | Self::Will
            | Self::Protocol(_)
            | Self::Oversized(_)
            | Self::Qos(_)
            | Self::Retain
            | Self::Topic(_)
            | Self::SlowReader
            | Self::Refusals(_) => true,
            Self::KeepAlive | Self::TakenOver | Self::Unavailable | Self::Shutdown | Self::Lost(_) => false,
        }
    }
}

/// A device is in.
pub(super) struct Connected<'a> {
    pub(super) peer: SocketAddr,
    pub(super) device: &'a DeviceId,
    pub(super) version: Version,
}

impl Connected<'_> {
    pub(super) async fn emit(self, shared: &Shared) {
        let Self { peer, device, version } = self;
        tracing::info!(%peer, %device, ?version, "a device connected");
        shared.services.metrics.connections.fetch_add(1, Relaxed);
        let entry = Entry::done(format!("device:{device}"), Action::Connect, NAME);
        audit(&shared.services, entry.with_detail(format!("{version:?} from {peer}"))).await;
    }
}

/// A device's connection ended; without a fault it said goodbye.
pub(super) struct Disconnected<'a> {
    pub(super) peer: SocketAddr,
    pub(super) device: &'a DeviceId,
    pub(super) fault: Option<&'a Fault>,
}

impl Disconnected<'_> {
    pub(super) async fn emit(self, shared: &Shared) {
        let Self { peer, device, fault } = self;
        match fault {
            Some(fault) if fault.is_peers() => {
                Refused { post: &shared.post, peer, device: Some(device), fault }
                    .emit(&shared.services)
                    .await;
            }
            Some(fault) => tracing::info!(%peer, %device, %fault, "a device's connection ended"),
            None => tracing::debug!(%peer, %device, "a device disconnected"),
        }
    }
}
