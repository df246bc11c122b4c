//! Deletion of objects (JCRE 8.1), and of applets and packages with all that is theirs (JCRE 11.3.4).
//!
//! A handle is given out again after its object is gone, so nothing that stays may refer to what goes: another
//! applet would find an object of another kind behind its reference. What is still referred to is not deleted.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use crate::heap::{Class, Header, Roots};
use crate::known;
use crate::machine::Machine;
use crate::packages::{Packages, platform_class};
use crate::stop::Fault;
use crate::value::{Owner, Ref};

/// What is deleted with all its objects.
#[derive(Clone, Copy, Debug)]
pub enum Deletion<'a> {
    /// Applet instances.
    Applets(&'a [Owner]),
    /// The package in a slot, its static fields, and all its applets.
    Package(u8),
}

impl Deletion<'_> {
    /// Whether an object goes with it.
    fn takes(self, header: &Header) -> bool {
        match self {
            Deletion::Applets(owners) => owners.contains(&header.owner),
            Deletion::Package(slot) => header.owner.context.0 == slot || header.class.package == slot,
        }
    }
}

/// Why nothing was deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DeletionRefused {
    /// Code runs, or a transaction is open.
    #[error("code runs or a transaction is open")]
    Busy,
    /// An object that stays refers to one that should go (JCRE 11.3.4.1).
    #[error("object {} of context {} refers to object {}", by.0, owner.context.0, object.0)]
    Referred {
        /// The object that should go.
        object: Ref,
        /// What refers to it: an object, or the one that holds a package's static fields.
        by: Ref,
        /// Whose that is.
        owner: Owner,
    },
}

impl Machine {
    /// Deletes the objects that nothing reaches (JCRE 8.1): neither static fields, nor permanent entry points, nor
    /// `held`, the references that the runtime environment keeps. Gives how many there were.
    ///
    /// # Errors
    /// While code runs or a transaction is open.
    pub fn delete_unreachable(&mut self, held: &[Ref]) -> Result<usize, Fault> {
        if !self.frames.is_empty() {
            return Err(Fault::Native);
        }
        let reach = Reach { packages: Arc::clone(&self.packages), roots: self.roots(held) };
        self.heap.collect(&reach).map_err(|_| Fault::Native)
    }

    /// Deletes what applets or a package own, unless something that stays refers to it (JCRE 11.3.4). What nothing
    /// reaches is deleted before, so that it does not count; `held` is as for [`Machine::delete_unreachable`].
    ///
    /// # Errors
    /// [`DeletionRefused`]; nothing that can be reached is deleted then.
    pub fn delete(&mut self, deletion: Deletion<'_>, held: &[Ref]) -> Result<(), DeletionRefused> {
        self.delete_unreachable(held).map_err(|_| DeletionRefused::Busy)?;
        if let Some(refused) = self.reference_into(deletion) {
            return Err(refused);
        }
        let deleted = self.heap.delete(|_, header| deletion.takes(header));
        deleted.map(|_| ()).map_err(|_| DeletionRefused::Busy)
    }

    /// A reference from what stays to what goes.
    fn reference_into(&mut self, deletion: Deletion<'_>) -> Option<DeletionRefused> {
        let goes = |machine: &Machine, object: Ref| {
            machine.heap.header(object).is_some_and(|header| deletion.takes(header))
        };
        let stays: Vec<_> = self.heap.objects().filter(|object| !deletion.takes(&object.header)).collect();
        for by in stays {
            let mut named = Vec::new();
            self.heap.push_references(by.reference, self.packages.references(&by.header), &mut named);
            let slot = by.header.class.package;
            if by.header.class == Class::statics(slot) {
                named.extend(self.static_references(slot));
            }
            if let Some(object) = named.into_iter().find(|object| goes(self, *object)) {
                return Some(DeletionRefused::Referred { object, by: by.reference, owner: by.header.owner });
            }
        }
        None
    }

    /// What the static fields of the package in a slot refer to.
    fn static_references(&mut self, slot: u8) -> Vec<Ref> {
        let packages = Arc::clone(&self.packages);
        let Some(loaded) = packages.loaded(slot) else { return Vec::new() };
        let fields = 0..loaded.package.statics.references;
        let read = |field: u16| self.jcre().get_static::<2>(loaded.statics, field.saturating_mul(2)).ok();
        fields.filter_map(read).map(|bytes| Ref(u16::from_be_bytes(bytes))).collect()
    }

    fn roots(&mut self, held: &[Ref]) -> Vec<Ref> {
        let mut roots: Vec<Ref> = held.to_vec();
        roots.extend(self.exceptions.iter().map(|(_, object)| *object));
        // an applet's AID is an entry point as well, but only as long as the runtime environment holds it
        let entry_points = self.heap.objects().filter(|object| {
            object.header.standing.is_entry_point() && object.header.class != platform_class(known::AID)
        });
        roots.extend(entry_points.map(|object| object.reference));
        let packages = Arc::clone(&self.packages);
        for (slot, loaded) in (0..=u8::MAX).zip(&packages.loaded) {
            roots.extend(loaded.iter().map(|loaded| loaded.statics));
            roots.extend(self.static_references(slot));
        }
        roots
    }
}

/// What object deletion starts from and follows.
struct Reach {
    packages: Arc<Packages>,
    roots: Vec<Ref>,
}

impl Roots for Reach {
    fn roots(&self) -> Vec<Ref> {
        self.roots.clone()
    }

    fn references(&self, header: &Header) -> &[Range<u16>] {
        self.packages.references(header)
    }
}
