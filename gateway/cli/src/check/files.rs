//! Reading what people give: certificates, lists, answers, signed data, keys. What a file is, is told by its contents.
//!
//! Only the outer shape is looked at here. A file that is none of what is expected is wrong use, told with its name; a
//! certificate or list that has the shape and breaks a rule goes on to be judged.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eush_sign::asn1::{DerError, Reader, tag};
use eush_sign::pkcs12::{KeyStore, Pkcs12Error};
use eush_sign::{SigningKey, pem};

use crate::exit::Failure;

const CERTIFICATES: &str = "a certificate in PEM, DER or PKCS#12";
const LIST: &str = "a revocation list in DER or PEM";
const ANSWER: &str = "an answer of an OCSP responder in DER";
const SIGNED: &str = "signed data (CMS) in DER, BER, PEM or base64";
const KEY: &str = "a key store (PKCS#12) or an unencrypted key (PKCS#8) in PEM";

/// Label of certificates in files of old tools.
const OLD_CERTIFICATE: &str = "X509 CERTIFICATE";

/// The bytes of a file.
pub(crate) fn bytes(path: &Path, expected: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::Usage(format!("cannot read `{}`: {error}; expected {expected}", path.display()))
    })
}

fn unreadable(path: &Path, expected: &str) -> Failure {
    Failure::Usage(format!("`{}` cannot be read: expected {expected}", path.display()))
}

/// Label and DER of a block of PEM.
type Block = (String, Vec<u8>);

/// The blocks of a PEM file; `None` where it is no PEM at all.
fn blocks(path: &Path, bytes: &[u8], expected: &str) -> Result<Option<Vec<Block>>, Failure> {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.contains("-----BEGIN ")) else {
        return Ok(None);
    };
    let blocks = pem::decode_all(text).map_err(|_| {
        Failure::Usage(format!("`{}` has a damaged PEM block: expected {expected}", path.display()))
    })?;
    Ok(Some(blocks))
}

/// The certificates of a file, DER, in order; of a key store the key's own first. Never none.
pub(crate) fn certificates(path: &Path, password: Option<&str>) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = bytes(path, CERTIFICATES)?;
    let found = if let Some(blocks) = blocks(path, &bytes, CERTIFICATES)? {
        let labels = [pem::CERTIFICATE, OLD_CERTIFICATE];
        blocks.into_iter().filter(|block| labels.contains(&block.0.as_str())).map(|block| block.1).collect()
    } else if is_list(&bytes) {
        let path = path.display();
        return Err(Failure::Usage(format!("`{path}` is a revocation list: give it with --crl")));
    } else if is_signed_structure(&bytes) {
        vec![bytes]
    } else if is_key_store(&bytes) {
        let store = key_store(path, &bytes, password)?;
        of_store(store)
    } else {
        Vec::new()
    };
    if found.is_empty() { Err(unreadable(path, CERTIFICATES)) } else { Ok(found) }
}

fn key_store(path: &Path, bytes: &[u8], password: Option<&str>) -> Result<KeyStore, Failure> {
    KeyStore::parse(bytes, password.unwrap_or_default()).map_err(|error| {
        let path = path.display();
        Failure::Usage(match (&error, password) {
            (Pkcs12Error::Password, None) => format!("`{path}` needs its password: give it with --password"),
            _ => format!("`{path}`: {error}"),
        })
    })
}

/// The key's certificate first. Keys that we cannot use (short RSA, for example) still say which certificate is theirs.
fn of_store(store: KeyStore) -> Vec<Vec<u8>> {
    if let Some((_, chain)) = store.identity() {
        return chain;
    }
    let ids: Vec<_> = store.keys.iter().filter_map(|key| key.local_key_id.clone()).collect();
    let mut certificates = store.certificates;
    let is_own = |id: &Option<Vec<u8>>| id.as_ref().is_some_and(|id| ids.contains(id));
    certificates.sort_by_key(|entry| !is_own(&entry.local_key_id));
    certificates.into_iter().map(|entry| entry.der).collect()
}

/// The revocation lists of a file, DER. Never none.
pub(crate) fn lists(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = bytes(path, LIST)?;
    let found: Vec<_> = match blocks(path, &bytes, LIST)? {
        Some(blocks) => blocks.into_iter().filter(|block| block.0 == pem::CRL).map(|block| block.1).collect(),
        None => vec![bytes],
    };
    if found.is_empty() || !found.iter().all(|der| is_list(der)) {
        return Err(unreadable(path, LIST));
    }
    Ok(found)
}

/// An answer of a responder, DER.
pub(crate) fn answer(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = bytes(path, ANSWER)?;
    let outer = Reader::whole(&bytes, tag::SEQUENCE).map_err(|_| unreadable(path, ANSWER))?;
    outer.reader().read(tag::ENUMERATED).map_err(|_| unreadable(path, ANSWER))?;
    Ok(bytes)
}

/// Signed data, DER or BER.
pub(crate) fn signed_data(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = bytes(path, SIGNED)?;
    let binary = match blocks(path, &bytes, SIGNED)? {
        Some(blocks) => {
            let labels = [pem::CMS, "PKCS7", "PKCS #7 SIGNED DATA"];
            blocks.into_iter().find(|block| labels.contains(&block.0.as_str())).map(|block| block.1)
        }
        None if starts_with(&bytes, tag::OID) => Some(bytes),
        // As browsers' signing tools give it.
        None => {
            let text: Vec<u8> = bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace()).collect();
            STANDARD.decode(text).ok()
        }
    };
    binary.filter(|bytes| starts_with(bytes, tag::OID)).ok_or_else(|| unreadable(path, SIGNED))
}

/// A key with its certificate first and whatever else is at hand, ready to sign.
pub(crate) fn identity(
    path: &Path,
    password: Option<&str>,
    more: &[Vec<u8>],
) -> Result<(SigningKey, Vec<Vec<u8>>), Failure> {
    let bytes = bytes(path, KEY)?;
    let usage = |why: String| Failure::Usage(format!("`{}`: {why}", path.display()));
    let (key, mut chain) = if let Some(blocks) = blocks(path, &bytes, KEY)? {
        let key =
            blocks.iter().find(|block| block.0 == pem::PRIVATE_KEY).ok_or_else(|| unreadable(path, KEY))?;
        let key = SigningKey::from_pkcs8_der(&key.1).map_err(|error| usage(error.to_string()))?;
        let chain = blocks.into_iter().filter(|block| block.0 == pem::CERTIFICATE).map(|block| block.1);
        (key, chain.collect())
    } else if is_key_store(&bytes) {
        let store = key_store(path, &bytes, password)?;
        store
            .identity()
            .ok_or_else(|| usage("no key of the store can be used with its certificate".to_owned()))?
    } else {
        return Err(unreadable(path, KEY));
    };
    chain.extend(more.iter().cloned());
    let is_own = |der: &Vec<u8>| {
        eush_sign::PublicKey::from_certificate_der(der).is_ok_and(|public| public == *key.public_key())
    };
    match chain.iter().position(is_own) {
        Some(own) => chain.swap(0, own),
        None => return Err(usage("no certificate of this key: give it with --cert".to_owned())),
    }
    Ok((key, chain))
}

/// SEQUENCE { SEQUENCE, SEQUENCE, BIT STRING }: a certificate, or a list.
fn is_signed_structure(bytes: &[u8]) -> bool {
    fn shape(bytes: &[u8]) -> Result<(), DerError> {
        let mut outer = Reader::whole(bytes, tag::SEQUENCE)?.reader();
        outer.sequence()?;
        outer.sequence()?;
        outer.read(tag::BIT_STRING)?;
        outer.finish()
    }
    shape(bytes).is_ok()
}

/// A signed structure whose third field, after algorithm and issuer, is a time: no certificate has one there.
fn is_list(bytes: &[u8]) -> bool {
    fn third(bytes: &[u8]) -> Result<u8, DerError> {
        let mut list = Reader::whole(bytes, tag::SEQUENCE)?.reader().sequence()?;
        let _version = list.optional(tag::INTEGER)?;
        list.sequence()?;
        list.sequence()?;
        Ok(list.any()?.tag)
    }
    is_signed_structure(bytes)
        && third(bytes).is_ok_and(|found| matches!(found, tag::UTC_TIME | tag::GENERALIZED_TIME))
}

/// SEQUENCE { INTEGER 3, …, in DER or of indefinite length.
fn is_key_store(bytes: &[u8]) -> bool {
    starts_with(bytes, tag::INTEGER)
}

/// A SEQUENCE of whatever length, definite or not, whose first value has this tag.
fn starts_with(bytes: &[u8], first: u8) -> bool {
    match bytes {
        [tag::SEQUENCE, length, rest @ ..] => {
            let more = if *length > 0x80 { usize::from(length & 0x7f) } else { 0 };
            rest.get(more) == Some(&first)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_told_apart() {
        assert!(starts_with(&[0x30, 0x80, 0x02, 1, 3], tag::INTEGER));
        assert!(starts_with(&[0x30, 0x82, 1, 0, 0x02, 1, 3], tag::INTEGER));
        assert!(starts_with(&[0x30, 0x03, 0x06, 1, 3], tag::OID));
        assert!(!starts_with(&[0x30, 0x82], tag::OID));
        assert!(!starts_with(b"", tag::OID));
        assert!(!is_signed_structure(b"<html>"));
    }

    #[test]
    fn a_list_is_no_certificate() {
        use eush_sign::asn1::writer;
        let algorithm = || writer::sequence([writer::oid(&eush_sign::oids::SHA256_WITH_RSA)]);
        let time = || writer::time(time::macros::datetime!(2026-03-02 0:00 UTC)).unwrap();
        let empty = || writer::constructed::<&[u8]>(tag::SEQUENCE, []);
        let list = writer::sequence([writer::integer(1), algorithm(), empty(), time()]);
        let certificate = writer::sequence([writer::integer(1), algorithm(), empty(), algorithm()]);
        let signed = |tbs| writer::sequence([tbs, algorithm(), writer::bit_bytes(&[1])]);
        assert!(is_list(&signed(list)));
        assert!(!is_list(&signed(certificate.clone())));
        assert!(is_signed_structure(&signed(certificate)));
    }
}
