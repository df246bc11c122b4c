//! The file on disk: opened once, locked, appended to, now and then written anew.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::{Durability, FileError, frame};

/// The journal is written anew once it is longer than this and than four snapshots.
const COMPACT_AFTER: u64 = 1 << 20;

/// An open, locked card file to which pieces of journal are appended.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    durability: Durability,
    /// The number of the next frame.
    number: u32,
    /// Bytes of the snapshot, and of the journal behind it.
    snapshot: u64,
    appended: u64,
    buffer: Vec<u8>,
    /// Something was appended that is not yet known to outlast a power cut.
    unsettled: bool,
    /// Keeping failed: what the file holds is no longer known, so nothing is added.
    broken: bool,
}

/// A file as it was found.
pub(super) struct Opened {
    /// The snapshot and the journal behind it.
    pub(super) records: Vec<u8>,
    pub(super) journal: Journal,
}

impl Journal {
    /// Makes the file; one that exists is not touched.
    pub(super) fn create(path: &Path, snapshot: &[u8], durability: Durability) -> Result<Self, FileError> {
        let io = |source| FileError::Io { path: path.to_owned(), source };
        let file = new_file(path)?;
        lock(&file, path)?;
        let written = write_snapshot(&file, snapshot)?;
        file.sync_all().map_err(io)?;
        sync_folder(path)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            durability,
            number: 1,
            snapshot: written,
            appended: 0,
            buffer: Vec::new(),
            unsettled: false,
            broken: false,
        })
    }

    /// Opens, locks and reads the file, and cuts off a torn end.
    pub(super) fn open(path: &Path, durability: Durability) -> Result<Opened, FileError> {
        let io = |source| FileError::Io { path: path.to_owned(), source };
        let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(io)?;
        lock(&file, path)?;
        still_there(&file, path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io)?;
        let contents = frame::parse(&bytes)?;
        let whole = contents.whole as u64;
        if contents.whole < bytes.len() {
            file.set_len(whole).and_then(|()| file.sync_all()).map_err(io)?;
        }
        let number = u32::try_from(contents.journal.len() + 1).unwrap_or(u32::MAX);
        let snapshot = contents.snapshot.len() as u64;
        let records =
            core::iter::once(contents.snapshot).chain(contents.journal).collect::<Vec<_>>().concat();
        let journal = Self {
            path: path.to_owned(),
            file,
            durability,
            number,
            snapshot,
            appended: whole - snapshot,
            buffer: Vec::new(),
            unsettled: false,
            broken: false,
        };
        Ok(Opened { records, journal })
    }

    /// Adds one piece of the journal: it outlasts this process. In the middle of a command that is enough, since
    /// nobody has been told of it, and what a power cut leaves is the state after some earlier commit.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.buffer.clear();
        frame::put(&mut self.buffer, self.number, bytes)?;
        let written = if self.broken {
            Err(std::io::ErrorKind::BrokenPipe.into())
        } else {
            self.file.write_all(&self.buffer)
        };
        self.kept(written)?;
        self.unsettled = true;
        self.number += 1;
        self.appended += self.buffer.len() as u64;
        Ok(())
    }

    /// Before an answer leaves: what was added outlasts whatever was asked for.
    pub(super) fn settle(&mut self) -> Result<(), FileError> {
        if !std::mem::take(&mut self.unsettled) {
            return Ok(());
        }
        let settled = match self.durability {
            Durability::Process => Ok(()),
            Durability::Power => self.file.sync_data(),
        };
        self.kept(settled)
    }

    fn kept(&mut self, outcome: std::io::Result<()>) -> Result<(), FileError> {
        outcome.map_err(|source| {
            self.broken = true;
            FileError::Io { path: self.path.clone(), source }
        })
    }

    /// Whether the file has grown enough to be written anew.
    pub(super) fn wants_compaction(&self) -> bool {
        self.appended > COMPACT_AFTER.max(4 * self.snapshot)
    }

    /// Writes the card's present state to a new file and puts it in the old one's place. At every moment one whole file
    /// has the name; the new one is locked before it gets it.
    pub(super) fn compact(&mut self, snapshot: &[u8]) -> Result<(), FileError> {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".new");
        let new = PathBuf::from(name);
        let io = |source| FileError::Io { path: new.clone(), source };
        if new.exists() {
            std::fs::remove_file(&new).map_err(io)?;
        }
        let file = new_file(&new)?;
        lock(&file, &new)?;
        self.snapshot = write_snapshot(&file, snapshot)?;
        file.sync_all().map_err(io)?;
        std::fs::rename(&new, &self.path).map_err(io)?;
        sync_folder(&self.path)?;
        self.file = file;
        self.number = 1;
        self.appended = 0;
        self.unsettled = false;
        Ok(())
    }
}

fn new_file(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| FileError::Io { path: path.to_owned(), source })
}

fn write_snapshot(mut file: &File, snapshot: &[u8]) -> Result<u64, FileError> {
    let mut bytes = frame::header().to_vec();
    frame::put(&mut bytes, 0, snapshot)?;
    file.write_all(&bytes).map_err(|source| FileError::Io { path: PathBuf::new(), source })?;
    Ok(snapshot.len() as u64)
}

fn lock(file: &File, path: &Path) -> Result<(), FileError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(FileError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(FileError::Io { path: path.to_owned(), source }),
    }
}

/// Whether the locked file is still the one with the name: another process may have written it anew in between.
fn still_there(file: &File, path: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let io = |source| FileError::Io { path: path.to_owned(), source };
        let (held, named) = (file.metadata().map_err(io)?, std::fs::metadata(path).map_err(io)?);
        if (held.dev(), held.ino()) != (named.dev(), named.ino()) {
            return Err(FileError::InUse { path: path.to_owned() });
        }
    }
    Ok(())
}

/// A new name is lasting only when its folder is written out.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    #[cfg(unix)]
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| FileError::Io { path: folder.to_owned(), source })?;
    Ok(())
}
