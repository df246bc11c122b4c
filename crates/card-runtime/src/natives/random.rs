//! `javacard.security.RandomData`. Hidden word: the algorithm. All of them are the host's generator; a seed adds nothing
//! to it and is ignored, as the API allows for a generator that seeds itself.

use alloc::vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Layout, Stop, Value};
use zeroize::Zeroizing;

use super::call::Call;
use super::keys::Crypto;
use super::names;
use super::table::{Fields, Row, fields, row};

const RANDOM: &[&str] = &["javacard/security/RandomData"];
const ALGORITHM: u16 = 0;

pub(super) const ROWS: &[Row] = &[
    row(RANDOM, "getInstance", "(B)Ljavacard/security/RandomData;", get_instance),
    row(RANDOM, "generateData", "([BSS)V", generate),
    row(RANDOM, "nextBytes", "([BSS)S", next_bytes),
    row(RANDOM, "setSeed", "([BSS)V", set_seed),
    row(RANDOM, "getAlgorithm", "()B", algorithm),
];

pub(super) const FIELDS: &[Fields] =
    &[fields("javacard/security/RandomData", Layout { references: 0, words: 1 })];

/// Every `RandomData.ALG_*` but the pre-seeded one, whose output would have to be reproducible.
fn get_instance(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if !matches!(args.short(0), 1 | 2 | 3 | 5 | 6) {
        return Err(Crypto::NoSuchAlgorithm.into());
    }
    let object = call.new_instance(names::RANDOM_DATA)?;
    call.set_word(object, ALGORITHM, args.short(0))?;
    Ok(Value::Ref(object))
}

fn fill(call: &mut Call<'_, '_>, args: &Args) -> Result<(), Stop> {
    let length = usize::try_from(args.short(3)).map_err(|_| Crypto::IllegalValue)?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    call.os.env.random(&mut bytes);
    call.vm.caller().write(args.reference(1), args.short(2), &bytes, Atomicity::Transactional)
}

fn generate(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    if args.short(3) == 0 {
        return Err(Crypto::IllegalValue.into());
    }
    fill(call, args)?;
    Ok(Value::Void)
}

fn next_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    fill(call, args)?;
    Ok(Value::Short(args.short(2).wrapping_add(args.short(3))))
}

fn set_seed(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.vm.caller().bytes(args.reference(1), args.short(2), args.short(3))?;
    Ok(Value::Void)
}

fn algorithm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), ALGORITHM).map(Value::Short)
}
