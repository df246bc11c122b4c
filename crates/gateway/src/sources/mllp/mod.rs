//! HL7 v2 over MLLP, releases 1 and 2: the way of bedside gateways, admission systems and device managers.
//!
//! A peer proves who it is with a certificate of the hospital's CA (`clients`), over TLS 1.3; without that it is whoever reaches the port, and
//! without TLS (`plain = true`) whoever reaches the wire. It never proves which device measured: what it delivers bears no seal, is
//! taken only where the configuration says `unsealed = true`, and is marked wherever it shows. Who came, moved and went is taken only with
//! `admissions = true`.
//!
//! ```text
//! listener ─► frames (mllp) ─► message ─┬─ ORU^R01 ─► readings ──► Pipeline::submit_unsealed ─┐
//!  Door, TLS                            ├─ ADT, PCIM ─► registry (one transaction) ───────────┼─► outcome ─► MSA, commit block
//!                                       └─ any other, unreadable ─► quarantine ───────────────┘    in order
//! ```
//!
//! Answers follow the commit, in the order of the messages. All messages that one read brought are handed over before the first is waited for, so a
//! peer that does not wait for answers shares the price of one sync among them. What a message asks for by MSH-15 and MSH-16 it gets;
//! with both empty one answer. What could not be stored is answered AR (HL7 v2.6 section 2.9: not for its content, try again), and the connection ends;
//! in release 2 with a NAK block.
//!
//! The same bytes from the same source are the same message: acknowledged again, stored once.

mod apply;
mod connection;
pub mod decode;
mod events;
mod message;
pub(super) mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::config::Mllp;
use crate::listen::{Door, Places};
use crate::roster::{Guard, Kind, Post};
use crate::start::Services;
use crate::tls::TlsError;
use events::{Ended, Fault};

/// What all connections of a listener share.
struct Shared {
    services: Services,
    config: Mllp,
    tls: Option<TlsAcceptor>,
    post: Arc<Post>,
    /// The number of the next answer, and what makes it differ between runs: MSH-10.
    answers: AtomicU64,
    started: i64,
}

impl Shared {
    fn next_control_id(&self) -> String {
        format!("A{:x}-{}", self.started, self.answers.fetch_add(1, Relaxed))
    }
}

/// Why a source cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum MllpError {
    /// Neither TLS nor the wish to do without.
    #[error(
        "sources.mllp {name}: clients names CAs, which needs TLS; take one away, clients or plain = true"
    )]
    Contradiction {
        /// The source's name.
        name: String,
    },
    /// The certificate, its key or the clients' CAs cannot be used.
    #[error("sources.mllp {name}: {source}")]
    Tls {
        /// The source's name.
        name: String,
        /// Why not.
        source: TlsError,
    },
}

/// Accepts peers until the services shut down.
///
/// # Errors
/// When the configuration contradicts itself, or a certificate cannot be used.
pub(crate) fn start(listener: TcpListener, config: &Mllp, services: &Services) -> Result<(), MllpError> {
    let name = || config.name.to_string();
    if config.plain && config.clients.is_some() {
        return Err(MllpError::Contradiction { name: name() });
    }
    let tls = if config.plain {
        None
    } else {
        let shown = services.identities.of(&services.config.tls);
        let made = shown.and_then(|shown| tls::acceptor(shown, config.clients.as_deref()));
        Some(made.map_err(|source| MllpError::Tls { name: name(), source })?)
    };
    let guard = match (config.plain, &config.clients) {
        (true, _) => Guard::Plain,
        (false, Some(_)) => Guard::MutualTls,
        (false, None) => Guard::Tls,
    };
    let address = listener.local_addr().unwrap_or(config.listen);
    let post = services.roster.listener(Kind::Mllp, config.name.as_str(), address, guard);
    let shared = Shared {
        services: services.clone(),
        config: config.clone(),
        tls,
        post: post.clone(),
        answers: AtomicU64::new(1),
        started: crate::store::now().0,
    };
    let places = Places::new(config.connections, config.connections_per_address);
    let door = Door::new(listener, places, services.shutdown.clone()).shown_at(&post);
    services.tasks.spawn(accept(door, Arc::new(shared)));
    Ok(())
}

async fn accept(door: Door, shared: Arc<Shared>) {
    while let Some(arrival) = door.next().await {
        let (task, peer) = (shared.clone(), arrival.peer);
        shared.services.tasks.spawn(async move {
            let ended = match arrival.place {
                Ok(place) => {
                    let ended = connection::run(arrival.stream, peer, &task).await;
                    drop(place);
                    ended
                }
                Err(crowded) => Err(Fault::Crowded(crowded)),
            };
            let fault = ended.as_ref().err();
            Ended { source: &task.config.name, post: &task.post, peer, fault }.emit(&task.services).await;
        });
    }
}
