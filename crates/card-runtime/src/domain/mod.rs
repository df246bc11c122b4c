//! The issuer's security domain: GlobalPlatform's commands (Card Specification 2.3.1, chapter 11), over SCP03.
//!
//! Whatever changes the card's content needs a session with at least a C-MAC. A change is one transaction around objects and
//! registry, so a failed load or install leaves nothing behind, and so does a power cut in the middle of one.

mod content;
mod data;
mod identity;
mod keys;
mod status;

use alloc::sync::Arc;
use alloc::vec::Vec;

use card_vm::heap::BlobKey;
use card_vm::{Machine, Stop};

pub use identity::Verification;

pub(crate) use content::LoadUnderWay;
pub(crate) use data::select_answer;
pub(crate) use identity::Identity;
pub(crate) use keys::{KeySet, KeySets};

use crate::apdu::{Command, Response};
use crate::channels::Selected;
use crate::natives::Os;
use crate::runtime::Runtime;
use crate::secure::Holder;
use crate::status::StatusWord;

/// The blobs of the runtime.
pub(crate) const IDENTITY: BlobKey = BlobKey(0);
pub(crate) const REGISTRY: BlobKey = BlobKey(1);
pub(crate) const KEYS: BlobKey = BlobKey(2);
/// The load file of the package in a slot.
pub(crate) fn load_file(slot: u8) -> BlobKey {
    BlobKey(0x0100 | u16::from(slot))
}

/// Keeps the registry as it is now.
pub(crate) fn keep_registry(vm: &mut Machine, runtime: &mut Runtime) -> Result<(), Stop> {
    vm.heap().set_blob(REGISTRY, Some(Arc::from(runtime.registry.encode())))
}

/// Keeps the keys and their counters as they are now.
pub(crate) fn keep_keys(vm: &mut Machine, runtime: &mut Runtime) -> Result<(), Stop> {
    vm.heap().set_blob(KEYS, Some(Arc::from(runtime.keys.encode().as_slice())))
}

/// A GlobalPlatform command with its secure messaging taken off.
struct Plain<'a> {
    p1: u8,
    p2: u8,
    data: &'a [u8],
}

/// Answers a command that the domain is selected for.
pub(crate) fn process(vm: &mut Machine, os: &mut Os<'_>, command: &Command<'_>) -> Response {
    let holder = Holder { channel: os.runtime.channel, application: Selected::Domain };
    match command.ins {
        0x50 if !command.class().interindustry => initialize_update(vm, os, holder, command),
        0x82 if !command.class().interindustry => {
            let end = os.runtime.secure.external_authenticate(holder, command);
            end.map_or_else(Response::from, |()| Response::status(StatusWord::OK))
        }
        _ if command.class().secure || os.runtime.secure.channel(holder).is_some() => {
            let response = match os.runtime.secure.unwrap(holder, command) {
                Ok(data) => {
                    let plain = Plain { p1: command.p1, p2: command.p2, data: &data };
                    authenticated(vm, os, holder, command.ins, &plain).unwrap_or_else(Response::from)
                }
                Err(status) => status.into(),
            };
            os.runtime.secure.wrap(holder, response)
        }
        // GET DATA is for everybody (table 11-1).
        0xCA => {
            let plain = Plain { p1: command.p1, p2: command.p2, data: command.data };
            data::get(os.runtime, &plain).map_or_else(Response::from, Response::ok)
        }
        0xD8 | 0xE2 | 0xE4 | 0xE6 | 0xE8 | 0xF0 | 0xF2 => StatusWord::SECURITY_NOT_SATISFIED.into(),
        0xA4 if command.class().interindustry => StatusWord::NOT_FOUND.into(),
        _ => StatusWord::INS_NOT_SUPPORTED.into(),
    }
}

fn initialize_update(vm: &mut Machine, os: &mut Os<'_>, holder: Holder, command: &Command<'_>) -> Response {
    let runtime = &mut *os.runtime;
    runtime.load = None;
    let domain = runtime.identity.aid;
    let answer = runtime.secure.initialize_update(&mut runtime.keys, domain.as_bytes(), holder, command);
    // The counter of sessions must be kept before the challenge made from it is shown.
    match (answer, keep_keys(vm, runtime)) {
        (Ok(answer), Ok(())) => Response::ok(answer),
        (Err(status), _) => status.into(),
        (Ok(_), Err(_)) => StatusWord::MEMORY_FAILURE.into(),
    }
}

/// Answers a command whose sender has proved to hold the domain's keys.
fn authenticated(
    vm: &mut Machine,
    os: &mut Os<'_>,
    holder: Holder,
    ins: u8,
    command: &Plain<'_>,
) -> Result<Response, StatusWord> {
    if ins == 0xCA {
        return data::get(os.runtime, command).map(Response::ok);
    }
    // A session of level 0 proves who opened it, not who sent this command.
    if os.runtime.secure.level(holder) & 0x01 == 0 {
        return Err(StatusWord::SECURITY_NOT_SATISFIED);
    }
    if ins != 0xE8 {
        os.runtime.load = None;
    }
    match ins {
        0xD8 => put_key(vm, os, holder, command),
        0xE4 => content::delete(vm, os, command),
        0xE6 => content::install(vm, os, command),
        0xE8 => content::load(vm, os, command),
        0xF0 => status::set(vm, os, command),
        0xF2 => status::get(os.runtime, command),
        _ => Err(StatusWord::INS_NOT_SUPPORTED),
    }
}

fn put_key(
    vm: &mut Machine,
    os: &mut Os<'_>,
    holder: Holder,
    command: &Plain<'_>,
) -> Result<Response, StatusWord> {
    let runtime = &mut *os.runtime;
    let channel = runtime.secure.channel(holder).ok_or(StatusWord::SECURITY_NOT_SATISFIED)?;
    let checks: Vec<u8> = runtime.keys.put(command.p1, command.p2, command.data, channel)?;
    keep_keys(vm, runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(Response::ok(checks))
}
