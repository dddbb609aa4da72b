//! The number in the request is the one in the certificate.

use eush_acts::model::Signer;
use eush_domain::{Bin, Rejection};
use eush_pki::Expected;

use super::signature::Presented;
use super::{Checked, Passed, Unmet, told};
use crate::envelope::{Envelope, Query};
use crate::party::Party;
use crate::ports::SenderEntry;
use crate::profile::DeskSigner;
use crate::result::SignedResult;

/// Proof that the certificate is the declared signer's.
#[derive(Debug)]
pub(crate) struct SubjectMatches(());

/// For a signed request. Who signs is the flow's; at a desk it is the switch's (DECISIONS 7).
pub(crate) fn check(
    presented: &Presented,
    envelope: &Envelope,
    signer: Signer,
    desk: DeskSigner,
    entry: &SenderEntry,
) -> Checked<SubjectMatches> {
    match (signer, desk) {
        (Signer::Operator, DeskSigner::Operator) => operator(presented, envelope, entry.bin),
        (Signer::Operator, DeskSigner::Applicant) => compare(presented, &[expected(envelope.applicant)]),
        (Signer::Applicant | Signer::Nobody, _) => applicant(presented, envelope),
    }
}

fn expected(party: Party) -> Expected {
    match party {
        Party::Bin(bin) => Expected::Bin(bin),
        Party::Iin(iin) => Expected::Iin(iin),
    }
}

// The operator's own declared number, in a certificate of the organisation that runs the desk.
fn operator(presented: &Presented, envelope: &Envelope, bin: Option<Bin>) -> Checked<SubjectMatches> {
    let bin = bin.ok_or_else(|| Unmet::with(Rejection::BinMismatch, "sender-bin=none"))?;
    compare(presented, &[expected(envelope.signer), Expected::Bin(bin)])
}

// Nobody signs for another: a declared signer who is not the applicant is a mismatch before any certificate is read. An
// organisation's request is signed by a person of it.
fn applicant(presented: &Presented, envelope: &Envelope) -> Checked<SubjectMatches> {
    let other = |rejection| Err(Unmet::with(rejection, "declared-signer=not-the-applicant"));
    match (envelope.applicant, envelope.signer) {
        (Party::Iin(applicant), Party::Iin(signer)) if applicant != signer => other(Rejection::IinMismatch),
        (Party::Iin(_), Party::Bin(_)) => other(Rejection::IinMismatch),
        (Party::Bin(applicant), Party::Bin(signer)) if applicant != signer => other(Rejection::BinMismatch),
        (Party::Bin(applicant), Party::Iin(signer)) => {
            compare(presented, &[Expected::Iin(signer), Expected::Bin(applicant)])
        }
        (Party::Bin(_), Party::Bin(_)) | (Party::Iin(_), Party::Iin(_)) => {
            compare(presented, &[expected(envelope.signer)])
        }
    }
}

/// For a question: the asking system, declared in the question, of the sender's own organisation.
pub(crate) fn check_system(
    presented: &Presented,
    query: &Query,
    entry: &SenderEntry,
) -> Checked<SubjectMatches> {
    if Some(query.asking_bin) != entry.bin {
        return Err(Unmet::with(Rejection::BinMismatch, "asking-bin=not-the-sender's"));
    }
    if entry.system.as_ref() != Some(&query.asking_system) {
        return Err(Unmet::with(Rejection::SystemMismatch, "asking-system=not-the-sender's"));
    }
    let system = Expected::System { bin: query.asking_bin, system: query.asking_system.clone() };
    compare(presented, &[system])
}

/// For a result: a certificate of the provider, who must be the one that the regulation names. A provider that the
/// directory does not know cannot be matched, and is refused.
pub(crate) fn check_provider(
    presented: &Presented,
    result: &SignedResult,
    provider: Option<Bin>,
) -> Checked<SubjectMatches> {
    if provider != Some(result.provider) {
        return Err(Unmet::with(Rejection::BinMismatch, "provider-bin=not-the-regulation's"));
    }
    compare(presented, &[Expected::Bin(result.provider)])
}

fn compare(presented: &Presented, expected: &[Expected]) -> Checked<SubjectMatches> {
    let mut evidence = Vec::new();
    for expected in expected {
        let finding = eush_pki::subject::check(presented.certificate(), expected)?;
        evidence.extend(told(&finding));
    }
    Ok(Passed { proof: SubjectMatches(()), evidence })
}
