//! Security domains: GlobalPlatform's commands (Card Specification 2.3.1, chapter 11), over SCP02 or SCP03.
//!
//! ```text
//! command ─► secure channel ─► is the domain allowed to ─► content   INSTALL, LOAD, DELETE
//!                                                       ├► tree      security domains, extradition, privileges
//!                                                       ├► status    GET STATUS, SET STATUS
//!                                                       ├► keys      PUT KEY, DELETE of keys
//!                                                       ├► personal  INSTALL [for personalization], STORE DATA
//!                                                       └► data      GET DATA
//! ```
//!
//! Whatever changes the card needs a session with at least a C-MAC. A change of content is one transaction around objects
//! and registry, so a failed load or install leaves nothing behind, and so does a power cut in the middle of one. The issuer's
//! domain always exists; others are installed like applets, from a module that every card has.

mod content;
mod data;
mod entries;
mod identity;
mod install;
mod keys;
mod personal;
mod rights;
mod state;
mod status;
mod tree;

use alloc::sync::Arc;
use alloc::vec::Vec;

use card_vm::heap::BlobKey;
use card_vm::{Machine, Stop};

pub use identity::Verification;

pub(crate) use content::LoadUnderWay;
pub(crate) use data::select_answer;
pub(crate) use identity::Identity;
pub(crate) use keys::KeyStore;
pub(crate) use personal::Personalizing;
pub(crate) use state::DomainState;
pub(crate) use status::may_follow;

use crate::apdu::{Command, Response};
use crate::channels::Selected;
use crate::limits::SCP02_SESSIONS_MAX;
use crate::natives::Os;
use crate::registry::{CardState, DomainId};
use crate::runtime::Runtime;
use crate::scp::Protocol;
use crate::secure::{Holder, Party};
use crate::status::StatusWord;

/// The blobs of the runtime.
pub(crate) const IDENTITY: BlobKey = BlobKey(0);
pub(crate) const REGISTRY: BlobKey = BlobKey(1);
/// The global PIN.
pub(crate) const GLOBAL_PIN: BlobKey = BlobKey(2);
/// The policy of algorithms; a card without offers all.
pub(crate) const POLICY: BlobKey = BlobKey(3);
/// The load file of the package in a slot.
pub(crate) fn load_file(slot: u8) -> BlobKey {
    BlobKey(0x0100 | u16::from(slot))
}
/// Keys and data of a domain.
pub(crate) fn domain_state(id: DomainId) -> BlobKey {
    BlobKey(0x0200 | u16::from(id.0))
}

// Instructions (table 11-1).
const INITIALIZE_UPDATE: u8 = 0x50;
const EXTERNAL_AUTHENTICATE: u8 = 0x82;
const SELECT: u8 = 0xA4;
const GET_DATA: u8 = 0xCA;
const GET_DATA_LIST: u8 = 0xCB;
const PUT_KEY: u8 = 0xD8;
const STORE_DATA: u8 = 0xE2;
const DELETE: u8 = 0xE4;
const INSTALL: u8 = 0xE6;
const LOAD: u8 = 0xE8;
const SET_STATUS: u8 = 0xF0;
const GET_STATUS: u8 = 0xF2;

/// Keeps the registry as it is now.
pub(crate) fn keep_registry(vm: &mut Machine, runtime: &mut Runtime) -> Result<(), Stop> {
    vm.heap().set_blob(REGISTRY, Some(Arc::from(runtime.registry.encode())))
}

/// Keeps the registry as it is now, whatever becomes of an applet's transaction.
pub(crate) fn keep_registry_at_once(vm: &mut Machine, runtime: &Runtime) -> Result<(), Stop> {
    vm.heap().set_blob_at_once(REGISTRY, Some(Arc::from(runtime.registry.encode())))
}

/// Keeps a domain's keys, counters and data as they are now, likewise.
pub(crate) fn keep_domain(vm: &mut Machine, runtime: &Runtime, id: DomainId) -> Result<(), Stop> {
    let state = runtime.domains.get(&id).map(|state| Arc::from(state.encode().as_slice()));
    vm.heap().set_blob_at_once(domain_state(id), state)
}

/// A GlobalPlatform command with its secure messaging taken off, and the domain it came to.
struct Plain<'a> {
    domain: DomainId,
    p1: u8,
    p2: u8,
    data: &'a [u8],
}

/// Answers a command that a domain is selected for.
pub(crate) fn process(
    vm: &mut Machine,
    os: &mut Os<'_>,
    domain: DomainId,
    command: &Command<'_>,
) -> Response {
    let holder = Holder { channel: os.runtime.channel, application: Selected::Domain(domain) };
    let proprietary = !command.class().interindustry;
    match command.ins {
        INITIALIZE_UPDATE if proprietary => {
            initialize_update(vm, os, holder, command).map_or_else(Response::from, Response::ok)
        }
        EXTERNAL_AUTHENTICATE if proprietary => {
            let end = external_authenticate(vm, os, holder, command);
            end.map_or_else(Response::from, |()| Response::status(StatusWord::OK))
        }
        _ if command.class().secure || os.runtime.secure.channel(holder).is_some() => {
            let response = match os.runtime.secure.unwrap(holder, command) {
                Ok(data) => {
                    let plain = Plain { domain, p1: command.p1, p2: command.p2, data: &data };
                    authenticated(vm, os, holder, command.ins, &plain).unwrap_or_else(Response::from)
                }
                Err(status) => status.into(),
            };
            os.runtime.secure.wrap(holder, response)
        }
        // GET DATA is for everybody (table 11-1).
        GET_DATA | GET_DATA_LIST => get_data(vm, os, domain, command),
        PUT_KEY | STORE_DATA | DELETE | INSTALL | LOAD | SET_STATUS | GET_STATUS => {
            StatusWord::SECURITY_NOT_SATISFIED.into()
        }
        SELECT if !proprietary => StatusWord::NOT_FOUND.into(),
        _ => StatusWord::INS_NOT_SUPPORTED.into(),
    }
}

/// Answers a command to a terminated card: GET DATA, which tells what the card was, and nothing else (5.1.1.5).
pub(crate) fn process_terminated(vm: &mut Machine, os: &mut Os<'_>, command: &Command<'_>) -> Response {
    match command.ins {
        GET_DATA | GET_DATA_LIST if !command.class().secure => get_data(vm, os, DomainId::ISSUER, command),
        _ => StatusWord::CONDITIONS_NOT_SATISFIED.into(),
    }
}

fn get_data(vm: &mut Machine, os: &mut Os<'_>, domain: DomainId, command: &Command<'_>) -> Response {
    let plain = Plain { domain, p1: command.p1, p2: command.p2, data: command.data };
    data::get(vm, os.runtime, &plain, data::Reader::Anybody).map_or_else(Response::from, Response::ok)
}

/// INITIALIZE UPDATE for a domain itself, or for an applet that is associated with one. A domain without keys of its own
/// uses those of the domain that it is associated with.
pub(crate) fn initialize_update(
    vm: &mut Machine,
    os: &mut Os<'_>,
    holder: Holder,
    command: &Command<'_>,
) -> Result<Vec<u8>, StatusWord> {
    let Os { env, runtime, .. } = os;
    runtime.end_sequences();
    let (from, invoker) = match holder.application {
        Selected::Domain(id) => (id, runtime.registry.domain(id).map(|domain| domain.aid)),
        Selected::Applet(id) => match runtime.applet(id) {
            Some(applet) => (applet.domain, Some(applet.aid)),
            None => (DomainId::ISSUER, None),
        },
        Selected::Nothing => (DomainId::ISSUER, None),
    };
    let invoker = invoker.ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
    let has_keys = |id: DomainId| runtime.domains.get(&id).is_some_and(|state| state.keys.has_set());
    let mut line = runtime.registry.line(from);
    let owner = line.find(|domain| has_keys(domain.id)).ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
    let (domain, protocol) = (owner.id, owner.protocol);
    let party = Party { domain, protocol, invoker, diversification: runtime.identity.diversification };
    let state = runtime.domains.get_mut(&domain).ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
    let mut random = |out: &mut [u8]| env.random(out);
    let answer = runtime.secure.initialize_update(&mut state.keys, &party, &mut random, holder, command)?;
    // The counter of sessions must be kept before the challenge made from it is shown.
    keep_domain(vm, runtime, domain).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(answer)
}

/// EXTERNAL AUTHENTICATE, likewise.
pub(crate) fn external_authenticate(
    vm: &mut Machine,
    os: &mut Os<'_>,
    holder: Holder,
    command: &Command<'_>,
) -> Result<(), StatusWord> {
    let runtime = &mut *os.runtime;
    let opened = runtime.secure.external_authenticate(holder, command)?;
    match opened.protocol {
        Protocol::Scp02(_) => {
            let state = runtime.domains.get_mut(&opened.domain).ok_or(StatusWord::UNKNOWN)?;
            state.keys.next_sequence(opened.version, SCP02_SESSIONS_MAX).ok_or(StatusWord::UNKNOWN)?;
            keep_domain(vm, runtime, opened.domain).map_err(|_| StatusWord::MEMORY_FAILURE)
        }
        // Counted when the challenge was made.
        Protocol::Scp03(_) => Ok(()),
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
    if matches!(ins, GET_DATA | GET_DATA_LIST) {
        return data::get(vm, os.runtime, command, data::Reader::Owner).map(Response::ok);
    }
    // A session without C-MAC proves who opened it, not who sent this command.
    if os.runtime.secure.level(holder) & 0x01 == 0 {
        return Err(StatusWord::SECURITY_NOT_SATISFIED);
    }
    if ins != LOAD {
        os.runtime.load = None;
    }
    if ins != STORE_DATA {
        os.runtime.personalizing = None;
    }
    // A locked card can be looked at, unlocked and terminated (5.1.1.4).
    let locked = os.runtime.registry.state == CardState::Locked;
    if locked && !matches!(ins, GET_STATUS | SET_STATUS) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    match ins {
        PUT_KEY => put_key(vm, os, holder, command),
        STORE_DATA => personal::store_data(vm, os, holder, command),
        DELETE => content::delete(vm, os, command),
        INSTALL => install::install(vm, os, command),
        LOAD => content::load(vm, os, command),
        SET_STATUS => status::set(vm, os, command),
        GET_STATUS => status::get(os.runtime, command),
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
    let state = runtime.domains.entry(command.domain).or_default();
    let before = state.clone();
    let checks: Vec<u8> = state.keys.put(command.p1, command.p2, command.data, channel)?;
    if command.domain == DomainId::ISSUER && !state.keys.has_set() {
        // A single key of another kind in a set would leave nobody able to manage the card.
        *state = before;
        return Err(StatusWord::WRONG_DATA);
    }
    if state.keys.has_set() {
        tree::personalized(vm, runtime, command.domain)?;
    }
    keep_domain(vm, runtime, command.domain).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(Response::ok(checks))
}
