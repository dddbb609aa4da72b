//! The few fields of a certificate that tell whose signature it belongs to. Judging certificates is `eush-pki`'s.

use crate::asn1::{DerError, Reader, tag};
use crate::oids;

pub(super) struct Fields<'a> {
    /// Name as DER.
    pub(super) issuer: &'a [u8],
    /// Contents of the INTEGER.
    pub(super) serial: &'a [u8],
    /// SubjectPublicKeyInfo as DER.
    pub(super) spki: &'a [u8],
    /// Subject key identifier, where there is one.
    pub(super) key_id: Option<&'a [u8]>,
}

pub(super) fn fields(certificate: &[u8]) -> Result<Fields<'_>, DerError> {
    let mut outer = Reader::whole(certificate, tag::SEQUENCE)?.reader();
    let mut tbs = outer.sequence()?;
    let _version = tbs.optional(tag::context_constructed(0))?;
    let serial = tbs.integer()?;
    let _algorithm = tbs.read(tag::SEQUENCE)?;
    let issuer = tbs.read(tag::SEQUENCE)?.raw;
    let _validity = tbs.read(tag::SEQUENCE)?;
    let _subject = tbs.read(tag::SEQUENCE)?;
    let spki = tbs.read(tag::SEQUENCE)?.raw;
    let mut key_id = None;
    while !tbs.is_empty() {
        let tlv = tbs.any()?;
        if tlv.tag != tag::context_constructed(3) {
            continue;
        }
        let mut extensions = Reader::whole(tlv.value, tag::SEQUENCE)?.reader();
        while !extensions.is_empty() {
            let mut extension = extensions.sequence()?;
            if extension.oid()? == oids::SUBJECT_KEY_IDENTIFIER {
                let _critical = extension.optional(tag::BOOLEAN)?;
                key_id = Some(Reader::whole(extension.octets()?, tag::OCTET_STRING)?.value);
            }
        }
    }
    Ok(Fields { issuer, serial, spki, key_id })
}
