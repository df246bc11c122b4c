//! Sealed batches on a gRPC stream (`docs/batches.proto`): batches go up, and for each a receipt comes down, in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::http::uri::PathAndQuery;
use hyper::http::{Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::client::Grpc as Client;
use tonic::{Code, Status, Streaming};
use tonic_prost::ProstCodec;

use super::{LinkError, Verdict, stream};
use crate::target::Target;
use crate::token::{Asker, Scope};

const DELIVER: &str = "/medseal.v1.Batches/Deliver";
/// Batches given to HTTP/2 and not sent yet.
const AHEAD: usize = 64;

#[derive(Clone, PartialEq, prost::Message)]
struct Batch {
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(bytes = "bytes", tag = "2")]
    sealed: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
enum Told {
    Unspecified = 0,
    Committed = 1,
    Duplicate = 2,
    Refused = 3,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Receipt {
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(enumeration = "Told", tag = "2")]
    outcome: i32,
    #[prost(string, tag = "3")]
    reason: String,
}

/// A stream.
pub(crate) struct Grpc {
    batches: mpsc::Sender<Batch>,
    receipts: Streaming<Receipt>,
    /// Put and not given to HTTP/2.
    waiting: VecDeque<Bytes>,
    /// Numbers of the last batch given and of the last receipt.
    given: u64,
    told: u64,
    verdicts: VecDeque<Verdict>,
    connection: JoinHandle<()>,
}

/// One HTTP/2 connection as tonic takes it.
struct Channel(SendRequest<Body>);

impl tower::Service<Request<Body>> for Channel {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

fn wrong(what: impl std::fmt::Display) -> LinkError {
    LinkError::Protocol { protocol: "gRPC", what: what.to_string() }
}

/// What ended or refused the stream.
fn ended(status: &Status) -> LinkError {
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied | Code::ResourceExhausted => {
            LinkError::Refused(status.message().to_owned())
        }
        code => LinkError::Closed(format!(": {code:?} {}", status.message())),
    }
}

impl Grpc {
    /// Gets a token at the token endpoint, then connects and begins the stream.
    pub(super) async fn open(
        target: &Target,
        tls: &Arc<ClientConfig>,
        asker: &Asker,
        tokens: (&Target, &Arc<ClientConfig>),
    ) -> Result<Self, LinkError> {
        let token = asker.ask(tokens.0, tokens.1, Scope::Write).await?;
        let stream = stream::connect(target, Some(tls)).await?;
        let handshake = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .handshake(TokioIo::new(stream));
        let (sender, driver) = handshake.await.map_err(wrong)?;
        let connection = tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "an HTTP/2 connection ended");
            }
        });
        let origin: Uri = format!("https://{}", target.address()).parse().map_err(wrong)?;
        let mut client = Client::with_origin(Channel(sender), origin);
        client.ready().await.map_err(wrong)?;
        let (batches, queue) = mpsc::channel(AHEAD);
        let mut request = tonic::Request::new(ReceiverStream::new(queue));
        let bearer = format!("Bearer {token}").parse().map_err(wrong)?;
        request.metadata_mut().insert("authorization", bearer);
        let codec: ProstCodec<Batch, Receipt> = ProstCodec::default();
        let answered = client.streaming(request, PathAndQuery::from_static(DELIVER), codec).await;
        let receipts = answered.map_err(|status| ended(&status))?.into_inner();
        let (waiting, verdicts) = (VecDeque::new(), VecDeque::new());
        Ok(Self { batches, receipts, waiting, given: 0, told: 0, verdicts, connection })
    }

    pub(super) fn put(&mut self, batch: &Bytes) {
        self.waiting.push_back(batch.clone());
    }

    pub(super) fn ready(&mut self) -> Option<Verdict> {
        self.verdicts.pop_front()
    }

    /// Gives HTTP/2 what it takes, then waits for the next receipt.
    pub(super) async fn exchange(&mut self) -> Result<(), LinkError> {
        while let Ok(place) = self.batches.try_reserve() {
            let Some(sealed) = self.waiting.pop_front() else { break };
            self.given += 1;
            place.send(Batch { number: self.given, sealed });
        }
        let receipt = self.receipts.message().await.map_err(|status| ended(&status))?;
        let receipt = receipt.ok_or_else(|| LinkError::Closed(String::new()))?;
        self.told += 1;
        if receipt.number != self.told {
            return Err(wrong(format!(
                "receipt {}, the oldest without one is {}",
                receipt.number, self.told
            )));
        }
        self.verdicts.push_back(match receipt.outcome() {
            Told::Committed | Told::Duplicate => Verdict::Stored,
            Told::Refused => Verdict::Refused(receipt.reason),
            Told::Unspecified => return Err(wrong("a receipt without an outcome")),
        });
        Ok(())
    }
}

impl Drop for Grpc {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl std::fmt::Debug for Grpc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grpc").field("given", &self.given).field("told", &self.told).finish_non_exhaustive()
    }
}
