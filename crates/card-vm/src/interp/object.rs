//! Objects: making them, testing their class, storing references to them (JCVM 7.5: `new`, `newarray`, `anewarray`,
//! `checkcast`, `instanceof`, `aastore`, `athrow`).

use crate::heap::{Access, Class, Header, Heap, Kind, Memory, Shareable, Standing};
use crate::known;
use crate::package::code::{Place, TestedType};
use crate::packages::Packages;
use crate::stop::{Fault, Stop};
use crate::value::{Owner, Ref};

/// Who runs: what the instructions of this file need besides their operands.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) packages: &'a Packages,
    pub(super) slot: u8,
    pub(super) owner: Owner,
}

impl Here<'_> {
    fn class(&self, place: Place) -> Result<Class, Stop> {
        self.packages.class_at(self.slot, place).ok_or(Stop::Fault(Fault::Unlinked))
    }
}

/// `new`: an instance of the class, its fields zero, owned by the active context (JCRE 6.1.3).
pub(super) fn instance(here: Here<'_>, heap: &mut Heap, class: Place) -> Result<Ref, Stop> {
    let class = here.class(class)?;
    let info = here.packages.info(class).ok_or(Fault::Unlinked)?;
    if info.is_interface {
        return Err(Fault::Unlinked.into());
    }
    heap.make(Header {
        kind: Kind::Instance,
        class,
        len: info.words,
        memory: Memory::Persistent,
        owner: here.owner,
        standing: Standing::Ordinary,
    })
}

/// `newarray`, `anewarray`: an array of zeros or nulls.
pub(super) fn array(
    here: Here<'_>,
    heap: &mut Heap,
    kind: Kind,
    element: Option<Place>,
    len: i16,
) -> Result<Ref, Stop> {
    let class = match element {
        Some(place) => here.class(place)?,
        None => Class::NONE,
    };
    let len = u16::try_from(len).map_err(|_| Stop::throw(known::NEGATIVE_ARRAY_SIZE))?;
    heap.make(Header {
        kind,
        class,
        len,
        memory: Memory::Persistent,
        owner: here.owner,
        standing: Standing::Ordinary,
    })
}

/// Whether an object, not null, is of a type; the firewall is asked first (JCRE 6.2.8.2, 6.2.8.8 to 6.2.8.10).
fn is_of(here: Here<'_>, heap: &mut Heap, object: Ref, tested: TestedType) -> Result<bool, Stop> {
    let header = *heap.header(object).ok_or(Stop::throw(known::NULL_POINTER))?;
    let class = match tested {
        TestedType::Class(place) | TestedType::RefArray(place) => Some(here.class(place)?),
        TestedType::Array(_) => None,
    };
    heap.door(here.owner.context).header(object, access(here.packages, &header, tested, class))?;
    Ok(match (tested, class) {
        (TestedType::Class(_), Some(class)) => here.packages.is_instance(&header, class),
        (TestedType::Array(kind), _) => header.kind == kind,
        (TestedType::RefArray(_), Some(class)) => {
            header.kind == Kind::References && here.packages.is_a(header.class, class)
        }
        (TestedType::Class(_) | TestedType::RefArray(_), None) => false,
    })
}

/// Which of the firewall's rules a test falls under.
fn access(packages: &Packages, header: &Header, tested: TestedType, class: Option<Class>) -> Access {
    if header.kind.is_array() {
        return Access::Array;
    }
    let target = match tested {
        TestedType::Class(_) => class.and_then(|class| packages.info(class)),
        TestedType::Array(_) | TestedType::RefArray(_) => None,
    };
    match target {
        Some(info) if info.is_interface && info.shareable => {
            Access::ShareableInterface(shareable(packages, header))
        }
        Some(info) if info.is_interface => Access::Interface,
        Some(_) | None => Access::Class,
    }
}

/// Whether the class of an object implements `Shareable`.
pub(super) fn shareable(packages: &Packages, header: &Header) -> Shareable {
    let info = packages.info(header.class).filter(|_| header.kind == Kind::Instance);
    if info.is_some_and(|info| info.shareable) { Shareable::Yes } else { Shareable::No }
}

/// `checkcast`: null is of every type.
pub(super) fn check_cast(
    here: Here<'_>,
    heap: &mut Heap,
    object: Ref,
    tested: TestedType,
) -> Result<(), Stop> {
    if object.is_null() || is_of(here, heap, object, tested)? {
        Ok(())
    } else {
        Err(Stop::throw(known::CLASS_CAST))
    }
}

/// `instanceof`: null is of no type.
pub(super) fn instance_of(
    here: Here<'_>,
    heap: &mut Heap,
    object: Ref,
    tested: TestedType,
) -> Result<bool, Stop> {
    if object.is_null() { Ok(false) } else { is_of(here, heap, object, tested) }
}

/// `aastore`: the firewall, the index, and then whether the array's element class admits the value.
pub(super) fn store_element(
    here: Here<'_>,
    heap: &mut Heap,
    array: Ref,
    index: i16,
    value: Ref,
) -> Result<(), Stop> {
    let door = heap.door(here.owner.context);
    door.check_element(array, index)?;
    if !value.is_null() {
        let element = door.header(array, Access::Array)?.class;
        let value = heap.header(value).ok_or(Stop::throw(known::NULL_POINTER))?;
        if !here.packages.is_instance(value, element) {
            return Err(Stop::throw(known::ARRAY_STORE));
        }
    }
    heap.door(here.owner.context).store_element(array, index, value)
}

/// `athrow`: the object to throw.
pub(super) fn throw(here: Here<'_>, heap: &mut Heap, object: Ref) -> Stop {
    match heap.door(here.owner.context).header(object, Access::Throw) {
        Ok(header)
            if here.packages.is_instance(&header, crate::machine::Machine::class(known::THROWABLE)) =>
        {
            Stop::Thrown(object)
        }
        Ok(_) => Fault::WrongKind(object).into(),
        Err(stop) => stop,
    }
}
