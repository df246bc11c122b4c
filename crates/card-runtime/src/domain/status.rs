//! GET STATUS (11.4) and SET STATUS (11.10).

use alloc::vec::Vec;

use card_image::Aid;
use card_vm::Machine;

use super::entries::{self, Entry, Modules};
use super::rights::{self, Named};
use super::{Plain, keep_registry};
use crate::apdu::Response;
use crate::limits::SHORT_ANSWER_MAX;
use crate::natives::Os;
use crate::registry::{CardState, DomainId, Privilege, Registry, life_cycle};
use crate::runtime::Runtime;
use crate::status::StatusWord;
use crate::tlv::{Reader, Tag, find};

/// Bytes of entries in one answer: with R-MAC and padding they fit a short one.
const ROOM: usize = SHORT_ANSWER_MAX - 32;
/// P1: which part of the registry. Several may be asked for at once.
const ISSUER: u8 = 0x80;
const APPLICATIONS: u8 = 0x40;
const PACKAGES: u8 = 0x20;
const PACKAGES_AND_MODULES: u8 = 0x10;
/// P2: the rest of a list cut short; the form with data objects.
const NEXT: u8 = 0x01;
const OBJECTS: u8 = 0x02;

/// GET STATUS. A domain sees itself and what is associated with it; with Global Registry, everything.
pub(super) fn get(runtime: &mut Runtime, command: &Plain<'_>) -> Result<Response, StatusWord> {
    let known = ISSUER | APPLICATIONS | PACKAGES | PACKAGES_AND_MODULES;
    if command.p2 & !(NEXT | OBJECTS) != 0 || command.p1 & !known != 0 || command.p1 & known == 0 {
        return Err(StatusWord::WRONG_P1P2);
    }
    let wrong = |_| StatusWord::WRONG_DATA;
    let wanted = find(command.data, Tag(0x4F)).map_err(wrong)?.ok_or(StatusWord::WRONG_DATA)?;
    let tags = find(command.data, Tag(0x5C)).map_err(wrong)?.map(tag_list).transpose()?;
    let modules = if command.p1 & PACKAGES_AND_MODULES != 0 { Modules::Listed } else { Modules::Left };
    let form = |entry: &Entry| match command.p2 & OBJECTS {
        0 => entry.plain(modules),
        _ => entry.template(tags.as_deref()),
    };
    let listed: Vec<Vec<u8>> = list(runtime, command, wanted, modules).iter().map(form).collect();
    let start = match command.p2 & NEXT {
        0 => 0,
        _ if runtime.listed == 0 => return Err(StatusWord::CONDITIONS_NOT_SATISFIED),
        _ => runtime.listed,
    };
    let mut data = Vec::new();
    for (next, entry) in listed.iter().enumerate().skip(start) {
        if !data.is_empty() && data.len() + entry.len() > ROOM {
            runtime.listed = next;
            return Ok(Response { data, status: StatusWord::MORE_DATA });
        }
        data.extend_from_slice(entry);
    }
    runtime.listed = 0;
    if data.is_empty() { Err(StatusWord::REFERENCED_DATA_NOT_FOUND) } else { Ok(Response::ok(data)) }
}

fn list(runtime: &Runtime, command: &Plain<'_>, wanted: &[u8], modules: Modules) -> Vec<Entry> {
    let registry = &runtime.registry;
    let all = rights::has(registry, command.domain, Privilege::GlobalRegistry);
    let own = registry.domain(command.domain).map(|domain| domain.aid);
    let seen = |aid: &Aid| {
        aid.as_bytes().starts_with(wanted)
            && (all || own == Some(*aid) || rights::owns(registry, command.domain, aid))
    };
    let mut out = Vec::new();
    if command.p1 & ISSUER != 0 && (all || command.domain == DomainId::ISSUER) {
        out.extend(entries::issuer(runtime));
    }
    if command.p1 & APPLICATIONS != 0 {
        out.extend(entries::applications(runtime, seen));
    }
    if command.p1 & (PACKAGES | PACKAGES_AND_MODULES) != 0 {
        out.extend(entries::packages(runtime, modules, seen));
    }
    out
}

/// The tags of a list 5C.
fn tag_list(bytes: &[u8]) -> Result<Vec<Tag>, StatusWord> {
    let mut reader = Reader::new(bytes);
    let mut tags = Vec::new();
    while !reader.is_empty() {
        tags.push(reader.tag().map_err(|_| StatusWord::WRONG_DATA)?);
    }
    Ok(tags)
}

/// SET STATUS: P1 says of what, P2 is the new state.
pub(super) fn set(vm: &mut Machine, os: &mut Os<'_>, command: &Plain<'_>) -> Result<Response, StatusWord> {
    let registry = &mut os.runtime.registry;
    match command.p1 {
        0x80 => set_card(registry, command.domain, command.p2)?,
        0x40 => {
            let aid = Aid::new(command.data).map_err(|_| StatusWord::WRONG_DATA)?;
            set_application(registry, command.domain, &aid, command.p2)?;
        }
        0x60 => {
            let aid = Aid::new(command.data).map_err(|_| StatusWord::WRONG_DATA)?;
            set_family(registry, command.domain, &aid, command.p2)?;
        }
        _ => return Err(StatusWord::WRONG_P1P2),
    }
    keep_registry(vm, os.runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(Response::ok(Vec::new()))
}

fn set_card(registry: &mut Registry, actor: DomainId, state: u8) -> Result<(), StatusWord> {
    let state = CardState::parse(state).ok_or(StatusWord::WRONG_DATA)?;
    if !may_follow(registry.state, state) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let needed = match (registry.state, state) {
        (_, CardState::Terminated) => Privilege::CardTerminate,
        (_, CardState::Locked) | (CardState::Locked, _) => Privilege::CardLock,
        // The card's way to SECURED is the issuer's.
        (_, CardState::OpReady | CardState::Initialized | CardState::Secured) => {
            if actor == DomainId::ISSUER {
                Privilege::SecurityDomain
            } else {
                return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
            }
        }
    };
    if !rights::has(registry, actor, needed) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    registry.state = state;
    Ok(())
}

/// The card's life only goes forward, but for the lock (5.1.1, figure 5-1).
pub(crate) fn may_follow(now: CardState, next: CardState) -> bool {
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

/// The state of an applet or a domain. From outside it can be locked and unlocked, by its domain or with Global Lock; an
/// applet's other states are its own, and a domain says itself that it is personalized (5.3.1, 5.3.2).
fn set_application(registry: &mut Registry, actor: DomainId, aid: &Aid, state: u8) -> Result<(), StatusWord> {
    let itself = registry.domain(actor).is_some_and(|domain| domain.aid == *aid);
    let named = if itself {
        Named::Domain(actor)
    } else {
        rights::may_act_on(registry, actor, aid, Privilege::GlobalLock)?
    };
    let refused = Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    match named {
        // A package has one state.
        Named::Package => refused,
        Named::Domain(DomainId::ISSUER) => refused,
        Named::Domain(id) => {
            let domain = registry.domains.iter_mut().find(|domain| domain.id == id);
            let domain = domain.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
            if itself && state == life_cycle::PERSONALIZED {
                if domain.life_cycle != life_cycle::SELECTABLE {
                    return refused;
                }
                domain.life_cycle = state;
                return Ok(());
            }
            lock(&mut domain.life_cycle, state)
        }
        Named::Applet(id) => {
            let applet = registry.applets.iter_mut().find(|applet| applet.id == id);
            let applet = applet.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
            lock(&mut applet.life_cycle, state)
        }
    }
}

/// Locks or unlocks: the other bits say where an unlocked application goes on, and the sender does not choose them. To go
/// where one already is, is refused.
fn lock(now: &mut u8, state: u8) -> Result<(), StatusWord> {
    if *now & life_cycle::LOCKED == state & life_cycle::LOCKED {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    *now ^= life_cycle::LOCKED;
    Ok(())
}

/// Locks or unlocks a domain and everything associated with it (11.10.2.1, P1 60).
fn set_family(registry: &mut Registry, actor: DomainId, aid: &Aid, state: u8) -> Result<(), StatusWord> {
    let named = rights::may_act_on(registry, actor, aid, Privilege::GlobalLock)?;
    let Named::Domain(family) = named else { return Err(StatusWord::REFERENCED_DATA_NOT_FOUND) };
    if family == DomainId::ISSUER {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let under = |registry: &Registry, id| registry.is_under(id, family);
    let before = registry.clone();
    let states = registry.domains.iter_mut().filter(|domain| under(&before, domain.id));
    let states = states.map(|domain| &mut domain.life_cycle);
    let applets = registry.applets.iter_mut().filter(|applet| under(&before, applet.domain));
    for life_cycle in states.chain(applets.map(|applet| &mut applet.life_cycle)) {
        *life_cycle = *life_cycle & !life_cycle::LOCKED | state & life_cycle::LOCKED;
    }
    Ok(())
}
