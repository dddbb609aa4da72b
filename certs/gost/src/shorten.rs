//! Scalars of half the length (Antipa, Brown, Gallant, Lambert, Struik and Vanstone, "Accelerated verification of ECDSA
//! signatures", 2005).

use crate::limbs::{self, Limbs};
use std::mem::swap;

/// Bits by which a batch of steps shortens the second number at most, and some to spare.
const BATCH: usize = 40;
/// Bits of a quotient that can be worked out of 64 bits of each number.
const LONGEST_QUOTIENT: usize = 60;

/// Two odd numbers with `factor * scalar = product` modulo the order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short<const N: usize> {
    pub(crate) factor: Limbs<N>,
    /// Whether the factor is minus that.
    pub(crate) negative: bool,
    pub(crate) product: Limbs<N>,
}

/// Writes a scalar below an odd order as a fraction of two odd numbers that are about half as long. For a scalar that is
/// special, as no honest signature has it, either number may be longer, or there is nothing.
///
/// The algorithm of Euclid on order and scalar gives remainders that are known multiples of the scalar, the remainders
/// shrinking as the multiples grow. Where they cross, two of them in a row make a basis of the lattice of all such pairs;
/// as the order is odd, exactly one of the two and their sum has both numbers odd.
pub(crate) fn shorten<const N: usize>(scalar: &Limbs<N>, order: &Limbs<N>) -> Option<Short<N>> {
    // remainder = factor * scalar, the signs of the factors alternating; that of the first is `negative`.
    let (mut remainder, mut next) = (*order, *scalar);
    let (mut factor, mut next_factor) = (limbs::zero(), limbs::small(1));
    let mut negative = true;
    loop {
        let bits = limbs::bits(&next);
        if bits <= 32 * N {
            break;
        }
        if limbs::bits(&remainder) > bits + LONGEST_QUOTIENT {
            return None;
        }
        // Many steps at once, unless they might go too far.
        if bits > 32 * N + BATCH
            && let Some(batch) = Batch::new(&remainder, &next)
        {
            (remainder, next) = batch.remainders(&remainder, &next);
            (factor, next_factor) = batch.factors(&factor, &next_factor);
            negative ^= batch.odd;
            continue;
        }
        while !limbs::less_than(&remainder, &next) {
            let quotient = quotient_from_below(&remainder, &next);
            remainder = limbs::sub_multiple(&remainder, &next, quotient);
            factor = limbs::add_multiple(&factor, &next_factor, quotient);
        }
        swap(&mut remainder, &mut next);
        swap(&mut factor, &mut next_factor);
        negative = !negative;
    }
    let odd = |a: &Limbs<N>| limbs::bit(a, 0) == 1;
    Some(if odd(&next) && odd(&next_factor) {
        Short { factor: next_factor, negative: !negative, product: next }
    } else if odd(&remainder) && odd(&factor) {
        Short { factor, negative, product: remainder }
    } else {
        let (product, _) = limbs::sub(&remainder, &next);
        Short { factor: limbs::add(&factor, &next_factor).0, negative, product }
    })
}

/// A number from 1 to `a / b`, mostly that quotient, for `a >= b > 0` with a quotient not longer than
/// [`LONGEST_QUOTIENT`].
fn quotient_from_below<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> u64 {
    let shift = limbs::bits(a).saturating_sub(64);
    match top(b, shift).checked_add(1) {
        Some(above) => (top(a, shift) / above).max(1),
        None => 1,
    }
}

/// 64 bits of a number, from bit `shift` up.
fn top<const N: usize>(a: &Limbs<N>, shift: usize) -> u64 {
    let limb = |index: usize| a.get(index).copied().unwrap_or(0);
    let wide = u128::from(limb(shift / 64)) | u128::from(limb(shift / 64 + 1)) << 64;
    (wide >> (shift % 64)) as u64
}

/// Steps of the algorithm of Euclid worked out on 64 bits of both numbers, as far as they are sure to be those of the
/// numbers themselves: Lehmer's algorithm with the condition of Collins (Jebelean, "A double-digit Lehmer-Euclid
/// algorithm for finding the GCD of long integers", 1995, section 2).
struct Batch {
    /// The new first number is `first[0] * a - first[1] * b` or minus that, the new second `second[1] * b - second[0] * a`
    /// or minus that.
    first: [u64; 2],
    second: [u64; 2],
    /// Whether the number of steps is odd, which is when it is minus that.
    odd: bool,
}

impl Batch {
    /// At least one step for `a > b`, if a step is sure.
    fn new<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> Option<Self> {
        let shift = limbs::bits(a).saturating_sub(64);
        let (mut x, mut y) = (top(a, shift), top(b, shift));
        // Factors of the pair two steps back, which is the one that is sure, of the one after, and of `y`.
        let (mut u, mut v) = ([0, 1, 0], [0, 0, 1]);
        let mut steps = 0u32;
        while y >= v[2] && x - y >= v[1] + v[2] {
            let quotient = x / y;
            (x, y) = (y, x % y);
            u = [u[1], u[2], u[1] + quotient * u[2]];
            v = [v[1], v[2], v[1] + quotient * v[2]];
            steps += 1;
        }
        // The first of them only names the pair to begin with.
        (steps > 1).then(|| Self { first: [u[0], v[0]], second: [u[1], v[1]], odd: steps.is_multiple_of(2) })
    }

    fn remainders<const N: usize>(&self, a: &Limbs<N>, b: &Limbs<N>) -> (Limbs<N>, Limbs<N>) {
        let difference = |plus: (u64, &Limbs<N>), minus: (u64, &Limbs<N>)| {
            // Both may be longer than the numbers, their difference is not.
            let product = limbs::add_multiple(&limbs::zero(), plus.1, plus.0);
            limbs::sub_multiple(&product, minus.1, minus.0)
        };
        let ([au, av], [bu, bv]) = (self.first, self.second);
        if self.odd {
            (difference((av, b), (au, a)), difference((bu, a), (bv, b)))
        } else {
            (difference((au, a), (av, b)), difference((bv, b), (bu, a)))
        }
    }

    fn factors<const N: usize>(&self, a: &Limbs<N>, b: &Limbs<N>) -> (Limbs<N>, Limbs<N>) {
        let sum = |[u, v]: [u64; 2]| limbs::add_multiple(&limbs::add_multiple(&limbs::zero(), a, u), b, v);
        (sum(self.first), sum(self.second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Field, Montgomery};
    use proptest::prelude::*;

    /// The order of the base point of set 512 A.
    const ORDER: Limbs<8> = limbs::from_hex(
        "FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF\
         27E69532_F48D8911_6FF22B8D_4E056060_9B4B38AB_FAD2B85D_CACDB141_1F10B275",
    );

    #[track_caller]
    fn check(scalar: Limbs<8>) -> Option<Short<8>> {
        let field = Montgomery::new(ORDER);
        let short = shorten(&scalar, &ORDER)?;
        assert_eq!((short.factor[0] & 1, short.product[0] & 1), (1, 1));
        let product = field.mul(&field.encode(&short.factor), &scalar);
        let product = if short.negative { field.neg(&product) } else { product };
        assert_eq!(product, short.product);
        Some(short)
    }

    proptest! {
        #[test]
        fn a_scalar_is_a_fraction(limbs: [u64; 8]) {
            prop_assert!(check(Montgomery::new(ORDER).reduce(&limbs)).is_some());
        }
    }

    #[test]
    fn most_fractions_are_half_as_long() {
        let mut scalar = limbs::small(3);
        let mut long = 0;
        for _ in 0..500 {
            let field = Montgomery::new(ORDER);
            scalar = field.mul(&scalar, &scalar);
            let short = check(scalar).unwrap();
            long += usize::from(limbs::bits(&short.factor).max(limbs::bits(&short.product)) > 260);
        }
        assert!(long < 50, "{long} of 500 are longer than 260 bits");
    }

    #[test]
    fn special_scalars_are_fractions() {
        let minus = |small| limbs::sub_small(&ORDER, small).0;
        for scalar in [limbs::small(1), limbs::small(2), limbs::small(3), minus(1), minus(2), minus(3)] {
            check(scalar);
        }
        let power = |bit: usize| std::array::from_fn(|i| if i == bit / 64 { 1 << (bit % 64) } else { 0 });
        for bit in [63, 64, 254, 255, 256, 257, 258, 320, 440, 460, 510, 511] {
            // The first quotient is 2^(512 - bit).
            assert_eq!(check(power(bit)).is_some(), bit <= 255 || bit > 512 - LONGEST_QUOTIENT);
            check(limbs::add_small(&power(bit), 1).0);
            check(limbs::sub_small(&power(bit), 1).0);
        }
        check(std::array::from_fn(|i| ORDER[i] >> 1 | ORDER.get(i + 1).map_or(0, |next| next << 63)));
    }
}
