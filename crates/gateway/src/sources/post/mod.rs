//! Files of devices by HTTPS requests: for programs that can post what they would else put into a folder.
//!
//! A sender proves who it is with a certificate of the hospital's CA (`clients`), over TLS 1.3; without that it is whoever reaches the port, and without TLS
//! (`plain = true`) whoever reaches the wire. What it posts to `/v1/files` is one file for the source's adapter; its `Content-Type` is not looked at, since the mapping says
//! what it is. Which device measured is what the file says.
//!
//! ```text
//! Door ─► TLS ─► POST /v1/files ─► body, in portions ─► records ─► commit ─┬─► 200  all of it was taken
//! places  clients'                   bounded              adapter          ├─► 422  some was refused: where, why, what to do
//!                                                                          └─► 503  nothing was said yet: post it again
//! ```
//!
//! The answer comes after the commit of the last record. What is good in a refused file is stored all the same: each line is a record of its own. Whoever hears no
//! answer posts the file again, and what was stored is known by its bytes. A file with [`limits::POST_REFUSALS`] refusals is read no further.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::device::{DeviceSourceError, Fault, Said, Speaker, Stop, Taken, Taking};
use super::mllp::tls;
use crate::config;
use crate::http::{Patience, Peer, converse, in_time};
use crate::limits;
use crate::listen::{Door, Places, Refused};
use crate::pipeline::Rejection;
use crate::roster::{Guard, Kind};
use crate::start::Services;

/// What all connections share.
struct Shared {
    speaker: Speaker,
    tls: Option<TlsAcceptor>,
}

/// Accepts senders until the services shut down.
///
/// # Errors
/// When the configuration contradicts itself, or a file of it cannot be used.
pub(super) fn start(
    listener: TcpListener,
    config: &config::Post,
    services: &Services,
) -> Result<(), DeviceSourceError> {
    if config.plain && config.clients.is_some() {
        return Err(DeviceSourceError::Contradiction(config.name.clone()));
    }
    let said = Said {
        name: &config.name,
        adapter: &config.adapter,
        config: config.mapping.as_deref(),
        device: config.device.as_deref(),
        zone: &config.zone,
    };
    let guard = Guard::of(config.plain, config.clients.is_some());
    let address = listener.local_addr().unwrap_or(config.listen);
    let post = services.roster.listener(Kind::Post, config.name.as_str(), address, guard);
    let speaker = Speaker::of(&said, services, &post)?;
    let tls = tls::acceptor_unless(config.plain, services, config.clients.as_deref())
        .map_err(|source| DeviceSourceError::Tls { name: config.name.clone(), source })?;
    let places = Places::new(config.connections, config.connections_per_address);
    let door = Door::new(listener, places, services.shutdown.clone()).shown_at(&post);
    services.tasks.spawn(accept(door, Arc::new(Shared { speaker, tls })));
    Ok(())
}

async fn accept(door: Door, shared: Arc<Shared>) {
    let app = Router::new()
        .route("/v1/files", post(take))
        .with_state(shared.clone())
        .layer(middleware::from_fn(in_time));
    while let Some(arrival) = door.next().await {
        let (task, app, peer) = (shared.clone(), app.clone(), arrival.peer);
        shared.speaker.services.tasks.spawn(async move {
            let ended = match arrival.place {
                Ok(place) => {
                    let ended = task.serve(arrival.stream, peer, app).await;
                    drop(place);
                    ended
                }
                Err(crowded) => Err(Fault::Crowded(crowded)),
            };
            if let Err(fault) = ended {
                let fault = &format!("{}: {fault}", task.speaker.source);
                Refused { post: &task.speaker.post, peer, device: None, fault }
                    .emit(&task.speaker.services)
                    .await;
            }
        });
    }
}

impl Shared {
    /// Serves one connection; what goes wrong before its first request is its peer's fault.
    async fn serve(&self, stream: TcpStream, peer: SocketAddr, app: Router) -> Result<(), Fault> {
        let app = app.layer(Extension(Peer(peer)));
        let shutdown = self.speaker.services.shutdown.clone();
        match &self.tls {
            None => converse(stream, peer, app, Patience::default(), shutdown).await,
            Some(acceptor) => {
                let accepted = timeout(limits::HTTPS_HANDSHAKE, acceptor.accept(stream)).await;
                let stream = accepted.map_err(|_| Fault::HandshakeTime)?.map_err(Fault::Handshake)?;
                converse(stream, peer, app, Patience::default(), shutdown).await;
            }
        }
        Ok(())
    }
}

/// Takes one file.
async fn take(
    State(shared): State<Arc<Shared>>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Response {
    let speaker = &shared.speaker;
    let from: Arc<str> = format!("post {} from {peer}", speaker.source).into();
    let Ok(taking) = Taking::begin(speaker, from) else { return unavailable() };
    let mut taking = taking.bearing(limits::POST_REFUSALS);
    let mut body = request.into_body().into_data_stream();
    let mut length = 0_usize;
    while let Some(portion) = body.next().await {
        // Broken off: nobody hears an answer, and what is not whole is not taken.
        let Ok(portion) = portion else { return StatusCode::BAD_REQUEST.into_response() };
        length = length.saturating_add(portion.len());
        if length > limits::POST_BYTES {
            return too_long();
        }
        match taking.push(&portion).await {
            Ok(()) => {}
            Err(Stop::Unavailable) => return unavailable(),
            Err(Stop::Refusals(_)) => return told(taking.settled().await, Read::Stopped),
        }
    }
    told(taking.end().await, Read::Whole)
}

/// How far a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Whole,
    /// To the last refusal that its source bears.
    Stopped,
}

fn told(taken: Result<Taken, Stop>, read: Read) -> Response {
    let Ok(Taken { stored, refused }) = taken else { return unavailable() };
    let one = |Rejection { reason, detail, .. }: &Rejection| json!({ "reason": reason, "detail": detail });
    let all: Vec<_> = refused.iter().map(one).collect();
    let status = if all.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let whole = read == Read::Whole;
    (status, Json(json!({ "stored": stored, "refused": all, "whole": whole }))).into_response()
}

fn too_long() -> Response {
    let detail = format!("more than {} bytes; what came before them is stored", limits::POST_BYTES);
    (StatusCode::PAYLOAD_TOO_LARGE, Json(json!({ "reason": "oversized", "detail": detail }))).into_response()
}

fn unavailable() -> Response {
    let seconds = HeaderValue::from(limits::RETRY_AFTER.as_secs());
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, seconds)]).into_response()
}
