//! The card's end of an SCP03 channel: nothing passes that the host's end did not wrap, and what it wrapped comes out.
//!
//! The first byte picks the level and the length of MACs; the rest is sent as it is, and, if it is a command, wrapped as well.
#![no_main]

use card_runtime::apdu::{Command, Response};
use card_runtime::scp03::{Level, Session, StaticKeys};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((pick, rest)) = data.split_first() else { return };
    let levels = [Level::C_MAC, Level::C_DECRYPTION, Level::C_MAC_R_MAC, Level::C_DECRYPTION_R_MAC, Level::FULL];
    let level = levels[usize::from(*pick) % levels.len()];
    let keys = StaticKeys::new(&[1; 16], &[2; 16], &[3; 16]).unwrap();
    let width = if *pick & 0x80 == 0 { 8 } else { 16 };
    let session = Session::derive(&keys, &[4; 16][..width], &[5; 16][..width]).unwrap();
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
