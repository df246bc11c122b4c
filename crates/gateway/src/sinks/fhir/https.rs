//! One connection to one address: HTTP/1.1 over TLS, or without on purpose; one request at a time, each with a limit on time and on what is read.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::uri::Scheme;
use axum::http::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use crate::config::FhirFeed;
use crate::limits;
use crate::sinks::FeedError;
use crate::sinks::outbox::Trouble;
use crate::tls;

/// Where requests go, checked and ready.
pub(super) struct Peer {
    host: String,
    port: u16,
    /// Host and port as requests name them.
    authority: String,
    path: String,
    secure: Option<(TlsConnector, ServerName<'static>)>,
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
    pub(super) fn of(feed: &FhirFeed, url: &str) -> Result<Self, FeedError> {
        let name = || feed.name.clone();
        let bad_address = || FeedError::Address { feed: name(), address: url.into() };
        let uri: Uri = url.parse().map_err(|_| bad_address())?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(bad_address());
        };
        if uri.query().is_some() || authority.as_str().contains('@') {
            return Err(bad_address());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let (secure, usual) = match (&feed.ca, feed.plain) {
            (Some(ca), false) if *scheme == Scheme::HTTPS => {
                let bad_ca = |error: tls::TlsError| FeedError::Ca { feed: name(), detail: error.to_string() };
                let config = tls::client_config(ca, None).map_err(bad_ca)?;
                let server = ServerName::try_from(host.clone()).map_err(|_| bad_address())?;
                (Some((TlsConnector::from(Arc::new(config)), server)), 443)
            }
            (None, true) if *scheme == Scheme::HTTP => (None, 80),
            (Some(_), false) | (None, true) => return Err(bad_address()),
            (None, false) | (Some(_), true) => return Err(FeedError::Unprotected(name())),
        };
        let path = uri.path().to_owned();
        let port = authority.port_u16().unwrap_or(usual);
        Ok(Self { host, port, authority: authority.as_str().to_owned(), path, secure })
    }

    pub(super) async fn connect(&self) -> Result<Connection, Trouble> {
        let connecting = async {
            let tcp = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(Trouble::peer)?;
            tcp.set_nodelay(true).map_err(Trouble::peer)?;
            match &self.secure {
                Some((connector, name)) => {
                    let tls = connector.connect(name.clone(), tcp).await.map_err(Trouble::peer)?;
                    handshake(tls).await
                }
                None => handshake(tcp).await,
            }
        };
        let late = |_| Trouble::peer(format!("no connection within {} s", limits::FEED_CONNECT.as_secs()));
        let sender = timeout(limits::FEED_CONNECT, connecting).await.map_err(late)??;
        Ok(Connection { sender, authority: self.authority.clone(), path: self.path.clone() })
    }
}

async fn handshake<S>(stream: S) -> Result<SendRequest<Body>, Trouble>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(Trouble::peer)?;
    // It ends with its sender; what goes wrong the sender hears.
    tokio::spawn(connection);
    Ok(sender)
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
