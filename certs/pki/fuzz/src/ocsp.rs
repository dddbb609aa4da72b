//! Answers of responders: whatever came is signed by the golden issuing authority and by its responder, and an answer that
//! counts is looked for in its bytes.

use std::sync::LazyLock;

use eush_pki::judge::{Indication, judge};
use eush_pki::ocsp::judge_answer;
use eush_pki::{OcspAnswer, OcspPolicy, OcspRequest, OcspState, OcspStatus, RevocationSource};
use eush_sign::asn1::{DerError, Reader, tag, writer};
use eush_sign::{DigestAlgorithm, signature_identifier};
use time::Duration;

use crate::golden::{self, AT, GOLDEN, PERSON};

/// What the answer must echo.
pub const NONCE: [u8; 8] = [0xa5, 1, 2, 3, 4, 5, 6, 7];

static REQUEST: LazyLock<OcspRequest> =
    LazyLock::new(|| OcspRequest::about(&GOLDEN.person, &GOLDEN.issuing, Some(&NONCE)).unwrap());

/// The target.
pub fn check(data: &[u8]) {
    request(data);
    let golden = &*GOLDEN;
    let (at, policy) = (AT, OcspPolicy::default());
    // The root answered nobody.
    let about_issuing = OcspRequest::about(&golden.issuing, &golden.root, None).unwrap();
    let state = judge_answer(data, &about_issuing, &golden.root, at, &policy);
    assert!(!matches!(state, OcspState::Answer(_) | OcspState::Stale(_)), "nobody signed this answer");

    let Ok(tbs) = answer_part(data) else { return };
    for (signer, certificates) in [("issuing", vec![]), ("responder", golden.responder.der().to_vec())] {
        let der = answer(tbs, signer, &certificates);
        match judge_answer(&der, &REQUEST, &golden.issuing, at, &policy) {
            OcspState::Answer(answer) => {
                compare(&answer, tbs);
                let says_good = answer.status == OcspStatus::Good;
                judged(OcspState::Answer(answer), says_good);
            }
            OcspState::Stale(answer) => {
                assert!(answer.fresh_until < AT);
                judged(OcspState::Stale(answer), false);
            }
            OcspState::Unavailable(_) | OcspState::Untrusted(_) => {}
        }
    }
}

/// What is signed of an answer: ResponseData within the OCTET STRING of a successful response.
fn answer_part(der: &[u8]) -> Result<&[u8], DerError> {
    let mut outer = Reader::new(der).read(tag::SEQUENCE)?.reader();
    outer.any()?;
    let mut bytes = outer.any()?.reader().read(tag::SEQUENCE)?.reader();
    bytes.any()?;
    golden::signed_part(bytes.octets()?)
}

/// A response around what is signed.
pub fn answer(tbs: &[u8], signer: &str, certificates: &[u8]) -> Vec<u8> {
    let key = golden::key(signer);
    let mut parts =
        vec![tbs.to_vec(), signature_identifier(key.algorithm()), writer::bit_bytes(&key.sign(tbs).unwrap())];
    if !certificates.is_empty() {
        parts.push(writer::explicit(0, &writer::sequence([certificates])));
    }
    let bytes = [writer::oid(&golden::oid("1.3.6.1.5.5.7.48.1.1")), writer::octets(&writer::sequence(parts))];
    writer::sequence([writer::enumerated(0), writer::explicit(0, &writer::sequence(bytes))])
}

/// ResponseData about the person by a responder of a name.
pub fn response_data(responder: &str, status: &[u8], never_issued: bool) -> Vec<u8> {
    let at = writer::generalized_time(AT - Duration::MINUTE).unwrap();
    let nonce = golden::extension("1.3.6.1.5.5.7.48.1.2", false, &writer::octets(&NONCE));
    let extended = golden::extension("1.3.6.1.5.5.7.48.1.9", false, &writer::null());
    let mut extensions = vec![nonce];
    extensions.extend(never_issued.then_some(extended));
    let single = writer::sequence([REQUEST.id.encode(), status.to_vec(), at.clone()]);
    writer::sequence([
        writer::explicit(1, &golden::name(responder)),
        at,
        writer::sequence([single]),
        writer::explicit(1, &writer::sequence(extensions)),
    ])
}

fn request(data: &[u8]) {
    let Ok(request) = OcspRequest::parse(data) else { return };
    let again = OcspRequest::parse(&request.encode()).expect("what we write we read");
    assert_eq!(again.id, request.id);
    assert_eq!(again.nonce, request.nonce);
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// An answer that counts names the certificate, its issuer and our nonce, and lies in its time.
fn compare(answer: &OcspAnswer, tbs: &[u8]) {
    let golden = &*GOLDEN;
    assert!(holds(tbs, &NONCE), "our nonce is not there");
    assert!(holds(tbs, &PERSON), "the serial number is not there");
    let name = golden.issuing.subject_dn().der();
    let hash_of = |bytes: &[u8]| {
        use DigestAlgorithm::{Gost34311, Sha1, Sha256, Sha384, Sha512, Streebog256, Streebog512};
        [Gost34311, Sha1, Sha256, Sha384, Sha512, Streebog256, Streebog512]
            .into_iter()
            .any(|digest| holds(tbs, &digest.digest(bytes)))
    };
    assert!(hash_of(name), "the issuer's name is not there");
    assert!(answer.produced_at <= AT && answer.this_update <= AT && AT <= answer.fresh_until);
    if answer.status == OcspStatus::NotIssued {
        assert!(holds(tbs, b"19700101000000Z"));
    }
}

fn judged(state: OcspState, may_be_good: bool) {
    let golden = &*GOLDEN;
    let mut evidence = golden.evidence.clone().asking(RevocationSource::OcspThenCrl);
    evidence.add_answer(&golden.person, &golden.issuing, state);
    let verdict = judge(&golden.person, &[], &golden.context(&evidence));
    let good = verdict.indication == Indication::TotalPassed;
    assert_eq!(good, may_be_good, "only a good answer within its time is good");
}
