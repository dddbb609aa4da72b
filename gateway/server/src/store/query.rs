//! The questions that the store answers, each on the store's own thread.

use std::sync::Arc;

use eush_domain::{ApplicationId, MessageId, Timestamp};
use eush_pipeline::application::Application;
use eush_pipeline::party::Party;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{DatabaseError, Entry, read};

pub(super) fn nanos(at: Timestamp) -> i64 {
    i64::try_from(at.unix_timestamp_nanos()).unwrap_or(i64::MAX)
}

/// A party as one searchable text.
pub(super) fn party_key(party: Party) -> String {
    match party {
        Party::Bin(bin) => format!("bin:{}", bin.digits()),
        Party::Iin(iin) => format!("iin:{}", iin.digits()),
    }
}

pub(super) fn meta(db: &Connection, key: &str) -> Result<Option<String>, DatabaseError> {
    Ok(db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()?)
}

pub(super) fn set_meta(db: &Connection, key: &str, value: &str) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
    db.prepare_cached(sql)?.execute([key, value])?;
    Ok(())
}

/// Counts of a part that rose since it was saved whole.
pub(super) fn part_counts(db: &Connection, part: &str) -> Result<Vec<(String, u64)>, DatabaseError> {
    let prefix = format!("count/{part}/");
    let mut statement = db.prepare_cached("SELECT key, value FROM meta WHERE substr(key, 1, ?2) = ?1")?;
    let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
    let rows = statement
        .query_map(params![prefix, length], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let read = |(key, value): (String, String)| {
        Some((key.strip_prefix(&prefix)?.to_owned(), value.parse::<u64>().ok()?))
    };
    rows.filter_map(|row| row.map(read).transpose()).map(|row| Ok(row?)).collect()
}

/// Keeps a count of a part. Of two writers that overtake each other the higher one stays.
pub(super) fn set_part_count(
    db: &Connection,
    part: &str,
    name: &str,
    count: u64,
) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2
               WHERE CAST(meta.value AS INTEGER) < CAST(?2 AS INTEGER)";
    db.prepare_cached(sql)?.execute([format!("count/{part}/{name}"), count.to_string()])?;
    Ok(())
}

/// The part was saved whole, or goes.
pub(super) fn forget_counts(db: &Connection, part: &str) -> Result<(), DatabaseError> {
    let prefix = format!("count/{part}/");
    let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
    db.execute("DELETE FROM meta WHERE substr(key, 1, ?2) = ?1", params![prefix, length])?;
    Ok(())
}

pub(super) fn body<T: serde::de::DeserializeOwned>(
    db: &Connection,
    table: &'static str,
    sql: &str,
    id: &str,
) -> Result<Option<T>, DatabaseError> {
    let text: Option<String> = db.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
    text.map(|text| read(table, &text)).transpose()
}

pub(super) fn applications_of(
    db: &Connection,
    owner: &str,
    applicant: &str,
    limit: u32,
) -> Result<Vec<Application>, DatabaseError> {
    let mut statement = db.prepare_cached(
        "SELECT body FROM applications WHERE owner = ?1 AND applicant = ?2
         ORDER BY opened_at DESC, rowid DESC LIMIT ?3",
    )?;
    let rows = statement.query_map(params![owner, applicant, limit], |row| row.get::<_, String>(0))?;
    rows.map(|text| read("applications", &text?)).collect()
}

/// Ids were checked before they were written; one that no longer passes is left out and told to the log.
fn id<T, E: std::fmt::Display>(table: &'static str, parsed: Result<T, E>) -> Option<T> {
    parsed.inspect_err(|error| tracing::error!(table, %error, "an id of the store cannot be read")).ok()
}

pub(super) fn unanswered(db: &Connection) -> Result<Vec<MessageId>, DatabaseError> {
    let mut statement = db.prepare_cached("SELECT id FROM messages WHERE unanswered = 1 ORDER BY rowid")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let texts: Vec<String> = rows.collect::<Result<_, _>>()?;
    Ok(texts.iter().filter_map(|text| id("messages", MessageId::parse(text))).collect())
}

/// Due rows after one of them, soonest first.
pub(super) fn due(
    db: &Connection,
    after: Option<&(Timestamp, ApplicationId)>,
    limit: u32,
) -> Result<Vec<(Timestamp, ApplicationId)>, DatabaseError> {
    let (at, id_after) = after.map_or((i64::MIN, ""), |(at, id)| (nanos(*at), id.as_str()));
    let mut statement = db.prepare_cached(
        "SELECT due_at, id FROM applications
         WHERE due_at IS NOT NULL AND (due_at, id) > (?1, ?2) ORDER BY due_at, id LIMIT ?3",
    )?;
    let rows = statement.query_map(params![at, id_after, limit], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    })?;
    let rows: Vec<(i64, String)> = rows.collect::<Result<_, _>>()?;
    let read = |(at, text): &(i64, String)| {
        let at = Timestamp::from_unix_timestamp_nanos(i128::from(*at));
        Some((id("applications", at)?, id("applications", ApplicationId::parse(text))?))
    };
    Ok(rows.iter().filter_map(read).collect())
}

pub(super) fn entries_after(db: &Connection, sequence: i64, limit: u32) -> Result<Vec<Entry>, DatabaseError> {
    let mut statement = db.prepare_cached(
        "SELECT sequence, body FROM journal WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
    )?;
    let rows =
        statement.query_map(params![sequence, limit], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    rows.map(entry).collect()
}

pub(super) fn entry(row: rusqlite::Result<(i64, String)>) -> Result<Entry, DatabaseError> {
    let (sequence, text) = row?;
    Ok(Entry { sequence, verdict: Arc::new(read("journal", &text)?) })
}

/// What a reset forgets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forget {
    /// Applications, messages, documents and journal.
    pub(crate) messages: bool,
    /// Records of this name.
    pub(crate) parts: Vec<&'static str>,
}

pub(super) fn forget(db: &Connection, forget: &Forget) -> Result<(), DatabaseError> {
    if forget.messages {
        db.execute_batch(
            "DELETE FROM applications; DELETE FROM messages; DELETE FROM documents; DELETE FROM journal;",
        )?;
    }
    for name in &forget.parts {
        db.execute("DELETE FROM meta WHERE key = ?1", [format!("part/{name}")])?;
        forget_counts(db, name)?;
    }
    Ok(())
}

/// How much is in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) messages: u64,
    pub(crate) applications: u64,
    pub(crate) journal_entries: u64,
}

pub(super) fn counts(db: &Connection) -> Result<Counts, DatabaseError> {
    let sql = "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM applications),
               (SELECT count(*) FROM journal)";
    let row: (i64, i64, i64) =
        db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let [messages, applications, journal_entries] =
        [row.0, row.1, row.2].map(|count| u64::try_from(count).unwrap_or_default());
    Ok(Counts { messages, applications, journal_entries })
}
