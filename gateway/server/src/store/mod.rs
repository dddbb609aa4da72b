//! Durable state of the gateway: applications, messages, their signed documents, the journal, the clock.
//!
//! Records are kept as JSON beside the few columns that are searched. Whoever watches applications or the journal is
//! told after the write is on disk, in the order of the writes.

mod database;
mod query;
mod search;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eush_domain::{ApplicationId, MessageId, SenderId, Timestamp, VirtualClock};
use eush_pipeline::application::Application;
use eush_pipeline::bytes::{Bytes, SignedDocument};
use eush_pipeline::journal::{AgencyCall, Verdict};
use eush_pipeline::message::MessageRecord;
use eush_pipeline::party::Party;
use eush_pipeline::ports::{Changes, Store, StoreError};
use eush_pipeline::pseudonym::Pseudonym;
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::{Notify, broadcast};

pub use database::DatabaseError;
pub(crate) use query::{Counts, Forget};
pub(crate) use search::{CallFilter, End, EntryFilter, SeenCall};

use database::Database;

/// The schema, one step a version. A step that was released is never changed.
const MIGRATIONS: &[&str] = &[include_str!("schema/0001.sql"), include_str!("schema/0002.sql")];

/// A journal record with its place in the journal.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Rises with each record, never used twice.
    pub(crate) sequence: i64,
    pub(crate) verdict: Arc<Verdict>,
}

/// The store of this gateway. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct SqliteStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    database: Database,
    journal: broadcast::Sender<Entry>,
    applications: broadcast::Sender<Arc<Application>>,
    /// Told after each write that may move the next due instant.
    due_changed: Arc<Notify>,
}

/// Due rows read at one time.
const PAGE: u32 = 64;
/// Applications whose change waits for a slow watcher at most; one that falls behind reads the store.
const WATCHED: usize = 1024;

impl SqliteStore {
    /// Name of the shared bus's file in the data folder.
    pub(crate) const FILE: &str = "gateway.db";

    /// Opens or makes a store. Blocks.
    ///
    /// # Errors
    /// Where the folder cannot be made, the file is another's or newer, or SQLite fails.
    pub(crate) fn open(path: &Path, journal_tail: usize) -> Result<Self, DatabaseError> {
        let database = Database::open(path, MIGRATIONS)?;
        Ok(Self(Arc::new(Inner {
            database,
            journal: broadcast::channel(journal_tail).0,
            applications: broadcast::channel(WATCHED).0,
            due_changed: Arc::new(Notify::new()),
        })))
    }

    /// Waits for writes under way and closes the file. Blocks.
    pub(crate) fn close(&self) {
        self.0.database.close();
    }

    /// New journal records, from now on.
    pub(crate) fn journal(&self) -> broadcast::Receiver<Entry> {
        self.0.journal.subscribe()
    }

    /// Changed applications, from now on.
    pub(crate) fn applications(&self) -> broadcast::Receiver<Arc<Application>> {
        self.0.applications.subscribe()
    }

    /// Told when the next due instant may have moved.
    pub(crate) fn due_changed(&self) -> Arc<Notify> {
        self.0.due_changed.clone()
    }

    /// The saved clock.
    pub(crate) async fn clock(&self) -> Result<Option<VirtualClock>, DatabaseError> {
        self.0
            .database
            .run(|db| {
                let text = query::meta(db, "clock")?;
                text.map(|text| read("meta", &text)).transpose()
            })
            .await
    }

    /// Saves the clock.
    pub(crate) async fn save_clock(&self, clock: VirtualClock) -> Result<(), DatabaseError> {
        let text = written("meta", &clock)?;
        self.0.database.run(move |db| query::set_meta(db, "clock", &text)).await
    }

    /// The saved seed.
    pub(crate) async fn seed(&self) -> Result<Option<u64>, DatabaseError> {
        let job = |db: &Connection| query::meta(db, "seed")?.map(|text| read("meta", &text)).transpose();
        self.0.database.run(job).await
    }

    /// Saves the seed.
    pub(crate) async fn save_seed(&self, seed: u64) -> Result<(), DatabaseError> {
        self.0.database.run(move |db| query::set_meta(db, "seed", &seed.to_string())).await
    }

    /// The saved key of pseudonyms.
    pub(crate) async fn pseudonym_key(&self) -> Result<Option<[u8; 32]>, DatabaseError> {
        let job = |db: &Connection| {
            let text = query::meta(db, "pseudonym_key")?;
            text.map(|text| read("meta", &text)).transpose()
        };
        self.0.database.run(job).await
    }

    /// Saves the key of pseudonyms.
    pub(crate) async fn save_pseudonym_key(&self, key: [u8; 32]) -> Result<(), DatabaseError> {
        let text = written("meta", &key)?;
        self.0.database.run(move |db| query::set_meta(db, "pseudonym_key", &text)).await
    }

    /// A record by name, written by whoever has a part in the realm's state beside messages: sessions, rules. It
    /// is saved, restored and ended with the rest.
    pub(crate) async fn part<T>(&self, name: &'static str) -> Result<Option<T>, DatabaseError>
    where
        T: serde::de::DeserializeOwned + Send + 'static,
    {
        let job = move |db: &Connection| {
            query::meta(db, &format!("part/{name}"))?.map(|text| read("meta", &text)).transpose()
        };
        self.0.database.run(job).await
    }

    /// Saves a record by name, and with it every count that is in it.
    pub(crate) async fn save_part<T: serde::Serialize>(
        &self,
        name: &'static str,
        value: &T,
    ) -> Result<(), DatabaseError> {
        let text = written("meta", value)?;
        let job = move |db: &Connection| {
            query::set_meta(db, &format!("part/{name}"), &text)?;
            query::forget_counts(db, name)
        };
        self.0.database.run(job).await
    }

    /// Counts of a record that rose since it was saved whole.
    pub(crate) async fn part_counts(&self, name: &'static str) -> Result<Vec<(String, u64)>, DatabaseError> {
        self.0.database.run(move |db| query::part_counts(db, name)).await
    }

    /// Keeps counts of a record without saving the whole of it.
    pub(crate) async fn save_part_counts(
        &self,
        name: &'static str,
        counts: Vec<(String, u64)>,
    ) -> Result<(), DatabaseError> {
        let job = move |db: &Connection| {
            counts.iter().try_for_each(|(of, count)| query::set_part_count(db, name, of, *count))
        };
        self.0.database.run(job).await
    }

    /// Writes the whole store to a file that is not there yet.
    pub(crate) async fn copy(&self, path: PathBuf) -> Result<(), DatabaseError> {
        self.0
            .database
            .run_alone(move |db| Ok(db.execute("VACUUM INTO ?1", [path.to_string_lossy()]).map(|_| ())?))
            .await
    }

    /// Forgets what the scopes of a reset are about.
    pub(crate) async fn reset(&self, forget: Forget) -> Result<(), DatabaseError> {
        self.0.database.run(move |db| query::forget(db, &forget)).await
    }

    /// How much is in the store.
    pub(crate) async fn counts(&self) -> Result<Counts, DatabaseError> {
        self.0.database.run(query::counts).await
    }

    /// Earliest due instants, soonest first.
    pub(crate) async fn due(&self, limit: u32) -> Result<Vec<(Timestamp, ApplicationId)>, DatabaseError> {
        self.0.database.run(move |db| query::due(db, None, limit)).await
    }

    /// The earliest due instant that is wanted, however many before it are not.
    pub(crate) async fn first_due(
        &self,
        wanted: impl Fn(Timestamp, &ApplicationId) -> bool,
    ) -> Result<Option<(Timestamp, ApplicationId)>, DatabaseError> {
        let mut after = None;
        loop {
            let from = after.take();
            let page = self.0.database.run(move |db| query::due(db, from.as_ref(), PAGE)).await?;
            let Some(last) = page.last().cloned() else { return Ok(None) };
            match page.into_iter().find(|(at, id)| wanted(*at, id)) {
                Some(found) => return Ok(Some(found)),
                None => after = Some(last),
            }
        }
    }

    /// The newest journal record of a message.
    pub(crate) async fn entry(&self, message_id: String) -> Result<Option<Entry>, DatabaseError> {
        let filter = EntryFilter { message_id: Some(message_id), ..EntryFilter::default() };
        Ok(self.entries(filter, 1).await?.into_iter().next())
    }

    /// Journal records, newest first.
    pub(crate) async fn entries(&self, filter: EntryFilter, limit: u32) -> Result<Vec<Entry>, DatabaseError> {
        self.0.database.run(move |db| search::entries(db, &filter, limit)).await
    }

    /// Calls to agencies, from one end.
    pub(crate) async fn calls(
        &self,
        filter: CallFilter,
        end: End,
        limit: u32,
    ) -> Result<Vec<SeenCall>, DatabaseError> {
        self.0.database.run(move |db| search::calls(db, &filter, end, limit)).await
    }

    /// How many calls to agencies there are.
    pub(crate) async fn count_calls(&self, filter: CallFilter) -> Result<u64, DatabaseError> {
        self.0.database.run(move |db| search::count_calls(db, &filter)).await
    }

    /// Journal records after a place, oldest first.
    pub(crate) async fn entries_after(&self, sequence: i64, limit: u32) -> Result<Vec<Entry>, DatabaseError> {
        self.0.database.run(move |db| query::entries_after(db, sequence, limit)).await
    }
}

fn read<T: serde::de::DeserializeOwned>(table: &'static str, text: &str) -> Result<T, DatabaseError> {
    serde_json::from_str(text).map_err(|source| DatabaseError::Corrupt { table, source })
}

fn written<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(|source| DatabaseError::Corrupt { table, source })
}

fn doing(doing: &'static str) -> impl FnOnce(DatabaseError) -> StoreError {
    move |error| StoreError { doing, source: Box::new(error) }
}

impl Store for SqliteStore {
    async fn message(&self, id: &MessageId) -> Result<Option<MessageRecord>, StoreError> {
        let id = id.as_str().to_owned();
        let job = move |db: &Connection| {
            query::body(db, "messages", "SELECT body FROM messages WHERE id = ?1", &id)
        };
        self.0.database.run(job).await.map_err(doing("reading a message"))
    }

    async fn document(&self, id: &MessageId) -> Result<Option<SignedDocument>, StoreError> {
        let id = id.as_str().to_owned();
        let sql = "SELECT content, content_type, signature FROM documents WHERE message_id = ?1";
        let job = move |db: &Connection| {
            let row = db.prepare_cached(sql)?.query_row([id], |row| {
                Ok(SignedDocument {
                    content: Bytes(row.get(0)?),
                    content_type: row.get(1)?,
                    signature: Bytes(row.get(2)?),
                })
            });
            Ok(row.optional()?)
        };
        self.0.database.run(job).await.map_err(doing("reading a document"))
    }

    async fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
        let id = id.as_str().to_owned();
        let sql = "SELECT body FROM applications WHERE id = ?1";
        let job = move |db: &Connection| query::body(db, "applications", sql, &id);
        self.0.database.run(job).await.map_err(doing("reading an application"))
    }

    async fn applications_of(
        &self,
        owner: &SenderId,
        applicant: Party,
        limit: u32,
    ) -> Result<Vec<Application>, StoreError> {
        let owner = owner.as_str().to_owned();
        let applicant = query::party_key(applicant);
        let job = move |db: &Connection| query::applications_of(db, &owner, &applicant, limit);
        self.0.database.run(job).await.map_err(doing("reading applications"))
    }

    async fn unanswered(&self) -> Result<Vec<MessageId>, StoreError> {
        self.0.database.run(query::unanswered).await.map_err(doing("reading unanswered messages"))
    }

    async fn commit(&self, mut changes: Changes) -> Result<(), StoreError> {
        if let Some(verdict) = &mut changes.verdict {
            crate::current::note_faults(verdict);
        }
        let failed = doing("writing");
        let rows = match Rows::of(&changes) {
            Ok(rows) => rows,
            Err(error) => return Err(failed(error)),
        };
        let Changes { application, message: _, document: _, verdict } = changes;
        let (application, verdict) = (application.map(Arc::new), verdict.map(Arc::new));
        let inner = self.0.clone();
        let after = move |sequence: &Option<i64>| {
            // Nobody listening is no failure.
            if let (Some(verdict), Some(sequence)) = (verdict, *sequence) {
                let _ = inner.journal.send(Entry { sequence, verdict });
            }
            if let Some(application) = application {
                let _ = inner.applications.send(application);
                inner.due_changed.notify_one();
            }
        };
        self.0.database.run_then(move |db| rows.write(db), after).await.map(|_| ()).map_err(failed)
    }
}

/// The changes as rows, encoded before they reach the store's thread.
struct Rows {
    application: Option<ApplicationRow>,
    message: Option<(String, bool, String)>,
    document: Option<(String, SignedDocument)>,
    verdict: Option<VerdictRow>,
}

struct ApplicationRow {
    id: String,
    owner: String,
    applicant: Option<String>,
    opened_at: i64,
    due_at: Option<i64>,
    body: String,
}

struct VerdictRow {
    message_id: String,
    sender_id: String,
    application: Option<String>,
    reason: &'static str,
    kind: &'static str,
    service: Option<String>,
    received_at: i64,
    people: BTreeSet<Pseudonym>,
    calls: Vec<AgencyCall>,
    body: String,
}

impl Rows {
    fn of(changes: &Changes) -> Result<Self, DatabaseError> {
        let application = changes.application.as_ref().map(|application| {
            Ok::<_, DatabaseError>(ApplicationRow {
                id: application.id().as_str().to_owned(),
                owner: application.owner().as_str().to_owned(),
                applicant: application.applicant().map(query::party_key),
                opened_at: query::nanos(application.opened_at()),
                due_at: application.due_at().map(query::nanos),
                body: written("applications", application)?,
            })
        });
        let message = changes.message.as_ref().map(|message| {
            let body = written("messages", message)?;
            Ok::<_, DatabaseError>((message.id().as_str().to_owned(), message.is_unanswered(), body))
        });
        let verdict = changes.verdict.as_ref().map(|verdict| {
            Ok::<_, DatabaseError>(VerdictRow {
                message_id: verdict.message_id.clone(),
                sender_id: verdict.sender_id.clone(),
                application: verdict.application.as_ref().map(|id| id.as_str().to_owned()),
                reason: verdict.rejection.map_or("", |rejection| rejection.facts().reason),
                kind: verdict.kind.name(),
                service: verdict.service.as_ref().map(|id| id.as_str().to_owned()),
                received_at: query::nanos(verdict.received_at),
                people: verdict.people.clone(),
                calls: verdict.calls.clone(),
                body: written("journal", verdict)?,
            })
        });
        let document =
            changes.document.as_ref().map(|(id, document)| (id.as_str().to_owned(), document.clone()));
        Ok(Self {
            application: application.transpose()?,
            message: message.transpose()?,
            document,
            verdict: verdict.transpose()?,
        })
    }

    /// Returns the place of the journal record, where there is one.
    fn write(self, db: &Connection) -> Result<Option<i64>, DatabaseError> {
        if let Some(row) = self.application {
            db.prepare_cached(
                "INSERT INTO applications (id, owner, applicant, opened_at, due_at, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (id) DO UPDATE SET applicant = ?3, due_at = ?5, body = ?6",
            )?
            .execute(params![
                row.id,
                row.owner,
                row.applicant,
                row.opened_at,
                row.due_at,
                row.body
            ])?;
        }
        if let Some((id, unanswered, body)) = self.message {
            db.prepare_cached(
                "INSERT INTO messages (id, unanswered, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET unanswered = ?2, body = ?3",
            )?
            .execute(params![id, unanswered, body])?;
        }
        if let Some((id, document)) = self.document {
            db.prepare_cached(
                "INSERT INTO documents (message_id, content, content_type, signature) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (message_id) DO NOTHING",
            )?
            .execute(params![
                id,
                document.content.0,
                document.content_type,
                document.signature.0
            ])?;
        }
        let Some(row) = self.verdict else { return Ok(None) };
        row.write(db).map(Some)
    }
}

impl VerdictRow {
    /// Returns its place in the journal.
    fn write(self, db: &Connection) -> Result<i64, DatabaseError> {
        db.prepare_cached(
            "INSERT INTO journal (message_id, sender_id, application_id, reason, kind, service_id, received_at, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            self.message_id,
            self.sender_id,
            self.application,
            self.reason,
            self.kind,
            self.service,
            self.received_at,
            self.body
        ])?;
        let sequence = db.last_insert_rowid();
        for one in self.people {
            db.prepare_cached("INSERT INTO journal_people (pseudonym, sequence) VALUES (?1, ?2)")?
                .execute(params![one.as_str(), sequence])?;
        }
        for (position, call) in self.calls.into_iter().enumerate() {
            db.prepare_cached(
                "INSERT INTO journal_calls (sequence, position, agency, service_id, outcome, decided_by, about)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                sequence,
                i64::try_from(position).unwrap_or(i64::MAX),
                call.agency.as_str(),
                call.service.as_str(),
                call.outcome,
                call.decided_by,
                call.about.as_ref().map(Pseudonym::as_str)
            ])?;
        }
        Ok(sequence)
    }
}
