//! Every check, in order. Nothing reaches an agency without passing here: [`Cleared`] is made in this file alone, out of
//! one proof, or one act item that does not ask for it, for every check; and dispatch takes nothing else.

mod candidate;
mod proofs;

use eush_acts::Catalogue;
use eush_acts::model::{ChannelFlow, Item, Regulation};
use eush_domain::{AgencyId, Bin, FlowId, Rejection, Timestamp};
use serde::{Deserialize, Serialize};

use crate::bytes::SignedDocument;
use crate::checks::process::Named;
use crate::checks::{
    Unmet, agreement, chain, channel, operator, process, revocation, role, sender, service, signature,
    subject, validity,
};
use crate::engine;
use crate::envelope::{Credentials, Envelope, Query};
use crate::finding::{CheckId as Id, Finding};
use crate::message::{MessageRecord, MessageState};
use crate::ports::{Directory, EvidenceSnapshot, SenderEntry};
use crate::profile::{Duty, Policy, Profile, duty, question_duty, result_duty};
use crate::refusal::Refusal;
use crate::result::SignedResult;
pub(crate) use crate::tally::NotCleared;
use crate::tally::Tally;
pub(crate) use candidate::Candidate;
use proofs::{QueryProofs, RequestProofs, ResultProofs, SignerProofs};

/// Clears a signed request: every check, in order.
#[rustfmt::skip] // One check a line.
pub(crate) fn clear(candidate: &Candidate<Envelope>, from: &Credentials, grounds: &Grounds<'_>) -> Result<Cleared<Envelope>, NotCleared> {
    let envelope = &candidate.message;
    let Grounds { now, policy, catalogue, evidence, named, .. } = *grounds;
    let entry = grounds.directory.sender(&from.sender);
    let (regulation, flow) = find(catalogue, envelope);
    let mut tally = grounds.tally(&Id::ALL);

    let sender = tally.run(Id::Sender, Duty::always(), || sender::check(from, entry.as_deref()));
    let agreement = tally.run(Id::Agreement, Duty::always(), || agreement::check(known(&entry)?, &envelope.service, flow, catalogue));
    let service = tally.run(Id::Service, Duty::always(), || service::check(&envelope.service, regulation, catalogue));
    let channel = tally.run(Id::Channel, Duty::always(), || channel::check(&envelope.service, flow));
    let (Some(regulation), Some(flow)) = (regulation, flow) else { return Err(tally.refuse()) };
    let owes = |check| duty(check, regulation, flow, policy);
    let operator = tally.run(Id::Operator, owes(Id::Operator), || operator::check(known(&entry)?, &envelope.signer));
    let process = tally.run(Id::Process, Duty::always(), || process::check(envelope, named, flow));

    let shown = || candidate.shown();
    let path = || candidate.path(evidence, now);
    let signature = tally.run(Id::Signature, owes(Id::Signature), || signature::check(shown()));
    let chain = tally.run(Id::Chain, owes(Id::Chain), || chain::check(judged(path())?));
    let validity = tally.run(Id::Validity, owes(Id::Validity), || validity::check(judged(shown())?, now));
    let revocation = tally.run(Id::Revocation, owes(Id::Revocation), || revocation::check(judged(path())?, evidence, now));
    let subject = tally.run(Id::Subject, owes(Id::Subject), || subject::check(judged(shown())?, envelope, flow.signer, policy.desk_signer, known(&entry)?));
    let role = tally.run(Id::Role, owes(Id::Role), || role::check(judged(shown())?, &flow.signer_roles));

    let signer = SignerProofs::gather(signature, chain, validity, revocation, subject, role);
    let proofs = RequestProofs::gather(sender, agreement, service, channel, operator, process, signer);
    let (Some(proofs), Some(route)) = (proofs, engine::route(flow)) else { return Err(tally.refuse()) };
    let route = Bound { flow: Some(flow.id.clone()), agency: route.agency.clone() };
    Ok(Cleared::new(envelope.clone(), proofs.lifted(), route, tally.into_findings(), policy.profile))
}

/// Clears one question of a message to registers. `all` are the message's.
#[rustfmt::skip] // One check a line.
pub(crate) fn clear_query(
    all: &[Query],
    candidate: &Candidate<Query>,
    from: &Credentials,
    flow: Option<(&Regulation, &ChannelFlow)>,
    grounds: &Grounds<'_>,
) -> Result<Cleared<Query>, NotCleared> {
    let query = &candidate.message;
    let Grounds { now, policy, catalogue, evidence, named, .. } = *grounds;
    let entry = grounds.directory.sender(&from.sender);
    let mut tally = grounds.tally(&QUERY_CHECKS);
    let asking = flow.and_then(|(regulation, flow)| asking_item(regulation, flow, named));
    let owes = |_check: Id| question_duty(asking, policy);
    let channel = flow.map(|(_, flow)| flow);

    let sender = tally.run(Id::Sender, Duty::always(), || sender::check(from, entry.as_deref()));
    let agreement = tally.run(Id::Agreement, Duty::always(), || agreement::check(known(&entry)?, &query.service, channel, catalogue));
    let service = tally.run(Id::Service, Duty::always(), || service::check_register(&query.service, catalogue));
    let process = tally.run(Id::Process, Duty::always(), || process::check_lookup(all, &from.sender, named, channel));

    let shown = || candidate.shown();
    let path = || candidate.path(evidence, now);
    let signature = tally.run(Id::Signature, owes(Id::Signature), || signature::check(shown()));
    let chain = tally.run(Id::Chain, owes(Id::Chain), || chain::check(judged(path())?));
    let validity = tally.run(Id::Validity, owes(Id::Validity), || validity::check(judged(shown())?, now));
    let revocation = tally.run(Id::Revocation, owes(Id::Revocation), || revocation::check(judged(path())?, evidence, now));
    let subject = tally.run(Id::Subject, owes(Id::Subject), || subject::check_system(judged(shown())?, query, known(&entry)?));
    let role = tally.run(Id::Role, owes(Id::Role), || role::check(judged(shown())?, role::SYSTEMS));

    let signer = SignerProofs::gather(signature, chain, validity, revocation, subject, role);
    let proofs = QueryProofs::gather(sender, agreement, service, process, signer);
    let (Some(proofs), Some(agency)) = (proofs, catalogue.service(&query.service)) else { return Err(tally.refuse()) };
    let route = Bound { flow: channel.map(|flow| flow.id.clone()), agency: agency.clone() };
    Ok(Cleared::new(query.clone(), proofs.lifted(), route, tally.into_findings(), policy.profile))
}

/// Clears a provider's signed result. Its sender and its place in the process are checked by the use case.
#[rustfmt::skip] // One check a line.
pub(crate) fn clear_result(
    candidate: &Candidate<SignedResult>,
    provider: Option<Bin>,
    agency: &AgencyId,
    (regulation, flow): (&Regulation, &ChannelFlow),
    grounds: &Grounds<'_>,
) -> Result<Cleared<SignedResult>, NotCleared> {
    let result = &candidate.message;
    let Grounds { now, policy, evidence, .. } = *grounds;
    let mut tally = grounds.tally(&RESULT_CHECKS);
    let owes = |_check: Id| result_duty(regulation, policy);

    let shown = || candidate.shown();
    let path = || candidate.path(evidence, now);
    let signature = tally.run(Id::Signature, owes(Id::Signature), || signature::check(shown()));
    let chain = tally.run(Id::Chain, owes(Id::Chain), || chain::check(judged(path())?));
    let validity = tally.run(Id::Validity, owes(Id::Validity), || validity::check(judged(shown())?, now));
    let revocation = tally.run(Id::Revocation, owes(Id::Revocation), || revocation::check(judged(path())?, evidence, now));
    let subject = tally.run(Id::Subject, owes(Id::Subject), || subject::check_provider(judged(shown())?, result, provider));
    let role = tally.run(Id::Role, owes(Id::Role), || role::check(judged(shown())?, role::PROVIDERS));

    let signer = SignerProofs::gather(signature, chain, validity, revocation, subject, role);
    let Some(proofs) = ResultProofs::gather(signer) else { return Err(tally.refuse().map(Refusal::into_result_refusal)) };
    let route = Bound { flow: Some(flow.id.clone()), agency: agency.clone() };
    Ok(Cleared::new(result.clone(), proofs.lifted(), route, tally.into_findings(), policy.profile))
}

/// Checks of a question, in order.
const QUERY_CHECKS: [Id; 10] = [
    Id::Sender,
    Id::Agreement,
    Id::Service,
    Id::Process,
    Id::Signature,
    Id::Chain,
    Id::Validity,
    Id::Revocation,
    Id::Subject,
    Id::Role,
];

/// Checks of a result, in order.
const RESULT_CHECKS: [Id; 6] =
    [Id::Signature, Id::Chain, Id::Validity, Id::Revocation, Id::Subject, Id::Role];

/// What a message is judged by. One picture for the whole of it.
#[derive(Clone, Copy)]
pub(crate) struct Grounds<'a> {
    /// Virtual time of judgement.
    pub(crate) now: Timestamp,
    pub(crate) policy: Policy,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) directory: &'a dyn Directory,
    pub(crate) evidence: &'a EvidenceSnapshot,
    /// The application that the message names.
    pub(crate) named: Named<'a>,
    /// For the load-bearing tests alone.
    #[cfg(test)]
    pub(crate) left_out: &'a [Id],
}

impl Grounds<'_> {
    fn tally(&self, checks: &'static [Id]) -> Tally {
        let tally = Tally::new(checks, self.policy.diagnosis);
        #[cfg(test)]
        let tally = tally.leaving_out(self.left_out);
        tally
    }
}

/// The regulation and channel that a request names, as far as the catalogue has them.
fn find<'a>(
    catalogue: &'a Catalogue,
    envelope: &Envelope,
) -> (Option<&'a Regulation>, Option<&'a ChannelFlow>) {
    let regulation = catalogue.regulation(&envelope.regulation);
    let flow =
        regulation.and_then(|found| found.channels.iter().find(|flow| flow.id.channel == envelope.channel));
    (regulation, flow)
}

/// The item of a flow that asks the registers now.
fn asking_item<'a>(
    regulation: &'a Regulation,
    flow: &'a ChannelFlow,
    named: Named<'_>,
) -> Option<(&'a Regulation, &'a Item)> {
    match named {
        Named::Found(application) => {
            engine::awaited_lookup(flow, application).map(|(item, _)| (regulation, item))
        }
        Named::None | Named::Unknown => None,
    }
}

fn known(entry: &Option<std::sync::Arc<SenderEntry>>) -> Result<&SenderEntry, Unmet> {
    entry.as_deref().ok_or_else(|| Unmet::of(Rejection::SenderUnknown).borrowed())
}

fn judged<T>(read: &Result<T, Unmet>) -> Result<&T, Unmet> {
    read.as_ref().map_err(|unmet| unmet.clone().borrowed())
}

/// A message for which every owed check held.
#[derive(Clone, Debug)]
pub struct Cleared<M> {
    message: M,
    route: Bound,
    lifted: Vec<String>,
    findings: Vec<Finding>,
    profile: Profile,
}

/// Where a cleared message goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bound {
    pub(crate) flow: Option<FlowId>,
    pub(crate) agency: AgencyId,
}

impl<M> Cleared<M> {
    // Private to this file, so that nothing else can call a message cleared.
    fn new(message: M, lifted: Lifted, route: Bound, findings: Vec<Finding>, profile: Profile) -> Self {
        Self { message, route, lifted: lifted.0, findings, profile }
    }

    /// The message.
    pub(crate) fn message(&self) -> &M {
        &self.message
    }

    /// Where it goes.
    pub(crate) fn route(&self) -> &Bound {
        &self.route
    }

    /// What every check found.
    pub(crate) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The profile that decided.
    pub(crate) fn profile(&self) -> Profile {
        self.profile
    }
}

/// Act items that made a check not owed. Only a whole set of proofs gives it.
pub(crate) struct Lifted(Vec<String>);

/// A clearance as the store keeps it, so that a restart can hand a dispatched message over again without judging it by
/// another day's evidence. Made only from a [`Cleared`] and given back only as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clearance {
    envelope: Envelope,
    route: Bound,
    lifted: Vec<String>,
    findings: Vec<Finding>,
    profile: Profile,
}

impl Cleared<Envelope> {
    /// The clearance for the store; the signed bytes are stored beside it.
    pub(crate) fn clearance(&self) -> Clearance {
        Clearance {
            envelope: Envelope { signed: SignedDocument::default(), ..self.message.clone() },
            route: self.route.clone(),
            lifted: self.lifted.clone(),
            findings: self.findings.clone(),
            profile: self.profile,
        }
    }

    /// What was cleared before a restart; `None` where the record is of no dispatched message.
    pub(crate) fn restored(record: &MessageRecord, signed: SignedDocument) -> Option<Self> {
        match &record.state {
            MessageState::Dispatched(clearance) => {
                let Clearance { envelope, route, lifted, findings, profile } = clearance.as_ref().clone();
                Some(Self { message: Envelope { signed, ..envelope }, route, lifted, findings, profile })
            }
            MessageState::Answered(_) | MessageState::Retryable(_) => None,
        }
    }
}
