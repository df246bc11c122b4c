//! What a procedure is, and what it is given to work with.

use super::program::{Program, ProgramError};
use super::record::Record;
use crate::catalog::{Catalog, State};
use crate::product::Evaluation;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A procedure: one file of `procedures`, one line of [`PROCEDURES`](super::PROCEDURES).
#[derive(Debug)]
pub struct Procedure {
    /// Its name in the catalog, such as `A01`.
    pub id: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    /// The programs it runs. The first is the one it needs; others are used where they are there, or in its place.
    pub programs: &'static [Program],
    /// What it reads of the declaration.
    pub reads: &'static str,
    /// The check units that it decides.
    pub decides: &'static [&'static str],
    /// The units that a person can judge with its evidence.
    pub prepares: &'static [&'static str],
    /// Carries it out.
    pub run: fn(&Laboratory<'_>) -> Result<Record, ProbeError>,
}

/// Whether commands that the evaluation's folder names may be run, and things be tried that a device may answer by locking up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// No: the folder may come from somebody else.
    OnlyAsk,
    /// Yes: whoever runs the tools has read them.
    RunCommands,
}

/// What a procedure has to work with.
pub struct Laboratory<'a> {
    /// The standards.
    pub catalog: &'a Catalog,
    /// The declaration.
    pub evaluation: &'a Evaluation,
    /// The evaluation's folder, from which paths lead.
    pub folder: &'a Path,
    /// The state the device is in.
    pub state: State,
    /// What may be done.
    pub consent: Consent,
    /// Hears of progress.
    pub tell: &'a dyn Fn(&str),
}

impl Laboratory<'_> {
    /// A file that a document names, in the evaluation's folder or absolute.
    #[must_use]
    pub fn file(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The content of such a file, of so many bytes at most.
    ///
    /// # Errors
    /// [`ProbeError::File`], when it cannot be read or is larger.
    pub fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, ProbeError> {
        use std::io::Read;
        let failed = |why: String| ProbeError::File { path: path.to_owned(), why };
        let file = std::fs::File::open(self.file(path)).map_err(|error| failed(error.to_string()))?;
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
        if bytes.len() as u64 > limit {
            return Err(failed(format!("larger than {limit} bytes")));
        }
        Ok(bytes)
    }
}

/// Why a procedure could not be carried out.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// Nothing is declared that it could ask; what would have to be.
    #[error("nothing to ask: {0}")]
    NotDeclared(&'static str),
    /// A program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A file that the declaration names.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// What a program said is not what it should say.
    #[error("{program} said something else than expected: {why}")]
    Output {
        /// Which.
        program: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// It would run commands of the folder, which was not allowed.
    #[error("it runs commands that probe.toml names: read them, then allow it with --run-commands")]
    NotAllowed,
    /// What it found cannot be relied upon.
    #[error("{0}")]
    Unusable(String),
}
