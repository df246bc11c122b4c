//! A conversation over bytes: a serial line or a connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

use super::{Handed, Settled, Speaker};
use crate::limits;
use crate::store::now;

/// Why a conversation ended.
#[derive(Debug, thiserror::Error)]
pub(in crate::sources) enum Fault {
    #[error(transparent)]
    Crowded(#[from] crate::listen::Crowded),
    #[error("TLS: {0}")]
    Handshake(std::io::Error),
    #[error("no TLS handshake within the time for it")]
    HandshakeTime,
    #[error("what it sends is not the adapter's protocol")]
    Lost,
    #[error("it does not read what is sent to it")]
    SlowReader,
    #[error("{0} records refused in a row")]
    Refusals(u32),
    #[error("records cannot be stored at present")]
    Unavailable,
    #[error("connection lost: {0}")]
    Connection(std::io::Error),
    #[error("the adapter cannot be set up: {0}")]
    Setup(#[from] adapters::SetupError),
}

impl Fault {
    /// Whether the peer is to blame: such ends are counted as refused and audited.
    pub(in crate::sources) fn is_peers(&self) -> bool {
        match self {
            Self::Crowded(_)
            | Self::Handshake(_)
            | Self::HandshakeTime
            | Self::Lost
            | Self::SlowReader
            | Self::Refusals(_) => true,
            Self::Unavailable | Self::Connection(_) | Self::Setup(_) => false,
        }
    }
}

/// Speaks with a device until it has no more to say, is silent for `idle`, or the gateway stops.
pub(in crate::sources) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    speaker: &Speaker,
    peer: &Arc<str>,
    idle: Option<Duration>,
) -> Result<(), Fault> {
    let mut session = speaker.open()?;
    let mut portion = vec![0; limits::READ_BYTES];
    let mut talk = Talk { speaker, peer, refused_in_a_row: 0 };
    loop {
        let read = stream.read(&mut portion);
        let reading = async {
            match idle {
                Some(idle) => timeout(idle, read).await.ok(),
                None => Some(read.await),
            }
        };
        let Some(read) = speaker.services.shutdown.run_until_cancelled(reading).await else { return Ok(()) };
        let events = match read {
            None | Some(Ok(0)) => {
                let last = session.end(now());
                talk.answer(last, &mut stream).await?;
                return Ok(());
            }
            Some(Ok(count)) => session.push(portion.get(..count).unwrap_or_default(), now()),
            Some(Err(error)) => {
                talk.answer(session.end(now()), &mut stream).await?;
                // Many TLS peers close without saying so.
                let closed = error.kind() == std::io::ErrorKind::UnexpectedEof;
                return if closed { Ok(()) } else { Err(Fault::Connection(error)) };
            }
        };
        talk.answer(events, &mut stream).await?;
        if session.is_lost() {
            talk.answer(session.end(now()), &mut stream).await?;
            return Err(Fault::Lost);
        }
    }
}

struct Talk<'a> {
    speaker: &'a Speaker,
    peer: &'a Arc<str>,
    refused_in_a_row: u32,
}

impl Talk<'_> {
    /// Hands all events over, so that they share the price of one sync, then says what is to be said, in their order.
    async fn answer<S: AsyncWrite + Unpin>(
        &mut self,
        events: Vec<adapters::Event>,
        stream: &mut S,
    ) -> Result<(), Fault> {
        let mut pending = VecDeque::new();
        for event in events {
            if pending.len() >= limits::IN_FLIGHT {
                self.settle_first(&mut pending, stream).await?;
            }
            pending.push_back(self.speaker.hand(event, self.peer).await.map_err(|_| Fault::Unavailable)?);
        }
        while !pending.is_empty() {
            self.settle_first(&mut pending, stream).await?;
        }
        Ok(())
    }

    async fn settle_first<S: AsyncWrite + Unpin>(
        &mut self,
        pending: &mut VecDeque<Handed>,
        stream: &mut S,
    ) -> Result<(), Fault> {
        let Some(first) = pending.pop_front() else { return Ok(()) };
        let bytes = match self.speaker.settle(first, self.peer).await {
            Settled::Nothing => return Ok(()),
            Settled::Say(bytes) => bytes,
            Settled::Stored(bytes) => {
                self.refused_in_a_row = 0;
                bytes
            }
            Settled::Refused(bytes, _) => {
                self.refused_in_a_row = self.refused_in_a_row.saturating_add(1);
                if self.refused_in_a_row >= limits::MLLP_REFUSALS {
                    return Err(Fault::Refusals(self.refused_in_a_row));
                }
                bytes
            }
            Settled::Unavailable => return Err(Fault::Unavailable),
        };
        if bytes.is_empty() {
            return Ok(());
        }
        let sending = async {
            stream.write_all(&bytes).await?;
            stream.flush().await
        };
        match timeout(limits::MLLP_WRITE, sending).await {
            Err(_) => Err(Fault::SlowReader),
            // Whoever has closed its side hears nothing any more; what it sent is taken all the same.
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Ok(sent) => sent.map_err(Fault::Connection),
        }
    }
}
