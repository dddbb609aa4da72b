//! Bits of the key usage extension (RFC 5280, 4.2.1.3): bit *n* of the standard is `1 << n` here.

/// Signatures other than on certificates and lists.
pub const DIGITAL_SIGNATURE: u16 = 1 << 0;
/// Signatures that bind their maker.
pub const NON_REPUDIATION: u16 = 1 << 1;
/// Encrypting keys.
pub const KEY_ENCIPHERMENT: u16 = 1 << 2;
/// Encrypting data.
pub const DATA_ENCIPHERMENT: u16 = 1 << 3;
/// Agreeing on keys.
pub const KEY_AGREEMENT: u16 = 1 << 4;
/// Signing certificates.
pub const KEY_CERT_SIGN: u16 = 1 << 5;
/// Signing revocation lists.
pub const CRL_SIGN: u16 = 1 << 6;
/// Only encrypting, with key agreement.
pub const ENCIPHER_ONLY: u16 = 1 << 7;
/// Only decrypting, with key agreement.
pub const DECIPHER_ONLY: u16 = 1 << 8;

const NAMES: [(u16, &str); 9] = [
    (DIGITAL_SIGNATURE, "digitalSignature"),
    (NON_REPUDIATION, "nonRepudiation"),
    (KEY_ENCIPHERMENT, "keyEncipherment"),
    (DATA_ENCIPHERMENT, "dataEncipherment"),
    (KEY_AGREEMENT, "keyAgreement"),
    (KEY_CERT_SIGN, "keyCertSign"),
    (CRL_SIGN, "cRLSign"),
    (ENCIPHER_ONLY, "encipherOnly"),
    (DECIPHER_ONLY, "decipherOnly"),
];

/// Names of the bits that are set, or `absent`.
pub fn names(usage: Option<u16>) -> String {
    let Some(bits) = usage else { return "absent".to_owned() };
    NAMES.iter().filter(|row| bits & row.0 != 0).map(|row| row.1).collect::<Vec<_>>().join(" ")
}
