//! Sealed batches by HTTPS requests: for devices that send now and then, and for programs in their place.
//!
//! A device shows its TLS certificate, which must be the enrolled one, and the access token that it got for it at this
//! listener's `/token` with an assertion made in its element ([`crate::tokens`]). It may post to `/v1/batches`:
//!
//! | `Content-Type` | body |
//! |---|---|
//! | `application/cbor` | one sealed batch |
//! | `application/cbor-seq` | several, one after the other (RFC 8742) |
//! | `application/json` | `{ "batches": ["…", …] }`, each sealed batch in base64url |
//!
//! The answer comes after the commit. One batch is answered with its own status, several with 207 and one answer each:
//!
//! ```text
//!   Door ─► TLS ─► certificate ─► token ─► body, bounded ─► split ─► pipeline ─► outcomes ─► statuses
//!  places  makers'   registry     tokens    permits, time            in order    in order
//! ```
//!
//! The other side is `device::transport::https`.

mod answers;
mod batches;
mod body;

pub use body::bodies;

use std::net::SocketAddr;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Extension;
use axum::middleware;
use axum::routing::post;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::config::Listener;
use crate::http::{Patience, Peer, ShownCertificate, converse, in_time};
use crate::limits;
use crate::listen::{Arrival, ClientCertificate, DeviceTls, Door, Places, Refused};
use crate::presence::Session;
use crate::roster::{Guard, Kind, Post};
use crate::start::Services;
use crate::tls::TlsError;
use crate::tokens::{self, Tokens};

/// The name of this source in audit and log.
const NAME: &str = "https";

/// What all connections share.
#[derive(Clone)]
struct Shared {
    services: Services,
    tokens: Arc<Tokens>,
    tls: Arc<DeviceTls>,
    post: Arc<Post>,
    /// Places for bodies in memory.
    bodies: Arc<Semaphore>,
}

/// What one connection remembers between its requests.
#[derive(Default)]
struct Talk {
    /// Its place among the connected devices, once a token was accepted.
    session: Mutex<Option<Session>>,
    /// Messages refused since the last accepted one.
    refusals: AtomicU32,
}

/// Accepts devices until the services shut down.
///
/// # Errors
/// [`TlsError`] for the server's certificate or key.
pub(crate) fn start(
    listener: TcpListener,
    config: &Listener,
    tokens: &Arc<Tokens>,
    services: &Services,
) -> Result<(), TlsError> {
    let shown = services.identities.of(&services.config.tls)?;
    let tls = DeviceTls::new(shown, ClientCertificate::Offered, &[b"http/1.1"])?;
    let address = listener.local_addr().unwrap_or(config.listen);
    let post = services.roster.listener(Kind::Https, NAME, address, Guard::MutualTls);
    let places = Places::new(config.connections, config.connections_per_address);
    let door = Door::new(listener, places, services.shutdown.clone()).shown_at(&post);
    let shared = Shared {
        services: services.clone(),
        tokens: tokens.clone(),
        tls: Arc::new(tls),
        post,
        bodies: Arc::new(Semaphore::new(limits::HTTPS_BODIES)),
    };
    services.tasks.spawn(accept(door, shared));
    Ok(())
}

async fn accept(door: Door, shared: Shared) {
    let app = app(&shared);
    while let Some(Arrival { stream, peer, place }) = door.next().await {
        let (shared, app) = (shared.clone(), app.clone());
        shared.services.tasks.clone().spawn(async move {
            match place {
                Ok(_place) => serve(stream, peer, &shared, app).await,
                Err(crowded) => {
                    Refused { post: &shared.post, peer, device: None, fault: &crowded }
                        .emit(&shared.services)
                        .await;
                }
            }
        });
    }
}

fn app(shared: &Shared) -> Router {
    Router::new()
        .route("/v1/batches", post(batches::deliver))
        .with_state(shared.clone())
        .merge(tokens::router(&shared.tokens, &shared.services))
        .layer(middleware::from_fn(in_time))
}

async fn serve(stream: TcpStream, peer: SocketAddr, shared: &Shared, app: Router) {
    let deadline = Instant::now() + limits::HTTPS_HANDSHAKE;
    let registry = shared.services.registry.now();
    let (stream, certificate) = match shared.tls.accept(stream, &registry, deadline).await {
        Ok(accepted) => accepted,
        Err(fault) => {
            return Refused { post: &shared.post, peer, device: None, fault: &fault }
                .emit(&shared.services)
                .await;
        }
    };
    let app = app
        .layer(Extension(Arc::new(Talk::default())))
        .layer(Extension(ShownCertificate(certificate.map(Arc::from))))
        .layer(Extension(Peer(peer)));
    converse(stream, peer, app, Patience::default(), shared.services.shutdown.clone()).await;
}
