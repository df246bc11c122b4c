//! Where a provider delivers its reports: an HTTP server for it alone.

use std::convert::Infallible;
use std::io::Error;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::connect::Stream;
use crate::limits;
use crate::sources::device::Fault;

/// A message that was delivered, and where the answer is waited for: whether it is done with.
pub(super) struct Delivered {
    pub(super) document: Bytes,
    pub(super) answer: oneshot::Sender<bool>,
}

/// The provider's letter box.
pub(super) struct Inbox {
    reports: mpsc::Sender<Delivered>,
    shutdown: CancellationToken,
    /// The one path at which something is taken: of the subscription in force.
    path: Mutex<String>,
}

impl Inbox {
    pub(super) fn new(reports: mpsc::Sender<Delivered>, shutdown: CancellationToken) -> Self {
        Self { reports, shutdown, path: Mutex::default() }
    }

    /// From now on this is the path.
    pub(super) fn take_at(&self, path: &str) {
        path.clone_into(&mut self.path.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn is_known(&self, path: &str) -> bool {
        let known = self.path.lock().unwrap_or_else(PoisonError::into_inner);
        !known.is_empty() && *known == path
    }

    /// One connection of the provider.
    pub(super) async fn serve(self: Arc<Self>, stream: Box<dyn Stream>) -> Result<(), Fault> {
        let service = service_fn(|request| {
            let inbox = self.clone();
            async move { Ok::<_, Infallible>(inbox.answer(request).await) }
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(limits::SDC_IDLE);
        let serving = builder.serve_connection(TokioIo::new(stream), service);
        let ended = self.shutdown.run_until_cancelled(serving).await;
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
