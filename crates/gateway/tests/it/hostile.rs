//! What strangers send, changed at random, at each parser that stands behind a listener or a file: nothing stops it.

use std::path::Path;

use gateway::hostile::{assertions, bodies, broker, configuration, key_sets, queries, rules};

/// A door, and where the seeds of its fuzz target lie.
type Door = (fn(&[u8]), &'static str, usize);

const DOORS: [Door; 8] = [
    (bodies, "fuzz/seeds/https_bodies", 3000),
    (broker, "fuzz/seeds/mqtt_broker", 3000),
    (|bytes| queries(&String::from_utf8_lossy(bytes)), "fuzz/seeds/fhir_search", 3000),
    (|bytes| assertions(&String::from_utf8_lossy(bytes)), "fuzz/seeds/token_request", 1000),
    (key_sets, "fuzz/seeds/key_set", 2000),
    (|bytes| configuration(&String::from_utf8_lossy(bytes)), "crates/gateway/src/config", 500),
    (|bytes| configuration(&String::from_utf8_lossy(bytes)), "crates/gateway/testdata/check", 500),
    (|bytes| rules(&String::from_utf8_lossy(bytes)), "standards/clinical", 300),
];

/// Numbers that are the same in each run (xorshift64, Marsaglia 2003).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (at, other) = (self.below(bytes.len()), self.below(bytes.len()));
        let piece = bytes[at.min(other)..at.max(other)].to_vec();
        match self.below(5) {
            0 if at < bytes.len() => bytes[at] = self.below(256) as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            2 => bytes.truncate(at.max(1)),
            3 => bytes.insert(at, [0, 0xFF, b'"', b'=', b'9'][self.below(5)]),
            _ => drop(bytes.splice(at..at, piece.into_iter().take(200))),
        }
    }
}

#[test]
fn nothing_that_strangers_send_stops_a_parser() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    for (door, folder, rounds) in DOORS {
        let files = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let seeds: Vec<Vec<u8>> = files.filter_map(|file| std::fs::read(file).ok()).collect();
        assert!(!seeds.is_empty(), "{folder}");
        for round in 0..rounds {
            let mut bytes = seeds[round % seeds.len()].clone();
            for _ in 0..chance.below(5) {
                chance.change(&mut bytes);
            }
            door(&bytes);
        }
    }
}
