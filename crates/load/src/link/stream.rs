//! Bytes to the other side and back, in the clear or over TLS, with what waits to go out and what came in.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf as _, BytesMut};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::LinkError;
use crate::limits;
use crate::target::Target;

/// A stream of either kind.
#[derive(Debug)]
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects, TLS included.
pub(crate) async fn connect(target: &Target, tls: Option<&Arc<ClientConfig>>) -> io::Result<Stream> {
    let stream = TcpStream::connect(target.address()).await?;
    stream.set_nodelay(true)?;
    Ok(match tls {
        None => Stream::Plain(stream),
        Some(config) => {
            let connector = TlsConnector::from(config.clone());
            Stream::Tls(Box::new(connector.connect(target.name().clone(), stream).await?))
        }
    })
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, to),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, to),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

/// A stream with its buffers. What is in them survives a wait that is given up.
#[derive(Debug)]
pub(super) struct Buffered {
    stream: Stream,
    pub(super) out: BytesMut,
    pub(super) incoming: BytesMut,
}

impl Buffered {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, out: BytesMut::new(), incoming: BytesMut::new() }
    }

    /// Sends what is to go out, then waits until something more came.
    pub(super) async fn exchange(&mut self) -> Result<(), LinkError> {
        self.flush().await?;
        self.incoming.reserve(limits::READ_BYTES);
        match self.stream.read_buf(&mut self.incoming).await? {
            0 => Err(LinkError::Closed(String::new())),
            _ => Ok(()),
        }
    }

    async fn flush(&mut self) -> Result<(), LinkError> {
        while !self.out.is_empty() {
            let written = self.stream.write(&self.out).await?;
            self.out.advance(written);
        }
        Ok(self.stream.flush().await?)
    }

    pub(super) async fn close(mut self) -> Result<(), LinkError> {
        self.flush().await?;
        Ok(self.stream.shutdown().await?)
    }
}
