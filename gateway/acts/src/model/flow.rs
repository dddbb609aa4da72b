//! One channel of a public service: the items of the act, in its order.

use eush_domain::{
    AgencyId, CertificateRole, FlowId, LocalizedText, MessageClass, Rejection, ServiceId, SystemId, Term,
};
use serde::{Deserialize, Serialize};

use super::{Access, Lines, Otherwise};

/// Somebody or something that acts, by its code: `recipient`, `operator`, `portal`, `provider`, `office-specialist`, …
/// Names in three languages stand in the catalogue's table of actors.
pub type Actor = String;

/// One channel of a service.
#[derive(Clone, Debug)]
pub struct ChannelFlow {
    /// The flow.
    pub id: FlowId,
    /// Whether a request can be sent through the bus in this channel.
    pub medium: Medium,
    /// The front system where it starts.
    pub front: Option<SystemId>,
    /// Who signs the request (ours where the act contradicts itself).
    pub signer: Signer,
    /// Certificate roles that may sign (ours: no act names roles).
    pub signer_roles: Vec<CertificateRole>,
    /// Whether the provider's procedure runs besides the items.
    pub procedure: ProcedureUse,
    /// For whom or for what alone the act opens the channel; it describes no check of it.
    pub restriction: Option<LocalizedText>,
    /// Items in the order of the act. Refusal processes stand in line and are reached only by a failed condition.
    pub items: Vec<Item>,
    /// Lines.
    pub lines: Lines,
}

/// Whether the provider's procedure runs besides the items of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcedureUse {
    /// The items are the provider's work themselves, with their durations.
    InItems,
    /// It runs apart: after the dispatch, or where the act has the provider at work.
    Separate,
}

/// How a channel works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// Described step by step, with a dispatch through the gateway.
    Gateway,
    /// Described step by step, without the gateway.
    Office,
    /// Named by the act, with no described electronic process: a dispatch is refused.
    Paper,
}

/// Who signs the request in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signer {
    /// The recipient.
    Applicant,
    /// Nobody.
    Nobody,
    /// The operator at the desk; see DECISIONS 7 for the other reading.
    Operator,
}

/// One numbered (or unnumbered) item of a channel.
#[derive(Clone, Debug)]
pub struct Item {
    /// Label as the act prints it, for example `3-үдеріс` or `2-шарт`; `None` where it prints none.
    pub label: Option<String>,
    /// The label's printed shape where it is another one, for example `1 - шарт` or `1 шарт`.
    pub printed: Option<String>,
    /// Whether the act has it in the channel's list.
    pub placement: Placement,
    /// Printed item number, for example `4)`; `None` where there is none.
    pub number: Option<String>,
    /// Lines.
    pub lines: Lines,
    /// What the act calls it.
    pub kind: ItemKind,
    /// What it makes the bus do.
    pub operation: Operation,
    /// Who acts, by the act; `unnamed` where it does not say.
    pub actor: Actor,
    /// Who executes it in eush: `front`, `gateway`, `agency`, `person`.
    pub executed_by: Executor,
    /// System it goes from.
    pub from: Option<SystemId>,
    /// Systems it goes to.
    pub to: Vec<SystemId>,
    /// Whether it crosses the e-government gateway.
    pub via_gateway: bool,
    /// Whether it crosses the regional gateway too.
    pub regional_gateway: bool,
    /// Checks that the act lists here, in its order.
    pub checks: Vec<Check>,
    /// Where a failure leads.
    pub on_failure: OnFailure,
    /// What is done by hand with the system that it goes to.
    pub access: Option<Access>,
    /// Limit on the item, recorded and not waited for.
    pub duration: Option<Term>,
    /// Another limit under a condition that the act states.
    pub otherwise: Option<Otherwise>,
    /// What happens, in our own short words.
    pub text: LocalizedText,
    /// What in this item is ours and not the act's.
    pub ours: Option<String>,
}

/// Whether an item stands in the act's list of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// It does, or the act describes the channel in prose without a list.
    InList,
    /// The act describes it in another paragraph than the list.
    Outside,
}

/// What the act calls an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// іс-қимыл.
    Action,
    /// шарт.
    Condition,
    /// процесс, үдеріс.
    Process,
    /// No label.
    Step,
}

/// Who executes an item in eush.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Executor {
    /// The agency system that takes delivery, the provider's people included.
    Agency,
    /// The front: portal or State corporation's system.
    Front,
    /// The gateway.
    Gateway,
    /// The person themselves.
    Person,
}

/// The closed vocabulary of what an item makes the bus do. The engine knows these and no act by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The person comes to the desk with the papers.
    Arrive,
    /// Login data are entered.
    Authenticate,
    /// The signer's certificate is checked; the gateway does it before the dispatch.
    CheckCertificate,
    /// The provider checks documents, and grounds where `checks` says so, after the dispatch.
    CheckDocuments,
    /// The front checks login data.
    CheckLogin,
    /// Whether the registers answered "present".
    CheckPresence,
    /// The result reaches the personal cabinet, or the State corporation's system.
    DeliverResult,
    /// The signed document goes to an agency.
    Dispatch {
        /// Agency that takes delivery.
        agency: AgencyId,
        /// Its service.
        service: ServiceId,
    },
    /// The form is filled.
    FillForm,
    /// The result is given to the person at the desk.
    HandOver,
    /// Registers are asked.
    Lookup(Vec<LookupRule>),
    /// People at the office act; no message crosses the bus.
    OfficeStep,
    /// The provider carries out its internal procedure.
    Provide,
    /// A message of refusal is formed: the end.
    Refuse(MessageClass),
    /// The agency registers what it took.
    RegisterDocument,
    /// The person registers on the portal.
    RegisterAtPortal,
    /// The filled form is signed.
    Sign,
}

impl Operation {
    /// Name in data and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Arrive => "arrive",
            Self::Authenticate => "authenticate",
            Self::CheckCertificate => "check-certificate",
            Self::CheckDocuments => "check-documents",
            Self::CheckLogin => "check-login",
            Self::CheckPresence => "check-presence",
            Self::DeliverResult => "deliver-result",
            Self::Dispatch { .. } => "dispatch",
            Self::FillForm => "fill-form",
            Self::HandOver => "hand-over",
            Self::Lookup(_) => "lookup",
            Self::OfficeStep => "office-step",
            Self::Provide => "provide",
            Self::Refuse(_) => "refuse",
            Self::RegisterAtPortal => "register-at-portal",
            Self::RegisterDocument => "register-document",
            Self::Sign => "sign",
        }
    }
}

impl OnFailure {
    /// As JSON has it: a label, `refuse`, `undefined`, or nothing.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Label(label) => Some(label),
            Self::None => None,
            Self::Refuse => Some("refuse"),
            Self::Undefined => Some("undefined"),
        }
    }
}

impl Check {
    /// Every check, in the order in which lists of them stand.
    pub const ALL: [Self; 8] = [
        Self::Login,
        Self::Presence,
        Self::Validity,
        Self::Revocation,
        Self::Subject,
        Self::Documents,
        Self::Grounds,
        Self::Eligibility,
    ];

    /// Name in data and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Eligibility => "eligibility",
            Self::Grounds => "grounds",
            Self::Login => "login",
            Self::Presence => "presence",
            Self::Revocation => "revocation",
            Self::Subject => "subject",
            Self::Validity => "validity",
        }
    }
}

/// One register of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupRule {
    /// Agency that is asked.
    pub agency: AgencyId,
    /// Its service.
    pub service: ServiceId,
    /// About whom.
    pub subject: LookupSubject,
    /// When it is asked.
    pub when: LookupCondition,
    /// Machine reason when it answers "absent".
    pub absent: Rejection,
}

/// About whom a register is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupSubject {
    /// The applicant.
    Applicant,
    /// The representative's power of attorney.
    PowerOfAttorney,
}

/// When a register is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupCondition {
    /// The applicant is a natural person.
    ApplicantIsIndividual,
    /// The applicant is an organisation.
    ApplicantIsOrganization,
    /// A notarised power of attorney was entered.
    NotarizedPowerOfAttorney,
}

/// A check that an act lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Documents conform to the list.
    Documents,
    /// The applicant is eligible.
    Eligibility,
    /// The grounds for the service hold.
    Grounds,
    /// Login data hold.
    Login,
    /// The registers have the data.
    Presence,
    /// The certificate is not on the revoked list.
    Revocation,
    /// The IIN in the request is the one in the certificate.
    Subject,
    /// The certificate is within its period.
    Validity,
}

/// Where the failure of an item leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// To the item with this label.
    Label(String),
    /// Nothing can fail here.
    None,
    /// The act refuses without a labelled item.
    Refuse,
    /// The act leaves it open; our policy is to refuse with our own message, marked as ours.
    Undefined,
}
