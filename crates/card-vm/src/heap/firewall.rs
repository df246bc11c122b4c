//! The firewall: may code in this context do that to this object (JCRE 6.2.8)?
//!
//! | access | allowed to | JCRE |
//! |---|---|---|
//! | elements and length of an array, cast of an array | owner; anyone for a global array | 6.2.8.2 |
//! | field of an instance | owner | 6.2.8.3 |
//! | virtual method | owner; anyone for an entry point | 6.2.8.4 |
//! | method of an ordinary interface | owner; anyone for an entry point | 6.2.8.5, 6.2.2 |
//! | method of a shareable interface | owner; anyone if the object is shareable and its context not barred | 6.2.8.6 |
//! | throwing an object | owner; anyone for an entry point | 6.2.8.7 |
//! | cast to a class, `instanceof` a class | owner; anyone for an entry point | 6.2.8.8 |
//! | cast to an ordinary interface | owner; anyone for an entry point | 6.2.8.9 |
//! | cast to a shareable interface | owner; anyone if the object is shareable | 6.2.8.10 |
//!
//! "Owner" is code in the owner's group context. The context of the runtime environment may do all of this
//! (JCRE 6.1.4). What is barred [`Heap::bar`](super::Heap::bar) says, and the call itself asks. Two rules come before: a CLEAR_ON_DESELECT object can be reached only while its owner's context is
//! the selected one (JCRE 5.2), and references to temporary entry points, global arrays and array views are never
//! stored (JCRE 6.2.8.1 to 6.2.8.3). A view belongs to whom it was lent; what it allows is asked at each element.

use super::entry::{Header, Memory, Standing};
use crate::value::Context;

/// What code wants to do to an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Read or write an element, ask the length, or cast an array.
    Array,
    /// Read or write a field.
    Field,
    /// Call a virtual method.
    VirtualCall,
    /// Call a method of an interface that does not extend `Shareable`.
    InterfaceCall,
    /// Call a method of an interface that extends `Shareable`.
    ShareableCall(Shareable),
    /// Throw the object.
    Throw,
    /// Cast it to a class, or ask whether it is an instance of one.
    Class,
    /// Cast it to an interface that does not extend `Shareable`.
    Interface,
    /// Cast it to an interface that extends `Shareable`.
    ShareableInterface(Shareable),
}

/// Whether the object's class implements `Shareable`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shareable {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Decides an access of code in `context` to the object with `header`, `selected` being the context of the
/// selected applet, and `contents` the context whose contents the object shows.
#[must_use]
pub(super) fn allows(
    context: Context,
    selected: Context,
    header: &Header,
    contents: Context,
    access: Access,
) -> bool {
    if context == Context::JCRE {
        return true;
    }
    if header.memory == Memory::ClearOnDeselect && selected != contents {
        return false;
    }
    if header.owner.context == context {
        return true;
    }
    match access {
        Access::Array => header.standing == Standing::GlobalArray,
        Access::Field => false,
        Access::VirtualCall | Access::InterfaceCall | Access::Throw | Access::Class | Access::Interface => {
            header.standing.is_entry_point()
        }
        Access::ShareableCall(shareable) | Access::ShareableInterface(shareable) => {
            shareable == Shareable::Yes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Class, Kind};
    use super::*;
    use crate::value::{AppletId, Owner};

    const MINE: Context = Context(1);
    const OTHER: Context = Context(2);

    fn object(owner: Context, standing: Standing, memory: Memory) -> Header {
        Header {
            kind: Kind::Instance,
            class: Class::NONE,
            len: 0,
            memory,
            owner: Owner { context: owner, applet: AppletId(1) },
            standing,
        }
    }

    const ALL: [Access; 11] = [
        Access::Array,
        Access::Field,
        Access::VirtualCall,
        Access::InterfaceCall,
        Access::ShareableCall(Shareable::Yes),
        Access::ShareableCall(Shareable::No),
        Access::Throw,
        Access::Class,
        Access::Interface,
        Access::ShareableInterface(Shareable::Yes),
        Access::ShareableInterface(Shareable::No),
    ];

    fn allowed(context: Context, header: &Header) -> alloc::vec::Vec<Access> {
        ALL.into_iter()
            .filter(|access| allows(context, MINE, header, header.owner.context, *access))
            .collect()
    }

    #[test]
    fn the_owner_may_do_everything() {
        let mine = object(MINE, Standing::Ordinary, Memory::Persistent);
        assert_eq!(allowed(MINE, &mine), ALL);
    }

    #[test]
    fn the_runtime_environment_may_do_everything() {
        let other = object(OTHER, Standing::Ordinary, Memory::Persistent);
        assert_eq!(allowed(Context::JCRE, &other), ALL);
    }

    #[test]
    fn of_another_s_object_only_its_shareable_interfaces_can_be_reached() {
        let other = object(OTHER, Standing::Ordinary, Memory::Persistent);
        assert_eq!(
            allowed(MINE, &other),
            [Access::ShareableCall(Shareable::Yes), Access::ShareableInterface(Shareable::Yes)]
        );
    }

    #[test]
    fn an_entry_point_can_be_called_cast_and_thrown_but_its_fields_can_not_be_reached() {
        for standing in [Standing::PermanentEntryPoint, Standing::TemporaryEntryPoint] {
            let point = object(Context::JCRE, standing, Memory::Persistent);
            assert_eq!(
                allowed(MINE, &point),
                [
                    Access::VirtualCall,
                    Access::InterfaceCall,
                    Access::ShareableCall(Shareable::Yes),
                    Access::Throw,
                    Access::Class,
                    Access::Interface,
                    Access::ShareableInterface(Shareable::Yes),
                ]
            );
        }
    }

    #[test]
    fn a_global_array_can_be_used_by_anyone() {
        let array = object(Context::JCRE, Standing::GlobalArray, Memory::Persistent);
        assert!(allows(MINE, MINE, &array, Context::JCRE, Access::Array));
    }

    #[test]
    fn a_clear_on_deselect_object_can_not_be_reached_while_its_owner_is_not_selected() {
        let mine = object(MINE, Standing::Ordinary, Memory::ClearOnDeselect);
        for access in ALL {
            assert!(allows(MINE, MINE, &mine, MINE, access), "{access:?}");
            assert!(!allows(MINE, OTHER, &mine, MINE, access), "{access:?}");
        }
    }
}
