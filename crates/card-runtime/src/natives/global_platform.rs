//! `org.globalplatform.GPSystem` and `SecureChannel`.
//!
//! The secure channel object is the runtime environment's, a permanent entry point; what it stands for is the session of
//! the applet that calls it, on the channel of the present command.

use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{Args, Ref, Stop, Value};

use super::call::Call;
use super::names;
use super::table::{Row, row};
use crate::apdu::{Command, Response};
use crate::channels::Selected;
use crate::registry::{CardState, Privilege, life_cycle};
use crate::scp::{Channel, ChannelError, length_field};
use crate::secure::{Holder, Unwrapped};
use crate::status::StatusWord;

const SYSTEM: &[&str] = &["org/globalplatform/GPSystem"];
const CHANNEL: &[&str] = &["org/globalplatform/SecureChannel"];

/// Instructions of the two commands that open a session.
const INITIALIZE_UPDATE: u8 = 0x50;
const EXTERNAL_AUTHENTICATE: u8 = 0x82;
/// `GPSystem.CVM_GLOBAL_PIN`.
const GLOBAL_PIN: i16 = 0x11;
/// Where command data begin in a short command, and where an applet finds the answer.
const DATA: i16 = 5;

pub(super) const ROWS: &[Row] = &[
    row(SYSTEM, "getCardContentState", "()B", content_state),
    row(SYSTEM, "setCardContentState", "(B)Z", set_content_state),
    row(SYSTEM, "getCardState", "()B", card_state),
    row(SYSTEM, "getSecureChannel", "()Lorg/globalplatform/SecureChannel;", secure_channel),
    row(SYSTEM, "getCVM", "(B)Lorg/globalplatform/CVM;", get_cvm),
    row(SYSTEM, "lockCard", "()Z", lock_card),
    row(SYSTEM, "terminateCard", "()Z", terminate_card),
    row(SYSTEM, "setATRHistBytes", "([BSB)Z", refuse),
    row(CHANNEL, "processSecurity", "(Ljavacard/framework/APDU;)S", process_security),
    row(CHANNEL, "unwrap", "([BSS)S", unwrap),
    row(CHANNEL, "wrap", "([BSS)S", wrap),
    row(CHANNEL, "decryptData", "([BSS)S", decrypt),
    row(CHANNEL, "encryptData", "([BSS)S", encrypt),
    row(CHANNEL, "resetSecurity", "()V", reset),
    row(CHANNEL, "getSecurityLevel", "()B", level),
];

fn iso(status: StatusWord) -> Stop {
    Stop::throw_reason(names::ISO_EXCEPTION, status.0.cast_signed())
}

fn holder(call: &mut Call<'_, '_>) -> Holder {
    let applet = call.vm.active().applet;
    Holder { channel: call.runtime().channel, application: Selected::Applet(applet) }
}

fn content_state(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let applet = call.vm.active().applet;
    let state = call.runtime().applet(applet).map_or(life_cycle::INSTALLED, |entry| entry.life_cycle);
    Ok(Value::Short(i16::from(state.cast_signed())))
}

/// An application may move between its own states, 07 to 7F with the lowest three bits set, once it is selectable, and it
/// may lock itself; it cannot unlock itself (Card Specification 2.3.1, 5.3.1; GlobalPlatform API, `GPSystem`).
fn set_content_state(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let [_, state] = args.short(0).to_be_bytes();
    let applet = call.vm.active().applet;
    let entries = &mut call.runtime().registry.applets;
    let Some(entry) = entries.iter_mut().find(|entry| entry.id == applet) else { return Ok(false.into()) };
    let locked = entry.life_cycle & life_cycle::LOCKED != 0;
    let next = match state & life_cycle::LOCKED {
        0 if state & 0x07 != 0x07 || entry.life_cycle == life_cycle::INSTALLED => return Ok(false.into()),
        0 => state,
        _ => entry.life_cycle | life_cycle::LOCKED,
    };
    if locked {
        return Ok(false.into());
    }
    entry.life_cycle = next;
    crate::domain::keep_registry_at_once(call.vm, call.os.runtime)?;
    Ok(true.into())
}

/// Whether the calling applet has a privilege.
pub(super) fn has(call: &mut Call<'_, '_>, privilege: Privilege) -> bool {
    let applet = call.vm.active().applet;
    call.runtime().applet(applet).is_some_and(|entry| entry.privileges.has(privilege))
}

/// Moves the card's life cycle, if the calling applet may.
fn move_card(call: &mut Call<'_, '_>, state: CardState, privilege: Privilege) -> Result<Value, Stop> {
    let now = call.runtime().registry.state;
    if !has(call, privilege) || !crate::domain::may_follow(now, state) {
        return Ok(false.into());
    }
    call.runtime().registry.state = state;
    crate::domain::keep_registry_at_once(call.vm, call.os.runtime)?;
    Ok(true.into())
}

fn lock_card(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    move_card(call, CardState::Locked, Privilege::CardLock)
}

fn terminate_card(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    move_card(call, CardState::Terminated, Privilege::CardTerminate)
}

/// The global PIN, once somebody has set it up or may do so; null for any other method.
fn get_cvm(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    Ok(Value::Ref(match args.short(0) {
        GLOBAL_PIN => call.runtime().roots.global_pin,
        _ => Ref::NULL,
    }))
}

fn card_state(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let state: CardState = call.runtime().registry.state;
    Ok(Value::Short(i16::from((state as u8).cast_signed())))
}

fn secure_channel(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(Value::Ref(call.runtime().roots.secure_channel))
}

/// The answer to reset is the same for every card.
fn refuse(_: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    Ok(false.into())
}

/// Takes INITIALIZE UPDATE or EXTERNAL AUTHENTICATE, puts the answer at offset 5 of the APDU buffer and gives its length.
fn process_security(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    if call.exchange()?.state == crate::exchange::State::Initial {
        call.receive_first()?;
    }
    let length = i16::try_from(call.exchange()?.incoming_length()).unwrap_or(i16::MAX);
    let offset = call.exchange()?.data_offset();
    let buffer = call.runtime().roots.apdu_buffer;
    let header = call.vm.jcre().bytes(buffer, 0, 4)?.to_vec();
    let data = call.vm.jcre().bytes(buffer, offset, length)?.to_vec();
    let &[cla, ins, p1, p2] = header.as_slice() else { return Err(iso(StatusWord::UNKNOWN)) };
    let command = Command { cla, ins, p1, p2, data: &data, expected: None, extended: offset != DATA };
    let answer = open(call, &command).map_err(iso)?;
    call.vm.jcre().write(buffer, DATA, &answer, Atomicity::NonAtomic)?;
    Ok(Value::Short(i16::try_from(answer.len()).unwrap_or_default()))
}

fn open(call: &mut Call<'_, '_>, command: &Command<'_>) -> Result<Vec<u8>, StatusWord> {
    let holder = holder(call);
    if command.class().interindustry {
        return Err(StatusWord::CLA_NOT_SUPPORTED);
    }
    match command.ins {
        INITIALIZE_UPDATE => crate::domain::initialize_update(call.vm, call.os, holder, command),
        EXTERNAL_AUTHENTICATE => {
            crate::domain::external_authenticate(call.vm, call.os, holder, command).map(|()| Vec::new())
        }
        _ => Err(StatusWord::INS_NOT_SUPPORTED),
    }
}

/// Takes a whole command in an array, checks and decrypts it in place, and gives its new length: header, Lc, plain data. A
/// command that announces no secure messaging stays as it is: whether it will do is the applet's to say.
fn unwrap(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(3));
    let bytes = call.vm.caller().bytes(array, offset, length)?.to_vec();
    let (header, body) = bytes.split_first_chunk::<4>().ok_or_else(|| iso(StatusWord::WRONG_LENGTH))?;
    let &[cla, ins, p1, p2] = header;
    let (data, extended) = match body {
        [] => (&[][..], false),
        [0, _, _, data @ ..] if !data.is_empty() => (data, true),
        [_, data @ ..] => (data, false),
    };
    let command = Command { cla, ins, p1, p2, data, expected: None, extended };
    let holder = holder(call);
    let plain = match call.runtime().secure.unwrap_for_applet(holder, &command).map_err(iso)? {
        Unwrapped::AsItCame => return Ok(Value::Short(length)),
        Unwrapped::Plain(plain) => zeroize::Zeroizing::new(plain),
    };
    let cla = if cla & 0x40 == 0 { cla & !0x0C } else { cla & !0x20 };
    let form = length_field(plain.len(), extended).ok_or_else(|| iso(StatusWord::WRONG_LENGTH))?;
    let out = [&[cla, ins, p1, p2][..], &form, &plain].concat();
    call.vm.caller().write(array, offset, &out, Atomicity::NonAtomic)?;
    Ok(Value::Short(i16::try_from(out.len()).unwrap_or_default()))
}

/// Takes answer data and status word in an array, protects the data in place, and gives their new length; the status word is
/// taken off (GlobalPlatform API, `SecureChannel.wrap`).
fn wrap(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    let (array, offset, length) = (args.reference(1), args.short(2), args.short(3));
    let bytes = call.vm.caller().bytes(array, offset, length)?;
    let response = Response::parse(bytes).map_err(|_| iso(StatusWord::WRONG_LENGTH))?;
    let holder = holder(call);
    if call.runtime().secure.is_aborted(holder) {
        return Err(iso(StatusWord::CONDITIONS_NOT_SATISFIED));
    }
    let out = call.runtime().secure.wrap(holder, response).data;
    call.vm.caller().write(array, offset, &out, Atomicity::NonAtomic)?;
    Ok(Value::Short(i16::try_from(out.len()).unwrap_or_default()))
}

/// What the session's Key-DEK does to an array in place.
fn sensitive(
    call: &mut Call<'_, '_>,
    args: &Args,
    work: fn(&Channel, &mut [u8]) -> Result<(), ChannelError>,
) -> Result<Value, Stop> {
    let (array, offset, length): (Ref, i16, i16) = (args.reference(1), args.short(2), args.short(3));
    let mut bytes = zeroize::Zeroizing::new(call.vm.caller().bytes(array, offset, length)?.to_vec());
    let holder = holder(call);
    let channel = call.runtime().secure.channel(holder);
    let channel = channel.ok_or_else(|| iso(StatusWord::CONDITIONS_NOT_SATISFIED))?;
    work(channel, &mut bytes).map_err(|_| iso(StatusWord::WRONG_LENGTH))?;
    call.vm.caller().write(array, offset, &bytes, Atomicity::NonAtomic)?;
    Ok(Value::Short(length))
}

fn decrypt(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    sensitive(call, args, Channel::decrypt_sensitive)
}

fn encrypt(call: &mut Call<'_, '_>, args: &Args) -> Result<Value, Stop> {
    sensitive(call, args, Channel::encrypt_sensitive)
}

fn reset(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let channel = call.runtime().channel;
    call.runtime().secure.close(channel);
    Ok(Value::Void)
}

fn level(call: &mut Call<'_, '_>, _: &Args) -> Result<Value, Stop> {
    let holder = holder(call);
    let level = call.runtime().secure.level(holder);
    Ok(Value::Short(i16::from(level.cast_signed())))
}
