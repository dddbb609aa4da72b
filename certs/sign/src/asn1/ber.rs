//! BER made DER, as far as real tools write it: NCALayer and KalkanCrypt wrap signed data and key stores in values of
//! indefinite length with strings in pieces.
//!
//! Only the shape of the encoding changes: lengths become definite and minimal, strings in pieces become one. What is
//! wrong in DER for other reasons stays so, and the strict reader finds it afterwards.

use super::{DerError, tag};

/// The same values in DER. `limit` bounds the nesting.
pub fn to_der(bytes: &[u8], limit: u8) -> Result<Vec<u8>, DerError> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut input = Input { rest: bytes, limit };
    input.value(&mut out, limit)?;
    if input.rest.is_empty() { Ok(out) } else { Err(DerError::Trailing) }
}

const CONSTRUCTED: u8 = 0x20;

struct Input<'a> {
    rest: &'a [u8],
    limit: u8,
}

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], DerError> {
        let taken = self.rest.get(..count).ok_or(DerError::Truncated)?;
        self.rest = &self.rest[count..];
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, DerError> {
        Ok(self.take(1)?[0])
    }

    /// The length; `None` where it is indefinite.
    fn length(&mut self) -> Result<Option<usize>, DerError> {
        let first = self.byte()?;
        let count = usize::from(first & 0x7f);
        match (first < 0x80, count) {
            (true, _) => Ok(Some(usize::from(first))),
            (false, 0) => Ok(None),
            (false, _) => {
                let digits = self.take(count)?;
                let skip = digits.iter().take_while(|&&byte| byte == 0).count();
                if digits.len() - skip > 4 {
                    return Err(DerError::Length);
                }
                Ok(Some(digits[skip..].iter().fold(0, |sum, &byte| (sum << 8) | usize::from(byte))))
            }
        }
    }

    /// One value, appended to `out` in DER.
    fn value(&mut self, out: &mut Vec<u8>, left: u8) -> Result<(), DerError> {
        let left = left.checked_sub(1).ok_or(DerError::Depth { limit: self.limit })?;
        let found = self.byte()?;
        if found & 0x1f == 0x1f {
            return Err(DerError::TagNumber);
        }
        let length = self.length()?;
        if found & CONSTRUCTED == 0 {
            let contents = self.take(length.ok_or(DerError::Length)?)?;
            append(out, found, contents);
            return Ok(());
        }
        let mut contents = Vec::new();
        match length {
            Some(length) => {
                let mut inner = Self { rest: self.take(length)?, limit: self.limit };
                while !inner.rest.is_empty() {
                    inner.value(&mut contents, left)?;
                }
            }
            None => {
                while self.rest.first_chunk::<2>() != Some(&[0, 0]) {
                    self.value(&mut contents, left)?;
                }
                self.take(2)?;
            }
        }
        match found & !CONSTRUCTED {
            primitive @ tag::OCTET_STRING => append(out, primitive, &octets(&contents)?),
            primitive @ tag::BIT_STRING => append(out, primitive, &bits(&contents)?),
            // Other strings in pieces are met nowhere; taking them for sets of values would change their meaning.
            string if found & 0xc0 == 0 && !matches!(string, 0x10 | 0x11 | 0x08 | 0x0b) => {
                return Err(DerError::Value { what: "a primitive value" });
            }
            _ => append(out, found, &contents),
        }
        Ok(())
    }
}

fn append(out: &mut Vec<u8>, found: u8, contents: &[u8]) {
    out.extend_from_slice(&super::writer::tlv(found, contents));
}

// The pieces are DER by now: each a whole OCTET STRING.
fn octets(pieces: &[u8]) -> Result<Vec<u8>, DerError> {
    let mut reader = super::Reader::new(pieces);
    let mut joined = Vec::with_capacity(pieces.len());
    while !reader.is_empty() {
        joined.extend_from_slice(reader.octets()?);
    }
    Ok(joined)
}

fn bits(pieces: &[u8]) -> Result<Vec<u8>, DerError> {
    let mut reader = super::Reader::new(pieces);
    let mut joined = vec![0];
    while !reader.is_empty() {
        let (unused, bytes) = reader.read(tag::BIT_STRING)?.value.split_first().ok_or(DerError::BitString)?;
        // Only the last piece may end within a byte.
        if joined[0] != 0 {
            return Err(DerError::BitString);
        }
        joined[0] = *unused;
        joined.extend_from_slice(bytes);
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::check_der;
    use super::*;

    #[test]
    fn lengths_become_definite_and_strings_whole() {
        let cases: [(&str, &[u8], &[u8]); 7] = [
            ("der stays", &[0x30, 0x03, 0x02, 0x01, 0x05], &[0x30, 0x03, 0x02, 0x01, 0x05]),
            ("indefinite", &[0x30, 0x80, 0x02, 0x01, 0x05, 0, 0], &[0x30, 0x03, 0x02, 0x01, 0x05]),
            ("nested", &[0x30, 0x80, 0xa0, 0x80, 0x05, 0, 0, 0, 0, 0], &[0x30, 0x04, 0xa0, 0x02, 0x05, 0]),
            ("long length", &[0x04, 0x82, 0x00, 0x01, 0x07], &[0x04, 0x01, 0x07]),
            (
                "octets in pieces",
                &[0x24, 0x80, 0x04, 0x01, 1, 0x04, 0x02, 2, 3, 0, 0],
                &[0x04, 0x03, 1, 2, 3],
            ),
            ("pieces in pieces", &[0x24, 0x05, 0x24, 0x03, 0x04, 0x01, 1], &[0x04, 0x01, 1]),
            (
                "bits in pieces",
                &[0x23, 0x08, 0x03, 0x02, 0, 1, 0x03, 0x02, 4, 0x10],
                &[0x03, 0x03, 4, 1, 0x10],
            ),
        ];
        for (name, ber, der) in cases {
            assert_eq!(to_der(ber, 8).as_deref(), Ok(der), "{name}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let cases: [(&str, &[u8], DerError); 7] = [
            ("no end", &[0x30, 0x80, 0x05, 0x00], DerError::Truncated),
            ("indefinite primitive", &[0x04, 0x80, 0, 0], DerError::Length),
            ("trailing", &[0x05, 0x00, 0x00], DerError::Trailing),
            ("other pieces", &[0x24, 0x03, 0x02, 0x01, 1], DerError::Tag { expected: 0x04, found: 0x02 }),
            ("text in pieces", &[0x2c, 0x02, 0x0c, 0x00], DerError::Value { what: "a primitive value" }),
            ("bits within bytes", &[0x23, 0x08, 0x03, 0x02, 4, 0x10, 0x03, 0x02, 0, 1], DerError::BitString),
            ("huge length", &[0x04, 0x85, 1, 0, 0, 0, 0], DerError::Length),
        ];
        for (name, ber, error) in cases {
            assert_eq!(to_der(ber, 8), Err(error), "{name}");
        }
        assert_eq!(to_der(&[0x30, 0x80].repeat(1000), 8), Err(DerError::Depth { limit: 8 }));
    }

    proptest! {
        #[test]
        fn any_bytes_become_der_or_err(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(der) = to_der(&bytes, 16) {
                // Lengths and nesting are DER now, so that only values can still be at fault.
                let checked = check_der(&der, 16);
                let about_length = matches!(checked, Err(DerError::Length | DerError::Truncated | DerError::Trailing));
                prop_assert!(!about_length, "{:?}", checked);
                prop_assert_eq!(to_der(&der, 16), Ok(der));
            }
        }
    }
}
