//! Issuing to holders, golden or with one deliberate flaw.

use eush_domain::Timestamp;
use eush_domain::synthetic::magic::{self, CertificateFlaw};
use eush_domain::synthetic::population::CertificateSubject;
use eush_sign::SigningKey;
use ring::digest;
use time::Duration;

use crate::authority::{Authority, State, issued};
use crate::certificate::{Signature, Template, from_hex, hex, subject_name};
use crate::error::{IssueError, RevokeError, StoreError};
use crate::hierarchy::{Issuer, Level, Standing};
use crate::model::{CertificateState, Defect, Enrollment, EnrollmentRequest, KeyAlgorithm, RevocationReason};
use crate::store::{self, CertificateRow};
use crate::{key, pkcs12, profile};

/// Longest attribute of a name (RFC 5280, appendix A.1, `ub-common-name` and its like).
const LONGEST_ATTRIBUTE: usize = 64;
const LONGEST_LABEL: usize = 100;
/// How far ahead the period of [`Defect::NotYetValid`] begins.
const AHEAD: Duration = Duration::days(30);

impl Authority {
    /// The certificate and key of a subject, made on first need and kept: the same request gives the same answer, also
    /// after the certificate was revoked or its period ended. Another `label` gives another certificate.
    ///
    /// A person whose number is magic has the flaw that it says, where no other defect is asked for: see
    /// [`eush_domain::synthetic::magic`].
    pub fn enroll(&self, request: &EnrollmentRequest) -> Result<Enrollment, IssueError> {
        let flaw = request.subject.iin.as_ref().and_then(magic::certificate_flaw);
        match flaw.filter(|_| request.defect.is_none()) {
            None => self.enroll_as_asked(request),
            Some(flaw) => self.enroll_flawed(request, flaw),
        }
    }

    fn enroll_flawed(
        &self,
        request: &EnrollmentRequest,
        flaw: CertificateFlaw,
    ) -> Result<Enrollment, IssueError> {
        let mut request = request.clone();
        request.defect = match flaw {
            CertificateFlaw::Expired => Some(Defect::Expired),
            CertificateFlaw::IinAbsent => Some(Defect::IinAbsent),
            CertificateFlaw::NotYetValid => Some(Defect::NotYetValid),
            CertificateFlaw::RoleMissing => Some(Defect::RoleMissing),
            CertificateFlaw::UnknownIssuer => Some(Defect::UnknownIssuer),
            CertificateFlaw::IinOfAnother => {
                request.subject.iin = request.subject.iin.as_ref().map(magic::another);
                None
            }
            CertificateFlaw::OnHold | CertificateFlaw::Revoked => None,
        };
        let enrollment = self.enroll_as_asked(&request)?;
        let serial = &enrollment.certificate.serial;
        let changed = match (flaw, enrollment.certificate.state) {
            (CertificateFlaw::OnHold, CertificateState::Good) => self.hold(serial),
            (CertificateFlaw::Revoked, CertificateState::Good) => {
                self.revoke(serial, RevocationReason::KeyCompromise, None)
            }
            (
                CertificateFlaw::Expired
                | CertificateFlaw::IinAbsent
                | CertificateFlaw::IinOfAnother
                | CertificateFlaw::NotYetValid
                | CertificateFlaw::OnHold
                | CertificateFlaw::Revoked
                | CertificateFlaw::RoleMissing
                | CertificateFlaw::UnknownIssuer,
                _,
            ) => return Ok(enrollment),
        };
        let certificate = match changed {
            Ok(certificate) => certificate,
            Err(RevokeError::Publish(error)) => return Err(error.into()),
            // Somebody else was faster: it is what it should be.
            Err(
                RevokeError::HoldIsNoRevocation
                | RevokeError::InFuture { .. }
                | RevokeError::SerialUnknown { .. }
                | RevokeError::State { .. },
            ) => return Ok(enrollment),
        };
        Ok(Enrollment { certificate, ..enrollment })
    }

    fn enroll_as_asked(&self, request: &EnrollmentRequest) -> Result<Enrollment, IssueError> {
        let algorithm = request.algorithm.unwrap_or(self.default_algorithm());
        validate(request)?;
        let identity = identity(request, algorithm);
        if let Some(kept) = kept(&self.state(), &identity)? {
            return Ok(kept);
        }
        self.prepare_trusted()?;
        let standing = standing(request.defect);
        self.prepare(algorithm, standing)?;
        // Without the lock: making an RSA key takes long, and others may ask meanwhile.
        let key = self.holder_key(&identity, algorithm)?;
        let mut state = self.state();
        if let Some(kept) = kept(&state, &identity)? {
            return Ok(kept);
        }
        let issuer = state
            .issuer(algorithm, standing, Level::Issuing)
            .ok_or(StoreError::Corrupt { what: "issuing authority" })?;
        let wrong_key = request.defect == Some(Defect::WrongIssuerKey);
        let signer = if wrong_key { state.root_of(issuer)? } else { issuer };
        let row = make(request, issuer, (&key, &signer.key), state.now, &state.base_url)?;
        let transaction = state.store.transaction()?;
        store::add_certificate(&transaction, &identity, &row)?;
        transaction.commit().map_err(StoreError::from)?;
        // What the responder said of this number is no longer so.
        state.answers.forget_about(&row.serial);
        self.shared.stirred.notify_one();
        Ok(enrollment(&state, row, key)?)
    }
}

impl Enrollment {
    /// The key and the whole chain as a PKCS#12 file with the password [`PKCS12_PASSWORD`](crate::PKCS12_PASSWORD).
    pub fn pkcs12(&self) -> Result<Vec<u8>, IssueError> {
        // The friendly name becomes an alias in Java and a line in listings: plain ASCII, and no person's number.
        let name = &self.certificate.serial;
        Ok(pkcs12::file(self.key.pkcs8_der(), &self.chain, name, pkcs12::PASSWORD)?)
    }

    /// The same key and its certificate alone as a key store in the national authority's own form, which it has for GOST
    /// keys; `None` for any other key. Of the same password.
    pub fn pkcs12_national(&self) -> Result<Option<Vec<u8>>, IssueError> {
        match self.certificate.algorithm {
            KeyAlgorithm::Rsa2048 => Ok(None),
            KeyAlgorithm::Gost2015_512 => {
                let serial = from_hex(&self.certificate.serial)
                    .ok_or(StoreError::Corrupt { what: "serial number" })?;
                let (key, leaf) = (self.key.pkcs8_der(), &self.certificate.der);
                let id = profile::key_id(&serial);
                Ok(Some(pkcs12::national::file(key, leaf, &id, pkcs12::PASSWORD)?))
            }
        }
    }
}

/// Standing of the authority that issues a certificate with this defect.
fn standing(defect: Option<Defect>) -> Standing {
    match defect {
        Some(Defect::BrokenIssuerSignature) => Standing::Broken,
        Some(Defect::UnknownIssuer) => Standing::Untrusted,
        Some(
            Defect::BrokenSignature
            | Defect::Expired
            | Defect::IinAbsent
            | Defect::IinMalformed
            | Defect::KeyUsageWrong
            | Defect::NotIssued
            | Defect::NotYetValid
            | Defect::RoleMissing
            | Defect::WrongIssuerKey,
        )
        | None => Standing::Trusted,
    }
}

fn kept(state: &State, identity: &str) -> Result<Option<Enrollment>, IssueError> {
    let Some(row) = store::by_identity(state.store.connection(), identity)? else { return Ok(None) };
    let key = SigningKey::from_pkcs8_der(&row.key)?;
    Ok(Some(enrollment(state, row, key)?))
}

fn enrollment(state: &State, row: CertificateRow, key: SigningKey) -> Result<Enrollment, StoreError> {
    let certificate = issued(state, row.clone())?;
    let issuing = state.issuer_by_id(row.issuer)?;
    let root = state.root_of(issuing)?;
    let chain = vec![row.certificate, issuing.certificate.clone(), root.certificate.clone()];
    Ok(Enrollment { certificate, key, chain })
}

// The system's identifier stands in the subject as text. `Oid` itself will not do here: it has no room for the arc for
// examples, 2.999, of which the synthetic systems are.
fn is_dotted_identifier(text: &str) -> bool {
    let arc = |arc: &str| {
        !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
    };
    text.split('.').count() >= 2 && text.split('.').all(arc)
}

fn validate(request: &EnrollmentRequest) -> Result<(), IssueError> {
    let subject = &request.subject;
    let fault = |field, expected| Err(IssueError::Subject { field, expected });
    let attributes = [
        ("common_name", &subject.common_name),
        ("surname", &subject.surname),
        ("patronymic", &subject.patronymic),
        ("organization", &subject.organization),
        ("system", &subject.system),
    ];
    for (field, text) in attributes {
        if text.chars().count() > LONGEST_ATTRIBUTE || text.chars().any(char::is_control) {
            return fault(field, "at most 64 characters, none of them a control character");
        }
    }
    if subject.common_name.trim().is_empty() {
        return fault("common_name", "a name");
    }
    if subject.iin.is_none() && subject.bin.is_none() {
        return fault("iin", "given, unless a BIN is");
    }
    if !subject.system.is_empty() && !is_dotted_identifier(&subject.system) {
        return fault("system", "a dotted object identifier");
    }
    if subject.roles.is_empty() {
        return fault("roles", "at least one role");
    }
    if request.label.chars().count() > LONGEST_LABEL {
        return fault("label", "at most 100 characters");
    }
    let spoils_iin = |defect: &Defect| matches!(defect, Defect::IinAbsent | Defect::IinMalformed);
    match request.defect.filter(spoils_iin) {
        Some(defect) if subject.iin.is_none() => {
            Err(IssueError::DefectNotApplicable { defect, reason: "the subject has no IIN" })
        }
        Some(_) | None => Ok(()),
    }
}

/// Digest of everything that tells one certificate from another, each part with its length before it.
fn identity(request: &EnrollmentRequest, algorithm: KeyAlgorithm) -> String {
    let CertificateSubject { common_name, surname, patronymic, iin, bin, organization, system, roles } =
        &request.subject;
    let mut context = digest::Context::new(&digest::SHA256);
    let mut add = |part: &str| {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    };
    add(algorithm.name());
    add(request.defect.map_or("", Defect::name));
    add(&request.label);
    add(iin.as_ref().map_or("", |iin| iin.digits()));
    add(bin.as_ref().map_or("", |bin| bin.digits()));
    for text in [common_name, surname, patronymic, organization, system] {
        add(text);
    }
    for role in roles {
        add(role.name());
    }
    hex(context.finish().as_ref())
}

fn make(
    request: &EnrollmentRequest,
    issuer: &Issuer,
    (key, signer): (&SigningKey, &SigningKey),
    now: Timestamp,
    base_url: &str,
) -> Result<CertificateRow, IssueError> {
    if now > issuer.not_after {
        return Err(IssueError::AuthorityExpired { now, not_after: issuer.not_after });
    }
    let subject = &request.subject;
    let serial = key::serial()?;
    let issuer_serial =
        from_hex(&issuer.serial).ok_or(StoreError::Corrupt { what: "serial number of an authority" })?;
    let context = profile::Context {
        algorithm: issuer.algorithm,
        standing: issuer.standing,
        base_url,
        serial: &serial,
        issuer_serial: &issuer_serial,
    };
    let (not_before, not_after) = period(request, now);
    let not_after = not_after.min(issuer.not_after);
    let name = profile::holder_name(subject, request.defect);
    let template = Template {
        serial: &serial,
        issuer: &subject_name(&issuer.certificate)?,
        not_before,
        not_after,
        subject: &name.der,
        spki: key.public_key().spki_der(),
        extensions: &context.holder(&subject.roles, request.defect),
    };
    let broken = request.defect == Some(Defect::BrokenSignature);
    let signature = if broken { Signature::Broken } else { Signature::Sound };
    Ok(CertificateRow {
        serial: hex(&serial),
        issuer: issuer.id,
        subject: name.text,
        iin: subject.iin.as_ref().map(|iin| iin.digits().to_owned()).unwrap_or_default(),
        bin: subject.bin.as_ref().map(|bin| bin.digits().to_owned()).unwrap_or_default(),
        defect: request.defect,
        label: request.label.clone(),
        certificate: template.sign(signer, signature)?,
        key: key.pkcs8_der().to_vec(),
        not_before,
        not_after,
        revocation: None,
    })
}

/// A year for people, three years less a day for systems, as the national authority gives them.
fn period(request: &EnrollmentRequest, now: Timestamp) -> (Timestamp, Timestamp) {
    let length =
        if request.subject.system.is_empty() { Duration::days(365) } else { Duration::days(3 * 365 - 1) };
    let start = if request.defect == Some(Defect::NotYetValid) { now.saturating_add(AHEAD) } else { now };
    if request.defect == Some(Defect::Expired) {
        let not_after = now.saturating_sub(Duration::DAY);
        (not_after.saturating_sub(length), not_after)
    } else {
        (start, start.saturating_add(length))
    }
}
