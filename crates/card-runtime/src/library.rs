//! From load files to linked packages on the card.

use alloc::sync::Arc;
use alloc::vec::Vec;

use card_image::api::ApiVersion;
use card_image::cap::CapFile;
use card_image::export::ExportSet;
use card_image::verify::verify;
use card_vm::package::{Linker, Package};
use card_vm::{Context, Machine};

use crate::domain::{Verification, load_file};
use crate::natives::Os;
use crate::status::StatusWord;

/// Verifies and links a load file.
pub(crate) fn link(
    vm: &Machine,
    os: &mut Os<'_>,
    cap: &CapFile,
    verification: Verification,
) -> Result<Arc<Package>, StatusWord> {
    let libraries = loaded(vm);
    let platform = Arc::clone(&os.runtime.platform);
    let linker = Linker::new(&platform, &libraries);
    let linked = match verification {
        Verification::Required => {
            // The newest release has all that the older ones have.
            let exports = ExportSet::platform(ApiVersion::V3_2);
            let verified = verify(cap.clone(), &exports).map_err(|findings| {
                for finding in findings.iter().rev() {
                    os.env.report(finding);
                }
                StatusWord::WRONG_DATA
            })?;
            linker.link_unverified(verified.cap())
        }
        Verification::Skipped => linker.link_unverified(cap),
    };
    linked.map(Arc::new).map_err(|error| {
        os.env.report(&error);
        StatusWord::WRONG_DATA
    })
}

fn slots() -> impl Iterator<Item = Context> {
    (1..=u8::MAX).map(Context)
}

fn loaded(vm: &Machine) -> Vec<Arc<Package>> {
    slots().filter_map(|slot| vm.package(slot.0).cloned()).collect()
}

/// A slot without a package.
pub(crate) fn free_slot(vm: &Machine) -> Option<Context> {
    slots().find(|slot| vm.package(slot.0).is_none())
}

/// Whether another package imports the one in a slot.
pub(crate) fn is_imported(vm: &Machine, slot: Context) -> bool {
    let Some(package) = vm.package(slot.0) else { return false };
    loaded(vm).iter().any(|other| other.imports().iter().any(|import| Arc::ptr_eq(import, package)))
}

/// Why a card's packages did not come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// The registry names a package whose load file is not there.
    #[error("the load file of package slot {0} is missing")]
    Missing(u8),
    /// The load file does not link any more: it was made for another version of this program, or is damaged.
    #[error("the load file of package slot {0} does not link")]
    DoesNotLink(u8),
}

/// Links all packages of a restored card, in the order in which they were loaded.
pub(crate) fn restore(vm: &mut Machine, os: &mut Os<'_>) -> Result<(), PackageError> {
    let slots: Vec<Context> = os.runtime.registry.packages.iter().map(|package| package.slot).collect();
    for slot in slots {
        let file = vm.heap().blob(load_file(slot.0)).ok_or(PackageError::Missing(slot.0))?;
        let broken = PackageError::DoesNotLink(slot.0);
        let cap = CapFile::from_load_file(&file).map_err(|_| broken)?;
        let package = link(vm, os, &cap, os.runtime.identity.verification).map_err(|_| broken)?;
        vm.load(slot.0, package).map_err(|_| broken)?;
    }
    Ok(())
}
