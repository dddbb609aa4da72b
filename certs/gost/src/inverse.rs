//! Modular inversion by the division steps of Bernstein and Yang ("Fast constant-time gcd computation and modular
//! inversion", 2019), in the variable-time form that works on 62 steps at a time.
//!
//! The numbers are held as signed limbs of 62 bits, so that a transition matrix of 62 steps fits 64-bit entries.
//! Inverting a 512-bit scalar this way costs about as much as sixty field multiplications; Fermat's way, over
//! six hundred.
#![allow(clippy::needless_range_loop, reason = "limb algorithms index several arrays by the same counter")]

use crate::limbs::Limbs;

/// Limbs enough for 512 bits and the sign: nine of 62 bits.
const LIMBS: usize = 9;
/// Steps worked off a batch, and bits in a limb.
const STEPS: u32 = 62;
const MASK: u64 = u64::MAX >> 2;

/// A signed number, sum of `limb[i] * 2^(62 i)`; all limbs but the last are in 0..2^62.
type Signed = [i64; LIMBS];

/// The matrix of a batch of steps, scaled by 2^62.
struct Transition {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// The inverse of `value` modulo the odd prime `modulus`, or zero for zero. `value` is below `modulus`.
pub(crate) fn invert<const N: usize>(value: &Limbs<N>, modulus: &Limbs<N>) -> Limbs<N> {
    let modulus = to_signed(modulus);
    let modulus_inverse = inverse_of_limb(modulus[0] as u64);
    let mut f = modulus;
    let mut g = to_signed(value);
    let mut d = [0; LIMBS];
    let mut e = [0; LIMBS];
    e[0] = 1;
    let mut eta = -1;
    while g.iter().any(|limb| *limb != 0) {
        let transition = steps(&mut eta, f[0] as u64, g[0] as u64);
        update_modular(&mut d, &mut e, &transition, &modulus, modulus_inverse);
        update_exact(&mut f, &mut g, &transition);
    }
    // f is now plus or minus the gcd, which is 1 (or the modulus, with d zero, when the value was zero).
    let negative = f[LIMBS - 1] < 0;
    from_signed(&normalize(d, negative, &modulus))
}

/// Sixty-two division steps on the lowest limbs; `eta` is minus the delta of the paper.
fn steps(eta: &mut i64, f: u64, g: u64) -> Transition {
    let (mut f, mut g) = (f, g);
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    let mut left = STEPS;
    loop {
        // A sentinel bit keeps the count of trailing zeros within the steps left.
        let zeros = (g | u64::MAX << left).trailing_zeros();
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        *eta -= i64::from(zeros);
        left -= zeros;
        if left == 0 {
            break;
        }
        if *eta < 0 {
            *eta = -*eta;
            (f, g) = (g, f.wrapping_neg());
            (u, q) = (q, u.wrapping_neg());
            (v, r) = (r, v.wrapping_neg());
        }
        // Cancel as many low bits of g as the steps allow before eta changes sign, at most six.
        let limit = (*eta + 1).min(i64::from(left)) as u32;
        let mask = (u64::MAX >> (64 - limit.min(6))) & 63;
        // f * (f^2 - 2) is minus the inverse of f modulo 2^6.
        let weight = f.wrapping_mul(g).wrapping_mul(f.wrapping_mul(f).wrapping_sub(2)) & mask;
        g = g.wrapping_add(f.wrapping_mul(weight));
        q = q.wrapping_add(u.wrapping_mul(weight));
        r = r.wrapping_add(v.wrapping_mul(weight));
    }
    Transition { u: u as i64, v: v as i64, q: q as i64, r: r as i64 }
}

/// `(f, g) = transition * (f, g) / 2^62`; the division is exact.
fn update_exact(f: &mut Signed, g: &mut Signed, t: &Transition) {
    let mut carry_f = 0i128;
    let mut carry_g = 0i128;
    for i in 0..LIMBS {
        let (fi, gi) = (i128::from(f[i]), i128::from(g[i]));
        carry_f += i128::from(t.u) * fi + i128::from(t.v) * gi;
        carry_g += i128::from(t.q) * fi + i128::from(t.r) * gi;
        if i > 0 {
            f[i - 1] = (carry_f as u64 & MASK) as i64;
            g[i - 1] = (carry_g as u64 & MASK) as i64;
        }
        carry_f >>= STEPS;
        carry_g >>= STEPS;
    }
    f[LIMBS - 1] = carry_f as i64;
    g[LIMBS - 1] = carry_g as i64;
}

/// `(d, e) = transition * (d, e) / 2^62` modulo the modulus, keeping both in (-2 modulus, modulus).
fn update_modular(d: &mut Signed, e: &mut Signed, t: &Transition, modulus: &Signed, modulus_inverse: u64) {
    let sign_d = d[LIMBS - 1] >> 63;
    let sign_e = e[LIMBS - 1] >> 63;
    // Multiples of the modulus that make up for negative inputs, then the ones that make the sum divisible.
    let mut multiple_d = (t.u & sign_d).wrapping_add(t.v & sign_e);
    let mut multiple_e = (t.q & sign_d).wrapping_add(t.r & sign_e);
    let low_d = (t.u.wrapping_mul(d[0])).wrapping_add(t.v.wrapping_mul(e[0]));
    let low_e = (t.q.wrapping_mul(d[0])).wrapping_add(t.r.wrapping_mul(e[0]));
    let fix = |low: i64, multiple: i64| {
        (modulus_inverse.wrapping_mul(low as u64).wrapping_add(multiple as u64) & MASK) as i64
    };
    multiple_d = multiple_d.wrapping_sub(fix(low_d, multiple_d));
    multiple_e = multiple_e.wrapping_sub(fix(low_e, multiple_e));
    let mut carry_d = 0i128;
    let mut carry_e = 0i128;
    for i in 0..LIMBS {
        let (di, ei, mi) = (i128::from(d[i]), i128::from(e[i]), i128::from(modulus[i]));
        carry_d += i128::from(t.u) * di + i128::from(t.v) * ei + i128::from(multiple_d) * mi;
        carry_e += i128::from(t.q) * di + i128::from(t.r) * ei + i128::from(multiple_e) * mi;
        if i > 0 {
            d[i - 1] = (carry_d as u64 & MASK) as i64;
            e[i - 1] = (carry_e as u64 & MASK) as i64;
        }
        carry_d >>= STEPS;
        carry_e >>= STEPS;
    }
    d[LIMBS - 1] = carry_d as i64;
    e[LIMBS - 1] = carry_e as i64;
}

/// Brings a number from (-2 modulus, modulus), negated first when asked, to 0..modulus.
fn normalize(value: Signed, negate: bool, modulus: &Signed) -> Signed {
    let mut out = value;
    if out[LIMBS - 1] < 0 {
        out = carried(|i| out[i] + modulus[i]);
    }
    if negate {
        out = carried(|i| -out[i]);
    }
    if out[LIMBS - 1] < 0 {
        out = carried(|i| out[i] + modulus[i]);
    }
    out
}

/// The number with the given limbs, carries settled.
fn carried(limb: impl Fn(usize) -> i64) -> Signed {
    let mut out = [0; LIMBS];
    let mut carry = 0;
    for i in 0..LIMBS {
        let sum = limb(i) + carry;
        if i < LIMBS - 1 {
            out[i] = sum & MASK as i64;
            carry = sum >> STEPS;
        } else {
            out[i] = sum;
        }
    }
    out
}

/// The inverse of an odd number modulo 2^62.
fn inverse_of_limb(limb: u64) -> u64 {
    let mut inverse = 1u64;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(limb.wrapping_mul(inverse)));
    }
    inverse & MASK
}

fn to_signed<const N: usize>(value: &Limbs<N>) -> Signed {
    let mut out = [0; LIMBS];
    for i in 0..LIMBS {
        let at = 62 * i;
        let limb = |index: usize| value.get(index).copied().unwrap_or(0);
        let wide = u128::from(limb(at / 64)) | u128::from(limb(at / 64 + 1)) << 64;
        out[i] = ((wide >> (at % 64)) as u64 & MASK) as i64;
    }
    out
}

fn from_signed<const N: usize>(value: &Signed) -> Limbs<N> {
    let mut out = [0; N];
    for i in 0..N {
        let at = 64 * i;
        let limb = |index: usize| value.get(index).map_or(0, |limb| *limb as u64);
        let wide = u128::from(limb(at / 62)) | u128::from(limb(at / 62 + 1)) << 62;
        let higher = u128::from(limb(at / 62 + 2));
        let shift = at % 62;
        out[i] = (wide >> shift) as u64 | if shift > 60 { (higher << (124 - shift)) as u64 } else { 0 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Field, Montgomery};
    use crate::limbs;

    #[track_caller]
    fn check<const N: usize>(modulus: Limbs<N>, value: Limbs<N>) {
        let field = Montgomery::new(modulus);
        let value = field.reduce(&value);
        let inverse = invert(&value, &modulus);
        assert!(limbs::less_than(&inverse, &modulus));
        let product = field.decode(&field.mul(&field.encode(&value), &field.encode(&inverse)));
        assert_eq!(product, limbs::small(1));
    }

    #[test]
    fn the_product_with_the_inverse_is_one() {
        let mut wide = [u64::MAX; 8];
        wide[0] = 0u64.wrapping_sub(569);
        let mut narrow = [u64::MAX; 4];
        narrow[0] = 0u64.wrapping_sub(617);
        let mut x = 0x9e37_79b9_7f4a_7c15u64;
        for round in 0..300u64 {
            let mut draw = || {
                x ^= x << 13;
                x ^= x >> 7;
                x ^= x << 17;
                x
            };
            check::<8>(wide, std::array::from_fn(|_| draw()));
            check::<4>(narrow, std::array::from_fn(|_| draw()));
            check::<8>(wide, limbs::small(round + 1));
            check::<4>(narrow, limbs::sub(&narrow, &limbs::small(round + 1)).0);
        }
    }

    #[test]
    fn zero_has_no_inverse_and_gives_zero() {
        let mut modulus = [u64::MAX; 4];
        modulus[0] = 0u64.wrapping_sub(617);
        assert_eq!(invert(&[0; 4], &modulus), [0; 4]);
    }
}
