//! What the reference bus judges of a message, stage by stage.

use eush_sign::asn1::{DerError, Reader, tag};
use eush_sign::cms::CmsError;

use super::*;

/// Life of a revocation list, in seconds.
const LIST_LIFE: i64 = 86_400;

pub(super) enum Expected {
    Organization { iin: String, bin: String },
    Person(String),
    System(String),
}

/// The beginning of a certificate's period; nothing where there is none to be read.
fn period(leaf: &[u8]) -> Option<()> {
    let read = || -> Result<(), DerError> {
        let mut tbs = Reader::whole(leaf, tag::SEQUENCE)?.reader().sequence()?;
        let _version = tbs.optional(tag::context_constructed(0))?;
        let _serial = tbs.integer()?;
        let _algorithm = tbs.any()?;
        let _issuer = tbs.any()?;
        tbs.sequence()?.any()?.time().map(|_| ())
    };
    read().ok()
}

impl Reference {
    pub(super) async fn checks(
        &self,
        request: &bus::SendRequest,
        document: &bus::Document,
    ) -> Result<(), Rejection> {
        let info = request.info.clone().unwrap_or_default();
        let desk = self.sender(&info)?;
        let by_desk = document.channel() == bus::Channel::StateCorporation;
        if desk != by_desk && !self.has(Defect::AnyChannel) {
            return Err(Rejection::SenderNotAllowed);
        }
        let signer = payloads::iin(document.signer.as_ref()).map_err(|_| Rejection::EnvelopeMalformed)?;
        if by_desk
            && !self.has(Defect::OperatorsNotAsked)
            && !self.population.listed_operators().any(|person| person.iin == signer)
        {
            return Err(Rejection::OperatorNotListed);
        }
        let services = [
            "ENBEK_UnemployedCertificate",
            "REGIONAL_Application",
            "ESOBES_HomeSchooling",
            "ZHAO_Application",
        ];
        if !services.contains(&info.service_id.as_str()) {
            let malformed = self.has(Defect::UnknownServiceMalformed);
            return Err(if malformed { Rejection::EnvelopeMalformed } else { Rejection::ServiceUnknown });
        }
        match document.regulation_id.as_str() {
            "astana/unemployed-certificate" | "000-A" => {}
            "aktobe/foster-care" if by_desk => return Err(Rejection::ChannelNotDescribed),
            _ => return Err(Rejection::RegulationUnknown),
        }
        if !request.application_id.is_empty() {
            let state = self.state.lock().unwrap();
            let application =
                state.applications.get(&request.application_id).ok_or(Rejection::ApplicationUnknown)?;
            if application.next != bus::NextAction::SignAndSend && !self.has(Defect::LookupLeftOut) {
                return Err(Rejection::StepOutOfOrder);
            }
        }
        let signed = request.document.clone().unwrap_or_default();
        let signer = signer.digits().to_owned();
        let expected = match payloads::bin(document.applicant.as_ref()) {
            Ok(bin) => Expected::Organization { iin: signer, bin: bin.digits().to_owned() },
            Err(_) => Expected::Person(signer),
        };
        let roles: &[&str] = if by_desk { &["employee"] } else { &["individual"] };
        self.signed_by(&signed, &expected, roles).await
    }

    pub(super) async fn signed_by(
        &self,
        signed: &bus::SignedDocument,
        expected: &Expected,
        roles: &[&str],
    ) -> Result<(), Rejection> {
        use management::{CertificateState, Defect as Flaw};

        if signed.signature.is_empty() {
            return Err(Rejection::SignatureMissing);
        }
        let data = SignedData::parse(&signed.signature).map_err(|error| match error {
            CmsError::AlgorithmUnknown { .. } if !self.has(Defect::AlgorithmIsMalformed) => {
                Rejection::SignatureAlgorithmUnsupported
            }
            _ => Rejection::SignatureMalformed,
        })?;
        let signer = data.signers().first().ok_or(Rejection::SignatureMalformed)?;
        let leaf =
            data.candidates(signer).first().map(|leaf| leaf.to_vec()).ok_or(Rejection::SignatureMalformed)?;
        if period(&leaf).is_none() && !self.has(Defect::GarbageIsUnknown) {
            return Err(Rejection::CertificateMalformed);
        }
        let issued = self.issued.lock().await;
        let issued = issued.get(&leaf).ok_or(Rejection::IssuerUnknown)?;
        let held = data.verify_signer(0, Some(&signed.content), issued.key.public_key()).is_ok();
        if !held && !self.has(Defect::SignatureNotVerified) {
            return Err(Rejection::SignatureInvalid);
        }
        if !self.has(Defect::ChainNotJudged) {
            match issued.defect {
                Flaw::UnknownIssuer => return Err(Rejection::IssuerUnknown),
                Flaw::BrokenSignature => return Err(Rejection::ChainInvalid),
                _ => {}
            }
        }
        if !self.has(Defect::PeriodNotJudged) {
            match issued.defect {
                Flaw::Expired => return Err(Rejection::CertificateExpired),
                Flaw::NotYetValid => return Err(Rejection::CertificateNotYetValid),
                _ => {}
            }
        }
        let subject = self.subject(issued, expected);
        if self.has(Defect::SubjectBeforeRevocation) {
            subject?;
        }
        self.evidence()?;
        match issued.state {
            _ if issued.defect == Flaw::NotIssued && !self.has(Defect::NeverIssuedTaken) => {
                return Err(Rejection::CertificateNotIssued);
            }
            CertificateState::Revoked if !self.has(Defect::RevocationNotAsked) => {
                return Err(Rejection::CertificateRevoked);
            }
            CertificateState::OnHold if self.has(Defect::HoldIsRevocation) => {
                return Err(Rejection::CertificateRevoked);
            }
            CertificateState::OnHold if !self.has(Defect::RevocationNotAsked) => {
                return Err(Rejection::CertificateOnHold);
            }
            _ => {}
        }
        subject?;
        let role = issued.subject.roles.iter().any(|role| roles.contains(&role.as_str()))
            && issued.defect != Flaw::RoleMissing;
        if !role && !self.has(Defect::RoleNotJudged) && !roles.is_empty() {
            return Err(Rejection::RoleNotAllowed);
        }
        if issued.defect == Flaw::KeyUsageWrong && !self.has(Defect::KeyUsageNotJudged) {
            return Err(Rejection::KeyUsageNotAllowed);
        }
        Ok(())
    }

    /// Whether the lists that are held are evidence at all.
    fn evidence(&self) -> Result<(), Rejection> {
        let state = self.state.lock().unwrap();
        if state.now - state.lists_at <= LIST_LIFE {
            return Ok(());
        }
        if state.faults.contains(&management::PublicationFault::WrongKey) {
            return if self.has(Defect::UntrustedTaken) {
                Ok(())
            } else {
                Err(Rejection::RevocationUntrusted)
            };
        }
        if self.has(Defect::StaleTaken) { Ok(()) } else { Err(Rejection::RevocationStale) }
    }

    fn subject(&self, issued: &Issued, expected: &Expected) -> Result<(), Rejection> {
        use management::Defect as Flaw;

        if self.has(Defect::SubjectNotCompared) {
            return Ok(());
        }
        match expected {
            Expected::Person(_) if issued.defect == Flaw::IinMalformed => Err(Rejection::IinMalformed),
            Expected::Person(_) if issued.subject.iin.is_empty() || issued.defect == Flaw::IinAbsent => {
                if self.has(Defect::AbsentFits) {
                    Ok(())
                } else {
                    Err(Rejection::IinAbsent)
                }
            }
            Expected::Person(iin) if issued.subject.iin != *iin => Err(Rejection::IinMismatch),
            Expected::Organization { iin, .. } if issued.subject.iin != *iin => Err(Rejection::IinMismatch),
            Expected::Organization { .. } if self.has(Defect::OrganizationNotCompared) => Ok(()),
            Expected::Organization { .. } if issued.subject.bin.is_empty() => Err(Rejection::BinAbsent),
            Expected::Organization { bin, .. } if issued.subject.bin != *bin => Err(Rejection::BinMismatch),
            Expected::System(system)
                if issued.subject.system != *system && !self.has(Defect::AnybodyAsks) =>
            {
                Err(Rejection::SystemMismatch)
            }
            Expected::Organization { .. } | Expected::Person(_) | Expected::System(_) => Ok(()),
        }
    }
}
