//! Answers of a responder, made at run time: a good one, of which tests change one thing.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test files, each of which uses its own part"
)]

use eush_pki::ocsp::judge_answer;
use eush_pki::{Certificate, OcspPolicy, OcspRequest, OcspState, Timestamp};
use eush_sign::asn1::{tag, writer};
use eush_sign::{DigestAlgorithm, signature_identifier};
use time::Duration;

use crate::support::*;

pub const NONCE: &[u8] = b"eight by";

pub fn responder_draft() -> Draft {
    Draft {
        serial: vec![0x0c],
        subject: common_name("responder"),
        key: "responder".to_owned(),
        extensions: vec![
            usages(&["1.3.6.1.5.5.7.3.9"]),
            key_usage(&[0]),
            authority_key_id(b"issuing"),
            Extension(oid("1.3.6.1.5.5.7.48.1.5"), false, writer::null()),
        ],
        ..leaf_draft()
    }
}

/// What a responder is about to say.
#[derive(Clone)]
pub struct AnswerDraft {
    pub status: u8,
    pub about: Certificate,
    pub digest: DigestAlgorithm,
    pub told: Vec<u8>,
    /// A second answer about the same certificate.
    pub told_again: Option<Vec<u8>>,
    /// Extensions of each single answer.
    pub single_extensions: Vec<Extension>,
    pub this_update: Timestamp,
    pub next_update: Option<Timestamp>,
    pub produced_at: Timestamp,
    pub nonce: Option<Vec<u8>>,
    pub extended_revoke: bool,
    pub delegate: Option<Draft>,
    pub signer: String,
    pub by_key: bool,
    /// Whether the algorithm of the signature stands there without its NULL.
    pub bare_algorithm: bool,
}

pub fn good() -> AnswerDraft {
    AnswerDraft {
        status: 0,
        about: leaf_draft().sign(),
        digest: DigestAlgorithm::Sha256,
        told: writer::tlv(tag::context(0), &[]),
        told_again: None,
        single_extensions: vec![],
        this_update: AT - Duration::MINUTE,
        next_update: None,
        produced_at: AT - Duration::MINUTE,
        nonce: Some(NONCE.to_vec()),
        extended_revoke: false,
        delegate: Some(responder_draft()),
        signer: "responder".to_owned(),
        by_key: false,
        bare_algorithm: false,
    }
}

pub fn revoked(at: Timestamp, reason: Option<u8>) -> Vec<u8> {
    let mut parts = vec![writer::generalized_time(at).unwrap()];
    parts.extend(reason.map(|code| writer::explicit(0, &writer::enumerated(code))));
    writer::constructed(tag::context_constructed(1), parts)
}

impl AnswerDraft {
    pub fn der(&self) -> Vec<u8> {
        let id = eush_pki::ocsp::CertId::of(&self.about, &issuing_draft().sign(), self.digest).unwrap();
        let time = |at| writer::generalized_time(at).unwrap();
        let single = |told: &Vec<u8>| {
            let mut single = vec![id.encode(), told.clone(), time(self.this_update)];
            single.extend(self.next_update.map(|at| writer::explicit(0, &time(at))));
            let extensions = self.single_extensions.iter().map(encode_extension);
            let extensions = writer::explicit(1, &writer::sequence(extensions));
            single.extend((!self.single_extensions.is_empty()).then_some(extensions));
            writer::sequence(single)
        };
        let singles = [&self.told].into_iter().chain(&self.told_again).map(single);
        let spki = key(&self.signer).public_key().spki_der().to_vec();
        // The bits of a GOST-512 key: the last 131 bytes, OCTET STRING header included.
        let bits = &spki[spki.len() - 131..];
        let responder = if self.by_key {
            writer::explicit(2, &writer::octets(&DigestAlgorithm::Sha1.digest(bits)))
        } else {
            let name = if self.signer == "issuing" { "issuing" } else { "responder" };
            writer::explicit(1, &encode_name(&common_name(name)))
        };
        let mut extensions = Vec::new();
        if let Some(nonce) = &self.nonce {
            let value = writer::octets(nonce);
            extensions.push(encode_extension(&Extension(oid("1.3.6.1.5.5.7.48.1.2"), false, value)));
        }
        if self.extended_revoke {
            extensions.push(encode_extension(&Extension(oid("1.3.6.1.5.5.7.48.1.9"), false, writer::null())));
        }
        let mut data = vec![responder, time(self.produced_at), writer::sequence(singles)];
        if !extensions.is_empty() {
            data.push(writer::explicit(1, &writer::sequence(extensions)));
        }
        let tbs = writer::sequence(data);
        let signer = key(&self.signer);
        let signature = writer::bit_bytes(&signer.sign(&tbs).unwrap());
        let identifier = if self.bare_algorithm {
            writer::sequence([writer::oid(&signer.algorithm().oid())])
        } else {
            signature_identifier(signer.algorithm())
        };
        let mut basic = vec![tbs, identifier, signature];
        basic.extend(
            self.delegate.as_ref().map(|draft| writer::explicit(0, &writer::sequence([draft.der()]))),
        );
        let bytes = writer::sequence([
            writer::oid(&oid("1.3.6.1.5.5.7.48.1.1")),
            writer::octets(&writer::sequence(basic)),
        ]);
        writer::sequence([writer::enumerated(self.status), writer::explicit(0, &bytes)])
    }

    pub fn judge(&self) -> OcspState {
        self.judge_at(AT)
    }

    pub fn judge_at(&self, at: Timestamp) -> OcspState {
        judge_answer(&self.der(), &request(), &issuing_draft().sign(), at, &OcspPolicy::default())
    }
}

pub fn request() -> OcspRequest {
    OcspRequest::about(&leaf_draft().sign(), &issuing_draft().sign(), Some(NONCE)).unwrap()
}
