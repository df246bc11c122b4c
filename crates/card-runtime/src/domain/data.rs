//! GET DATA (11.3) and the answer to SELECT (11.9.3).

use alloc::vec::Vec;

use card_vm::Machine;
use card_vm::heap::Memory;

use super::{DomainState, Plain};
use crate::registry::{DomainEntry, DomainId};
use crate::runtime::Runtime;
use crate::scp::Protocol;
use crate::status::StatusWord;
use crate::tlv::{Tag, put};

/// Object identifiers of Card Recognition Data (H.2): GlobalPlatform itself, its version 2.3.1, card identification scheme,
/// and the secure channel protocol, whose last two bytes follow.
const GLOBAL_PLATFORM: [u8; 7] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x01];
const VERSION: [u8; 10] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x02, 0x02, 0x03, 0x01];
const IDENTIFICATION: [u8; 7] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x03];
const SECURE_CHANNEL: [u8; 7] = [0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x04];

/// Tags that are told.
pub(super) mod tags {
    use crate::tlv::Tag;

    /// Issuer identification number.
    pub(in crate::domain) const IIN: Tag = Tag(0x0042);
    /// Card image number.
    pub(in crate::domain) const CIN: Tag = Tag(0x0045);
    /// Card data, with Card Recognition Data inside.
    pub(in crate::domain) const CARD_DATA: Tag = Tag(0x0066);
    /// Card capability information.
    pub(in crate::domain) const CAPABILITIES: Tag = Tag(0x0067);
    /// Counter of sessions of the first key set.
    pub(in crate::domain) const SEQUENCE: Tag = Tag(0x00C1);
    /// Counter of confirmations, which delegated management gives.
    pub(in crate::domain) const CONFIRMATIONS: Tag = Tag(0x00C2);
    /// Key information template.
    pub(in crate::domain) const KEYS: Tag = Tag(0x00E0);
    /// Card production life cycle data.
    pub(in crate::domain) const CPLC: Tag = Tag(0x9F7F);
    /// The applications of the card.
    pub(in crate::domain) const APPLICATIONS: Tag = Tag(0x2F00);
    /// Extended card resources (ETSI TS 102 226, 8.2.1.7.2).
    pub(in crate::domain) const RESOURCES: Tag = Tag(0xFF21);
    /// The policy of algorithms, a tag of our own.
    pub(in crate::domain) const POLICY: Tag = Tag(0xFF70);
    /// Personalizer's and pre-personalizer's part of the production data.
    pub(in crate::domain) const PERSONALIZATION: Tag = Tag(0x9F66);
    pub(in crate::domain) const PRE_PERSONALIZATION: Tag = Tag(0x9F67);
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// Whoever can send a command.
    Anybody,
    /// Who opened a session.
    Owner,
}

/// GET DATA: P1 P2 is the tag.
pub(super) fn get(
    vm: &mut Machine,
    runtime: &Runtime,
    command: &Plain<'_>,
    reader: Reader,
) -> Result<Vec<u8>, StatusWord> {
    let tag = Tag(u16::from_be_bytes([command.p1, command.p2]));
    let missing = StatusWord::REFERENCED_DATA_NOT_FOUND;
    let domain = runtime.registry.domain(command.domain).ok_or(missing)?;
    let state = runtime.domains.get(&command.domain).ok_or(missing)?;
    let issuer = domain.id == DomainId::ISSUER;
    let stored = state.object(tag).map(<[u8]>::to_vec);
    let value = match tag {
        // Nobody issues these cards until somebody stores who does: the domain's RID and the serial number.
        tags::IIN => stored.or_else(|| issuer.then(|| domain.aid.rid().to_vec())),
        tags::CIN => stored.or_else(|| issuer.then(|| runtime.identity.serial.to_vec())),
        tags::CARD_DATA => stored.or_else(|| Some(recognition_data(domain.protocol))),
        tags::CAPABILITIES => issuer.then(|| capabilities(domain.protocol)),
        tags::SEQUENCE => sequence(domain.protocol, state),
        tags::CONFIRMATIONS => issuer.then(|| Vec::from([0, 0])),
        tags::KEYS => Some(key_information(state)),
        tags::CPLC => issuer.then(|| production_data(runtime, state)),
        tags::APPLICATIONS => (issuer && reader == Reader::Owner).then(|| applications(runtime)),
        tags::RESOURCES => issuer.then(|| resources(vm, runtime)),
        tags::POLICY => issuer.then(|| runtime.policy.encode()),
        Tag(_) => stored,
    };
    let value = value.ok_or(missing)?;
    // A file identifier rather than a tag: the list stands by itself.
    Ok(if tag == tags::APPLICATIONS { value } else { object(tag.0, &value) })
}

fn sequence(protocol: Protocol, state: &DomainState) -> Option<Vec<u8>> {
    let (version, _) = state.keys.set(0)?;
    let [_, high, middle, low] = state.keys.sequence(version).to_be_bytes();
    Some(match protocol {
        Protocol::Scp02(_) => Vec::from([middle, low]),
        Protocol::Scp03(_) => Vec::from([high, middle, low]),
    })
}

/// The 42 bytes, with what was stored of them since the card was made.
fn production_data(runtime: &Runtime, state: &DomainState) -> Vec<u8> {
    let mut cplc = runtime.identity.production_data();
    for (tag, at) in [(tags::PRE_PERSONALIZATION, 26), (tags::PERSONALIZATION, 34)] {
        let stored = state.object(tag).unwrap_or_default();
        cplc.iter_mut().skip(at).zip(stored.iter().take(8)).for_each(|(to, from)| *to = *from);
    }
    cplc.to_vec()
}

fn object(tag: u16, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, Tag(tag), value);
    out
}

fn recognition_data(protocol: Protocol) -> Vec<u8> {
    let mut inner = object(0x06, &GLOBAL_PLATFORM);
    inner.extend(object(0x60, &object(0x06, &VERSION)));
    inner.extend(object(0x63, &object(0x06, &IDENTIFICATION)));
    let channel = [&SECURE_CHANNEL[..], &[protocol.number(), protocol.i()]].concat();
    inner.extend(object(0x64, &object(0x06, &channel)));
    object(0x73, &inner)
}

/// Card capability information (H.4): the protocol with its options and key lengths, privileges of domains and of applications,
/// and the hashes that a load file may come with.
fn capabilities(protocol: Protocol) -> Vec<u8> {
    let mut channel = object(0x80, &[protocol.number()]);
    channel.extend(object(0x81, &[protocol.i()]));
    if let Protocol::Scp03(_) = protocol {
        // AES with 128, 192 and 256 bits.
        channel.extend(object(0x82, &[0x07]));
    }
    let mut out = object(0xA0, &channel);
    out.extend(object(0x81, &[0x9E, 0xDE, 0x00]));
    out.extend(object(0x82, &[0x1E, 0x0A, 0x00]));
    // SHA-1, SHA-256, SHA-384, SHA-512.
    out.extend(object(0x83, &[0x01, 0x02, 0x03, 0x04]));
    out
}

/// One C0 for each key: identifier, version, type, length (11.3.3.1).
fn key_information(state: &DomainState) -> Vec<u8> {
    state.keys.information().flat_map(|key| object(0xC0, &key)).collect()
}

/// The AIDs of all applications, each in a template 61.
fn applications(runtime: &Runtime) -> Vec<u8> {
    let domains = runtime.registry.domains.iter().skip(1).map(|domain| domain.aid);
    let applets = runtime.registry.applets.iter().map(|applet| applet.aid);
    domains.chain(applets).flat_map(|aid| object(0x61, &object(0x4F, aid.as_bytes()))).collect()
}

/// Number of applications, free persistent and free transient memory in bytes.
fn resources(vm: &mut Machine, runtime: &Runtime) -> Vec<u8> {
    let count = runtime.registry.applets.len() + runtime.registry.domains.len() - 1;
    let [.., count] = count.to_be_bytes();
    let mut free = |memory| {
        let (used, limit) = vm.heap().memory(memory);
        limit.saturating_sub(used)
    };
    let (persistent, transient) = (free(Memory::Persistent), free(Memory::ClearOnReset));
    let mut out = object(0x81, &[count]);
    for (tag, bytes) in [(0x82, persistent), (0x83, transient)] {
        out.extend(object(tag, &bytes.to_be_bytes()));
    }
    out
}

/// What a domain answers when it is selected: its AID, Card Recognition Data, longest command data.
pub(crate) fn select_answer(domain: &DomainEntry) -> Vec<u8> {
    let mut proprietary = recognition_data(domain.protocol);
    put(&mut proprietary, Tag(0x9F65), &[0xFF]);
    let mut inner = object(0x84, domain.aid.as_bytes());
    inner.extend(object(0xA5, &proprietary));
    object(0x6F, &inner)
}
