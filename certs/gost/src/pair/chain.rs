//! Two points times two scalars at once, on curves y^2 = x^3 - 3 e^2 x + b for any e and b, each point on its own.
//!
//! A point (X, Y, Z) stands for (X / Z^2, Y / Z^3); held are X and D = 2 Y, Z and E = e Z^2, two elements a vector. Doubling
//! needs e Z^2 wherever it would need Z^2 for e = 1, so that e costs nothing.
//!
//! The formulas are `dbl-2001-b` and `madd-2007-bl` of the Explicit-Formulas Database, arranged so that two products go at a
//! time. They are not complete: an exceptional case gives Z = 0, which stays 0 whatever follows.

use super::lanes::{Prime, Quad, Vector};
use super::{Digits, LIMBS, Operand, Product, WINDOW};

/// Entries of a table: the odd multiples 1, 3, 5, … that the digits need.
const ENTRIES: usize = 1 << (WINDOW - 1);

/// The top limb.
const TOP: usize = LIMBS - 1;

/// Two points, left and right.
#[derive(Clone, Copy)]
struct Points {
    /// (X | D).
    xd: Quad,
    /// (Z | E).
    ze: Quad,
}

/// Room for what is on its way into a product. Made once, because clearing it takes time.
type Scratch = [Quad; 5];

/// The odd multiples of two points, all over one Z a point: as that Z is left out, they are affine points (X | D) on
/// another model of the curve.
struct Table {
    multiples: [Quad; ENTRIES],
    /// (1 | E) of the model.
    one_e: Quad,
    /// Z in the first of each point; the second means nothing.
    z: Quad,
}

impl Points {
    /// Doubles the points.
    #[target_feature(enable = "avx2")]
    fn double(&mut self, p: Prime, [a, b, m_v, x, _]: &mut Scratch) {
        let Self { xd, ze } = self;
        // (V = D^2 | new Z).
        Quad::fill([a, b], |i| [xd.at(i).seconds(xd.at(i)), xd.at(i).second_first(ze.at(i))]);
        let v_z = p.mul(a, b);
        // (S = X V | (X - E) (X + E)), and three times the latter is the slope M.
        Quad::fill([a, b], |i| {
            let xx = xd.at(i).firsts(xd.at(i));
            [xx.first_second(xx.sub(ze.at(i))), v_z.at(i).first_second(xx.add(ze.at(i)))]
        });
        let s_m = p.mul(a, b);
        let wide = |i| s_m.at(i).double().add(s_m.at(i));
        let mut carry = p.carry(wide(TOP));
        Quad::fill([m_v], |i| [carry.next(wide(i)).second_first(v_z.at(i))]);
        let mm_vv = p.square(m_v);
        // New X = M^2 - 2 S, then (M (S - X) | new E).
        Quad::fill([x, a], |i| {
            let s = s_m.at(i);
            let x = mm_vv.at(i).sub(s.double());
            [x, s.sub(x).first_second(ze.at(i))]
        });
        let y_e = p.mul(m_v, a);
        let wide = |i| {
            let d = y_e.at(i).firsts(y_e.at(i)).double().sub(mm_vv.at(i));
            x.at(i).first_second(d)
        };
        let mut carry = p.carry(wide(TOP));
        Quad::fill([xd, ze], |i| [carry.next(wide(i)), v_z.at(i).seconds(y_e.at(i))]);
    }

    /// Adds points (X | D) of Z = 1, and tells (h^2 | h^3) for the h by which that multiplied Z.
    #[target_feature(enable = "avx2")]
    fn add(&mut self, p: Prime, right: &Quad, ratio: Option<&mut Quad>, [h_r, h_x, a, b, r_e]: &mut Scratch) {
        let Self { xd, ze } = self;
        // Z^2 and the right point over the Z of both.
        Quad::fill([a, b], |i| [ze.at(i).firsts(ze.at(i)), ze.at(i).first_second(right.at(i))]);
        let zz_dz = p.mul(a, b);
        Quad::fill([a, b], |i| [right.at(i).first_second(zz_dz.at(i)), zz_dz.at(i).firsts(zz_dz.at(i))]);
        let us = p.mul(a, b);
        // H and r, then (I = (2 H)^2 | new Z).
        let wide = |i| us.at(i).sub(xd.at(i));
        let mut carry = p.carry(wide(TOP));
        Quad::fill([h_r, a, b, h_x], |i| {
            let h_r = carry.next(wide(i));
            let twice = h_r.double();
            [h_r, twice.firsts(ze.at(i)), twice.firsts(twice), h_r.firsts(xd.at(i))]
        });
        let i_z = p.mul(a, b);
        // (J = H I | V = X I) and (r^2 | new E).
        Quad::fill([a, b, r_e], |i| {
            let (h_r, i_z) = (h_r.at(i), i_z.at(i));
            [i_z.firsts(i_z), h_r.second_first(i_z), h_r.seconds(ze.at(i))]
        });
        let j_v = p.mul(a, h_x);
        let rr_e = p.mul(b, r_e);
        // New X = r^2 - J - 2 V, then (r (V - X) | D J).
        let x = h_x;
        Quad::fill([x, a, b], |i| {
            let v = j_v.at(i).seconds(j_v.at(i));
            let x = rr_e.at(i).sub(j_v.at(i)).sub(v.double());
            [x, v.sub(x).firsts(j_v.at(i)), h_r.at(i).seconds(xd.at(i))]
        });
        let y_f = p.mul(a, b);
        let wide = |i| {
            let d = y_f.at(i).firsts(y_f.at(i)).sub(y_f.at(i)).double();
            x.at(i).first_second(d)
        };
        let mut carry = p.carry(wide(TOP));
        Quad::fill([xd, ze], |i| [carry.next(wide(i)), i_z.at(i).seconds(rr_e.at(i))]);
        if let Some(ratio) = ratio {
            Quad::fill([ratio], |i| [i_z.at(i).firsts(j_v.at(i).double())]);
        }
    }
}

impl Table {
    /// The table of two points (X | D) with Z = 1 and the given (1 | e).
    #[target_feature(enable = "avx2")]
    fn new(p: Prime, points: Quad, one_e: Quad, scratch: &mut Scratch) -> Self {
        let mut double = Points { xd: points, ze: one_e };
        double.double(p, scratch);
        // From here on over the Z of the double, which is D, so that the double is an affine point too.
        let dd = p.square(&Quad::of(|i| points.at(i).seconds(points.at(i))));
        // (X D^2 | D D^3).
        let first = p.mul(&Quad::of(|i| points.at(i).first_second(dd.at(i))), &dd);
        let one_and = |e: &Quad| Quad::of(|i| one_e.at(i).first_second(e.at(i)));
        let mut last = Points { xd: first, ze: one_and(&double.ze) };
        let mut multiples = [first; ENTRIES];
        let mut ratios = [first; ENTRIES];
        for i in 1..ENTRIES {
            last.add(p, &double.xd, Some(&mut ratios[i]), scratch);
            multiples[i] = last.xd;
        }
        // Each to the Z of the last.
        let mut ratio = ratios[ENTRIES - 1];
        for i in (0..ENTRIES - 1).rev() {
            multiples[i] = p.mul(&multiples[i], &ratio);
            if i > 0 {
                ratio = p.mul(&ratio, &ratios[i]);
            }
        }
        Self { multiples, one_e: one_and(&last.ze), z: p.mul(&double.ze, &last.ze) }
    }

    /// The multiples that two digits name.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn pick(&self, left: i8, right: i8) -> Quad {
        let entry = |digit: i8| &self.multiples[usize::from(digit.unsigned_abs()) / 2];
        let negative = Vector::negative_seconds(left < 0, right < 0);
        let (left, right) = (entry(left), entry(right));
        Quad::of(|i| left.at(i).left_right(right.at(i)).negate(negative))
    }
}

fearless_simd::kernel! {
    /// Both products. The operands have as many digits as each other.
    pub(super) fn multiply(_avx2: Avx2, fold: i64, left: &Operand, right: &Operand) -> [Product; 2] {
        let p = Prime::new(fold);
        let mut one: Digits = Default::default();
        one[0] = 1;
        let tight = |lanes| {
            let wide = Quad::new(lanes);
            let mut carry = p.carry(wide.at(TOP));
            Quad::of(|i| carry.next(wide.at(i)))
        };
        let points = tight([&left.x, &left.double_y, &right.x, &right.double_y]);
        let scratch = &mut [points; 5];
        let table = Table::new(p, points, tight([&one, &left.e, &one, &right.e]), scratch);
        let mut digits = left.scalar.iter().zip(&right.scalar).rev();
        let mut pick = || digits.next().map(|(left, right)| table.pick(*left, *right));
        let mut sum = Points { xd: pick().unwrap_or(points), ze: table.one_e };
        while let Some(entry) = pick() {
            for _ in 0..WINDOW {
                sum.double(p, scratch);
            }
            sum.add(p, &entry, None, scratch);
        }
        let [left_x, left_d, right_x, right_d] = sum.xd.lanes();
        let [left_z, _, right_z, _] = p.mul(&sum.ze, &table.z).lanes();
        [
            Product { x: left_x, double_y: left_d, z: left_z },
            Product { x: right_x, double_y: right_d, z: right_z },
        ]
    }
}
