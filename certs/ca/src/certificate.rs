//! From parts to a signed certificate (RFC 5280, 4.1). What the parts are is the profile's business.

use eush_domain::Timestamp;
use eush_sign::asn1::{DerError, Reader, tag, writer};
use eush_sign::{SignError, SigningKey, signature_identifier};

use crate::error::{IssueError, PublishError};

/// Everything a certificate says.
pub(crate) struct Template<'a> {
    pub(crate) serial: &'a [u8; 20],
    /// Name, DER.
    pub(crate) issuer: &'a [u8],
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    /// Name, DER.
    pub(crate) subject: &'a [u8],
    /// SubjectPublicKeyInfo, DER.
    pub(crate) spki: &'a [u8],
    /// Extensions, DER each.
    pub(crate) extensions: &'a [Vec<u8>],
}

/// Whether the signature is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signature {
    /// One bit of it is wrong.
    Broken,
    Sound,
}

/// Why a certificate was not made.
#[derive(Debug)]
pub(crate) enum MakeError {
    Encoding(DerError),
    Sign(SignError),
}

impl From<DerError> for MakeError {
    fn from(error: DerError) -> Self {
        Self::Encoding(error)
    }
}

impl From<SignError> for MakeError {
    fn from(error: SignError) -> Self {
        Self::Sign(error)
    }
}

impl From<MakeError> for IssueError {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Encoding(error) => Self::Encoding(error),
            MakeError::Sign(error) => Self::Sign(error),
        }
    }
}

impl From<MakeError> for PublishError {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Encoding(error) => Self::Encoding(error),
            MakeError::Sign(error) => Self::Sign(error),
        }
    }
}

impl Template<'_> {
    /// The certificate, signed by its issuer's key.
    pub(crate) fn sign(&self, key: &SigningKey, signature: Signature) -> Result<Vec<u8>, MakeError> {
        let validity = writer::sequence([writer::time(self.not_before)?, writer::time(self.not_after)?]);
        let identifier = signature_identifier(key.algorithm());
        let tbs = writer::sequence([
            &writer::explicit(0, &writer::integer(2)),
            &writer::unsigned(self.serial),
            &identifier,
            self.issuer,
            &validity,
            self.subject,
            self.spki,
            &writer::explicit(3, &writer::sequence(self.extensions)),
        ]);
        Ok(signed(&tbs, &identifier, key, signature)?)
    }
}

/// What is to be signed, its algorithm and the signature: the outer shape of certificates and lists alike.
pub(crate) fn signed(
    tbs: &[u8],
    identifier: &[u8],
    key: &SigningKey,
    signature: Signature,
) -> Result<Vec<u8>, SignError> {
    let mut value = key.sign(tbs)?;
    let middle = value.len() / 2;
    if signature == Signature::Broken {
        value[middle] ^= 1;
    }
    Ok(writer::sequence([tbs, identifier, &writer::bit_bytes(&value)]))
}

/// An extension of a certificate or a list.
pub(crate) fn extension(oid: &eush_sign::oids::Oid, critical: Critical, value: &[u8]) -> Vec<u8> {
    let oid = writer::oid(oid);
    let value = writer::octets(value);
    match critical {
        Critical::No => writer::sequence([oid, value]),
        Critical::Yes => writer::sequence([oid, writer::boolean(true), value]),
    }
}

/// Whether an extension must be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Critical {
    No,
    Yes,
}

/// The subject's name of a certificate, DER.
pub(crate) fn subject_name(certificate: &[u8]) -> Result<Vec<u8>, DerError> {
    let mut tbs = Reader::whole(certificate, tag::SEQUENCE)?.reader().sequence()?;
    let _version = tbs.optional(tag::context_constructed(0))?;
    let _serial = tbs.integer()?;
    let _algorithm = tbs.sequence()?;
    let _issuer = tbs.sequence()?;
    let _validity = tbs.sequence()?;
    Ok(tbs.read(tag::SEQUENCE)?.raw.to_vec())
}

/// Upper-case hex, two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}

/// The bytes of [`hex`].
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips() {
        assert_eq!(hex(&[0x00, 0xAB, 0x7f]), "00AB7F");
        assert_eq!(from_hex("00AB7F"), Some(vec![0x00, 0xAB, 0x7f]));
        assert_eq!(from_hex("00ab7f"), from_hex("00AB7F"));
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("0g"), None);
        assert_eq!(from_hex("ұ"), None);
    }
}
