//! Distinguished names: compared by their DER, shown as text.

use std::fmt;
use std::hash::{Hash, Hasher};

use eush_sign::asn1::{DerError, Reader, tag};
use eush_sign::oids::Oid;

/// A name as it stands in a certificate. Two names are equal where their DER is: the order of attributes differs between
/// generations of the national authority, and its common names repeat, so nothing looser is safe.
#[derive(Clone)]
pub struct DistinguishedName {
    der: Vec<u8>,
    attributes: Vec<(Oid, String)>,
    canonical: Vec<Vec<(Oid, String)>>,
}

impl PartialEq for DistinguishedName {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for DistinguishedName {}

impl Hash for DistinguishedName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.der.hash(state);
    }
}

impl DistinguishedName {
    /// Takes a Name as DER. Attribute values of types that are no text are shown in hex.
    pub fn parse(der: &[u8]) -> Result<Self, DerError> {
        let mut sequence = Reader::whole(der, tag::SEQUENCE)?.reader();
        let (mut attributes, mut canonical) = (Vec::new(), Vec::new());
        while !sequence.is_empty() {
            let mut set = sequence.read(tag::SET)?.reader();
            if set.is_empty() {
                return Err(DerError::Value { what: "an attribute in each relative name" });
            }
            let mut relative = Vec::new();
            while !set.is_empty() {
                let mut attribute = set.sequence()?;
                let oid = attribute.oid()?;
                let value = attribute.any()?;
                attribute.finish()?;
                let text = match value.text() {
                    Err(DerError::Tag { .. }) => format!("#{}", crate::finding::hex(value.raw)),
                    read => read?,
                };
                relative.push((oid, prepared(&text)));
                attributes.push((oid, text));
            }
            relative.sort();
            canonical.push(relative);
        }
        Ok(Self { der: der.to_vec(), attributes, canonical })
    }

    /// The Name as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Relative names in their order, their texts folded to lower case and single spaces: RFC 5280, 7.1. Two names that
    /// agree here are the same name to RFC 5280, yet not to the Kazakh profile.
    pub fn canonical(&self) -> &[Vec<(Oid, String)>] {
        &self.canonical
    }

    /// Whether RFC 5280, 7.1, takes both for the same name. Names of the same DER are compared no further.
    pub fn is_same(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.der == other.der || self.canonical == other.canonical
    }

    /// Attributes in their order: type and text.
    pub fn attributes(&self) -> &[(Oid, String)] {
        &self.attributes
    }

    /// Whether there is no attribute.
    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The text of every attribute of a type.
    pub fn all(&self, oid: Oid) -> impl Iterator<Item = &str> {
        self.attributes.iter().filter(move |row| row.0 == oid).map(|row| row.1.as_str())
    }

    /// The text of the first attribute of a type.
    pub fn first(&self, oid: Oid) -> Option<&str> {
        self.all(oid).next()
    }
}

fn prepared(text: &str) -> String {
    text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// Attribute types of the Kazakh profile.
pub mod attribute {
    use eush_sign::oids::Oid;

    /// Surname and given name, or name of a system.
    pub const COMMON_NAME: Oid = Oid::new_unwrap("2.5.4.3");
    /// Surname.
    pub const SURNAME: Oid = Oid::new_unwrap("2.5.4.4");
    /// `IIN` and twelve digits.
    pub const SERIAL_NUMBER: Oid = Oid::new_unwrap("2.5.4.5");
    /// Country.
    pub const COUNTRY: Oid = Oid::new_unwrap("2.5.4.6");
    /// Locality.
    pub const LOCALITY: Oid = Oid::new_unwrap("2.5.4.7");
    /// State or province.
    pub const STATE: Oid = Oid::new_unwrap("2.5.4.8");
    /// Organisation.
    pub const ORGANIZATION: Oid = Oid::new_unwrap("2.5.4.10");
    /// `BIN` and twelve digits.
    pub const ORGANIZATIONAL_UNIT: Oid = Oid::new_unwrap("2.5.4.11");
    /// Business category, in treasury certificates.
    pub const BUSINESS_CATEGORY: Oid = Oid::new_unwrap("2.5.4.15");
    /// Given name: in this profile the patronymic.
    pub const GIVEN_NAME: Oid = Oid::new_unwrap("2.5.4.42");
    /// User id: in this profile the object identifier of an information system.
    pub const USER_ID: Oid = Oid::new_unwrap("0.9.2342.19200300.100.1.1");
    /// Domain component, in treasury certificates.
    pub const DOMAIN_COMPONENT: Oid = Oid::new_unwrap("0.9.2342.19200300.100.1.25");
    /// E-mail address, in older certificates.
    pub const EMAIL: Oid = Oid::new_unwrap("1.2.840.113549.1.9.1");
}

fn label(oid: &Oid) -> Option<&'static str> {
    let label = match *oid {
        attribute::COMMON_NAME => "CN",
        attribute::SURNAME => "SURNAME",
        attribute::SERIAL_NUMBER => "SERIALNUMBER",
        attribute::COUNTRY => "C",
        attribute::LOCALITY => "L",
        attribute::STATE => "ST",
        attribute::ORGANIZATION => "O",
        attribute::ORGANIZATIONAL_UNIT => "OU",
        attribute::BUSINESS_CATEGORY => "BUSINESSCATEGORY",
        attribute::GIVEN_NAME => "GIVENNAME",
        attribute::USER_ID => "UID",
        attribute::DOMAIN_COMPONENT => "DC",
        attribute::EMAIL => "E",
        _ => return None,
    };
    Some(label)
}

/// In the order of the certificate, separated by commas, special characters escaped as in RFC 4514.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (oid, text)) in self.attributes.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            match label(oid) {
                Some(label) => write!(f, "{label}=")?,
                None => write!(f, "{oid}=")?,
            }
            for character in text.chars() {
                match character {
                    ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => write!(f, "\\{character}")?,
                    control if control.is_control() => write!(f, "\\{:02X}", control as u32)?,
                    plain => write!(f, "{plain}")?,
                }
            }
        }
        Ok(())
    }
}

// Numbers of people stand in names, so that `Debug`, which ends in logs, shows the common name only.
impl fmt::Debug for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DistinguishedName({:?})", self.first(attribute::COMMON_NAME).unwrap_or_default())
    }
}
