//! What an instruction's index leads to in the running method's package.

use crate::package::code::{Origin, Place, TestedType};
use crate::packages::{Loaded, Packages};
use crate::stop::Fault;
use crate::value::Ref;

/// Where a switch goes for a key.
pub(super) fn switch_target(loaded: &Loaded, index: u16, key: i32) -> Result<u16, Fault> {
    let switch = loaded.package.switches.get(usize::from(index)).ok_or(Fault::Unlinked)?;
    Ok(switch.target(key))
}

/// The type that `checkcast` or `instanceof` tests for.
pub(super) fn tested_type(loaded: &Loaded, index: u16) -> Result<TestedType, Fault> {
    loaded.package.types.get(usize::from(index)).copied().ok_or(Fault::Unlinked)
}

/// The interface that `invokeinterface` names.
pub(super) fn interface_at(loaded: &Loaded, index: u16) -> Result<Place, Fault> {
    match tested_type(loaded, index)? {
        TestedType::Class(place) => Ok(place),
        TestedType::Array(_) | TestedType::RefArray(_) => Err(Fault::Unlinked),
    }
}

/// The object that holds the static field at a place.
#[inline]
pub(super) fn statics_of(packages: &Packages, loaded: &Loaded, slot: u8, place: Place) -> Result<Ref, Fault> {
    match place.origin {
        Origin::Own => Ok(loaded.statics),
        Origin::Platform | Origin::Import(_) => {
            let slot = packages.slot_of(slot, place.origin).ok_or(Fault::Unlinked)?;
            packages.loaded(slot).map(|loaded| loaded.statics).ok_or(Fault::Unlinked)
        }
    }
}
