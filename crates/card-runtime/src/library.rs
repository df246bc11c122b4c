//! From load files to linked packages on the card.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Display;

use card_image::Aid;
use card_image::api::ApiVersion;
use card_image::cap::CapFile;
use card_image::export::{ExportFile, ExportSet};
use card_image::verify::verify;
use card_vm::package::{Linker, Package};
use card_vm::{Context, Machine};

use crate::crypto::{HashAlgorithm, Hasher};
use crate::domain::{Verification, load_file};
use crate::env::{PackageHash, SharedPackage};
use crate::natives::Os;
use crate::status::StatusWord;

/// Reads, verifies and links a load file, or takes what another card of the process made of the same one.
pub(crate) fn link(vm: &mut Machine, os: &mut Os<'_>, file: &[u8]) -> Result<SharedPackage, StatusWord> {
    let name = hash(file);
    match shared(vm, os, &name) {
        Some(shared) => Ok(shared),
        None => link_new(vm, os, name, Arc::from(file)),
    }
}

/// What another card of the process made of a load file: only of a file that was verified, and only if all that it is
/// bound to is what this card has.
fn shared(vm: &Machine, os: &mut Os<'_>, name: &PackageHash) -> Option<SharedPackage> {
    match os.runtime.identity.verification {
        Verification::Required => {
            let shared = os.env.shared(name)?;
            let loaded = loaded(vm);
            let is_here = |import| loaded.iter().any(|package| Arc::ptr_eq(package, import));
            shared.package.imports().iter().all(is_here).then_some(shared)
        }
        Verification::Skipped => None,
    }
}

/// Reads, verifies and links a load file.
fn link_new(
    vm: &mut Machine,
    os: &mut Os<'_>,
    name: PackageHash,
    file: Arc<[u8]>,
) -> Result<SharedPackage, StatusWord> {
    let wrong = |os: &mut Os<'_>, why: &dyn Display| {
        os.env.report(why);
        StatusWord::WRONG_DATA
    };
    let cap = CapFile::from_load_file(&file).map_err(|error| wrong(os, &error))?;
    let libraries = loaded(vm);
    let platform = Arc::clone(&os.runtime.platform);
    let linker = Linker::new(&platform, &libraries);
    match os.runtime.identity.verification {
        Verification::Required => {
            let exports = exports(vm, os, &cap);
            let verified = verify(cap, &exports).map_err(|findings| match findings.first() {
                Some(first) => wrong(os, first),
                None => StatusWord::WRONG_DATA,
            })?;
            let package = Arc::new(linker.link(&verified).map_err(|error| wrong(os, &error))?);
            let shared = SharedPackage { package, file };
            os.env.share(name, &shared);
            Ok(shared)
        }
        Verification::Skipped => {
            let package = linker.link_unverified(&cap).map_err(|error| wrong(os, &error))?;
            Ok(SharedPackage { package: Arc::new(package), file })
        }
    }
}

/// What a file can import: the platform's packages, and of the card's those that it imports, directly or not. One that
/// is missing here is what the verifier finds missing (JCVM 4.5.2, 6.7).
fn exports(vm: &mut Machine, os: &mut Os<'_>, cap: &CapFile) -> ExportSet {
    // The newest release has all that the older ones have.
    let mut exports = ExportSet::platform(ApiVersion::V3_2);
    let named: BTreeSet<Aid> = cap.import.packages.iter().map(|import| import.aid).collect();
    let imports = |package: &Arc<Package>| package.exported().any(|own| named.contains(&own.aid));
    let direct: Vec<Arc<Package>> = loaded(vm).into_iter().filter(imports).collect();
    let needed: Vec<&Arc<Package>> =
        direct.iter().chain(direct.iter().flat_map(|package| package.imports())).collect();
    // The registry has each package behind those that it imports.
    for entry in &os.runtime.registry.packages {
        let Some(package) = vm.package(entry.slot.0) else { continue };
        if !needed.iter().any(|needed| Arc::ptr_eq(needed, package)) {
            continue;
        }
        let file = vm.heap().blob(load_file(entry.slot.0));
        let Some(Ok(cap)) = file.map(|file| CapFile::from_load_file(&file)) else { continue };
        match ExportFile::from_cap(&cap, &exports) {
            Ok(files) => files.into_iter().for_each(|file| exports.add(file)),
            Err(error) => os.env.report(&format_args!("package {}: {error}", entry.aid)),
        }
    }
    exports
}

fn hash(file: &[u8]) -> PackageHash {
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    hasher.update(file);
    let mut name = [0; 32];
    name.iter_mut().zip(hasher.finish().as_ref()).for_each(|(to, from)| *to = *from);
    name
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

/// Another package that imports the one in a slot, directly or not.
pub(crate) fn importer(vm: &Machine, slot: Context) -> Option<Aid> {
    let package = vm.package(slot.0)?;
    let imports = |other: &&Arc<Package>| other.imports().iter().any(|import| Arc::ptr_eq(import, package));
    loaded(vm).iter().find(imports).map(|other| other.info().aid)
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
        let name = hash(&file);
        let shared = match shared(vm, os, &name) {
            Some(shared) => shared,
            None => link_new(vm, os, name, file).map_err(|_| broken)?,
        };
        vm.heap().share_blob(load_file(slot.0), &shared.file);
        let package = shared.package;
        vm.load(slot.0, package).map_err(|_| broken)?;
    }
    Ok(())
}
