//! The fields of p = 2^(64 N) - C with a small C: 2^256 - 617 and 2^512 - 569.
#![allow(clippy::needless_range_loop, reason = "limb algorithms index several arrays by the same counter")]

use super::Field;
use crate::limbs::{self, Limbs};

/// The field of p = 2^(64 N) - C.
///
/// Elements are any integers below 2^(64 N): the C values from p upwards are second names of 0 to C - 1. A
/// product is folded as `low + C * high`, and only [`Field::decode`] and [`Field::is_zero`] care about the
/// second names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PseudoMersenne<const N: usize, const C: u64>;

impl<const N: usize, const C: u64> PseudoMersenne<N, C> {
    /// Adds C for a carry out of the top. When there was one the limbs are tiny, so there is no second.
    #[inline(always)]
    fn absorb(mut out: Limbs<N>, carry: u64) -> Limbs<N> {
        out[0] = out[0].wrapping_add(carry * C);
        out
    }
}

impl<const N: usize, const C: u64> Field<N> for PseudoMersenne<N, C> {
    fn modulus(&self) -> Limbs<N> {
        let mut modulus = [u64::MAX; N];
        modulus[0] = 0u64.wrapping_sub(C);
        modulus
    }

    fn encode(&self, integer: &Limbs<N>) -> Limbs<N> {
        *integer
    }

    fn decode(&self, element: &Limbs<N>) -> Limbs<N> {
        let (reduced, borrow) = limbs::sub(element, &self.modulus());
        if borrow == 0 { reduced } else { *element }
    }

    fn power(&self) -> Option<i64> {
        Some(C as i64)
    }

    fn one(&self) -> Limbs<N> {
        limbs::small(1)
    }

    #[inline(always)]
    fn settle(&self, sum: &Limbs<N>, carry: u64) -> Limbs<N> {
        let (sum, carry) = limbs::add_small(sum, carry * C);
        Self::absorb(sum, carry)
    }

    #[inline(always)]
    fn sub(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
        let (difference, borrow) = limbs::sub(a, b);
        let (mut difference, borrow) = limbs::sub_small(&difference, borrow * C);
        // A second borrow leaves limbs near 2^(64 N), so taking C off the lowest cannot borrow again.
        difference[0] = difference[0].wrapping_sub(borrow * C);
        difference
    }

    /// `low + C * high`, folded until it fits.
    #[inline(always)]
    fn fold(&self, low: &Limbs<N>, high: &Limbs<N>) -> Limbs<N> {
        let mut out = [0; N];
        let mut carry = 0;
        for i in 0..N {
            (out[i], carry) = limbs::mul_add(high[i], C, low[i], carry);
        }
        // `carry` is at most C, so `carry * C` is one limb.
        self.settle(&out, carry)
    }

    #[inline(always)]
    fn is_zero(&self, a: &Limbs<N>) -> bool {
        // The lowest limb decides almost always, without looking at the rest.
        match a[0] {
            0 => limbs::is_zero(a),
            low if low == 0u64.wrapping_sub(C) => *a == self.modulus(),
            _ => false,
        }
    }
}
