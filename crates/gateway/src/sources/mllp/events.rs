//! What happens to a source's connections, and why one ends.

use std::net::SocketAddr;

use clinical::mllp::FrameError;

use crate::listen::{Crowded, Refused};
use crate::record::SourceName;
use crate::roster::Post;
use crate::start::Services;

/// Why a connection is refused or ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Crowded(#[from] Crowded),
    #[error("TLS: {0}")]
    Handshake(std::io::Error),
    #[error("no TLS handshake within the time for it")]
    HandshakeTime,
    #[error("nothing came for too long within a message")]
    Stalled,
    #[error("it does not read what is sent to it")]
    SlowReader,
    #[error("closed within a message")]
    Cut,
    #[error("not MLLP: {0}")]
    NotMllp(#[from] FrameError),
    #[error("{0} messages refused in a row")]
    Refusals(u32),
    #[error("messages cannot be stored at present")]
    Unavailable,
    #[error("connection lost: {0}")]
    Lost(std::io::Error),
}

impl Fault {
    /// Whether the peer is to blame: such ends are counted as refused and audited.
    fn is_peers(&self) -> bool {
        match self {
            Self::Crowded(_)
            | Self::Handshake(_)
            | Self::HandshakeTime
            | Self::Stalled
            | Self::SlowReader
            | Self::Cut
            | Self::NotMllp(_)
            | Self::Refusals(_) => true,
            Self::Unavailable | Self::Lost(_) => false,
        }
    }
}

/// A peer's connection ended; without a fault it had nothing more to say.
pub(super) struct Ended<'a> {
    pub(super) source: &'a SourceName,
    pub(super) post: &'a Post,
    pub(super) peer: SocketAddr,
    pub(super) fault: Option<&'a Fault>,
}

impl Ended<'_> {
    pub(super) async fn emit(self, services: &Services) {
        let Self { source, post, peer, fault } = self;
        match fault {
            Some(fault) if fault.is_peers() => {
                let fault = &format!("{source}: {fault}");
                Refused { post, peer, device: None, fault }.emit(services).await;
            }
            Some(fault) => tracing::info!(%source, %peer, %fault, "a connection ended"),
            None => tracing::debug!(%source, %peer, "a connection ended"),
        }
    }
}
