//! A card without applets: the forms of commands, channels, the security domain, and what it keeps.

use card_runtime::apdu::{Command, Response};
use card_runtime::scp03::{Channel, Level, Session, StaticKeys};
use card_runtime::{Card, CardError, CardOptions};

mod world;

use world::{World, after_a_cut, foundation, lines, matches};

fn keys() -> StaticKeys {
    StaticKeys::new(&[1; 16], &[2; 16], &[3; 16]).unwrap()
}

fn card() -> Card<World> {
    Card::create(foundation(), World::default(), CardOptions::new(1, keys())).unwrap()
}

#[test]
fn every_form_of_a_command_is_read() {
    let mut cases = 0;
    for (bytes, expected) in lines(include_str!("../../../testdata/apdu/forms.txt")) {
        let bytes = hex::decode(bytes).unwrap();
        let found = match Command::parse(&bytes) {
            Ok(command) => {
                let data = hex::encode_upper(command.data);
                let data = if data.is_empty() { "-".into() } else { data };
                let length = command.expected.map_or("-".into(), |length| length.to_string());
                format!("{data}, {length}, {}", if command.extended { "extended" } else { "short" })
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{}", hex::encode(&bytes));
        cases += 1;
    }
    assert_eq!(cases, 27);
}

#[test]
fn the_domain_answers_as_the_file_says() {
    let mut card = card();
    let wrong: Vec<String> = lines(include_str!("../../../testdata/apdu/domain.txt"))
        .filter_map(|(command, expected)| {
            let answer = hex::encode_upper(card.transmit(&hex::decode(command).unwrap()).unwrap());
            (!matches(&answer, expected)).then(|| format!("{command}: {answer}, expected {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Opens an SCP03 session.
fn open(card: &mut Card<World>, keys: &StaticKeys, version: u8, level: Level) -> Option<Channel> {
    let host = [9; 8];
    let update = [&[0x80, 0x50, version, 0, 8][..], &host, &[0]].concat();
    let answer = Response::parse(&card.transmit(&update).unwrap()).unwrap();
    let challenge: [u8; 8] = answer.data.get(13..21)?.try_into().ok()?;
    let session = Session::derive(keys, &host, &challenge).unwrap();
    if !session.card_is(&answer.data[21..29]) {
        return None;
    }
    let mut channel = session.into_channel(level);
    let answer = card.transmit(&channel.authenticate()).unwrap();
    (answer == [0x90, 0]).then_some(channel)
}

fn send(card: &mut Card<World>, channel: &mut Channel, command: &str) -> String {
    let bytes = hex::decode(command).unwrap();
    let wrapped = channel.wrap_command(&Command::parse(&bytes).unwrap()).unwrap();
    let answer = Response::parse(&card.transmit(&wrapped).unwrap()).unwrap();
    hex::encode_upper(channel.unwrap_response(answer).unwrap().into_bytes())
}

#[test]
fn every_level_of_secure_messaging_works() {
    for byte in [0x01, 0x03, 0x11, 0x13, 0x33] {
        let mut card = card();
        let mut channel = open(&mut card, &keys(), 1, Level::parse(byte).unwrap()).unwrap();
        let answer = send(&mut card, &mut channel, "80F28002024F0000");
        assert_eq!(
            answer, "E3204F08A0000001510000009F700101C5039EDE00CC08A000000151000000CF01C09000",
            "level {byte:02x}"
        );
        assert_eq!(send(&mut card, &mut channel, "80F24002024F0000"), "6A88");
    }
}

#[test]
fn a_session_of_level_zero_manages_nothing() {
    let mut card = card();
    let mut channel = open(&mut card, &keys(), 1, Level::NONE).unwrap();
    assert_eq!(send(&mut card, &mut channel, "80F28002024F0000"), "6982");
}

#[test]
fn wrong_keys_open_nothing_and_soon_are_not_tried_any_more() {
    let mut card = card();
    let wrong = StaticKeys::new(&[1; 16], &[2; 16], &[4; 16]).unwrap();
    assert!(open(&mut card, &wrong, 1, Level::FULL).is_some(), "Key-DEK is not part of the handshake");
    let wrong = StaticKeys::new(&[1; 16], &[7; 16], &[3; 16]).unwrap();
    assert!(open(&mut card, &wrong, 1, Level::FULL).is_none());
    for _ in 0..10 {
        card.transmit(&hex::decode("8050010008010203040506070800").unwrap()).unwrap();
        let answer = card.transmit(&hex::decode("8482010010000102030405060708090A0B0C0D0E0F").unwrap());
        assert_eq!(answer.unwrap(), [0x63, 0x00]);
    }
    let answer = card.transmit(&hex::decode("8050010008010203040506070800").unwrap()).unwrap();
    assert_eq!(answer, [0x69, 0x83]);
    card.reset().unwrap();
    assert!(open(&mut card, &keys(), 1, Level::FULL).is_some());
}

#[test]
fn a_session_ends_with_the_first_wrong_command() {
    let mut card = card();
    let mut channel = open(&mut card, &keys(), 1, Level::FULL).unwrap();
    let good = channel.clone().wrap_command(&Command::parse(&[0x80, 0xCA, 0, 0x66, 0]).unwrap()).unwrap();
    let mut bad = good.clone();
    bad[6] ^= 1;
    assert_eq!(card.transmit(&bad).unwrap(), [0x69, 0x82]);
    assert_eq!(card.transmit(&good).unwrap(), [0x69, 0x82]);
    assert!(channel.wrap_command(&Command::parse(&[0x80, 0xCA, 0, 0x66, 0]).unwrap()).is_ok());
}

#[test]
fn the_counter_of_sessions_survives_a_power_cut_so_no_challenge_comes_twice() {
    let mut card = card();
    let snapshot = card.snapshot();
    card.env().journal = snapshot;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let answer = card.transmit(&hex::decode("8050010008010203040506070800").unwrap()).unwrap();
        assert!(!seen.contains(&answer[13..21].to_vec()));
        seen.push(answer[13..21].to_vec());
        card = after_a_cut(&mut card);
    }
}

#[test]
fn new_keys_take_the_place_of_old_ones() {
    let mut card = card();
    let mut channel = open(&mut card, &keys(), 1, Level::FULL).unwrap();
    let fresh = StaticKeys::new(&[0x11; 32], &[0x22; 32], &[0x33; 32]).unwrap();
    let mut data = vec![2];
    for key in fresh.expose_secret() {
        let mut covered = key.to_vec();
        channel.encrypt_sensitive(&mut covered).unwrap();
        let mut check = [1; 16];
        card_runtime::crypto::AesKey::new(key).unwrap().encrypt_block(&mut check);
        data.extend_from_slice(&[0x88, 33, 32]);
        data.extend_from_slice(&covered);
        data.extend_from_slice(&[3, check[0], check[1], check[2]]);
    }
    let mut command = vec![0x80, 0xD8, 0x01, 0x81, u8::try_from(data.len()).unwrap()];
    command.extend_from_slice(&data);
    command.push(0);
    let answer = send(&mut card, &mut channel, &hex::encode(command));
    assert!(answer.starts_with("02") && answer.ends_with("9000"), "{answer}");
    assert!(open(&mut card, &keys(), 1, Level::FULL).is_none());
    assert!(open(&mut card, &fresh, 2, Level::FULL).is_some());
    assert!(open(&mut card, &fresh, 0, Level::C_MAC).is_some());
}

#[test]
fn a_terminated_card_stays_so() {
    let mut card = card();
    let snapshot = card.snapshot();
    card.env().journal = snapshot;
    let mut channel = open(&mut card, &keys(), 1, Level::C_MAC).unwrap();
    assert_eq!(send(&mut card, &mut channel, "80F0800F"), "6985", "states come in order");
    assert_eq!(send(&mut card, &mut channel, "80F08007"), "9000");
    assert_eq!(send(&mut card, &mut channel, "80F080FF"), "9000");
    let mut again = after_a_cut(&mut card);
    for card in [&mut card, &mut again] {
        assert_eq!(card.transmit(&[0, 0xA4, 4, 0, 0]).unwrap(), [0x69, 0x85]);
    }
}

#[test]
fn a_card_whose_journal_fails_says_nothing_more() {
    let mut card = card();
    assert!(card.transmit(&[0x80, 0xCA, 0, 0x66, 0]).is_ok());
    card.env().broken = true;
    let update = hex::decode("8050010008010203040506070800").unwrap();
    assert_eq!(card.transmit(&update), Err(CardError::JournalLost));
    card.env().broken = false;
    assert_eq!(card.transmit(&update), Err(CardError::JournalLost));
    assert_eq!(card.reset(), Err(CardError::JournalLost));
}

/// A small generator, so that a failure can be seen again.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
}

#[test]
fn whatever_is_sent_is_answered() {
    let mut draws = Draws(0x5EA1);
    let known: Vec<Vec<u8>> = lines(include_str!("../../../testdata/apdu/domain.txt"))
        .map(|(command, _)| hex::decode(command).unwrap())
        .collect();
    let mut card = card();
    for round in 0..20_000 {
        let mut command = known[draws.below(known.len())].clone();
        for _ in 0..draws.below(4) {
            match draws.below(3) {
                0 => command.truncate(draws.below(command.len() + 1)),
                1 => command.push(draws.next().to_le_bytes()[0]),
                _ if command.is_empty() => {}
                _ => {
                    let at = draws.below(command.len());
                    command[at] = draws.next().to_le_bytes()[0];
                }
            }
        }
        assert!(card.transmit(&command).unwrap().len() >= 2, "{}", hex::encode(&command));
        if round % 1000 == 0 {
            card.reset().unwrap();
        }
    }
    let mut channel = open(&mut card, &keys(), 1, Level::FULL).or_else(|| {
        card.reset().unwrap();
        open(&mut card, &keys(), 1, Level::FULL)
    });
    assert!(channel.take().is_some());
}

#[test]
fn authenticated_commands_with_random_data_are_answered() {
    let mut draws = Draws(0xCA4D);
    let mut card = card();
    let mut channel = open(&mut card, &keys(), 1, Level::FULL).unwrap();
    for _ in 0..3_000 {
        let length = draws.below(200);
        let data: Vec<u8> = (0..length).map(|_| draws.next().to_le_bytes()[0]).collect();
        let ins = [0xD8, 0xE2, 0xE4, 0xE6, 0xE8, 0xF0, 0xF2, 0xCA][draws.below(8)];
        let [p1, p2, ..] = draws.next().to_le_bytes();
        if ins == 0xF0 && p1 == 0x80 {
            continue;
        }
        let command = Command { cla: 0x80, ins, p1, p2, data: &data, expected: Some(256), extended: false };
        let wrapped = channel.wrap_command(&command).unwrap();
        let answer = Response::parse(&card.transmit(&wrapped).unwrap()).unwrap();
        assert!(channel.unwrap_response(answer).is_ok());
    }
}
