//! Addresses: two listeners on one port, and destinations that are ourselves, left open, or named twice.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::Checker;

/// One of our own ports.
struct Listening {
    key: String,
    what: String,
    address: SocketAddr,
    kind: Kind,
}

/// What is spoken there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mqtt,
    Https,
    Grpc,
    Mllp,
    /// The protocol of a device adapter.
    Device,
    /// Spoken to brokers only; no listener of ours does.
    Amqp,
}

/// Host and port of an address; `None` when it is none.
pub(super) fn split(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']);
    (!host.is_empty()).then_some((host, port.parse().ok()?))
}

/// Host and port of a URL of this scheme.
fn of_url(url: &str) -> Option<(bool, String)> {
    let (secure, rest, usual) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest, 443),
        (None, Some(rest)) => (false, rest, 80),
        (None, None) => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let address =
        if split(authority).is_some() { authority.to_owned() } else { format!("{authority}:{usual}") };
    split(&address)?;
    Some((secure, address))
}

/// Whether a host is this machine, as far as its name says.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified())
}

/// Whether what one of two listeners hears the other would hear too.
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let everything = |ip: IpAddr, of: IpAddr| ip.is_unspecified() && (ip.is_ipv6() || of.is_ipv4());
    let (a, b) = (one.ip(), other.ip());
    one.port() != 0 && one.port() == other.port() && (a == b || everything(a, b) || everything(b, a))
}

/// A place that the gateway connects to.
struct Destination<'a> {
    /// The key of its table.
    table: String,
    what: String,
    address: &'a str,
    ca: Option<&'a PathBuf>,
    plain: bool,
    kind: Kind,
}

impl Checker<'_> {
    fn listening(&self) -> Vec<Listening> {
        let config = self.config;
        let one = |key: String, what: String, address, kind| Listening { key, what, address, kind };
        let mut all =
            vec![one("mqtt.listen".into(), "the MQTT listener".into(), config.mqtt.listen, Kind::Mqtt)];
        if let Some(https) = &config.https {
            all.push(one("https.listen".into(), "the dashboard".into(), https.listen, Kind::Https));
        }
        for (index, source) in config.sources.https.iter().enumerate() {
            let key = format!("sources.https.{index}.listen");
            all.push(one(key, "the source for HTTPS".into(), source.listen, Kind::Https));
        }
        for (index, source) in config.sources.grpc.iter().enumerate() {
            let key = format!("sources.grpc.{index}.listen");
            all.push(one(key, "the source for gRPC".into(), source.listen, Kind::Grpc));
        }
        for (index, source) in config.sources.mllp.iter().enumerate() {
            let key = format!("sources.mllp.{index}.listen");
            all.push(one(key, format!("the source {}", source.name), source.listen, Kind::Mllp));
        }
        for (index, source) in config.sources.stream.iter().enumerate() {
            let key = format!("sources.stream.{index}.listen");
            all.push(one(key, format!("the source {}", source.name), source.listen, Kind::Device));
        }
        for (index, source) in config.sources.sdc.iter().enumerate() {
            let key = format!("sources.sdc.{index}.listen");
            all.push(one(key, format!("the source {}", source.name), source.listen, Kind::Device));
        }
        for (index, source) in config.sources.post.iter().enumerate() {
            let key = format!("sources.post.{index}.listen");
            all.push(one(key, format!("the source {}", source.name), source.listen, Kind::Device));
        }
        all
    }

    pub(super) fn listeners(&mut self) {
        let all = self.listening();
        for (index, one) in all.iter().enumerate() {
            if let Some(first) = all.iter().take(index).find(|first| overlap(first.address, one.address)) {
                self.error(
                    &one.key,
                    format!("{} listens on {}, and so does {}", one.what, one.address, first.what),
                    "give each listener a port of its own",
                );
            }
        }
        for (index, source) in self.config.sources.mllp.iter().enumerate() {
            let (table, listen) = (format!("sources.mllp.{index}"), source.listen);
            self.strangers(&table, listen, source.plain, source.clients.is_some());
        }
    }

    /// What keeps strangers from a listener for peers of the hospital.
    pub(super) fn strangers(&mut self, table: &str, listen: SocketAddr, plain: bool, clients: bool) {
        let open = !listen.ip().is_loopback();
        match (clients, plain) {
            (true, true) => self.error(
                &format!("{table}.plain"),
                "`plain = true` leaves TLS out, so nobody can show the certificate that `clients` asks for",
                "take `plain` away for mutual TLS, or `clients` to speak without TLS",
            ),
            (false, true) if open => self.warning(
                &format!("{table}.plain"),
                format!("whoever reaches {listen} reads and writes patients' data without TLS"),
                "name the senders' CA in `clients` and take `plain` away, or see that the network keeps others out",
            ),
            (false, false) if open => self.warning(
                table,
                format!("whoever reaches {listen} may speak: TLS asks for no certificate of the sender"),
                "name the senders' CA in `clients`, or see that the network keeps others out",
            ),
            (true, false) | (false, _) => {}
        }
    }

    pub(super) fn destinations(&mut self) {
        let urls: Vec<_> = self.config.feeds.iter().map(|feed| of_url(&feed.address)).collect();
        let mut all = Vec::new();
        for ((index, feed), url) in self.config.feeds.iter().enumerate().zip(&urls) {
            let (table, what) = (format!("feeds.{index}"), format!("feed {}", feed.name));
            let (ca, plain) = (feed.ca.as_ref(), feed.plain);
            let (address, kind) = match (feed.kind.fhir(), url) {
                (None, _) => (feed.address.as_str(), Kind::Mllp),
                (Some(_), Some((secure, address))) => {
                    self.scheme(&table, *secure, ca.is_some(), plain);
                    (address.as_str(), Kind::Https)
                }
                (Some(_), None) => {
                    self.error(
                        &format!("{table}.address"),
                        format!("{:?} is no address of a FHIR server", feed.address),
                        "write https://HOST[:PORT]/PATH",
                    );
                    continue;
                }
            };
            all.push(Destination { table, what, address, ca, plain, kind });
        }
        for (index, broker) in self.config.sources.mqtt_broker.iter().enumerate() {
            all.push(self.broker(format!("sources.mqtt_broker.{index}.at"), &broker.at, Kind::Mqtt));
        }
        for (index, queue) in self.config.sources.amqp.iter().enumerate() {
            all.push(self.broker(format!("sources.amqp.{index}.at"), &queue.at, Kind::Amqp));
        }
        let ours = self.listening();
        let mut known: HashMap<&str, &str> = HashMap::new();
        for destination in &all {
            self.destination(destination, &ours);
            if destination.table.starts_with("feeds.")
                && let Some(first) = known.insert(destination.address, &destination.what)
            {
                let (key, what) = (format!("{}.address", destination.table), &destination.what);
                self.warning(
                    &key,
                    format!(
                        "{what} and {first} both send to {}: it gets everything twice",
                        destination.address
                    ),
                    "keep one of them, unless the receiver tells them apart",
                );
            }
        }
    }

    /// Of a FHIR server's address, beside the CA and the word that there is no TLS.
    fn scheme(&mut self, table: &str, secure: bool, ca: bool, plain: bool) {
        if secure == plain && ca != plain {
            self.error(
                &format!("{table}.address"),
                if secure {
                    "an https:// address, and `plain = true`"
                } else {
                    "an http:// address, and a CA"
                },
                "write https:// and name the server's CA in `ca`, or http:// and `plain = true`",
            );
        }
    }

    fn broker<'a>(&self, table: String, at: &'a crate::config::Remote, kind: Kind) -> Destination<'a> {
        let what = format!("the broker {}", at.address);
        Destination { table, what, address: &at.address, ca: at.ca.as_ref(), plain: at.plain, kind }
    }

    fn destination(&mut self, to: &Destination<'_>, ours: &[Listening]) {
        let key = format!("{}.address", to.table);
        let Some((host, port)) = split(to.address) else {
            let problem = format!("{:?} is not HOST:PORT", to.address);
            return self.error(&key, problem, "write host and port, an IPv6 address in brackets");
        };
        match (to.ca, to.plain) {
            (None, false) => self.error(
                &key,
                format!("{}: neither a CA nor the word that it is not encrypted", to.what),
                "name the CA (PEM) of its certificate in `ca`, or say `plain = true` to go without TLS",
            ),
            (Some(_), true) => self.error(
                &format!("{}.plain", to.table),
                format!("{}: a CA to check it by, and `plain = true`, which leaves TLS out", to.what),
                "keep one of the two",
            ),
            (None, true) if !is_here(host) => self.warning(
                &format!("{}.plain", to.table),
                format!("{}: what goes to {} can be read and changed on its way", to.what, to.address),
                "name the CA (PEM) of its certificate in `ca` and take `plain` away",
            ),
            (None, true) | (Some(_), false) => {}
        }
        let hears = |one: &&Listening| {
            let ip = one.address.ip();
            let reached =
                if ip.is_unspecified() || ip.is_loopback() { is_here(host) } else { host.parse() == Ok(ip) };
            one.kind == to.kind && one.address.port() == port && port != 0 && reached
        };
        if let Some(own) = ours.iter().find(hears) {
            self.error(
                &key,
                format!("{} goes to {}, which is {} of this gateway itself", to.what, to.address, own.what),
                "name the other system's address: what comes back to us would be stored and sent again without end",
            );
        }
    }
}
