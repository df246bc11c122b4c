//! `javacardx.crypto.Cipher`, its `OneShot` class, and `AEADCipher`.
//!
//! Hidden reference: the key. Hidden words: `CIPHER_*`, `PAD_*` ([`methods`] is the table of them) and the mode. They are what
//! a reset leaves; initial values are zero then. A scheduled key and a message under way are a [`Session`]: a [`Work`] for
//! secret keys, one family a file, or the message gathered so far for public keys ([`asymmetric`]).

pub(super) mod aead;
mod asymmetric;
mod blocks;
mod methods;
mod streams;
mod work;

use alloc::boxed::Box;
use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Ref, Stop, Value};
use zeroize::Zeroizing;

use super::call::Call;
use super::keys::Crypto;
use super::names;
use super::session::{KEY, Session};
use super::table::{Fields, Row, fields, row};
use crate::crypto::Direction;
use methods::{Method, Parts, algorithm_of, method_of, parts_of};
pub(crate) use work::Work;

const CIPHER: &[&str] = &["javacardx/crypto/Cipher"];
const ONE_SHOT: &[&str] = &["javacardx/crypto/Cipher$OneShot"];
const UPDATING: &[&str] = &["javacardx/crypto/Cipher", "javacardx/crypto/AEADCipher"];
const ALL: &[&str] =
    &["javacardx/crypto/Cipher", "javacardx/crypto/AEADCipher", "javacardx/crypto/Cipher$OneShot"];

const ALGORITHM: u16 = 1;
const PADDING: u16 = 2;
const MODE: u16 = 3;

/// `Cipher.MODE_DECRYPT` and `MODE_ENCRYPT`; zero before `init`.
const DECRYPT: i16 = 1;
const ENCRYPT: i16 = 2;

pub(super) const ROWS: &[Row] = &[
    row(CIPHER, "getInstance", "(BZ)Ljavacardx/crypto/Cipher;", get_instance),
    row(CIPHER, "getInstance", "(BBZ)Ljavacardx/crypto/Cipher;", get_instance_of_parts),
    row(ONE_SHOT, "open", "(BB)Ljavacardx/crypto/Cipher$OneShot;", open),
    row(ALL, "init", "(Ljavacard/security/Key;B)V", init),
    row(ALL, "init", "(Ljavacard/security/Key;B[BSS)V", init_with_vector),
    row(UPDATING, "update", "([BSS[BS)S", update),
    row(ONE_SHOT, "update", "([BSS[BS)S", |_, _| Err(Crypto::IllegalUse.into())),
    row(ALL, "doFinal", "([BSS[BS)S", do_final),
    row(ALL, "getAlgorithm", "()B", algorithm),
    row(ALL, "getCipherAlgorithm", "()B", |call, args| word(call, args, ALGORITHM)),
    row(ALL, "getPaddingAlgorithm", "()B", |call, args| word(call, args, PADDING)),
];

pub(super) const FIELDS: &[Fields] = &[fields("javacardx/crypto/Cipher", Layout { references: 1, words: 3 })];

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, parts_of(args.short(0)).ok_or(Crypto::NoSuchAlgorithm)?)
}

fn get_instance_of_parts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, (args.short(0), args.short(1)))
}

fn make(call: &mut Call<'_, '_>, parts: Parts) -> Result<Value, Stop> {
    let method = method_of(parts).ok_or(Crypto::NoSuchAlgorithm)?;
    let class = match method {
        Method::Gcm | Method::Ccm => names::AEAD_CIPHER,
        Method::Blocks(..) | Method::Counter | Method::Feedback | Method::Xts | Method::Asymmetric(_) => {
            names::CIPHER
        }
    };
    let permit = call.permit(&method.uses())?;
    let object = call.new_algorithm(class, permit)?;
    begin(call, object, parts)
}

/// The authenticated modes have methods that a `OneShot` object has not.
fn open(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let parts = (args.short(0), args.short(1));
    let method = method_of(parts).ok_or(Crypto::NoSuchAlgorithm)?;
    match method {
        Method::Gcm | Method::Ccm => Err(Crypto::NoSuchAlgorithm.into()),
        Method::Blocks(..) | Method::Counter | Method::Feedback | Method::Xts | Method::Asymmetric(_) => {
            let permit = call.permit(&method.uses())?;
            let object = call.open_algorithm(names::CIPHER_ONE_SHOT, permit)?;
            begin(call, object, parts)
        }
    }
}

fn begin(call: &mut Call<'_, '_>, object: Ref, (cipher, padding): Parts) -> Result<Value, Stop> {
    for (word, value) in [(ALGORITHM, cipher), (PADDING, padding), (MODE, 0)] {
        call.set_word(object, word, value)?;
    }
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn parts(call: &mut Call<'_, '_>, object: Ref) -> Result<Parts, Stop> {
    Ok((call.word(object, ALGORITHM)?, call.word(object, PADDING)?))
}

fn method(call: &mut Call<'_, '_>, object: Ref) -> Result<Method, Stop> {
    method_of(parts(call, object)?).ok_or_else(|| Crypto::NoSuchAlgorithm.into())
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    match method(call, object)? {
        Method::Asymmetric(method) => asymmetric::init(call, args, method),
        Method::Ccm => Err(Crypto::InvalidInit.into()),
        Method::Blocks(..) | Method::Counter | Method::Feedback | Method::Xts | Method::Gcm => {
            let work = prepared(call, args)?;
            started(call, args, work)
        }
    }
}

fn init_with_vector(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    if matches!(method(call, object)?, Method::Asymmetric(_)) {
        return Err(Crypto::IllegalValue.into());
    }
    let mut work = prepared(call, args)?;
    work.begin(call.vm.caller().bytes(args.reference(3), args.short(4), args.short(5))?)?;
    started(call, args, work)
}

/// Checks key and mode (arguments 1 and 2) and schedules the key, in the place of an earlier one if there is any.
fn prepared(call: &mut Call<'_, '_>, args: &Args) -> Result<Box<Work>, Stop> {
    let (object, key, mode) = (args.reference(0), args.reference(1), args.short(2));
    let method = method(call, object)?;
    let (family, bits) = (call.key_family(key)?, call.key_bits(key)?);
    if !matches!(mode, DECRYPT | ENCRYPT) || !method.takes(family, bits) {
        return Err(Crypto::IllegalValue.into());
    }
    let work = match call.material(key)? {
        [] => return Err(Crypto::UninitializedKey.into()),
        material => Work::new(method, material)?,
    };
    Ok(match call.runtime().sessions.take(object) {
        Some(Session::Cipher(mut place)) => {
            *place = work;
            place
        }
        Some(_) | None => Box::new(work),
    })
}

/// Ends an `init` that succeeded.
fn started(call: &mut Call<'_, '_>, args: &Args, work: Box<Work>) -> Result<Value, Stop> {
    let object = args.reference(0);
    call.set_hidden(object, KEY, args.reference(1))?;
    call.set_word(object, MODE, args.short(2))?;
    call.runtime().sessions.put(object, Session::Cipher(work));
    Ok(Value::Void)
}

fn direction(call: &mut Call<'_, '_>, object: Ref) -> Result<Direction, Stop> {
    match call.word(object, MODE)? {
        DECRYPT => Ok(Direction::Decrypt),
        ENCRYPT => Ok(Direction::Encrypt),
        _ => Err(Crypto::InvalidInit.into()),
    }
}

/// The work of an object that was initialised, with initial values of zero after a reset. It is taken out: who puts it back
/// says that nothing went wrong.
fn under_way(call: &mut Call<'_, '_>, object: Ref) -> Result<Box<Work>, Stop> {
    let session = call.runtime().sessions.take(object);
    let key = call.hidden(object, KEY)?;
    match (call.material(key)?, session) {
        ([], _) => Err(Crypto::UninitializedKey.into()),
        (_, Some(Session::Cipher(work))) => Ok(work),
        (_, _) => {
            let method = method(call, object)?;
            Ok(Box::new(Work::new(method, call.material(key)?)?))
        }
    }
}

/// Where a message is.
#[derive(Clone, Copy)]
enum Part {
    Some,
    Last,
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    match method(call, object)? {
        Method::Asymmetric(_) => asymmetric::update(call, args),
        Method::Blocks(..) | Method::Counter | Method::Feedback | Method::Xts | Method::Gcm | Method::Ccm => {
            through(call, args, object, Part::Some)
        }
    }
}

fn do_final(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    match method(call, object)? {
        Method::Asymmetric(_) => {
            let given = Zeroizing::new(call.worked_on(args, 1)?.to_vec());
            let out = asymmetric::finish(call, object, &given)?;
            call.give(args.reference(4), args.short(5), &out)
        }
        Method::Blocks(..) | Method::Counter | Method::Feedback | Method::Xts | Method::Gcm | Method::Ccm => {
            through(call, args, object, Part::Last)
        }
    }
}

/// Takes data (arguments 1 to 3) through a cipher at work to where the caller wants them (4 and 5).
fn through(call: &mut Call<'_, '_>, args: &Args, object: Ref, part: Part) -> Result<Value, Stop> {
    let direction = direction(call, object)?;
    let mut work = under_way(call, object)?;
    // An error on the way drops the space, which wipes it.
    let mut scratch = core::mem::take(&mut call.runtime().scratch);
    let data = scratch.space();
    work.held(data);
    data.extend_from_slice(call.worked_on(args, 1)?);
    match part {
        Part::Some => work.update(direction, data)?,
        Part::Last => work.finish(direction, data)?,
    }
    call.vm.caller().write(args.reference(4), args.short(5), data, Atomicity::Transactional)?;
    let length = i16::try_from(data.len()).unwrap_or(i16::MAX);
    scratch.wipe();
    call.runtime().scratch = scratch;
    call.runtime().sessions.put(object, Session::Cipher(work));
    Ok(Value::Short(length))
}

/// What a key's setter is given, decrypted by the cipher that the key was given before.
pub(super) fn decrypted(
    call: &mut Call<'_, '_>,
    object: Ref,
    given: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Stop> {
    if direction(call, object)? != Direction::Decrypt {
        return Err(Crypto::InvalidInit.into());
    }
    if matches!(method(call, object)?, Method::Asymmetric(_)) {
        return asymmetric::finish(call, object, given);
    }
    let mut work = under_way(call, object)?;
    let mut data = Zeroizing::new(Vec::with_capacity(given.len() + 2 * crate::crypto::BLOCK));
    work.held(&mut data);
    data.extend_from_slice(given);
    work.finish(Direction::Decrypt, &mut data)?;
    call.runtime().sessions.put(object, Session::Cipher(work));
    Ok(data)
}

fn word(call: &mut Call<'_, '_>, args: &Args, word: u16) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    call.word(object, word).map(Value::Short)
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    Ok(Value::Short(algorithm_of(parts(call, object)?)))
}
