//! Reading a request (RFC 6960, 4.1).
//!
//! Signatures of requests are passed over: anybody may ask. What is echoed is kept as it came, byte for byte.

use eush_sign::DigestAlgorithm;
use eush_sign::asn1::{DerError, Reader, check_der, tag, writer};

use crate::oid;

/// Most bytes of a request.
pub(crate) const MAX_BYTES: usize = 16 << 10;
/// Most certificates of a request.
const MAX_CERTIFICATES: usize = 32;
/// Most bytes of a nonce (RFC 9654, 2.1), and of the header around them.
const MAX_NONCE: usize = 128 + 3;
const MAX_DEPTH: u8 = 16;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Request {
    /// About whom, at least one.
    pub(crate) ids: Vec<CertId>,
    /// Value of the nonce extension.
    pub(crate) nonce: Option<Vec<u8>>,
}

/// About whom.
#[derive(Clone, Debug)]
pub(crate) struct CertId {
    /// The whole, DER.
    pub(crate) der: Vec<u8>,
    /// `None` where the digest is unknown here: then the issuer is too.
    pub(crate) digest: Option<DigestAlgorithm>,
    /// Digest of the issuer's name.
    pub(crate) issuer_name: Vec<u8>,
    /// Digest of the bits of the issuer's key.
    pub(crate) issuer_key: Vec<u8>,
    /// Serial number without leading zeros.
    pub(crate) serial: Vec<u8>,
}

impl CertId {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DerError> {
        let whole = reader.read(tag::SEQUENCE)?;
        let mut parts = whole.reader();
        let digest = DigestAlgorithm::from_oid(&parts.sequence()?.oid()?);
        let id = Self {
            der: whole.raw.to_vec(),
            digest,
            issuer_name: parts.octets()?.to_vec(),
            issuer_key: parts.octets()?.to_vec(),
            serial: parts.unsigned()?.to_vec(),
        };
        parts.finish()?;
        Ok(id)
    }

    /// The same issuer's next serial number, DER.
    pub(crate) fn next(&self) -> Result<Vec<u8>, DerError> {
        let algorithm = Reader::whole(&self.der, tag::SEQUENCE)?.reader().read(tag::SEQUENCE)?.raw.to_vec();
        let mut serial = self.serial.clone();
        for byte in serial.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
        let (name, key) = (writer::octets(&self.issuer_name), writer::octets(&self.issuer_key));
        Ok(writer::sequence([algorithm, name, key, writer::unsigned(&serial)]))
    }
}

impl Request {
    /// Reads a request strictly.
    pub(crate) fn parse(der: &[u8]) -> Result<Self, DerError> {
        if der.len() > MAX_BYTES {
            return Err(DerError::Value { what: "a request of at most 16 KiB" });
        }
        check_der(der, MAX_DEPTH)?;
        let mut outer = Reader::whole(der, tag::SEQUENCE)?.reader();
        let mut tbs = outer.sequence()?;
        let _signature = outer.optional(tag::context_constructed(0))?;
        outer.finish()?;
        if let Some(version) = tbs.optional(tag::context_constructed(0))?
            && Reader::new(version.value).small()? != 0
        {
            return Err(DerError::Value { what: "version 1" });
        }
        let _requestor = tbs.optional(tag::context_constructed(1))?;
        let mut list = tbs.sequence()?;
        let mut ids = Vec::new();
        while !list.is_empty() {
            if ids.len() == MAX_CERTIFICATES {
                return Err(DerError::Value { what: "at most 32 certificates" });
            }
            let mut single = list.sequence()?;
            ids.push(CertId::read(&mut single)?);
            if let Some(explicit) = single.optional(tag::context_constructed(0))? {
                let _ = nonce(Reader::whole(explicit.value, tag::SEQUENCE)?.reader())?;
            }
            single.finish()?;
        }
        if ids.is_empty() {
            return Err(DerError::Value { what: "at least one certificate" });
        }
        let nonce = match tbs.optional(tag::context_constructed(2))? {
            Some(explicit) => nonce(Reader::whole(explicit.value, tag::SEQUENCE)?.reader())?,
            None => None,
        };
        tbs.finish()?;
        Ok(Self { ids, nonce })
    }
}

// Old clients put the bytes there without the OCTET STRING around them: both are echoed.
fn nonce(mut extensions: Reader<'_>) -> Result<Option<Vec<u8>>, DerError> {
    let mut nonce = None;
    while !extensions.is_empty() {
        let mut extension = extensions.sequence()?;
        let oid = extension.oid()?;
        let critical = extension.peek() == Some(tag::BOOLEAN) && extension.boolean()?;
        let value = extension.octets()?;
        extension.finish()?;
        if oid == oid::OCSP_NONCE {
            if nonce.is_some() || value.is_empty() || value.len() > MAX_NONCE {
                return Err(DerError::Value { what: "one nonce of 1 to 128 bytes" });
            }
            nonce = Some(value.to_vec());
        } else if critical {
            return Err(DerError::Value { what: "no unknown critical extension" });
        }
    }
    Ok(nonce)
}

#[cfg(test)]
mod tests {
    use eush_sign::oids;
    use eush_sign::oids::Oid;

    use super::*;

    fn id(serial: &[u8]) -> Vec<u8> {
        let algorithm = writer::sequence([writer::oid(&oids::SHA256), writer::null()]);
        writer::sequence([
            algorithm,
            writer::octets(&[1; 32]),
            writer::octets(&[2; 32]),
            writer::unsigned(serial),
        ])
    }

    fn request(ids: &[Vec<u8>], extensions: &[Vec<u8>]) -> Vec<u8> {
        let list = writer::sequence(ids.iter().map(|id| writer::sequence([id])));
        let extensions = match extensions {
            [] => Vec::new(),
            some => writer::explicit(2, &writer::sequence(some)),
        };
        writer::sequence([writer::sequence([list, extensions])])
    }

    fn extension(oid: &Oid, critical: bool, value: &[u8]) -> Vec<u8> {
        let critical = if critical { writer::boolean(true) } else { Vec::new() };
        writer::sequence([writer::oid(oid), critical, writer::octets(value)])
    }

    #[test]
    fn what_is_asked_is_kept_as_it_came() {
        let nonce = writer::octets(&[7; 8]);
        let der = request(&[id(&[5]), id(&[0x80])], &[extension(&oid::OCSP_NONCE, false, &nonce)]);
        let read = Request::parse(&der).unwrap();
        assert_eq!(read.nonce.as_deref(), Some(&nonce[..]));
        assert_eq!(read.ids.len(), 2);
        assert_eq!((&read.ids[0].der, &read.ids[1].serial[..]), (&id(&[5]), &[0x80][..]));
        assert_eq!(read.ids[0].next().unwrap(), id(&[6]));
        let far = Request::parse(&request(&[id(&[1, 0xff])], &[])).unwrap();
        assert_eq!(far.ids[0].next().unwrap(), id(&[2, 0]));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let nonce = |length: usize| extension(&oid::OCSP_NONCE, false, &vec![7; length]);
        let bad = [
            Vec::new(),
            b"GET / HTTP/1.1".to_vec(),
            request(&[], &[]),
            request(&vec![id(&[5]); 33], &[]),
            request(&[id(&[5])], &[nonce(0)]),
            request(&[id(&[5])], &[nonce(132)]),
            request(&[id(&[5])], &[nonce(8), nonce(8)]),
            request(&[id(&[5])], &[extension(&oid::CRL_NUMBER, true, &[0])]),
            [request(&[id(&[5])], &[]), vec![0]].concat(),
            vec![0x30; MAX_BYTES + 1],
        ];
        for der in bad {
            assert!(Request::parse(&der).is_err(), "{der:02x?}");
        }
        assert!(Request::parse(&request(&[id(&[5])], &[nonce(131)])).is_ok());
        assert!(Request::parse(&request(&[id(&[5])], &[extension(&oid::CRL_NUMBER, false, &[0])])).is_ok());
    }
}
