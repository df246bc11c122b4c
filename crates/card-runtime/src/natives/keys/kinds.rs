//! The kinds of keys: what `KeyBuilder`'s constants mean, and of which parts each kind consists.

use card_vm::ClassId;
use card_vm::heap::Memory;

use crate::crypto::curve::{FIELD_BITS_MAX, FIELD_BITS_MIN};
use crate::natives::names;
use crate::natives::policy::AlgorithmClass;

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::natives) enum Family {
    Aes,
    Des,
    Seed,
    Sm4,
    Hmac,
    Generic,
    RsaPublic,
    RsaPrivate,
    RsaCrt,
    DsaPublic,
    DsaPrivate,
    DsaParameters,
    DhPublic,
    DhPrivate,
    DhParameters,
    EcPublic,
    EcPrivate,
    EcParameters,
    XecPublic,
    XecPrivate,
}

/// `KeyBuilder.TYPE_XEC`: by it a key is not built but known.
pub(super) const TYPE_XEC: i16 = -1;
/// Longest HMAC or generic secret key, in bytes: a block of SHA-512, or of SHA3-224.
pub(super) const SECRET_MAX: u16 = 144;
/// Longest RSA modulus, in bits (`KeyBuilder.LENGTH_RSA_4096`).
const RSA_BITS_MAX: i16 = 4_096;
/// Longest prime of DSA and Diffie-Hellman, in bits. The API's constants end at 1,024 and 2,048.
const FIELD_GROUP_BITS_MAX: i16 = 4_096;

/// One row: a family, its class, its `ALG_TYPE_*`, its `TYPE_*` in persistent, clear-on-reset and clear-on-deselect memory.
struct Row(Family, ClassId, i16, [Option<i16>; 3]);

const fn three(persistent: i16, reset: i16, deselect: i16) -> [Option<i16>; 3] {
    [Some(persistent), Some(reset), Some(deselect)]
}

const fn one(persistent: i16) -> [Option<i16>; 3] {
    [Some(persistent), None, None]
}

/// Keys of named parameters have no `ALG_TYPE_*`.
const NONE: i16 = 0;

/// `KeyBuilder.TYPE_*` and `ALG_TYPE_*`. Curves over binary fields are not here.
const ROWS: &[Row] = &[
    Row(Family::Aes, names::AES_KEY, 2, three(15, 13, 14)),
    Row(Family::Des, names::DES_KEY, 1, three(3, 1, 2)),
    Row(Family::Seed, names::SEED_KEY, 10, three(18, 16, 17)),
    Row(Family::Sm4, names::SM4_KEY, 21, one(43)),
    Row(Family::Hmac, names::HMAC_KEY, 9, three(21, 19, 20)),
    Row(Family::Generic, names::GENERIC_SECRET_KEY, 20, one(42)),
    Row(Family::RsaPublic, names::RSA_PUBLIC_KEY, 11, one(4)),
    Row(Family::RsaPrivate, names::RSA_PRIVATE_KEY, 12, three(5, 22, 23)),
    Row(Family::RsaCrt, names::RSA_PRIVATE_CRT_KEY, 13, three(6, 24, 25)),
    Row(Family::DsaPublic, names::DSA_PUBLIC_KEY, 3, one(7)),
    Row(Family::DsaPrivate, names::DSA_PRIVATE_KEY, 4, three(8, 26, 27)),
    Row(Family::DsaParameters, names::DSA_KEY, 18, one(39)),
    Row(Family::DhPublic, names::DH_PUBLIC_KEY, 14, three(32, 34, 33)),
    Row(Family::DhPrivate, names::DH_PRIVATE_KEY, 15, three(35, 37, 36)),
    Row(Family::DhParameters, names::DH_KEY, 19, one(38)),
    Row(Family::EcPublic, names::EC_PUBLIC_KEY, 7, one(11)),
    Row(Family::EcPrivate, names::EC_PRIVATE_KEY, 8, three(12, 30, 31)),
    Row(Family::EcParameters, names::EC_KEY, 17, one(41)),
    Row(Family::XecPublic, names::XEC_PUBLIC_KEY, NONE, [None; 3]),
    Row(Family::XecPrivate, names::XEC_PRIVATE_KEY, NONE, [None; 3]),
];

/// The memories in the order of a row's types.
const MEMORIES: [Memory; 3] = [Memory::Persistent, Memory::ClearOnReset, Memory::ClearOnDeselect];

/// The family and memory of a `KeyBuilder.TYPE_*`.
pub(super) fn of_type(key_type: i16) -> Option<(Family, Memory)> {
    ROWS.iter().find_map(|Row(family, _, _, types)| {
        let place = types.iter().position(|known| *known == Some(key_type))?;
        Some((*family, *MEMORIES.get(place)?))
    })
}

/// The `TYPE_*` of an `ALG_TYPE_*` in a `JCSystem.MEMORY_TYPE_*`.
pub(super) fn type_in_memory(algorithm: i16, memory: i16) -> Option<i16> {
    let place = usize::try_from(memory).ok()?;
    let row = ROWS.iter().find(|Row(_, _, known, _)| *known == algorithm && algorithm != NONE)?;
    *row.3.get(place)?
}

/// The memory of a `JCSystem.MEMORY_TYPE_*`.
pub(super) fn memory_of(number: i16) -> Option<Memory> {
    MEMORIES.get(usize::try_from(number).ok()?).copied()
}

/// The `JCSystem.MEMORY_TYPE_*` of a memory.
pub(super) fn number_of(memory: Memory) -> i16 {
    match memory {
        Memory::Persistent => 0,
        Memory::ClearOnReset => 1,
        Memory::ClearOnDeselect => 2,
    }
}

/// The bytes that each part of a key may take: what is the key's own, and what of its domain others may share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) material: &'static [Size],
    pub(super) domain: &'static [Size],
    /// How many of the domain's parts, from the first on, a key needs to be initialised.
    pub(super) needed: usize,
}

/// The length of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// As many bytes as the key has.
    Whole,
    /// Half of that.
    Half,
    /// A private key of a curve: the order may be a bit longer than the field.
    Order,
    /// A point: a byte and two coordinates.
    Point,
    /// So many bytes.
    Bytes(u16),
}

impl Size {
    pub(super) fn bytes(self, bits: i16) -> u16 {
        let whole = u16::try_from(bits).unwrap_or(0).div_ceil(8);
        match self {
            Self::Whole => whole,
            Self::Half => whole.div_ceil(2),
            Self::Order => whole + 1,
            Self::Point => 1 + 2 * whole,
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// p, g, q: Diffie-Hellman does without q.
const FIELD_GROUP: &[Size] = &[Size::Whole, Size::Whole, Size::Whole];
/// p, a, b, g, r; the cofactor; the curve's name once it is known.
const CURVE: &[Size] =
    &[Size::Whole, Size::Whole, Size::Whole, Size::Point, Size::Order, Size::Bytes(2), Size::Bytes(2)];

impl Family {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.0)
    }

    /// The class of its keys.
    pub(in crate::natives) fn class(self) -> AlgorithmClass {
        AlgorithmClass(ROWS.iter().find(|row| row.0 == self).map_or(ClassId(u16::MAX), |row| row.1))
    }

    /// Whether there are keys of so many bits.
    pub(in crate::natives) fn exists(self, bits: i16) -> bool {
        match self {
            Self::Aes => matches!(bits, 128 | 192 | 256 | 512),
            Self::Des => matches!(bits, 64 | 128 | 192),
            Self::Seed | Self::Sm4 => bits == 128,
            Self::Hmac | Self::Generic => bits >= 1,
            Self::RsaPublic | Self::RsaPrivate | Self::RsaCrt => {
                (512..=RSA_BITS_MAX).contains(&bits) && bits % 32 == 0
            }
            Self::DsaPublic | Self::DsaPrivate | Self::DsaParameters => {
                (512..=FIELD_GROUP_BITS_MAX).contains(&bits) && bits % 64 == 0
            }
            Self::DhPublic | Self::DhPrivate | Self::DhParameters => {
                (512..=FIELD_GROUP_BITS_MAX).contains(&bits) && bits % 64 == 0
            }
            Self::EcPublic | Self::EcPrivate | Self::EcParameters => {
                u32::try_from(bits).is_ok_and(|bits| (FIELD_BITS_MIN..=FIELD_BITS_MAX).contains(&bits))
            }
            Self::XecPublic | Self::XecPrivate => true,
        }
    }

    pub(super) fn shape(self) -> Shape {
        let secret = |material| Shape { material, domain: &[], needed: 0 };
        let field = |material, needed| Shape { material, domain: FIELD_GROUP, needed };
        let curve = |material| Shape { material, domain: CURVE, needed: 5 };
        match self {
            Self::Aes | Self::Des | Self::Seed | Self::Sm4 => secret(&[Size::Whole]),
            Self::Hmac | Self::Generic => secret(&[Size::Bytes(SECRET_MAX)]),
            // Modulus and exponent.
            Self::RsaPublic | Self::RsaPrivate => secret(&[Size::Whole, Size::Whole]),
            // p, q, dp, dq, 1 / q.
            Self::RsaCrt => secret(&[Size::Half, Size::Half, Size::Half, Size::Half, Size::Half]),
            Self::DsaPublic | Self::DsaPrivate => field(&[Size::Whole], 3),
            Self::DsaParameters => field(&[], 3),
            Self::DhPublic | Self::DhPrivate => field(&[Size::Whole], 2),
            Self::DhParameters => field(&[], 2),
            Self::EcPublic => curve(&[Size::Point]),
            Self::EcPrivate => curve(&[Size::Order]),
            Self::EcParameters => curve(&[]),
            Self::XecPublic => secret(&[Size::Point]),
            Self::XecPrivate => secret(&[Size::Order]),
        }
    }
}
