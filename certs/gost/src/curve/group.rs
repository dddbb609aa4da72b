//! One curve put to work: reading keys, verifying and signing. The width and the kind of field disappear behind
//! [`Group`] and [`PublicPoint`], so that the public types need no parameters.
//!
//! All numbers cross these traits as little-endian bytes, exactly as wide as the field.

use super::comb::{BASE_SHAPE, Comb, KEY_SHAPE, multiply_comb, multiply_comb_and_point, multiply_two_combs};
use super::params::{Cofactor, Parameters};
use super::point::{Affine, CoefficientA, GroupLaw, Jacobian};
use super::subgroup::CofactorFour;
use crate::error::SignatureNumber;
use crate::field::{Field, Montgomery};
use crate::inverse::invert;
use crate::limbs::{self, Limbs};
use crate::{Curve, SignError, VerifyError};
use std::sync::{Arc, OnceLock};

/// A curve, whatever its width.
pub(crate) trait Group: Send + Sync {
    /// Reads X and Y and checks that they are a point of the subgroup.
    fn public_point(&'static self, bytes: &[u8]) -> Result<Arc<dyn PublicPoint>, VerifyError>;
    /// The public key of a secret, as X and Y and as a point.
    fn public_key(&'static self, secret: &[u8]) -> Result<(Vec<u8>, Arc<dyn PublicPoint>), SignError>;
    /// `r` and `s` over a digest with the given secret and nonce.
    fn sign(&self, secret: &[u8], digest: &[u8], nonce: &[u8]) -> Result<(Vec<u8>, Vec<u8>), SignError>;
    /// The digest as the standard reads it: modulo q, with 1 for 0.
    fn digest_number(&self, digest: &[u8]) -> Vec<u8>;
    /// q.
    fn order(&self) -> Vec<u8>;
}

/// A checked public key.
pub(crate) trait PublicPoint: Send + Sync {
    /// Whether `r` and `s` are a signature of this key over the digest.
    fn verify(&self, digest: &[u8], r: &[u8], s: &[u8]) -> Result<(), VerifyError>;
    /// The same key with tables of its multiples.
    fn prepare(&self) -> Arc<dyn PublicPoint>;
}

/// A curve over a field of `N` limbs.
pub(crate) struct Weierstrass<F, const N: usize> {
    curve: Curve,
    pub(super) law: GroupLaw<F, N>,
    b: Limbs<N>,
    pub(super) scalars: Montgomery<N>,
    /// What tells the points of prime order from others, where there are others.
    cofactor: Option<CofactorFour<N>>,
    base: Affine<N>,
    base_comb: OnceLock<Comb<N>>,
}

/// A point of a curve, with or without tables.
struct Key<F: 'static, const N: usize> {
    group: &'static Weierstrass<F, N>,
    point: Affine<N>,
    comb: Option<Comb<N>>,
}

impl<F: Field<N>, const N: usize> Weierstrass<F, N> {
    /// Puts a set of parameters to work over a field, which must be the one of its prime.
    pub(crate) fn new(curve: Curve, parameters: &Parameters<N>, field: F) -> Self {
        let minus_three = limbs::add_small(&parameters.a, 3).0 == parameters.p;
        let a = if minus_three {
            CoefficientA::MinusThree
        } else {
            CoefficientA::General(field.encode(&parameters.a))
        };
        let cofactor = match &parameters.cofactor {
            Cofactor::One => None,
            Cofactor::Four { order_two } => {
                Some(CofactorFour::new(&field, &field.encode(&parameters.a), &field.encode(order_two)))
            }
        };
        Self {
            curve,
            law: GroupLaw { field, a },
            b: field.encode(&parameters.b),
            scalars: Montgomery::new(parameters.q),
            cofactor,
            base: Affine { x: field.encode(&parameters.x), y: field.encode(&parameters.y) },
            base_comb: OnceLock::new(),
        }
    }

    pub(super) fn base_comb(&self) -> &Comb<N> {
        self.base_comb.get_or_init(|| Comb::new(&self.law, &self.base, self.scalars.modulus(), BASE_SHAPE))
    }

    /// x^3 + a x + b.
    pub(super) fn right_side(&self, x: &Limbs<N>) -> Limbs<N> {
        let f = &self.law.field;
        f.add(&f.mul(&f.add(&f.square(x), &self.law.coefficient_a()), x), &self.b)
    }

    /// A number from 1 to q - 1, or nothing.
    fn scalar(&self, bytes: &[u8]) -> Option<Limbs<N>> {
        let scalar = limbs::from_le_bytes(bytes);
        let in_range = !limbs::is_zero(&scalar) && limbs::less_than(&scalar, &self.scalars.modulus());
        in_range.then_some(scalar)
    }

    fn digest_scalar(&self, digest: &[u8]) -> Limbs<N> {
        let e = self.scalars.reduce(&limbs::from_le_bytes(digest));
        if limbs::is_zero(&e) { limbs::small(1) } else { e }
    }

    /// `left * right` modulo q.
    pub(super) fn scalar_product(&self, left: &Limbs<N>, right: &Limbs<N>) -> Limbs<N> {
        self.scalars.mul(&self.scalars.encode(left), right)
    }

    /// Whether the abscissa of `point` is `r` modulo q, without leaving Jacobian coordinates: for every number
    /// r, r + q, … below p (there are up to four of them where the cofactor is four), compares it times Z^2
    /// with X.
    pub(super) fn abscissa_is(&self, point: &Jacobian<N>, r: &Limbs<N>) -> bool {
        if self.law.is_infinity(point) {
            return false;
        }
        let f = &self.law.field;
        let zz = f.square(&point.z);
        let mut candidate = *r;
        // An r from p upwards, where q is above p, is no abscissa, although the field may take it for another name of one.
        while limbs::less_than(&candidate, &f.modulus()) {
            if f.equal(&f.mul(&f.encode(&candidate), &zz), &point.x) {
                return true;
            }
            let (next, carry) = limbs::add(&candidate, &self.scalars.modulus());
            if carry == 1 {
                return false;
            }
            candidate = next;
        }
        false
    }

    /// A scalar times the base point, in affine coordinates as integers.
    fn base_multiple(&self, scalar: &Limbs<N>) -> (Limbs<N>, Limbs<N>) {
        let f = &self.law.field;
        let point = multiply_comb(&self.law, self.base_comb(), scalar);
        let z_inverse = f.encode(&invert(&f.decode(&point.z), &f.modulus()));
        let zz = f.square(&z_inverse);
        let x = f.mul(&point.x, &zz);
        let y = f.mul(&point.y, &f.mul(&z_inverse, &zz));
        (f.decode(&x), f.decode(&y))
    }
}

impl<F: Field<N>, const N: usize> Group for Weierstrass<F, N> {
    fn public_point(&'static self, bytes: &[u8]) -> Result<Arc<dyn PublicPoint>, VerifyError> {
        let curve = self.curve;
        let f = &self.law.field;
        let (x, y) = bytes.split_at(bytes.len() / 2);
        let (x, y) = (limbs::from_le_bytes(x), limbs::from_le_bytes(y));
        if limbs::is_zero(&x) && limbs::is_zero(&y) {
            return Err(VerifyError::PointAtInfinity);
        }
        if !limbs::less_than(&x, &f.modulus()) || !limbs::less_than(&y, &f.modulus()) {
            return Err(VerifyError::CoordinateOutOfRange { curve });
        }
        let point = Affine { x: f.encode(&x), y: f.encode(&y) };
        if !f.equal(&f.square(&point.y), &self.right_side(&point.x)) {
            return Err(VerifyError::PointOffCurve { curve });
        }
        if self.cofactor.is_some_and(|cofactor| !cofactor.contains(f, &point)) {
            return Err(VerifyError::OutsideSubgroup { curve });
        }
        Ok(Arc::new(Key { group: self, point, comb: None }))
    }

    fn public_key(&'static self, secret: &[u8]) -> Result<(Vec<u8>, Arc<dyn PublicPoint>), SignError> {
        let secret = self.scalar(secret).ok_or(SignError::SecretOutOfRange)?;
        let (x, y) = self.base_multiple(&secret);
        let bytes = [limbs::to_le_bytes(&x), limbs::to_le_bytes(&y)].concat();
        let f = &self.law.field;
        let point = Affine { x: f.encode(&x), y: f.encode(&y) };
        Ok((bytes, Arc::new(Key { group: self, point, comb: None })))
    }

    fn sign(&self, secret: &[u8], digest: &[u8], nonce: &[u8]) -> Result<(Vec<u8>, Vec<u8>), SignError> {
        let secret = self.scalar(secret).ok_or(SignError::SecretOutOfRange)?;
        let nonce = self.scalar(nonce).ok_or(SignError::NonceOutOfRange)?;
        let e = self.digest_scalar(digest);
        let (x, _) = self.base_multiple(&nonce);
        let r = self.scalars.reduce(&x);
        let s = self.scalars.add(&self.scalar_product(&r, &secret), &self.scalar_product(&nonce, &e));
        if limbs::is_zero(&r) || limbs::is_zero(&s) {
            return Err(SignError::NonceUnusable);
        }
        Ok((limbs::to_le_bytes(&r), limbs::to_le_bytes(&s)))
    }

    fn digest_number(&self, digest: &[u8]) -> Vec<u8> {
        limbs::to_le_bytes(&self.digest_scalar(digest))
    }

    fn order(&self) -> Vec<u8> {
        limbs::to_le_bytes(&self.scalars.modulus())
    }
}

impl<F: Field<N>, const N: usize> PublicPoint for Key<F, N> {
    fn verify(&self, digest: &[u8], r: &[u8], s: &[u8]) -> Result<(), VerifyError> {
        let group = self.group;
        let out_of_range = |number| VerifyError::SignatureNumberOutOfRange { number };
        let r = group.scalar(r).ok_or(out_of_range(SignatureNumber::R))?;
        let s = group.scalar(s).ok_or(out_of_range(SignatureNumber::S))?;
        let v = invert(&group.digest_scalar(digest), &group.scalars.modulus());
        let z1 = group.scalar_product(&v, &s);
        let z2 = group.scalars.neg(&group.scalar_product(&v, &r));
        let base = (group.base_comb(), &z1);
        let good = match &self.comb {
            Some(comb) => group.abscissa_is(&multiply_two_combs(&group.law, base, (comb, &z2)), &r),
            None => group.check_short(&self.point, &r, &z1, &z2).unwrap_or_else(|| {
                group.abscissa_is(&multiply_comb_and_point(&group.law, base, (&self.point, &z2)), &r)
            }),
        };
        if good { Ok(()) } else { Err(VerifyError::SignatureMismatch) }
    }

    fn prepare(&self) -> Arc<dyn PublicPoint> {
        let order = self.group.scalars.modulus();
        let comb = Comb::new(&self.group.law, &self.point, order, KEY_SHAPE);
        Arc::new(Self { group: self.group, point: self.point, comb: Some(comb) })
    }
}
