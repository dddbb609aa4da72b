//! What a regulation is made of. Every value is either the act's, with the lines that say so, or marked as ours.

use eush_domain::{
    AgencyId, CertificateRole, Channel, FlowId, LocalizedText, MessageClass, RegulationId, ServiceId,
    SystemId, Term,
};
use serde::Deserialize;

/// Lines of an act's published text, 1-based and inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// First line.
    pub first: u32,
    /// Last line.
    pub last: u32,
}

/// One public service of one act.
#[derive(Clone, Debug)]
pub struct Regulation {
    /// Stable id, `<region>/<service>`.
    pub id: RegulationId,
    /// Short form, for example `000-A` or `001-S02`.
    pub alias: String,
    /// Where it stands.
    pub source: Source,
    /// Its order within the act, from 1.
    pub service_number: u16,
    /// Name; Kazakh as the act prints it.
    pub names: LocalizedText,
    /// Who provides it.
    pub provider: Provider,
    /// Who receives it.
    pub recipients: LocalizedText,
    /// Form of provision.
    pub form: ServiceForm,
    /// What comes out, and who signs it.
    pub results: Vec<ServiceResult>,
    /// The provider's internal procedure, in order.
    pub procedure: Vec<ProcedureStep>,
    /// Overall terms of the service.
    pub terms: Vec<ServiceTerm>,
    /// Every channel that the act gives it, electronic or on paper.
    pub channels: Vec<ChannelFlow>,
    /// Irregularities of the act that are kept as they are.
    pub oddities: Vec<String>,
}

/// The act that a regulation comes from.
#[derive(Clone, Debug)]
pub struct Source {
    /// `000` to `004`.
    pub act: String,
    /// Number as published, for example `158-1526`.
    pub number: String,
    /// Date as published, ISO.
    pub date: String,
    /// Edition, where the act has several: the amending decree.
    pub edition: Option<String>,
    /// Issuing body; Kazakh as published.
    pub issuer: LocalizedText,
    /// File name of the published text.
    pub file: String,
    /// Lines of this service.
    pub lines: Lines,
}

/// Who provides a service.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Name; Kazakh as the act prints it.
    pub name: LocalizedText,
    /// Key of the organisation that plays the provider in the synthetic population (ours).
    pub organization: String,
    /// Lines.
    pub lines: Lines,
}

/// Form of provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceForm {
    /// Electronic (fully automated) and/or on paper.
    ElectronicFull,
    /// Electronic (partly automated) and/or on paper.
    ElectronicPartial,
    /// On paper only.
    Paper,
}

/// A result of a service.
#[derive(Clone, Debug)]
pub struct ServiceResult {
    /// Kind in the provider's vocabulary, for example `unemployed-certificate`.
    pub kind: String,
    /// Name.
    pub name: LocalizedText,
    /// Who signs it, by the act.
    pub signed_by: ResultSigner,
    /// Whether this is the good outcome, or a negative one such as a reasoned refusal.
    pub outcome: ResultOutcome,
    /// Lines.
    pub lines: Lines,
}

/// Who signs a result, by the act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultSigner {
    /// The provider's authorised person.
    AuthorizedPerson,
    /// The head, on paper.
    Head,
    /// The provider's specialist.
    Specialist,
    /// The act says that it is signed, and not by whom.
    Unnamed,
    /// The act says nothing of a signature.
    Unsigned,
}

/// Whether a result is what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultOutcome {
    /// A negative answer that the act knows as a result.
    Negative,
    /// The service was provided.
    Positive,
}

/// A step of the provider's internal procedure.
#[derive(Clone, Debug)]
pub struct ProcedureStep {
    /// Order within the procedure, from 1.
    pub number: u16,
    /// Who acts, for example `office-specialist`.
    pub actor: Actor,
    /// What is done, in our own short words.
    pub text: LocalizedText,
    /// How long it takes by the act.
    pub duration: Option<Term>,
    /// What stands at its end, where the act says so.
    pub result: Option<LocalizedText>,
    /// Lines.
    pub lines: Lines,
}

/// An overall term of a service.
#[derive(Clone, Debug)]
pub struct ServiceTerm {
    /// How long.
    pub term: Term,
    /// Channel it holds for; `None` for all.
    pub channel: Option<Channel>,
    /// What starts it and what it is for, in our own short words.
    pub text: LocalizedText,
    /// Whether the day of acceptance counts.
    pub acceptance_day: AcceptanceDay,
    /// Lines.
    pub lines: Lines,
}

/// Whether the day of acceptance counts in a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptanceDay {
    /// It counts, or the act says nothing.
    Counted,
    /// The act says that it does not count.
    NotCounted,
}

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
    /// Items in the order of the act. Refusal processes stand in line and are reached only by a failed condition.
    pub items: Vec<Item>,
    /// Lines.
    pub lines: Lines,
}

/// How a channel works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
    /// Limit on the item, recorded and not waited for.
    pub duration: Option<Term>,
    /// What happens, in our own short words.
    pub text: LocalizedText,
    /// What in this item is ours and not the act's.
    pub ours: Option<String>,
}

/// What the act calls an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
    pub absent: eush_domain::Rejection,
}

/// About whom a register is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LookupSubject {
    /// The applicant.
    Applicant,
    /// The representative's power of attorney.
    PowerOfAttorney,
}

/// When a register is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
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
