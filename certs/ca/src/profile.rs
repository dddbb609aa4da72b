//! The Kazakh profile: names and extensions as the national authority has written them since 2022, in its order.
//!
//! Deliberate differences: the distinguished names say `EUSH TEST`; addresses are this authority's own; RSA keys carry
//! keyEncipherment where the real GOST keys carry keyAgreement, which RSA cannot do (RFC 3279, 2.3.1); a responder's
//! certificate lives as long as its issuer, not for days, since virtual time may jump.

use eush_domain::CertificateRole;
use eush_domain::synthetic::population::CertificateSubject;
use eush_sign::asn1::{tag, writer};
use eush_sign::oids::Oid;

use crate::certificate::{Critical, extension};
use crate::hierarchy::{Level, Standing, file_stem};
use crate::model::{Defect, KeyAlgorithm};
use crate::oid;

/// Bits of keyUsage (RFC 5280, 4.2.1.3).
const DIGITAL_SIGNATURE: u8 = 0;
const NON_REPUDIATION: u8 = 1;
const KEY_ENCIPHERMENT: u8 = 2;
const KEY_AGREEMENT: u8 = 4;
const KEY_CERT_SIGN: u8 = 5;
const CRL_SIGN: u8 = 6;

/// What the stem of a delta list's file name ends with.
pub(crate) const DELTA_SUFFIX: &str = "-delta";

/// A distinguished name: DER, and text for people.
pub(crate) struct Name {
    pub(crate) der: Vec<u8>,
    pub(crate) text: String,
}

#[derive(Default)]
struct NameWriter {
    attributes: Vec<Vec<u8>>,
    text: Vec<String>,
}

impl NameWriter {
    fn add(&mut self, short: &str, oid: &Oid, text: &str, value: Vec<u8>) {
        if !text.is_empty() {
            self.attributes.push(writer::set_of(vec![writer::sequence([writer::oid(oid), value])]));
            self.text.push(format!("{short}={text}"));
        }
    }

    fn utf8(&mut self, short: &str, oid: &Oid, text: &str) {
        self.add(short, oid, text, writer::utf8(text));
    }

    fn printable(&mut self, short: &str, oid: &Oid, text: &str) {
        self.add(short, oid, text, writer::printable(text));
    }

    fn finish(self) -> Name {
        Name { der: writer::sequence(self.attributes), text: self.text.join(", ") }
    }
}

/// Name of an authority. The words are the national authority's own: Kazakh for "basic" and "national certification
/// authority".
pub(crate) fn authority_name(algorithm: KeyAlgorithm, standing: Standing, level: Level) -> Name {
    let kind = match level {
        Level::Issuing => "ҰЛТТЫҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ",
        Level::Root => "НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ",
    };
    let algorithm = match algorithm {
        KeyAlgorithm::Gost2015_512 => "GOST",
        KeyAlgorithm::Rsa2048 => "RSA",
    };
    let mark = match standing {
        Standing::Broken => "EUSH TEST BROKEN",
        Standing::Trusted => "EUSH TEST",
        Standing::Untrusted => "EUSH TEST UNTRUSTED",
    };
    let mut name = NameWriter::default();
    name.utf8("CN", &oid::COMMON_NAME, &format!("{kind} ({algorithm}) {mark}"));
    name.printable("C", &oid::COUNTRY, "KZ");
    name.finish()
}

/// Name of the responder of an authority: the national authority's own word, and whose it is.
pub(crate) fn responder_name(algorithm: KeyAlgorithm) -> Name {
    let algorithm = match algorithm {
        KeyAlgorithm::Gost2015_512 => "GOST",
        KeyAlgorithm::Rsa2048 => "RSA",
    };
    let mut name = NameWriter::default();
    name.utf8("CN", &oid::COMMON_NAME, &format!("OCSP RESPONDER ({algorithm}) EUSH TEST"));
    name.printable("C", &oid::COUNTRY, "KZ");
    name.finish()
}

/// Name of a holder. GIVENNAME carries the patronymic; a system's UID comes first.
pub(crate) fn holder_name(subject: &CertificateSubject, defect: Option<Defect>) -> Name {
    let iin = match (&subject.iin, defect) {
        (None, _) | (Some(_), Some(Defect::IinAbsent)) => String::new(),
        (Some(iin), Some(Defect::IinMalformed)) => format!("IIN{}", &iin.digits()[..11]),
        (Some(iin), _) => format!("IIN{}", iin.digits()),
    };
    let bin = subject.bin.as_ref().map(|bin| format!("BIN{}", bin.digits())).unwrap_or_default();
    let mut name = NameWriter::default();
    name.utf8("UID", &oid::USER_ID, &subject.system);
    name.utf8("CN", &oid::COMMON_NAME, &subject.common_name);
    name.utf8("SURNAME", &oid::SURNAME, &subject.surname);
    name.printable("SERIALNUMBER", &oid::SERIAL_NUMBER, &iin);
    name.printable("C", &oid::COUNTRY, "KZ");
    name.utf8("O", &oid::ORGANIZATION, &subject.organization);
    name.utf8("OU", &oid::ORGANIZATIONAL_UNIT, &bin);
    name.utf8("GIVENNAME", &oid::GIVEN_NAME, &subject.patronymic);
    name.finish()
}

/// What the extensions of a certificate depend on.
pub(crate) struct Context<'a> {
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) standing: Standing,
    /// Base of the addresses, without a slash at the end.
    pub(crate) base_url: &'a str,
    /// Of the certificate itself.
    pub(crate) serial: &'a [u8; 20],
    /// Of the issuer; the same for a root.
    pub(crate) issuer_serial: &'a [u8],
}

/// The authority's key identifier: the serial number with its top bit set. Opaque to everybody else.
pub(crate) fn key_id(serial: &[u8]) -> Vec<u8> {
    let mut id = serial.to_vec();
    if let Some(first) = id.first_mut() {
        *first |= 0x80;
    }
    id
}

impl Context<'_> {
    fn url(&self, folder: &str, level: Level, suffix: &str) -> String {
        let stem = file_stem(self.algorithm, self.standing, level);
        format!("{}/{folder}/{stem}.{suffix}", self.base_url)
    }

    fn distribution_point(&self, issuer: Level) -> Vec<u8> {
        let url = self.url("crl", issuer, "crl");
        extension(&oid::CRL_DISTRIBUTION_POINTS, Critical::No, &point_at(&url))
    }

    fn freshest_list(&self) -> Vec<u8> {
        let url = self.url("crl", Level::Issuing, "crl");
        let url = format!("{}{DELTA_SUFFIX}.crl", url.trim_end_matches(".crl"));
        extension(&oid::FRESHEST_CRL, Critical::No, &point_at(&url))
    }

    fn information_access(&self, issuer: Level) -> Vec<u8> {
        let describe = |method: &Oid, url: &str| writer::sequence([writer::oid(method), uri(url)]);
        let certificate = describe(&oid::ACCESS_CA_ISSUERS, &self.url("ca", issuer, "cer"));
        let descriptions = match issuer {
            Level::Issuing => vec![describe(&oid::ACCESS_OCSP, &ocsp_url(self.base_url)), certificate],
            Level::Root => vec![certificate],
        };
        extension(&oid::AUTHORITY_INFO_ACCESS, Critical::No, &writer::sequence(descriptions))
    }

    fn policies(&self, policy: &Oid) -> Vec<u8> {
        let statement = writer::ia5(&format!("{}/cps", self.base_url));
        let qualifier = writer::sequence([writer::oid(&oid::QUALIFIER_CPS), statement]);
        let information = writer::sequence([writer::oid(policy), writer::sequence([qualifier])]);
        extension(&oid::CERTIFICATE_POLICIES, Critical::No, &writer::sequence([information]))
    }

    fn subject_key_id(&self) -> Vec<u8> {
        extension(&oid::SUBJECT_KEY_ID, Critical::No, &writer::octets(&key_id(self.serial)))
    }

    // Authorities name their issuer's issuer and serial number too; holders the key alone.
    fn full_authority_key_id(&self, issuer_name: &[u8]) -> Vec<u8> {
        let directory = writer::explicit(4, issuer_name);
        let serial = writer::unsigned(self.issuer_serial);
        let value = writer::sequence([
            writer::tlv(tag::context(0), &key_id(self.issuer_serial)),
            writer::tlv(tag::context_constructed(1), &directory),
            // The tag is implicit: the integer's contents stand under another tag.
            writer::tlv(tag::context(2), &serial[2..]),
        ]);
        extension(&oid::AUTHORITY_KEY_ID, Critical::No, &value)
    }

    /// Extensions of a root or an issuing authority.
    pub(crate) fn authority(&self, level: Level, root_name: &[u8]) -> Vec<Vec<u8>> {
        // The real RSA authority limits its path, the GOST one does not.
        let path_length = match (level, self.algorithm) {
            (Level::Issuing, KeyAlgorithm::Rsa2048) => writer::integer(0),
            (Level::Issuing, KeyAlgorithm::Gost2015_512) | (Level::Root, _) => Vec::new(),
        };
        let constraints = writer::sequence([writer::boolean(true), path_length]);
        let usage = writer::named_bits(&[KEY_CERT_SIGN, CRL_SIGN]);
        let mut all = vec![
            extension(&oid::BASIC_CONSTRAINTS, Critical::Yes, &constraints),
            extension(&oid::KEY_USAGE, Critical::Yes, &usage),
        ];
        match level {
            Level::Root => {
                all.push(self.subject_key_id());
                all.push(self.full_authority_key_id(root_name));
                all.push(self.policies(&oid::POLICY_ROOT));
            }
            Level::Issuing => {
                all.push(self.distribution_point(Level::Root));
                all.push(self.subject_key_id());
                all.push(self.full_authority_key_id(root_name));
                all.push(self.information_access(Level::Root));
                all.push(self.policies(&oid::POLICY_NATIONAL));
            }
        }
        all
    }

    /// Extensions of a holder's certificate. Those of employees with the right to sign begin with a critical
    /// extKeyUsage and leave keyUsage uncritical; those of systems have an order of their own.
    pub(crate) fn holder(&self, roles: &[CertificateRole], defect: Option<Defect>) -> Vec<Vec<u8>> {
        let signatory = roles.contains(&CertificateRole::Signatory);
        let (purposes_critical, usage_critical) =
            if signatory { (Critical::Yes, Critical::No) } else { (Critical::No, Critical::Yes) };
        let policies = self.policies(&oid::POLICY_NATIONAL);
        let access = self.information_access(Level::Issuing);
        let lists = self.distribution_point(Level::Issuing);
        let freshest = self.freshest_list();
        let purposes = purposes(roles, defect, purposes_critical);
        let usage = self.key_usage(defect, usage_critical);
        let mut all = if signatory {
            [purposes, Some(policies), Some(access), Some(lists), Some(freshest), Some(usage)]
        } else if roles.contains(&CertificateRole::InformationSystem) {
            [Some(policies), Some(usage), purposes, Some(lists), Some(access), Some(freshest)]
        } else {
            [Some(policies), Some(access), Some(lists), Some(freshest), purposes, Some(usage)]
        }
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
        all.push(self.subject_key_id());
        all.push(self.authority_key_id());
        let storage = writer::sequence([writer::oid(&oid::STORED_IN_PKCS12)]);
        all.push(extension(&oid::KEY_STORAGE, Critical::No, &storage));
        all
    }

    /// Extensions of a responder's certificate. Nobody asks a responder about itself, hence ocsp-nocheck.
    pub(crate) fn responder(&self, purpose: ResponderPurpose) -> Vec<Vec<u8>> {
        let purpose = match purpose {
            ResponderPurpose::Mail => writer::oid(&oid::EMAIL_PROTECTION),
            ResponderPurpose::Ocsp => writer::oid(&oid::OCSP_SIGNING),
        };
        vec![
            extension(&oid::EXTENDED_KEY_USAGE, Critical::No, &writer::sequence([purpose])),
            extension(&oid::KEY_USAGE, Critical::Yes, &writer::named_bits(&[DIGITAL_SIGNATURE])),
            extension(&oid::OCSP_NO_CHECK, Critical::No, &writer::null()),
            self.subject_key_id(),
            self.authority_key_id(),
        ]
    }

    fn authority_key_id(&self) -> Vec<u8> {
        let issuer_key = writer::tlv(tag::context(0), &key_id(self.issuer_serial));
        extension(&oid::AUTHORITY_KEY_ID, Critical::No, &writer::sequence([issuer_key]))
    }

    fn key_usage(&self, defect: Option<Defect>, critical: Critical) -> Vec<u8> {
        let exchange = match self.algorithm {
            KeyAlgorithm::Gost2015_512 => KEY_AGREEMENT,
            KeyAlgorithm::Rsa2048 => KEY_ENCIPHERMENT,
        };
        let bits: &[u8] = if defect == Some(Defect::KeyUsageWrong) {
            &[DIGITAL_SIGNATURE, exchange]
        } else {
            &[DIGITAL_SIGNATURE, NON_REPUDIATION, exchange]
        };
        extension(&oid::KEY_USAGE, critical, &writer::named_bits(bits))
    }
}

/// What a responder's certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponderPurpose {
    /// Anything but answering: the deliberate fault.
    Mail,
    Ocsp,
}

/// Address of the responder. One for every authority: questions name whose certificate they are about.
pub(crate) fn ocsp_url(base_url: &str) -> String {
    format!("{base_url}/ocsp")
}

/// A distribution point with one address.
fn point_at(url: &str) -> Vec<u8> {
    let full_name = writer::tlv(tag::context_constructed(0), &uri(url));
    writer::sequence([writer::sequence([writer::explicit(0, &full_name)])])
}

// `None` where nothing would stand in it, which RFC 5280, 4.2.1.12, does not allow.
fn purposes(roles: &[CertificateRole], defect: Option<Defect>, critical: Critical) -> Option<Vec<u8>> {
    let mut purposes = Vec::new();
    if !roles.contains(&CertificateRole::InformationSystem) {
        purposes.push(writer::oid(&oid::EMAIL_PROTECTION));
    }
    if defect != Some(Defect::RoleMissing) {
        let oids = roles.iter().filter_map(|role| Oid::new(role.oid()).ok());
        purposes.extend(oids.map(|oid| writer::oid(&oid)));
    }
    (!purposes.is_empty()).then(|| extension(&oid::EXTENDED_KEY_USAGE, critical, &writer::sequence(purposes)))
}

fn uri(url: &str) -> Vec<u8> {
    writer::tlv(tag::context(6), url.as_bytes())
}
