//! `ByteOrder` and its two objects, which are the runtime environment's: permanent entry points, made when first asked
//! for, found again by what they are. Hidden word: whether the low byte comes first.

use card_vm::heap::Standing;
use card_vm::{Args, Layout, Machine, Owner, Ref, Stop, Value};

use super::state::{Flag, State};
use crate::natives::call::Call;
use crate::natives::names;
use crate::natives::table::{Fields, Row, fields, row};

const ORDER: &[&str] = &["javacardx/framework/nio/ByteOrder"];
const BYTES: &[&str] = &["javacardx/framework/nio/ByteBuffer"];
const LITTLE: u16 = 0;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(ORDER, "BIG_ENDIAN", "Ljavacardx/framework/nio/ByteOrder;", big_endian),
    row(ORDER, "LITTLE_ENDIAN", "Ljavacardx/framework/nio/ByteOrder;", little_endian),
    row(BYTES, "order", "()Ljavacardx/framework/nio/ByteOrder;", order),
    row(
        BYTES,
        "order",
        "(Ljavacardx/framework/nio/ByteOrder;)Ljavacardx/framework/nio/ByteBuffer;",
        set_order,
    ),
];

pub(in crate::natives) const FIELDS: &[Fields] =
    &[fields("javacardx/framework/nio/ByteOrder", Layout { references: 0, words: 1 })];

/// The object of an order.
fn object(call: &mut Call<'_, '_>, little: bool) -> Result<Value, Stop> {
    let class = Machine::class(names::BYTE_ORDER);
    let all = call.vm.heap().objects().filter(|object| object.header.class == class);
    let all: alloc::vec::Vec<Ref> = all.map(|object| object.reference).collect();
    call.vm.charge(super::super::SEARCH_COST);
    for known in all {
        if is_little(call, known)? == little {
            return Ok(Value::Ref(known));
        }
    }
    let made = call.vm.make_instance(names::BYTE_ORDER, Owner::JCRE)?;
    call.set_word(made, LITTLE, i16::from(little))?;
    call.vm.heap().set_standing(made, Standing::PermanentEntryPoint)?;
    Ok(Value::Ref(made))
}

fn is_little(call: &mut Call<'_, '_>, order: Ref) -> Result<bool, Stop> {
    Ok(call.word(order, LITTLE)? != 0)
}

fn big_endian(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    object(call, false)
}

fn little_endian(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    object(call, true)
}

fn order(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let little = State::read(call, args.reference(0))?.has(Flag::LittleEndian);
    object(call, little)
}

fn set_order(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let order = call.callable(args.reference(1))?;
    let state = State::read(call, args.reference(0))?;
    let little = is_little(call, order)?;
    let state = if little { state.with(Flag::LittleEndian) } else { state.without(Flag::LittleEndian) };
    state.write(call, args.reference(0))?;
    Ok(Value::Ref(args.reference(0)))
}
