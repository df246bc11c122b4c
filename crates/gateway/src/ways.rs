//! The ways in and out of a running gateway, for the person who started it.

use std::fmt;
use std::net::SocketAddr;

use crate::config::{Config, Remote};
use crate::start::Running;

/// Which way messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To us.
    In,
    /// From us.
    Out,
    /// People and programs ask.
    Ask,
}

/// One way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// Which way.
    pub direction: Direction,
    /// Who speaks or is spoken to, and how.
    pub what: String,
    /// Where.
    pub address: String,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Direction::In => "in ",
            Direction::Out => "out",
            Direction::Ask => "ask",
        };
        write!(f, "{direction}  {:<52} {}", self.what, self.address)
    }
}

impl Running {
    /// Every source, feed and server with its address, sources first; listeners with the port that they really have.
    pub fn ways(&self) -> Vec<Way> {
        let config = &*self.services.config;
        let mut ways = Vec::new();
        let mut note = |direction, what: String, address: String| {
            ways.push(Way { direction, what, address });
        };
        let at = &self.addresses;
        note(Direction::In, "sealed batches over MQTT, mutual TLS 1.3".into(), at.mqtt.to_string());
        for address in &at.https_sources {
            let address = format!("https://{address}/v1/batches");
            note(Direction::In, "sealed batches by HTTPS, mutual TLS 1.3, tokens".into(), address);
        }
        for address in &at.grpc_sources {
            note(Direction::In, "sealed batches by gRPC, mutual TLS 1.3, tokens".into(), address.to_string());
        }
        for (source, address) in config.sources.mllp.iter().zip(&at.mllp) {
            let guard = peers(source.plain, source.clients.is_some());
            note(Direction::In, format!("HL7 v2 of {}, {guard}", source.name), address.to_string());
        }
        devices(config, &at.streams, &mut note);
        brokers(config, &mut note);
        feeds(config, &mut note);
        if let Some(https) = at.https {
            note(Direction::Ask, "dashboard, API and FHIR".into(), format!("https://{https}"));
        }
        if let Some(tokens) = &config.tokens {
            note(Direction::Ask, "access tokens".into(), tokens.url.clone());
        }
        ways
    }
}

/// How a listener for peers of the hospital is guarded.
fn peers(plain: bool, clients: bool) -> &'static str {
    match (plain, clients) {
        (true, _) => "without TLS",
        (false, true) => "mutual TLS 1.3",
        (false, false) => "TLS, any sender",
    }
}

fn devices(config: &Config, listening: &[SocketAddr], note: &mut impl FnMut(Direction, String, String)) {
    let sources = &config.sources;
    for source in &sources.folder {
        note(Direction::In, format!("files of {}", source.name), source.path.display().to_string());
    }
    for source in &sources.serial {
        note(Direction::In, format!("the serial line {}", source.name), source.line.display().to_string());
    }
    let streams = sources.stream.iter().map(|source| {
        let guard = peers(source.plain, source.clients.is_some());
        format!("devices of {} ({}), {guard}", source.name, source.adapter)
    });
    let providers = sources.sdc.iter().map(|source| {
        let guard = peers(source.plain, true);
        format!("reports of {} (SDC, {}), {guard}", source.name, source.url)
    });
    let posts = sources.post.iter().map(|source| {
        let guard = peers(source.plain, source.clients.is_some());
        format!("files of {} by HTTPS, {guard}", source.name)
    });
    for (what, address) in streams.chain(providers).chain(posts).zip(listening) {
        note(Direction::In, what, address.to_string());
    }
}

/// How a connection of ours is guarded.
fn guard(plain: bool) -> &'static str {
    if plain { "without TLS" } else { "TLS" }
}

fn brokers(config: &Config, note: &mut impl FnMut(Direction, String, String)) {
    let mut broker = |what: &str, at: &Remote, from: &str| {
        let guard = match &at.client {
            Some(_) => "mutual TLS",
            None => guard(at.plain),
        };
        note(Direction::In, format!("sealed batches from {what}, {guard}"), format!("{} {from}", at.address));
    };
    for one in &config.sources.mqtt_broker {
        broker("an MQTT broker", &one.at, &one.topics);
    }
    for one in &config.sources.amqp {
        broker("an AMQP broker", &one.at, &one.queue);
    }
}

fn feeds(config: &Config, note: &mut impl FnMut(Direction, String, String)) {
    for feed in &config.feeds {
        let guard = match &feed.client {
            Some(_) => "mutual TLS",
            None => guard(feed.plain),
        };
        let what = format!("{} to {}, {guard}", feed.kind.name(), feed.name);
        note(Direction::Out, what, feed.address.clone());
    }
}
