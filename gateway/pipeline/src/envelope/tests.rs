use proptest::prelude::*;

use super::*;
use crate::raw::RawQuestion;

fn any_party() -> impl Strategy<Value = Option<RawParty>> {
    prop_oneof![
        Just(None),
        "[0-9]{0,13}".prop_map(|digits| Some(RawParty::Iin(digits))),
        ".{0,13}".prop_map(|text| Some(RawParty::Bin(text))),
    ]
}

fn any_info() -> impl Strategy<Value = RawInfo> {
    let properties = proptest::collection::vec((".{0,40}", ".{0,600}"), 0..40);
    (".{0,80}", ".{0,80}", ".{0,80}", ".{0,80}", properties).prop_map(
        |(message_id, service_id, sender_id, correlation_id, properties)| RawInfo {
            message_id,
            service_id,
            sender_id,
            correlation_id,
            properties,
            ..RawInfo::default()
        },
    )
}

fn any_document() -> impl Strategy<Value = RawDocument> {
    let attachment = (".{0,80}", ".{0,300}", ".{0,20}", any::<usize>())
        .prop_map(|(kind, file_name, media_type, size)| RawAttachment { kind, file_name, media_type, size });
    let attachments = proptest::collection::vec(attachment, 0..40);
    let representative =
        (any_party(), any::<bool>(), ".{0,80}").prop_map(|(party, notarized, power_of_attorney_number)| {
            RawRepresentative { party, notarized, power_of_attorney_number }
        });
    let representative = proptest::option::of(representative);
    (".{0,80}", ".{0,160}", any_party(), any_party(), representative, attachments).prop_map(
        |(message_id, regulation_id, applicant, signer, representative, attachments)| RawDocument {
            message_id,
            regulation_id,
            channel: Some(Channel::Portal),
            applicant,
            signer,
            representative,
            form: None,
            attachments,
            procedure: String::new(),
        },
    )
}

proptest! {
    #[test]
    fn no_request_breaks_the_parser(
        info in any_info(),
        application_id in ".{0,80}",
        document in proptest::option::of(any_document()),
        content in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let signed = SignedDocument { content: content.into(), ..SignedDocument::default() };
        let refused = Envelope::parse(RawSend { info, application_id, signed, document });
        // Without a form nothing is a request, so there is always a fault, and never the value that is at fault.
        prop_assert_eq!(refused.unwrap_err().rejection, Rejection::EnvelopeMalformed);
    }

    #[test]
    fn no_question_breaks_the_parser(info in any_info(), about in any_party(), text in ".{0,140}", count in 0_usize..12) {
        let question = RawQuestion { about, asking_bin: text.clone(), asking_system: text.clone(), ..RawQuestion::default() };
        let query = RawQuery { service_id: text, question: Some(question), ..RawQuery::default() };
        let queries = vec![query; count];
        let refused = LookupEnvelope::parse(RawLookup { info, application_id: String::new(), queries });
        prop_assert!(refused.is_err());
    }
}

#[test]
fn every_fault_is_told_at_once() {
    let raw = RawSend {
        info: RawInfo { message_id: "a b".to_owned(), ..RawInfo::default() },
        document: Some(RawDocument::default()),
        ..RawSend::default()
    };
    let refusal = Envelope::parse(raw).unwrap_err();
    let fields: Vec<_> = refusal.faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "info.message_id",
            "info.sender.sender_id",
            "info.service_id",
            "document.content",
            "document.content_type",
            "document.content.message_id",
            "document.content.regulation_id",
            "document.content.channel",
            "document.content.form",
            "document.content.applicant",
            "document.content.signer",
        ]
    );
}

#[test]
fn a_power_of_attorney_has_a_number_exactly_where_a_notary_certified_it() {
    let check = |notarized, number: &str| {
        let mut reading = Reading::default();
        let raw = RawRepresentative {
            party: Some(RawParty::Bin(eush_domain::synthetic::numbers::bin(1).digits().to_owned())),
            notarized,
            power_of_attorney_number: number.to_owned(),
        };
        let read = reading.representative("representative", Some(&raw));
        reading.finish(read).is_ok()
    };
    assert!(check(true, "N-1"));
    assert!(check(false, ""));
    assert!(!check(true, ""));
    assert!(!check(false, "N-1"));
}
