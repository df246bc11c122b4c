//! Requests to a provider: each on a connection of its own, with limits on time and on what is read.

use std::io::Error;

use adapters::sdc::Request as Message;
use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, CONTENT_TYPE, HOST};
use axum::http::uri::Scheme;
use axum::http::{Method, Request, StatusCode, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::config;
use crate::connect::{Target, TargetError};
use crate::limits;

/// The media type of SOAP 1.2.
pub(super) const SOAP: &str = "application/soap+xml; charset=utf-8";

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("no answer within {} s", limits::SDC_ANSWER.as_secs())]
    Late,
    #[error("{0}")]
    Connection(#[from] Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("its answer is too long: {0}")]
    Long(axum::Error),
    #[error("it names an address elsewhere: {0}")]
    Elsewhere(String),
    #[error("it answers {status}: {detail}")]
    Fault { status: StatusCode, detail: String },
    #[error("its answer: {0}")]
    Answer(#[from] adapters::Refusal),
}

/// Speaks to one provider.
pub(super) struct Caller {
    config: config::Sdc,
    host: String,
}

impl Caller {
    /// Checks the address, and that its certificates can be read.
    pub(super) fn of(config: &config::Sdc) -> Result<Self, TargetError> {
        let wrong = || TargetError::Address(config.url.clone());
        let uri: Uri = config.url.parse().map_err(|_| wrong())?;
        let host = uri.host().ok_or_else(wrong)?.to_owned();
        let caller = Self { config: config.clone(), host };
        caller.target(&config.url)?;
        Ok(caller)
    }

    /// Where an address leads: on the configured host only, since whoever answers there may name any.
    fn target(&self, url: &str) -> Result<(Target, Uri), TargetError> {
        let wrong = || TargetError::Address(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let scheme = if self.config.plain { Scheme::HTTP } else { Scheme::HTTPS };
        let (Some(authority), true) = (uri.authority(), uri.scheme() == Some(&scheme)) else {
            return Err(wrong());
        };
        if authority.host() != self.host || authority.as_str().contains('@') {
            return Err(wrong());
        }
        let port = authority.port_u16().unwrap_or(if self.config.plain { 80 } else { 443 });
        let target = Target::of(&format!("{}:{port}", authority.host()), &self.config.trust())?;
        Ok((target, uri))
    }

    /// Sends a message and reads the answer.
    pub(super) async fn call(&self, message: Message) -> Result<Bytes, CallError> {
        let (target, uri) = self.target(&message.to).map_err(|_| CallError::Elsewhere(message.to.clone()))?;
        let calling = async {
            let stream = target.connect().await?;
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
            // It ends with its sender; what goes wrong the sender hears.
            tokio::spawn(connection);
            let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
            let request = Request::builder()
                .method(Method::POST)
                .uri(uri.path_and_query().map_or("/", |path| path.as_str()))
                .header(HOST, authority)
                .header(CONTENT_TYPE, format!("{SOAP}; action=\"{}\"", message.action))
                .header(CONNECTION, "close")
                .body(Body::from(message.body))
                .map_err(Error::other)?;
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = axum::body::to_bytes(Body::new(body), adapters::limits::XML).await;
            let body = body.map_err(CallError::Long)?;
            match head.status.is_success() {
                true => Ok(body),
                false => Err(CallError::Fault { status: head.status, detail: fault(&body) }),
            }
        };
        timeout(limits::SDC_ANSWER, calling).await.map_err(|_| CallError::Late)?
    }
}

/// What a fault says, in as many words as a log line takes.
fn fault(body: &[u8]) -> String {
    match adapters::sdc::read_mdib(body) {
        Err(refusal) => refusal.problem.to_string().chars().take(200).collect(),
        Ok(_) => String::new(),
    }
}
