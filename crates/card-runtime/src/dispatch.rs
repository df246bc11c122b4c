//! Who answers a command: the runtime environment itself, the issuer's security domain, or the applet that is selected on
//! the command's logical channel (JCRE 4; ISO/IEC 7816-4, 5.4).
//!
//! What is answered is appended to [`Runtime::answer`](crate::runtime::Runtime); the status word is what these functions
//! give.

use card_vm::heap::Atomicity;
use card_vm::{Context, Machine};

use crate::apdu::{Command, Response};
use crate::calls;
use crate::channels::Selected;
use crate::domain;
use crate::exchange::{Exchange, Header};
use crate::limits::{APDU_BUFFER, CHANNELS};
use crate::natives::Os;
use crate::registry::{AppletEntry, CardState};
use crate::selection;
use crate::status::StatusWord;

/// INS of MANAGE CHANNEL and of SELECT.
const MANAGE_CHANNEL: u8 = 0x70;
const SELECT: u8 = 0xA4;
/// P1 of SELECT: by the name of an application.
const BY_NAME: u8 = 0x04;

/// Answers a command.
pub(crate) fn dispatch(vm: &mut Machine, os: &mut Os<'_>, command: &Command<'_>) -> StatusWord {
    let class = command.class();
    if !class.valid {
        return StatusWord::CLA_NOT_SUPPORTED;
    }
    if os.runtime.registry.state == CardState::Terminated {
        let response = domain::process_terminated(vm, os, command);
        return give(os, &response);
    }
    if core::mem::take(&mut os.runtime.fresh) {
        selection::select_default(vm, os, 0);
    }
    os.runtime.channel = class.channel;
    vm.heap().bar(os.runtime.barred());
    if class.interindustry && !class.secure {
        if command.ins == MANAGE_CHANNEL {
            return manage_channel(vm, os, command);
        }
        if command.ins == SELECT && command.p1 == BY_NAME {
            return selection::select(vm, os, command);
        }
    }
    match os.runtime.channels.selected(class.channel) {
        None => StatusWord::CHANNEL_NOT_SUPPORTED,
        Some(Selected::Nothing) => StatusWord::CONDITIONS_NOT_SATISFIED,
        Some(Selected::Domain(id)) => {
            vm.heap().select(Context::JCRE);
            if class.chained {
                return StatusWord::CHAINING_NOT_SUPPORTED;
            }
            let response = domain::process(vm, os, id, command);
            give(os, &response)
        }
        Some(Selected::Applet(id)) => match os.runtime.applet(id).copied() {
            Some(applet) => process(vm, os, &applet, command),
            None => StatusWord::CONDITIONS_NOT_SATISFIED,
        },
    }
}

/// Makes a response the answer.
pub(crate) fn give(os: &mut Os<'_>, response: &Response) -> StatusWord {
    os.runtime.answer.extend_from_slice(&response.data);
    response.status
}

/// Lets an applet answer. The APDU buffer holds the header and zeros before it runs (Java Card API, `APDU`).
pub(crate) fn process(
    vm: &mut Machine,
    os: &mut Os<'_>,
    applet: &AppletEntry,
    command: &Command<'_>,
) -> StatusWord {
    if command.extended && !applet.traits.extended_length {
        return StatusWord::WRONG_LENGTH;
    }
    vm.heap().select(applet.slot);
    let buffer = os.runtime.roots.apdu_buffer;
    let mut door = vm.jcre();
    let filled = door
        .fill(buffer, 0, APDU_BUFFER.cast_signed(), 0, Atomicity::NonAtomic)
        .and_then(|()| door.write(buffer, 0, Header::of(command).as_bytes(), Atomicity::NonAtomic));
    if filled.is_err() {
        return StatusWord::UNKNOWN;
    }
    os.runtime.exchange = Some(Exchange::new(command, os.runtime.protocol));
    let status = calls::process(vm, os, applet);
    if let Some(exchange) = os.runtime.exchange.take() {
        os.runtime.chaining = exchange.chaining;
    }
    status
}

/// MANAGE CHANNEL (ISO/IEC 7816-4, 11.1.2; JCRE 4.5): P1 00 opens, 80 closes; P2 is the channel, or 00 when the card is
/// to choose one to open.
fn manage_channel(vm: &mut Machine, os: &mut Os<'_>, command: &Command<'_>) -> StatusWord {
    let channels = &os.runtime.channels;
    let Some(origin) = channels.selected(os.runtime.channel) else {
        return StatusWord::CHANNEL_NOT_SUPPORTED;
    };
    match (command.p1, command.p2) {
        (0x00, 0x00) => match channels.free() {
            Some(channel) => {
                let status = open_channel(vm, os, origin, channel);
                if status == StatusWord::OK {
                    os.runtime.answer.push(channel);
                }
                status
            }
            None => StatusWord::FUNCTION_NOT_SUPPORTED,
        },
        (0x00 | 0x80, channel) if usize::from(channel) >= CHANNELS => StatusWord::FUNCTION_NOT_SUPPORTED,
        (0x00, channel) if channels.selected(channel).is_some() => StatusWord::WRONG_P1P2,
        (0x00, channel) => open_channel(vm, os, origin, channel),
        // The basic channel is always open.
        (0x80, 0x00) => StatusWord::FUNCTION_NOT_SUPPORTED,
        (0x80, channel) if channels.selected(channel).is_some() => {
            selection::leave(vm, os, channel);
            os.runtime.channels.close(channel);
            StatusWord::OK
        }
        (0x80, _) => StatusWord::NO_INFORMATION,
        _ => StatusWord::WRONG_P1P2,
    }
}

/// Opens a channel from another one (JCRE 4.5.1): from the basic one with the default application, from another with what
/// is selected there. An applet must be multi-selectable for that, and agree.
fn open_channel(vm: &mut Machine, os: &mut Os<'_>, origin: Selected, channel: u8) -> StatusWord {
    if os.runtime.channel == 0 {
        selection::select_default(vm, os, channel);
        return StatusWord::OK;
    }
    let applet = match origin {
        Selected::Applet(id) => os.runtime.applet(id).copied(),
        Selected::Domain(_) | Selected::Nothing => None,
    };
    let Some(applet) = applet else {
        os.runtime.channels.select(channel, origin);
        return StatusWord::OK;
    };
    match selection::activate(vm, os, channel, &applet) {
        Ok(()) => StatusWord::OK,
        Err(status) => {
            os.runtime.channels.close(channel);
            status
        }
    }
}
