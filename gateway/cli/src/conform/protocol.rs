//! The signed test protocol: whose key signs it, and whether one that was handed in is whole.

use std::path::Path;

use eush_ca::{Authority as TestAuthority, AuthorityOptions, EnrollmentRequest};
use eush_conformance::Signer;
use eush_domain::CertificateRole;
use eush_domain::synthetic::numbers;
use eush_domain::synthetic::population::CertificateSubject;
use serde_json::json;

use super::input;
use crate::args::Common;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// Name in the certificate that signs where nobody brings a key.
const LABORATORY: &str = "EUSH CONFORMANCE LABORATORY";
/// Which of the synthetic organisations the laboratory is.
const LABORATORY_NUMBER: u32 = 4_242;

/// The key of a PEM file, or else one of the test authority of the data folder (DECISIONS 30).
pub(super) async fn signer(file: Option<&Path>, common: &Common) -> Result<Signer, Failure> {
    match file {
        Some(file) => Signer::from_pem(&input(file)?.text)
            .map_err(|error| Failure::Usage(format!("{} cannot sign: {error}", file.display()))),
        None => laboratory(common).await,
    }
}

/// An RSA key, so that `openssl cms` reads the protocol. A bus that runs has its authority open, and is asked for it.
async fn laboratory(common: &Common) -> Result<Signer, Failure> {
    let (pkcs8, chain) = match crate::command::find(common) {
        Ok(bus) => of_running(&bus).await?,
        Err(_) => {
            let folder = common.data_dir.clone();
            let opened = tokio::task::spawn_blocking(move || of_folder(&folder)).await;
            opened.map_err(|error| Failure::Bug(error.to_string()))??
        }
    };
    Signer::from_der(&pkcs8, &chain).map_err(|error| Failure::Bug(error.to_string()))
}

type KeyAndChain = (Vec<u8>, Vec<Vec<u8>>);

async fn of_running(bus: &crate::connect::Bus) -> Result<KeyAndChain, Failure> {
    use eush_wire::management::v1::{CertificateSubject as Subject, EnrollRequest, KeyAlgorithm};

    let subject = Subject {
        common_name: LABORATORY.to_owned(),
        bin: numbers::bin(LABORATORY_NUMBER).digits().to_owned(),
        organization: LABORATORY.to_owned(),
        roles: vec![CertificateRole::Signatory.name().to_owned()],
        ..Subject::default()
    };
    let request = EnrollRequest {
        subject: Some(subject),
        algorithm: KeyAlgorithm::Rsa2048.into(),
        ..EnrollRequest::default()
    };
    let answer = crate::cert::Authority::of(bus).await?.enroll(request).await?;
    Ok((answer.private_key, answer.chain))
}

fn of_folder(folder: &Path) -> Result<KeyAndChain, Failure> {
    let environment =
        |cause: String| Failure::Environment(format!("the test authority of {}: {cause}", folder.display()));
    std::fs::create_dir_all(folder).map_err(|error| environment(error.to_string()))?;
    let options =
        AuthorityOptions { default_algorithm: eush_ca::KeyAlgorithm::Rsa2048, now: crate::bus::real_now() };
    let authority = TestAuthority::open(folder, options).map_err(|error| environment(error.to_string()))?;
    let subject = CertificateSubject {
        common_name: LABORATORY.to_owned(),
        surname: String::new(),
        patronymic: String::new(),
        iin: None,
        bin: Some(numbers::bin(LABORATORY_NUMBER)),
        organization: LABORATORY.to_owned(),
        system: String::new(),
        roles: vec![CertificateRole::Signatory],
    };
    let request = EnrollmentRequest {
        algorithm: Some(eush_ca::KeyAlgorithm::Rsa2048),
        ..EnrollmentRequest::golden(subject)
    };
    let enrolled = authority.enroll(&request).map_err(|error| environment(error.to_string()))?;
    Ok((enrolled.key.pkcs8_der().to_vec(), enrolled.chain))
}

/// Whether a protocol is whole, and by the key that the reader expects where one is named.
pub(super) fn verify(path: &Path, expected: Option<&str>, printer: Printer) -> Result<Outcome, Failure> {
    let expected = expected.map(fingerprint).transpose()?;
    let der = std::fs::read(path)
        .map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
    let verified = match eush_conformance::verify(&der) {
        Ok(verified) => verified,
        Err(error) => {
            printer.line(format!("not a whole signed protocol: {error}"));
            printer.data(&json!({ "whole": false, "cause": error.to_string() }))?;
            return Ok(Outcome::Negative);
        }
    };
    let by_whom = expected.as_ref().map(|expected| *expected == verified.fingerprint);
    printer.line(format!("signed by {} (SHA-256 {})", verified.signer, verified.fingerprint));
    printer.line(match by_whom {
        None => "the file is whole and comes from that key; whose key it is, is for you to know",
        Some(true) => "the file is whole and comes from the key that you expect",
        Some(false) => "the file is whole, and comes from another key than you expect",
    });
    printer.line(eush_conformance::text(&verified.report).trim_end());
    let report: serde_json::Value = serde_json::from_str(&eush_conformance::json(&verified.report))
        .map_err(|error| Failure::Bug(error.to_string()))?;
    printer.data(&json!({
        "whole": true,
        "signer": verified.signer,
        "fingerprint": verified.fingerprint,
        "expected_key": by_whom,
        "signed_at": verified.signed_at.map(output::show_instant),
        "report": report,
    }))?;
    Ok(Outcome::of(by_whom != Some(false)))
}

/// A fingerprint as we write it, from whatever form a tool prints it in.
fn fingerprint(text: &str) -> Result<String, Failure> {
    let digits: String = text.chars().filter(|character| !matches!(character, ':' | ' ')).collect();
    if digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        Ok(digits.to_lowercase())
    } else {
        Err(Failure::Usage(format!("`{text}` is no SHA-256 fingerprint: it has 64 hexadecimal digits")))
    }
}
