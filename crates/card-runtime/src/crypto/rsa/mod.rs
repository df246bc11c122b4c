//! RSA (RFC 8017): keys as an applet sets them, the bare operations, and making keys.
//!
//! The message encodings are in files of their own: [`pkcs1`] and [`pss`] for signatures, [`oaep`] for encryption,
//! [`iso9796`] for signatures that hold part of their message. They know bytes, not numbers.

mod generate;
pub mod iso9796;
pub mod oaep;
pub mod pkcs1;
mod private;
pub mod pss;

use alloc::vec::Vec;

use crypto_bigint::{BoxedUint, ConcatenatingMul};

use super::HashAlgorithm;
use super::curve::Secret;
use super::integer::{Modulus, bytes, number};
use super::random::Random;

/// What is no RSA key, or no input for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RsaError {
    /// The parts are no key: even or too short a modulus, or an exponent without an inverse.
    #[error("the parts are no RSA key")]
    Key,
    /// The number to transform is not below the modulus, or not as long.
    #[error("the input is not a number below the modulus")]
    Input,
    /// The result does not undo itself: the parts do not belong together, or something went wrong in between.
    #[error("the result is not the input's, with this key")]
    Fault,
    /// The data do not fit into the modulus together with their padding.
    #[error("{length} bytes do not fit into {room}")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes there is room for.
        room: usize,
    },
    /// What came out of a decryption is not padded as it must be.
    #[error("the padding is not what it must be")]
    Padding,
}

/// A public key: (n, e), big-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaPublic {
    /// The modulus n.
    pub modulus: Vec<u8>,
    /// The exponent e.
    pub exponent: Vec<u8>,
}

/// A private key in either of the API's forms, big-endian.
#[derive(Clone, PartialEq, Eq)]
pub enum RsaPrivate {
    /// Modulus and exponent.
    Plain {
        /// The modulus n.
        modulus: Vec<u8>,
        /// The exponent d.
        exponent: Secret,
    },
    /// The five numbers of the Chinese remainder theorem.
    Crt(RsaCrt),
}

/// p, q, and what follows from them.
#[derive(Clone, PartialEq, Eq)]
pub struct RsaCrt {
    /// The prime p.
    pub p: Secret,
    /// The prime q.
    pub q: Secret,
    /// d mod (p - 1).
    pub dp: Secret,
    /// d mod (q - 1).
    pub dq: Secret,
    /// 1 / q mod p.
    pub inverse: Secret,
}

/// A key pair, with all that either form of a private key needs.
#[derive(Clone)]
pub struct RsaPair {
    /// n and e.
    pub public: RsaPublic,
    /// d.
    pub exponent: Secret,
    /// p, q and the rest.
    pub crt: RsaCrt,
}

/// How a digest becomes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaScheme {
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    Pkcs1(HashAlgorithm),
    /// The same padding around the bare digest, as IKE has it (RFC 2409, 5.1).
    Rfc2409(HashAlgorithm),
    /// RSASSA-PSS (RFC 8017, 8.1).
    Pss {
        /// Of the message.
        hash: HashAlgorithm,
        /// Of the mask.
        mask: HashAlgorithm,
        /// Bytes of salt.
        salt: usize,
    },
}

impl RsaScheme {
    /// What is signed for a digest under a modulus of so many bits.
    ///
    /// # Errors
    /// [`RsaError::TooLong`] when the modulus has no room for it.
    pub fn encode(self, digest: &[u8], bits: usize, random: &mut Random) -> Result<Vec<u8>, RsaError> {
        match self {
            Self::Pkcs1(hash) => pkcs1::encode(Some(hash), digest, bits.div_ceil(8)),
            Self::Rfc2409(_) => pkcs1::encode(None, digest, bits.div_ceil(8)),
            Self::Pss { hash, mask, salt } => {
                pss::encode(pss::Hashes { hash, mask }, salt, digest, bits, random)
            }
        }
    }

    /// Whether `encoded` is what is signed for a digest.
    #[must_use]
    pub fn accepts(self, encoded: &[u8], digest: &[u8], bits: usize) -> bool {
        match self {
            Self::Pkcs1(hash) => {
                pkcs1::encode(Some(hash), digest, encoded.len()).is_ok_and(|good| good == encoded)
            }
            Self::Rfc2409(_) => pkcs1::encode(None, digest, encoded.len()).is_ok_and(|good| good == encoded),
            Self::Pss { hash, mask, salt } => {
                pss::accepts(pss::Hashes { hash, mask }, salt, digest, encoded, bits)
            }
        }
    }
}

impl RsaPublic {
    /// Bits of the modulus.
    #[must_use]
    pub fn bits(&self) -> usize {
        bits(&self.modulus)
    }

    /// input ^ e mod n, as long as the modulus.
    ///
    /// # Errors
    /// [`RsaError::Key`] and [`RsaError::Input`].
    pub fn apply(&self, input: &[u8]) -> Result<Vec<u8>, RsaError> {
        let modulus = Modulus::new(&self.modulus).ok_or(RsaError::Key)?;
        let input = private::below(&modulus, input)?;
        Ok(bytes(&modulus.power(&input, &number(&self.exponent)), modulus.length()))
    }

    /// Whether `signature` is one over `digest`.
    #[must_use]
    pub fn verify(&self, scheme: RsaScheme, digest: &[u8], signature: &[u8]) -> bool {
        signature.len() == self.bits().div_ceil(8)
            && self.apply(signature).is_ok_and(|encoded| scheme.accepts(&encoded, digest, self.bits()))
    }
}

impl RsaPrivate {
    /// Bits of the modulus.
    #[must_use]
    pub fn bits(&self) -> usize {
        match self {
            Self::Plain { modulus, .. } => bits(modulus),
            Self::Crt(crt) => crt.modulus().bits_vartime() as usize,
        }
    }

    /// input ^ d mod n, as long as the modulus; blinded, and checked where the form of the key allows it.
    ///
    /// # Errors
    /// [`RsaError::Key`], [`RsaError::Input`] and [`RsaError::Fault`].
    pub fn apply(&self, input: &[u8], random: &mut Random) -> Result<Secret, RsaError> {
        match self {
            Self::Plain { modulus, exponent } => private::plain(modulus, exponent, input, random),
            Self::Crt(crt) => private::crt(crt, input, random),
        }
    }

    /// The whole key. For a plain one a public exponent is guessed and the modulus taken apart with it.
    ///
    /// # Errors
    /// [`RsaError::Key`] when the parts belong to no pair, or the public exponent is none of the usual ones.
    pub fn pair(&self) -> Result<RsaPair, RsaError> {
        match self {
            Self::Plain { modulus, exponent } => generate::taken_apart(modulus, exponent),
            Self::Crt(crt) => crt.pair(),
        }
    }

    /// Signs a digest.
    ///
    /// # Errors
    /// All of [`RsaError`] but [`RsaError::Padding`].
    pub fn sign(&self, scheme: RsaScheme, digest: &[u8], random: &mut Random) -> Result<Vec<u8>, RsaError> {
        let encoded = scheme.encode(digest, self.bits(), random)?;
        self.apply(&encoded, random).map(|signature| signature.to_vec())
    }
}

impl RsaCrt {
    fn modulus(&self) -> BoxedUint {
        number(&self.p).concatenating_mul(number(&self.q))
    }

    /// The whole key, with a public exponent computed from the parts.
    ///
    /// # Errors
    /// [`RsaError::Key`] when p and q are no primes' product or the exponents belong to no pair.
    pub fn pair(&self) -> Result<RsaPair, RsaError> {
        generate::complete(self)
    }
}

/// Makes a key pair of a length in bits and with a public exponent.
///
/// # Errors
/// [`RsaError::Key`] for an exponent that is even or below 3, or a length below 512 bits.
pub fn generate(bits: u32, exponent: &[u8], random: &mut Random) -> Result<RsaPair, RsaError> {
    generate::generate(bits, exponent, random)
}

/// Bits of a number.
fn bits(number: &[u8]) -> usize {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let rest = number.get(start..).unwrap_or_default();
    rest.first().map_or(0, |first| rest.len() * 8 - first.leading_zeros() as usize)
}
