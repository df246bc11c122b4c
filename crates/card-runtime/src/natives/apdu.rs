//! `javacard.framework.APDU`: the applet's view of the command in work. What is allowed when stands in
//! [`crate::exchange`].

use core::ops::Range;

use card_vm::heap::Atomicity;
use card_vm::{Args, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Row, row};
use crate::apdu::ChannelEncoding;
use crate::exchange::{Chaining, Exchange, Misuse};

const APDU: &[&str] = &["javacard/framework/APDU"];

/// `SecurityException` has no reason; a missing command is the API's `ILLEGAL_USE`.
const SECURITY: card_vm::ClassId = card_vm::known::SECURITY;

pub(super) const ROWS: &[Row] = &[
    row(APDU, "getInBlockSize", "()S", in_block_size),
    row(APDU, "getOutBlockSize", "()S", out_block_size),
    row(APDU, "getProtocol", "()B", protocol),
    row(APDU, "getNAD", "()B", nad),
    row(APDU, "waitExtension", "()V", wait_extension),
    row(APDU, "getCurrentAPDU", "()Ljavacard/framework/APDU;", current),
    row(APDU, "getCurrentAPDUBuffer", "()[B", current_buffer),
    row(APDU, "getCLAChannel", "()B", cla_channel),
    row(APDU, "getBuffer", "()[B", buffer),
    row(APDU, "receiveBytes", "(S)S", receive_bytes),
    row(APDU, "sendBytes", "(SS)V", send_bytes),
    row(APDU, "sendBytesLong", "([BSS)V", send_bytes_long),
    row(APDU, "setIncomingAndReceive", "()S", set_incoming_and_receive),
    row(APDU, "setOutgoing", "()S", set_outgoing),
    row(APDU, "setOutgoingNoChaining", "()S", set_outgoing_no_chaining),
    row(APDU, "setOutgoingLength", "(S)V", set_outgoing_length),
    row(APDU, "setOutgoingAndSend", "(SS)V", set_outgoing_and_send),
    row(APDU, "getCurrentState", "()B", state),
    row(APDU, "isCommandChainingCLA", "()Z", is_chained),
    row(APDU, "isSecureMessagingCLA", "()Z", is_secure),
    row(APDU, "isISOInterindustryCLA", "()Z", is_interindustry),
    row(APDU, "isValidCLA", "()Z", is_valid),
    row(APDU, "getIncomingLength", "()S", incoming_length),
    row(APDU, "getOffsetCdata", "()S", data_offset),
    row(APDU, "getLogicalChannelEncoding", "()B", channel_encoding),
];

impl From<Misuse> for Stop {
    fn from(misuse: Misuse) -> Self {
        Stop::throw_reason(names::APDU_EXCEPTION, misuse as i16)
    }
}

impl Call<'_, '_> {
    /// The command in work.
    pub(super) fn exchange(&mut self) -> Result<&mut Exchange, Stop> {
        self.runtime().exchange.as_mut().ok_or_else(|| Misuse::IllegalUse.into())
    }

    pub(super) fn apdu_buffer(&mut self) -> Ref {
        self.runtime().roots.apdu_buffer
    }

    /// Bytes of the APDU buffer from `offset`.
    pub(super) fn room(&mut self, offset: i16) -> Result<usize, Stop> {
        let buffer = self.apdu_buffer();
        let length = usize::from(self.vm.jcre().length(buffer)?);
        let offset = usize::try_from(offset).map_err(|_| Misuse::BufferBounds)?;
        length.checked_sub(offset).ok_or_else(|| Misuse::BufferBounds.into())
    }

    /// `setIncomingAndReceive`.
    pub(super) fn receive_first(&mut self) -> Result<i16, Stop> {
        let offset = self.exchange()?.data_offset();
        let room = self.room(offset)?;
        let piece = self.exchange()?.receive_first(room)?;
        self.receive_into(offset, piece)
    }

    /// Copies a piece of what the host sent into the buffer.
    fn receive_into(&mut self, offset: i16, piece: Range<usize>) -> Result<i16, Stop> {
        let buffer = self.apdu_buffer();
        let piece = self.os.data.get(piece).ok_or(Misuse::BufferBounds)?;
        self.vm.jcre().write(buffer, offset, piece, Atomicity::NonAtomic)?;
        Ok(i16::try_from(piece.len()).unwrap_or(i16::MAX))
    }

    /// Copies what the caller may read into the host's answer.
    pub(super) fn send(&mut self, array: Ref, offset: i16, length: i16) -> Result<(), Stop> {
        self.exchange()?.may_send(length)?;
        let bytes = self.vm.caller().bytes(array, offset, length)?;
        self.os.runtime.answer.extend_from_slice(bytes);
        let length = bytes.len();
        self.exchange()?.count_sent(length);
        Ok(())
    }
}

fn in_block_size(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(call.runtime().protocol.in_block()))
}

fn out_block_size(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(call.runtime().protocol.out_block()))
}

fn protocol(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(i16::from(call.runtime().protocol.byte().cast_signed())))
}

fn nad(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(0))
}

/// The host waits as long as the instruction budget lasts.
fn wait_extension(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Void)
}

fn current(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let apdu = call.runtime().roots.apdu;
    in_process(call)?;
    Ok(Value::Ref(apdu))
}

fn current_buffer(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let buffer = call.apdu_buffer();
    in_process(call)?;
    Ok(Value::Ref(buffer))
}

/// `getCurrentAPDU` is for `process` of the selected applet, and what it calls in its own context.
fn in_process(call: &mut Call<'_, '_>) -> Result<(), Stop> {
    let context = call.vm.active().context;
    let selected = call.vm.heap().selected();
    if call.runtime().exchange.is_none() || context != selected {
        return Err(Stop::throw(SECURITY));
    }
    Ok(())
}

fn buffer(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Ref(call.apdu_buffer()))
}

fn set_incoming_and_receive(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    call.receive_first().map(Value::Short)
}

fn receive_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let offset = args.short(1);
    let room = call.room(offset)?;
    let piece = call.exchange()?.receive(room)?;
    call.receive_into(offset, piece).map(Value::Short)
}

fn turn(call: &mut Call<'_, '_>, chaining: Chaining) -> Result<Value, Stop> {
    let expected = call.exchange()?.set_outgoing(chaining)?;
    Ok(Value::Short(i16::try_from(expected).unwrap_or(i16::MAX)))
}

fn set_outgoing(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    turn(call, Chaining::Allowed)
}

fn set_outgoing_no_chaining(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    turn(call, Chaining::Forbidden)
}

fn set_outgoing_length(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.exchange()?.announce(args.short(1))?;
    Ok(Value::Void)
}

fn send_bytes(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let buffer = call.apdu_buffer();
    let (offset, length) = (args.short(1), args.short(2));
    within_buffer(call, offset, length)?;
    call.send(buffer, offset, length)?;
    Ok(Value::Void)
}

fn send_bytes_long(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    call.send(args.reference(1), args.short(2), args.short(3))?;
    Ok(Value::Void)
}

fn set_outgoing_and_send(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let buffer = call.apdu_buffer();
    let (offset, length) = (args.short(1), args.short(2));
    call.exchange()?.set_outgoing(Chaining::Allowed)?;
    call.exchange()?.announce(length)?;
    within_buffer(call, offset, length)?;
    call.send(buffer, offset, length)?;
    Ok(Value::Void)
}

fn within_buffer(call: &mut Call<'_, '_>, offset: i16, length: i16) -> Result<(), Stop> {
    let length = usize::try_from(length).map_err(|_| Misuse::BufferBounds)?;
    if length > call.room(offset)? { Err(Misuse::BufferBounds.into()) } else { Ok(()) }
}

fn state(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(call.exchange()?.state as i16))
}

fn cla_channel(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(i16::from(call.exchange()?.class.channel)))
}

fn is_chained(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(call.exchange()?.class.chained.into())
}

fn is_secure(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(call.exchange()?.class.secure.into())
}

fn is_interindustry(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(call.exchange()?.class.interindustry.into())
}

fn is_valid(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(call.exchange()?.class.valid.into())
}

fn incoming_length(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let length = call.exchange()?.incoming_length();
    Ok(Value::Short(i16::try_from(length).unwrap_or(i16::MAX)))
}

fn data_offset(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(call.exchange()?.data_offset()))
}

/// How the class byte names the channel: `LC_ENCODING_*`.
fn channel_encoding(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Short(match call.exchange()?.class.encoding {
        ChannelEncoding::None => 0,
        ChannelEncoding::First => 1,
        ChannelEncoding::Further => 2,
    }))
}
