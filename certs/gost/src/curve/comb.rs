//! Multiplication by known points (combs) and by points seen for the first time (windows), interleaved so that
//! all summands of one product share the doublings.

use super::point::{Affine, GroupLaw, Jacobian};
use crate::field::Field;
use crate::limbs::{self, Limbs};

/// The shape of a [`Comb`]: a scalar is cut into `teeth * blocks` stretches of equal length, and a table a block
/// holds every signed sum over its `teeth` stretches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CombShape {
    pub(crate) teeth: usize,
    pub(crate) blocks: usize,
}

/// The comb of a base point, built once a process: 4 tables of 4,096 points, 2 MiB at 512 bits.
pub(crate) const BASE_SHAPE: CombShape = CombShape { teeth: 13, blocks: 4 };
/// The comb of a prepared key: 4 tables of 512 points, 256 KiB at 512 bits and 128 KiB at 256.
pub(crate) const KEY_SHAPE: CombShape = CombShape { teeth: 10, blocks: 4 };
/// Digits of a point seen for the first time are odd and below 2^(WINDOW - 1) in absolute value.
const WINDOW: u32 = 5;

/// Multiples of a fixed point of odd order, after Lim and Lee, with digits of plus or minus one.
///
/// Digit `row` of stretch `block + blocks * tooth` belongs to `2^(rows * (block + blocks * tooth))` times the
/// point. An odd scalar has a form with no zero digit; an even one is replaced by the order minus it. Since every
/// digit is a sign, half of each table is the negative of the other, and only the half with a positive last tooth
/// is kept.
pub(crate) struct Comb<const N: usize> {
    shape: CombShape,
    rows: usize,
    order: Limbs<N>,
    /// `blocks` tables of `2^(teeth - 1)` entries.
    tables: Vec<Affine<N>>,
}

/// A scalar in the form a [`Comb`] wants: an odd number below the order, or its negative.
#[derive(Clone, Copy)]
pub(crate) struct OddScalar<const N: usize> {
    magnitude: Limbs<N>,
    negative: bool,
}

impl<const N: usize> Comb<N> {
    /// Builds the tables of a point of the given order.
    pub(crate) fn new<F: Field<N>>(
        law: &GroupLaw<F, N>,
        point: &Affine<N>,
        order: Limbs<N>,
        shape: CombShape,
    ) -> Self {
        let CombShape { teeth, blocks } = shape;
        let stretches = teeth * blocks;
        let rows = (64 * N).div_ceil(stretches);
        // The powers of two of the point where stretches begin, then their doubles.
        let mut powers = vec![law.lift(point)];
        let mut doubles = Vec::with_capacity(stretches);
        for stretch in 0..stretches {
            let double = law.double(&powers[stretch]);
            doubles.push(double);
            if stretch + 1 < stretches {
                powers.push((1..rows).fold(double, |power, _| law.double(&power)));
            }
        }
        let powers = law.normalize(&powers);
        let doubles = law.normalize(&doubles);
        let mut sums = Vec::with_capacity(blocks << (teeth - 1));
        for block in 0..blocks {
            let start = sums.len();
            let at = |tooth: usize| block + blocks * tooth;
            let lowest = (0..teeth - 1).fold(law.lift(&powers[at(teeth - 1)]), |sum, tooth| {
                law.add_affine(&sum, &law.negate(&powers[at(tooth)]))
            });
            sums.push(lowest);
            for selection in 1usize..1 << (teeth - 1) {
                let tooth = selection.ilog2() as usize;
                let rest = sums[start + (selection & !(1 << tooth))];
                sums.push(law.add_affine(&rest, &doubles[at(tooth)]));
            }
        }
        Self { shape, rows, order, tables: law.normalize(&sums) }
    }

    /// Recodes a scalar below the order.
    pub(crate) fn recode(&self, scalar: &Limbs<N>) -> OddScalar<N> {
        if limbs::bit(scalar, 0) == 1 {
            OddScalar { magnitude: *scalar, negative: false }
        } else {
            OddScalar { magnitude: limbs::sub(&self.order, scalar).0, negative: true }
        }
    }

    /// Adds what `scalar` selects in `row` to the accumulator.
    #[inline]
    fn add_row<F: Field<N>>(
        &self,
        law: &GroupLaw<F, N>,
        accumulator: &mut Jacobian<N>,
        scalar: &OddScalar<N>,
        row: usize,
    ) {
        let CombShape { teeth, blocks } = self.shape;
        let mask = (1 << (teeth - 1)) - 1;
        for block in 0..blocks {
            let mut selection = 0;
            for tooth in 0..teeth {
                let digit = row + self.rows * (block + blocks * tooth);
                // With all digits signs, digit i is positive when bit i + 1 is set, and the last one always is.
                let last = digit + 1 == self.rows * teeth * blocks;
                let bit = if last { 1 } else { limbs::bit(&scalar.magnitude, digit + 1) };
                selection |= (bit as usize) << tooth;
            }
            let positive = selection > mask;
            let index = if positive { selection & mask } else { !selection & mask };
            let entry = &self.tables[(block << (teeth - 1)) + index];
            let entry = if positive == scalar.negative { law.negate(entry) } else { *entry };
            *accumulator = law.add_affine(accumulator, &entry);
        }
    }
}

/// `scalar` times the point of a comb.
pub(crate) fn multiply_comb<F: Field<N>, const N: usize>(
    law: &GroupLaw<F, N>,
    comb: &Comb<N>,
    scalar: &Limbs<N>,
) -> Jacobian<N> {
    let scalar = comb.recode(scalar);
    let mut accumulator = law.infinity();
    for row in (0..comb.rows).rev() {
        accumulator = law.double(&accumulator);
        comb.add_row(law, &mut accumulator, &scalar, row);
    }
    accumulator
}

/// `left_scalar` times the point of one comb plus `right_scalar` times the point of another.
pub(crate) fn multiply_two_combs<F: Field<N>, const N: usize>(
    law: &GroupLaw<F, N>,
    (left, left_scalar): (&Comb<N>, &Limbs<N>),
    (right, right_scalar): (&Comb<N>, &Limbs<N>),
) -> Jacobian<N> {
    let (left_scalar, right_scalar) = (left.recode(left_scalar), right.recode(right_scalar));
    let mut accumulator = law.infinity();
    for row in (0..left.rows.max(right.rows)).rev() {
        accumulator = law.double(&accumulator);
        if row < left.rows {
            left.add_row(law, &mut accumulator, &left_scalar, row);
        }
        if row < right.rows {
            right.add_row(law, &mut accumulator, &right_scalar, row);
        }
    }
    accumulator
}

/// `comb_scalar` times the point of a comb plus `scalar` times a point never seen before: the latter in windowed
/// non-adjacent form over a small table made on the spot, the former joining in for the last few doublings.
pub(crate) fn multiply_comb_and_point<F: Field<N>, const N: usize>(
    law: &GroupLaw<F, N>,
    (comb, comb_scalar): (&Comb<N>, &Limbs<N>),
    (point, scalar): (&Affine<N>, &Limbs<N>),
) -> Jacobian<N> {
    let comb_scalar = comb.recode(comb_scalar);
    let digits = windowed(scalar);
    let table = odd_multiples(law, point);
    let mut accumulator = law.infinity();
    for row in (0..digits.len().max(comb.rows)).rev() {
        accumulator = law.double(&accumulator);
        let digit = digits.get(row).copied().unwrap_or(0);
        if digit != 0 {
            let entry = &table[usize::from(digit.unsigned_abs()) / 2];
            let entry = if digit < 0 { law.negate(entry) } else { *entry };
            accumulator = law.add_affine(&accumulator, &entry);
        }
        if row < comb.rows {
            comb.add_row(law, &mut accumulator, &comb_scalar, row);
        }
    }
    accumulator
}

/// 1, 3, 5, … times a point, as many as the window needs.
fn odd_multiples<F: Field<N>, const N: usize>(law: &GroupLaw<F, N>, point: &Affine<N>) -> Vec<Affine<N>> {
    let mut multiples = Vec::with_capacity(1 << (WINDOW - 2));
    let first = law.lift(point);
    let twice = law.double(&first);
    multiples.push(first);
    for i in 1..1 << (WINDOW - 2) {
        let next = law.add(&multiples[i - 1], &twice);
        multiples.push(next);
    }
    law.normalize(&multiples)
}

/// The non-adjacent form of window [`WINDOW`], least significant digit first: digits are zero or odd, and of any
/// `WINDOW` neighbours at most one is not zero.
fn windowed<const N: usize>(scalar: &Limbs<N>) -> Vec<i8> {
    let bits = 64 * N;
    let mut digits = vec![0i8; bits + 1];
    let mut carry = 0u64;
    let mut at = 0;
    while at < bits {
        if limbs::bit(scalar, at) == carry {
            at += 1;
            continue;
        }
        let mut word = carry;
        for i in 0..WINDOW as usize {
            word += limbs::bit(scalar, at + i) << i;
        }
        carry = word >> (WINDOW - 1) & 1;
        let digit = word as i64 - ((carry as i64) << WINDOW);
        digits[at] = digit as i8;
        at += WINDOW as usize;
    }
    // A window that reaches past the top leaves no carry, so a carry still pending belongs right past the top.
    digits[bits] = carry as i8;
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_add_up_to_the_scalar_and_keep_apart() {
        let mut x = 0x2545_f491_4f6c_dd1du64;
        for round in 0..200 {
            let scalar: Limbs<1> = match round {
                0 => [0],
                1 => [u64::MAX],
                2 => [1 << 63],
                3 => [u64::MAX << 1],
                _ => {
                    x ^= x << 13;
                    x ^= x >> 7;
                    x ^= x << 17;
                    [x]
                }
            };
            let digits = windowed(&scalar);
            let sum = digits.iter().rev().fold(0i128, |sum, digit| 2 * sum + i128::from(*digit));
            assert_eq!(sum, i128::from(scalar[0]), "{scalar:?}");
            for window in digits.windows(WINDOW as usize) {
                assert!(window.iter().filter(|digit| **digit != 0).count() <= 1);
            }
            assert!(digits.iter().all(|digit| *digit == 0 || digit % 2 != 0));
        }
    }
}
