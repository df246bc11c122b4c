//! RSAES-OAEP (RFC 8017, 7.1), with any digests for label and mask.

use rand_core::Rng;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::RsaError;
use super::pss::{Hashes, mask};
use crate::crypto::curve::Secret;
use crate::crypto::random::Random;

/// 00, the masked seed, the masked block, in `length` bytes.
///
/// # Errors
/// [`RsaError::TooLong`].
pub fn pad(
    Hashes { hash, mask: of_mask }: Hashes,
    label: &[u8],
    message: &[u8],
    length: usize,
    random: &mut Random,
) -> Result<Secret, RsaError> {
    let room = length.saturating_sub(2 * hash.length() + 2);
    if message.len() > room || length < 2 * hash.length() + 2 {
        return Err(RsaError::TooLong { length: message.len(), room });
    }
    let mut seed = alloc::vec![0; hash.length()];
    random.fill_bytes(&mut seed);
    let padding = alloc::vec![0; room - message.len()];
    let mut block = [hash.digest(&[label]).as_ref(), &padding, &[1], message].concat();
    mask(of_mask, &seed, &mut block);
    mask(of_mask, &block, &mut seed);
    Ok(Secret::new([&[0][..], &seed, &block].concat()))
}

/// The message inside. What is wrong with a padding, and where, takes no different time.
///
/// # Errors
/// [`RsaError::Padding`].
pub fn unpad(
    Hashes { hash, mask: of_mask }: Hashes,
    label: &[u8],
    encoded: &[u8],
) -> Result<Secret, RsaError> {
    let (first, rest) = encoded.split_first().ok_or(RsaError::Padding)?;
    let (seed, block) = rest.split_at_checked(hash.length()).ok_or(RsaError::Padding)?;
    let (mut seed, mut block) = (Secret::new(seed.to_vec()), Secret::new(block.to_vec()));
    mask(of_mask, &block, &mut seed);
    mask(of_mask, &seed, &mut block);
    let (given, rest) = block.split_at_checked(hash.length()).ok_or(RsaError::Padding)?;
    let mut end = 0_u32;
    let mut found = Choice::from(0);
    let mut sound = first.ct_eq(&0) & given.ct_eq(hash.digest(&[label]).as_ref());
    for (at, byte) in (0_u32..).zip(rest) {
        let mark = byte.ct_eq(&1) & !found;
        sound &= byte.ct_eq(&0) | mark | found;
        end.conditional_assign(&at, mark);
        found |= mark;
    }
    if bool::from(sound & found) {
        Ok(Secret::new(rest.get(end as usize + 1..).unwrap_or_default().to_vec()))
    } else {
        Err(RsaError::Padding)
    }
}
