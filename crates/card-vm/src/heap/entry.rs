//! One line of the object table: what an object is, whose it is, and where its body lies.

use crate::value::{Context, Owner, Ref};

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Kind {
    /// No object: the entry is unused, or the object's making was undone.
    Free = 0,
    /// An instance of a class; the body is its fields, in words.
    Instance = 1,
    /// `boolean[]`, a byte an element.
    Booleans = 2,
    /// `byte[]`.
    Bytes = 3,
    /// `short[]`.
    Shorts = 4,
    /// `int[]`.
    Ints = 5,
    /// An array of references to instances of a class, or of arrays of one kind.
    References = 6,
}

impl Kind {
    /// The kind a stored byte stands for.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Kind> {
        [Kind::Instance, Kind::Booleans, Kind::Bytes, Kind::Shorts, Kind::Ints, Kind::References]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }

    /// Bytes of the body for each element (of an instance: for each word).
    #[inline]
    #[must_use]
    pub fn unit(self) -> u32 {
        1 << self.shift()
    }

    /// The unit as a power of two.
    #[inline]
    pub(crate) fn shift(self) -> u32 {
        match self {
            Kind::Booleans | Kind::Bytes => 0,
            Kind::Free | Kind::Instance | Kind::Shorts | Kind::References => 1,
            Kind::Ints => 2,
        }
    }

    /// Whether this is an array of any kind.
    #[must_use]
    pub fn is_array(self) -> bool {
        match self {
            Kind::Free | Kind::Instance => false,
            Kind::Booleans | Kind::Bytes | Kind::Shorts | Kind::Ints | Kind::References => true,
        }
    }
}

/// How long an object's contents live (JCRE 5.1, 5.2). The object itself is persistent in each case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Memory {
    /// Contents survive power-off and take part in transactions.
    Persistent = 0,
    /// Contents become 0 when the card is reset.
    ClearOnReset = 1,
    /// Contents become 0 when the owner is deselected, and only the selected applet's context may reach them.
    ClearOnDeselect = 2,
}

impl Memory {
    /// The memory a stored byte stands for.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Memory> {
        [Memory::Persistent, Memory::ClearOnReset, Memory::ClearOnDeselect]
            .into_iter()
            .find(|memory| *memory as u8 == byte)
    }
}

/// What the firewall treats specially (JCRE 6.2.1, 6.2.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Standing {
    /// An object like any other.
    Ordinary = 0,
    /// A permanent entry point: any context may call its methods and keep references to it.
    PermanentEntryPoint = 1,
    /// A temporary entry point: any context may call its methods, none may store a reference to it.
    TemporaryEntryPoint = 2,
    /// A global array: any context may use it, none may store a reference to it.
    GlobalArray = 3,
    /// A view of an array: its owner may use it, none may store a reference to it. Only
    /// [`Machine::make_array_view`](crate::Machine::make_array_view) makes one.
    ArrayView = 4,
    /// An array that guards itself, otherwise ordinary. Only [`Heap::guard`](super::Heap::guard) makes one.
    Guarded = 5,
}

impl Standing {
    /// The standing a stored byte stands for; views are not stored.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Standing> {
        [
            Standing::Ordinary,
            Standing::PermanentEntryPoint,
            Standing::TemporaryEntryPoint,
            Standing::GlobalArray,
            Standing::Guarded,
        ]
        .into_iter()
        .find(|standing| *standing as u8 == byte)
    }

    /// Whether any context may call the object's methods.
    #[must_use]
    pub fn is_entry_point(self) -> bool {
        matches!(self, Standing::PermanentEntryPoint | Standing::TemporaryEntryPoint)
    }

    /// Whether references to the object must not be kept in fields or arrays.
    #[inline]
    #[must_use]
    pub fn must_not_be_stored(self) -> bool {
        match self {
            Standing::TemporaryEntryPoint | Standing::GlobalArray | Standing::ArrayView => true,
            Standing::Ordinary | Standing::PermanentEntryPoint | Standing::Guarded => false,
        }
    }
}

/// A class on one card: the slot of its package and its index there. Slot 0 is the platform, where the index is
/// the number of the `ClassId`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Class {
    /// The package's slot.
    pub package: u8,
    /// The class's index in the package.
    pub index: u16,
}

impl Class {
    /// The class of what has none: an array of primitive values.
    pub const NONE: Class = Class { package: 0, index: 0xFFFF };

    /// What marks the object that holds a package's static fields.
    #[must_use]
    pub(crate) fn statics(package: u8) -> Class {
        Class { package, index: 0xFFFE }
    }
}

/// All that is said of an object at its making.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// What it is.
    pub kind: Kind,
    /// An instance's class, or the element class of an array of references.
    pub class: Class,
    /// The number of elements, or of an instance's words.
    pub len: u16,
    /// How long its contents live.
    pub memory: Memory,
    /// Whose it is.
    pub owner: Owner,
    /// How the firewall treats it.
    pub standing: Standing,
}

impl Header {
    /// Bytes of the body; a view has none of its own.
    #[inline]
    #[must_use]
    pub fn size(&self) -> u32 {
        if self.standing == Standing::ArrayView { 0 } else { u32::from(self.len) << self.kind.shift() }
    }
}

/// Kind and context in one number, so that the usual access needs one comparison. Objects that need a further
/// look have a tag equal to no usual one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag(u16);

impl Tag {
    /// The tag that an access in `context` to an object of `kind` expects.
    #[inline]
    pub(crate) fn of(kind: Kind, context: Context) -> Tag {
        Tag((kind as u16) << 8 | u16::from(context.0))
    }

    /// The tag of an object with this header.
    pub(super) fn for_header(header: &Header) -> Tag {
        match (header.memory, header.standing) {
            (Memory::ClearOnDeselect, _) | (_, Standing::ArrayView | Standing::Guarded) => Tag(0xFFFF),
            (Memory::Persistent | Memory::ClearOnReset, _) => Tag::of(header.kind, header.owner.context),
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) header: Header,
    pub(crate) tag: Tag,
    /// Where the body begins in the arena.
    pub(crate) offset: u32,
    /// The transaction level at which the object was made; 0 once that is committed.
    pub(crate) level: u8,
    /// Whether the journal has the object at all.
    pub(crate) journaled: bool,
    /// What the journal does not have yet.
    pub(crate) pending: Pending,
}

/// What of an object the journal does not have yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pending {
    /// Nothing.
    Nothing,
    /// The bytes of the body from the first to before the second of these, counted in pairs.
    Bytes(u16, u16),
    /// All of it.
    Everything,
}

impl Entry {
    pub(crate) fn new(header: Header, offset: u32, level: u8) -> Entry {
        Entry {
            header,
            tag: Tag::for_header(&header),
            offset,
            level,
            journaled: false,
            pending: Pending::Everything,
        }
    }

    /// The entry of a view, of which the journal is told nothing.
    pub(crate) fn of_view(header: Header) -> Entry {
        Entry { pending: Pending::Nothing, ..Entry::new(header, 0, 0) }
    }

    /// Widens the span of bytes that the journal does not have; `false` when there is none yet.
    #[inline(always)]
    pub(crate) fn widen(&mut self, at: u32, len: u32) -> bool {
        let (from, to) = ((at >> 1) as u16, (at + len).div_ceil(2) as u16);
        match self.pending {
            Pending::Bytes(low, high) => {
                self.pending = Pending::Bytes(low.min(from), high.max(to));
                true
            }
            Pending::Everything => true,
            Pending::Nothing => false,
        }
    }

    /// The entry of no object.
    pub(crate) fn free() -> Entry {
        let header = Header {
            kind: Kind::Free,
            class: Class::NONE,
            len: 0,
            memory: Memory::Persistent,
            owner: Owner::JCRE,
            standing: Standing::Ordinary,
        };
        Entry { header, tag: Tag(0xFFFE), offset: 0, level: 0, journaled: false, pending: Pending::Nothing }
    }
}

/// A reference with its header, as iteration over the table gives it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Object {
    /// The handle.
    pub reference: Ref,
    /// What it names.
    pub header: Header,
}
