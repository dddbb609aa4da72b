//! `eush cert`: certificates of the test authority, over the management listener; `check` and `inspect` work on files and
//! are in [`crate::check`].

mod publications;

use std::path::Path;

use eush_domain::synthetic::population::Population;
use eush_wire::management::v1::certificate_authority_service_client::CertificateAuthorityServiceClient;
use eush_wire::management::v1::{
    CertificateState, CertificateSubject, Defect, EnrollRequest, EnrollResponse, HoldCertificateRequest,
    IssuedCertificate, KeyAlgorithm, ListCertificatesRequest, ReleaseCertificateRequest, RevocationReason,
    RevokeCertificateRequest,
};
use serde_json::{Value, json};

use crate::args::{CertAction, Reason};
use crate::bus::Keys;
use crate::check;
use crate::check::args::Issue;
use crate::connect::{Bus, BusChannel};
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// The authority, as the commands see it.
#[derive(Clone, Debug)]
pub(crate) struct Authority {
    address: String,
    client: CertificateAuthorityServiceClient<BusChannel>,
}

impl Authority {
    /// Of a running bus, through its management listener.
    pub(crate) async fn of(bus: &Bus) -> Result<Self, Failure> {
        let client = CertificateAuthorityServiceClient::new(bus.channel("management").await?)
            .max_decoding_message_size(64 << 20);
        Ok(Self { address: bus.address("management")?.to_owned(), client })
    }

    fn failed(&self, status: tonic::Status) -> Failure {
        Failure::from_status(&self.address, status)
    }

    /// The certificate and key of a subject, made on first need.
    pub(crate) async fn enroll(&mut self, request: EnrollRequest) -> Result<EnrollResponse, Failure> {
        match self.client.enroll(request).await {
            Ok(answer) => Ok(answer.into_inner()),
            Err(status) => Err(self.failed(status)),
        }
    }

    /// Takes a certificate back for good.
    pub(crate) async fn revoke(
        &mut self,
        serial: String,
        reason: RevocationReason,
    ) -> Result<IssuedCertificate, Failure> {
        let request = RevokeCertificateRequest { serial, reason: reason.into(), revoked_at: None };
        match self.client.revoke_certificate(request).await {
            Ok(answer) => present(answer.into_inner().certificate),
            Err(status) => Err(self.failed(status)),
        }
    }

    /// Puts a certificate on hold.
    pub(crate) async fn hold(&mut self, serial: String) -> Result<IssuedCertificate, Failure> {
        match self.client.hold_certificate(HoldCertificateRequest { serial }).await {
            Ok(answer) => present(answer.into_inner().certificate),
            Err(status) => Err(self.failed(status)),
        }
    }

    /// Lifts a hold.
    pub(crate) async fn release(&mut self, serial: String) -> Result<IssuedCertificate, Failure> {
        match self.client.release_certificate(ReleaseCertificateRequest { serial }).await {
            Ok(answer) => present(answer.into_inner().certificate),
            Err(status) => Err(self.failed(status)),
        }
    }

    async fn list(&mut self) -> Result<Vec<IssuedCertificate>, Failure> {
        match self.client.list_certificates(ListCertificatesRequest::default()).await {
            Ok(answer) => Ok(answer.into_inner().certificates),
            Err(status) => Err(self.failed(status)),
        }
    }
}

/// The authority of a bus, and the people of that bus.
async fn at(bus: Bus, population: Population) -> Result<(Authority, Population), Failure> {
    Ok((Authority::of(&bus).await?, crate::people::of(&bus, population).await?))
}

fn present(certificate: Option<IssuedCertificate>) -> Result<IssuedCertificate, Failure> {
    certificate.ok_or_else(|| Failure::Bug("the authority answered without a certificate".to_owned()))
}

/// Does the action. `find_bus` and `population` are asked only where they are needed: files are judged without a bus.
pub(crate) async fn run(
    find_bus: impl FnOnce() -> Result<Bus, Failure>,
    population: impl FnOnce() -> Result<Population, Failure>,
    action: CertAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    match action {
        CertAction::Check(args) => return check::run(&args, printer),
        CertAction::Inspect(args) => return check::inspect::run(&args, printer),
        CertAction::Defects => {
            publications::defects(&mut Authority::of(&find_bus()?).await?, printer).await?;
        }
        CertAction::Fault(fault) => {
            let mut authority = Authority::of(&find_bus()?).await?;
            return publications::fault(&mut authority, fault.action, printer).await;
        }
        CertAction::Lists => return publications::lists(&find_bus()?, printer).await,
        CertAction::Publish { at, algorithm } => {
            let mut authority = Authority::of(&find_bus()?).await?;
            publications::publish(&mut authority, at, algorithm, printer).await?;
        }
        CertAction::Export { person, out } => {
            let (mut authority, population) = at(find_bus()?, population()?).await?;
            let enrolled = authority.enroll(enrollment(&population, &person)?).await?;
            export(&enrolled, &person, &out, printer)?;
        }
        CertAction::Hold { certificate } => {
            let (mut authority, population) = at(find_bus()?, population()?).await?;
            let serial = serial(&mut authority, &population, certificate).await?;
            show(&authority.hold(serial).await?, printer)?;
        }
        CertAction::Issue(args) => {
            let (mut authority, population) = at(find_bus()?, population()?).await?;
            issue(&mut authority, &population, *args, printer).await?;
        }
        CertAction::List => {
            let certificates = Authority::of(&find_bus()?).await?.list().await?;
            let rows: Vec<_> = certificates.iter().map(row).collect();
            for line in output::table(&rows) {
                printer.line(line);
            }
            printer.data(&certificates.iter().map(data).collect::<Vec<_>>())?;
        }
        CertAction::Release { certificate } => {
            let (mut authority, population) = at(find_bus()?, population()?).await?;
            let serial = serial(&mut authority, &population, certificate).await?;
            show(&authority.release(serial).await?, printer)?;
        }
        CertAction::Revoke { certificate, reason } => {
            let (mut authority, population) = at(find_bus()?, population()?).await?;
            let serial = serial(&mut authority, &population, certificate).await?;
            show(&authority.revoke(serial, reason.into()).await?, printer)?;
        }
    }
    Ok(Outcome::Positive)
}

/// Issues a certificate and writes it with its key. The same subject with the same label and flaw gets the same again.
async fn issue(
    authority: &mut Authority,
    population: &Population,
    args: Issue,
    printer: Printer,
) -> Result<(), Failure> {
    let mut words = vec![args.person.as_deref().unwrap_or("certificate").to_owned()];
    words.extend([&args.label, &args.defect].into_iter().flatten().map(|word| file_word(word)));
    let out = args.out.clone();
    let enrolled = authority.enroll(issuing(population, args)?).await?;
    let certificate = present(enrolled.certificate.clone())?;
    printer.line(row(&certificate).join("  "));
    let (files, password) = write(&enrolled, &words.join("-"), &out)?;
    printer.line(format!("wrote {} (PKCS#12 password `{password}`)", files.join(", ")));
    let mut told = data(&certificate);
    told["files"] = json!(files);
    told["pkcs12_password"] = json!(password);
    printer.data(&told)
}

/// A word as part of a file's name.
fn file_word(word: &str) -> String {
    word.chars().map(|character| if character.is_alphanumeric() { character } else { '-' }).collect()
}

fn issuing(population: &Population, args: Issue) -> Result<EnrollRequest, Failure> {
    let mut subject = match &args.person {
        Some(key) => crate::person::subject(population.person(key).ok_or_else(|| unknown_person(key))?),
        None => CertificateSubject::default(),
    };
    let put = |place: &mut String, value: Option<String>| {
        if let Some(value) = value {
            *place = value;
        }
    };
    put(&mut subject.common_name, args.common_name);
    put(&mut subject.surname, args.surname);
    put(&mut subject.patronymic, args.patronymic);
    put(&mut subject.iin, args.iin.map(|iin| iin.digits().to_owned()));
    put(&mut subject.bin, args.bin.map(|bin| bin.digits().to_owned()));
    put(&mut subject.organization, args.organization);
    put(&mut subject.system, args.system.map(|system| system.to_string()));
    if !args.role.is_empty() {
        subject.roles = args.role.iter().map(|role| role.name().to_owned()).collect();
    }
    let algorithm = match args.algorithm {
        None => KeyAlgorithm::Unspecified,
        Some(Keys::Gost) => KeyAlgorithm::Gost2015512,
        Some(Keys::Rsa) => KeyAlgorithm::Rsa2048,
    };
    let defect = args.defect.as_deref().map_or(Ok(Defect::Unspecified), defect)?;
    Ok(EnrollRequest {
        subject: Some(subject),
        algorithm: algorithm.into(),
        defect: defect.into(),
        label: args.label.unwrap_or_default(),
    })
}

/// A flaw by its name, which is the protocol's in lower case. The protocol's list is the list: nothing is repeated here.
fn defect(name: &str) -> Result<Defect, Failure> {
    let known = || (1..=i32::from(u8::MAX)).filter_map(|number| Defect::try_from(number).ok());
    known().find(|defect| defect_name(*defect) == name).ok_or_else(|| {
        let names: Vec<_> = known().map(defect_name).collect();
        Failure::Usage(format!("there is no defect `{name}`; there are {}", names.join(", ")))
    })
}

fn defect_name(defect: Defect) -> String {
    defect.as_str_name().trim_start_matches("DEFECT_").to_lowercase().replace('_', "-")
}

/// What to ask the authority for to get a person's certificate.
pub(crate) fn enrollment(population: &Population, key: &str) -> Result<EnrollRequest, Failure> {
    let person = population.person(key).ok_or_else(|| unknown_person(key))?;
    Ok(EnrollRequest { subject: Some(crate::person::subject(person)), ..EnrollRequest::default() })
}

/// A person's key that is none.
pub(crate) fn unknown_person(key: &str) -> Failure {
    Failure::Usage(format!("there is nobody called `{key}`; `eush people` lists everybody by key"))
}

/// A serial number is taken as it is; a person's key stands for the person's certificate.
async fn serial(authority: &mut Authority, population: &Population, name: String) -> Result<String, Failure> {
    if name.len() >= 8 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(name.to_uppercase());
    }
    let enrolled = authority.enroll(enrollment(population, &name)?).await?;
    Ok(present(enrolled.certificate)?.serial)
}

fn export(enrolled: &EnrollResponse, name: &str, out: &Path, printer: Printer) -> Result<(), Failure> {
    let (files, password) = write(enrolled, name, out)?;
    printer.line(format!("wrote {} (PKCS#12 password `{password}`)", files.join(", ")));
    printer.data(&json!({ "files": files, "pkcs12_password": password }))
}

/// Writes key store, key and chain, and of a GOST key the store in the national authority's form; gives the files' names and the store's password.
fn write<'a>(
    enrolled: &'a EnrollResponse,
    name: &str,
    out: &Path,
) -> Result<(Vec<String>, &'a str), Failure> {
    let armour = |label, der: &[u8]| {
        eush_sign::pem::encode(label, der).map_err(|error| Failure::Bug(error.to_string()))
    };
    let key = armour(eush_sign::pem::PRIVATE_KEY, &enrolled.private_key)?;
    let chain = enrolled
        .chain
        .iter()
        .map(|der| armour(eush_sign::pem::CERTIFICATE, der))
        .collect::<Result<String, _>>()?;
    let mut files = vec![
        (format!("{name}.p12"), enrolled.pkcs12.clone()),
        (format!("{name}.key.pem"), key.into_bytes()),
        (format!("{name}.chain.pem"), chain.into_bytes()),
    ];
    if !enrolled.pkcs12_national.is_empty() {
        files.push((format!("{name}.nca.p12"), enrolled.pkcs12_national.clone()));
    }
    let fail = |path: &Path, error: std::io::Error| {
        Failure::Environment(format!("cannot write {}: {error}", path.display()))
    };
    std::fs::create_dir_all(out).map_err(|error| fail(out, error))?;
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = out.join(name);
        std::fs::write(&path, bytes).map_err(|error| fail(&path, error))?;
        written.push(path.display().to_string());
    }
    Ok((written, &enrolled.pkcs12_password))
}

fn show(certificate: &IssuedCertificate, printer: Printer) -> Result<(), Failure> {
    printer.line(row(certificate).join("  "));
    printer.data(&data(certificate))
}

fn row(certificate: &IssuedCertificate) -> Vec<String> {
    vec![
        certificate.serial.clone(),
        state_name(certificate.state()).to_owned(),
        algorithm_name(certificate.algorithm()).to_owned(),
        output::time(certificate.not_before.as_ref()),
        output::time(certificate.not_after.as_ref()),
        certificate.subject.clone(),
    ]
}

fn data(certificate: &IssuedCertificate) -> Value {
    let revoked = certificate.state() != CertificateState::Good;
    json!({
        "serial": certificate.serial,
        "subject": certificate.subject,
        "state": state_name(certificate.state()),
        "algorithm": algorithm_name(certificate.algorithm()),
        "not_before": output::rfc3339(certificate.not_before.as_ref()),
        "not_after": output::rfc3339(certificate.not_after.as_ref()),
        "revoked_at": output::rfc3339(certificate.revoked_at.as_ref()),
        "reason": revoked.then(|| certificate.reason().as_str_name().trim_start_matches("REVOCATION_REASON_").to_lowercase()),
    })
}

fn state_name(state: CertificateState) -> &'static str {
    match state {
        CertificateState::Unspecified => "unspecified",
        CertificateState::Good => "good",
        CertificateState::Revoked => "revoked",
        CertificateState::OnHold => "on-hold",
    }
}

fn algorithm_name(algorithm: KeyAlgorithm) -> &'static str {
    match algorithm {
        KeyAlgorithm::Unspecified => "unspecified",
        KeyAlgorithm::Rsa2048 => "rsa-2048",
        KeyAlgorithm::Gost2015512 => "gost-2015-512",
    }
}

impl From<Reason> for RevocationReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Unspecified => Self::Unspecified,
            Reason::KeyCompromise => Self::KeyCompromise,
            Reason::CaCompromise => Self::CaCompromise,
            Reason::AffiliationChanged => Self::AffiliationChanged,
            Reason::Superseded => Self::Superseded,
            Reason::CessationOfOperation => Self::CessationOfOperation,
            Reason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
            Reason::AaCompromise => Self::AaCompromise,
        }
    }
}
