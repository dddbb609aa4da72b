//! The little of X.509 that a judge of signatures needs: to read whose key a certificate is about, and to make test
//! certificates for subjects that the runner starts. Whether a certificate may be trusted is not judged here.

use eush_sign::asn1::{DerError, Reader, tag, writer};
use eush_sign::oids::Oid;
use eush_sign::{SignError, SigningKey, signature_identifier};
use eush_wire::management::v1::CertificateSubject;
use time::OffsetDateTime;

const COMMON_NAME: Oid = Oid::new_unwrap("2.5.4.3");
const SURNAME: Oid = Oid::new_unwrap("2.5.4.4");
const SERIAL_NUMBER: Oid = Oid::new_unwrap("2.5.4.5");
const ORGANIZATION: Oid = Oid::new_unwrap("2.5.4.10");
const UNIT: Oid = Oid::new_unwrap("2.5.4.11");

/// What a certificate says of its holder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) common_name: String,
    /// Digits after `IIN`; empty where there are none.
    pub(crate) iin: String,
    /// Digits after `BIN`.
    pub(crate) bin: String,
    /// SubjectPublicKeyInfo, DER.
    pub(crate) spki: Vec<u8>,
    /// The signed part, the signature's value and the issuer's name, DER.
    pub(crate) issuer: Vec<u8>,
}

/// Reads a certificate.
pub(crate) fn holder(der: &[u8]) -> Result<Holder, DerError> {
    let mut outer = Reader::whole(der, tag::SEQUENCE)?.reader();
    let mut tbs = outer.sequence()?;
    let _version = tbs.optional(tag::context_constructed(0))?;
    let _serial = tbs.integer()?;
    let _algorithm = tbs.read(tag::SEQUENCE)?;
    let mut found = Holder { issuer: tbs.read(tag::SEQUENCE)?.raw.to_vec(), ..Holder::default() };
    let _validity = tbs.read(tag::SEQUENCE)?;
    let mut names = tbs.read(tag::SEQUENCE)?.reader();
    while !names.is_empty() {
        let mut set = names.read(tag::SET)?.reader();
        while !set.is_empty() {
            let mut attribute = set.sequence()?;
            let oid = attribute.oid()?;
            let value = attribute.any()?.text()?;
            match oid {
                COMMON_NAME => found.common_name = value,
                SERIAL_NUMBER => found.iin = value.trim_start_matches("IIN").to_owned(),
                UNIT if value.starts_with("BIN") => found.bin = value.trim_start_matches("BIN").to_owned(),
                _ => {}
            }
        }
    }
    found.spki = tbs.read(tag::SEQUENCE)?.raw.to_vec();
    Ok(found)
}

/// A certificate to be made.
pub(crate) struct Draft<'a> {
    pub(crate) serial: u64,
    pub(crate) subject: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) spki: &'a [u8],
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
}

impl Draft<'_> {
    /// Signs it.
    pub(crate) fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, SignError> {
        let time = |at| writer::time(at).map_err(|_| SignError::TimeOutOfRange);
        let algorithm = signature_identifier(key.algorithm());
        let tbs = writer::sequence([
            writer::explicit(0, &writer::integer(2)),
            writer::integer(self.serial),
            algorithm.clone(),
            self.issuer.clone(),
            writer::sequence([time(self.not_before)?, time(self.not_after)?]),
            self.subject.clone(),
            self.spki.to_vec(),
        ]);
        let signature = key.sign(&tbs)?;
        Ok(writer::sequence([tbs, algorithm, writer::bit_bytes(&signature)]))
    }
}

/// A subject's name in the national profile.
pub(crate) fn name(subject: &CertificateSubject) -> Vec<u8> {
    let attribute =
        |oid: &Oid, value: Vec<u8>| writer::set_of(vec![writer::sequence([writer::oid(oid), value])]);
    let mut parts = vec![attribute(&COMMON_NAME, writer::utf8(&subject.common_name))];
    if !subject.surname.is_empty() {
        parts.push(attribute(&SURNAME, writer::utf8(&subject.surname)));
    }
    if !subject.iin.is_empty() {
        parts.push(attribute(&SERIAL_NUMBER, writer::printable(&format!("IIN{}", subject.iin))));
    }
    if !subject.organization.is_empty() {
        parts.push(attribute(&ORGANIZATION, writer::utf8(&subject.organization)));
    }
    if !subject.bin.is_empty() {
        parts.push(attribute(&UNIT, writer::utf8(&format!("BIN{}", subject.bin))));
    }
    writer::sequence(parts)
}
