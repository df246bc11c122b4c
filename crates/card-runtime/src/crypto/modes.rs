//! ECB and CBC over any block cipher (SP 800-38A, 6.1 and 6.2), in place.
//!
//! Each enters the cipher once for all blocks. A cipher loads its round keys into registers whenever it is entered, which takes
//! longer than a block does, and the blocks of a chain cannot be handed over together; so the chain is built inside.

use core::array;

use aes::cipher::array::Array;
use aes::cipher::{
    Block, BlockCipherDecrypt, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt,
    BlockSizeUser,
};

/// Which way data go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Plaintext in, ciphertext out.
    Encrypt,
    /// Ciphertext in, plaintext out.
    Decrypt,
}

/// Blocks that are handed to the cipher together where they do not depend on one another: what the widest path of the
/// crate `aes` takes.
pub(super) const BATCH: usize = 64;

/// The blocks of data that consist of whole ones.
pub(super) fn whole<C: BlockSizeUser>(data: &mut [u8]) -> Option<&mut [Block<C>]> {
    match Array::slice_as_chunks_mut(data) {
        (blocks, []) => Some(blocks),
        (_, [_, ..]) => None,
    }
}

/// Encrypts in CBC; `vector` becomes the last block, so that calls may follow each other.
pub(super) fn cbc_encrypt<C: BlockCipherEncrypt>(cipher: &C, vector: &mut Block<C>, blocks: &mut [Block<C>]) {
    cipher.encrypt_with_backend(Chain::<C> { vector, blocks });
}

struct Chain<'a, C: BlockSizeUser> {
    vector: &'a mut Block<C>,
    blocks: &'a mut [Block<C>],
}

impl<C: BlockSizeUser> BlockSizeUser for Chain<'_, C> {
    type BlockSize = C::BlockSize;
}

impl<C: BlockSizeUser> BlockCipherEncClosure for Chain<'_, C> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = C::BlockSize>>(self, backend: &B) {
        let mut chain = self.vector.clone();
        for block in self.blocks {
            xor(&mut chain, block);
            backend.encrypt_block_inplace(&mut chain);
            block.clone_from(&chain);
        }
        *self.vector = chain;
    }
}

/// Decrypts CBC; `vector` becomes the last block of the ciphertext.
pub(super) fn cbc_decrypt<C: BlockCipherDecrypt>(cipher: &C, vector: &mut Block<C>, blocks: &mut [Block<C>]) {
    let mut ciphertext: [Block<C>; BATCH] = array::from_fn(|_| Block::<C>::default());
    for batch in blocks.chunks_mut(BATCH) {
        ciphertext.iter_mut().zip(batch.iter()).for_each(|(kept, block)| kept.clone_from(block));
        cipher.decrypt_blocks(batch);
        let mut before = &*vector;
        for (block, ciphertext) in batch.iter_mut().zip(&ciphertext) {
            xor(block, before);
            before = ciphertext;
        }
        *vector = before.clone();
    }
}

/// Adds blocks to others, of which as many are taken as the shorter side has; all ciphers' blocks are whole words.
#[inline(always)]
pub(super) fn xor(blocks: &mut [u8], others: &[u8]) {
    let ((words, _), (others, _)) = (blocks.as_chunks_mut::<8>(), others.as_chunks::<8>());
    for (word, other) in words.iter_mut().zip(others) {
        *word = (u64::from_ne_bytes(*word) ^ u64::from_ne_bytes(*other)).to_ne_bytes();
    }
}
