//! One SQLite file, one thread that owns it, and writes that share a flush.
//!
//! Every write that is answered is on disk: the journal mode is WAL and `synchronous` is FULL, so a commit returns after
//! the log is flushed, and a kill or a power cut takes nothing that was acknowledged. Writes that wait at the same time
//! run in one transaction, each in a savepoint of its own, so that they share the flush and not their fate.
//!
//! The file is held exclusively: two gateways on one data folder would fire every term twice.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

/// Why the store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The thread that owns the file has ended.
    #[error("the store is closed")]
    Closed,
    /// A saved record cannot be read back.
    #[error("a record of `{table}` cannot be read")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The data folder cannot be made.
    #[error("the data folder `{path}` cannot be made")]
    Folder {
        /// The folder.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The store lacks what every store of a realm has.
    #[error("the store lacks {what}")]
    Incomplete {
        /// What is missing.
        what: &'static str,
    },
    /// Another process holds the file.
    #[error("the store `{path}` is in use by another process")]
    InUse {
        /// The file.
        path: String,
    },
    /// The file was written by a newer eush.
    #[error(
        "the store has schema {found}, and this program knows up to {known}: run a newer eush, or another `store.data_dir`"
    )]
    Newer {
        /// Schema of the file.
        found: u32,
        /// Newest schema known here.
        known: u32,
    },
    /// SQLite failed.
    #[error("the store failed")]
    Sqlite(#[from] rusqlite::Error),
}

/// Ends a job after its transaction has been committed, or has failed.
type Ending = Box<dyn FnOnce(Result<(), DatabaseError>) + Send>;
type Work = Box<dyn FnOnce(&Connection) -> Ending + Send>;

/// Something for the thread to do.
enum Job {
    /// In a transaction, together with others.
    Together(Work),
    /// By itself and outside of any transaction, as SQLite wants it for a few statements.
    Alone(Work),
}

/// Jobs that one transaction takes at most.
const GROUP: usize = 128;
/// Jobs that wait at most; a sender of more waits itself.
const QUEUE: usize = 1024;

/// The door to the file.
#[derive(Debug)]
pub(crate) struct Database {
    jobs: std::sync::Mutex<Option<SyncSender<Job>>>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Database {
    /// Opens or makes the file, takes it for this process and brings it to the newest schema. Blocks.
    pub(crate) fn open(path: &Path, migrations: &'static [&'static str]) -> Result<Self, DatabaseError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| DatabaseError::Folder { path: folder.display().to_string(), source })?;
        }
        let connection = Connection::open(path)?;
        prepare(&connection, migrations).map_err(|error| {
            if is_busy(&error) { DatabaseError::InUse { path: path.display().to_string() } } else { error }
        })?;
        let (jobs, waiting) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("eush-store".to_owned())
            .spawn(move || work(&connection, &waiting))
            .map_err(|source| DatabaseError::Folder { path: path.display().to_string(), source })?;
        Ok(Self { jobs: std::sync::Mutex::new(Some(jobs)), thread: std::sync::Mutex::new(Some(thread)) })
    }

    /// Runs the job in a transaction and returns once it is on disk. A caller that goes away does not undo it.
    pub(crate) async fn run<T, F>(&self, job: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        self.run_then(job, |_| ()).await
    }

    /// The same, and `after` sees the value once it is on disk, whether or not the caller still waits. It must be quick:
    /// it runs on the store's own thread, in the order of the writes.
    pub(crate) async fn run_then<T, F, G>(&self, job: F, after: G) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
        G: FnOnce(&T) + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let result = in_savepoint(connection, job);
            Box::new(move |committed| {
                let result = result.and_then(|value| committed.map(|()| value));
                if let Ok(value) = &result {
                    after(value);
                }
                // The caller may have gone away; the work is done all the same.
                let _ = answer.send(result);
            })
        });
        self.send(Job::Together(work)).await?;
        answered.await.unwrap_or(Err(DatabaseError::Closed))
    }

    /// Runs the job by itself, outside of any transaction.
    pub(crate) async fn run_alone<T, F>(&self, job: F) -> Result<T, DatabaseError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, DatabaseError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            let result = job(connection);
            Box::new(move |_| {
                let _ = answer.send(result);
            })
        });
        self.send(Job::Alone(work)).await?;
        answered.await.unwrap_or(Err(DatabaseError::Closed))
    }

    async fn send(&self, job: Job) -> Result<(), DatabaseError> {
        let sender = self.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let mut sending = Some((sender.ok_or(DatabaseError::Closed)?, job));
        while let Some((sender, job)) = sending.take() {
            match sender.try_send(job) {
                Ok(()) => {}
                Err(std::sync::mpsc::TrySendError::Full(job)) => {
                    tokio::task::yield_now().await;
                    sending = Some((sender, job));
                }
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return Err(DatabaseError::Closed),
            }
        }
        Ok(())
    }

    /// Waits for what was asked before and closes the file. Blocks. Later jobs are refused.
    pub(crate) fn close(&self) {
        drop(self.jobs.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the thread of the store ended badly");
        }
    }
}

fn is_busy(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::Sqlite(error)
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy))
}

fn prepare(connection: &Connection, migrations: &[&str]) -> Result<(), DatabaseError> {
    connection.busy_timeout(std::time::Duration::ZERO)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // The first write takes the lock and keeps it.
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(DatabaseError::Newer { found, known });
    }
    for migration in migrations.iter().skip(usize::try_from(found).unwrap_or(usize::MAX)) {
        connection.execute_batch(migration)?;
    }
    connection.pragma_update(None, "user_version", known)?;
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn in_savepoint<T>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, DatabaseError>,
) -> Result<T, DatabaseError> {
    connection.execute_batch("SAVEPOINT job")?;
    let result = job(connection);
    let end = if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
    connection.execute_batch(end)?;
    result
}

fn work(connection: &Connection, jobs: &Receiver<Job>) {
    let mut waiting = None;
    while let Some(first) = waiting.take().or_else(|| jobs.recv().ok()) {
        let first = match first {
            Job::Alone(work) => {
                work(connection)(Ok(()));
                continue;
            }
            Job::Together(work) => work,
        };
        let mut endings = Vec::new();
        let begun = connection.execute_batch("BEGIN IMMEDIATE");
        let mut next = Some(first);
        while let Some(work) = next.take() {
            endings.push(work(connection));
            if endings.len() < GROUP {
                next = match jobs.try_recv() {
                    Ok(Job::Together(work)) => Some(work),
                    // In its turn: after this transaction.
                    Ok(alone @ Job::Alone(_)) => {
                        waiting = Some(alone);
                        None
                    }
                    Err(_) => None,
                };
            }
        }
        let committed = begun.and_then(|()| connection.execute_batch("COMMIT"));
        if let Err(error) = &committed {
            tracing::error!(%error, jobs = endings.len(), "a transaction of the store failed");
            // Nothing to do where even this fails: the jobs are told of the first error.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for ending in endings {
            ending(committed.as_ref().copied().map_err(|error| DatabaseError::Sqlite(clone_error(error))));
        }
    }
}

/// SQLite's errors cannot be cloned; several jobs may share one.
fn clone_error(error: &rusqlite::Error) -> rusqlite::Error {
    let code = error.sqlite_error().map_or(1, |error| error.extended_code);
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), Some(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &[&str] = &["CREATE TABLE t (v INTEGER NOT NULL UNIQUE) STRICT"];
    const SECOND: &[&str] =
        &["CREATE TABLE t (v INTEGER NOT NULL UNIQUE) STRICT", "ALTER TABLE t ADD COLUMN w TEXT"];

    async fn put(database: &Database, value: i64) -> Result<(), DatabaseError> {
        database.run(move |db| Ok(db.execute("INSERT INTO t (v) VALUES (?1)", [value]).map(|_| ())?)).await
    }

    async fn count(database: &Database) -> i64 {
        database.run(|db| Ok(db.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("eush.db");
        let database = Database::open(&path, FIRST).unwrap();
        put(&database, 1).await.unwrap();
        database.close();
        assert!(matches!(put(&database, 2).await, Err(DatabaseError::Closed)));
        let database = Database::open(&path, FIRST).unwrap();
        assert_eq!(count(&database).await, 1);
    }

    #[tokio::test]
    async fn a_failed_job_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = std::sync::Arc::new(Database::open(&folder.path().join("eush.db"), FIRST).unwrap());
        let tasks: Vec<_> = (0..300)
            .map(|index| {
                let database = database.clone();
                tokio::spawn(async move { put(&database, index / 2).await.is_ok() })
            })
            .collect();
        let mut held = 0;
        for task in tasks {
            held += i64::from(task.await.unwrap());
        }
        assert_eq!((held, count(&database).await), (150, 150));
    }

    #[tokio::test]
    async fn migrates_forward_and_refuses_what_is_newer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("eush.db");
        let database = Database::open(&path, FIRST).unwrap();
        put(&database, 7).await.unwrap();
        database.close();
        let database = Database::open(&path, SECOND).unwrap();
        assert_eq!(count(&database).await, 1);
        database.close();
        let error = Database::open(&path, FIRST).unwrap_err();
        assert!(matches!(error, DatabaseError::Newer { found: 2, known: 1 }), "{error}");
    }

    #[tokio::test]
    async fn a_second_process_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("eush.db");
        let _first = Database::open(&path, FIRST).unwrap();
        let error = Database::open(&path, FIRST).unwrap_err();
        assert!(matches!(error, DatabaseError::InUse { .. }), "{error}");
    }
}
