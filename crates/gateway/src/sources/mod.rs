//! Where measurements come from. Every source is one folder of the same shape, and all keep one contract:
//!
//! 1. **It knows who speaks** before it takes anything: a device by its TLS certificate ([`crate::listen`]), or, where
//!    a broker stands between, by an access token that the device got with its element; what cannot be known for certain
//!    is not said to be ([`RawMessage::device`](crate::pipeline::RawMessage)).
//! 2. **It hands over bytes as they came** through [`Pipeline::submit`](crate::pipeline::Pipeline::submit), in the order
//!    in which they came, and waits when that waits: its peer is made to wait in turn by the protocol's own means (a
//!    window, unread bytes, credit), never by memory.
//! 3. **It answers with the [`Outcome`](crate::pipeline::Outcome) it gets back** and with nothing earlier:
//!
//!    | outcome | what the peer is told |
//!    |---|---|
//!    | `Committed`, `Duplicate` | stored: it may forget the message |
//!    | `Refused` | the reason's word (`docs/formats.md`), the same whatever the way |
//!    | `Unavailable`, or a stop | the protocol's temporary failure: it must keep the message and try again |
//!
//! 4. **Its listener is a [`Door`](crate::listen)**: places are counted, handshakes and first words bounded in time, and whoever
//!    is turned away is one event that logs, counts and audits.
//! 5. **One peer's fault ends that peer's conversation** and no other.
//!
//! The module of each says how a peer proves who it is, what it may send, and when it is answered.

pub mod device;
pub mod mllp;
pub mod mqtt;

pub(crate) mod grpc;
pub(crate) mod https;

pub(crate) mod amqp;
pub(crate) mod mqtt_broker;

mod folder;
mod post;
mod sdc;
mod serial;
mod stream;

mod pending;
pub mod remote;

pub use https::bodies;
pub use mqtt_broker::broker;

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::listen;
use crate::record::SourceName;
use crate::start::Services;

/// Starts the sources of device adapters; gives the addresses of those that listen, in the order of the configuration.
///
/// # Errors
/// When one of them cannot be started.
pub(crate) async fn start_devices(services: &Services) -> Result<Vec<SocketAddr>, device::DeviceSourceError> {
    let sources = &services.config.sources;
    sources.folder.iter().try_for_each(|source| folder::start(source, services))?;
    sources.serial.iter().try_for_each(|source| serial::start(source, services))?;
    let mut addresses = Vec::new();
    for source in &sources.stream {
        let (listener, address) = listening(&source.name, source.listen)?;
        addresses.push(address);
        stream::start(listener, source, services)?;
    }
    for source in &sources.sdc {
        let (listener, address) = listening(&source.name, source.listen)?;
        addresses.push(address);
        sdc::start(listener, address, source, services)?;
    }
    for source in &sources.post {
        let (listener, address) = listening(&source.name, source.listen)?;
        addresses.push(address);
        post::start(listener, source, services)?;
    }
    Ok(addresses)
}

/// A listener for a source, and the address that it got.
fn listening(
    name: &SourceName,
    at: SocketAddr,
) -> Result<(TcpListener, SocketAddr), device::DeviceSourceError> {
    let io = |source| device::DeviceSourceError::Io {
        name: name.clone(),
        what: format!("listening on {at}"),
        source,
    };
    let listener = listen::bind(at).map_err(io)?;
    let address = listener.local_addr().map_err(io)?;
    Ok((listener, address))
}
