//! Where the card's policy is asked: what each constant of the API uses, and the permit that objects are made with.
//!
//! The classes of algorithms and keys are [`AlgorithmClass`], of which [`Call::new_algorithm`] and `open` alone make
//! instances, and these take a [`Permit`]: a factory that forgets to ask does not compile.

use card_vm::{ClassId, Ref, Stop};

use super::call::Call;
use super::digest::hash_of;
use super::keys::{Crypto, Family, Named};
use crate::crypto::HashAlgorithm;
use crate::policy::{Permit, Primitive, Uses};

/// A class whose instances need a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AlgorithmClass(pub(crate) ClassId);

impl Call<'_, '_> {
    /// Asks the policy. What it does not allow does not exist.
    pub(super) fn permit(&mut self, uses: &Uses) -> Result<Permit, Stop> {
        self.os.runtime.policy.permit(uses).ok_or_else(|| Crypto::NoSuchAlgorithm.into())
    }

    /// Makes an instance of a class of algorithms or keys in the caller's name.
    pub(super) fn new_algorithm(&mut self, class: AlgorithmClass, permit: Permit) -> Result<Ref, Stop> {
        let Permit { .. } = permit;
        self.new_instance(class.0)
    }
}

/// A digest.
pub(super) fn digest(hash: HashAlgorithm) -> Primitive {
    match hash {
        HashAlgorithm::Md5 => Primitive::Md5,
        HashAlgorithm::Ripemd160 => Primitive::Ripemd160,
        HashAlgorithm::Sha1 => Primitive::Sha1,
        HashAlgorithm::Sha224 => Primitive::Sha224,
        HashAlgorithm::Sha256 => Primitive::Sha256,
        HashAlgorithm::Sha384 => Primitive::Sha384,
        HashAlgorithm::Sha512 => Primitive::Sha512,
        HashAlgorithm::Sha3_224 => Primitive::Sha3_224,
        HashAlgorithm::Sha3_256 => Primitive::Sha3_256,
        HashAlgorithm::Sha3_384 => Primitive::Sha3_384,
        HashAlgorithm::Sha3_512 => Primitive::Sha3_512,
        HashAlgorithm::Sm3 => Primitive::Sm3,
    }
}

/// One or more digests.
pub(super) fn digests(hashes: impl IntoIterator<Item = HashAlgorithm>) -> Uses {
    Uses::of(hashes.into_iter().map(digest))
}

/// `MessageDigest.ALG_*` and `Signature.SIG_CIPHER_*`.
pub(super) fn signature(hash: i16, cipher: i16) -> Uses {
    let primitive = match cipher {
        1 | 2 => Some(Primitive::Des),
        3 => Some(Primitive::Rsa),
        4 => Some(Primitive::Dsa),
        5 | 9 => Some(Primitive::Ec),
        6 | 10 => Some(Primitive::Aes),
        7 => Some(Primitive::Hmac),
        8 => Some(Primitive::Seed),
        11 => Some(Primitive::Sm2),
        12 => Some(Primitive::Sm4),
        13..=18 => Some(Primitive::Edwards),
        _ => None,
    };
    Uses::of(primitive.into_iter().chain(hash_of(hash).map(digest)))
}

/// A key of a family, of so many bits.
pub(super) fn key(family: Family, bits: i16) -> Uses {
    let primitive = match family {
        Family::Aes => Some(Primitive::Aes),
        Family::Des => Some(Primitive::Des),
        Family::Seed => Some(Primitive::Seed),
        Family::Sm4 => Some(Primitive::Sm4),
        Family::Hmac => Some(Primitive::Hmac),
        // What it is a secret of, whoever uses it asks for.
        Family::Generic => None,
        Family::RsaPublic | Family::RsaPrivate | Family::RsaCrt => Some(Primitive::Rsa),
        Family::DsaPublic | Family::DsaPrivate | Family::DsaParameters => Some(Primitive::Dsa),
        Family::DhPublic | Family::DhPrivate | Family::DhParameters => Some(Primitive::Dh),
        Family::EcPublic | Family::EcPrivate | Family::EcParameters => Some(Primitive::Ec),
        // Their parameters say: see `named`.
        Family::XecPublic | Family::XecPrivate => None,
    };
    Uses::key(primitive, u16::try_from(bits).unwrap_or(0))
}

/// A key of named parameters, of so many bits.
pub(super) fn named(named: Named, bits: i16) -> Uses {
    let primitive = match named {
        Named::Edwards(_) => Primitive::Edwards,
        Named::Montgomery(_) => Primitive::Montgomery,
        Named::Weierstrass(_) => Primitive::Ec,
    };
    Uses::key(Some(primitive), u16::try_from(bits).unwrap_or(0))
}
