//! Counter mode: AES over a counter block, its output added to the data (SP 800-38A, 6.5). GCM and CCM encrypt with it as well.

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::modes::BATCH;
use super::{AesKey, BLOCK};

/// How many of a counter block's last bytes count; they wrap round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterWidth(u128);

impl CounterWidth {
    /// All of the block, as counter mode by itself has it.
    pub const WHOLE: Self = Self(u128::MAX);
    /// The last 32 bits (SP 800-38D, 6.2).
    pub const GCM: Self = Self(u32::MAX as u128);

    /// The last `bytes`, fewer than a block has.
    pub(super) fn bytes(bytes: usize) -> Self {
        Self((1 << (8 * (bytes % BLOCK))) - 1)
    }
}

/// A key stream, with what is left of its present block.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Counter {
    #[zeroize(skip)]
    width: CounterWidth,
    next: u128,
    stream: [u8; BLOCK],
    /// How many bytes of `stream` are used.
    used: usize,
}

impl Counter {
    /// A stream that begins with the given counter block.
    #[must_use]
    pub fn new(first: [u8; BLOCK], width: CounterWidth) -> Self {
        Self { width, next: u128::from_be_bytes(first), stream: [0; BLOCK], used: BLOCK }
    }

    /// Encrypts or decrypts in place; calls may follow each other at any byte.
    pub fn apply(&mut self, key: &AesKey, data: &mut [u8]) {
        let (begun, rest) = data.split_at_mut(data.len().min(BLOCK - self.used));
        self.add(begun);
        let (blocks, end) = rest.as_chunks_mut::<BLOCK>();
        let mut stream = [[0; BLOCK]; BATCH];
        for batch in blocks.chunks_mut(BATCH) {
            let stream = stream.get_mut(..batch.len()).unwrap_or_default();
            stream.iter_mut().for_each(|block| *block = self.advance());
            key.encrypt_blocks(stream);
            for (block, key) in batch.iter_mut().zip(&*stream) {
                *block = (u128::from_ne_bytes(*block) ^ u128::from_ne_bytes(*key)).to_ne_bytes();
            }
        }
        if !blocks.is_empty() {
            stream.as_flattened_mut().zeroize();
        }
        if !end.is_empty() {
            self.stream = self.advance();
            key.encrypt_block(&mut self.stream);
            self.used = 0;
            self.add(end);
        }
    }

    fn add(&mut self, data: &mut [u8]) {
        let stream = self.stream.get(self.used..).unwrap_or_default();
        data.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
        self.used += data.len();
    }

    /// The present counter block, and on to the next.
    fn advance(&mut self) -> [u8; BLOCK] {
        let present = self.next;
        let CounterWidth(counted) = self.width;
        self.next = (present & !counted) | (present.wrapping_add(1) & counted);
        present.to_be_bytes()
    }
}
