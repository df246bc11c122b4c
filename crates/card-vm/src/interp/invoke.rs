//! Calls (JCVM 7.5: `invokevirtual`, `invokespecial`, `invokestatic`, `invokeinterface`): what they lead to, whether
//! the firewall allows them, and in whose name they run (JCRE 6.2.8.4 to 6.2.8.6).

use super::object::{Here, shareable};
use crate::heap::{Access, Heap};
use crate::known;
use crate::package::code::Place;
use crate::packages::{Found, Packages};
use crate::stop::{Fault, Stop};
use crate::value::{Context, Owner, Ref};

const UNLINKED: Stop = Stop::Fault(Fault::Unlinked);

/// What a call leads to and in whose name it runs.
pub(super) type Called = (Found, Owner);

/// `invokespecial` checks its receiver like a virtual call.
#[inline]
pub(super) fn special(here: Here<'_>, heap: &mut Heap, receiver: Ref) -> Result<(), Stop> {
    heap.door(here.owner.context).header(receiver, Access::VirtualCall).map(drop)
}

/// `invokevirtual`: an object of another context can be called only if it is an entry point, whose methods are
/// natives, or by the runtime environment, and then it runs in its owner's name.
#[inline]
pub(super) fn virtual_method(
    here: Here<'_>,
    heap: &mut Heap,
    receiver: Ref,
    token: u8,
) -> Result<Called, Stop> {
    let header = heap.door(here.owner.context).header(receiver, Access::VirtualCall)?;
    let found = here.packages.virtual_method(Packages::dispatch_class(&header), token).ok_or(UNLINKED)?;
    Ok((found, in_name_of(here.owner, header.owner)))
}

/// `invokevirtual` of a package-visible method.
pub(super) fn package_method(
    here: Here<'_>,
    heap: &mut Heap,
    receiver: Ref,
    token: u8,
) -> Result<Called, Stop> {
    let header = heap.door(here.owner.context).header(receiver, Access::VirtualCall)?;
    let class = Packages::dispatch_class(&header);
    let found = here.packages.package_method(class, here.slot, token).ok_or(UNLINKED)?;
    Ok((found, in_name_of(here.owner, header.owner)))
}

/// `invokeinterface`: through a shareable interface, a shareable object of another context can be called and runs in
/// its owner's name, unless its owner's context is barred: active on another channel and not multi-selectable
/// (JCRE 6.2.8.6).
pub(super) fn interface_method(
    here: Here<'_>,
    heap: &mut Heap,
    receiver: Ref,
    interface: Place,
    token: u8,
) -> Result<Called, Stop> {
    let interface = here.packages.class_at(here.slot, interface).ok_or(UNLINKED)?;
    let shared = here.packages.info(interface).is_some_and(|info| info.shareable);
    let access = match heap.header(receiver) {
        Some(header) if shared => Access::ShareableCall(shareable(here.packages, header)),
        Some(_) | None => Access::InterfaceCall,
    };
    let header = heap.door(here.owner.context).header(receiver, access)?;
    if header.owner.context != here.owner.context && heap.is_barred(header.owner.context) {
        return Err(Stop::throw(known::SECURITY));
    }
    let class = Packages::dispatch_class(&header);
    let found = here.packages.interface_method(class, interface, token).ok_or(UNLINKED)?;
    Ok((found, in_name_of(here.owner, header.owner)))
}

/// In whose name a method runs: the caller's within a context, the object's owner's when the context changes.
#[inline]
fn in_name_of(caller: Owner, owner: Owner) -> Owner {
    if caller.context == owner.context || owner.context == Context::JCRE { caller } else { owner }
}
