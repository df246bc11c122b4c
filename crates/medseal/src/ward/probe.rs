//! What the dashboard sees, seen by a program: the live stream over HTTPS, and how old each batch's newest sample is
//! when its event arrives.

use super::monitor::INTERVAL;
use crate::exit::{Outcome, Problem};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

/// What the probe has seen; shared with the task that sees it.
#[derive(Clone)]
pub(super) struct Probe(Arc<Mutex<Seen>>);

struct Seen {
    started: Instant,
    first: Option<f64>,
    latencies: Vec<f64>,
}

impl Probe {
    pub(super) fn new(started: Instant) -> Self {
        Self(Arc::new(Mutex::new(Seen { started, first: None, latencies: Vec::new() })))
    }

    /// Follows the stream until `shutdown`.
    pub(super) async fn follow(
        self,
        address: SocketAddr,
        ca: CertificateDer<'static>,
        token: &str,
        shutdown: CancellationToken,
    ) -> Outcome {
        let failed = |error: std::io::Error| Problem::Machine(format!("the live stream: {error}"));
        let mut roots = RootCertStore::empty();
        roots.add(ca).map_err(Problem::machine)?;
        let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::IpAddress(address.ip().into());
        let tcp = TcpStream::connect(address).await.map_err(failed)?;
        tcp.set_nodelay(true).map_err(failed)?;
        let mut stream = TlsConnector::from(Arc::new(tls)).connect(name, tcp).await.map_err(failed)?;
        let request = format!(
            "GET /api/live HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\nAuthorization: Bearer {token}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.map_err(failed)?;
        let mut lines = BufReader::new(stream).lines();
        let mut event = String::new();
        loop {
            let line = tokio::select! {
                line = lines.next_line() => line.map_err(failed)?,
                () = shutdown.cancelled() => return Ok(()),
            };
            let Some(line) = line else { return Ok(()) };
            if let Some(name) = line.strip_prefix("event: ") {
                name.clone_into(&mut event);
            } else if let Some(data) = line.strip_prefix("data: ")
                && event == "batch"
            {
                self.note(data);
            }
        }
    }

    /// One batch's event: its time is the beginning of the interval it covers, its newest sample's the end.
    fn note(&self, data: &str) {
        let arrived = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1e3;
        let Ok(event) = serde_json::from_str::<BatchEvent>(data) else { return };
        if event.device == super::attack::NAME {
            // Its batches were measured long before they were sent.
            return;
        }
        let sampled = event.time as f64 / 1e3 + INTERVAL.as_secs_f64() * 1e3;
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = seen.started.elapsed().as_secs_f64() * 1e3;
        seen.first.get_or_insert(elapsed);
        seen.latencies.push(arrived - sampled);
    }

    /// Milliseconds from the process's start to the first event of a batch.
    pub(super) fn first_ms(&self) -> Option<f64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).first
    }

    /// All latencies, in milliseconds.
    pub(super) fn latencies(&self) -> Vec<f64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).latencies.clone()
    }
}

#[derive(serde::Deserialize)]
struct BatchEvent {
    device: String,
    time: i64,
}
