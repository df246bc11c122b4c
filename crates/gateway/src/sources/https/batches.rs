//! `POST /v1/batches`.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use axum::extract::{Extension, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use seal::{DeviceId, Reason};
use tokio::time::timeout;

use super::answers::{answer, last, refused};
use super::body::Form;
use super::{NAME, Shared, Talk};
use crate::http::{Peer, ShownCertificate};
use crate::limits;
use crate::listen::{HandshakeError, Refused, caller};
use crate::pipeline::{Outcome, RawMessage, Rejection};
use crate::tokens::{Scope, TokenFault};

/// Takes the batches of a request and answers when all are decided.
pub(super) async fn deliver(
    State(shared): State<Shared>,
    Extension(Peer(peer)): Extension<Peer>,
    Extension(shown): Extension<ShownCertificate>,
    Extension(talk): Extension<Arc<Talk>>,
    request: Request,
) -> Response {
    let source: Arc<str> = format!("{NAME} {peer}").into();
    let delivery = Delivery { shared: &shared, source: &source, talk: &talk };
    let device = match delivery.admit(shown.0.as_deref(), request.headers()) {
        Ok(device) => device,
        Err(Turned::Unknown(fault)) => {
            Refused { post: &shared.post, peer, device: None, fault: &fault }.emit(&shared.services).await;
            let detail = fault.to_string();
            return last(refused(&Rejection { reason: Reason::Certificate, detail, counter: None }, None));
        }
        Err(Turned::Known(device, rejection, token)) => {
            return delivery.turn_away(device, &rejection, token).await;
        }
    };
    delivery.take(device, request).await
}

/// Why a request is not looked at further.
enum Turned {
    /// Nobody knows who asks.
    Unknown(HandshakeError),
    /// This device may not.
    Known(DeviceId, Rejection, Option<TokenFault>),
}

/// The access token of a request's `Authorization` header (RFC 6750 section 2.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

struct Delivery<'a> {
    shared: &'a Shared,
    source: &'a Arc<str>,
    talk: &'a Talk,
}

impl Delivery<'_> {
    /// Who asks, by certificate and token.
    fn admit(&self, certificate: Option<&[u8]>, headers: &HeaderMap) -> Result<DeviceId, Turned> {
        let certificate = certificate.ok_or(Turned::Unknown(HandshakeError::NoCertificate))?;
        let caller = caller(certificate, &self.shared.services.registry.now()).map_err(Turned::Unknown)?;
        let device = caller.device;
        if let Err(reason) = caller.verdict {
            let detail = format!("{device} may not deliver");
            return Err(Turned::Known(device, Rejection { reason, detail, counter: None }, None));
        }
        match self.shared.tokens.check(bearer(headers), Scope::WriteBatches, Some(certificate)) {
            Ok(_) => Ok(device),
            Err(fault) => {
                let rejection = Rejection { reason: Reason::Token, detail: fault.to_string(), counter: None };
                Err(Turned::Known(device, rejection, Some(fault)))
            }
        }
    }

    /// Writes a refusal of the whole request down and tells of it.
    async fn turn_away(
        &self,
        device: DeviceId,
        rejection: &Rejection,
        token: Option<TokenFault>,
    ) -> Response {
        let written = self.shared.services.pipeline.refuse(device, self.source, rejection.clone()).await;
        if let Err(error) = written {
            tracing::warn!(%error, "a refusal could not be written");
        }
        let outcome = Outcome::Refused(rejection.clone());
        self.shared.post.tally.answered(&outcome, Instant::now());
        self.bounded(&[outcome], refused(rejection, token))
    }

    async fn take(&self, device: DeviceId, request: Request) -> Response {
        let Some(form) = Form::of(request.headers()) else {
            return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
        };
        let Ok(_place) = self.shared.bodies.acquire().await else { return unavailable() };
        let body = axum::body::to_bytes(request.into_body(), limits::HTTPS_BATCHES_BYTES);
        let Ok(body) = timeout(limits::HTTPS_BODY_TIME, body).await else {
            return last(StatusCode::REQUEST_TIMEOUT.into_response());
        };
        let Ok(body) = body else {
            // Longer than the limit, or broken off; then nobody hears the answer.
            let detail = format!("more than {} bytes", limits::HTTPS_BATCHES_BYTES);
            let rejection = Rejection { reason: Reason::Oversized, detail, counter: None };
            return last(self.turn_away(device, &rejection, None).await);
        };
        let Some(batches) = form.split(&body) else {
            let detail = format!("more than {} batches", limits::HTTPS_BATCHES);
            let rejection = Rejection { reason: Reason::Oversized, detail, counter: None };
            return self.turn_away(device, &rejection, None).await;
        };
        self.enter(&device);
        let Some(outcomes) = self.submit(&device, batches).await else { return unavailable() };
        self.bounded(&outcomes, answer(&outcomes))
    }

    /// Shows the device as connected as long as this connection lasts.
    fn enter(&self, device: &DeviceId) {
        let mut session = self.talk.session.lock().unwrap_or_else(PoisonError::into_inner);
        if session.is_none() {
            *session = Some(self.shared.services.presence.enter(device));
            self.shared.services.metrics.connections.fetch_add(1, Relaxed);
        }
    }

    /// Hands the batches over in their order; `None` when the gateway stops.
    async fn submit(&self, device: &DeviceId, batches: Vec<Vec<u8>>) -> Option<Vec<Outcome>> {
        let mut waiting = Vec::with_capacity(batches.len());
        for bytes in batches {
            self.shared.post.heard();
            let message = RawMessage::new(device.clone(), self.source.clone(), bytes);
            let since = message.arrived;
            waiting.push((self.shared.services.pipeline.submit(message).await.ok()?, since));
        }
        let mut outcomes = Vec::with_capacity(waiting.len());
        for (outcome, since) in waiting {
            let outcome = outcome.await.ok()?;
            self.shared.post.tally.answered(&outcome, since);
            outcomes.push(outcome);
        }
        Some(outcomes)
    }

    /// Counts refusals in a row; too many are the connection's last.
    fn bounded(&self, outcomes: &[Outcome], response: Response) -> Response {
        for outcome in outcomes {
            match outcome {
                Outcome::Refused(_) => self.talk.refusals.fetch_add(1, Relaxed),
                Outcome::Committed(_) | Outcome::Duplicate | Outcome::Unavailable => {
                    self.talk.refusals.swap(0, Relaxed)
                }
            };
        }
        if self.talk.refusals.load(Relaxed) >= limits::REFUSALS { last(response) } else { response }
    }
}

fn unavailable() -> Response {
    answer(&[Outcome::Unavailable])
}
