//! Where separators are, eight bytes of text at a time.
//!
//! Fields are a few bytes long: too short for a vectorised search from each to the next, and a branch on every byte costs more than all else
//! that reading a row does. So the text is compared a word at a time, and only bytes that are separators cost a branch.

/// Where in a text a byte stands, in order.
pub(super) struct Places<'a> {
    words: &'a [[u8; WORD]],
    /// The bytes after the last whole word, until they are the word that is looked at.
    tail: &'a [u8],
    wanted: u64,
    /// The high bit of each byte of the word looked at that is the wanted one and was not told yet.
    hits: u64,
    /// Where that word starts.
    base: u32,
    next_base: u32,
}

const WORD: usize = 8;
const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const ALL_BUT_HIGH: u64 = 0x7f7f_7f7f_7f7f_7f7f;

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a [u8], wanted: u8) -> Self {
        let (words, tail) = text.as_chunks::<WORD>();
        Self { words, tail, wanted: u64::from(wanted) * LOW_BITS, hits: 0, base: 0, next_base: 0 }
    }

    /// Looks at the next word; false when there is none.
    fn look(&mut self) -> bool {
        let word = match self.words {
            [word, rest @ ..] => {
                self.words = rest;
                u64::from_le_bytes(*word)
            }
            [] if self.tail.is_empty() => return false,
            [] => {
                // Zeros behind the end are no separator, which is a printable character.
                let tail = std::mem::take(&mut self.tail);
                tail.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte))
            }
        };
        let differs = word ^ self.wanted;
        // A byte's high bit stays clear through both terms only if all its bits are: no carry passes from byte to byte.
        self.hits = !(((differs & ALL_BUT_HIGH) + ALL_BUT_HIGH) | differs | ALL_BUT_HIGH);
        self.base = self.next_base;
        self.next_base += 8;
        true
    }
}

impl Iterator for Places<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while self.hits == 0 {
            if !self.look() {
                return None;
            }
        }
        let place = self.base + self.hits.trailing_zeros() / 8;
        self.hits &= self.hits - 1;
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_places_are_those_that_a_plain_search_finds(text in proptest::collection::vec(prop_oneof![Just(b'|'), Just(b'}'), Just(0xfc_u8), any::<u8>()], 0..70)) {
            let plain: Vec<u32> = (0..).zip(&text).filter(|(_, byte)| **byte == b'|').map(|(at, _)| at).collect();
            prop_assert_eq!(Places::of(&text, b'|').collect::<Vec<_>>(), plain);
        }
    }
}
