//! What the demo plays and what each case must come to. Labels and refusals are written out here from the acts, so that
//! the demo is a second witness beside the data that the engine runs.

use eush_wire::management::v1::{Behaviour, Defect};

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    /// Name, unique.
    pub(crate) name: &'static str,
    /// Flow, by its short form.
    pub(crate) flow: &'static str,
    /// Who applies.
    pub(crate) person: &'static str,
    /// What is done to the golden request.
    pub(crate) trick: Trick,
    /// State in which the application must end.
    pub(crate) state: &'static str,
    /// Reason that must be told; empty for none.
    pub(crate) reason: &'static str,
    /// Labels of the act's items that must have been executed, in order.
    pub(crate) labels: &'static [&'static str],
    /// Calls that each agency must have counted; the ones not named, none.
    pub(crate) calls: &'static [(&'static str, u64)],
}

/// The one thing that is done to a golden request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trick {
    /// Nothing.
    None,
    /// The target agency behaves badly for this message.
    Agency(Behaviour),
    /// The signer's certificate has a flaw.
    Defect(Defect),
    /// The signer's certificate is on hold.
    Hold,
    /// The signer's certificate was on hold, and is no longer.
    HoldAndRelease,
    /// The signed document has no applicant.
    MalformedDocument,
    /// A representative acts under a power of attorney that the register does not have.
    PowerOfAttorneyUnknown(&'static str),
    /// A representative acts under a notarised power of attorney.
    Representative(&'static str),
    /// The signer's certificate is revoked.
    Revoke,
    /// The target agency is another process, started for this case.
    SecondProcess,
    /// Somebody else's key signs.
    SignedBy(&'static str),
    /// The signer's certificate names the signer, with another role.
    SignedInRole(&'static str),
    /// The document is changed after it was signed.
    TamperedDocument,
    /// The message goes to a service that no system has.
    UnknownService,
    /// The public service is asked for in a channel that the act does not give it.
    WrongChannel,
    /// The password is wrong.
    WrongPassword,
    /// A paper is left out.
    Without(&'static str),
}

const A_PORTAL: &[&str] = &["1-үдеріс", "1-шарт", "3-үдеріс", "2-шарт", "5-үдеріс", "3-шарт", "7-үдеріс"];
const A_DESK: &[&str] = &["1-үдеріс", "2-үдеріс", "3-үдеріс", "1-шарт", "5-үдеріс", "6-үдеріс", "2-шарт"];
const B_DESK: &[&str] = &["1-үдеріс", "2-үдеріс", "3-үдеріс", "1-шарт", "5-үдеріс", "2-шарт"];
const P_PORTAL: &[&str] =
    &["1-процесс", "1-шарт", "3-процесс", "4-процесс", "2-шарт", "6-процесс", "7-процесс"];
/// The certificate was not confirmed: the portal's 4-үдеріс.
const A_EDS: &[&str] = &["1-үдеріс", "1-шарт", "3-үдеріс", "2-шарт", "4-үдеріс"];
const P_EDS: &[&str] = &["1-процесс", "1-шарт", "3-процесс", "4-процесс", "2-шарт", "5-процесс"];
/// Filled, and nothing of the act after that.
const A_FILLED: &[&str] = &["1-үдеріс", "1-шарт", "3-үдеріс"];
/// Dispatched, and nothing of the act after that.
const A_DISPATCHED: &[&str] = &["1-үдеріс", "1-шарт", "3-үдеріс", "2-шарт", "5-үдеріс"];

const fn good(name: &'static str, flow: &'static str, person: &'static str, trick: Trick) -> Case {
    Case { name, flow, person, trick, state: "completed", reason: "", labels: A_PORTAL, calls: &[] }
}

/// A request of 000-A through the portal that is refused for its signature or certificate.
const fn eds(name: &'static str, trick: Trick, reason: &'static str) -> Case {
    Case {
        name,
        flow: "000-A/portal",
        person: "aigerim",
        trick,
        state: "refused",
        reason,
        labels: A_EDS,
        calls: &[],
    }
}

/// Every case, in the order in which they are played.
pub(crate) const CASES: &[Case] = &[
    // The six flows, with nothing wrong.
    Case { calls: &[("enbek", 1)], ..good("golden", "000-A/portal", "aigerim", Trick::None) },
    Case {
        labels: A_DESK,
        calls: &[("gbdfl", 1), ("enbek", 1)],
        ..good("golden", "000-A/state-corporation", "aigerim", Trick::None)
    },
    Case { calls: &[("esobes", 1)], ..good("golden", "000-B/portal", "bolat", Trick::None) },
    Case {
        labels: B_DESK,
        calls: &[("gbdfl", 1), ("esobes", 1)],
        ..good("golden", "000-B/state-corporation", "bolat", Trick::None)
    },
    Case {
        labels: P_PORTAL,
        calls: &[("zhao", 1)],
        ..good("golden", "001-S02/portal", "bolat", Trick::None)
    },
    Case { calls: &[("regional", 1)], ..good("golden", "002-A/portal", "saule", Trick::None) },
    // Golden in other ways.
    Case {
        labels: A_DESK,
        calls: &[("gbdfl", 1), ("enis", 1), ("enbek", 1)],
        ..good(
            "notarised power of attorney",
            "000-A/state-corporation",
            "aigerim",
            Trick::Representative("daniyar"),
        )
    },
    Case {
        labels: A_DESK,
        calls: &[("gbdfl", 1), ("enbek", 1)],
        ..good(
            "power of attorney certified otherwise",
            "000-A/state-corporation",
            "aigerim",
            Trick::Representative("marat"),
        )
    },
    Case { calls: &[("enbek", 1)], ..good("hold lifted", "000-A/portal", "aigerim", Trick::HoldAndRelease) },
    Case {
        labels: P_PORTAL,
        calls: &[("zhao", 1)],
        ..good("agency in a second process", "001-S02/portal", "bolat", Trick::SecondProcess)
    },
    // Refused before dispatch: the target agency is never called.
    eds("tampered document", Trick::TamperedDocument, "SIGNATURE_INVALID"),
    eds("unknown issuer", Trick::Defect(Defect::UnknownIssuer), "ISSUER_UNKNOWN"),
    eds("expired", Trick::Defect(Defect::Expired), "CERTIFICATE_EXPIRED"),
    eds("not yet valid", Trick::Defect(Defect::NotYetValid), "CERTIFICATE_NOT_YET_VALID"),
    eds("revoked", Trick::Revoke, "CERTIFICATE_REVOKED"),
    eds("on hold", Trick::Hold, "CERTIFICATE_ON_HOLD"),
    eds("IIN differs", Trick::SignedBy("bolat"), "IIN_MISMATCH"),
    eds("IIN absent: information system", Trick::SignedBy("portal-system"), "IIN_ABSENT"),
    eds("wrong role", Trick::SignedInRole("treasury-client"), "ROLE_NOT_ALLOWED"),
    Case {
        flow: "001-S02/portal",
        person: "bolat",
        labels: P_EDS,
        ..eds("revoked", Trick::Revoke, "CERTIFICATE_REVOKED")
    },
    Case {
        flow: "002-A/portal",
        person: "saule",
        ..eds("IIN differs", Trick::SignedBy("bolat"), "IIN_MISMATCH")
    },
    Case {
        name: "malformed request",
        flow: "000-A/portal",
        person: "aigerim",
        trick: Trick::MalformedDocument,
        state: "open",
        reason: "ENVELOPE_MALFORMED",
        labels: A_FILLED,
        calls: &[],
    },
    Case {
        name: "no such service",
        flow: "000-A/portal",
        person: "aigerim",
        trick: Trick::UnknownService,
        state: "open",
        reason: "SERVICE_UNKNOWN",
        labels: A_FILLED,
        calls: &[],
    },
    Case {
        name: "no such channel: paper only",
        flow: "002-A/state-corporation",
        person: "saule",
        trick: Trick::WrongChannel,
        state: "no-application",
        reason: "CHANNEL_NOT_DESCRIBED",
        labels: &[],
        calls: &[],
    },
    Case {
        name: "login data wrong",
        flow: "000-A/portal",
        person: "aigerim",
        trick: Trick::WrongPassword,
        state: "refused",
        reason: "LOGIN_REFUSED",
        labels: &["1-үдеріс", "1-шарт", "2-үдеріс"],
        calls: &[],
    },
    Case {
        name: "person absent from the register",
        flow: "000-A/state-corporation",
        person: "zarina",
        trick: Trick::None,
        state: "refused",
        reason: "PERSON_ABSENT",
        labels: &["1-үдеріс", "2-үдеріс", "3-үдеріс", "1-шарт", "4-үдеріс"],
        calls: &[("gbdfl", 1)],
    },
    Case {
        name: "power of attorney absent",
        flow: "000-B/state-corporation",
        person: "bolat",
        trick: Trick::PowerOfAttorneyUnknown("daniyar"),
        state: "refused",
        reason: "POWER_OF_ATTORNEY_ABSENT",
        labels: &["1-үдеріс", "2-үдеріс", "3-үдеріс", "1-шарт", "4-үдеріс"],
        calls: &[("gbdfl", 1), ("enis", 1)],
    },
    Case {
        name: "operator not on the list",
        flow: "000-A/state-corporation",
        person: "aigerim",
        trick: Trick::SignedBy("operator-2"),
        state: "open",
        reason: "OPERATOR_NOT_LISTED",
        labels: &["1-үдеріс", "2-үдеріс", "3-үдеріс", "1-шарт"],
        calls: &[("gbdfl", 1)],
    },
    // Refused after dispatch: the target agency is called once.
    Case {
        name: "documents not conforming",
        flow: "000-A/portal",
        person: "aigerim",
        trick: Trick::Without("identity-document"),
        state: "refused",
        reason: "DOCUMENTS_NOT_CONFORMING",
        labels: &["1-үдеріс", "1-шарт", "3-үдеріс", "2-шарт", "5-үдеріс", "3-шарт", "6-үдеріс"],
        calls: &[("enbek", 1)],
    },
    Case {
        name: "documents not conforming",
        flow: "000-A/state-corporation",
        person: "aigerim",
        trick: Trick::Without("identity-document"),
        state: "refused",
        reason: "DOCUMENTS_NOT_CONFORMING",
        labels: &["1-үдеріс", "2-үдеріс", "3-үдеріс", "1-шарт", "5-үдеріс", "6-үдеріс", "2-шарт", "7-үдеріс"],
        calls: &[("gbdfl", 1), ("enbek", 1)],
    },
    Case {
        name: "documents not conforming",
        flow: "002-A/portal",
        person: "saule",
        trick: Trick::Without("housing-document"),
        state: "refused",
        reason: "DOCUMENTS_NOT_CONFORMING",
        labels: &["1-үдеріс", "1-шарт", "3-үдеріс", "2-шарт", "5-үдеріс", "3-шарт", "6-үдеріс"],
        calls: &[("regional", 1)],
    },
    // Act 001 gives the provider no document check: the refusal is marked as ours and has no label.
    Case {
        name: "documents: not defined by the act",
        flow: "001-S02/portal",
        person: "bolat",
        trick: Trick::Without("commission-conclusion"),
        state: "refused",
        reason: "DOCUMENTS_NOT_CONFORMING",
        labels: &["1-процесс", "1-шарт", "3-процесс", "4-процесс", "2-шарт", "6-процесс"],
        calls: &[("zhao", 1)],
    },
    Case {
        name: "agency down",
        flow: "000-A/portal",
        person: "aigerim",
        trick: Trick::Agency(Behaviour::Down),
        state: "open",
        reason: "AGENCY_UNAVAILABLE",
        labels: A_DISPATCHED,
        calls: &[("enbek", 1)],
    },
    Case {
        name: "agency too slow",
        flow: "000-A/portal",
        person: "aigerim",
        trick: Trick::Agency(Behaviour::Slow),
        state: "open",
        reason: "AGENCY_TIMEOUT",
        labels: A_DISPATCHED,
        calls: &[("enbek", 1)],
    },
    Case {
        name: "agency answering nonsense",
        flow: "000-A/portal",
        person: "aigerim",
        trick: Trick::Agency(Behaviour::Nonsense),
        state: "open",
        reason: "AGENCY_ANSWER_INVALID",
        labels: A_DISPATCHED,
        calls: &[("enbek", 1)],
    },
];
