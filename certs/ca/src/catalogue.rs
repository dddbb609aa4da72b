//! The catalogue of deliberate defects: each is one change of something golden, with what a strict checker comes to.

use eush_domain::Rejection;

use crate::fault::{PublicationFault, PublicationPoint};
use crate::model::Defect;

/// Word of a warning: a delta list was promised and there is none that counts.
const DELTA_MISSING: &str = "delta-list-missing";

/// What a strict checker comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It accepts: the lists do not tell, the responder does, with this reason.
    ByOcsp(Rejection),
    /// It refuses.
    Refused(Rejection),
    /// It accepts with this warning.
    Warned(&'static str),
}

impl Expected {
    /// Reason or warning.
    pub fn word(self) -> &'static str {
        match self {
            Self::ByOcsp(rejection) | Self::Refused(rejection) => rejection.facts().reason,
            Self::Warned(warning) => warning,
        }
    }
}

/// What is flawed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A certificate, made by enrolling.
    Certificate(Defect),
    /// Something published, while a fault is set.
    Publication(PublicationFault),
}

/// One row of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefectFacts {
    /// What is flawed.
    pub flaw: Flaw,
    /// The one thing that differs from a golden one.
    pub change: &'static str,
    /// What a strict checker comes to that asks where the flaw is: lists, or the responder.
    pub expected: Expected,
}

impl DefectFacts {
    /// The same for a fault at a point: without a delta list that counts, a complete one still answers.
    pub fn expected_at(&self, point: PublicationPoint) -> Expected {
        match point {
            PublicationPoint::DeltaList => Expected::Warned(DELTA_MISSING),
            PublicationPoint::List | PublicationPoint::Ocsp | PublicationPoint::RootList => self.expected,
        }
    }
}

impl Flaw {
    /// Name of the flaw.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certificate(defect) => defect.name(),
            Self::Publication(fault) => fault.name(),
        }
    }
}

/// Every deliberate defect, certificates first.
pub fn catalogue() -> Vec<DefectFacts> {
    let certificates = Defect::ALL.into_iter().map(certificate);
    certificates.chain(PublicationFault::ALL.into_iter().map(publication)).collect()
}

fn certificate(defect: Defect) -> DefectFacts {
    use Expected::{ByOcsp, Refused};
    let (change, expected) = match defect {
        Defect::BrokenIssuerSignature => (
            "one bit of the signature of the issuing authority's own certificate is wrong",
            Refused(Rejection::ChainInvalid),
        ),
        Defect::BrokenSignature => {
            ("one bit of the certificate's signature is wrong", Refused(Rejection::ChainInvalid))
        }
        Defect::Expired => {
            ("the period ended a day before it was made", Refused(Rejection::CertificateExpired))
        }
        Defect::IinAbsent => ("the subject names no IIN", Refused(Rejection::IinAbsent)),
        Defect::IinMalformed => ("the IIN has eleven digits", Refused(Rejection::IinMalformed)),
        Defect::KeyUsageWrong => ("key usage without nonRepudiation", Refused(Rejection::KeyUsageNotAllowed)),
        Defect::NotIssued => (
            "signed by the issuing authority, which remembers no such serial number",
            ByOcsp(Rejection::CertificateNotIssued),
        ),
        Defect::NotYetValid => {
            ("the period begins thirty days later", Refused(Rejection::CertificateNotYetValid))
        }
        Defect::RoleMissing => ("no role among the extended key usages", Refused(Rejection::RoleNotAllowed)),
        Defect::UnknownIssuer => {
            ("issued under a root that nobody trusts", Refused(Rejection::IssuerUnknown))
        }
        Defect::WrongIssuerKey => {
            ("names the issuing authority, signed by its root's key", Refused(Rejection::ChainInvalid))
        }
    };
    DefectFacts { flaw: Flaw::Certificate(defect), change, expected }
}

fn publication(fault: PublicationFault) -> DefectFacts {
    use Expected::{Refused, Warned};
    const STALE: Expected = Refused(Rejection::RevocationStale);
    const UNAVAILABLE: Expected = Refused(Rejection::RevocationUnavailable);
    const UNTRUSTED: Expected = Refused(Rejection::RevocationUntrusted);
    let (change, expected) = match fault {
        PublicationFault::Empty => ("status 200 and no bytes", UNTRUSTED),
        PublicationFault::Garbage => ("bytes that are no answer", UNTRUSTED),
        PublicationFault::Html => ("status 200 and a page of HTML", UNTRUSTED),
        PublicationFault::InternalError => ("response status internalError", UNAVAILABLE),
        PublicationFault::NeverIssued => (
            "revoked since 1970 with certificateHold and extended-revoked",
            Refused(Rejection::CertificateNotIssued),
        ),
        PublicationFault::NextUpdateMissing => ("no nextUpdate", UNTRUSTED),
        PublicationFault::OldNonce => ("the nonce is an earlier one", UNTRUSTED),
        PublicationFault::Reset => ("the connection is reset before a byte of the answer", UNAVAILABLE),
        PublicationFault::Slow => ("the answer is held until the client leaves", UNAVAILABLE),
        PublicationFault::Stale => ("thisUpdate and nextUpdate lie back, nextUpdate by a day", STALE),
        PublicationFault::TryLater => ("response status tryLater", UNAVAILABLE),
        PublicationFault::Unauthorized => ("response status unauthorized", UNTRUSTED),
        PublicationFault::WrongBase => {
            ("builds on a complete list that is yet to come", Warned(DELTA_MISSING))
        }
        PublicationFault::WrongCertId => ("the answer is about the next serial number", UNTRUSTED),
        PublicationFault::WrongKey => ("signed by the other authority of the hierarchy", UNTRUSTED),
        PublicationFault::WrongResponder => ("the responder's certificate lacks OCSPSigning", UNTRUSTED),
    };
    DefectFacts { flaw: Flaw::Publication(fault), change, expected }
}
