//! A chain in which everything holds, and its keys: what the mutator changed is signed with them again.
//!
//! Keys are derived from names and have 256 bits, since a target signs several times a run.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use eush_domain::synthetic::numbers::{self, Sex, SyntheticBirth};
use eush_domain::{CertificateRole, Iin};
use eush_pki::judge::{Context, Expectations, Policy};
use eush_pki::{Certificate, CrlIndex, RevocationEvidence, Timestamp, Trust};
use eush_sign::asn1::{DerError, Reader, tag, writer};
use eush_sign::oids::Oid;
use eush_sign::{KeyAlgorithm, SigningKey, signature_identifier};
use time::Duration;
use time::macros::datetime;

/// Time of judgement.
pub const AT: Timestamp = datetime!(2026-03-02 10:00 UTC);

/// Serial number of the person's certificate.
pub const PERSON: [u8; 20] = [0x5a; 20];

/// Serial numbers on the issuing authority's list.
pub const LISTED: [&[u8]; 2] = [&[0x11; 20], &[0x77]];

/// Root, issuing authority and responder, and what judges by them.
pub struct Golden {
    /// Trusted.
    pub root: Certificate,
    /// Issues persons' certificates.
    pub issuing: Certificate,
    /// Certified by the root, with every constraint there is.
    pub between: Certificate,
    /// Answers for the issuing authority.
    pub responder: Certificate,
    /// A person's certificate.
    pub person: Certificate,
    /// Root and issuing authority.
    pub trust: Trust,
    /// Lists of both.
    pub evidence: RevocationEvidence,
    /// Asks for nothing in particular.
    pub expectations: Expectations,
    /// The default.
    pub policy: Policy,
}

static KEYS: LazyLock<HashMap<&'static str, SigningKey>> = LazyLock::new(|| {
    ["root", "issuing", "responder", "person"]
        .into_iter()
        .map(|name| (name, SigningKey::derive_gost(KeyAlgorithm::Gost2015_256, name.as_bytes()).unwrap()))
        .collect()
});

/// One of the four keys.
pub fn key(name: &str) -> &'static SigningKey {
    &KEYS[name]
}

/// The golden chain.
pub static GOLDEN: LazyLock<Golden> = LazyLock::new(|| {
    let read = |der: Vec<u8>| Certificate::parse(&der).unwrap();
    let (root, issuing) = (read(authority("root", "root", 1)), read(authority("issuing", "root", 2)));
    let between = read(constrained_authority());
    let (responder, person) = (read(responder()), read(person()));
    let trust = Trust::new(vec![root.clone()], vec![issuing.clone()]);
    let evidence = RevocationEvidence::new(vec![
        Arc::new(CrlIndex::build(&list("issuing"), &issuing).unwrap()),
        Arc::new(CrlIndex::build(&list("root"), &root).unwrap()),
    ]);
    let (expectations, policy) = (Expectations::default(), Policy::default());
    Golden { root, issuing, between, responder, person, trust, evidence, expectations, policy }
});

impl Golden {
    /// Everything at [`AT`], with this evidence.
    pub fn context<'a>(&'a self, evidence: &'a RevocationEvidence) -> Context<'a> {
        Context {
            trust: &self.trust,
            evidence,
            at: AT,
            expectations: &self.expectations,
            policy: &self.policy,
        }
    }
}

/// The number of the person.
pub fn iin() -> Iin {
    numbers::iin(SyntheticBirth { year: 85, month: 3, day: 12, sex: Sex::Female }, 1)
}

/// An object identifier.
pub fn oid(dotted: &str) -> Oid {
    Oid::new_unwrap(dotted)
}

/// A name of one common name.
pub fn name(text: &str) -> Vec<u8> {
    attributes(&[("2.5.4.3", text), ("2.5.4.6", "KZ")])
}

/// A name of these attributes.
pub fn attributes(rows: &[(&str, &str)]) -> Vec<u8> {
    let relative = |(kind, text): &(&str, &str)| {
        writer::set_of(vec![writer::sequence([writer::oid(&oid(kind)), writer::utf8(text)])])
    };
    writer::sequence(rows.iter().map(relative))
}

/// An extension.
pub fn extension(kind: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let mut parts = vec![writer::oid(&oid(kind))];
    parts.extend(critical.then(|| writer::boolean(true)));
    parts.push(writer::octets(value));
    writer::sequence(parts)
}

/// What is signed of a certificate.
pub fn tbs(
    serial: &[u8],
    issuer: &[u8],
    signer: &str,
    subject: &[u8],
    spki: &[u8],
    extensions: &[Vec<u8>],
) -> Vec<u8> {
    writer::sequence([
        writer::explicit(0, &writer::integer(2)),
        writer::unsigned(serial),
        signature_identifier(key(signer).algorithm()),
        issuer.to_vec(),
        writer::sequence([
            writer::time(AT - Duration::days(10)).unwrap(),
            writer::time(AT + Duration::days(355)).unwrap(),
        ]),
        subject.to_vec(),
        spki.to_vec(),
        writer::explicit(3, &writer::sequence(extensions)),
    ])
}

/// Signs what is signed of a certificate or a list.
pub fn sign(tbs: &[u8], signer: &str) -> Vec<u8> {
    let key = key(signer);
    let signature = writer::bit_bytes(&key.sign(tbs).unwrap());
    writer::sequence([tbs, &signature_identifier(key.algorithm()), &signature])
}

/// The first value within a SEQUENCE: what is signed of a certificate, a list or an answer.
pub fn signed_part(der: &[u8]) -> Result<&[u8], DerError> {
    Ok(Reader::new(der).read(tag::SEQUENCE)?.reader().read(tag::SEQUENCE)?.raw)
}

fn spki(name: &str) -> Vec<u8> {
    key(name).public_key().spki_der().to_vec()
}

/// Extension of the issuer's key identifier.
pub fn authority_key_id(id: &[u8]) -> Vec<u8> {
    extension("2.5.29.35", false, &writer::sequence([writer::tlv(tag::context(0), id)]))
}

fn subject_key_id(id: &[u8]) -> Vec<u8> {
    extension("2.5.29.14", false, &writer::octets(id))
}

fn usage(bits: &[u8]) -> Vec<u8> {
    extension("2.5.29.15", true, &writer::named_bits(bits))
}

fn usages(oids: &[&str]) -> Vec<u8> {
    extension("2.5.29.37", false, &writer::sequence(oids.iter().map(|one| writer::oid(&oid(one)))))
}

fn authority(own: &str, issuer: &str, serial: u8) -> Vec<u8> {
    let constraints = writer::sequence([writer::boolean(true)]);
    let extensions = [
        extension("2.5.29.19", true, &constraints),
        usage(&[5, 6]),
        subject_key_id(own.as_bytes()),
        authority_key_id(issuer.as_bytes()),
    ];
    sign(&tbs(&[serial], &name(issuer), issuer, &name(own), &spki(own), &extensions), issuer)
}

/// An authority between root and issuing authority with every constraint there is, and a key of the person.
fn constrained_authority() -> Vec<u8> {
    let policy = |dotted: &str| writer::oid(&oid(dotted));
    let tree = |name: Vec<u8>| writer::sequence([name]);
    let constraints = writer::sequence([
        writer::tlv(
            tag::context_constructed(0),
            &[
                tree(writer::explicit(4, &attributes(&[("2.5.4.3", "below")]))),
                tree(writer::tlv(tag::context(2), b"example.kz")),
                tree(writer::tlv(tag::context(1), b".example.kz")),
                tree(writer::tlv(tag::context(6), b"example.kz")),
                tree(writer::tlv(tag::context(7), &[10, 0, 0, 0, 255, 0, 0, 0])),
            ]
            .concat(),
        ),
        writer::tlv(tag::context_constructed(1), &tree(writer::tlv(tag::context(2), b"bad.example.kz"))),
    ]);
    let mapping = writer::sequence([writer::sequence([policy("1.2.398.3.3.2"), policy("1.2.398.3.3.2.1")])]);
    let numbers = [writer::tlv(tag::context(0), &[0]), writer::tlv(tag::context(1), &[1])];
    let extensions = [
        extension("2.5.29.19", true, &writer::sequence([writer::boolean(true), writer::integer(0)])),
        usage(&[5, 6]),
        subject_key_id(b"person"),
        authority_key_id(b"root"),
        extension("2.5.29.30", true, &constraints),
        extension("2.5.29.32", false, &writer::sequence([writer::sequence([policy("1.2.398.3.3.2")])])),
        extension("2.5.29.33", false, &mapping),
        extension("2.5.29.36", true, &writer::sequence(numbers)),
        extension("2.5.29.54", true, &writer::integer(0)),
    ];
    sign(&tbs(&[3], &name("root"), "root", &name("between"), &spki("person"), &extensions), "root")
}

fn responder() -> Vec<u8> {
    let extensions = [
        usage(&[0]),
        usages(&["1.3.6.1.5.5.7.3.9"]),
        authority_key_id(b"issuing"),
        extension("1.3.6.1.5.5.7.48.1.5", false, &writer::null()),
    ];
    let subject = name("responder");
    sign(&tbs(&[9], &name("issuing"), "issuing", &subject, &spki("responder"), &extensions), "issuing")
}

/// The person's name.
pub fn person_name() -> Vec<u8> {
    attributes(&[
        ("2.5.4.3", "EUSH TEST"),
        ("2.5.4.4", "EUSH"),
        ("2.5.4.5", &format!("IIN{}", iin().digits())),
        ("2.5.4.6", "KZ"),
        ("2.5.4.10", "EUSH TEST LLP"),
        ("2.5.4.11", &format!("BIN{}", numbers::bin(1).digits())),
        ("2.5.4.42", "TESTULY"),
    ])
}

fn person() -> Vec<u8> {
    let point = |url: &[u8]| {
        let full = writer::tlv(tag::context_constructed(0), &writer::tlv(tag::context(6), url));
        writer::sequence([writer::sequence([writer::explicit(0, &full)])])
    };
    let access = writer::sequence([writer::sequence([
        writer::oid(&oid("1.3.6.1.5.5.7.48.1")),
        writer::tlv(tag::context(6), b"http://127.0.0.1/ocsp"),
    ])]);
    let policies = writer::sequence([writer::sequence([writer::oid(&oid("1.2.398.3.3.2"))])]);
    let alternative = writer::sequence([
        writer::tlv(tag::context(1), b"test@example.kz"),
        writer::tlv(tag::context(2), b"test.example.kz"),
    ]);
    let extensions = [
        extension("2.5.29.32", false, &policies),
        extension("1.3.6.1.5.5.7.1.1", false, &access),
        extension("2.5.29.31", false, &point(b"http://127.0.0.1/list.crl")),
        extension("2.5.29.46", false, &point(b"http://127.0.0.1/delta.crl")),
        extension("2.5.29.17", false, &alternative),
        usages(&["1.3.6.1.5.5.7.3.4", CertificateRole::Individual.oid()]),
        usage(&[0, 1, 4]),
        subject_key_id(b"person"),
        authority_key_id(b"issuing"),
    ];
    sign(&tbs(&PERSON, &name("issuing"), "issuing", &person_name(), &spki("person"), &extensions), "issuing")
}

/// A complete list of an authority.
pub fn list(issuer: &str) -> Vec<u8> {
    sign(&list_tbs(issuer, &[extension("2.5.29.20", false, &writer::integer(7))]), issuer)
}

/// A delta list that builds on the complete one.
pub fn delta(issuer: &str) -> Vec<u8> {
    let extensions = [
        extension("2.5.29.20", false, &writer::integer(9)),
        extension("2.5.29.27", true, &writer::integer(7)),
    ];
    sign(&list_tbs(issuer, &extensions), issuer)
}

/// A list that is limited in every way, with an entry of another issuer.
pub fn indirect(issuer: &str) -> Vec<u8> {
    let point = writer::explicit(
        0,
        &writer::tlv(
            tag::context_constructed(0),
            &writer::tlv(tag::context(6), b"http://127.0.0.1/list.crl"),
        ),
    );
    let scope = writer::sequence([
        point,
        writer::tlv(tag::context(1), &[0xff]),
        writer::tlv(tag::context(3), &[0, 0xff]),
        writer::tlv(tag::context(4), &[0xff]),
    ]);
    let extensions =
        [extension("2.5.29.20", false, &writer::integer(8)), extension("2.5.29.28", true, &scope)];
    sign(&list_tbs(issuer, &extensions), issuer)
}

fn list_tbs(issuer: &str, own: &[Vec<u8>]) -> Vec<u8> {
    let entry = |serial: &[u8], extensions: &[Vec<u8>]| {
        let mut parts = vec![writer::unsigned(serial), writer::time(AT - Duration::DAY).unwrap()];
        parts.extend((!extensions.is_empty()).then(|| writer::sequence(extensions)));
        writer::sequence(parts)
    };
    let reason = |code: u8| extension("2.5.29.21", false, &writer::enumerated(code));
    let since = extension("2.5.29.24", false, &writer::generalized_time(AT - Duration::WEEK).unwrap());
    let extensions: Vec<Vec<u8>> = own.iter().cloned().chain([authority_key_id(issuer.as_bytes())]).collect();
    let mut entries = vec![entry(LISTED[0], &[reason(4)]), entry(LISTED[1], &[])];
    let indirect = own.iter().any(|one| one.windows(5).any(|five| five == [0x06, 0x03, 0x55, 0x1d, 0x1c]));
    if indirect {
        let names = writer::sequence([writer::explicit(4, &name("other"))]);
        entries.push(entry(&[0x33; 8], &[reason(1), since, extension("2.5.29.29", true, &names)]));
    } else {
        entries.push(entry(&[0x33; 8], &[reason(6), since]));
    }
    writer::sequence([
        writer::integer(1),
        writer::sequence([writer::oid(&key(issuer).algorithm().oid())]),
        name(issuer),
        writer::time(AT - Duration::HOUR).unwrap(),
        writer::time(AT + Duration::hours(23)).unwrap(),
        writer::sequence(entries),
        writer::explicit(0, &writer::sequence(extensions)),
    ])
}
