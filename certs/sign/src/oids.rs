//! Object identifiers that this crate reads or writes. One place, so that no dotted text stands in code.

pub use der::oid::ObjectIdentifier as Oid;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $dotted:literal;)*) => {
        $($(#[$doc])* pub const $name: Oid = Oid::new_unwrap($dotted);)*
    };
}

oids! {
    /// PKCS#1 key.
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    /// PKCS#1 v1.5 with SHA-1; legacy.
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5";
    /// PKCS#1 v1.5 with SHA-256.
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    /// PKCS#1 v1.5 with SHA-384.
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12";
    /// PKCS#1 v1.5 with SHA-512.
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13";
    /// Elliptic-curve key of X9.62.
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    /// NIST P-256.
    SECP256R1 = "1.2.840.10045.3.1.7";
    /// NIST P-384.
    SECP384R1 = "1.3.132.0.34";
    /// ECDSA with SHA-256.
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    /// ECDSA with SHA-384.
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
    /// Ed25519 key and signature, RFC 8410.
    ED25519 = "1.3.101.112";

    /// SHA-1; legacy.
    SHA1 = "1.3.14.3.2.26";
    /// SHA-256.
    SHA256 = "2.16.840.1.101.3.4.2.1";
    /// SHA-384.
    SHA384 = "2.16.840.1.101.3.4.2.2";
    /// SHA-512.
    SHA512 = "2.16.840.1.101.3.4.2.3";

    /// Kazakh key by GOST 34.310-2004.
    GOST2004_KEY = "1.2.398.3.10.1.1.1.1";
    /// Its curve: the CryptoPro-A set.
    GOST2004_PARAMS = "1.2.398.3.10.1.1.1.1.1";
    /// Kazakh signature by GOST 34.310-2004 with 34.311-95.
    GOST2004_SIGNATURE = "1.2.398.3.10.1.1.1.2";
    /// Kazakh key by GOST R 34.10-2015, 256 bits.
    GOST2015_256_KEY = "1.2.398.3.10.1.1.2.1";
    /// Its curve: tc26 256-A.
    GOST2015_256_PARAMS = "1.2.398.3.10.1.1.2.1.1";
    /// Kazakh key by GOST R 34.10-2015, 512 bits.
    GOST2015_512_KEY = "1.2.398.3.10.1.1.2.2";
    /// Its curve: tc26 512-A.
    GOST2015_512_PARAMS = "1.2.398.3.10.1.1.2.2.1";
    /// Kazakh signature, 256 bits with Streebog-256.
    GOST2015_256_SIGNATURE = "1.2.398.3.10.1.1.2.3.1";
    /// Kazakh signature, 512 bits with Streebog-512.
    GOST2015_512_SIGNATURE = "1.2.398.3.10.1.1.2.3.2";
    /// Digest 34.311-95.
    GOST_R_34311 = "1.2.398.3.10.1.3.1";
    /// Parameters of 34.311-95 in Kazakh keys.
    GOST_R_34311_PARAMS = "1.2.398.3.10.1.3.1.1.0";
    /// Streebog-256.
    STREEBOG256 = "1.2.398.3.10.1.3.2";
    /// Streebog-512.
    STREEBOG512 = "1.2.398.3.10.1.3.3";

    /// CMS content that is just bytes.
    DATA = "1.2.840.113549.1.7.1";
    /// CMS signed data.
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    /// Signed attribute contentType.
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    /// Signed attribute messageDigest.
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    /// Signed attribute signingTime.
    SIGNING_TIME = "1.2.840.113549.1.9.5";
    /// ESS signingCertificate (SHA-1), RFC 2634.
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
    /// ESS signingCertificateV2, RFC 5035.
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
    /// Extension subjectKeyIdentifier.
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
}
