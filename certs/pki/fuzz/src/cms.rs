//! Signed documents: whatever came is read as DER and as BER, judged, and judged again after the person signed its signed
//! attributes.

use std::sync::LazyLock;

use eush_pki::judge::{Indication, Verdict, judge_document, judge_document_as_signed};
use eush_sign::asn1::{DerError, Reader, ber, tag, writer};
use eush_sign::cms::{self, SignedData};
use eush_sign::{DigestAlgorithm, signature_identifier};
use time::Duration;

use crate::golden::{self, AT, GOLDEN};

/// What is signed.
pub const CONTENT: &[u8] = b"eush fuzzes signed documents";

static GENUINE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(seeds);

/// An attached and a detached document of the person, in DER.
pub fn seeds() -> Vec<Vec<u8>> {
    let (key, leaf) = (golden::key("person"), GOLDEN.person.der());
    let chain = [GOLDEN.issuing.der().to_vec()];
    // Signatures draw a number each, so that every run makes others; the content and the attributes stay.
    vec![
        cms::sign_attached(CONTENT, key, leaf, &chain, AT - Duration::HOUR).unwrap(),
        cms::sign_detached(CONTENT, key, leaf, &[], AT - Duration::HOUR).unwrap(),
    ]
}

/// The target.
pub fn check(data: &[u8]) {
    let Ok(signed) = SignedData::parse(data) else { return };
    if let Ok(der) = ber::to_der(data, 24) {
        assert_eq!(SignedData::parse(&der).as_ref(), Ok(&signed), "BER and its DER say the same");
    }
    for content in [None, Some(CONTENT), Some(&b"another"[..])] {
        for (index, verdict) in judged(data, content).iter().enumerate() {
            if verdict.indication == Indication::TotalPassed {
                good(&signed, index, content, verdict);
            }
        }
    }
    let Ok(again) = signed_again(data) else { return };
    let Ok(signed) = SignedData::parse(&again) else { return };
    for content in [None, Some(CONTENT)] {
        for (index, verdict) in judged(&again, content).iter().enumerate() {
            if verdict.indication == Indication::TotalPassed {
                good(&signed, index, content, verdict);
                let content = signed.content().or(content).unwrap();
                digest_stands(&again, content);
            }
        }
    }
}

fn judged(data: &[u8], content: Option<&[u8]>) -> Vec<Verdict> {
    let golden = &*GOLDEN;
    let context = golden.context(&golden.evidence);
    let verdicts = judge_document(data, content, &context);
    assert!(!verdicts.is_empty(), "nothing is never good");
    let as_signed = judge_document_as_signed(data, content, &context);
    assert_eq!(verdicts.len(), as_signed.len());
    verdicts
}

/// A document that holds is the person's, about this content, with attributes.
fn good(signed: &SignedData, index: usize, content: Option<&[u8]>, verdict: &Verdict) {
    let signer = &signed.signers()[index];
    let summary = verdict.certificate.as_ref().unwrap();
    assert_eq!(summary.serial, GOLDEN.person.serial_hex());
    match (signed.content(), content) {
        (Some(within), Some(apart)) => assert_eq!(within, apart),
        (Some(_), None) | (None, Some(_)) => {}
        (None, None) => panic!("nothing was signed"),
    }
    if let Some(bound) = signer.signing_certificate() {
        let digest = bound.algorithm.expect("a digest that nobody knows binds nothing");
        assert_eq!(digest.digest(GOLDEN.person.der()), bound.hash);
    }
    assert!(signed.certificates().iter().any(|der| der == GOLDEN.person.der()));
}

fn digest_stands(der: &[u8], content: &[u8]) {
    use DigestAlgorithm::{Gost34311, Sha1, Sha256, Sha384, Sha512, Streebog256, Streebog512};
    let stands =
        [Gost34311, Sha1, Sha256, Sha384, Sha512, Streebog256, Streebog512].into_iter().any(|digest| {
            let digest = digest.digest(content);
            der.windows(digest.len()).any(|window| window == digest)
        });
    assert!(stands, "the digest of the content is not there");
}

/// The same with the person's signature on the first signer's attributes, whatever they are, and the person's certificate
/// among the others.
fn signed_again(data: &[u8]) -> Result<Vec<u8>, DerError> {
    let der = ber::to_der(data, 24)?;
    let mut info = Reader::whole(&der, tag::SEQUENCE)?.reader();
    let kind = info.any()?.raw;
    let mut data = info.any()?.reader().sequence()?;
    let (version, digests, content) = (data.any()?.raw, data.any()?.raw, data.any()?.raw);
    let mut certificates = GOLDEN.person.der().to_vec();
    if let Some(set) = data.optional(tag::context_constructed(0))? {
        certificates.extend_from_slice(set.value);
    }
    let _lists = data.optional(tag::context_constructed(1))?;
    let mut signer = data.read(tag::SET)?.reader().sequence()?;
    let (signer_version, id, digest) = (signer.any()?.raw, signer.any()?.raw, signer.any()?.raw);
    let attributes = signer.read(tag::context_constructed(0))?.raw;
    let mut signed = attributes.to_vec();
    signed[0] = tag::SET;
    let key = golden::key("person");
    let signature = key.sign(&signed).map_err(|_| DerError::Trailing)?;
    let signer = writer::sequence([
        signer_version,
        id,
        digest,
        attributes,
        &signature_identifier(key.algorithm()),
        &writer::octets(&signature),
    ]);
    let data = writer::sequence([
        version,
        digests,
        content,
        &writer::tlv(tag::context_constructed(0), &certificates),
        &writer::tlv(tag::SET, &signer),
    ]);
    Ok(writer::sequence([kind, &writer::explicit(0, &data)]))
}

/// The same in the BER of indefinite lengths and strings in pieces, as NCALayer writes it.
pub fn as_ber(der: &[u8]) -> Vec<u8> {
    fn value(reader: &mut Reader<'_>, left: u8, out: &mut Vec<u8>) {
        let tlv = reader.any().unwrap();
        if left > 0 && tlv.tag & 0x20 != 0 {
            out.extend([tlv.tag, 0x80]);
            let mut inner = tlv.reader();
            while !inner.is_empty() {
                value(&mut inner, left - 1, out);
            }
            out.extend([0, 0]);
        } else if left > 0 && tlv.tag == tag::OCTET_STRING && tlv.value.len() > 1 {
            out.extend([0x24, 0x80]);
            for piece in tlv.value.chunks(tlv.value.len().div_ceil(2)) {
                out.extend(writer::octets(piece));
            }
            out.extend([0, 0]);
        } else {
            out.extend_from_slice(tlv.raw);
        }
    }
    let mut out = Vec::new();
    value(&mut Reader::new(der), 5, &mut out);
    out
}

/// What a genuine document comes to, so that the target tests something.
pub fn is_sound() -> bool {
    GENUINE.iter().all(|document| {
        judged(document, Some(CONTENT)).iter().all(|verdict| verdict.indication == Indication::TotalPassed)
    })
}
