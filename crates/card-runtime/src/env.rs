//! All that the card asks of the world around it.

use alloc::sync::Arc;

pub use card_vm::package::Package;

use crate::crypto::Engine;

/// SHA-256 of a load file.
pub type PackageHash = [u8; 32];

/// What cards of one process share of a package.
#[derive(Clone, Debug)]
pub struct SharedPackage {
    /// Its code, verified and linked.
    pub package: Arc<Package>,
    /// The load file that it was made of, which every card keeps.
    pub file: Arc<[u8]>,
}

/// What a host lends the card: randomness, lasting memory, a clock and elliptic-curve arithmetic.
///
/// The card holds no other way out. Everything persistent goes through [`Env::persist`], in order, as an opaque stream
/// of records; feeding the stream (or any prefix that `persist` took) to [`crate::Card::restore`] gives the card back.
pub trait Env {
    /// Fills `out` with bytes fit for keys. The host must stop the card rather than return weak bytes.
    fn random(&mut self, out: &mut [u8]);

    /// Takes the next piece of the journal. When it returns, the bytes survive the end of the process; a host may promise
    /// more. The card answers no command before the changes it reports were taken.
    ///
    /// # Errors
    /// When the bytes could not be kept. The card then falls silent until it is opened again from what was kept.
    fn persist(&mut self, records: &[u8]) -> Result<(), PersistError>;

    /// Microseconds of a clock that never goes back. Only for measuring; no rule of the card depends on it.
    fn now_us(&mut self) -> u64;

    /// Who does the elliptic-curve arithmetic; [`crate::crypto::SoftEngine`] is always there.
    fn engine(&mut self) -> &mut dyn Engine;

    /// A package that [`Env::share`] took under this name, if the host has kept it. Cards with the same applets then share
    /// their code, and a card comes up without verifying again what this process has verified.
    fn shared(&mut self, name: &PackageHash) -> Option<SharedPackage> {
        let _ = name;
        None
    }

    /// Takes a verified and linked package for other cards of the process. The name is a hash over its load file.
    fn share(&mut self, name: PackageHash, package: &SharedPackage) {
        let _ = (name, package);
    }

    /// Hears why the card refused something, in words: a status word says little to who develops an applet. A real card
    /// would say nothing, and so does this one unless the host listens.
    fn report(&mut self, what: &dyn core::fmt::Display) {
        let _ = what;
    }
}

/// The journal's sink failed; the host knows why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card's journal could not be kept")]
pub struct PersistError;
