//! `javacard.framework.Util`, `javacardx.apdu.util.APDUUtil`.

use card_vm::heap::Atomicity;
use card_vm::{Args, Stop, Value};

use super::call::Call;
use super::table::{Row, row};
use crate::apdu::Class;
use crate::limits::BYTES_PER_CALL;

const UTIL: &[&str] = &["javacard/framework/Util"];
const APDU_UTIL: &[&str] = &["javacardx/apdu/util/APDUUtil"];

pub(super) const ROWS: &[Row] = &[
    row(UTIL, "arrayCompare", "([BS[BSS)B", array_compare),
    row(UTIL, "arrayCopy", "([BS[BSS)S", array_copy),
    row(UTIL, "arrayCopyNonAtomic", "([BS[BSS)S", array_copy_non_atomic),
    row(UTIL, "arrayFill", "([BSSB)S", array_fill),
    row(UTIL, "arrayFillNonAtomic", "([BSSB)S", array_fill_non_atomic),
    row(UTIL, "makeShort", "(BB)S", make_short),
    row(UTIL, "getShort", "([BS)S", get_short),
    row(UTIL, "setShort", "([BSS)S", set_short),
    row(APDU_UTIL, "getCLAChannel", "(B)B", cla_channel),
    row(APDU_UTIL, "isSecureMessagingCLA", "(B)Z", cla_is_secure),
    row(APDU_UTIL, "isCommandChainingCLA", "(B)Z", cla_is_chained),
    row(APDU_UTIL, "isISOInterindustryCLA", "(B)Z", cla_is_interindustry),
    row(APDU_UTIL, "isValidCLA", "(B)Z", cla_is_valid),
];

fn copy(call: &mut Call<'_, '_>, args: &Args, how: Atomicity) -> Result<Value, Stop> {
    let (to, to_offset, length) = (args.reference(2), args.short(3), args.short(4));
    call.vm.caller().copy((args.reference(0), args.short(1)), (to, to_offset), length, how)?;
    Ok(Value::Short(to_offset.wrapping_add(length)))
}

fn array_copy(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    copy(call, args, Atomicity::Transactional)
}

fn array_copy_non_atomic(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    copy(call, args, Atomicity::NonAtomic)
}

fn fill(call: &mut Call<'_, '_>, args: &Args, how: Atomicity) -> Result<Value, Stop> {
    let (offset, length) = (args.short(1), args.short(2));
    let [_, value] = args.short(3).to_be_bytes();
    call.vm.caller().fill(args.reference(0), offset, length, value, how)?;
    Ok(Value::Short(offset.wrapping_add(length)))
}

fn array_fill(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    fill(call, args, Atomicity::Transactional)
}

fn array_fill_non_atomic(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    fill(call, args, Atomicity::NonAtomic)
}

/// -1, 0 or 1. Looks at every byte, so that comparing a secret takes as long wherever the difference lies.
fn array_compare(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let length = args.short(4);
    call.vm.charge(u64::try_from(length).unwrap_or(0) / BYTES_PER_CALL);
    let left = call.vm.caller().bytes(args.reference(0), args.short(1), length)?.to_vec();
    let right = call.vm.caller().bytes(args.reference(2), args.short(3), length)?;
    let order = left.iter().zip(right).fold(0_i16, |order, (left, right)| {
        let here = i16::from(left > right) - i16::from(left < right);
        if order == 0 { here } else { order }
    });
    Ok(Value::Short(order))
}

fn make_short(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let ([_, high], [_, low]) = (args.short(0).to_be_bytes(), args.short(1).to_be_bytes());
    Ok(Value::Short(i16::from_be_bytes([high, low])))
}

fn get_short(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.vm.caller().bytes(args.reference(0), args.short(1), 2)?;
    Ok(Value::Short(bytes.first_chunk().copied().map_or(0, i16::from_be_bytes)))
}

fn set_short(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let offset = args.short(1);
    let bytes = args.short(2).to_be_bytes();
    call.vm.caller().write(args.reference(0), offset, &bytes, Atomicity::Transactional)?;
    Ok(Value::Short(offset.wrapping_add(2)))
}

fn class(args: &Args) -> Class {
    let [_, cla] = args.short(0).to_be_bytes();
    Class::of(cla)
}

fn cla_channel(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(i16::from(class(args).channel)))
}

fn cla_is_secure(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(class(args).secure.into())
}

fn cla_is_chained(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(class(args).chained.into())
}

fn cla_is_interindustry(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(class(args).interindustry.into())
}

fn cla_is_valid(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(class(args).valid.into())
}
