//! `org.globalplatform.CVM`: the global PIN, which `GPSystem.getCVM` gives to any applet.
//!
//! Every applet may ask and verify; to change it, an applet needs the CVM Management privilege, and is told no without. A
//! try is counted and made durable before the comparison, whatever becomes of a transaction.

use alloc::sync::Arc;

use card_vm::{Args, Stop, Value};

use super::call::Call;
use super::global_platform::has;
use super::table::{Row, row};
use crate::cvm::{Format, GlobalPin};
use crate::domain::GLOBAL_PIN;
use crate::registry::Privilege;

const CVM: &[&str] = &["org/globalplatform/CVM"];
/// `CVM.CVM_SUCCESS` and `CVM.CVM_FAILURE`.
const SUCCESS: i16 = 0;
const FAILURE: i16 = -1;

pub(super) const ROWS: &[Row] = &[
    row(CVM, "isActive", "()Z", |call, _| Ok(pin(call).is_active().into())),
    row(CVM, "isSubmitted", "()Z", |call, _| Ok(pin(call).is_submitted().into())),
    row(CVM, "isVerified", "()Z", |call, _| Ok(pin(call).is_verified().into())),
    row(CVM, "isBlocked", "()Z", |call, _| Ok(pin(call).is_blocked().into())),
    row(CVM, "getTriesRemaining", "()B", |call, _| Ok(Value::Short(i16::from(pin(call).tries())))),
    row(CVM, "update", "([BSBB)Z", update),
    row(CVM, "resetState", "()Z", |call, _| Ok(pin(call).reset_state().into())),
    row(CVM, "blockState", "()Z", |call, _| manage(call, GlobalPin::block)),
    row(CVM, "resetAndUnblockState", "()Z", |call, _| manage(call, GlobalPin::unblock)),
    row(CVM, "setTryLimit", "(B)Z", set_limit),
    row(CVM, "verify", "([BSBB)S", verify),
];

fn pin<'c>(call: &'c mut Call<'_, '_>) -> &'c mut GlobalPin {
    &mut call.os.runtime.global_pin
}

fn keep(call: &mut Call<'_, '_>) -> Result<(), Stop> {
    let bytes = Arc::from(pin(call).encode().as_slice());
    call.vm.heap().set_blob_at_once(GLOBAL_PIN, Some(bytes))
}

/// A change that only an applet with the privilege may make.
fn manage(call: &mut Call<'_, '_>, change: impl FnOnce(&mut GlobalPin) -> bool) -> Result<Value, Stop> {
    if !has(call, Privilege::CvmManagement) {
        return Ok(false.into());
    }
    let done = change(pin(call));
    keep(call)?;
    Ok(done.into())
}

fn update(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(3));
    let bytes = zeroize::Zeroizing::new(call.vm.caller().bytes(array, offset, length)?.to_vec());
    let [_, format] = args.short(4).to_be_bytes();
    manage(call, |pin| Format::parse(format).is_some_and(|format| pin.update(format, &bytes)))
}

fn set_limit(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let [_, limit] = args.short(1).to_be_bytes();
    manage(call, |pin| pin.set_limit(limit))
}

fn verify(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(3));
    let offered = zeroize::Zeroizing::new(call.vm.caller().bytes(array, offset, length)?.to_vec());
    if !pin(call).take_try() {
        return Ok(Value::Short(FAILURE));
    }
    keep(call)?;
    call.persist()?;
    let [_, format] = args.short(4).to_be_bytes();
    let right = Format::parse(format).is_some_and(|format| pin(call).compare(format, &offered));
    if right {
        keep(call)?;
    }
    Ok(Value::Short(if right { SUCCESS } else { FAILURE }))
}
