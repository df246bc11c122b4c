//! Why a run could not be made, which is not the same as what it found.

use std::path::PathBuf;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum TortureError {
    /// A file, a port or a process.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A program that is needed ended or never listened.
    #[error("{program}: {what}; its log is {}", log.display())]
    Process {
        /// Which.
        program: String,
        /// What it did.
        what: String,
        /// What it said.
        log: PathBuf,
    },
    /// Site, devices or load.
    #[error("load: {0}")]
    Load(String),
    /// The gateway's parts could not be opened to prepare it.
    #[error("gateway: {0}")]
    Gateway(String),
    /// The database could not be read at the end.
    #[error("store: {0}")]
    Store(#[from] gateway::store::StoreError),
    /// The same by other means.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// What a destination holds cannot be read.
    #[error("{}: line {line}: {what}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// strace may not look into another process.
    #[error("strace may not attach: {0}")]
    Strace(String),
    /// An option is out of its bounds.
    #[error("{0}")]
    Option(String),
    /// A part of the run ended by an error in the program.
    #[error("stopped by an error in the program: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// Makes an [`TortureError::Io`] of what was tried.
pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> TortureError {
    let what = what.into();
    move |source| TortureError::Io { what, source }
}
