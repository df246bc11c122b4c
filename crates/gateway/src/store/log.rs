//! When the database's log is copied into the database.
//!
//! SQLite does it inside the commit that makes the log (WAL) long, and whoever waits for that commit waits for two more syncs and thousands of
//! pages. Here the committer does it by itself, after it has answered everybody: once the log is about [`limits::LOG_PAGES`] long, or, at the end of a second
//! in which nobody waits, once there is something worth copying. A reader that still needs the log delays it to the next time.
//!
//! How long the log is nobody tells without asking; what was changed since is a good measure of it.

use rusqlite::Connection;

use crate::limits;

/// Pages that every transaction writes anew: the first of the file, those of the sequence, the ends of chains and clocks, and each index's last.
const PAGES_A_COMMIT: i64 = 8;
/// Pages worth copying when there is nothing else to do.
const WORTH: i64 = limits::LOG_PAGES / 8;

/// Has SQLite leave the log to the committer, but for a length that it reaches only when that fails.
pub(super) fn take_over(db: &Connection) -> rusqlite::Result<()> {
    db.pragma_update(None, "wal_autocheckpoint", limits::LOG_PAGES * 8)?;
    db.pragma_update(None, "cache_size", -limits::CACHE_KIB)
}

/// How long the log is, about.
#[derive(Debug, Default)]
pub(super) struct Log {
    pages: i64,
}

impl Log {
    /// A transaction was committed that changed so many rows.
    pub(super) fn grown(&mut self, rows: u64) {
        self.pages = self.pages.saturating_add(PAGES_A_COMMIT).saturating_add_unsigned(rows);
    }

    /// Copies it if it is time.
    pub(super) fn copy(&mut self, db: &Connection, nobody_waits: bool) {
        if self.pages < limits::LOG_PAGES && !(nobody_waits && self.pages >= WORTH) {
            return;
        }
        self.pages = 0;
        // Busy: a reader still needs the log, and the next time copies what this one left.
        let copied = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(0));
        if let Err(error) = copied {
            tracing::warn!(%error, "the database's log could not be copied into it; it goes on growing");
        }
    }
}
