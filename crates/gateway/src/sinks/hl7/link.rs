//! The connection to a record: TCP, TLS unless sent in the clear on purpose, MLLP frames, and the answers in them.

use std::sync::Arc;
use std::time::Duration;

use clinical::ack::{self, Answer};
use clinical::hl7::{Message, decode};
use clinical::mllp;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::FeedError;
use crate::config::Hl7Feed;
use crate::limits;
use crate::tls;

/// Why a connection is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It cannot be made, or broke.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Nothing came within this time.
    #[error("no {what} within {} s", .within.as_secs())]
    Silent {
        /// What was waited for.
        what: &'static str,
        /// How long.
        within: Duration,
    },
    /// The peer closed it.
    #[error("closed by the receiver")]
    Closed,
    /// What came is no MLLP.
    #[error("not MLLP: {0}")]
    Frame(#[from] mllp::FrameError),
    /// What came is no answer.
    #[error("not an answer: {0}")]
    Answer(String),
    /// A message cannot be framed.
    #[error("cannot be sent: {0}")]
    Message(#[from] mllp::NotFramable),
}

/// Where a feed connects to, checked and ready.
pub(super) struct Target {
    address: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Target {
    pub(super) fn of(feed: &Hl7Feed) -> Result<Self, FeedError> {
        let bad_address = || FeedError::Address { feed: feed.name.clone(), address: feed.address.clone() };
        let (host, port) = feed.address.rsplit_once(':').ok_or_else(bad_address)?;
        port.parse::<u16>().map_err(|_| bad_address())?;
        let tls = match (&feed.ca, feed.plain) {
            (Some(ca), false) => {
                let bad_ca = |detail: String| FeedError::Ca { feed: feed.name.clone(), detail };
                let config = tls::client_config(ca, None).map_err(|error| bad_ca(error.to_string()))?;
                let host = host.trim_start_matches('[').trim_end_matches(']');
                let name = ServerName::try_from(host.to_owned()).map_err(|_| bad_address())?;
                Some((TlsConnector::from(Arc::new(config)), name))
            }
            (None, true) => None,
            (None, false) | (Some(_), true) => return Err(FeedError::Unprotected(feed.name.clone())),
        };
        Ok(Self { address: feed.address.clone(), tls })
    }

    pub(super) async fn connect(&self) -> Result<Link, LinkError> {
        let within = limits::FEED_CONNECT;
        tokio::time::timeout(within, self.try_connect())
            .await
            .map_err(|_| LinkError::Silent { what: "connection", within })?
    }

    async fn try_connect(&self) -> Result<Link, LinkError> {
        let tcp = TcpStream::connect(&self.address).await?;
        tcp.set_nodelay(true)?;
        let stream: Box<dyn Stream> = match &self.tls {
            Some((connector, name)) => Box::new(connector.connect(name.clone(), tcp).await?),
            None => Box::new(tcp),
        };
        Ok(Link { stream, decoder: mllp::Decoder::new(limits::FEED_ANSWER_BYTES), out: Vec::new() })
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    decoder: mllp::Decoder,
    out: Vec<u8>,
}

impl Link {
    /// Sends one message.
    pub(super) async fn send(&mut self, message: &str) -> Result<(), LinkError> {
        self.out.clear();
        mllp::encode(message.as_bytes(), &mut self.out)?;
        let within = limits::FEED_ANSWER;
        let sending = async {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(within, sending)
            .await
            .map_err(|_| LinkError::Silent { what: "readiness", within })??;
        Ok(())
    }

    /// The next answer, and its text.
    pub(super) async fn answer(&mut self) -> Result<(Answer, String), LinkError> {
        let within = limits::FEED_ANSWER;
        tokio::time::timeout(within, self.read_answer())
            .await
            .map_err(|_| LinkError::Silent { what: "answer", within })?
    }

    async fn read_answer(&mut self) -> Result<(Answer, String), LinkError> {
        loop {
            if let Some(frame) = self.decoder.next_frame()? {
                let wrong = |error: &dyn std::fmt::Display| LinkError::Answer(error.to_string());
                let text = decode(frame).map_err(|error| wrong(&error))?;
                let message = Message::parse(&text).map_err(|error| wrong(&error))?;
                let answer = ack::read(&message).map_err(|error| wrong(&error))?;
                return Ok((answer, text.into_owned()));
            }
            let mut portion = [0; 4096];
            let count = self.stream.read(&mut portion).await?;
            match portion.get(..count) {
                Some(bytes) if count > 0 => self.decoder.push(bytes),
                _ => return Err(LinkError::Closed),
            }
        }
    }
}
