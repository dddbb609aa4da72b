//! What can be wrong with a bus.

use crate::reference::defects::defects;

defects! {
    /// the agency is called before the signature is judged
    DispatchesFirst by "?",
    /// signatures are not verified
    SignatureNotVerified by "?",
    /// chains are not judged
    ChainNotJudged by "?",
    /// periods are not judged
    PeriodNotJudged by "?",
    /// the revoked list is not asked
    RevocationNotAsked by "?",
    /// a stale revocation list is evidence enough
    StaleTaken by "?",
    /// a revocation list that somebody else signed is evidence enough
    UntrustedTaken by "?",
    /// an unknown algorithm is told as a malformed signature
    AlgorithmIsMalformed by "?",
    /// a certificate that cannot be read is told as one of an unknown issuer
    GarbageIsUnknown by "?",
    /// the certificate's organisation is not compared
    OrganizationNotCompared by "?",
    /// a reasoned refusal is told as a result
    RefusalIsResult by "?",
    /// an agency that is slow is waited for past the deadline
    WaitsForEver by "?",
    /// a hold is told as a revocation
    HoldIsRevocation by "?",
    /// a hold can never be lifted
    HoldForEver by "?",
    /// the certificate's person is not compared
    SubjectNotCompared by "?",
    /// a certificate without IIN fits everybody
    AbsentFits by "?",
    /// roles are not judged
    RoleNotJudged by "?",
    /// key usage is not judged
    KeyUsageNotJudged by "?",
    /// secrets of senders are not compared
    SecretNotCompared by "?",
    /// any sender may use any channel
    AnyChannel by "?",
    /// the list of operators is not asked
    OperatorsNotAsked by "?",
    /// subject is judged before revocation
    SubjectBeforeRevocation by "?",
    /// sizes of attachments are not limited
    NoLimit by "?",
    /// media types are not looked at
    AnyMediaType by "?",
    /// a document may be signed for another message
    DocumentOfAnotherMessage by "?",
    /// the same message again is dispatched again
    DispatchedAgain by "?",
    /// another document under the same id gets the old answer
    ReusedIdAnswered by "?",
    /// an unknown service is told as a malformed envelope
    UnknownServiceMalformed by "?",
    /// an agency that is down is an internal error
    DownIsInternal by "?",
    /// an agency that is down is called three times
    DownCalledThrice by "?",
    /// an answer for another message is taken
    NonsenseTaken by "?",
    /// a register's absence is an error
    AbsenceIsError by "?",
    /// a question without signature is asked
    UnsignedQuestionAsked by "?",
    /// a person's key may ask as a system
    AnybodyAsks by "?",
    /// anybody may end a delivery
    AnybodyCompletes by "?",
    /// a refused login is forgotten
    LoginForgotten by "?",
    /// the form may come before the login
    FormBeforeLogin by "?",
    /// the desk may send without asking the registers
    LookupLeftOut by "?",
    /// presence does not end a flow
    AbsentGoesOn by "?",
    /// a missing organisation or power of attorney is told as a missing person
    AbsenceIsOfAPerson by "?",
    /// the notarial register is left out
    PowerNotAsked by "?",
    /// the result is not signed
    ResultUnsigned by "?",
    /// items of the act are missing in the trace
    TraceHasHoles by "?",
    /// the clock goes back
    ClockGoesBack by "?",
    /// the journal has no refused messages
    RefusalsNotJournalled by "?",
    /// the journal counts a call that was none
    JournalCountsWrong by "?",
    /// revoked certificates are passed by the check service
    CheckIgnoresRevocation by "?",
    /// status details come in another order
    DetailsOutOfOrder by "?",
    /// texts are in Russian alone
    TextsInRussian by "?",
    /// refusals have no details
    BareStatus by "?",
    /// refusals of certificates are internal errors
    WrongCode by "?",
    /// a retry is always advised
    AlwaysRetry by "?",
    /// a retry is never advised
    NeverRetry by "?",
    /// reasons have a domain of their own
    OtherDomain by "?",
    /// refusals do not name their message
    NoMessageId by "?",
    /// refusals do not tell what was found
    NoFindings by "?",
    /// the value of a malformed field is repeated
    LeaksValue by "?",
    /// health does not know the certificate service
    HealthHasHoles by "?",
}
