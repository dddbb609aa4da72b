//! The reading half: strict DER, bounded counts, nothing judged.

use time::OffsetDateTime;

use super::certificate;
use crate::algorithm::{self, Algorithm, DigestAlgorithm};
use crate::asn1::{DerError, Reader, Tlv, ber, check_der, tag};
use crate::oids::{self, Oid};

/// Why bytes are no signed data that this crate reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
    /// The digest or signature algorithm of a signer is unknown here.
    #[error("signer uses the unknown algorithm `{oid}`")]
    AlgorithmUnknown {
        /// Dotted object identifier.
        oid: String,
    },
    /// Not DER, or not of this shape.
    #[error("signed data are malformed: {0}")]
    Encoding(#[from] DerError),
    /// CMS, but another content type than signed data.
    #[error("content type is `{oid}`, expected signed data")]
    NotSignedData {
        /// Dotted object identifier found.
        oid: String,
    },
    /// More of something than the limit.
    #[error("{what}: {found}, at most {limit}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// Count found.
        found: usize,
        /// Most allowed.
        limit: usize,
    },
    /// A version number that does not fit the contents.
    #[error("version {version} of {what} is not expected")]
    Version {
        /// Structure.
        what: &'static str,
        /// Number found.
        version: u32,
    },
}

/// How a signer names its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerId {
    /// By issuer (Name as DER) and serial number (contents of the INTEGER).
    IssuerAndSerial {
        /// Name as DER.
        issuer: Vec<u8>,
        /// Contents of the INTEGER.
        serial: Vec<u8>,
    },
    /// By subject key identifier.
    KeyId(Vec<u8>),
}

/// A certificate's digest within signingCertificate or signingCertificateV2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateHash {
    /// Algorithm of the digest; `None` where it is unknown here.
    pub algorithm: Option<DigestAlgorithm>,
    /// Digest.
    pub hash: Vec<u8>,
}

/// One signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerInfo {
    pub(super) id: SignerId,
    pub(super) digest: DigestAlgorithm,
    pub(super) algorithm: Algorithm,
    pub(super) signature: Vec<u8>,
    /// The signed attributes as they are signed: a SET OF.
    pub(super) attributes: Option<Vec<u8>>,
    pub(super) content_type: Option<Oid>,
    pub(super) message_digest: Option<Vec<u8>>,
    pub(super) signing_time: Option<OffsetDateTime>,
    pub(super) signing_certificate: Option<CertificateHash>,
}

impl SignerInfo {
    /// How the signer names its certificate.
    pub fn id(&self) -> &SignerId {
        &self.id
    }

    /// Algorithm of the content's digest.
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digest
    }

    /// Algorithm of the signature.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signature value.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Claimed time of signing.
    pub fn signing_time(&self) -> Option<OffsetDateTime> {
        self.signing_time
    }

    /// Digest of the signer's certificate, where the signer bound it.
    pub fn signing_certificate(&self) -> Option<&CertificateHash> {
        self.signing_certificate.as_ref()
    }
}

/// CMS signed data as read. Certificates in it are candidates, not evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedData {
    pub(super) content_type: Oid,
    pub(super) content: Option<Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    pub(super) signers: Vec<SignerInfo>,
}

impl SignedData {
    /// Most bytes taken.
    pub const MAX_BYTES: usize = 64 << 20;
    /// Most signers taken.
    pub const MAX_SIGNERS: usize = 16;
    /// Most certificates taken.
    pub const MAX_CERTIFICATES: usize = 32;
    const MAX_ATTRIBUTES: usize = 32;
    const MAX_DEPTH: u8 = 24;

    /// Reads a ContentInfo with signed data, in DER or in the BER that NCALayer writes around it. What is signed is
    /// always verified in DER, as RFC 5652, 5.4, demands.
    pub fn parse(bytes: &[u8]) -> Result<Self, CmsError> {
        within("bytes", bytes.len(), Self::MAX_BYTES)?;
        match check_der(bytes, Self::MAX_DEPTH) {
            Ok(()) => Self::parse_der(bytes),
            Err(_) => {
                let der = ber::to_der(bytes, Self::MAX_DEPTH)?;
                check_der(&der, Self::MAX_DEPTH)?;
                Self::parse_der(&der)
            }
        }
    }

    fn parse_der(der: &[u8]) -> Result<Self, CmsError> {
        let mut info = Reader::whole(der, tag::SEQUENCE)?.reader();
        let content_type = info.oid()?;
        if content_type != oids::SIGNED_DATA {
            return Err(CmsError::NotSignedData { oid: content_type.to_string() });
        }
        let explicit = info.read(tag::context_constructed(0))?;
        info.finish()?;
        let mut data = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
        let version = data.small()?;
        if !(1..=5).contains(&version) {
            return Err(CmsError::Version { what: "signed data", version });
        }
        let _digests = data.read(tag::SET)?;
        let (content_type, content) = encapsulated(data.sequence()?)?;
        let certificates = match data.optional(tag::context_constructed(0))? {
            Some(set) => certificates(&set)?,
            None => Vec::new(),
        };
        // Lists within signed data are no evidence here: revocation is judged from lists that were fetched.
        let _lists = data.optional(tag::context_constructed(1))?;
        let mut set = data.read(tag::SET)?.reader();
        data.finish()?;
        let mut signers = Vec::new();
        while !set.is_empty() {
            signers.push(signer(set.sequence()?)?);
            within("signers", signers.len(), Self::MAX_SIGNERS)?;
        }
        Ok(Self { content_type, content, certificates, signers })
    }

    /// Signers, in the order of the signed data.
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
    }

    /// Certificates that came along, DER, in order.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// Content within the signed data, where it is attached.
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// Embedded certificates that a signer can mean, by issuer and serial number or by key identifier. A certificate
    /// that cannot be read is nobody's.
    pub fn candidates(&self, signer: &SignerInfo) -> Vec<&[u8]> {
        let means = |der: &&[u8]| match (certificate::fields(der), &signer.id) {
            (Ok(fields), SignerId::IssuerAndSerial { issuer, serial }) => {
                fields.issuer == issuer && fields.serial == serial
            }
            (Ok(fields), SignerId::KeyId(id)) => fields.key_id == Some(id),
            (Err(_), _) => false,
        };
        self.certificates.iter().map(Vec::as_slice).filter(means).collect()
    }
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<(), CmsError> {
    if found <= limit { Ok(()) } else { Err(CmsError::TooMany { what, found, limit }) }
}

fn encapsulated(mut info: Reader<'_>) -> Result<(Oid, Option<Vec<u8>>), CmsError> {
    let content_type = info.oid()?;
    let content = match info.optional(tag::context_constructed(0))? {
        Some(explicit) => Some(Reader::whole(explicit.value, tag::OCTET_STRING)?.value.to_vec()),
        None => None,
    };
    info.finish()?;
    Ok((content_type, content))
}

fn certificates(set: &Tlv<'_>) -> Result<Vec<Vec<u8>>, CmsError> {
    let mut reader = set.reader();
    let mut certificates = Vec::new();
    while !reader.is_empty() {
        let tlv = reader.any()?;
        // Attribute certificates and the like have context tags: they tell us nothing.
        if tlv.tag == tag::SEQUENCE {
            certificates.push(tlv.raw.to_vec());
            within("certificates", certificates.len(), SignedData::MAX_CERTIFICATES)?;
        }
    }
    Ok(certificates)
}

fn signer(mut info: Reader<'_>) -> Result<SignerInfo, CmsError> {
    let version = info.small()?;
    let id = match (version, info.any()?) {
        (1, name) if name.tag == tag::SEQUENCE => {
            let mut pair = name.reader();
            let issuer = pair.read(tag::SEQUENCE)?.raw.to_vec();
            let serial = pair.integer()?.to_vec();
            pair.finish()?;
            SignerId::IssuerAndSerial { issuer, serial }
        }
        (3, key) if key.tag == tag::context(0) => SignerId::KeyId(key.value.to_vec()),
        (version, _) => return Err(CmsError::Version { what: "signer", version }),
    };
    let digest_oid = info.algorithm()?;
    let digest = DigestAlgorithm::from_oid(&digest_oid).ok_or_else(|| unknown(&digest_oid))?;
    let attributes = info.optional(tag::context_constructed(0))?;
    let signature_oid = info.algorithm()?;
    let algorithm = algorithm::of_signer(&signature_oid, digest).ok_or_else(|| unknown(&signature_oid))?;
    let signature = info.octets()?.to_vec();
    // Unsigned attributes, for example time stamps, are not looked at: nobody vouches for them here.
    let _unsigned = info.optional(tag::context_constructed(1))?;
    info.finish()?;
    let mut signer = SignerInfo {
        id,
        digest,
        algorithm,
        signature,
        attributes: None,
        content_type: None,
        message_digest: None,
        signing_time: None,
        signing_certificate: None,
    };
    if let Some(attributes) = attributes {
        let mut signed = attributes.raw.to_vec();
        signed[0] = tag::SET;
        signer.attributes = Some(signed);
        signed_attributes(&attributes, &mut signer)?;
    }
    Ok(signer)
}

fn unknown(oid: &Oid) -> CmsError {
    CmsError::AlgorithmUnknown { oid: oid.to_string() }
}

// Each attribute once, with one value (RFC 5652, 11; RFC 5035, 3).
fn signed_attributes(attributes: &Tlv<'_>, signer: &mut SignerInfo) -> Result<(), CmsError> {
    let mut reader = attributes.reader();
    let mut seen = Vec::new();
    while !reader.is_empty() {
        let mut attribute = reader.sequence()?;
        let oid = attribute.oid()?;
        let mut values = attribute.read(tag::SET)?.reader();
        attribute.finish()?;
        if seen.contains(&oid) {
            return Err(DerError::Value { what: "each signed attribute once" }.into());
        }
        seen.push(oid);
        within("signed attributes", seen.len(), SignedData::MAX_ATTRIBUTES)?;
        match oid {
            oids::CONTENT_TYPE => signer.content_type = Some(values.oid()?),
            oids::MESSAGE_DIGEST => signer.message_digest = Some(values.octets()?.to_vec()),
            oids::SIGNING_TIME => signer.signing_time = Some(values.any()?.time()?),
            oids::SIGNING_CERTIFICATE => {
                let hash = certificate_hash(&values.any()?, DigestAlgorithm::Sha1)?;
                // Where both stand, the newer one is what is compared.
                signer.signing_certificate.get_or_insert(hash);
            }
            oids::SIGNING_CERTIFICATE_V2 => {
                signer.signing_certificate = Some(certificate_hash(&values.any()?, DigestAlgorithm::Sha256)?);
            }
            _ => continue,
        }
        values.finish()?;
    }
    Ok(())
}

// The first ESSCertID names the signer's certificate; further ones restrict the chain and are not used.
fn certificate_hash(value: &Tlv<'_>, default: DigestAlgorithm) -> Result<CertificateHash, CmsError> {
    if value.tag != tag::SEQUENCE {
        return Err(DerError::Tag { expected: tag::SEQUENCE, found: value.tag }.into());
    }
    let mut ids = value.reader().sequence()?;
    let mut id = ids.sequence()?;
    let algorithm = match id.optional(tag::SEQUENCE)? {
        Some(identifier) => DigestAlgorithm::from_oid(&identifier.reader().oid()?),
        None => Some(default),
    };
    Ok(CertificateHash { algorithm, hash: id.octets()?.to_vec() })
}
