//! The fields of p = 2^(64 N - 1) + C / 2 with a small C: 2^511 + 111, 2^255 + 3225 and 2^255 + 1073.
#![allow(clippy::needless_range_loop, reason = "limb algorithms index several arrays by the same counter")]

use super::Field;
use crate::limbs::{self, Limbs};

/// The field of p = 2^(64 N - 1) + C / 2.
///
/// Elements are any integers below 2^(64 N), which is 2 p - C: those from p upwards are second names. A product is
/// folded as `low - C * high`, and only [`Field::decode`] and [`Field::is_zero`] care about the second names.
///
/// What is folded is small, so that its carry or borrow leaves the lowest limb for hardly any number. It is settled out
/// of line, where a number of any size is right, not just one that looks random.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AbovePower<const N: usize, const C: u64>;

impl<const N: usize, const C: u64> AbovePower<N, C> {
    const MODULUS: Limbs<N> = {
        assert!(C.is_multiple_of(2) && C < 1 << 16, "what is folded has to fit a limb");
        let mut modulus = [0; N];
        modulus[0] = C / 2;
        modulus[N - 1] |= 1 << 63;
        modulus
    };

    /// `a + small` for a `small` below 2^32.
    #[inline(always)]
    fn add_folded(a: &Limbs<N>, small: u64) -> Limbs<N> {
        let (sum, carry) = limbs::add_small(a, small);
        if carry == 0 { sum } else { Self::past_the_top(&sum) }
    }

    /// `a - small` for a `small` below 2^32.
    #[inline(always)]
    fn sub_folded(a: &Limbs<N>, small: u64) -> Limbs<N> {
        let (difference, borrow) = limbs::sub_small(a, small);
        if borrow == 0 { difference } else { Self::below_zero(&difference) }
    }

    /// A number that lost 2^(64 N), which is -C: as what is left is small, p - C more of it fits.
    #[cold]
    #[inline(never)]
    fn past_the_top(rest: &Limbs<N>) -> Limbs<N> {
        let (more, _) = limbs::sub_small(&Self::MODULUS, C);
        limbs::add(rest, &more).0
    }

    /// A negative number that gained 2^(64 N): as it is small, p more of it is positive, and adding that loses what was
    /// gained.
    #[cold]
    #[inline(never)]
    fn below_zero(wrapped: &Limbs<N>) -> Limbs<N> {
        limbs::add(wrapped, &Self::MODULUS).0
    }
}

impl<const N: usize, const C: u64> Field<N> for AbovePower<N, C> {
    fn modulus(&self) -> Limbs<N> {
        Self::MODULUS
    }

    fn encode(&self, integer: &Limbs<N>) -> Limbs<N> {
        *integer
    }

    fn decode(&self, element: &Limbs<N>) -> Limbs<N> {
        let (reduced, borrow) = limbs::sub(element, &Self::MODULUS);
        if borrow == 0 { reduced } else { *element }
    }

    fn power(&self) -> Option<i64> {
        Some(-(C as i64))
    }

    fn one(&self) -> Limbs<N> {
        limbs::small(1)
    }

    #[inline(always)]
    fn settle(&self, sum: &Limbs<N>, carry: u64) -> Limbs<N> {
        Self::sub_folded(sum, carry * C)
    }

    #[inline(always)]
    fn sub(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
        let (difference, borrow) = limbs::sub(a, b);
        Self::add_folded(&difference, borrow * C)
    }

    /// `low - C * high`.
    #[inline(always)]
    fn fold(&self, low: &Limbs<N>, high: &Limbs<N>) -> Limbs<N> {
        let mut out = [0; N];
        let (mut carry, mut borrow) = (0, 0);
        for i in 0..N {
            let product;
            (product, carry) = limbs::mul_add(high[i], C, carry, 0);
            (out[i], borrow) = limbs::sub_borrow(low[i], product, borrow);
        }
        // `carry + borrow` times 2^(64 N) are too much taken off: at most C of them.
        Self::add_folded(&out, (carry + borrow) * C)
    }

    #[inline(always)]
    fn is_zero(&self, a: &Limbs<N>) -> bool {
        // The lowest limb decides almost always, without looking at the rest. Twice p would be above all elements.
        match a[0] {
            0 => limbs::is_zero(a),
            low if low == C / 2 => *a == Self::MODULUS,
            _ => false,
        }
    }
}
