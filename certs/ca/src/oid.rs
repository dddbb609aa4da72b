//! Object identifiers that the profile writes. One place, so that no dotted text stands in code.

use eush_sign::oids::Oid;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $dotted:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: Oid = Oid::new_unwrap($dotted);)*
    };
}

oids! {
    COMMON_NAME = "2.5.4.3";
    SURNAME = "2.5.4.4";
    SERIAL_NUMBER = "2.5.4.5";
    COUNTRY = "2.5.4.6";
    ORGANIZATION = "2.5.4.10";
    ORGANIZATIONAL_UNIT = "2.5.4.11";
    GIVEN_NAME = "2.5.4.42";
    USER_ID = "0.9.2342.19200300.100.1.1";

    SUBJECT_KEY_ID = "2.5.29.14";
    KEY_USAGE = "2.5.29.15";
    BASIC_CONSTRAINTS = "2.5.29.19";
    CRL_NUMBER = "2.5.29.20";
    REASON_CODE = "2.5.29.21";
    DELTA_CRL_INDICATOR = "2.5.29.27";
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    CERTIFICATE_POLICIES = "2.5.29.32";
    AUTHORITY_KEY_ID = "2.5.29.35";
    EXTENDED_KEY_USAGE = "2.5.29.37";
    FRESHEST_CRL = "2.5.29.46";
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    /// Kazakh: how the key is kept.
    KEY_STORAGE = "1.2.398.3.3.5";

    /// Its value: in a PKCS#12 file.
    STORED_IN_PKCS12 = "1.2.398.3.3.5.1.1";
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    ACCESS_OCSP = "1.3.6.1.5.5.7.48.1";
    ACCESS_CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    QUALIFIER_CPS = "1.3.6.1.5.5.7.2.1";
    /// Policy of the root.
    POLICY_ROOT = "1.2.398.3.1.2";
    /// Policy of the issuing authority and its holders.
    POLICY_NATIONAL = "1.2.398.3.3.2";

    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2";
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
    /// The responder answers "revoked" about numbers that were never issued (RFC 6960, 4.4.8).
    OCSP_EXTENDED_REVOKE = "1.3.6.1.5.5.7.48.1.9";

    PKCS12_SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
    PKCS12_CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3";
    PKCS9_X509_CERTIFICATE = "1.2.840.113549.1.9.22.1";
    PKCS9_FRIENDLY_NAME = "1.2.840.113549.1.9.20";
    PKCS9_LOCAL_KEY_ID = "1.2.840.113549.1.9.21";
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
    PBE_SHA1_TRIPLE_DES = "1.2.840.113549.1.12.1.3";
    PBE_SHA1_RC2_40 = "1.2.840.113549.1.12.1.6";
    PBES2 = "1.2.840.113549.1.5.13";
    PBKDF2 = "1.2.840.113549.1.5.12";
    HMAC_WITH_SHA256 = "1.2.840.113549.2.9";
    AES_256_CBC = "2.16.840.1.101.3.4.1.42";
}
