//! Names of subjects: reading, showing, and the numbers of the Kazakh profile, against a plain search through the
//! attributes.

use eush_domain::{Bin, Iin, Rejection};
use eush_pki::name::attribute;
use eush_pki::subject::{self, Expected, Field};
use eush_pki::{Certificate, DistinguishedName};
use eush_sign::asn1::check_der;

use crate::golden;

/// The target.
pub fn check(data: &[u8]) {
    let Ok(name) = DistinguishedName::parse(data) else { return };
    assert_eq!(name.der(), data);
    assert_eq!(DistinguishedName::parse(data).as_ref(), Ok(&name));
    let relative: usize = name.canonical().iter().map(Vec::len).sum();
    assert_eq!(relative, name.attributes().len());
    assert!(!name.to_string().contains(char::is_control), "control characters are shown by number");
    if check_der(data, 8).is_err() {
        // Alone a name need not be DER; within a certificate it must.
        return;
    }
    let spki = golden::key("person").public_key().spki_der();
    let tbs =
        golden::tbs(&[7], &golden::name("issuing"), "issuing", data, spki, &[golden::authority_key_id(b"x")]);
    // Nobody verifies here, so that no signature has to be made.
    let unsigned = {
        use eush_sign::asn1::writer;
        let identifier = eush_sign::signature_identifier(golden::key("issuing").algorithm());
        writer::sequence([tbs, identifier, writer::bit_bytes(&[0; 64])])
    };
    let Ok(certificate) = Certificate::parse(&unsigned) else { return };
    compare(&certificate, &name);
}

fn compare(certificate: &Certificate, name: &DistinguishedName) {
    let subject = certificate.subject();
    let debug = format!("{:?}", certificate);
    let serials: Vec<&str> = name.all(attribute::SERIAL_NUMBER).collect();
    let persons: Vec<&str> = serials.iter().copied().filter(|text| !text.starts_with("BIN")).collect();
    let digits = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &&str| text.strip_prefix("IIN").is_some_and(digits);
    match &subject.iin {
        Field::Absent => assert!(persons.is_empty()),
        Field::Present(iin) => {
            assert!(!persons.is_empty() && persons.iter().all(number));
            assert!(persons.iter().all(|text| text[3..] == *iin.digits()));
            assert!(!debug.contains(iin.digits()) && !format!("{iin:?}").contains(iin.digits()));
        }
        Field::Malformed => {
            let same = persons.iter().all(|text| number(text) && *text == persons[0]);
            assert!(!persons.is_empty() && !same);
        }
    }
    let units = name.all(attribute::ORGANIZATIONAL_UNIT).chain(serials.iter().copied());
    let organizations: Vec<&str> = units.filter_map(|text| text.strip_prefix("BIN")).collect();
    match &subject.bin {
        Field::Absent => assert!(organizations.is_empty()),
        Field::Present(bin) => assert!(organizations.iter().all(|text| text == &bin.digits())),
        Field::Malformed => {
            assert!(!organizations.is_empty());
            assert!(!organizations.iter().all(|text| digits(text) && *text == organizations[0]));
        }
    }
    let asked = golden::iin();
    let outcome = subject::check(certificate, &Expected::Iin(asked)).map_err(|failure| failure.rejection);
    match &subject.iin {
        Field::Present(found) if *found == asked => assert!(outcome.is_ok()),
        Field::Present(_) => assert_eq!(outcome.unwrap_err(), Rejection::IinMismatch),
        Field::Absent => assert_eq!(outcome.unwrap_err(), Rejection::IinAbsent),
        Field::Malformed => assert_eq!(outcome.unwrap_err(), Rejection::IinMalformed),
    }
    for (_, text) in name.attributes() {
        let _ = (Iin::parse(text), Bin::parse(text));
    }
}
