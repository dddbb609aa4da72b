//! The questions that a front puts to registers, in the registers' own words. Which ones, and about whom, the gateway says.

use eush_adapter_kit::{Party, time_to_wire};
use eush_domain::Timestamp;
use eush_domain::synthetic::population::InformationSystem;
use eush_wire::bus::v1 as bus;
use eush_wire::registry::{enis, gbdfl, gbdul};
use prost::Name;
use prost_types::Any;

/// What the operator or person entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entered<'a> {
    pub(crate) applicant: Party,
    pub(crate) representative: Option<&'a bus::Representative>,
}

/// One question, ready to be signed.
pub(crate) fn question(
    lookup: &bus::RequiredLookup,
    entered: Entered<'_>,
    message_id: &str,
    system: &InformationSystem,
    at: Option<Timestamp>,
) -> bus::RegisterQuery {
    let about = entered.applicant;
    let request = match (lookup.subject(), entered.representative) {
        (bus::LookupSubject::PowerOfAttorney, representative) => pack(&enis::v1::PowerOfAttorneyRequest {
            number: representative.map(|known| known.power_of_attorney_number.clone()).unwrap_or_default(),
            principal: Some(about.to_wire()),
            representative: representative.and_then(|known| known.party.clone()),
        }),
        (bus::LookupSubject::Applicant | bus::LookupSubject::Unspecified, _) => {
            about_applicant(about, message_id, system, at)
        }
    };
    bus::RegisterQuery {
        message_id: message_id.to_owned(),
        service_id: lookup.service_id.clone(),
        about: Some(about.to_wire()),
        asking_bin: system.bin.digits().to_owned(),
        asking_system: system.oid.clone(),
        request,
    }
}

fn about_applicant(
    applicant: Party,
    message_id: &str,
    system: &InformationSystem,
    at: Option<Timestamp>,
) -> Option<Any> {
    match applicant {
        Party::Individual(iin) => pack(&gbdfl::v1::PersonRequest {
            message_id: message_id.to_owned(),
            message_date: at.map(time_to_wire),
            sender_code: system.key.clone(),
            iin: iin.digits().to_owned(),
            ..gbdfl::v1::PersonRequest::default()
        }),
        Party::Organization(bin) => pack(&gbdul::v1::OrganizationRequest {
            requestor_bin: system.bin.digits().to_owned(),
            bin: bin.digits().to_owned(),
        }),
    }
}

fn pack<M: Name>(message: &M) -> Option<Any> {
    Any::from_msg(message).ok()
}
