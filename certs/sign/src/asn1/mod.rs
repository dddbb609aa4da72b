//! A strict DER reader and a plain writer, shared by everything under `certs/`.
//!
//! The reader takes exactly one encoding of each value: definite minimal lengths, minimal integers, single-byte tags,
//! no trailing bytes. Revocation lists of twenty megabytes go through it, so it copies nothing. It is not a general
//! ASN.1 library: it knows the types that certificates, lists and signed data are made of.

pub mod ber;
mod reader;
pub mod writer;

pub use reader::{DerError, Reader, Tlv, check_der, named_bits};

/// Tag bytes of DER, constructed bit included.
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// UTF8String.
    pub const UTF8_STRING: u8 = 0x0c;
    /// PrintableString.
    pub const PRINTABLE_STRING: u8 = 0x13;
    /// TeletexString.
    pub const TELETEX_STRING: u8 = 0x14;
    /// IA5String.
    pub const IA5_STRING: u8 = 0x16;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// BMPString.
    pub const BMP_STRING: u8 = 0x1e;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;
    /// SET.
    pub const SET: u8 = 0x31;

    /// Context-specific, primitive.
    pub const fn context(number: u8) -> u8 {
        0x80 | number
    }

    /// Context-specific, constructed.
    pub const fn context_constructed(number: u8) -> u8 {
        0xa0 | number
    }
}
