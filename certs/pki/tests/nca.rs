//! The national authority's own test certificates and list, judged by their manifest. The files are not part of this
//! repository: they are looked for in `EUSH_NCA_FIXTURES`, then beside the workspace, and skipped with a word where absent.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and skips with a word"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eush_domain::Rejection;
use eush_pki::judge::{Context, Expectations, Indication, Outcome, Policy, judge};
use eush_pki::{
    Certificate, CrlIndex, Field, RevocationEvidence, RevocationPolicy, RevocationScope, Timestamp, Trust,
};
use time::macros::datetime;

const AT: Timestamp = datetime!(2026-11-22 12:00 UTC);

/// Where the manifest and the authority's list contradict each other: name, what the manifest says, what the list says.
///
/// The manifest calls both certificates good. List 166, verified and also as OpenSSL prints it, has both serial numbers
/// with the reason `superseded` since 2 June 2026, long before the instant of the manifest's verdict. The list is the
/// authority's word and the manifest is not, so that both are refused here. An entry that no longer holds fails the test.
const DIVERGENCES: [(&str, &str, &str, &str); 2] = [
    ("employee_valid", "GOOD", "superseded", "2026-06-02T11:39:09Z"),
    ("treasury_client_valid", "GOOD", "superseded", "2026-06-02T11:25:49Z"),
];

fn fixtures() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/nca-test");
    let folder = std::env::var_os("EUSH_NCA_FIXTURES").map_or(beside, PathBuf::from);
    if folder.join("MANIFEST.json").exists() {
        return Some(folder);
    }
    println!("skipped: no NCA fixtures at `{}`", folder.display());
    None
}

struct Fixtures {
    trust: Trust,
    nca: Certificate,
    crl: Vec<u8>,
    /// Each certificate and why it is refused.
    certificates: Vec<(Certificate, Option<Rejection>)>,
}

fn load(folder: &Path) -> Fixtures {
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let parse = |name: &str| Certificate::parse(&read(name)).unwrap();
    let nca = parse("ca/nca_gost2022_test.cer");
    let trust = Trust::new(vec![parse("ca/root_test_gost_2022.cer")], vec![nca.clone()]);
    let manifest: serde_json::Value = serde_json::from_slice(&read("MANIFEST.json")).unwrap();
    let rows = manifest["certificates"].as_array().unwrap();
    let certificates = rows.iter().map(|row| {
        let certificate = parse(&format!("cer/{}.cer", row["name"].as_str().unwrap()));
        assert_eq!(certificate.serial_hex(), row["serial"].as_str().unwrap());
        assert_eq!(certificate.fingerprint(), row["sha256"].as_str().unwrap());
        let name = row["name"].as_str().unwrap();
        let verdict = row["verdict_with_crl_166_at_2026_11_22"].as_str().unwrap();
        let divergence = DIVERGENCES.iter().find(|divergence| divergence.0 == name);
        let expected = match (verdict, divergence) {
            (verdict, Some(divergence)) => {
                assert_eq!(verdict, divergence.1, "stale divergence of {name}");
                Some(Rejection::CertificateRevoked)
            }
            ("GOOD", None) => None,
            ("ON_HOLD", None) => Some(Rejection::CertificateOnHold),
            (other, None) => panic!("unknown verdict {other}"),
        };
        (certificate, expected)
    });
    Fixtures { trust, nca, crl: read("ca/nca_gost2022_test.crl"), certificates: certificates.collect() }
}

impl Fixtures {
    fn evidence(&self) -> RevocationEvidence {
        RevocationEvidence::new(vec![Arc::new(CrlIndex::build(&self.crl, &self.nca).unwrap())])
    }

    #[track_caller]
    fn judge(
        &self,
        certificate: &Certificate,
        evidence: &RevocationEvidence,
        expectations: &Expectations,
        at: Timestamp,
    ) -> Option<Rejection> {
        // The authority publishes the list about itself elsewhere, so that the leaf alone is asked about.
        let policy =
            Policy { revocation: RevocationPolicy { scope: RevocationScope::Leaf }, ..Policy::default() };
        let context = Context { trust: &self.trust, evidence, at, expectations, policy: &policy };
        let verdict = judge(certificate, &[], &context);
        assert_eq!(verdict.rejection.is_none(), verdict.indication == Indication::TotalPassed);
        assert_eq!(verdict.rejection.is_some(), verdict.stages.iter().any(|s| s.outcome == Outcome::Fail));
        verdict.rejection
    }
}

#[test]
fn every_certificate_gives_its_verdict() {
    let Some(folder) = fixtures() else { return };
    let fixtures = load(&folder);
    assert_eq!(fixtures.certificates.len(), 12);
    let none = Expectations::default();
    let evidence = fixtures.evidence();
    for (certificate, expected) in &fixtures.certificates {
        let expected = *expected;
        let judged = |evidence: &RevocationEvidence, at| fixtures.judge(certificate, evidence, &none, at);
        assert_eq!(judged(&evidence, AT), expected, "{certificate:?}");
        // Never good without a list, nor with one that has expired, nor before the list was made.
        assert_eq!(judged(&RevocationEvidence::default(), AT), Some(Rejection::RevocationUnavailable));
        let stale = datetime!(2027-02-08 0:00 UTC);
        assert_eq!(judged(&evidence, stale), expected.or(Some(Rejection::RevocationStale)));
        assert_eq!(
            judged(&evidence, datetime!(2026-01-01 0:00 UTC)),
            Some(Rejection::CertificateNotYetValid)
        );
        assert_eq!(judged(&evidence, datetime!(2030-01-01 0:00 UTC)), Some(Rejection::CertificateExpired));
        // Nobody of the manifest has a synthetic number. What was refused before stays refused for that.
        let somebody = Expectations { iin: Some(somebody()), ..Expectations::default() };
        let absent = certificate.subject().iin == Field::Absent;
        let of_subject = if absent { Rejection::IinAbsent } else { Rejection::IinMismatch };
        let found = fixtures.judge(certificate, &evidence, &somebody, AT);
        assert_eq!(found, Some(expected.unwrap_or(of_subject)));
    }
}

fn somebody() -> eush_domain::Iin {
    use eush_domain::synthetic::numbers::{Sex, SyntheticBirth, iin};
    iin(SyntheticBirth { year: 85, month: 3, day: 12, sex: Sex::Female }, 1)
}

#[test]
fn subjects_are_read_by_the_profile() {
    let Some(folder) = fixtures() else { return };
    let fixtures = load(&folder);
    let evidence = fixtures.evidence();
    let other = eush_domain::synthetic::numbers::bin(0);
    for (certificate, _) in fixtures.certificates.iter().filter(|row| row.1.is_none()) {
        let subject = certificate.subject();
        assert!(!subject.roles.is_empty(), "{certificate:?}");
        match (subject.iin, &subject.system) {
            (Field::Present(iin), _) => {
                let expectations = Expectations { iin: Some(iin), ..Expectations::default() };
                assert_eq!(fixtures.judge(certificate, &evidence, &expectations, AT), None);
            }
            (Field::Absent, Some(system)) => {
                let expectations = Expectations {
                    bin: subject.bin.present(),
                    system: Some(system.clone()),
                    ..Expectations::default()
                };
                assert_eq!(fixtures.judge(certificate, &evidence, &expectations, AT), None);
            }
            (found, system) => panic!("{certificate:?}: {found:?} {system:?}"),
        }
        let expectations = Expectations { bin: Some(other), ..Expectations::default() };
        let rejection = fixtures.judge(certificate, &evidence, &expectations, AT);
        assert!(matches!(rejection, Some(Rejection::BinMismatch | Rejection::BinAbsent)), "{rejection:?}");
    }
}

#[test]
fn the_list_is_read_whole() {
    let Some(folder) = fixtures() else { return };
    let fixtures = load(&folder);
    let list = CrlIndex::build(&fixtures.crl, &fixtures.nca).unwrap();
    assert_eq!((list.len(), list.number_text().as_str()), (195, "166"));
    assert!(list.lookup(&[1, 2, 3]).is_none());
}

#[test]
fn the_list_contradicts_the_manifest_only_where_it_is_written_down() {
    let Some(folder) = fixtures() else { return };
    let fixtures = load(&folder);
    let list = CrlIndex::build(&fixtures.crl, &fixtures.nca).unwrap();
    for (name, _, reason, since) in DIVERGENCES {
        let der = std::fs::read(folder.join(format!("cer/{name}.cer"))).unwrap();
        let revoked = list.lookup(Certificate::parse(&der).unwrap().serial()).unwrap();
        assert_eq!(revoked.reason.name(), reason, "{name}");
        let at = revoked.at.format(&time::format_description::well_known::Rfc3339).unwrap();
        assert_eq!(at, since, "{name}");
    }
}

#[test]
fn no_changed_byte_of_a_certificate_or_list_is_believed() {
    let Some(folder) = fixtures() else { return };
    let fixtures = load(&folder);
    let evidence = fixtures.evidence();
    let none = Expectations::default();
    let (good, _) = fixtures.certificates.iter().find(|row| row.1.is_none()).unwrap();
    for position in (0..good.der().len()).step_by(7) {
        let mut der = good.der().to_vec();
        der[position] ^= 1;
        let Ok(changed) = Certificate::parse(&der) else { continue };
        assert!(fixtures.judge(&changed, &evidence, &none, AT).is_some(), "byte {position}");
    }
    for position in (0..fixtures.crl.len()).step_by(97) {
        let mut der = fixtures.crl.clone();
        der[position] ^= 1;
        assert!(CrlIndex::build(&der, &fixtures.nca).is_err(), "byte {position}");
    }
}
