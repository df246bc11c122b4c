//! Arbitrary arguments: whatever an applet passes, a method answers or throws, and the card goes on.

use std::path::Path;

use card_link::Element;

use crate::card;

/// Arguments at which something changes, among others.
const SHORTS: [i16; 14] = [i16::MIN, -256, -2, -1, 0, 1, 2, 3, 4, 8, 31, 64, 256, i16::MAX];
/// Calls of each method.
const ROUNDS: usize = 16;

/// A generator of numbers that is the same in each run.
struct Numbers(u32);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % limit
    }

    fn short(&mut self) -> i16 {
        match self.below(3) {
            0 => SHORTS[self.below(SHORTS.len())],
            1 => i16::try_from(self.below(8)).unwrap(),
            _ => i16::try_from(self.below(64)).unwrap() - 8,
        }
    }

    /// An array with its length in front: null, text, a TLV, or any bytes.
    fn array(&mut self) -> Vec<u8> {
        let bytes = match self.below(8) {
            0 => return vec![0xFF],
            1 => "aä€💓 12".as_bytes().to_vec(),
            2 => vec![0x30, 0x06, 0x04, 0x01, 0xAA, 0x05, 0x01, 0xBB],
            _ => (0..self.below(20)).map(|_| self.below(256) as u8).collect(),
        };
        [&[bytes.len() as u8][..], &bytes].concat()
    }
}

/// All methods that the case files name, as instruction and number.
fn methods() -> Vec<[u8; 2]> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/cases");
    let mut methods = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut family = 0;
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some("family"), Some(code)) => family = u8::from_str_radix(code, 16).unwrap(),
                (Some("method"), Some(code)) => methods.push([family, u8::from_str_radix(code, 16).unwrap()]),
                _ => {}
            }
        }
    }
    methods.sort_unstable();
    assert!(methods.len() > 200, "{}", methods.len());
    methods
}

#[test]
fn whatever_arguments_come_each_method_answers_or_throws() {
    let mut card = card();
    let mut numbers = Numbers(20);
    let methods = methods();
    for round in 0..ROUNDS {
        for [family, method] in &methods {
            let mut data = vec![7];
            (0..7).for_each(|_| data.extend_from_slice(&numbers.short().to_be_bytes()));
            (0..3).for_each(|_| data.extend(numbers.array()));
            let header = [0x80, *family, *method, 4, data.len() as u8];
            let command = [&header[..], &data, &[0]].concat();
            let answer = card.transmit(&command).unwrap();
            let diagnosis = card.diagnosis();
            assert!(answer.ends_with(&[0x90, 0]), "{round}: {command:02x?} {answer:02x?} {diagnosis:?}");
        }
    }
}
