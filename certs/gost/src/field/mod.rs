//! Arithmetic modulo the primes of the curves.
//!
//! A field is a small value that knows its modulus; elements are bare limbs in a form only that field
//! understands: plain and lazily reduced in [`PseudoMersenne`] and [`AbovePower`], Montgomery form in [`Montgomery`]. Go in through
//! [`Field::encode`], out through [`Field::decode`].

mod above_power;
mod montgomery;
mod pseudo_mersenne;

pub(crate) use above_power::AbovePower;
pub(crate) use montgomery::Montgomery;
pub(crate) use pseudo_mersenne::PseudoMersenne;

use crate::limbs::{self, Limbs};

/// The prime field under a curve with `N` limbs.
pub(crate) trait Field<const N: usize>: Copy + Send + Sync + 'static {
    /// The prime.
    fn modulus(&self) -> Limbs<N>;
    /// An integer below the prime, into the form of this field.
    fn encode(&self, integer: &Limbs<N>) -> Limbs<N>;
    /// The integer below the prime that an element stands for.
    fn decode(&self, element: &Limbs<N>) -> Limbs<N>;
    /// The element 1.
    fn one(&self) -> Limbs<N>;
    /// `a - b`.
    fn sub(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N>;
    /// The element out of the full product of two.
    fn fold(&self, low: &Limbs<N>, high: &Limbs<N>) -> Limbs<N>;
    /// The element out of a sum and what was carried out of it: at most 1, or 3 if the field leaves
    /// [`triple`](Self::triple) and [`quadruple`](Self::quadruple) as they are here.
    fn settle(&self, sum: &Limbs<N>, carry: u64) -> Limbs<N>;
    /// Whether the element is zero, in whichever form it is held.
    fn is_zero(&self, a: &Limbs<N>) -> bool;

    /// 2^(64 N) modulo the prime, of either sign, where that is a small number and the form of an element is a plain
    /// integer below 2^(64 N).
    fn power(&self) -> Option<i64> {
        None
    }

    /// `a + b`.
    #[inline(always)]
    fn add(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
        let (sum, carry) = limbs::add(a, b);
        self.settle(&sum, carry)
    }

    /// `a * b`.
    #[inline(always)]
    fn mul(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
        let (low, high) = limbs::mul_wide(a, b);
        self.fold(&low, &high)
    }

    /// `a * a`.
    #[inline(always)]
    fn square(&self, a: &Limbs<N>) -> Limbs<N> {
        let (low, high) = limbs::square_wide(a);
        self.fold(&low, &high)
    }

    /// `2 * a`.
    #[inline(always)]
    fn double(&self, a: &Limbs<N>) -> Limbs<N> {
        self.add(a, a)
    }

    /// `3 * a`.
    #[inline(always)]
    fn triple(&self, a: &Limbs<N>) -> Limbs<N> {
        let (sum, carry) = limbs::multiple::<3, N>(a);
        self.settle(&sum, carry)
    }

    /// `4 * a`.
    #[inline(always)]
    fn quadruple(&self, a: &Limbs<N>) -> Limbs<N> {
        let (sum, carry) = limbs::multiple::<4, N>(a);
        self.settle(&sum, carry)
    }

    /// `-a`.
    #[inline(always)]
    fn neg(&self, a: &Limbs<N>) -> Limbs<N> {
        self.sub(&[0; N], a)
    }

    /// Whether two elements are equal, in whichever form they are held.
    #[inline(always)]
    fn equal(&self, a: &Limbs<N>, b: &Limbs<N>) -> bool {
        self.is_zero(&self.sub(a, b))
    }
}

#[cfg(test)]
mod tests;
