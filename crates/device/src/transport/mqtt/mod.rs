//! MQTT over TLS ("Topics and addresses" in `docs/formats.md`): one connection to a gateway.
//!
//! [`wire`] speaks the protocol without doing I/O, in either version; [`Connection`] puts it on a TLS stream. What
//! to send and what an answer means for the spool is the agent's.

mod wire;

use std::collections::VecDeque;

use seal::DeviceId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::client::TlsStream;

pub use ::wire::mqtt::Version;
use wire::Wire;
pub use wire::WireError;

use super::{Incoming, Link, LinkError, MessageId, Pending, Server};
use crate::limits;

/// Where a gateway listens, and who connects.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Where it listens.
    pub server: Server,
    /// The protocol's version.
    pub version: Version,
    /// The device.
    pub device: DeviceId,
}

/// A connection that the gateway accepted.
#[derive(Debug)]
pub struct Connection {
    stream: TlsStream<TcpStream>,
    wire: Wire,
    /// What came and was not yet asked for.
    incoming: VecDeque<Incoming>,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects and waits until the gateway accepts.
    ///
    /// # Errors
    /// [`LinkError`]
    pub async fn open(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let stream = endpoint.server.connect(None).await?;
        let wire = Wire::connect(endpoint.version, &endpoint.device)?;
        let mut connection = Self { stream, wire, incoming: VecDeque::new(), buffer: vec![0; 4096] };
        loop {
            match connection.hear().await? {
                Incoming::Accepted => break,
                Incoming::Acknowledged(_) | Incoming::Refused(..) | Incoming::RefusedCounter(..) => {}
            }
        }
        Ok(connection)
    }

    async fn hear(&mut self) -> Result<Incoming, LinkError> {
        loop {
            if let Some(incoming) = self.incoming.pop_front() {
                return Ok(incoming);
            }
            self.flush().await?;
            let deadline = self.wire.deadline();
            tokio::select! {
                read = self.stream.read(&mut self.buffer) => {
                    let bytes = self.buffer.get(..read?).unwrap_or_default();
                    if bytes.is_empty() {
                        return Err(LinkError::Closed);
                    }
                    self.incoming.extend(self.wire.receive(bytes)?);
                }
                () = wait_for(deadline) => self.wire.time_passed(Instant::now())?,
            }
        }
    }

    async fn flush(&mut self) -> Result<(), LinkError> {
        while !self.wire.outgoing().is_empty() {
            let written = self.stream.write(self.wire.outgoing()).await?;
            self.wire.sent(written);
        }
        Ok(self.stream.flush().await?)
    }
}

impl Link for Connection {
    fn room(&self) -> usize {
        self.wire.room()
    }

    fn publish(&mut self, sealed: &[u8]) -> Result<MessageId, LinkError> {
        Ok(self.wire.publish(sealed)?)
    }

    fn next(&mut self) -> Pending<'_, Result<Incoming, LinkError>> {
        Box::pin(self.hear())
    }

    fn close(mut self: Box<Self>) -> Pending<'static, ()> {
        self.wire.disconnect();
        Box::pin(async move {
            let goodbye = async {
                self.flush().await?;
                Ok::<_, LinkError>(self.stream.shutdown().await?)
            };
            if let Ok(Err(error)) = timeout(limits::CONNECT, goodbye).await {
                tracing::debug!(%error, "the connection ended before its end was said");
            }
        })
    }
}

async fn wait_for(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
