//! The certificate is not revoked, by evidence that is at hand, verified and fresh: lists, a responder, or both, as the
//! policy says.

use eush_domain::{Rejection, Timestamp};
use eush_pki::{Chain, Failure, OcspState, RevocationScope, RevocationSource};

use super::{Checked, Passed, Unmet, told};
use crate::ports::{EvidenceSnapshot, Link};

/// Proof that the certificate is not revoked.
#[derive(Debug)]
pub(crate) struct NotRevoked(());

/// Without a chain there is no issuer whose list could be asked, so the answer is a refusal even where the profile owes
/// no chain (where one is owed, its own failure stands first): absence from a list that nobody has is no finding.
///
/// Where somebody has yet to be asked it is a refusal too, which names the links: the use case has them asked about and
/// judges again.
pub(crate) fn check(
    chain: &Result<Chain, Failure>,
    evidence: &EvidenceSnapshot,
    now: Timestamp,
) -> Checked<NotRevoked> {
    let chain = chain
        .as_ref()
        .map_err(|_| Unmet::with(Rejection::RevocationUnavailable, "issuer=not-trusted").borrowed())?;
    let unasked = unasked(chain, evidence);
    let judged = eush_pki::revocation::check(chain, &evidence.revocation, now, &evidence.revocation_policy);
    match judged {
        // A list does not stand in for a responder that the policy asks first.
        Ok(_) if unasked.iter().any(|link| is_unanswered(link, evidence)) => {
            Err(Unmet { unasked, ..Unmet::with(Rejection::RevocationUnavailable, "ocsp=not-asked") })
        }
        Ok(finding) => Ok(Passed { proof: NotRevoked(()), evidence: told(&finding) }),
        Err(failure) => Err(Unmet { unasked, ..failure.into() }),
    }
}

fn is_unanswered(link: &Link, evidence: &EvidenceSnapshot) -> bool {
    let answer = evidence.revocation.answer_about(&link.certificate, &link.issuer);
    match evidence.revocation.source() {
        RevocationSource::Crl => false,
        RevocationSource::Ocsp | RevocationSource::OcspThenCrl => answer.is_none(),
    }
}

/// Links of the chain for which the picture lacks what somebody could still be asked for: a responder's answer, or any list
/// of the issuer's.
pub(crate) fn unasked(chain: &Chain, evidence: &EvidenceSnapshot) -> Vec<Link> {
    let scope = match evidence.revocation_policy.scope {
        RevocationScope::Chain => usize::MAX,
        RevocationScope::Leaf => 1,
    };
    let revocation = &evidence.revocation;
    let lacks = |link: &Link| {
        let answer = revocation.answer_about(&link.certificate, &link.issuer);
        let lacks_list = || !revocation.lists().iter().any(|list| list.is_of(&link.issuer));
        match (revocation.source(), answer) {
            (RevocationSource::Crl, _) => lacks_list(),
            (RevocationSource::Ocsp | RevocationSource::OcspThenCrl, None) => true,
            (RevocationSource::OcspThenCrl, Some(OcspState::Unavailable(_))) => lacks_list(),
            (
                RevocationSource::Ocsp | RevocationSource::OcspThenCrl,
                Some(
                    OcspState::Answer(_)
                    | OcspState::Stale(_)
                    | OcspState::Unavailable(_)
                    | OcspState::Untrusted(_),
                ),
            ) => false,
        }
    };
    let links = chain.links().take(scope);
    let links =
        links.map(|(certificate, issuer)| Link { certificate: certificate.clone(), issuer: issuer.clone() });
    links.filter(lacks).collect()
}
