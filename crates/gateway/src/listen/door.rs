//! Accepting connections, one at a time, until the gateway stops.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;

use super::places::{Crowded, Place, Places};
use crate::limits;
use crate::roster::Post;

/// Listens at an address, with a queue for whoever comes faster than they are let in: what does not fit is lost, and its sender tries again
/// only after a second.
pub(crate) fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As after a restart, when connections of the one before have not quite ended.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(limits::ACCEPT_QUEUE)
}

/// A listener with its places.
#[derive(Debug)]
pub(crate) struct Door {
    listener: TcpListener,
    places: Places,
    shutdown: CancellationToken,
    /// Who shows what happens here.
    post: Option<Arc<Post>>,
}

/// Somebody at the door.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// The connection.
    pub(crate) stream: TcpStream,
    /// Its other end.
    pub(crate) peer: SocketAddr,
    /// Its place, to be held as long as it lasts.
    pub(crate) place: Result<Place, Crowded>,
}

impl Door {
    /// Opens it until `shutdown`.
    pub(crate) fn new(listener: TcpListener, places: Places, shutdown: CancellationToken) -> Self {
        Self { listener, places, shutdown, post: None }
    }

    /// The same, with `post` told of everybody who gets a place.
    pub(crate) fn shown_at(self, post: &Arc<Post>) -> Self {
        post.count_by(&self.places);
        Self { post: Some(post.clone()), ..self }
    }

    /// The next arrival; `None` when the gateway stops.
    pub(crate) async fn next(&self) -> Option<Arrival> {
        loop {
            let accepted = tokio::select! {
                () = self.shutdown.cancelled() => return None,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // Answers are small and waited for; a socket that refuses is merely slower.
                    let _ = stream.set_nodelay(true);
                    let place = self.places.take(peer.ip());
                    if let (Ok(_), Some(post)) = (&place, &self.post) {
                        post.accepted();
                    }
                    return Some(Arrival { stream, peer, place });
                }
                Err(error) => {
                    // Out of file descriptors, say: others must end first, so trying at once would only burn time.
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(limits::ACCEPT_PAUSE).await;
                }
            }
        }
    }
}
