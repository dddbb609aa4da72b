//! Complete and delta revocation lists (RFC 5280, 5), and when the next ones are due.
//!
//! A complete list is always the whole of its issuer and made anew with each change: sorting and signing some hundred
//! thousand entries takes a second or two, which is the most that is meant here. A delta list tells what changed since the
//! last complete list that was *due* (or asked for), not since the last one: whoever fetched the day's list and keeps it
//! until it is stale, as most do, learns everything from the delta list alone.
//!
//! Both share one sequence of numbers, in which a delta list follows the complete list of the same instant. RFC 5280, 5.2.3,
//! would give the two one number; then no delta list would be newer than the newest complete list, which is what readers
//! look for, and the national authority's numbers differ too.

use eush_domain::Timestamp;
use eush_sign::asn1::{tag, writer};
use eush_sign::{SigningKey, signature_identifier};
use rusqlite::Connection;
use time::Duration;

use crate::certificate::{Critical, Signature, extension, from_hex, signed, subject_name};
use crate::error::{PublishError, StoreError};
use crate::fault::ListSpoil;
use crate::hierarchy::{Issuer, Level};
use crate::model::{Revocation, RevocationList, RevocationReason};
use crate::store::lists;
use crate::{oid, profile};

/// How long delta lists are good, and after how long the next one is due. The national authority's are good for seven
/// hours and a half.
const DELTA_LIFETIME: (Duration, Duration) = (Duration::minutes(450), Duration::hours(6));
/// How far back the end of a stale list lies.
const STALE_FOR: Duration = Duration::DAY;
/// How much newer than every complete list the base of a wrong delta list is.
const WRONG_BASE_AHEAD: u64 = 1000;
/// Reason of entries that are taken off the list (RFC 5280, 5.3.1); delta lists only.
const REMOVE_FROM_CRL: u8 = 8;

/// How long a complete list of this level is good, and after how long the next one is due even if nothing happened.
///
/// The national authority publishes daily with some hours to spare; a root, whose lists hardly change, rarely.
fn lifetime(level: Level) -> (Duration, Duration) {
    match level {
        Level::Issuing => (Duration::hours(24), Duration::hours(20)),
        Level::Root => (Duration::days(30), Duration::days(25)),
    }
}

/// Why a complete list is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The state of a certificate changed.
    Change,
    /// It is time, or somebody asks for it: from now on delta lists build on this one.
    Due,
}

/// Makes an issuer's next complete list at an instant, and its delta list where it has one, and puts them in the store, in
/// the caller's transaction. Answers how many lists it made.
pub(crate) fn publish(
    connection: &Connection,
    issuer: &Issuer,
    now: Timestamp,
    occasion: Occasion,
) -> Result<u32, PublishError> {
    let before = lists::delta(connection, issuer.id)?.and_then(|list| list.base);
    let (good_for, due_after) = lifetime(issuer.level);
    let number = lists::next_number(connection, issuer.id)?;
    let mut list = RevocationList {
        der: Vec::new(),
        number,
        base: None,
        this_update: now,
        next_update: now.saturating_add(good_for),
        due: now.saturating_add(due_after),
    };
    list.der = Contents::of(connection, issuer, &list)?.sign(&issuer.key)?;
    lists::set_list(connection, issuer.id, &list)?;
    let base = match (occasion, before) {
        (Occasion::Change, Some(base)) => base,
        (Occasion::Change, None) | (Occasion::Due, _) => {
            lists::forget_changes(connection, issuer.id)?;
            number
        }
    };
    match issuer.level {
        Level::Issuing => {
            publish_delta_on(connection, issuer, now, base)?;
            Ok(2)
        }
        Level::Root => Ok(1),
    }
}

/// Makes an issuer's next delta list on the base of the one before. A folder of an earlier version has none yet: then the
/// newest complete list is the base, and nothing has changed since.
pub(crate) fn publish_delta(
    connection: &Connection,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<(), PublishError> {
    let base = match lists::delta(connection, issuer.id)?.and_then(|list| list.base) {
        Some(base) => base,
        None => lists::list(connection, issuer.id)?
            .map(|list| list.number)
            .ok_or(StoreError::Corrupt { what: "list of an issuer" })?,
    };
    publish_delta_on(connection, issuer, now, base)
}

fn publish_delta_on(
    connection: &Connection,
    issuer: &Issuer,
    now: Timestamp,
    base: u64,
) -> Result<(), PublishError> {
    let (good_for, due_after) = DELTA_LIFETIME;
    let mut list = RevocationList {
        der: Vec::new(),
        number: lists::next_number(connection, issuer.id)?,
        base: Some(base),
        this_update: now,
        next_update: now.saturating_add(good_for),
        due: now.saturating_add(due_after),
    };
    list.der = Contents::of(connection, issuer, &list)?.sign(&issuer.key)?;
    Ok(lists::set_list(connection, issuer.id, &list)?)
}

/// A published list with one thing wrong. Nothing is stored. `other` is a key that is not the issuer's.
pub(crate) fn spoiled(
    connection: &Connection,
    issuer: &Issuer,
    list: &RevocationList,
    spoil: ListSpoil,
    (now, other): (Timestamp, &SigningKey),
) -> Result<Vec<u8>, PublishError> {
    let mut contents = Contents::of(connection, issuer, list)?;
    match spoil {
        ListSpoil::NextUpdateMissing => contents.next_update = None,
        ListSpoil::Stale => {
            let back = list.next_update - now.saturating_sub(STALE_FOR);
            contents.this_update = contents.this_update.saturating_sub(back);
            contents.next_update = Some(list.next_update.saturating_sub(back));
        }
        ListSpoil::WrongBase => {
            contents.base = contents.base.map(|_| list.number.saturating_add(WRONG_BASE_AHEAD));
        }
        ListSpoil::WrongKey => return contents.sign(other),
    }
    contents.sign(&issuer.key)
}

fn bytes(serial: &str) -> Result<Vec<u8>, StoreError> {
    from_hex(serial).ok_or(StoreError::Corrupt { what: "serial number" })
}

/// What a list says.
struct Contents {
    /// Name, DER.
    issuer: Vec<u8>,
    key_id: Vec<u8>,
    number: u64,
    base: Option<u64>,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    entries: Vec<Vec<u8>>,
}

impl Contents {
    /// What a list of this number and these times says of the present state. That is also the state of the last list:
    /// each change publishes.
    fn of(connection: &Connection, issuer: &Issuer, list: &RevocationList) -> Result<Self, PublishError> {
        let entries = match list.base {
            None => {
                let all = lists::revocations(connection, issuer.id)?;
                all.iter().map(|(serial, revocation)| revoked(serial, revocation)).collect()
            }
            // Also what was held and released between the base and now is taken off: a reader may have any complete
            // list in between.
            Some(_) => {
                let all = lists::changes(connection, issuer.id)?;
                let tell = |(serial, present): &(String, Option<Revocation>)| match present {
                    Some(revocation) => revoked(serial, revocation),
                    None => entry(serial, list.this_update, Some(REMOVE_FROM_CRL)),
                };
                all.iter().map(tell).collect()
            }
        };
        let entries: Result<Vec<_>, PublishError> = entries;
        Ok(Self {
            issuer: subject_name(&issuer.certificate)?,
            key_id: profile::key_id(&bytes(&issuer.serial)?),
            number: list.number,
            base: list.base,
            this_update: list.this_update,
            next_update: Some(list.next_update),
            entries: entries?,
        })
    }

    fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, PublishError> {
        let identifier = signature_identifier(key.algorithm());
        // An empty list leaves the field out (RFC 5280, 5.1.2.6).
        let entries = if self.entries.is_empty() { Vec::new() } else { writer::sequence(&self.entries) };
        let issuer_key = writer::sequence([writer::tlv(tag::context(0), &self.key_id)]);
        let number = |value: u64| writer::integer(value);
        let mut extensions = vec![
            extension(&oid::AUTHORITY_KEY_ID, Critical::No, &issuer_key),
            extension(&oid::CRL_NUMBER, Critical::No, &number(self.number)),
        ];
        // Whoever does not know delta lists must not take one for complete: hence critical.
        extensions
            .extend(self.base.map(|base| extension(&oid::DELTA_CRL_INDICATOR, Critical::Yes, &number(base))));
        let next_update = self.next_update.map(writer::time).transpose()?.unwrap_or_default();
        let tbs = writer::sequence([
            &writer::integer(1),
            &identifier,
            &self.issuer,
            &writer::time(self.this_update)?,
            &next_update,
            &entries,
            &writer::explicit(0, &writer::sequence(extensions)),
        ]);
        Ok(signed(&tbs, &identifier, key, Signature::Sound)?)
    }
}

fn revoked(serial: &str, revocation: &Revocation) -> Result<Vec<u8>, PublishError> {
    // RFC 5280, 5.3.1: no reason is better left out than said to be unspecified.
    let reason = Some(revocation.reason).filter(|reason| *reason != RevocationReason::Unspecified);
    entry(serial, revocation.at, reason.map(RevocationReason::code))
}

fn entry(serial: &str, at: Timestamp, reason: Option<u8>) -> Result<Vec<u8>, PublishError> {
    let mut parts = vec![writer::unsigned(&bytes(serial)?), writer::time(at)?];
    parts.extend(reason.map(|code| {
        writer::sequence([extension(&oid::REASON_CODE, Critical::No, &writer::enumerated(code))])
    }));
    Ok(writer::sequence(parts))
}
