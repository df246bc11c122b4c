//! What is on the card: packages, instances, security domains, life cycles (GlobalPlatform Card Specification 2.3.1, 5
//! and 9.1.1). [`blob`] says how it is kept.
//!
//! Every package and instance is associated with a security domain, and every domain but the issuer's with another one; who
//! may do what to whom follows from that tree and from [`Privileges`].

mod blob;
mod privileges;

pub(crate) use privileges::{Privilege, Privileges};

use alloc::vec::Vec;

use card_image::Aid;
use card_vm::{AppletId, Context, Ref};

use crate::scp::Protocol;

/// The runtime environment's own objects, made with the card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Roots {
    /// The one `APDU` object, a temporary entry point.
    pub(crate) apdu: Ref,
    /// Its buffer, a global array.
    pub(crate) apdu_buffer: Ref,
    /// What `install` gets, a global array.
    pub(crate) install_data: Ref,
    /// The security domain's `SecureChannel`, a permanent entry point.
    pub(crate) secure_channel: Ref,
    /// The card's global PIN, a `CVM` and a permanent entry point.
    pub(crate) global_pin: Ref,
}

/// The card's life cycle (GlobalPlatform Card Specification 2.3.1, 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardState {
    OpReady = 0x01,
    Initialized = 0x07,
    Secured = 0x0F,
    Locked = 0x7F,
    Terminated = 0xFF,
}

impl CardState {
    pub(crate) fn parse(byte: u8) -> Option<Self> {
        [Self::OpReady, Self::Initialized, Self::Secured, Self::Locked, Self::Terminated]
            .into_iter()
            .find(|state| *state as u8 == byte)
    }
}

/// Life cycle states of an application that the runtime itself looks at (5.3.1). Those from 07 to 7F with the lowest
/// three bits set are the application's own. Of a security domain there are INSTALLED, SELECTABLE and PERSONALIZED (5.3.2).
pub(crate) mod life_cycle {
    /// Installed, not selectable.
    pub(crate) const INSTALLED: u8 = 0x03;
    /// Selectable.
    pub(crate) const SELECTABLE: u8 = 0x07;
    /// A security domain that has what it needs.
    pub(crate) const PERSONALIZED: u8 = 0x0F;
    /// Set in a locked application's state.
    pub(crate) const LOCKED: u8 = 0x80;
    /// A package that is there.
    pub(crate) const LOADED: u8 = 0x01;
}

/// A security domain's number; the issuer's is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DomainId(pub(crate) u8);

impl DomainId {
    /// The issuer's security domain, which every card has.
    pub(crate) const ISSUER: Self = Self(0);
}

/// A security domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DomainEntry {
    pub(crate) id: DomainId,
    pub(crate) aid: Aid,
    /// The domain that it is associated with; the issuer's with itself.
    pub(crate) parent: DomainId,
    /// The issuer's has the card's life cycle instead.
    pub(crate) life_cycle: u8,
    pub(crate) privileges: Privileges,
    /// What it speaks with keys of its own.
    pub(crate) protocol: Protocol,
}

/// What an applet's class implements that the runtime must know when it is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    /// `javacard.framework.MultiSelectable`.
    pub(crate) multi_selectable: bool,
    /// `javacardx.apdu.ExtendedLength`.
    pub(crate) extended_length: bool,
    /// `javacard.framework.AppletEvent`.
    pub(crate) applet_event: bool,
    /// `org.globalplatform.Application`: it takes personalization data.
    pub(crate) personalizable: bool,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageEntry {
    pub(crate) aid: Aid,
    pub(crate) version: (u8, u8),
    pub(crate) slot: Context,
    pub(crate) modules: Vec<Aid>,
    /// The domain that it is associated with.
    pub(crate) domain: DomainId,
}

/// An instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AppletEntry {
    pub(crate) id: AppletId,
    pub(crate) aid: Aid,
    pub(crate) slot: Context,
    pub(crate) object: Ref,
    pub(crate) aid_object: Ref,
    pub(crate) life_cycle: u8,
    pub(crate) privileges: Privileges,
    pub(crate) traits: Traits,
    /// The domain that it is associated with.
    pub(crate) domain: DomainId,
}

impl AppletEntry {
    /// Whether it may be selected: made selectable, and not locked (5.3.1).
    pub(crate) fn is_selectable(&self) -> bool {
        is_selectable(self.life_cycle)
    }
}

fn is_selectable(state: u8) -> bool {
    state & life_cycle::LOCKED == 0 && state & life_cycle::SELECTABLE == life_cycle::SELECTABLE
}

impl DomainEntry {
    /// Whether it may be selected; the issuer's always.
    pub(crate) fn is_selectable(&self) -> bool {
        self.id == DomainId::ISSUER || is_selectable(self.life_cycle)
    }
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registry {
    pub(crate) state: CardState,
    pub(crate) roots: Roots,
    pub(crate) packages: Vec<PackageEntry>,
    pub(crate) applets: Vec<AppletEntry>,
    /// The issuer's first.
    pub(crate) domains: Vec<DomainEntry>,
}

impl Registry {
    /// Of a card on which nothing is but the issuer's domain.
    pub(crate) fn new(roots: Roots, aid: Aid, protocol: Protocol) -> Self {
        let issuer = DomainEntry {
            id: DomainId::ISSUER,
            aid,
            parent: DomainId::ISSUER,
            life_cycle: life_cycle::PERSONALIZED,
            privileges: Privileges::ISSUER,
            protocol,
        };
        Self {
            state: CardState::OpReady,
            roots,
            packages: Vec::new(),
            applets: Vec::new(),
            domains: Vec::from([issuer]),
        }
    }

    /// A domain by its number.
    pub(crate) fn domain(&self, id: DomainId) -> Option<&DomainEntry> {
        self.domains.iter().find(|domain| domain.id == id)
    }

    /// The domain with this AID.
    pub(crate) fn domain_named(&self, aid: &[u8]) -> Option<&DomainEntry> {
        self.domains.iter().find(|domain| domain.aid.as_bytes() == aid)
    }

    /// A number that no domain has.
    pub(crate) fn free_domain_id(&self) -> Option<DomainId> {
        (1..=u8::MAX).map(DomainId).find(|id| self.domain(*id).is_none())
    }

    /// A domain and those that it is associated with, up to the issuer's.
    pub(crate) fn line(&self, from: DomainId) -> impl Iterator<Item = &DomainEntry> {
        let mut next = self.domain(from);
        core::iter::from_fn(move || {
            let now = next?;
            next = if now.id == DomainId::ISSUER { None } else { self.domain(now.parent) };
            Some(now)
        })
        // However the tree came about, the way up ends.
        .take(self.domains.len())
    }

    /// Whether `domain` is `ancestor` or associated with it, directly or not.
    pub(crate) fn is_under(&self, domain: DomainId, ancestor: DomainId) -> bool {
        self.line(domain).any(|entry| entry.id == ancestor)
    }

    /// The applet that holds a privilege which only one application can hold, if it is not the issuer's domain.
    pub(crate) fn holder(&self, privilege: Privilege) -> Option<&AppletEntry> {
        self.applets.iter().find(|applet| applet.privileges.has(privilege))
    }

    /// The instance with this AID.
    pub(crate) fn applet(&self, aid: &Aid) -> Option<&AppletEntry> {
        self.applets.iter().find(|applet| applet.aid == *aid)
    }

    /// Whether all instances of a package implement `MultiSelectable`; they are to be alike in this (JCRE 4.2).
    pub(crate) fn is_multi_selectable(&self, context: Context) -> bool {
        self.applets
            .iter()
            .filter(|applet| applet.slot == context)
            .all(|applet| applet.traits.multi_selectable)
    }

    /// The package with this AID.
    pub(crate) fn package(&self, aid: &Aid) -> Option<&PackageEntry> {
        self.packages.iter().find(|package| package.aid == *aid)
    }

    /// A number that no instance has.
    pub(crate) fn free_applet_id(&self) -> Option<AppletId> {
        (1..=u8::MAX).map(AppletId).find(|id| self.applets.iter().all(|applet| applet.id != *id))
    }

    /// Whether an AID names anything.
    pub(crate) fn knows(&self, aid: &Aid) -> bool {
        self.applet(aid).is_some()
            || self.package(aid).is_some()
            || self.domain_named(aid.as_bytes()).is_some()
    }
}
