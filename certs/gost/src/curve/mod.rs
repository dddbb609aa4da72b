//! The parameter sets, by name, and the curves behind them.

mod comb;
mod group;
mod params;
mod point;
mod short;
mod subgroup;

pub(crate) use group::{Group, PublicPoint};

use crate::field::{AbovePower, Montgomery, PseudoMersenne};
use group::Weierstrass;
use std::fmt;
use std::sync::LazyLock;

/// A set of curve parameters that a certificate can name, or one of the two from the worked examples of the
/// standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// The 256-bit curve of the example in RFC 7091 section 7.1. It is also the test set of
    /// RFC 4357.
    Example256,
    /// The 512-bit curve of the example in GOST R 34.10-2012 appendix A.2, the test set of
    /// tc26.
    Example512,
    /// tc26 256-bit set A: cofactor 4.
    Tc26_256A,
    /// tc26 256-bit set B, alias CryptoPro-A and CryptoPro-XchA: the curve of 34.310-2004.
    Tc26_256B,
    /// tc26 256-bit set C, alias CryptoPro-B.
    Tc26_256C,
    /// tc26 256-bit set D, alias CryptoPro-C and CryptoPro-XchB.
    Tc26_256D,
    /// tc26 512-bit set A: the curve of the certificates of the National Certification Authority.
    Tc26_512A,
    /// tc26 512-bit set B.
    Tc26_512B,
    /// tc26 512-bit set C: cofactor 4.
    Tc26_512C,
}

type Special256 = PseudoMersenne<4, 617>;
type Special512 = PseudoMersenne<8, 569>;

macro_rules! curves {
    ($($static:ident: $field:ty, $width:literal, $curve:ident, $parameters:ident, $make:expr;)*) => {
        $(static $static: LazyLock<Weierstrass<$field, $width>> = LazyLock::new(|| {
            Weierstrass::new(Curve::$curve, &params::$parameters, $make)
        });)*
    };
}

curves! {
    EXAMPLE_256: AbovePower<4, 2146>, 4, Example256, EXAMPLE_256, AbovePower;
    EXAMPLE_512: Montgomery<8>, 8, Example512, EXAMPLE_512, Montgomery::new(params::EXAMPLE_512.p);
    TC26_256_A: Special256, 4, Tc26_256A, TC26_256_A, PseudoMersenne;
    TC26_256_B: Special256, 4, Tc26_256B, TC26_256_B, PseudoMersenne;
    TC26_256_C: AbovePower<4, 6450>, 4, Tc26_256C, TC26_256_C, AbovePower;
    TC26_256_D: Montgomery<4>, 4, Tc26_256D, TC26_256_D, Montgomery::new(params::TC26_256_D.p);
    TC26_512_A: Special512, 8, Tc26_512A, TC26_512_A, PseudoMersenne;
    TC26_512_B: AbovePower<8, 222>, 8, Tc26_512B, TC26_512_B, AbovePower;
    TC26_512_C: Special512, 8, Tc26_512C, TC26_512_C, PseudoMersenne;
}

impl Curve {
    /// Every set this crate knows.
    pub const ALL: [Self; 9] = [
        Self::Example256,
        Self::Example512,
        Self::Tc26_256A,
        Self::Tc26_256B,
        Self::Tc26_256C,
        Self::Tc26_256D,
        Self::Tc26_512A,
        Self::Tc26_512B,
        Self::Tc26_512C,
    ];

    /// Bytes in a coordinate, a secret, a digest, and half a signature: 32 or 64.
    pub const fn width(self) -> usize {
        match self {
            Self::Example256 | Self::Tc26_256A | Self::Tc26_256B | Self::Tc26_256C | Self::Tc26_256D => 32,
            Self::Example512 | Self::Tc26_512A | Self::Tc26_512B | Self::Tc26_512C => 64,
        }
    }

    /// The curve put to work.
    pub(crate) fn group(self) -> &'static dyn Group {
        match self {
            Self::Example256 => &*EXAMPLE_256,
            Self::Example512 => &*EXAMPLE_512,
            Self::Tc26_256A => &*TC26_256_A,
            Self::Tc26_256B => &*TC26_256_B,
            Self::Tc26_256C => &*TC26_256_C,
            Self::Tc26_256D => &*TC26_256_D,
            Self::Tc26_512A => &*TC26_512_A,
            Self::Tc26_512B => &*TC26_512_B,
            Self::Tc26_512C => &*TC26_512_C,
        }
    }
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Example256 => "example-256",
            Self::Example512 => "example-512",
            Self::Tc26_256A => "tc26-256-A",
            Self::Tc26_256B => "tc26-256-B",
            Self::Tc26_256C => "tc26-256-C",
            Self::Tc26_256D => "tc26-256-D",
            Self::Tc26_512A => "tc26-512-A",
            Self::Tc26_512B => "tc26-512-B",
            Self::Tc26_512C => "tc26-512-C",
        })
    }
}

#[cfg(test)]
mod tests;
