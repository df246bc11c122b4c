//! Commands to a card with the issuer's domain alone: whatever comes is answered with at least a status word.
//!
//! The input is a sequence of commands, each behind its length in two bytes.
#![no_main]

use std::sync::OnceLock;

use card_runtime::crypto::{Engine, SoftEngine};
use card_runtime::env::{Env, PersistError};
use card_runtime::scp03::StaticKeys;
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

fuzz_target!(|data: &[u8]| {
    static FOUNDATION: OnceLock<Foundation> = OnceLock::new();
    let foundation = FOUNDATION.get_or_init(Foundation::new);
    let keys = StaticKeys::new(&[1; 16], &[2; 16], &[3; 16]).unwrap();
    let mut card = Card::create(foundation, World(SoftEngine), CardOptions::new(1, keys)).unwrap();
    let mut rest = data;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (command, after) = after.split_at(length);
        assert!(card.transmit(command).unwrap().len() >= 2);
        rest = after;
    }
});
