//! Certificates: parsing compared with `x509-cert`, and judging by a golden chain whose issuer signed whatever came.

use eush_pki::judge::{Indication, Outcome, judge};
use eush_pki::{Certificate, Chain, ChainPolicy, RevocationEvidence, Trust, chain};
use eush_sign::asn1::check_der;
use time::Duration;
use x509_cert::der::{Decode as _, Encode as _};

use crate::golden::{self, AT, GOLDEN, LISTED};

/// The target.
pub fn check(data: &[u8]) {
    if let Ok(certificate) = Certificate::parse(data) {
        compare(&certificate, data);
        as_it_came(&certificate);
    }
    let Ok(tbs) = golden::signed_part(data) else { return };
    if let Ok(certificate) = Certificate::parse(&golden::sign(tbs, "issuing")) {
        as_a_leaf(&certificate);
    }
    if let Ok(certificate) = Certificate::parse(&golden::sign(tbs, "root")) {
        as_an_authority(&certificate);
    }
}

/// What we take is DER, and another strict reader finds the same in it.
fn compare(certificate: &Certificate, data: &[u8]) {
    assert_eq!(certificate.der(), data);
    check_der(data, 24).unwrap();
    let _ = format!("{certificate:?} {} {}", certificate.subject_dn(), certificate.issuer_dn());
    let Ok(other) = x509_cert::Certificate::from_der(data) else {
        // Tolerated: `x509-cert` reads the values of fields more narrowly (names of string types that it does not know,
        // object identifiers longer than its type). It never gives a shape that we refuse to take as signed.
        return;
    };
    let tbs = other.tbs_certificate();
    // Tolerated, since what is signed is taken as it stands and names are compared as they stand: an extension that spells
    // out that it is not critical, as old certificates do and DER does not, and parts of one relative name out of order.
    let spelled_out = data.windows(3).any(|window| window == [1, 1, 0]);
    let names = [certificate.issuer_dn(), certificate.subject_dn()];
    let in_parts = names.iter().any(|name| name.canonical().iter().any(|relative| relative.len() > 1));
    if !spelled_out && !in_parts {
        assert_eq!(other.to_der().unwrap(), data);
        assert_eq!(tbs.to_der().unwrap(), certificate.tbs());
        assert_eq!(tbs.issuer().to_der().unwrap(), certificate.issuer_dn().der());
        assert_eq!(tbs.subject().to_der().unwrap(), certificate.subject_dn().der());
    }
    assert_eq!(tbs.subject_public_key_info().to_der().unwrap(), certificate.spki());
    assert_eq!(other.signature().raw_bytes(), certificate.signature());
    let seconds = |at: x509_cert::time::Time| i64::try_from(at.to_unix_duration().as_secs()).unwrap();
    // Before 1970 the other type holds nothing.
    if certificate.not_before().unix_timestamp() >= 0 && certificate.not_after().unix_timestamp() >= 0 {
        assert_eq!(seconds(tbs.validity().not_before), certificate.not_before().unix_timestamp());
        assert_eq!(seconds(tbs.validity().not_after), certificate.not_after().unix_timestamp());
    }
    let serial = tbs.serial_number().as_bytes();
    let skip = serial.iter().take_while(|&&byte| byte == 0).count().min(serial.len() - 1);
    assert_eq!(&serial[skip..], certificate.serial());
    use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
    if let Ok(found) = tbs.get_extension::<BasicConstraints>() {
        let ours = certificate.extensions().basic_constraints;
        assert_eq!(found.as_ref().map(|(_, one)| one.ca), ours.map(|one| one.ca));
    }
    if let Ok(found) = tbs.get_extension::<KeyUsage>() {
        let bits = found.map(|(_, usage)| usage.0.bits());
        // Tolerated: bits beyond the nine that have names are dropped there and kept, unused, here.
        assert_eq!(bits, certificate.key_usage().map(|usage| usage & 0x1ff));
    }
}

/// The golden root signed nothing of what the mutator makes.
fn as_it_came(certificate: &Certificate) {
    let golden = &*GOLDEN;
    let verdict = judge(certificate, &[], &golden.context(&golden.evidence));
    if verdict.indication == Indication::TotalPassed {
        let known = [&golden.root, &golden.issuing, &golden.between, &golden.person, &golden.responder];
        // Signatures draw a number each, so that an earlier run's golden certificate is not this run's, byte for byte.
        assert!(known.into_iter().any(|one| one.tbs() == certificate.tbs()));
    }
    // Alone against a store that trusts it: no evidence, so never good unless it is the anchor itself.
    let trust = Trust::new(vec![certificate.clone()], vec![]);
    let _ = chain::check(&golden.person, &trust, &[], AT, &ChainPolicy::default());
}

fn as_a_leaf(certificate: &Certificate) {
    let golden = &*GOLDEN;
    let context = golden.context(&golden.evidence);
    let verdict = judge(certificate, &[], &context);
    if verdict.indication == Indication::TotalPassed {
        assert!(certificate.extensions().unhandled.is_empty());
        assert!(certificate.not_before() <= AT && AT - certificate.not_after() < Duration::SECOND);
        assert_eq!(certificate.issuer_dn(), golden.issuing.subject_dn());
        assert!(!LISTED.contains(&certificate.serial()));
        assert_ne!(certificate.serial(), [0]);
        assert!(certificate.public_key().is_ok());
        let fits = |id: &[u8]| id == b"issuing";
        let named = certificate.extensions().authority_key_id.as_ref().and_then(|id| id.key_id.as_deref());
        assert!(named.is_none_or(fits));
        assert!(verdict.stages.iter().all(|stage| stage.outcome != Outcome::Fail));
        let past = judge(certificate, &[], &eush_pki::Context { at: AT + Duration::days(40_000), ..context });
        assert_ne!(past.indication, Indication::TotalPassed, "lists are stale by then");
    }
    let nothing = RevocationEvidence::default();
    let verdict = judge(certificate, &[], &golden.context(&nothing));
    assert_ne!(verdict.indication, Indication::TotalPassed, "no evidence is never good");
}

/// Whatever came, signed by the root, issues a certificate: a chain through it needs an authority.
fn as_an_authority(certificate: &Certificate) {
    let golden = &*GOLDEN;
    let extensions = [golden::extension("2.5.29.17", false, &{
        use eush_sign::asn1::{tag, writer};
        writer::sequence([writer::tlv(tag::context(2), b"test.example.kz")])
    })];
    let issuer = certificate.subject_dn().der();
    let subject = golden::name("below");
    let spki = golden::key("person").public_key().spki_der();
    let der = golden::sign(&golden::tbs(&[0x21], issuer, "person", &subject, spki, &extensions), "person");
    let Ok(leaf) = Certificate::parse(&der) else { return };
    let supplied = [certificate.clone()];
    let held = chain::check(&leaf, &golden.trust, &supplied, AT, &ChainPolicy::default());
    if let Ok(chain) = held {
        through(certificate, &chain);
        assert_eq!(certificate.spki(), spki, "somebody else's key signed the leaf");
    }
}

fn through(certificate: &Certificate, chain: &Chain) {
    use eush_pki::certificate::key_usage::KEY_CERT_SIGN;
    assert!(chain.certificates().contains(certificate));
    assert!(certificate.extensions().basic_constraints.is_some_and(|one| one.ca));
    assert!(certificate.key_usage().is_none_or(|usage| usage & KEY_CERT_SIGN != 0));
    assert!(certificate.extensions().unhandled.is_empty());
    assert!(certificate.not_before() <= AT && AT - certificate.not_after() < Duration::SECOND);
    // The leaf names no policy.
    assert_ne!(certificate.extensions().policy_constraints.require_explicit_policy, Some(0));
    use eush_pki::certificate::general_name::GeneralName;
    if let Some(constraints) = &certificate.extensions().name_constraints {
        let excludes = |name: &GeneralName| matches!(name, GeneralName::Dns(tree) if tree.is_empty());
        assert!(!constraints.excluded.iter().any(excludes), "every host was excluded");
    }
}
