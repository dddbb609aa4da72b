//! What the crate writes: the published schema, the table of requirements, the faces of a report, the signed protocol.

mod reference;

use std::process::Command;

use eush_conformance::{
    CaseReport, Conclusion, Format, Pattern, Published, Report, Signer, Verdict, explain, json, junit, list,
    matrix, read, requirements, schema, show, sign, text, verify,
};
use eush_wire::conformance::v1::{SubjectKind, SubjectReport, Tally, TraceLine};
use time::macros::datetime;

#[test]
fn the_published_schemas_are_the_reader_s() {
    reference::compare("suites/schema.json", &schema(Published::Suite));
    reference::compare("suites/payloads.schema.json", &schema(Published::Payloads));
    reference::compare("suites/known-failing.schema.json", &schema(Published::KnownFailures));
    reference::compare("suites/parameters.schema.json", &schema(Published::Parameters));
}

#[test]
fn requirements_are_told_and_enough() {
    let all = list(&[], None, &[]).unwrap();
    assert!(all.len() >= 120, "{} cases", all.len());
    for entry in &all {
        assert!(
            !entry.source.is_empty() && !entry.rule.is_empty() && !entry.requirement.is_empty(),
            "{}",
            entry.name
        );
    }
    for kind in [SubjectKind::Agency, SubjectKind::Gateway, SubjectKind::Client] {
        assert!(list(&[], Some(kind), &[]).unwrap().len() >= 30);
    }
    reference::compare("REQUIREMENTS.md", &requirements().unwrap());
}

#[test]
fn names_are_unique_and_patterns_find_them() {
    let all = list(&[], None, &[]).unwrap();
    let mut names: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
    let found = list(&[], None, &[Pattern::new("Lookups/service:GBDFL_Person/*")]).unwrap();
    assert!(!found.is_empty() && found.iter().all(|entry| entry.name.contains("GBDFL_Person")));
    assert!(list(&[], None, &[Pattern::new("Nothing/**")]).is_err());
    let shown = show(&[], &Pattern::new("Refusals/revocation/revoked")).unwrap();
    assert!(shown.contains("CERTIFICATE_REVOKED") && shown.contains("agency_calls"), "{shown}");
}

/// Every reason of the table that a bus can be brought to give stands in a case; the others are named here, each with
/// why it cannot be brought about over the wire.
const NOT_BROUGHT_ABOUT: &[(&str, &str)] = &[
    (
        "BUS_DRAINING",
        "a bus that stops tells its connections to go: whether one call still gets an answer is chance",
    ),
    (
        "BUS_OVERLOADED",
        "its limit is the listener's: whoever reaches it turns away everybody else's messages",
    ),
    ("PERSON_NUMBER_NOT_SYNTHETIC", "is about people that eush alone can add"),
];

#[test]
fn every_reason_has_a_case_or_says_why_not() {
    let suites: String = ["gateway-wire", "gateway-refusals", "gateway-flows", "gateway-management"]
        .iter()
        .map(|name| {
            std::fs::read_to_string(format!("{}/suites/{name}.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap()
        })
        .collect();
    for rejection in eush_domain::Rejection::ALL {
        let reason = rejection.facts().reason;
        let has_case = suites.contains(reason);
        let excused = NOT_BROUGHT_ABOUT.iter().any(|(name, _)| *name == reason);
        assert!(!(has_case && excused), "{reason} has a case and needs its excuse no longer");
        assert!(has_case || excused, "{reason} has neither a case in the suites nor an excuse here");
    }
    for (reason, _) in NOT_BROUGHT_ABOUT {
        let known = eush_domain::Rejection::ALL.iter().any(|rejection| rejection.facts().reason == *reason);
        assert!(known, "{reason} is no reason any more");
    }
}

/// A report of every kind of verdict.
fn report() -> Report {
    let case = |name: &str, verdict: Verdict, finding: &str| CaseReport {
        name: name.to_owned(),
        requirement: "REQ-01".to_owned(),
        source: "our contract".to_owned(),
        rule: "A rule <with> \"marks\" & Қазақ letters.".to_owned(),
        verdict: verdict.into(),
        findings: if finding.is_empty() { Vec::new() } else { vec![finding.to_owned()] },
        trace: vec![TraceLine {
            at_ms: 3,
            direction: ">".to_owned(),
            text: "AgencyService.Describe {}".to_owned(),
        }],
        duration_ms: 12,
        ..Default::default()
    };
    let mut known = case("Suite/known", Verdict::Fail, "expected ok, came internal");
    known.known = "slow (team, until 2027-01-01)".to_owned();
    Report {
        eush_version: "0.1.0".to_owned(),
        suite_version: "0.1.0+0123456789abcdef".to_owned(),
        subject: Some(SubjectReport {
            kind: SubjectKind::Agency.into(),
            name: "enbek".to_owned(),
            version: "1.2".to_owned(),
            address: "127.0.0.1:7083".to_owned(),
            descriptor_sha256: "ab".repeat(32),
            descriptor_of: "reflection".to_owned(),
            clock: None,
            session: String::new(),
            transport: "plain".to_owned(),
        }),
        started_at: Some(prost_types::Timestamp { seconds: 1_772_442_000, nanos: 0 }),
        conclusion: Conclusion::NonConformant.into(),
        tally: Some(Tally { pass: 1, fail: 2, warn: 1, skip: 1, omit: 1, error: 1, known: 1 }),
        cases: vec![
            case("Suite/axis:a/good", Verdict::Pass, ""),
            case("Suite/axis:a/bad", Verdict::Fail, "step 1: expected ok, came internal"),
            known,
            case("Suite/soft", Verdict::Warn, "no version"),
            case("Other/left", Verdict::Skip, "the subject was not started by the runner"),
            case("Other/none", Verdict::Omit, "it is for gbdfl"),
            case("Other/broken", Verdict::Error, "set-up: no key"),
        ],
        list_faults: vec!["the pattern `X` matches no case that was run".to_owned()],
    }
}

#[test]
fn the_faces_of_a_report() {
    let report = report();
    insta::assert_snapshot!("text", text(&report));
    insta::assert_snapshot!("json", json(&report));
    insta::assert_snapshot!("junit", junit(&report));
    insta::assert_snapshot!("badge", {
        let mut out = Vec::new();
        Format::Svg.write(&report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    });
    insta::assert_snapshot!("html", matrix(&[report.clone(), report.clone()]));
    insta::assert_snapshot!("explain", explain(&report, &Pattern::new("Suite/**")).unwrap());
    assert_eq!(read("report.json", &json(&report)).unwrap(), report);
}

#[test]
fn a_bus_s_report_says_what_of_the_run_is_left_on_it() {
    let of = |session: &str, clock: Option<i64>| {
        let mut report = report();
        let subject = report.subject.as_mut().unwrap();
        subject.kind = SubjectKind::Gateway.into();
        subject.session = session.to_owned();
        subject.clock = clock.map(|seconds| prost_types::Timestamp { seconds, nanos: 0 });
        [text(&report), junit(&report), matrix(&[report])]
    };
    for (session, clock, said) in [
        ("conform-1", Some(1_772_442_000), "in the test session conform-1"),
        ("", Some(1_772_442_000), "no test sessions: its clock has moved"),
        ("", None, "without management"),
    ] {
        for face in of(session, clock) {
            assert!(face.contains(said), "{face}");
        }
    }
    assert!(!text(&report()).contains("session"), "an agency has none");
}

fn openssl(folder: &std::path::Path, arguments: &[&str]) -> Option<std::process::Output> {
    Command::new("openssl").args(arguments).current_dir(folder).output().ok()
}

#[test]
fn a_signed_protocol_is_read_by_us_and_by_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let request = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-subj",
        "/CN=Test laboratory",
        "-days",
        "30",
    ];
    let Some(made) = openssl(folder.path(), &request).filter(|made| made.status.success()) else {
        eprintln!("openssl is not here; the protocol is not read by it");
        return;
    };
    drop(made);
    let pem = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let signer = Signer::from_pem(&format!("{}{}", pem("key.pem"), pem("cert.pem"))).unwrap();
    let at = datetime!(2026-03-02 10:00 UTC);
    let protocol = sign(&report(), &signer, at).unwrap();

    let verified = verify(&protocol.der).unwrap();
    assert_eq!(verified.report, report());
    assert_eq!((verified.signer.as_str(), verified.signed_at), ("Test laboratory", Some(at)));
    assert_eq!(verified.fingerprint.len(), 64);

    std::fs::write(folder.path().join("protocol.p7m"), &protocol.der).unwrap();
    let arguments = [
        "cms",
        "-verify",
        "-inform",
        "DER",
        "-in",
        "protocol.p7m",
        "-CAfile",
        "cert.pem",
        "-purpose",
        "any",
        "-no_check_time",
        "-out",
        "report.json",
        "-binary",
    ];
    let read = openssl(folder.path(), &arguments).unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    assert_eq!(pem("report.json"), json(&report()));

    // One bit of the report within is turned.
    let mut forged = protocol.der.clone();
    let at = forged.windows(5).position(|bytes| bytes == b"enbek").unwrap();
    forged[at] ^= 1;
    assert!(verify(&forged).unwrap_err().to_string().contains("does not hold"));
    assert!(verify(b"no protocol").is_err());
}
