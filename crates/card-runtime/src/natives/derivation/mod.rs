//! `javacardx.security.derivation`. Hidden word of a `DerivationFunction`: the algorithm.
//!
//! `init` asks the applet's own object for the parameters ([`specs`]); what they give is a stream of bytes, kept outside of
//! the heap with its beginning, to which `lastBytes` returns. So no secret reaches persistent memory, no transaction brings
//! bytes back that were given out, and after a reset of the card the object must be initialised again.
//!
//! Asking for more bytes than the parameters announced is ILLEGAL_USE, and takes none. A key takes as many bytes as it is
//! long; see [`key_bytes`] for HMAC keys.

mod getters;
mod specs;

use alloc::boxed::Box;
use alloc::vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Ref, Stop, Value};

use self::specs::Algorithm;
use super::call::Call;
use super::keys::{Crypto, Family, Part};
use super::names;
use super::session::{Session, Stream};
use super::table::{Fields, Row, fields, row};
use crate::crypto::{Derivation, KdfError, Secret};
use crate::limits::BYTES_PER_CALL;

const FUNCTION: &[&str] = &["javacardx/security/derivation/DerivationFunction"];
const ONE_SHOT: &[&str] = &["javacardx/security/derivation/DerivationFunction$OneShot"];
const ANY: &[&str] = &[
    "javacardx/security/derivation/DerivationFunction",
    "javacardx/security/derivation/DerivationFunction$OneShot",
];
const ALGORITHM: u16 = 0;

pub(super) const ROWS: &[Row] = &[
    row(FUNCTION, "getInstance", "(SZ)Ljavacardx/security/derivation/DerivationFunction;", get_instance),
    row(ONE_SHOT, "open", "(B)Ljavacardx/security/derivation/DerivationFunction$OneShot;", open),
    row(ANY, "init", "(Ljavacard/security/AlgorithmParameterSpec;)V", init),
    row(ANY, "getAlgorithm", "()S", algorithm),
    row(ANY, "nextBytes", "([BSS)S", next_bytes),
    row(ANY, "nextBytes", "(Ljavacard/security/SecretKey;)S", next_key),
    row(ANY, "lastBytes", "([BSS)S", last_bytes),
    row(ANY, "lastBytes", "(Ljavacard/security/SecretKey;)S", last_key),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacardx/security/derivation/DerivationFunction", Layout { references: 0, words: 1 })];

/// A derivation under way, and where it began.
pub(crate) struct Derived {
    start: Derivation,
    now: Derivation,
}

/// What is left of the stream after some bytes were taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    GoesOn,
    StartsAnew,
}

impl From<KdfError> for Stop {
    fn from(error: KdfError) -> Self {
        match error {
            KdfError::Secret(_) | KdfError::Parameter => Crypto::IllegalValue.into(),
            KdfError::Exhausted => Crypto::IllegalUse.into(),
        }
    }
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let algorithm = Algorithm::of(args.short(0)).ok_or(Crypto::NoSuchAlgorithm)?;
    let permit = call.permit(&algorithm.uses())?;
    let object = call.new_algorithm(names::DERIVATION_FUNCTION, permit)?;
    begin(call, object, args.short(0))
}

fn open(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let algorithm = Algorithm::of(args.short(0)).ok_or(Crypto::NoSuchAlgorithm)?;
    let permit = call.permit(&algorithm.uses())?;
    let object = call.open_algorithm(names::DERIVATION_FUNCTION_ONE_SHOT, permit)?;
    begin(call, object, args.short(0))
}

fn begin(call: &mut Call<'_, '_>, object: Ref, algorithm: i16) -> Result<Value, Stop> {
    call.set_word(object, ALGORITHM, algorithm)?;
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    let algorithm = Algorithm::of(call.word(object, ALGORITHM)?).ok_or(Crypto::NoSuchAlgorithm)?;
    call.runtime().sessions.take(object);
    let start = specs::derivation(call, algorithm, args.reference(1))?;
    keep(call, object, Box::new(Derived { now: start.clone(), start }));
    Ok(Value::Void)
}

fn keep(call: &mut Call<'_, '_>, object: Ref, derived: Box<Derived>) {
    call.runtime().sessions.put(object, Session::Stream(Stream::Derivation(derived)));
}

/// The next bytes of the receiver's stream. Nothing is taken when it has fewer.
fn take(call: &mut Call<'_, '_>, object: Ref, length: u16, after: After) -> Result<Secret, Stop> {
    let Some(Session::Stream(Stream::Derivation(mut derived))) = call.runtime().sessions.take(object) else {
        return Err(Crypto::InvalidInit.into());
    };
    call.vm.charge(u64::from(length) / BYTES_PER_CALL);
    let mut bytes = Secret::new(vec![0; usize::from(length)]);
    let taken = derived.now.take(&mut bytes);
    if taken.is_ok() && after == After::StartsAnew {
        derived.now = derived.start.clone();
    }
    keep(call, object, derived);
    taken?;
    Ok(bytes)
}

fn give(call: &mut Call<'_, '_>, args: &Args, after: After) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(3));
    call.check_bounds(array, offset, length)?;
    let bytes = take(call, object, length.cast_unsigned(), after)?;
    call.vm.caller().write(array, offset, &bytes, Atomicity::Transactional)?;
    Ok(Value::Short(length))
}

fn give_key(call: &mut Call<'_, '_>, args: &Args, after: After) -> Result<Value, Stop> {
    let (object, key) = (call.receiver(args)?, args.reference(1));
    let length = key_bytes(call, key)?;
    let bytes = take(call, object, length, after)?;
    call.set_part(key, Part::Material(0), &bytes)?;
    Ok(Value::Short(length.cast_signed()))
}

/// Bytes of a secret key. The API's lengths of HMAC keys, `LENGTH_HMAC_*_BLOCK_64` and `_128`, count bytes of a digest's
/// block; all other lengths are in bits.
fn key_bytes(call: &mut Call<'_, '_>, key: Ref) -> Result<u16, Stop> {
    const BLOCKS: [u16; 2] = [64, 128];
    let family = call.key_family(key)?;
    let bits = call.key_bits(key)?.cast_unsigned();
    match family {
        Family::Hmac if BLOCKS.contains(&bits) => Ok(bits),
        Family::Aes | Family::Des | Family::Seed | Family::Sm4 | Family::Hmac | Family::Generic => {
            Ok(bits.div_ceil(8))
        }
        Family::RsaPublic
        | Family::RsaPrivate
        | Family::RsaCrt
        | Family::DsaPublic
        | Family::DsaPrivate
        | Family::DsaParameters
        | Family::DhPublic
        | Family::DhPrivate
        | Family::DhParameters
        | Family::EcPublic
        | Family::EcPrivate
        | Family::EcParameters
        | Family::XecPublic
        | Family::XecPrivate => Err(Crypto::IllegalValue.into()),
    }
}

fn next_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    give(call, args, After::GoesOn)
}

fn last_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    give(call, args, After::StartsAnew)
}

fn next_key(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    give_key(call, args, After::GoesOn)
}

fn last_key(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    give_key(call, args, After::StartsAnew)
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    call.word(object, ALGORITHM).map(Value::Short)
}
