//! Whether the certificate is on its issuer's revoked list, by evidence that is fresh at the time of judgement.
//!
//! Each way of not knowing is its own answer, and none of them is "good": no evidence, evidence past its time, evidence
//! that could not be verified.

mod decide;
mod lists;

use std::sync::Arc;

use eush_domain::Rejection;

use crate::Timestamp;
use crate::certificate::Certificate;
use crate::chain::Chain;
use crate::crl::{CrlIndex, RevocationReason, Revoked};
use crate::finding::{Evidence, Failure, Finding, rfc3339};
use crate::ocsp::OcspState;
use crate::validity;

/// Whose revocation is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationScope {
    /// Every certificate below the anchor.
    #[default]
    Chain,
    /// The leaf alone; the finding warns that nobody asked about its issuers.
    Leaf,
}

/// What is asked of revocation evidence. Missing and stale evidence always refuse: there is no knob for that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevocationPolicy {
    /// Whose revocation is asked for.
    pub scope: RevocationScope,
}

/// Which evidence is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RevocationSource {
    /// Lists.
    #[default]
    Crl,
    /// A responder and nothing else.
    Ocsp,
    /// A responder; a fresh list only where the responder was not available. An answer that is not believed, or that says
    /// "unknown", never falls back.
    OcspThenCrl,
}

/// Revocation evidence at hand: verified lists, what came of asking responders, and issuers for whom only lists came that
/// could not be verified.
#[derive(Clone, Debug, Default)]
pub struct RevocationEvidence {
    source: RevocationSource,
    lists: Vec<Arc<CrlIndex>>,
    certified: Vec<(Arc<CrlIndex>, Chain)>,
    deltas: Vec<Arc<CrlIndex>>,
    answers: Vec<(Certificate, Certificate, OcspState)>,
    untrusted: Vec<(Vec<u8>, String)>,
}

impl RevocationEvidence {
    /// Evidence of lists; of several lists of one issuer the newest usable one counts.
    pub fn new(lists: Vec<Arc<CrlIndex>>) -> Self {
        Self { lists, ..Self::default() }
    }

    /// The same evidence, of which this is to be asked.
    #[must_use]
    pub fn asking(mut self, source: RevocationSource) -> Self {
        self.source = source;
        self
    }

    /// Which evidence is asked.
    pub fn source(&self) -> RevocationSource {
        self.source
    }

    /// Adds a list.
    pub fn add(&mut self, list: Arc<CrlIndex>) {
        self.lists.push(list);
    }

    /// Adds a delta list, which counts beside the complete list that it builds on. One that builds on a list we do not have
    /// changes nothing: the verdict then warns that a delta list is missing, where one was promised.
    pub fn add_delta(&mut self, delta: Arc<CrlIndex>) {
        self.deltas.push(delta);
    }

    /// Adds a list that somebody else than the certificates' issuer signs: an indirect one, or one by another key of the
    /// same name. `signer` is the chain of whoever signed it, as it was judged; it must end at the anchor of the chain that
    /// is asked about. Gives the list back where the chain is not its signer's.
    pub fn add_certified(&mut self, list: Arc<CrlIndex>, signer: &Chain) -> Result<(), Arc<CrlIndex>> {
        match signer.certificates().first() {
            Some(leaf) if list.is_of(leaf) => {
                self.certified.push((list, signer.clone()));
                Ok(())
            }
            Some(_) | None => Err(list),
        }
    }

    /// Adds what came of asking a responder about a certificate of this issuer. The newest added counts.
    pub fn add_answer(&mut self, certificate: &Certificate, issuer: &Certificate, state: OcspState) {
        self.answers.push((certificate.clone(), issuer.clone(), state));
    }

    /// What came of asking a responder about a certificate of this issuer; `None` where nobody asked.
    pub fn answer_about(&self, certificate: &Certificate, issuer: &Certificate) -> Option<&OcspState> {
        let mut newest_first = self.answers.iter().rev();
        newest_first.find(|row| row.0 == *certificate && row.1.spki() == issuer.spki()).map(|row| &row.2)
    }

    /// Remembers that a list came for this issuer and could not be verified, with the reason. It tells "untrusted" from
    /// "unavailable" and outweighs no verified list.
    pub fn add_untrusted(&mut self, issuer: &Certificate, reason: String) {
        self.untrusted.push((issuer.spki().to_vec(), reason));
    }

    /// Lists at hand.
    pub fn lists(&self) -> &[Arc<CrlIndex>] {
        &self.lists
    }
}

/// Asks the evidence about the chain, leaf first.
pub fn check(
    chain: &Chain,
    evidence: &RevocationEvidence,
    at: Timestamp,
    policy: &RevocationPolicy,
) -> Result<Finding, Failure> {
    check_all(chain, evidence, at, None, policy)
}

/// The same for something that was signed earlier, by evidence that is fresh at `at`: a revocation since then does not
/// reach back where its reason says so. Change of affiliation, replacement, end of operation and withdrawal of a privilege
/// do not; compromise of a key, no reason at all, and a hold do, and so does a date of invalidity before the signature. The
/// finding warns of a revocation that did not reach back. Evidence that was made after the certificate had expired counts
/// only where it says that it keeps expired certificates: others are dropped from lists.
pub fn check_signed(
    chain: &Chain,
    evidence: &RevocationEvidence,
    at: Timestamp,
    signed_at: Timestamp,
    policy: &RevocationPolicy,
) -> Result<Finding, Failure> {
    check_all(chain, evidence, at, Some(signed_at), policy)
}

fn check_all(
    chain: &Chain,
    evidence: &RevocationEvidence,
    at: Timestamp,
    signed_at: Option<Timestamp>,
    policy: &RevocationPolicy,
) -> Result<Finding, Failure> {
    let mut finding = Finding::default();
    for (position, (certificate, issuer)) in chain.links().enumerate() {
        let anchor = chain.certificates().last().unwrap_or(issuer);
        let asked = Asked { certificate, issuer, anchor, signed_at };
        let told = decide::about(&asked, evidence, at).map_err(|mut failure| {
            if position > 0 {
                failure.evidence.push(("issuerOf", chain.certificates()[position - 1].serial_hex()));
            }
            failure
        })?;
        match (position, policy.scope) {
            (0, _) => finding = Finding { evidence: told.evidence, warnings: told.warnings },
            (_, RevocationScope::Chain) => finding.evidence.push(("issuerChecked", certificate.serial_hex())),
            (_, RevocationScope::Leaf) => {}
        }
        if policy.scope == RevocationScope::Leaf {
            if chain.certificates().len() > 2 {
                finding.warnings.push("issuer-revocation-not-asked");
            }
            break;
        }
    }
    if chain.certificates().len() < 2 {
        // An anchor is trusted by decree and taken back by decree: nobody publishes a list about it.
        finding.warnings.push("anchor-itself");
    }
    Ok(finding)
}

/// Whose revocation is asked.
struct Asked<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    anchor: &'a Certificate,
    signed_at: Option<Timestamp>,
}

/// What was looked at on the way.
#[derive(Default)]
struct Told {
    evidence: Evidence,
    warnings: Vec<&'static str>,
}

impl Told {
    fn say(&mut self, key: &'static str, value: String) {
        self.evidence.push((key, value));
    }
}

impl Asked<'_> {
    /// Whether the certificate had expired when evidence was made. Only a document that was signed before brings that
    /// question: what is judged for a given instant is within its period then, or fails for that.
    fn has_expired_by(&self, made: Timestamp) -> bool {
        self.signed_at.is_some()
            && !validity::within(self.certificate, made)
            && made > self.certificate.not_before()
    }

    /// RFC 5280, 3.3: an issuer may drop an entry once its certificate has expired. That it is not there then proves
    /// nothing, unless the evidence says that it keeps such entries.
    fn forgotten(&self, mut told: Told) -> Failure {
        let fault =
            "certificate had expired when this evidence was made, which does not say that it keeps such";
        told.say("fault", fault.to_owned());
        told.say("notAfter", rfc3339(self.certificate.not_after()));
        Failure::new(Rejection::RevocationUnavailable, told.evidence)
    }
}

/// What being revoked comes to: nearly always a refusal.
fn judge_revoked(revoked: Revoked, asked: &Asked<'_>, mut told: Told) -> Result<Told, Failure> {
    told.say("reason", revoked.reason.name().to_owned());
    told.say("revokedAt", rfc3339(revoked.at));
    if let Some(since) = revoked.invalid_since {
        told.say("invalidSince", rfc3339(since));
    }
    let rejection = match revoked.reason {
        RevocationReason::CertificateHold => Rejection::CertificateOnHold,
        RevocationReason::AaCompromise
        | RevocationReason::AffiliationChanged
        | RevocationReason::CaCompromise
        | RevocationReason::CessationOfOperation
        | RevocationReason::KeyCompromise
        | RevocationReason::PrivilegeWithdrawn
        | RevocationReason::RemoveFromCrl
        | RevocationReason::Superseded
        | RevocationReason::Unspecified => Rejection::CertificateRevoked,
    };
    match asked.signed_at {
        Some(signed_at) if !revoked.reason.reaches_back() && revoked.counts_from() > signed_at => {
            told.warnings.push("revoked-after-signing");
            Ok(told)
        }
        Some(_) | None => Err(Failure::new(rejection, told.evidence)),
    }
}
