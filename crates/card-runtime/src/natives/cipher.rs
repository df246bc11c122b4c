//! `javacardx.crypto.Cipher`: AES in ECB and CBC, without padding, with method 2 of ISO/IEC 9797-1, or PKCS #5.
//!
//! Public keys are in [`asymmetric`]; the functions here hand such objects over to it.
//!
//! Hidden references: the key; the initial vector, an array of 16 bytes. Hidden words: algorithm, mode.

mod asymmetric;

use alloc::vec::Vec;

use card_vm::heap::{Atomicity, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};
use zeroize::Zeroizing;

use super::call::Call;
use super::keys::{Crypto, Family};
use super::names;
use super::session::Session;
use super::table::{Fields, Row, fields, row};
use crate::crypto::{AesKey, BLOCK};

const CIPHER: &[&str] = &["javacardx/crypto/Cipher"];

const KEY: u16 = 0;
const VECTOR: u16 = 1;
const ALGORITHM: u16 = 2;
const MODE: u16 = 3;

/// Bytes of the longest AES key.
const KEY_MAX: usize = 32;

/// `Cipher.MODE_DECRYPT` and `MODE_ENCRYPT`; zero before `init`.
const DECRYPT: i16 = 1;
const ENCRYPT: i16 = 2;

pub(super) const ROWS: &[Row] = &[
    row(CIPHER, "getInstance", "(BZ)Ljavacardx/crypto/Cipher;", get_instance),
    row(CIPHER, "getInstance", "(BBZ)Ljavacardx/crypto/Cipher;", get_instance_of_parts),
    row(CIPHER, "init", "(Ljavacard/security/Key;B)V", init),
    row(CIPHER, "init", "(Ljavacard/security/Key;B[BSS)V", init_with_vector),
    row(CIPHER, "update", "([BSS[BS)S", update),
    row(CIPHER, "doFinal", "([BSS[BS)S", do_final),
    row(CIPHER, "getAlgorithm", "()B", algorithm),
    row(CIPHER, "getCipherAlgorithm", "()B", cipher_algorithm),
    row(CIPHER, "getPaddingAlgorithm", "()B", padding_algorithm),
];

pub(super) const FIELDS: &[Fields] = &[fields("javacardx/crypto/Cipher", Layout { references: 2, words: 2 })];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chaining {
    Cbc = 1,
    Ecb = 2,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Padding {
    None = 1,
    Iso9797Method2 = 3,
    Pkcs5 = 6,
}

/// Turns a `Cipher.ALG_*` into how blocks are chained and how the last one is filled.
fn method_of(algorithm: i16) -> Option<(Chaining, Padding)> {
    Some(match algorithm {
        13 => (Chaining::Cbc, Padding::None),
        14 => (Chaining::Ecb, Padding::None),
        23 => (Chaining::Cbc, Padding::Iso9797Method2),
        24 => (Chaining::Cbc, Padding::Pkcs5),
        26 => (Chaining::Ecb, Padding::Iso9797Method2),
        27 => (Chaining::Ecb, Padding::Pkcs5),
        _ => return None,
    })
}

/// The `ALG_*` of a `CIPHER_*` and a `PAD_*`.
fn algorithm_of(cipher: i16, padding: i16) -> Option<i16> {
    Some(match (cipher, padding) {
        (1, 1) => 13,
        (2, 1) => 14,
        (1, 3) => 23,
        (1, 6) => 24,
        (2, 3) => 26,
        (2, 6) => 27,
        _ => return None,
    })
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    match asymmetric::word_of_algorithm(args.short(0)) {
        Some(word) => asymmetric::make(call, word),
        None => make(call, args.short(0)),
    }
}

fn get_instance_of_parts(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if let Some(word) = asymmetric::word_of(args.short(0), args.short(1)) {
        return asymmetric::make(call, word);
    }
    let algorithm = algorithm_of(args.short(0), args.short(1)).ok_or(Crypto::NoSuchAlgorithm)?;
    make(call, algorithm)
}

fn make(call: &mut Call<'_, '_>, algorithm: i16) -> Result<Value, Stop> {
    method_of(algorithm).ok_or(Crypto::NoSuchAlgorithm)?;
    let object = call.new_instance(names::CIPHER)?;
    let vector = call.new_bytes(BLOCK as u16, Memory::Persistent)?;
    call.set_hidden(object, VECTOR, vector)?;
    call.set_word(object, ALGORITHM, algorithm)?;
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn method(call: &mut Call<'_, '_>, object: Ref) -> Result<(Chaining, Padding), Stop> {
    method_of(call.word(object, ALGORITHM)?).ok_or_else(|| Crypto::NoSuchAlgorithm.into())
}

/// Whether an object encrypts with public keys.
fn is_asymmetric(call: &mut Call<'_, '_>, object: Ref) -> Result<bool, Stop> {
    Ok(asymmetric::is_word(call.word(object, ALGORITHM)?))
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if is_asymmetric(call, args.reference(0))? {
        return asymmetric::init(call, args);
    }
    start(call, args, [0; BLOCK])
}

fn init_with_vector(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if is_asymmetric(call, args.reference(0))? {
        return Err(Crypto::IllegalValue.into());
    }
    if method(call, args.reference(0))?.0 == Chaining::Ecb {
        return Err(Crypto::IllegalValue.into());
    }
    let bytes = call.vm.caller().bytes(args.reference(3), args.short(4), args.short(5))?;
    let vector = bytes.try_into().map_err(|_| Crypto::IllegalValue)?;
    start(call, args, vector)
}

fn start(call: &mut Call<'_, '_>, args: &Args, vector: [u8; BLOCK]) -> Result<Value, Stop> {
    let (object, key, mode) = (args.reference(0), args.reference(1), args.short(2));
    if call.key_family(key)? != Family::Aes || !matches!(mode, DECRYPT | ENCRYPT) {
        return Err(Crypto::IllegalValue.into());
    }
    if call.material(key)?.is_empty() {
        return Err(Crypto::UninitializedKey.into());
    }
    let kept = call.hidden(object, VECTOR)?;
    if call.hidden_bytes(kept)? != vector {
        call.vm.jcre().write(kept, 0, &vector, Atomicity::Transactional)?;
    }
    call.set_hidden(object, KEY, key)?;
    call.set_word(object, MODE, mode)?;
    call.runtime().sessions.take(object);
    Ok(Value::Void)
}

/// A cipher at work: what `init` set, and what came since.
struct Work {
    key: AesKey,
    chain: [u8; BLOCK],
    rest: Zeroizing<Vec<u8>>,
    chaining: Chaining,
    padding: Padding,
    decrypt: bool,
}

impl Work {
    fn of(call: &mut Call<'_, '_>, object: Ref) -> Result<Self, Stop> {
        let (chaining, padding) = method(call, object)?;
        let decrypt = match call.word(object, MODE)? {
            DECRYPT => true,
            ENCRYPT => false,
            _ => return Err(Crypto::InvalidInit.into()),
        };
        if let Some(Session::Cipher { key, chain, rest }) = call.runtime().sessions.take(object) {
            return Ok(Self { key, chain, rest, chaining, padding, decrypt });
        }
        let vector = call.hidden(object, VECTOR)?;
        let chain = call.hidden_bytes(vector)?.try_into().map_err(|_| Crypto::InvalidInit)?;
        let key = call.hidden(object, KEY)?;
        let key = AesKey::new(call.material(key)?).map_err(|_| Crypto::UninitializedKey)?;
        Ok(Self { key, chain, rest: Zeroizing::new(Vec::new()), chaining, padding, decrypt })
    }

    /// Takes whole blocks from what is waiting, all but `kept` bytes at the end at least, and transforms them.
    fn run(&mut self, kept: usize) -> Result<Zeroizing<Vec<u8>>, Stop> {
        let available = self.rest.len().saturating_sub(kept);
        let mut blocks =
            Zeroizing::new(self.rest.drain(..available - available % BLOCK).collect::<Vec<u8>>());
        let done = match (self.chaining, self.decrypt) {
            (Chaining::Cbc, false) => self.key.cbc_encrypt(&mut self.chain, &mut blocks),
            (Chaining::Cbc, true) => self.key.cbc_decrypt(&mut self.chain, &mut blocks),
            (Chaining::Ecb, false) => self.key.ecb_encrypt(&mut blocks),
            (Chaining::Ecb, true) => self.key.ecb_decrypt(&mut blocks),
        };
        done.map_err(|_| Crypto::IllegalUse)?;
        Ok(blocks)
    }

    /// Bytes that must wait for the end: decrypting, the padding is in the last block.
    fn held_back(&self) -> usize {
        if self.decrypt && self.padding != Padding::None { 1 } else { 0 }
    }

    fn finish(mut self) -> Result<Zeroizing<Vec<u8>>, Stop> {
        if !self.decrypt {
            pad(&mut self.rest, self.padding);
        }
        let mut out = self.run(0)?;
        if !self.rest.is_empty() {
            return Err(Crypto::IllegalUse.into());
        }
        if self.decrypt {
            unpad(&mut out, self.padding)?;
        }
        Ok(out)
    }
}

fn pad(data: &mut Vec<u8>, padding: Padding) {
    let missing = BLOCK - data.len() % BLOCK;
    match padding {
        Padding::None => {}
        Padding::Iso9797Method2 => {
            data.push(0x80);
            data.resize(data.len() + missing - 1, 0);
        }
        Padding::Pkcs5 => {
            let [value, ..] = missing.to_le_bytes();
            data.resize(data.len() + missing, value);
        }
    }
}

fn unpad(data: &mut Vec<u8>, padding: Padding) -> Result<(), Stop> {
    let length = match padding {
        Padding::None => Some(data.len()),
        Padding::Iso9797Method2 => {
            data.iter().rposition(|byte| *byte != 0).filter(|at| data.get(*at) == Some(&0x80))
        }
        Padding::Pkcs5 => data.last().copied().and_then(|value| {
            let start = data.len().checked_sub(usize::from(value))?;
            let sound = (1..=BLOCK).contains(&usize::from(value))
                && data.get(start..)?.iter().all(|byte| *byte == value);
            sound.then_some(start)
        }),
    };
    data.truncate(length.ok_or(Crypto::IllegalUse)?);
    Ok(())
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = args.reference(0);
    if is_asymmetric(call, object)? {
        return asymmetric::update(call, args);
    }
    let mut work = Work::of(call, object)?;
    work.rest.extend_from_slice(call.worked_on(args, 1)?);
    let out = work.run(work.held_back())?;
    call.vm.caller().write(args.reference(4), args.short(5), &out, Atomicity::Transactional)?;
    let Work { key, chain, rest, .. } = work;
    call.runtime().sessions.put(object, Session::Cipher { key, chain, rest });
    Ok(Value::Short(i16::try_from(out.len()).unwrap_or_default()))
}

fn do_final(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if is_asymmetric(call, args.reference(0))? {
        let given = Zeroizing::new(call.worked_on(args, 1)?.to_vec());
        let out = asymmetric::finish(call, args.reference(0), &given)?;
        return call.give(args.reference(4), args.short(5), &out);
    }
    if !call.runtime().sessions.is_under_way(args.reference(0)) {
        return at_once(call, args);
    }
    let mut work = Work::of(call, args.reference(0))?;
    work.rest.extend_from_slice(call.worked_on(args, 1)?);
    let out = work.finish()?;
    call.vm.caller().write(args.reference(4), args.short(5), &out, Atomicity::Transactional)?;
    Ok(Value::Short(i16::try_from(out.len()).unwrap_or_default()))
}

/// `doFinal` without an `update` before it: the whole message is here, so nothing is kept but the key's schedule.
fn at_once(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    // An error on the way drops the space, which wipes it.
    let mut scratch = core::mem::take(&mut call.runtime().scratch);
    let length = transform(call, args, scratch.space())?;
    scratch.wipe();
    call.runtime().scratch = scratch;
    Ok(Value::Short(length))
}

/// Transforms the message in `data` and writes it to where the caller wants it.
fn transform(call: &mut Call<'_, '_>, args: &Args, data: &mut Vec<u8>) -> Result<i16, Stop> {
    let object = args.reference(0);
    let (chaining, padding) = method(call, object)?;
    let decrypt = match call.word(object, MODE)? {
        DECRYPT => true,
        ENCRYPT => false,
        _ => return Err(Crypto::InvalidInit.into()),
    };
    let vector = call.hidden(object, VECTOR)?;
    let mut chain = *call.hidden_bytes(vector)?.first_chunk::<BLOCK>().ok_or(Crypto::InvalidInit)?;
    data.extend_from_slice(call.worked_on(args, 1)?);
    if !decrypt {
        pad(data, padding);
    }
    let key = call.hidden(object, KEY)?;
    let material = call.material(key)?;
    let mut copy = Zeroizing::new([0; KEY_MAX]);
    let copy = copy.get_mut(..material.len()).ok_or(Crypto::UninitializedKey)?;
    copy.copy_from_slice(material);
    let schedule = call.runtime().schedules.get(copy).map_err(|_| Crypto::UninitializedKey)?;
    let done = match (chaining, decrypt) {
        (Chaining::Cbc, false) => schedule.cbc_encrypt(&mut chain, data),
        (Chaining::Cbc, true) => schedule.cbc_decrypt(&mut chain, data),
        (Chaining::Ecb, false) => schedule.ecb_encrypt(data),
        (Chaining::Ecb, true) => schedule.ecb_decrypt(data),
    };
    done.map_err(|_| Crypto::IllegalUse)?;
    if decrypt {
        unpad(data, padding)?;
    }
    call.vm.caller().write(args.reference(4), args.short(5), data, Atomicity::Transactional)?;
    Ok(i16::try_from(data.len()).unwrap_or_default())
}

/// What a key's setter is given, decrypted by the cipher that the key was given before.
pub(super) fn decrypted(
    call: &mut Call<'_, '_>,
    object: Ref,
    given: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Stop> {
    if call.word(object, MODE)? != DECRYPT {
        return Err(Crypto::InvalidInit.into());
    }
    if is_asymmetric(call, object)? {
        return asymmetric::finish(call, object, given);
    }
    let mut work = Work::of(call, object)?;
    work.rest.extend_from_slice(given);
    work.finish()
}

/// `ALG_*`, `CIPHER_*` and `PAD_*`.
fn names_of(call: &mut Call<'_, '_>, args: &Args) -> Result<(i16, i16, i16), Stop> {
    let word = call.word(args.reference(0), ALGORITHM)?;
    if asymmetric::is_word(word) {
        return Ok(asymmetric::names_of(word));
    }
    let (chaining, padding) = method(call, args.reference(0))?;
    Ok((word, chaining as i16, padding as i16))
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(names_of(call, args)?.0))
}

fn cipher_algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(names_of(call, args)?.1))
}

fn padding_algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(names_of(call, args)?.2))
}
