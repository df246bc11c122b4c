//! SM2 signatures over SM3 (GB/T 32918.2). What is digested begins with the signer's identity and public key.

use alloc::vec::Vec;

use card_vm::{Ref, Stop};

use super::der::{from_der, to_der};
use super::{KEY, SIGN, mode};
use crate::crypto::curve::{Curve, NamedCurve};
use crate::crypto::{HashAlgorithm, Hasher, sm2};
use crate::limits::CURVE_COST;
use crate::natives::call::Call;
use crate::natives::keys::Crypto;
use crate::natives::session::Session;

/// The identity where none is given (GM/T 0009, 10).
pub(in crate::natives) const DEFAULT_IDENTITY: &[u8] = b"1234567812345678";
/// Bytes of a number of the curve.
const LENGTH: usize = 32;

pub(in crate::natives) fn is_on_curve(call: &mut Call<'_, '_>, key: Ref) -> Result<bool, Stop> {
    call.require_initialized(key)?;
    Ok(call.curve(key)? == Curve::Named(NamedCurve::Sm2))
}

/// The digest, after identity and public key.
pub(super) fn started(call: &mut Call<'_, '_>, object: Ref, identity: &[u8]) -> Result<Hasher, Stop> {
    let key = call.hidden(object, KEY)?;
    call.require_initialized(key)?;
    let public = if mode(call, object)? == SIGN {
        let secret = call.ec_secret(key)?;
        let (engine, _) = call.arithmetic(CURVE_COST);
        engine.ec_public(&Curve::Named(NamedCurve::Sm2), &secret).map_err(|_| Crypto::UninitializedKey)?
    } else {
        call.ec_public(key)?.to_vec()
    };
    let mut hasher = Hasher::new(HashAlgorithm::Sm3);
    hasher.update(sm2::identity(identity, &public).ok_or(Crypto::IllegalValue)?.as_ref());
    Ok(hasher)
}

pub(super) fn start_with_identity(call: &mut Call<'_, '_>, object: Ref, identity: &[u8]) -> Result<(), Stop> {
    let hasher = started(call, object, identity)?;
    call.runtime().sessions.put(object, Session::Hash(hasher));
    Ok(())
}

pub(super) fn sign(call: &mut Call<'_, '_>, key: Ref, digest: &[u8]) -> Result<Vec<u8>, Stop> {
    let secret = call.ec_secret(key)?;
    call.vm.charge(CURVE_COST);
    sm2::sign(&secret, digest).map(|plain| to_der(&plain)).map_err(|_| Crypto::UninitializedKey.into())
}

pub(super) fn verify(
    call: &mut Call<'_, '_>,
    key: Ref,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, Stop> {
    let public = call.ec_public(key)?;
    call.vm.charge(CURVE_COST);
    Ok(from_der(signature, LENGTH).is_some_and(|plain| sm2::verify(&public, digest, &plain)))
}
