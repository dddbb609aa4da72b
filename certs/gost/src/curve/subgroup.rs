//! Whether a point of a curve with cofactor four is in the subgroup of prime order, without multiplying by that order.

use super::point::Affine;
use crate::field::Field;
use crate::limbs::{self, Limbs};

/// The curve y^2 = x (x^2 + A x + B), with its only point of order two moved to x = 0.
///
/// The group is cyclic of order 4 q (one point of order two, and the cofactor is four), so its subgroup of order q is
/// what one gets by doubling twice. With only one point of order two a point is the double of another exactly when its
/// x is a square (the map of 2-descent, Silverman, "The Arithmetic of Elliptic Curves", X.1.4; the factor over the
/// quadratic extension adds nothing, for a square there is an element whose norm is a square). So: x has to be a
/// square, then a half of the point is worked out through the isogeny of degree two and its dual (III.4.5 there), and
/// its x has to be a square too. Which half does not matter: they differ by the point of order two, a double itself.
///
/// The prime has to be 3 modulo 4, so that -1 is no square and powers give roots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CofactorFour<const N: usize> {
    /// The abscissa of the point of order two, before it is moved.
    order_two: Limbs<N>,
    /// A, three times that.
    a: Limbs<N>,
    /// A square root of 4 B - A^2, which is a square because the negative of it is none.
    root: Limbs<N>,
}

impl<const N: usize> CofactorFour<N> {
    /// For the curve y^2 = x^3 + a x + b with (`order_two`, 0) on it, both elements of the field.
    pub(crate) fn new<F: Field<N>>(f: &F, a: &Limbs<N>, order_two: &Limbs<N>) -> Self {
        let shifted_a = f.triple(order_two);
        let shifted_b = f.add(&f.triple(&f.square(order_two)), a);
        let negative = f.sub(&f.quadruple(&shifted_b), &f.square(&shifted_a));
        let root = f.mul(&negative, &root_power(f, &negative));
        Self { order_two: *order_two, a: shifted_a, root }
    }

    /// Whether a point of the curve, not infinity, is in the subgroup of prime order.
    pub(crate) fn contains<F: Field<N>>(&self, f: &F, point: &Affine<N>) -> bool {
        let x = f.sub(&point.x, &self.order_two);
        let Some(inverse) = inverse_root(f, &x) else { return false };
        // With s^2 = x, the point is the image under the dual isogeny of one with X = 2 x + A - 2 y / s. Of s and -s
        // one makes X a square, for the product of both X is A^2 - 4 B; then X = w^2.
        let s = f.mul(&x, &inverse);
        let middle = f.add(&f.double(&x), &self.a);
        let offset = f.double(&f.mul(&point.y, &inverse));
        let first = f.sub(&middle, &offset);
        let power = root_power(f, &first);
        let candidate = f.mul(&first, &power);
        let (large_x, sw) = if f.equal(&f.mul(&candidate, &power), &f.one()) {
            (first, f.mul(&s, &candidate))
        } else {
            // candidate^2 = -first, 1 / candidate = -power, and w is the root over the candidate; s turns to -s.
            (f.add(&middle, &offset), f.mul(&s, &f.mul(&self.root, &power)))
        };
        // A half of the point has x = (X - A - 2 s w) / 2, and twice two of that is as good.
        let twice = f.sub(&f.sub(&large_x, &self.a), &f.double(&sw));
        inverse_root(f, &f.double(&twice)).is_some()
    }
}

/// 1 / s for one s with s^2 = `a`, if there is one; zero has none.
fn inverse_root<F: Field<N>, const N: usize>(f: &F, a: &Limbs<N>) -> Option<Limbs<N>> {
    let power = root_power(f, a);
    f.equal(&f.mul(&f.square(&power), a), &f.one()).then_some(power)
}

/// `a` to the power (p - 3) / 4. As p is 3 modulo 4, its square times `a` is 1 for squares and -1 for others.
pub(super) fn root_power<F: Field<N>, const N: usize>(f: &F, a: &Limbs<N>) -> Limbs<N> {
    let modulus = f.modulus();
    debug_assert_eq!(modulus[0] & 3, 3, "roots are powers for primes that are 3 modulo 4 only");
    let bit = |index: u32| limbs::bit(&modulus, index as usize + 2);
    let bits = 64 * N as u32 - 2 - modulus[N - 1].leading_zeros();
    // The primes are next to a power of two: ones, which cost few products, and a few more bits.
    let ones = (0..bits).rev().take_while(|index| bit(*index) == 1).count() as u32;
    (0..bits - ones).rev().fold(power_of_ones(f, a, ones), |power, index| {
        let power = f.square(&power);
        if bit(index) == 1 { f.mul(&power, a) } else { power }
    })
}

/// `a` to the power 2^`bits` - 1.
fn power_of_ones<F: Field<N>, const N: usize>(f: &F, a: &Limbs<N>, bits: u32) -> Limbs<N> {
    if bits <= 1 {
        return if bits == 1 { *a } else { f.one() };
    }
    let half = power_of_ones(f, a, bits / 2);
    let shifted = (0..bits / 2).fold(half, |power, _| f.square(&power));
    let even = f.mul(&shifted, &half);
    if bits.is_multiple_of(2) { even } else { f.mul(&f.square(&even), a) }
}
