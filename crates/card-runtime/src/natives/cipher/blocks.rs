//! Block ciphers in ECB and CBC, with padding or without: AES, DES, triple DES, SM4.

use alloc::vec::Vec;

use super::methods::{BlockFamily, Chaining};
use super::work::Rest;
use crate::crypto::{BLOCK, BlockCipher, BlockError, Chain, Direction, Padding};
use crate::natives::keys::Crypto;

/// A key and a message under way.
pub(crate) struct Blocks {
    cipher: BlockCipher,
    chaining: Chaining,
    padding: Padding,
    /// The block before; of no meaning in ECB.
    chain: Chain,
    rest: Rest,
    begun: bool,
}

impl Blocks {
    pub(super) fn new(
        family: BlockFamily,
        chaining: Chaining,
        padding: Padding,
        key: &[u8],
    ) -> Result<Self, Crypto> {
        let cipher = match family {
            BlockFamily::Aes => BlockCipher::aes(key),
            BlockFamily::Des => BlockCipher::des(key),
            BlockFamily::Sm4 => BlockCipher::sm4(key),
        };
        let cipher = cipher.map_err(|_| Crypto::UninitializedKey)?;
        Ok(Self { cipher, chaining, padding, chain: [0; BLOCK], rest: Rest::default(), begun: false })
    }

    /// CBC has an initial vector of a block, ECB none.
    pub(super) fn begin(&mut self, vector: &[u8]) -> Result<(), Crypto> {
        self.reset();
        match self.chaining {
            Chaining::Cbc if vector.len() == self.cipher.block() => {
                self.chain.iter_mut().zip(vector).for_each(|(to, from)| *to = *from);
                Ok(())
            }
            Chaining::Cbc | Chaining::Ecb => Err(Crypto::IllegalValue),
        }
    }

    fn reset(&mut self) {
        self.chain = [0; BLOCK];
        self.rest.clear();
        self.begun = false;
    }

    pub(super) fn held(&mut self, data: &mut Vec<u8>) {
        self.rest.take(data);
    }

    pub(super) fn update(&mut self, direction: Direction, data: &mut Vec<u8>) -> Result<(), Crypto> {
        self.begun |= !data.is_empty();
        // The last block may be the one with the padding.
        let waits = match (direction, self.padding) {
            (Direction::Decrypt, Padding::Bit | Padding::Pkcs5) => 1,
            (Direction::Decrypt, Padding::None | Padding::Zeros) | (Direction::Encrypt, _) => 0,
        };
        let block = self.cipher.block();
        let whole = data.len().saturating_sub(waits) / block * block;
        self.rest.keep(data, whole);
        self.run(direction, data).map_err(|_| Crypto::IllegalUse)
    }

    pub(super) fn finish(&mut self, direction: Direction, data: &mut Vec<u8>) -> Result<(), Crypto> {
        let block = self.cipher.block();
        let nothing = data.is_empty() && !self.begun;
        match (direction, self.padding) {
            (Direction::Encrypt, Padding::Bit | Padding::Pkcs5) => self.padding.pad(data, block),
            (Direction::Encrypt, Padding::Zeros) if nothing || !data.is_empty() => {
                self.padding.pad(data, block);
            }
            (_, Padding::None) | (Direction::Decrypt, Padding::Zeros) if nothing => {
                return Err(Crypto::IllegalUse);
            }
            (Direction::Encrypt, Padding::None | Padding::Zeros) | (Direction::Decrypt, _) => {}
        }
        self.run(direction, data).map_err(|_| Crypto::IllegalUse)?;
        if direction == Direction::Decrypt && !matches!(self.padding, Padding::None | Padding::Zeros) {
            data.truncate(self.padding.unpadded(data, block).ok_or(Crypto::IllegalUse)?);
        }
        self.reset();
        Ok(())
    }

    fn run(&mut self, direction: Direction, data: &mut [u8]) -> Result<(), BlockError> {
        match self.chaining {
            Chaining::Ecb => self.cipher.ecb(direction, data),
            Chaining::Cbc => self.cipher.cbc(direction, &mut self.chain, data),
        }
    }
}
