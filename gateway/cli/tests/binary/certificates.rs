//! Certificates and signed documents judged by the binary, on files alone; and issued by a running bus.
//!
//! The national authority's own test files are not part of this repository: they are looked for in `EUSH_NCA_FIXTURES`,
//! then beside the workspace, and skipped with a word where absent.

#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::path::{Path, PathBuf};

use eush_domain::synthetic::numbers;
use serde_json::{Value, json};

use crate::support::{Up, data, run};

/// The instant of the manifest's verdicts.
const AT: &str = "2026-11-22T12:00:00Z";

/// Certificates that the manifest calls good and list 166 has as superseded since June 2026: the list is the authority's
/// word and the manifest is not. Written down with the evidence in `certs/pki/tests/nca.rs`.
const SUPERSEDED: [&str; 2] = ["employee_valid", "treasury_client_valid"];

struct Nca {
    folder: PathBuf,
    manifest: Value,
    home: tempfile::TempDir,
}

impl Nca {
    fn find() -> Option<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/nca-test");
        let folder = std::env::var_os("EUSH_NCA_FIXTURES").map_or(beside, PathBuf::from);
        match std::fs::read(folder.join("MANIFEST.json")) {
            Ok(text) => {
                let manifest = serde_json::from_slice(&text).unwrap();
                Some(Self { folder, manifest, home: tempfile::tempdir().unwrap() })
            }
            Err(_) => {
                println!("skipped: no NCA fixtures at `{}`", folder.display());
                None
            }
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Judges a certificate with root and issuer, and whatever else is asked.
    #[track_caller]
    fn check(&self, file: &str, with_list: bool, more: &[&str]) -> (i32, Value) {
        let (root, issuer) = (self.path("ca/root_test_gost_2022.cer"), self.path("ca/nca_gost2022_test.cer"));
        let (file, list) = (self.path(file), self.path("ca/nca_gost2022_test.crl"));
        let mut args = vec!["cert", "check", &file, "--ca", &root, "--ca", &issuer];
        if with_list {
            args.extend(["--crl", &list]);
        }
        args.extend(more);
        let (status, verdict) = data(self.home.path(), &args);
        (status.code().unwrap(), verdict)
    }

    fn rows(&self) -> Vec<(String, Option<&'static str>, &Value)> {
        let rows = self.manifest["certificates"].as_array().unwrap();
        let row = |row: &'_ Value| -> (String, Option<&'static str>) {
            let name = row["name"].as_str().unwrap().to_owned();
            let expected = match row["verdict_with_crl_166_at_2026_11_22"].as_str().unwrap() {
                "GOOD" if SUPERSEDED.contains(&name.as_str()) => Some("CERTIFICATE_REVOKED"),
                "GOOD" => None,
                "ON_HOLD" => Some("CERTIFICATE_ON_HOLD"),
                other => panic!("unknown verdict {other}"),
            };
            (name, expected)
        };
        rows.iter()
            .map(|value| {
                let (name, expected) = row(value);
                (name, expected, value)
            })
            .collect()
    }
}

/// What the subject of the manifest says after a prefix, up to the next comma.
fn number(row: &Value, prefix: &str) -> Option<String> {
    let subject = row["subject"].as_str().unwrap();
    let rest = &subject[subject.find(prefix)? + prefix.len()..];
    Some(rest.split(',').next().unwrap().to_owned())
}

/// A number that nobody of the manifest has.
fn somebody() -> String {
    let birth = numbers::SyntheticBirth { year: 85, month: 3, day: 12, sex: numbers::Sex::Female };
    numbers::iin(birth, 0).digits().to_owned()
}

#[test]
fn the_authoritys_certificates_give_their_verdicts() {
    let Some(nca) = Nca::find() else { return };
    assert_eq!(nca.rows().len(), 12);
    for (name, expected, row) in nca.rows() {
        let file = format!("cer/{name}.cer");
        let reason = expected.map_or(Value::Null, |reason| json!(reason));
        let refused = i32::from(expected.is_some());

        let (code, verdict) = nca.check(&file, true, &["--at", AT]);
        assert_eq!((code, &verdict["reason"]), (refused, &reason), "{name}: {verdict}");
        assert_eq!(verdict["certificate"]["serial"], row["serial"], "{name}");
        let (code, stale) = nca.check(&file, true, &["--at", "2027-02-08T00:00:00Z"]);
        let expected_stale = expected.unwrap_or("REVOCATION_STALE");
        assert_eq!((code, stale["reason"].as_str()), (1, Some(expected_stale)), "{name}: {stale}");
        let (code, none) = nca.check(&file, false, &["--at", AT]);
        assert_eq!((code, &none["reason"]), (1, &json!("REVOCATION_UNAVAILABLE")), "{name}");
        let (code, early) = nca.check(&file, true, &["--at", "2026-01-01T00:00:00Z"]);
        assert_eq!((code, &early["reason"]), (1, &json!("CERTIFICATE_NOT_YET_VALID")), "{name}");
        let (code, late) = nca.check(&file, true, &["--at", "2030-01-01T00:00:00Z"]);
        assert_eq!((code, &late["reason"]), (1, &json!("CERTIFICATE_EXPIRED")), "{name}");
        // Nobody of the manifest has a synthetic number; what was refused before stays refused for that.
        let (code, wrong) = nca.check(&file, true, &["--at", AT, "--iin", &somebody()]);
        let of_subject = if number(row, "IIN").is_some() { "IIN_MISMATCH" } else { "IIN_ABSENT" };
        assert_eq!((code, wrong["reason"].as_str()), (1, Some(expected.unwrap_or(of_subject))), "{name}");
        let subject = wrong["stages"].as_array().unwrap().iter().find(|stage| stage["stage"] == "subject");
        assert_eq!(subject.unwrap()["reason"], of_subject, "{name}");
    }
}

#[test]
fn the_authoritys_key_stores_are_read_and_subjects_compared() {
    let Some(nca) = Nca::find() else { return };
    let password = nca.manifest["p12_password"].as_str().unwrap().to_owned();
    let somebody = somebody();
    for (name, expected, row) in nca.rows() {
        let file = format!("p12/{name}.p12");
        let base = ["--at", AT, "--password", &password];
        let (code, verdict) = nca.check(&file, true, &base);
        let reason = expected.map_or(Value::Null, |reason| json!(reason));
        assert_eq!((code, &verdict["reason"]), (i32::from(expected.is_some()), &reason), "{name}");
        if expected.is_some() {
            continue;
        }
        let with = |more: &[&str]| {
            let (code, verdict) = nca.check(&file, true, &[&base[..], more].concat());
            (code, verdict["reason"].as_str().map(str::to_owned))
        };
        let refused = |reason: &str| (1, Some(reason.to_owned()));
        match number(row, "IIN") {
            Some(iin) => {
                assert_eq!(with(&["--iin", &iin]), (0, None), "{name}");
                assert_eq!(with(&["--iin", &somebody]), refused("IIN_MISMATCH"), "{name}");
            }
            None => assert_eq!(with(&["--iin", &somebody]), refused("IIN_ABSENT"), "{name}"),
        }
        match number(row, "BIN") {
            Some(bin) => assert_eq!(with(&["--bin", &bin]), (0, None), "{name}"),
            None => assert_eq!(with(&["--bin", &somebody]), refused("BIN_ABSENT"), "{name}"),
        }
        assert_eq!(with(&["--role", "human-resources"]), refused("ROLE_NOT_ALLOWED"), "{name}");
        // The authority publishes the list about itself elsewhere.
        assert_eq!(with(&["--revocation-scope", "chain"]), refused("REVOCATION_UNAVAILABLE"), "{name}");
    }
}

#[test]
fn a_verdict_in_json_keeps_its_shape() {
    let Some(nca) = Nca::find() else { return };
    let (_, verdict) = nca.check("cer/individual_revoked.cer", true, &["--at", AT]);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let expected = [
        "certificate",
        "indication",
        "judged_at",
        "policy",
        "reason",
        "stages",
        "sub_indication",
        "texts",
        "unused",
    ];
    assert_eq!(keys(&verdict), expected);
    assert_eq!(verdict["indication"], "INDETERMINATE");
    assert_eq!(verdict["sub_indication"], "TRY_LATER");
    assert_eq!(verdict["judged_at"], AT);
    assert_eq!(keys(&verdict["texts"]), ["en", "kk", "ru"]);
    let certificate = [
        "algorithm",
        "bin",
        "iin",
        "issuer",
        "not_after",
        "not_before",
        "roles",
        "serial",
        "subject",
        "system",
    ];
    assert_eq!(keys(&verdict["certificate"]), certificate);
    let stages = verdict["stages"].as_array().unwrap();
    let told: Vec<_> = stages
        .iter()
        .map(|stage| (stage["stage"].as_str().unwrap(), stage["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("signature", "NOT_CHECKED"),
            ("chain", "PASS"),
            ("validity", "PASS"),
            ("revocation", "FAIL"),
            ("subject", "NOT_CHECKED"),
            ("role", "NOT_CHECKED"),
        ]
    );
    assert_eq!(stages[3]["reason"], "CERTIFICATE_ON_HOLD");
    assert_eq!(stages[3]["evidence"]["crlNumber"], "166");
    assert_eq!(stages[3]["evidence"]["reason"], "certificateHold");
    assert_eq!(verdict["policy"]["rules"], "kz");
    assert_eq!(verdict["unused"], json!([]));
}

#[test]
fn a_verdict_in_text_names_stages_and_speaks_three_languages() {
    let Some(nca) = Nca::find() else { return };
    let (file, root) = (nca.path("cer/individual_valid.cer"), nca.path("ca/root_test_gost_2022.cer"));
    let issuer = nca.path("ca/nca_gost2022_test.cer");
    // The issuer may come as a further certificate as well.
    let args = ["cert", "check", &file, &issuer, "--ca", &root, "--at", AT];
    let output = run(nca.home.path(), &args);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    for word in
        ["INDETERMINATE", "TRY_LATER", "REVOCATION_UNAVAILABLE", "  kk: ", "  ru: ", "  en: ", "NOT_CHECKED"]
    {
        assert!(said.contains(word), "`{said}` lacks `{word}`");
    }
    let places: Vec<_> = ["signature ", "chain ", "validity ", "revocation ", "subject ", "role "]
        .into_iter()
        .map(|stage| said.find(&format!("  {stage}")).unwrap_or_else(|| panic!("`{said}` lacks {stage}")))
        .collect();
    assert!(places.is_sorted(), "{said}");
}

#[test]
fn wrong_use_of_the_check_names_the_file_and_what_is_expected() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str, contents: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, contents).unwrap();
        path.display().to_string()
    };
    let html = path("page.html", b"<html>not now</html>");
    let empty = path("empty.crl", b"");
    let pem = path("key.pem", b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
    let cut = path("cut.pem", b"-----BEGIN CERTIFICATE-----\nMAA=\n");
    let check = |args: &[&str], says: &[&str]| {
        let output = run(home.path(), args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        for word in says {
            assert!(said.contains(word), "{args:?} says `{said}`, which lacks `{word}`");
        }
    };
    check(&["cert", "check"], &["FILE"]);
    check(&["cert", "check", "/no/such/file"], &["/no/such/file", "PEM, DER or PKCS#12"]);
    check(&["cert", "check", &html], &["page.html", "PEM, DER or PKCS#12"]);
    check(&["cert", "check", &pem], &["key.pem", "PEM, DER or PKCS#12"]);
    check(&["cert", "check", &cut], &["cut.pem", "damaged PEM"]);
    check(&["cert", "check", &html, "--iin", "12"], &["--iin", "12 digits"]);
    check(&["cert", "check", &html, "--role", "king"], &["king", "individual"]);
    check(&["cert", "check", &html, "--at", "yesterday"], &["yesterday", "RFC 3339"]);
    check(&["cert", "check", &html, "--initial-policy", "any"], &["any", "dotted"]);
    check(&["cert", "check", &html, "--rules", "lax"], &["lax", "rfc5280"]);
    check(&["cms", "verify", &html], &["page.html", "CMS"]);
    check(&["cms", "sign", &html, "--key", &html, "--out", "x"], &["page.html", "PKCS#12"]);
    check(&["cert", "inspect", &html], &["page.html"]);
    let Some(nca) = Nca::find() else { return };
    let good = nca.path("cer/individual_valid.cer");
    check(&["cert", "check", &good, "--crl", &html], &["page.html", "revocation list"]);
    check(&["cert", "check", &good, "--crl", &empty], &["empty.crl", "revocation list"]);
    check(&["cert", "check", &good, "--crl", &good], &["individual_valid.cer", "revocation list"]);
    check(&["cert", "check", &good, "--ocsp", &html], &["page.html", "OCSP"]);
    check(&["cert", "check", &nca.path("ca/nca_gost2022_test.crl")], &["--crl"]);
    let store = nca.path("p12/individual_valid.p12");
    check(&["cert", "check", &store], &["individual_valid.p12", "--password"]);
    check(&["cert", "check", &store, "--password", "guess"], &["individual_valid.p12", "password"]);
}

#[test]
fn a_file_is_signed_and_judged_without_a_bus() {
    let Some(nca) = Nca::find() else { return };
    let home = nca.home.path();
    let path = |name: &str| home.join(name).display().to_string();
    let (file, other, store) = (path("letter.txt"), path("other.txt"), nca.path("p12/individual_valid.p12"));
    std::fs::write(&file, "a letter").unwrap();
    std::fs::write(&other, "another letter").unwrap();
    let password = nca.manifest["p12_password"].as_str().unwrap();
    let (root, issuer) = (nca.path("ca/root_test_gost_2022.cer"), nca.path("ca/nca_gost2022_test.cer"));
    let list = nca.path("ca/nca_gost2022_test.crl");
    let verify = |more: &[&str]| {
        let evidence = ["--ca", &root, "--ca", &issuer, "--crl", &list, "--at", AT];
        let args = [&["cms", "verify"], more, &evidence].concat();
        let (status, answer) = data(home, &args);
        (status.code().unwrap(), answer)
    };
    for (form, apart) in [("--detached", true), ("--attached", false)] {
        let out = path(&format!("letter{form}.cms"));
        let sign = ["cms", "sign", &file, "--key", &store, "--password", password, form, "--out", &out];
        let (status, signed) = data(home, &[&sign[..], &["--at", "2026-11-22T11:00:00Z"]].concat());
        assert!(status.success(), "{signed}");
        let content: &[&str] = if apart { &["--content", &file] } else { &[] };
        let (code, good) = verify(&[&[out.as_str()], content].concat());
        assert_eq!((code, &good["indication"]), (0, &json!("TOTAL_PASSED")), "{good}");
        assert_eq!(good["signers"].as_array().unwrap().len(), 1);
        assert_eq!(good["signers"][0]["stages"][0]["outcome"], "PASS");
        let (code, good) = verify(&[&[out.as_str(), "--as-signed"], content].concat());
        assert_eq!((code, &good["signers"][0]["judged_at"]), (0, &json!("2026-11-22T11:00:00Z")), "{good}");
        let (code, bad) = verify(&[&out, "--content", &other]);
        assert_eq!((code, &bad["signers"][0]["reason"]), (1, &json!("SIGNATURE_INVALID")), "{bad}");
        let (code, bad) = verify(&[&[out.as_str(), "--role", "employee"], content].concat());
        assert_eq!((code, &bad["signers"][0]["reason"]), (1, &json!("ROLE_NOT_ALLOWED")), "{bad}");
    }
    let detached = path("letter--detached.cms");
    let output = run(home, &["cms", "verify", &detached]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--content"));
}

#[test]
fn a_running_bus_issues_what_the_check_then_judges() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("eush.toml");
    std::fs::write(&config, "[clock]\nstart = \"2026-03-02T09:00:00+05:00\"\n").unwrap();
    let home = folder.path().join("data");
    let _up = Up::start(&home, &["--config", config.to_str().unwrap()]);
    let out = folder.path().join("keys").display().to_string();
    let file = |name: &str| folder.path().join("keys").join(name).display().to_string();

    let (status, sound) =
        data(&home, &["cert", "issue", "--as", "aigerim", "--algorithm", "gost", "--out", &out]);
    assert!(status.success(), "{sound}");
    assert_eq!((&sound["state"], &sound["algorithm"]), (&json!("good"), &json!("gost-2015-512")));
    let (status, flawed) = data(
        &home,
        &["cert", "issue", "--as", "aigerim", "--defect", "expired", "--label", "old", "--out", &out],
    );
    assert!(status.success(), "{flawed}");
    assert_ne!(sound["serial"], flawed["serial"]);
    let system = ["cert", "issue", "--common-name", "TEST SYSTEM", "--organization", "TEST", "--out", &out];
    let bin = numbers::bin(7);
    let more = ["--bin", bin.digits(), "--system", "1.2.398.6.77", "--role", "information-system"];
    let (status, issued) = data(&home, &[&system[..], &more].concat());
    assert!(status.success(), "{issued}");

    // A chain in one file: its root is trusted by --ca alone, and evidence about the leaf is asked always.
    let at = "2026-03-02T05:00:00Z";
    let password = sound["pkcs12_password"].as_str().unwrap();
    let check = |name: &str, more: &[&str]| {
        let (file, ca) = (file(name), file("aigerim.chain.pem"));
        let args = ["cert", "check", &file, "--at", at, "--password", password];
        let ca: &[&str] = if more.contains(&"untrusted") { &[] } else { &["--ca", &ca] };
        let more: Vec<&str> = more.iter().copied().filter(|word| *word != "untrusted").collect();
        let (status, verdict) = data(&home, &[&args[..], ca, &more].concat());
        (status.code().unwrap(), verdict["reason"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(check("aigerim.chain.pem", &["untrusted"]), (1, "ISSUER_UNKNOWN".to_owned()));
    assert_eq!(check("aigerim.chain.pem", &[]), (1, "REVOCATION_UNAVAILABLE".to_owned()));
    assert_eq!(check("aigerim.p12", &[]), (1, "REVOCATION_UNAVAILABLE".to_owned()));

    let (status, shown) = data(&home, &["cert", "inspect", &file("aigerim.chain.pem")]);
    assert!(status.success());
    let shown = shown.as_array().unwrap();
    assert_eq!(shown.len(), 3);
    assert_eq!(shown[0]["certificate"]["serial"], sound["serial"]);
    assert_eq!(
        (&shown[2]["self_issued"], &shown[2]["basic_constraints"]["ca"]),
        (&json!(true), &json!(true))
    );

    let wrong = run(&home, &["cert", "issue", "--as", "aigerim", "--defect", "smudged"]);
    assert_eq!(wrong.status.code(), Some(2));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("smudged") && said.contains("broken-signature"), "{said}");
    assert_eq!(run(&home, &["cert", "issue"]).status.code(), Some(2));
}
