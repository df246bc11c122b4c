//! `RandomData` on a card whose host gives chosen entropy: NIST's samples of the generator, through the applet. Those with a
//! personalization, or with additional input to a request, the API has no way to ask.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::Path;
use std::rc::Rc;

use card_link::gp::Session;
use card_link::{CardKeys, Element, LinkError};
use card_runtime::crypto::{Engine, SoftEngine};
use card_runtime::env::{Env, PersistError};
use card_runtime::{Card, Foundation};

use crate::desk::{APPLET, PACKAGE, cap};

/// What is given in place of random bytes, when a request is as long.
type Entropy = Rc<RefCell<VecDeque<Vec<u8>>>>;

struct Chosen {
    entropy: Entropy,
    engine: SoftEngine,
}

impl Env for Chosen {
    fn random(&mut self, out: &mut [u8]) {
        let mut entropy = self.entropy.borrow_mut();
        match entropy.front() {
            Some(bytes) if bytes.len() == out.len() => out.copy_from_slice(&entropy.pop_front().unwrap()),
            Some(_) | None => getrandom::fill(out).unwrap(),
        }
    }

    fn persist(&mut self, _: &[u8]) -> Result<(), PersistError> {
        Ok(())
    }

    fn now_us(&mut self) -> u64 {
        0
    }

    fn engine(&mut self) -> &mut dyn Engine {
        &mut self.engine
    }
}

struct ChosenCard(Card<Chosen>);

impl Element for ChosenCard {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        Ok(self.0.transmit(command)?)
    }

    fn atr(&self) -> Vec<u8> {
        self.0.atr().to_vec()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        Ok(self.0.reset()?)
    }
}

impl ChosenCard {
    fn must(&mut self, ins: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let body = if data.is_empty() { Vec::new() } else { [&length[..], data].concat() };
        let mut answer = self.transmit(&[&[0x80, ins, 0, 0, 0][..], &body, &[0, 0]].concat()).unwrap();
        assert_eq!(answer.split_off(answer.len() - 2), [0x90, 0]);
        answer
    }
}

/// A card with the applet, and what its host gives as entropy.
fn card() -> (ChosenCard, Entropy) {
    let (keys, entropy) = (CardKeys::random().unwrap(), Entropy::default());
    let env = Chosen { entropy: Rc::clone(&entropy), engine: SoftEngine };
    let mut card = ChosenCard(Card::create(&Foundation::new(), env, keys.card_options()).unwrap());
    Session::open(&mut card, &keys).unwrap().load_cap(cap()).unwrap();
    let (package, applet) = (PACKAGE.parse().unwrap(), APPLET.parse().unwrap());
    Session::open(&mut card, &keys).unwrap().install(&package, &applet, &applet, &[]).unwrap();
    let aid = hex::decode(APPLET).unwrap();
    card.transmit(&[&[0, 0xA4, 4, 0, aid.len() as u8], &aid[..], &[0]].concat()).unwrap();
    (card, entropy)
}

#[test]
fn the_generator_gives_nists_samples() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/drbg/hmac_drbg_sha256.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let (mut card, entropy) = card();
    let mut run = 0;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        let part = |at: usize| if words[at] == "-" { Vec::new() } else { hex::decode(words[at]).unwrap() };
        if [2, 7, 8].into_iter().any(|at| words[at] != "-") {
            continue;
        }
        // ALG_PSEUDO_RANDOM, ALG_SECURE_RANDOM, ALG_PRESEEDED_DRBG, ALG_FAST
        for kind in [1, 2, 4, 5] {
            card.must(0xA0, &[kind]);
            entropy.borrow_mut().push_back(part(1));
            let mut out = Vec::new();
            for (request, reseed) in [(0, words[0] != "none"), (1, words[0] == "each")] {
                if reseed {
                    entropy.borrow_mut().push_back(part(3 + 2 * request));
                    card.must(0xA3, &part(4 + 2 * request));
                }
                out = card.must(0xA1, &[0, 128]);
            }
            assert_eq!(out, part(9), "{kind}: {line}");
            assert!(entropy.borrow().is_empty());
        }
        run += 1;
    }
    assert_eq!(run, 4);
}

/// For keys, and without a generator.
#[test]
fn other_kinds_ask_the_host_each_time() {
    let (mut card, entropy) = card();
    card.must(0xA0, &[3]);
    entropy.borrow_mut().push_back(vec![0x5A; 20]);
    assert_eq!(card.must(0xA1, &[0, 20]), [0x5A; 20]);
    card.must(0xA0, &[6]);
    let mut seen = Vec::new();
    for round in 0..2 {
        card.must(0xA0, &[6]);
        entropy.borrow_mut().extend([vec![1; 48], vec![2 + round; 32]]);
        seen.push(card.must(0xA1, &[0, 20]));
        assert!(entropy.borrow().is_empty(), "seeded before the request");
    }
    assert_ne!(seen[0], seen[1]);
}
