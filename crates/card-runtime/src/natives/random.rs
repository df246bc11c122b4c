//! `javacard.security.RandomData` and its `OneShot`. Hidden word: the algorithm.
//!
//! `ALG_TRNG` is the host's own generator. All others are an HMAC_DRBG of their own, seeded by the host when its first
//! number is asked for and again after a number of requests, for keys before each. A seed that an applet gives is taken in
//! together with fresh entropy, so none can make the numbers known: not even those of `ALG_PRESEEDED_DRBG`, which the API
//! has seeded by the platform. The generator is kept outside of the heap until the card is reset, so no transaction
//! brings an earlier state back.

use alloc::boxed::Box;
use alloc::vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Ref, Stop, Value};
use zeroize::Zeroizing;

use super::call::Call;
use super::keys::Crypto;
use super::names;
use super::session::{Session, Stream};
use super::table::{Fields, Row, fields, row};
use crate::crypto::{Drbg, SEED};
use crate::limits::BYTES_PER_CALL;

const RANDOM: &[&str] = &["javacard/security/RandomData"];
const ONE_SHOT: &[&str] = &["javacard/security/RandomData$OneShot"];
const ANY: &[&str] = &["javacard/security/RandomData", "javacard/security/RandomData$OneShot"];
const ALGORITHM: u16 = 0;

pub(super) const ROWS: &[Row] = &[
    row(RANDOM, "getInstance", "(B)Ljavacard/security/RandomData;", get_instance),
    row(RANDOM, "getInstance", "(BZ)Ljavacard/security/RandomData;", get_instance),
    row(ONE_SHOT, "open", "(B)Ljavacard/security/RandomData$OneShot;", open),
    row(ANY, "generateData", "([BSS)V", generate),
    row(ANY, "nextBytes", "([BSS)S", next_bytes),
    row(ANY, "setSeed", "([BSS)V", set_seed),
    row(ANY, "getAlgorithm", "()B", algorithm),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/RandomData", Layout { references: 0, words: 1 })];

/// Where the numbers of a `RandomData.ALG_*` come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The host.
    Host,
    /// A generator seeded now and then.
    Generator,
    /// A generator seeded before each request.
    Fresh,
}

impl Source {
    fn of(algorithm: i16) -> Result<Self, Stop> {
        match algorithm {
            // ALG_PSEUDO_RANDOM, ALG_SECURE_RANDOM, ALG_PRESEEDED_DRBG, ALG_FAST
            1 | 2 | 4 | 5 => Ok(Self::Generator),
            // ALG_TRNG
            3 => Ok(Self::Host),
            // ALG_KEYGENERATION
            6 => Ok(Self::Fresh),
            _ => Err(Crypto::NoSuchAlgorithm.into()),
        }
    }
}

fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Source::of(args.short(0))?;
    let object = call.new_instance(names::RANDOM_DATA)?;
    begin(call, object, args.short(0))
}

fn open(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Source::of(args.short(0))?;
    let object = call.open(names::RANDOM_DATA_ONE_SHOT)?;
    begin(call, object, args.short(0))
}

fn begin(call: &mut Call<'_, '_>, object: Ref, algorithm: i16) -> Result<Value, Stop> {
    call.set_word(object, ALGORITHM, algorithm)?;
    call.runtime().sessions.take(object);
    Ok(Value::Ref(object))
}

/// The object's generator, made if there is none.
fn generator(call: &mut Call<'_, '_>, object: Ref) -> Box<Drbg> {
    if let Some(Session::Stream(Stream::Random(drbg))) = call.runtime().sessions.take(object) {
        return drbg;
    }
    let mut seed = Zeroizing::new([0; SEED]);
    call.os.env.random(&mut *seed);
    Box::new(Drbg::new(&seed, &[]))
}

fn reseed(call: &mut Call<'_, '_>, drbg: &mut Drbg, additional: &[u8]) {
    let mut entropy = Zeroizing::new([0; 32]);
    call.os.env.random(&mut *entropy);
    drbg.reseed(&entropy, additional);
}

fn keep(call: &mut Call<'_, '_>, object: Ref, drbg: Box<Drbg>) {
    call.runtime().sessions.put(object, Session::Stream(Stream::Random(drbg)));
}

/// Fills the array of arguments 1 to 3; a bad array is refused before any number is spent.
fn fill(call: &mut Call<'_, '_>, args: &Args) -> Result<(), Stop> {
    let object = call.receiver(args)?;
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(3));
    if length == 0 {
        return Err(Crypto::IllegalValue.into());
    }
    let source = Source::of(call.word(object, ALGORITHM)?)?;
    call.check_bounds(array, offset, length)?;
    let mut bytes = Zeroizing::new(vec![0; usize::try_from(length).unwrap_or(0)]);
    call.vm.charge(u64::try_from(length).unwrap_or(0) / BYTES_PER_CALL);
    match source {
        Source::Host => call.os.env.random(&mut bytes),
        Source::Generator | Source::Fresh => {
            let mut drbg = generator(call, object);
            if drbg.is_due() || source == Source::Fresh {
                reseed(call, &mut drbg, &[]);
            }
            drbg.generate(&mut bytes, &[]);
            keep(call, object, drbg);
        }
    }
    call.vm.caller().write(array, offset, &bytes, Atomicity::Transactional)
}

fn generate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    fill(call, args)?;
    Ok(Value::Void)
}

fn next_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    fill(call, args)?;
    Ok(Value::Short(args.short(2).wrapping_add(args.short(3))))
}

/// The host's own generator takes no seed; the call does nothing then.
fn set_seed(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    let seed = Zeroizing::new(call.worked_on(args, 1)?.to_vec());
    match Source::of(call.word(object, ALGORITHM)?)? {
        Source::Host => {}
        Source::Generator | Source::Fresh => {
            let mut drbg = generator(call, object);
            reseed(call, &mut drbg, &seed);
            keep(call, object, drbg);
        }
    }
    Ok(Value::Void)
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let object = call.receiver(args)?;
    call.word(object, ALGORITHM).map(Value::Short)
}
