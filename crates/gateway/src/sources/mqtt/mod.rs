//! MQTT 3.1.1 and 5 over mutual TLS 1.3: the way of bedside devices.
//!
//! A device proves who it is with its TLS client certificate, which must be the enrolled one; the certificate's CN, the
//! client id and the topic name the same device. It may publish to `medseal/v1/DEVICE/batch` with QoS 1 and subscribe below
//! `medseal/v1/DEVICE/`, nothing else. A PUBACK follows the commit, in the order of the PUBLISHes. What cannot
//! keep that promise is refused: QoS 0 has no acknowledgement, and QoS 2 would add nothing, since a batch that comes
//! twice is recognised by its seal. No session outlives its connection; a device sends unacknowledged batches again by itself.
//!
//! ```text
//! listener ─► TLS handshake ─► CONNECT ─► protocol (no I/O) ─► pipeline ─► outcome ─► PUBACK
//!   gate       makers' CAs    registry     packets                          in order
//! ```
//!
//! MQTT 5 tells a refusal in the PUBACK: reason code and, as reason string, the reason's word. MQTT 3.1.1 has no room for it:
//! the word goes to `medseal/v1/DEVICE/refused` just before the PUBACK.

mod connection;
mod events;
mod gate;
mod packets;
mod protocol;
mod tls;

use std::sync::Arc;

use tokio::net::TcpListener;

use crate::start::Services;
use crate::tls::TlsError;
use events::{ConnectionRefused, Fault, Flood};
use gate::Gate;
use tls::Acceptors;

/// What all connections share.
struct Shared {
    services: Services,
    acceptors: Acceptors,
    gate: Gate,
    flood: Flood,
}

/// Accepts devices until the services shut down. Gives back at once when the certificate or key cannot be used.
///
/// # Errors
/// [`TlsError`] for the server's certificate or key.
pub(crate) fn start(listener: TcpListener, services: &Services) -> Result<(), TlsError> {
    let acceptors = Acceptors::new(&services.config.tls)?;
    let gate = Gate::new(services.config.mqtt.connections, services.config.mqtt.connections_per_address);
    let shared = Shared { services: services.clone(), acceptors, gate, flood: Flood::default() };
    services.tasks.spawn(accept(listener, Arc::new(shared)));
    Ok(())
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.services.shutdown.cancelled() => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: give others time to close theirs.
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(crate::limits::ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (task, tasks) = (shared.clone(), &shared.services.tasks);
        match shared.gate.enter(peer.ip()) {
            Ok(pass) => {
                tasks.spawn(async move {
                    connection::run(stream, peer, &task).await;
                    drop(pass);
                });
            }
            Err(fault) => {
                tasks.spawn(async move {
                    ConnectionRefused { peer, device: None, fault: &fault }.emit(&task).await;
                });
            }
        }
    }
}

/// The one topic a device may publish to.
fn batch_topic(device: &seal::DeviceId) -> String {
    format!("medseal/v1/{device}/batch")
}

impl Fault {
    /// Whether a subscription to `filter` is a device's own.
    fn of_filter(device: &seal::DeviceId, filter: &str) -> Result<(), Self> {
        let own = filter.strip_prefix("medseal/v1/").and_then(|rest| rest.strip_prefix(device.as_str()));
        if own.is_some_and(|rest| rest.starts_with('/')) { Ok(()) } else { Err(Self::Topic(filter.into())) }
    }
}

/// Feeds received bytes to a conversation with an enrolled device and gives how many batches it took, for fuzzing: the
/// bytes are those after the TLS handshake, in pieces of the size that the first byte tells.
#[doc(hidden)]
pub fn converse(input: &[u8]) -> usize {
    let Ok(device) = "monitor-1".parse() else { return 0 };
    let caller = tls::Caller { device, verdict: Ok(()) };
    let mut conversation = protocol::Protocol::new(caller, 60);
    let Some((piece, bytes)) = input.split_first() else { return 0 };
    let (mut steps, mut batches) = (Vec::new(), 0);
    for piece in bytes.chunks(usize::from(*piece) + 1) {
        conversation.receive(piece, &mut steps);
        for step in steps.drain(..) {
            match step {
                protocol::Step::Open(_) => {}
                protocol::Step::Batch { packet_id, .. } => {
                    batches += 1;
                    let outcome = crate::pipeline::Outcome::Duplicate;
                    if conversation.answer(packet_id, &outcome).is_err() {
                        return batches;
                    }
                }
                protocol::Step::End(fault) => {
                    if let Some(fault) = fault {
                        conversation.end(&fault);
                    }
                    return batches;
                }
            }
        }
        conversation.take_out();
    }
    batches
}
