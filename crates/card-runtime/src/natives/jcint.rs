//! `javacardx.framework.util.intx.JCint`.

use card_vm::heap::{Atomicity, Kind};
use card_vm::value::int_of;
use card_vm::{Args, Stop, Value};

use super::arrays::{array_view, transient};
use super::call::Call;
use super::table::{Row, row};

const INT: &[&str] = &["javacardx/framework/util/intx/JCint"];

pub(super) const ROWS: &[Row] = &[
    row(INT, "makeInt", "(BBBB)I", of_bytes),
    row(INT, "makeInt", "(SS)I", of_shorts),
    row(INT, "getInt", "([BS)I", get),
    row(INT, "setInt", "([BSI)S", set),
    row(INT, "makeTransientIntArray", "(SB)[I", transient_ints),
    row(INT, "makeIntArrayView", "([ISSSLjavacard/framework/Shareable;)[I", array_view),
];

fn of_bytes(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = [0, 1, 2, 3].map(|index| args.short(index).to_be_bytes()[1]);
    Ok(Value::Int(i32::from_be_bytes(bytes)))
}

fn of_shorts(_: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(Value::Int(int_of(args.short(0), args.short(1))))
}

fn get(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let bytes = call.vm.caller().bytes(args.reference(0), args.short(1), 4)?;
    Ok(Value::Int(bytes.first_chunk().copied().map_or(0, i32::from_be_bytes)))
}

fn set(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset, value) = (args.reference(0), args.short(1), args.int(2));
    call.vm.caller().write(array, offset, &value.to_be_bytes(), Atomicity::Transactional)?;
    Ok(Value::Short(offset.wrapping_add(4)))
}

fn transient_ints(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    transient(call, args, Kind::Ints)
}
