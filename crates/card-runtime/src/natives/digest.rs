//! `javacard.security.MessageDigest`. Hidden word: the algorithm.

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Ref, Stop, Value};

use super::call::Call;
use super::keys::Crypto;
use super::names;
use super::session::Session;
use super::table::{Fields, Row, fields, row};
use crate::crypto::{HashAlgorithm, Hasher};

const DIGEST: &[&str] = &["javacard/security/MessageDigest"];
const ALGORITHM: u16 = 0;

pub(super) const ROWS: &[Row] = &[
    row(DIGEST, "getInstance", "(BZ)Ljavacard/security/MessageDigest;", get_instance),
    row(DIGEST, "doFinal", "([BSS[BS)S", do_final),
    row(DIGEST, "getAlgorithm", "()B", algorithm),
    row(DIGEST, "getLength", "()B", length),
    row(DIGEST, "reset", "()V", reset),
    row(DIGEST, "update", "([BSS)V", update),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/MessageDigest", Layout { references: 0, words: 1 })];

/// The digest of a `MessageDigest.ALG_*`.
pub(super) fn hash_of(algorithm: i16) -> Option<HashAlgorithm> {
    Some(match algorithm {
        1 => HashAlgorithm::Sha1,
        4 => HashAlgorithm::Sha256,
        5 => HashAlgorithm::Sha384,
        6 => HashAlgorithm::Sha512,
        7 => HashAlgorithm::Sha224,
        _ => return None,
    })
}

impl Call<'_, '_> {
    /// The digest under way of an object, or a new one.
    pub(super) fn hasher(&mut self, object: Ref, algorithm: HashAlgorithm) -> Hasher {
        match self.runtime().sessions.take(object) {
            Some(Session::Hash(hasher)) => hasher,
            Some(Session::Mac(_) | Session::Cipher { .. }) | None => Hasher::new(algorithm),
        }
    }
}

fn own(call: &mut Call<'_, '_>, object: Ref) -> Result<HashAlgorithm, Stop> {
    hash_of(call.word(object, ALGORITHM)?).ok_or_else(|| Crypto::NoSuchAlgorithm.into())
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    hash_of(args.short(0)).ok_or(Crypto::NoSuchAlgorithm)?;
    let object = call.new_instance(names::MESSAGE_DIGEST)?;
    call.set_word(object, ALGORITHM, args.short(0))?;
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    let algorithm = own(call, object)?;
    let mut hasher = call.hasher(object, algorithm);
    hasher.update(call.worked_on(args, 1)?);
    call.runtime().sessions.put(object, Session::Hash(hasher));
    Ok(Value::Void)
}

fn do_final(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    let algorithm = own(call, object)?;
    let mut hasher = call.hasher(object, algorithm);
    hasher.update(call.worked_on(args, 1)?);
    let digest = hasher.finish();
    call.vm.caller().write(args.reference(4), args.short(5), digest.as_ref(), Atomicity::Transactional)?;
    Ok(Value::Short(i16::try_from(algorithm.length()).unwrap_or_default()))
}

fn reset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.runtime().sessions.take(args.reference(0));
    Ok(Value::Void)
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), ALGORITHM).map(Value::Short)
}

fn length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let algorithm = own(call, args.reference(0))?;
    Ok(Value::Short(i16::try_from(algorithm.length()).unwrap_or_default()))
}
