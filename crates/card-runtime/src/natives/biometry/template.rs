//! `BioBuilder` and `OwnerBioTemplate`: one reference, and the tries to match it.

use card_vm::{Args, Layout, Ref, Stop, Value};

use super::tries::Tries;
use super::{FAILURE, Misuse, Package, SUCCESS, reference, version};
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Fields, Row, fields, row};

const BUILDER: &[&str] = &["javacardx/biometry/BioBuilder"];
const TEMPLATE: &[&str] = &["javacardx/biometry/OwnerBioTemplate"];

const ONE: Package = Package::OneToOne;
const TRIES: Tries = Tries { flag: 1, limit: 5, left: 6, package: ONE };

pub(in crate::natives) const ROWS: &[Row] = &[
    row(BUILDER, "buildBioTemplate", "(BB)Ljavacardx/biometry/OwnerBioTemplate;", build),
    row(BUILDER, "buildBioTemplate", "(BB[BB)Ljavacardx/biometry/OwnerBioTemplate;", build_of),
    row(TEMPLATE, "isValidated", "()Z", is_validated),
    row(TEMPLATE, "isInitialized", "()Z", reference::is_initialized),
    row(TEMPLATE, "getPublicTemplateData", "(S[BSS)S", |call, args| reference::public(call, args, ONE)),
    row(TEMPLATE, "getBioType", "()B", reference::pattern),
    row(TEMPLATE, "getVersion", "([BS)S", version),
    row(TEMPLATE, "reset", "()V", reset),
    row(TEMPLATE, "getTriesRemaining", "()B", tries_remaining),
    row(TEMPLATE, "initMatch", "([BSS)S", init_match),
    row(TEMPLATE, "match", "([BSS)S", go_on),
    row(TEMPLATE, "init", "([BSS)V", init),
    row(TEMPLATE, "update", "([BSS)V", |call, args| reference::update(call, args, ONE)),
    row(TEMPLATE, "doFinal", "()V", finish),
    row(TEMPLATE, "resetUnblockAndSetTryLimit", "(B)V", set_limit),
    row(TEMPLATE, "clear", "()V", clear),
];

pub(in crate::natives) const FIELDS: &[Fields] = &[fields(
    "javacardx/biometry/OwnerBioTemplate",
    Layout { references: reference::REFERENCES, words: reference::WORDS + 2 },
)];

fn make(
    call: &mut Call<'_, '_>,
    (pattern, limit): (i16, i16),
    provider: Ref,
    parameter: i16,
) -> Result<Value, Stop> {
    TRIES.check_limit(limit)?;
    ONE.check_supported(pattern, provider, parameter)?;
    let template = call.new_instance(names::OWNER_BIO_TEMPLATE)?;
    reference::prepare(call, template, pattern)?;
    TRIES.prepare(call, template, limit)?;
    Ok(Value::Ref(template))
}

fn build(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, (args.short(0), args.short(1)), Ref::NULL, super::DEFAULT)
}

fn build_of(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    make(call, (args.short(0), args.short(1)), args.reference(2), args.short(3))
}

fn enrolled(call: &mut Call<'_, '_>, template: Ref) -> Result<(), Stop> {
    if reference::is_enrolled(call, template)? { Ok(()) } else { Err(ONE.misuse(Misuse::NotEnrolled)) }
}

fn is_validated(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    TRIES.is_validated(call, args.reference(0)).map(Value::from)
}

fn reset(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    TRIES.set_validated(call, args.reference(0), false)?;
    Ok(Value::Void)
}

fn tries_remaining(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    enrolled(call, args.reference(0))?;
    TRIES.left(call, args.reference(0)).map(Value::Short)
}

fn init_match(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let template = args.reference(0);
    enrolled(call, template)?;
    if !TRIES.begin(call, template)? {
        return Ok(Value::Short(FAILURE));
    }
    let candidate = reference::candidate(call, args, ONE)?;
    if !reference::matches(call, template, &candidate)? {
        return Ok(Value::Short(FAILURE));
    }
    TRIES.succeed(call, template)?;
    Ok(Value::Short(SUCCESS))
}

/// A session ends with `initMatch`, so there is none to go on with.
fn go_on(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    enrolled(call, args.reference(0))?;
    Err(ONE.misuse(Misuse::IllegalUse))
}

fn init(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    TRIES.set_validated(call, args.reference(0), false)?;
    reference::start(call, args, ONE)?;
    Ok(Value::Void)
}

fn finish(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    reference::finish(call, args.reference(0), ONE)?;
    TRIES.unblock(call, args.reference(0))?;
    Ok(Value::Void)
}

fn set_limit(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    TRIES.set_limit(call, args.reference(0), args.short(1))?;
    Ok(Value::Void)
}

fn clear(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    TRIES.set_validated(call, args.reference(0), false)?;
    reference::clear(call, args.reference(0))?;
    Ok(Value::Void)
}
