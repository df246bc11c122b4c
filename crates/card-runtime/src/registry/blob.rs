//! The registry as one blob in the card's persistent memory, so that it changes in the same transaction as the objects
//! that it speaks of. All numbers are big-endian:
//!
//! ```text
//! registry = version(1)=2 card-state(1) roots count(1) package* count(1) applet* count(1) domain*
//! roots    = references (2 each): APDU object, APDU buffer, install data, secure channel, global PIN
//! package  = aid major(1) minor(1) slot(1) domain(1) count(1) aid*  the latter: applet classes
//! applet   = id(1) aid slot(1) object(2) aid-object(2) life-cycle(1) privileges(3) traits(1) domain(1)
//! domain   = id(1) aid parent(1) life-cycle(1) privileges(3) protocol(1) i(1)
//! aid      = length(1) bytes
//! ```

use alloc::vec::Vec;

use card_image::Aid;
use card_vm::{AppletId, Context, Ref};

use super::{
    AppletEntry, CardState, DomainEntry, DomainId, PackageEntry, Privileges, Registry, Roots, Traits,
};
use crate::scp::Protocol;
use crate::tlv::{Reader, TlvError};

const VERSION: u8 = 2;

impl Registry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::from([VERSION, self.state as u8]);
        let Roots { apdu, apdu_buffer, install_data, secure_channel, global_pin } = self.roots;
        for root in [apdu, apdu_buffer, install_data, secure_channel, global_pin] {
            put_reference(&mut out, root);
        }
        put_count(&mut out, self.packages.len());
        for package in &self.packages {
            put_aid(&mut out, &package.aid);
            out.extend_from_slice(&[package.version.0, package.version.1, package.slot.0, package.domain.0]);
            put_count(&mut out, package.modules.len());
            package.modules.iter().for_each(|module| put_aid(&mut out, module));
        }
        put_count(&mut out, self.applets.len());
        for applet in &self.applets {
            out.push(applet.id.0);
            put_aid(&mut out, &applet.aid);
            out.push(applet.slot.0);
            put_reference(&mut out, applet.object);
            put_reference(&mut out, applet.aid_object);
            out.push(applet.life_cycle);
            out.extend_from_slice(&applet.privileges.0);
            let Traits { multi_selectable, extended_length, applet_event, personalizable } = applet.traits;
            out.push(
                u8::from(multi_selectable)
                    | u8::from(extended_length) << 1
                    | u8::from(applet_event) << 2
                    | u8::from(personalizable) << 3,
            );
            out.push(applet.domain.0);
        }
        put_count(&mut out, self.domains.len());
        for domain in &self.domains {
            out.push(domain.id.0);
            put_aid(&mut out, &domain.aid);
            out.extend_from_slice(&[domain.parent.0, domain.life_cycle]);
            out.extend_from_slice(&domain.privileges.0);
            out.extend_from_slice(&[domain.protocol.number(), domain.protocol.i()]);
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, TlvError> {
        let mut reader = Reader::new(bytes);
        let wrong = TlvError { left: bytes.len() };
        if reader.byte()? != VERSION {
            return Err(wrong);
        }
        let state = CardState::parse(reader.byte()?).ok_or(wrong)?;
        let roots = Roots {
            apdu: reference(&mut reader)?,
            apdu_buffer: reference(&mut reader)?,
            install_data: reference(&mut reader)?,
            secure_channel: reference(&mut reader)?,
            global_pin: reference(&mut reader)?,
        };
        let packages = many(&mut reader, package)?;
        let applets = many(&mut reader, applet)?;
        let domains = many(&mut reader, domain)?;
        let issuer = domains.first().is_some_and(|first| first.id == DomainId::ISSUER);
        if reader.is_empty() && issuer {
            Ok(Self { state, roots, packages, applets, domains })
        } else {
            Err(wrong)
        }
    }
}

fn put_reference(out: &mut Vec<u8>, reference: Ref) {
    out.extend_from_slice(&reference.0.to_be_bytes());
}

/// Counts here are far below 256: see the limits.
fn put_count(out: &mut Vec<u8>, count: usize) {
    out.push(u8::try_from(count).unwrap_or(u8::MAX));
}

fn put_aid(out: &mut Vec<u8>, aid: &Aid) {
    put_count(out, aid.as_bytes().len());
    out.extend_from_slice(aid.as_bytes());
}

fn many<T>(
    reader: &mut Reader<'_>,
    one: fn(&mut Reader<'_>) -> Result<T, TlvError>,
) -> Result<Vec<T>, TlvError> {
    let count = reader.byte()?;
    (0..count).map(|_| one(reader)).collect()
}

fn reference(reader: &mut Reader<'_>) -> Result<Ref, TlvError> {
    Ok(Ref(u16::from_be_bytes([reader.byte()?, reader.byte()?])))
}

fn aid(reader: &mut Reader<'_>) -> Result<Aid, TlvError> {
    Aid::new(reader.field()?).map_err(|_| TlvError { left: reader.rest().len() })
}

fn package(reader: &mut Reader<'_>) -> Result<PackageEntry, TlvError> {
    Ok(PackageEntry {
        aid: aid(reader)?,
        version: (reader.byte()?, reader.byte()?),
        slot: Context(reader.byte()?),
        domain: DomainId(reader.byte()?),
        modules: many(reader, aid)?,
    })
}

fn applet(reader: &mut Reader<'_>) -> Result<AppletEntry, TlvError> {
    Ok(AppletEntry {
        id: AppletId(reader.byte()?),
        aid: aid(reader)?,
        slot: Context(reader.byte()?),
        object: reference(reader)?,
        aid_object: reference(reader)?,
        life_cycle: reader.byte()?,
        privileges: privileges(reader)?,
        traits: {
            let bits = reader.byte()?;
            Traits {
                multi_selectable: bits & 1 != 0,
                extended_length: bits & 2 != 0,
                applet_event: bits & 4 != 0,
                personalizable: bits & 8 != 0,
            }
        },
        domain: DomainId(reader.byte()?),
    })
}

fn privileges(reader: &mut Reader<'_>) -> Result<Privileges, TlvError> {
    Ok(Privileges([reader.byte()?, reader.byte()?, reader.byte()?]))
}

fn domain(reader: &mut Reader<'_>) -> Result<DomainEntry, TlvError> {
    Ok(DomainEntry {
        id: DomainId(reader.byte()?),
        aid: aid(reader)?,
        parent: DomainId(reader.byte()?),
        life_cycle: reader.byte()?,
        privileges: privileges(reader)?,
        protocol: {
            let left = reader.rest().len();
            Protocol::parse(reader.byte()?, reader.byte()?).ok_or(TlvError { left })?
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::life_cycle;
    use crate::scp::KeyKind;

    #[test]
    fn the_registry_comes_back_from_its_blob() {
        let aid = Aid::new(&[0xF0, 1, 2, 3, 4, 5]).unwrap();
        let roots = Roots { apdu: Ref(1), ..Roots::default() };
        let mut registry = Registry::new(roots, aid, Protocol::default_of(KeyKind::TripleDes));
        registry.packages.push(PackageEntry {
            aid,
            version: (1, 2),
            slot: Context(3),
            modules: Vec::from([aid, aid]),
            domain: DomainId::ISSUER,
        });
        registry.applets.push(AppletEntry {
            id: AppletId(1),
            aid,
            slot: Context(3),
            object: Ref(300),
            aid_object: Ref(301),
            life_cycle: life_cycle::SELECTABLE,
            privileges: Privileges([1, 2, 3]),
            domain: DomainId(7),
            traits: Traits { extended_length: true, ..Traits::default() },
        });
        let bytes = registry.encode();
        assert_eq!(Registry::decode(&bytes).unwrap(), registry);
        for cut in 0..bytes.len() {
            assert!(Registry::decode(&bytes[..cut]).is_err());
        }
        assert_eq!(registry.free_applet_id(), Some(AppletId(2)));
    }
}
