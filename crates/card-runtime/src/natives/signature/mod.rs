//! `javacard.security.Signature`, its `OneShot` class, and `SignatureMessageRecovery`.
//!
//! Hidden reference: the key. Hidden words: digest, cipher and padding, which say what is computed ([`methods`]), and the mode.
//! They are what `getInstance` and `init` set, and survive a reset as the API asks; a message under way does not, it is a
//! [`Session`]. An object with message recovery is an instance of `SignatureMessageRecovery`, which the machine holds to be a
//! subclass of `Signature`, as the API's cast from one to the other demands.

mod der;
mod digested;
mod edwards;
mod mac;
mod methods;
mod recovery;
mod sm2;

use card_vm::{Args, Layout, Ref, Stop, Value};

use super::call::Call;
use super::digest::resumed;
use super::keys::{Crypto, Family, Named};
use super::names;
use super::policy;
use super::session::{KEY, Session};
use super::table::{Fields, Row, fields, row};
use crate::crypto::{Hasher, Secret};
use crate::limits::WHOLE_MESSAGE_MAX;
pub(super) use der::from_der;
use methods::{Method, Parts, Recovery, algorithm_of, method_of, parts_of};
pub(crate) use recovery::Recoverable;
pub(super) use sm2::{DEFAULT_IDENTITY, is_on_curve as is_on_sm2};

const SIGNATURE: &[&str] = &["javacard/security/Signature"];
const ONE_SHOT: &[&str] = &["javacard/security/Signature$OneShot"];
const BOTH: &[&str] = &["javacard/security/Signature", "javacard/security/Signature$OneShot"];
const ALL: &[&str] = &[
    "javacard/security/Signature",
    "javacard/security/Signature$OneShot",
    "javacard/security/SignatureMessageRecovery",
];
const UPDATING: &[&str] = &["javacard/security/Signature", "javacard/security/SignatureMessageRecovery"];
const RECOVERING: &[&str] = &["javacard/security/SignatureMessageRecovery"];

const DIGEST: u16 = 1;
const CIPHER: u16 = 2;
const PADDING: u16 = 3;
const MODE: u16 = 4;

/// `Signature.MODE_SIGN` and `MODE_VERIFY`; zero before `init`.
const SIGN: i16 = 1;
const VERIFY: i16 = 2;
/// Added to the mode when `init` was given parameters that are in the session only: a reset takes them away.
const WITH_PARAMETERS: i16 = 0x100;

pub(super) const ROWS: &[Row] = &[
    row(SIGNATURE, "getInstance", "(BZ)Ljavacard/security/Signature;", get_instance),
    row(SIGNATURE, "getInstance", "(BBBZ)Ljavacard/security/Signature;", get_instance_of_parts),
    row(ONE_SHOT, "open", "(BBB)Ljavacard/security/Signature$OneShot;", open),
    row(ALL, "init", "(Ljavacard/security/Key;B)V", init),
    row(BOTH, "init", "(Ljavacard/security/Key;B[BSS)V", init_with_parameters),
    row(BOTH, "setInitialDigest", "([BSS[BSS)V", set_initial_digest),
    row(UPDATING, "update", "([BSS)V", update),
    row(ONE_SHOT, "update", "([BSS)V", |_, _| Err(Crypto::IllegalUse.into())),
    row(BOTH, "sign", "([BSS[BS)S", sign),
    row(BOTH, "verify", "([BSS[BSS)Z", verify),
    row(BOTH, "signPreComputedHash", "([BSS[BS)S", sign_hash),
    row(BOTH, "verifyPreComputedHash", "([BSS[BSS)Z", verify_hash),
    row(ALL, "getLength", "()S", length),
    row(ALL, "getAlgorithm", "()B", algorithm),
    row(BOTH, "getMessageDigestAlgorithm", "()B", |call, args| word(call, args, DIGEST)),
    row(BOTH, "getCipherAlgorithm", "()B", |call, args| word(call, args, CIPHER)),
    row(BOTH, "getPaddingAlgorithm", "()B", |call, args| word(call, args, PADDING)),
    row(RECOVERING, "beginVerify", "([BSS)S", recovery::begin_verify),
    row(RECOVERING, "sign", "([BSS[BS[SS)S", recovery::sign),
    row(RECOVERING, "verify", "([BSS)Z", recovery::verify),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/Signature", Layout { references: 1, words: 4 })];

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, parts_of(args.short(0)).ok_or(Crypto::NoSuchAlgorithm)?)
}

fn get_instance_of_parts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, (args.short(0), args.short(1), args.short(2)))
}

fn make(call: &mut Call<'_, '_>, parts: Parts) -> Result<Value, Stop> {
    let class = match method_of(parts).ok_or(Crypto::NoSuchAlgorithm)? {
        Method::Recovery(_, Recovery::Recovered) => names::SIGNATURE_MESSAGE_RECOVERY,
        Method::Recovery(_, Recovery::Given)
        | Method::Ecdsa(..)
        | Method::Dsa(_)
        | Method::Rsa(..)
        | Method::Edwards(..)
        | Method::Sm2
        | Method::Hmac(_)
        | Method::Chained(..)
        | Method::Cmac => names::SIGNATURE,
    };
    let permit = call.permit(&policy::signature(parts.0, parts.1))?;
    let object = call.new_algorithm(class, permit)?;
    begin(call, object, parts)
}

/// A `OneShot` object signs in one call, so it has no message recovery.
fn open(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let parts = (args.short(0), args.short(1), args.short(2));
    match method_of(parts) {
        None | Some(Method::Recovery(_, Recovery::Recovered)) => Err(Crypto::NoSuchAlgorithm.into()),
        Some(_) => {
            let permit = call.permit(&policy::signature(parts.0, parts.1))?;
            let object = call.open_algorithm(names::SIGNATURE_ONE_SHOT, permit)?;
            begin(call, object, parts)
        }
    }
}

fn begin(call: &mut Call<'_, '_>, object: Ref, (digest, cipher, padding): Parts) -> Result<Value, Stop> {
    for (word, value) in [(DIGEST, digest), (CIPHER, cipher), (PADDING, padding), (MODE, 0)] {
        call.set_word(object, word, value)?;
    }
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn parts(call: &mut Call<'_, '_>, object: Ref) -> Result<Parts, Stop> {
    Ok((call.word(object, DIGEST)?, call.word(object, CIPHER)?, call.word(object, PADDING)?))
}

fn method(call: &mut Call<'_, '_>, object: Ref) -> Result<Method, Stop> {
    method_of(parts(call, object)?).ok_or_else(|| Crypto::NoSuchAlgorithm.into())
}

/// Whether a key can be used for a method in a mode.
fn fits(call: &mut Call<'_, '_>, method: Method, key: Ref, mode: i16) -> Result<bool, Stop> {
    let family = call.key_family(key)?;
    let is_named = matches!(family, Family::XecPublic | Family::XecPrivate);
    let named = if is_named { Some(call.named(key)?) } else { None };
    let signs = mode == SIGN;
    let weierstrass = !is_named || matches!(named, Some(Named::Weierstrass(_)));
    let on_curve = weierstrass
        && if signs {
            matches!(family, Family::EcPrivate | Family::XecPrivate)
        } else {
            matches!(family, Family::EcPublic | Family::XecPublic)
        };
    Ok(match method {
        Method::Ecdsa(..) => on_curve,
        Method::Sm2 => on_curve && sm2::is_on_curve(call, key)?,
        Method::Dsa(_) => family == if signs { Family::DsaPrivate } else { Family::DsaPublic },
        Method::Rsa(..) | Method::Recovery(..) if signs => {
            matches!(family, Family::RsaPrivate | Family::RsaCrt)
        }
        Method::Rsa(..) | Method::Recovery(..) => family == Family::RsaPublic,
        Method::Edwards(wanted, _) => match named {
            Some(Named::Edwards(curve)) => {
                let private = family == Family::XecPrivate;
                private == signs && wanted.allows(curve)
            }
            Some(Named::Montgomery(_) | Named::Weierstrass(_)) | None => false,
        },
        Method::Hmac(_) => family == Family::Hmac,
        Method::Chained(..) | Method::Cmac => mac::fits(call, method, key)?,
    })
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    let (key, mode) = (args.reference(1), args.short(2));
    let method = method(call, object)?;
    if !matches!(mode, SIGN | VERIFY) || !fits(call, method, key, mode)? {
        return Err(Crypto::IllegalValue.into());
    }
    call.require_initialized(key)?;
    call.set_hidden(object, KEY, key)?;
    call.set_word(object, MODE, mode)?;
    call.runtime().sessions.take(object);
    Ok(Value::Void)
}

/// Parameters: a context for EdDSA, the signer's identity for SM2, an initial vector for a CBC-MAC. No other takes any.
fn init_with_parameters(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    let method = method(call, object)?;
    let bytes = call.vm.caller().bytes(args.reference(3), args.short(4), args.short(5))?.to_vec();
    match method {
        Method::Chained(cipher, form) => {
            let vector = mac::chain_of(cipher, &bytes)?;
            init(call, args)?;
            mac::start_with_vector(call, object, (cipher, form), vector)?;
            return Ok(Value::Void);
        }
        Method::Edwards(..) => {
            init(call, args)?;
            edwards::start_with_context(call, object, bytes)?;
        }
        Method::Sm2 => {
            init(call, args)?;
            sm2::start_with_identity(call, object, &bytes)?;
        }
        Method::Ecdsa(..) | Method::Dsa(_) | Method::Rsa(..) | Method::Recovery(..) => {
            return Err(Crypto::IllegalValue.into());
        }
        Method::Hmac(_) | Method::Cmac => return Err(Crypto::IllegalValue.into()),
    }
    call.set_word(object, MODE, args.short(2) | WITH_PARAMETERS)?;
    Ok(Value::Void)
}

fn mode(call: &mut Call<'_, '_>, object: Ref) -> Result<i16, Stop> {
    Ok(call.word(object, MODE)? & !WITH_PARAMETERS)
}

fn require_mode(call: &mut Call<'_, '_>, object: Ref, wanted: i16) -> Result<(), Stop> {
    if mode(call, object)? == wanted { Ok(()) } else { Err(Crypto::InvalidInit.into()) }
}

/// The work under way of an object that was initialised, or its beginning.
fn under_way(call: &mut Call<'_, '_>, object: Ref, method: Method) -> Result<Session, Stop> {
    if let Some(session) = call.runtime().sessions.take(object) {
        return Ok(session);
    }
    if call.word(object, MODE)? & WITH_PARAMETERS != 0 {
        return Err(Crypto::InvalidInit.into());
    }
    Ok(match method {
        Method::Ecdsa(hash, _) | Method::Dsa(hash) | Method::Rsa(hash, _) => Session::Hash(Hasher::new(hash)),
        Method::Recovery(format, _) => Session::Recovery(recovery::started(call, object, format)?),
        Method::Edwards(..) => Session::Message { context: alloc::vec::Vec::new(), bytes: Secret::default() },
        Method::Sm2 => Session::Hash(sm2::started(call, object, sm2::DEFAULT_IDENTITY)?),
        Method::Hmac(_) | Method::Chained(..) | Method::Cmac => {
            Session::Mac(mac::started(call, object, method)?.into())
        }
    })
}

/// Adds the bytes of arguments 1 to 3 to the work under way.
fn absorb(call: &mut Call<'_, '_>, args: &Args) -> Result<Session, Stop> {
    let object = call.receiver(args)?;
    if call.word(object, MODE)? == 0 {
        return Err(Crypto::InvalidInit.into());
    }
    let method = method(call, object)?;
    let mut session = under_way(call, object, method)?;
    let given = call.worked_on(args, 1)?;
    match &mut session {
        Session::Hash(hasher) => hasher.update(given),
        Session::Mac(mac) => mac.update(given),
        Session::Recovery(recoverable) => recoverable.update(given)?,
        Session::Message { bytes, .. } if bytes.len() + given.len() <= WHOLE_MESSAGE_MAX => {
            bytes.extend_from_slice(given);
        }
        Session::Message { .. } => return Err(Crypto::IllegalUse.into()),
        Session::Cipher { .. } | Session::Stream(_) => return Err(Crypto::InvalidInit.into()),
    }
    Ok(session)
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let session = absorb(call, args)?;
    call.runtime().sessions.put(args.reference(0), session);
    Ok(Value::Void)
}

/// Only for what digests its message first, and before any of the message.
fn set_initial_digest(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    if call.word(object, MODE)? == 0 {
        return Err(Crypto::InvalidInit.into());
    }
    let (Method::Ecdsa(hash, _) | Method::Dsa(hash) | Method::Rsa(hash, _)) = method(call, object)? else {
        return Err(Crypto::IllegalUse.into());
    };
    let hasher = resumed(call, args, hash)?;
    call.runtime().sessions.put(object, Session::Hash(hasher));
    Ok(Value::Void)
}

fn sign(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    require_mode(call, object, SIGN)?;
    let signature = match absorb(call, args)? {
        Session::Hash(hasher) => digested::sign(call, object, hasher.finish().as_ref())?,
        Session::Mac(mac) => mac.finish().map_err(|_| Crypto::IllegalUse)?.as_ref().to_vec(),
        Session::Message { context, bytes } => edwards::sign(call, object, context, &bytes)?,
        Session::Recovery(work) => recovery::signed(call, object, work)?.0,
        Session::Cipher { .. } | Session::Stream(_) => return Err(Crypto::InvalidInit.into()),
    };
    call.give(args.reference(4), args.short(5), &signature)
}

fn verify(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    require_mode(call, object, VERIFY)?;
    let session = absorb(call, args)?;
    let signature = call.vm.caller().bytes(args.reference(4), args.short(5), args.short(6))?.to_vec();
    let right = match session {
        Session::Hash(hasher) => digested::verify(call, object, hasher.finish().as_ref(), &signature)?,
        Session::Mac(mac) => mac::matches(*mac, &signature)?,
        Session::Message { context, bytes } => edwards::verify(call, object, context, &bytes, &signature)?,
        Session::Recovery(work) => recovery::verified(call, object, work, &signature)?,
        Session::Cipher { .. } | Session::Stream(_) => return Err(Crypto::InvalidInit.into()),
    };
    Ok(right.into())
}

fn sign_hash(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    require_mode(call, object, SIGN)?;
    let digest = digested::given(call, args)?;
    let signature = if matches!(method(call, object)?, Method::Edwards(..)) {
        edwards::sign_digest(call, object, &digest)?
    } else {
        digested::sign(call, object, &digest)?
    };
    call.give(args.reference(4), args.short(5), &signature)
}

fn verify_hash(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    require_mode(call, object, VERIFY)?;
    let digest = digested::given(call, args)?;
    let signature = call.vm.caller().bytes(args.reference(4), args.short(5), args.short(6))?.to_vec();
    let right = if matches!(method(call, object)?, Method::Edwards(..)) {
        edwards::verify_digest(call, object, &digest, &signature)?
    } else {
        digested::verify(call, object, &digest, &signature)?
    };
    Ok(right.into())
}

/// Bytes of a signature, the longest where it varies. Of an object without a key, what its algorithm alone says.
fn length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    let method = method(call, object)?;
    let length = match method {
        Method::Hmac(_) | Method::Chained(..) | Method::Cmac => mac::length(method),
        Method::Ecdsa(..)
        | Method::Dsa(_)
        | Method::Rsa(..)
        | Method::Recovery(..)
        | Method::Edwards(..)
        | Method::Sm2 => {
            let key = call.hidden(object, KEY)?;
            if key.is_null() {
                return Err(Crypto::InvalidInit.into());
            }
            digested::length(call, method, key)?
        }
    };
    Ok(Value::Short(i16::try_from(length).unwrap_or_default()))
}

fn word(call: &mut Call<'_, '_>, args: &Args, word: u16) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    call.word(object, word).map(Value::Short)
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    Ok(Value::Short(algorithm_of(parts(call, object)?)))
}
