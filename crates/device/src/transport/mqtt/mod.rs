//! MQTT over TLS ("Topics and addresses" in `docs/formats.md`): one connection to a gateway.
//!
//! [`wire`] speaks the protocol without doing I/O, in either version; [`Connection`] puts it on a TLS stream. What
//! to send and what an answer means for the spool is the agent's.

mod wire;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::{InvalidDnsNameError, ServerName};
use seal::DeviceId;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use wire::Wire;
pub use wire::{Incoming, PacketId, Refusal, WireError};

use crate::limits;

/// The protocol's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Version {
    /// MQTT 5.0: a refusal comes with the acknowledgement.
    #[default]
    #[serde(rename = "5")]
    V5,
    /// MQTT 3.1.1: a refusal comes as a message on the device's topic `refused`.
    #[serde(rename = "3.1.1")]
    V311,
}

/// Where a gateway listens, and who connects.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Host and port.
    pub address: String,
    /// The name in the gateway's certificate.
    pub server_name: ServerName<'static>,
    /// The protocol's version.
    pub version: Version,
    /// The device.
    pub device: DeviceId,
    /// The device's side of TLS, from [`crate::transport::client_config`].
    pub tls: Arc<ClientConfig>,
}

/// Why a connection does not come about or ends.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The network or TLS failed; a gateway that does not accept the certificate shows here too.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not connected within the time limit.
    #[error("not connected within {} s", limits::CONNECT.as_secs())]
    Slow,
    /// The gateway spoke no MQTT, or refused.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The gateway closed the connection.
    #[error("closed by the gateway")]
    Closed,
    /// The gateway's name is none.
    #[error("no host name: {0}")]
    Name(#[from] InvalidDnsNameError),
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
        timeout(limits::CONNECT, Self::open_slowly(endpoint)).await.map_err(|_| LinkError::Slow)?
    }

    async fn open_slowly(endpoint: &Endpoint) -> Result<Self, LinkError> {
        let stream = TcpStream::connect(&endpoint.address).await?;
        stream.set_nodelay(true)?;
        let connector = TlsConnector::from(endpoint.tls.clone());
        let stream = connector.connect(endpoint.server_name.clone(), stream).await?;
        let wire = Wire::connect(endpoint.version, &endpoint.device)?;
        let mut connection = Self { stream, wire, incoming: VecDeque::new(), buffer: vec![0; 4096] };
        loop {
            match connection.next().await? {
                Incoming::Accepted => break,
                Incoming::Acknowledged(_) | Incoming::Refused(..) | Incoming::RefusedCounter(..) => {}
            }
        }
        Ok(connection)
    }

    /// How many more batches may be on their way now.
    #[must_use]
    pub fn room(&self) -> usize {
        self.wire.room()
    }

    /// Takes a sealed batch to be sent with the next call of `next`.
    ///
    /// # Errors
    /// [`WireError`] when the gateway takes no message of this size, or there is no room.
    pub fn publish(&mut self, sealed: &[u8]) -> Result<PacketId, WireError> {
        self.wire.publish(sealed)
    }

    /// Sends what is to be sent, keeps the connection alive, and waits for what the gateway says. It may be
    /// dropped before it is ready without anything being lost.
    ///
    /// # Errors
    /// [`LinkError`] when the connection ended.
    pub async fn next(&mut self) -> Result<Incoming, LinkError> {
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

    /// Says goodbye and closes; the other side may be gone already.
    pub async fn close(mut self) {
        self.wire.disconnect();
        let goodbye = async {
            self.flush().await?;
            Ok::<_, LinkError>(self.stream.shutdown().await?)
        };
        if let Ok(Err(error)) = timeout(limits::CONNECT, goodbye).await {
            tracing::debug!(%error, "the connection ended before its end was said");
        }
    }
}

async fn wait_for(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
