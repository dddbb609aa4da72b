//! What can be wrong with a bus.

use crate::reference::defects::defects;

defects! {
    /// the agency is called before the signature is judged
    DispatchesFirst by "Refusals/signature/missing",
    /// signatures are not verified
    SignatureNotVerified by "Refusals/signature/content-changed",
    /// chains are not judged
    ChainNotJudged by "Refusals/chain/unknown-issuer",
    /// periods are not judged
    PeriodNotJudged by "Refusals/validity/expired",
    /// the revoked list is not asked
    RevocationNotAsked by "Refusals/revocation/revoked",
    /// a stale revocation list is evidence enough
    StaleTaken by "Refusals/revocation/stale",
    /// a revocation list that somebody else signed is evidence enough
    UntrustedTaken by "Refusals/revocation/untrusted",
    /// an unknown algorithm is told as a malformed signature
    AlgorithmIsMalformed by "Refusals/signature/other-algorithm",
    /// a certificate that cannot be read is told as one of an unknown issuer
    GarbageIsUnknown by "Refusals/signature/certificate-garbage",
    /// the certificate's organisation is not compared
    OrganizationNotCompared by "Refusals/subject/another-organisation",
    /// a reasoned refusal is told as a result
    RefusalIsResult by "Refusals/provider/reasoned",
    /// a hold is told as a revocation
    HoldIsRevocation by "Refusals/revocation/on-hold",
    /// a hold can never be lifted
    HoldForEver by "Refusals/revocation/hold-lifted",
    /// the certificate's person is not compared
    SubjectNotCompared by "Refusals/subject/another-person",
    /// a certificate without IIN fits everybody
    AbsentFits by "Refusals/subject/no-iin",
    /// roles are not judged
    RoleNotJudged by "Refusals/role/other",
    /// key usage is not judged
    KeyUsageNotJudged by "Refusals/role/key-usage",
    /// secrets of senders are not compared
    SecretNotCompared by "Refusals/sender/wrong-secret",
    /// any sender may use any channel
    AnyChannel by "Refusals/sender/other-channel",
    /// the list of operators is not asked
    OperatorsNotAsked by "Refusals/sender/operator-not-listed",
    /// subject is judged before revocation
    SubjectBeforeRevocation by "Refusals/order/revocation-before-subject",
    /// sizes of attachments are not limited
    NoLimit by "Refusals/envelope/attachment-too-large",
    /// media types are not looked at
    AnyMediaType by "Refusals/envelope/media-type",
    /// a document may be signed for another message
    DocumentOfAnotherMessage by "Refusals/envelope/of-another-message",
    /// the same message again is dispatched again
    DispatchedAgain by "Refusals/again/same-answer",
    /// another document under the same id gets the old answer
    ReusedIdAnswered by "Refusals/again/other-content",
    /// an unknown service is told as a malformed envelope
    UnknownServiceMalformed by "Refusals/service/unknown",
    /// an agency that is down is an internal error
    DownIsInternal by "Refusals/dispatch/down",
    /// an agency that is down is called three times
    DownCalledThrice by "Refusals/dispatch/down",
    /// an answer for another message is taken
    NonsenseTaken by "Refusals/dispatch/nonsense",
    /// a register's absence is an error
    AbsenceIsError by "Refusals/lookup/absent",
    /// a question without signature is asked
    UnsignedQuestionAsked by "Refusals/lookup/unsigned",
    /// a person's key may ask as a system
    AnybodyAsks by "Refusals/lookup/signed-by-a-person",
    /// anybody may end a delivery
    AnybodyCompletes by "Refusals/complete/not-the-agency",
    /// a refused login is forgotten
    LoginForgotten by "Flows/flow:000-A|portal/login-refused",
    /// the form may come before the login
    FormBeforeLogin by "Flows/flow:000-A|portal/no-form-before-login",
    /// the desk may send without asking the registers
    LookupLeftOut by "Flows/flow:000-A|state-corporation/whole/desk-asks-first",
    /// presence does not end a flow
    AbsentGoesOn by "Flows/flow:000-A|state-corporation/presence/absent-person",
    /// a missing organisation or power of attorney is told as a missing person
    AbsenceIsOfAPerson by "Flows/flow:000-A|state-corporation/presence/absent-organization",
    /// the notarial register is left out
    PowerNotAsked by "Flows/flow:000-A|state-corporation/presence/absent-power-of-attorney",
    /// the result is not signed
    ResultUnsigned by "Flows/flow:000-A|portal/whole/portal",
    /// items of the act are missing in the trace
    TraceHasHoles by "Flows/flow:000-A|portal/whole/portal",
    /// the clock goes back
    ClockGoesBack by "Bus management/clock/never-back",
    /// the journal has no refused messages
    RefusalsNotJournalled by "Bus management/journal/message-refused",
    /// the journal counts a call that was none
    JournalCountsWrong by "Bus management/journal/message-passed",
    /// revoked certificates are passed by the check service
    CheckIgnoresRevocation by "Bus management/certificates/revoked",
    /// status details come in another order
    DetailsOutOfOrder by "Bus wire/details/order",
    /// texts are in Russian alone
    TextsInRussian by "Bus wire/details/three-languages",
    /// refusals have no details
    BareStatus by "Bus wire/details/domain",
    /// refusals of certificates are internal errors
    WrongCode by "Refusals/subject/another-person",
    /// a retry is always advised
    AlwaysRetry by "Bus wire/details/no-retry",
    /// a retry is never advised
    NeverRetry by "Bus wire/details/retry",
    /// reasons have a domain of their own
    OtherDomain by "Bus wire/details/domain",
    /// refusals do not name their message
    NoMessageId by "Bus wire/details/metadata",
    /// refusals do not tell what was found
    NoFindings by "Bus wire/details/findings",
    /// the value of a malformed field is repeated
    LeaksValue by "Bus wire/details/violations",
    /// a certificate that was never issued is taken
    NeverIssuedTaken by "Refusals/revocation/not-issued",
    /// a result whose signature does not hold is taken
    BrokenResultTaken by "Refusals/result/signature-broken",
    /// a message whose sender went away is forgotten
    CancelledIsForgotten by "Refusals/dispatch/cancelled",
    /// a session that nobody made is the shared bus
    UnknownSessionShared by "Refusals/session/unknown",
    /// sessions never end
    SessionsNeverEnd by "Refusals/session/over",
    /// a session in reset is told as one that nobody made
    RestoringIsUnknown by "Refusals/session/in-reset",
    /// session keys are not read
    SessionKeyNotRead by "Refusals/session/malformed",
    /// a request that is not gRPC is answered
    AnyContentType by "Bus wire/other-content-type",
    /// health does not know the certificate service
    HealthHasHoles by "Bus wire/health/certificate-service",
}
