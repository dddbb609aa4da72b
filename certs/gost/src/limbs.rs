//! Fixed-width unsigned integers as little-endian arrays of 64-bit limbs.
//!
//! Only what the field, scalar and encoding code needs: carries, comparison, full products, bytes. No modulus is
//! known here. Everything is branch-light but not constant time; see the crate documentation.
#![allow(clippy::needless_range_loop, reason = "limb algorithms index several arrays by the same counter")]

use std::cmp::Ordering;

/// An integer of `64 * N` bits, least significant limb first.
pub(crate) type Limbs<const N: usize> = [u64; N];

/// Zero.
pub(crate) const fn zero<const N: usize>() -> Limbs<N> {
    [0; N]
}

/// A small integer.
pub(crate) const fn small<const N: usize>(value: u64) -> Limbs<N> {
    let mut limbs = [0; N];
    limbs[0] = value;
    limbs
}

/// `a + b + carry` as sum and carry out.
#[inline(always)]
pub(crate) const fn add_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    let sum = a as u128 + b as u128 + carry as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// `a - b - borrow` as difference and borrow out (0 or 1).
#[inline(always)]
pub(crate) const fn sub_borrow(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    let difference = (a as u128).wrapping_sub(b as u128 + borrow as u128);
    (difference as u64, (difference >> 64) as u64 & 1)
}

/// `a * b + c + d` as low and high limb; never overflows.
#[inline(always)]
pub(crate) const fn mul_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let product = a as u128 * b as u128 + c as u128 + d as u128;
    (product as u64, (product >> 64) as u64)
}

/// `a + b` and the carry out of the top limb.
#[inline(always)]
pub(crate) fn add<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> (Limbs<N>, u64) {
    let mut out = [0; N];
    let mut carry = 0;
    for i in 0..N {
        (out[i], carry) = add_carry(a[i], b[i], carry);
    }
    (out, carry)
}

/// `a - b` and the borrow out of the top limb.
#[inline(always)]
pub(crate) fn sub<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> (Limbs<N>, u64) {
    let mut out = [0; N];
    let mut borrow = 0;
    for i in 0..N {
        (out[i], borrow) = sub_borrow(a[i], b[i], borrow);
    }
    (out, borrow)
}

/// `a + b` for a one-limb `b`. A carry out of the lowest limb is a branch: callers add small numbers to numbers that
/// look random, and it is almost never taken.
#[inline(always)]
pub(crate) fn add_small<const N: usize>(a: &Limbs<N>, b: u64) -> (Limbs<N>, u64) {
    let mut out = *a;
    let mut carry;
    (out[0], carry) = out[0].overflowing_add(b);
    for i in 1..N {
        if !carry {
            return (out, 0);
        }
        (out[i], carry) = out[i].overflowing_add(1);
    }
    (out, u64::from(carry))
}

/// `a - b` for a one-limb `b`, with the same branch.
#[inline(always)]
pub(crate) fn sub_small<const N: usize>(a: &Limbs<N>, b: u64) -> (Limbs<N>, u64) {
    let mut out = *a;
    let mut borrow;
    (out[0], borrow) = out[0].overflowing_sub(b);
    for i in 1..N {
        if !borrow {
            return (out, 0);
        }
        (out[i], borrow) = out[i].overflowing_sub(1);
    }
    (out, u64::from(borrow))
}

/// Whether every limb is zero.
#[inline(always)]
pub(crate) fn is_zero<const N: usize>(a: &Limbs<N>) -> bool {
    a.iter().fold(0, |seen, limb| seen | limb) == 0
}

/// Compares as integers.
pub(crate) fn compare<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> Ordering {
    a.iter().rev().cmp(b.iter().rev())
}

/// Whether `a < b`.
pub(crate) fn less_than<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> bool {
    compare(a, b) == Ordering::Less
}

/// Bit `index`, zero past the top.
#[inline(always)]
pub(crate) fn bit<const N: usize>(a: &Limbs<N>, index: usize) -> u64 {
    match a.get(index / 64) {
        Some(limb) => limb >> (index % 64) & 1,
        None => 0,
    }
}

/// How many bits the number has: zero for zero.
pub(crate) fn bits<const N: usize>(a: &Limbs<N>) -> usize {
    match a.iter().rposition(|limb| *limb != 0) {
        Some(top) => 64 * top + (64 - a[top].leading_zeros() as usize),
        None => 0,
    }
}

/// `FACTOR * a` and the carry out of the top limb.
#[inline(always)]
pub(crate) fn multiple<const FACTOR: u64, const N: usize>(a: &Limbs<N>) -> (Limbs<N>, u64) {
    let mut out = [0; N];
    let mut carry = 0;
    for i in 0..N {
        (out[i], carry) = mul_add(a[i], FACTOR, carry, 0);
    }
    (out, carry)
}

/// `a + factor * b`, which has to fit.
#[inline(always)]
pub(crate) fn add_multiple<const N: usize>(a: &Limbs<N>, b: &Limbs<N>, factor: u64) -> Limbs<N> {
    let mut out = [0; N];
    let mut carry = 0;
    for i in 0..N {
        (out[i], carry) = mul_add(b[i], factor, a[i], carry);
    }
    out
}

/// `a - factor * b`, which must not be negative.
#[inline(always)]
pub(crate) fn sub_multiple<const N: usize>(a: &Limbs<N>, b: &Limbs<N>, factor: u64) -> Limbs<N> {
    let mut out = [0; N];
    let (mut carry, mut borrow) = (0, 0);
    for i in 0..N {
        let product;
        (product, carry) = mul_add(b[i], factor, carry, 0);
        (out[i], borrow) = sub_borrow(a[i], product, borrow);
    }
    out
}

/// The full product `a * b` as low and high half.
///
/// Row by row with a sliding window: `window` holds the columns a row touches, and each row retires its lowest
/// column. All bounds are constant, which is what lets the compiler keep the window in registers.
#[inline(always)]
pub(crate) fn mul_wide<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> (Limbs<N>, Limbs<N>) {
    let mut low = [0; N];
    let mut window = [0; N];
    for i in 0..N {
        let mut carry;
        (low[i], carry) = mul_add(a[i], b[0], window[0], 0);
        for j in 1..N {
            (window[j - 1], carry) = mul_add(a[i], b[j], window[j], carry);
        }
        window[N - 1] = carry;
    }
    (low, window)
}

/// Adds the cross products of the rows listed as `i: j…` into `$out`; written out because the compiler does not
/// unroll triangular loops, and a square is half of all the work here.
macro_rules! cross_products {
    ($out:ident, $a:ident, $n:literal, $($i:literal: $($j:literal)*;)*) => {
        $(
            let mut carry = 0;
            $(($out[$i + $j], carry) = mul_add($a[$i], $a[$j], $out[$i + $j], carry);)*
            $out[$i + $n] = carry;
        )*
    };
}

/// The full square `a * a` as low and high half: the cross products are computed once and doubled.
#[inline(always)]
pub(crate) fn square_wide<const N: usize>(a: &Limbs<N>) -> (Limbs<N>, Limbs<N>) {
    let mut out = [0; 16];
    match N {
        4 => {
            cross_products! { out, a, 4, 0: 1 2 3; 1: 2 3; 2: 3; }
        }
        8 => {
            cross_products! { out, a, 8,
                0: 1 2 3 4 5 6 7; 1: 2 3 4 5 6 7; 2: 3 4 5 6 7; 3: 4 5 6 7; 4: 5 6 7; 5: 6 7; 6: 7;
            }
        }
        _ => return mul_wide(a, a),
    }
    // By adding: shifting a pair of registers takes six steps on some processors, adding with carry one.
    let mut carry = 0;
    for i in 1..2 * N {
        (out[i], carry) = add_carry(out[i], out[i], carry);
    }
    let mut carry = 0;
    for i in 0..N {
        let (low, high) = mul_add(a[i], a[i], 0, 0);
        (out[2 * i], carry) = add_carry(out[2 * i], low, carry);
        (out[2 * i + 1], carry) = add_carry(out[2 * i + 1], high, carry);
    }
    (std::array::from_fn(|i| out[i]), std::array::from_fn(|i| out[N + i]))
}

/// Reads a little-endian integer; bytes past the width are ignored by construction of the callers, which check
/// the length first, and missing ones are zero.
pub(crate) fn from_le_bytes<const N: usize>(bytes: &[u8]) -> Limbs<N> {
    let mut out = [0; N];
    for (limb, chunk) in out.iter_mut().zip(bytes.chunks(8)) {
        for (shift, byte) in chunk.iter().enumerate() {
            *limb |= u64::from(*byte) << (8 * shift);
        }
    }
    out
}

/// The `8 * N` little-endian bytes.
pub(crate) fn to_le_bytes<const N: usize>(a: &Limbs<N>) -> Vec<u8> {
    a.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

/// Reads big-endian hexadecimal at compile time; `_` and spaces separate groups. A wrong digit or a value that
/// does not fit stops the build.
pub(crate) const fn from_hex<const N: usize>(hex: &str) -> Limbs<N> {
    let digits = hex.as_bytes();
    let mut out = [0; N];
    let mut index = 0;
    while index < digits.len() {
        let digit = match digits[index] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'A'..=b'F' => digit - b'A' + 10,
            b'_' | b' ' => {
                index += 1;
                continue;
            }
            _ => panic!("not a hexadecimal digit"),
        };
        assert!(out[N - 1] >> 60 == 0, "the number does not fit");
        let mut limb = N - 1;
        while limb > 0 {
            out[limb] = out[limb] << 4 | out[limb - 1] >> 60;
            limb -= 1;
        }
        out[0] = out[0] << 4 | digit as u64;
        index += 1;
    }
    out
}
