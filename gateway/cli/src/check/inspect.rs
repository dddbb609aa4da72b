//! `eush cert inspect`: what certificates say, unjudged.

use eush_pki::certificate::key_usage;
use eush_pki::view::CertificateView;
use eush_pki::{Certificate, CertificateSummary};
use serde_json::{Value, json};

use super::args::Inspect;
use super::files;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// Shows every certificate of the files. Negative where one of them cannot be read as a certificate.
pub(crate) fn run(args: &Inspect, printer: Printer) -> Result<Outcome, Failure> {
    let mut shown = Vec::new();
    let mut readable = true;
    for path in &args.files {
        for der in files::certificates(path, args.password.as_deref())? {
            let file = path.display().to_string();
            match Certificate::parse(&der) {
                Ok(certificate) => {
                    lines(&file, &certificate, printer);
                    shown.push(data(&file, &certificate));
                }
                Err(error) => {
                    readable = false;
                    printer.line(format!("{file}: {error}"));
                    shown.push(json!({ "file": file, "fault": error.to_string() }));
                }
            }
        }
    }
    printer.data(&shown)?;
    Ok(Outcome::of(readable))
}

fn key(certificate: &Certificate) -> String {
    match certificate.public_key() {
        Ok(key) => format!("{}, {} bits", key.algorithm().name(), key.bits()),
        Err(error) => error.to_string(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn dotted(oids: &[eush_sign::oids::Oid]) -> Vec<String> {
    oids.iter().map(ToString::to_string).collect()
}

/// Authority and longest path below, in the words of the extension.
fn constraints(certificate: &Certificate) -> Option<Value> {
    let found = certificate.extensions().basic_constraints?;
    Some(json!({ "ca": found.ca, "path_length": found.path_length }))
}

fn data(file: &str, certificate: &Certificate) -> Value {
    let summary = CertificateSummary::of(certificate);
    let extensions = certificate.extensions();
    let authority_key = extensions.authority_key_id.as_ref().and_then(|id| id.key_id.as_deref());
    json!({
        "file": file,
        "certificate": CertificateView::of(&summary),
        "sha256": certificate.fingerprint(),
        "key": key(certificate),
        "self_issued": certificate.is_self_issued(),
        "basic_constraints": constraints(certificate),
        "key_usage": certificate.key_usage().map(|usage| key_usage::names(Some(usage))),
        "extended_key_usage": extensions.extended_key_usage.as_deref().map(dotted),
        "subject_key_id": extensions.subject_key_id.as_deref().map(hex),
        "authority_key_id": authority_key.map(hex),
        "policies": extensions.policies.as_deref().map(dotted),
        "crl_urls": extensions.crl_urls,
        "delta_crl_urls": extensions.delta_crl_urls,
        "ocsp_urls": extensions.ocsp_urls,
        "issuer_urls": extensions.issuer_urls,
        "critical_not_understood": dotted(&extensions.unhandled),
    })
}

fn lines(file: &str, certificate: &Certificate, printer: Printer) {
    let summary = CertificateSummary::of(certificate);
    let extensions = certificate.extensions();
    let mut rows = Vec::new();
    let mut say = |name: &str, value: String| {
        if !value.is_empty() {
            rows.push(vec![name.to_owned(), value]);
        }
    };
    say("file", file.to_owned());
    say("subject", summary.subject);
    say("issuer", summary.issuer);
    say("serial", summary.serial);
    let (from, to) = (summary.not_before, summary.not_after);
    say("valid", format!("{} to {}", output::show_instant(from), output::show_instant(to)));
    say("signature", summary.algorithm);
    say("key", key(certificate));
    say("SHA-256", certificate.fingerprint());
    say("IIN", summary.iin.map(|iin| iin.digits().to_owned()).unwrap_or_default());
    say("BIN", summary.bin.map(|bin| bin.digits().to_owned()).unwrap_or_default());
    say("system", summary.system.unwrap_or_default());
    say("roles", summary.roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(" "));
    say("basic constraints", constraints(certificate).map(|found| found.to_string()).unwrap_or_default());
    say("key usage", key_usage::names(certificate.key_usage()));
    say("extended key usage", dotted(extensions.extended_key_usage.as_deref().unwrap_or_default()).join(" "));
    say("subject key id", extensions.subject_key_id.as_deref().map(hex).unwrap_or_default());
    let authority_key = extensions.authority_key_id.as_ref().and_then(|id| id.key_id.as_deref());
    say("authority key id", authority_key.map(hex).unwrap_or_default());
    say("policies", dotted(extensions.policies.as_deref().unwrap_or_default()).join(" "));
    say("lists", extensions.crl_urls.join(" "));
    say("delta lists", extensions.delta_crl_urls.join(" "));
    say("OCSP", extensions.ocsp_urls.join(" "));
    say("issuer's certificate", extensions.issuer_urls.join(" "));
    say("critical, not understood", dotted(&extensions.unhandled).join(" "));
    output::table(&rows).into_iter().for_each(|line| printer.line(line));
    printer.line(String::new());
}
