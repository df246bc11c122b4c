//! The tables, and their versions.
//!
//! `PRAGMA user_version` holds the number of migrations applied. A database that has more of them than this program
//! knows was written by a newer one and is not touched. Times are microseconds since the epoch.

use std::cmp::Ordering;

use rusqlite::Connection;

use super::StoreError;

/// Each brings a database from the version of its index to the next; all of one run in one transaction.
const MIGRATIONS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
];

/// The version this program writes.
pub(super) const VERSION: usize = MIGRATIONS.len();

fn found(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Sees that the database has [`VERSION`] already, for those who may only read it.
pub(super) fn check(db: &Connection) -> Result<(), StoreError> {
    let (found, known) = (found(db)?, VERSION as i64);
    match found.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(StoreError::OlderSchema { found, known }),
        Ordering::Greater => Err(StoreError::NewerSchema { found, known }),
    }
}

/// Brings the database to [`VERSION`]. References are not looked at while tables are made anew, and all of them before it is final.
pub(super) fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let found = found(db)?;
    let done = usize::try_from(found).unwrap_or(usize::MAX);
    let Some(missing) = MIGRATIONS.get(done..) else {
        return Err(StoreError::NewerSchema { found, known: VERSION as i64 });
    };
    db.pragma_update(None, "foreign_keys", false)?;
    for (migration, version) in missing.iter().zip(done + 1..) {
        let tx = db.transaction()?;
        tx.execute_batch(migration)?;
        let dangling: i64 =
            tx.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
        if dangling > 0 {
            let value = format!("{dangling} references to nothing");
            return Err(StoreError::Value { what: "a whole database", value });
        }
        tx.pragma_update(None, "user_version", version as i64)?;
        tx.commit()?;
    }
    db.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}
