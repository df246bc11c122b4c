//! Security domains other than the issuer's, and the tree of associations: installing a domain, extradition, changing
//! privileges (9.1, 9.4, 11.5.2.3).
//!
//! A domain is made from a module that every card has, as if its package had been loaded before.

use card_vm::Machine;

use super::install::{Fields, aid, done, wrong};
use super::rights::{self, Named};
use super::{DomainState, keep_domain, keep_registry};
use crate::apdu::Response;
use crate::limits::DOMAINS;
use crate::registry::{DomainEntry, DomainId, Privilege, Privileges, Registry, life_cycle};
use crate::runtime::Runtime;
use crate::scp::Protocol;
use crate::status::StatusWord;
use crate::tlv::{Tag, find};

/// The package and the module that domains are made from (Card Specification 2.3.1, H.1.3: GlobalPlatform's RID, "SP" and "SPA").
pub(super) const DOMAIN_PACKAGE: [u8; 7] = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50];
const DOMAIN_MODULE: [u8; 8] = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x53, 0x50, 0x41];

/// Whether an INSTALL makes a domain.
pub(super) fn is_domain_module(package: &[u8], module: &[u8]) -> bool {
    package == DOMAIN_PACKAGE && module == DOMAIN_MODULE
}

/// INSTALL [for install] of a security domain. Its parameters may name a protocol (tag 81: number and "i"); without, it
/// speaks its parent's.
pub(super) fn install_domain(
    vm: &mut Machine,
    runtime: &mut Runtime,
    actor: DomainId,
    fields: &Fields<'_>,
    state: u8,
) -> Result<Response, StatusWord> {
    let registry = &runtime.registry;
    rights::may_manage(registry, actor)?;
    let name = aid(if fields.third.is_empty() { fields.second } else { fields.third })?;
    if registry.knows(&name) || name.as_bytes() == DOMAIN_PACKAGE {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let privileges = fields.privileges()?;
    if !privileges.has(Privilege::SecurityDomain) {
        return Err(StatusWord::WRONG_DATA);
    }
    may_give(registry, actor, privileges)?;
    let parent = registry.domain(actor).ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
    let protocol = match find(fields.application_data()?, Tag(0x81)).map_err(wrong)? {
        Some(&[number, i]) => Protocol::parse(number, i).ok_or(StatusWord::WRONG_DATA)?,
        Some(_) => return Err(StatusWord::WRONG_DATA),
        None => parent.protocol,
    };
    if registry.domains.len() >= DOMAINS {
        return Err(StatusWord::NO_MEMORY);
    }
    let id = registry.free_domain_id().ok_or(StatusWord::NO_MEMORY)?;
    let privileges = privileges.with(Privilege::TrustedPath);
    let entry = DomainEntry { id, aid: name, parent: actor, life_cycle: state, privileges, protocol };
    runtime.registry.domains.push(entry);
    runtime.domains.insert(id, DomainState::default());
    // Both blobs reach the journal in one group.
    let kept = keep_registry(vm, runtime).and_then(|()| keep_domain(vm, runtime, id));
    kept.map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(done())
}

/// Nobody gives what they do not have, but for what an application of its own may always have.
pub(super) fn may_give(
    registry: &Registry,
    actor: DomainId,
    privileges: Privileges,
) -> Result<(), StatusWord> {
    let own = registry.domain(actor).map(|domain| domain.privileges).unwrap_or_default();
    let exclusive = [Privilege::CardReset, Privilege::FinalApplication];
    let taken = |privilege: &Privilege| privileges.has(*privilege) && registry.holder(*privilege).is_some();
    if privileges.within(own) && !exclusive.iter().any(taken) {
        Ok(())
    } else {
        Err(StatusWord::CONDITIONS_NOT_SATISFIED)
    }
}

/// A domain that got a key set of its own has what it needs (5.3.2.3).
pub(super) fn personalized(vm: &mut Machine, runtime: &mut Runtime, id: DomainId) -> Result<(), StatusWord> {
    let domain = runtime.registry.domains.iter_mut().find(|domain| domain.id == id);
    if let Some(domain) = domain.filter(|domain| domain.life_cycle == life_cycle::SELECTABLE) {
        domain.life_cycle = life_cycle::PERSONALIZED;
        keep_registry(vm, runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    }
    Ok(())
}

/// INSTALL [for extradition]: new domain, nothing, what moves. It must be the actor's, directly or not, and the new domain
/// must see to it from then on (9.4.1).
pub(super) fn extradite(
    vm: &mut Machine,
    runtime: &mut Runtime,
    actor: DomainId,
    fields: &Fields<'_>,
) -> Result<Response, StatusWord> {
    if !fields.second.is_empty() || !fields.privileges.is_empty() {
        return Err(StatusWord::WRONG_DATA);
    }
    move_to(&mut runtime.registry, actor, fields)?;
    keep_registry(vm, runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(done())
}

fn move_to(registry: &mut Registry, actor: DomainId, fields: &Fields<'_>) -> Result<(), StatusWord> {
    rights::may_manage(registry, actor)?;
    let refused = Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    let target = registry.domain_named(aid(fields.first)?.as_bytes());
    let target = *target.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    if !target.is_selectable() {
        return refused;
    }
    let name = aid(fields.third)?;
    let named = rights::find(registry, &name).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    if !rights::owns(registry, actor, &name) {
        return refused;
    }
    match named {
        Named::Applet(id) => {
            let applet = registry.applets.iter_mut().find(|applet| applet.id == id);
            applet.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.domain = target.id;
        }
        Named::Package => {
            let package = registry.packages.iter_mut().find(|package| package.aid == name);
            package.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.domain = target.id;
        }
        // The tree has one root, and no branch of it hangs on itself.
        Named::Domain(id) if id == DomainId::ISSUER || registry.is_under(target.id, id) => return refused,
        Named::Domain(id) => {
            let domain = registry.domains.iter_mut().find(|domain| domain.id == id);
            domain.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.parent = target.id;
        }
    }
    Ok(())
}

/// INSTALL [for registry update]: new domain or nothing, nothing, whose entry, privileges or nothing (11.5.2.3.6).
pub(super) fn update(
    vm: &mut Machine,
    runtime: &mut Runtime,
    actor: DomainId,
    fields: &Fields<'_>,
) -> Result<Response, StatusWord> {
    if !fields.second.is_empty() {
        return Err(StatusWord::WRONG_DATA);
    }
    let before = runtime.registry.clone();
    if let Err(status) = change(&mut runtime.registry, actor, fields) {
        runtime.registry = before;
        return Err(status);
    }
    keep_registry(vm, runtime).map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(done())
}

fn change(registry: &mut Registry, actor: DomainId, fields: &Fields<'_>) -> Result<(), StatusWord> {
    rights::may_manage(registry, actor)?;
    let name = aid(fields.third)?;
    let named = rights::find(registry, &name).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    let refused = Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    if named == Named::Domain(DomainId::ISSUER) || !rights::owns(registry, actor, &name) {
        return refused;
    }
    if !fields.privileges.is_empty() {
        let privileges = fields.privileges()?;
        match named {
            Named::Package => return Err(StatusWord::WRONG_DATA),
            Named::Applet(id) => {
                if privileges.has(Privilege::SecurityDomain) {
                    return Err(StatusWord::WRONG_DATA);
                }
                // What it holds already it may keep.
                let mut others = registry.clone();
                others.applets.retain(|applet| applet.id != id);
                may_give(&others, actor, privileges)?;
                let applet = registry.applets.iter_mut().find(|applet| applet.id == id);
                applet.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.privileges = privileges;
            }
            Named::Domain(id) => {
                if !privileges.has(Privilege::SecurityDomain) {
                    return Err(StatusWord::WRONG_DATA);
                }
                may_give(registry, actor, privileges)?;
                let domain = registry.domains.iter_mut().find(|domain| domain.id == id);
                domain.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.privileges =
                    privileges.with(Privilege::TrustedPath);
            }
        }
    }
    if fields.first.is_empty() { Ok(()) } else { move_to(registry, actor, fields) }
}

/// Deletes a domain that nothing is associated with.
pub(super) fn delete(vm: &mut Machine, runtime: &mut Runtime, id: DomainId) -> Result<Response, StatusWord> {
    let registry = &runtime.registry;
    let used = registry.domains.iter().any(|domain| domain.parent == id)
        || registry.applets.iter().any(|applet| applet.domain == id)
        || registry.packages.iter().any(|package| package.domain == id);
    if id == DomainId::ISSUER || used || runtime.channels.is_domain_selected(id) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    runtime.registry.domains.retain(|domain| domain.id != id);
    runtime.domains.remove(&id);
    let kept = keep_registry(vm, runtime).and_then(|()| keep_domain(vm, runtime, id));
    kept.map_err(|_| StatusWord::MEMORY_FAILURE)?;
    Ok(done())
}

/// INSTALL [for make selectable] of a domain; whether there is one of this name.
pub(super) fn make_selectable(registry: &mut Registry, name: &[u8]) -> Result<bool, StatusWord> {
    let domain = registry.domains.iter_mut().find(|domain| domain.aid.as_bytes() == name);
    let Some(domain) = domain else { return Ok(false) };
    if domain.life_cycle != life_cycle::INSTALLED {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    domain.life_cycle = life_cycle::SELECTABLE;
    Ok(true)
}
