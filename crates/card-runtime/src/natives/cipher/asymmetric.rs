//! Encryption with public keys: RSA without padding, with PKCS #1's and with OAEP, and SM2.
//!
//! The message is gathered and transformed at the end. RSA works in both directions with both keys: what is encrypted
//! with the private key is padded as a signature is.

use card_vm::{Args, Ref, Stop, Value};

use super::{DECRYPT, ENCRYPT, KEY, MODE};
use crate::crypto::rsa::pss::Hashes;
use crate::crypto::rsa::{RsaError, oaep, pkcs1};
use crate::crypto::{HashAlgorithm, Secret, sm2};
use crate::limits::{CURVE_COST, POWER_COST, WHOLE_MESSAGE_MAX};
use crate::natives::call::Call;
use crate::natives::keys::{Crypto, Family};
use crate::natives::policy;
use crate::natives::session::Session;
use crate::policy::{Primitive, Uses};

/// `Cipher.CIPHER_RSA` and `CIPHER_SM2`.
const RSA: i16 = 7;
const SM2: i16 = 13;

/// What an object does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Bare,
    Pkcs1,
    Oaep(HashAlgorithm),
    Sm2,
}

impl Method {
    /// What the card's policy is asked for.
    pub(super) fn uses(self) -> Uses {
        match self {
            Self::Bare | Self::Pkcs1 => Uses::of([Primitive::Rsa]),
            Self::Oaep(hash) => Uses::of([Primitive::Rsa, policy::digest(hash)]),
            Self::Sm2 => Uses::of([Primitive::Sm2]),
        }
    }
}

/// The method of a `CIPHER_*` and a `PAD_*`. OAEP's mask uses the label's digest.
pub(super) fn method_of(cipher: i16, padding: i16) -> Option<Method> {
    match (cipher, padding) {
        (RSA, 1) => Some(Method::Bare),
        (RSA, 7) => Some(Method::Pkcs1),
        (RSA, 9) => Some(Method::Oaep(HashAlgorithm::Sha1)),
        (RSA, 13) => Some(Method::Oaep(HashAlgorithm::Sha224)),
        (RSA, 14) => Some(Method::Oaep(HashAlgorithm::Sha256)),
        (RSA, 15) => Some(Method::Oaep(HashAlgorithm::Sha384)),
        (RSA, 16) => Some(Method::Oaep(HashAlgorithm::Sha512)),
        (RSA, 17) => Some(Method::Oaep(HashAlgorithm::Sha3_224)),
        (RSA, 18) => Some(Method::Oaep(HashAlgorithm::Sha3_256)),
        (RSA, 19) => Some(Method::Oaep(HashAlgorithm::Sha3_384)),
        (RSA, 20) => Some(Method::Oaep(HashAlgorithm::Sha3_512)),
        (SM2, 0 | 1) => Some(Method::Sm2),
        (_, _) => None,
    }
}

/// Both of RSA's keys do for both directions, except with OAEP; SM2 encrypts to public keys.
pub(super) fn init(call: &mut Call<'_, '_>, args: &Args, method: Method) -> Result<Value, Stop> {
    let (object, key, mode) = (args.reference(0), args.reference(1), args.short(2));
    let family = call.key_family(key)?;
    let public = matches!(family, Family::RsaPublic | Family::EcPublic | Family::XecPublic);
    let of_rsa = matches!(family, Family::RsaPublic | Family::RsaPrivate | Family::RsaCrt);
    let fits = match method {
        Method::Bare | Method::Pkcs1 => of_rsa,
        Method::Oaep(_) => of_rsa && public == (mode == ENCRYPT),
        Method::Sm2 if public => mode == ENCRYPT && !of_rsa,
        Method::Sm2 => mode == DECRYPT && matches!(family, Family::EcPrivate | Family::XecPrivate),
    };
    if !fits || !matches!(mode, DECRYPT | ENCRYPT) {
        return Err(Crypto::IllegalValue.into());
    }
    call.require_initialized(key)?;
    if method == Method::Sm2 && !crate::natives::signature::is_on_sm2(call, key)? {
        return Err(Crypto::IllegalValue.into());
    }
    call.set_hidden(object, KEY, key)?;
    call.set_word(object, MODE, mode)?;
    call.runtime().sessions.take(object);
    Ok(Value::Void)
}

/// All of the message so far, with the bytes given.
fn gathered(call: &mut Call<'_, '_>, object: Ref, given: &[u8]) -> Result<Secret, Stop> {
    if call.word(object, MODE)? == 0 {
        return Err(Crypto::InvalidInit.into());
    }
    let mut message = match call.runtime().sessions.take(object) {
        Some(Session::Message { bytes, .. }) => bytes,
        Some(_) | None => Secret::default(),
    };
    if message.len() + given.len() > WHOLE_MESSAGE_MAX {
        return Err(Crypto::IllegalUse.into());
    }
    message.extend_from_slice(given);
    Ok(message)
}

/// Keeps the bytes; nothing comes out before the end.
pub(super) fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let given = Secret::new(call.worked_on(args, 1)?.to_vec());
    let bytes = gathered(call, args.reference(0), &given)?;
    let session = Session::Message { context: alloc::vec::Vec::new(), bytes };
    call.runtime().sessions.put(args.reference(0), session);
    Ok(Value::Short(0))
}

/// Transforms the message and the bytes given.
pub(super) fn finish(call: &mut Call<'_, '_>, object: Ref, given: &[u8]) -> Result<Secret, Stop> {
    let message = gathered(call, object, given)?;
    let key = call.hidden(object, KEY)?;
    call.require_initialized(key)?;
    let super::Method::Asymmetric(method) = super::method(call, object)? else {
        return Err(Crypto::IllegalUse.into());
    };
    let encrypts = call.word(object, MODE)? == ENCRYPT;
    if method == Method::Sm2 {
        return by_sm2(call, key, &message, encrypts);
    }
    let length = usize::try_from(call.key_bits(key)?).unwrap_or(0).div_ceil(8);
    let private = call.key_family(key)? != Family::RsaPublic;
    let wrong = |_: RsaError| Stop::from(Crypto::IllegalUse);
    if !encrypts {
        let encoded = power(call, key, &message)?;
        return match (method, private) {
            (Method::Bare, _) => Ok(encoded),
            (Method::Pkcs1, true) => pkcs1::unpad(&encoded).map_err(wrong),
            (Method::Pkcs1, false) => pkcs1::unpad_private(&encoded).map_err(wrong),
            (Method::Oaep(hash), _) => oaep::unpad(Hashes { hash, mask: hash }, &[], &encoded).map_err(wrong),
            (Method::Sm2, _) => Err(Crypto::IllegalUse.into()),
        };
    }
    let (_, random) = call.arithmetic(0);
    let encoded = match (method, private) {
        (Method::Bare, _) => message,
        (Method::Pkcs1, false) => pkcs1::pad(&message, length, random).map_err(wrong)?,
        (Method::Pkcs1, true) => pkcs1::pad_private(&message, length).map_err(wrong)?,
        (Method::Oaep(hash), _) => {
            oaep::pad(Hashes { hash, mask: hash }, &[], &message, length, random).map_err(wrong)?
        }
        (Method::Sm2, _) => return Err(Crypto::IllegalUse.into()),
    };
    power(call, key, &encoded)
}

/// RSA with whichever key it is.
fn power(call: &mut Call<'_, '_>, key: Ref, input: &[u8]) -> Result<Secret, Stop> {
    let result = if call.key_family(key)? == Family::RsaPublic {
        let key = call.rsa_public(key)?;
        call.vm.charge(CURVE_COST);
        key.apply(input).map(Secret::new)
    } else {
        let key = call.rsa_private(key)?;
        let (_, random) = call.arithmetic(POWER_COST);
        key.apply(input, random)
    };
    result.map_err(|_| Crypto::IllegalUse.into())
}

fn by_sm2(call: &mut Call<'_, '_>, key: Ref, message: &[u8], encrypts: bool) -> Result<Secret, Stop> {
    let result = if encrypts {
        let public = call.ec_public(key)?;
        let (_, random) = call.arithmetic(2 * CURVE_COST);
        sm2::encrypt(&public, message, random).map(Secret::new)
    } else {
        let secret = call.ec_secret(key)?;
        call.vm.charge(CURVE_COST);
        sm2::decrypt(&secret, message)
    };
    result.map_err(|_| Crypto::IllegalUse.into())
}
