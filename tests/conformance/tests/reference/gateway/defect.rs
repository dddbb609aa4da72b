//! What can be wrong with a bus.

macro_rules! defects {
    ($($(#[doc = $doc:literal])* $name:ident,)*) => {
        /// One thing that is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Defect {
            $($(#[doc = $doc])* $name,)*
        }

        impl Defect {
            /// Every defect, and what it is.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, concat!($($doc),*)),)*];
        }
    };
}

defects! {
    /// the agency is called before the signature is judged
    DispatchesFirst,
    /// signatures are not verified
    SignatureNotVerified,
    /// chains are not judged
    ChainNotJudged,
    /// periods are not judged
    PeriodNotJudged,
    /// the revoked list is not asked
    RevocationNotAsked,
    /// a hold is told as a revocation
    HoldIsRevocation,
    /// a hold can never be lifted
    HoldForEver,
    /// the certificate's person is not compared
    SubjectNotCompared,
    /// a certificate without IIN fits everybody
    AbsentFits,
    /// roles are not judged
    RoleNotJudged,
    /// key usage is not judged
    KeyUsageNotJudged,
    /// secrets of senders are not compared
    SecretNotCompared,
    /// any sender may use any channel
    AnyChannel,
    /// the list of operators is not asked
    OperatorsNotAsked,
    /// subject is judged before revocation
    SubjectBeforeRevocation,
    /// sizes of attachments are not limited
    NoLimit,
    /// media types are not looked at
    AnyMediaType,
    /// a document may be signed for another message
    DocumentOfAnotherMessage,
    /// the same message again is dispatched again
    DispatchedAgain,
    /// another document under the same id gets the old answer
    ReusedIdAnswered,
    /// an unknown service is told as a malformed envelope
    UnknownServiceMalformed,
    /// an agency that is down is an internal error
    DownIsInternal,
    /// an agency that is down is called three times
    DownCalledThrice,
    /// an answer for another message is taken
    NonsenseTaken,
    /// a register's absence is an error
    AbsenceIsError,
    /// a question without signature is asked
    UnsignedQuestionAsked,
    /// a person's key may ask as a system
    AnybodyAsks,
    /// anybody may end a delivery
    AnybodyCompletes,
    /// a refused login is forgotten
    LoginForgotten,
    /// the form may come before the login
    FormBeforeLogin,
    /// the desk may send without asking the registers
    LookupLeftOut,
    /// presence does not end a flow
    AbsentGoesOn,
    /// the result is not signed
    ResultUnsigned,
    /// items of the act are missing in the trace
    TraceHasHoles,
    /// the clock goes back
    ClockGoesBack,
    /// the journal has no refused messages
    RefusalsNotJournalled,
    /// the journal counts a call that was none
    JournalCountsWrong,
    /// revoked certificates are passed by the check service
    CheckIgnoresRevocation,
    /// status details come in another order
    DetailsOutOfOrder,
    /// texts are in Russian alone
    TextsInRussian,
    /// refusals have no details
    BareStatus,
    /// refusals of certificates are internal errors
    WrongCode,
    /// a retry is always advised
    AlwaysRetry,
    /// a retry is never advised
    NeverRetry,
    /// reasons have a domain of their own
    OtherDomain,
    /// refusals do not name their message
    NoMessageId,
    /// refusals do not tell what was found
    NoFindings,
    /// the value of a malformed field is repeated
    LeaksValue,
    /// health does not know the certificate service
    HealthHasHoles,
}
