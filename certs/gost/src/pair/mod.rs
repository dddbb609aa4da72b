//! Two multiplications of points by scalars at the price of little more than one, on processors that have AVX2.
//!
//! The two points may be on different curves over one 512-bit field. What comes out is what an ordinary chain of doublings
//! and additions gives, but for exceptional cases, which show as Z = 0: a caller has to have another way for them, and
//! for other processors.

#[cfg(target_arch = "x86_64")]
mod chain;
#[cfg(target_arch = "x86_64")]
mod lanes;

use crate::field::Field;
use crate::limbs::{self, Limbs};

/// Limbs of an element.
const LIMBS: usize = 18;
/// Bits of a limb.
const BITS: usize = 29;
/// Bits of the scalar to a digit.
const WINDOW: usize = 5;
/// Bits of the limbs together: 2^522 is what is folded.
const ALL_BITS: usize = LIMBS * BITS;

/// An element of the field as signed limbs of 29 bits, with many names for the same number.
pub(crate) type Digits = [i32; LIMBS];

/// A point with Z = 1, and what to multiply it by.
#[derive(Debug)]
pub(crate) struct Operand {
    pub(crate) x: Digits,
    /// Twice the ordinate.
    pub(crate) double_y: Digits,
    /// Its curve is y^2 = x^3 - 3 e^2 x + b; no b is needed.
    pub(crate) e: Digits,
    /// Out of [`recode`].
    pub(crate) scalar: Vec<i8>,
}

/// The point (X / Z^2, Y / Z^3) with Y as its double, or with Z = 0 something exceptional.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) x: Digits,
    pub(crate) double_y: Digits,
    pub(crate) z: Digits,
}

/// Whether this processor multiplies in pairs.
pub(crate) fn is_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        fearless_simd::Level::new().as_avx2().is_some()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}

/// Both products, or nothing where [`is_available`] says no. `power` is 2^512 modulo the prime, a number below 2^10 in
/// absolute value. Both scalars have to have as many digits.
pub(crate) fn multiply(power: i64, left: &Operand, right: &Operand) -> Option<[Product; 2]> {
    debug_assert_eq!(left.scalar.len(), right.scalar.len());
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = fearless_simd::Level::new().as_avx2()?;
        Some(chain::multiply(avx2, power << (ALL_BITS - 512), left, right))
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (power, left, right);
        None
    }
}

/// Digits for the bits of a scalar.
pub(crate) fn digits_for(bits: usize) -> usize {
    bits.div_ceil(WINDOW)
}

/// An odd scalar of at most `5 * count` bits in `count` odd digits from -31 to 31, least significant first.
pub(crate) fn recode<const N: usize>(scalar: &Limbs<N>, count: usize) -> Vec<i8> {
    debug_assert!(limbs::bit(scalar, 0) == 1 && limbs::bits(scalar) <= WINDOW * count);
    let digit = |index: usize| {
        // With everything below taken off, what is left is the rest of the scalar made odd.
        let bits = if index + 1 < count { WINDOW + 1 } else { WINDOW };
        let rest =
            (0..bits).fold(1, |rest, bit| rest | (limbs::bit(scalar, WINDOW * index + bit) as i8) << bit);
        if index + 1 < count { rest - (1 << WINDOW) } else { rest }
    };
    (0..count).map(digit).collect()
}

/// The limbs of an element whose form is the plain integer.
pub(crate) fn split<const N: usize>(element: &Limbs<N>) -> Digits {
    let limb = |index: usize| element.get(index).copied().unwrap_or(0);
    std::array::from_fn(|i| {
        let at = BITS * i;
        let wide = u128::from(limb(at / 64)) | u128::from(limb(at / 64 + 1)) << 64;
        (wide >> (at % 64)) as i32 & ((1 << BITS) - 1)
    })
}

/// The element of a field of 512 bits; `power` as in [`multiply`].
pub(crate) fn join<F: Field<N>, const N: usize>(f: &F, power: i64, digits: &Digits) -> Limbs<N> {
    let mut low = [0; N];
    // Bits not put into a limb yet: fewer than 64, and what is above them.
    let (mut pending, mut count, mut filled) = (0i128, 0, 0);
    for digit in digits {
        pending += i128::from(*digit) << count;
        count += BITS;
        if count >= 64 && filled < N {
            low[filled] = pending as u64;
            pending >>= 64;
            count -= 64;
            filled += 1;
        }
    }
    // What is pending now counts 2^512 and is a small number of either sign.
    let folded = pending as i64 * power;
    let magnitude = limbs::small(folded.unsigned_abs());
    if folded < 0 { f.sub(&low, &magnitude) } else { f.add(&low, &magnitude) }
}

#[cfg(test)]
mod tests;
