//! HTTP/1.1 to one server: one request at a time, each with a limit on time and on what is read.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::{Driver, LinkError, Server};
use crate::limits;

/// An open connection.
#[derive(Debug)]
pub(super) struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    _driver: Driver,
}

/// What is asked.
pub(super) struct Post<'a> {
    pub(super) path: &'a str,
    pub(super) media_type: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) body: Vec<u8>,
}

fn protocol(error: impl std::fmt::Display) -> LinkError {
    LinkError::Protocol(error.to_string())
}

impl Client {
    pub(super) async fn open(server: &Server) -> Result<Self, LinkError> {
        let stream = server.connect(Some(b"http/1.1")).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(protocol)?;
        let driver = Driver::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an HTTP connection ended");
            }
        });
        Ok(Self { sender, host: server.address.clone(), _driver: driver })
    }

    /// Whether the server has closed it.
    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    pub(super) async fn post(&mut self, post: Post<'_>) -> Result<(StatusCode, Bytes), LinkError> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(post.path)
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, post.media_type);
        if let Some(token) = post.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Full::new(Bytes::from(post.body))).map_err(protocol)?;
        let asking = async {
            self.sender.ready().await.map_err(protocol)?;
            let (head, body) = self.sender.send_request(request).await.map_err(protocol)?.into_parts();
            let body = Limited::new(body, limits::REPLY_BYTES).collect().await.map_err(protocol)?;
            Ok((head.status, body.to_bytes()))
        };
        timeout(limits::ANSWER, asking).await.map_err(|_| LinkError::Silent)?
    }
}
