//! Four elements of a 512-bit field at once, one in each 64-bit lane of the vectors of AVX2.
//!
//! An element is 18 signed limbs of 29 bits, so that 2^522 is folded; a limb is the low half of its lane, and the high
//! half may hold anything. Limbs are called *tight* when they are below 2^28 in absolute value, give or take a tenth:
//! products and [`Prime::carry`] give such. Sums and multiples of tight limbs grow by small factors; a product takes
//! operands whose factors multiply to 5 at most (18 products of 2^56 times 5 times 1.1^2 are below 2^63), and `carry`
//! one of at most 7.
//!
//! Everything here is safe code: functions compiled for AVX2 can only be called from such functions, and the way in is
//! a token of `fearless_simd` that only a look at the processor gives.
#![allow(clippy::needless_range_loop, reason = "limb algorithms index several arrays by the same counter")]

use super::{BITS, Digits, LIMBS};
use std::arch::x86_64::*;

/// Four elements. In a point pair they are (a | b) of the left point and (a | b) of the right one.
#[derive(Clone, Copy)]
pub(super) struct Quad([__m256i; LIMBS]);

/// What is needed of the prime.
#[derive(Clone, Copy)]
pub(super) struct Prime {
    /// 2^522 modulo the prime: a small number of either sign.
    fold: __m256i,
}

const SHIFT: i32 = BITS as i32;
const MASK: i64 = (1 << BITS) - 1;
const HALF: i64 = 1 << (BITS - 1);
/// There is no arithmetic shift of 64-bit lanes. So columns of a product are made positive by adding 2^63; shifted right
/// that is 2^34 in the carry, which the next column takes back.
const CARRY_BIAS: i64 = 1 << (63 - BITS);
/// What a column starts from when its limb is to come out from 0 to 2^29.
const FLOOR: i64 = i64::MIN.wrapping_sub(CARRY_BIAS);
/// What a column starts from when its limb is to come out from -2^28 to 2^28.
const ROUND: i64 = FLOOR + HALF;

/// Multiplies six rows of `$a`, beginning at `$at`, into the columns `$c`; the columns that a row can touch are held in
/// a sliding window. Written out for every limb of `$b`, because the compiler keeps the window in registers only then.
macro_rules! six_rows {
    ($c:ident, $a:expr, $b:expr, $at:literal, $first:literal $($j:literal)*) => {{
        let mut window = [$c[$at + $first]; 6];
        for i in 1..6 {
            window[i] = $c[$at + $first + i];
        }
        six_rows!(@column window, $c, $a, $b, $at, $first);
        $(six_rows!(@column window, $c, $a, $b, $at, $j);)*
        for i in 0..5 {
            $c[$at + LIMBS + i] = window[i];
        }
    }};
    (@column $window:ident, $c:ident, $a:expr, $b:expr, $at:expr, $j:literal) => {
        let right = $b[$j];
        $c[$at + $j] = _mm256_add_epi64($window[0], _mm256_mul_epi32($a[$at], right));
        for i in 1..6 {
            $window[i - 1] = _mm256_add_epi64($window[i], _mm256_mul_epi32($a[$at + i], right));
        }
        $window[5] = $c[$at + $j + 6];
    };
}

/// Adds the square of six limbs of `$a`, beginning at `$at`, to the columns; `$twice` is twice `$a`.
macro_rules! six_squared {
    ($c:ident, $a:expr, $twice:expr, $at:literal; $($i:literal: $($j:literal)*;)*) => {$(
        let left = $a[$at + $i];
        $c[2 * ($at + $i)] = _mm256_add_epi64($c[2 * ($at + $i)], _mm256_mul_epi32(left, left));
        $($c[2 * $at + $i + $j] =
            _mm256_add_epi64($c[2 * $at + $i + $j], _mm256_mul_epi32(left, $twice[$at + $j]));)*
    )*};
    ($c:ident, $a:expr, $twice:expr, $at:literal) => {
        six_squared!($c, $a, $twice, $at; 0: 1 2 3 4 5; 1: 2 3 4 5; 2: 3 4 5; 3: 4 5; 4: 5; 5: ;)
    };
}

/// Repeats a block with a counter that is a constant each time.
macro_rules! unrolled {
    ($i:ident in $($at:literal)*; $body:block) => {$({
        let $i = $at;
        $body
    })*};
}

impl Prime {
    /// The prime modulo which 2^522 is `fold`, a number below 2^20 in absolute value.
    #[target_feature(enable = "avx2")]
    pub(super) fn new(fold: i64) -> Self {
        Self { fold: _mm256_set1_epi64x(fold) }
    }

    /// `a * b`, tight.
    #[target_feature(enable = "avx2")]
    #[inline(never)]
    pub(super) fn mul(self, a: &Quad, b: &Quad) -> Quad {
        let mut columns = empty_columns();
        six_rows!(columns, a.0, b.0, 0, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17);
        six_rows!(columns, a.0, b.0, 6, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17);
        six_rows!(columns, a.0, b.0, 12, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17);
        self.reduce(&columns)
    }

    /// `a * a`, tight.
    #[target_feature(enable = "avx2")]
    #[inline(never)]
    pub(super) fn square(self, a: &Quad) -> Quad {
        let twice = Quad::of(|i| a.at(i).double());
        let mut columns = empty_columns();
        six_squared!(columns, a.0, twice.0, 0);
        six_squared!(columns, a.0, twice.0, 6);
        six_squared!(columns, a.0, twice.0, 12);
        six_rows!(columns, a.0, twice.0, 0, 6 7 8 9 10 11 12 13 14 15 16 17);
        six_rows!(columns, a.0, twice.0, 6, 12 13 14 15 16 17);
        self.reduce(&columns)
    }

    /// Brings the columns of a product to tight limbs.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn reduce(self, columns: &[__m256i; 2 * LIMBS]) -> Quad {
        let mask = _mm256_set1_epi64x(MASK);
        let half = _mm256_set1_epi64x(HALF);
        let bias = _mm256_set1_epi64x(CARRY_BIAS);
        let floor = |t| (_mm256_and_si256(t, mask), _mm256_srli_epi64::<SHIFT>(t));
        let round = |t| {
            let (limb, carry) = floor(t);
            (_mm256_sub_epi64(limb, half), carry)
        };

        let mut high = [mask; LIMBS];
        let mut carry = bias;
        unrolled!(i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; {
            (high[i], carry) = floor(_mm256_add_epi64(columns[LIMBS + i], carry));
        });
        // The last column is empty, so it holds the carry into it; what is carried out of it is the sign.
        let sign = _mm256_slli_epi64::<SHIFT>(_mm256_sub_epi64(carry, bias));
        high[LIMBS - 1] = _mm256_add_epi64(high[LIMBS - 1], sign);

        let mut low = [mask; LIMBS];
        carry = bias;
        unrolled!(i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; {
            let folded = _mm256_add_epi64(columns[i], _mm256_mul_epi32(high[i], self.fold));
            (low[i], carry) = round(_mm256_add_epi64(folded, carry));
        });
        // The carry out of the top is below 2^35: folded, its lower limb is below 2^48 and its upper below 2^26.
        let (lower, upper) = round(_mm256_add_epi64(carry, _mm256_set1_epi64x(ROUND)));
        let joint = _mm256_add_epi64(low[0], _mm256_mul_epi32(lower, self.fold));
        let (lowest, over) = round(_mm256_add_epi64(joint, _mm256_set1_epi64x(i64::MIN + HALF)));
        let folded = _mm256_mul_epi32(_mm256_sub_epi64(upper, bias), self.fold);
        low[1] = _mm256_add_epi64(low[1], _mm256_add_epi64(folded, _mm256_sub_epi64(over, bias)));
        low[0] = lowest;
        Quad(low)
    }

    /// Tight limbs out of limbs below 7 * 2^28: a function from a limb to its tight form, to be asked for all limbs from the
    /// lowest up. It has to know the top limb before.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn carry(self, top: Vector) -> Carry {
        let half = _mm256_set1_epi32(HALF as i32);
        let over = _mm256_srai_epi32::<SHIFT>(_mm256_add_epi32(top.0, half));
        Carry { half, carry: _mm256_mul_epi32(over, self.fold) }
    }
}

/// See [`Prime::carry`].
pub(super) struct Carry {
    half: __m256i,
    carry: __m256i,
}

impl Carry {
    /// The next limb.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn next(&mut self, limb: Vector) -> Vector {
        let over = _mm256_srai_epi32::<SHIFT>(_mm256_add_epi32(limb.0, self.half));
        let rest = _mm256_sub_epi32(limb.0, _mm256_slli_epi32::<SHIFT>(over));
        let out = _mm256_add_epi32(rest, self.carry);
        self.carry = over;
        Vector(out)
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn empty_columns() -> [__m256i; 2 * LIMBS] {
    let mut columns = [_mm256_set1_epi64x(ROUND); 2 * LIMBS];
    columns[LIMBS..].fill(_mm256_set1_epi64x(FLOOR));
    columns
}

impl Quad {
    /// Fills several limb by limb: what is made together stays in registers.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn fill<const K: usize>(out: [&mut Self; K], mut limb: impl FnMut(usize) -> [Vector; K]) {
        for i in 0..LIMBS {
            let vectors = limb(i);
            for k in 0..K {
                out[k].0[i] = vectors[k].0;
            }
        }
    }

    /// Limb by limb.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn of(mut limb: impl FnMut(usize) -> Vector) -> Self {
        let mut out = Self([_mm256_setzero_si256(); LIMBS]);
        for i in 0..LIMBS {
            out.0[i] = limb(i).0;
        }
        out
    }

    /// Limb `i` of the four elements.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn at(&self, i: usize) -> Vector {
        Vector(self.0[i])
    }

    /// One element a lane, limbs as they are.
    #[target_feature(enable = "avx2")]
    pub(super) fn new(lanes: [&Digits; 4]) -> Self {
        let limb = |lane: usize, i: usize| i64::from(lanes[lane][i]);
        Self::of(|i| Vector(_mm256_set_epi64x(limb(3, i), limb(2, i), limb(1, i), limb(0, i))))
    }

    /// The elements, lane by lane.
    #[target_feature(enable = "avx2")]
    pub(super) fn lanes(&self) -> [Digits; 4] {
        let mut out = [[0; LIMBS]; 4];
        for i in 0..LIMBS {
            out[0][i] = _mm256_extract_epi32::<0>(self.0[i]);
            out[1][i] = _mm256_extract_epi32::<2>(self.0[i]);
            out[2][i] = _mm256_extract_epi32::<4>(self.0[i]);
            out[3][i] = _mm256_extract_epi32::<6>(self.0[i]);
        }
        out
    }
}

/// One limb of four elements: a pair (a | b) of the left point and one of the right.
#[derive(Clone, Copy)]
pub(super) struct Vector(__m256i);

impl Vector {
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn add(self, other: Self) -> Self {
        Self(_mm256_add_epi32(self.0, other.0))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn sub(self, other: Self) -> Self {
        Self(_mm256_sub_epi32(self.0, other.0))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn double(self) -> Self {
        self.add(self)
    }

    /// The firsts of `self` and `other`.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn firsts(self, other: Self) -> Self {
        Self(_mm256_unpacklo_epi64(self.0, other.0))
    }

    /// The seconds of `self` and `other`.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn seconds(self, other: Self) -> Self {
        Self(_mm256_unpackhi_epi64(self.0, other.0))
    }

    /// The first of `self` and the second of `other`.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn first_second(self, other: Self) -> Self {
        Self(_mm256_blend_epi32::<0b1100_1100>(self.0, other.0))
    }

    /// The second of `self` and the first of `other`.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn second_first(self, other: Self) -> Self {
        Self(_mm256_alignr_epi8::<8>(other.0, self.0))
    }

    /// The left point's out of `self`, the right point's out of `right`.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn left_right(self, right: Self) -> Self {
        Self(_mm256_blend_epi32::<0b1111_0000>(self.0, right.0))
    }

    /// Minus one where to negate, else zero, for [`negate`](Self::negate): the seconds of the points said to be negative.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn negative_seconds(left: bool, right: bool) -> Self {
        Self(_mm256_set_epi64x(-i64::from(right), 0, -i64::from(left), 0))
    }

    /// The same, negated where `which` is minus one.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn negate(self, which: Self) -> Self {
        Self(_mm256_sub_epi32(_mm256_xor_si256(self.0, which.0), which.0))
    }
}
