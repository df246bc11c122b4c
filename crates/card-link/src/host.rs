//! What this machine lends a card, and a card that lives in memory only.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Instant;

use card_runtime::crypto::Engine;
use card_runtime::env::{Env, Package, PackageHash, PersistError, SharedPackage};
use card_runtime::{Card, CardOptions, Foundation, Protocol};

use crate::element::{Element, LinkError};
use crate::engine::FastEngine;

/// A card in this process, kept in memory: it ends with its owner. For tests, load tools and applet development.
pub struct InProcess {
    card: Card<MemoryEnv>,
}

impl InProcess {
    /// Makes a card and powers it up.
    ///
    /// # Errors
    /// [`LinkError::Card`].
    pub fn create(options: CardOptions) -> Result<Self, LinkError> {
        Ok(Self { card: Card::create(foundation(), MemoryEnv::default(), options)? })
    }

    /// Powers up a card from its image, or from a file's contents without the frames: a snapshot and the journal since.
    ///
    /// # Errors
    /// [`LinkError::Card`] when it is no card's.
    pub fn restore(image: &[u8]) -> Result<Self, LinkError> {
        Ok(Self { card: Card::restore(foundation(), MemoryEnv::default(), image)? })
    }

    /// All that the card would still know after its power was cut now.
    pub fn image(&mut self) -> Vec<u8> {
        self.card.snapshot()
    }

    /// Powers the card up again, with another protocol if need be.
    ///
    /// # Errors
    /// [`LinkError::Card`].
    pub fn power_up(&mut self, protocol: Protocol) -> Result<(), LinkError> {
        Ok(self.card.power_up(protocol)?)
    }
}

impl Element for InProcess {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        Ok(self.card.transmit(command)?)
    }

    fn transmit_into(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), LinkError> {
        Ok(self.card.transmit_into(command, answer)?)
    }

    fn atr(&self) -> Vec<u8> {
        self.card.atr().to_vec()
    }

    fn diagnosis(&mut self) -> Option<String> {
        self.card.env().diagnosis.take()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        Ok(self.card.reset()?)
    }
}

#[derive(Default)]
struct MemoryEnv {
    engine: FastEngine,
    diagnosis: Option<String>,
}

impl Env for MemoryEnv {
    fn random(&mut self, out: &mut [u8]) {
        random(out);
    }

    fn persist(&mut self, _records: &[u8]) -> Result<(), PersistError> {
        Ok(())
    }

    fn now_us(&mut self) -> u64 {
        now_us()
    }

    fn engine(&mut self) -> &mut dyn Engine {
        &mut self.engine
    }

    fn shared(&mut self, name: &PackageHash) -> Option<SharedPackage> {
        shared(name)
    }

    fn share(&mut self, name: PackageHash, package: &SharedPackage) {
        share(name, package);
    }

    fn report(&mut self, what: &dyn Display) {
        self.diagnosis = Some(what.to_string());
    }
}

/// Packages with their load files, for as long as a card has them.
type Packages = BTreeMap<PackageHash, (Weak<Package>, Weak<[u8]>)>;

/// The packages that cards of this process run, so that they share code and load files. It keeps nothing alive.
static PACKAGES: Mutex<Packages> = Mutex::new(BTreeMap::new());

fn packages() -> MutexGuard<'static, Packages> {
    PACKAGES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A package that another card of the process runs.
pub(crate) fn shared(name: &PackageHash) -> Option<SharedPackage> {
    let packages = packages();
    let (package, file) = packages.get(name)?;
    Some(SharedPackage { package: package.upgrade()?, file: file.upgrade()? })
}

/// Remembers a package for other cards.
pub(crate) fn share(name: PackageHash, shared: &SharedPackage) {
    let mut packages = packages();
    packages.retain(|_, (package, _)| package.strong_count() > 0);
    packages.insert(name, (Arc::downgrade(&shared.package), Arc::downgrade(&shared.file)));
}

/// What all cards of this process share.
pub(crate) fn foundation() -> &'static Foundation {
    static FOUNDATION: OnceLock<Foundation> = OnceLock::new();
    FOUNDATION.get_or_init(Foundation::new)
}

/// Fills from the system's generator. A machine without randomness must not go on making keys, so it waits.
pub(crate) fn random(out: &mut [u8]) {
    while getrandom::fill(out).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Microseconds since the first call.
pub(crate) fn now_us() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_micros()).unwrap_or(u64::MAX)
}
