//! PEM armour (RFC 7468), strict in what it writes and plain in what it reads.

use der::pem::LineEnding;

/// Label of a certificate.
pub const CERTIFICATE: &str = "CERTIFICATE";
/// Label of a PKCS#8 private key.
pub const PRIVATE_KEY: &str = "PRIVATE KEY";
/// Label of a revocation list.
pub const CRL: &str = "X509 CRL";
/// Label of CMS data.
pub const CMS: &str = "CMS";

/// Why a text is no PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("text is no PEM of one or more whole blocks")]
pub struct PemError;

/// Armours DER. The label must be one of the constants here or another of RFC 7468.
pub fn encode(label: &str, der: &[u8]) -> Result<String, PemError> {
    der::pem::encode_string(label, LineEnding::LF, der).map_err(|_| PemError)
}

/// Every block of a text, label and DER, in order. Text between blocks is passed over, as RFC 7468 allows.
pub fn decode_all(text: &str) -> Result<Vec<(String, Vec<u8>)>, PemError> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find("-----BEGIN ") {
        let tail = &rest[begin..];
        let end = tail.find("-----END ").ok_or(PemError)?;
        let close = tail[end + 9..].find("-----").ok_or(PemError)? + end + 9 + 5;
        let (label, der) = der::pem::decode_vec(&tail.as_bytes()[..close]).map_err(|_| PemError)?;
        blocks.push((label.to_owned(), der));
        rest = &tail[close..];
    }
    if blocks.is_empty() { Err(PemError) } else { Ok(blocks) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_round_trip() {
        let one = encode(CERTIFICATE, &[0x30, 0x00]).unwrap();
        let text = format!("subject: x\n{one}between\n{}", encode(CRL, &[7; 100]).unwrap());
        let blocks = decode_all(&text).unwrap();
        assert_eq!(blocks, [(CERTIFICATE.to_owned(), vec![0x30, 0x00]), (CRL.to_owned(), vec![7; 100])]);
        assert_eq!(decode_all("nothing"), Err(PemError));
        assert_eq!(decode_all("-----BEGIN CERTIFICATE-----\nMAA=\n"), Err(PemError));
    }
}
