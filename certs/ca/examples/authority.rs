//! Writes a whole test authority into a folder, for tools that are not ours: `authority FOLDER RFC3339`.
//!
//! For each algorithm: `<alg>-root.pem`, `<alg>-issuing.pem`, `<alg>.crl`, `<alg>-root.crl`, `<alg>-delta.crl` and the
//! complete list that it builds on, `<alg>-day.crl`, an answer of the responder about the good one, `<alg>-good.ocsp`; and for every certificate `<alg>-<name>.pem`, `.key`, `.p12`, `.serial`
//! (of GOST keys also `.nca.p12`, in the national authority's form) and its issuer, `<alg>-<name>-issuer.pem`: a good one, a revoked, a held, a released one and one of each defect.

use std::path::Path;

use anyhow::{Context as _, bail};
use eush_ca::{Authority, AuthorityOptions, Defect, EnrollmentRequest, KeyAlgorithm, RevocationReason};
use eush_domain::Timestamp;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_pki::{Certificate, OcspRequest};
use eush_sign::pem;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, now] = &arguments[..] else { bail!("usage: authority FOLDER RFC3339") };
    let folder = Path::new(folder);
    let now = Timestamp::parse(now, &time::format_description::well_known::Rfc3339)?;
    let options = AuthorityOptions { default_algorithm: KeyAlgorithm::Rsa2048, now };
    let authority = Authority::open(folder, options)?;
    KeyAlgorithm::ALL.into_iter().try_for_each(|algorithm| write(&authority, folder, algorithm))
}

fn write(authority: &Authority, folder: &Path, algorithm: KeyAlgorithm) -> anyhow::Result<()> {
    let name = algorithm.name();
    let population = Population::new(7, Scheme::default());
    let subject = population.certificate_subject("aigerim").context("aigerim is in the population")?;
    let enroll = |label: &str, defect: Option<Defect>| -> anyhow::Result<String> {
        let request = EnrollmentRequest {
            subject: subject.clone(),
            algorithm: Some(algorithm),
            defect,
            label: label.to_owned(),
        };
        let enrollment = authority.enroll(&request)?;
        let path = |suffix: &str| folder.join(format!("{name}-{label}.{suffix}"));
        std::fs::write(path("pem"), pem::encode(pem::CERTIFICATE, &enrollment.certificate.der)?)?;
        std::fs::write(path("key"), pem::encode(pem::PRIVATE_KEY, enrollment.key.pkcs8_der())?)?;
        std::fs::write(path("p12"), enrollment.pkcs12()?)?;
        if let Some(store) = enrollment.pkcs12_national()? {
            std::fs::write(path("nca.p12"), store)?;
        }
        std::fs::write(path("serial"), &enrollment.certificate.serial)?;
        let issuer = enrollment.chain.get(1).context("a chain has an issuer")?;
        let issuer_path = folder.join(format!("{name}-{label}-issuer.pem"));
        std::fs::write(issuer_path, pem::encode(pem::CERTIFICATE, issuer)?)?;
        Ok(enrollment.certificate.serial)
    };
    let good = enroll("good", None)?;
    let day = authority.list(name)?.context("list")?;
    std::fs::write(folder.join(format!("{name}-day.crl")), day.der)?;
    authority.revoke(&enroll("revoked", None)?, RevocationReason::KeyCompromise, None)?;
    authority.hold(&enroll("held", None)?)?;
    let released = enroll("released", None)?;
    authority.hold(&released)?;
    authority.release(&released)?;
    for defect in Defect::ALL {
        enroll(defect.name(), Some(defect))?;
    }
    let authorities = authority.authorities()?;
    let own = authorities.iter().find(|one| one.algorithm == algorithm).context("authorities")?;
    let armour = |der: &[u8]| pem::encode(pem::CERTIFICATE, der);
    std::fs::write(folder.join(format!("{name}-root.pem")), armour(&own.root)?)?;
    std::fs::write(folder.join(format!("{name}-issuing.pem")), armour(&own.issuing)?)?;
    let certificates = authority.certificates("", "")?;
    let leaf = certificates.iter().find(|one| one.serial == good).context("the good one is listed")?;
    let (leaf, issuer) = (Certificate::parse(&leaf.der)?, Certificate::parse(&own.issuing)?);
    let question = OcspRequest::about(&leaf, &issuer, None)?.encode();
    let answer = authority.answer_ocsp(&question).context("no fault is in force")?;
    std::fs::write(folder.join(format!("{name}-good.ocsp")), answer)?;
    for stem in [name.to_owned(), format!("{name}-root"), format!("{name}-delta")] {
        let list = authority.list(&stem)?.context("list")?;
        std::fs::write(folder.join(format!("{stem}.crl")), list.der)?;
    }
    Ok(())
}
