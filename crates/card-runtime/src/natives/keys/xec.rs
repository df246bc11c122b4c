//! `NamedParameterSpec` and the keys with such parameters: `XECPublicKey`, `XECPrivateKey`.
//!
//! A spec's hidden word is its number. A key of it encodes as its standard says: RFC 8032 for Edwards curves, RFC 7748 for
//! Montgomery curves (both little-endian, as they are), and for the others an uncompressed point or a big-endian number.

use card_vm::heap::Memory;
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::{BITS, Crypto, DOMAIN, Family, MATERIAL, NAME, Part, TYPE, kinds, parts};
use crate::crypto::curve::{Curve, NamedCurve};
use crate::crypto::edwards::EdwardsCurve;
use crate::crypto::montgomery::MontgomeryCurve;
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::policy;
use crate::natives::table::{Fields, Row, fields, row};

const BUILDER: &[&str] = &["javacard/security/KeyBuilder"];
const SPEC: &[&str] = &["javacard/security/NamedParameterSpec"];
const XEC: &[&str] =
    &["javacard/security/XECKey", "javacard/security/XECPublicKey", "javacard/security/XECPrivateKey"];

/// A spec's hidden word.
const NUMBER: u16 = 0;
/// `KeyBuilder.ATTR_PRIVATE`; the other bits are a `JCSystem.MEMORY_TYPE_*`.
const PRIVATE: i16 = i16::MIN;
const OWN: Part = Part::Material(0);

pub(super) const ROWS: &[Row] = &[
    row(SPEC, "getInstance", "(S)Ljavacard/security/NamedParameterSpec;", get_instance),
    row(SPEC, "getName", "()S", |call, args| call.word(args.reference(0), NUMBER).map(Value::Short)),
    row(BUILDER, "buildXECKey", "(Ljavacard/security/NamedParameterSpec;SZ)Ljavacard/security/Key;", build),
    row(XEC, "getParams", "()Ljavacard/security/NamedParameterSpec;", params),
    row(XEC, "getEncodingLength", "()S", encoding_length),
    row(XEC, "getEncoded", "([BS)S", |call, args| call.give_part(args, OWN)),
    row(XEC, "setEncoded", "([BSS)V", set_encoded),
];

pub(super) const SPEC_FIELDS: Fields =
    fields("javacard/security/NamedParameterSpec", Layout { references: 0, words: 1 });

/// What a number of `NamedParameterSpec` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::natives) enum Named {
    Edwards(EdwardsCurve),
    Montgomery(MontgomeryCurve),
    Weierstrass(NamedCurve),
}

impl Named {
    pub(in crate::natives) fn of(number: i16) -> Option<Self> {
        match number {
            257 => Some(Self::Edwards(EdwardsCurve::Ed25519)),
            514 => Some(Self::Edwards(EdwardsCurve::Ed448)),
            259 => Some(Self::Montgomery(MontgomeryCurve::X25519)),
            516 => Some(Self::Montgomery(MontgomeryCurve::X448)),
            _ => NamedCurve::of_spec(number).map(Self::Weierstrass),
        }
    }

    fn bits(self) -> i16 {
        match self {
            Self::Edwards(EdwardsCurve::Ed25519) | Self::Montgomery(MontgomeryCurve::X25519) => 256,
            Self::Edwards(EdwardsCurve::Ed448) | Self::Montgomery(MontgomeryCurve::X448) => 448,
            Self::Weierstrass(curve) => i16::try_from(curve.bits()).unwrap_or(i16::MAX),
        }
    }

    /// Bytes of a key's encoding.
    fn length(self, family: Family) -> usize {
        match self {
            Self::Edwards(curve) => curve.key_length(),
            Self::Montgomery(curve) => curve.length(),
            Self::Weierstrass(curve) if family == Family::XecPublic => {
                1 + 2 * Curve::Named(curve).field_length()
            }
            Self::Weierstrass(curve) => Curve::Named(curve).order_length(),
        }
    }
}

impl Call<'_, '_> {
    /// What a key of named parameters that the caller may use is on.
    pub(in crate::natives) fn named(&mut self, key: Ref) -> Result<Named, Stop> {
        if !matches!(self.key_family(key)?, Family::XecPublic | Family::XecPrivate) {
            return Err(Crypto::IllegalValue.into());
        }
        Named::of(self.word(key, NAME)?).ok_or_else(|| Crypto::IllegalValue.into())
    }

    /// Makes a public key of the parameters of a number.
    pub(in crate::natives) fn new_public_of(&mut self, number: i16) -> Result<Ref, Stop> {
        let spec = self.new_spec(number)?;
        self.new_named_key(spec, Family::XecPublic, Memory::Persistent)
    }

    fn new_spec(&mut self, number: i16) -> Result<Ref, Stop> {
        Named::of(number).ok_or(Crypto::NoSuchAlgorithm)?;
        let spec = self.new_instance(names::NAMED_PARAMETER_SPEC)?;
        self.set_word(spec, NUMBER, number)?;
        Ok(spec)
    }

    fn new_named_key(&mut self, spec: Ref, family: Family, memory: Memory) -> Result<Ref, Stop> {
        if !self.is_a(spec, names::NAMED_PARAMETER_SPEC) {
            return Err(Crypto::IllegalValue.into());
        }
        let number = self.word(spec, NUMBER)?;
        let named = Named::of(number).ok_or(Crypto::NoSuchAlgorithm)?;
        let permit = self.permit(&policy::named(named, named.bits()))?;
        let key = self.new_algorithm(family.class(), permit)?;
        let material = self.new_bytes(parts::length(family.shape().material, named.bits()), memory)?;
        self.set_hidden(key, MATERIAL, material)?;
        self.set_hidden(key, DOMAIN, spec)?;
        for (word, value) in [(TYPE, kinds::TYPE_XEC), (BITS, named.bits()), (NAME, number)] {
            self.set_word(key, word, value)?;
        }
        Ok(key)
    }
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.new_spec(args.short(0)).map(Value::Ref)
}

fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (spec, attributes) = (args.reference(0), args.short(1));
    call.vm.caller().header(spec, card_vm::heap::Access::Field)?;
    let family = if attributes & PRIVATE == 0 { Family::XecPublic } else { Family::XecPrivate };
    let memory = kinds::memory_of(attributes & !PRIVATE).ok_or(Crypto::IllegalValue)?;
    call.new_named_key(spec, family, memory).map(Value::Ref)
}

fn params(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.hidden(args.reference(0), DOMAIN).map(Value::Ref)
}

fn encoding_length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let family = call.key_family(args.reference(0))?;
    let length = call.named(args.reference(0))?.length(family);
    Ok(Value::Short(i16::try_from(length).unwrap_or_default()))
}

fn set_encoded(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (key, given) = (args.reference(0), call.given(args)?);
    let family = call.key_family(key)?;
    if given.len() != call.named(key)?.length(family) {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_part(key, OWN, &given)?;
    Ok(Value::Void)
}
