//! SCP02 against a session recorded with a real card, sessions computed apart, and the channel's promises one by one.

use card_runtime::apdu::{Command, Response};
use card_runtime::scp::{self, KeyKind, Level, Scp02Options, StaticKeys};
use card_runtime::scp02::{Channel, Session};

mod channel;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn keys(three: [&str; 3]) -> StaticKeys {
    let [encryption, mac, data] = three.map(bytes);
    StaticKeys::of_kind(KeyKind::TripleDes, &encryption, &mac, &data).unwrap()
}

/// Recorded with a card, as the pySim project publishes it in tests/unittests/test_globalplatform.py; published test keys.
#[test]
fn a_session_recorded_with_a_real_card_comes_out_the_same() {
    let keys = keys([
        "100102030405060708090a0b0c0d0e0f",
        "101102030405060708090a0b0c0d0e0f",
        "102102030405060708090a0b0c0d0e0f",
    ]);
    let answer = bytes("00000000000000000000700200016B4524ABEE7CF32EA3838BC148F3");
    let host = bytes("40A62C37FA6304F8");
    let (sequence, card) = (answer[12..14].try_into().unwrap(), answer[14..20].try_into().unwrap());
    let session =
        Session::derive(Scp02Options::I15, &keys, sequence, &host.try_into().unwrap(), &card).unwrap();
    assert!(session.card_is(&answer[20..28]));
    let mut channel = session.into_channel(Level::C_MAC);
    let sent = hex::encode_upper(channel.authenticate());
    assert_eq!(sent, "8482010010BA6961667737C5BCEBECE14C7D6A4376");
    for (plain, wrapped) in
        [("80f22002", "84F220020814DB34FA4341DCA8"), ("80ca006600", "84CA00660855ED7C5FF069512B00")]
    {
        let plain = bytes(plain);
        let sent = channel.wrap_command(&Command::parse(&plain).unwrap()).unwrap();
        assert_eq!(hex::encode_upper(sent), wrapped);
    }
}

#[test]
fn sessions_computed_apart_come_out_the_same() {
    let keys = keys([
        "c2fd79a1d3b0461a5e88f7103b6c9d24",
        "5b17e0ac9936d48f01fa2c7d6083b9e5",
        "7e4409cb12d65fa8e3902b71ad8c3f16",
    ]);
    let answers = [bytes("66030102039000"), [&[0xE3][..], &[0x0C; 40], &[0x63, 0x10]].concat()];
    let exchanges = [
        (bytes("80ca0066"), answers[0].clone()),
        (bytes("80f28002024f00"), answers[1].clone()),
        ([&bytes("80e2100011")[..], &[0x5A; 17]].concat(), bytes("9000")),
        (bytes("80f24002"), bytes("9000")),
    ];
    let file = include_str!("../../../testdata/scp02/sessions.txt");
    let mut sessions = 0;
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<Vec<u8>> = line.split(' ').map(bytes).collect();
        let [i, level, sequence, host, card, cryptogram, authenticate, rest @ ..] = &fields[..] else {
            panic!("{line}");
        };
        let options = Scp02Options::parse(i[0]).unwrap();
        let level = Level::parse(level[0]).unwrap();
        let sequence = sequence.as_slice().try_into().unwrap();
        let (host, card) = (host.as_slice().try_into().unwrap(), card.as_slice().try_into().unwrap());
        let session = Session::derive(options, &keys, sequence, host, card).unwrap();
        assert!(session.card_is(cryptogram), "{line}");

        let mut here = session.clone().into_channel(level);
        let mut there = session.clone().into_channel(level);
        let sent = here.authenticate();
        assert_eq!(sent, *authenticate, "{i:02X?} {level:?}");
        let parsed = Command::parse(&sent).unwrap();
        assert!(session.host_is(&parsed.data[..8]));
        there.check_authenticate(&parsed).unwrap();

        for ((plain, answer), expected) in exchanges.iter().zip(rest.chunks(2)) {
            let plain = Command::parse(plain).unwrap();
            let sent = here.wrap_command(&plain).unwrap();
            assert_eq!(sent, expected[0], "{i:02X?} {level:?}");
            assert_eq!(there.unwrap_command(&Command::parse(&sent).unwrap()).unwrap(), plain.data);
            let answer = Response::parse(answer).unwrap();
            let covered = there.wrap_response(&answer).unwrap();
            assert_eq!(covered.clone().into_bytes(), expected[1], "{i:02X?} {level:?}");
            assert_eq!(here.unwrap_response(covered).unwrap(), answer);
        }
        let mut secret: Vec<u8> = (0x40..0x50).collect();
        here.encrypt_sensitive(&mut secret).unwrap();
        assert_eq!(Some(&secret), rest.last());
        there.decrypt_sensitive(&mut secret).unwrap();
        assert_eq!(secret[0], 0x40);
        sessions += 1;
    }
    assert_eq!(sessions, 21);
}

fn pair(level: Level) -> (Channel, Channel) {
    let key = "404142434445464748494a4b4c4d4e4f";
    let options = Scp02Options::parse(0x75).unwrap();
    let session = Session::derive(options, &keys([key; 3]), [0, 1], &[1; 8], &[2; 6]).unwrap();
    (session.clone().into_channel(level), session.into_channel(level))
}

#[test]
fn every_changed_bit_of_a_protected_command_is_noticed() {
    channel::notices_every_changed_bit(
        &[Level::C_MAC, Level::C_DECRYPTION, Level::C_DECRYPTION_R_MAC],
        |level| {
            let (host, card) = pair(level);
            [host, card].map(scp::Channel::Scp02)
        },
    );
}

#[test]
fn what_does_not_fit_is_not_sent() {
    let (mut host, mut card) = pair(Level::C_DECRYPTION);
    for (length, fits) in [(0, true), (239, true), (240, false), (255, false)] {
        let data = vec![7; length];
        let plain =
            Command { cla: 0x80, ins: 0xE8, p1: 0, p2: 0, data: &data, expected: None, extended: false };
        match host.wrap_command(&plain) {
            Ok(sent) => {
                assert!(fits, "{length}");
                let sent = Command::parse(&sent).unwrap();
                assert_eq!(card.unwrap_command(&sent).unwrap(), data);
            }
            Err(error) => assert!(!fits, "{length}: {error}"),
        }
    }
}
