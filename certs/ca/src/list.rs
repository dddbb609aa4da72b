//! Full revocation lists (RFC 5280, 5.1), and when the next one is due.
//!
//! Delta lists and partitions are not made yet: a list here is always the whole of its issuer.

use eush_domain::Timestamp;
use eush_sign::asn1::{tag, writer};
use eush_sign::{SigningKey, signature_identifier};
use rusqlite::Connection;
use time::Duration;

use crate::certificate::{Critical, Signature, extension, from_hex, signed, subject_name};
use crate::error::{PublishError, StoreError};
use crate::hierarchy::{Issuer, Level};
use crate::model::{Revocation, RevocationList, RevocationReason};
use crate::{oid, profile, store};

/// How long a list of this level is good, and after how long the next one is due even if nothing happened.
///
/// The national authority publishes daily with some hours to spare; a root, whose lists hardly change, rarely.
fn lifetime(level: Level) -> (Duration, Duration) {
    match level {
        Level::Issuing => (Duration::hours(24), Duration::hours(20)),
        Level::Root => (Duration::days(30), Duration::days(25)),
    }
}

/// Makes an issuer's next list at an instant and puts it in the store, in the caller's transaction.
pub(crate) fn publish(
    connection: &Connection,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<RevocationList, PublishError> {
    let number = store::list(connection, issuer.id)?.map_or(1, |before| before.number.saturating_add(1));
    let (good_for, due_after) = lifetime(issuer.level);
    let revocations = store::revocations(connection, issuer.id)?;
    let next_update = now.saturating_add(good_for);
    let contents = Contents {
        issuer: &subject_name(&issuer.certificate)?,
        key_id: &profile::key_id(&bytes(&issuer.serial)?),
        number,
        this_update: now,
        next_update,
        revocations: &revocations,
    };
    let der = contents.sign(&issuer.key)?;
    let due = now.saturating_add(due_after);
    let list = RevocationList { der, number, this_update: now, next_update, due };
    store::set_list(connection, issuer.id, &list)?;
    Ok(list)
}

fn bytes(serial: &str) -> Result<Vec<u8>, StoreError> {
    from_hex(serial).ok_or(StoreError::Corrupt { what: "serial number" })
}

struct Contents<'a> {
    /// Name, DER.
    issuer: &'a [u8],
    key_id: &'a [u8],
    number: u64,
    this_update: Timestamp,
    next_update: Timestamp,
    revocations: &'a [(String, Revocation)],
}

impl Contents<'_> {
    fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, PublishError> {
        let identifier = signature_identifier(key.algorithm());
        let entries = self.revocations.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        // An empty list leaves the field out (RFC 5280, 5.1.2.6).
        let entries = if entries.is_empty() { Vec::new() } else { writer::sequence(entries) };
        let issuer_key = writer::sequence([writer::tlv(tag::context(0), self.key_id)]);
        let extensions = writer::sequence([
            extension(&oid::AUTHORITY_KEY_ID, Critical::No, &issuer_key),
            extension(&oid::CRL_NUMBER, Critical::No, &writer::integer(self.number)),
        ]);
        let tbs = writer::sequence([
            &writer::integer(1),
            &identifier,
            self.issuer,
            &writer::time(self.this_update)?,
            &writer::time(self.next_update)?,
            &entries,
            &writer::explicit(0, &extensions),
        ]);
        Ok(signed(&tbs, &identifier, key, Signature::Sound)?)
    }
}

fn entry((serial, revocation): &(String, Revocation)) -> Result<Vec<u8>, PublishError> {
    let serial = writer::unsigned(&bytes(serial)?);
    let date = writer::time(revocation.at)?;
    // RFC 5280, 5.3.1: no reason is better left out than said to be unspecified.
    let extensions = match revocation.reason {
        RevocationReason::Unspecified => Vec::new(),
        RevocationReason::AaCompromise
        | RevocationReason::AffiliationChanged
        | RevocationReason::CaCompromise
        | RevocationReason::CertificateHold
        | RevocationReason::CessationOfOperation
        | RevocationReason::KeyCompromise
        | RevocationReason::PrivilegeWithdrawn
        | RevocationReason::Superseded => {
            let code = writer::enumerated(revocation.reason.code());
            writer::sequence([extension(&oid::REASON_CODE, Critical::No, &code)])
        }
    };
    Ok(writer::sequence([serial, date, extensions]))
}
