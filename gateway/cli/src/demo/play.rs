//! Playing one case against a running bus.

use std::time::Duration;

use eush_domain::synthetic::population::{Person, Population};
use eush_wire::application::v1::FillRequest;
use eush_wire::bus::v1::gateway_service_client::GatewayServiceClient;
use eush_wire::bus::v1::{
    ApplicationState, Document, MessageInfo, NextAction, Representative, SendRequest, Sender, SignedDocument,
};
use eush_wire::management::v1::agency_control_service_client::AgencyControlServiceClient;
use eush_wire::management::v1::{
    Behaviour, CertificateSubject, EnrollRequest, ListCallsRequest, RevocationReason, SetBehaviourRequest,
};
use prost::Message as _;

use super::cases::{Case, Trick};
use super::report::{CaseReport, Observation};
use crate::apply::{Shown, advance_to_due, clock_now, individual};
use crate::bus::AGENCIES;
use crate::cert::Authority;
use crate::connect::Bus;
use crate::exit::{Failure, reason};
use crate::output::{Lang, Printer};
use crate::person::forms;
use crate::person::visit::{Signatory, Visit, refusal};

/// How long the caller waits where the agency never answers: long enough for the bus, short enough for a demo.
const SHORT_PATIENCE: Duration = Duration::from_millis(2500);

/// What a case is played with.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    /// The bus.
    pub(crate) bus: &'a Bus,
    /// The people.
    pub(crate) population: &'a Population,
    /// Secret of the portal as a sender, for messages that no portal would send.
    pub(crate) portal_password: &'a str,
}

/// Plays a case and compares what came with what is demanded.
pub(crate) async fn play(stage: &Stage<'_>, case: &Case, number: usize) -> CaseReport {
    let demanded = Observation {
        state: case.state.to_owned(),
        reason: case.reason.to_owned(),
        labels: case.labels.iter().map(|label| (*label).to_owned()).collect(),
        calls: case.calls.iter().map(|(agency, count)| ((*agency).to_owned(), *count)).collect(),
    };
    let mut attempt = Attempt { stage, case, message_id: format!("demo-{number:02}"), visit: None };
    let outcome = attempt.carry_out().await;
    match attempt.observe(outcome).await {
        Ok(came) => CaseReport::new(case.name, case.flow, attempt.message_id, demanded, came),
        Err(failure) => CaseReport::broken(case.name, case.flow, demanded, &failure.to_string()),
    }
}

struct Attempt<'a> {
    stage: &'a Stage<'a>,
    case: &'a Case,
    message_id: String,
    visit: Option<Visit>,
}

impl Attempt<'_> {
    fn find(&self, key: &str) -> Result<&Person, Failure> {
        self.stage.population.person(key).ok_or_else(|| crate::cert::unknown_person(key))
    }

    fn at_desk(&self) -> bool {
        self.case.flow.ends_with("/state-corporation")
    }

    fn signer_key(&self) -> &'static str {
        if self.at_desk() { "operator-1" } else { self.case.person }
    }

    /// From login to the end of the case. A refusal by gRPC status comes back as an error.
    async fn carry_out(&mut self) -> Result<(), Failure> {
        let regulation = self.case.flow.split('/').next().unwrap_or_default();
        let front = if self.at_desk() { "state-corporation" } else { "portal" };
        let who = self.find(self.signer_key())?;
        let password = if self.case.trick == Trick::WrongPassword { "wrong" } else { who.password.reveal() };
        let visit = Visit::start(self.stage.bus, front, regulation, who.iin.digits(), password).await?;
        let visit = self.visit.insert(visit);
        if visit.is(ApplicationState::Refused) {
            return Ok(());
        }
        let (content, filled_id) = self.fill().await?;
        self.message_id = filled_id;
        if content.is_empty() {
            return Ok(());
        }
        let document = self.sign(&content).await?;
        self.misbehave().await?;
        if self.case.trick == Trick::UnknownService {
            return self.send_to_nowhere(document).await;
        }
        let patience = (self.case.trick == Trick::Agency(Behaviour::Slow)).then_some(SHORT_PATIENCE);
        self.visit()?.submit(document, patience).await?;
        self.finish().await
    }

    fn visit(&mut self) -> Result<&mut Visit, Failure> {
        self.visit.as_mut().ok_or_else(|| Failure::Bug("the case has no visit".to_owned()))
    }

    async fn fill(&mut self) -> Result<(Vec<u8>, String), Failure> {
        let applicant = self.find(self.case.person)?;
        let service = service_of(self.case.flow)?;
        let regulation = eush_acts::catalogue()
            .resolve(self.case.flow)
            .ok_or_else(|| Failure::Bug(format!("the demo plays no flow `{}`", self.case.flow)))?
            .regulation;
        // A person without a child at home never gets as far as the form of that service.
        let form = forms::fill(service, regulation.as_str(), self.stage.population, applicant)?;
        let left_out = if let Trick::Without(kind) = self.case.trick { kind } else { "" };
        let signer = if let (true, Trick::SignedBy(key)) = (self.at_desk(), self.case.trick) {
            Some(individual(self.find(key)?))
        } else {
            None
        };
        let request = FillRequest {
            applicant: Some(individual(applicant)),
            signer,
            representative: self.representative()?,
            form: Some(form.form),
            attachments: form.attachments.into_iter().filter(|paper| paper.kind != left_out).collect(),
            message_id: self.message_id.clone(),
            ..FillRequest::default()
        };
        let filled = self.visit()?.fill(request).await?;
        Ok((filled.document_to_sign, filled.message_id))
    }

    fn representative(&self) -> Result<Option<Representative>, Failure> {
        let (key, unknown) = if let Trick::Representative(key) = self.case.trick {
            (key, false)
        } else if let Trick::PowerOfAttorneyUnknown(key) = self.case.trick {
            (key, true)
        } else {
            return Ok(None);
        };
        let other = self.find(key)?;
        let power = self
            .stage
            .population
            .powers_of_attorney()
            .iter()
            .find(|power| power.representative == other.iin && !unknown);
        let notarized = unknown
            || power.is_some_and(|power| {
                matches!(
                    power.certification,
                    eush_domain::synthetic::population::Certification::Notary { .. }
                )
            });
        let number = match power {
            Some(power) if notarized => power.number.clone(),
            Some(_) => String::new(),
            None => "NO-SUCH-POWER".to_owned(),
        };
        Ok(Some(Representative {
            party: Some(individual(other)),
            notarized,
            power_of_attorney_number: number,
        }))
    }

    /// Signs as the trick wants it.
    async fn sign(&mut self, content: &[u8]) -> Result<SignedDocument, Failure> {
        let mut authority = Authority::of(self.stage.bus).await?;
        let enrolled = authority.enroll(self.enrollment()?).await?;
        let serial =
            enrolled.certificate.as_ref().map(|certificate| certificate.serial.clone()).unwrap_or_default();
        if self.case.trick == Trick::Revoke {
            authority.revoke(serial.clone(), RevocationReason::KeyCompromise).await?;
        }
        if matches!(self.case.trick, Trick::Hold | Trick::HoldAndRelease) {
            authority.hold(serial.clone()).await?;
        }
        if self.case.trick == Trick::HoldAndRelease {
            authority.release(serial).await?;
        }
        let now = clock_now(self.stage.bus).await?;
        let signatory = Signatory::of(&enrolled)?;
        if self.case.trick == Trick::MalformedDocument {
            return signatory.sign(&changed(content, |document| document.applicant = None)?, now);
        }
        let mut signed = signatory.sign(content, now)?;
        if self.case.trick == Trick::TamperedDocument {
            let other = changed(content, |document| document.attachments.truncate(0))?;
            signed.content = other.into();
        }
        Ok(signed)
    }

    fn enrollment(&self) -> Result<EnrollRequest, Failure> {
        let key = if let Trick::SignedBy(key) = self.case.trick { key } else { self.signer_key() };
        let subject = self
            .stage
            .population
            .certificate_subject(key)
            .map(crate::person::wire_subject)
            .ok_or_else(|| crate::cert::unknown_person(key))?;
        let mut request = EnrollRequest { subject: Some(subject), ..EnrollRequest::default() };
        if let Trick::Defect(defect) = self.case.trick {
            request.defect = defect.into();
        }
        if matches!(self.case.trick, Trick::Revoke | Trick::Hold | Trick::HoldAndRelease) {
            // A certificate of its own, so that other cases keep theirs.
            request.label.clone_from(&self.message_id);
        }
        if let Trick::SignedInRole(role) = self.case.trick {
            let subject = request.subject.get_or_insert_with(CertificateSubject::default);
            subject.roles = vec![role.to_owned()];
        }
        Ok(request)
    }

    /// Tells the target agency how to behave for this message.
    async fn misbehave(&self) -> Result<(), Failure> {
        let Trick::Agency(behaviour) = self.case.trick else { return Ok(()) };
        let agency = target_of(self.case.flow)?;
        let mut control = AgencyControlServiceClient::new(self.stage.bus.channel(agency).await?);
        let request =
            SetBehaviourRequest { behaviour: behaviour.into(), message_id: self.message_id.clone() };
        control.set_behaviour(request).await.map_err(|status| Failure::Refused(Box::new(status)))?;
        Ok(())
    }

    /// What no portal sends: a message for a service that nobody has.
    async fn send_to_nowhere(&mut self, document: SignedDocument) -> Result<(), Failure> {
        let address = self.stage.bus.address("gateway")?;
        let now = clock_now(self.stage.bus).await?;
        let sender =
            Sender { sender_id: "PORTAL".to_owned(), password: self.stage.portal_password.to_owned() };
        let info = MessageInfo {
            message_id: self.message_id.clone(),
            service_id: "NOBODY_Anything".to_owned(),
            message_date: Some(crate::output::timestamp(now)),
            sender: Some(sender),
            ..MessageInfo::default()
        };
        let application_id = self.visit()?.application().to_owned();
        let mut gateway = GatewayServiceClient::new(self.stage.bus.channel("gateway").await?);
        let request = SendRequest { info: Some(info), document: Some(document), application_id };
        gateway.send(request).await.map_err(|status| Failure::from_status(address, status))?;
        Ok(())
    }

    /// Moves the clock until the result is there, and hands it over at the desk.
    async fn finish(&mut self) -> Result<(), Failure> {
        let bus = self.stage.bus;
        let mut quiet = Shown::new(Printer { json: true, lang: Lang::Kk });
        let visit = self.visit()?;
        while visit.is(ApplicationState::Pending) {
            advance_to_due(bus, visit, &mut quiet).await?;
        }
        if visit.status.next() == NextAction::HandOver {
            visit.hand_over().await?;
        }
        Ok(())
    }

    /// Looks at everything from outside: the front, the status, the agencies' own journals.
    async fn observe(&mut self, outcome: Result<(), Failure>) -> Result<Observation, Failure> {
        let refused = match outcome {
            Ok(()) => None,
            Err(Failure::Refused(status)) => Some(status),
            Err(other) => return Err(other),
        };
        let Some(visit) = &mut self.visit else {
            let status = refused.ok_or_else(|| Failure::Bug("neither a visit nor a refusal".to_owned()))?;
            let reason = reason(&status).unwrap_or_else(|| status.message().to_owned());
            return Ok(Observation { state: "no-application".to_owned(), reason, ..Observation::default() });
        };
        if !visit.is(ApplicationState::Refused) || refused.is_some() {
            visit.catch_up().await?;
        }
        let told = visit.status.notice.as_ref().map(|notice| notice.reason.clone()).unwrap_or_default();
        let reason = match &refused {
            Some(status) => reason(status).unwrap_or_else(|| status.message().to_owned()),
            None => told,
        };
        if let Some(status) = &refused
            && refusal(status).is_none()
        {
            return Err(Failure::Bug(format!("the refusal {reason} carries no eush.bus.v1.Refusal")));
        }
        let labels =
            visit.steps.iter().map(|step| step.label.clone()).filter(|label| !label.is_empty()).collect();
        let state =
            visit.status.state().as_str_name().trim_start_matches("APPLICATION_STATE_").to_lowercase();
        let application = visit.application().to_owned();
        Ok(Observation { state, reason, labels, calls: self.calls(&application).await? })
    }

    /// What every agency counted for this application, in its own journal.
    async fn calls(&self, application_id: &str) -> Result<Vec<(String, u64)>, Failure> {
        let mut calls = Vec::new();
        for agency in AGENCIES {
            let mut control = AgencyControlServiceClient::new(self.stage.bus.channel(agency).await?);
            let request =
                ListCallsRequest { application_id: application_id.to_owned(), ..ListCallsRequest::default() };
            let answer =
                control.list_calls(request).await.map_err(|status| Failure::Refused(Box::new(status)))?;
            let total = answer.into_inner().total;
            if total > 0 {
                calls.push((agency.to_owned(), total));
            }
        }
        Ok(calls)
    }
}

/// The same document changed in one respect.
fn changed(content: &[u8], change: impl FnOnce(&mut Document)) -> Result<Vec<u8>, Failure> {
    let mut document = Document::decode(content).map_err(|error| Failure::Bug(error.to_string()))?;
    change(&mut document);
    Ok(document.encode_to_vec())
}

/// Routing key that a flow dispatches to.
fn service_of(flow: &str) -> Result<&'static str, Failure> {
    Ok(match target_of(flow)? {
        "enbek" => "ENBEK_UnemployedCertificate",
        "esobes" => "ESOBES_HomeSchooling",
        "zhao" => "ZHAO_Application",
        _ => "REGIONAL_Application",
    })
}

/// Agency that takes a flow's delivery, by the acts.
fn target_of(flow: &str) -> Result<&'static str, Failure> {
    match flow.split('/').next() {
        Some("000-A") => Ok("enbek"),
        Some("000-B") => Ok("esobes"),
        Some("001-S02") => Ok("zhao"),
        Some("002-A") => Ok("regional"),
        _ => Err(Failure::Bug(format!("the demo has no target for {flow}"))),
    }
}
