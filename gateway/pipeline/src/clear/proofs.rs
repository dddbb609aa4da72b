//! The sets of proofs that a message needs. A new check is a new field here, and nothing compiles until it is gathered.

use super::Lifted;
use crate::checks::agreement::AgreementHeld;
use crate::checks::chain::ChainTrusted;
use crate::checks::channel::ChannelDescribed;
use crate::checks::operator::OperatorListed;
use crate::checks::process::StepExpected;
use crate::checks::revocation::NotRevoked;
use crate::checks::role::RoleAllowed;
use crate::checks::sender::SenderKnown;
use crate::checks::service::{RegisterKnown, ServiceKnown};
use crate::checks::signature::SignatureHolds;
use crate::checks::subject::SubjectMatches;
use crate::checks::validity::WithinPeriod;
use crate::tally::Owed;

/// What a check left behind: nothing, where it failed or did not run.
type Left<P> = Option<Owed<P>>;

/// Proofs about signature and certificate.
pub(super) struct SignerProofs {
    signature: Owed<SignatureHolds>,
    chain: Owed<ChainTrusted>,
    validity: Owed<WithinPeriod>,
    revocation: Owed<NotRevoked>,
    subject: Owed<SubjectMatches>,
    role: Owed<RoleAllowed>,
}

impl SignerProofs {
    pub(super) fn gather(
        signature: Left<SignatureHolds>,
        chain: Left<ChainTrusted>,
        validity: Left<WithinPeriod>,
        revocation: Left<NotRevoked>,
        subject: Left<SubjectMatches>,
        role: Left<RoleAllowed>,
    ) -> Option<Self> {
        Some(Self {
            signature: signature?,
            chain: chain?,
            validity: validity?,
            revocation: revocation?,
            subject: subject?,
            role: role?,
        })
    }

    fn lifted(&self) -> impl Iterator<Item = &str> {
        [
            self.signature.lifted_by(),
            self.chain.lifted_by(),
            self.validity.lifted_by(),
            self.revocation.lifted_by(),
            self.subject.lifted_by(),
            self.role.lifted_by(),
        ]
        .into_iter()
        .flatten()
    }
}

/// Proofs about a signed request.
pub(super) struct RequestProofs {
    sender: Owed<SenderKnown>,
    agreement: Owed<AgreementHeld>,
    service: Owed<ServiceKnown>,
    channel: Owed<ChannelDescribed>,
    operator: Owed<OperatorListed>,
    process: Owed<StepExpected>,
    signer: SignerProofs,
}

impl RequestProofs {
    pub(super) fn gather(
        sender: Left<SenderKnown>,
        agreement: Left<AgreementHeld>,
        service: Left<ServiceKnown>,
        channel: Left<ChannelDescribed>,
        operator: Left<OperatorListed>,
        process: Left<StepExpected>,
        signer: Option<SignerProofs>,
    ) -> Option<Self> {
        Some(Self {
            sender: sender?,
            agreement: agreement?,
            service: service?,
            channel: channel?,
            operator: operator?,
            process: process?,
            signer: signer?,
        })
    }

    pub(super) fn lifted(self) -> Lifted {
        let own = [
            self.sender.lifted_by(),
            self.agreement.lifted_by(),
            self.service.lifted_by(),
            self.channel.lifted_by(),
            self.operator.lifted_by(),
            self.process.lifted_by(),
        ];
        Lifted(own.into_iter().flatten().chain(self.signer.lifted()).map(str::to_owned).collect())
    }
}

/// Proofs about a question to a register.
pub(super) struct QueryProofs {
    sender: Owed<SenderKnown>,
    agreement: Owed<AgreementHeld>,
    service: Owed<RegisterKnown>,
    process: Owed<StepExpected>,
    signer: SignerProofs,
}

impl QueryProofs {
    pub(super) fn gather(
        sender: Left<SenderKnown>,
        agreement: Left<AgreementHeld>,
        service: Left<RegisterKnown>,
        process: Left<StepExpected>,
        signer: Option<SignerProofs>,
    ) -> Option<Self> {
        Some(Self {
            sender: sender?,
            agreement: agreement?,
            service: service?,
            process: process?,
            signer: signer?,
        })
    }

    pub(super) fn lifted(self) -> Lifted {
        let own = [
            self.sender.lifted_by(),
            self.agreement.lifted_by(),
            self.service.lifted_by(),
            self.process.lifted_by(),
        ];
        Lifted(own.into_iter().flatten().chain(self.signer.lifted()).map(str::to_owned).collect())
    }
}

/// Proofs about a provider's result.
pub(super) struct ResultProofs {
    signer: SignerProofs,
}

impl ResultProofs {
    pub(super) fn gather(signer: Option<SignerProofs>) -> Option<Self> {
        Some(Self { signer: signer? })
    }

    pub(super) fn lifted(self) -> Lifted {
        Lifted(self.signer.lifted().map(str::to_owned).collect())
    }
}
