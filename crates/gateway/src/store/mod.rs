//! What is kept: one SQLite database in WAL mode with `synchronous=FULL`.
//!
//! One thread writes, the [`committer`]: it takes everything that waits, puts it into one transaction, syncs once
//! and only then answers each waiter. Readers have connections of their own and see the last commit; they
//! never wait for the writer nor it for them. A read is a closure over a [`Reader`], a change one over a [`Writer`],
//! whose methods are the only SQL there is.

mod admit;
mod alarm_settings;
mod alarms;
mod beginnings;
mod charts;
mod committer;
mod correct;
mod device_alarms;
mod find;
mod group;
mod left_out;
mod letters;
mod lock;
mod log;
mod messages;
#[cfg(test)]
mod migration_tests;
mod people;
mod proposals;
mod read_rows;
mod reader;
mod refusals;
mod rows;
mod schema;
mod segments;
mod steps;
#[cfg(test)]
mod tests;
mod tokens;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OpenFlags};
use seal::Micros;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::alarms::Rules;
use crate::events::LiveFeed;
use crate::limits;
use crate::metrics::Metrics;
use crate::registry::Registry;

pub(crate) use charts::{Chart, Charting, NewChart, Outline, Stretch};
pub(crate) use committer::Job;
pub use find::Reach;
pub use letters::LetterQuery;
pub(crate) use lock::Lock;
pub use lock::LockError;
pub use reader::{BatchQuery, Order, Page, Reader, Rows};
pub(crate) use refusals::{Removal, Removed};
pub(crate) use segments::NewSegment;
pub use segments::Segment;
pub use writer::Writer;

/// Why a read or a change did not happen.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database says so: disk full, a failing disk, a constraint.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The folder cannot be made.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Another process works on the folder, or the lock that says so cannot be made.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// An older program wrote this database, and nobody has brought it up to date yet.
    #[error(
        "the database has schema {found}, this program reads {known}: start the gateway once, which brings it up to date"
    )]
    OlderSchema {
        /// Its version.
        found: i64,
        /// The one that is read here.
        known: i64,
    },
    /// A newer program wrote this database.
    #[error("the database has schema {found}, this program knows up to {known}: use the newer program")]
    NewerSchema {
        /// Its version.
        found: i64,
        /// The newest known here.
        known: i64,
    },
    /// A stored value is not what its column must hold.
    #[error("the database holds {value:?} where {what} belongs")]
    Value {
        /// What was expected.
        what: &'static str,
        /// What is there.
        value: String,
    },
    /// What was asked for cannot be done: the object is missing or in the wrong state.
    #[error("{0}")]
    Conflict(String),
    /// The transaction that held the change could not be committed.
    #[error("not stored: {0}")]
    NotCommitted(String),
    /// The database ended the transaction by itself, as it does when the disk is full.
    #[error("the database gave the transaction up")]
    GivenUp,
    /// The committer's thread cannot be started.
    #[error("no thread: {0}")]
    Thread(std::io::Error),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
}

/// The handle to the store. Cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
    jobs: mpsc::Sender<Job>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    idle: Mutex<Vec<Reader>>,
    permits: Semaphore,
}

impl Store {
    /// Takes the folder for this process until the store is closed, opens the database in it, makes or migrates it where that is needed, and starts its
    /// committer, which keeps `registry` up to date.
    ///
    /// # Errors
    /// When another process works on the folder, when folder or database cannot be opened, or a newer program wrote it.
    pub fn open(
        folder: &Path,
        live: LiveFeed,
        metrics: Arc<Metrics>,
        registry: Registry,
        rules: Arc<Rules>,
    ) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)
            .map_err(|source| StoreError::Folder { path: folder.into(), source })?;
        let lock = Lock::take(folder)?;
        let path = folder.join("medseal.db");
        let mut db = connect(&path, OpenFlags::default())?;
        db.pragma_update(None, "journal_mode", "wal")?;
        db.pragma_update(None, "synchronous", "full")?;
        db.pragma_update(None, "foreign_keys", true)?;
        log::take_over(&db)?;
        schema::migrate(&mut db)?;
        let (jobs, queue) = mpsc::channel(limits::COMMIT_QUEUE);
        committer::start(Reader::new(db), lock, queue, live, metrics, registry, rules)?;
        let shared = Shared { path, idle: Mutex::default(), permits: Semaphore::new(limits::READERS) };
        Ok(Self { shared: Arc::new(shared), jobs })
    }

    /// Runs `read` on a connection of its own, off the asynchronous threads. It sees one consistent state.
    ///
    /// # Errors
    /// Those of `read`, and of opening a connection.
    pub async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    {
        let _permit = self.shared.permits.acquire().await.map_err(|_| StoreError::Closed)?;
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.read_blocking(read))
            .await
            .map_err(|_| StoreError::Closed)?
    }

    /// The same on the calling thread, which must be one that may block.
    ///
    /// # Errors
    /// Those of `read`, and of opening a connection.
    pub fn read_blocking<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        F: FnOnce(&Reader) -> Result<T, StoreError>,
    {
        let idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                Reader::new(connect(&self.shared.path, flags)?)
            }
        };
        let answer = reader.at_one_moment(read)?;
        // After a failure the connection is not used again, so that no half-open transaction is inherited.
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(answer)
    }

    /// Hands `change` to the committer and waits until it is on disk. A failing change leaves nothing behind
    /// and does not disturb the others of its transaction.
    ///
    /// # Errors
    /// Those of `change`; those of the commit.
    pub async fn write<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.send(Job::change(change, answer)).await?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    pub(crate) async fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)
    }

    /// For the threads that verify.
    pub(crate) fn send_blocking(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.blocking_send(job).map_err(|_| StoreError::Closed)
    }

    /// Waits until nothing can be written any more: the store was closed, or its committer ended by a fault.
    pub(crate) async fn ended(&self) {
        self.jobs.closed().await;
    }

    /// Whether nothing can be written any more.
    pub fn has_ended(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Commits what waits, then closes the database. Later writes fail with [`StoreError::Closed`].
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).await.is_ok() {
            // An error means that the committer has gone, which is what was asked for.
            let _ = closed.await;
        }
    }
}

/// Reads the database in `folder` as it is, without a gateway and beside one that runs. Nothing is made or migrated.
///
/// # Errors
/// When there is no database or it has another schema than this program's, and those of `read`.
pub fn inspect<T>(
    folder: &Path,
    read: impl FnOnce(&Reader) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = connect(&folder.join("medseal.db"), flags)?;
    schema::check(&db)?;
    Reader::new(db).at_one_moment(read)
}

/// A connection with the settings that readers and writer share.
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(limits::LOCKED_WAIT)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// The time of the wall clock.
pub fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
