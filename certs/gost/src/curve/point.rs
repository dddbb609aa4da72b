//! Point arithmetic: short Weierstrass curves in Jacobian coordinates, generic over the field.
//!
//! A Jacobian point (X, Y, Z) stands for (X / Z^2, Y / Z^3), and any point with Z = 0 for the point at infinity.
//! An affine point (0, 0) stands for infinity too: no curve of the standard has b = 0, so it is on none of them.

use crate::field::Field;
use crate::inverse::invert;
use crate::limbs::{self, Limbs};

/// A point in affine coordinates, in the form of the field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine<const N: usize> {
    pub(crate) x: Limbs<N>,
    pub(crate) y: Limbs<N>,
}

impl<const N: usize> Affine<N> {
    /// The stand-in for the point at infinity.
    pub(crate) const INFINITY: Self = Self { x: limbs::zero(), y: limbs::zero() };

    /// Whether this is the stand-in for infinity; real points never have both coordinates zero.
    #[inline(always)]
    pub(crate) fn is_infinity(&self) -> bool {
        self.x[0] == 0 && limbs::is_zero(&self.x) && limbs::is_zero(&self.y)
    }
}

/// A point in Jacobian coordinates, in the form of the field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jacobian<const N: usize> {
    pub(crate) x: Limbs<N>,
    pub(crate) y: Limbs<N>,
    pub(crate) z: Limbs<N>,
}

/// The coefficient `a` of y^2 = x^3 + a x + b. Most sets have a = p - 3, which saves work in doubling.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CoefficientA<const N: usize> {
    /// Any value, in the form of the field.
    General(Limbs<N>),
    /// `a = p - 3`.
    MinusThree,
}

/// The group law of one curve: its field and `a`. Nothing here depends on `b`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupLaw<F, const N: usize> {
    pub(crate) field: F,
    pub(crate) a: CoefficientA<N>,
}

impl<F: Field<N>, const N: usize> GroupLaw<F, N> {
    /// The point at infinity.
    pub(crate) fn infinity(&self) -> Jacobian<N> {
        Jacobian { x: self.field.one(), y: self.field.one(), z: limbs::zero() }
    }

    /// The coefficient a, in the form of the field.
    pub(crate) fn coefficient_a(&self) -> Limbs<N> {
        match &self.a {
            CoefficientA::General(a) => *a,
            CoefficientA::MinusThree => self.field.neg(&self.field.triple(&self.field.one())),
        }
    }

    /// An affine point with Z = 1.
    pub(crate) fn lift(&self, point: &Affine<N>) -> Jacobian<N> {
        if point.is_infinity() {
            self.infinity()
        } else {
            Jacobian { x: point.x, y: point.y, z: self.field.one() }
        }
    }

    /// Whether this is the point at infinity.
    #[inline(always)]
    pub(crate) fn is_infinity(&self, point: &Jacobian<N>) -> bool {
        self.field.is_zero(&point.z)
    }

    /// `-point`.
    #[inline(always)]
    pub(crate) fn negate(&self, point: &Affine<N>) -> Affine<N> {
        if point.is_infinity() { *point } else { Affine { x: point.x, y: self.field.neg(&point.y) } }
    }

    /// `2 * point`. Doubling infinity, or a point of order two, gives Z = 0 by itself.
    pub(crate) fn double(&self, point: &Jacobian<N>) -> Jacobian<N> {
        let f = &self.field;
        // The order is for the processor: neighbours do not wait for each other's result.
        let zz = f.square(&point.z);
        let yy = f.square(&point.y);
        let slope = match &self.a {
            CoefficientA::MinusThree => {
                let product = f.mul(&f.sub(&point.x, &zz), &f.add(&point.x, &zz));
                f.triple(&product)
            }
            CoefficientA::General(a) => {
                let xx = f.square(&point.x);
                f.add(&f.triple(&xx), &f.mul(a, &f.square(&zz)))
            }
        };
        let beta = f.mul(&point.x, &yy);
        let slope_squared = f.square(&slope);
        let z = f.double(&f.mul(&point.y, &point.z));
        let beta4 = f.quadruple(&beta);
        let yyyy4 = f.square(&f.double(&yy));
        let x = f.sub(&slope_squared, &f.double(&beta4));
        let y = f.sub(&f.mul(&slope, &f.sub(&beta4, &x)), &f.double(&yyyy4));
        Jacobian { x, y, z }
    }

    /// `left + right` with an affine right operand; complete, exceptional cases are branches.
    pub(crate) fn add_affine(&self, left: &Jacobian<N>, right: &Affine<N>) -> Jacobian<N> {
        if right.is_infinity() {
            return *left;
        }
        if self.is_infinity(left) {
            return self.lift(right);
        }
        let f = &self.field;
        let zz = f.square(&left.z);
        let h = f.sub(&f.mul(&right.x, &zz), &left.x);
        let slope = f.sub(&f.mul(&right.y, &f.mul(&left.z, &zz)), &left.y);
        if f.is_zero(&h) {
            return if f.is_zero(&slope) { self.double(left) } else { self.infinity() };
        }
        let hh = f.square(&h);
        let hhh = f.mul(&h, &hh);
        let v = f.mul(&left.x, &hh);
        let x = f.sub(&f.square(&slope), &f.add(&hhh, &f.double(&v)));
        let y = f.sub(&f.mul(&slope, &f.sub(&v, &x)), &f.mul(&left.y, &hhh));
        Jacobian { x, y, z: f.mul(&left.z, &h) }
    }

    /// `left + right`; complete, exceptional cases are branches.
    pub(crate) fn add(&self, left: &Jacobian<N>, right: &Jacobian<N>) -> Jacobian<N> {
        if self.is_infinity(right) {
            return *left;
        }
        if self.is_infinity(left) {
            return *right;
        }
        let f = &self.field;
        let left_zz = f.square(&left.z);
        let right_zz = f.square(&right.z);
        let u = f.mul(&left.x, &right_zz);
        let s = f.mul(&left.y, &f.mul(&right.z, &right_zz));
        let h = f.sub(&f.mul(&right.x, &left_zz), &u);
        let slope = f.sub(&f.mul(&right.y, &f.mul(&left.z, &left_zz)), &s);
        if f.is_zero(&h) {
            return if f.is_zero(&slope) { self.double(left) } else { self.infinity() };
        }
        let hh = f.square(&h);
        let hhh = f.mul(&h, &hh);
        let v = f.mul(&u, &hh);
        let x = f.sub(&f.square(&slope), &f.add(&hhh, &f.double(&v)));
        let y = f.sub(&f.mul(&slope, &f.sub(&v, &x)), &f.mul(&s, &hhh));
        Jacobian { x, y, z: f.mul(&f.mul(&left.z, &right.z), &h) }
    }

    /// All the points in affine coordinates, for the price of one inversion (Montgomery's trick).
    pub(crate) fn normalize(&self, points: &[Jacobian<N>]) -> Vec<Affine<N>> {
        let f = &self.field;
        // `prefixes[i]` is the product of the Zs before i; infinities are skipped, a zero would spoil them all.
        let mut prefixes = Vec::with_capacity(points.len());
        let mut product = f.one();
        for point in points {
            prefixes.push(product);
            if !self.is_infinity(point) {
                product = f.mul(&product, &point.z);
            }
        }
        let mut inverse = f.encode(&invert(&f.decode(&product), &f.modulus()));
        let mut out = vec![Affine::INFINITY; points.len()];
        for ((point, prefix), affine) in points.iter().zip(&prefixes).zip(&mut out).rev() {
            if self.is_infinity(point) {
                continue;
            }
            let z_inverse = f.mul(&inverse, prefix);
            inverse = f.mul(&inverse, &point.z);
            let zz = f.square(&z_inverse);
            *affine = Affine { x: f.mul(&point.x, &zz), y: f.mul(&point.y, &f.mul(&z_inverse, &zz)) };
        }
        out
    }
}
