//! The subject's public key as an object of the card.

use card_vm::{Ref, Stop};

use super::{Misuse, Read};
use crate::crypto::curve::{Curve, NamedCurve};
use crate::crypto::edwards::EdwardsCurve;
use crate::crypto::finite_field::FieldGroup;
use crate::crypto::montgomery::MontgomeryCurve;
use crate::natives::call::Call;
use crate::natives::keys::{Family, Named, Part, rsa};
use crate::x509::SubjectKey;

/// `KeyBuilder.TYPE_RSA_PUBLIC`, `TYPE_DSA_PUBLIC`, `TYPE_EC_FP_PUBLIC`, `TYPE_XEC`.
const RSA: i16 = 4;
const DSA: i16 = 7;
const EC: i16 = 11;
const XEC: i16 = -1;

/// What is a key's own, where it is one value.
const OWN: Part = Part::Material(0);

/// A kind of key that the card can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// By type and bits.
    Sized(i16, i16),
    /// By the number of a `NamedParameterSpec`.
    Named(i16),
}

impl Kind {
    /// The arguments of `onKey`.
    pub(super) fn announced(self) -> (i16, i16) {
        match self {
            Self::Sized(key_type, bits) => (key_type, bits),
            Self::Named(number) => (XEC, number),
        }
    }
}

/// Bits of a number without zeros in front.
fn bits(number: &[u8]) -> Option<i16> {
    let first = number.first().filter(|first| **first != 0)?;
    i16::try_from(number.len() * 8 - first.leading_zeros() as usize).ok()
}

/// The number of a curve's `NamedParameterSpec`.
fn edwards(curve: EdwardsCurve) -> i16 {
    match curve {
        EdwardsCurve::Ed25519 => 257,
        EdwardsCurve::Ed448 => 514,
    }
}

fn montgomery(curve: MontgomeryCurve) -> i16 {
    match curve {
        MontgomeryCurve::X25519 => 259,
        MontgomeryCurve::X448 => 516,
    }
}

/// The kind of the subject's key; none for keys that the card does not have, and for points that are compressed.
pub(super) fn kind(read: &Read) -> Option<Kind> {
    let bytes = &read.bytes;
    match read.certificate.key {
        SubjectKey::Rsa { modulus, .. } => {
            let bits = bits(modulus.of(bytes))?;
            Family::RsaPublic.exists(bits).then_some(Kind::Sized(RSA, bits))
        }
        SubjectKey::Dsa { group: [p, ..], .. } => {
            let bits = bits(p.of(bytes))?;
            Family::DsaPublic.exists(bits).then_some(Kind::Sized(DSA, bits))
        }
        SubjectKey::Ec { curve, point } => {
            let whole = point.of(bytes);
            let uncompressed = whole.first() == Some(&4) && whole.len() == 1 + 2 * length(curve);
            uncompressed.then_some(Kind::Sized(EC, i16::try_from(curve.bits()).ok()?))
        }
        SubjectKey::Edwards(curve, public) => {
            (public.len() == curve.key_length()).then_some(Kind::Named(edwards(curve)))
        }
        SubjectKey::Montgomery(curve, public) => {
            (public.len() == curve.length()).then_some(Kind::Named(montgomery(curve)))
        }
        SubjectKey::Other => None,
    }
}

fn length(curve: NamedCurve) -> usize {
    Curve::Named(curve).field_length()
}

/// A new key that holds the subject's; null for kinds that the card does not have.
pub(super) fn made(call: &mut Call<'_, '_>, read: &Read) -> Result<Ref, Stop> {
    let key = match kind(read) {
        None => return Ok(Ref::NULL),
        Some(Kind::Sized(key_type, bits)) => call.new_key(key_type, bits)?,
        Some(Kind::Named(number)) => call.new_public_of(number)?,
    };
    fill(call, key, read)?;
    Ok(key)
}

/// Puts the subject's key into one that a handler gave, which must be of its kind.
pub(super) fn fill(call: &mut Call<'_, '_>, key: Ref, read: &Read) -> Result<(), Stop> {
    let bytes = &read.bytes;
    let wrong = Stop::from(Misuse::HandlerInvalidKey);
    let family = call.key_family(key).map_err(|_| wrong)?;
    let fits = |call: &mut Call<'_, '_>, wanted: Family| -> Result<bool, Stop> {
        let Some(Kind::Sized(_, bits)) = kind(read) else { return Ok(false) };
        Ok(family == wanted && call.key_bits(key)? == bits)
    };
    let is_named = |call: &mut Call<'_, '_>, wanted: Named| -> Result<bool, Stop> {
        Ok(family == Family::XecPublic && call.named(key)? == wanted)
    };
    match read.certificate.key {
        SubjectKey::Rsa { modulus, exponent } if fits(call, Family::RsaPublic)? => {
            call.set_part(key, rsa::MODULUS, modulus.of(bytes))?;
            call.set_part(key, rsa::EXPONENT, exponent.of(bytes))
        }
        SubjectKey::Dsa { group: [p, q, g], public } if fits(call, Family::DsaPublic)? => {
            let own = |span: crate::x509::Span| span.of(bytes).to_vec();
            call.set_field_group(key, &FieldGroup { p: own(p), q: own(q), g: own(g) })?;
            call.set_part(key, OWN, public.of(bytes))
        }
        SubjectKey::Ec { curve, point } if fits(call, Family::EcPublic)? => {
            call.set_named_curve(key, curve)?;
            call.set_part(key, OWN, point.of(bytes))
        }
        SubjectKey::Ec { curve, point } if is_named(call, Named::Weierstrass(curve))? => {
            call.set_part(key, OWN, point.of(bytes))
        }
        SubjectKey::Edwards(curve, public) if is_named(call, Named::Edwards(curve))? => {
            call.set_part(key, OWN, public.of(bytes))
        }
        SubjectKey::Montgomery(curve, public) if is_named(call, Named::Montgomery(curve))? => {
            call.set_part(key, OWN, public.of(bytes))
        }
        SubjectKey::Rsa { .. }
        | SubjectKey::Dsa { .. }
        | SubjectKey::Ec { .. }
        | SubjectKey::Edwards(..)
        | SubjectKey::Montgomery(..)
        | SubjectKey::Other => Err(wrong),
    }
}
