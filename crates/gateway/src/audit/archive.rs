//! Moving the old part of the audit log out of the database, so that the chain is still whole.
//!
//! ```text
//! database   rows 1 … 1204 | 1205 …            DATA/audit/audit-1-1204.jsonl (docs/formats.md)
//!                          ▲                             │ written, synced, read again and checked
//!            segment: 1204, its hash, the file's SHA-256 ◄┘ in one transaction with an audit row that says the same
//!                     then rows up to 1204 are removed, some at a time
//! ```
//!
//! The log goes on from the hash of the segment's last row, so a segment and what remains are one chain, and a segment that was changed or is
//! missing is told. Nothing is removed before the file is on disk and was read back whole; when the gateway dies in between, the rows
//! are removed after its next start.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use seal::Micros;

use super::export::{self, ExportError, Exported};
use super::{AuditError, AuditHead, verify};
use crate::limits;
use crate::record::AuditId;
use crate::store::{NewSegment, Reader, Segment, Store, StoreError};

/// The folder of the segments, in the data folder.
pub const FOLDER: &str = "audit";

/// Up to where the log is to be archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Up to and including this row.
    Row(AuditId),
    /// The rows written before this.
    Time(Timestamp),
}

/// Why the log was not archived. Nothing is removed then.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The segment's file cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What was written is not whole.
    #[error("{}: {source}", path.display())]
    Written {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ExportError,
    },
    /// The log was tampered with, and stays as it is.
    #[error("the log is not whole: {0}")]
    Broken(#[from] AuditError),
    /// There is no row to archive.
    #[error("the log begins after row {begins} and ends with row {ends}: nothing of it is to be archived")]
    Nothing {
        /// The last archived row.
        begins: AuditId,
        /// The last row.
        ends: AuditId,
    },
}

/// Archives the log up to somewhere in the name of `actor`; `data` is the data folder.
///
/// # Errors
/// [`ArchiveError`].
pub async fn archive(store: &Store, data: &Path, until: Until, actor: &str) -> Result<Segment, ArchiveError> {
    let folder = data.join(FOLDER);
    let written = store.read(move |reader| Ok(write(reader, &folder, until))).await??;
    let actor = actor.to_owned();
    let segment = store.write(move |writer| {
        writer.add_segment(&written, &actor)?;
        Ok(writer.reader().audit_segments()?.pop())
    });
    let segment = segment.await?.ok_or(StoreError::Closed)?;
    remove_archived(store).await?;
    Ok(segment)
}

/// Removes rows that lie in segments.
pub(crate) async fn remove_archived(store: &Store) -> Result<(), StoreError> {
    while store.write(|writer| writer.remove_archived(limits::REMOVED_ROWS)).await? == limits::REMOVED_ROWS {}
    Ok(())
}

/// Writes the segment's file and reads it again.
fn write(reader: &Reader, folder: &Path, until: Until) -> Result<NewSegment, ArchiveError> {
    let (after, ends) = (reader.audit_base()?, reader.audit_head()?.id);
    let last = match until {
        Until::Row(row) => row,
        Until::Time(time) => reader.audit_before(Micros(time.as_microsecond()))?,
    };
    if last <= after.id || last > ends {
        return Err(ArchiveError::Nothing { begins: after.id, ends });
    }
    let file = format!("audit-{}-{last}.jsonl", after.id.0 + 1);
    let path = folder.join(&file);
    let io = |source| ArchiveError::Io { path: path.clone(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
    let partial = folder.join(format!("{file}.part"));
    let out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial);
    let mut writer = export::Writer::begin(BufWriter::new(out.map_err(io)?), after).map_err(io)?;
    let mut head = after;
    while head.id < last {
        let mut rows = reader.audit_after(head.id)?;
        rows.retain(|row| row.id <= last);
        if rows.is_empty() {
            break;
        }
        head = verify(head, &rows)?;
        rows.iter().try_for_each(|row| writer.add(row)).map_err(io)?;
    }
    let (out, _) = writer.finish().map_err(io)?;
    out.into_inner().map_err(|error| io(error.into_error()))?.sync_all().map_err(io)?;
    std::fs::rename(&partial, &path).map_err(io)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;
    let (exported, digest) =
        read(&path, |_| {}).map_err(|source| ArchiveError::Written { path: path.clone(), source })?;
    if (exported.after, exported.head) != (after, head) || head.id != last {
        return Err(ArchiveError::Nothing { begins: after.id, ends: head.id });
    }
    Ok(NewSegment { after, head, file, digest })
}

/// Reads a segment's file and checks its chain: what it holds, and its SHA-256. `seen` is shown the head after each row.
///
/// # Errors
/// [`ExportError`] with the line.
pub fn read(path: &Path, mut seen: impl FnMut(AuditHead)) -> Result<(Exported, [u8; 32]), ExportError> {
    let file = File::open(path).map_err(|source| ExportError::Io { line: 1, source })?;
    let mut hashing = BufReader::new(Hashing { file, context: Context::new(&SHA256) });
    let exported = export::check(&mut hashing, |row| seen(AuditHead { id: row.id, hash: row.hash }))?;
    let mut digest = [0; 32];
    digest.copy_from_slice(hashing.into_inner().context.finish().as_ref());
    Ok((exported, digest))
}

/// A file of which everything that is read is hashed.
struct Hashing {
    file: File,
    context: Context,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.context.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
