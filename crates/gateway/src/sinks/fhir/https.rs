//! One connection to one address: HTTP/1.1 over TLS, or without on purpose; one request at a time, each with a limit on time and on what is read.

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::config::Feed;
use crate::connect::Target;
use crate::limits;
use crate::sinks::FeedError;
use crate::sinks::outbox::Trouble;

/// Where requests go, checked and ready.
pub(super) struct Peer {
    target: Target,
    /// Host and port as requests name them.
    authority: String,
    path: String,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Peer {
    /// An address of the feed: its own or its token endpoint's.
    pub(super) fn of(feed: &Feed, url: &str) -> Result<Self, FeedError> {
        let bad_address = || FeedError::Address { feed: feed.name.clone(), address: url.into() };
        let uri: Uri = url.parse().map_err(|_| bad_address())?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(bad_address());
        };
        if uri.query().is_some() || authority.as_str().contains('@') {
            return Err(bad_address());
        }
        let usual = match (&feed.ca, feed.plain) {
            (Some(_), false) if *scheme == Scheme::HTTPS => 443,
            (None, true) if *scheme == Scheme::HTTP => 80,
            (Some(_), false) | (None, true) => return Err(bad_address()),
            (None, false) | (Some(_), true) => return Err(FeedError::Unprotected(feed.name.clone())),
        };
        let address = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(usual));
        let target =
            Target::of(&address, &feed.trust()).map_err(|error| FeedError::target(&feed.name, url, error))?;
        Ok(Self { target, authority: authority.as_str().to_owned(), path: uri.path().to_owned() })
    }

    pub(super) async fn connect(&self) -> Result<Connection, Trouble> {
        let connecting = async {
            let stream = self.target.connect().await.map_err(Trouble::peer)?;
            let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Trouble::peer)?;
            // It ends with its sender; what goes wrong the sender hears.
            tokio::spawn(connection);
            Ok::<_, Trouble>(sender)
        };
        let late = |_| Trouble::peer(format!("no connection within {} s", limits::FEED_CONNECT.as_secs()));
        let sender = timeout(limits::FEED_CONNECT, connecting).await.map_err(late)??;
        Ok(Connection { sender, authority: self.authority.clone(), path: self.path.clone() })
    }
}

/// A connection that takes one request after the other.
pub(super) struct Connection {
    sender: SendRequest<Body>,
    authority: String,
    path: String,
}

impl Connection {
    /// POSTs to the address that it was made for.
    pub(super) async fn post(
        &mut self,
        body: String,
        media_type: &str,
        token: Option<&Zeroizing<String>>,
    ) -> Result<Reply, Trouble> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, media_type)
            .header(ACCEPT, "application/fhir+json, application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.as_str()));
        }
        let request = request.body(Body::from(body)).map_err(Trouble::peer)?;
        let answering = async {
            self.sender.ready().await.map_err(Trouble::peer)?;
            let (head, body) = self.sender.send_request(request).await.map_err(Trouble::peer)?.into_parts();
            let body = axum::body::to_bytes(Body::new(body), limits::FEED_REPLY_BYTES);
            let body = body.await.map_err(Trouble::peer)?;
            Ok(Reply { status: head.status, headers: head.headers, body })
        };
        let late = |_| Trouble::peer(format!("no answer within {} s", limits::FEED_ANSWER.as_secs()));
        timeout(limits::FEED_ANSWER, answering).await.map_err(late)?
    }
}
