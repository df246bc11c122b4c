//! Signatures that hold part of their message (ISO/IEC 9796-2).
//!
//! ```text
//! scheme 1:     header, padding ..B, M1, hash(M1 M2), trailer
//! schemes 2, 3: mask(00.. 01 M1 salt), hash(length of M1, M1, hash(M2), salt), trailer
//! ```
//! M1 is as much of the message as fits, M2 the rest. Scheme 3 is scheme 2 without a salt. The header's high half says whether
//! there is an M2 (6) or not (4), its low half whether padding follows (B) or not (A). The trailer is BC, or names the digest
//! before CC. The encodings have the length of the modulus.

use alloc::vec::Vec;

use rand_core::Rng;
use subtle::ConstantTimeEq;

use super::RsaError;
use super::pss::mask;
use crate::crypto::HashAlgorithm;
use crate::crypto::curve::Secret;
use crate::crypto::random::Random;

/// How message, digest and padding are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryScheme {
    /// Scheme 1.
    One,
    /// Scheme 2: with a salt as long as the digest.
    Two,
    /// Scheme 3: without.
    Three,
}

/// What stands at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trailer {
    /// BC: both sides know the digest (option 1).
    Implicit,
    /// The digest's number, CC (option 2).
    Explicit,
}

/// A digest, a scheme and a trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryFormat {
    /// The digest.
    pub hash: HashAlgorithm,
    /// The scheme.
    pub scheme: RecoveryScheme,
    /// The trailer.
    pub trailer: Trailer,
}

/// What an encoding holds.
#[derive(Clone)]
pub struct Opened {
    /// M1.
    pub message: Vec<u8>,
    /// Whether there is an M2; schemes 2 and 3 do not say.
    pub more: Option<bool>,
    tag: Vec<u8>,
    salt: Vec<u8>,
}

impl RecoveryFormat {
    /// The trailer's bytes, if the digest has a number where it needs one (ISO/IEC 10118-3).
    fn trailer(self) -> Option<Vec<u8>> {
        let number = match (self.trailer, self.hash) {
            (Trailer::Implicit, _) => return Some(alloc::vec![0xBC]),
            (Trailer::Explicit, HashAlgorithm::Ripemd160) => 0x31,
            (Trailer::Explicit, HashAlgorithm::Sha1) => 0x33,
            (Trailer::Explicit, HashAlgorithm::Sha256) => 0x34,
            (Trailer::Explicit, HashAlgorithm::Sha512) => 0x35,
            (Trailer::Explicit, HashAlgorithm::Sha384) => 0x36,
            (Trailer::Explicit, HashAlgorithm::Sha224) => 0x38,
            (
                Trailer::Explicit,
                HashAlgorithm::Md5
                | HashAlgorithm::Sha3_224
                | HashAlgorithm::Sha3_256
                | HashAlgorithm::Sha3_384
                | HashAlgorithm::Sha3_512
                | HashAlgorithm::Sm3,
            ) => return None,
        };
        Some(alloc::vec![number, 0xCC])
    }

    /// Whether there is such a format.
    #[must_use]
    pub fn exists(self) -> bool {
        self.trailer().is_some()
    }

    fn salt_length(self) -> usize {
        match self.scheme {
            RecoveryScheme::Two => self.hash.length(),
            RecoveryScheme::One | RecoveryScheme::Three => 0,
        }
    }

    /// Bytes of a message that a modulus of so many bits holds: the longest M1.
    ///
    /// # Errors
    /// [`RsaError::TooLong`] when it has no room for any.
    pub fn capacity(self, bits: usize) -> Result<usize, RsaError> {
        let trailer = self.trailer().ok_or(RsaError::Key)?.len();
        let fixed = self.hash.length() + self.salt_length() + trailer;
        let room = match self.scheme {
            // The header's first half is all that must be in front.
            RecoveryScheme::One => bits.saturating_sub(4) / 8,
            RecoveryScheme::Two | RecoveryScheme::Three => (bits / 8).saturating_sub(1),
        };
        room.checked_sub(fixed).ok_or(RsaError::TooLong { length: fixed, room })
    }

    /// The encoding of M1. `digest` is over the whole message in scheme 1, over M2 in the others.
    ///
    /// # Errors
    /// [`RsaError::TooLong`].
    pub fn encode(
        self,
        bits: usize,
        message: &[u8],
        more: bool,
        digest: &[u8],
        random: &mut Random,
    ) -> Result<Vec<u8>, RsaError> {
        let room = self.capacity(bits)?;
        if message.len() > room {
            return Err(RsaError::TooLong { length: message.len(), room });
        }
        let trailer = self.trailer().ok_or(RsaError::Key)?;
        let length = bits.div_ceil(8) - self.hash.length() - trailer.len();
        match self.scheme {
            RecoveryScheme::One => {
                let mut front = framed(if more { 0x60 } else { 0x40 }, length - message.len());
                front.extend_from_slice(message);
                Ok([&front, digest, &trailer].concat())
            }
            RecoveryScheme::Two | RecoveryScheme::Three => {
                let mut salt = Secret::new(alloc::vec![0; self.salt_length()]);
                random.fill_bytes(&mut salt);
                let tag = self.tag(message, digest, &salt);
                let mut block = alloc::vec![0; length - message.len() - salt.len() - 1];
                block.push(1);
                block.extend_from_slice(message);
                block.extend_from_slice(&salt);
                mask(self.hash, &tag, &mut block);
                clear_first_bit(&mut block);
                Ok([&block[..], &tag, &trailer].concat())
            }
        }
    }

    fn tag(self, message: &[u8], digest: &[u8], salt: &[u8]) -> Vec<u8> {
        let length = (message.len() as u64 * 8).to_be_bytes();
        self.hash.digest(&[&length, message, digest, salt]).as_ref().to_vec()
    }

    /// Takes an encoding apart.
    ///
    /// # Errors
    /// [`RsaError::Padding`] when it is none of this format.
    pub fn open(self, encoded: &[u8]) -> Result<Opened, RsaError> {
        self.opened(encoded).ok_or(RsaError::Padding)
    }

    fn opened(self, encoded: &[u8]) -> Option<Opened> {
        let body = encoded.strip_suffix(self.trailer()?.as_slice())?;
        let (front, tag) = body.split_at_checked(body.len().checked_sub(self.hash.length())?)?;
        match self.scheme {
            RecoveryScheme::One => {
                let (header, rest) = front.split_first()?;
                let more = match header & 0xF0 {
                    0x60 => true,
                    0x40 => false,
                    _ => return None,
                };
                let message = match header & 0x0F {
                    0x0A => rest,
                    0x0B => {
                        let end = rest.iter().position(|byte| *byte != 0xBB)?;
                        let (&0xBA, message) = rest.get(end..)?.split_first()? else { return None };
                        message
                    }
                    _ => return None,
                };
                Some(Opened {
                    message: message.to_vec(),
                    more: Some(more),
                    tag: tag.to_vec(),
                    salt: Vec::new(),
                })
            }
            RecoveryScheme::Two | RecoveryScheme::Three => {
                let mut block = front.to_vec();
                mask(self.hash, tag, &mut block);
                clear_first_bit(&mut block);
                let mark = block.iter().position(|byte| *byte != 0)?;
                let (&1, inside) = block.get(mark..)?.split_first()? else { return None };
                let end = inside.len().checked_sub(self.salt_length())?;
                let (message, salt) = inside.split_at_checked(end)?;
                Some(Opened { message: message.to_vec(), more: None, tag: tag.to_vec(), salt: salt.to_vec() })
            }
        }
    }

    /// Whether an opened encoding belongs to a message: `digest` as for [`RecoveryFormat::encode`].
    #[must_use]
    pub fn accepts(self, opened: &Opened, digest: &[u8]) -> bool {
        match self.scheme {
            RecoveryScheme::One => opened.tag.ct_eq(digest).into(),
            RecoveryScheme::Two | RecoveryScheme::Three => {
                opened.tag.ct_eq(&self.tag(&opened.message, digest, &opened.salt)).into()
            }
        }
    }
}

/// The header and its padding, in so many bytes: 4A, or 4B BB .. BA.
fn framed(kind: u8, length: usize) -> Vec<u8> {
    let mut front = alloc::vec![0xBB; length];
    let padded = length > 1;
    if let Some(last) = front.last_mut() {
        *last = 0xBA;
    }
    if let Some(first) = front.first_mut() {
        *first = kind | if padded { 0x0B } else { 0x0A };
    }
    front
}

fn clear_first_bit(block: &mut [u8]) {
    if let Some(first) = block.first_mut() {
        *first &= 0x7F;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20::rand_core::SeedableRng;

    #[test]
    fn what_is_put_together_comes_apart() {
        let mut random = Random::from_seed([3; 32]);
        for scheme in [RecoveryScheme::One, RecoveryScheme::Two, RecoveryScheme::Three] {
            for trailer in [Trailer::Implicit, Trailer::Explicit] {
                let format = RecoveryFormat { hash: HashAlgorithm::Sha1, scheme, trailer };
                let room = format.capacity(1024).unwrap();
                for length in [0, 1, room - 1, room] {
                    let message = alloc::vec![0x5A; length];
                    let digest = [7; 20];
                    let encoded =
                        format.encode(1024, &message, length == room, &digest, &mut random).unwrap();
                    assert_eq!(encoded.len(), 128);
                    assert!(encoded[0] < 0x80);
                    let opened = format.open(&encoded).unwrap();
                    assert_eq!(opened.message, message, "{format:?}");
                    assert!(format.accepts(&opened, &digest));
                    assert!(!format.accepts(&opened, &[8; 20]));
                }
                assert!(format.encode(1024, &[0; 128], true, &[7; 20], &mut random).is_err());
            }
        }
    }

    #[test]
    fn nothing_hostile_opens_or_panics() {
        let mut random = Random::from_seed([4; 32]);
        let format = RecoveryFormat {
            hash: HashAlgorithm::Sha1,
            scheme: RecoveryScheme::One,
            trailer: Trailer::Implicit,
        };
        for _ in 0..2_000 {
            let mut bytes = alloc::vec![0; (random.next_u32() % 130) as usize];
            random.fill_bytes(&mut bytes);
            for scheme in [RecoveryScheme::One, RecoveryScheme::Two, RecoveryScheme::Three] {
                let format = RecoveryFormat { scheme, ..format };
                if let Ok(opened) = format.open(&bytes) {
                    assert!(!format.accepts(&opened, &[0; 20]));
                }
            }
        }
    }
}
