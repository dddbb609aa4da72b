//! The reading half.

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

use super::tag;
use crate::oids::Oid;

/// Why bytes are not the DER that was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DerError {
    /// A boolean that is neither 00 nor FF.
    #[error("boolean is not 00 or FF")]
    Boolean,
    /// A bit string whose count of unused bits is wrong, or whose unused bits are set.
    #[error("bit string has wrong unused bits")]
    BitString,
    /// A value nests deeper than the limit.
    #[error("values nest deeper than {limit}")]
    Depth {
        /// Most levels allowed.
        limit: u8,
    },
    /// The value is right by itself, but not allowed here.
    #[error("unexpected value: {what}")]
    Value {
        /// What was expected.
        what: &'static str,
    },
    /// An integer in more bytes than it needs, or in none.
    #[error("integer is not minimal")]
    Integer,
    /// The length is indefinite, not minimal or above four bytes.
    #[error("length is not definite and minimal")]
    Length,
    /// An object identifier that cannot be read.
    #[error("object identifier is malformed")]
    Oid,
    /// Text that is not of its character set.
    #[error("text is not of its character set")]
    Text,
    /// A tag above 30.
    #[error("tag number is above 30")]
    TagNumber,
    /// Another value than expected.
    #[error("tag is {found:02x}, expected {expected:02x}")]
    Tag {
        /// Tag byte that must stand here.
        expected: u8,
        /// Tag byte found.
        found: u8,
    },
    /// A time that is no time, or not of DER's form.
    #[error("time is malformed")]
    Time,
    /// Bytes follow where the value must end.
    #[error("bytes follow the value")]
    Trailing,
    /// The input ends within a value.
    #[error("input ends within a value")]
    Truncated,
}

/// One value: tag, contents and the whole encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Tag byte.
    pub tag: u8,
    /// Contents.
    pub value: &'a [u8],
    /// Tag, length and contents.
    pub raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Reader of the contents.
    pub fn reader(&self) -> Reader<'a> {
        Reader::new(self.value)
    }

    /// Contents as an object identifier.
    pub fn oid(&self) -> Result<Oid, DerError> {
        expect_tag(self, tag::OID)?;
        Oid::from_bytes(self.value).map_err(|_| DerError::Oid)
    }

    /// Contents as an instant: UTCTime or GeneralizedTime in the forms of RFC 5280 (seconds, `Z`, no fraction).
    pub fn time(&self) -> Result<time::OffsetDateTime, DerError> {
        match self.tag {
            tag::UTC_TIME => {
                let [year @ .., _, _, _, _, _, _, _, _, _, _, _] = self.value else {
                    return Err(DerError::Time);
                };
                let short = number(year, 2)?;
                date_time(if short >= 50 { 1900 + short } else { 2000 + short }, &self.value[2..])
            }
            tag::GENERALIZED_TIME => {
                let [year @ .., _, _, _, _, _, _, _, _, _, _, _] = self.value else {
                    return Err(DerError::Time);
                };
                date_time(number(year, 4)?, &self.value[4..])
            }
            found => Err(DerError::Tag { expected: tag::UTC_TIME, found }),
        }
    }

    /// Contents as text of any of the directory string types that certificates use.
    pub fn text(&self) -> Result<String, DerError> {
        match self.tag {
            tag::UTF8_STRING => {
                std::str::from_utf8(self.value).map(str::to_owned).map_err(|_| DerError::Text)
            }
            tag::PRINTABLE_STRING | tag::IA5_STRING => {
                if !self.value.is_ascii() {
                    return Err(DerError::Text);
                }
                std::str::from_utf8(self.value).map(str::to_owned).map_err(|_| DerError::Text)
            }
            // T.61 is read as Latin-1, as every other implementation does.
            tag::TELETEX_STRING => Ok(self.value.iter().map(|&byte| char::from(byte)).collect()),
            tag::BMP_STRING => {
                if !self.value.len().is_multiple_of(2) {
                    return Err(DerError::Text);
                }
                let units = self.value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
                char::decode_utf16(units).collect::<Result<_, _>>().map_err(|_| DerError::Text)
            }
            found => Err(DerError::Tag { expected: tag::UTF8_STRING, found }),
        }
    }
}

fn number(digits: &[u8], length: usize) -> Result<i32, DerError> {
    if digits.len() != length || !digits.iter().all(u8::is_ascii_digit) {
        return Err(DerError::Time);
    }
    Ok(digits.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0')))
}

// The rest is MMDDhhmmssZ.
fn date_time(year: i32, rest: &[u8]) -> Result<time::OffsetDateTime, DerError> {
    let [rest @ .., b'Z'] = rest else { return Err(DerError::Time) };
    if rest.len() != 10 {
        return Err(DerError::Time);
    }
    let part = |at: usize| -> Result<u8, DerError> {
        u8::try_from(number(&rest[at..at + 2], 2)?).map_err(|_| DerError::Time)
    };
    let month = Month::try_from(part(0)?).map_err(|_| DerError::Time)?;
    let date = Date::from_calendar_date(year, month, part(2)?).map_err(|_| DerError::Time)?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).map_err(|_| DerError::Time)?;
    Ok(PrimitiveDateTime::new(date, time).assume_offset(UtcOffset::UTC))
}

fn expect_tag(tlv: &Tlv<'_>, expected: u8) -> Result<(), DerError> {
    if tlv.tag == expected { Ok(()) } else { Err(DerError::Tag { expected, found: tlv.tag }) }
}

/// Reads values one after another.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Reads all bytes as one value of this tag.
    pub fn whole(bytes: &'a [u8], expected: u8) -> Result<Tlv<'a>, DerError> {
        let mut reader = Self::new(bytes);
        let tlv = reader.read(expected)?;
        reader.finish()?;
        Ok(tlv)
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What was not yet read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Tag byte of the next value.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Errs where bytes are left.
    pub fn finish(self) -> Result<(), DerError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DerError::Trailing) }
    }

    /// The next value, whatever it is.
    #[inline]
    pub fn any(&mut self) -> Result<Tlv<'a>, DerError> {
        let (tag, length, header) = header(self.rest)?;
        let end = header.checked_add(length).ok_or(DerError::Length)?;
        let raw = self.rest.get(..end).ok_or(DerError::Truncated)?;
        self.rest = &self.rest[end..];
        Ok(Tlv { tag, value: &raw[header..], raw })
    }

    /// The next value, which must have this tag.
    #[inline]
    pub fn read(&mut self, expected: u8) -> Result<Tlv<'a>, DerError> {
        match self.peek() {
            None => Err(DerError::Truncated),
            Some(found) if found == expected => self.any(),
            Some(found) => Err(DerError::Tag { expected, found }),
        }
    }

    /// The next value if it has this tag.
    #[inline]
    pub fn optional(&mut self, expected: u8) -> Result<Option<Tlv<'a>>, DerError> {
        if self.peek() == Some(expected) { self.any().map(Some) } else { Ok(None) }
    }

    /// Reader of the next SEQUENCE.
    pub fn sequence(&mut self) -> Result<Self, DerError> {
        Ok(self.read(tag::SEQUENCE)?.reader())
    }

    /// The object identifier of the next AlgorithmIdentifier. Its parameters, one value at most, are passed over.
    pub fn algorithm(&mut self) -> Result<Oid, DerError> {
        let mut identifier = self.sequence()?;
        let oid = identifier.oid()?;
        if !identifier.is_empty() {
            let _parameters = identifier.any()?;
        }
        identifier.finish()?;
        Ok(oid)
    }

    /// The next OBJECT IDENTIFIER.
    pub fn oid(&mut self) -> Result<Oid, DerError> {
        self.read(tag::OID)?.oid()
    }

    /// Contents of the next INTEGER: two's complement, minimal.
    #[inline]
    pub fn integer(&mut self) -> Result<&'a [u8], DerError> {
        let value = self.read(tag::INTEGER)?.value;
        minimal_integer(value)?;
        Ok(value)
    }

    /// Contents of the next INTEGER, which must not be negative, without a leading zero byte.
    pub fn unsigned(&mut self) -> Result<&'a [u8], DerError> {
        match self.integer()? {
            [first, ..] if first & 0x80 != 0 => Err(DerError::Value { what: "a number of at least 0" }),
            [0, rest @ ..] if !rest.is_empty() => Ok(rest),
            value => Ok(value),
        }
    }

    /// The next INTEGER, which must be between 0 and 2^32-1.
    pub fn small(&mut self) -> Result<u32, DerError> {
        let value = self.unsigned()?;
        if value.len() > 4 {
            return Err(DerError::Value { what: "a number below 2^32" });
        }
        Ok(value.iter().fold(0, |sum, &byte| (sum << 8) | u32::from(byte)))
    }

    /// The next BOOLEAN.
    pub fn boolean(&mut self) -> Result<bool, DerError> {
        match self.read(tag::BOOLEAN)?.value {
            [0x00] => Ok(false),
            [0xff] => Ok(true),
            _ => Err(DerError::Boolean),
        }
    }

    /// The next BIT STRING, which must be of whole bytes.
    pub fn bit_bytes(&mut self) -> Result<&'a [u8], DerError> {
        match self.read(tag::BIT_STRING)?.value {
            [0, bytes @ ..] => Ok(bytes),
            _ => Err(DerError::BitString),
        }
    }

    /// Contents of the next OCTET STRING.
    pub fn octets(&mut self) -> Result<&'a [u8], DerError> {
        Ok(self.read(tag::OCTET_STRING)?.value)
    }
}

#[inline]
fn header(bytes: &[u8]) -> Result<(u8, usize, usize), DerError> {
    let (&tag, after_tag) = bytes.split_first().ok_or(DerError::Truncated)?;
    if tag & 0x1f == 0x1f {
        return Err(DerError::TagNumber);
    }
    let (&first, after_first) = after_tag.split_first().ok_or(DerError::Truncated)?;
    if first < 0x80 {
        return Ok((tag, usize::from(first), 2));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(DerError::Length);
    }
    let digits = after_first.get(..count).ok_or(DerError::Truncated)?;
    let length = digits.iter().fold(0_usize, |sum, &byte| (sum << 8) | usize::from(byte));
    let minimal = if count == 1 { length >= 0x80 } else { digits[0] != 0 };
    if minimal { Ok((tag, length, 2 + count)) } else { Err(DerError::Length) }
}

#[inline]
fn minimal_integer(value: &[u8]) -> Result<(), DerError> {
    match value {
        [] => Err(DerError::Integer),
        [0x00, second, ..] if second & 0x80 == 0 => Err(DerError::Integer),
        [0xff, second, ..] if second & 0x80 != 0 => Err(DerError::Integer),
        _ => Ok(()),
    }
}

/// Walks a whole encoding and errs at the first place that is not DER, contents of constructed values included.
/// What lies within octet and bit strings is not looked at. `limit` bounds the nesting.
pub fn check_der(bytes: &[u8], limit: u8) -> Result<(), DerError> {
    fn walk(bytes: &[u8], left: u8, limit: u8) -> Result<(), DerError> {
        let left = left.checked_sub(1).ok_or(DerError::Depth { limit })?;
        let mut reader = Reader::new(bytes);
        while !reader.is_empty() {
            let tlv = reader.any()?;
            match tlv.tag {
                tag::BOOLEAN if !matches!(tlv.value, [0x00] | [0xff]) => return Err(DerError::Boolean),
                tag::INTEGER | tag::ENUMERATED => minimal_integer(tlv.value)?,
                tag::NULL if !tlv.value.is_empty() => return Err(DerError::Value { what: "an empty null" }),
                tag::BIT_STRING => check_bit_string(tlv.value)?,
                tag::OID if Oid::from_bytes(tlv.value).is_err() && tlv.value.len() < 39 => {
                    return Err(DerError::Oid);
                }
                tag if tag & 0x20 != 0 => walk(tlv.value, left, limit)?,
                _ => {}
            }
        }
        Ok(())
    }
    let mut reader = Reader::new(bytes);
    let _ = reader.any()?;
    reader.finish()?;
    walk(bytes, limit, limit)
}

/// Named bits by the contents of a BIT STRING (X.690, 11.2): bit *n* of the standard is `1 << n`, and there are at most
/// sixteen. A bit that stands where the string says that none is used makes it none: readers would differ about it.
/// Zeros at the end are tolerated, though DER cuts them off.
pub fn named_bits(contents: &[u8]) -> Result<u16, DerError> {
    check_bit_string(contents)?;
    let [_, bits @ ..] = contents else { return Err(DerError::BitString) };
    if bits.len() > 2 {
        return Err(DerError::BitString);
    }
    let bytes = bits.iter().enumerate();
    Ok(bytes.fold(0, |named, (index, byte)| named | (u16::from(byte.reverse_bits()) << (8 * index))))
}

fn check_bit_string(value: &[u8]) -> Result<(), DerError> {
    let (&unused, bits) = value.split_first().ok_or(DerError::BitString)?;
    let sound = match bits.last() {
        None => unused == 0,
        Some(last) => unused < 8 && last & ((1_u8 << unused) - 1) == 0,
    };
    if sound { Ok(()) } else { Err(DerError::BitString) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn named_bits_are_those_within_the_string() {
        let cases: [(&str, &[u8], Result<u16, DerError>); 10] = [
            ("ok/one", &[7, 0x80], Ok(1)),
            ("ok/two", &[1, 0x06], Ok(1 << 5 | 1 << 6)),
            ("ok/ninth", &[7, 0x00, 0x80], Ok(1 << 8)),
            ("ok/zeros at the end", &[0, 0x80, 0x00], Ok(1)),
            ("ok/none", &[0], Ok(0)),
            ("reject/bits where none are", &[5, 0x06], Err(DerError::BitString)),
            ("reject/eight unused", &[8, 0x00], Err(DerError::BitString)),
            ("reject/unused of nothing", &[1], Err(DerError::BitString)),
            ("reject/three bytes", &[0, 1, 1, 1], Err(DerError::BitString)),
            ("reject/nothing", &[], Err(DerError::BitString)),
        ];
        for (name, contents, expected) in cases {
            assert_eq!(named_bits(contents), expected, "{name}");
        }
    }

    #[test]
    fn takes_one_encoding_of_each_length() {
        let cases: [(&str, &[u8], Option<DerError>); 9] = [
            ("ok/empty", &[0x30, 0x00], None),
            ("ok/long", &[&[0x04, 0x81, 0x80][..], &[1; 128]].concat(), None),
            ("reject/nothing", &[], Some(DerError::Truncated)),
            ("reject/long form of a short length", &[0x04, 0x81, 0x01, 0x00], Some(DerError::Length)),
            ("reject/leading zero", &[0x04, 0x82, 0x00, 0x01, 0x00], Some(DerError::Length)),
            ("reject/indefinite", &[0x30, 0x80, 0x00, 0x00], Some(DerError::Length)),
            ("reject/five bytes", &[0x30, 0x85, 1, 0, 0, 0, 0], Some(DerError::Length)),
            ("reject/high tag", &[0x1f, 0x01, 0x00], Some(DerError::TagNumber)),
            ("reject/trailing", &[0x30, 0x00, 0x00], Some(DerError::Trailing)),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(check_der(bytes, 8).err(), expected, "{name}");
        }
    }

    #[test]
    fn refuses_other_than_der_within() {
        let cases: [(&str, &[u8], DerError); 6] = [
            ("boolean", &[0x30, 0x03, 0x01, 0x01, 0x01], DerError::Boolean),
            ("integer", &[0x30, 0x04, 0x02, 0x02, 0x00, 0x01], DerError::Integer),
            ("empty integer", &[0x30, 0x02, 0x02, 0x00], DerError::Integer),
            ("bits", &[0x30, 0x04, 0x03, 0x02, 0x01, 0x01], DerError::BitString),
            ("null", &[0x30, 0x03, 0x05, 0x01, 0x00], DerError::Value { what: "an empty null" }),
            ("depth", &[0x30, 0x06, 0x30, 0x04, 0x30, 0x02, 0x30, 0x00], DerError::Depth { limit: 3 }),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(check_der(bytes, 3), Err(expected), "{name}");
        }
    }

    #[test]
    fn reads_times_of_both_forms() {
        let time = |tag, text: &str| Tlv { tag, value: text.as_bytes(), raw: &[] }.time();
        assert_eq!(time(tag::UTC_TIME, "260302100000Z"), Ok(datetime!(2026-03-02 10:00 UTC)));
        assert_eq!(time(tag::UTC_TIME, "500302100000Z"), Ok(datetime!(1950-03-02 10:00 UTC)));
        assert_eq!(time(tag::GENERALIZED_TIME, "20500302100000Z"), Ok(datetime!(2050-03-02 10:00 UTC)));
        for bad in [
            "2603021000Z",
            concat!("260302", "100000", "+0500"),
            "261302100000Z",
            "260230100000Z",
            "26030210000٣Z",
            "",
            "Z",
        ] {
            assert_eq!(time(tag::UTC_TIME, bad), Err(DerError::Time), "{bad}");
        }
        assert_eq!(time(tag::GENERALIZED_TIME, "20260302100000.5Z"), Err(DerError::Time));
    }

    proptest! {
        #[test]
        fn any_bytes_read_or_err(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = check_der(&bytes, 16);
            let mut reader = Reader::new(&bytes);
            while let Ok(tlv) = reader.any() {
                let _ = (tlv.time(), tlv.text(), tlv.oid());
            }
        }
    }
}
