//! Everything that outlives the process, in one SQLite file: authorities, certificates, keys, revocations, lists, time.
//!
//! It stores and finds; what a row means is decided above. The file is held exclusively while it is open.

pub(crate) mod lists;

use std::path::{Path, PathBuf};

use eush_domain::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, Transaction, params};

use crate::error::{OpenError, StoreError};
use crate::hierarchy::{Level, Standing};
use crate::model::{Defect, KeyAlgorithm, Revocation, RevocationReason};

/// What takes the tables from each version to the next. A file of a later version than the last is refused.
const MIGRATIONS: [&str; 2] = [FIRST, SECOND];

const FIRST: &str = "
CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 0), now INTEGER NOT NULL) STRICT;
CREATE TABLE authorities (
    id INTEGER PRIMARY KEY,
    algorithm TEXT NOT NULL,
    standing TEXT NOT NULL,
    level TEXT NOT NULL,
    serial TEXT NOT NULL UNIQUE,
    certificate BLOB NOT NULL,
    key BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    UNIQUE (algorithm, standing, level)
) STRICT;
CREATE TABLE certificates (
    serial TEXT PRIMARY KEY,
    issuer INTEGER NOT NULL REFERENCES authorities (id),
    -- Digest of subject, algorithm, defect and label: a second request for the same finds the first answer.
    identity TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    iin TEXT NOT NULL,
    bin TEXT NOT NULL,
    defect TEXT,
    label TEXT NOT NULL,
    certificate BLOB NOT NULL,
    key BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL
) STRICT;
CREATE INDEX certificates_by_iin ON certificates (iin);
CREATE INDEX certificates_by_bin ON certificates (bin);
CREATE TABLE revocations (
    serial TEXT PRIMARY KEY,
    issuer INTEGER NOT NULL REFERENCES authorities (id),
    revoked_at INTEGER NOT NULL,
    reason INTEGER NOT NULL
) STRICT;
CREATE INDEX revocations_by_issuer ON revocations (issuer, serial);
CREATE TABLE lists (
    issuer INTEGER PRIMARY KEY REFERENCES authorities (id),
    number INTEGER NOT NULL,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    due INTEGER NOT NULL,
    list BLOB NOT NULL
) STRICT;
";

// Delta lists, what they are about, and responders.
const SECOND: &str = "
CREATE TABLE deltas (
    issuer INTEGER PRIMARY KEY REFERENCES authorities (id),
    number INTEGER NOT NULL,
    base INTEGER NOT NULL,
    this_update INTEGER NOT NULL,
    next_update INTEGER NOT NULL,
    due INTEGER NOT NULL,
    list BLOB NOT NULL
) STRICT;
-- Serial numbers whose state changed since the complete list that the delta list builds on.
CREATE TABLE changes (
    issuer INTEGER NOT NULL REFERENCES authorities (id),
    serial TEXT NOT NULL,
    PRIMARY KEY (issuer, serial)
) STRICT, WITHOUT ROWID;
CREATE TABLE responders (
    issuer INTEGER PRIMARY KEY REFERENCES authorities (id),
    certificate BLOB NOT NULL,
    key BLOB NOT NULL
) STRICT;
";

/// A row of `authorities`.
pub(crate) struct AuthorityRow {
    pub(crate) id: i64,
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) standing: Standing,
    pub(crate) level: Level,
    pub(crate) serial: String,
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

/// A row of `certificates`, with its row of `revocations`.
#[derive(Clone)]
pub(crate) struct CertificateRow {
    pub(crate) serial: String,
    pub(crate) issuer: i64,
    pub(crate) subject: String,
    pub(crate) iin: String,
    pub(crate) bin: String,
    pub(crate) defect: Option<Defect>,
    pub(crate) label: String,
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) revocation: Option<Revocation>,
}

/// The open file.
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    /// Name of the file.
    pub(crate) const FILE: &str = "certificates.sqlite";

    /// Opens a file, and makes it and its folder where they are not there.
    pub(crate) fn open_file(path: &Path) -> Result<Self, OpenError> {
        let path = path.to_owned();
        if let Some(folder) = path.parent() {
            create(folder, &path)?;
        }
        let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                OpenError::InUse { path: path.clone() }
            }
            _ => OpenError::Store { path: path.clone(), source: error.into() },
        };
        let mut connection = Connection::open(&path).map_err(failed)?;
        prepare(&connection).map_err(failed)?;
        let found = version(&connection).map_err(failed)?;
        let steps = usize::try_from(found).ok().and_then(|found| MIGRATIONS.get(found..));
        let Some(steps) = steps else {
            return Err(OpenError::Schema { path: path.clone(), found, supported: supported() });
        };
        if !steps.is_empty() {
            migrate(&mut connection, steps).map_err(failed)?;
        }
        Ok(Self { connection })
    }

    /// Runs changes that hold together or not at all.
    pub(crate) fn transaction(&mut self) -> Result<Transaction<'_>, StoreError> {
        Ok(self.connection.transaction()?)
    }

    /// For reading outside a transaction.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// Writes the whole store to a file that is not there yet. Only its owner may read it.
pub(crate) fn copy(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    connection.execute("VACUUM INTO ?1", [path.to_string_lossy()])?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // SQLite made it as the process's mask allows; where this fails it stays as every file of the process.
        if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
            tracing::warn!(%error, "permissions of a copy cannot be set");
        }
    }
    Ok(())
}

/// Every table, parents before children.
const TABLES: [&str; 8] =
    ["clock", "authorities", "certificates", "revocations", "lists", "deltas", "changes", "responders"];

/// Puts the rows of a file of the same version in the place of all rows: all of it or nothing.
pub(crate) fn replace(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    connection.execute("ATTACH DATABASE ?1 AS source", [path.to_string_lossy()])?;
    let mut script = "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON;".to_owned();
    for table in TABLES.iter().rev() {
        script.push_str(&format!("DELETE FROM main.{table};"));
    }
    for table in TABLES {
        script.push_str(&format!("INSERT INTO main.{table} SELECT * FROM source.{table};"));
    }
    script.push_str("COMMIT;");
    // SQLite takes an empty file for an empty store.
    let query = "SELECT EXISTS (SELECT 1 FROM source.authorities)";
    let taken = match connection.query_row(query, [], |row| row.get(0)) {
        Ok(true) => connection.execute_batch(&script).map_err(StoreError::from),
        Ok(false) => Err(StoreError::Corrupt { what: "state" }),
        Err(error) => Err(error.into()),
    };
    if taken.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    connection.execute_batch("DETACH DATABASE source")?;
    taken
}

// Keys are test keys, and still nobody else's business: on Unix only the owner may read the file.
fn create(folder: &Path, path: &Path) -> Result<(), OpenError> {
    let failed = |at: &Path| {
        let path: PathBuf = at.to_owned();
        |source| OpenError::File { path, source }
    };
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map_err(failed(path))?;
    Ok(())
}

// Exclusive from the first read on: a second process would keep a time and lists of its own.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::ZERO)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", supported())?;
    transaction.commit()
}

// A handful of versions fits any integer.
fn supported() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn instant(seconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_unix_timestamp(seconds).map_err(|_| StoreError::Corrupt { what: "time" })
}

/// The newest instant that the authority was given.
pub(crate) fn clock(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let seconds = connection.query_row("SELECT now FROM clock", [], |row| row.get(0)).optional()?;
    seconds.map(instant).transpose()
}

/// Remembers the newest instant.
pub(crate) fn set_clock(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    connection.execute("INSERT OR REPLACE INTO clock (id, now) VALUES (0, ?1)", [now.unix_timestamp()])?;
    Ok(())
}

/// Every authority, in the order in which they were made.
pub(crate) fn authorities(connection: &Connection) -> Result<Vec<AuthorityRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, algorithm, standing, level, serial, certificate, key, not_before, not_after
         FROM authorities ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let word = |at, what| -> Result<String, StoreError> {
            row.get(at).map_err(|_| StoreError::Corrupt { what })
        };
        found.push(AuthorityRow {
            id: row.get(0)?,
            algorithm: KeyAlgorithm::parse(&word(1, "algorithm")?)
                .ok_or(StoreError::Corrupt { what: "algorithm" })?,
            standing: Standing::parse(&word(2, "standing")?)
                .ok_or(StoreError::Corrupt { what: "standing" })?,
            level: Level::parse(&word(3, "level")?).ok_or(StoreError::Corrupt { what: "level" })?,
            serial: row.get(4)?,
            certificate: row.get(5)?,
            key: row.get(6)?,
            not_before: instant(row.get(7)?)?,
            not_after: instant(row.get(8)?)?,
        });
    }
    Ok(found)
}

/// Adds an authority; its `id` is not used. Answers the id it got.
pub(crate) fn add_authority(connection: &Connection, row: &AuthorityRow) -> Result<i64, StoreError> {
    connection.execute(
        "INSERT INTO authorities (algorithm, standing, level, serial, certificate, key, not_before, not_after)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            row.algorithm.name(),
            row.standing.name(),
            row.level.name(),
            row.serial,
            row.certificate,
            row.key,
            row.not_before.unix_timestamp(),
            row.not_after.unix_timestamp(),
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

const CERTIFICATE: &str =
    "SELECT c.serial, c.issuer, c.subject, c.iin, c.bin, c.defect, c.label, c.certificate,
    c.key, c.not_before, c.not_after, r.revoked_at, r.reason
    FROM certificates c LEFT JOIN revocations r ON r.serial = c.serial";

fn certificate(row: &Row<'_>) -> Result<CertificateRow, StoreError> {
    let defect: Option<String> = row.get(5)?;
    let defect =
        defect.map(|name| Defect::parse(&name).ok_or(StoreError::Corrupt { what: "defect" })).transpose()?;
    let revoked_at: Option<i64> = row.get(11)?;
    let revocation = match revoked_at {
        None => None,
        Some(at) => Some(revocation(at, row.get(12)?)?),
    };
    Ok(CertificateRow {
        serial: row.get(0)?,
        issuer: row.get(1)?,
        subject: row.get(2)?,
        iin: row.get(3)?,
        bin: row.get(4)?,
        defect,
        label: row.get(6)?,
        certificate: row.get(7)?,
        key: row.get(8)?,
        not_before: instant(row.get(9)?)?,
        not_after: instant(row.get(10)?)?,
        revocation,
    })
}

fn revocation(at: i64, reason: i64) -> Result<Revocation, StoreError> {
    let reason = RevocationReason::from_code(reason).ok_or(StoreError::Corrupt { what: "reason" })?;
    Ok(Revocation { at: instant(at)?, reason })
}

fn one(connection: &Connection, condition: &str, value: &str) -> Result<Option<CertificateRow>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{CERTIFICATE} WHERE {condition} = ?1"))?;
    let mut rows = statement.query([value])?;
    rows.next()?.map(certificate).transpose()
}

/// The certificate of an identity.
pub(crate) fn by_identity(
    connection: &Connection,
    identity: &str,
) -> Result<Option<CertificateRow>, StoreError> {
    one(connection, "c.identity", identity)
}

/// The certificate of a serial number.
pub(crate) fn by_serial(connection: &Connection, serial: &str) -> Result<Option<CertificateRow>, StoreError> {
    one(connection, "c.serial", serial)
}

/// Certificates of a person and an organisation, oldest first; an empty number matches all.
pub(crate) fn certificates(
    connection: &Connection,
    iin: &str,
    bin: &str,
) -> Result<Vec<CertificateRow>, StoreError> {
    let query =
        format!("{CERTIFICATE} WHERE (?1 = '' OR c.iin = ?1) AND (?2 = '' OR c.bin = ?2) ORDER BY c.rowid");
    let mut statement = connection.prepare_cached(&query)?;
    let mut rows = statement.query([iin, bin])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(certificate(row)?);
    }
    Ok(found)
}

/// Issuer and serial number of certificates whose period has not ended, newest first.
pub(crate) fn newest(
    connection: &Connection,
    now: Timestamp,
    most: usize,
) -> Result<Vec<(i64, String)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT issuer, serial FROM certificates WHERE not_after >= ?1 ORDER BY rowid DESC LIMIT ?2",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map([now.unix_timestamp(), most], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Adds a certificate under its identity.
pub(crate) fn add_certificate(
    connection: &Connection,
    identity: &str,
    row: &CertificateRow,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO certificates (serial, issuer, identity, subject, iin, bin, defect, label, certificate, key,
         not_before, not_after) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            row.serial,
            row.issuer,
            identity,
            row.subject,
            row.iin,
            row.bin,
            row.defect.map(Defect::name),
            row.label,
            row.certificate,
            row.key,
            row.not_before.unix_timestamp(),
            row.not_after.unix_timestamp(),
        ],
    )?;
    Ok(())
}
