//! The record's side of a feed: an MLLP listener that reads, checks, stores and acknowledges PCD-01 messages.
//!
//! It serves `medseal hl7 listen`, by which an integrator sees what a feed or a bedside gateway sends, and the demonstration ward. It needs nothing
//! of the rest of the gateway.
//!
//! ```text
//! bytes ─ mllp ─► frame ─ hl7 ─► message ─ validate ─► findings ─┬─► file (synced) ─► MSA + ERR
//!                                          pcd ─► observations ──┘
//! ```
//!
//! Nothing is accepted before its line in the output file is on disk. What cannot be read as a message is answered AR with the byte at
//! which reading stopped; what is no MLLP is answered once and the connection closed, since where the next message starts is not known.
//! Each connection has a limit on frame size and on silence, and takes nothing from the others.

mod connection;
mod journal;
mod report;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use journal::Journal;

/// Which messages a listener takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// PCD-01 that follows the profile; all else is refused.
    Pcd01,
    /// Every kind that the gateway reads, with the deviations of the field.
    Any,
}

/// Which release of MLLP a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Frames.
    One,
    /// Frames and commit blocks: each message is answered by one before anything else.
    Two,
}

/// How a listener behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// What it shows to prove who it is. `None`: no TLS, on purpose.
    pub tls: Option<Arc<ServerConfig>>,
    /// A file to which each message, and each refusal, is appended as one line of JSON.
    pub output: Option<PathBuf>,
    /// Which messages it takes.
    pub take: Take,
    /// Which release of MLLP it speaks.
    pub release: Release,
    /// Longest message, in bytes.
    pub longest_message: usize,
    /// A connection on which nothing came for this long is closed.
    pub idle: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// Most connections at a time; more wait.
    pub connections: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: None,
            output: None,
            take: Take::Pcd01,
            release: Release::One,
            longest_message: clinical::limits::LONGEST_MESSAGE,
            idle: Duration::from_secs(300),
            handshake: Duration::from_secs(10),
            connections: 256,
        }
    }
}

/// What a listener has counted since its start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages that came whole.
    pub received: AtomicU64,
    /// Of these, accepted.
    pub accepted: AtomicU64,
    /// Of these, refused: wrong, or not for this receiver.
    pub refused: AtomicU64,
    /// Connections ended for a fault of the peer: no MLLP, too long, cut, or failed handshakes.
    pub broken: AtomicU64,
    /// Observations with a value in accepted messages.
    pub observations: AtomicU64,
}

/// Why a listener ended without being asked to.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The output file cannot be opened.
    #[error("{}: {source}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// The listener.
#[derive(Clone, Debug)]
pub struct Listener {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    journal: Option<Journal>,
    counts: Arc<Counts>,
    /// The number of the next answer: MSH-10.
    answers: AtomicU64,
    /// Makes control ids of answers differ between runs.
    started: i64,
}

impl Shared {
    fn next_control_id(&self) -> String {
        format!("A{:x}-{}", self.started, self.answers.fetch_add(1, Relaxed))
    }
}

impl Listener {
    /// A listener, its output file open.
    ///
    /// # Errors
    /// When that file cannot be opened.
    pub fn new(options: Options) -> Result<Self, ListenError> {
        let journal = match &options.output {
            Some(path) => {
                let opened = Journal::open(path);
                Some(opened.map_err(|source| ListenError::Output { path: path.clone(), source })?)
            }
            None => None,
        };
        let (counts, answers) = (Arc::default(), AtomicU64::new(1));
        let started = jiff::Timestamp::now().as_microsecond();
        Ok(Self { shared: Arc::new(Shared { options, journal, counts, answers, started }) })
    }

    /// What it counts.
    #[must_use]
    pub fn counts(&self) -> Arc<Counts> {
        self.shared.counts.clone()
    }

    /// Serves connections until `shutdown`; returns when the last is closed.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) {
        let (permits, tasks) =
            (Arc::new(Semaphore::new(self.shared.options.connections)), TaskTracker::new());
        let acceptor = self.shared.options.tls.clone().map(TlsAcceptor::from);
        let accepting = async {
            loop {
                // The semaphore is never closed.
                let Ok(permit) = permits.clone().acquire_owned().await else { return };
                let (stream, peer) = match listener.accept().await {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        // Out of descriptors, say: it passes, but not at once.
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                };
                let (shared, acceptor, stop) = (self.shared.clone(), acceptor.clone(), shutdown.clone());
                tasks.spawn(async move {
                    let _permit = permit;
                    let peer: IpAddr = peer.ip();
                    connection::serve(&shared, stream, acceptor, peer, stop).await;
                });
            }
        };
        shutdown.run_until_cancelled(accepting).await;
        tasks.close();
        tasks.wait().await;
    }
}
