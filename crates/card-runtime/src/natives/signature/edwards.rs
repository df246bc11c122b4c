//! EdDSA. The message is kept whole until the end, because it is read twice; a context comes with `init`.

use alloc::vec::Vec;

use card_vm::{Ref, Stop};

use super::methods::{Curve, Method, Prehash};
use super::{KEY, WITH_PARAMETERS, method};
use crate::crypto::Secret;
use crate::crypto::edwards::{CONTEXT_MAX, EdwardsCurve, EdwardsMessage, PREHASH};
use crate::limits::CURVE_COST;
use crate::natives::call::Call;
use crate::natives::keys::{Crypto, Named};
use crate::natives::session::Session;

impl Curve {
    pub(super) fn allows(self, curve: EdwardsCurve) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == curve,
        }
    }
}

/// Ed25519 has contexts only together with a digest (Ed25519ctx is not here).
pub(super) fn start_with_context(call: &mut Call<'_, '_>, object: Ref, context: Vec<u8>) -> Result<(), Stop> {
    let (curve, _) = curve(call, object)?;
    let plain = matches!(method(call, object)?, Method::Edwards(_, Prehash::No));
    let without = curve == EdwardsCurve::Ed25519 && plain && !context.is_empty();
    if context.len() > CONTEXT_MAX || without {
        return Err(Crypto::IllegalValue.into());
    }
    call.runtime().sessions.put(object, Session::Message { context, bytes: Secret::default() });
    Ok(())
}

fn curve(call: &mut Call<'_, '_>, object: Ref) -> Result<(EdwardsCurve, Ref), Stop> {
    let key = call.hidden(object, KEY)?;
    call.require_initialized(key)?;
    match call.named(key)? {
        Named::Edwards(curve) => Ok((curve, key)),
        Named::Montgomery(_) | Named::Weierstrass(_) => Err(Crypto::IllegalValue.into()),
    }
}

/// The context holds for the next message as well.
fn keep(call: &mut Call<'_, '_>, object: Ref, context: &[u8]) -> Result<(), Stop> {
    if call.word(object, super::MODE)? & WITH_PARAMETERS != 0 {
        let session = Session::Message { context: context.to_vec(), bytes: Secret::default() };
        call.runtime().sessions.put(object, session);
    }
    Ok(())
}

/// Hands the message to `work` in the form that the object's algorithm signs.
fn formed<R>(
    call: &mut Call<'_, '_>,
    object: Ref,
    context: &[u8],
    message: &[u8],
    work: impl FnOnce(&mut Call<'_, '_>, EdwardsMessage<'_>) -> Result<R, Stop>,
) -> Result<R, Stop> {
    let (curve, _) = curve(call, object)?;
    if matches!(method(call, object)?, Method::Edwards(_, Prehash::Yes)) {
        let digest = &curve.prehash(message);
        return work(call, EdwardsMessage::Digest { context, digest });
    }
    work(call, EdwardsMessage::Pure { context, message })
}

pub(super) fn sign(
    call: &mut Call<'_, '_>,
    object: Ref,
    context: Vec<u8>,
    message: &[u8],
) -> Result<Vec<u8>, Stop> {
    keep(call, object, &context)?;
    formed(call, object, &context, message, |call, message| signed(call, object, message))
}

pub(super) fn verify(
    call: &mut Call<'_, '_>,
    object: Ref,
    context: Vec<u8>,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Stop> {
    keep(call, object, &context)?;
    formed(call, object, &context, message, |call, message| verified(call, object, message, signature))
}

/// The context of a digest signed without its message.
fn context(call: &mut Call<'_, '_>, object: Ref) -> Result<Vec<u8>, Stop> {
    let method = method(call, object)?;
    let Session::Message { context, .. } = super::under_way(call, object, method)? else {
        return Err(Crypto::InvalidInit.into());
    };
    keep(call, object, &context)?;
    Ok(context)
}

pub(super) fn sign_digest(call: &mut Call<'_, '_>, object: Ref, digest: &[u8]) -> Result<Vec<u8>, Stop> {
    let digest: &[u8; PREHASH] = digest.try_into().map_err(|_| Crypto::IllegalUse)?;
    let context = context(call, object)?;
    signed(call, object, EdwardsMessage::Digest { context: &context, digest })
}

pub(super) fn verify_digest(
    call: &mut Call<'_, '_>,
    object: Ref,
    digest: &[u8],
    signature: &[u8],
) -> Result<bool, Stop> {
    let digest: &[u8; PREHASH] = digest.try_into().map_err(|_| Crypto::IllegalUse)?;
    let context = context(call, object)?;
    verified(call, object, EdwardsMessage::Digest { context: &context, digest }, signature)
}

fn signed(call: &mut Call<'_, '_>, object: Ref, message: EdwardsMessage<'_>) -> Result<Vec<u8>, Stop> {
    let (curve, key) = curve(call, object)?;
    let secret = Secret::new(call.material(key)?.to_vec());
    let (engine, _) = call.arithmetic(CURVE_COST);
    engine.edwards_sign(curve, &secret, message).map_err(|_| Crypto::IllegalValue.into())
}

fn verified(
    call: &mut Call<'_, '_>,
    object: Ref,
    message: EdwardsMessage<'_>,
    signature: &[u8],
) -> Result<bool, Stop> {
    let (curve, key) = curve(call, object)?;
    let public = call.material(key)?.to_vec();
    let (engine, _) = call.arithmetic(CURVE_COST);
    Ok(engine.edwards_verify(curve, &public, message, signature))
}
