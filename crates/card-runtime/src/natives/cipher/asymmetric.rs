//! Encryption with public keys: RSA without padding, with PKCS #1's and with OAEP, and SM2.
//!
//! The object's algorithm word holds `CIPHER_*` and `PAD_*`, a byte each, which tells such an object from one with a block
//! cipher. The message is gathered and transformed at the end. RSA works in both directions with both keys: what is encrypted
//! with the private key is padded as a signature is.

use card_vm::{Args, Ref, Stop, Value};

use super::{ALGORITHM, DECRYPT, ENCRYPT, KEY, MODE};
use crate::crypto::rsa::pss::Hashes;
use crate::crypto::rsa::{RsaError, oaep, pkcs1};
use crate::crypto::{HashAlgorithm, Secret, sm2};
use crate::limits::{CURVE_COST, POWER_COST, WHOLE_MESSAGE_MAX};
use crate::natives::call::Call;
use crate::natives::keys::{Crypto, Family};
use crate::natives::names;
use crate::natives::session::Session;

/// `Cipher.CIPHER_RSA` and `CIPHER_SM2`.
const RSA: i16 = 7;
const SM2: i16 = 13;

/// What an object does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Bare,
    Pkcs1,
    Oaep(HashAlgorithm),
    Sm2,
}

/// The method of a `CIPHER_*` and a `PAD_*`. OAEP's mask uses the label's digest.
fn method_of(cipher: i16, padding: i16) -> Option<Method> {
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

/// `Cipher.ALG_*` with their `PAD_*`. ISO 14888 and ISO 9796 (9 and 11) the API itself has given up.
const ALGORITHMS: [(i16, i16); 3] = [(10, 7), (12, 1), (15, 9)];

/// The word of an `ALG_*`, if it is one of a public key.
pub(super) fn word_of_algorithm(algorithm: i16) -> Option<i16> {
    let (_, padding) = ALGORITHMS.iter().find(|row| row.0 == algorithm)?;
    word_of(RSA, *padding)
}

/// The word of a `CIPHER_*` and a `PAD_*`, if they are.
pub(super) fn word_of(cipher: i16, padding: i16) -> Option<i16> {
    method_of(cipher, padding).map(|_| cipher << 8 | padding)
}

/// Whether an algorithm word is one of a public key's.
pub(super) fn is_word(word: i16) -> bool {
    method(word).is_some()
}

fn method(word: i16) -> Option<Method> {
    method_of(word >> 8, word & 0xFF)
}

/// `getAlgorithm`, `getCipherAlgorithm`, `getPaddingAlgorithm` of a word.
pub(super) fn names_of(word: i16) -> (i16, i16, i16) {
    let (cipher, padding) = (word >> 8, word & 0xFF);
    let known = ALGORITHMS.iter().find(|row| cipher == RSA && row.1 == padding);
    (known.map_or(0, |row| row.0), cipher, padding)
}

/// Makes an object of a word.
pub(super) fn make(call: &mut Call<'_, '_>, word: i16) -> Result<Value, Stop> {
    let object = call.new_instance(names::CIPHER)?;
    call.set_word(object, ALGORITHM, word)?;
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn own(call: &mut Call<'_, '_>, object: Ref) -> Result<Method, Stop> {
    method(call.word(object, ALGORITHM)?).ok_or_else(|| Crypto::NoSuchAlgorithm.into())
}

/// Both of RSA's keys do for both directions, except with OAEP; SM2 encrypts to public keys.
pub(super) fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, key, mode) = (args.reference(0), args.reference(1), args.short(2));
    let family = call.key_family(key)?;
    let public = matches!(family, Family::RsaPublic | Family::EcPublic | Family::XecPublic);
    let of_rsa = matches!(family, Family::RsaPublic | Family::RsaPrivate | Family::RsaCrt);
    let fits = match own(call, object)? {
        Method::Bare | Method::Pkcs1 => of_rsa,
        Method::Oaep(_) => of_rsa && public == (mode == ENCRYPT),
        Method::Sm2 if public => mode == ENCRYPT && !of_rsa,
        Method::Sm2 => mode == DECRYPT && matches!(family, Family::EcPrivate | Family::XecPrivate),
    };
    if !fits || !matches!(mode, DECRYPT | ENCRYPT) {
        return Err(Crypto::IllegalValue.into());
    }
    call.require_initialized(key)?;
    if own(call, object)? == Method::Sm2 && !crate::natives::signature::is_on_sm2(call, key)? {
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
    let method = own(call, object)?;
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
        call.vm.charge(POWER_COST);
        key.apply(input)
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
