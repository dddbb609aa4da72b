//! GeneralName of RFC 5280, 4.2.1.6, as far as constraints and distribution points speak of it.

use eush_sign::asn1::{DerError, Reader, Tlv, tag};
use eush_sign::oids::Oid;

use crate::name::DistinguishedName;

/// id-on-SmtpUTF8Mailbox.
const SMTP_UTF8_MAILBOX: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.8.9");

/// A name of one of the forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// directoryName.
    Directory(DistinguishedName),
    /// dNSName.
    Dns(String),
    /// rfc822Name, or the SmtpUTF8Mailbox that stands in for it (RFC 9598): constraints on mail are about both.
    Email(String),
    /// iPAddress: 4 or 16 bytes, in constraints twice that.
    Ip(Vec<u8>),
    /// uniformResourceIdentifier.
    Uri(String),
    /// A form that is not read: its context tag.
    Other(u8),
}

impl GeneralName {
    /// Reads one name.
    pub fn read(tlv: &Tlv<'_>) -> Result<Self, DerError> {
        const OTHER: u8 = tag::context_constructed(0);
        const EMAIL: u8 = tag::context(1);
        const DNS: u8 = tag::context(2);
        const DIRECTORY: u8 = tag::context_constructed(4);
        const URI: u8 = tag::context(6);
        const IP: u8 = tag::context(7);
        match tlv.tag {
            OTHER => {
                let mut other = tlv.reader();
                let kind = other.oid()?;
                let value = Reader::whole(other.read(OTHER)?.value, tag::UTF8_STRING);
                other.finish()?;
                match value {
                    Ok(mailbox) if kind == SMTP_UTF8_MAILBOX => Ok(Self::Email(mailbox.text()?)),
                    Ok(_) | Err(_) => Ok(Self::Other(0)),
                }
            }
            EMAIL => Ok(Self::Email(ia5(tlv.value)?)),
            DNS => Ok(Self::Dns(ia5(tlv.value)?)),
            URI => Ok(Self::Uri(ia5(tlv.value)?)),
            IP => Ok(Self::Ip(tlv.value.to_vec())),
            DIRECTORY => {
                let name = Reader::whole(tlv.value, tag::SEQUENCE)?.raw;
                Ok(Self::Directory(DistinguishedName::parse(name)?))
            }
            other if other & 0xc0 == 0x80 => Ok(Self::Other(other & 0x1f)),
            found => Err(DerError::Tag { expected: URI, found }),
        }
    }

    /// Reads names one after another, at least one.
    pub fn read_all(contents: &[u8]) -> Result<Vec<Self>, DerError> {
        const MAX: usize = 1024;
        let mut reader = Reader::new(contents);
        let mut names = Vec::new();
        while !reader.is_empty() {
            names.push(Self::read(&reader.any()?)?);
            if names.len() > MAX {
                return Err(DerError::Value { what: "at most 1024 names" });
            }
        }
        if names.is_empty() { Err(DerError::Value { what: "at least one name" }) } else { Ok(names) }
    }

    /// The URI, where it is one.
    pub fn uri(&self) -> Option<&str> {
        match self {
            Self::Uri(uri) => Some(uri),
            Self::Directory(_) | Self::Dns(_) | Self::Email(_) | Self::Ip(_) | Self::Other(_) => None,
        }
    }
}

fn ia5(bytes: &[u8]) -> Result<String, DerError> {
    if bytes.is_ascii() {
        Ok(bytes.iter().map(|&byte| char::from(byte)).collect())
    } else {
        Err(DerError::Text)
    }
}
