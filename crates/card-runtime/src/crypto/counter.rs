//! Counter mode: AES over a counter block, its output added to the data (SP 800-38A, 6.5). GCM and CCM encrypt with it as well.

use aes::cipher::array::Array;
use aes::cipher::consts::U16;
use aes::cipher::{Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockSizeUser, ParBlocks};
use zeroize::{ZeroizeOnDrop, optimization_barrier};

use super::modes::xor;
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
        let (blocks, end) = Array::slice_as_chunks_mut(rest);
        if !blocks.is_empty() {
            key.encrypt_with_backend(Stream { counter: self, blocks });
        }
        if !end.is_empty() {
            self.stream = self.advance();
            key.encrypt_block(&mut self.stream);
            self.used = 0;
            self.add(end);
        }
    }

    /// Leaves the present counter block out.
    pub(super) fn skip(&mut self) {
        self.advance();
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

    /// So many counter blocks as there are places, in order. Where only the last eight bytes change, which is nearly always, they
    /// are written in a loop without carries, of which compilers make vectors.
    #[inline(always)]
    fn fill(&mut self, blocks: &mut [Block<AesKey>]) {
        let CounterWidth(counted) = self.width;
        let (front, low) = ((self.next >> 64) as u64, self.next as u64);
        let count = blocks.len() as u64;
        let within = counted - (self.next & counted) >= u128::from(count);
        if !within || low.checked_add(count).is_none() {
            blocks.iter_mut().for_each(|block| *block = self.advance().into());
            return;
        }
        for (index, block) in (0_u64..).zip(blocks) {
            let (start, end) = block.split_at_mut(BLOCK / 2);
            start.copy_from_slice(&front.to_be_bytes());
            end.copy_from_slice(&low.wrapping_add(index).to_be_bytes());
        }
        self.next += u128::from(count);
    }
}

/// The key stream of whole blocks, made and added inside the cipher: what is entered once can hold its round keys and counters
/// in vectors.
struct Stream<'a> {
    counter: &'a mut Counter,
    blocks: &'a mut [Block<AesKey>],
}

impl BlockSizeUser for Stream<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Stream<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut stream = ParBlocks::<B>::default();
        let (batches, last) = ParBlocks::<B>::slice_as_chunks_mut(self.blocks);
        for batch in batches {
            self.counter.fill(&mut stream);
            backend.encrypt_par_blocks_inplace(&mut stream);
            xor(batch.as_flattened_mut(), stream.as_flattened());
        }
        if !last.is_empty() {
            let part = stream.get_mut(..last.len()).unwrap_or_default();
            self.counter.fill(part);
            if last.len() < FEW {
                backend.encrypt_tail_blocks_inplace(part);
            } else {
                // A batch takes no longer than these one after the other.
                backend.encrypt_par_blocks_inplace(&mut stream);
            }
            xor(Array::slice_as_flattened_mut(last), stream.as_flattened());
        }
        stream.iter_mut().for_each(|block| block.fill(0));
        optimization_barrier(&stream);
    }
}

/// Blocks of which a whole batch is encrypted at once, though its other places are not needed.
const FEW: usize = 4;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::{AesKey, BLOCK, Counter, CounterWidth};

    #[test]
    fn many_blocks_at_once_are_each_by_itself_across_every_carry() {
        let key = AesKey::new(&[7; 16]).unwrap();
        let ends = [u128::from(u8::MAX), u128::from(u32::MAX), u128::from(u64::MAX), u128::MAX];
        for width in [CounterWidth::WHOLE, CounterWidth::GCM, CounterWidth::bytes(1), CounterWidth::bytes(9)]
        {
            for (end, blocks) in ends.into_iter().flat_map(|end| [1, 3, 4, 63, 64, 65, 200].map(|n| (end, n)))
            {
                for before in [0, 1, 40, 64, 300] {
                    let first = end.wrapping_sub(before).to_be_bytes();
                    let mut together = vec![0; blocks * BLOCK + 5];
                    Counter::new(first, width).apply(&key, &mut together);
                    let mut single = vec![0; together.len()];
                    let mut counter = Counter::new(first, width);
                    single.chunks_mut(3).for_each(|piece| counter.apply(&key, piece));
                    assert_eq!(together, single, "{blocks} blocks from {before} before {end:x}, {width:?}");
                }
            }
        }
    }
}
