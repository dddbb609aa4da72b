//! The building half: one signer, signed attributes contentType, messageDigest, signingTime, signingCertificateV2.

use time::OffsetDateTime;

use super::certificate;
use crate::algorithm::DigestAlgorithm;
use crate::asn1::{tag, writer};
use crate::error::SignError;
use crate::key::{PublicKey, signature_identifier};
use crate::oids::{self, Oid};
use crate::secret::SigningKey;

/// Whether the content travels within the signed data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// Content is within.
    Attached,
    /// Content travels apart.
    Detached,
}

/// Everything about a signature but the content.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// Key that signs.
    pub key: &'a SigningKey,
    /// Its certificate, DER.
    pub leaf: &'a [u8],
    /// Further certificates to embed, DER.
    pub chain: &'a [Vec<u8>],
    /// Claimed time of signing.
    pub signing_time: OffsetDateTime,
    /// Whether the content travels within.
    pub attachment: Attachment,
}

/// Signs content that travels apart. `leaf_der` is the signer's certificate, `chain_der` what else to embed.
pub fn sign_detached(
    content: &[u8],
    key: &SigningKey,
    leaf_der: &[u8],
    chain_der: &[Vec<u8>],
    signing_time: OffsetDateTime,
) -> Result<Vec<u8>, SignError> {
    let attachment = Attachment::Detached;
    Signing { key, leaf: leaf_der, chain: chain_der, signing_time, attachment }.sign(content)
}

/// Signs content that travels within the signed data.
pub fn sign_attached(
    content: &[u8],
    key: &SigningKey,
    leaf_der: &[u8],
    chain_der: &[Vec<u8>],
    signing_time: OffsetDateTime,
) -> Result<Vec<u8>, SignError> {
    let attachment = Attachment::Attached;
    Signing { key, leaf: leaf_der, chain: chain_der, signing_time, attachment }.sign(content)
}

impl Signing<'_> {
    /// ContentInfo with one signer.
    pub fn sign(&self, content: &[u8]) -> Result<Vec<u8>, SignError> {
        let leaf = certificate::fields(self.leaf)?;
        let certified = PublicKey::from_spki_der(leaf.spki).ok();
        if certified.as_ref() != Some(self.key.public_key()) {
            return Err(SignError::CertificateOfAnotherKey);
        }
        let algorithm = self.key.algorithm();
        let digest = algorithm.digest().ok_or(SignError::Failed { algorithm })?;
        let attributes = self.attributes(content, digest, &leaf)?;
        let signature = self.key.sign(&attributes)?;
        // Signed as SET OF, stored under an implicit tag: only the first byte differs (RFC 5652, 5.4).
        let mut stored_attributes = attributes;
        stored_attributes[0] = tag::context_constructed(0);
        let signer = writer::sequence([
            writer::integer(1),
            writer::sequence([leaf.issuer.to_vec(), writer::tlv(tag::INTEGER, leaf.serial)]),
            digest_identifier(digest),
            stored_attributes,
            signature_identifier(algorithm),
            writer::octets(&signature),
        ]);
        Ok(self.content_info(content, digest, &signer))
    }

    fn attributes(
        &self,
        content: &[u8],
        digest: DigestAlgorithm,
        leaf: &certificate::Fields<'_>,
    ) -> Result<Vec<u8>, SignError> {
        let time = writer::time(self.signing_time).map_err(|_| SignError::TimeOutOfRange)?;
        Ok(writer::set_of(vec![
            attribute(&oids::CONTENT_TYPE, writer::oid(&oids::DATA)),
            attribute(&oids::MESSAGE_DIGEST, writer::octets(&digest.digest(content))),
            attribute(&oids::SIGNING_TIME, time),
            attribute(&oids::SIGNING_CERTIFICATE_V2, self.signing_certificate(digest, leaf)),
        ]))
    }

    // RFC 5035. SHA-256 is the default and therefore not written.
    fn signing_certificate(&self, digest: DigestAlgorithm, leaf: &certificate::Fields<'_>) -> Vec<u8> {
        let hash = writer::octets(&digest.digest(self.leaf));
        let names = writer::sequence([writer::explicit(4, leaf.issuer)]);
        let issuer_serial = writer::sequence([names, writer::tlv(tag::INTEGER, leaf.serial)]);
        let id = match digest {
            DigestAlgorithm::Sha256 => writer::sequence([hash, issuer_serial]),
            DigestAlgorithm::Gost34311
            | DigestAlgorithm::Sha1
            | DigestAlgorithm::Sha384
            | DigestAlgorithm::Sha512
            | DigestAlgorithm::Streebog256
            | DigestAlgorithm::Streebog512 => {
                writer::sequence([writer::sequence([writer::oid(&digest.oid())]), hash, issuer_serial])
            }
        };
        writer::sequence([writer::sequence([id])])
    }

    fn content_info(&self, content: &[u8], digest: DigestAlgorithm, signer: &[u8]) -> Vec<u8> {
        let encapsulated = match self.attachment {
            Attachment::Attached => {
                writer::sequence([writer::oid(&oids::DATA), writer::explicit(0, &writer::octets(content))])
            }
            Attachment::Detached => writer::sequence([writer::oid(&oids::DATA)]),
        };
        let mut certificates = vec![self.leaf.to_vec()];
        certificates.extend(self.chain.iter().filter(|der| der.as_slice() != self.leaf).cloned());
        certificates.sort();
        let signed_data = writer::sequence([
            writer::integer(1),
            writer::set_of(vec![digest_identifier(digest)]),
            encapsulated,
            writer::constructed(tag::context_constructed(0), certificates),
            writer::set_of(vec![signer.to_vec()]),
        ]);
        writer::sequence([writer::oid(&oids::SIGNED_DATA), writer::explicit(0, &signed_data)])
    }
}

fn attribute(oid: &Oid, value: Vec<u8>) -> Vec<u8> {
    writer::sequence([writer::oid(oid), writer::set_of(vec![value])])
}

/// AlgorithmIdentifier of a digest: an explicit NULL, as the national authority's tools and OpenSSL write it.
fn digest_identifier(digest: DigestAlgorithm) -> Vec<u8> {
    writer::sequence([writer::oid(&digest.oid()), writer::null()])
}
