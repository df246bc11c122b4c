//! The older paddings of RFC 8017: EMSA-PKCS1-v1_5 (9.2) and RSAES-PKCS1-v1_5 (7.2).

use alloc::vec::Vec;

use rand_core::Rng;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::RsaError;
use crate::crypto::HashAlgorithm;
use crate::crypto::curve::Secret;
use crate::crypto::random::Random;

/// Shortest padding between the marks 00 02 (or 00 01) and 00.
const PADDING_MIN: usize = 8;
/// 00 01 or 00 02 in front, 00 behind.
const MARKS: usize = 3;

/// What stands before a digest: a SEQUENCE with the algorithm's identifier (RFC 8017, 9.2, note 1; RFC 3447 for MD5; ISO/IEC
/// 10118-3 for RIPEMD-160).
fn prefix(hash: HashAlgorithm) -> &'static [u8] {
    match hash {
        HashAlgorithm::Md5 => b"\x30\x20\x30\x0C\x06\x08\x2A\x86\x48\x86\xF7\x0D\x02\x05\x05\x00\x04\x10",
        HashAlgorithm::Ripemd160 => b"\x30\x21\x30\x09\x06\x05\x2B\x24\x03\x02\x01\x05\x00\x04\x14",
        HashAlgorithm::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2B\x0E\x03\x02\x1A\x05\x00\x04\x14",
        HashAlgorithm::Sha224 => {
            b"\x30\x2D\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1C"
        }
        HashAlgorithm::Sha256 => {
            b"\x30\x31\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
        }
        HashAlgorithm::Sha384 => {
            b"\x30\x41\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
        }
        HashAlgorithm::Sha512 => {
            b"\x30\x51\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
        }
        HashAlgorithm::Sha3_224 => {
            b"\x30\x2D\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x07\x05\x00\x04\x1C"
        }
        HashAlgorithm::Sha3_256 => {
            b"\x30\x31\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x08\x05\x00\x04\x20"
        }
        HashAlgorithm::Sha3_384 => {
            b"\x30\x41\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x09\x05\x00\x04\x30"
        }
        HashAlgorithm::Sha3_512 => {
            b"\x30\x51\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x0A\x05\x00\x04\x40"
        }
        HashAlgorithm::Sm3 => b"\x30\x30\x30\x0C\x06\x08\x2A\x81\x1C\xCF\x55\x01\x83\x11\x05\x00\x04\x20",
    }
}

/// 00 01 FF..FF 00, the identifier if there is one, and the digest, in `length` bytes.
pub(super) fn encode(hash: Option<HashAlgorithm>, digest: &[u8], length: usize) -> Result<Vec<u8>, RsaError> {
    let prefix = hash.map_or(&[][..], prefix);
    let inside = prefix.len() + digest.len();
    let room = length.saturating_sub(MARKS + PADDING_MIN);
    if inside > room {
        return Err(RsaError::TooLong { length: inside, room });
    }
    Ok(wrapped(1, &alloc::vec![0xFF; length - MARKS - inside], &[prefix, digest].concat()))
}

fn wrapped(mark: u8, padding: &[u8], content: &[u8]) -> Vec<u8> {
    [&[0, mark], padding, &[0], content].concat()
}

/// 00 02, random bytes other than zero, 00, and the message, in `length` bytes.
///
/// # Errors
/// [`RsaError::TooLong`].
pub fn pad(message: &[u8], length: usize, random: &mut Random) -> Result<Secret, RsaError> {
    let room = length.saturating_sub(MARKS + PADDING_MIN);
    if message.len() > room {
        return Err(RsaError::TooLong { length: message.len(), room });
    }
    let mut padding = alloc::vec![0; length - MARKS - message.len()];
    for byte in &mut padding {
        while *byte == 0 {
            random.fill_bytes(core::slice::from_mut(byte));
        }
    }
    Ok(Secret::new(wrapped(2, &padding, message)))
}

/// 00 01 FF..FF 00 and the message: what encryption with a private key pads with.
///
/// # Errors
/// [`RsaError::TooLong`].
pub fn pad_private(message: &[u8], length: usize) -> Result<Secret, RsaError> {
    encode(None, message, length).map(Secret::new)
}

/// The message inside 00 02 .. 00. The place of the mark is looked for in the same time wherever it is.
///
/// # Errors
/// [`RsaError::Padding`].
pub fn unpad(encoded: &[u8]) -> Result<Secret, RsaError> {
    unwrap(encoded, 2)
}

/// The message inside 00 01 FF..FF 00.
///
/// # Errors
/// [`RsaError::Padding`].
pub fn unpad_private(encoded: &[u8]) -> Result<Secret, RsaError> {
    let message = unwrap(encoded, 1)?;
    let padding = encoded.get(2..encoded.len() - message.len() - 1).unwrap_or_default();
    if padding.iter().all(|byte| *byte == 0xFF) { Ok(message) } else { Err(RsaError::Padding) }
}

fn unwrap(encoded: &[u8], mark: u8) -> Result<Secret, RsaError> {
    let (head, rest) = encoded.split_first_chunk::<2>().ok_or(RsaError::Padding)?;
    let mut end = 0_u32;
    let mut found = Choice::from(0);
    for (at, byte) in (0_u32..).zip(rest) {
        let here = byte.ct_eq(&0) & !found;
        end.conditional_assign(&at, here);
        found |= here;
    }
    let sound = head.ct_eq(&[0, mark]) & found;
    let end = end as usize;
    if bool::from(sound) && end >= PADDING_MIN {
        Ok(Secret::new(rest.get(end + 1..).unwrap_or_default().to_vec()))
    } else {
        Err(RsaError::Padding)
    }
}
