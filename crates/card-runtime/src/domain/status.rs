//! GET STATUS (11.4) and SET STATUS (11.10).

use alloc::vec::Vec;

use card_image::Aid;
use card_vm::Machine;

use super::{Plain, keep_registry};
use crate::apdu::Response;
use crate::limits::SHORT_ANSWER_MAX;
use crate::natives::Os;
use crate::registry::{AppletEntry, CardState, PackageEntry, life_cycle};
use crate::runtime::Runtime;
use crate::status::StatusWord;
use crate::tlv::{Tag, find, put};

/// Bytes of entries in one answer: with R-MAC and padding they fit a short one.
const ROOM: usize = SHORT_ANSWER_MAX - 32;
/// The privileges of the issuer's domain: security domain, card lock, terminate, reset; authorized management and so on
/// (6.6.1, table 6-1).
const DOMAIN_PRIVILEGES: [u8; 3] = [0x9E, 0xFE, 0x80];

/// GET STATUS in its TLV form. P1 picks what is listed; P2 bit 1 asks for the rest of a list cut short before.
pub(super) fn get(runtime: &mut Runtime, command: &Plain<'_>) -> Result<Response, StatusWord> {
    if command.p2 & 0xFE != 0x02 {
        return Err(StatusWord::WRONG_P1P2);
    }
    let wanted = find(command.data, Tag(0x4F)).map_err(|_| StatusWord::WRONG_DATA)?;
    let wanted = wanted.ok_or(StatusWord::WRONG_DATA)?;
    let entries = match command.p1 {
        0x80 => Vec::from([domain(runtime)]),
        0x40 => applications(runtime, wanted),
        0x20 => packages(runtime, wanted, Modules::Left),
        0x10 => packages(runtime, wanted, Modules::Listed),
        _ => return Err(StatusWord::WRONG_P1P2),
    };
    let start = if command.p2 & 0x01 == 0 { 0 } else { runtime.listed };
    let mut data = Vec::new();
    for (next, entry) in entries.iter().enumerate().skip(start) {
        if !data.is_empty() && data.len() + entry.len() > ROOM {
            runtime.listed = next;
            return Ok(Response { data, status: StatusWord::MORE_DATA });
        }
        data.extend_from_slice(entry);
    }
    runtime.listed = 0;
    if data.is_empty() { Err(StatusWord::REFERENCED_DATA_NOT_FOUND) } else { Ok(Response::ok(data)) }
}

fn entry(inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, Tag(0xE3), inner);
    out
}

fn head(aid: &Aid, life_cycle: u8) -> Vec<u8> {
    let mut inner = Vec::new();
    put(&mut inner, Tag(0x4F), aid.as_bytes());
    put(&mut inner, Tag(0x9F70), &[life_cycle]);
    inner
}

fn domain(runtime: &Runtime) -> Vec<u8> {
    let mut inner = head(&runtime.identity.aid, runtime.registry.state as u8);
    put(&mut inner, Tag(0xC5), &DOMAIN_PRIVILEGES);
    entry(&inner)
}

fn applications(runtime: &Runtime, wanted: &[u8]) -> Vec<Vec<u8>> {
    let matching = |applet: &&AppletEntry| applet.aid.as_bytes().starts_with(wanted);
    let one = |applet: &AppletEntry| {
        let mut inner = head(&applet.aid, applet.life_cycle);
        put(&mut inner, Tag(0xC5), &applet.privileges);
        let package = runtime.registry.packages.iter().find(|package| package.slot == applet.slot);
        if let Some(package) = package {
            put(&mut inner, Tag(0xC4), package.aid.as_bytes());
        }
        put(&mut inner, Tag(0xCC), runtime.identity.aid.as_bytes());
        entry(&inner)
    };
    runtime.registry.applets.iter().filter(matching).map(one).collect()
}

/// Whether a package's applet classes are listed with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Modules {
    Listed,
    Left,
}

fn packages(runtime: &Runtime, wanted: &[u8], modules: Modules) -> Vec<Vec<u8>> {
    let matching = |package: &&PackageEntry| package.aid.as_bytes().starts_with(wanted);
    let one = |package: &PackageEntry| {
        let mut inner = head(&package.aid, life_cycle::LOADED);
        put(&mut inner, Tag(0xCE), &[package.version.0, package.version.1]);
        if modules == Modules::Listed {
            package.modules.iter().for_each(|module| put(&mut inner, Tag(0x84), module.as_bytes()));
        }
        put(&mut inner, Tag(0xCC), runtime.identity.aid.as_bytes());
        entry(&inner)
    };
    runtime.registry.packages.iter().filter(matching).map(one).collect()
}

/// SET STATUS: P1 says of what, P2 is the new state.
pub(super) fn set(vm: &mut Machine, os: &mut Os<'_>, command: &Plain<'_>) -> Result<Response, StatusWord> {
    let runtime = &mut *os.runtime;
    match command.p1 {
        0x80 => {
            let state = CardState::parse(command.p2).ok_or(StatusWord::WRONG_P1P2)?;
            if !may_follow(runtime.registry.state, state) {
                return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
            }
            runtime.registry.state = state;
        }
        0x40 | 0x60 => {
            let aid = Aid::new(command.data).map_err(|_| StatusWord::WRONG_DATA)?;
            let applets = &mut runtime.registry.applets;
            let applet = applets.iter_mut().find(|applet| applet.aid == aid).ok_or(StatusWord::NOT_FOUND)?;
            // From outside an application can be locked and unlocked; its other states are its own.
            match command.p2 & life_cycle::LOCKED {
                0 => applet.life_cycle &= !life_cycle::LOCKED,
                _ => applet.life_cycle |= life_cycle::LOCKED,
            }
        }
        _ => return Err(StatusWord::WRONG_P1P2),
    }
    keep_registry(vm, runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(Response::ok(Vec::new()))
}

/// The card's life only goes forward, but for the lock (5.1.1, figure 5-1).
fn may_follow(now: CardState, next: CardState) -> bool {
    match (now, next) {
        (CardState::Terminated, _) => false,
        (_, CardState::Terminated) => true,
        (CardState::OpReady, CardState::Initialized) => true,
        (CardState::Initialized, CardState::Secured) => true,
        (CardState::Secured, CardState::Locked) | (CardState::Locked, CardState::Secured) => true,
        (
            CardState::OpReady | CardState::Initialized | CardState::Secured | CardState::Locked,
            CardState::OpReady | CardState::Initialized | CardState::Secured | CardState::Locked,
        ) => false,
    }
}
