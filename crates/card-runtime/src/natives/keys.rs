//! `javacard.security.KeyBuilder` and the keys that are strings of bytes.
//!
//! A key's class is the interface it is asked for by. Hidden references: the material, an array of bytes in the
//! memory that the key's type asks for. Hidden words: type, size in bits, length of the material once it is set (for a
//! transient key the length stands in the array's first two bytes instead, so that both are cleared together), and
//! what [`super::ec_keys`] keeps.

use card_vm::heap::{Access, Atomicity, Memory};
use card_vm::{Args, ClassId, Layout, Ref, Stop, Value};
use zeroize::Zeroizing;

use alloc::vec::Vec;

use super::call::Call;
use super::names;
use super::table::{Fields, Row, fields, row};

const BUILDER: &[&str] = &["javacard/security/KeyBuilder"];
const ANY: &[&str] = &[
    "javacard/security/Key",
    "javacard/security/SecretKey",
    "javacard/security/PrivateKey",
    "javacard/security/PublicKey",
    "javacard/security/AESKey",
    "javacard/security/HMACKey",
    "javacard/security/GenericSecretKey",
    "javacard/security/ECPrivateKey",
    "javacard/security/ECPublicKey",
];
const AES: &[&str] = &["javacard/security/AESKey"];
const LONG: &[&str] = &["javacard/security/HMACKey", "javacard/security/GenericSecretKey"];
const HMAC: &[&str] = &["javacard/security/HMACKey"];
const GENERIC: &[&str] = &["javacard/security/GenericSecretKey"];

pub(super) const MATERIAL: u16 = 0;
const TYPE: u16 = 1;
const BITS: u16 = 2;
/// What of the curve's parameters was set: see `ec_keys`.
pub(super) const PARAMETERS: u16 = 3;
const LAYOUT: Layout = Layout { references: 1, words: 3 };

/// Bytes before the material: its length.
const HEAD: u16 = 2;
/// Longest HMAC or generic secret key, in bytes: a block of SHA-512.
const SECRET_MAX: u16 = 128;

pub(super) const ROWS: &[Row] = &[
    row(BUILDER, "buildKey", "(BSZ)Ljavacard/security/Key;", build),
    row(BUILDER, "buildKey", "(BBSZ)Ljavacard/security/Key;", build_in_memory),
    row(ANY, "clearKey", "()V", clear),
    row(ANY, "getSize", "()S", size),
    row(ANY, "getType", "()B", key_type),
    row(ANY, "isInitialized", "()Z", is_initialized),
    row(AES, "setKey", "([BS)V", set_fixed),
    row(AES, "getKey", "([BS)B", get),
    row(LONG, "setKey", "([BSS)V", set_long),
    row(HMAC, "getKey", "([BS)B", get),
    row(GENERIC, "getKey", "([BS)S", get),
];

pub(super) const FIELDS: &[Fields] = &[
    fields("javacard/security/AESKey", LAYOUT),
    fields("javacard/security/HMACKey", LAYOUT),
    fields("javacard/security/GenericSecretKey", LAYOUT),
    fields("javacard/security/ECPrivateKey", LAYOUT),
    fields("javacard/security/ECPublicKey", LAYOUT),
];

/// What went wrong with a key or an algorithm (Java Card API, `CryptoException`).
#[derive(Clone, Copy)]
pub(super) enum Crypto {
    IllegalValue = 1,
    UninitializedKey = 2,
    NoSuchAlgorithm = 3,
    InvalidInit = 4,
    IllegalUse = 5,
}

impl From<Crypto> for Stop {
    fn from(reason: Crypto) -> Self {
        Stop::throw_reason(names::CRYPTO_EXCEPTION, reason as i16)
    }
}

/// The families of keys that exist here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Aes,
    Hmac,
    Generic,
    EcPrivate,
    EcPublic,
}

impl Family {
    const ALL: [Self; 5] = [Self::Aes, Self::Hmac, Self::Generic, Self::EcPrivate, Self::EcPublic];

    pub(super) fn class(self) -> ClassId {
        match self {
            Self::Aes => names::AES_KEY,
            Self::Hmac => names::HMAC_KEY,
            Self::Generic => names::GENERIC_SECRET_KEY,
            Self::EcPrivate => names::EC_PRIVATE_KEY,
            Self::EcPublic => names::EC_PUBLIC_KEY,
        }
    }

    /// Bytes that the material may take, if a key of so many bits exists.
    fn capacity(self, bits: i16) -> Option<u16> {
        match (self, bits) {
            (Self::Aes, 128 | 192 | 256) => u16::try_from(bits / 8).ok(),
            (Self::Hmac | Self::Generic, 1..) => Some(SECRET_MAX),
            (Self::EcPrivate, 256) => Some(32),
            (Self::EcPublic, 256) => Some(65),
            (Self::Aes | Self::Hmac | Self::Generic | Self::EcPrivate | Self::EcPublic, _) => None,
        }
    }
}

/// The family and memory of a `KeyBuilder.TYPE_*`.
fn of_type(key_type: i16) -> Option<(Family, Memory)> {
    Some(match key_type {
        15 => (Family::Aes, Memory::Persistent),
        13 => (Family::Aes, Memory::ClearOnReset),
        14 => (Family::Aes, Memory::ClearOnDeselect),
        21 => (Family::Hmac, Memory::Persistent),
        19 => (Family::Hmac, Memory::ClearOnReset),
        20 => (Family::Hmac, Memory::ClearOnDeselect),
        42 => (Family::Generic, Memory::Persistent),
        12 => (Family::EcPrivate, Memory::Persistent),
        30 => (Family::EcPrivate, Memory::ClearOnReset),
        31 => (Family::EcPrivate, Memory::ClearOnDeselect),
        11 => (Family::EcPublic, Memory::Persistent),
        _ => return None,
    })
}

/// The `TYPE_*` that an `ALG_TYPE_*` in a memory type means.
fn type_in_memory(algorithm: i16, memory: i16) -> Option<i16> {
    match (algorithm, memory) {
        (2, 0) => Some(15),
        (2, 1) => Some(13),
        (2, 2) => Some(14),
        (9, 0) => Some(21),
        (9, 1) => Some(19),
        (9, 2) => Some(20),
        (20, 0) => Some(42),
        (8, 0) => Some(12),
        (8, 1) => Some(30),
        (8, 2) => Some(31),
        (7, 0) => Some(11),
        _ => None,
    }
}

impl Call<'_, '_> {
    /// Makes a key without material.
    pub(super) fn new_key(&mut self, key_type: i16, bits: i16) -> Result<Ref, Stop> {
        let (family, memory) = of_type(key_type).ok_or(Crypto::NoSuchAlgorithm)?;
        let capacity = family.capacity(bits).ok_or(Crypto::NoSuchAlgorithm)?;
        let key = self.new_instance(family.class())?;
        let material = self.new_bytes(capacity + HEAD, memory)?;
        self.set_hidden(key, MATERIAL, material)?;
        self.set_word(key, TYPE, key_type)?;
        self.set_word(key, BITS, bits)?;
        Ok(key)
    }

    /// The family of a key that the caller may use.
    pub(super) fn key_family(&mut self, key: Ref) -> Result<Family, Stop> {
        self.vm.caller().header(key, Access::Field)?;
        let family = Family::ALL.into_iter().find(|family| self.is_a(key, family.class()));
        family.ok_or_else(|| Crypto::IllegalValue.into())
    }

    /// A key's size in bits.
    pub(super) fn key_bits(&mut self, key: Ref) -> Result<i16, Stop> {
        self.word(key, BITS)
    }

    /// The material of a key; empty while it is not set.
    pub(super) fn material(&mut self, key: Ref) -> Result<&[u8], Stop> {
        let array = self.hidden(key, MATERIAL)?;
        let bytes = self.hidden_bytes(array)?;
        let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return Ok(&[]) };
        Ok(rest.get(..usize::from(u16::from_be_bytes(*length))).unwrap_or_default())
    }

    /// Sets the material, length and bytes in one write.
    pub(super) fn set_material(&mut self, key: Ref, bytes: &[u8]) -> Result<(), Stop> {
        let array = self.hidden(key, MATERIAL)?;
        let length = u16::try_from(bytes.len()).map_err(|_| Crypto::IllegalValue)?;
        let mut all = Zeroizing::new(Vec::with_capacity(bytes.len() + 2));
        all.extend_from_slice(&length.to_be_bytes());
        all.extend_from_slice(bytes);
        self.vm.jcre().write(array, 0, &all, Atomicity::Transactional)
    }
}

fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.new_key(args.short(0), args.short(1)).map(Value::Ref)
}

fn build_in_memory(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let key_type = type_in_memory(args.short(0), args.short(1)).ok_or(Crypto::NoSuchAlgorithm)?;
    call.new_key(key_type, args.short(2)).map(Value::Ref)
}

/// Wipes the material.
fn clear(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let array = call.hidden(args.reference(0), MATERIAL)?;
    let length = i16::try_from(call.vm.jcre().length(array)?).unwrap_or(i16::MAX);
    call.vm.jcre().fill(array, 0, length, 0, Atomicity::Transactional)?;
    Ok(Value::Void)
}

fn size(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.key_bits(args.reference(0)).map(Value::Short)
}

fn key_type(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), TYPE).map(Value::Short)
}

fn is_initialized(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok((!call.material(args.reference(0))?.is_empty()).into())
}

/// `AESKey.setKey`: as many bytes as the key has.
fn set_fixed(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let length = call.key_bits(args.reference(0))? / 8;
    set(call, args, length)
}

/// `HMACKey.setKey`: a length beside the bytes.
fn set_long(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let length = args.short(3);
    if !(1..=SECRET_MAX.cast_signed()).contains(&length) {
        return Err(Crypto::IllegalValue.into());
    }
    set(call, args, length)
}

fn set(call: &mut Call<'_, '_>, args: &Args, length: i16) -> Result<Value, Stop> {
    let bytes = call.vm.caller().bytes(args.reference(1), args.short(2), length)?;
    let bytes = Zeroizing::new(bytes.to_vec());
    call.set_material(args.reference(0), &bytes)?;
    Ok(Value::Void)
}

fn get(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = Zeroizing::new(call.material(args.reference(0))?.to_vec());
    if bytes.is_empty() {
        return Err(Crypto::UninitializedKey.into());
    }
    call.vm.caller().write(args.reference(1), args.short(2), &bytes, Atomicity::Transactional)?;
    Ok(Value::Short(i16::try_from(bytes.len()).unwrap_or_default()))
}
