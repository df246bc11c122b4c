//! What each way in is doing, for whoever runs the gateway: who listens or is connected to where, who came, who was turned away and why.
//!
//! Each source adds its [`Post`] when it starts and tells it what happens; `GET /api/sources` shows all of them. Counts are since the
//! gateway's start. A post holds no measurement and nobody's name.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use seal::{DeviceId, Micros};

use crate::limits;
use crate::listen::Places;
use crate::metrics::SourceTally;
use crate::record::words;
use crate::store::now;

words! {
    /// What a way in speaks.
    Kind {
        Mqtt "mqtt" "MQTT, as a listener.",
        Https "https" "HTTPS requests.",
        Grpc "grpc" "gRPC streams.",
        Mllp "mllp" "HL7 v2 over MLLP.",
        MqttBroker "mqtt-broker" "MQTT, as a client of a broker.",
        Amqp "amqp" "AMQP 1.0, as a client of a broker.",
        Stream "stream" "A device adapter's protocol over TCP.",
        Serial "serial" "A device adapter's protocol over a serial line.",
        Folder "folder" "Files for a device adapter.",
        Post "post" "Files for a device adapter, by HTTPS requests.",
        Sdc "sdc" "IEEE 11073 SDC, as a consumer of a provider.",
    }
}

words! {
    /// What keeps strangers out.
    Guard {
        MutualTls "mutual-tls" "Both ends show a certificate.",
        Tls "tls" "Only the listening end shows one.",
        Plain "plain" "Nothing but the network.",
        Permissions "permissions" "Who may write the file or folder.",
    }
}

impl Guard {
    /// Of a listener for peers of the hospital: without TLS, or with it and, where CAs are named, the senders' certificates.
    pub(crate) fn of(plain: bool, clients: bool) -> Self {
        match (plain, clients) {
            (true, _) => Self::Plain,
            (false, true) => Self::MutualTls,
            (false, false) => Self::Tls,
        }
    }
}

/// All posts, in the order in which they were added. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster(Arc<Mutex<Vec<Arc<Post>>>>);

/// One way in.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) kind: Kind,
    /// What the configuration calls it; of a kind that has no names, its word.
    pub(crate) name: String,
    /// Where it listens, or what it connects to.
    pub(crate) address: String,
    pub(crate) guard: Guard,
    /// Connections that got a place, or that a broker took.
    pub(crate) accepted: AtomicU64,
    /// Those turned away or cut off.
    pub(crate) refused: AtomicU64,
    /// Messages handed over, whatever became of them.
    pub(crate) messages: AtomicU64,
    /// What became of them.
    pub(crate) tally: SourceTally,
    /// When the last one was; 0 before it.
    heard: AtomicI64,
    places: OnceLock<Places>,
    line: Mutex<Line>,
    turned: Mutex<VecDeque<Turned>>,
}

/// What a way in is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// It waits for others to connect.
    Listening,
    /// It tries to reach its broker for the first time.
    Connecting,
    /// It is connected since then.
    Connected(Micros),
    /// It was, or tried to be, until then, and tries again.
    Lost(Micros, String),
}

/// A peer that was turned away or cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Turned {
    pub(crate) time: Micros,
    pub(crate) peer: SocketAddr,
    /// The device whose certificate it showed, if any.
    pub(crate) device: Option<String>,
    pub(crate) why: String,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Roster {
    /// A listener that is open.
    pub(crate) fn listener(&self, kind: Kind, name: &str, address: SocketAddr, guard: Guard) -> Arc<Post> {
        self.add(kind, name, address.to_string(), guard, Line::Listening)
    }

    /// A broker that is to be connected to.
    pub(crate) fn broker(&self, kind: Kind, name: &str, address: &str, guard: Guard) -> Arc<Post> {
        self.add(kind, name, address.to_owned(), guard, Line::Connecting)
    }

    fn add(&self, kind: Kind, name: &str, address: String, guard: Guard, line: Line) -> Arc<Post> {
        let post = Arc::new(Post {
            kind,
            name: name.to_owned(),
            address,
            guard,
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            tally: SourceTally::default(),
            heard: AtomicI64::new(0),
            places: OnceLock::new(),
            line: Mutex::new(line),
            turned: Mutex::default(),
        });
        lock(&self.0).push(post.clone());
        post
    }

    pub(crate) fn all(&self) -> Vec<Arc<Post>> {
        lock(&self.0).clone()
    }
}

impl Post {
    /// These count its connections from now on.
    pub(crate) fn count_by(&self, places: &Places) {
        // A listener has one door and opens it once.
        let _ = self.places.set(places.clone());
    }

    /// Connections that are open, and how many there may be; of a broker 0 or 1.
    pub(crate) fn open(&self) -> (usize, usize) {
        match self.places.get() {
            Some(places) => (places.open(), places.most()),
            None => (usize::from(matches!(self.line(), Line::Connected(_))), 1),
        }
    }

    /// Somebody got a place.
    pub(crate) fn accepted(&self) {
        self.accepted.fetch_add(1, Relaxed);
    }

    /// Somebody was turned away or cut off.
    pub(crate) fn turned_away(&self, peer: SocketAddr, device: Option<&DeviceId>, why: String) {
        self.refused.fetch_add(1, Relaxed);
        let mut turned = lock(&self.turned);
        if turned.len() >= limits::ROSTER_TURNED {
            turned.pop_back();
        }
        turned.push_front(Turned { time: now(), peer, device: device.map(ToString::to_string), why });
    }

    /// The last of them, newest first.
    pub(crate) fn turned(&self) -> Vec<Turned> {
        lock(&self.turned).iter().cloned().collect()
    }

    /// A message was handed over.
    pub(crate) fn heard(&self) {
        self.messages.fetch_add(1, Relaxed);
        self.heard.store(now().0, Relaxed);
    }

    /// When the last message was.
    pub(crate) fn last(&self) -> Option<i64> {
        Some(self.heard.load(Relaxed)).filter(|time| *time > 0)
    }

    /// The broker has taken us.
    pub(crate) fn connected(&self) {
        self.accepted();
        *lock(&self.line) = Line::Connected(now());
    }

    /// The broker is gone, or could not be reached.
    pub(crate) fn lost(&self, why: String) {
        *lock(&self.line) = Line::Lost(now(), why);
    }

    pub(crate) fn line(&self) -> Line {
        lock(&self.line).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_comes_and_goes_is_counted() {
        let roster = Roster::default();
        let post = roster.broker(Kind::Amqp, "amqp", "broker:5671", Guard::Tls);
        assert_eq!((post.line(), post.open(), post.last()), (Line::Connecting, (0, 1), None));
        for _ in 0..3 {
            post.connected();
            post.heard();
            assert_eq!(post.open(), (1, 1));
            post.lost("closed".into());
        }
        assert!(matches!(post.line(), Line::Lost(_, why) if why == "closed"));
        assert_eq!((post.accepted.load(Relaxed), post.messages.load(Relaxed)), (3, 3));
        assert!(post.last().is_some());
        assert_eq!(roster.all().len(), 1);
    }

    #[test]
    fn of_those_turned_away_the_last_are_kept() {
        let roster = Roster::default();
        let post = roster.listener(Kind::Mqtt, "mqtt", "127.0.0.1:8883".parse().unwrap(), Guard::MutualTls);
        for port in 0..100 {
            post.turned_away(SocketAddr::from(([10, 0, 0, 1], port)), None, "no".into());
        }
        let turned = post.turned();
        assert_eq!((turned.len(), turned[0].peer.port()), (limits::ROSTER_TURNED, 99));
        assert_eq!(post.refused.load(Relaxed), 100);
    }
}
