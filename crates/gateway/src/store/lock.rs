//! One writer on a folder: whoever opens the store holds this until the committer has ended, so no second process writes or migrates beside it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

const LOCK: &str = "medseal.lock";

/// The right to write into a folder's database. It ends with its holder, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Why there is no [`Lock`].
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{}: another process works on this folder", .0.display())]
    Held(PathBuf),
    /// The folder or the file in it cannot be made.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl Lock {
    /// Takes it, or says that somebody else has it.
    pub(super) fn take(folder: &Path) -> Result<Self, LockError> {
        let io = |source| LockError::Io { path: folder.into(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
        let file = File::options().create(true).append(true).open(folder.join(LOCK)).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(folder.into())),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}
