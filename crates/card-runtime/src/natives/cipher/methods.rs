//! What `Cipher`'s and `AEADCipher`'s constants mean: an algorithm is a cipher and a padding, and each pair a method.

use super::asymmetric;
use crate::crypto::Padding;
use crate::natives::keys::Family;
use crate::policy::{Primitive, Uses};

/// What a cipher object does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Blocks of a cipher, filled up.
    Blocks(BlockFamily, Chaining, Padding),
    /// AES in counter mode.
    Counter,
    /// AES in cipher feedback mode, by whole blocks.
    Feedback,
    /// XTS-AES.
    Xts,
    /// AES in Galois/counter mode.
    Gcm,
    /// AES in counter mode with CBC-MAC.
    Ccm,
    /// With public keys.
    Asymmetric(asymmetric::Method),
}

/// The block ciphers with ECB and CBC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockFamily {
    Aes,
    Des,
    Sm4,
}

/// How blocks hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chaining {
    Ecb,
    Cbc,
}

/// `CIPHER_*` and `PAD_*`.
pub(super) type Parts = (i16, i16);

/// `Cipher.ALG_*` and `AEADCipher.ALG_*`, each as its parts. Rijndael with blocks of 192 and 256 bits (18 to 21) is no AES,
/// and ISO 14888 and ISO 9796 (9 and 11) the API itself has given up.
const ALGORITHMS: &[(i16, Parts)] = &[
    (1, (3, 1)),
    (2, (3, 2)),
    (3, (3, 3)),
    (4, (3, 6)),
    (5, (4, 1)),
    (6, (4, 2)),
    (7, (4, 3)),
    (8, (4, 6)),
    (10, (7, 7)),
    (12, (7, 1)),
    (13, (1, 1)),
    (14, (2, 1)),
    (15, (7, 9)),
    (22, (1, 2)),
    (23, (1, 3)),
    (24, (1, 6)),
    (25, (2, 2)),
    (26, (2, 3)),
    (27, (2, 6)),
    (28, (9, 0)),
    (29, (10, 0)),
    (-16, (8, 0)),
    (-13, (-15, 0)),
    (-12, (-14, 0)),
];

/// The parts of an `ALG_*`.
pub(super) fn parts_of(algorithm: i16) -> Option<Parts> {
    ALGORITHMS.iter().find(|row| row.0 == algorithm).map(|row| row.1)
}

/// The `ALG_*` of parts; zero where there is none.
pub(super) fn algorithm_of(parts: Parts) -> i16 {
    ALGORITHMS.iter().find(|row| row.1 == parts).map_or(0, |row| row.0)
}

/// The method of parts. What needs no padding takes `PAD_NULL` and `PAD_NOPAD`, the authenticated modes only the first.
pub(super) fn method_of((cipher, padding): Parts) -> Option<Method> {
    let blocks = |family, chaining| {
        let padding = match padding {
            0 | 1 => Padding::None,
            2 => Padding::Zeros,
            3 => Padding::Bit,
            6 => Padding::Pkcs5,
            _ => return None,
        };
        Some(Method::Blocks(family, chaining, padding))
    };
    let unpadded = |method| matches!(padding, 0 | 1).then_some(method);
    match cipher {
        1 => blocks(BlockFamily::Aes, Chaining::Cbc),
        2 => blocks(BlockFamily::Aes, Chaining::Ecb),
        3 => blocks(BlockFamily::Des, Chaining::Cbc),
        4 => blocks(BlockFamily::Des, Chaining::Ecb),
        8 => unpadded(Method::Counter),
        9 => unpadded(Method::Feedback),
        10 => unpadded(Method::Xts),
        11 => blocks(BlockFamily::Sm4, Chaining::Ecb),
        12 => blocks(BlockFamily::Sm4, Chaining::Cbc),
        -15 => (padding == 0).then_some(Method::Gcm),
        -14 => (padding == 0).then_some(Method::Ccm),
        _ => asymmetric::method_of(cipher, padding).map(Method::Asymmetric),
    }
}

impl Method {
    /// What the card's policy is asked for.
    pub(super) fn uses(self) -> Uses {
        match self {
            Self::Blocks(BlockFamily::Des, ..) => Uses::of([Primitive::Des]),
            Self::Blocks(BlockFamily::Sm4, ..) => Uses::of([Primitive::Sm4]),
            Self::Blocks(BlockFamily::Aes, ..)
            | Self::Counter
            | Self::Feedback
            | Self::Xts
            | Self::Gcm
            | Self::Ccm => Uses::of([Primitive::Aes]),
            Self::Asymmetric(method) => method.uses(),
        }
    }

    /// Whether a secret key of a family and a length can be used. XTS takes two keys as one.
    pub(super) fn takes(self, family: Family, bits: i16) -> bool {
        match self {
            Self::Blocks(BlockFamily::Des, ..) => family == Family::Des,
            Self::Blocks(BlockFamily::Sm4, ..) => family == Family::Sm4,
            Self::Blocks(BlockFamily::Aes, ..) | Self::Counter | Self::Feedback | Self::Gcm | Self::Ccm => {
                family == Family::Aes && bits <= 256
            }
            Self::Xts => family == Family::Aes && matches!(bits, 256 | 512),
            Self::Asymmetric(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_has_a_method_and_finds_back() {
        for (algorithm, parts) in ALGORITHMS {
            assert!(method_of(*parts).is_some(), "{algorithm}");
            assert_eq!(algorithm_of(*parts), *algorithm);
        }
    }
}
