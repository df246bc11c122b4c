//! IEEE 11073 SDC: the gateway as a consumer that follows the reports of one provider.
//!
//! Both ends prove who they are by certificates of one CA (`ca`): the provider to the gateway's requests, and again when it delivers reports; without TLS
//! (`plain = true`) by nothing. A report is received only at an address that nobody but this provider was told, for one subscription.
//!
//! ```text
//! Get (metadata) ─► Subscribe ─► GetMdib ─► reports ─► record ─► commit ─► 202
//!        ▲                          ▲          │
//!        │                          └── gap ◄──┤ a version is missing, another sequence, changed descriptions
//!        └── SubscriptionEnd, no renewal ◄─────┘
//! ```
//!
//! A report is answered 202 when it is on disk or refused for good, 503 when it cannot be stored for now; a provider that gives up then is subscribed to again.
//! What was missed meanwhile is gone, since a provider keeps nothing: the gap is noted as a refusal and shown, never hidden. The subscription is made before the
//! MDIB is fetched, so that between the two nothing is missed.
//!
//! Alarms of the provider go into the book as it reports them. With each MDIB it is asked how all of them are (GetMdState), so that the book knows of one that
//! began or ended while nobody followed; the answer is stored like a report when it says otherwise than the book.
//!
//! WS-Discovery is not spoken: the address is configured.

mod consumer;
mod http;
mod inbox;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::device::{DeviceSourceError, Said, Speaker, serve_all};
use super::mllp::tls;
use crate::config;
use crate::limits;
use crate::listen::{Door, Places};
use crate::record::ClockZone;
use crate::roster::{Guard, Kind};
use crate::start::Services;
use consumer::Consumer;
use http::Caller;
use inbox::Inbox;

/// Follows the provider until the services shut down.
///
/// # Errors
/// When the configuration contradicts itself, or a file of it cannot be used.
pub(super) fn start(
    listener: TcpListener,
    address: SocketAddr,
    config: &config::Sdc,
    services: &Services,
) -> Result<(), DeviceSourceError> {
    let name = || config.name.clone();
    let guard = if config.plain { Guard::Plain } else { Guard::MutualTls };
    let post = services.roster.broker(Kind::Sdc, config.name.as_str(), &config.url, guard);
    let zone = ClockZone::default();
    let said = Said {
        name: &config.name,
        adapter: "sdc",
        config: None,
        device: config.device.as_deref(),
        zone: &zone,
    };
    let speaker = Speaker::of(&said, services, &post)?;
    let caller = Caller::of(config).map_err(|source| DeviceSourceError::Target { name: name(), source })?;
    let acceptor = match (&config.client, &config.ca) {
        (Some(files), Some(ca)) if !config.plain => {
            let made = services.identities.of(files).and_then(|shown| tls::acceptor(shown, Some(ca)));
            Some(made.map_err(|source| DeviceSourceError::Tls { name: name(), source })?)
        }
        (None, None) if config.plain => None,
        _ => return Err(DeviceSourceError::MutualTls(name())),
    };
    let scheme = if config.plain { "http" } else { "https" };
    let reached = config.notify.clone().unwrap_or_else(|| address.to_string());
    let (reports, received) = mpsc::channel(limits::SDC_REPORTS);
    let places = Places::new(limits::SDC_CONNECTIONS, limits::SDC_CONNECTIONS);
    let door = Door::new(listener, places, services.shutdown.clone());
    let inbox = Arc::new(Inbox::new(reports, services.shutdown.clone()));
    let letters = inbox.clone();
    let serve = move |stream, _| letters.clone().serve(stream);
    services.tasks.spawn(serve_all(door, speaker.clone(), acceptor, serve));
    let consumer = Consumer::new(speaker, caller, inbox, format!("{scheme}://{reached}"), config);
    services.tasks.spawn(consumer.run(received));
    Ok(())
}
