//! Reading key stores (PKCS#12, RFC 7292), the national authority's among them: BER of indefinite length, keys under
//! SHA-1 and triple DES, certificates under RC2 with 40 bits. Those are weak and old, and protect nothing; they are read
//! because that is what people hold. Nothing here writes them.

mod decrypt;
mod derive;
#[cfg(test)]
mod tests;

pub use derive::{Purpose, derive};

use crate::asn1::{DerError, Reader, Tlv, ber, check_der, tag};
use crate::oids::{self, Oid};
use crate::secret::SigningKey;
use derive::Rounds;

const KEY_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.1");
const SHROUDED_KEY_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.2");
const CERTIFICATE_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.3");
const X509_CERTIFICATE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.22.1");
const ENCRYPTED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.6");
const FRIENDLY_NAME: Oid = Oid::new_unwrap("1.2.840.113549.1.9.20");
const LOCAL_KEY_ID: Oid = Oid::new_unwrap("1.2.840.113549.1.9.21");

/// Why a key store cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Error {
    /// An algorithm of the store is unknown here.
    #[error("algorithm `{oid}` is unknown")]
    AlgorithmUnknown {
        /// Dotted object identifier.
        oid: String,
    },
    /// What is encrypted cannot be decrypted although the password fits.
    #[error("contents do not decrypt")]
    Decryption,
    /// Neither DER nor BER, or not of this shape.
    #[error("key store is malformed: {0}")]
    Encoding(#[from] DerError),
    /// Deriving the key would take longer than anybody should wait.
    #[error("key derivation asks for {iterations} rounds, at most {limit}")]
    Iterations {
        /// Rounds asked for.
        iterations: u32,
        /// Most rounds done.
        limit: u32,
    },
    /// The store has no MAC: nothing tells whether it is whole or the password right.
    #[error("key store has no integrity check")]
    MacMissing,
    /// The password is another one, or the store was changed.
    #[error("password is wrong or the key store was changed")]
    Password,
    /// More than this crate takes.
    #[error("{what}: {found}, at most {limit}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// Count found.
        found: usize,
        /// Most taken.
        limit: usize,
    },
}

/// A private key of a store.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyEntry {
    /// PKCS#8. Secret.
    pub pkcs8: Vec<u8>,
    /// What binds it to its certificate.
    pub local_key_id: Option<Vec<u8>>,
    /// Name for people.
    pub friendly_name: Option<String>,
}

impl std::fmt::Debug for KeyEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyEntry({:?})", self.friendly_name)
    }
}

/// A certificate of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateEntry {
    /// DER.
    pub der: Vec<u8>,
    /// What binds it to its key.
    pub local_key_id: Option<Vec<u8>>,
    /// Name for people.
    pub friendly_name: Option<String>,
}

/// A key store as read, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyStore {
    /// Private keys.
    pub keys: Vec<KeyEntry>,
    /// Certificates.
    pub certificates: Vec<CertificateEntry>,
}

impl KeyStore {
    /// Most bytes taken.
    pub const MAX_BYTES: usize = 4 << 20;
    const MAX_ENTRIES: usize = 64;
    const MAX_DEPTH: u8 = 24;

    /// Reads a store in DER or BER, encrypted and authenticated with one password.
    pub fn parse(bytes: &[u8], password: &str) -> Result<Self, Pkcs12Error> {
        within("bytes", bytes.len(), Self::MAX_BYTES)?;
        let der = definite(bytes)?;
        let mut pfx = Reader::whole(&der, tag::SEQUENCE)?.reader();
        if pfx.small()? != 3 {
            return Err(DerError::Value { what: "version 3" }.into());
        }
        let mut safe = pfx.sequence()?;
        if safe.oid()? != oids::DATA {
            return Err(DerError::Value { what: "a store protected by a password" }.into());
        }
        let authenticated =
            Reader::whole(safe.read(tag::context_constructed(0))?.value, tag::OCTET_STRING)?.value;
        let mac = pfx.optional(tag::SEQUENCE)?.ok_or(Pkcs12Error::MacMissing)?;
        pfx.finish()?;
        let mut rounds = Rounds::new();
        derive::check_mac(&mac, authenticated, password, &mut rounds)?;

        let mut store = Self::default();
        let contents = definite(authenticated)?;
        let mut infos = Reader::whole(&contents, tag::SEQUENCE)?.reader();
        while !infos.is_empty() {
            let mut info = infos.sequence()?;
            let kind = info.oid()?;
            let explicit = info.read(tag::context_constructed(0))?;
            let bags = match kind {
                oids::DATA => Reader::whole(explicit.value, tag::OCTET_STRING)?.value.to_vec(),
                ENCRYPTED_DATA => encrypted(&explicit, password, &mut rounds)?,
                other => return Err(Pkcs12Error::AlgorithmUnknown { oid: other.to_string() }),
            };
            store.read_bags(&definite(&bags)?, password, &mut rounds)?;
        }
        Ok(store)
    }

    /// The key and its certificate first, then every other certificate. The pair is bound by the local key id, or by the
    /// public key itself where the ids are missing. `None` where no key has a certificate.
    pub fn identity(&self) -> Option<(SigningKey, Vec<Vec<u8>>)> {
        for entry in &self.keys {
            let Ok(key) = SigningKey::from_pkcs8_der(&entry.pkcs8) else { continue };
            let own = self.certificates.iter().position(|certificate| {
                crate::PublicKey::from_certificate_der(&certificate.der).ok().as_ref()
                    == Some(key.public_key())
            });
            if let Some(own) = own {
                let mut chain = vec![self.certificates[own].der.clone()];
                let others = self.certificates.iter().enumerate().filter(|(place, _)| *place != own);
                chain.extend(others.map(|(_, certificate)| certificate.der.clone()));
                return Some((key, chain));
            }
        }
        None
    }

    fn read_bags(&mut self, contents: &[u8], password: &str, rounds: &mut Rounds) -> Result<(), Pkcs12Error> {
        let mut bags = Reader::whole(contents, tag::SEQUENCE)?.reader();
        while !bags.is_empty() {
            let mut bag = bags.sequence()?;
            let kind = bag.oid()?;
            let explicit = bag.read(tag::context_constructed(0))?;
            let (local_key_id, friendly_name) = match bag.optional(tag::SET)? {
                Some(set) => attributes(&set)?,
                None => (None, None),
            };
            bag.finish()?;
            match kind {
                KEY_BAG => {
                    self.keys.push(KeyEntry { pkcs8: explicit.value.to_vec(), local_key_id, friendly_name });
                }
                SHROUDED_KEY_BAG => {
                    let mut info = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
                    let algorithm = info.read(tag::SEQUENCE)?;
                    let pkcs8 = decrypt::decrypt(&algorithm, info.octets()?, password, rounds)?;
                    // Padding may follow what KalkanCrypt encrypts; the key itself is DER.
                    let pkcs8 = Reader::new(&pkcs8).read(tag::SEQUENCE)?.raw.to_vec();
                    self.keys.push(KeyEntry { pkcs8, local_key_id, friendly_name });
                }
                CERTIFICATE_BAG => {
                    let mut certificate = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
                    if certificate.oid()? == X509_CERTIFICATE {
                        let inner = certificate.read(tag::context_constructed(0))?;
                        let der = Reader::whole(inner.value, tag::OCTET_STRING)?.value.to_vec();
                        self.certificates.push(CertificateEntry { der, local_key_id, friendly_name });
                    }
                }
                // Lists and secrets of other kinds are passed over: nobody here asks for them.
                _ => {}
            }
            within("entries", self.keys.len() + self.certificates.len(), Self::MAX_ENTRIES)?;
        }
        Ok(())
    }
}

fn within(what: &'static str, found: usize, limit: usize) -> Result<(), Pkcs12Error> {
    if found <= limit { Ok(()) } else { Err(Pkcs12Error::TooMany { what, found, limit }) }
}

fn definite(bytes: &[u8]) -> Result<Vec<u8>, DerError> {
    if check_der(bytes, KeyStore::MAX_DEPTH).is_ok() {
        return Ok(bytes.to_vec());
    }
    ber::to_der(bytes, KeyStore::MAX_DEPTH)
}

fn encrypted(explicit: &Tlv<'_>, password: &str, rounds: &mut Rounds) -> Result<Vec<u8>, Pkcs12Error> {
    let mut data = Reader::whole(explicit.value, tag::SEQUENCE)?.reader();
    let _version = data.small()?;
    let mut info = data.sequence()?;
    let _content_type = info.oid()?;
    let algorithm = info.read(tag::SEQUENCE)?;
    let content = info.any()?;
    let pieces;
    let ciphertext = match content.tag {
        found if found == tag::context(0) => content.value,
        // In BER the string comes in pieces, and its implicit tag hides that it is one.
        found if found == tag::context_constructed(0) => {
            let mut reader = content.reader();
            let mut joined = Vec::new();
            while !reader.is_empty() {
                joined.extend_from_slice(reader.octets()?);
            }
            pieces = joined;
            &pieces
        }
        found => return Err(DerError::Tag { expected: tag::context(0), found }.into()),
    };
    decrypt::decrypt(&algorithm, ciphertext, password, rounds)
}

type Attributes = (Option<Vec<u8>>, Option<String>);

fn attributes(set: &Tlv<'_>) -> Result<Attributes, DerError> {
    let mut reader = set.reader();
    let (mut local_key_id, mut friendly_name) = (None, None);
    while !reader.is_empty() {
        let mut attribute = reader.sequence()?;
        let oid = attribute.oid()?;
        let mut values = attribute.read(tag::SET)?.reader();
        match oid {
            LOCAL_KEY_ID => local_key_id = Some(values.octets()?.to_vec()),
            FRIENDLY_NAME => friendly_name = Some(values.any()?.text()?),
            _ => {}
        }
    }
    Ok((local_key_id, friendly_name))
}
