//! The answer: read, found to be about our question, fresh, and signed by whom it must be.

use eush_sign::asn1::{DerError, Reader, Tlv, check_der, tag};
use eush_sign::oids::Oid;
use eush_sign::{Algorithm, DigestAlgorithm};

use super::request::{CertId, OcspRequest, key_bits, nonce};
use super::{NonceRule, OcspAnswer, OcspPolicy, OcspState, OcspStatus, ResponderSerial};
use crate::Timestamp;
use crate::certificate::{Certificate, key_usage};
use crate::chain::AlgorithmPolicy;
use crate::crl::{RevocationReason, Revoked};
use crate::validity;

/// Response type of RFC 6960, 4.2.1.
const BASIC: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.1");
/// Extension of RFC 6960, 4.4.8: the responder answers "revoked" about numbers that were never issued.
const EXTENDED_REVOKE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.9");
/// Extension of RFC 6960, 4.4.4: the responder keeps what it knows of certificates that expired since then.
const ARCHIVE_CUTOFF: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.6");
/// Extension of RFC 6960, 4.2.2.2.1: nobody need ask whether the responder's own certificate is revoked.
const NO_CHECK: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.5");
/// Extended key usage of responders.
const OCSP_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.9");
const MAX_BYTES: usize = 1 << 20;
const MAX_CERTIFICATES: usize = 8;
const MAX_DEPTH: u8 = 24;

/// Judges what came back for a request. Never errs: whatever is wrong is a state of its own.
pub fn judge_answer(
    der: &[u8],
    request: &OcspRequest,
    issuer: &Certificate,
    at: Timestamp,
    policy: &OcspPolicy,
) -> OcspState {
    judge(der, request, issuer, at, policy).unwrap_or_else(|not| match not {
        Not::Available(why) => OcspState::unavailable(why),
        Not::Trusted(why) => OcspState::Untrusted(why),
    })
}

enum Not {
    Available(&'static str),
    Trusted(String),
}

impl From<DerError> for Not {
    fn from(error: DerError) -> Self {
        Self::Trusted(format!("answer is malformed: {error}"))
    }
}

fn untrusted(why: &str) -> Not {
    Not::Trusted(why.to_owned())
}

fn judge(
    der: &[u8],
    request: &OcspRequest,
    issuer: &Certificate,
    at: Timestamp,
    policy: &OcspPolicy,
) -> Result<OcspState, Not> {
    let basic = basic_response(der)?;
    let data = ResponseData::read(&basic.tbs)?;
    match (&request.nonce, &data.nonce) {
        (Some(ours), Some(theirs)) if ours == theirs => {}
        (Some(_), Some(_)) => return Err(untrusted("nonce is another one")),
        (Some(_), None) if policy.nonce == NonceRule::Demand => return Err(untrusted("nonce is missing")),
        (Some(_), None) | (None, _) => {}
    }
    let signer = verify_signature(&basic, &data.responder, issuer, at, policy.algorithms)?;
    // An answer that says two things of one certificate is the responder's fault: the graver one counts.
    let about = data.singles.iter().filter(|single| is_about(&single.id, request, issuer));
    let single = about
        .max_by_key(|single| gravity(single.status))
        .ok_or_else(|| untrusted("answer is about another certificate"))?;
    // No sum leaves the calendar: an answer can name its last day.
    let horizon = at.saturating_add(policy.max_ahead);
    if single.this_update > horizon || data.produced_at > horizon {
        return Err(untrusted("answer is from the future"));
    }
    let fresh_until = single.next_update.unwrap_or(single.this_update.saturating_add(policy.max_age));
    if fresh_until < single.this_update {
        return Err(untrusted("nextUpdate is before thisUpdate"));
    }
    let status = match single.status {
        OcspStatus::Revoked(revoked) if data.extended_revoke && never_issued(revoked) => {
            OcspStatus::NotIssued
        }
        status
        @ (OcspStatus::Good | OcspStatus::NotIssued | OcspStatus::Revoked(_) | OcspStatus::Unknown) => status,
    };
    let answer = OcspAnswer {
        status,
        responder: signer.name,
        produced_at: data.produced_at,
        this_update: single.this_update,
        fresh_from: single.this_update.saturating_sub(policy.max_ahead),
        fresh_until,
        keeps_expired_since: single.archive_cutoff,
        unchecked_responder: signer.unchecked,
    };
    Ok(if at > fresh_until { OcspState::Stale(answer) } else { OcspState::Answer(answer) })
}

fn gravity(status: OcspStatus) -> u8 {
    match status {
        OcspStatus::Good => 0,
        OcspStatus::Unknown => 1,
        OcspStatus::Revoked(revoked) if revoked.reason == RevocationReason::CertificateHold => 2,
        OcspStatus::NotIssued | OcspStatus::Revoked(_) => 3,
    }
}

fn never_issued(revoked: Revoked) -> bool {
    revoked.reason == RevocationReason::CertificateHold && revoked.at == Timestamp::UNIX_EPOCH
}

// A responder may use another digest than we did, so that the identity is worked out again with its own.
fn is_about(id: &CertId, request: &OcspRequest, issuer: &Certificate) -> bool {
    if id.serial != request.id.serial {
        return false;
    }
    let same_name = id.issuer_name_hash == id.digest.digest(issuer.subject_dn().der());
    same_name && key_bits(issuer).is_ok_and(|bits| id.issuer_key_hash == id.digest.digest(bits))
}

struct Basic<'a> {
    tbs: Tlv<'a>,
    algorithm: Oid,
    signature: &'a [u8],
    certificates: Vec<Certificate>,
}

fn basic_response(der: &[u8]) -> Result<Basic<'_>, Not> {
    if der.is_empty() {
        return Err(Not::Available("answer is empty"));
    }
    if der.len() > MAX_BYTES {
        return Err(untrusted("answer is larger than 1 MiB"));
    }
    check_der(der, MAX_DEPTH)?;
    let mut outer = Reader::whole(der, tag::SEQUENCE)?.reader();
    match outer.read(tag::ENUMERATED)?.value {
        [0] => {}
        [2] => return Err(Not::Available("responder has an internal error")),
        [3] => return Err(Not::Available("responder says try later")),
        [1] => return Err(untrusted("responder calls the request malformed")),
        [5] => return Err(untrusted("responder demands a signed request")),
        [6] => return Err(untrusted("responder calls the request unauthorized")),
        _ => return Err(untrusted("status of the answer is unknown")),
    }
    let explicit = outer.read(tag::context_constructed(0))?;
    outer.finish()?;
    let mut bytes = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
    if bytes.oid()? != BASIC {
        return Err(untrusted("answer is of an unknown type"));
    }
    let response = bytes.octets()?;
    bytes.finish()?;
    check_der(response, MAX_DEPTH)?;
    let mut basic = Reader::whole(response, tag::SEQUENCE)?.reader();
    let tbs = basic.read(tag::SEQUENCE)?;
    let algorithm = basic.algorithm()?;
    let signature = basic.bit_bytes()?;
    let mut certificates = Vec::new();
    if let Some(explicit) = basic.optional(tag::context_constructed(0))? {
        let mut list = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
        while !list.is_empty() && certificates.len() < MAX_CERTIFICATES {
            // What cannot be read cannot be the responder's.
            certificates.extend(Certificate::parse(list.any()?.raw).ok());
        }
    }
    basic.finish()?;
    Ok(Basic { tbs, algorithm, signature, certificates })
}

enum Responder {
    Key(Vec<u8>),
    Name(Vec<u8>),
}

impl Responder {
    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => certificate.subject_dn().der() == name,
            // SHA-1 by definition, whatever else is in use (RFC 6960, 4.2.1): it names a key and proves nothing.
            Self::Key(hash) => {
                key_bits(certificate).is_ok_and(|bits| DigestAlgorithm::Sha1.digest(bits) == *hash)
            }
        }
    }
}

struct Single {
    id: CertId,
    status: OcspStatus,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    archive_cutoff: Option<Timestamp>,
}

struct ResponseData {
    responder: Responder,
    produced_at: Timestamp,
    singles: Vec<Single>,
    nonce: Option<Vec<u8>>,
    extended_revoke: bool,
}

impl ResponseData {
    fn read(tbs: &Tlv<'_>) -> Result<Self, Not> {
        let mut reader = tbs.reader();
        if let Some(version) = reader.optional(tag::context_constructed(0))?
            && Reader::new(version.value).small()? != 0
        {
            return Err(untrusted("version of the answer is unknown"));
        }
        let id = reader.any()?;
        let responder = match id.tag {
            0xa1 => Responder::Name(Reader::whole(id.value, tag::SEQUENCE)?.raw.to_vec()),
            0xa2 => Responder::Key(Reader::whole(id.value, tag::OCTET_STRING)?.value.to_vec()),
            _ => return Err(untrusted("responder is not named")),
        };
        let produced_at = reader.read(tag::GENERALIZED_TIME)?.time()?;
        let mut list = reader.sequence()?;
        let mut singles = Vec::new();
        while !list.is_empty() {
            singles.push(single(list.sequence()?)?);
        }
        let (mut echoed, mut extended_revoke) = (None, false);
        if let Some(explicit) = reader.optional(tag::context_constructed(1))? {
            let extensions = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
            echoed = nonce(extensions)?;
            extended_revoke = extension(extensions, EXTENDED_REVOKE)?.is_some();
        }
        reader.finish()?;
        Ok(Self { responder, produced_at, singles, nonce: echoed, extended_revoke })
    }
}

// The value of an extension. Criticality was looked at before.
fn extension<'a>(mut extensions: Reader<'a>, wanted: Oid) -> Result<Option<&'a [u8]>, DerError> {
    while !extensions.is_empty() {
        let mut extension = extensions.sequence()?;
        if extension.oid()? == wanted {
            let _critical = extension.optional(tag::BOOLEAN)?;
            return extension.octets().map(Some);
        }
    }
    Ok(None)
}

fn single(mut reader: Reader<'_>) -> Result<Single, Not> {
    const GOOD: u8 = tag::context(0);
    const REVOKED: u8 = tag::context_constructed(1);
    const UNKNOWN: u8 = tag::context(2);
    let id = CertId::read(reader.sequence()?)?;
    let told = reader.any()?;
    let status = match told.tag {
        GOOD if told.value.is_empty() => OcspStatus::Good,
        UNKNOWN if told.value.is_empty() => OcspStatus::Unknown,
        REVOKED => OcspStatus::Revoked(revoked(&told)?),
        _ => return Err(untrusted("status of the certificate is unreadable")),
    };
    let this_update = reader.read(tag::GENERALIZED_TIME)?.time()?;
    let next_update = match reader.optional(tag::context_constructed(0))? {
        Some(explicit) => Some(Reader::whole(explicit.value, tag::GENERALIZED_TIME)?.time()?),
        None => None,
    };
    let mut archive_cutoff = None;
    if let Some(explicit) = reader.optional(tag::context_constructed(1))? {
        let extensions = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
        // Read first to find a critical one that is not understood.
        let _ = nonce(extensions)?;
        if let Some(value) = extension(extensions, ARCHIVE_CUTOFF)? {
            archive_cutoff = Some(Reader::whole(value, tag::GENERALIZED_TIME)?.time()?);
        }
    }
    reader.finish()?;
    Ok(Single { id, status, this_update, next_update, archive_cutoff })
}

fn revoked(told: &Tlv<'_>) -> Result<Revoked, DerError> {
    let mut reader = told.reader();
    let at = reader.read(tag::GENERALIZED_TIME)?.time()?;
    let reason = match reader.optional(tag::context_constructed(0))? {
        Some(explicit) => match Reader::whole(explicit.value, tag::ENUMERATED)?.value {
            [code] => RevocationReason::from_code(u32::from(*code)),
            _ => None,
        }
        .ok_or(DerError::Value { what: "a known reason code" })?,
        None => RevocationReason::Unspecified,
    };
    reader.finish()?;
    Ok(Revoked::new(at, reason))
}

/// Whose key signed an answer.
struct SignedBy {
    name: String,
    /// Of a delegate whose own revocation is still to be asked about.
    unchecked: Option<ResponderSerial>,
}

// RFC 6960, 4.2.2.2: the issuer itself, or somebody whom the issuer itself certified for it.
fn verify_signature(
    basic: &Basic<'_>,
    responder: &Responder,
    issuer: &Certificate,
    at: Timestamp,
    algorithms: AlgorithmPolicy,
) -> Result<SignedBy, Not> {
    let algorithm = Algorithm::from_oid(&basic.algorithm)
        .ok_or_else(|| untrusted("answer is signed with an unknown algorithm"))?;
    let verifies = |certificate: &Certificate| {
        certificate.public_key().is_ok_and(|key| {
            algorithms.welcomes(algorithm, key)
                && key.verify(algorithm, basic.tbs.raw, basic.signature).is_ok()
        })
    };
    if responder.is(issuer) {
        return if verifies(issuer) {
            Ok(SignedBy { name: issuer.subject_dn().to_string(), unchecked: None })
        } else {
            Err(untrusted("signature of the answer does not hold"))
        };
    }
    let mut fault = untrusted("responder's certificate is missing");
    for delegate in basic.certificates.iter().filter(|one| responder.is(one)) {
        match delegated(delegate, issuer, at, algorithms) {
            Ok(()) if verifies(delegate) => {
                let exempt = delegate.extensions().unknown.contains(&NO_CHECK);
                let unchecked = (!exempt).then(|| ResponderSerial::of(delegate));
                return Ok(SignedBy { name: delegate.subject_dn().to_string(), unchecked });
            }
            Ok(()) => fault = untrusted("signature of the answer does not hold"),
            Err(why) => fault = untrusted(why),
        }
    }
    Err(fault)
}

fn delegated(
    delegate: &Certificate,
    issuer: &Certificate,
    at: Timestamp,
    algorithms: AlgorithmPolicy,
) -> Result<(), &'static str> {
    let usages = delegate.extensions().extended_key_usage.as_deref().unwrap_or_default();
    if !usages.contains(&OCSP_SIGNING) {
        return Err("responder is not certified for OCSP");
    }
    if delegate.key_usage().is_some_and(|usage| usage & key_usage::DIGITAL_SIGNATURE == 0) {
        return Err("responder's key usage does not allow signatures");
    }
    if !delegate.extensions().unhandled.is_empty() {
        return Err("responder's certificate has an unknown critical extension");
    }
    if !validity::within(delegate, at) {
        return Err("responder's certificate is outside its period");
    }
    if delegate.issuer_dn() != issuer.subject_dn() {
        return Err("responder is certified by another issuer");
    }
    let algorithm = delegate.algorithm().map_err(|_| "responder's certificate has an unknown algorithm")?;
    let key = issuer.public_key().map_err(|_| "issuer's key is unusable")?;
    if !algorithms.welcomes(algorithm, key) {
        return Err("algorithm of the responder's certificate is not welcome");
    }
    key.verify(algorithm, delegate.tbs(), delegate.signature())
        .map_err(|_| "signature of the responder's certificate does not hold")
}
