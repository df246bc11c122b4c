//! Devices that speak an adapter's protocol over TCP: agents of ISO/IEEE 11073-20601, boxes that pass on Bluetooth records, terminal servers before serial
//! lines.
//!
//! A peer proves who it is with a certificate of the hospital's CA (`clients`), over TLS 1.3; without that it is whoever reaches the port, and without
//! TLS (`plain = true`) whoever reaches the wire. Which device measured is what the protocol says. It is answered as its protocol answers, after
//! the commit; one whose record cannot be stored hears nothing and loses its connection, so that it sends again.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::device::{DeviceSourceError, Fault, Said, Speaker, talk};
use super::mllp::tls;
use crate::config;
use crate::limits;
use crate::listen::{Door, Places, Refused};
use crate::roster::{Guard, Kind};
use crate::start::Services;

struct Shared {
    config: config::Stream,
    speaker: Speaker,
    tls: Option<TlsAcceptor>,
}

/// Accepts devices until the services shut down.
///
/// # Errors
/// When the configuration contradicts itself, or a file of it cannot be used.
pub(super) fn start(
    listener: TcpListener,
    config: &config::Stream,
    services: &Services,
) -> Result<(), DeviceSourceError> {
    if config.plain && config.clients.is_some() {
        return Err(DeviceSourceError::Contradiction(config.name.clone()));
    }
    let said = Said {
        name: &config.name,
        adapter: &config.adapter,
        config: None,
        device: config.device.as_deref(),
        zone: &config.zone,
    };
    let guard = match (config.plain, &config.clients) {
        (true, _) => Guard::Plain,
        (false, Some(_)) => Guard::MutualTls,
        (false, None) => Guard::Tls,
    };
    let address = listener.local_addr().unwrap_or(config.listen);
    let post = services.roster.listener(Kind::Stream, config.name.as_str(), address, guard);
    let speaker = Speaker::of(&said, services, &post)?;
    let tls = match config.plain {
        true => None,
        false => {
            let made = tls::acceptor(&services.config.tls, config.clients.as_deref());
            Some(made.map_err(|source| DeviceSourceError::Tls { name: config.name.clone(), source })?)
        }
    };
    let places = Places::new(config.connections, config.connections_per_address);
    let door = Door::new(listener, places, services.shutdown.clone()).shown_at(&post);
    let shared = Arc::new(Shared { config: config.clone(), speaker, tls });
    services.tasks.spawn(accept(door, shared));
    Ok(())
}

async fn accept(door: Door, shared: Arc<Shared>) {
    while let Some(arrival) = door.next().await {
        let (task, peer) = (shared.clone(), arrival.peer);
        shared.speaker.services.tasks.spawn(async move {
            let ended = match arrival.place {
                Ok(place) => {
                    let ended = task.serve(arrival.stream, peer).await;
                    drop(place);
                    ended
                }
                Err(crowded) => Err(Fault::Crowded(crowded)),
            };
            task.tell(peer, ended).await;
        });
    }
}

impl Shared {
    async fn serve(&self, stream: TcpStream, peer: SocketAddr) -> Result<(), Fault> {
        let from: Arc<str> = format!("stream {} from {peer}", self.config.name).into();
        let idle = Some(self.config.idle());
        match &self.tls {
            None => talk(stream, &self.speaker, &from, idle).await,
            Some(acceptor) => {
                let accepted = timeout(limits::MLLP_HANDSHAKE, acceptor.accept(stream)).await;
                let stream = accepted.map_err(|_| Fault::HandshakeTime)?.map_err(Fault::Handshake)?;
                talk(stream, &self.speaker, &from, idle).await
            }
        }
    }

    async fn tell(&self, peer: SocketAddr, ended: Result<(), Fault>) {
        let source = &self.config.name;
        match ended {
            Ok(()) => tracing::debug!(%source, %peer, "a connection ended"),
            Err(fault) if fault.is_peers() => {
                let fault = &format!("{source}: {fault}");
                Refused { post: &self.speaker.post, peer, device: None, fault }
                    .emit(&self.speaker.services)
                    .await;
            }
            Err(fault) => tracing::info!(%source, %peer, %fault, "a connection ended"),
        }
    }
}
