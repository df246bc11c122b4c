//! The exported record: what a gateway gives to somebody who wants to check it without the gateway
//! ("Record" in `docs/formats.md`).
//!
//! JSON Lines, so that both ends work on one batch at a time however long the record is:
//!
//! ```text
//! {"format":"medseal-record","version":1,"makers":["<DER, base64>"],"devices":["<DER, base64>"]}
//! {"sealed":"<sealed batch, base64>"}
//! …
//! ```
//!
//! Batches of one device stand in the order of their counters; devices may be mixed. The makers' certificates
//! are there to be looked at: what is trusted is the certificate that the verifying person brings.

mod report;
mod verify;

use std::borrow::Cow;
use std::io::{self, BufRead, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::limits;

pub use report::{ChainReport, Fault, FaultKind, Report};
pub use verify::verify_record;

const FORMAT: &str = "medseal-record";
const VERSION: u32 = 1;

/// Why a file is no record, or could not be read or written. Faults of single batches are no errors: they
/// are what a [`Report`] tells of.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The first line is no header of a record.
    #[error("no record: line 1: {0}")]
    Header(String),
    /// The header is that of another version.
    #[error("a record of version {0}, this program reads version {VERSION}")]
    Version(u32),
    /// A line longer than any sealed batch.
    #[error("line {line} is longer than {limit} bytes")]
    Length {
        /// Its number, 1 for the first.
        line: u64,
        /// The limit.
        limit: usize,
    },
}

/// The certificates at the head of a record, in DER.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Certificates of the makers.
    pub makers: Vec<Vec<u8>>,
    /// Certificates of the devices' seal keys; several for a device whose element was replaced.
    pub devices: Vec<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    format: String,
    version: u32,
    makers: Vec<String>,
    devices: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SealedLine<'a> {
    #[serde(borrow)]
    sealed: Cow<'a, str>,
}

/// Writes a record, one sealed batch at a time.
#[derive(Debug)]
pub struct Writer<W> {
    to: W,
}

impl<W: Write> Writer<W> {
    /// Begins a record with its header.
    ///
    /// # Errors
    /// [`RecordError::Io`] when writing fails.
    pub fn begin(mut to: W, header: &Header) -> Result<Self, RecordError> {
        let encode = |list: &[Vec<u8>]| list.iter().map(|der| STANDARD.encode(der)).collect();
        let line = HeaderLine {
            format: FORMAT.to_owned(),
            version: VERSION,
            makers: encode(&header.makers),
            devices: encode(&header.devices),
        };
        serde_json::to_writer(&mut to, &line).map_err(io::Error::from)?;
        to.write_all(b"\n")?;
        Ok(Self { to })
    }

    /// Adds a sealed batch, the bytes as they were received.
    ///
    /// # Errors
    /// [`RecordError::Io`] when writing fails.
    pub fn add(&mut self, sealed: &[u8]) -> Result<(), RecordError> {
        let line = SealedLine { sealed: STANDARD.encode(sealed).into() };
        serde_json::to_writer(&mut self.to, &line).map_err(io::Error::from)?;
        self.to.write_all(b"\n")?;
        Ok(())
    }

    /// Ends the record and gives back what it was written to.
    ///
    /// # Errors
    /// [`RecordError::Io`] when the last bytes cannot be written.
    pub fn finish(mut self) -> Result<W, RecordError> {
        self.to.flush()?;
        Ok(self.to)
    }
}

/// Reads a record, one sealed batch at a time.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    header: Header,
    line: u64,
    buffer: Vec<u8>,
}

/// One line of a record after the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, 2 for the first after the header.
    pub line: u64,
    /// The sealed batch's bytes, or none when the line does not hold any.
    pub sealed: Option<Vec<u8>>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`RecordError`] when it is none, of another version, or cannot be read.
    pub fn open(mut from: R) -> Result<Self, RecordError> {
        let mut buffer = Vec::new();
        take_line(&mut from, &mut buffer, 1, limits::RECORD_HEADER)?;
        let line: HeaderLine =
            serde_json::from_slice(&buffer).map_err(|e| RecordError::Header(e.to_string()))?;
        if line.format != FORMAT {
            return Err(RecordError::Header(format!("format {:?}", line.format)));
        }
        if line.version != VERSION {
            return Err(RecordError::Version(line.version));
        }
        let decode = |list: &[String]| -> Result<Vec<Vec<u8>>, RecordError> {
            let ders = list.iter().map(|text| STANDARD.decode(text));
            ders.collect::<Result<_, _>>().map_err(|e| RecordError::Header(e.to_string()))
        };
        let header = Header { makers: decode(&line.makers)?, devices: decode(&line.devices)? };
        Ok(Self { from, header, line: 1, buffer })
    }

    /// The certificates of its head.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next line, none after the last.
    ///
    /// # Errors
    /// [`RecordError::Io`] or [`RecordError::Length`]; a line that holds no sealed batch is an [`Entry`].
    pub fn next_entry(&mut self) -> Result<Option<Entry>, RecordError> {
        let line = self.line + 1;
        if !take_line(&mut self.from, &mut self.buffer, line, limits::RECORD_LINE)? {
            return Ok(None);
        }
        self.line = line;
        let sealed = serde_json::from_slice::<SealedLine<'_>>(&self.buffer).ok();
        let sealed = sealed.and_then(|entry| STANDARD.decode(entry.sealed.as_ref()).ok());
        Ok(Some(Entry { line, sealed }))
    }
}

/// Reads one line into `to`, without its end; false when there is none.
fn take_line(
    from: &mut impl BufRead,
    to: &mut Vec<u8>,
    line: u64,
    limit: usize,
) -> Result<bool, RecordError> {
    to.clear();
    from.by_ref().take(limit as u64 + 1).read_until(b'\n', to)?;
    if to.is_empty() {
        return Ok(false);
    }
    if to.last() == Some(&b'\n') {
        to.pop();
    } else if to.len() > limit {
        return Err(RecordError::Length { line, limit });
    }
    Ok(true)
}
