//! `javacard.security.Signature`: ECDSA in DER or plain form, HMAC, CMAC, CBC-MAC.
//!
//! Hidden reference: the key. Hidden words: algorithm, digest, cipher, mode. They are what `init` set, and survive a reset
//! as the API asks; a message under way does not, it is a [`Session`].

use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Ref, Stop, Value};
use subtle::ConstantTimeEq;

use super::call::Call;
use super::digest::hash_of;
use super::keys::{Crypto, Family};
use super::names;
use super::session::Session;
use super::table::{Fields, Row, fields, row};
use crate::crypto::{AesKey, BLOCK, HashAlgorithm, Hasher, Mac, P256_SIGNATURE};

const SIGNATURE: &[&str] = &["javacard/security/Signature"];

const KEY: u16 = 0;
const ALGORITHM: u16 = 1;
const DIGEST: u16 = 2;
const CIPHER: u16 = 3;
const MODE: u16 = 4;

/// `Signature.MODE_SIGN` and `MODE_VERIFY`; zero before `init`.
const SIGN: i16 = 1;
const VERIFY: i16 = 2;

pub(super) const ROWS: &[Row] = &[
    row(SIGNATURE, "getInstance", "(BZ)Ljavacard/security/Signature;", get_instance),
    row(SIGNATURE, "getInstance", "(BBBZ)Ljavacard/security/Signature;", get_instance_of_parts),
    row(SIGNATURE, "init", "(Ljavacard/security/Key;B)V", init),
    row(SIGNATURE, "init", "(Ljavacard/security/Key;B[BSS)V", init_with_vector),
    row(SIGNATURE, "update", "([BSS)V", update),
    row(SIGNATURE, "sign", "([BSS[BS)S", sign),
    row(SIGNATURE, "verify", "([BSS[BSS)Z", verify),
    row(SIGNATURE, "signPreComputedHash", "([BSS[BS)S", sign_hash),
    row(SIGNATURE, "verifyPreComputedHash", "([BSS[BSS)Z", verify_hash),
    row(SIGNATURE, "getLength", "()S", length),
    row(SIGNATURE, "getAlgorithm", "()B", algorithm),
    row(SIGNATURE, "getMessageDigestAlgorithm", "()B", digest_algorithm),
    row(SIGNATURE, "getCipherAlgorithm", "()B", cipher_algorithm),
    row(SIGNATURE, "getPaddingAlgorithm", "()B", padding_algorithm),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/Signature", Layout { references: 1, words: 4 })];

/// What a signature object computes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    /// ECDSA over a digest, as DER.
    Ecdsa(HashAlgorithm),
    /// ECDSA over a digest, as r || s.
    EcdsaPlain(HashAlgorithm),
    Hmac(HashAlgorithm),
    CbcMac,
    Cmac,
}

/// The method of a digest and a `Signature.SIG_CIPHER_*`.
fn method_of(digest: i16, cipher: i16) -> Option<Method> {
    match (cipher, hash_of(digest)) {
        (5, Some(hash)) => Some(Method::Ecdsa(hash)),
        (9, Some(hash)) => Some(Method::EcdsaPlain(hash)),
        (7, Some(hash)) => Some(Method::Hmac(hash)),
        (6, None) if digest == 0 => Some(Method::CbcMac),
        (10, None) if digest == 0 => Some(Method::Cmac),
        _ => None,
    }
}

/// Digest and cipher of a `Signature.ALG_*`.
fn parts_of(algorithm: i16) -> Option<(i16, i16)> {
    Some(match algorithm {
        17 => (1, 5),
        33 => (4, 5),
        34 => (5, 5),
        37 => (7, 5),
        38 => (6, 5),
        24 => (1, 7),
        25 => (4, 7),
        26 => (5, 7),
        27 => (6, 7),
        18 => (0, 6),
        49 => (0, 10),
        _ => return None,
    })
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (digest, cipher) = parts_of(args.short(0)).ok_or(Crypto::NoSuchAlgorithm)?;
    make(call, args.short(0), digest, cipher)
}

/// `Cipher.PAD_NULL` and, for what needs no padding, `PAD_NOPAD` are the only paddings.
fn get_instance_of_parts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if !matches!(args.short(2), 0 | 1) {
        return Err(Crypto::NoSuchAlgorithm.into());
    }
    make(call, 0, args.short(0), args.short(1))
}

fn make(call: &mut Call<'_, '_>, algorithm: i16, digest: i16, cipher: i16) -> Result<Value, Stop> {
    method_of(digest, cipher).ok_or(Crypto::NoSuchAlgorithm)?;
    let object = call.new_instance(names::SIGNATURE)?;
    for (word, value) in [(ALGORITHM, algorithm), (DIGEST, digest), (CIPHER, cipher)] {
        call.set_word(object, word, value)?;
    }
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn method(call: &mut Call<'_, '_>, object: Ref) -> Result<Method, Stop> {
    let (digest, cipher) = (call.word(object, DIGEST)?, call.word(object, CIPHER)?);
    method_of(digest, cipher).ok_or_else(|| Crypto::NoSuchAlgorithm.into())
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, key, mode) = (args.reference(0), args.reference(1), args.short(2));
    let method = method(call, object)?;
    let family = call.key_family(key)?;
    let fits = match method {
        Method::Ecdsa(_) | Method::EcdsaPlain(_) => match mode {
            SIGN => family == Family::EcPrivate,
            _ => family == Family::EcPublic,
        },
        Method::Hmac(_) => family == Family::Hmac,
        Method::CbcMac | Method::Cmac => family == Family::Aes,
    };
    if !fits || !matches!(mode, SIGN | VERIFY) {
        return Err(Crypto::IllegalValue.into());
    }
    if call.material(key)?.is_empty() {
        return Err(Crypto::UninitializedKey.into());
    }
    call.set_hidden(object, KEY, key)?;
    call.set_word(object, MODE, mode)?;
    call.runtime().sessions.take(object);
    Ok(Value::Void)
}

/// Only a CBC-MAC has an initial vector; it holds until the message ends.
fn init_with_vector(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    if method(call, object)? != Method::CbcMac {
        return Err(Crypto::IllegalValue.into());
    }
    let bytes = call.vm.caller().bytes(args.reference(3), args.short(4), args.short(5))?;
    let vector: [u8; BLOCK] = bytes.try_into().map_err(|_| Crypto::IllegalValue)?;
    init(call, args)?;
    let key = aes_key(call, object)?;
    call.runtime().sessions.put(object, Session::Mac(Mac::cbc(key, vector)));
    Ok(Value::Void)
}

fn aes_key(call: &mut Call<'_, '_>, object: Ref) -> Result<AesKey, Stop> {
    let key = call.hidden(object, KEY)?;
    AesKey::new(call.material(key)?).map_err(|_| Crypto::UninitializedKey.into())
}

/// The work under way of an object that was initialised, or its beginning.
fn under_way(call: &mut Call<'_, '_>, object: Ref, method: Method) -> Result<Session, Stop> {
    if let Some(session) = call.runtime().sessions.take(object) {
        return Ok(session);
    }
    Ok(match method {
        Method::Ecdsa(hash) | Method::EcdsaPlain(hash) => Session::Hash(Hasher::new(hash)),
        Method::Hmac(hash) => {
            let key = call.hidden(object, KEY)?;
            let material = call.material(key)?;
            if material.is_empty() {
                return Err(Crypto::UninitializedKey.into());
            }
            Session::Mac(Mac::hmac(hash, material))
        }
        Method::Cmac => Session::Mac(Mac::cmac(&aes_key(call, object)?)),
        Method::CbcMac => Session::Mac(Mac::cbc(aes_key(call, object)?, [0; BLOCK])),
    })
}

/// Adds the bytes of three arguments to the work under way.
fn absorb(call: &mut Call<'_, '_>, args: &Args) -> Result<Session, Stop> {
    let object = args.reference(0);
    if call.word(object, MODE)? == 0 {
        return Err(Crypto::InvalidInit.into());
    }
    let method = method(call, object)?;
    let mut session = under_way(call, object, method)?;
    let bytes = call.worked_on(args, 1)?;
    match &mut session {
        Session::Hash(hasher) => hasher.update(bytes),
        Session::Mac(mac) => mac.update(bytes),
        Session::Cipher { .. } => return Err(Crypto::InvalidInit.into()),
    }
    Ok(session)
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let session = absorb(call, args)?;
    call.runtime().sessions.put(args.reference(0), session);
    Ok(Value::Void)
}

fn sign(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    require_mode(call, object, SIGN)?;
    let signature = match absorb(call, args)? {
        Session::Hash(hasher) => sign_digest(call, object, hasher.finish().as_ref())?,
        Session::Mac(mac) => mac.finish().map_err(|_| Crypto::IllegalUse)?.as_ref().to_vec(),
        Session::Cipher { .. } => return Err(Crypto::InvalidInit.into()),
    };
    give(call, args, &signature)
}

fn sign_hash(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    require_mode(call, object, SIGN)?;
    let digest = given_hash(call, args)?;
    let signature = sign_digest(call, object, &digest)?;
    give(call, args, &signature)
}

fn give(call: &mut Call<'_, '_>, args: &Args, signature: &[u8]) -> Result<Value, Stop> {
    call.vm.caller().write(args.reference(4), args.short(5), signature, Atomicity::Transactional)?;
    Ok(Value::Short(i16::try_from(signature.len()).unwrap_or_default()))
}

/// A digest that the applet computed itself: of the algorithm's length, and only for ECDSA.
fn given_hash(call: &mut Call<'_, '_>, args: &Args) -> Result<Vec<u8>, Stop> {
    let (Method::Ecdsa(hash) | Method::EcdsaPlain(hash)) = method(call, args.reference(0))? else {
        return Err(Crypto::IllegalUse.into());
    };
    let bytes = call.worked_on(args, 1)?;
    if bytes.len() == hash.length() { Ok(bytes.to_vec()) } else { Err(Crypto::IllegalUse.into()) }
}

fn require_mode(call: &mut Call<'_, '_>, object: Ref, mode: i16) -> Result<(), Stop> {
    if call.word(object, MODE)? == mode { Ok(()) } else { Err(Crypto::InvalidInit.into()) }
}

/// What ECDSA signs of a digest: its leftmost 256 bits (FIPS 186-5, 6.4.1), or all of a shorter one as a number.
fn leftmost(digest: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let start = 32_usize.saturating_sub(digest.len());
    out.iter_mut().skip(start).zip(digest).for_each(|(to, from)| *to = *from);
    out
}

fn sign_digest(call: &mut Call<'_, '_>, object: Ref, digest: &[u8]) -> Result<Vec<u8>, Stop> {
    let key = call.hidden(object, KEY)?;
    let scalar = call.scalar(key)?;
    let plain = call.engine().sign(&scalar, &leftmost(digest)).map_err(|_| Crypto::UninitializedKey)?;
    Ok(match method(call, object)? {
        Method::Ecdsa(_) => to_der(&plain),
        Method::EcdsaPlain(_) | Method::Hmac(_) | Method::CbcMac | Method::Cmac => plain.to_vec(),
    })
}

fn verify(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    require_mode(call, object, VERIFY)?;
    match absorb(call, args)? {
        Session::Hash(hasher) => verify_digest(call, args, hasher.finish().as_ref()),
        Session::Mac(mac) => {
            let mac = mac.finish().map_err(|_| Crypto::IllegalUse)?;
            let given = call.vm.caller().bytes(args.reference(4), args.short(5), args.short(6))?;
            Ok(bool::from(mac.as_ref().ct_eq(given)).into())
        }
        Session::Cipher { .. } => Err(Crypto::InvalidInit.into()),
    }
}

fn verify_hash(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    require_mode(call, args.reference(0), VERIFY)?;
    let digest = given_hash(call, args)?;
    verify_digest(call, args, &digest)
}

fn verify_digest(call: &mut Call<'_, '_>, args: &Args, digest: &[u8]) -> Result<Value, Stop> {
    let object = args.reference(0);
    let plain = matches!(method(call, object)?, Method::EcdsaPlain(_));
    let given = call.vm.caller().bytes(args.reference(4), args.short(5), args.short(6))?;
    let signature = if plain { given.try_into().ok() } else { from_der(given) };
    let key = call.hidden(object, KEY)?;
    let point = call.point(key)?;
    let Some(signature) = signature else { return Ok(false.into()) };
    Ok(call.engine().verify(&point, &leftmost(digest), &signature).into())
}

fn length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(match method(call, args.reference(0))? {
        Method::Ecdsa(_) => 72,
        Method::EcdsaPlain(_) => 64,
        Method::Hmac(hash) => i16::try_from(hash.length()).unwrap_or_default(),
        Method::CbcMac | Method::Cmac => 16,
    }))
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), ALGORITHM).map(Value::Short)
}

fn digest_algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), DIGEST).map(Value::Short)
}

fn cipher_algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), CIPHER).map(Value::Short)
}

/// `Cipher.PAD_NULL`.
fn padding_algorithm(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(0))
}

/// SEQUENCE of two INTEGERs (SEC 1, C.5).
fn to_der(plain: &[u8; P256_SIGNATURE]) -> Vec<u8> {
    let (r, s) = plain.split_at(P256_SIGNATURE / 2);
    let mut body = Vec::with_capacity(72);
    for number in [r, s] {
        let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len() - 1);
        let number = number.get(start..).unwrap_or_default();
        let sign = number.first().is_some_and(|byte| byte & 0x80 != 0);
        let [length, ..] = (number.len() + usize::from(sign)).to_le_bytes();
        body.extend_from_slice(&[0x02, length]);
        body.extend(sign.then_some(0));
        body.extend_from_slice(number);
    }
    let [length, ..] = body.len().to_le_bytes();
    body.splice(0..0, [0x30, length]);
    body
}

/// The other way round; only the one DER form of a signature is taken.
fn from_der(der: &[u8]) -> Option<[u8; P256_SIGNATURE]> {
    let (&[0x30, length], mut rest) = der.split_first_chunk::<2>()? else { return None };
    if rest.len() != usize::from(length) {
        return None;
    }
    let mut plain = [0; P256_SIGNATURE];
    for half in plain.chunks_mut(P256_SIGNATURE / 2) {
        let (&[0x02, length], body) = rest.split_first_chunk::<2>()? else { return None };
        let (number, after) = body.split_at_checked(usize::from(length))?;
        let digits = number.strip_prefix(&[0]).unwrap_or(number);
        let start = half.len().checked_sub(digits.len())?;
        half.get_mut(start..)?.copy_from_slice(digits);
        rest = after;
    }
    (rest.is_empty() && to_der(&plain) == der).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_come_back_from_der() {
        for bytes in [[0x01; 64], [0x80; 64], [0xFF; 64]] {
            assert_eq!(from_der(&to_der(&bytes)), Some(bytes));
        }
        let mut small = [0; 64];
        small[31] = 1;
        small[63] = 0x80;
        assert_eq!(to_der(&small), [0x30, 7, 2, 1, 1, 2, 2, 0, 0x80]);
        assert_eq!(from_der(&to_der(&small)), Some(small));
    }

    #[test]
    fn only_the_one_form_of_a_der_signature_is_taken() {
        let good = to_der(&[0x21; 64]);
        for cut in 0..good.len() {
            assert_eq!(from_der(&good[..cut]), None);
        }
        let padded = [&[0x30, 0x45, 2, 0x21, 0][..], &good[4..]].concat();
        assert_eq!(from_der(&padded), None);
    }
}
