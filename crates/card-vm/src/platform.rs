//! The platform's classes, as the machine sees them.
//!
//! The classes of `java.lang`, `javacard.*` and `org.globalplatform` have no bytecode. Whoever runs a [`Machine`]
//! brings their methods as natives through [`Platform`]. Their instances are ordinary heap objects: what a native
//! class must remember lives in hidden fields ([`Layout`]) of the object itself and is therefore persistent,
//! transactional and deleted with it, like any field of an applet.
//!
//! A native runs in its caller's context: `vm.caller()` is the door that applies the firewall to what the caller
//! passed, and `vm.jcre()` the privileged one, for the object's own hidden fields. Where the specification says
//! that a method of an entry point object runs in the context of the runtime environment (JCRE 6.2.2), the
//! arguments are nevertheless to be checked against the caller, so the privilege is taken by name, where used.

use card_image::api::{ClassId, MemberId};

use crate::machine::Machine;
use crate::stop::Stop;
use crate::value::{Args, Value};

/// The hidden fields that a class of the platform adds to those of its superclass: first the references, which
/// object deletion follows, then plain words.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Layout {
    /// The number of hidden references.
    pub references: u8,
    /// The number of hidden 16-bit words after them.
    pub words: u8,
}

/// The natives behind the platform's classes.
pub trait Platform {
    /// Whether there is a native for this member. Asked when a package is linked: one that imports a member
    /// without a native is refused then, never at run time.
    fn implements(&self, member: MemberId) -> bool;

    /// What this class's instances hold besides what its superclass's do.
    fn layout(&self, class: ClassId) -> Layout;

    /// The class that instances of an interface extend, where the platform makes objects that are both: an applet then
    /// casts from the class to the interface. Instances of other interfaces extend `Object`.
    fn extended_by(&self, interface: ClassId) -> Option<ClassId> {
        let _ = interface;
        None
    }

    /// Interfaces that instances of a class or interface implement besides those that the API lists.
    fn further_interfaces(&self, class: ClassId) -> &'static [ClassId] {
        let _ = class;
        &[]
    }

    /// Runs the native of a member. `args` has the receiver first, for an instance method; it is never null.
    ///
    /// # Errors
    /// The exception to throw in the caller, or the fault that ends the call.
    fn native(&mut self, vm: &mut Machine, member: MemberId, args: Args) -> Result<Value, Stop>;
}
