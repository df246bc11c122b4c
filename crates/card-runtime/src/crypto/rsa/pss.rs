//! EMSA-PSS (RFC 8017, 9.1) and the mask generation that it shares with OAEP.

use alloc::vec::Vec;

use rand_core::Rng;
use subtle::ConstantTimeEq;

use super::RsaError;
use crate::crypto::random::Random;
use crate::crypto::{HashAlgorithm, Hasher};

/// The last byte.
const TRAILER: u8 = 0xBC;

/// Of the message, and of the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hashes {
    /// Of the message.
    pub hash: HashAlgorithm,
    /// Of the mask.
    pub mask: HashAlgorithm,
}

/// XORs the mask that a seed gives over `data` (MGF1, RFC 8017, B.2.1).
pub(super) fn mask(hash: HashAlgorithm, seed: &[u8], data: &mut [u8]) {
    let mut start = Hasher::new(hash);
    start.update(seed);
    for (counter, chunk) in (0_u32..).zip(data.chunks_mut(hash.length())) {
        let mut hasher = start.clone();
        hasher.update(&counter.to_be_bytes());
        chunk.iter_mut().zip(hasher.finish().as_ref()).for_each(|(byte, mask)| *byte ^= mask);
    }
}

/// The digest over eight zeros, the message's digest and the salt.
fn inner(hash: HashAlgorithm, digest: &[u8], salt: &[u8]) -> crate::crypto::Digest {
    hash.digest(&[&[0; 8], digest, salt])
}

/// Clears the bits that the modulus has no room for: its length less one, in whole bytes, is the encoding's.
fn clear_surplus(encoded: &mut [u8], bits: usize) {
    let surplus = encoded.len() * 8 - (bits - 1).min(encoded.len() * 8);
    if let Some(first) = encoded.first_mut() {
        *first &= 0xFF_u8.checked_shr(surplus as u32).unwrap_or(0);
    }
}

pub(super) fn encode(
    Hashes { hash, mask: of_mask }: Hashes,
    salt_length: usize,
    digest: &[u8],
    bits: usize,
    random: &mut Random,
) -> Result<Vec<u8>, RsaError> {
    let length = bits.saturating_sub(1).div_ceil(8);
    let wanted = hash.length() + salt_length + 2;
    let padding = length.checked_sub(wanted).ok_or(RsaError::TooLong { length: wanted, room: length })?;
    let mut salt = alloc::vec![0; salt_length];
    random.fill_bytes(&mut salt);
    let inner = inner(hash, digest, &salt);
    let mut encoded = alloc::vec![0; padding];
    encoded.push(1);
    encoded.extend_from_slice(&salt);
    mask(of_mask, inner.as_ref(), &mut encoded);
    let block_bits = bits - (length - encoded.len()) * 8;
    clear_surplus(&mut encoded, block_bits);
    encoded.extend_from_slice(inner.as_ref());
    encoded.push(TRAILER);
    // A modulus of 8k + 1 bits has a byte more than the encoding.
    encoded.splice(0..0, core::iter::repeat_n(0, bits.div_ceil(8) - length));
    Ok(encoded)
}

pub(super) fn accepts(
    hashes: Hashes,
    salt_length: usize,
    digest: &[u8],
    encoded: &[u8],
    bits: usize,
) -> bool {
    opened(hashes, salt_length, digest, encoded, bits).is_some()
}

fn opened(
    Hashes { hash, mask: of_mask }: Hashes,
    salt_length: usize,
    digest: &[u8],
    encoded: &[u8],
    bits: usize,
) -> Option<()> {
    let length = bits.checked_sub(1)?.div_ceil(8);
    let (front, encoded) = encoded.split_at_checked(encoded.len().checked_sub(length)?)?;
    let (&TRAILER, body) = encoded.split_last()? else { return None };
    let (masked, inside) = body.split_at_checked(body.len().checked_sub(hash.length())?)?;
    let mut block = masked.to_vec();
    let bits = bits - (length - block.len()) * 8;
    clear_surplus(&mut block, bits);
    if front.iter().any(|byte| *byte != 0) || block.first() != masked.first() {
        return None;
    }
    mask(of_mask, inside, &mut block);
    clear_surplus(&mut block, bits);
    let (padding, salt) = block.split_at_checked(block.len().checked_sub(salt_length)?)?;
    let (&1, zeros) = padding.split_last()? else { return None };
    let right: bool = inner(hash, digest, salt).as_ref().ct_eq(inside).into();
    (right && zeros.iter().all(|byte| *byte == 0)).then_some(())
}
