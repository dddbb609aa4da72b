//! The demo in a debug build: every case, as the command tells it.

use crate::support::data;

/// What the first issue of eush wants shown, by reason; the good flows have none.
const REFUSALS: [&str; 20] = [
    "SIGNATURE_INVALID",
    "ISSUER_UNKNOWN",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_NOT_YET_VALID",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_ON_HOLD",
    "IIN_MISMATCH",
    "IIN_ABSENT",
    "ROLE_NOT_ALLOWED",
    "ENVELOPE_MALFORMED",
    "SERVICE_UNKNOWN",
    "CHANNEL_NOT_DESCRIBED",
    "LOGIN_REFUSED",
    "PERSON_ABSENT",
    "POWER_OF_ATTORNEY_ABSENT",
    "OPERATOR_NOT_LISTED",
    "DOCUMENTS_NOT_CONFORMING",
    "AGENCY_UNAVAILABLE",
    "AGENCY_TIMEOUT",
    "AGENCY_ANSWER_INVALID",
];

/// Agencies that take a document, apart from the registers that are asked.
const TARGETS: [&str; 4] = ["enbek", "esobes", "zhao", "regional"];

#[test]
fn every_case_comes_out_as_demanded_and_none_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (status, demo) = data(folder.path(), &["demo"]);
    let cases = demo["cases"].as_array().unwrap();
    for case in cases {
        assert_eq!(case["as_demanded"], true, "{case}");
    }
    assert!(status.success());
    let reasons: Vec<_> = cases.iter().map(|case| case["came"]["reason"].as_str().unwrap()).collect();
    for reason in REFUSALS {
        assert!(reasons.contains(&reason), "no case of the demo ends with {reason}");
    }
    let good: Vec<_> =
        cases.iter().filter(|case| case["came"]["reason"] == "" && case["name"] == "golden").collect();
    assert_eq!(good.len(), 6, "six flows with nothing wrong");
}

#[test]
fn what_is_refused_before_dispatch_never_reaches_its_target() {
    let folder = tempfile::tempdir().unwrap();
    let after = ["DOCUMENTS_NOT_CONFORMING", "AGENCY_UNAVAILABLE", "AGENCY_TIMEOUT", "AGENCY_ANSWER_INVALID"];
    let (_, demo) = data(folder.path(), &["demo", "--only", "portal", "--keys", "rsa"]);
    for case in demo["cases"].as_array().unwrap() {
        let reason = case["came"]["reason"].as_str().unwrap();
        let calls = case["came"]["calls"].as_array().unwrap();
        let reached: u64 = calls
            .iter()
            .filter(|call| TARGETS.contains(&call[0].as_str().unwrap()))
            .map(|call| call[1].as_u64().unwrap())
            .sum();
        let expected = u64::from(reason.is_empty() || after.contains(&reason));
        assert_eq!(reached, expected, "{case}");
    }
}
