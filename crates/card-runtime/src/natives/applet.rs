//! `javacard.framework.Applet`: what applets inherit. `select`, `deselect`, `getShareableInterfaceObject` are what an applet
//! does that does not say otherwise.

use card_vm::{Args, Fault, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Row, row};

const APPLET: &[&str] = &["javacard/framework/Applet"];
const EVENT: &[&str] = &["javacard/framework/AppletEvent"];
const MULTI: &[&str] = &["javacard/framework/MultiSelectable"];
/// `SystemException.ILLEGAL_AID`.
const ILLEGAL_AID: i16 = 4;

pub(super) const ROWS: &[Row] = &[
    row(APPLET, "register", "()V", register),
    row(APPLET, "register", "([BSB)V", register_as),
    row(APPLET, "selectingApplet", "()Z", selecting),
    row(APPLET, "reSelectingApplet", "()Z", reselecting),
    row(APPLET, "install", "([BSB)V", install),
    row(APPLET, "process", "(Ljavacard/framework/APDU;)V", of_the_applet),
    row(EVENT, "uninstall", "()V", of_the_applet),
    row(MULTI, "select", "(Z)Z", of_the_applet),
    row(MULTI, "deselect", "(Z)V", of_the_applet),
    row(APPLET, "select", "()Z", select),
    row(APPLET, "deselect", "()V", deselect),
    row(
        APPLET,
        "getShareableInterfaceObject",
        "(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;",
        shareable,
    ),
];

fn illegal_aid() -> Stop {
    Stop::throw_reason(names::SYSTEM_EXCEPTION, ILLEGAL_AID)
}

/// Registers under the AID that INSTALL gave the instance.
fn register(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let installing = call.runtime().installing.as_mut().ok_or_else(illegal_aid)?;
    if !installing.object.is_null() {
        return Err(illegal_aid());
    }
    installing.object = args.reference(0);
    Ok(Value::Void)
}

/// Registers under an AID of the applet's choice, which must be the one that INSTALL gave the instance
/// (GlobalPlatform Card Specification 2.3.1, 9.3.6).
fn register_as(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let aid = call.passed_aid(args, 1)?;
    match &call.runtime().installing {
        Some(installing) if installing.aid == aid => register(call, args),
        Some(_) | None => Err(illegal_aid()),
    }
}

/// What an applet hides with its own; it makes no instance.
fn install(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Void)
}

/// What every applet has of its own, or every applet that declares it: calls lead there, and never here.
fn of_the_applet(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Err(Fault::AbstractMethod.into())
}

fn selecting(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(call.runtime().selecting.into())
}

/// Whether the applet that runs `deselect` and then `select` is selected again on the channel where it is selected.
fn reselecting(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(call.runtime().reselecting.into())
}

fn select(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(true.into())
}

fn deselect(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Void)
}

fn shareable(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Ref(Ref::NULL))
}
