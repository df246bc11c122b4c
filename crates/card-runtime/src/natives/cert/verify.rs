//! A certificate's signature, verified as the card's own `Signature` would.

use card_vm::{Ref, Stop};

use crate::crypto::curve::{Curve, NamedCurve};
use crate::crypto::edwards::EdwardsMessage;
use crate::crypto::rsa::RsaScheme;
use crate::crypto::{HashAlgorithm, sm2};
use crate::limits::{BYTES_PER_CALL, CURVE_COST, POWER_COST};
use crate::natives::call::Call;
use crate::natives::keys::finite_field::OWN;
use crate::natives::keys::{Crypto, Family, Named};
use crate::natives::policy::digest;
use crate::natives::signature::{DEFAULT_IDENTITY, from_der};
use crate::policy::{Permit, Primitive, Uses};
use crate::x509::{Scheme, signature_bits};

/// Whether `signature` is the key's over `signed`: elements of a certificate, tag and length included. An algorithm that the
/// card does not have, or that its policy switches off, is NO_SUCH_ALGORITHM, a key of another kind ILLEGAL_VALUE, one without material UNINITIALIZED_KEY.
pub(super) fn verify(
    call: &mut Call<'_, '_>,
    signed: &[u8],
    algorithm: &[u8],
    signature: &[u8],
    key: Ref,
) -> Result<bool, Stop> {
    let family = call.key_family(key)?;
    let scheme = Scheme::of(algorithm).ok_or(Crypto::NoSuchAlgorithm)?;
    let Permit { .. } = call.permit(&uses(scheme))?;
    call.require_initialized(key)?;
    call.vm.charge(u64::try_from(signed.len()).unwrap_or(u64::MAX) / BYTES_PER_CALL);
    let Some(signature) = signature_bits(signature) else { return Ok(false) };
    match scheme {
        Scheme::Rsa(hash, scheme) => {
            let public = call.rsa_public(key)?;
            let digest = hash.digest(&[signed]);
            let (engine, _) = call.arithmetic(CURVE_COST);
            Ok(engine.rsa_verify(&public, scheme, digest.as_ref(), signature))
        }
        Scheme::Ecdsa(hash) => {
            let (curve, public) = (call.curve(key)?, call.ec_public(key)?);
            let Some(plain) = from_der(signature, curve.order_length()) else { return Ok(false) };
            let digest = hash.digest(&[signed]);
            let (engine, _) = call.arithmetic(CURVE_COST);
            Ok(engine.ec_verify(&curve, &public, digest.as_ref(), &plain))
        }
        Scheme::Dsa(hash) => {
            if family != Family::DsaPublic {
                return Err(Crypto::IllegalValue.into());
            }
            let (group, public) = (call.field_group(key)?, call.part_of(key, OWN)?);
            call.vm.charge(POWER_COST);
            let digest = hash.digest(&[signed]);
            let plain = from_der(signature, group.order_length());
            Ok(plain.is_some_and(|plain| group.verify(&public, digest.as_ref(), &plain)))
        }
        Scheme::Edwards(curve) => {
            if family != Family::XecPublic || call.named(key)? != Named::Edwards(curve) {
                return Err(Crypto::IllegalValue.into());
            }
            let public = call.material(key)?.to_vec();
            let (engine, _) = call.arithmetic(CURVE_COST);
            let message = EdwardsMessage::Pure { context: &[], message: signed };
            Ok(engine.edwards_verify(curve, &public, message, signature))
        }
        Scheme::Sm2 => verify_sm2(call, signed, signature, key),
    }
}

/// What the card's policy must allow: a certificate is no way around it.
fn uses(scheme: Scheme) -> Uses {
    match scheme {
        Scheme::Rsa(hash, RsaScheme::Pss { mask, .. }) => {
            Uses::of([Primitive::Rsa, digest(hash), digest(mask)])
        }
        Scheme::Rsa(hash, RsaScheme::Pkcs1(_) | RsaScheme::Rfc2409(_)) => {
            Uses::of([Primitive::Rsa, digest(hash)])
        }
        Scheme::Ecdsa(hash) => Uses::of([Primitive::Ec, digest(hash)]),
        Scheme::Dsa(hash) => Uses::of([Primitive::Dsa, digest(hash)]),
        Scheme::Edwards(_) => Uses::of([Primitive::Edwards]),
        Scheme::Sm2 => Uses::of([Primitive::Sm2, Primitive::Sm3]),
    }
}

fn verify_sm2(call: &mut Call<'_, '_>, signed: &[u8], signature: &[u8], key: Ref) -> Result<bool, Stop> {
    if call.curve(key)? != Curve::Named(NamedCurve::Sm2) {
        return Err(Crypto::IllegalValue.into());
    }
    let public = call.ec_public(key)?;
    call.vm.charge(CURVE_COST);
    let Some(identity) = sm2::identity(DEFAULT_IDENTITY, &public) else { return Ok(false) };
    let digest = HashAlgorithm::Sm3.digest(&[identity.as_ref(), signed]);
    let plain = from_der(signature, Curve::Named(NamedCurve::Sm2).order_length());
    Ok(plain.is_some_and(|plain| sm2::verify(&public, digest.as_ref(), &plain)))
}
