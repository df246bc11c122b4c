//! Devices that speak an adapter's protocol over TCP: agents of ISO/IEEE 11073-20601, boxes that pass on Bluetooth records, terminal servers before serial
//! lines.
//!
//! A peer proves who it is with a certificate of the hospital's CA (`clients`), over TLS 1.3; without that it is whoever reaches the port, and without
//! TLS (`plain = true`) whoever reaches the wire. Which device measured is what the protocol says. It is answered as its protocol answers, after
//! the commit; one whose record cannot be stored hears nothing and loses its connection, so that it sends again.

use std::sync::Arc;

use tokio::net::TcpListener;

use super::device::{DeviceSourceError, Said, Speaker, serve_all, talk};
use super::mllp::tls;
use crate::config;
use crate::listen::{Door, Places};
use crate::roster::{Guard, Kind};
use crate::start::Services;

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
    let guard = Guard::of(config.plain, config.clients.is_some());
    let address = listener.local_addr().unwrap_or(config.listen);
    let post = services.roster.listener(Kind::Stream, config.name.as_str(), address, guard);
    let speaker = Speaker::of(&said, services, &post)?;
    let tls = tls::acceptor_unless(config.plain, services, config.clients.as_deref())
        .map_err(|source| DeviceSourceError::Tls { name: config.name.clone(), source })?;
    let places = Places::new(config.connections, config.connections_per_address);
    let door = Door::new(listener, places, services.shutdown.clone()).shown_at(&post);
    let (name, idle) = (config.name.clone(), Some(config.idle()));
    let device = speaker.clone();
    let serve = move |stream, peer| {
        let (speaker, from) = (device.clone(), Arc::from(format!("stream {name} from {peer}")));
        async move { talk(stream, &speaker, &from, idle).await }
    };
    services.tasks.spawn(serve_all(door, speaker, tls, serve));
    Ok(())
}
