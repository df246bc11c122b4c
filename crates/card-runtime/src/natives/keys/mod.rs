//! `javacard.security.KeyBuilder` and what all keys have in common.
//!
//! A key's class is the interface it is asked for by. Hidden references: the material, an array of bytes in the memory that
//! the key's type asks for; the domain, the parameters that a key may share with others, always persistent (for a key of
//! named parameters, their `NamedParameterSpec`); and the cipher that its setters decrypt with. Hidden words: type, size in
//! bits, and a number of named parameters. What a transient key loses on its event is its material: its domain stays.
//!
//! [`kinds`] is the table of kinds, [`parts`] lays out their arrays; the classes are one family a file.

mod ec;
mod encryption;
pub(super) mod finite_field;
mod kinds;
mod parts;
pub(super) mod rsa;
mod symmetric;
mod xec;

use card_vm::heap::Access;
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::policy;
use super::table::{Fields, Row as TableRow, fields, row};
pub(super) use kinds::Family;
pub(super) use parts::Part;
pub(super) use xec::Named;

const BUILDER: &[&str] = &["javacard/security/KeyBuilder"];
const ANY: &[&str] = &[
    "javacard/security/Key",
    "javacard/security/SecretKey",
    "javacard/security/PrivateKey",
    "javacard/security/PublicKey",
    "javacard/security/AESKey",
    "javacard/security/DESKey",
    "javacard/security/KoreanSEEDKey",
    "javacard/security/SM4Key",
    "javacard/security/HMACKey",
    "javacard/security/GenericSecretKey",
    "javacard/security/RSAPublicKey",
    "javacard/security/RSAPrivateKey",
    "javacard/security/RSAPrivateCrtKey",
    "javacard/security/DSAPublicKey",
    "javacard/security/DSAPrivateKey",
    "javacard/security/DHPublicKey",
    "javacard/security/DHPrivateKey",
    "javacard/security/ECPublicKey",
    "javacard/security/ECPrivateKey",
    "javacard/security/XECPublicKey",
    "javacard/security/XECPrivateKey",
];

const MATERIAL: u16 = 0;
const DOMAIN: u16 = 1;
const CIPHER: u16 = 2;
const TYPE: u16 = 3;
const BITS: u16 = 4;
const NAME: u16 = 5;
const LAYOUT: Layout = Layout { references: 3, words: 3 };

const BUILDER_ROWS: &[TableRow] = &[
    row(BUILDER, "buildKey", "(BSZ)Ljavacard/security/Key;", build),
    row(BUILDER, "buildKey", "(BBSZ)Ljavacard/security/Key;", build_in_memory),
    row(
        BUILDER,
        "buildKeyWithSharedDomain",
        "(BBLjavacard/security/Key;Z)Ljavacard/security/Key;",
        build_shared,
    ),
    row(BUILDER, "getMemoryType", "(Ljavacard/security/Key;)B", memory_type),
    row(ANY, "clearKey", "()V", clear),
    row(ANY, "getSize", "()S", size),
    row(ANY, "getType", "()B", key_type),
    row(ANY, "isInitialized", "()Z", is_initialized),
];

/// The rows of all classes of keys.
pub(super) const ROWS: [&[TableRow]; 7] =
    [BUILDER_ROWS, symmetric::ROWS, rsa::ROWS, finite_field::ROWS, ec::ROWS, xec::ROWS, encryption::ROWS];

pub(super) const FIELDS: &[Fields] = &[
    fields("javacard/security/AESKey", LAYOUT),
    fields("javacard/security/DESKey", LAYOUT),
    fields("javacard/security/KoreanSEEDKey", LAYOUT),
    fields("javacard/security/SM4Key", LAYOUT),
    fields("javacard/security/HMACKey", LAYOUT),
    fields("javacard/security/GenericSecretKey", LAYOUT),
    fields("javacard/security/RSAPublicKey", LAYOUT),
    fields("javacard/security/RSAPrivateKey", LAYOUT),
    fields("javacard/security/RSAPrivateCrtKey", LAYOUT),
    fields("javacard/security/DSAKey", LAYOUT),
    fields("javacard/security/DSAPublicKey", LAYOUT),
    fields("javacard/security/DSAPrivateKey", LAYOUT),
    fields("javacard/security/DHKey", LAYOUT),
    fields("javacard/security/DHPublicKey", LAYOUT),
    fields("javacard/security/DHPrivateKey", LAYOUT),
    fields("javacard/security/ECKey", LAYOUT),
    fields("javacard/security/ECPublicKey", LAYOUT),
    fields("javacard/security/ECPrivateKey", LAYOUT),
    fields("javacard/security/XECPublicKey", LAYOUT),
    fields("javacard/security/XECPrivateKey", LAYOUT),
    xec::SPEC_FIELDS,
];

/// What went wrong with a key or an algorithm (Java Card API, `CryptoException`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Where a new key's domain comes from.
enum Domain {
    New,
    Shared(Ref),
}

impl Call<'_, '_> {
    /// Makes a key without material.
    pub(super) fn new_key(&mut self, key_type: i16, bits: i16) -> Result<Ref, Stop> {
        self.new_key_over(key_type, bits, Domain::New)
    }

    fn new_key_over(&mut self, key_type: i16, bits: i16, domain: Domain) -> Result<Ref, Stop> {
        let (family, memory) = kinds::of_type(key_type).ok_or(Crypto::NoSuchAlgorithm)?;
        if !family.exists(bits) {
            return Err(Crypto::NoSuchAlgorithm.into());
        }
        let permit = self.permit(&policy::key(family, bits))?;
        let key = self.new_algorithm(family.class(), permit)?;
        let material = self.new_bytes(parts::length(family.shape().material, bits), memory)?;
        self.set_hidden(key, MATERIAL, material)?;
        let domain = match domain {
            Domain::Shared(domain) => domain,
            Domain::New if family.shape().domain.is_empty() => Ref::NULL,
            Domain::New => {
                self.new_bytes(parts::length(family.shape().domain, bits), card_vm::heap::Memory::Persistent)?
            }
        };
        self.set_hidden(key, DOMAIN, domain)?;
        self.set_word(key, TYPE, key_type)?;
        self.set_word(key, BITS, bits)?;
        Ok(key)
    }

    /// The family of a key that the caller may use. What is no key of this card is an illegal value.
    pub(super) fn key_family(&mut self, key: Ref) -> Result<Family, Stop> {
        self.vm.caller().header(key, Access::Field)?;
        let family = Family::all().find(|family| self.is_a(key, family.class().0));
        family.ok_or_else(|| Crypto::IllegalValue.into())
    }

    /// A key's size in bits.
    pub(super) fn key_bits(&mut self, key: Ref) -> Result<i16, Stop> {
        self.word(key, BITS)
    }

    /// Whether all is set that a key needs.
    pub(super) fn is_initialized(&mut self, key: Ref) -> Result<bool, Stop> {
        let shape = self.key_family(key)?.shape();
        Ok(self.are_set(key, Part::Material(0), shape.material.len())?
            && self.are_set(key, Part::Domain(0), shape.needed)?)
    }

    /// Throws unless all is set that a key needs.
    pub(super) fn require_initialized(&mut self, key: Ref) -> Result<(), Stop> {
        if self.is_initialized(key)? { Ok(()) } else { Err(Crypto::UninitializedKey.into()) }
    }

    /// Wipes a key's material.
    pub(super) fn clear_key(&mut self, key: Ref) -> Result<(), Stop> {
        let array = self.hidden(key, MATERIAL)?;
        let length = i16::try_from(self.vm.jcre().length(array)?).unwrap_or(i16::MAX);
        self.vm.jcre().fill(array, 0, length, 0, card_vm::heap::Atomicity::Transactional)
    }
}

/// Every key here implements `KeyEncryption`, so the flag that asks for it changes nothing.
fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.new_key(args.short(0), args.short(1)).map(Value::Ref)
}

fn build_in_memory(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let key_type = kinds::type_in_memory(args.short(0), args.short(1)).ok_or(Crypto::NoSuchAlgorithm)?;
    call.new_key(key_type, args.short(2)).map(Value::Ref)
}

/// The parameters must be set, in a key of the same kind of group, which then belong to both keys.
fn build_shared(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let key_type = kinds::type_in_memory(args.short(0), args.short(1)).ok_or(Crypto::NoSuchAlgorithm)?;
    let (family, _) = kinds::of_type(key_type).ok_or(Crypto::NoSuchAlgorithm)?;
    let parameters = args.reference(2);
    let of_parameters = call.key_family(parameters)?;
    if !family.shares_domain_with(of_parameters) {
        return Err(Crypto::IllegalValue.into());
    }
    if !call.are_set(parameters, Part::Domain(0), family.shape().needed)? {
        return Err(Crypto::UninitializedKey.into());
    }
    let (bits, domain) = (call.key_bits(parameters)?, call.hidden(parameters, DOMAIN)?);
    call.new_key_over(key_type, bits, Domain::Shared(domain)).map(Value::Ref)
}

fn memory_type(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.key_family(args.reference(0))?;
    let material = call.hidden(args.reference(0), MATERIAL)?;
    let header = call.vm.jcre().header(material, Access::Field)?;
    Ok(Value::Short(kinds::number_of(header.memory)))
}

fn clear(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.clear_key(args.reference(0))?;
    Ok(Value::Void)
}

fn size(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.key_bits(args.reference(0)).map(Value::Short)
}

fn key_type(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), TYPE).map(Value::Short)
}

fn is_initialized(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.is_initialized(args.reference(0)).map(Value::from)
}
