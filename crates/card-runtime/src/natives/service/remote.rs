//! `RMIService` and `CardRemoteObject` on a platform without remote method invocation: `SystemException.NO_RESOURCE`, for
//! there is room for no exported object.

use card_vm::heap::Access;
use card_vm::{Args, Ref, Stop, Value};

use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Row, row};

const SERVICE: &[&str] = &["javacard/framework/service/RMIService"];
const OBJECT: &[&str] = &["javacard/framework/service/CardRemoteObject"];

/// `SystemException.NO_RESOURCE`.
const NO_RESOURCE: i16 = 5;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(SERVICE, "<init>", "(Ljava/rmi/Remote;)V", publish),
    row(SERVICE, "setInvokeInstructionByte", "(B)V", unsupported),
    row(SERVICE, "processCommand", "(Ljavacard/framework/APDU;)Z", unsupported),
    row(OBJECT, "<init>", "()V", unsupported),
    row(OBJECT, "export", "(Ljava/rmi/Remote;)V", export),
    row(OBJECT, "unexport", "(Ljava/rmi/Remote;)V", unexport),
];

fn unsupported(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Err(Stop::throw_reason(names::SYSTEM_EXCEPTION, NO_RESOURCE))
}

/// A remote object, which must be the caller's own.
fn own(call: &mut Call<'_, '_>, object: Ref) -> Result<(), Stop> {
    call.vm.caller().header(object, Access::Field).map(drop)
}

fn publish(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    own(call, args.reference(1))?;
    unsupported(call, args)
}

fn export(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    own(call, args.reference(0))?;
    unsupported(call, args)
}

/// What was never exported need not be taken back.
fn unexport(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    own(call, args.reference(0))?;
    Ok(Value::Void)
}
