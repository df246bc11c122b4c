//! JAR files as lists of entries: what the CAP reader, the stub generator and the tools share.
//!
//! A JAR is read whole, within [`MAX_TOTAL`], because all that Java Card puts into one is small. It is
//! written deterministically: entries in the order given, deflated, with the earliest time a ZIP file
//! can name, so that the same input gives the same bytes on every machine and day.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// The most entries that are read from a JAR.
pub const MAX_ENTRIES: usize = 16_384;
/// The most bytes that the entries of a JAR may have in all, unpacked.
pub const MAX_TOTAL: u64 = 64 << 20;

/// One file of a JAR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The path inside the JAR, with `/` between its parts.
    pub name: String,
    /// The unpacked content.
    pub data: Vec<u8>,
}

/// Why bytes are no JAR that we take, or why one cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum JarError {
    /// The ZIP structure is broken.
    #[error("not a readable ZIP file: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// An entry's content is broken.
    #[error("entry {name}: {source}")]
    Entry {
        /// The entry's path.
        name: String,
        /// What the unpacking met.
        source: std::io::Error,
    },
    /// More than [`MAX_ENTRIES`] entries.
    #[error("{0} entries, at most {MAX_ENTRIES} are read")]
    TooManyEntries(usize),
    /// More than [`MAX_TOTAL`] bytes unpacked.
    #[error("more than {MAX_TOTAL} bytes unpacked, met in entry {0}")]
    TooLarge(String),
}

/// The files of a JAR in the order of its directory; folders are left out.
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, JarError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    if archive.len() > MAX_ENTRIES {
        return Err(JarError::TooManyEntries(archive.len()));
    }
    let mut left = MAX_TOTAL;
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index)?;
        if file.is_dir() {
            continue;
        }
        let name = file.name()?.into_owned();
        let mut data = Vec::new();
        let taken = file
            .take(left + 1)
            .read_to_end(&mut data)
            .map_err(|source| JarError::Entry { name: name.clone(), source })?;
        left = left.checked_sub(taken as u64).ok_or_else(|| JarError::TooLarge(name.clone()))?;
        entries.push(Entry { name, data });
    }
    Ok(entries)
}

/// A JAR of these entries, the same bytes for the same entries.
pub fn write(entries: &[Entry]) -> Result<Vec<u8>, JarError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        writer.start_file(entry.name.as_str(), options)?;
        writer
            .write_all(&entry.data)
            .map_err(|source| JarError::Entry { name: entry.name.clone(), source })?;
    }
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<Entry> {
        vec![
            Entry { name: "META-INF/MANIFEST.MF".into(), data: b"Manifest-Version: 1.0\r\n".to_vec() },
            Entry { name: "a/javacard/Header.cap".into(), data: (0..=255).cycle().take(5000).collect() },
        ]
    }

    #[test]
    fn what_is_written_is_read_back_and_the_bytes_are_the_same_each_time() {
        let bytes = write(&sample()).unwrap();
        assert_eq!(read(&bytes).unwrap(), sample());
        assert_eq!(write(&sample()).unwrap(), bytes);
    }

    #[test]
    fn a_cut_or_changed_jar_gives_an_error_or_entries_and_never_a_panic() {
        let bytes = write(&sample()).unwrap();
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x41;
            let _ = read(&changed);
        }
    }
}
