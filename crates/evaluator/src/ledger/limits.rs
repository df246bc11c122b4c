//! Limits of the ledger's files: what is larger is refused before it is read as anything.

/// Bytes of one entry. Ours: a run with its outcomes for every unit of a large product stays below it.
pub const ENTRY: usize = 1 << 20;

/// Entries of one ledger. Ours: the number's file name has eight digits.
pub const ENTRIES: u64 = 99_999_999;

/// Bytes of one piece of evidence in a bundle. Ours.
pub const EVIDENCE: usize = 256 << 20;

/// Bytes of a time stamp's response. Ours: a token with a chain of certificates has some kilobytes.
pub const TIME_STAMP: usize = 64 << 10;
