//! A system that takes whatever public service a region provides, as one agency: what ЖАО АЖ and the regional workplace
//! have in common. Each says which form it takes, how its office examines one and what comes out.

use eush_adapter_kit::{
    Agency, AgencyFault, Decision, Delivery, Description, Outcome, PayloadOrigin, Refusal, ResultDraft,
    Service, ServiceKind, Verdict, async_trait,
};
use eush_domain::{Text, Timestamp};
use prost::Name;

use crate::intake;
use crate::public_service::{IDENTITY, PublicService};

/// An office behind one routing key.
pub(crate) trait Office: Send + Sync + 'static {
    /// Form that it takes.
    type Form: Name + Default;
    /// Body of its results.
    type Result: Name;
    /// Code on the bus.
    const AGENCY: &'static str;
    /// Routing key.
    const SERVICE: &'static str;
    /// How the system is called.
    const NAME: Text;
    /// What its numbers begin with.
    const PREFIX: &'static str;

    /// Whether form, papers and grounds are in order.
    fn examine(&self, delivery: &Delivery) -> Result<(PublicService, Self::Form), Refusal>;

    /// The result of a case that is in order.
    fn result(
        &self,
        delivery: &Delivery,
        service: &PublicService,
        form: &Self::Form,
    ) -> Result<ResultDraft, AgencyFault>;
}

/// An office as an agency: delivery and term are decided by the same examination, so that they cannot differ.
pub(crate) struct Intake<O>(pub(crate) O);

#[async_trait]
impl<O: Office> Agency for Intake<O> {
    fn describe(&self) -> Description {
        let name = Text {
            kk: "Өтініш қабылдау", ru: "Приём заявлений", en: "Taking applications"
        };
        Description {
            agency: O::AGENCY,
            name: O::NAME.into(),
            payload_origin: PayloadOrigin::SimulatorDefined,
            services: vec![Service {
                service_id: O::SERVICE,
                kind: ServiceKind::Delivery,
                request_type: O::Form::full_name(),
                response_type: O::Result::full_name(),
                name: name.into(),
                required_attachments: IDENTITY.to_vec(),
            }],
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<Decision, AgencyFault> {
        let verdict = match self.0.examine(delivery) {
            Ok(_) => Verdict::Accepted,
            Err(refusal) => Verdict::Refused(refusal),
        };
        Ok(Decision { registration: Some(intake::registration(O::PREFIX, delivery)), verdict })
    }

    async fn term_due(&self, delivery: &Delivery, _due_at: Timestamp) -> Result<Outcome, AgencyFault> {
        match self.0.examine(delivery) {
            Ok((service, form)) => {
                Ok(Outcome::Completed(Box::new(self.0.result(delivery, &service, &form)?)))
            }
            Err(refusal) => Ok(Outcome::Refused(refusal)),
        }
    }
}
