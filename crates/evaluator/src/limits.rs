//! What is the most that one evaluation may hold.

/// Bytes of one document; a full one has under 100 kB.
pub const DOCUMENT_BYTES: u64 = 4 << 20;
/// Rows of one table.
pub const TABLE_ROWS: usize = 10_000;
/// Characters of a value that a message repeats.
pub const QUOTED_CHARACTERS: usize = 60;
