//! MQTT 3.1.1 and 5 over mutual TLS 1.3: the way of bedside devices.
//!
//! A device proves who it is with its TLS client certificate, which must be the enrolled one; the certificate's CN, the
//! client id and the topic name the same device. It may publish to `medseal/v1/DEVICE/batch` with QoS 1 or 2 and subscribe below
//! `medseal/v1/DEVICE/`, nothing else. A PUBACK or PUBREC follows the commit, in the order of the PUBLISHes; a PUBCOMP follows its PUBREL. QoS 0
//! cannot keep that promise and is refused. No session outlives its connection; a device sends unacknowledged batches again by itself, and
//! one that comes twice is recognised by its seal.
//!
//! ```text
//!   Door ─► TLS handshake ─► CONNECT ─► protocol (no I/O) ─► pipeline ─► outcome ─► PUBACK
//!  places    makers' CAs     registry      packets                         in order
//! ```
//!
//! MQTT 5 tells a refusal in the PUBACK: reason code and, as reason string, the reason's word. MQTT 3.1.1 has no room for it:
//! the word goes to `medseal/v1/DEVICE/refused` just before the PUBACK.

mod connection;
mod events;
mod packets;
mod protocol;

use std::sync::Arc;

use tokio::net::TcpListener;

use crate::listen::{Arrival, ClientCertificate, DeviceTls, Door, Places, Refused};
use crate::roster::{Guard, Kind, Post};
use crate::start::Services;
use crate::tls::TlsError;

/// The name of this source in audit and log.
const NAME: &str = "mqtt";

/// What all connections share.
struct Shared {
    services: Services,
    tls: DeviceTls,
    post: Arc<Post>,
}

/// Accepts devices until the services shut down. Gives back at once when the certificate or key cannot be used.
///
/// # Errors
/// [`TlsError`] for the server's certificate or key.
pub(crate) fn start(listener: TcpListener, services: &Services) -> Result<(), TlsError> {
    let config = &services.config.mqtt;
    let shown = services.identities.of(&services.config.tls)?;
    let tls = DeviceTls::new(shown, ClientCertificate::Required, &[])?;
    let address = listener.local_addr().unwrap_or(config.listen);
    let post = services.roster.listener(Kind::Mqtt, NAME, address, Guard::MutualTls);
    let places = Places::new(config.connections, config.connections_per_address);
    let door = Door::new(listener, places, services.shutdown.clone()).shown_at(&post);
    let shared = Shared { services: services.clone(), tls, post };
    services.tasks.spawn(accept(door, Arc::new(shared)));
    Ok(())
}

async fn accept(door: Door, shared: Arc<Shared>) {
    while let Some(Arrival { stream, peer, place }) = door.next().await {
        let task = shared.clone();
        shared.services.tasks.spawn(async move {
            match place {
                Ok(_place) => connection::run(stream, peer, &task).await,
                Err(crowded) => {
                    Refused { post: &task.post, peer, device: None, fault: &crowded }
                        .emit(&task.services)
                        .await;
                }
            }
        });
    }
}

/// Feeds received bytes to a conversation with an enrolled device and gives how many batches it took, for fuzzing: the
/// bytes are those after the TLS handshake, in pieces of the size that the first byte tells.
#[doc(hidden)]
pub fn converse(input: &[u8]) -> usize {
    let Ok(device) = "monitor-1".parse() else { return 0 };
    let caller = crate::listen::Caller { device, verdict: Ok(()) };
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
