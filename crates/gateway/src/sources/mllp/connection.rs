//! One connection: frames in, answers out, in order.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use clinical::ack;
use clinical::mllp::{self, Commit, Content, Decoder};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Shared;
use super::events::Fault;
use super::message::{Handling, Reply, handle};
use crate::config::Release;
use crate::limits;
use crate::store::now;

/// Serves it until the peer has no more to say or the gateway stops.
pub(super) async fn run(stream: TcpStream, peer: SocketAddr, shared: &Shared) -> Result<(), Fault> {
    match &shared.tls {
        Some(acceptor) => {
            let accepted = timeout(limits::MLLP_HANDSHAKE, acceptor.accept(stream)).await;
            let stream = accepted.map_err(|_| Fault::HandshakeTime)?.map_err(Fault::Handshake)?;
            Connection::new(shared, stream, peer).run().await
        }
        None => Connection::new(shared, stream, peer).run().await,
    }
}

struct Connection<'s, S> {
    shared: &'s Shared,
    stream: S,
    /// The source and the peer's address, as refusals name them.
    from: Arc<str>,
    decoder: Decoder,
    /// Messages handed over whose answers have not gone out.
    pending: VecDeque<Handling>,
    out: Vec<u8>,
    refused_in_a_row: u32,
}

impl<'s, S: AsyncRead + AsyncWrite + Unpin> Connection<'s, S> {
    fn new(shared: &'s Shared, stream: S, peer: SocketAddr) -> Self {
        Self {
            shared,
            stream,
            from: format!("mllp {} from {peer}", shared.config.name).into(),
            decoder: Decoder::new(shared.config.longest_message),
            pending: VecDeque::new(),
            out: Vec::new(),
            refused_in_a_row: 0,
        }
    }

    async fn run(mut self) -> Result<(), Fault> {
        let mut portion = vec![0; limits::READ_BYTES];
        loop {
            let read = timeout(self.shared.config.idle(), self.stream.read(&mut portion));
            let Some(read) = self.shared.services.shutdown.run_until_cancelled(read).await else {
                return Ok(());
            };
            let inside = self.decoder.is_inside_frame();
            match read {
                Err(_) if inside => return Err(Fault::Stalled),
                Err(_) => return Ok(()),
                Ok(Ok(0)) if inside => return Err(Fault::Cut),
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(count)) => self.decoder.push(portion.get(..count).unwrap_or_default()),
                // Many TLS peers close without saying so; between messages nothing is lost by it.
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof && !inside => {
                    return Ok(());
                }
                Ok(Err(error)) => return Err(Fault::Lost(error)),
            }
            self.take_frames().await?;
        }
    }

    /// Hands over all messages that have come whole, then answers them.
    async fn take_frames(&mut self) -> Result<(), Fault> {
        loop {
            let more = match self.decoder.next_frame() {
                Ok(Some(frame)) => {
                    match Content::of(frame) {
                        Content::Message(message) => {
                            let handling = handle(self.shared, message, &self.from).await;
                            self.pending.push_back(handling);
                        }
                        // A peer of release 2 commits our answers.
                        Content::Commit(Commit::Stored | Commit::NotStored) => {}
                    }
                    true
                }
                Ok(None) => false,
                Err(error) => {
                    self.answer().await?;
                    let control_id = self.shared.next_control_id();
                    let last = ack::answer_unframed(&error.to_string(), &control_id, now());
                    self.frame(&last);
                    self.send().await?;
                    return Err(error.into());
                }
            };
            if !more || self.pending.len() >= limits::MLLP_PENDING {
                self.answer().await?;
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Waits for the outcomes of what was handed over and sends the answers.
    async fn answer(&mut self) -> Result<(), Fault> {
        let mut fault = None;
        while let Some(handling) = self.pending.pop_front() {
            let Reply { answers, is_stored, is_refused } = handling.reply(self.shared).await;
            if self.shared.config.release == Release::Two {
                let block = if is_stored { Commit::Stored } else { Commit::NotStored };
                block.encode(&mut self.out);
            }
            answers.iter().for_each(|answer| self.frame(answer));
            self.refused_in_a_row = if is_refused { self.refused_in_a_row.saturating_add(1) } else { 0 };
            if !is_stored {
                fault = Some(Fault::Unavailable);
            } else if self.refused_in_a_row >= limits::MLLP_REFUSALS {
                fault = Some(Fault::Refusals(self.refused_in_a_row));
            }
            if fault.is_some() {
                // What came behind was not answered: the peer sends it again, in its order.
                self.pending.clear();
            }
        }
        self.send().await?;
        fault.map_or(Ok(()), Err)
    }

    fn frame(&mut self, answer: &str) {
        // An answer is written by this product and has its control characters escaped.
        if let Err(error) = mllp::encode(answer.as_bytes(), &mut self.out) {
            tracing::error!(%error, "an answer cannot be framed");
        }
    }

    async fn send(&mut self) -> Result<(), Fault> {
        if self.out.is_empty() {
            return Ok(());
        }
        let sending = async {
            self.stream.write_all(&self.out).await?;
            self.stream.flush().await
        };
        let sent = timeout(limits::MLLP_WRITE, sending).await;
        sent.map_err(|_| Fault::SlowReader)?.map_err(Fault::Lost)?;
        self.out.clear();
        Ok(())
    }
}
