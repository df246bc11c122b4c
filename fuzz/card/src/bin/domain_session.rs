//! Commands to security domains inside an open session: hostile plain data reach every parser behind the secure channel.
//!
//! The input is a sequence of commands, each behind its length in two bytes. Each is put through the host's end of the channel,
//! which is opened anew, on the issuer's domain, whenever a command ended it; every eighth goes as it is.
#![no_main]

use std::sync::OnceLock;

use card_runtime::apdu::{Command, Response};
use card_runtime::crypto::{Engine, SoftEngine};
use card_runtime::env::{Env, PersistError};
use card_runtime::scp::{Channel, Handshake, KeyKind, Level, Protocol, Session, StaticKeys};
use card_runtime::{Card, CardOptions, Foundation};
use libfuzzer_sys::fuzz_target;

struct World(SoftEngine);

impl Env for World {
    fn random(&mut self, out: &mut [u8]) {
        out.fill(0x5A);
    }

    fn persist(&mut self, _: &[u8]) -> Result<(), PersistError> {
        Ok(())
    }

    fn now_us(&mut self) -> u64 {
        0
    }

    fn engine(&mut self) -> &mut dyn Engine {
        &mut self.0
    }
}

fn keys() -> StaticKeys {
    StaticKeys::of_kind(KeyKind::Aes, &[1; 16], &[2; 16], &[3; 16]).unwrap()
}

/// `None` once the card is terminated or the input gave it other keys.
fn open(card: &mut Card<World>) -> Option<Channel> {
    card.transmit(&[0, 0xA4, 4, 0, 0]).unwrap();
    let host = [9; 8];
    let answer = card.transmit(&[&[0x80, 0x50, 0, 0, 8][..], &host, &[0]].concat()).unwrap();
    let answer = Response::parse(&answer).unwrap();
    let challenge = answer.data.get(13..21)?;
    let handshake = Handshake { host: &host, card: challenge, sequence: 0 };
    let session = Session::derive(Protocol::default_of(KeyKind::Aes), &keys(), &handshake).unwrap();
    let mut channel = session.into_channel(Level::C_MAC);
    (card.transmit(&channel.authenticate()).unwrap() == [0x90, 0]).then_some(channel)
}

fuzz_target!(|data: &[u8]| {
    static FOUNDATION: OnceLock<Foundation> = OnceLock::new();
    let foundation = FOUNDATION.get_or_init(Foundation::new);
    let options = CardOptions::new(1, keys());
    let mut card = Card::create(foundation, World(SoftEngine), options).unwrap();
    let mut channel = None;
    let mut rest = data;
    let mut number = 0;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (command, after) = after.split_at(length);
        rest = after;
        number += 1;
        let plain = Command::parse(command).ok().filter(|_| number % 8 != 0);
        let Some(plain) = plain else {
            assert!(card.transmit(command).unwrap().len() >= 2);
            channel = None;
            continue;
        };
        let Some(mut open) = channel.take().or_else(|| open(&mut card)) else { return };
        let Ok(wrapped) = open.wrap_command(&plain) else { continue };
        let answer = card.transmit(&wrapped).unwrap();
        assert!(answer.len() >= 2);
        // Whatever ended the session, a SELECT or a wrong command, the next one finds out.
        if answer.last_chunk() != Some(&[0x69, 0x82]) && plain.ins != 0xA4 {
            channel = Some(open);
        }
    }
});
