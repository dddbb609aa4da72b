//! The responder (RFC 6960): what is asked, what is known of it, and an answer signed for its authority.
//!
//! Answers to questions without a nonce are kept and given again until the state of their certificate changes or the
//! authority's time has moved on by [`KEEP_FOR`]: an answer without nextUpdate is good for a few minutes only. They are
//! signed ahead of the first question ([`ahead`]).

mod ahead;
mod answer;
mod request;
mod responder;

use std::collections::HashMap;
use std::sync::Arc;

use eush_domain::Timestamp;
use eush_sign::DigestAlgorithm;
use eush_sign::asn1::{DerError, Reader, tag, writer};
use time::Duration;

use crate::authority::{Authority, State};
use crate::certificate::{hex, subject_name};
use crate::error::{PublishError, StoreError};
use crate::fault::{AnswerFate, AnswerSpoil, PublicationFault, PublicationPoint};
use crate::hierarchy::{Issuer, Level, Standing};
use crate::key;
use crate::model::{AnswerLife, Defect};
use crate::profile::ResponderPurpose;
use crate::publish::Served;
use crate::store;
use crate::store::lists::{self, ResponderRow};

use answer::{Answer, Refusal, Status};

pub use ahead::SignedAhead;
pub(crate) use request::MAX_BYTES;
use request::{CertId, Request};
use responder::Responder;

/// How long an answer without nextUpdate is given again, by the authority's time. Readers take them for five minutes.
const KEEP_FOR: Duration = Duration::MINUTE;
/// Most answers kept. Past it all are forgotten: who asks about so many measures, and does not mind.
const MAX_KEPT: usize = 10_000;
/// The nonce of [`PublicationFault::OldNonce`]: somebody's, of another day.
const OLD_NONCE: &[u8; 8] = b"yesterda";
const GARBAGE: &[u8] = b"\x30\x82\x01\x0aThese bytes are no answer.";

/// What the responders have in memory.
#[derive(Default)]
pub(crate) struct Answers {
    life: AnswerLife,
    /// One more with each change of what is known.
    generation: u64,
    kept: HashMap<Vec<u8>, Kept>,
    responders: HashMap<i64, Arc<Responder>>,
}

struct Kept {
    /// Whom it is about, upper-case hex.
    serial: String,
    produced_at: Timestamp,
    der: Vec<u8>,
}

impl Answers {
    /// What was said no longer holds.
    fn forget(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        self.kept.clear();
    }

    /// What was said of a serial number no longer holds.
    pub(crate) fn forget_about(&mut self, serial: &str) {
        self.generation = self.generation.wrapping_add(1);
        self.kept.retain(|_, kept| kept.serial != serial);
    }

    /// What was said, and who says it, no longer holds.
    pub(crate) fn restart(&mut self) {
        self.forget();
        self.responders.clear();
    }

    fn keep(&mut self, id: Vec<u8>, kept: Kept) {
        if self.kept.len() >= MAX_KEPT {
            self.kept.clear();
        }
        self.kept.insert(id, kept);
    }

    fn kept(&self, id: &[u8], now: Timestamp) -> Option<Vec<u8>> {
        let keep_for = self.keep_for();
        self.kept.get(id).filter(|kept| now - kept.produced_at <= keep_for).map(|kept| kept.der.clone())
    }

    fn keep_for(&self) -> Duration {
        match self.life {
            AnswerLife::Unstated => KEEP_FOR,
            AnswerLife::Stated(life) => life / 2,
        }
    }
}

/// What one question comes to, before anything is signed.
struct Draft {
    issuer: Issuer,
    spoil: Option<AnswerSpoil>,
    singles: Vec<(CertId, Status)>,
    now: Timestamp,
    life: AnswerLife,
    generation: u64,
    responder: Arc<Responder>,
    base_url: String,
}

enum Course {
    Drafted(Box<Draft>),
    Settled(Served),
}

impl Authority {
    /// Says whether answers tell how long they are good, from now on. They do not unless told, as the national
    /// authority's.
    pub fn set_answer_life(&self, life: AnswerLife) {
        let mut state = self.state();
        state.answers.life = life;
        state.answers.forget();
    }

    /// What the responder says to a request, DER in and out. Whatever is wrong is told in the answer, as RFC 6960 has it.
    /// `None` where a fault is in force that leaves nothing to say.
    pub fn answer_ocsp(&self, request: &[u8]) -> Option<Vec<u8>> {
        match self.served_answer(request) {
            Served::File(der) => Some(der),
            Served::Held | Served::Html | Served::Reset => None,
        }
    }

    pub(crate) fn served_answer(&self, request: &[u8]) -> Served {
        let Ok(request) = Request::parse(request) else {
            return Served::File(Refusal::MalformedRequest.der());
        };
        self.answer(request).unwrap_or_else(|error| {
            tracing::error!(%error, "question could not be answered");
            Served::File(Refusal::InternalError.der())
        })
    }

    fn answer(&self, request: Request) -> Result<Served, PublishError> {
        let Some(issuer) = issuer_of(&self.state(), &request)? else {
            return Ok(Served::File(Refusal::Unauthorized.der()));
        };
        self.prepare_responder(&issuer)?;
        let draft = match draft(&mut self.state(), issuer, &request)? {
            Course::Drafted(draft) => draft,
            Course::Settled(served) => return Ok(served),
        };
        // Without the lock: others may ask and revoke meanwhile.
        let der = draft.sign(request.nonce.as_deref())?;
        if request.nonce.is_none() {
            self.keep(&draft, &der);
        }
        Ok(Served::File(der))
    }

    /// Keeps an answer to a question without a nonce about one certificate.
    fn keep(&self, draft: &Draft, der: &[u8]) {
        let ([(id, _)], None) = (&draft.singles[..], draft.spoil) else { return };
        let mut state = self.state();
        // What changed meanwhile is not told by this answer: it is given once and not kept.
        if state.answers.generation == draft.generation {
            let kept = Kept { serial: hex(&id.serial), produced_at: draft.now, der: der.to_vec() };
            state.answers.keep(id.der.clone(), kept);
        }
    }

    /// Makes or loads the responder of an authority.
    fn prepare_responder(&self, issuer: &Issuer) -> Result<(), PublishError> {
        if self.state().answers.responders.contains_key(&issuer.id) {
            return Ok(());
        }
        let _making = self.making();
        let base_url = {
            let mut state = self.state();
            if state.answers.responders.contains_key(&issuer.id) {
                return Ok(());
            }
            if let Some(row) = lists::responder(state.store.connection(), issuer.id)? {
                state.answers.responders.insert(issuer.id, Arc::new(Responder::load(row)?));
                return Ok(());
            }
            state.base_url.clone()
        };
        let key = key::generate(issuer.algorithm)?;
        let certificate = responder::certify(issuer, &key, ResponderPurpose::Ocsp, &base_url)?;
        let row = ResponderRow { certificate, key: key.pkcs8_der().to_vec() };
        let mut state = self.state();
        lists::add_responder(state.store.connection(), issuer.id, &row)?;
        state.answers.responders.insert(issuer.id, Arc::new(Responder::load(row)?));
        Ok(())
    }
}

/// The one authority whose certificates a request is about; `None` where one of them is nobody's here, or where they are
/// not all of the same: one signature cannot speak for two.
fn issuer_of(state: &State, request: &Request) -> Result<Option<Issuer>, PublishError> {
    for issuer in &state.issuers {
        let name = subject_name(&issuer.certificate)?;
        let public = issuer.key.public_key();
        let bits = key_bits(public.spki_der())?;
        let is_meant = |id: &CertId| {
            let digest = |bytes: &[u8]| id.digest.map(|digest: DigestAlgorithm| digest.digest(bytes));
            digest(&name).is_some_and(|hash| hash == id.issuer_name)
                && digest(bits).is_some_and(|hash| hash == id.issuer_key)
        };
        if request.ids.iter().all(is_meant) {
            return Ok(Some(issuer.clone()));
        }
    }
    Ok(None)
}

fn key_bits(spki: &[u8]) -> Result<&[u8], DerError> {
    let mut parts = Reader::whole(spki, tag::SEQUENCE)?.reader();
    let _algorithm = parts.sequence()?;
    parts.bit_bytes()
}

fn draft(state: &mut State, issuer: Issuer, request: &Request) -> Result<Course, PublishError> {
    let settled = |refusal: Refusal| Ok(Course::Settled(Served::File(refusal.der())));
    let fault = match issuer.standing {
        Standing::Trusted => state.faults.meet(issuer.algorithm, PublicationPoint::Ocsp),
        Standing::Broken | Standing::Untrusted => None,
    };
    let spoil = match fault.and_then(PublicationFault::answer) {
        None => None,
        Some(AnswerFate::Garbage) => return Ok(Course::Settled(Served::File(GARBAGE.to_vec()))),
        Some(AnswerFate::Held) => return Ok(Course::Settled(Served::Held)),
        Some(AnswerFate::InternalError) => return settled(Refusal::InternalError),
        Some(AnswerFate::Reset) => return Ok(Course::Settled(Served::Reset)),
        Some(AnswerFate::Spoiled(spoil)) => Some(spoil),
        Some(AnswerFate::TryLater) => return settled(Refusal::TryLater),
        Some(AnswerFate::Unauthorized) => return settled(Refusal::Unauthorized),
    };
    if let ([id], None, None) = (&request.ids[..], &request.nonce, spoil)
        && let Some(der) = state.answers.kept(&id.der, state.now)
    {
        return Ok(Course::Settled(Served::File(der)));
    }
    Ok(Course::Drafted(Box::new(compose(state, issuer, &request.ids, spoil)?)))
}

fn compose(
    state: &State,
    issuer: Issuer,
    ids: &[CertId],
    spoil: Option<AnswerSpoil>,
) -> Result<Draft, StoreError> {
    let responder = state.answers.responders.get(&issuer.id).cloned();
    let responder = responder.ok_or(StoreError::Corrupt { what: "responder" })?;
    let singles = ids
        .iter()
        .map(|id| Ok((id.clone(), status(state, &issuer, &responder, &hex(&id.serial))?)))
        .collect::<Result<_, StoreError>>()?;
    Ok(Draft {
        issuer,
        spoil,
        singles,
        now: state.now,
        life: state.answers.life,
        generation: state.answers.generation,
        responder,
        base_url: state.base_url.clone(),
    })
}

fn status(state: &State, issuer: &Issuer, responder: &Responder, serial: &str) -> Result<Status, StoreError> {
    let connection = state.store.connection();
    let issued = match store::by_serial(connection, serial)? {
        Some(row) => row.issuer == issuer.id && row.defect != Some(Defect::NotIssued),
        None => {
            responder.serial == serial
                || state.issuers.iter().any(|one| {
                    let below =
                        one.standing.of_root() == issuer.standing && one.algorithm == issuer.algorithm;
                    issuer.level == Level::Root && below && one.serial == serial
                })
        }
    };
    if !issued {
        return Ok(Status::NeverIssued);
    }
    Ok(lists::revocation_of(connection, serial)?.map_or(Status::Good, Status::Revoked))
}

impl Draft {
    fn sign(&self, nonce: Option<&[u8]>) -> Result<Vec<u8>, PublishError> {
        let wrong_responder = match self.spoil {
            Some(AnswerSpoil::WrongResponder) => {
                let purpose = ResponderPurpose::Mail;
                Some(responder::certify(&self.issuer, &self.responder.key, purpose, &self.base_url)?)
            }
            Some(
                AnswerSpoil::NeverIssued
                | AnswerSpoil::OldNonce
                | AnswerSpoil::Stale
                | AnswerSpoil::WrongCertId,
            )
            | None => None,
        };
        let single = |(id, status): &(CertId, Status)| -> Result<_, DerError> {
            Ok(match self.spoil {
                Some(AnswerSpoil::NeverIssued) => (id.der.clone(), Status::NeverIssued),
                Some(AnswerSpoil::WrongCertId) => (id.next()?, *status),
                Some(AnswerSpoil::OldNonce | AnswerSpoil::Stale | AnswerSpoil::WrongResponder) | None => {
                    (id.der.clone(), *status)
                }
            })
        };
        let nonce = match self.spoil {
            Some(AnswerSpoil::OldNonce) => Some(writer::octets(OLD_NONCE)),
            Some(
                AnswerSpoil::NeverIssued
                | AnswerSpoil::Stale
                | AnswerSpoil::WrongCertId
                | AnswerSpoil::WrongResponder,
            )
            | None => nonce.map(<[u8]>::to_vec),
        };
        let (produced_at, next_update) = self.times();
        let answer = Answer {
            responder: &self.responder.name,
            certificate: wrong_responder.as_ref().unwrap_or(&self.responder.certificate),
            produced_at,
            next_update,
            singles: self.singles.iter().map(single).collect::<Result<_, _>>()?,
            nonce,
        };
        answer.sign(&self.responder.key)
    }

    /// When the answer is made, and until when it says to hold.
    fn times(&self) -> (Timestamp, Option<Timestamp>) {
        if self.spoil == Some(AnswerSpoil::Stale) {
            let made = self.now.saturating_sub(Duration::days(2));
            return (made, Some(made.saturating_add(Duration::DAY)));
        }
        let until = match self.life {
            AnswerLife::Unstated => None,
            AnswerLife::Stated(life) => Some(self.now.saturating_add(life)),
        };
        (self.now, until)
    }
}
