//! Sealed batches on a gRPC stream (`docs/batches.proto`): batches go up, and for each a receipt comes down, in order. The messages are
//! few, so they stand here by hand; a test of the gateway compiles the file and talks with what comes out.
//!
//! ```text
//! Stream::put ─► Batch 1, 2, 3 … ─► HTTP/2, its windows are the flow control ─► gateway
//! Stream::receipt ◄─ Receipt 1, 2, 3 … ◄────────────────────────────────────────┘
//! ```
//!
//! [`Stream`] is the end that sends; a gateway serves [`Batch`] and [`Receipt`] at [`DELIVER`].

use std::collections::VecDeque;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::http::uri::PathAndQuery;
use hyper::http::{Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use seal::Reason;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;

pub use tonic::Code;

use crate::limits;

/// The one method there is.
pub const DELIVER: &str = "/medseal.v1.Batches/Deliver";

/// A batch on its way up.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Batch {
    /// Numbers the batches of a stream; the sender's choice.
    #[prost(uint64, tag = "1")]
    pub number: u64,
    /// One sealed batch.
    #[prost(bytes = "bytes", tag = "2")]
    pub sealed: Bytes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
enum Told {
    Unspecified = 0,
    Committed = 1,
    Duplicate = 2,
    Refused = 3,
}

/// What became of a batch.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Receipt {
    /// The batch's number.
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(enumeration = "Told", tag = "2")]
    outcome: i32,
    /// The reason's word when it was refused.
    #[prost(string, tag = "3")]
    reason: String,
    /// More about it, for people.
    #[prost(string, tag = "4")]
    detail: String,
}

impl Receipt {
    fn of(number: u64, told: Told) -> Self {
        Self { number, outcome: told.into(), ..Self::default() }
    }

    /// The batch is on disk.
    #[must_use]
    pub fn committed(number: u64) -> Self {
        Self::of(number, Told::Committed)
    }

    /// It was on disk already, unchanged.
    #[must_use]
    pub fn duplicate(number: u64) -> Self {
        Self::of(number, Told::Duplicate)
    }

    /// It is refused for good.
    #[must_use]
    pub fn refused(number: u64, reason: Reason, detail: String) -> Self {
        Self { reason: reason.as_str().into(), detail, ..Self::of(number, Told::Refused) }
    }

    fn read(self) -> Result<Answer, Fault> {
        match Told::try_from(self.outcome) {
            Ok(Told::Committed | Told::Duplicate) => Ok(Answer::Stored),
            Ok(Told::Refused) => Ok(Answer::Refused(self.reason)),
            Ok(Told::Unspecified) | Err(_) => Err(Fault::Outcome(self.outcome)),
        }
    }
}

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The batch is on disk, now or before.
    Stored,
    /// It is refused for good, with this word.
    Refused(String),
}

/// Why there is no stream, or no more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The connection failed, or was not HTTP/2.
    #[error("HTTP/2: {0}")]
    Http(String),
    /// The other side ended or refused the stream. The words of a gateway that refuses are the reason's.
    #[error("{code:?}: {words}")]
    Told {
        /// The kind.
        code: Code,
        /// What it says.
        words: String,
    },
    /// A receipt for another batch than the oldest without one.
    #[error("a receipt for batch {came} out of turn")]
    Turn {
        /// Its number.
        came: u64,
    },
    /// A receipt that says nothing known.
    #[error("outcome {0} in a receipt")]
    Outcome(i32),
    /// The other side has no more to say.
    #[error("the stream has ended")]
    Ended,
}

impl From<Status> for Fault {
    fn from(status: Status) -> Self {
        Self::Told { code: status.code(), words: status.message().to_owned() }
    }
}

fn http(error: impl std::fmt::Display) -> Fault {
    Fault::Http(error.to_string())
}

/// An open stream.
pub struct Stream {
    batches: mpsc::Sender<Batch>,
    receipts: Streaming<Receipt>,
    /// The number of the last batch.
    last: u64,
    /// Numbers of the batches without a receipt.
    under_way: VecDeque<u64>,
    driver: Driver,
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

impl Stream {
    /// Begins a stream to `authority` (host and port) with an access token, over a connection that was made and has agreed on
    /// HTTP/2. At most `most` batches are kept that HTTP/2 has not taken yet.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn open<Io>(stream: Io, authority: &str, token: &str, most: usize) -> Result<Self, Fault>
    where
        Io: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let handshake = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(limits::HTTP2_QUIET)
            .keep_alive_timeout(limits::HTTP2_ANSWER)
            .keep_alive_while_idle(true)
            .handshake(TokioIo::new(stream));
        let (sender, connection) = handshake.await.map_err(http)?;
        let driver = Driver(tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an HTTP/2 connection ended");
            }
        }));
        let origin: Uri = format!("https://{authority}").parse().map_err(http)?;
        let mut client = Grpc::with_origin(Channel(sender), origin);
        client.ready().await.map_err(http)?;
        let (batches, queue) = mpsc::channel(most);
        let mut request = tonic::Request::new(ReceiverStream::new(queue));
        let bearer = format!("Bearer {token}").parse().map_err(http)?;
        request.metadata_mut().insert("authorization", bearer);
        let codec: ProstCodec<Batch, Receipt> = ProstCodec::default();
        let answered = client.streaming(request, PathAndQuery::from_static(DELIVER), codec).await;
        let receipts = answered?.into_inner();
        Ok(Self { batches, receipts, last: 0, under_way: VecDeque::new(), driver })
    }

    /// Batches without a receipt.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Batches that may be put now.
    #[must_use]
    pub fn room(&self) -> usize {
        self.batches.capacity()
    }

    /// Gives HTTP/2 a batch, behind those before it; gives its number, from 1.
    ///
    /// # Errors
    /// [`Fault::Ended`] when there is no room, or the stream has ended.
    pub fn put(&mut self, sealed: Bytes) -> Result<u64, Fault> {
        let number = self.last + 1;
        self.batches.try_send(Batch { number, sealed }).map_err(|_| Fault::Ended)?;
        self.last = number;
        self.under_way.push_back(number);
        Ok(number)
    }

    /// The next receipt, which is of the oldest batch without one: its number and what it says. It may be dropped before it is ready
    /// without anything being lost.
    ///
    /// # Errors
    /// [`Fault`] when the stream has ended: what has no receipt is to be sent again.
    pub async fn receipt(&mut self) -> Result<(u64, Answer), Fault> {
        let receipt = self.receipts.message().await?.ok_or(Fault::Ended)?;
        let number = receipt.number;
        if self.under_way.pop_front() != Some(number) {
            return Err(Fault::Turn { came: number });
        }
        Ok((number, receipt.read()?))
    }

    /// Says that nothing more comes, and waits for the other side's end.
    ///
    /// # Errors
    /// [`Fault`] when it ends otherwise.
    pub async fn close(self) -> Result<(), Fault> {
        let Self { batches, mut receipts, driver: _driver, .. } = self;
        drop(batches);
        while receipts.message().await?.is_some() {}
        Ok(())
    }
}

/// Ends with its stream.
struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("last", &self.last).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn receipts_are_read_as_they_were_written() {
        let read = |receipt: Receipt| Receipt::decode(&receipt.encode_to_vec()[..]).unwrap().read();
        assert_eq!(read(Receipt::committed(1)), Ok(Answer::Stored));
        assert_eq!(read(Receipt::duplicate(1)), Ok(Answer::Stored));
        let refused = Receipt::refused(7, Reason::CounterGap, "3 after 1".into());
        assert_eq!(read(refused), Ok(Answer::Refused(Reason::CounterGap.as_str().into())));
        for outcome in [0, 4, -1] {
            let receipt = Receipt { outcome, ..Receipt::committed(1) };
            assert_eq!(read(receipt), Err(Fault::Outcome(outcome)));
        }
    }

    /// The bytes of `docs/batches.proto`, field by field (protobuf's wire format).
    #[test]
    fn messages_have_the_bytes_of_their_description() {
        let batch = Batch { number: 300, sealed: Bytes::from_static(&[1, 2]) };
        assert_eq!(batch.encode_to_vec(), [0x08, 0xac, 0x02, 0x12, 2, 1, 2]);
        let receipt = Receipt::refused(1, Reason::Token, "x".into());
        let mut bytes = vec![0x08, 1, 0x10, 3, 0x1a, 5];
        bytes.extend_from_slice(b"token\x22\x01x");
        assert_eq!(receipt.encode_to_vec(), bytes);
    }
}
