//! What happens to connections: one struct an event, which logs, counts and audits.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use mqtt_protocol_core::mqtt::Version;
use mqtt_protocol_core::mqtt::result_code::MqttError;
use seal::{DeviceId, Reason};

use super::Shared;
use crate::audit::{Action, Entry};
use crate::limits;

/// Why a connection is refused or ended by the gateway.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0} connections are open already")]
    Connections(usize),
    #[error("{0} connections are open already from this address")]
    ConnectionsFromAddress(usize),
    #[error("TLS: {0}")]
    Handshake(String),
    #[error("neither handshake nor CONNECT within the time for it")]
    ConnectTime,
    #[error("not admitted: {0}")]
    NotAdmitted(Reason),
    #[error("the client id {0:?} is not the certificate's device")]
    ClientId(String),
    #[error("a will is not accepted")]
    Will,
    #[error("not MQTT: {0}")]
    Protocol(MqttError),
    #[error("a packet larger than {0} bytes")]
    Oversized(usize),
    #[error("QoS {0}: only QoS 1 is acknowledged after the commit")]
    Qos(u8),
    #[error("retained messages are not kept")]
    Retain,
    #[error("the topic {0:?} is not this device's")]
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
            Self::Connections(_)
            | Self::ConnectionsFromAddress(_)
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
        let entry = Entry::done(format!("device:{device}"), Action::Connect, "mqtt");
        write(shared, entry.with_detail(format!("{version:?} from {peer}"))).await;
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
                ConnectionRefused { peer, device: Some(device), fault }.emit(shared).await;
            }
            Some(fault) => tracing::info!(%peer, %device, %fault, "a device's connection ended"),
            None => tracing::debug!(%peer, %device, "a device disconnected"),
        }
    }
}

/// A peer was turned away or cut off.
pub(super) struct ConnectionRefused<'a> {
    pub(super) peer: SocketAddr,
    pub(super) device: Option<&'a DeviceId>,
    pub(super) fault: &'a Fault,
}

impl ConnectionRefused<'_> {
    pub(super) async fn emit(self, shared: &Shared) {
        let Self { peer, device, fault } = self;
        shared.services.metrics.connections_refused.fetch_add(1, Relaxed);
        let Some(unwritten) = shared.flood.admit(peer.ip()) else { return };
        let device = device.map(DeviceId::as_str).unwrap_or_default();
        tracing::warn!(%peer, device, %fault, unwritten, "a connection was refused");
        let actor =
            if device.is_empty() { format!("address:{}", peer.ip()) } else { format!("device:{device}") };
        let more = if unwritten == 0 { String::new() } else { format!("; {unwritten} more before") };
        let entry = Entry::refused(actor, Action::Connect, "mqtt");
        write(shared, entry.with_detail(format!("{fault} (from {peer}){more}"))).await;
    }
}

async fn write(shared: &Shared, entry: Entry) {
    if let Err(error) = shared.services.store.write(|writer| writer.audit(entry)).await {
        tracing::error!(%error, "an audit row could not be written");
    }
}

/// Keeps a flood of refused connections from filling disk and log: so many a minute from one address are written
/// singly, the others are counted in the next row that is.
#[derive(Default)]
pub(super) struct Flood(Mutex<HashMap<IpAddr, Window>>);

struct Window {
    since: Instant,
    written: u32,
    unwritten: u64,
}

impl Flood {
    /// `None` when this refusal is not to be written; otherwise how many were not since the last that was.
    fn admit(&self, address: IpAddr) -> Option<u64> {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let fresh = |window: &Window| now.duration_since(window.since) < limits::FLOOD_WINDOW;
        if windows.len() >= limits::FLOOD_ADDRESSES {
            windows.retain(|_, window| fresh(window));
        }
        let window = windows.entry(address).or_insert(Window { since: now, written: 0, unwritten: 0 });
        if !fresh(window) {
            (window.since, window.written) = (now, 0);
        }
        if window.written >= limits::FLOOD_ROWS {
            window.unwritten += 1;
            return None;
        }
        window.written += 1;
        Some(std::mem::take(&mut window.unwritten))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_not_written() {
        let flood = Flood::default();
        let address = IpAddr::from([10, 0, 0, 1]);
        let written = (0..limits::FLOOD_ROWS * 10).filter(|_| flood.admit(address).is_some()).count();
        assert_eq!(written, limits::FLOOD_ROWS as usize);
        assert_eq!(flood.admit(IpAddr::from([10, 0, 0, 2])), Some(0), "another address is not affected");
    }
}
