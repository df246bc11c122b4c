//! The archive and its parts.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::limits;

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// No archive, or a damaged one.
    #[error("this is no office file: {0}")]
    Archive(String),
    /// Larger than what is read.
    #[error("the file has {found} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Its size.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// More parts than are read.
    #[error("the archive has {found} parts, more than the {limit} that are read")]
    TooManyParts {
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A part that unpacks to more than is read.
    #[error("{part} unpacks to more than {limit} bytes")]
    PartTooLarge {
        /// Its name.
        part: String,
        /// The limit.
        limit: u64,
    },
    /// A part that must be there.
    #[error("{0} is missing in the archive")]
    NoPart(String),
    /// A part that is no UTF-8.
    #[error("{0} is not UTF-8 text")]
    NotText(String),
}

/// An archive while it is written.
pub(crate) struct PackageWriter {
    zip: ZipWriter<Cursor<Vec<u8>>>,
}

impl PackageWriter {
    pub(crate) fn new() -> Self {
        Self { zip: ZipWriter::new(Cursor::new(Vec::new())) }
    }

    /// Adds a part.
    pub(crate) fn part(&mut self, name: &str, content: &str) -> Result<(), PackageError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(DateTime::DEFAULT);
        self.zip.start_file(name, options).map_err(|error| PackageError::Archive(error.to_string()))?;
        self.zip.write_all(content.as_bytes()).map_err(|error| PackageError::Archive(error.to_string()))
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, PackageError> {
        Ok(self.zip.finish().map_err(|error| PackageError::Archive(error.to_string()))?.into_inner())
    }
}

/// An archive that others wrote.
pub(crate) struct PackageReader<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> PackageReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, PackageError> {
        if bytes.len() > limits::ARCHIVE {
            return Err(PackageError::TooLarge { found: bytes.len(), limit: limits::ARCHIVE });
        }
        let zip =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| PackageError::Archive(error.to_string()))?;
        if zip.len() > limits::PARTS {
            return Err(PackageError::TooManyParts { found: zip.len(), limit: limits::PARTS });
        }
        Ok(Self { zip })
    }

    /// Whether a part is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A part as text. What it claims to unpack to is not believed; the bytes are counted.
    pub(crate) fn text(&mut self, name: &str) -> Result<String, PackageError> {
        let index = self.zip.index_for_name(name).ok_or_else(|| PackageError::NoPart(name.to_owned()))?;
        let file =
            self.zip.by_index(index).map_err(|error| PackageError::Archive(format!("{name}: {error}")))?;
        let mut bytes = Vec::new();
        file.take(limits::PART + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| PackageError::Archive(format!("{name}: {error}")))?;
        if bytes.len() as u64 > limits::PART {
            return Err(PackageError::PartTooLarge { part: name.to_owned(), limit: limits::PART });
        }
        String::from_utf8(bytes).map_err(|_| PackageError::NotText(name.to_owned()))
    }
}
