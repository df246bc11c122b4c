//! A reference and its enrolment: `OwnerBioTemplateData`, and what `OwnerBioTemplate` has of it.
//!
//! Hidden reference: the bytes. Hidden words: the pattern, how far enrolment got, the number of bytes.

use alloc::vec::Vec;

use card_vm::heap::{Atomicity, Memory};
use card_vm::{Args, Layout, Ref, Stop, Value};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{Misuse, Package};
use crate::limits::BIO_PASSWORD_MAX;
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Fields, Row, fields, row};

const DATA: &[&str] = &["javacardx/biometry1toN/OwnerBioTemplateData"];
const BUILDER: &[&str] = &["javacardx/biometry1toN/Bio1toNBuilder"];

const BYTES: u16 = 0;
/// Space for the reference that templates have besides.
const PATTERN: u16 = 2;
const STAGE: u16 = 3;
const LENGTH: u16 = 4;
/// References and words that this module uses, at the beginning of an object's.
pub(super) const REFERENCES: u8 = 2;
pub(super) const WORDS: u8 = 3;

const MANY: Package = Package::OneToMany;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(BUILDER, "buildBioTemplateData", "(B)Ljavacardx/biometry1toN/OwnerBioTemplateData;", build),
    row(BUILDER, "buildBioTemplateData", "(B[B)Ljavacardx/biometry1toN/OwnerBioTemplateData;", build_of),
    row(DATA, "getBioType", "()B", pattern),
    row(DATA, "isInitialized", "()Z", is_initialized),
    row(DATA, "getPublicData", "(S[BSS)S", |call, args| public(call, args, MANY)),
    row(DATA, "init", "([BSS)V", |call, args| {
        start(call, args, MANY)?;
        Ok(Value::Void)
    }),
    row(DATA, "update", "([BSS)V", |call, args| update(call, args, MANY)),
    row(DATA, "doFinal", "()V", |call, args| {
        finish(call, args.reference(0), MANY)?;
        Ok(Value::Void)
    }),
    row(DATA, "clear", "()V", |call, args| {
        clear(call, args.reference(0))?;
        Ok(Value::Void)
    }),
];

pub(in crate::natives) const FIELDS: &[Fields] =
    &[fields("javacardx/biometry1toN/OwnerBioTemplateData", Layout { references: REFERENCES, words: WORDS })];

/// How far an enrolment got.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Empty = 0,
    Begun = 1,
    Done = 2,
}

fn stage(call: &mut Call<'_, '_>, object: Ref) -> Result<Stage, Stop> {
    Ok(match call.word(object, STAGE)? {
        1 => Stage::Begun,
        2 => Stage::Done,
        _ => Stage::Empty,
    })
}

/// Whether there is a reference to compare with.
pub(super) fn is_enrolled(call: &mut Call<'_, '_>, object: Ref) -> Result<bool, Stop> {
    Ok(stage(call, object)? == Stage::Done)
}

/// Gives a new object its space.
pub(super) fn prepare(call: &mut Call<'_, '_>, object: Ref, pattern: i16) -> Result<(), Stop> {
    let bytes = call.new_bytes(BIO_PASSWORD_MAX, Memory::Persistent)?;
    call.set_hidden(object, BYTES, bytes)?;
    call.set_word(object, PATTERN, pattern)
}

pub(super) fn pattern_of(call: &mut Call<'_, '_>, object: Ref) -> Result<i16, Stop> {
    call.word(object, PATTERN)
}

/// Whether a candidate is the reference.
pub(super) fn matches(call: &mut Call<'_, '_>, object: Ref, candidate: &[u8]) -> Result<bool, Stop> {
    let length = call.word(object, LENGTH)?;
    let bytes = call.hidden(object, BYTES)?;
    Ok(call.vm.jcre().bytes(bytes, 0, length)?.ct_eq(candidate).into())
}

/// A candidate that the caller passed, if it can be one at all.
pub(super) fn candidate(
    call: &mut Call<'_, '_>,
    args: &Args,
    package: Package,
) -> Result<Zeroizing<Vec<u8>>, Stop> {
    let candidate = Zeroizing::new(call.worked_on(args, 1)?.to_vec());
    if candidate.is_empty() || candidate.len() > usize::from(BIO_PASSWORD_MAX) {
        return Err(package.misuse(Misuse::InvalidData));
    }
    Ok(candidate)
}

/// Takes more bytes behind those of before.
fn take(call: &mut Call<'_, '_>, args: &Args, package: Package, before: i16) -> Result<(), Stop> {
    let object = args.reference(0);
    let more = Zeroizing::new(call.worked_on(args, 1)?.to_vec());
    let length = usize::try_from(before).unwrap_or(0) + more.len();
    if length > usize::from(BIO_PASSWORD_MAX) {
        return Err(package.misuse(Misuse::InvalidData));
    }
    let bytes = call.hidden(object, BYTES)?;
    call.vm.jcre().write(bytes, before, &more, Atomicity::Transactional)?;
    call.set_word(object, LENGTH, i16::try_from(length).unwrap_or(0))?;
    call.set_word(object, STAGE, Stage::Begun as i16)
}

/// `init`: begins an enrolment; the reference of before is no more.
pub(super) fn start(call: &mut Call<'_, '_>, args: &Args, package: Package) -> Result<(), Stop> {
    take(call, args, package, 0)
}

/// `update`
pub(super) fn update(call: &mut Call<'_, '_>, args: &Args, package: Package) -> Result<Value, Stop> {
    if stage(call, args.reference(0))? != Stage::Begun {
        return Err(package.misuse(Misuse::IllegalUse));
    }
    let before = call.word(args.reference(0), LENGTH)?;
    take(call, args, package, before)?;
    Ok(Value::Void)
}

/// `doFinal`: the bytes so far are the reference.
pub(super) fn finish(call: &mut Call<'_, '_>, object: Ref, package: Package) -> Result<(), Stop> {
    if stage(call, object)? != Stage::Begun {
        return Err(package.misuse(Misuse::IllegalUse));
    }
    if call.word(object, LENGTH)? == 0 {
        return Err(package.misuse(Misuse::InvalidData));
    }
    call.set_word(object, STAGE, Stage::Done as i16)
}

/// `clear`: wipes the reference.
pub(super) fn clear(call: &mut Call<'_, '_>, object: Ref) -> Result<(), Stop> {
    let bytes = call.hidden(object, BYTES)?;
    let length = BIO_PASSWORD_MAX.cast_signed();
    call.vm.jcre().fill(bytes, 0, length, 0, Atomicity::Transactional)?;
    call.set_word(object, LENGTH, 0)?;
    call.set_word(object, STAGE, Stage::Empty as i16)
}

/// `getPublicData`: there is none.
pub(super) fn public(call: &mut Call<'_, '_>, args: &Args, package: Package) -> Result<Value, Stop> {
    if !is_enrolled(call, args.reference(0))? {
        return Err(package.misuse(Misuse::NotEnrolled));
    }
    Ok(Value::Short(0))
}

/// `getBioType`
pub(super) fn pattern(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    pattern_of(call, args.reference(0)).map(Value::Short)
}

/// `isInitialized`
pub(super) fn is_initialized(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    is_enrolled(call, args.reference(0)).map(Value::from)
}

fn make(call: &mut Call<'_, '_>, pattern: i16, provider: Ref) -> Result<Value, Stop> {
    MANY.check_supported(pattern, provider, super::DEFAULT)?;
    let data = call.new_instance(names::OWNER_BIO_TEMPLATE_DATA)?;
    prepare(call, data, pattern)?;
    Ok(Value::Ref(data))
}

fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, args.short(0), Ref::NULL)
}

fn build_of(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, args.short(0), args.reference(1))
}
