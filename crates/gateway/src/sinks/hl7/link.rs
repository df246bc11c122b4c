//! The connection to a record: TCP, TLS unless sent in the clear on purpose, MLLP frames, and the answers in them.

use std::time::Duration;

use clinical::ack::{self, Answer};
use clinical::hl7::{Message, decode};
use clinical::mllp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::connect::{Stream, Target};
use crate::limits;

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

/// Connects to a feed's receiver.
pub(super) async fn connect(target: &Target) -> Result<Link, LinkError> {
    let within = limits::FEED_CONNECT;
    let stream = tokio::time::timeout(within, target.connect())
        .await
        .map_err(|_| LinkError::Silent { what: "connection", within })??;
    Ok(Link { stream, decoder: mllp::Decoder::new(limits::FEED_ANSWER_BYTES), out: Vec::new() })
}

/// A connection.
pub(super) struct Link {
    stream: Box<dyn Stream>,
    decoder: mllp::Decoder,
    out: Vec<u8>,
}

impl Link {
    /// Sends one message.
    pub(super) async fn send(&mut self, message: &[u8]) -> Result<(), LinkError> {
        self.out.clear();
        mllp::encode(message, &mut self.out)?;
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
