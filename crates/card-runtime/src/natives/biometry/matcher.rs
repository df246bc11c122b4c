//! `Bio1toNBuilder` and `OwnerBioMatcher`: several references, any of which a candidate may match.
//!
//! Hidden references: an array of references to template data; the validated flag; a transient `short[1]`, one more than
//! the index of what matched last, 0 when nothing did. Hidden words: pattern, try limit, tries left. All references are
//! compared, whichever matches.

use card_vm::heap::{Access, Class, Kind, Memory};
use card_vm::{Args, Layout, Machine, Ref, Stop, Value};

use super::tries::Tries;
use super::{DEFAULT, FAILURE, Misuse, Package, SUCCESS, reference, version};
use crate::limits::BIO_TEMPLATES_MAX;
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Fields, Row, fields, row};

const BUILDER: &[&str] = &["javacardx/biometry1toN/Bio1toNBuilder"];
const MATCHER: &[&str] = &["javacardx/biometry1toN/OwnerBioMatcher"];

const MANY: Package = Package::OneToMany;
const DATA: u16 = 0;
const LAST: u16 = 2;
const PATTERN: u16 = 3;
const TRIES: Tries = Tries { flag: 1, limit: 4, left: 5, package: MANY };

/// `Bio1toNException.BIO_TEMPLATE_DATA_CAPACITY_EXCEEDED`.
const CAPACITY_EXCEEDED: i16 = 6;
/// `Bio1toNException.MISMATCHED_BIO_TYPE`.
const MISMATCHED: i16 = 7;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(BUILDER, "buildBioMatcher", "(SBB)Ljavacardx/biometry1toN/OwnerBioMatcher;", build),
    row(BUILDER, "buildBioMatcher", "(SBB[BB)Ljavacardx/biometry1toN/OwnerBioMatcher;", build_of),
    row(MATCHER, "isInitialized", "()Z", is_initialized),
    row(MATCHER, "isValidated", "()Z", is_validated),
    row(MATCHER, "reset", "()V", reset),
    row(MATCHER, "getTriesRemaining", "()B", tries_remaining),
    row(MATCHER, "getBioType", "()B", pattern),
    row(MATCHER, "getVersion", "([BS)S", version),
    row(MATCHER, "initMatch", "([BSS)S", init_match),
    row(MATCHER, "match", "([BSS)S", go_on),
    row(MATCHER, "getMaxNbOfBioTemplateData", "()S", capacity),
    row(MATCHER, "getIndexOfLastMatchingBioTemplateData", "()S", last),
    row(MATCHER, "getBioTemplateData", "(S)Ljavacardx/biometry1toN/BioTemplateData;", get),
    row(MATCHER, "getBioTemplateData", "(S)Ljavacardx/biometry1toN/OwnerBioTemplateData;", get),
    row(MATCHER, "putBioTemplateData", "(SLjavacardx/biometry1toN/BioTemplateData;)V", put),
    row(MATCHER, "resetUnblockAndSetTryLimit", "(B)V", set_limit),
];

pub(in crate::natives) const FIELDS: &[Fields] =
    &[fields("javacardx/biometry1toN/OwnerBioMatcher", Layout { references: 3, words: 3 })];

fn misuse(reason: i16) -> Stop {
    Stop::throw_reason(names::BIO_1_TO_N_EXCEPTION, reason)
}

fn make(
    call: &mut Call<'_, '_>,
    (most, pattern, limit): (i16, i16, i16),
    provider: Ref,
    parameter: i16,
) -> Result<Value, Stop> {
    if most < 1 {
        return Err(MANY.misuse(Misuse::IllegalValue));
    }
    TRIES.check_limit(limit)?;
    if most > BIO_TEMPLATES_MAX {
        return Err(misuse(CAPACITY_EXCEEDED));
    }
    MANY.check_supported(pattern, provider, parameter)?;
    let owner = call.vm.active();
    let class = Machine::class(names::OWNER_BIO_TEMPLATE_DATA);
    let data = call.vm.make_array_in(Memory::Persistent, Kind::References, class, most, owner)?;
    let last = call.vm.make_array_in(Memory::ClearOnReset, Kind::Shorts, Class::NONE, 1, owner)?;
    let matcher = call.new_instance(names::OWNER_BIO_MATCHER)?;
    call.set_hidden(matcher, DATA, data)?;
    call.set_hidden(matcher, LAST, last)?;
    call.set_word(matcher, PATTERN, pattern)?;
    TRIES.prepare(call, matcher, limit)?;
    Ok(Value::Ref(matcher))
}

fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, (args.short(0), args.short(1), args.short(2)), Ref::NULL, DEFAULT)
}

fn build_of(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, (args.short(0), args.short(1), args.short(2)), args.reference(3), args.short(4))
}

fn most(call: &mut Call<'_, '_>, matcher: Ref) -> Result<i16, Stop> {
    let data = call.hidden(matcher, DATA)?;
    Ok(call.vm.jcre().length(data)?.cast_signed())
}

fn at(call: &mut Call<'_, '_>, matcher: Ref, index: i16) -> Result<Ref, Stop> {
    let data = call.hidden(matcher, DATA)?;
    call.vm.jcre().load_element(data, index)
}

/// Whether there is a reference at an index.
fn is_enrolled(call: &mut Call<'_, '_>, matcher: Ref, index: i16) -> Result<bool, Stop> {
    let data = at(call, matcher, index)?;
    Ok(!data.is_null() && reference::is_enrolled(call, data)?)
}

fn any_enrolled(call: &mut Call<'_, '_>, matcher: Ref) -> Result<bool, Stop> {
    for index in 0..most(call, matcher)? {
        if is_enrolled(call, matcher, index)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn enrolled(call: &mut Call<'_, '_>, matcher: Ref) -> Result<(), Stop> {
    if any_enrolled(call, matcher)? { Ok(()) } else { Err(MANY.misuse(Misuse::NotEnrolled)) }
}

fn set_last(call: &mut Call<'_, '_>, matcher: Ref, last: i16) -> Result<(), Stop> {
    let array = call.hidden(matcher, LAST)?;
    call.vm.jcre().store_short(array, 0, last)
}

fn is_initialized(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    any_enrolled(call, args.reference(0)).map(Value::from)
}

fn is_validated(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    TRIES.is_validated(call, args.reference(0)).map(Value::from)
}

fn reset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    TRIES.set_validated(call, args.reference(0), false)?;
    set_last(call, args.reference(0), 0)?;
    Ok(Value::Void)
}

fn tries_remaining(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    enrolled(call, args.reference(0))?;
    TRIES.left(call, args.reference(0)).map(Value::Short)
}

fn pattern(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.word(args.reference(0), PATTERN).map(Value::Short)
}

fn init_match(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let matcher = args.reference(0);
    enrolled(call, matcher)?;
    if !TRIES.begin(call, matcher)? {
        return Ok(Value::Short(FAILURE));
    }
    let candidate = reference::candidate(call, args, MANY)?;
    let mut matching = 0;
    for index in 0..most(call, matcher)? {
        let data = at(call, matcher, index)?;
        if is_enrolled(call, matcher, index)? && reference::matches(call, data, &candidate)? && matching == 0
        {
            matching = index + 1;
        }
    }
    if matching == 0 {
        return Ok(Value::Short(FAILURE));
    }
    set_last(call, matcher, matching)?;
    TRIES.succeed(call, matcher)?;
    Ok(Value::Short(SUCCESS))
}

/// A session ends with `initMatch`, so there is none to go on with.
fn go_on(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    enrolled(call, args.reference(0))?;
    Err(MANY.misuse(Misuse::IllegalUse))
}

fn capacity(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    most(call, args.reference(0)).map(Value::Short)
}

fn last(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let array = call.hidden(args.reference(0), LAST)?;
    match call.vm.jcre().load_short(array, 0)? {
        0 => Err(MANY.misuse(Misuse::IllegalUse)),
        matching => Ok(Value::Short(matching - 1)),
    }
}

fn get(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let index = args.short(1);
    if index < 0 || index >= most(call, args.reference(0))? {
        return Ok(Value::Ref(Ref::NULL));
    }
    at(call, args.reference(0), index).map(Value::Ref)
}

fn put(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (matcher, index, data) = (args.reference(0), args.short(1), args.reference(2));
    if index < 0 || index >= most(call, matcher)? {
        return Err(MANY.misuse(Misuse::IllegalValue));
    }
    if !data.is_null() {
        call.vm.caller().header(data, Access::InterfaceCall)?;
        // What an applet implements itself has no reference that could be compared here.
        if !call.is_a(data, names::OWNER_BIO_TEMPLATE_DATA)
            || reference::pattern_of(call, data)? != call.word(matcher, PATTERN)?
        {
            return Err(misuse(MISMATCHED));
        }
        if !reference::is_enrolled(call, data)? {
            return Err(MANY.misuse(Misuse::NotEnrolled));
        }
    }
    let array = call.hidden(matcher, DATA)?;
    call.vm.jcre().store_element(array, index, data)?;
    Ok(Value::Void)
}

fn set_limit(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    TRIES.set_limit(call, args.reference(0), args.short(1))?;
    Ok(Value::Void)
}
