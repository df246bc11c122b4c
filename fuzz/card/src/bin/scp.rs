//! The card's end of a secure channel of either protocol: nothing passes that the host's end did not wrap, and what it wrapped comes out.
//!
//! The first byte picks protocol, options and level; the rest is sent as it is, and, if it is a command, wrapped as well.
#![no_main]

use card_runtime::apdu::{Command, Response};
use card_runtime::scp::{
    Handshake, KeyKind, Level, Protocol, Scp02Options, Scp03Options, Session, StaticKeys,
};
use libfuzzer_sys::fuzz_target;

const LEVELS: [Level; 5] =
    [Level::C_MAC, Level::C_DECRYPTION, Level::C_MAC_R_MAC, Level::C_DECRYPTION_R_MAC, Level::FULL];

/// Protocol, keys and the lengths of both challenges. The S16 mode of SCP03 has longer ones.
fn protocol(pick: u8) -> (Protocol, StaticKeys, usize, usize) {
    let keys = |kind| StaticKeys::of_kind(kind, &[1; 16], &[2; 16], &[3; 16]).unwrap();
    let mode = pick & 0x80 == 0;
    if pick & 0x40 == 0 {
        let options = Scp02Options::parse(if mode { 0x75 } else { 0x65 }).unwrap();
        return (Protocol::Scp02(options), keys(KeyKind::TripleDes), 8, 6);
    }
    let options = Scp03Options::parse(if mode { 0x70 } else { 0x71 }).unwrap();
    (Protocol::Scp03(options), keys(KeyKind::Aes), options.width(), options.width())
}

fuzz_target!(|data: &[u8]| {
    let Some((pick, rest)) = data.split_first() else { return };
    let (protocol, keys, host, card) = protocol(*pick);
    // SCP02 encrypts no answers.
    let levels = if matches!(protocol, Protocol::Scp02(_)) { &LEVELS[..4] } else { &LEVELS[..] };
    let level = levels[usize::from(*pick & 0x3F) % levels.len()];
    let handshake = Handshake { host: &[4; 16][..host], card: &[5; 16][..card], sequence: 1 };
    let session = Session::derive(protocol, &keys, &handshake).unwrap();
    let Ok(command) = Command::parse(rest) else { return };
    assert!(session.clone().into_channel(level).unwrap_command(&command).is_err());
    let (mut host, mut card) = (session.clone().into_channel(level), session.into_channel(level));
    let Ok(wrapped) = host.wrap_command(&command) else { return };
    let received = Command::parse(&wrapped).unwrap();
    assert_eq!(card.unwrap_command(&received).unwrap(), command.data);
    let answer = Response::ok(command.data.to_vec());
    let covered = card.wrap_response(&answer).unwrap();
    assert_eq!(host.unwrap_response(covered).unwrap(), answer);
    let forged = Response::ok(rest.to_vec());
    if level.response_mac() {
        assert!(host.unwrap_response(forged).is_err());
    }
});
