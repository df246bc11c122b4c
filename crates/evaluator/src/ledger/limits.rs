//! Limits of the ledger's files: what is larger is refused before it is read as anything.

/// Bytes of one entry. Ours: a run with its outcomes for every unit of a large product stays below it.
pub const ENTRY: usize = 1 << 20;

/// Entries of one ledger. Ours: the number's file name has eight digits.
pub const ENTRIES: u64 = 99_999_999;

/// Bytes of one piece of evidence in a bundle. Ours.
pub const EVIDENCE: usize = 256 << 20;

/// How far the clocks of those who write entries and of those who stamp them may differ. Ours: a workstation that keeps its
/// time over the network is right to within a second, one that does not loses some seconds a day.
pub const CLOCKS: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// Bytes of a request's number that comes back. Ours writes eight; others up to twenty.
pub const NONCE: usize = 20;

/// Bytes of a time stamp's response. Ours: a token with a chain of certificates has some kilobytes.
pub const TIME_STAMP: usize = 64 << 10;
