//! Montgomery arithmetic for any odd modulus: the fields without a special prime, and the scalars of all curves.
#![allow(clippy::needless_range_loop, reason = "limb algorithms index several arrays by the same counter")]

use super::Field;
use crate::limbs::{self, Limbs};

/// Arithmetic modulo an odd number of `64 * N` bits, elements held as `x * 2^(64 N)` below the modulus.
///
/// The modulus must have its top three bits not all zero (every modulus of the standard does): reductions of
/// arbitrary integers subtract it at most seven times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Montgomery<const N: usize> {
    modulus: Limbs<N>,
    /// `-modulus^-1 mod 2^64`.
    factor: u64,
    /// `2^(64 N) mod modulus`, the element 1.
    one: Limbs<N>,
    /// `2^(128 N) mod modulus`, which takes an integer into the form.
    square_of_radix: Limbs<N>,
}

impl<const N: usize> Montgomery<N> {
    /// Precomputes the constants of an odd modulus.
    pub(crate) fn new(modulus: Limbs<N>) -> Self {
        // Newton: each step doubles the number of right bits of the inverse of the lowest limb.
        let mut inverse = 1u64;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(modulus[0].wrapping_mul(inverse)));
        }
        let mut field = Self {
            modulus,
            factor: inverse.wrapping_neg(),
            one: limbs::zero(),
            square_of_radix: limbs::zero(),
        };
        let (minus, _) = limbs::sub(&limbs::zero(), &modulus);
        field.one = field.reduce(&minus);
        field.square_of_radix = field.one;
        for _ in 0..64 * N {
            field.square_of_radix = field.add(&field.square_of_radix, &field.square_of_radix);
        }
        field
    }

    /// An arbitrary integer of the width, modulo the modulus. Not in Montgomery form on either side.
    pub(crate) fn reduce(&self, integer: &Limbs<N>) -> Limbs<N> {
        let mut out = *integer;
        while !limbs::less_than(&out, &self.modulus) {
            (out, _) = limbs::sub(&out, &self.modulus);
        }
        out
    }
}

impl<const N: usize> Field<N> for Montgomery<N> {
    fn modulus(&self) -> Limbs<N> {
        self.modulus
    }

    fn encode(&self, integer: &Limbs<N>) -> Limbs<N> {
        self.mul(integer, &self.square_of_radix)
    }

    fn decode(&self, element: &Limbs<N>) -> Limbs<N> {
        self.fold(element, &limbs::zero())
    }

    fn one(&self) -> Limbs<N> {
        self.one
    }

    #[inline(always)]
    fn settle(&self, sum: &Limbs<N>, carry: u64) -> Limbs<N> {
        let (reduced, borrow) = limbs::sub(sum, &self.modulus);
        if carry >= borrow { reduced } else { *sum }
    }

    #[inline(always)]
    fn sub(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
        let (difference, borrow) = limbs::sub(a, b);
        if borrow == 0 { difference } else { limbs::add(&difference, &self.modulus).0 }
    }

    /// Montgomery reduction of a double-width product, with the sliding window of [`limbs::mul_wide`].
    #[inline(always)]
    fn fold(&self, low: &Limbs<N>, high: &Limbs<N>) -> Limbs<N> {
        let mut window = *low;
        let mut top = 0;
        for i in 0..N {
            let quotient = window[0].wrapping_mul(self.factor);
            let (_, mut carry) = limbs::mul_add(quotient, self.modulus[0], window[0], 0);
            for j in 1..N {
                (window[j - 1], carry) = limbs::mul_add(quotient, self.modulus[j], window[j], carry);
            }
            (window[N - 1], top) = limbs::add_carry(high[i], carry, top);
        }
        self.settle(&window, top)
    }

    // Out of line: one copy is enough of what is this long.
    #[inline(never)]
    fn mul(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
        let (low, high) = limbs::mul_wide(a, b);
        self.fold(&low, &high)
    }

    #[inline(never)]
    fn square(&self, a: &Limbs<N>) -> Limbs<N> {
        let (low, high) = limbs::square_wide(a);
        self.fold(&low, &high)
    }

    #[inline(always)]
    fn triple(&self, a: &Limbs<N>) -> Limbs<N> {
        self.add(&self.double(a), a)
    }

    #[inline(always)]
    fn quadruple(&self, a: &Limbs<N>) -> Limbs<N> {
        self.double(&self.double(a))
    }

    #[inline(always)]
    fn is_zero(&self, a: &Limbs<N>) -> bool {
        limbs::is_zero(a)
    }
}
