//! A gRPC stream (`docs/batches.proto`): batches go up, and for each a receipt comes down, in order. HTTP/2's windows are the flow control.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use hyper::body::Incoming as Body;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::http::{Request as HttpRequest, Response as HttpResponse, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use seal::Reason;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;

use super::tokens::Tokens;
use super::{Driver, Incoming, Link, LinkError, MessageId, Numbers, Pending, Refusal, Server};
use crate::limits;

const DELIVER: &str = "/medseal.v1.Batches/Deliver";

/// A gateway's source for gRPC.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it listens.
    pub server: Server,
    /// Who gives tokens.
    pub tokens: Tokens,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Batch {
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(bytes = "vec", tag = "2")]
    sealed: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
enum Outcome {
    Unspecified = 0,
    Committed = 1,
    Duplicate = 2,
    Refused = 3,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Receipt {
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(enumeration = "Outcome", tag = "2")]
    outcome: i32,
    #[prost(string, tag = "3")]
    reason: String,
    #[prost(string, tag = "4")]
    detail: String,
}

/// An open stream.
pub struct Stream {
    tokens: Tokens,
    numbers: Numbers,
    batches: mpsc::Sender<Batch>,
    receipts: Streaming<Receipt>,
    /// In the order in which they went up, which is that of the receipts.
    on_their_way: VecDeque<MessageId>,
    _driver: Driver,
}

/// One HTTP/2 connection as tonic takes it.
#[derive(Clone)]
struct Channel(SendRequest<tonic::body::Body>);

impl tower::Service<HttpRequest<tonic::body::Body>> for Channel {
    type Response = HttpResponse<Body>;
    type Error = hyper::Error;
    type Future = Pending<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest<tonic::body::Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

fn protocol(error: impl std::fmt::Display) -> LinkError {
    LinkError::Protocol(error.to_string())
}

impl Stream {
    /// Connects, gets a token if there is none, and begins the stream.
    ///
    /// # Errors
    /// [`LinkError`]
    pub async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let token = endpoint.tokens.current().await?;
        let stream = endpoint.server.connect(Some(b"h2")).await?;
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(limits::KEEP_ALIVE)
            .keep_alive_timeout(limits::PING_ANSWER)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(protocol)?;
        let driver = Driver::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an HTTP/2 connection ended");
            }
        });
        let origin: Uri = format!("https://{}", endpoint.server.address).parse().map_err(protocol)?;
        let mut grpc = Grpc::with_origin(Channel(sender), origin);
        grpc.ready().await.map_err(protocol)?;
        let (batches, queue) = mpsc::channel(limits::IN_FLIGHT);
        let mut request = Request::new(ReceiverStream::new(queue));
        let bearer = format!("Bearer {}", token.as_str()).parse().map_err(protocol)?;
        request.metadata_mut().insert("authorization", bearer);
        let codec: ProstCodec<Batch, Receipt> = ProstCodec::default();
        let answered = grpc.streaming(request, PathAndQuery::from_static(DELIVER), codec).await;
        let receipts = answered.map_err(|status| told(&endpoint.tokens, &status))?.into_inner();
        Ok(Self {
            tokens: endpoint.tokens.clone(),
            numbers: Numbers::default(),
            batches,
            receipts,
            on_their_way: VecDeque::new(),
            _driver: driver,
        })
    }

    async fn hear(&mut self) -> Result<Incoming, LinkError> {
        let receipt = self.receipts.message().await.map_err(|status| told(&self.tokens, &status))?;
        let receipt = receipt.ok_or(LinkError::Closed)?;
        let id = MessageId(receipt.number);
        if self.on_their_way.pop_front() != Some(id) {
            return Err(LinkError::Protocol(format!("a receipt for batch {} out of turn", receipt.number)));
        }
        match Outcome::try_from(receipt.outcome) {
            Ok(Outcome::Committed | Outcome::Duplicate) => Ok(Incoming::Acknowledged(id)),
            Ok(Outcome::Refused) => {
                let refusal = receipt.reason.parse().map_or(Refusal::Code(0), Refusal::For);
                Ok(Incoming::Refused(id, refusal))
            }
            Ok(Outcome::Unspecified) | Err(_) => {
                Err(LinkError::Protocol(format!("outcome {} in a receipt", receipt.outcome)))
            }
        }
    }
}

/// Why a stream ended.
fn told(tokens: &Tokens, status: &Status) -> LinkError {
    if status.code() == Code::Unauthenticated {
        tokens.forget();
    }
    match status.message().parse::<Reason>() {
        Ok(reason) => LinkError::Refused(reason),
        Err(_) if status.code() == Code::Unavailable => LinkError::Unavailable,
        Err(_) => LinkError::Protocol(format!("{:?}: {}", status.code(), status.message())),
    }
}

impl Link for Stream {
    fn room(&self) -> usize {
        limits::IN_FLIGHT.saturating_sub(self.on_their_way.len()).min(self.batches.capacity())
    }

    fn publish(&mut self, sealed: &[u8]) -> Result<MessageId, LinkError> {
        let id = self.numbers.next();
        let batch = Batch { number: id.0, sealed: sealed.to_vec() };
        self.batches.try_send(batch).map_err(|_| LinkError::Closed)?;
        self.on_their_way.push_back(id);
        Ok(id)
    }

    fn next(&mut self) -> Pending<'_, Result<Incoming, LinkError>> {
        Box::pin(self.hear())
    }

    fn close(self: Box<Self>) -> Pending<'static, ()> {
        let Self { batches, mut receipts, .. } = *self;
        drop(batches);
        Box::pin(async move {
            let ended = tokio::time::timeout(limits::CONNECT, receipts.message()).await;
            if let Ok(Err(status)) = ended {
                tracing::debug!(%status, "the stream ended before its end was said");
            }
        })
    }
}
