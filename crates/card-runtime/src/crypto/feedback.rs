//! Cipher feedback by whole blocks, CFB128 (SP 800-38A, 6.3), in pieces of any length.

use zeroize::ZeroizeOnDrop;

use super::modes::Direction;
use super::{AesKey, BLOCK};

/// A message under way: the key stream of the present block, whose used front is ciphertext by now.
#[derive(Clone, ZeroizeOnDrop)]
pub struct Feedback {
    register: [u8; BLOCK],
    used: usize,
}

impl Feedback {
    /// Starts a message.
    #[must_use]
    pub fn new(vector: [u8; BLOCK]) -> Self {
        Self { register: vector, used: BLOCK }
    }

    /// Encrypts or decrypts in place; calls may follow each other at any byte.
    pub fn apply(&mut self, key: &AesKey, direction: Direction, data: &mut [u8]) {
        for byte in data {
            if self.used == BLOCK {
                key.encrypt_block(&mut self.register);
                self.used = 0;
            }
            let Some(register) = self.register.get_mut(self.used) else { return };
            let out = *byte ^ *register;
            *register = match direction {
                Direction::Encrypt => out,
                Direction::Decrypt => *byte,
            };
            *byte = out;
            self.used += 1;
        }
    }
}
