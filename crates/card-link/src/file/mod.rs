//! A card kept in one file.
//!
//! The file is a snapshot and the journal since ([`frame`] has the bytes). It belongs to one process at a time. What
//! the card answered is in it: with [`Durability::Power`], the default, on the disk itself; with
//! [`Durability::Process`] in the system's keeping, which outlives the process but not a power cut.

mod frame;
mod journal;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use card_runtime::crypto::Engine;
use card_runtime::env::{Env, PackageHash, PersistError, SharedPackage};
use card_runtime::{Card, CardError, CardOptions, Protocol};

use crate::element::{Element, LinkError};
use crate::engine::FastEngine;
use crate::host;
use journal::{Journal, Opened};

/// What an answered command survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Durability {
    /// The end of the process, by `kill -9` too.
    Process,
    /// A power cut as well: each command that changed the card's state is answered after the disk has it.
    #[default]
    Power,
}

/// What is wrong with a card's file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process has the card open.
    #[error("{}: the card is in use by another process", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("the file is no card image")]
    NotACard,
    /// The file was written by another version.
    #[error("the card image has format {0}, this program knows format {known}", known = frame::VERSION)]
    Version(u16),
    /// Bytes that were once kept are changed; going on would take the card back in time.
    #[error(
        "the card image is damaged at byte {offset}; restore it from a copy that is known to be the newest"
    )]
    Damaged {
        /// Where the first bad frame begins.
        offset: usize,
    },
    /// One piece of journal is too long for the format.
    #[error("{bytes} bytes do not fit one record of a card image")]
    Full {
        /// How many.
        bytes: usize,
    },
}

/// A card whose state is one file.
pub struct CardFile {
    card: Card<FileEnv>,
}

impl CardFile {
    /// Makes a card and its file, which must not exist yet. Lasting against power cuts.
    ///
    /// # Errors
    /// [`LinkError::File`]; [`LinkError::Card`].
    pub fn create(path: &Path, options: CardOptions) -> Result<Self, LinkError> {
        Self::create_with(path, options, Durability::default())
    }

    /// [`CardFile::create`] with a choice.
    ///
    /// # Errors
    /// The same.
    pub fn create_with(path: &Path, options: CardOptions, durability: Durability) -> Result<Self, LinkError> {
        let mut card = Card::create(host::foundation(), FileEnv::default(), options)?;
        let snapshot = card.snapshot();
        card.env().journal = Some(Journal::create(path, &snapshot, durability)?);
        Ok(Self { card })
    }

    /// Opens a card's file and powers the card up. Lasting against power cuts.
    ///
    /// # Errors
    /// [`LinkError::File`] when it is missing, in use, foreign or damaged; [`LinkError::Card`].
    pub fn open(path: &Path) -> Result<Self, LinkError> {
        Self::open_with(path, Durability::default())
    }

    /// [`CardFile::open`] with a choice.
    ///
    /// # Errors
    /// The same.
    pub fn open_with(path: &Path, durability: Durability) -> Result<Self, LinkError> {
        let Opened { records, journal } = Journal::open(path, durability)?;
        let env = FileEnv { journal: Some(journal), ..FileEnv::default() };
        let card = Card::restore(host::foundation(), env, &records)?;
        Ok(Self { card })
    }

    /// Powers the card up again, with another protocol if need be.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn power_up(&mut self, protocol: Protocol) -> Result<(), LinkError> {
        self.card.power_up(protocol).map_err(|error| self.explain(error))?;
        self.settle()
    }

    /// Writes the file anew, as short as it can be. Happens by itself when the journal has grown.
    ///
    /// # Errors
    /// [`LinkError::File`].
    pub fn compact(&mut self) -> Result<(), LinkError> {
        let snapshot = self.card.snapshot();
        if let Some(journal) = &mut self.card.env().journal {
            journal.compact(&snapshot)?;
        }
        Ok(())
    }

    /// What the card did is made to last before anybody hears of it.
    fn settle(&mut self) -> Result<(), LinkError> {
        Ok(self.card.env().journal.as_mut().map_or(Ok(()), Journal::settle)?)
    }

    /// The more telling of two errors: a card that could not persist says only that.
    fn explain(&mut self, error: CardError) -> LinkError {
        self.card.env().error.take().map_or(LinkError::Card(error), LinkError::File)
    }
}

impl Element for CardFile {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        let mut answer = Vec::new();
        self.transmit_into(command, &mut answer)?;
        Ok(answer)
    }

    fn transmit_into(&mut self, command: &[u8], answer: &mut Vec<u8>) -> Result<(), LinkError> {
        self.card.transmit_into(command, answer).map_err(|error| self.explain(error))?;
        self.settle()?;
        if self.card.env().journal.as_ref().is_some_and(Journal::wants_compaction) {
            self.compact()?;
        }
        Ok(())
    }

    fn atr(&self) -> Vec<u8> {
        self.card.atr().to_vec()
    }

    fn diagnosis(&mut self) -> Option<String> {
        self.card.env().diagnosis.take()
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        self.card.reset().map_err(|error| self.explain(error))?;
        self.settle()
    }
}

/// What the card's file and this machine lend the card.
#[derive(Default)]
struct FileEnv {
    engine: FastEngine,
    /// Missing only while the card is being made.
    journal: Option<Journal>,
    /// Why persisting failed.
    error: Option<FileError>,
    diagnosis: Option<String>,
}

impl Env for FileEnv {
    fn random(&mut self, out: &mut [u8]) {
        host::random(out);
    }

    fn persist(&mut self, records: &[u8]) -> Result<(), PersistError> {
        let Some(journal) = &mut self.journal else { return Ok(()) };
        journal.append(records).map_err(|error| {
            self.error = Some(error);
            PersistError
        })
    }

    fn now_us(&mut self) -> u64 {
        host::now_us()
    }

    fn engine(&mut self) -> &mut dyn Engine {
        &mut self.engine
    }

    fn shared(&mut self, name: &PackageHash) -> Option<SharedPackage> {
        host::shared(name)
    }

    fn share(&mut self, name: PackageHash, package: &SharedPackage) {
        host::share(name, package);
    }

    fn report(&mut self, what: &dyn Display) {
        self.diagnosis = Some(what.to_string());
    }
}
