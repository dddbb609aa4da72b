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

use crate::limbs::Limbs;

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
    /// `a + b`.
    fn add(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N>;
    /// `a - b`.
    fn sub(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N>;
    /// `a * b`.
    fn mul(&self, a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N>;
    /// `a * a`.
    fn square(&self, a: &Limbs<N>) -> Limbs<N>;
    /// Whether the element is zero, in whichever form it is held.
    fn is_zero(&self, a: &Limbs<N>) -> bool;

    /// 2^(64 N) modulo the prime, of either sign, where that is a small number and the form of an element is a plain
    /// integer below 2^(64 N).
    fn power(&self) -> Option<i64> {
        None
    }

    /// `2 * a`.
    #[inline(always)]
    fn double(&self, a: &Limbs<N>) -> Limbs<N> {
        self.add(a, a)
    }

    /// `3 * a`.
    #[inline(always)]
    fn triple(&self, a: &Limbs<N>) -> Limbs<N> {
        self.add(&self.double(a), a)
    }

    /// `4 * a`.
    #[inline(always)]
    fn quadruple(&self, a: &Limbs<N>) -> Limbs<N> {
        self.double(&self.double(a))
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
