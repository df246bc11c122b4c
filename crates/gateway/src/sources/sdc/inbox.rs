//! Where a provider delivers its reports: an HTTP server for it alone.

use std::convert::Infallible;
use std::io::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::limits;
use crate::listen::{Door, Refused};
use crate::sources::device::{Fault, Speaker};

/// A message that was delivered, and where the answer is waited for: whether it is done with.
pub(super) struct Delivered {
    pub(super) document: Bytes,
    pub(super) answer: oneshot::Sender<bool>,
}

/// The provider's letter box.
pub(super) struct Inbox {
    tls: Option<TlsAcceptor>,
    reports: mpsc::Sender<Delivered>,
    speaker: Speaker,
    /// The one path at which something is taken: of the subscription in force.
    path: Mutex<String>,
}

impl Inbox {
    pub(super) fn new(tls: Option<TlsAcceptor>, reports: mpsc::Sender<Delivered>, speaker: Speaker) -> Self {
        Self { tls, reports, speaker, path: Mutex::default() }
    }

    /// From now on this is the path.
    pub(super) fn take_at(&self, path: &str) {
        path.clone_into(&mut self.path.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn is_known(&self, path: &str) -> bool {
        let known = self.path.lock().unwrap_or_else(PoisonError::into_inner);
        !known.is_empty() && *known == path
    }

    async fn serve(self: &Arc<Self>, stream: TcpStream) -> Result<(), Fault> {
        match &self.tls {
            None => self.converse(stream).await,
            Some(acceptor) => {
                let accepted = timeout(limits::MLLP_HANDSHAKE, acceptor.accept(stream)).await;
                let stream = accepted.map_err(|_| Fault::HandshakeTime)?.map_err(Fault::Handshake)?;
                self.converse(stream).await
            }
        }
    }

    async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
        self: &Arc<Self>,
        stream: S,
    ) -> Result<(), Fault> {
        let inbox = self.clone();
        let service = service_fn(move |request| {
            let inbox = inbox.clone();
            async move { Ok::<_, Infallible>(inbox.answer(request).await) }
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(limits::SDC_IDLE);
        let serving = builder.serve_connection(TokioIo::new(stream), service);
        let shutdown = &self.speaker.services.shutdown;
        let ended = shutdown.run_until_cancelled(serving).await;
        ended.unwrap_or(Ok(())).map_err(|error| Fault::Connection(Error::other(error)))
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        if head.method != Method::POST || !self.is_known(head.uri.path()) {
            return status(StatusCode::NOT_FOUND);
        }
        let reading = axum::body::to_bytes(Body::new(body), adapters::limits::XML);
        let Ok(Ok(document)) = timeout(limits::SDC_ANSWER, reading).await else {
            return status(StatusCode::BAD_REQUEST);
        };
        let (answer, done) = oneshot::channel();
        if self.reports.send(Delivered { document, answer }).await.is_err() {
            return status(StatusCode::SERVICE_UNAVAILABLE);
        }
        match done.await {
            Ok(true) => status(StatusCode::ACCEPTED),
            Ok(false) | Err(_) => status(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Accepts the provider's connections until the services shut down.
pub(super) async fn accept(door: Door, inbox: Arc<Inbox>) {
    while let Some(arrival) = door.next().await {
        let inbox = inbox.clone();
        let peer = arrival.peer;
        inbox.speaker.services.tasks.clone().spawn(async move {
            let ended = match arrival.place {
                Ok(place) => {
                    let ended = inbox.serve(arrival.stream).await;
                    drop(place);
                    ended
                }
                Err(crowded) => Err(Fault::Crowded(crowded)),
            };
            inbox.tell(peer, ended).await;
        });
    }
}

impl Inbox {
    async fn tell(&self, peer: SocketAddr, ended: Result<(), Fault>) {
        let source = &self.speaker.source;
        match ended {
            Ok(()) => tracing::debug!(%source, %peer, "a connection ended"),
            Err(fault) if fault.is_peers() => {
                let fault = &format!("{source}: {fault}");
                Refused { post: &self.speaker.post, peer, device: None, fault }
                    .emit(&self.speaker.services)
                    .await;
            }
            Err(fault) => tracing::debug!(%source, %peer, %fault, "a connection ended"),
        }
    }
}
