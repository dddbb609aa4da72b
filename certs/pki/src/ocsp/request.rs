//! The request, and the identity of what is asked about.

use eush_sign::DigestAlgorithm;
use eush_sign::asn1::{DerError, Reader, tag, writer};
use eush_sign::oids::Oid;

use crate::certificate::Certificate;

/// Extension of the nonce.
pub(super) const NONCE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// CertID: whom a request or an answer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertId {
    /// Digest of the two hashes.
    pub digest: DigestAlgorithm,
    /// Digest of the issuer's name.
    pub issuer_name_hash: Vec<u8>,
    /// Digest of the bits of the issuer's key.
    pub issuer_key_hash: Vec<u8>,
    /// Serial number without leading zeros.
    pub serial: Vec<u8>,
}

impl CertId {
    /// The identity of a certificate. Errs where the issuer's key cannot be read.
    pub fn of(
        certificate: &Certificate,
        issuer: &Certificate,
        digest: DigestAlgorithm,
    ) -> Result<Self, DerError> {
        Ok(Self {
            digest,
            issuer_name_hash: digest.digest(issuer.subject_dn().der()),
            issuer_key_hash: digest.digest(key_bits(issuer)?),
            serial: certificate.serial().to_vec(),
        })
    }

    /// Reads a CertID. A digest that is unknown here is an error: nobody could compare it.
    pub fn read(mut reader: Reader<'_>) -> Result<Self, DerError> {
        let digest = DigestAlgorithm::from_oid(&reader.algorithm()?)
            .ok_or(DerError::Value { what: "a known digest algorithm" })?;
        let id = Self {
            digest,
            issuer_name_hash: reader.octets()?.to_vec(),
            issuer_key_hash: reader.octets()?.to_vec(),
            serial: reader.unsigned()?.to_vec(),
        };
        reader.finish()?;
        Ok(id)
    }

    /// DER.
    pub fn encode(&self) -> Vec<u8> {
        writer::sequence([
            writer::sequence([writer::oid(&self.digest.oid()), writer::null()]),
            writer::octets(&self.issuer_name_hash),
            writer::octets(&self.issuer_key_hash),
            writer::unsigned(&self.serial),
        ])
    }
}

pub(super) fn key_bits(certificate: &Certificate) -> Result<&[u8], DerError> {
    let mut spki = Reader::whole(certificate.spki(), tag::SEQUENCE)?.reader();
    let _algorithm = spki.sequence()?;
    spki.bit_bytes()
}

/// One question about one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OcspRequest {
    /// Whom it is about.
    pub id: CertId,
    /// What the answer must echo: 1 to 32 bytes of chance from the caller (RFC 8954).
    pub nonce: Option<Vec<u8>>,
}

impl OcspRequest {
    const MAX_BYTES: usize = 16 << 10;

    /// A question with SHA-256, as the national authority's responder expects it.
    pub fn about(
        certificate: &Certificate,
        issuer: &Certificate,
        nonce: Option<&[u8]>,
    ) -> Result<Self, DerError> {
        let id = CertId::of(certificate, issuer, DigestAlgorithm::Sha256)?;
        Ok(Self { id, nonce: nonce.map(<[u8]>::to_vec) })
    }

    /// DER, unsigned.
    pub fn encode(&self) -> Vec<u8> {
        let mut tbs = vec![writer::sequence([writer::sequence([self.id.encode()])])];
        tbs.extend(self.nonce.as_ref().map(|nonce| {
            let value = writer::octets(&writer::octets(nonce));
            writer::explicit(2, &writer::sequence([writer::sequence([writer::oid(&NONCE), value])]))
        }));
        writer::sequence([writer::sequence(tbs)])
    }

    /// Reads a request about one certificate, signed or not: for responders. Requests about several are refused.
    pub fn parse(der: &[u8]) -> Result<Self, DerError> {
        if der.len() > Self::MAX_BYTES {
            return Err(DerError::Value { what: "a request of at most 16 KiB" });
        }
        let mut tbs = Reader::whole(der, tag::SEQUENCE)?.reader().sequence()?;
        let _version = tbs.optional(tag::context_constructed(0))?;
        let _requestor = tbs.optional(tag::context_constructed(1))?;
        let mut list = tbs.sequence()?;
        let mut single = list.sequence()?;
        if !list.is_empty() {
            return Err(DerError::Value { what: "one certificate in a request" });
        }
        let id = CertId::read(single.sequence()?)?;
        let nonce = match tbs.optional(tag::context_constructed(2))? {
            Some(explicit) => nonce(Reader::whole(explicit.value, tag::SEQUENCE)?.reader())?,
            None => None,
        };
        tbs.finish()?;
        Ok(Self { id, nonce })
    }
}

/// The nonce among extensions. A critical extension that is not understood is an error.
pub(super) fn nonce(mut extensions: Reader<'_>) -> Result<Option<Vec<u8>>, DerError> {
    let mut nonce = None;
    while !extensions.is_empty() {
        let mut extension = extensions.sequence()?;
        let oid = extension.oid()?;
        let critical = extension.peek() == Some(tag::BOOLEAN) && extension.boolean()?;
        let value = extension.octets()?;
        extension.finish()?;
        match oid {
            NONCE if nonce.is_some() => return Err(DerError::Value { what: "one nonce" }),
            // Old responders put the bytes there without the OCTET STRING around them.
            NONCE => {
                let inner = Reader::whole(value, tag::OCTET_STRING).map_or(value, |tlv| tlv.value);
                nonce = Some(inner.to_vec());
            }
            _ if critical => return Err(DerError::Value { what: "no unknown critical extension" }),
            _ => {}
        }
    }
    Ok(nonce)
}
