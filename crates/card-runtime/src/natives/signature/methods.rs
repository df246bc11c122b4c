//! What `Signature`'s constants mean: algorithms as triples of digest, cipher and padding, and what is computed for each.

use crate::crypto::edwards::EdwardsCurve;
use crate::crypto::rsa::RsaScheme;
use crate::crypto::rsa::iso9796::{RecoveryFormat, RecoveryScheme, Trailer};
use crate::crypto::{BLOCK, ChainedForm, DES_BLOCK, HashAlgorithm, Padding, Steps};
use crate::natives::digest::hash_of;

/// What a signature object computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// ECDSA over a digest.
    Ecdsa(HashAlgorithm, Form),
    /// DSA over a digest, as DER.
    Dsa(HashAlgorithm),
    /// RSA with one of RFC 8017's or RFC 2409's encodings of a digest.
    Rsa(HashAlgorithm, RsaScheme),
    /// RSA with part of the message in the signature.
    Recovery(RecoveryFormat, Recovery),
    /// EdDSA.
    Edwards(Curve, Prehash),
    /// SM2 over SM3.
    Sm2,
    Hmac(HashAlgorithm),
    /// A CBC-MAC with a block cipher.
    Chained(MacCipher, ChainedForm),
    /// CMAC with AES.
    Cmac,
}

/// The block ciphers that a CBC-MAC is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MacCipher {
    Aes,
    Des,
    Sm4,
}

/// How the two halves of a signature are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Der,
    Plain,
}

/// Whether whoever verifies gets the message from the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// No: it must be given.
    Given,
    /// Yes: `SignatureMessageRecovery`.
    Recovered,
}

/// On which curves keys may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    Any,
    Only(EdwardsCurve),
}

/// What is signed of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prehash {
    No,
    Yes,
}

/// Digest, cipher and padding: `MessageDigest.ALG_*`, `Signature.SIG_CIPHER_*`, `Cipher.PAD_*`.
pub(super) type Parts = (i16, i16, i16);

/// `Signature.ALG_*`, each as its parts.
const ALGORITHMS: &[(i16, Parts)] = &[
    (1, (0, 1, 1)),
    (2, (0, 2, 1)),
    (3, (0, 1, 2)),
    (4, (0, 2, 2)),
    (5, (0, 1, 3)),
    (6, (0, 2, 3)),
    (7, (0, 1, 6)),
    (8, (0, 2, 6)),
    (9, (1, 3, 10)),
    (10, (1, 3, 7)),
    (11, (2, 3, 7)),
    (12, (3, 3, 10)),
    (13, (3, 3, 7)),
    (14, (1, 4, 0)),
    (15, (1, 3, 12)),
    (16, (2, 3, 12)),
    (17, (1, 5, 0)),
    (18, (0, 6, 1)),
    (19, (0, 1, 5)),
    (20, (0, 2, 5)),
    (21, (1, 3, 8)),
    (22, (2, 3, 8)),
    (23, (3, 3, 8)),
    (24, (1, 7, 0)),
    (25, (4, 7, 0)),
    (26, (5, 7, 0)),
    (27, (6, 7, 0)),
    (28, (2, 7, 0)),
    (29, (3, 7, 0)),
    (30, (1, 3, 11)),
    (31, (3, 3, 11)),
    (33, (4, 5, 0)),
    (34, (5, 5, 0)),
    (37, (7, 5, 0)),
    (38, (6, 5, 0)),
    (39, (7, 3, 7)),
    (40, (4, 3, 7)),
    (41, (5, 3, 7)),
    (42, (6, 3, 7)),
    (43, (7, 3, 8)),
    (44, (4, 3, 8)),
    (45, (5, 3, 8)),
    (46, (6, 3, 8)),
    (47, (0, 1, 4)),
    (48, (0, 2, 4)),
    (49, (0, 10, 0)),
];

/// The parts of a `Signature.ALG_*`.
pub(super) fn parts_of(algorithm: i16) -> Option<Parts> {
    ALGORITHMS.iter().find(|row| row.0 == algorithm).map(|row| row.1)
}

/// The `Signature.ALG_*` of parts; zero where there is none.
pub(super) fn algorithm_of(parts: Parts) -> i16 {
    ALGORITHMS.iter().find(|row| row.1 == parts).map_or(0, |row| row.0)
}

/// `MessageDigest.ALG_SHA_512` and `ALG_SM3`.
const SHA_512: i16 = 6;
const SM3: i16 = 12;

/// The method of parts.
pub(super) fn method_of((digest, cipher, padding): Parts) -> Option<Method> {
    let unpadded = matches!(padding, 0 | 1);
    let edwards = |curve, prehash| {
        (unpadded && matches!(digest, 0 | SHA_512)).then_some(Method::Edwards(curve, prehash))
    };
    match (cipher, hash_of(digest)) {
        (3, Some(hash)) => rsa(hash, padding),
        (4, Some(hash)) => unpadded.then_some(Method::Dsa(hash)),
        (5, Some(hash)) => unpadded.then_some(Method::Ecdsa(hash, Form::Der)),
        (9, Some(hash)) => unpadded.then_some(Method::Ecdsa(hash, Form::Plain)),
        (7, Some(hash)) => unpadded.then_some(Method::Hmac(hash)),
        (1, None) if digest == 0 => chained(MacCipher::Des, DES_BLOCK / 2, padding),
        (2, None) if digest == 0 => chained(MacCipher::Des, DES_BLOCK, padding),
        (6, None) if digest == 0 => chained(MacCipher::Aes, BLOCK, padding),
        (12, None) if digest == 0 => chained(MacCipher::Sm4, BLOCK, padding),
        (10, None) if digest == 0 => unpadded.then_some(Method::Cmac),
        (11, Some(_)) if digest == SM3 => unpadded.then_some(Method::Sm2),
        (13, _) => edwards(Curve::Any, Prehash::No),
        (14, _) => edwards(Curve::Any, Prehash::Yes),
        (15, _) => edwards(Curve::Only(EdwardsCurve::Ed25519), Prehash::No),
        (16, _) => edwards(Curve::Only(EdwardsCurve::Ed448), Prehash::No),
        (17, _) => edwards(Curve::Only(EdwardsCurve::Ed25519), Prehash::Yes),
        (18, _) => edwards(Curve::Only(EdwardsCurve::Ed448), Prehash::Yes),
        (_, _) => None,
    }
}

/// A CBC-MAC with a `Cipher.PAD_*`; algorithm 3 of ISO/IEC 9797-1 is triple DES's.
fn chained(cipher: MacCipher, length: usize, padding: i16) -> Option<Method> {
    let (padding, steps) = match (padding, cipher) {
        (0 | 1, _) => (Padding::None, Steps::Alike),
        (2, _) => (Padding::Zeros, Steps::Alike),
        (3, _) => (Padding::Bit, Steps::Alike),
        (6, _) => (Padding::Pkcs5, Steps::Alike),
        (4, MacCipher::Des) => (Padding::Zeros, Steps::LastWhole),
        (5, MacCipher::Des) => (Padding::Bit, Steps::LastWhole),
        (_, _) => return None,
    };
    Some(Method::Chained(cipher, ChainedForm { padding, steps, length }))
}

/// The method of RSA with a `Cipher.PAD_*`. The salt of PSS is as long as the digest.
fn rsa(hash: HashAlgorithm, padding: i16) -> Option<Method> {
    let recovery = |scheme, trailer, recovery| {
        let format = RecoveryFormat { hash, scheme, trailer };
        format.exists().then_some(Method::Recovery(format, recovery))
    };
    match padding {
        7 => Some(Method::Rsa(hash, RsaScheme::Pkcs1(hash))),
        8 => Some(Method::Rsa(hash, RsaScheme::Pss { hash, mask: hash, salt: hash.length() })),
        10 => recovery(RecoveryScheme::One, Trailer::Implicit, Recovery::Given),
        11 => recovery(RecoveryScheme::One, Trailer::Implicit, Recovery::Recovered),
        12 => Some(Method::Rsa(hash, RsaScheme::Rfc2409(hash))),
        21 => recovery(RecoveryScheme::Two, Trailer::Implicit, Recovery::Recovered),
        22 => recovery(RecoveryScheme::Three, Trailer::Implicit, Recovery::Recovered),
        25 => recovery(RecoveryScheme::One, Trailer::Explicit, Recovery::Recovered),
        26 => recovery(RecoveryScheme::Two, Trailer::Explicit, Recovery::Recovered),
        27 => recovery(RecoveryScheme::Three, Trailer::Explicit, Recovery::Recovered),
        _ => None,
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
