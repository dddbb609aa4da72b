//! Checking a signature with scalars of half the length, two chains of doublings at a time.

use super::comb::multiply_comb;
use super::group::Weierstrass;
use super::point::{Affine, CoefficientA, Jacobian};
use crate::field::Field;
use crate::limbs::{self, Limbs};
use crate::pair::{self, Operand};
use crate::shorten::shorten;

/// Bits that a short scalar has at most, which honest ones hardly ever exceed: doublings beyond would cost more than they
/// save.
const LONGEST: usize = 256 + 24;

impl<F: Field<N>, const N: usize> Weierstrass<F, N> {
    /// Whether the abscissa of C = `z1` * base + `z2` * `key` is `r` modulo q; nothing if this way cannot tell.
    ///
    /// With an odd factor that makes `factor * z2` short and is short itself, factor * C and factor * R have the same
    /// abscissa exactly if C and R do, for a point R with the abscissa `r`. That takes half the doublings for `key` and as
    /// many for R, side by side in [`pair`].
    ///
    /// R needs no square root. With d = r^3 - 3 r + b, the point (r d, d^2) is on y^2 = x^3 - 3 d^2 x + b d^3, and dividing
    /// its abscissa, or that of a multiple, by d gives that of R or of its multiple, on the curve if d is a square and else
    /// on its twist. The twist does no harm: over the field where it is the same curve, a point of it and one of the curve
    /// that share their abscissa have y = 0 or are infinity, and factor * C is neither.
    ///
    /// From factor * (C - R) = 0 or factor * (C + R) = 0 follows C = R or C = -R: the factor is odd and not a multiple of
    /// q, so it has no divisor in common with the number of points, q or 4 q.
    ///
    /// What this cannot tell: where more than one abscissa leaves `r`, where C is infinity, where `z2` has no short form, or
    /// where the chains met an exceptional case; forged numbers can bring about the last two.
    pub(super) fn check_short(
        &self,
        key: &Affine<N>,
        r: &Limbs<N>,
        z1: &Limbs<N>,
        z2: &Limbs<N>,
    ) -> Option<bool> {
        let f = &self.law.field;
        let power = f.power()?;
        let CoefficientA::MinusThree = self.law.a else { return None };
        if N != 8 || !pair::is_available() || !self.is_only_abscissa(r) {
            return None;
        }
        let short = shorten(z2, &self.scalars.modulus())?;
        let scalar = self.scalar_product(&short.factor, z1);
        let scalar = if short.negative { self.scalars.neg(&scalar) } else { scalar };

        let bits = limbs::bits(&short.factor).max(limbs::bits(&short.product));
        if bits > LONGEST {
            return None;
        }
        let digits = pair::digits_for(bits);
        let left = Operand {
            x: pair::split(&key.x),
            double_y: pair::split(&f.double(&key.y)),
            e: pair::split(&f.one()),
            scalar: pair::recode(&short.product, digits),
        };
        let r = f.encode(r);
        let d = self.right_side(&r);
        let dd = f.square(&d);
        let right = Operand {
            x: pair::split(&f.mul(&r, &d)),
            double_y: pair::split(&f.double(&dd)),
            e: pair::split(&d),
            scalar: pair::recode(&short.factor, digits),
        };
        let [left, right] = pair::multiply(power, &left, &right)?;
        let join = |digits| pair::join(f, power, digits);

        let left_z = join(&left.z);
        let right_zz = f.mul(&f.square(&join(&right.z)), &d);
        if f.is_zero(&left_z) || f.is_zero(&right_zz) {
            return None;
        }
        // Over twice the Z, so that twice the ordinate will do.
        let left = Jacobian {
            x: f.quadruple(&join(&left.x)),
            y: f.quadruple(&join(&left.double_y)),
            z: f.double(&left_z),
        };
        let sum = self.law.add(&multiply_comb(&self.law, self.base_comb(), &scalar), &left);
        if self.law.is_infinity(&sum) {
            return None;
        }
        Some(f.equal(&f.mul(&sum.x, &right_zz), &f.mul(&join(&right.x), &f.square(&sum.z))))
    }

    /// Whether `r` is the one number below p that is `r` modulo q.
    fn is_only_abscissa(&self, r: &Limbs<N>) -> bool {
        let modulus = self.law.field.modulus();
        let (next, carry) = limbs::add(r, &self.scalars.modulus());
        limbs::less_than(r, &modulus) && (carry == 1 || !limbs::less_than(&next, &modulus))
    }
}
