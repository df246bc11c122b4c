//! What an instruction's index leads to in the running method's package.

use crate::package::code::{Origin, Place, TestedType};
use crate::package::{MethodIndex, Package};
use crate::packages::{Found, Loaded, Packages};
use crate::stop::Fault;
use crate::value::Ref;

/// Words of a method's frame.
pub(super) fn words_of_method(package: &Package, method: MethodIndex) -> usize {
    package.methods.get(usize::from(method.0)).map_or(0, |method| usize::from(method.words))
}

/// Where a switch goes for a key.
pub(super) fn switch_target(loaded: &Loaded, index: u16, key: i32) -> Result<u16, Fault> {
    let switch = loaded.package.switches.get(usize::from(index)).ok_or(Fault::Unlinked)?;
    Ok(switch.target(key))
}

/// The type that `checkcast` or `instanceof` tests for.
pub(super) fn tested_type(loaded: &Loaded, index: u16) -> Result<TestedType, Fault> {
    loaded.package.types.get(usize::from(index)).copied().ok_or(Fault::Unlinked)
}

/// Words of arguments of a method.
pub(super) fn argument_words(packages: &Packages, found: Found) -> Result<u8, Fault> {
    match found {
        Found::Method(slot, index) => {
            let package = &packages.loaded(slot).ok_or(Fault::Unlinked)?.package;
            package.methods.get(usize::from(index.0)).map(|method| method.arguments).ok_or(Fault::Unlinked)
        }
        Found::Native(_) => Err(Fault::Unlinked),
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
