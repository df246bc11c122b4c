//! Object identifiers, as the content of their elements, and what they name: RFC 3279, RFC 4055, RFC 5480, RFC 5639, RFC 5758,
//! RFC 8410, FIPS 202's algorithms in NIST's arc, GM/T 0006.

use super::certificate::scheme;
use super::der::{Reader, tag};
use crate::crypto::HashAlgorithm;
use crate::crypto::curve::NamedCurve;
use crate::crypto::edwards::EdwardsCurve;
use crate::crypto::rsa::RsaScheme;

pub(super) const RSA: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01";
pub(super) const DSA: &[u8] = b"\x2A\x86\x48\xCE\x38\x04\x01";
pub(super) const EC: &[u8] = b"\x2A\x86\x48\xCE\x3D\x02\x01";
pub(super) const X25519: &[u8] = b"\x2B\x65\x6E";
pub(super) const X448: &[u8] = b"\x2B\x65\x6F";
pub(super) const ED25519: &[u8] = b"\x2B\x65\x70";
pub(super) const ED448: &[u8] = b"\x2B\x65\x71";
const PSS: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A";
const MGF1: &[u8] = b"\x2A\x86\x48\x86\xF7\x0D\x01\x01\x08";
const SM2_SM3: &[u8] = b"\x2A\x81\x1C\xCF\x55\x01\x83\x75";
/// The element that says there are no parameters.
const NULL: &[u8] = &[tag::NULL, 0];

/// How a certificate is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSA with a digest.
    Rsa(HashAlgorithm, RsaScheme),
    /// ECDSA, r and s in DER.
    Ecdsa(HashAlgorithm),
    /// DSA, likewise.
    Dsa(HashAlgorithm),
    /// EdDSA over the message itself.
    Edwards(EdwardsCurve),
    /// SM2 with SM3.
    Sm2,
}

impl Scheme {
    /// The scheme of an `AlgorithmIdentifier`, if the card has it.
    #[must_use]
    pub fn of(algorithm: &[u8]) -> Option<Self> {
        scheme(algorithm)
    }
}

/// PKCS #1 v1.5 signatures, by their last number.
const PKCS1: &[(u8, HashAlgorithm)] = &[
    (4, HashAlgorithm::Md5),
    (5, HashAlgorithm::Sha1),
    (11, HashAlgorithm::Sha256),
    (12, HashAlgorithm::Sha384),
    (13, HashAlgorithm::Sha512),
    (14, HashAlgorithm::Sha224),
];
/// ANSI X9.62's signatures with SHA-2.
const ECDSA: &[(u8, HashAlgorithm)] = &[
    (1, HashAlgorithm::Sha224),
    (2, HashAlgorithm::Sha256),
    (3, HashAlgorithm::Sha384),
    (4, HashAlgorithm::Sha512),
];
/// Digests in NIST's arc.
const DIGESTS: &[(u8, HashAlgorithm)] = &[
    (1, HashAlgorithm::Sha256),
    (2, HashAlgorithm::Sha384),
    (3, HashAlgorithm::Sha512),
    (4, HashAlgorithm::Sha224),
    (7, HashAlgorithm::Sha3_224),
    (8, HashAlgorithm::Sha3_256),
    (9, HashAlgorithm::Sha3_384),
    (10, HashAlgorithm::Sha3_512),
];
const SHA3: [HashAlgorithm; 4] =
    [HashAlgorithm::Sha3_224, HashAlgorithm::Sha3_256, HashAlgorithm::Sha3_384, HashAlgorithm::Sha3_512];
const SHA2: [HashAlgorithm; 4] =
    [HashAlgorithm::Sha224, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];

fn numbered(table: &[(u8, HashAlgorithm)], number: u8) -> Option<HashAlgorithm> {
    table.iter().find(|row| row.0 == number).map(|row| row.1)
}

/// The scheme of an identifier and its parameters, which must be those of its standard.
pub(super) fn scheme_of(oid: &[u8], parameters: Option<&[u8]>) -> Option<Scheme> {
    let none = parameters.is_none();
    let pkcs1 = |hash| Scheme::Rsa(hash, RsaScheme::Pkcs1(hash));
    match oid {
        [0x2B, 0x65, 0x70] if none => Some(Scheme::Edwards(EdwardsCurve::Ed25519)),
        [0x2B, 0x65, 0x71] if none => Some(Scheme::Edwards(EdwardsCurve::Ed448)),
        SM2_SM3 if none => Some(Scheme::Sm2),
        PSS => parameters.and_then(pss),
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, number] if none || parameters == Some(NULL) => {
            numbered(PKCS1, *number).map(pkcs1)
        }
        [0x2B, 0x24, 3, 3, 1, 2] if none || parameters == Some(NULL) => Some(pkcs1(HashAlgorithm::Ripemd160)),
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1] if none => Some(Scheme::Ecdsa(HashAlgorithm::Sha1)),
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, number] if none => numbered(ECDSA, *number).map(Scheme::Ecdsa),
        [0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 3] if none => Some(Scheme::Dsa(HashAlgorithm::Sha1)),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, number] => nist(*number, parameters),
        _ => None,
    }
}

/// Signatures in NIST's arc: DSA with SHA-2 and SHA-3, then ECDSA and RSA with SHA-3.
fn nist(number: u8, parameters: Option<&[u8]>) -> Option<Scheme> {
    let from =
        |first: u8, hashes: [HashAlgorithm; 4]| hashes.get(usize::from(number.checked_sub(first)?)).copied();
    match (number, parameters) {
        (1..=4, None) => from(1, SHA2).map(Scheme::Dsa),
        (5..=8, None) => from(5, SHA3).map(Scheme::Dsa),
        (9..=12, None) => from(9, SHA3).map(Scheme::Ecdsa),
        (13..=16, Some(NULL)) => from(13, SHA3).map(|hash| Scheme::Rsa(hash, RsaScheme::Pkcs1(hash))),
        (_, _) => None,
    }
}

/// `RSASSA-PSS-params` (RFC 4055, 3.1), whose defaults are SHA-1, its mask, 20 bytes of salt and the trailer BC.
fn pss(parameters: &[u8]) -> Option<Scheme> {
    let mut outside = Reader::new(parameters);
    let sequence = outside.expect(tag::SEQUENCE).ok()?;
    outside.finish().ok()?;
    let mut parts = outside.inside(sequence);
    let (mut hash, mut mask, mut salt) = (HashAlgorithm::Sha1, HashAlgorithm::Sha1, 20);
    if let Some(explicit) = parts.optional(tag::constructed(0)).ok()? {
        hash = digest(&mut parts.inside(explicit))?;
    }
    if let Some(explicit) = parts.optional(tag::constructed(1)).ok()? {
        let mut inside = parts.inside(explicit);
        let generator = inside.expect(tag::SEQUENCE).ok()?;
        let mut generator = inside.inside(generator);
        let oid = generator.oid().ok()?;
        if generator.bytes(oid.content) != MGF1 {
            return None;
        }
        mask = digest(&mut generator)?;
    }
    if let Some(explicit) = parts.optional(tag::constructed(2)).ok()? {
        let number = parts.inside(explicit).natural().ok()?;
        salt = match parts.bytes(number) {
            [salt] => usize::from(*salt),
            _ => return None,
        };
    }
    if let Some(explicit) = parts.optional(tag::constructed(3)).ok()? {
        let number = parts.inside(explicit).natural().ok()?;
        if parts.bytes(number) != [1] {
            return None;
        }
    }
    parts.finish().ok()?;
    Some(Scheme::Rsa(hash, RsaScheme::Pss { hash, mask, salt }))
}

/// The digest that an `AlgorithmIdentifier` names.
fn digest(parts: &mut Reader<'_>) -> Option<HashAlgorithm> {
    let sequence = parts.expect(tag::SEQUENCE).ok()?;
    parts.finish().ok()?;
    let mut inside = parts.inside(sequence);
    let oid = inside.oid().ok()?;
    if !inside.is_at_end() && !inside.expect(tag::NULL).ok()?.content.is_empty() {
        return None;
    }
    inside.finish().ok()?;
    match parts.bytes(oid.content) {
        [0x2B, 0x0E, 3, 2, 0x1A] => Some(HashAlgorithm::Sha1),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, number] => numbered(DIGESTS, *number),
        _ => None,
    }
}

/// SEC 2's curves in Certicom's arc, by their last number.
const CERTICOM: &[(u8, NamedCurve)] = &[
    (6, NamedCurve::Secp112r1),
    (8, NamedCurve::Secp160r1),
    (10, NamedCurve::Secp256k1),
    (28, NamedCurve::Secp128r1),
    (33, NamedCurve::Secp224r1),
    (34, NamedCurve::Secp384r1),
    (35, NamedCurve::Secp521r1),
];
/// RFC 5639's curves, from number 3 on.
const BRAINPOOL: [NamedCurve; 12] = [
    NamedCurve::BrainpoolP192r1,
    NamedCurve::BrainpoolP192t1,
    NamedCurve::BrainpoolP224r1,
    NamedCurve::BrainpoolP224t1,
    NamedCurve::BrainpoolP256r1,
    NamedCurve::BrainpoolP256t1,
    NamedCurve::BrainpoolP320r1,
    NamedCurve::BrainpoolP320t1,
    NamedCurve::BrainpoolP384r1,
    NamedCurve::BrainpoolP384t1,
    NamedCurve::BrainpoolP512r1,
    NamedCurve::BrainpoolP512t1,
];

/// The curve of an object identifier.
pub(super) fn curve_of(oid: &[u8]) -> Option<NamedCurve> {
    match oid {
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 1] => Some(NamedCurve::Secp192r1),
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7] => Some(NamedCurve::Secp256r1),
        [0x2B, 0x81, 4, 0, number] => CERTICOM.iter().find(|row| row.0 == *number).map(|row| row.1),
        [0x2B, 0x24, 3, 3, 2, 8, 1, 1, number] => BRAINPOOL.get(usize::from(number.checked_sub(3)?)).copied(),
        [0x2A, 0x81, 0x1C, 0xCF, 0x55, 1, 0x82, 0x2D] => Some(NamedCurve::Sm2),
        [0x2A, 0x81, 0x7A, 1, 0x81, 0x5F, 0x65, 0x82, 0, 1] => Some(NamedCurve::Frp256v1),
        _ => None,
    }
}
