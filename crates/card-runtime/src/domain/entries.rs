//! What GET STATUS lists of the registry (11.4.3.1).

use alloc::vec::Vec;

use card_image::Aid;

use crate::registry::{AppletEntry, DomainEntry, DomainId, PackageEntry, Privilege, life_cycle};
use crate::runtime::Runtime;
use crate::tlv::{Tag, put};

use super::tree::DOMAIN_PACKAGE;

const AID: Tag = Tag(0x4F);
const STATE: Tag = Tag(0x9F70);
const PRIVILEGES: Tag = Tag(0xC5);
const IMPLICIT: Tag = Tag(0xCF);
const PACKAGE: Tag = Tag(0xC4);
const DOMAIN: Tag = Tag(0xCC);
const VERSION: Tag = Tag(0xCE);
const MODULE: Tag = Tag(0x84);

/// Implicitly selected on the basic channel, with and without contacts (11.1.7).
const ON_BASIC_CHANNEL: u8 = 0xC0;

/// One line of the list: its objects, of which a sender may want only some.
pub(super) struct Entry(Vec<(Tag, Vec<u8>)>);

/// Whether a package's applet classes are listed with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Modules {
    Listed,
    Left,
}

impl Entry {
    fn new(aid: &[u8], state: u8) -> Self {
        Self(Vec::from([(AID, aid.to_vec()), (STATE, Vec::from([state]))]))
    }

    fn with(mut self, tag: Tag, value: &[u8]) -> Self {
        self.0.push((tag, value.to_vec()));
        self
    }

    fn field(&self, wanted: Tag) -> &[u8] {
        self.0.iter().find(|(tag, _)| *tag == wanted).map_or(&[], |(_, value)| value)
    }

    /// The template E3, with the objects that a tag list names or all.
    pub(super) fn template(&self, wanted: Option<&[Tag]>) -> Vec<u8> {
        let mut inner = Vec::new();
        for (tag, value) in &self.0 {
            if wanted.is_none_or(|wanted| wanted.contains(tag)) {
                put(&mut inner, *tag, value);
            }
        }
        let mut out = Vec::new();
        put(&mut out, Tag(0xE3), &inner);
        out
    }

    /// The form of earlier versions of the specification (table 11-37 of 2.1.1): AID, state, one byte of privileges, modules.
    pub(super) fn plain(&self, modules: Modules) -> Vec<u8> {
        let mut out = Vec::new();
        put_field(&mut out, self.field(AID));
        out.extend_from_slice(self.field(STATE));
        out.push(self.field(PRIVILEGES).first().copied().unwrap_or(0));
        if modules == Modules::Listed {
            let listed = || self.0.iter().filter(|(tag, _)| *tag == MODULE);
            out.push(u8::try_from(listed().count()).unwrap_or(u8::MAX));
            listed().for_each(|(_, aid)| put_field(&mut out, aid));
        }
        out
    }
}

fn put_field(out: &mut Vec<u8>, value: &[u8]) {
    out.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(value);
}

fn domain_aid(runtime: &Runtime, id: DomainId) -> Vec<u8> {
    runtime.registry.domain(id).map(|domain| domain.aid.as_bytes().to_vec()).unwrap_or_default()
}

/// The issuer's domain.
pub(super) fn issuer(runtime: &Runtime) -> Vec<Entry> {
    let Some(domain) = runtime.registry.domain(DomainId::ISSUER) else { return Vec::new() };
    let entry = Entry::new(domain.aid.as_bytes(), runtime.registry.state as u8);
    let entry = entry.with(PRIVILEGES, &domain.privileges.0).with(DOMAIN, domain.aid.as_bytes());
    let taken = runtime.registry.holder(Privilege::CardReset).is_some();
    Vec::from([if taken { entry } else { entry.with(IMPLICIT, &[ON_BASIC_CHANNEL]) }])
}

/// Further domains, then applets.
pub(super) fn applications(runtime: &Runtime, seen: impl Fn(&Aid) -> bool) -> Vec<Entry> {
    let domain = |domain: &DomainEntry| {
        Entry::new(domain.aid.as_bytes(), domain.life_cycle)
            .with(PRIVILEGES, &domain.privileges.0)
            .with(PACKAGE, &DOMAIN_PACKAGE)
            .with(DOMAIN, &domain_aid(runtime, domain.parent))
    };
    let applet = |applet: &AppletEntry| {
        let mut entry = Entry::new(applet.aid.as_bytes(), applet.life_cycle);
        entry = entry.with(PRIVILEGES, &applet.privileges.0);
        if applet.privileges.has(Privilege::CardReset) {
            entry = entry.with(IMPLICIT, &[ON_BASIC_CHANNEL]);
        }
        let package = runtime.registry.packages.iter().find(|package| package.slot == applet.slot);
        if let Some(package) = package {
            entry = entry.with(PACKAGE, package.aid.as_bytes());
        }
        entry.with(DOMAIN, &domain_aid(runtime, applet.domain))
    };
    let registry = &runtime.registry;
    let domains = registry.domains.iter().skip(1).filter(|domain| seen(&domain.aid)).map(domain);
    domains.chain(registry.applets.iter().filter(|applet| seen(&applet.aid)).map(applet)).collect()
}

/// Packages.
pub(super) fn packages(runtime: &Runtime, modules: Modules, seen: impl Fn(&Aid) -> bool) -> Vec<Entry> {
    let one = |package: &PackageEntry| {
        let mut entry = Entry::new(package.aid.as_bytes(), life_cycle::LOADED);
        entry = entry.with(VERSION, &[package.version.0, package.version.1]);
        if modules == Modules::Listed {
            for module in &package.modules {
                entry = entry.with(MODULE, module.as_bytes());
            }
        }
        entry.with(DOMAIN, &domain_aid(runtime, package.domain))
    };
    runtime.registry.packages.iter().filter(|package| seen(&package.aid)).map(one).collect()
}
