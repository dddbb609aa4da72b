//! What each field of an agency's payloads is: the business's, personal, or of the occasion. The one table that hiding in
//! differences, redaction of recordings and keys of replays go by. A field that is not in it counts as personal.

/// Class of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Tells about somebody.
    Personal(Stand),
    /// The business's: compared in replays, kept in recordings.
    Plain,
    /// Of the occasion, as an id or the time of asking: neither compared nor kept.
    Volatile,
}

/// What takes a personal value's place in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// `KZ` and eighteen zeros.
    Account,
    /// 1900-01-01.
    Date,
    /// Nothing: the field is left out.
    Gone,
    /// A word that says that something was hidden.
    Name,
    /// Whoever is meant, by key or as a person of the recording.
    Number,
    /// `+7` and ten zeros.
    Phone,
}

use Class::{Personal, Plain, Volatile};
use Stand::{Account, Date, Gone, Name, Number, Phone};

/// Message, and its fields with their class. A field that holds a message of the same table and is not named here is what
/// that message's fields are.
const TABLE: &[(&str, &[(&str, Class)])] = &[
    (
        "eush.registry.elicense.v1.Told",
        &[("number", Volatile), ("employer", Personal(Number)), ("procedure", Plain)],
    ),
    (
        "eush.registry.enbek.v1.Card",
        &[("iin", Personal(Number)), ("registration_number", Personal(Name)), ("entry_number", Volatile)],
    ),
    (
        "eush.registry.enbek.v1.UnemployedCertificateApplication",
        &[
            ("iin", Personal(Number)),
            ("surname", Personal(Name)),
            ("name", Personal(Name)),
            ("patronymic", Personal(Name)),
            ("place_of_presentation", Personal(Name)),
            ("phone", Personal(Phone)),
        ],
    ),
    (
        "eush.registry.enbek.v1.UnemployedCertificate",
        &[
            ("number", Personal(Name)),
            ("iin", Personal(Number)),
            ("full_name", Personal(Name)),
            ("registration_number", Personal(Name)),
            ("registered_on", Personal(Date)),
            ("employment_centre", Plain),
            ("place_of_presentation", Personal(Name)),
            ("application_number", Personal(Name)),
        ],
    ),
    (
        "eush.registry.enis.v1.PowerOfAttorneyRequest",
        &[("number", Plain), ("principal", Personal(Number)), ("representative", Personal(Number))],
    ),
    (
        "eush.registry.enis.v1.PowerOfAttorneyResponse",
        &[
            ("number", Plain),
            ("principal", Personal(Number)),
            ("representative", Personal(Number)),
            ("issued_on", Personal(Date)),
            ("valid_until", Personal(Date)),
            ("powers", Personal(Gone)),
        ],
    ),
    ("eush.registry.enis.v1.Notary", &[("licence_number", Personal(Name)), ("name", Personal(Gone))]),
    (
        "eush.registry.eqa.v1.IncomingDocument",
        &[("number", Volatile), ("registered_on", Volatile), ("from", Personal(Number))],
    ),
    (
        "eush.registry.esobes.v1.HomeSchoolingApplication",
        &[
            ("commission_conclusion_number", Personal(Name)),
            ("school_year", Plain),
            ("cost_tenge", Plain),
            ("bank_account", Personal(Account)),
        ],
    ),
    (
        "eush.registry.esobes.v1.Child",
        &[
            ("iin", Personal(Number)),
            ("surname", Personal(Name)),
            ("name", Personal(Name)),
            ("patronymic", Personal(Name)),
        ],
    ),
    (
        "eush.registry.esobes.v1.BenefitNotification",
        &[
            ("number", Personal(Name)),
            ("recipient_iin", Personal(Number)),
            ("school_year", Plain),
            ("amount_tenge", Plain),
            ("quarterly_tenge", Plain),
            ("bank_account", Personal(Account)),
            ("provider", Plain),
        ],
    ),
    (
        "eush.registry.gbdfl.v1.PersonRequest",
        &[
            ("message_id", Volatile),
            ("message_date", Volatile),
            ("sender_code", Plain),
            ("iin", Personal(Number)),
            ("surname", Personal(Name)),
            ("name", Personal(Name)),
            ("patronymic", Personal(Name)),
            ("birth_date", Personal(Date)),
            ("document_number", Personal(Name)),
            ("kdp_token", Volatile),
        ],
    ),
    (
        "eush.registry.gbdfl.v1.PersonResponse",
        &[
            ("message_id", Volatile),
            ("message_date", Volatile),
            ("request_id", Volatile),
            ("message_result", Plain),
        ],
    ),
    ("eush.registry.gbdfl.v1.DictionaryValue", &[("code", Plain), ("name_ru", Plain), ("name_kz", Plain)]),
    (
        "eush.registry.gbdfl.v1.Person",
        &[
            ("iin", Personal(Number)),
            ("surname", Personal(Name)),
            ("name", Personal(Name)),
            ("patronymic", Personal(Name)),
            ("eng_surname", Personal(Name)),
            ("eng_first_name", Personal(Name)),
            ("birth_date", Personal(Date)),
            ("death_date", Personal(Date)),
            ("gender", Personal(Gone)),
            ("nationality", Personal(Gone)),
            ("citizenship", Plain),
            ("life_status", Plain),
        ],
    ),
    (
        "eush.registry.gbdfl.v1.BirthPlace",
        &[
            ("country", Personal(Gone)),
            ("district", Personal(Gone)),
            ("region", Personal(Gone)),
            ("city", Personal(Name)),
        ],
    ),
    (
        "eush.registry.gbdfl.v1.Address",
        &[
            ("country", Plain),
            ("district", Personal(Gone)),
            ("region", Personal(Gone)),
            ("city", Personal(Name)),
            ("street", Personal(Name)),
            ("building", Personal(Name)),
            ("corpus", Personal(Name)),
            ("flat", Personal(Name)),
            ("begin_date", Personal(Date)),
            ("end_date", Personal(Date)),
            ("status", Plain),
            ("ar_code", Personal(Name)),
        ],
    ),
    (
        "eush.registry.gbdfl.v1.Document",
        &[
            ("type", Plain),
            ("number", Personal(Name)),
            ("series", Personal(Name)),
            ("begin_date", Personal(Date)),
            ("end_date", Personal(Date)),
            ("issue_organization", Plain),
            ("status", Plain),
            ("surname", Personal(Name)),
            ("name", Personal(Name)),
            ("patronymic", Personal(Name)),
            ("birth_date", Personal(Date)),
        ],
    ),
    (
        "eush.registry.gbdfl.v1.CapableStatus",
        &[
            ("capable_status", Personal(Gone)),
            ("capable_date", Personal(Date)),
            ("capable_number", Personal(Name)),
            ("court", Personal(Name)),
        ],
    ),
    (
        "eush.registry.gbdul.v1.OrganizationRequest",
        &[("requestor_bin", Personal(Number)), ("bin", Personal(Number))],
    ),
    ("eush.registry.gbdul.v1.OrganizationResponse", &[("status", Plain)]),
    ("eush.registry.gbdul.v1.DictionaryValue", &[("code", Plain), ("name_ru", Plain), ("name_kz", Plain)]),
    (
        "eush.registry.gbdul.v1.OrganizationName",
        &[("ru", Personal(Name)), ("kz", Personal(Name)), ("en", Personal(Name))],
    ),
    (
        "eush.registry.gbdul.v1.Organization",
        &[
            ("bin", Personal(Number)),
            ("reg_status", Plain),
            ("registration_date", Personal(Date)),
            ("registration_last_date", Personal(Date)),
            ("org_form", Plain),
            ("form_of_law", Plain),
            ("property_type", Plain),
            ("commerce_org", Plain),
            ("founders_count", Plain),
        ],
    ),
    (
        "eush.registry.gbdul.v1.OrganizationLeader",
        &[
            ("country", Plain),
            ("iin", Personal(Number)),
            ("sur_name", Personal(Name)),
            ("name", Personal(Name)),
            ("middle_name", Personal(Name)),
        ],
    ),
    (
        "eush.registry.gbdul.v1.Activity",
        &[("main", Plain), ("oked", Plain), ("activity_name_ru", Plain), ("activity_name_kz", Plain)],
    ),
    (
        "eush.registry.gbdul.v1.OrganizationAddress",
        &[
            ("rka", Personal(Name)),
            ("zip_code", Personal(Name)),
            ("kato", Personal(Name)),
            ("city_name_ru", Personal(Name)),
            ("city_name_kz", Personal(Name)),
            ("street_name_ru", Personal(Name)),
            ("street_name_kz", Personal(Name)),
            ("building_number", Personal(Name)),
        ],
    ),
    ("eush.registry.regional.v1.Application", &[("phone", Personal(Phone))]),
    ("eush.registry.regional.v1.Answer", &[("question", Plain), ("answer", Personal(Name))]),
    (
        "eush.registry.monitoring.v1.IdentityDocument",
        &[
            ("iin", Personal(Number)),
            ("surname", Personal(Name)),
            ("name", Personal(Name)),
            ("patronymic", Personal(Name)),
            ("birth_date", Personal(Date)),
            ("document_number", Personal(Name)),
            ("valid_until", Personal(Date)),
        ],
    ),
    ("eush.registry.oralman.v1.Entry", &[("number", Volatile), ("iin", Personal(Number)), ("region", Plain)]),
    (
        "eush.registry.oralman.v1.Registration",
        &[
            ("number", Personal(Name)),
            ("iin", Personal(Number)),
            ("relation", Plain),
            ("region", Plain),
            ("registered_on", Personal(Date)),
        ],
    ),
    ("eush.registry.oralman.v1.Search", &[]),
    (
        "eush.registry.regional.v1.FosterCare",
        &[
            ("children", Plain),
            ("marital_status", Personal(Gone)),
            ("dwelling_square_metres", Plain),
            ("statement", Personal(Name)),
        ],
    ),
    (
        "eush.registry.regional.v1.Notification",
        &[
            ("number", Personal(Name)),
            ("application_number", Personal(Name)),
            ("recipient_iin", Personal(Number)),
            ("text", Personal(Gone)),
            ("provider", Plain),
        ],
    ),
    (
        "eush.registry.regional.v1.ContractNotification",
        &[("contract_number", Personal(Name)), ("address", Plain), ("children", Plain)],
    ),
    ("eush.registry.zhao.v1.Application", &[("phone", Personal(Phone)), ("bank_account", Personal(Account))]),
    ("eush.registry.zhao.v1.FamilyMember", &[("iin", Personal(Number)), ("relation", Plain)]),
    ("eush.registry.zhao.v1.Answer", &[("question", Plain), ("answer", Personal(Name))]),
    (
        "eush.registry.shzhk.v1.PermitCase",
        &[
            ("number", Volatile),
            ("employer", Personal(Number)),
            ("procedure", Plain),
            ("stage", Plain),
            ("fee_tenge", Plain),
            ("permit_number", Personal(Name)),
        ],
    ),
    (
        "eush.registry.zhao.v1.HomeSchoolingReimbursement",
        &[
            ("child_iin", Personal(Number)),
            ("commission_conclusion_number", Personal(Name)),
            ("school_year", Plain),
            ("cost_tenge", Plain),
        ],
    ),
    (
        "eush.registry.zhao.v1.Notification",
        &[
            ("number", Personal(Name)),
            ("application_number", Personal(Name)),
            ("recipient_iin", Personal(Number)),
            ("text", Personal(Gone)),
            ("provider", Plain),
        ],
    ),
    (
        "eush.registry.zhao.v1.BenefitAssignment",
        &[
            ("child_iin", Personal(Number)),
            ("school_year", Plain),
            ("amount_tenge", Plain),
            ("quarterly_tenge", Plain),
            ("bank_account", Personal(Account)),
        ],
    ),
    // Of a signed document, what scripts look at beside the form.
    ("eush.bus.v1.Party", &[("iin", Personal(Number)), ("bin", Personal(Number))]),
    ("eush.bus.v1.Document", &[("message_id", Volatile), ("regulation_id", Plain), ("channel", Plain)]),
    ("eush.bus.v1.Representative", &[("notarized", Plain), ("power_of_attorney_number", Plain)]),
    (
        "eush.bus.v1.Attachment",
        &[("kind", Plain), ("file_name", Personal(Name)), ("media_type", Plain), ("content", Personal(Gone))],
    ),
];

/// Class of a message's field.
pub fn of(message: &str, field: &str) -> Class {
    find(message, field).unwrap_or(Personal(Gone))
}

/// Class of a message's field, where the table has it.
pub(crate) fn find(message: &str, field: &str) -> Option<Class> {
    let (_, fields) = TABLE.iter().find(|(name, _)| *name == message)?;
    fields.iter().find(|(name, _)| *name == field).map(|(_, class)| *class)
}

/// Whether a message has rows of its own.
pub(crate) fn has(message: &str) -> bool {
    TABLE.iter().any(|(name, _)| *name == message)
}

#[cfg(test)]
mod tests {
    use eush_words as words;
    use prost_reflect::Kind;

    use super::*;

    #[test]
    fn every_field_of_every_payload_has_a_class_and_no_row_is_stale() {
        for message in
            words::POOL.all_messages().filter(|one| one.package_name().starts_with("eush.registry."))
        {
            for field in message.fields() {
                let inner = matches!(field.kind(), Kind::Message(inner) if has(inner.full_name()));
                assert!(
                    inner || find(message.full_name(), field.name()).is_some(),
                    "{}.{} has no row in the table of classes",
                    message.full_name(),
                    field.name()
                );
            }
        }
        for (name, fields) in TABLE {
            let message = words::message(name).unwrap_or_else(|| panic!("{name} is no message"));
            for (field, _) in *fields {
                assert!(message.get_field_by_name(field).is_some(), "{name} has no field {field}");
            }
        }
    }

    #[test]
    fn what_nobody_classified_is_personal() {
        assert_eq!(of("elsewhere.v1.Person", "shoe_size"), Personal(Gone));
    }
}
