//! Reading, verifying and indexing a list.

use eush_sign::asn1::{DerError, Reader, Tlv, tag};
use eush_sign::oids::Oid;
use eush_sign::{Algorithm, PublicKey};

use super::index::{Facts, SerialIndex, padded};
use super::{CrlError, CrlIndex, RevocationReason, Scope, entry};
use crate::Timestamp;
use crate::certificate::{Certificate, authority_key_id, key_usage};
use crate::chain::AlgorithmPolicy;
use crate::name::DistinguishedName;

/// cRLNumber.
const CRL_NUMBER: Oid = Oid::new_unwrap("2.5.29.20");
/// deltaCRLIndicator.
const DELTA_CRL_INDICATOR: Oid = Oid::new_unwrap("2.5.29.27");
/// issuingDistributionPoint.
const ISSUING_DISTRIBUTION_POINT: Oid = Oid::new_unwrap("2.5.29.28");
/// authorityKeyIdentifier.
const AUTHORITY_KEY_ID: Oid = Oid::new_unwrap("2.5.29.35");
/// freshestCRL.
const FRESHEST_CRL: Oid = Oid::new_unwrap("2.5.29.46");
/// expiredCertsOnCRL of X.509, 9.5.2.8.
const EXPIRED_CERTS_ON_CRL: Oid = Oid::new_unwrap("2.5.29.60");
/// authorityInfoAccess.
const AUTHORITY_INFO_ACCESS: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.1.1");

pub(super) fn build(
    der: &[u8],
    issuer: &Certificate,
    algorithms: AlgorithmPolicy,
) -> Result<CrlIndex, CrlError> {
    if der.is_empty() {
        return Err(CrlError::Empty);
    }
    if der.len() > CrlIndex::MAX_BYTES {
        return Err(CrlError::TooLarge { bytes: der.len(), limit: CrlIndex::MAX_BYTES });
    }
    let mut outer = Reader::whole(der, tag::SEQUENCE)?.reader();
    let tbs = outer.read(tag::SEQUENCE)?;
    let outer_algorithm = outer.algorithm()?;
    let signature = outer.bit_bytes()?;
    outer.finish()?;

    let mut reader = tbs.reader();
    if reader.small()? != 1 {
        return Err(CrlError::Version);
    }
    // Only the object identifiers are compared: current lists of the national authority have a NULL outside and none
    // within.
    if reader.algorithm()? != outer_algorithm {
        return Err(CrlError::AlgorithmsDiffer);
    }
    let name = DistinguishedName::parse(reader.read(tag::SEQUENCE)?.raw)?;
    let this_update = reader.any()?.time()?;
    let next_update = match reader.peek() {
        Some(tag::UTC_TIME | tag::GENERALIZED_TIME) => reader.any()?.time()?,
        Some(_) | None => return Err(CrlError::NextUpdateMissing),
    };
    let revoked = reader.optional(tag::SEQUENCE)?;
    let extensions = match reader.optional(tag::context_constructed(0))? {
        Some(explicit) => extensions(&explicit, &name)?,
        None => return Err(CrlError::Number),
    };
    reader.finish()?;

    let wrong_issuer = || CrlError::WrongIssuer { found: name.to_string() };
    let offered = issuer.extensions().subject_key_id.as_ref();
    let other_key = matches!((&extensions.key_id, offered), (Some(named), Some(offered)) if named != offered);
    if name != *issuer.subject_dn() || other_key {
        return Err(wrong_issuer());
    }
    let (key, algorithm) = list_key(outer_algorithm, issuer, algorithms)?;
    key.verify(algorithm, tbs.raw, signature).map_err(|_| CrlError::Signature)?;
    let indexed = match revoked {
        Some(list) => index(der, &list, &extensions)?,
        None => Indexed::default(),
    };
    Ok(CrlIndex {
        der: der.into(),
        entries: indexed.entries,
        issuers: indexed.issuers,
        scope: extensions.scope,
        base: extensions.base,
        has_freshest: extensions.has_freshest,
        expired_since: extensions.expired_since,
        issuer: name,
        issuer_spki: issuer.spki().into(),
        number: extensions.number,
        this_update,
        next_update,
    })
}

struct ListExtensions {
    number: Vec<u8>,
    key_id: Option<Vec<u8>>,
    scope: Scope,
    base: Option<Vec<u8>>,
    has_freshest: bool,
    expired_since: Option<Timestamp>,
}

fn extensions(explicit: &Tlv<'_>, issuer: &DistinguishedName) -> Result<ListExtensions, CrlError> {
    let mut reader = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
    let (mut number, mut key_id, mut base, mut expired_since) = (None, None, None, None);
    let (mut scope, mut has_freshest) = (Scope::default(), false);
    let mut seen = Vec::new();
    while !reader.is_empty() {
        let mut extension = reader.sequence()?;
        let oid = extension.oid()?;
        let critical = extension.peek() == Some(tag::BOOLEAN) && extension.boolean()?;
        let value = extension.octets()?;
        extension.finish()?;
        if seen.contains(&oid) {
            return Err(CrlError::ExtensionTwice { oid: oid.to_string() });
        }
        seen.push(oid);
        match oid {
            CRL_NUMBER if critical => return Err(CrlError::Number),
            CRL_NUMBER => number = Some(Reader::new(value).unsigned()?.to_vec()),
            AUTHORITY_KEY_ID => key_id = authority_key_id(value)?.key_id,
            // Whoever does not understand it must not take the list for a complete one: hence critical.
            DELTA_CRL_INDICATOR if !critical => return Err(CrlError::Delta),
            DELTA_CRL_INDICATOR => base = Some(Reader::new(value).unsigned()?.to_vec()),
            ISSUING_DISTRIBUTION_POINT => scope = Scope::read(value, issuer)?,
            FRESHEST_CRL => has_freshest = true,
            EXPIRED_CERTS_ON_CRL => {
                expired_since = Some(Reader::whole(value, tag::GENERALIZED_TIME)?.time()?);
            }
            AUTHORITY_INFO_ACCESS => {}
            other if critical => return Err(CrlError::ExtensionUnknown { oid: other.to_string() }),
            _ => {}
        }
    }
    let number = number.ok_or(CrlError::Number)?;
    Ok(ListExtensions { number, key_id, scope, base, has_freshest, expired_since })
}

// Who may sign the list, with what.
fn list_key(
    algorithm: Oid,
    issuer: &Certificate,
    algorithms: AlgorithmPolicy,
) -> Result<(&PublicKey, Algorithm), CrlError> {
    let algorithm = Algorithm::from_oid(&algorithm)
        .ok_or_else(|| CrlError::AlgorithmUnknown { oid: algorithm.to_string() })?;
    if issuer.key_usage().is_some_and(|usage| usage & key_usage::CRL_SIGN == 0) {
        return Err(CrlError::IssuerKeyUsage);
    }
    let key = issuer.public_key().map_err(|error| CrlError::IssuerKey { reason: error.to_string() })?;
    if !algorithms.welcomes(algorithm, key) {
        return Err(CrlError::AlgorithmLegacy { algorithm });
    }
    Ok((key, algorithm))
}

#[derive(Default)]
struct Indexed {
    entries: SerialIndex,
    issuers: Box<[(u32, DistinguishedName)]>,
}

// Every entry is read wholly, so that a fault is found on arrival and not when somebody is judged by it.
fn index(der: &[u8], list: &Tlv<'_>, extensions: &ListExtensions) -> Result<Indexed, CrlError> {
    // An entry has at least 37 bytes with a 20-byte serial number; a little too much is given back below.
    let mut keys = Vec::with_capacity(list.value.len() / 37 + 1);
    let mut places = Vec::with_capacity(keys.capacity());
    let mut facts = Vec::with_capacity(keys.capacity());
    let mut issuers = Vec::new();
    let mut reader = list.reader();
    // `list` is a part of `der`, so this is where its contents begin.
    let begin = list.value.as_ptr().addr() - der.as_ptr().addr();
    while !reader.is_empty() {
        // Places fit: `MAX_BYTES` is below 2^32.
        let place = u32::try_from(begin + list.value.len() - reader.rest().len())
            .map_err(|_| CrlError::TooLarge { bytes: der.len(), limit: CrlIndex::MAX_BYTES })?;
        let entry = entry::read(&reader.read(tag::SEQUENCE)?)?;
        if entry.revoked.reason == RevocationReason::RemoveFromCrl && extensions.base.is_none() {
            // RFC 5280, 5.3.1: only delta lists take entries back.
            return Err(CrlError::Delta);
        }
        if let Some(issuer) = entry.issuer {
            if !extensions.scope.indirect {
                return Err(CrlError::Indirect);
            }
            issuers.push((place, issuer));
        }
        let key =
            padded(entry.serial).ok_or(DerError::Value { what: "a serial number of at most 20 bytes" })?;
        keys.push(key);
        places.push(place);
        facts.extend(Facts::of(&entry.revoked));
    }
    // One entry that says more than a date and a reason, or is another issuer's, and all are looked up in the list.
    let facts = if facts.len() == keys.len() && issuers.is_empty() {
        Facts::Entries(facts)
    } else {
        Facts::Places(places)
    };
    Ok(Indexed { entries: SerialIndex::of(&keys, &facts), issuers: issuers.into_boxed_slice() })
}
