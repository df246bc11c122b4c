//! INSTALL [for personalization] and STORE DATA (11.5.2.3.5, 11.11).
//!
//! STORE DATA comes in numbered blocks. For an applet each block is handed on as it is, header included, to its
//! `Application.processData`, and what it throws is the answer. For a domain the blocks are put together, and when the last is there
//! all that they hold is stored at once, or nothing:
//!
//! ```text
//! data objects (P1 bits 5-4 = 10, or 00)   tag length value ...        each stored under its tag
//! data groupings (01)                      identifier(2) length value  0070: data objects, as above
//! ```
//!
//! Values of groupings that P1 says are encrypted (bits 7-6 = 11) are under the session's DEK.

use alloc::vec::Vec;

use card_vm::heap::Atomicity;
use card_vm::{AppletId, Context, Machine};

use super::data::tags;
use super::install::{Fields, aid, done, wrong};
use super::rights::{self, Named};
use super::{Plain, STORE_DATA, keep_domain, keep_registry};
use crate::apdu::Response;
use crate::calls;
use crate::limits::STORE_DATA_MAX;
use crate::natives::Os;
use crate::registry::{DomainId, life_cycle};
use crate::runtime::Runtime;
use crate::scp::unpad;
use crate::secure::Holder;
use crate::status::StatusWord;
use crate::tlv::{Reader, Tag};

/// The grouping whose value is data objects.
const OBJECTS: u16 = 0x0070;
/// The domain's own AID, as a data object: of the issuer's domain only, which had no INSTALL to name it.
const OWN_NAME: Tag = Tag(0x004F);
/// Where STORE DATA goes, and what has come of it.
pub(crate) struct Personalizing {
    target: Target,
    next_block: u8,
    data: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Applet(AppletId),
    Domain(DomainId),
}

/// How the data are laid out (P1 bits 5-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Objects,
    Groupings,
}

/// INSTALL [for personalization]: names an applet that takes data, or a domain, of the actor's own.
pub(super) fn install(
    runtime: &mut Runtime,
    actor: DomainId,
    fields: &Fields<'_>,
) -> Result<Response, StatusWord> {
    let empty = [fields.first, fields.second, fields.privileges, fields.parameters];
    if empty.iter().any(|field| !field.is_empty()) {
        return Err(StatusWord::WRONG_DATA);
    }
    let name = aid(fields.third)?;
    let registry = &runtime.registry;
    let named = rights::find(registry, &name).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    if !rights::owns(registry, actor, &name) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let target = match named {
        Named::Applet(id) => {
            let applet = runtime.applet(id).ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
            if !applet.traits.personalizable || applet.life_cycle & life_cycle::LOCKED != 0 {
                return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
            }
            Target::Applet(id)
        }
        Named::Domain(id) => Target::Domain(id),
        Named::Package => return Err(StatusWord::REFERENCED_DATA_NOT_FOUND),
    };
    runtime.personalizing = Some(Personalizing { target, next_block: 0, data: Vec::new() });
    Ok(done())
}

/// STORE DATA: P1 bit 8 marks the last block, P2 counts them. Without INSTALL [for personalization] the domain itself is meant.
pub(super) fn store_data(
    vm: &mut Machine,
    os: &mut Os<'_>,
    holder: Holder,
    command: &Plain<'_>,
) -> Result<Response, StatusWord> {
    let itself = Target::Domain(command.domain);
    let under_way = os.runtime.personalizing.take();
    let mut under_way =
        under_way.unwrap_or(Personalizing { target: itself, next_block: 0, data: Vec::new() });
    if command.p2 != under_way.next_block {
        return Err(StatusWord::WRONG_P1P2);
    }
    under_way.next_block = under_way.next_block.wrapping_add(1);
    let last = command.p1 & 0x80 != 0;
    match under_way.target {
        Target::Applet(id) => {
            hand_on(vm, os, id, command)?;
            if !last {
                os.runtime.personalizing = Some(under_way);
            }
            Ok(Response::ok(Vec::new()))
        }
        Target::Domain(id) => {
            if under_way.data.len() + command.data.len() > STORE_DATA_MAX {
                return Err(StatusWord::NO_MEMORY);
            }
            under_way.data.extend_from_slice(command.data);
            if last {
                store(vm, os.runtime, holder, id, command.p1, &under_way.data)?;
            } else {
                os.runtime.personalizing = Some(under_way);
            }
            Ok(Response::ok(Vec::new()))
        }
    }
}

/// Gives a block to an applet, as the command that it came in, without its protection.
fn hand_on(vm: &mut Machine, os: &mut Os<'_>, id: AppletId, command: &Plain<'_>) -> Result<(), StatusWord> {
    let applet = os.runtime.applet(id).copied().ok_or(StatusWord::CONDITIONS_NOT_SATISFIED)?;
    let length = u8::try_from(command.data.len()).map_err(|_| StatusWord::WRONG_LENGTH)?;
    let header = [0x80, STORE_DATA, command.p1, command.p2, length];
    let bytes = [&header[..], command.data].concat();
    let buffer = os.runtime.roots.apdu_buffer;
    let written = vm.jcre().write(buffer, 0, &bytes, Atomicity::NonAtomic);
    written.map_err(|_| StatusWord::WRONG_LENGTH)?;
    vm.heap().select(Context::JCRE);
    let length = i16::try_from(bytes.len()).map_err(|_| StatusWord::WRONG_LENGTH)?;
    calls::process_data(vm, os, &applet, length)
}

fn store(
    vm: &mut Machine,
    runtime: &mut Runtime,
    holder: Holder,
    id: DomainId,
    p1: u8,
    data: &[u8],
) -> Result<(), StatusWord> {
    let form = match p1 & 0x18 {
        0x08 => Form::Groupings,
        0x00 | 0x10 => Form::Objects,
        _ => return Err(StatusWord::WRONG_P1P2),
    };
    let encrypted = match (p1 & 0x60, form) {
        (0x00 | 0x20, _) => false,
        (0x60, Form::Groupings) => true,
        _ => return Err(StatusWord::WRONG_P1P2),
    };
    let mut after = runtime.domains.get(&id).cloned().ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?;
    let mut registry = runtime.registry.clone();
    let mut objects = |bytes: &[u8]| -> Result<(), StatusWord> {
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            let (tag, value) = reader.object().map_err(wrong)?;
            match tag {
                OWN_NAME => rename(&mut registry, id, value)?,
                _ => after.store(storable(id, tag, value)?, value)?,
            }
        }
        Ok(())
    };
    match form {
        Form::Objects => objects(data)?,
        Form::Groupings => {
            let mut reader = Reader::new(data);
            while !reader.is_empty() {
                let (grouping, value) = grouping(&mut reader)?;
                let mut value = zeroize::Zeroizing::new(value.to_vec());
                if encrypted {
                    let channel = runtime.secure.channel(holder);
                    let channel = channel.ok_or(StatusWord::SECURITY_NOT_SATISFIED)?;
                    channel.decrypt_sensitive(&mut value).map_err(|_| StatusWord::WRONG_DATA)?;
                    unpad(&mut value).map_err(|_| StatusWord::WRONG_DATA)?;
                }
                if grouping != OBJECTS {
                    return Err(StatusWord::REFERENCED_DATA_NOT_FOUND);
                }
                objects(&value)?;
            }
        }
    }
    runtime.domains.insert(id, after);
    runtime.registry = registry;
    let kept = keep_domain(vm, runtime, id).and_then(|()| keep_registry(vm, runtime));
    kept.map_err(|_| StatusWord::MEMORY_FAILURE)
}

/// One grouping: two bytes of identifier, a length of one byte or FF and two (EMV CPS; 11.11.2.3).
fn grouping<'a>(reader: &mut Reader<'a>) -> Result<(u16, &'a [u8]), StatusWord> {
    let mut byte = || reader.byte().map_err(wrong);
    let identifier = u16::from_be_bytes([byte()?, byte()?]);
    let length = match byte()? {
        0xFF => usize::from(u16::from_be_bytes([byte()?, byte()?])),
        short => usize::from(short),
    };
    Ok((identifier, reader.take(length).map_err(wrong)?))
}

/// Whether a domain keeps an object of this tag: what GET DATA gives back, and the two parts of the production data.
fn storable(id: DomainId, tag: Tag, value: &[u8]) -> Result<Tag, StatusWord> {
    let issuer = id == DomainId::ISSUER;
    match tag {
        tags::IIN | tags::CIN if value.len() <= 32 => Ok(tag),
        tags::CARD_DATA => Ok(tag),
        tags::PERSONALIZATION | tags::PRE_PERSONALIZATION if issuer && value.len() == 8 => Ok(tag),
        tags::IIN | tags::CIN | tags::PERSONALIZATION | tags::PRE_PERSONALIZATION => {
            Err(StatusWord::WRONG_DATA)
        }
        // The domain manager's URL (ISO/IEC 7816-4, 12.1.1), and tags 00 to FF of private use.
        Tag(0x5F50) | Tag(0xDF00..=0xDFFF) => Ok(tag),
        Tag(_) => Err(StatusWord::REFERENCED_DATA_NOT_FOUND),
    }
}

/// Gives the issuer's domain another AID.
fn rename(registry: &mut crate::registry::Registry, id: DomainId, name: &[u8]) -> Result<(), StatusWord> {
    let name = aid(name)?;
    if id != DomainId::ISSUER || registry.knows(&name) {
        return Err(StatusWord::CONDITIONS_NOT_SATISFIED);
    }
    let domain = registry.domains.iter_mut().find(|domain| domain.id == id);
    domain.ok_or(StatusWord::REFERENCED_DATA_NOT_FOUND)?.aid = name;
    Ok(())
}
