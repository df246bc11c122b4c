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
//!                                                  a length beyond the limit: 413, before anything was read
//! ```
//!
//! The answer comes after the commit of the last record. What is good in a refused file is stored all the same: each line is a record of its own. Whoever hears no
//! answer posts the file again, and what was stored is known by its bytes. A file with [`limits::POST_REFUSALS`] refusals is read no further.

use std::sync::Arc;

use axum::body::HttpBody as _;
use axum::extract::{Extension, Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::StreamExt as _;
use seal::Reason;
use serde_json::json;
use tokio::net::TcpListener;

use super::device::{DeviceSourceError, Said, Speaker, Stop, Taken, Taking, serve_all};
use super::mllp::tls;
use crate::config;
use crate::http::{Patience, Peer, converse, in_time};
use crate::limits;
use crate::listen::{Door, Places};
use crate::pipeline::{Outcome, Rejection};
use crate::roster::{Guard, Kind};
use crate::start::Services;

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
    let at = services.roster.listener(Kind::Post, config.name.as_str(), address, guard);
    let speaker = Speaker::of(&said, services, &at)?;
    let tls = tls::acceptor_unless(config.plain, services, config.clients.as_deref())
        .map_err(|source| DeviceSourceError::Tls { name: config.name.clone(), source })?;
    let places = Places::new(config.connections, config.connections_per_address);
    let door = Door::new(listener, places, services.shutdown.clone()).shown_at(&at);
    let app = Router::new()
        .route("/v1/files", post(take))
        .with_state(speaker.clone())
        .layer(middleware::from_fn(in_time));
    let shutdown = services.shutdown.clone();
    let serve = move |stream, peer| {
        let (app, shutdown) = (app.clone().layer(Extension(Peer(peer))), shutdown.clone());
        async move {
            converse(stream, peer, app, Patience::default(), shutdown).await;
            Ok(())
        }
    };
    services.tasks.spawn(serve_all(door, speaker, tls, serve));
    Ok(())
}

/// Takes one file.
async fn take(
    State(speaker): State<Speaker>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
) -> Response {
    let from: Arc<str> = format!("post {} from {peer}", speaker.source).into();
    if request.body().size_hint().lower() > limits::POST_BYTES as u64 {
        return too_long(&speaker, &from, "nothing of it was read").await;
    }
    let Ok(taking) = Taking::begin(&speaker, from.clone()) else { return unavailable() };
    let mut taking = taking.bearing(limits::POST_REFUSALS);
    let mut body = request.into_body().into_data_stream();
    let mut length = 0_usize;
    while let Some(portion) = body.next().await {
        // Broken off: nobody hears an answer, and what is not whole is not taken.
        let Ok(portion) = portion else { return StatusCode::BAD_REQUEST.into_response() };
        length = length.saturating_add(portion.len());
        if length > limits::POST_BYTES {
            return too_long(&speaker, &from, "what came before them is stored").await;
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

/// A file that is not taken for its length, which is a refusal like any other.
async fn too_long(speaker: &Speaker, from: &Arc<str>, kept: &str) -> Response {
    let detail = format!("more than {} bytes; {kept}", limits::POST_BYTES);
    let rejection = Rejection { reason: Reason::Oversized, detail: detail.clone(), counter: None };
    let pipeline = &speaker.services.pipeline;
    let Ok(written) = pipeline.refuse_message(speaker.source.clone(), from, Vec::new(), rejection).await
    else {
        return unavailable();
    };
    match written.await {
        Ok(Outcome::Refused(_)) => {
            let body = Json(json!({ "reason": Reason::Oversized, "detail": detail }));
            (StatusCode::PAYLOAD_TOO_LARGE, body).into_response()
        }
        Ok(Outcome::Committed(_) | Outcome::Duplicate | Outcome::Unavailable) | Err(_) => unavailable(),
    }
}

fn unavailable() -> Response {
    let seconds = HeaderValue::from(limits::RETRY_AFTER.as_secs());
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, seconds)]).into_response()
}
