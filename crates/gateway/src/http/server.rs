//! The listener: connections, TLS and their limits, before any request is looked at.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::stall::StallGuard;
use crate::limits;
use crate::listen::{Arrival, Door, Places};

/// The other end of a request's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The certificate that the other end showed, if it was asked for one and had one.
#[derive(Clone, Debug)]
pub(crate) struct ShownCertificate(pub(crate) Option<Arc<[u8]>>);

/// How long the server waits for what a peer owes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// A whole TLS handshake.
    handshake: Duration,
    /// A request's head; also the rest between two requests of a connection.
    head: Duration,
    /// Headway in reading what is sent to it.
    stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { handshake: limits::HTTPS_HANDSHAKE, head: limits::HTTP_HEADER_TIME, stall: limits::HTTP_STALL }
    }
}

/// Serves `app` until `shutdown`, then lets the requests under way end for at most [`limits::DRAIN`].
pub(super) async fn run(
    listener: TcpListener,
    tls: TlsAcceptor,
    app: Router,
    patience: Patience,
    shutdown: CancellationToken,
) {
    let tasks = TaskTracker::new();
    let places = Places::new(limits::HTTPS_CONNECTIONS, limits::HTTPS_CONNECTIONS_PER_ADDRESS);
    let door = Door::new(listener, places, shutdown.clone());
    while let Some(Arrival { stream, peer, place }) = door.next().await {
        let place = match place {
            Ok(place) => place,
            Err(crowded) => {
                tracing::debug!(%peer, %crowded, "HTTPS connection refused");
                continue;
            }
        };
        let (tls, app, shutdown) = (tls.clone(), app.clone(), shutdown.clone());
        tasks.spawn(async move {
            serve(stream, peer, &tls, app, patience, shutdown).await;
            drop(place);
        });
    }
    tasks.close();
    if timeout(limits::DRAIN, tasks.wait()).await.is_err() {
        tracing::warn!(
            connections = tasks.len(),
            "HTTPS connections still open after the time given for the stop"
        );
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    tls: &TlsAcceptor,
    app: Router,
    patience: Patience,
    shutdown: CancellationToken,
) {
    let stream = match timeout(patience.handshake, tls.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%peer, %error, "TLS handshake failed"),
        Err(_) => return tracing::debug!(%peer, "TLS handshake took too long"),
    };
    converse(stream, peer, app.layer(Extension(Peer(peer))), patience, shutdown).await;
}

/// Serves one connection after its handshake to its end.
pub(crate) async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: impl Display,
    app: Router,
    patience: Patience,
    shutdown: CancellationToken,
) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_buf_size(limits::HTTP_HEADER_BYTES)
        .max_headers(limits::HTTP_HEADERS)
        .serve_connection(
            TokioIo::new(StallGuard::new(stream, patience.stall)),
            TowerToHyperService::new(app),
        );
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        // It finishes the request under way and takes no other.
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "HTTP connection ended");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use rustls::{ClientConfig, RootCertStore, ServerConfig};
    use rustls_pki_types::PrivateKeyDer;
    use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_rustls::TlsConnector;

    use super::*;

    /// A listener with little patience, a client for it, and the token that stops it.
    async fn listening(app: Router) -> (SocketAddr, TlsConnector, CancellationToken) {
        let certified = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certified.cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let short = Duration::from_millis(150);
        let patience = Patience { handshake: short, head: short, stall: short };
        let shutdown = CancellationToken::new();
        let tls = TlsAcceptor::from(Arc::new(server));
        tokio::spawn(run(listener, tls, app, patience, shutdown.clone()));
        (address, TlsConnector::from(Arc::new(client)), shutdown)
    }

    /// Reads until the server closes, which it must do soon.
    async fn closed(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
        let mut seen = Vec::new();
        let read = timeout(Duration::from_secs(5), stream.read_to_end(&mut seen)).await;
        // How it closes is the server's choice: an error here is a close, too.
        let _ = read.expect("the connection is still open");
        seen
    }

    #[tokio::test]
    async fn a_peer_that_dawdles_is_closed() {
        let (address, tls, _shutdown) = listening(Router::new()).await;
        let connect = || async {
            tls.connect("localhost".try_into().unwrap(), TcpStream::connect(address).await.unwrap())
                .await
                .unwrap()
        };
        closed(&mut TcpStream::connect(address).await.unwrap()).await;
        closed(&mut connect().await).await;
        let mut half = connect().await;
        half.write_all(b"GET / HTTP/1.1\r\nhost: lo").await.unwrap();
        closed(&mut half).await;
        let mut idle = connect().await;
        idle.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        assert!(closed(&mut idle).await.starts_with(b"HTTP/1.1 404"));
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_closed() {
        let done = Arc::new(AtomicBool::new(false));
        let ended = done.clone();
        let endless = move || async move {
            let guard = Ended(ended);
            let body = futures_util::stream::unfold(guard, |guard| async move {
                Some((Ok::<_, std::convert::Infallible>(vec![0; 65_536]), guard))
            });
            axum::body::Body::from_stream(body)
        };
        let (address, tls, _shutdown) =
            listening(Router::new().route("/", axum::routing::get(endless))).await;
        let stream = TcpStream::connect(address).await.unwrap();
        let mut stream = tls.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let begun = std::time::Instant::now();
        while !done.load(Relaxed) {
            assert!(begun.elapsed() < Duration::from_secs(5), "the server still waits");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Says when it is dropped.
    struct Ended(Arc<AtomicBool>);

    impl Drop for Ended {
        fn drop(&mut self) {
            self.0.store(true, Relaxed);
        }
    }
}
