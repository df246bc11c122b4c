//! What strangers and one misbehaving device do to the gateway's ports: all bounded in number and time, all on this machine.

mod connects;
mod flood;
mod input;
mod malformed;
mod slowloris;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use load::Counters;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::account::Sent;
use crate::limits;
use crate::world::device::Device;
use crate::world::{Ports, World};

pub(crate) use malformed::malformed_name;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
    Flood,
    Connects,
    Slowloris,
    Malformed,
}

/// What came of attacks, in numbers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// Refused messages that a flood brought in.
    pub flooded: usize,
    /// Connections of bursts that were accepted by the system.
    pub connected: usize,
    /// The fastest burst, in connections a second.
    pub connects_per_second: usize,
    /// Bursts.
    pub bursts: usize,
    /// Messages of the load that were acknowledged while they lasted.
    pub stored_in_bursts: u64,
    /// Connections that dawdled.
    pub dawdled: usize,
    /// Malformed inputs sent.
    pub malformed: usize,
    /// Syncs of the gateway that a slow disk held back.
    pub slow_syncs: usize,
    /// Messages among these that a gateway might take, for the account.
    #[serde(skip)]
    pub(crate) sent: Vec<Sent>,
}

impl Tally {
    /// Takes in what another attack came to.
    pub(crate) fn add(&mut self, more: Self) {
        self.flooded += more.flooded;
        self.connected += more.connected;
        self.connects_per_second = self.connects_per_second.max(more.connects_per_second);
        self.bursts += more.bursts;
        self.stored_in_bursts += more.stored_in_bursts;
        self.dawdled += more.dawdled;
        self.malformed += more.malformed;
        self.slow_syncs += more.slow_syncs;
        self.sent.extend(more.sent);
    }
}

/// Where attacks go, and as whom.
pub(crate) struct Aim {
    ports: Ports,
    /// The misbehaving device, which one attack uses at a time.
    offender: Mutex<Device>,
    known: Arc<ClientConfig>,
    broker: Option<SocketAddr>,
    /// What the load of each way in has come to.
    counters: Vec<Arc<Counters>>,
}

impl Aim {
    pub(crate) fn at(world: &World, offender: Device, counters: Vec<Arc<Counters>>) -> Self {
        let broker = world.mosquitto.as_ref().map(|mosquitto| mosquitto.address);
        let known = offender.tls.clone();
        Self { ports: world.ports, known, offender: Mutex::new(offender), broker, counters }
    }

    /// Messages of the load acknowledged until now.
    fn stored(&self) -> u64 {
        self.counters.iter().map(|counter| counter.stored.load(Relaxed)).sum()
    }

    /// Does it, to its end.
    pub(crate) async fn run(&self, attack: Attack, seed: u64) -> Tally {
        match attack {
            Attack::Flood => flood::run(self).await,
            Attack::Connects => connects::run(self, seed).await,
            Attack::Slowloris => slowloris::run(self).await,
            Attack::Malformed => malformed::run(self, seed).await,
        }
    }

    /// A connection to one of the gateway's ports.
    async fn plain(&self, at: SocketAddr) -> Option<TcpStream> {
        timeout(limits::FAULT, TcpStream::connect(at)).await.ok()?.ok()
    }

    /// The same after a handshake as the offender, whom the gateway knows.
    async fn within_tls(&self, at: SocketAddr) -> Option<Box<dyn Conversation>> {
        let name = ServerName::try_from("localhost").ok()?;
        let connecting = TlsConnector::from(self.known.clone()).connect(name, self.plain(at).await?);
        let stream = timeout(limits::FAULT, connecting).await.ok()?.ok()?;
        Some(Box::new(stream))
    }
}

/// Bytes to a port and back.
trait Conversation: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Conversation for T {}
