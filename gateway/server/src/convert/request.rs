//! Requests of the wire as the pipeline's plain structs.

use eush_pipeline::application::TermChoice;
use eush_pipeline::bytes::SignedDocument;
use eush_pipeline::ports::{ProviderReason, ProviderRefusal};
use eush_pipeline::raw::{
    RawAsk, RawAttachment, RawCompletion, RawDocument, RawInfo, RawList, RawLookup, RawOpen, RawOutcome,
    RawParty, RawQuery, RawQuestion, RawReport, RawReportStep, RawRepresentative, RawResult, RawSend,
    RawSignedResult, Secret,
};
use eush_wire::bus::v1 as wire;
use prost::Message as _;

use super::{instant, known_channel, localized, payload, signed_document};

fn info(info: Option<wire::MessageInfo>) -> RawInfo {
    let info = info.unwrap_or_default();
    let sender = info.sender.unwrap_or_default();
    RawInfo {
        message_id: info.message_id,
        correlation_id: info.correlation_id,
        service_id: info.service_id,
        message_date: info.message_date.as_ref().and_then(instant),
        route_id: info.route_id,
        sender_id: sender.sender_id,
        password: Secret::new(sender.password),
        properties: info.properties.into_iter().map(|property| (property.key, property.value)).collect(),
    }
}

fn party(party: Option<wire::Party>) -> Option<RawParty> {
    match party?.number? {
        wire::party::Number::Iin(digits) => Some(RawParty::Iin(digits)),
        wire::party::Number::Bin(digits) => Some(RawParty::Bin(digits)),
    }
}

fn representative(representative: Option<wire::Representative>) -> Option<RawRepresentative> {
    representative.map(|representative| RawRepresentative {
        party: party(representative.party),
        notarized: representative.notarized,
        power_of_attorney_number: representative.power_of_attorney_number,
    })
}

/// A document, decoded.
pub(crate) fn document(content: &[u8]) -> Option<RawDocument> {
    let document = wire::Document::decode(content).ok()?;
    Some(RawDocument {
        message_id: document.message_id,
        regulation_id: document.regulation_id,
        channel: known_channel(document.channel),
        applicant: party(document.applicant),
        signer: party(document.signer),
        representative: representative(document.representative),
        form: document.form.map(payload),
        attachments: document
            .attachments
            .into_iter()
            .map(|attachment| RawAttachment {
                kind: attachment.kind,
                file_name: attachment.file_name,
                media_type: attachment.media_type,
                size: attachment.content.len(),
            })
            .collect(),
        procedure: document.procedure,
    })
}

/// A signed request, decoded beside its exact bytes.
pub(crate) fn signed_request(request: Option<wire::SignedDocument>) -> (SignedDocument, Option<RawDocument>) {
    let signed = request.map(signed_document).unwrap_or_default();
    let document = document(&signed.content.0);
    (signed, document)
}

/// A request to be checked and handed on.
pub(crate) fn send_request(request: wire::SendRequest) -> RawSend {
    let signed = request.document.map(signed_document).unwrap_or_default();
    RawSend {
        info: info(request.info),
        application_id: request.application_id,
        document: document(&signed.content.0),
        signed,
    }
}

fn question(content: &[u8]) -> Option<RawQuestion> {
    let question = wire::RegisterQuery::decode(content).ok()?;
    Some(RawQuestion {
        message_id: question.message_id,
        service_id: question.service_id,
        about: party(question.about),
        asking_bin: question.asking_bin,
        asking_system: question.asking_system,
        request: question.request.map(payload),
    })
}

/// Questions to registers.
pub(crate) fn lookup_request(request: wire::LookupRequest) -> RawLookup {
    let query = |query: wire::Query| {
        let signed = query.question.map(signed_document).unwrap_or_default();
        RawQuery { service_id: query.service_id, question: question(&signed.content.0), signed }
    };
    RawLookup {
        info: info(request.info),
        application_id: request.application_id,
        queries: request.queries.into_iter().map(query).collect(),
    }
}

/// A provider's signed result, decoded beside its exact bytes.
pub(crate) fn result_document(document: wire::SignedDocument) -> RawSignedResult {
    let signed: SignedDocument = signed_document(document);
    let result = wire::ResultDocument::decode(signed.content.0.as_slice()).ok().map(|result| RawResult {
        message_id: result.message_id,
        application_id: result.application_id,
        regulation_id: result.regulation_id,
        applicant: party(result.applicant),
        provider_bin: result.provider_bin,
        kind: result.kind,
        issued_at: result.issued_at.as_ref().and_then(instant),
    });
    RawSignedResult { signed, result }
}

/// A provider's refusal; `None` where it gives no known reason.
pub(crate) fn provider_refusal(refusal: wire::ProviderRefusal) -> Option<ProviderRefusal> {
    let reason = match refusal.reason() {
        wire::ProviderRefusalReason::Unspecified => return None,
        wire::ProviderRefusalReason::DocumentsNotConforming => ProviderReason::DocumentsNotConforming,
        wire::ProviderRefusalReason::GroundsNotMet => ProviderReason::GroundsNotMet,
        wire::ProviderRefusalReason::Reasoned => ProviderReason::Reasoned,
    };
    Some(ProviderRefusal { reason, text: localized(refusal.text) })
}

/// A provider's refusal on the wire.
pub(crate) fn refusal(refusal: &ProviderRefusal) -> wire::ProviderRefusal {
    let reason = match refusal.reason {
        ProviderReason::DocumentsNotConforming => wire::ProviderRefusalReason::DocumentsNotConforming,
        ProviderReason::GroundsNotMet => wire::ProviderRefusalReason::GroundsNotMet,
        ProviderReason::Reasoned => wire::ProviderRefusalReason::Reasoned,
    };
    wire::ProviderRefusal { reason: reason.into(), text: Some(super::text(&refusal.text)) }
}

/// An agency's later answer.
pub(crate) fn completion(request: wire::CompleteDeliveryRequest) -> RawCompletion {
    use wire::complete_delivery_request::Outcome;
    let outcome = match request.outcome {
        None => None,
        Some(Outcome::Result(document)) => Some(RawOutcome::Result(result_document(document))),
        Some(Outcome::Refusal(refusal)) => provider_refusal(refusal).map(RawOutcome::Refusal),
    };
    RawCompletion { info: info(request.info), outcome }
}

/// A front opens an application.
pub(crate) fn open(request: wire::OpenApplicationRequest) -> RawOpen {
    let circumstances = request.circumstances.unwrap_or_default();
    let terms = match circumstances.terms() {
        wire::TermChoice::Unspecified | wire::TermChoice::Ordinary => TermChoice::Ordinary,
        wire::TermChoice::Otherwise => TermChoice::Otherwise,
    };
    RawOpen {
        info: info(request.info),
        regulation_id: request.regulation_id,
        channel: known_channel(request.channel),
        procedure: request.procedure,
        failing: circumstances.failing,
        terms,
        applicant: party(request.applicant),
        registered: request.registered,
    }
}

/// A front reports what the person did.
pub(crate) fn report_step(request: wire::ReportStepRequest) -> RawReportStep {
    use wire::report_step_request::Report;
    let report = request.report.map(|report| match report {
        Report::Authentication(authentication) => RawReport::Authentication {
            authentic: authentication.authentic,
            subject: party(authentication.subject),
        },
        Report::FormCompletion(form) => RawReport::FormCompletion {
            applicant: party(form.applicant),
            representative: representative(form.representative),
        },
        Report::Brought(wire::Brought {}) => RawReport::Brought,
        Report::HandOver(wire::HandOver {}) => RawReport::HandOver,
        Report::Signed(wire::Signed { content_sha256 }) => RawReport::Signed { content_sha256 },
    });
    RawReportStep { info: info(request.info), application_id: request.application_id, report }
}

/// A front asks for one application.
pub(crate) fn ask(message_info: Option<wire::MessageInfo>, application_id: String) -> RawAsk {
    RawAsk { info: info(message_info), application_id }
}

/// A front asks for an applicant's applications.
pub(crate) fn list(request: wire::ListApplicationsRequest) -> RawList {
    RawList { info: info(request.info), applicant: party(request.applicant), limit: request.limit }
}
