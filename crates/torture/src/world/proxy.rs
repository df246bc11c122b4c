//! A network between two processes: what connects here is passed on, until the network has a fault.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Duration, sleep};

use crate::error::{TortureError, io};

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// All is passed on.
    Fair,
    /// Every portion is late by this much.
    Slow(Duration),
    /// What the connecting side says is lost, and it hears everything.
    DeafAhead,
    /// What the connecting side is to hear is lost, and all it says arrives.
    DeafBack,
    /// Connections end, and new ones are refused.
    Down,
}

/// Which way a pump carries bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Ahead,
    Back,
}

/// A network to one address.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
    /// Counted up to end all connections that there are.
    cuts: Arc<watch::Sender<u64>>,
}

impl Proxy {
    /// Listens on a free port of this machine, for as long as the program runs.
    pub(crate) async fn to(upstream: SocketAddr) -> Result<Self, TortureError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(io("a proxy's port"))?;
        let address = listener.local_addr().map_err(io("a proxy's port"))?;
        let (weather, cuts) = (Arc::new(watch::Sender::new(Weather::Fair)), Arc::new(watch::Sender::new(0)));
        tokio::spawn(accept(listener, upstream, weather.clone(), cuts.clone()));
        Ok(Self { address, weather, cuts })
    }

    /// Where it is connected to.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the weather, for the connections that there are too.
    pub(crate) fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
        if weather == Weather::Down {
            self.cut();
        }
    }

    /// Ends all connections that there are.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn accept(
    listener: TcpListener,
    upstream: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
    cuts: Arc<watch::Sender<u64>>,
) {
    loop {
        let Ok((near, _)) = listener.accept().await else {
            // Out of descriptors, say.
            sleep(Duration::from_millis(20)).await;
            continue;
        };
        if *weather.borrow() == Weather::Down {
            reset(near);
            continue;
        }
        tokio::spawn(carry(near, upstream, weather.subscribe(), cuts.subscribe()));
    }
}

/// Ends a connection with RST in the place of FIN, as a cut that the system notices.
fn reset(stream: TcpStream) {
    // Without it the peer sees a plain end, which is a cut too.
    let _ = stream.set_zero_linger();
}

async fn carry(
    near: TcpStream,
    upstream: SocketAddr,
    weather: watch::Receiver<Weather>,
    mut cut: watch::Receiver<u64>,
) {
    let Ok(far) = TcpStream::connect(upstream).await else { return reset(near) };
    // Small portions leave at once, or they do not; nothing depends on it.
    let _ = (near.set_nodelay(true), far.set_nodelay(true), near.set_zero_linger(), far.set_zero_linger());
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = pump(near_in, far_out, Direction::Ahead, weather.clone()) => {}
        () = pump(far_in, near_out, Direction::Back, weather) => {}
        _ = cut.changed() => {}
    }
}

/// Passes on until either side ends. What was lost once stays lost: nothing after it is passed on either, as no TCP would.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    direction: Direction,
    weather: watch::Receiver<Weather>,
) {
    let mut portion = vec![0; 16 * 1024];
    let mut lost = false;
    loop {
        let Ok(length @ 1..) = from.read(&mut portion).await else { return };
        let now = *weather.borrow();
        match (now, direction) {
            (Weather::DeafAhead, Direction::Ahead) | (Weather::DeafBack, Direction::Back) => lost = true,
            (Weather::Slow(late), _) => sleep(late).await,
            (Weather::Fair | Weather::Down | Weather::DeafAhead | Weather::DeafBack, _) => {}
        }
        let Some(part) = portion.get(..length) else { return };
        if !lost && to.write_all(part).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    // The other side ends it as it likes.
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    /// What comes back of one byte; nothing when the connection ends, or is silent for longer than a network is.
    async fn hears(stream: &mut TcpStream) -> Option<u8> {
        stream.write_all(b"x").await.ok()?;
        tokio::time::timeout(Duration::from_millis(400), stream.read_u8()).await.ok()?.ok()
    }

    #[tokio::test]
    async fn the_weather_changes_for_connections_that_there_are_and_those_to_come() {
        let proxy = Proxy::to(echo().await).await.unwrap();
        for deaf in [Weather::DeafAhead, Weather::DeafBack] {
            let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
            assert_eq!(hears(&mut stream).await, Some(b'x'));
            proxy.set(deaf);
            assert_eq!(hears(&mut stream).await, None, "{deaf:?}");
            proxy.set(Weather::Fair);
            assert_eq!(hears(&mut stream).await, None, "what was lost leaves a hole that nothing passes");
            proxy.cut();
            assert!(stream.read_u8().await.is_err());
        }
        proxy.set(Weather::Slow(Duration::from_millis(1)));
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(hears(&mut stream).await, Some(b'x'));
        proxy.set(Weather::Down);
        assert!(stream.read_u8().await.is_err());
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(hears(&mut stream).await, None);
        proxy.set(Weather::Fair);
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(hears(&mut stream).await, Some(b'x'));
    }
}
