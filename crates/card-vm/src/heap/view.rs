//! Array views (JCRE 6.2.8.2; `JCSystem.makeArrayView`): part of an array, lent to another context.
//!
//! A view is an entry of the object table without a body of its own: its elements are those of the array below it,
//! from `first` on. It belongs to whom it was lent, so the firewall's usual rule lets that context, and no other,
//! use it; what the lender allowed, reading or writing, is asked besides, at each load and store. Contents stay what
//! they are: a write through a view takes part in the transaction, and is told to the journal, as a write to the array.
//!
//! No reference to a view can be stored, so only words of the stack name it, and it ends with the command in which
//! it was made ([`Heap::end_views`]). The journal never hears of it. A view of a view is one of the array below, and
//! allows no more than that view does.

use alloc::collections::BTreeMap;

use super::entry::{Class, Header, Kind, Memory, Standing};
use super::{Entry, Heap, reason};
use crate::known;
use crate::limits;
use crate::stop::{Fault, Stop};
use crate::value::{Context, Owner, Ref};

/// What a view lets its owner do: the attributes of `JCSystem.makeArrayView`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ViewAccess(u8);

impl ViewAccess {
    /// Nothing but asking its length.
    pub const NONE: ViewAccess = ViewAccess(0);
    /// `ATTR_READABLE_VIEW`
    pub const READ: ViewAccess = ViewAccess(1);
    /// `ATTR_WRITABLE_VIEW`
    pub const WRITE: ViewAccess = ViewAccess(2);
    /// Both.
    pub const READ_WRITE: ViewAccess = ViewAccess(3);

    /// The access that the API's attributes stand for; `None` when there are other bits than its two.
    #[must_use]
    pub fn from_attributes(attributes: i16) -> Option<ViewAccess> {
        u8::try_from(attributes).ok().filter(|bits| *bits <= 3).map(ViewAccess)
    }

    /// The attributes as the API has them.
    #[must_use]
    pub fn attributes(self) -> i16 {
        i16::from(self.0)
    }

    /// Whether all that `other` allows is allowed.
    #[must_use]
    pub fn includes(self, other: ViewAccess) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What code does with elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    Read,
    Write,
}

/// Where a view's elements are.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    /// The array below, never a view.
    pub(super) array: Ref,
    /// The element of it that is the view's first.
    pub(super) first: u16,
    access: ViewAccess,
    /// The array was made for the view and ends with it.
    lent: bool,
}

impl View {
    pub(super) fn allows(self, wanted: Use) -> bool {
        self.access.includes(match wanted {
            Use::Read => ViewAccess::READ,
            Use::Write => ViewAccess::WRITE,
        })
    }
}

/// The views of the present command.
pub(super) type Views = BTreeMap<Ref, View>;

impl Heap {
    /// What a view allows; `None` for what is no view.
    #[must_use]
    pub fn view_access(&self, object: Ref) -> Option<ViewAccess> {
        self.view(object).map(|view| view.access)
    }

    pub(super) fn view(&self, object: Ref) -> Option<View> {
        self.views.get(&object).copied()
    }

    /// Whose contents an object shows: of a view, those of the array's owner.
    pub(super) fn contents_owner(&self, object: Ref, header: &Header) -> Context {
        let below = match header.standing {
            Standing::ArrayView => self.view(object).and_then(|view| self.header(view.array)),
            Standing::Ordinary
            | Standing::PermanentEntryPoint
            | Standing::TemporaryEntryPoint
            | Standing::GlobalArray
            | Standing::Guarded => None,
        };
        below.unwrap_or(header).owner.context
    }

    /// Makes a view of `length` elements from `offset` of an array, which `owner` may use as `access` says. That who
    /// asks may use the array has been checked.
    pub(crate) fn make_view(
        &mut self,
        array: Ref,
        (offset, length): (i16, i16),
        access: ViewAccess,
        owner: Owner,
    ) -> Result<Ref, Stop> {
        let header = *self.header(array).ok_or(Stop::throw(known::NULL_POINTER))?;
        if !header.kind.is_array() {
            return Err(Fault::WrongKind(array).into());
        }
        let out_of_bounds = Stop::throw(known::INDEX_OUT_OF_BOUNDS);
        let offset = u16::try_from(offset).map_err(|_| out_of_bounds)?;
        let len = u16::try_from(length).map_err(|_| out_of_bounds)?;
        if u32::from(offset) + u32::from(len) > u32::from(header.len) {
            return Err(out_of_bounds);
        }
        let view = match self.view(array) {
            Some(above) if !above.access.includes(access) => return Err(Stop::throw(known::SECURITY)),
            Some(above) => View { array: above.array, first: above.first + offset, access, lent: false },
            None => View { array, first: offset, access, lent: false },
        };
        if self.views.len() >= limits::VIEWS {
            return Err(Stop::throw_reason(known::SYSTEM_EXCEPTION, reason::NO_TRANSIENT_SPACE));
        }
        let made =
            self.vacant_entry().ok_or(Stop::throw_reason(known::SYSTEM_EXCEPTION, reason::NO_RESOURCE))?;
        let header = Header { len, owner, standing: Standing::ArrayView, ..header };
        if let Some(entry) = self.entries.get_mut(usize::from(made.0)) {
            *entry = Entry::of_view(header);
        }
        self.views.insert(made, view);
        Ok(made)
    }

    /// A view for reading of bytes that are no array's: of a copy in transient memory that ends with the view.
    pub(crate) fn lend_bytes(&mut self, bytes: &[u8], owner: Owner) -> Result<Ref, Stop> {
        let no_room = Stop::throw_reason(known::SYSTEM_EXCEPTION, reason::NO_TRANSIENT_SPACE);
        let length = i16::try_from(bytes.len()).map_err(|_| no_room)?;
        let array = self.make(Header {
            kind: Kind::Bytes,
            class: Class::NONE,
            len: length.unsigned_abs(),
            memory: Memory::ClearOnReset,
            owner: Owner::JCRE,
            standing: Standing::Ordinary,
        })?;
        self.set_contents(array, bytes.iter().copied());
        match self.make_view(array, (0, length), ViewAccess::READ, owner) {
            Ok(view) => {
                self.views.entry(view).and_modify(|view| view.lent = true);
                Ok(view)
            }
            Err(stop) => {
                self.unmake(array);
                Err(stop)
            }
        }
    }

    /// Ends all views. Their entries are used again after the next settling, as those of all objects that are no more.
    pub(crate) fn end_views(&mut self) {
        while let Some((view, of)) = self.views.pop_first() {
            self.unmake(view);
            if of.lent {
                self.unmake(of.array);
            }
        }
    }
}
