//! Object identifiers: one table for both countries.
//!
//! Sources: the Kazakh arc from certificates of the National Certification Authority, the Russian ones from
//! RFC 4357, RFC 7836 and RFC 9215. Identifiers are dotted text, so that no ASN.1 library is imposed on anyone.

use crate::{Curve, Digest};
use std::fmt;

/// Who assigned an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Country {
    /// The arc 1.2.398.
    Kazakhstan,
    /// The arc 1.2.643.
    Russia,
}

/// A signature algorithm: what the key of a certificate is for, and with which digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// GOST R 34.10-2001 with 34.11-94 and the CryptoPro S-boxes: Russian, historic.
    Gost2001,
    /// GOST 34.310-2004 with 34.311-95: Kazakh, until 2023. The arithmetic of [`Gost2001`](Self::Gost2001).
    Gost2004,
    /// GOST R 34.10-2012 of 256 bits with Streebog-256; in Kazakhstan, GOST 34.10-2015.
    Gost2012Bits256,
    /// GOST R 34.10-2012 of 512 bits with Streebog-512; in Kazakhstan, GOST 34.10-2015.
    Gost2012Bits512,
}

impl Algorithm {
    /// The digest that the algorithm signs.
    pub const fn digest(self) -> Digest {
        match self {
            Self::Gost2001 => Digest::Gost94CryptoPro,
            Self::Gost2004 => Digest::Gost94Test,
            Self::Gost2012Bits256 => Digest::Streebog256,
            Self::Gost2012Bits512 => Digest::Streebog512,
        }
    }

    /// The curve certificates of the country use it with by default.
    pub const fn usual_curve(self) -> Curve {
        match self {
            Self::Gost2001 | Self::Gost2004 => Curve::Tc26_256B,
            Self::Gost2012Bits256 => Curve::Tc26_256A,
            Self::Gost2012Bits512 => Curve::Tc26_512A,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gost2001 => "gost-2001",
            Self::Gost2004 => "gost-2004",
            Self::Gost2012Bits256 => "gost-2012-256",
            Self::Gost2012Bits512 => "gost-2012-512",
        })
    }
}

/// What an identifier stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// A set of curve parameters, in the parameters of a public key.
    Curve(Curve),
    /// A digest algorithm.
    Digest(Digest),
    /// The S-boxes of a digest, in the parameters of a public key of the older algorithms.
    DigestParameters(Digest),
    /// The algorithm of a public key.
    Key(Algorithm),
    /// The algorithm of a signature, digest included.
    Signature(Algorithm),
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The identifier, dotted.
    pub oid: &'static str,
    /// Who assigned it.
    pub country: Country,
    /// What it stands for.
    pub meaning: Meaning,
}

const fn kz(oid: &'static str, meaning: Meaning) -> Entry {
    Entry { oid, country: Country::Kazakhstan, meaning }
}

const fn ru(oid: &'static str, meaning: Meaning) -> Entry {
    Entry { oid, country: Country::Russia, meaning }
}

/// Every identifier this crate knows. Where several stand for one thing, the first is the one to write.
///
/// The Kazakh digest of a 2004 key is named by its S-boxes' identifier inside the key and by the digest's own
/// everywhere else.
#[rustfmt::skip]
pub const TABLE: &[Entry] = &[
    kz("1.2.398.3.10.1.1.1.1", Meaning::Key(Algorithm::Gost2004)),
    kz("1.2.398.3.10.1.1.1.1.1", Meaning::Curve(Curve::Tc26_256B)),
    kz("1.2.398.3.10.1.1.1.2", Meaning::Signature(Algorithm::Gost2004)),
    kz("1.2.398.3.10.1.1.2.1", Meaning::Key(Algorithm::Gost2012Bits256)),
    kz("1.2.398.3.10.1.1.2.1.1", Meaning::Curve(Curve::Tc26_256A)),
    kz("1.2.398.3.10.1.1.2.2", Meaning::Key(Algorithm::Gost2012Bits512)),
    kz("1.2.398.3.10.1.1.2.2.1", Meaning::Curve(Curve::Tc26_512A)),
    kz("1.2.398.3.10.1.1.2.3.1", Meaning::Signature(Algorithm::Gost2012Bits256)),
    kz("1.2.398.3.10.1.1.2.3.2", Meaning::Signature(Algorithm::Gost2012Bits512)),
    kz("1.2.398.3.10.1.3.1", Meaning::Digest(Digest::Gost94Test)),
    kz("1.2.398.3.10.1.3.1.1.0", Meaning::DigestParameters(Digest::Gost94Test)),
    kz("1.2.398.3.10.1.3.2", Meaning::Digest(Digest::Streebog256)),
    kz("1.2.398.3.10.1.3.3", Meaning::Digest(Digest::Streebog512)),
    ru("1.2.643.7.1.1.1.1", Meaning::Key(Algorithm::Gost2012Bits256)),
    ru("1.2.643.7.1.1.1.2", Meaning::Key(Algorithm::Gost2012Bits512)),
    ru("1.2.643.7.1.1.2.2", Meaning::Digest(Digest::Streebog256)),
    ru("1.2.643.7.1.1.2.3", Meaning::Digest(Digest::Streebog512)),
    ru("1.2.643.7.1.1.3.2", Meaning::Signature(Algorithm::Gost2012Bits256)),
    ru("1.2.643.7.1.1.3.3", Meaning::Signature(Algorithm::Gost2012Bits512)),
    ru("1.2.643.7.1.2.1.1.1", Meaning::Curve(Curve::Tc26_256A)),
    ru("1.2.643.7.1.2.1.1.2", Meaning::Curve(Curve::Tc26_256B)),
    ru("1.2.643.7.1.2.1.1.3", Meaning::Curve(Curve::Tc26_256C)),
    ru("1.2.643.7.1.2.1.1.4", Meaning::Curve(Curve::Tc26_256D)),
    ru("1.2.643.7.1.2.1.2.0", Meaning::Curve(Curve::Example512)),
    ru("1.2.643.7.1.2.1.2.1", Meaning::Curve(Curve::Tc26_512A)),
    ru("1.2.643.7.1.2.1.2.2", Meaning::Curve(Curve::Tc26_512B)),
    ru("1.2.643.7.1.2.1.2.3", Meaning::Curve(Curve::Tc26_512C)),
    ru("1.2.643.2.2.3", Meaning::Signature(Algorithm::Gost2001)),
    ru("1.2.643.2.2.9", Meaning::Digest(Digest::Gost94CryptoPro)),
    ru("1.2.643.2.2.19", Meaning::Key(Algorithm::Gost2001)),
    ru("1.2.643.2.2.30.0", Meaning::DigestParameters(Digest::Gost94Test)),
    ru("1.2.643.2.2.30.1", Meaning::DigestParameters(Digest::Gost94CryptoPro)),
    ru("1.2.643.2.2.35.0", Meaning::Curve(Curve::Example256)),
    ru("1.2.643.2.2.35.1", Meaning::Curve(Curve::Tc26_256B)),
    ru("1.2.643.2.2.35.2", Meaning::Curve(Curve::Tc26_256C)),
    ru("1.2.643.2.2.35.3", Meaning::Curve(Curve::Tc26_256D)),
    ru("1.2.643.2.2.36.0", Meaning::Curve(Curve::Tc26_256B)),
    ru("1.2.643.2.2.36.1", Meaning::Curve(Curve::Tc26_256D)),
];

/// What a dotted identifier stands for.
pub fn meaning(oid: &str) -> Option<Meaning> {
    TABLE.iter().find(|entry| entry.oid == oid).map(|entry| entry.meaning)
}

/// The identifier to write for a thing in a country, where that country has one.
pub fn oid(country: Country, meaning: Meaning) -> Option<&'static str> {
    TABLE.iter().find(|entry| entry.country == country && entry.meaning == meaning).map(|entry| entry.oid)
}

impl Curve {
    /// The curve a parameter identifier names.
    pub fn from_oid(oid: &str) -> Option<Self> {
        match meaning(oid)? {
            Meaning::Curve(curve) => Some(curve),
            Meaning::Digest(_) | Meaning::DigestParameters(_) | Meaning::Key(_) | Meaning::Signature(_) => {
                None
            }
        }
    }
}

impl Digest {
    /// The digest that its own identifier, or that of its S-boxes, names.
    pub fn from_oid(oid: &str) -> Option<Self> {
        match meaning(oid)? {
            Meaning::Digest(digest) | Meaning::DigestParameters(digest) => Some(digest),
            Meaning::Curve(_) | Meaning::Key(_) | Meaning::Signature(_) => None,
        }
    }
}

impl Algorithm {
    /// The algorithm that the identifier of a public key names.
    pub fn from_key_oid(oid: &str) -> Option<Self> {
        match meaning(oid)? {
            Meaning::Key(algorithm) => Some(algorithm),
            Meaning::Curve(_) | Meaning::Digest(_) | Meaning::DigestParameters(_) | Meaning::Signature(_) => {
                None
            }
        }
    }

    /// The algorithm that the identifier of a signature names.
    pub fn from_signature_oid(oid: &str) -> Option<Self> {
        match meaning(oid)? {
            Meaning::Signature(algorithm) => Some(algorithm),
            Meaning::Curve(_) | Meaning::Digest(_) | Meaning::DigestParameters(_) | Meaning::Key(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn an_identifier_means_one_thing_and_stands_under_its_country() {
        let mut seen = BTreeSet::new();
        for entry in TABLE {
            assert!(seen.insert(entry.oid), "`{}` twice", entry.oid);
            let arc = match entry.country {
                Country::Kazakhstan => "1.2.398.",
                Country::Russia => "1.2.643.",
            };
            assert!(entry.oid.starts_with(arc), "`{}`", entry.oid);
        }
    }

    #[test]
    fn every_curve_and_digest_has_a_name() {
        for curve in Curve::ALL {
            assert!(oid(Country::Russia, Meaning::Curve(curve)).is_some(), "{curve}");
        }
        for algorithm in [Algorithm::Gost2004, Algorithm::Gost2012Bits256, Algorithm::Gost2012Bits512] {
            for meaning in [
                Meaning::Key(algorithm),
                Meaning::Signature(algorithm),
                Meaning::Digest(algorithm.digest()),
                Meaning::Curve(algorithm.usual_curve()),
            ] {
                assert!(oid(Country::Kazakhstan, meaning).is_some(), "{algorithm} {meaning:?}");
            }
            assert_eq!(algorithm.digest().width(), algorithm.usual_curve().width());
        }
    }

    #[test]
    fn kinds_are_not_mixed_up() {
        assert_eq!(Curve::from_oid("1.2.398.3.10.1.1.2.2.1"), Some(Curve::Tc26_512A));
        assert_eq!(Curve::from_oid("1.2.398.3.10.1.1.2.2"), None);
        assert_eq!(Algorithm::from_key_oid("1.2.398.3.10.1.1.2.2"), Some(Algorithm::Gost2012Bits512));
        assert_eq!(Algorithm::from_signature_oid("1.2.398.3.10.1.1.2.2"), None);
        assert_eq!(Digest::from_oid("1.2.398.3.10.1.3.1.1.0"), Some(Digest::Gost94Test));
        assert_eq!(Digest::from_oid("1.2.643.2.2.3"), None);
        assert_eq!(meaning("1.2.840.113549.1.1.11"), None);
    }
}
