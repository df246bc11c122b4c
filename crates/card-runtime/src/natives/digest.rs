//! `javacard.security.MessageDigest`, `InitializedMessageDigest` and their `OneShot` classes. Hidden word: the algorithm.
//!
//! A digest under way is a [`Session`]. One of a message whose beginning was digested elsewhere goes on from the state
//! between two blocks, as the digest's own standard writes it: 32 bytes for SHA-224, 64 for SHA-384, else as long as the
//! digest. Keccak's state is not given out, so SHA-3 has no such object, which `isIntermediateMessageDigestSupported` says.

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::call::Call;
use super::keys::Crypto;
use super::names;
use super::policy::{self, AlgorithmClass};
use super::session::Session;
use super::table::{Fields, Row, fields, row};
use crate::crypto::{HashAlgorithm, Hasher};

const DIGEST: &[&str] = &["javacard/security/MessageDigest"];
const DIGEST_ONE_SHOT: &[&str] = &["javacard/security/MessageDigest$OneShot"];
const INITIALIZED_ONE_SHOT: &[&str] = &["javacard/security/InitializedMessageDigest$OneShot"];
const INITIALIZED: &[&str] =
    &["javacard/security/InitializedMessageDigest", "javacard/security/InitializedMessageDigest$OneShot"];
const ANY: &[&str] = &[
    "javacard/security/MessageDigest",
    "javacard/security/InitializedMessageDigest",
    "javacard/security/MessageDigest$OneShot",
    "javacard/security/InitializedMessageDigest$OneShot",
];
const ALGORITHM: u16 = 0;

pub(super) const ROWS: &[Row] = &[
    row(DIGEST, "getInstance", "(BZ)Ljavacard/security/MessageDigest;", get_instance),
    row(
        DIGEST,
        "getInitializedMessageDigestInstance",
        "(BZ)Ljavacard/security/InitializedMessageDigest;",
        get_initialized,
    ),
    row(DIGEST, "isIntermediateMessageDigestSupported", "(B)Z", is_intermediate_supported),
    row(DIGEST_ONE_SHOT, "open", "(B)Ljavacard/security/MessageDigest$OneShot;", open),
    row(
        INITIALIZED_ONE_SHOT,
        "open",
        "(B)Ljavacard/security/InitializedMessageDigest$OneShot;",
        open_initialized,
    ),
    row(ANY, "doFinal", "([BSS[BS)S", do_final),
    row(ANY, "doIntermediateMessageDigest", "([BS)S", do_intermediate),
    row(ANY, "getAlgorithm", "()B", algorithm),
    row(ANY, "getLength", "()B", length),
    row(ANY, "reset", "()V", reset),
    row(ANY, "update", "([BSS)V", update),
    row(INITIALIZED, "setInitialDigest", "([BSS[BSS)V", set_initial_digest),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/MessageDigest", Layout { references: 0, words: 1 })];

/// The digest of a `MessageDigest.ALG_*`.
pub(super) fn hash_of(algorithm: i16) -> Option<HashAlgorithm> {
    Some(match algorithm {
        1 => HashAlgorithm::Sha1,
        2 => HashAlgorithm::Md5,
        3 => HashAlgorithm::Ripemd160,
        4 => HashAlgorithm::Sha256,
        5 => HashAlgorithm::Sha384,
        6 => HashAlgorithm::Sha512,
        7 => HashAlgorithm::Sha224,
        8 => HashAlgorithm::Sha3_224,
        9 => HashAlgorithm::Sha3_256,
        10 => HashAlgorithm::Sha3_384,
        11 => HashAlgorithm::Sha3_512,
        12 => HashAlgorithm::Sm3,
        _ => return None,
    })
}

/// The same, if its state can be taken out and put back.
fn resumable(algorithm: i16) -> Option<HashAlgorithm> {
    hash_of(algorithm).filter(|hash| hash.resumable_block().is_some())
}

impl Call<'_, '_> {
    /// The digest under way of an object, or a new one.
    pub(super) fn hasher(&mut self, object: Ref, algorithm: HashAlgorithm) -> Hasher {
        match self.runtime().sessions.take(object) {
            Some(Session::Hash(hasher)) => hasher,
            Some(
                Session::Mac(_)
                | Session::Cipher { .. }
                | Session::Message { .. }
                | Session::Recovery(_)
                | Session::Stream(_),
            )
            | None => Hasher::new(algorithm),
        }
    }
}

/// The receiver and its algorithm.
fn own(call: &mut Call<'_, '_>, args: &Args) -> Result<(Ref, HashAlgorithm), Stop> {
    let object = call.receiver(args)?;
    let algorithm = hash_of(call.word(object, ALGORITHM)?).ok_or(Crypto::NoSuchAlgorithm)?;
    Ok((object, algorithm))
}

fn make(
    call: &mut Call<'_, '_>,
    class: AlgorithmClass,
    hash: Option<HashAlgorithm>,
    algorithm: i16,
) -> Result<Value, Stop> {
    let permit = call.permit(&policy::digests([hash.ok_or(Crypto::NoSuchAlgorithm)?]))?;
    let object = call.new_algorithm(class, permit)?;
    begin(call, object, algorithm)
}

fn lend(
    call: &mut Call<'_, '_>,
    class: AlgorithmClass,
    hash: Option<HashAlgorithm>,
    algorithm: i16,
) -> Result<Value, Stop> {
    let permit = call.permit(&policy::digests([hash.ok_or(Crypto::NoSuchAlgorithm)?]))?;
    let object = call.open_algorithm(class, permit)?;
    begin(call, object, algorithm)
}

fn begin(call: &mut Call<'_, '_>, object: Ref, algorithm: i16) -> Result<Value, Stop> {
    call.set_word(object, ALGORITHM, algorithm)?;
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, names::MESSAGE_DIGEST, hash_of(args.short(0)), args.short(0))
}

fn get_initialized(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, names::INITIALIZED_MESSAGE_DIGEST, resumable(args.short(0)), args.short(0))
}

fn open(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    lend(call, names::MESSAGE_DIGEST_ONE_SHOT, hash_of(args.short(0)), args.short(0))
}

fn open_initialized(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    lend(call, names::INITIALIZED_MESSAGE_DIGEST_ONE_SHOT, resumable(args.short(0)), args.short(0))
}

fn is_intermediate_supported(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let hash = resumable(args.short(0));
    Ok(hash.is_some_and(|hash| call.permit(&policy::digests([hash])).is_ok()).into())
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, algorithm) = own(call, args)?;
    let mut hasher = call.hasher(object, algorithm);
    hasher.update(call.worked_on(args, 1)?);
    call.runtime().sessions.put(object, Session::Hash(hasher));
    Ok(Value::Void)
}

fn do_final(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, algorithm) = own(call, args)?;
    let mut hasher = call.hasher(object, algorithm);
    hasher.update(call.worked_on(args, 1)?);
    let digest = hasher.finish();
    call.vm.caller().write(args.reference(4), args.short(5), digest.as_ref(), Atomicity::Transactional)?;
    Ok(length_of(digest.as_ref()))
}

/// The state after the blocks so far; the digest goes on.
fn do_intermediate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, algorithm) = own(call, args)?;
    let hasher = call.hasher(object, algorithm);
    let state = hasher.state();
    call.runtime().sessions.put(object, Session::Hash(hasher));
    let state = state.map_err(|_| Crypto::IllegalUse)?;
    call.vm.caller().write(args.reference(1), args.short(2), state.as_ref(), Atomicity::Transactional)?;
    Ok(length_of(state.as_ref()))
}

fn set_initial_digest(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (object, algorithm) = own(call, args)?;
    let hasher = resumed(call, args, algorithm)?;
    call.runtime().sessions.put(object, Session::Hash(hasher));
    Ok(Value::Void)
}

/// A digest that goes on from a state (arguments 1 to 3) after a number of bytes (4 to 6), as `setInitialDigest` is given.
pub(super) fn resumed(
    call: &mut Call<'_, '_>,
    args: &Args,
    algorithm: HashAlgorithm,
) -> Result<Hasher, Stop> {
    let mut hasher = Hasher::new(algorithm);
    let counted = call.vm.caller().bytes(args.reference(4), args.short(5), args.short(6))?;
    let length = big_endian(counted).ok_or(Crypto::IllegalValue)?;
    let state = call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    hasher.resume(state, length).map_err(|_| Crypto::IllegalValue)?;
    Ok(hasher)
}

/// A number of bytes that a message can have: its number of bits fits the length field of SHA-512.
fn big_endian(bytes: &[u8]) -> Option<u128> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = bytes.get(start..).filter(|digits| !bytes.is_empty() && digits.len() < 16)?;
    Some(digits.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)))
}

fn reset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    call.runtime().sessions.take(object);
    Ok(Value::Void)
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    call.word(object, ALGORITHM).map(Value::Short)
}

fn length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (_, algorithm) = own(call, args)?;
    Ok(Value::Short(i16::try_from(algorithm.length()).unwrap_or_default()))
}

fn length_of(bytes: &[u8]) -> Value {
    Value::Short(i16::try_from(bytes.len()).unwrap_or(i16::MAX))
}
