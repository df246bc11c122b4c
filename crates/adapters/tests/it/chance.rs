//! Captures changed at random: nothing stops an adapter, and no byte is lost.

use adapters::capture;

use crate::captures::{ANALYSER, ANALYSER_MAPPING, GATT, PHD, PUMP, PUMP_MAPPING, SDC, replayed};

/// Numbers that are the same in each run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

fn changed(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=chance.below(4) {
        let (at, other) = (chance.below(bytes.len()), chance.below(bytes.len()));
        match chance.below(5) {
            0 => bytes[at] = chance.below(256) as u8,
            1 => bytes[at] ^= 1 << chance.below(8),
            2 => bytes.truncate(at.max(1)),
            3 => bytes.insert(at, [0, 0xFF, b'"', b'\n', 2][chance.below(5)]),
            _ => {
                let piece = bytes[at.min(other)..at.max(other)].to_vec();
                bytes.splice(at..at, piece.into_iter().take(200));
            }
        }
    }
    bytes
}

fn shaken(name: &str, config: Option<&str>, capture: &[u8], rounds: usize) {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    for _ in 0..rounds {
        replayed(name, config, &changed(capture, &mut chance));
    }
}

#[test]
fn gatt() {
    shaken("gatt", None, &capture::bytes(GATT).unwrap(), 1500);
}

#[test]
fn mapped() {
    shaken("mapped", Some(ANALYSER_MAPPING), ANALYSER, 250);
    shaken("mapped", Some(PUMP_MAPPING), PUMP, 250);
}

#[test]
fn serial() {
    let rows = b"D d\nT 2026-11-22T10:19:00Z\nV 150456 % 97 Q\nX 150456 words";
    let line: Vec<u8> = (0..5).flat_map(|number| adapters::serial::frame(number, rows)).collect();
    shaken("serial", None, &line, 1500);
}

/// A mapping that is changed at random is refused or taken, and what it then reads is accounted for.
#[test]
fn mappings() {
    let mut chance = Chance(7);
    let mut taken = 0;
    for _ in 0..1000 {
        let text = String::from_utf8_lossy(&changed(ANALYSER_MAPPING.as_bytes(), &mut chance)).into_owned();
        if adapters::mapped::Mapping::parse(&text).is_ok() {
            taken += 1;
            replayed("mapped", Some(&text), ANALYSER);
        }
    }
    assert!(taken > 20, "{taken}");
}

#[test]
fn phd() {
    shaken("phd", None, &capture::bytes(PHD).unwrap(), 1500);
}

#[test]
fn sdc() {
    shaken("sdc", None, SDC, 100);
}
