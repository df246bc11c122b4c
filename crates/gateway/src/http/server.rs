//! The listener: connections, TLS and their limits, before any request is looked at.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceBuilder;

use super::stall::StallGuard;
use crate::limits;

/// The other end of a request's connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Serves `app` until `shutdown`, then lets the requests under way end for at most [`limits::DRAIN`].
pub(super) async fn run(listener: TcpListener, tls: TlsAcceptor, app: Router, shutdown: CancellationToken) {
    let tasks = TaskTracker::new();
    let places = Places::default();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, say: others must end first, so trying at once would only burn time.
                tracing::warn!(%error, "cannot accept an HTTPS connection");
                tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(place) = places.take(peer.ip()) else {
            tracing::debug!(%peer, "HTTPS connection refused: too many");
            continue;
        };
        let (tls, app, shutdown) = (tls.clone(), app.clone(), shutdown.clone());
        tasks.spawn(async move {
            serve(stream, peer, &tls, app, shutdown).await;
            drop(place);
        });
    }
    tasks.close();
    if timeout(limits::DRAIN, tasks.wait()).await.is_err() {
        tracing::warn!(
            connections = tasks.len(),
            "HTTPS connections still open after the time given for the stop"
        );
    }
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    tls: &TlsAcceptor,
    app: Router,
    shutdown: CancellationToken,
) {
    // Events are small and must not wait for more to send with them; a socket that refuses is merely slower.
    let _ = stream.set_nodelay(true);
    let stream = match timeout(limits::HTTPS_HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%peer, %error, "TLS handshake failed"),
        Err(_) => return tracing::debug!(%peer, "TLS handshake took too long"),
    };
    let service = ServiceBuilder::new().layer(Extension(Peer(peer))).service(app);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits::HTTP_HEADER_TIME)
        .max_buf_size(limits::HTTP_HEADER_BYTES)
        .max_headers(limits::HTTP_HEADERS)
        .serve_connection(
            TokioIo::new(StallGuard::new(stream, limits::HTTP_STALL)),
            TowerToHyperService::new(service),
        );
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        // It finishes the request under way and takes no other.
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "HTTPS connection ended");
    }
}

/// Who has how many connections.
#[derive(Clone, Debug, Default)]
struct Places(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place, given back on drop.
#[derive(Debug)]
struct Place {
    places: Places,
    address: IpAddr,
}

impl Places {
    fn take(&self, address: IpAddr) -> Option<Place> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= limits::HTTPS_CONNECTIONS {
            return None;
        }
        let own = taken.entry(address).or_default();
        if *own >= limits::HTTPS_CONNECTIONS_PER_ADDRESS {
            return None;
        }
        *own += 1;
        Some(Place { places: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_all_places() {
        let places = Places::default();
        let [a, b] = [1, 2].map(|n| IpAddr::from([192, 0, 2, n]));
        let mut held: Vec<_> = std::iter::from_fn(|| places.take(a)).collect();
        assert_eq!(held.len(), limits::HTTPS_CONNECTIONS_PER_ADDRESS);
        assert!(places.take(b).is_some());
        held.pop();
        assert!(places.take(a).is_some());
    }
}
