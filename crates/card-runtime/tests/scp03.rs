//! SCP03 against sessions recorded with a real card, and the channel's promises one by one.

use card_runtime::apdu::{Command, Response};
use card_runtime::scp::{self, ChannelError};
use card_runtime::scp03::{Channel, Level, Session, StaticKeys, card_challenge};
use card_runtime::status::StatusWord;

mod channel;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn key(first: u8, length: usize) -> Vec<u8> {
    (0..length).map(|index| first + u8::try_from(index % 16).unwrap()).collect()
}

fn keys(bits: usize) -> StaticKeys {
    StaticKeys::new(&key(0x00, bits / 8), &key(0x10, bits / 8), &key(0x20, bits / 8)).unwrap()
}

#[test]
fn sessions_recorded_with_a_real_card_come_out_the_same() {
    let plain = [
        "80e2910006bf3e035c015a00",
        "80f22002",
        "80ca006600",
        "80f220020a4f0212345c054f9f70c5",
        "80f28002024f0000",
    ];
    let file = include_str!("../../../testdata/scp03/sessions.txt");
    let mut sessions = 0;
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(' ').collect();
        let [bits, level, update, answer, authenticate, first, first_answer, rest @ ..] = &fields[..] else {
            panic!("{line}");
        };
        let level = Level::parse(bytes(level)[0]).unwrap();
        let (update, answer) = (bytes(update), bytes(answer));
        let host: [u8; 8] = update[5..13].try_into().unwrap();
        let card: [u8; 8] = answer[13..21].try_into().unwrap();
        let session = Session::derive(&keys(bits.parse().unwrap()), &host, &card).unwrap();
        assert!(session.card_is(&answer[21..29]), "{line}");

        let mut here = session.clone().into_channel(level);
        let mut there = session.clone().into_channel(level);
        let sent = here.authenticate();
        assert_eq!(hex::encode(&sent), *authenticate);
        let parsed = Command::parse(&sent).unwrap();
        assert!(session.host_is(&parsed.data[..8]));
        there.check_authenticate(&parsed).unwrap();

        for (plain, expected) in plain.iter().zip(std::iter::once(first).chain(rest)) {
            let plain = bytes(plain);
            let plain = Command::parse(&plain).unwrap();
            let wrapped = here.wrap_command(&plain).unwrap();
            assert_eq!(hex::encode(&wrapped), *expected, "{bits} {level:?}");
            assert_eq!(there.unwrap_command(&Command::parse(&wrapped).unwrap()).unwrap(), plain.data);
            if plain.ins == 0xE2 {
                let clear = Response::ok(bytes("bf3e125a1089882119900000000000000000000005"));
                let covered = Response::ok(bytes(first_answer));
                assert_eq!(there.wrap_response(&clear).unwrap(), covered);
                assert_eq!(here.unwrap_response(covered).unwrap(), clear);
            }
        }
        sessions += 1;
    }
    assert_eq!(sessions, 8);
}

#[test]
fn pseudo_random_challenges_follow_the_sequence_counter() {
    let keys = keys(128);
    let aid = bytes("a000000151000000");
    for width in [8, 16] {
        let first = card_challenge(&keys, width, [0, 0, 1], &aid).unwrap();
        assert_eq!(first.len(), width);
        assert_ne!(first, card_challenge(&keys, width, [0, 0, 2], &aid).unwrap());
        assert_eq!(first, card_challenge(&keys, width, [0, 0, 1], &aid).unwrap());
    }
}

fn pair(level: Level) -> (Channel, Channel) {
    let session = Session::derive(&keys(128), &[1; 8], &[2; 8]).unwrap();
    (session.clone().into_channel(level), session.into_channel(level))
}

#[test]
fn every_changed_bit_of_a_protected_command_is_noticed() {
    channel::notices_every_changed_bit(&[Level::C_MAC, Level::C_DECRYPTION, Level::FULL], |level| {
        let (host, card) = pair(level);
        [host, card].map(scp::Channel::Scp03)
    });
}

#[test]
fn a_command_without_protection_is_refused() {
    let (_, mut card) = pair(Level::C_MAC);
    let plain = [0x80, 0xE2, 0, 0, 1, 0xAA];
    assert_eq!(card.unwrap_command(&Command::parse(&plain).unwrap()), Err(ChannelError::Mac));
}

#[test]
fn long_commands_take_the_extended_form() {
    for length in [0, 1, 15, 16, 240, 247, 248, 255, 256, 1024] {
        let (mut host, mut card) = pair(Level::FULL);
        let data = vec![0x5A; length];
        let plain =
            Command { cla: 0x80, ins: 0xE8, p1: 0, p2: 0, data: &data, expected: Some(256), extended: false };
        let wrapped = host.wrap_command(&plain).unwrap();
        let command = Command::parse(&wrapped).unwrap();
        assert_eq!(card.unwrap_command(&command).unwrap(), data, "{length} bytes");
        let answer = Response { data, status: StatusWord(0x6310) };
        let covered = card.wrap_response(&answer).unwrap();
        assert_eq!(host.unwrap_response(covered).unwrap(), answer);
    }
}
