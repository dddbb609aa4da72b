//! The writing half: each function returns the whole encoding of one value.

use time::OffsetDateTime;

use super::{DerError, tag};
use crate::oids::Oid;

/// A value of a tag.
pub fn tlv(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(contents.len() + 6);
    out.push(tag);
    let length = contents.len();
    if length < 0x80 {
        // Below 128 by the line above.
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let skip = bytes.iter().take_while(|&&byte| byte == 0).count();
        out.push(0x80 | (bytes.len() - skip) as u8);
        out.extend_from_slice(&bytes[skip..]);
    }
    out.extend_from_slice(contents);
    out
}

fn joined<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(part.as_ref());
    }
    out
}

/// A value of a tag, made of whole encodings.
pub fn constructed<P: AsRef<[u8]>>(tag: u8, parts: impl IntoIterator<Item = P>) -> Vec<u8> {
    tlv(tag, &joined(parts))
}

/// SEQUENCE.
pub fn sequence<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> Vec<u8> {
    constructed(tag::SEQUENCE, parts)
}

/// SET OF, sorted as DER demands.
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    constructed(tag::SET, parts)
}

/// Context-specific, explicit.
pub fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
    tlv(tag::context_constructed(number), inner)
}

/// OBJECT IDENTIFIER.
pub fn oid(oid: &Oid) -> Vec<u8> {
    tlv(tag::OID, oid.as_bytes())
}

/// NULL.
pub fn null() -> Vec<u8> {
    vec![tag::NULL, 0]
}

/// BOOLEAN.
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(tag::BOOLEAN, &[if value { 0xff } else { 0 }])
}

/// INTEGER of an unsigned big-endian magnitude.
pub fn unsigned(magnitude: &[u8]) -> Vec<u8> {
    let skip = magnitude.iter().take_while(|&&byte| byte == 0).count();
    let digits = &magnitude[skip..];
    match digits.first() {
        None => tlv(tag::INTEGER, &[0]),
        Some(first) if first & 0x80 != 0 => tlv(tag::INTEGER, &joined([&[0][..], digits])),
        Some(_) => tlv(tag::INTEGER, digits),
    }
}

/// INTEGER.
pub fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// ENUMERATED below 128.
pub fn enumerated(value: u8) -> Vec<u8> {
    tlv(tag::ENUMERATED, &[value & 0x7f])
}

/// OCTET STRING.
pub fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::OCTET_STRING, bytes)
}

/// BIT STRING of whole bytes.
pub fn bit_bytes(bytes: &[u8]) -> Vec<u8> {
    tlv(tag::BIT_STRING, &joined([&[0][..], bytes]))
}

/// BIT STRING of named bits, numbered from the most significant as in RFC 5280, trailing zeros cut off.
pub fn named_bits(bits: &[u8]) -> Vec<u8> {
    let mut word = [0_u8; 4];
    for &bit in bits.iter().filter(|&&bit| bit < 32) {
        word[usize::from(bit / 8)] |= 0x80 >> (bit % 8);
    }
    let used = word.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let unused = word[..used].last().map_or(0, |last| last.trailing_zeros() as u8);
    tlv(tag::BIT_STRING, &joined([&[unused][..], &word[..used]]))
}

/// UTF8String.
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(tag::UTF8_STRING, text.as_bytes())
}

/// PrintableString where every character allows it, UTF8String otherwise.
pub fn printable(text: &str) -> Vec<u8> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    if text.chars().all(allowed) { tlv(tag::PRINTABLE_STRING, text.as_bytes()) } else { utf8(text) }
}

/// IA5String; characters outside ASCII are dropped.
pub fn ia5(text: &str) -> Vec<u8> {
    tlv(tag::IA5_STRING, text.chars().filter(char::is_ascii).collect::<String>().as_bytes())
}

/// UTCTime for the years 1950 to 2049, GeneralizedTime for other years up to 9999 (RFC 5280, 4.1.2.5). Fractions of a
/// second are cut off.
pub fn time(at: OffsetDateTime) -> Result<Vec<u8>, DerError> {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = at.to_calendar_date();
    let rest = format!("{:02}{day:02}{:02}{:02}{:02}Z", u8::from(month), at.hour(), at.minute(), at.second());
    match year {
        1950..=2049 => Ok(tlv(tag::UTC_TIME, format!("{:02}{rest}", year % 100).as_bytes())),
        0..=9999 => Ok(tlv(tag::GENERALIZED_TIME, format!("{year:04}{rest}").as_bytes())),
        _ => Err(DerError::Time),
    }
}

/// GeneralizedTime, for OCSP. Fractions of a second are cut off.
pub fn generalized_time(at: OffsetDateTime) -> Result<Vec<u8>, DerError> {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (year, month, day) = at.to_calendar_date();
    if !(0..=9999).contains(&year) {
        return Err(DerError::Time);
    }
    let text = format!(
        "{year:04}{:02}{day:02}{:02}{:02}{:02}Z",
        u8::from(month),
        at.hour(),
        at.minute(),
        at.second()
    );
    Ok(tlv(tag::GENERALIZED_TIME, text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::super::Reader;
    use super::*;

    #[test]
    fn writes_what_the_standards_show() {
        assert_eq!(named_bits(&[0, 1]), [0x03, 0x02, 0x06, 0xc0]);
        assert_eq!(named_bits(&[8]), [0x03, 0x03, 0x07, 0x00, 0x80]);
        assert_eq!(named_bits(&[]), [0x03, 0x01, 0x00]);
        assert_eq!(integer(0), [0x02, 0x01, 0x00]);
        assert_eq!(integer(128), [0x02, 0x02, 0x00, 0x80]);
        assert_eq!(time(datetime!(2049-12-31 23:59:59 UTC)).unwrap(), tlv(0x17, b"491231235959Z"));
        assert_eq!(time(datetime!(2050-01-01 0:00 UTC)).unwrap(), tlv(0x18, b"20500101000000Z"));
        assert_eq!(printable("IIN1")[0], 0x13);
        assert_eq!(printable("a@b")[0], 0x0c);
    }

    proptest! {
        #[test]
        fn values_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..70_000_usize)) {
            let encoded = octets(&bytes);
            prop_assert_eq!(Reader::new(&encoded).octets().unwrap(), &bytes[..]);
        }

        #[test]
        fn numbers_round_trip(value: u32) {
            prop_assert_eq!(Reader::new(&integer(u64::from(value))).small().unwrap(), value);
        }

        #[test]
        fn times_round_trip(seconds in -600_000_000_i64..240_000_000_000) {
            let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let encoded = time(at).unwrap();
            prop_assert_eq!(Reader::new(&encoded).any().unwrap().time().unwrap(), at);
        }
    }
}
