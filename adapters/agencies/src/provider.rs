//! The provider behind an agency's services: the organisation and the person who signs for it.

use eush_adapter_kit::{AgencyFault, ResultDraft};
use eush_domain::Text;
use eush_domain::synthetic::population::{Organization, Population};
use prost::Name;
use prost_types::Any;

/// A result of a provider, to be signed by its authorised person.
pub(crate) fn result<M: Name>(
    population: &Population,
    provider: &Organization,
    kind: &'static str,
    title: Text,
    body: &M,
) -> Result<ResultDraft, AgencyFault> {
    let signatory = population
        .signatory_of(&provider.key)
        .ok_or(AgencyFault::RecordMissing { what: "an authorised person of the provider" })?;
    Ok(ResultDraft {
        signatory: signatory.certificate_subject().clone(),
        provider: provider.bin,
        kind,
        title: title.into(),
        body: payload(body)?,
    })
}

/// The organisation of a key.
pub(crate) fn organization<'a>(
    population: &'a Population,
    key: &str,
) -> Result<&'a Organization, AgencyFault> {
    population.organization(key).ok_or(AgencyFault::RecordMissing { what: "the provider" })
}

/// A payload as the bus carries it.
pub(crate) fn payload<M: Name>(message: &M) -> Result<Any, AgencyFault> {
    Any::from_msg(message).map_err(|_| AgencyFault::RecordMissing { what: "room for the payload" })
}
