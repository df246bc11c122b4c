//! Who may do what: privileges, and the tree of associations (Card Specification 2.3.1, 6.6, 9.1.3).

use card_image::Aid;
use card_vm::AppletId;

use crate::registry::{DomainId, Privilege, Registry};
use crate::status::StatusWord;

/// What an AID on the card names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Applet(AppletId),
    Package,
    Domain(DomainId),
}

/// Looks an AID up.
pub(super) fn find(registry: &Registry, aid: &Aid) -> Option<Named> {
    if let Some(domain) = registry.domain_named(aid.as_bytes()) {
        return Some(Named::Domain(domain.id));
    }
    if let Some(applet) = registry.applet(aid) {
        return Some(Named::Applet(applet.id));
    }
    registry.package(aid).map(|_| Named::Package)
}

/// The domain that what an AID names is associated with.
pub(super) fn associated(registry: &Registry, aid: &Aid) -> Option<DomainId> {
    let domain = registry.domain_named(aid.as_bytes()).map(|domain| domain.parent);
    let applet = || registry.applet(aid).map(|applet| applet.domain);
    let package = || registry.package(aid).map(|package| package.domain);
    domain.or_else(applet).or_else(package)
}

/// Whether a domain has a privilege.
pub(super) fn has(registry: &Registry, domain: DomainId, privilege: Privilege) -> bool {
    registry.domain(domain).is_some_and(|entry| entry.privileges.has(privilege))
}

/// A change of content by a domain needs Authorized Management; delegated management, with tokens, is nobody's here.
pub(super) fn may_manage(registry: &Registry, actor: DomainId) -> Result<(), StatusWord> {
    if has(registry, actor, Privilege::AuthorizedManagement) {
        Ok(())
    } else {
        Err(StatusWord::CONDITIONS_NOT_SATISFIED)
    }
}

/// Whether something is the actor's: associated with it, directly or not.
pub(super) fn owns(registry: &Registry, actor: DomainId, aid: &Aid) -> bool {
    associated(registry, aid).is_some_and(|domain| registry.is_under(domain, actor))
}

/// A domain acts on what is its own, or on anything with a privilege that says so. What it may not act on it does not see.
pub(super) fn may_act_on(
    registry: &Registry,
    actor: DomainId,
    aid: &Aid,
    everywhere: Privilege,
) -> Result<Named, StatusWord> {
    let named = find(registry, aid).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    if has(registry, actor, everywhere) || owns(registry, actor, aid) {
        Ok(named)
    } else {
        Err(StatusWord::REFERENCED_DATA_NOT_FOUND)
    }
}
