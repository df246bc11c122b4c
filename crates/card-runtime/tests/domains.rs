//! Security domains by script: every command with what it is answered in every state, over every protocol.
//!
//! A line of a script is `what | answer`. What is a command in hexadecimal, sent through the open session, or one of
//!
//! ```text
//! raw COMMAND                 as it is, without protection
//! select AID                  selects and closes the session
//! open AID KEYS [LEVEL]       selects a domain (- is the issuer's) and opens a session with a key set of the test; answers ok,
//!                             or the status word of whatever was refused
//! put KEYS VERSION REPLACED   PUT KEY of a key set of the test
//! put-wrong KEYS VERSION REPLACED    the same with a wrong check value
//! reset, cut                  a warm reset, a power cut: the rest of the script goes on with what was kept
//! ```
//!
//! In an answer x is any digit and * any digits.

use card_runtime::apdu::{Command, Response};
use card_runtime::scp::{Channel, Handshake, KeyKind, Level, Protocol, Session, StaticKeys};
use card_runtime::{Card, CardOptions};

mod world;

use world::{World, after_a_cut, foundation, lines, matches};

/// All protocols with all their options that differ for a domain.
const PROTOCOLS: [(u8, u8); 10] = [
    (2, 0x05),
    (2, 0x15),
    (2, 0x55),
    (2, 0x75),
    (3, 0x00),
    (3, 0x10),
    (3, 0x60),
    (3, 0x70),
    (3, 0x61),
    (3, 0x71),
];

struct Script {
    card: Card<World>,
    protocol: Protocol,
    channel: Option<Channel>,
}

fn three(protocol: Protocol, name: &str) -> StaticKeys {
    let seed = name.as_bytes()[0];
    let length = match protocol.key_kind() {
        KeyKind::TripleDes => 16,
        // One set is longer than the others.
        KeyKind::Aes if name == "c" => 32,
        KeyKind::Aes => 16,
    };
    let key = |n: u8| -> Vec<u8> { (0u8..length).map(|at| seed ^ n.wrapping_mul(37) ^ (at * 11)).collect() };
    StaticKeys::of_kind(protocol.key_kind(), &key(1), &key(2), &key(3)).unwrap()
}

impl Script {
    fn new(protocol: Protocol) -> Self {
        let options = CardOptions::new(1, three(protocol, "issuer")).secure_channel(protocol);
        let mut card = Card::create(foundation(), World::default(), options).unwrap();
        let snapshot = card.snapshot();
        card.env().journal = snapshot;
        Self { card, protocol, channel: None }
    }

    fn raw(&mut self, command: &[u8]) -> Response {
        Response::parse(&self.card.transmit(command).unwrap()).unwrap()
    }

    fn send(&mut self, command: &[u8]) -> String {
        let Some(mut channel) = self.channel.take() else { return hex_of(self.raw(command)) };
        let sent = channel.wrap_command(&Command::parse(command).unwrap()).unwrap();
        let answer = self.raw(&sent);
        let answer = channel.unwrap_response(answer).unwrap();
        self.channel = Some(channel);
        hex_of(answer)
    }

    fn select(&mut self, name: &str) -> String {
        let name = if name == "-" { Vec::new() } else { hex::decode(name).unwrap() };
        self.channel = None;
        let length = u8::try_from(name.len()).unwrap();
        hex_of(self.raw(&[&[0, 0xA4, 4, 0, length][..], &name].concat()))
    }

    fn open(&mut self, name: &str, keys: &str, level: Option<&str>) -> String {
        let selected = self.select(name);
        // A locked card's domain warns of that, and can be opened.
        if !selected.ends_with("9000") && !selected.ends_with("6283") {
            return selected;
        }
        let keys = three(self.protocol, keys);
        let host = vec![0x5A; self.protocol.challenge()];
        let length = u8::try_from(host.len()).unwrap();
        let update = self.raw(&[&[0x80, 0x50, 0, 0, length][..], &host, &[0]].concat());
        if update.status.0 != 0x9000 {
            return hex_of(update);
        }
        let width = self.protocol.challenge();
        let (sequence, card, cryptogram) = match self.protocol {
            Protocol::Scp02(_) => (&update.data[12..14], &update.data[14..20], &update.data[20..28]),
            Protocol::Scp03(_) => {
                (&[][..], &update.data[13..13 + width], &update.data[13 + width..13 + 2 * width])
            }
        };
        let sequence = sequence.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
        let handshake = Handshake { host: &host, card, sequence };
        let session = Session::derive(self.protocol, &keys, &handshake).unwrap();
        if !session.card_is(cryptogram) {
            return "wrong keys".into();
        }
        let level = level
            .map_or(self.protocol.strongest(), |level| Level::parse(hex::decode(level).unwrap()[0]).unwrap());
        let mut channel = session.into_channel(level);
        let answer = self.raw(&channel.authenticate());
        if answer.status.0 != 0x9000 {
            return hex_of(answer);
        }
        self.channel = Some(channel);
        "ok".into()
    }

    fn put(&mut self, keys: &str, version: &str, replaced: &str, check: u8) -> String {
        let keys = three(self.protocol, keys);
        let channel = self.channel.as_ref().unwrap();
        let mut data = hex::decode(version).unwrap();
        for key in keys.expose_secret() {
            let mut covered = key.to_vec();
            channel.encrypt_sensitive(&mut covered).unwrap();
            let length = u8::try_from(key.len()).unwrap();
            match keys.kind() {
                KeyKind::TripleDes => data.extend_from_slice(&[0x80, length]),
                KeyKind::Aes => data.extend_from_slice(&[0x88, length + 1, length]),
            }
            data.extend_from_slice(&covered);
            let [a, b, c] = keys.kind().check_value(key).unwrap();
            data.extend_from_slice(&[3, a ^ check, b, c]);
        }
        let replaced = hex::decode(replaced).unwrap()[0];
        let length = u8::try_from(data.len()).unwrap();
        let answer = self.send(&[&[0x80, 0xD8, replaced, 0x81, length][..], &data].concat());
        // The version and three check values, which the script need not know.
        if answer.ends_with("9000") { format!("{version}+{}", answer.len() - 6) } else { answer }
    }

    fn line(&mut self, what: &str) -> String {
        let words: Vec<&str> = what.split_whitespace().collect();
        match words.as_slice() {
            ["raw", command] => hex_of(self.raw(&hex::decode(command).unwrap())),
            ["select", name] => self.select(name),
            ["open", name, keys] => self.open(name, keys, None),
            ["open", name, keys, level] => self.open(name, keys, Some(level)),
            ["put", keys, version, replaced] => self.put(keys, version, replaced, 0),
            ["put-wrong", keys, version, replaced] => self.put(keys, version, replaced, 1),
            ["reset"] => {
                self.card.reset().unwrap();
                self.channel = None;
                "-".into()
            }
            ["cut"] => {
                self.card = after_a_cut(&mut self.card);
                self.channel = None;
                "-".into()
            }
            [command] => self.send(&hex::decode(command).unwrap()),
            _ => panic!("{what}"),
        }
    }
}

fn hex_of(response: Response) -> String {
    hex::encode_upper(response.into_bytes())
}

fn run(script: &str) {
    let mut wrong = Vec::new();
    for (number, i) in PROTOCOLS {
        let mut state = Script::new(Protocol::parse(number, i).unwrap());
        for (what, expected) in lines(script) {
            let answer = state.line(what);
            if !matches(&answer, expected) {
                wrong.push(format!("SCP{number:02} i={i:02X}: {what}: {answer}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_are_answered_as_the_file_says_in_every_protocol() {
    run(include_str!("../../../testdata/gp/commands.txt"));
}

#[test]
fn domains_live_as_the_file_says() {
    run(include_str!("../../../testdata/gp/domains.txt"));
}

#[test]
fn keys_and_data_come_and_go_as_the_file_says() {
    run(include_str!("../../../testdata/gp/keys.txt"));
}

#[test]
fn the_card_lives_and_dies_as_the_file_says() {
    run(include_str!("../../../testdata/gp/life.txt"));
}
