//! `BasicService`: the command and the answer in the APDU buffer.

use card_vm::heap::Atomicity;
use card_vm::{Args, Stop, Value};

use super::Misuse;
use crate::exchange::{Chaining, State};
use crate::natives::call::Call;
use crate::natives::table::{Row, row};
use crate::status::StatusWord;

const SERVICE: &[&str] = &["javacard/framework/service/BasicService"];

const CLA: i16 = 0;
const INS: i16 = 1;
const P1: i16 = 2;
const P2: i16 = 3;
const STATUS: i16 = 2;
const LA: i16 = 4;
/// Where data begin, in and out.
pub(super) const DATA: i16 = 5;
/// The longest answer that the form can speak of.
const LONGEST: i16 = 256;

pub(in crate::natives) const ROWS: &[Row] = &[
    row(SERVICE, "processDataIn", "(Ljavacard/framework/APDU;)Z", nothing),
    row(SERVICE, "processCommand", "(Ljavacard/framework/APDU;)Z", nothing),
    row(SERVICE, "processDataOut", "(Ljavacard/framework/APDU;)Z", nothing),
    row(SERVICE, "receiveInData", "(Ljavacard/framework/APDU;)S", receive),
    row(SERVICE, "setProcessed", "(Ljavacard/framework/APDU;)V", set_processed),
    row(SERVICE, "isProcessed", "(Ljavacard/framework/APDU;)Z", is_processed),
    row(SERVICE, "setOutputLength", "(Ljavacard/framework/APDU;S)V", set_output_length),
    row(SERVICE, "getOutputLength", "(Ljavacard/framework/APDU;)S", get_output_length),
    row(SERVICE, "setStatusWord", "(Ljavacard/framework/APDU;S)V", set_status),
    row(SERVICE, "getStatusWord", "(Ljavacard/framework/APDU;)S", get_status),
    row(SERVICE, "fail", "(Ljavacard/framework/APDU;S)Z", fail),
    row(SERVICE, "succeed", "(Ljavacard/framework/APDU;)Z", succeed),
    row(SERVICE, "succeedWithStatusWord", "(Ljavacard/framework/APDU;S)Z", succeed_with),
    row(SERVICE, "getCLA", "(Ljavacard/framework/APDU;)B", |call, args| header(call, args, CLA)),
    row(SERVICE, "getINS", "(Ljavacard/framework/APDU;)B", |call, args| header(call, args, INS)),
    row(SERVICE, "getP1", "(Ljavacard/framework/APDU;)B", |call, args| parameter(call, args, P1)),
    row(SERVICE, "getP2", "(Ljavacard/framework/APDU;)B", |call, args| parameter(call, args, P2)),
    row(SERVICE, "selectingApplet", "()Z", selecting),
];

/// Where the command in work stands, whose APDU the caller passed.
fn state(call: &mut Call<'_, '_>, args: &Args) -> Result<State, Stop> {
    call.callable(args.reference(1))?;
    Ok(call.exchange()?.state)
}

/// Whether the answer can be spoken of: the APDU was turned to outgoing.
fn processed(call: &mut Call<'_, '_>) -> Result<(), Stop> {
    if call.exchange()?.state < State::Outgoing {
        return Err(Misuse::CannotAccessOutCommand.into());
    }
    Ok(())
}

fn write(call: &mut Call<'_, '_>, at: i16, bytes: &[u8]) -> Result<(), Stop> {
    let buffer = call.apdu_buffer();
    call.vm.jcre().write(buffer, at, bytes, Atomicity::NonAtomic)
}

fn byte(call: &mut Call<'_, '_>, at: i16) -> Result<u8, Stop> {
    let buffer = call.apdu_buffer();
    call.vm.jcre().load_byte(buffer, at).map(i8::cast_unsigned)
}

/// What a service does that does not say otherwise.
fn nothing(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(false.into())
}

fn receive(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    match state(call, args)? {
        State::Initial => {
            let length = call.exchange()?.incoming_length();
            let offset = call.exchange()?.data_offset();
            if length > call.room(offset)? {
                return Err(Misuse::CommandDataTooLong.into());
            }
            if length > 0 {
                call.receive_first()?;
            }
        }
        State::FullIncoming => {}
        State::PartialIncoming
        | State::Outgoing
        | State::OutgoingLengthKnown
        | State::PartialOutgoing
        | State::FullOutgoing => return Err(Misuse::CannotAccessInCommand.into()),
    }
    let length = call.exchange()?.incoming_length();
    Ok(Value::Short(i16::try_from(length).unwrap_or(i16::MAX)))
}

fn turn(call: &mut Call<'_, '_>, args: &Args) -> Result<(), Stop> {
    if state(call, args)? < State::Outgoing {
        call.exchange()?.set_outgoing(Chaining::Allowed)?;
        write(call, LA, &[0])?;
    }
    Ok(())
}

fn set_processed(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    turn(call, args)?;
    Ok(Value::Void)
}

fn is_processed(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok((state(call, args)? >= State::Outgoing).into())
}

fn set_length(call: &mut Call<'_, '_>, length: i16) -> Result<(), Stop> {
    let fits = usize::try_from(length).is_ok_and(|length| call.room(DATA).is_ok_and(|room| length <= room));
    if !fits || length > LONGEST {
        return Err(Misuse::IllegalParam.into());
    }
    call.exchange()?.longest_answer = length == LONGEST;
    let [_, low] = length.to_be_bytes();
    write(call, LA, &[low])
}

fn set_output_length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    state(call, args)?;
    set_length(call, args.short(2))?;
    Ok(Value::Void)
}

/// Bytes of the answer: La, which is 0 for none and for 256.
pub(super) fn output_length(call: &mut Call<'_, '_>) -> Result<i16, Stop> {
    let la = byte(call, LA)?;
    let longest = call.exchange()?.longest_answer;
    Ok(if la == 0 && longest { LONGEST } else { i16::from(la) })
}

fn get_output_length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    state(call, args)?;
    processed(call)?;
    output_length(call).map(Value::Short)
}

fn set_status(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    state(call, args)?;
    write(call, STATUS, &args.short(2).to_be_bytes())?;
    Ok(Value::Void)
}

/// The status word of the answer.
pub(super) fn status(call: &mut Call<'_, '_>) -> Result<i16, Stop> {
    Ok(i16::from_be_bytes([byte(call, STATUS)?, byte(call, STATUS + 1)?]))
}

fn get_status(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    state(call, args)?;
    processed(call)?;
    status(call).map(Value::Short)
}

fn fail(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    turn(call, args)?;
    set_length(call, 0)?;
    write(call, STATUS, &args.short(2).to_be_bytes())?;
    Ok(true.into())
}

fn succeed(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    turn(call, args)?;
    write(call, STATUS, &StatusWord::OK.0.to_be_bytes())?;
    Ok(true.into())
}

fn succeed_with(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    turn(call, args)?;
    write(call, STATUS, &args.short(2).to_be_bytes())?;
    Ok(true.into())
}

fn header(call: &mut Call<'_, '_>, args: &Args, at: i16) -> Result<Value, Stop> {
    state(call, args)?;
    Ok(Value::Short(i16::from(byte(call, at)?.cast_signed())))
}

/// P1 and P2 are there until the status word takes their place.
fn parameter(call: &mut Call<'_, '_>, args: &Args, at: i16) -> Result<Value, Stop> {
    match state(call, args)? {
        State::Initial | State::FullIncoming => header(call, args, at),
        State::PartialIncoming
        | State::Outgoing
        | State::OutgoingLengthKnown
        | State::PartialOutgoing
        | State::FullOutgoing => Err(Misuse::CannotAccessInCommand.into()),
    }
}

fn selecting(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(call.runtime().selecting.into())
}
