//! `javacard.framework.Resources` (API 3.1): the static resources of the CAP file whose code asks.
//!
//! There is one object for all, a permanent entry point of the runtime environment: what it answers depends on the
//! package that calls, not on the object, so passing it on gives nobody a resource of another file. A view shows a copy
//! in transient memory that ends with the command, as the view does.

use alloc::sync::Arc;
use alloc::vec::Vec;

use card_vm::heap::{Kind, Standing};
use card_vm::{Args, Machine, Owner, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Row, row};

const RESOURCES: &[&str] = &["javacard/framework/Resources"];
/// `SystemException.ILLEGAL_VALUE`: there is no such resource.
const ILLEGAL_VALUE: i16 = 1;

pub(super) const ROWS: &[Row] = &[
    row(RESOURCES, "getResources", "()Ljavacard/framework/Resources;", get),
    row(RESOURCES, "getSize", "(S)S", size),
    row(RESOURCES, "getView", "(S)[B", whole),
    row(RESOURCES, "getView", "(SSS)[B", part),
];

fn get(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    if let Some(object) = call.runtime().resources {
        return Ok(Value::Ref(object));
    }
    let object = match found(call.vm) {
        Some(object) => object,
        None => {
            let object = call.vm.make_instance(names::RESOURCES, Owner::JCRE)?;
            call.vm.heap().set_standing(object, Standing::PermanentEntryPoint)?;
            object
        }
    };
    call.runtime().resources = Some(object);
    Ok(Value::Ref(object))
}

/// The object that an earlier session of the card made.
fn found(vm: &mut Machine) -> Option<Ref> {
    let class = Machine::class(names::RESOURCES);
    let mut objects = vm.heap().objects();
    let ours = |object: &card_vm::heap::Object| {
        let header = object.header;
        header.kind == Kind::Instance && header.class == class && header.owner == Owner::JCRE
    };
    objects.find(ours).map(|object| object.reference)
}

/// The bytes of a resource of the calling file.
fn resource(call: &mut Call<'_, '_>, args: &Args) -> Result<Vec<u8>, Stop> {
    call.receiver(args)?;
    let package = call.vm.calling_package().map(Arc::clone);
    let bytes = package.and_then(|package| package.resource(args.short(1) as u16).map(<[u8]>::to_vec));
    bytes.ok_or(Stop::throw_reason(names::SYSTEM_EXCEPTION, ILLEGAL_VALUE))
}

fn size(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = resource(call, args)?;
    Ok(Value::Short(i16::try_from(bytes.len()).unwrap_or(i16::MAX)))
}

fn whole(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = resource(call, args)?;
    lend(call, &bytes)
}

fn part(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = resource(call, args)?;
    let (offset, length) = (usize::try_from(args.short(2)), usize::try_from(args.short(3)));
    let range = offset.ok().zip(length.ok()).and_then(|(offset, length)| bytes.get(offset..offset + length));
    lend(call, range.ok_or(Stop::throw(card_vm::known::INDEX_OUT_OF_BOUNDS))?)
}

fn lend(call: &mut Call<'_, '_>, bytes: &[u8]) -> Result<Value, Stop> {
    let owner = call.vm.active();
    call.vm.lend_bytes(bytes, owner).map(Value::Ref)
}
