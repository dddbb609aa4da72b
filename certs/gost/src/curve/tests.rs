//! The parameters are what they claim to be, and every way to multiply agrees with the slow one.

use super::comb::{BASE_SHAPE, Comb, KEY_SHAPE, multiply_comb, multiply_comb_and_point, multiply_two_combs};
use super::params::{self, Cofactor, Parameters};
use super::point::{Affine, CoefficientA, GroupLaw, Jacobian};
use super::subgroup::{CofactorFour, root_power};
use super::*;
use crate::field::Field;
use crate::limbs::{self, Limbs};
use proptest::prelude::*;

/// Double and add, bit by bit.
fn slow<F: Field<N>, const N: usize>(law: &GroupLaw<F, N>, p: &Affine<N>, scalar: &Limbs<N>) -> Jacobian<N> {
    (0..64 * N).rev().fold(law.infinity(), |sum, bit| {
        let sum = law.double(&sum);
        if limbs::bit(scalar, bit) == 1 { law.add_affine(&sum, p) } else { sum }
    })
}

#[track_caller]
fn assert_same<F: Field<N>, const N: usize>(law: &GroupLaw<F, N>, a: &Jacobian<N>, b: &Jacobian<N>) {
    let decoded = |p: &Jacobian<N>| {
        let affine = law.normalize(&[*p])[0];
        (law.field.decode(&affine.x), law.field.decode(&affine.y))
    };
    assert_eq!(decoded(a), decoded(b));
}

fn check<F: Field<N>, const N: usize>(parameters: &Parameters<N>, field: F) {
    assert_eq!(field.modulus(), parameters.p);
    let minus_three = limbs::add_small(&parameters.a, 3).0 == parameters.p;
    let a = if minus_three {
        CoefficientA::MinusThree
    } else {
        CoefficientA::General(field.encode(&parameters.a))
    };
    let law = GroupLaw { field, a };
    let base = Affine { x: field.encode(&parameters.x), y: field.encode(&parameters.y) };
    let q = parameters.q;
    assert!(law.is_infinity(&slow(&law, &base, &q)));

    let comb = Comb::new(&law, &base, q, KEY_SHAPE);
    let wide = Comb::new(&law, &base, q, BASE_SHAPE);
    let minus_one = limbs::sub_small(&q, 1).0;
    let scalars: [Limbs<N>; 7] = [
        limbs::zero(),
        limbs::small(1),
        limbs::small(2),
        minus_one,
        limbs::sub_small(&q, 2).0,
        std::array::from_fn(|i| (q[i] / 3) ^ 0x5555),
        std::array::from_fn(|i| if i == N - 1 { 0 } else { u64::MAX }),
    ];
    for left in &scalars {
        assert_same(&law, &multiply_comb(&law, &comb, left), &slow(&law, &base, left));
        assert_same(&law, &multiply_comb(&law, &wide, left), &slow(&law, &base, left));
        for right in &scalars {
            let expected = law.add(&slow(&law, &base, left), &slow(&law, &base, right));
            let two = multiply_two_combs(&law, (&wide, left), (&comb, right));
            assert_same(&law, &two, &expected);
            let mixed = multiply_comb_and_point(&law, (&wide, left), (&base, right));
            assert_same(&law, &mixed, &expected);
        }
    }
    // The group law at its exceptions.
    let lifted = law.lift(&base);
    assert!(law.is_infinity(&law.add_affine(&lifted, &law.negate(&base))));
    assert_same(&law, &law.add_affine(&lifted, &base), &law.double(&lifted));
    assert_same(&law, &law.add(&lifted, &lifted), &law.double(&lifted));
    assert!(law.is_infinity(&law.double(&law.infinity())));
    assert_same(&law, &law.add(&law.infinity(), &lifted), &lifted);
    assert_same(&law, &law.add_affine(&lifted, &Affine::INFINITY), &lifted);
}

#[test]
fn curves_of_256_bits_multiply() {
    check(&params::TC26_256_A, Special256 {});
    check(&params::TC26_256_B, Special256 {});
    check(&params::TC26_256_C, AbovePower::<4, 6450>);
    check(&params::TC26_256_D, Montgomery::new(params::TC26_256_D.p));
    check(&params::EXAMPLE_256, AbovePower::<4, 2146>);
}

#[test]
fn curves_of_512_bits_multiply() {
    check(&params::TC26_512_A, Special512 {});
    check(&params::TC26_512_B, AbovePower::<8, 222>);
    check(&params::TC26_512_C, Special512 {});
    check(&params::EXAMPLE_512, Montgomery::new(params::EXAMPLE_512.p));
}

/// The quick check of the subgroup says what multiplying by its order says, for points of every order there is.
fn check_subgroup<F: Field<N>, const N: usize>(parameters: &Parameters<N>, f: F) {
    let Cofactor::Four { order_two } = &parameters.cofactor else { panic!("a curve with points outside") };
    let a = f.encode(&parameters.a);
    let law = GroupLaw { field: f, a: CoefficientA::General(a) };
    let subgroup = CofactorFour::new(&f, &a, &f.encode(order_two));
    let right_side = |x: &Limbs<N>| f.add(&f.mul(&f.add(&f.square(x), &a), x), &f.encode(&parameters.b));
    assert!(f.is_zero(&right_side(&f.encode(order_two))));
    assert!(!subgroup.contains(&f, &Affine { x: f.encode(order_two), y: limbs::zero() }));

    // How many of the multiples by q of the points found are infinity, of order two, of order four.
    let mut orders = [0; 3];
    let mut x = f.encode(&limbs::small(7));
    for _ in 0..60 {
        x = f.add(&f.square(&x), &f.one());
        let square = right_side(&x);
        let y = f.mul(&square, &root_power(&f, &square));
        if !f.equal(&f.square(&y), &square) {
            continue;
        }
        let point = Affine { x, y };
        let by_order = slow(&law, &point, &parameters.q);
        let twice = law.double(&by_order);
        let log = if law.is_infinity(&by_order) {
            0
        } else if law.is_infinity(&twice) {
            1
        } else {
            2
        };
        orders[log] += 1;
        assert_eq!(subgroup.contains(&f, &point), log == 0);
        // The point without its part outside, with that part alone, and doubles.
        let [inside, outside] = {
            let quadruple = law.double(&law.double(&law.lift(&point)));
            let affine = law.normalize(&[quadruple, by_order]);
            [affine[0], affine[1]]
        };
        assert!(subgroup.contains(&f, &inside));
        assert!(outside.is_infinity() || !subgroup.contains(&f, &outside));
        let sum = law.normalize(&[law.add_affine(&law.lift(&inside), &outside)])[0];
        assert_eq!(subgroup.contains(&f, &sum), outside.is_infinity());
    }
    assert!(orders.iter().all(|count| *count > 2), "{orders:?}");
}

#[test]
fn the_subgroup_is_told_without_multiplying() {
    check_subgroup(&params::TC26_256_A, Special256 {});
    check_subgroup(&params::TC26_512_C, Special512 {});
}

/// Where q is above p, a number from p to q is not the abscissa of a point that has it modulo p.
#[test]
fn a_number_above_the_prime_is_no_abscissa() {
    fn check<F: Field<N>, const N: usize>(group: &Weierstrass<F, N>, parameters: &Parameters<N>) {
        let base = group.law.lift(&Affine {
            x: group.law.field.encode(&parameters.x),
            y: group.law.field.encode(&parameters.y),
        });
        let (above, carry) = limbs::add(&parameters.x, &parameters.p);
        assert!(carry == 0 && limbs::less_than(&above, &parameters.q));
        assert!(group.abscissa_is(&base, &parameters.x));
        assert!(!group.abscissa_is(&base, &above));
    }
    check(&TC26_256_C, &params::TC26_256_C);
    check(&TC26_512_B, &params::TC26_512_B);
    check(&EXAMPLE_256, &params::EXAMPLE_256);
}

/// The check with short scalars says what the check with whole ones says, if it says anything; how often it did.
fn check_short<F: Field<8>>(group: &Weierstrass<F, 8>, parameters: &Parameters<8>) -> [usize; 3] {
    let law = &group.law;
    let q = parameters.q;
    let base = Affine { x: law.field.encode(&parameters.x), y: law.field.encode(&parameters.y) };
    let mut scalars = vec![
        limbs::small(1),
        limbs::small(2),
        limbs::small(3),
        limbs::sub_small(&q, 1).0,
        limbs::sub_small(&q, 2).0,
        std::array::from_fn(|i| if i < 4 { u64::MAX } else { 0 }),
        std::array::from_fn(|i| u64::from(i == 4)),
    ];
    for i in 1..6 {
        scalars.push(
            group.scalar_product(&scalars[i], &std::array::from_fn(|limb| q[limb] / (limb as u64 + 2))),
        );
    }
    let keys =
        law.normalize(&[law.lift(&base), slow(law, &base, &scalars[8]), slow(law, &base, &scalars[9])]);
    // Said yes, said no, did not say.
    let mut said = [0; 3];
    for key in &keys {
        for z1 in &scalars {
            for z2 in &scalars {
                let point = law.add(&slow(law, &base, z1), &slow(law, key, z2));
                let right = group.scalars.reduce(&law.field.decode(&law.normalize(&[point])[0].x));
                // Wrong by one, the abscissas of base and key, and one of a point that is on the twist as often as not.
                let known = [key.x, base.x].map(|x| group.scalars.reduce(&law.field.decode(&x)));
                for r in [right, limbs::add_small(&right, 1).0, known[0], known[1], limbs::small(5)] {
                    if limbs::is_zero(&r) || !limbs::less_than(&r, &q) {
                        continue;
                    }
                    let whole = group.abscissa_is(&point, &r);
                    match group.check_short(key, &r, z1, z2) {
                        Some(short) => {
                            assert_eq!(short, whole, "{z1:x?} {z2:x?} {r:x?}");
                            said[usize::from(!short)] += 1;
                        }
                        None => said[2] += 1,
                    }
                }
            }
        }
    }
    said
}

#[test]
fn short_scalars_decide_what_whole_ones_decide() {
    let said = [
        check_short(&TC26_512_A, &params::TC26_512_A),
        check_short(&TC26_512_B, &params::TC26_512_B),
        check_short(&TC26_512_C, &params::TC26_512_C),
    ];
    if crate::pair::is_available() {
        assert!(said[..2].iter().all(|[yes, no, _]| *yes > 100 && *no > 100), "{said:?}");
    } else {
        println!("skipped: this processor does not multiply in pairs");
    }
    // With the cofactor every r has several abscissas.
    assert_eq!(said[2][..2], [0, 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn short_scalars_decide_for_any_scalars(limbs: [u64; 8], more: [u64; 8], wrong in 0..3u64) {
        fn check<F: Field<8>>(group: &Weierstrass<F, 8>, p: &Parameters<8>, z1: Limbs<8>, z2: Limbs<8>, wrong: u64) {
            let (z1, z2) = (group.scalars.reduce(&z1), group.scalars.reduce(&z2));
            let law = &group.law;
            let base = Affine { x: law.field.encode(&p.x), y: law.field.encode(&p.y) };
            let key = law.normalize(&[slow(law, &base, &z1)])[0];
            let point = law.add(&slow(law, &base, &z1), &slow(law, &key, &z2));
            let x = law.field.decode(&law.normalize(&[point])[0].x);
            let r = group.scalars.reduce(&limbs::sub_small(&x, wrong).0);
            let said = group.check_short(&key, &r, &z1, &z2);
            assert_eq!(said, crate::pair::is_available().then_some(wrong == 0));
        }
        check(&TC26_512_A, &params::TC26_512_A, limbs, more, wrong);
        check(&TC26_512_B, &params::TC26_512_B, limbs, more, wrong);
    }
}
