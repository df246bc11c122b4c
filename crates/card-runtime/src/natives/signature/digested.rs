//! Signatures over a digest: ECDSA, DSA, RSA, SM2.

use alloc::vec::Vec;

use card_vm::{Args, Ref, Stop};

use super::der::{from_der, longest, to_der};
use super::methods::{Form, Method, Prehash};
use super::{KEY, method, sm2};
use crate::crypto::edwards::PREHASH;
use crate::limits::{CURVE_COST, POWER_COST};
use crate::natives::call::Call;
use crate::natives::keys::finite_field::OWN;
use crate::natives::keys::{Crypto, Named};

/// A digest that the applet computed itself: of the algorithm's length, and only for what signs one.
pub(super) fn given(call: &mut Call<'_, '_>, args: &Args) -> Result<Vec<u8>, Stop> {
    let length = match method(call, args.reference(0))? {
        Method::Ecdsa(hash, _) | Method::Dsa(hash) | Method::Rsa(hash, _) => hash.length(),
        Method::Edwards(_, Prehash::Yes) => PREHASH,
        Method::Edwards(_, Prehash::No)
        | Method::Recovery(..)
        | Method::Sm2
        | Method::Hmac(_)
        | Method::Chained(..)
        | Method::Cmac => return Err(Crypto::IllegalUse.into()),
    };
    let bytes = call.worked_on(args, 1)?;
    if bytes.len() == length { Ok(bytes.to_vec()) } else { Err(Crypto::IllegalUse.into()) }
}

pub(super) fn sign(call: &mut Call<'_, '_>, object: Ref, digest: &[u8]) -> Result<Vec<u8>, Stop> {
    let key = call.hidden(object, KEY)?;
    call.require_initialized(key)?;
    match method(call, object)? {
        Method::Ecdsa(_, form) => {
            let (curve, secret) = (call.curve(key)?, call.ec_secret(key)?);
            let (engine, random) = call.arithmetic(CURVE_COST);
            let plain =
                engine.ec_sign(&curve, &secret, digest, random).map_err(|_| Crypto::UninitializedKey)?;
            Ok(match form {
                Form::Der => to_der(&plain),
                Form::Plain => plain,
            })
        }
        Method::Dsa(_) => {
            let (group, secret) = (call.field_group(key)?, call.part_of(key, OWN)?);
            let (_, random) = call.arithmetic(POWER_COST);
            let plain = group.sign(&secret, digest, random).map_err(|_| Crypto::UninitializedKey)?;
            Ok(to_der(&plain))
        }
        Method::Rsa(_, scheme) => {
            let key = call.rsa_private(key)?;
            let (engine, random) = call.arithmetic(POWER_COST);
            engine.rsa_sign(&key, scheme, digest, random).map_err(|_| Crypto::IllegalUse.into())
        }
        Method::Sm2 => sm2::sign(call, key, digest),
        Method::Recovery(..) | Method::Edwards(..) | Method::Hmac(_) | Method::Chained(..) | Method::Cmac => {
            Err(Crypto::IllegalUse.into())
        }
    }
}

pub(super) fn verify(
    call: &mut Call<'_, '_>,
    object: Ref,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, Stop> {
    let key = call.hidden(object, KEY)?;
    call.require_initialized(key)?;
    match method(call, object)? {
        Method::Ecdsa(_, form) => {
            let (curve, public) = (call.curve(key)?, call.ec_public(key)?);
            let plain = match form {
                Form::Der => from_der(signature, curve.order_length()),
                Form::Plain => Some(signature.to_vec()),
            };
            let Some(plain) = plain else { return Ok(false) };
            let (engine, _) = call.arithmetic(CURVE_COST);
            Ok(engine.ec_verify(&curve, &public, digest, &plain))
        }
        Method::Dsa(_) => {
            let (group, public) = (call.field_group(key)?, call.part_of(key, OWN)?);
            call.vm.charge(POWER_COST);
            let plain = from_der(signature, group.order_length());
            Ok(plain.is_some_and(|plain| group.verify(&public, digest, &plain)))
        }
        Method::Rsa(_, scheme) => {
            let key = call.rsa_public(key)?;
            let (engine, _) = call.arithmetic(CURVE_COST);
            Ok(engine.rsa_verify(&key, scheme, digest, signature))
        }
        Method::Sm2 => sm2::verify(call, key, digest, signature),
        Method::Recovery(..) | Method::Edwards(..) | Method::Hmac(_) | Method::Chained(..) | Method::Cmac => {
            Err(Crypto::IllegalUse.into())
        }
    }
}

/// Bytes of a signature made with a key, the longest where it varies.
pub(super) fn length(call: &mut Call<'_, '_>, method: Method, key: Ref) -> Result<usize, Stop> {
    Ok(match method {
        Method::Ecdsa(_, Form::Der) | Method::Sm2 => longest(call.curve(key)?.order_length()),
        Method::Ecdsa(_, Form::Plain) => 2 * call.curve(key)?.order_length(),
        Method::Dsa(_) => longest(call.field_group(key)?.order_length()),
        Method::Rsa(..) | Method::Recovery(..) => {
            usize::try_from(call.key_bits(key)?).unwrap_or(0).div_ceil(8)
        }
        Method::Edwards(..) => match call.named(key)? {
            Named::Edwards(curve) => curve.signature_length(),
            Named::Montgomery(_) | Named::Weierstrass(_) => return Err(Crypto::IllegalValue.into()),
        },
        Method::Hmac(_) | Method::Chained(..) | Method::Cmac => return Err(Crypto::IllegalUse.into()),
    })
}
