//! A small HTTPS client with a cookie, over the real listener.

use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Somebody's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    server: SocketAddr,
    tls: TlsConnector,
    pub(crate) cookie: Option<String>,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    pub(crate) fn new(server: SocketAddr, ca: &[u8]) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(ca.to_vec().into()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self { server, tls: TlsConnector::from(Arc::new(config)), cookie: None }
    }

    pub(crate) fn host(&self) -> String {
        format!("localhost:{}", self.server.port())
    }

    /// A TLS connection, for tests that speak by hand.
    pub(crate) async fn connect(&self) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.server).await.unwrap();
        self.tls.connect("localhost".try_into().unwrap(), stream).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(self.connect().await)).await.unwrap();
        tokio::spawn(connection);
        sender.send_request(request).await.unwrap()
    }

    /// A request with the browser's own headers and `more`, which override them; an empty value removes a header.
    pub(crate) async fn ask(&self, method: &str, path: &str, more: &[(&str, &str)], body: &str) -> Answer {
        let origin = format!("https://{}", self.host());
        let host = self.host();
        let cookie = self.cookie.clone().unwrap_or_default();
        let mut headers = vec![("host", host.as_str()), ("cookie", &cookie), ("x-medseal", "test")];
        if method == "POST" {
            headers
                .extend([("origin", origin.as_str()), ("content-type", "application/x-www-form-urlencoded")]);
        }
        headers.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        headers.extend(more);
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers.into_iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let response = self.send(request.body(Full::from(body.to_owned())).unwrap()).await;
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, &[], body).await
    }

    /// Opens a sign-in link, presses its button and keeps the cookie.
    pub(crate) async fn sign_in(&mut self, link: &str) -> Answer {
        let token = link.split_once("t=").unwrap().1;
        let answer = self.post("/sign-in", &format!("t={token}")).await;
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        self.cookie = Some(cookie).filter(|cookie| !cookie.is_empty());
        answer
    }
}
