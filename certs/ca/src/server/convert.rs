//! Between the wire's words and the authority's, and from errors to gRPC statuses.

use eush_domain::synthetic::population::CertificateSubject;
use eush_domain::{Bin, CertificateRole, Iin, Timestamp};
use eush_sign::oids::Oid;
use eush_wire::management::v1 as wire;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::error::{BranchError, IssueError, PublishError, RevokeError};
use crate::model::{
    Authorities, CertificateState, Defect, Enrollment, EnrollmentRequest, IssuedCertificate, KeyAlgorithm,
    RevocationReason,
};
use crate::pkcs12;

/// Domain of `google.rpc.ErrorInfo`, the same all over the bus.
const DOMAIN: &str = "eush.kz";

/// A request whose field is at fault. Roles are not told back: what was sent may be anything.
pub(super) fn invalid(field: &str, expected: &str) -> Status {
    let mut details = ErrorDetails::with_error_info("REQUEST_INVALID", DOMAIN, []);
    details.add_bad_request_violation(field, format!("must be {expected}"));
    let message = format!("field `{field}` must be {expected}");
    Status::with_error_details(Code::InvalidArgument, message, details)
}

pub(super) fn status(code: Code, reason: &str, message: String) -> Status {
    Status::with_error_details(code, message, ErrorDetails::with_error_info(reason, DOMAIN, []))
}

// The cause is for the log: what a file system says is nobody else's business.
fn internal(error: &(dyn std::error::Error + 'static)) -> Status {
    tracing::error!(error, "certificate services failed");
    status(Code::Internal, "CERTIFICATE_SERVICES_FAILED", "certificate services failed".to_owned())
}

impl From<IssueError> for Status {
    fn from(error: IssueError) -> Self {
        match &error {
            IssueError::Subject { field, expected } => invalid(&format!("subject.{field}"), expected),
            IssueError::DefectNotApplicable { .. } => {
                invalid("defect", "one that can be made of this subject")
            }
            IssueError::AuthorityExpired { .. } => {
                status(Code::FailedPrecondition, "AUTHORITY_EXPIRED", error.to_string())
            }
            IssueError::Authority(_)
            | IssueError::Encoding(_)
            | IssueError::Key(_)
            | IssueError::Sign(_)
            | IssueError::Store(_) => internal(&error),
        }
    }
}

impl From<BranchError> for Status {
    fn from(error: BranchError) -> Self {
        internal(&error)
    }
}

impl From<PublishError> for Status {
    fn from(error: PublishError) -> Self {
        internal(&error)
    }
}

impl From<RevokeError> for Status {
    fn from(error: RevokeError) -> Self {
        match &error {
            RevokeError::HoldIsNoRevocation => {
                invalid("reason", "another than certificateHold, which is a call of its own")
            }
            RevokeError::InFuture { .. } => invalid("revoked_at", "not after the authority's time"),
            RevokeError::Publish(_) => internal(&error),
            RevokeError::SerialUnknown { .. } => status(Code::NotFound, "SERIAL_UNKNOWN", error.to_string()),
            RevokeError::State { .. } => {
                status(Code::FailedPrecondition, "CERTIFICATE_STATE", error.to_string())
            }
        }
    }
}

impl From<crate::error::StoreError> for Status {
    fn from(error: crate::error::StoreError) -> Self {
        internal(&error)
    }
}

/// An instant of the wire. Fractions below a second are cut off by the authority.
pub(super) fn instant(field: &str, at: prost_types::Timestamp) -> Result<Timestamp, Status> {
    let nanos = u32::try_from(at.nanos).ok().filter(|nanos| *nanos < 1_000_000_000);
    Timestamp::from_unix_timestamp(at.seconds)
        .ok()
        .zip(nanos)
        .and_then(|(whole, nanos)| whole.replace_nanosecond(nanos).ok())
        .filter(|at| (1950..=9000).contains(&at.year()))
        .ok_or_else(|| invalid(field, "an instant between the years 1950 and 9000"))
}

pub(super) fn to_instant(at: Timestamp) -> prost_types::Timestamp {
    // Below a milliard by definition.
    let nanos = i32::try_from(at.nanosecond()).unwrap_or(0);
    prost_types::Timestamp { seconds: at.unix_timestamp(), nanos }
}

pub(super) fn request(request: wire::EnrollRequest) -> Result<EnrollmentRequest, Status> {
    let subject = request.subject.clone().ok_or_else(|| invalid("subject", "given"))?;
    let algorithm = any_algorithm(request.algorithm)?;
    let defect = match request.defect() {
        wire::Defect::Unspecified if request.defect != 0 => {
            return Err(invalid("defect", "a known defect"));
        }
        wire::Defect::Unspecified => None,
        wire::Defect::BrokenIssuerSignature => Some(Defect::BrokenIssuerSignature),
        wire::Defect::BrokenSignature => Some(Defect::BrokenSignature),
        wire::Defect::Expired => Some(Defect::Expired),
        wire::Defect::IinAbsent => Some(Defect::IinAbsent),
        wire::Defect::IinMalformed => Some(Defect::IinMalformed),
        wire::Defect::KeyUsageWrong => Some(Defect::KeyUsageWrong),
        wire::Defect::NotIssued => Some(Defect::NotIssued),
        wire::Defect::NotYetValid => Some(Defect::NotYetValid),
        wire::Defect::RoleMissing => Some(Defect::RoleMissing),
        wire::Defect::UnknownIssuer => Some(Defect::UnknownIssuer),
        wire::Defect::WrongIssuerKey => Some(Defect::WrongIssuerKey),
    };
    Ok(EnrollmentRequest { subject: self::subject(subject)?, algorithm, defect, label: request.label })
}

/// An algorithm; `None` where none is named.
pub(super) fn any_algorithm(value: i32) -> Result<Option<KeyAlgorithm>, Status> {
    let known = wire::KeyAlgorithm::try_from(value).map_err(|_| invalid("algorithm", "a known algorithm"))?;
    Ok(match known {
        wire::KeyAlgorithm::Unspecified => None,
        wire::KeyAlgorithm::Rsa2048 => Some(KeyAlgorithm::Rsa2048),
        wire::KeyAlgorithm::Gost2015512 => Some(KeyAlgorithm::Gost2015_512),
    })
}

fn subject(subject: wire::CertificateSubject) -> Result<CertificateSubject, Status> {
    fn number<T, E>(field: &str, text: &str, parse: fn(&str) -> Result<T, E>) -> Result<Option<T>, Status> {
        if text.is_empty() {
            return Ok(None);
        }
        parse(text).map(Some).map_err(|_| invalid(field, "12 digits"))
    }
    let roles = subject
        .roles
        .iter()
        .map(|name| CertificateRole::parse(name).ok_or_else(|| invalid("subject.roles", "names of roles")))
        .collect::<Result<_, _>>()?;
    if !subject.system.is_empty() && Oid::new(&subject.system).is_err() {
        return Err(invalid("subject.system", "a dotted object identifier"));
    }
    Ok(CertificateSubject {
        iin: number("subject.iin", &subject.iin, Iin::parse)?,
        bin: number("subject.bin", &subject.bin, Bin::parse)?,
        common_name: subject.common_name,
        surname: subject.surname,
        patronymic: subject.patronymic,
        organization: subject.organization,
        system: subject.system,
        roles,
    })
}

pub(super) fn algorithm(algorithm: KeyAlgorithm) -> wire::KeyAlgorithm {
    match algorithm {
        KeyAlgorithm::Gost2015_512 => wire::KeyAlgorithm::Gost2015512,
        KeyAlgorithm::Rsa2048 => wire::KeyAlgorithm::Rsa2048,
    }
}

pub(super) fn defect(defect: Defect) -> wire::Defect {
    match defect {
        Defect::BrokenIssuerSignature => wire::Defect::BrokenIssuerSignature,
        Defect::BrokenSignature => wire::Defect::BrokenSignature,
        Defect::Expired => wire::Defect::Expired,
        Defect::IinAbsent => wire::Defect::IinAbsent,
        Defect::IinMalformed => wire::Defect::IinMalformed,
        Defect::KeyUsageWrong => wire::Defect::KeyUsageWrong,
        Defect::NotIssued => wire::Defect::NotIssued,
        Defect::NotYetValid => wire::Defect::NotYetValid,
        Defect::RoleMissing => wire::Defect::RoleMissing,
        Defect::UnknownIssuer => wire::Defect::UnknownIssuer,
        Defect::WrongIssuerKey => wire::Defect::WrongIssuerKey,
    }
}

pub(super) fn reason(code: i32) -> Result<RevocationReason, Status> {
    RevocationReason::from_code(i64::from(code)).ok_or_else(|| invalid("reason", "a known reason"))
}

pub(super) fn certificate(issued: IssuedCertificate) -> wire::IssuedCertificate {
    let (state, since, reason) = match issued.state {
        CertificateState::Good => (wire::CertificateState::Good, None, RevocationReason::Unspecified),
        CertificateState::OnHold { since } => {
            (wire::CertificateState::OnHold, Some(since), RevocationReason::CertificateHold)
        }
        CertificateState::Revoked(revocation) => {
            (wire::CertificateState::Revoked, Some(revocation.at), revocation.reason)
        }
    };
    wire::IssuedCertificate {
        serial: issued.serial,
        subject: issued.subject,
        algorithm: algorithm(issued.algorithm).into(),
        not_before: Some(to_instant(issued.not_before)),
        not_after: Some(to_instant(issued.not_after)),
        state: state.into(),
        revoked_at: since.map(to_instant),
        reason: reason.code().into(),
        defect: issued.defect.map_or(wire::Defect::Unspecified, defect).into(),
        label: issued.label,
        certificate: issued.der,
    }
}

pub(super) fn enrollment(enrollment: Enrollment) -> Result<wire::EnrollResponse, Status> {
    Ok(wire::EnrollResponse {
        pkcs12: enrollment.pkcs12()?,
        pkcs12_password: pkcs12::PASSWORD.to_owned(),
        pkcs12_national: enrollment.pkcs12_national()?.unwrap_or_default(),
        private_key: enrollment.key.pkcs8_der().to_vec(),
        chain: enrollment.chain,
        certificate: Some(certificate(enrollment.certificate)),
    })
}

pub(super) fn authority(authorities: Authorities) -> wire::Authority {
    wire::Authority {
        root: authorities.root,
        issuing: authorities.issuing,
        algorithm: algorithm(authorities.algorithm).into(),
        crl_urls: authorities.crl_urls,
        delta_crl_urls: authorities.delta_crl_urls,
        ocsp_urls: authorities.ocsp_urls,
    }
}
