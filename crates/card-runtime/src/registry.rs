//! What is on the card: packages, instances, life cycles (GlobalPlatform Card Specification 2.3.1, 5 and 9.1.1).
//!
//! Kept as one blob in the card's persistent memory, so that it changes in the same transaction as the objects that it
//! speaks of. All numbers are big-endian:
//!
//! ```text
//! registry = version(1)=1 card-state(1) roots count(1) package* count(1) applet*
//! roots    = references (2 each): APDU object, APDU buffer, install data, secure channel
//! package  = aid major(1) minor(1) slot(1) count(1) aid*            the latter: applet classes
//! applet   = id(1) aid slot(1) object(2) aid-object(2) life-cycle(1) privileges(3) traits(1)
//! aid      = length(1) bytes
//! ```

use alloc::vec::Vec;

use card_image::Aid;
use card_vm::{AppletId, Context, Ref};

use crate::tlv::{Reader, TlvError};

const VERSION: u8 = 1;

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
/// three bits set are the application's own.
pub(crate) mod life_cycle {
    /// Installed, not selectable.
    pub(crate) const INSTALLED: u8 = 0x03;
    /// Selectable.
    pub(crate) const SELECTABLE: u8 = 0x07;
    /// Set in a locked application's state.
    pub(crate) const LOCKED: u8 = 0x80;
    /// A package that is there.
    pub(crate) const LOADED: u8 = 0x01;
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
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackageEntry {
    pub(crate) aid: Aid,
    pub(crate) version: (u8, u8),
    pub(crate) slot: Context,
    pub(crate) modules: Vec<Aid>,
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
    pub(crate) privileges: [u8; 3],
    pub(crate) traits: Traits,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registry {
    pub(crate) state: CardState,
    pub(crate) roots: Roots,
    pub(crate) packages: Vec<PackageEntry>,
    pub(crate) applets: Vec<AppletEntry>,
}

impl Registry {
    /// Of a card on which nothing is.
    pub(crate) fn new(roots: Roots) -> Self {
        Self { state: CardState::OpReady, roots, packages: Vec::new(), applets: Vec::new() }
    }

    /// The instance with this AID.
    pub(crate) fn applet(&self, aid: &Aid) -> Option<&AppletEntry> {
        self.applets.iter().find(|applet| applet.aid == *aid)
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
        self.applet(aid).is_some() || self.package(aid).is_some()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::from([VERSION, self.state as u8]);
        let Roots { apdu, apdu_buffer, install_data, secure_channel } = self.roots;
        for root in [apdu, apdu_buffer, install_data, secure_channel] {
            put_reference(&mut out, root);
        }
        put_count(&mut out, self.packages.len());
        for package in &self.packages {
            put_aid(&mut out, &package.aid);
            out.extend_from_slice(&[package.version.0, package.version.1, package.slot.0]);
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
            out.extend_from_slice(&applet.privileges);
            let Traits { multi_selectable, extended_length, applet_event } = applet.traits;
            out.push(
                u8::from(multi_selectable) | u8::from(extended_length) << 1 | u8::from(applet_event) << 2,
            );
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
        };
        let packages = many(&mut reader, package)?;
        let applets = many(&mut reader, applet)?;
        if reader.is_empty() { Ok(Self { state, roots, packages, applets }) } else { Err(wrong) }
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
        privileges: [reader.byte()?, reader.byte()?, reader.byte()?],
        traits: {
            let bits = reader.byte()?;
            Traits {
                multi_selectable: bits & 1 != 0,
                extended_length: bits & 2 != 0,
                applet_event: bits & 4 != 0,
            }
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_comes_back_from_its_blob() {
        let mut registry = Registry::new(Roots { apdu: Ref(1), ..Roots::default() });
        let aid = Aid::new(&[0xF0, 1, 2, 3, 4, 5]).unwrap();
        registry.packages.push(PackageEntry {
            aid,
            version: (1, 2),
            slot: Context(3),
            modules: Vec::from([aid, aid]),
        });
        registry.applets.push(AppletEntry {
            id: AppletId(1),
            aid,
            slot: Context(3),
            object: Ref(300),
            aid_object: Ref(301),
            life_cycle: life_cycle::SELECTABLE,
            privileges: [1, 2, 3],
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
