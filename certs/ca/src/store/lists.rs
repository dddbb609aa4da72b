//! Revocations, the lists that tell them, and the responders that are asked about them.

use eush_domain::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{instant, revocation};
use crate::error::StoreError;
use crate::model::{Revocation, RevocationList};

/// The revocation of a serial number.
pub(crate) fn revocation_of(connection: &Connection, serial: &str) -> Result<Option<Revocation>, StoreError> {
    let found: Option<(i64, i64)> = connection
        .query_row("SELECT revoked_at, reason FROM revocations WHERE serial = ?1", [serial], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    found.map(|(at, reason)| revocation(at, reason)).transpose()
}

/// Sets or takes away the revocation of a serial number, and remembers that it changed.
pub(crate) fn set_revocation(
    connection: &Connection,
    issuer: i64,
    serial: &str,
    revocation: Option<Revocation>,
) -> Result<(), StoreError> {
    match revocation {
        None => connection.execute("DELETE FROM revocations WHERE serial = ?1", [serial])?,
        Some(Revocation { at, reason }) => connection.execute(
            "INSERT OR REPLACE INTO revocations (serial, issuer, revoked_at, reason) VALUES (?1, ?2, ?3, ?4)",
            params![serial, issuer, at.unix_timestamp(), reason.code()],
        )?,
    };
    connection
        .execute("INSERT OR IGNORE INTO changes (issuer, serial) VALUES (?1, ?2)", params![issuer, serial])?;
    Ok(())
}

/// Everything an issuer revoked or holds, by serial number.
pub(crate) fn revocations(
    connection: &Connection,
    issuer: i64,
) -> Result<Vec<(String, Revocation)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT serial, revoked_at, reason FROM revocations WHERE issuer = ?1 ORDER BY serial",
    )?;
    let mut rows = statement.query([issuer])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((row.get(0)?, revocation(row.get(1)?, row.get(2)?)?));
    }
    Ok(found)
}

/// Every serial number of an issuer that changed since the list that its delta list builds on, with its present state.
pub(crate) fn changes(
    connection: &Connection,
    issuer: i64,
) -> Result<Vec<(String, Option<Revocation>)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT c.serial, r.revoked_at, r.reason FROM changes c LEFT JOIN revocations r ON r.serial = c.serial
         WHERE c.issuer = ?1 ORDER BY c.serial",
    )?;
    let mut rows = statement.query([issuer])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let at: Option<i64> = row.get(1)?;
        let present = match at {
            None => None,
            Some(at) => Some(revocation(at, row.get(2)?)?),
        };
        found.push((row.get(0)?, present));
    }
    Ok(found)
}

/// Forgets what changed: a complete list tells it all, and the next delta list builds on that.
pub(crate) fn forget_changes(connection: &Connection, issuer: i64) -> Result<(), StoreError> {
    connection.execute("DELETE FROM changes WHERE issuer = ?1", [issuer])?;
    Ok(())
}

fn number(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Corrupt { what: "list number" })
}

fn stored(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Corrupt { what: "list number" })
}

fn list_of(row: &Row<'_>) -> Result<RevocationList, StoreError> {
    let base: Option<i64> = row.get(5)?;
    Ok(RevocationList {
        number: number(row.get(0)?)?,
        this_update: instant(row.get(1)?)?,
        next_update: instant(row.get(2)?)?,
        due: instant(row.get(3)?)?,
        der: row.get(4)?,
        base: base.map(number).transpose()?,
    })
}

fn one(connection: &Connection, query: &str, issuer: i64) -> Result<Option<RevocationList>, StoreError> {
    let mut statement = connection.prepare_cached(query)?;
    let mut rows = statement.query([issuer])?;
    rows.next()?.map(list_of).transpose()
}

/// The complete list an issuer published last.
pub(crate) fn list(connection: &Connection, issuer: i64) -> Result<Option<RevocationList>, StoreError> {
    let query = "SELECT number, this_update, next_update, due, list, NULL FROM lists WHERE issuer = ?1";
    one(connection, query, issuer)
}

/// The delta list an issuer published last.
pub(crate) fn delta(connection: &Connection, issuer: i64) -> Result<Option<RevocationList>, StoreError> {
    let query = "SELECT number, this_update, next_update, due, list, base FROM deltas WHERE issuer = ?1";
    one(connection, query, issuer)
}

/// When an issuer's next complete and next delta list are due; `None` where there never was one.
pub(crate) fn due(
    connection: &Connection,
    issuer: i64,
) -> Result<(Option<Timestamp>, Option<Timestamp>), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT due FROM lists WHERE issuer = ?1), (SELECT due FROM deltas WHERE issuer = ?1)",
    )?;
    let (list, delta): (Option<i64>, Option<i64>) =
        statement.query_row([issuer], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((list.map(instant).transpose()?, delta.map(instant).transpose()?))
}

/// The number an issuer's next list gets. Complete and delta lists share one sequence (RFC 5280, 5.2.3).
pub(crate) fn next_number(connection: &Connection, issuer: i64) -> Result<u64, StoreError> {
    let last: i64 = connection.query_row(
        "SELECT max(coalesce((SELECT number FROM lists WHERE issuer = ?1), 0),
                    coalesce((SELECT number FROM deltas WHERE issuer = ?1), 0))",
        [issuer],
        |row| row.get(0),
    )?;
    Ok(number(last)?.saturating_add(1))
}

/// Puts an issuer's list in the place of the one before of its kind.
pub(crate) fn set_list(
    connection: &Connection,
    issuer: i64,
    list: &RevocationList,
) -> Result<(), StoreError> {
    let number = stored(list.number)?;
    let times = [list.this_update, list.next_update, list.due].map(Timestamp::unix_timestamp);
    match list.base {
        None => connection.execute(
            "INSERT OR REPLACE INTO lists (issuer, number, this_update, next_update, due, list)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![issuer, number, times[0], times[1], times[2], list.der],
        )?,
        Some(base) => connection.execute(
            "INSERT OR REPLACE INTO deltas (issuer, number, base, this_update, next_update, due, list)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![issuer, number, stored(base)?, times[0], times[1], times[2], list.der],
        )?,
    };
    Ok(())
}

/// A row of `responders`.
pub(crate) struct ResponderRow {
    /// DER.
    pub(crate) certificate: Vec<u8>,
    /// PKCS#8, DER.
    pub(crate) key: Vec<u8>,
}

/// Certificate and key of an issuer's responder.
pub(crate) fn responder(connection: &Connection, issuer: i64) -> Result<Option<ResponderRow>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT certificate, key FROM responders WHERE issuer = ?1")?;
    let found = |row: &Row<'_>| Ok(ResponderRow { certificate: row.get(0)?, key: row.get(1)? });
    Ok(statement.query_row([issuer], found).optional()?)
}

/// Adds an issuer's responder.
pub(crate) fn add_responder(
    connection: &Connection,
    issuer: i64,
    row: &ResponderRow,
) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO responders (issuer, certificate, key) VALUES (?1, ?2, ?3)",
        params![issuer, row.certificate, row.key],
    )?;
    Ok(())
}
