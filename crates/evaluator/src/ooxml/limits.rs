//! How large an office file may be. A declaration is a few hundred kilobytes; these leave room for a hundred times
//! as much and stop archives made to exhaust a machine.

/// The archive as it lies on disk, in bytes.
pub(crate) const ARCHIVE: usize = 32 << 20;
/// Parts in an archive.
pub(crate) const PARTS: usize = 4096;
/// One part once unpacked, in bytes.
pub(crate) const PART: u64 = 16 << 20;
/// How deep elements nest.
pub(crate) const DEPTH: usize = 128;
/// Sheets in a workbook.
pub(crate) const SHEETS: usize = 256;
/// Rows of a sheet that are read (ECMA-376 part 1, 18.3.1.73 lets applications have 1,048,576).
pub(crate) const ROWS: u32 = 20_000;
/// Columns of a sheet that are read.
pub(crate) const COLUMNS: u32 = 256;
/// Characters in one cell: what spreadsheet programs hold.
pub(crate) const CELL: usize = 32_767;
/// Characters in all cells together.
pub(crate) const TEXT: usize = 16 << 20;
/// Cells that show what another one holds because they are merged with it.
pub(crate) const MERGED: usize = 200_000;
/// Shared strings.
pub(crate) const STRINGS: usize = 1 << 20;
