//! Certificates and lists made at run time, for tests that change a golden one in exactly one respect. Keys are GOST keys
//! derived from a seed, so that making them costs nothing and every run is the same.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "shared by test files, each of which uses its own part"
)]

use std::sync::Arc;

use eush_domain::synthetic::numbers::{self, Sex, SyntheticBirth};
use eush_domain::{Bin, CertificateRole, Iin};
use eush_pki::{Certificate, CrlError, CrlIndex, RevocationEvidence, Timestamp, Trust};
use eush_sign::asn1::{tag, writer};
use eush_sign::oids::Oid;
use eush_sign::{KeyAlgorithm, SigningKey, signature_identifier};
use time::Duration;
use time::macros::datetime;

pub const AT: Timestamp = datetime!(2026-03-02 10:00 UTC);

pub fn oid(dotted: &str) -> Oid {
    Oid::new_unwrap(dotted)
}

pub fn iin() -> Iin {
    numbers::iin(SyntheticBirth { year: 85, month: 3, day: 12, sex: Sex::Female }, 1)
}

pub fn other_iin() -> Iin {
    numbers::iin(SyntheticBirth { year: 85, month: 3, day: 12, sex: Sex::Female }, 2)
}

pub fn bin() -> Bin {
    numbers::bin(1)
}

pub fn key(name: &str) -> SigningKey {
    SigningKey::derive_gost(KeyAlgorithm::Gost2015_512, name.as_bytes()).unwrap()
}

/// Relative names as (type, text), one attribute each.
pub type Name = Vec<(Oid, String)>;

pub fn common_name(text: &str) -> Name {
    vec![(oid("2.5.4.3"), text.to_owned()), (oid("2.5.4.6"), "KZ".to_owned())]
}

pub fn encode_name(name: &Name) -> Vec<u8> {
    encode_name_as(name, false)
}

pub fn encode_name_as(name: &Name, printable: bool) -> Vec<u8> {
    let encoded = |text: &String| if printable { writer::printable(text) } else { writer::utf8(text) };
    writer::sequence(
        name.iter()
            .map(|(oid, text)| writer::set_of(vec![writer::sequence([writer::oid(oid), encoded(text)])])),
    )
}

/// One extension: type, critical, value.
#[derive(Clone, Debug)]
pub struct Extension(pub Oid, pub bool, pub Vec<u8>);

pub fn basic_constraints(path_length: Option<u64>) -> Extension {
    let mut parts = vec![writer::boolean(true)];
    parts.extend(path_length.map(writer::integer));
    Extension(oid("2.5.29.19"), true, writer::sequence(parts))
}

pub fn key_usage(bits: &[u8]) -> Extension {
    Extension(oid("2.5.29.15"), true, writer::named_bits(bits))
}

pub fn usages(oids: &[&str]) -> Extension {
    Extension(oid("2.5.29.37"), false, writer::sequence(oids.iter().map(|one| writer::oid(&oid(one)))))
}

pub fn subject_key_id(id: &[u8]) -> Extension {
    Extension(oid("2.5.29.14"), false, writer::octets(id))
}

pub fn authority_key_id(id: &[u8]) -> Extension {
    Extension(oid("2.5.29.35"), false, writer::sequence([writer::tlv(tag::context(0), id)]))
}

/// A certificate about to be made: every field can be changed before it is signed.
#[derive(Clone, Debug)]
pub struct Draft {
    pub serial: Vec<u8>,
    pub issuer: Name,
    pub subject: Name,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub key: String,
    /// SubjectPublicKeyInfo in place of the key's.
    pub spki: Option<Vec<u8>>,
    pub signer: String,
    pub extensions: Vec<Extension>,
    /// Whether texts of names are PrintableString where they can be.
    pub printable: bool,
}

/// An RSA key of so many bits that nobody has the other half of.
pub fn rsa_spki(bits: usize) -> Vec<u8> {
    let pkcs1 = writer::sequence([writer::unsigned(&vec![0xff; bits / 8]), writer::integer(65_537)]);
    let identifier = writer::sequence([writer::oid(&oid("1.2.840.113549.1.1.1")), writer::null()]);
    writer::sequence([identifier, writer::bit_bytes(&pkcs1)])
}

impl Draft {
    pub fn without(mut self, dotted: &str) -> Self {
        let before = self.extensions.len();
        self.extensions.retain(|extension| extension.0 != oid(dotted));
        assert_ne!(before, self.extensions.len(), "there was no {dotted}");
        self
    }

    /// Puts an extension in place of the one of the same type, or adds it.
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|one| one.0 != extension.0);
        self.extensions.push(extension);
        self
    }

    pub fn der(&self) -> Vec<u8> {
        let signer = key(&self.signer);
        let identifier = signature_identifier(signer.algorithm());
        let extensions = self.extensions.iter().map(|Extension(oid, critical, value)| {
            let mut parts = vec![writer::oid(oid)];
            parts.extend(critical.then(|| writer::boolean(true)));
            parts.push(writer::octets(value));
            writer::sequence(parts)
        });
        let mut parts = vec![
            writer::explicit(0, &writer::integer(2)),
            writer::unsigned(&self.serial),
            identifier.clone(),
            encode_name_as(&self.issuer, self.printable),
            writer::sequence([writer::time(self.not_before).unwrap(), writer::time(self.not_after).unwrap()]),
            encode_name_as(&self.subject, self.printable),
            self.spki.clone().unwrap_or_else(|| key(&self.key).public_key().spki_der().to_vec()),
        ];
        if !self.extensions.is_empty() {
            parts.push(writer::explicit(3, &writer::sequence(extensions)));
        }
        let tbs = writer::sequence(parts);
        let signature = writer::bit_bytes(&signer.sign(&tbs).unwrap());
        writer::sequence([tbs, identifier, signature])
    }

    pub fn sign(&self) -> Certificate {
        Certificate::parse(&self.der()).unwrap()
    }
}

pub fn root_draft() -> Draft {
    authority_draft("root", "root", 1)
}

pub fn issuing_draft() -> Draft {
    authority_draft("issuing", "root", 2).with(basic_constraints(Some(0)))
}

/// An authority of a name, issued by another one; name, key and key identifier go together.
pub fn authority_draft(name: &str, issuer: &str, serial: u8) -> Draft {
    Draft {
        serial: vec![serial],
        issuer: common_name(issuer),
        subject: common_name(name),
        not_before: AT - Duration::days(1000),
        not_after: AT + Duration::days(1000),
        key: name.to_owned(),
        spki: None,
        signer: issuer.to_owned(),
        extensions: vec![
            basic_constraints(None),
            key_usage(&[5, 6]),
            subject_key_id(name.as_bytes()),
            authority_key_id(issuer.as_bytes()),
        ],
        printable: false,
    }
}

/// A person's certificate by the Kazakh profile.
pub fn leaf_draft() -> Draft {
    Draft {
        serial: vec![0x5a; 20],
        issuer: common_name("issuing"),
        subject: vec![
            (oid("2.5.4.3"), "EUSH TEST".to_owned()),
            (oid("2.5.4.4"), "EUSH".to_owned()),
            (oid("2.5.4.5"), format!("IIN{}", iin().digits())),
            (oid("2.5.4.6"), "KZ".to_owned()),
            (oid("2.5.4.42"), "TESTULY".to_owned()),
        ],
        not_before: AT - Duration::days(10),
        not_after: AT + Duration::days(355),
        key: "person".to_owned(),
        spki: None,
        signer: "issuing".to_owned(),
        extensions: vec![
            usages(&["1.3.6.1.5.5.7.3.4", CertificateRole::Individual.oid()]),
            key_usage(&[0, 1, 4]),
            subject_key_id(b"person"),
            authority_key_id(b"issuing"),
        ],
        printable: false,
    }
}

/// A list about to be made.
#[derive(Clone, Debug)]
pub struct ListDraft {
    pub issuer: Name,
    pub signer: String,
    pub this_update: Timestamp,
    pub next_update: Option<Timestamp>,
    /// Serial number, instant, reason code.
    pub entries: Vec<(Vec<u8>, Timestamp, Option<u8>)>,
    pub extensions: Vec<Extension>,
    pub entry_extensions: Vec<Extension>,
    /// Whether the inner algorithm identifier has a NULL, as the outer one always has.
    pub inner_null: bool,
}

pub fn number(value: u64) -> Extension {
    Extension(oid("2.5.29.20"), false, writer::integer(value))
}

pub fn list_draft(issuer: &str) -> ListDraft {
    ListDraft {
        issuer: common_name(issuer),
        signer: issuer.to_owned(),
        this_update: AT - Duration::HOUR,
        next_update: Some(AT + Duration::hours(23)),
        entries: vec![(vec![0x11; 20], AT - Duration::DAY, Some(4)), (vec![0x77], AT - Duration::DAY, None)],
        extensions: vec![number(7), authority_key_id(issuer.as_bytes())],
        entry_extensions: vec![],
        inner_null: true,
    }
}

impl ListDraft {
    pub fn with(mut self, extension: Extension) -> Self {
        self.extensions.retain(|one| one.0 != extension.0);
        self.extensions.push(extension);
        self
    }

    pub fn without(mut self, dotted: &str) -> Self {
        self.extensions.retain(|extension| extension.0 != oid(dotted));
        self
    }

    pub fn revoking(mut self, serial: &[u8], reason: Option<u8>) -> Self {
        self.entries.push((serial.to_vec(), AT - Duration::hours(5), reason));
        self
    }

    pub fn der(&self) -> Vec<u8> {
        let signer = key(&self.signer);
        let outer = signature_identifier(signer.algorithm());
        let inner = if self.inner_null {
            outer.clone()
        } else {
            writer::sequence([writer::oid(&signer.algorithm().oid())])
        };
        let mut parts = vec![
            writer::integer(1),
            inner,
            encode_name(&self.issuer),
            writer::time(self.this_update).unwrap(),
        ];
        parts.extend(self.next_update.map(|at| writer::time(at).unwrap()));
        if !self.entries.is_empty() {
            parts.push(writer::sequence(self.entries.iter().map(|entry| self.entry(entry))));
        }
        if !self.extensions.is_empty() {
            parts.push(writer::explicit(0, &writer::sequence(self.extensions.iter().map(encode_extension))));
        }
        let tbs = writer::sequence(parts);
        let signature = writer::bit_bytes(&signer.sign(&tbs).unwrap());
        writer::sequence([tbs, outer, signature])
    }

    fn entry(&self, (serial, at, reason): &(Vec<u8>, Timestamp, Option<u8>)) -> Vec<u8> {
        let mut parts = vec![writer::unsigned(serial), writer::time(*at).unwrap()];
        let mut extensions = Vec::new();
        if let Some(reason) = reason {
            let reason = Extension(oid("2.5.29.21"), false, writer::enumerated(*reason));
            extensions.push(encode_extension(&reason));
        }
        extensions.extend(self.entry_extensions.iter().map(encode_extension));
        if !extensions.is_empty() {
            parts.push(writer::sequence(extensions));
        }
        writer::sequence(parts)
    }

    pub fn build(&self, issuer: &Certificate) -> Result<CrlIndex, CrlError> {
        CrlIndex::build(&self.der(), issuer)
    }
}

pub fn encode_extension(Extension(oid, critical, value): &Extension) -> Vec<u8> {
    let mut parts = vec![writer::oid(oid)];
    parts.extend(critical.then(|| writer::boolean(true)));
    parts.push(writer::octets(value));
    writer::sequence(parts)
}

/// Root, issuing authority and both their lists: everything good.
pub struct Golden {
    pub root: Certificate,
    pub issuing: Certificate,
    pub trust: Trust,
    pub evidence: RevocationEvidence,
}

pub fn golden() -> Golden {
    let root = root_draft().sign();
    let issuing = issuing_draft().sign();
    let trust = Trust::new(vec![root.clone()], vec![issuing.clone()]);
    let evidence = RevocationEvidence::new(vec![
        Arc::new(list_draft("issuing").build(&issuing).unwrap()),
        Arc::new(list_draft("root").build(&root).unwrap()),
    ]);
    Golden { root, issuing, trust, evidence }
}
