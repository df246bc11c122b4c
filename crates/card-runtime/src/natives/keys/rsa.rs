//! `RSAPublicKey`, `RSAPrivateKey`, `RSAPrivateCrtKey`.

use card_vm::{Args, Ref, Stop, Value};

use super::{Crypto, Family, Part};
use crate::crypto::rsa::{RsaCrt, RsaPrivate, RsaPublic};
use crate::natives::call::Call;
use crate::natives::table::{Row, row};

const PLAIN: &[&str] = &["javacard/security/RSAPublicKey", "javacard/security/RSAPrivateKey"];
const CRT: &[&str] = &["javacard/security/RSAPrivateCrtKey"];

/// Parts of a public and of a plain private key.
pub(in crate::natives) const MODULUS: Part = Part::Material(0);
pub(in crate::natives) const EXPONENT: Part = Part::Material(1);
/// Parts of a private key for the Chinese remainder theorem.
const P: Part = Part::Material(0);
const Q: Part = Part::Material(1);
const DP: Part = Part::Material(2);
const DQ: Part = Part::Material(3);
const INVERSE: Part = Part::Material(4);

pub(super) const ROWS: &[Row] = &[
    row(PLAIN, "setModulus", "([BSS)V", set_modulus),
    row(PLAIN, "getModulus", "([BS)S", |call, args| call.give_part(args, MODULUS)),
    row(PLAIN, "setExponent", "([BSS)V", |call, args| set(call, args, EXPONENT)),
    row(PLAIN, "getExponent", "([BS)S", |call, args| call.give_part(args, EXPONENT)),
    row(CRT, "setP", "([BSS)V", |call, args| set(call, args, P)),
    row(CRT, "getP", "([BS)S", |call, args| call.give_part(args, P)),
    row(CRT, "setQ", "([BSS)V", |call, args| set(call, args, Q)),
    row(CRT, "getQ", "([BS)S", |call, args| call.give_part(args, Q)),
    row(CRT, "setDP1", "([BSS)V", |call, args| set(call, args, DP)),
    row(CRT, "getDP1", "([BS)S", |call, args| call.give_part(args, DP)),
    row(CRT, "setDQ1", "([BSS)V", |call, args| set(call, args, DQ)),
    row(CRT, "getDQ1", "([BS)S", |call, args| call.give_part(args, DQ)),
    row(CRT, "setPQ", "([BSS)V", |call, args| set(call, args, INVERSE)),
    row(CRT, "getPQ", "([BS)S", |call, args| call.give_part(args, INVERSE)),
];

impl Call<'_, '_> {
    /// An RSA public key that the caller may use.
    pub(in crate::natives) fn rsa_public(&mut self, key: Ref) -> Result<RsaPublic, Stop> {
        if self.key_family(key)? != Family::RsaPublic {
            return Err(Crypto::IllegalValue.into());
        }
        let modulus = self.part_of(key, MODULUS)?.to_vec();
        Ok(RsaPublic { modulus, exponent: self.part_of(key, EXPONENT)?.to_vec() })
    }

    /// An RSA private key, of either form, that the caller may use.
    pub(in crate::natives) fn rsa_private(&mut self, key: Ref) -> Result<RsaPrivate, Stop> {
        let family = self.key_family(key)?;
        if family == Family::RsaCrt {
            return Ok(RsaPrivate::Crt(RsaCrt {
                p: self.part_of(key, P)?,
                q: self.part_of(key, Q)?,
                dp: self.part_of(key, DP)?,
                dq: self.part_of(key, DQ)?,
                inverse: self.part_of(key, INVERSE)?,
            }));
        }
        if family != Family::RsaPrivate {
            return Err(Crypto::IllegalValue.into());
        }
        let modulus = self.part_of(key, MODULUS)?.to_vec();
        Ok(RsaPrivate::Plain { modulus, exponent: self.part_of(key, EXPONENT)? })
    }

    /// Sets all of a private key for the Chinese remainder theorem.
    pub(in crate::natives) fn set_rsa_crt(&mut self, key: Ref, crt: &RsaCrt) -> Result<(), Stop> {
        let parts = [(P, &crt.p), (Q, &crt.q), (DP, &crt.dp), (DQ, &crt.dq), (INVERSE, &crt.inverse)];
        parts.into_iter().try_for_each(|(part, bytes)| self.set_part(key, part, bytes))
    }
}

fn set(call: &mut Call<'_, '_>, args: &Args, part: Part) -> Result<Value, Stop> {
    let bytes = call.given(args)?;
    call.set_number(args.reference(0), part, &bytes)?;
    Ok(Value::Void)
}

/// A modulus has the key's length, to the bit.
fn set_modulus(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.given(args)?;
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let number = bytes.get(start..).unwrap_or_default();
    let bits = call.key_bits(args.reference(0))?;
    let full = number.len() == usize::try_from(bits / 8).unwrap_or(0)
        && number.first().is_some_and(|first| first & 0x80 != 0)
        && number.last().is_some_and(|last| last & 1 != 0);
    if !full {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_part(args.reference(0), MODULUS, number)?;
    Ok(Value::Void)
}
