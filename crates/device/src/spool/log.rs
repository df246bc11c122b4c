//! The spool's file: a header and records, only ever appended to.
//!
//! ```text
//! file   = "medseal-spool 1\n" *record
//! record = length (4, of what follows the check) check (8) kind (1) entry (8) content
//! ```
//!
//! Integers are little-endian; the check is the first 8 bytes of SHA-256 over all that follows it. Whatever a
//! crash leaves at the end (a record cut short, or zeros of a page that was never written) fails its check, and
//! reading ends there. A record that was synchronised is never behind one that was not.

use seal::sha256;

/// The first bytes of the file.
pub(super) const MAGIC: &[u8; 16] = b"medseal-spool 1\n";
/// Length, check, kind and entry.
pub(super) const HEAD: usize = 4 + 8 + 1 + 8;
/// Longest content: a batch.
const CONTENT: usize = seal::limits::BATCH_BYTES;

/// An entry's place in the order of spooling, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub(super) u64);

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record<'a> {
    /// A batch was spooled.
    Batch(EntryId, &'a [u8]),
    /// Its seal.
    Seal(EntryId, &'a [u8]),
    /// It was acknowledged.
    Acknowledged(EntryId),
    /// It was refused for good and set aside.
    Aside(EntryId),
    /// First record of a file that was written anew: the next entry, and the last seal there was.
    Mark(EntryId, &'a [u8]),
}

impl<'a> Record<'a> {
    fn parts(&self) -> (u8, EntryId, &'a [u8]) {
        match *self {
            Self::Batch(id, batch) => (1, id, batch),
            Self::Seal(id, seal) => (2, id, seal),
            Self::Acknowledged(id) => (3, id, &[]),
            Self::Aside(id) => (4, id, &[]),
            Self::Mark(id, seal) => (5, id, seal),
        }
    }

    fn from_parts(kind: u8, id: EntryId, content: &'a [u8]) -> Option<Self> {
        match kind {
            1 => Some(Self::Batch(id, content)),
            2 => Some(Self::Seal(id, content)),
            3 if content.is_empty() => Some(Self::Acknowledged(id)),
            4 if content.is_empty() => Some(Self::Aside(id)),
            5 => Some(Self::Mark(id, content)),
            _ => None,
        }
    }

    /// Its bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let (kind, id, content) = self.parts();
        let mut checked = Vec::with_capacity(9 + content.len());
        checked.push(kind);
        checked.extend(id.0.to_le_bytes());
        checked.extend(content);
        let mut bytes = Vec::with_capacity(HEAD + content.len());
        // A batch has at most 256 KiB, so the length always fits.
        bytes.extend(u32::try_from(checked.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(check(&checked));
        bytes.extend(checked);
        bytes
    }

    /// The record that `bytes` begin with and its length, none when they do not begin with a whole one.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (expected, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        if length > 9 + CONTENT {
            return None;
        }
        let checked = rest.get(..length)?;
        if check(checked) != *expected {
            return None;
        }
        let (kind, rest) = checked.split_first()?;
        let (id, content) = rest.split_first_chunk::<8>()?;
        let record = Self::from_parts(*kind, EntryId(u64::from_le_bytes(*id)), content)?;
        Some((record, 12 + length))
    }
}

fn check(checked: &[u8]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(sha256(checked).first_chunk::<8>().unwrap_or(&[0; 8]));
    first
}
