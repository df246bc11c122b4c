//! Malformed input: good messages of every protocol here, changed at random; and what fuzzing left in `fuzz/corpus`, where that was run.

use std::path::Path;

use crate::limits;
use crate::random::Random;

/// How many files of a corpus are taken.
const CORPUS: usize = 2000;

/// What a good peer says at each port, in its first words.
const GOOD: [&[u8]; 9] = [
    // TLS 1.3: a ClientHello's head
    b"\x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x03abcdefghijklmnopqrstuvwxyz012345\x00\x00\x02\x13\x01\x01\x00\x00\x00",
    // MQTT: CONNECT 5.0 and 3.1.1, PUBLISH, SUBSCRIBE
    b"\x10\x17\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x08offender",
    b"\x10\x14\x00\x04MQTT\x04\x02\x00\x3c\x00\x08offender",
    b"\x32\x22\x00\x19medseal/v1/offender/batch\x00\x01\x00abcd",
    b"\x82\x1f\x00\x02\x00\x00\x19medseal/v1/offender/batch\x01",
    // HTTP/1.1, HTTP/2
    b"POST /v1/batches HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cbor\r\ncontent-length: 4\r\n\r\nabcd",
    b"POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 20\r\n\r\ngrant_type=password&",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\x00\x00\x04\x01\x05\x00\x00\x00\x01\x82\x86\x84\x41",
    // MLLP: a frame that is no message
    b"\x0bPID|1||x\r\x1c\x0d",
];

/// Where inputs are drawn from.
pub(super) struct Inputs {
    random: Random,
    seeds: Vec<Vec<u8>>,
}

impl Inputs {
    pub(super) fn of(seed: u64) -> Self {
        let mut seeds: Vec<Vec<u8>> = GOOD.iter().map(|good| good.to_vec()).collect();
        corpus(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus")), &mut seeds);
        Self { random: Random::of(seed), seeds }
    }

    /// Some bytes for a port.
    pub(super) fn next(&mut self) -> Vec<u8> {
        let mut bytes = self.random.choose(&self.seeds).cloned().unwrap_or_default();
        change(&mut self.random, &mut bytes, |random| u8::try_from(random.below(256)).unwrap_or(0));
        if self.random.below(8) == 0 {
            bytes.resize(limits::MALFORMED_BYTES, 0x41);
        }
        bytes.truncate(limits::MALFORMED_BYTES);
        bytes
    }

    /// A message of HL7, changed in a few places so that a frame around it still holds it.
    pub(super) fn changed(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        // Never a character that ends or begins a frame: it would be another message.
        change(&mut self.random, &mut bytes, |random| {
            random.choose(b"|^~\\&\r09AZ\xff\x00 ").copied().unwrap_or(b'|')
        });
        bytes
    }
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, mut with: impl FnMut(&mut Random) -> u8) {
    for _ in 0..1 + random.below(6) {
        let (at, byte) = (random.below(bytes.len()), with(random));
        match random.below(4) {
            0 => bytes.truncate(at.max(1)),
            1 if at < bytes.len() => bytes.insert(at, byte),
            _ => {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
        }
    }
}

/// The files below a folder, if there is one.
fn corpus(folder: &Path, into: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if into.len() >= CORPUS {
            return;
        }
        let path = entry.path();
        if path.is_dir() {
            corpus(&path, into);
        } else if let Ok(bytes) = std::fs::read(&path) {
            into.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEDSIDE: &[u8] = include_bytes!("../../../../testdata/hl7/pcd01.hl7");

    #[test]
    fn a_seed_makes_the_same_input_and_no_message_leaves_its_frame() {
        let draw = |seed| {
            let mut inputs = Inputs::of(seed);
            (0..200).map(|_| (inputs.next(), inputs.changed(BEDSIDE))).collect::<Vec<_>>()
        };
        let all = draw(3);
        assert_eq!(all, draw(3));
        assert_ne!(all, draw(4));
        for (bytes, message) in all {
            assert!(bytes.len() <= limits::MALFORMED_BYTES);
            assert!(!message.iter().any(|byte| [0x0b, 0x1c].contains(byte)));
        }
    }
}
