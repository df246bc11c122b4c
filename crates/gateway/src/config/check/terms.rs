//! Numbers out of range, names that stand twice, and settings that need another which is not there.

use std::collections::HashMap;

use super::Checker;
use super::listeners::split;
use crate::config::{Feed, PatientFrom, Retention};
use crate::limits;
use crate::record::Since;

const DAY: u64 = 24 * 3600;

impl Checker<'_> {
    pub(super) fn terms(&mut self) {
        self.names();
        self.tokens();
        self.numbers();
        self.mllp();
        self.bedside();
        if self.config.makers.is_empty() {
            self.warning(
                "makers",
                "no maker is named",
                "name the CA certificates of your devices' makers, unless they were added at run time",
            );
        }
        if self.config.https.is_none() {
            self.warning(
                "https",
                "no dashboard, no API and no FHIR server: nobody can look at what arrives",
                "add [https] with an address to listen on",
            );
        }
    }

    /// A value that must lie between two others.
    fn between(&mut self, key: &str, value: u64, (least, most): (u64, u64)) {
        if !(least..=most).contains(&value) {
            self.error(
                key,
                format!("{value} is not between {least} and {most}"),
                format!("write a number from {least} to {most}"),
            );
        }
    }

    fn numbers(&mut self) {
        let mqtt = &self.config.mqtt;
        let (seconds, keep_alive) = (mqtt.connect_seconds, u64::from(mqtt.keep_alive_seconds));
        self.between("mqtt.connect_seconds", seconds, (1, 300));
        self.between("mqtt.keep_alive_seconds", keep_alive, (5, 3600));
        self.places("mqtt", mqtt.connections, mqtt.connections_per_address);
        for (kind, listeners) in [("https", &self.config.sources.https), ("grpc", &self.config.sources.grpc)]
        {
            for (index, listener) in listeners.iter().enumerate() {
                let key = format!("sources.{kind}.{index}");
                self.places(&key, listener.connections, listener.connections_per_address);
            }
        }
        let clock = &self.config.clock;
        self.between("clock.ahead_seconds", clock.ahead_seconds, (0, DAY));
        self.between("clock.behind_seconds", clock.behind_seconds, (60, 3660 * DAY));
        self.retention();
        for (index, feed) in self.config.feeds.iter().enumerate() {
            self.begins(index, feed);
            let Some(hl7) = feed.kind.hl7() else { continue };
            let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
            let most = number(limits::FEED_IN_FLIGHT);
            self.between(&format!("feeds.{index}.in_flight"), number(hl7.in_flight), (1, most));
        }
    }

    fn retention(&mut self) {
        let Retention { refused_days, refused_mib, audit_days } = self.config.retention;
        self.between("retention.refused_days", refused_days.into(), (1, 36_600));
        self.between("retention.refused_mib", refused_mib.into(), (1, 1024 * 1024));
        if let Some(days) = audit_days {
            self.between("retention.audit_days", days.into(), (1, 36_600));
        }
    }

    fn begins(&mut self, index: usize, feed: &Feed) {
        match feed.since {
            Some(Since::Time(time)) if time.as_second() > self.now => self.error(
                &format!("feeds.{index}.since"),
                format!("feed {} begins at a time that is still to come", feed.name),
                "a destination begins when the gateway first starts with it: add it then, or say \"now\"",
            ),
            Some(Since::Now | Since::All | Since::Time(_)) | None => {}
        }
    }

    /// How many connections a listener may have.
    fn places(&mut self, table: &str, total: usize, per_address: usize) {
        let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        self.between(&format!("{table}.connections"), number(total), (1, 1_000_000));
        let key = format!("{table}.connections_per_address");
        self.between(&key, number(per_address), (1, 1_000_000));
    }

    fn mllp(&mut self) {
        let largest = u64::try_from(clinical::limits::LONGEST_MESSAGE).unwrap_or(u64::MAX);
        for (index, source) in self.config.sources.mllp.iter().enumerate() {
            let table = format!("sources.mllp.{index}");
            self.places(&table, source.connections, source.connections_per_address);
            self.between(&format!("{table}.idle_seconds"), source.idle_seconds, (1, 7 * DAY));
            let longest = u64::try_from(source.longest_message).unwrap_or(u64::MAX);
            self.between(&format!("{table}.longest_message"), longest, (1024, largest));
            if !(source.unsealed || source.admissions || source.queries) {
                self.warning(
                    &table,
                    format!("{} may do nothing: every message of it is refused", source.name),
                    "set `unsealed`, `admissions` or `queries`, for what it is there for",
                );
            }
        }
    }

    /// What devices and patients are put together by.
    fn bedside(&mut self) {
        let sources = &self.config.sources.mllp;
        if sources.iter().any(|source| source.admissions) {
            return;
        }
        let nobody = "no source may tell who came, moved and went, so nobody ever lies anywhere";
        let advice = "give the admission system a source with `admissions = true`";
        if self.config.bedside.by_location {
            self.warning("bedside.by_location", nobody, advice);
        }
        for (index, source) in sources.iter().enumerate() {
            match source.patient {
                PatientFrom::Location => {
                    self.warning(&format!("sources.mllp.{index}.patient"), nobody, advice);
                }
                PatientFrom::Message | PatientFrom::Association => {}
            }
        }
    }

    fn names(&mut self) {
        let feeds = self.config.feeds.iter().enumerate();
        let feeds: Vec<_> = feeds.map(|(at, feed)| (format!("feeds.{at}.name"), feed.name.clone())).collect();
        self.once(&feeds, "they would share one position, and each would miss what the other sent");
        let sources = self.config.sources.mllp.iter().enumerate();
        let mut sources: Vec<_> = sources
            .map(|(at, source)| (format!("sources.mllp.{at}.name"), source.name.to_string()))
            .collect();
        let all = &self.config.sources;
        let key = |kind: &str, at: usize| format!("sources.{kind}.{at}.name");
        let folders = all.folder.iter().enumerate().map(|(at, it)| (key("folder", at), &it.name));
        let lines = all.serial.iter().enumerate().map(|(at, it)| (key("serial", at), &it.name));
        let streams = all.stream.iter().enumerate().map(|(at, it)| (key("stream", at), &it.name));
        let providers = all.sdc.iter().enumerate().map(|(at, it)| (key("sdc", at), &it.name));
        let posts = all.post.iter().enumerate().map(|(at, it)| (key("post", at), &it.name));
        let devices = folders.chain(lines).chain(streams).chain(providers).chain(posts);
        sources.extend(devices.map(|(key, name)| (key, name.to_string())));
        self.once(&sources, "the record could not tell who vouches for what");
        let brokers = self.config.sources.mqtt_broker.iter().enumerate();
        let brokers: Vec<_> = brokers
            .map(|(at, broker)| {
                let session = format!("{} at {}", broker.client_id, broker.at.address);
                (format!("sources.mqtt_broker.{at}.client_id"), session)
            })
            .collect();
        self.once(&brokers, "the broker ends one session when the other begins");
        let remotes = self.config.sources.mqtt_broker.iter().map(|broker| &broker.at).enumerate();
        let remotes = remotes.map(|(at, remote)| (format!("sources.mqtt_broker.{at}.at"), remote));
        let queues = self.config.sources.amqp.iter().map(|queue| &queue.at).enumerate();
        let queues = queues.map(|(at, remote)| (format!("sources.amqp.{at}.at"), remote));
        for (key, remote) in remotes.chain(queues).collect::<Vec<_>>() {
            if remote.user.is_some() != remote.password.is_some() {
                self.error(&key, "`user` and `password` belong together", "write both, or neither");
            }
        }
    }

    /// Each of these names may stand once.
    fn once(&mut self, named: &[(String, String)], why: &str) {
        let mut known = HashMap::new();
        for (key, name) in named {
            if known.insert(name, key).is_some() {
                self.error(key, format!("{name} stands twice: {why}"), "give each a name of its own");
            }
        }
    }

    fn tokens(&mut self) {
        let config = self.config;
        let sources = &config.sources;
        let asking =
            [("https", sources.https.len()), ("grpc", sources.grpc.len()), ("amqp", sources.amqp.len())];
        let Some(tokens) = &config.tokens else {
            for (kind, count) in asking {
                for index in 0..count {
                    self.error(
                        &format!("sources.{kind}.{index}"),
                        "it asks for access tokens, and nobody gives any",
                        "add [tokens] with `url`, the address at which devices reach /token",
                    );
                }
            }
            return;
        };
        self.between("tokens.life_seconds", tokens.life_seconds, (30, DAY));
        self.between("tokens.relay_seconds", tokens.relay_seconds, (30, 90 * DAY));
        let address = tokens.url.strip_prefix("https://").and_then(|rest| rest.strip_suffix("/token"));
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return self.error(
                "tokens.url",
                format!("{:?} is no address of a token endpoint", tokens.url),
                "write https://HOST[:PORT]/token: the same text that devices and systems name as their audience",
            );
        };
        let ports: Vec<u16> = sources.https.iter().map(|source| source.listen.port()).collect();
        let dashboard = config.https.as_ref().map(|https| https.listen.port());
        let ports: Vec<u16> = ports.into_iter().chain(dashboard).collect();
        if ports.is_empty() {
            return self.error(
                "tokens",
                "no listener of this gateway has the endpoint",
                "add [https] or [[sources.https]]: both answer at /token",
            );
        }
        let port = split(address).map_or(443, |(_, port)| port);
        if !ports.contains(&0) && !ports.contains(&port) {
            self.warning(
                "tokens.url",
                format!("it names port {port}, and /token is answered at {ports:?}"),
                "name one of these ports, unless something in between forwards to one",
            );
        }
        if let Err(error) = crate::tokens::check_clients(tokens) {
            self.error("tokens", error.to_string(), "mend the key, or take the client away");
        }
    }
}
