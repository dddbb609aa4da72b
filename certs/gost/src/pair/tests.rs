//! Pairs against the ordinary way.
#![cfg(target_arch = "x86_64")]

use super::lanes::{Prime, Quad};
use super::*;
use crate::field::{AbovePower, PseudoMersenne};
use proptest::prelude::*;

type Lanes = [Digits; 4];

fearless_simd::kernel! {
    /// Product, square and carried of four pairs of elements.
    fn arithmetic(_avx2: Avx2, fold: i64, a: &Lanes, b: &Lanes) -> [Lanes; 3] {
        let p = Prime::new(fold);
        let [a, b] = [a, b].map(|[first, second, third, fourth]| Quad::new([first, second, third, fourth]));
        let mut carry = p.carry(a.at(LIMBS - 1));
        let carried = Quad::of(|i| carry.next(a.at(i)));
        [p.mul(&a, &b).lanes(), p.square(&a).lanes(), carried.lanes()]
    }
}

/// Checks lanes of any limbs against the field, and that what comes out is tight.
fn check(f: &impl Field<8>, a: &Lanes, b: &Lanes) {
    let Some(avx2) = fearless_simd::Level::new().as_avx2() else { return };
    let power = f.power().unwrap();
    let [product, square, carried] = arithmetic(avx2, power << 10, a, b);
    let value = |digits: &Digits| join(f, power, digits);
    for lane in 0..4 {
        let (x, y) = (value(&a[lane]), value(&b[lane]));
        for (name, digits, expected) in [
            ("product", &product, f.mul(&x, &y)),
            ("square", &square, f.square(&x)),
            ("carried", &carried, x),
        ] {
            assert!(f.equal(&value(&digits[lane]), &expected), "{name} of {:?} and {:?}", a[lane], b[lane]);
            let limit = (1 << 28) + (1 << 28) / 10;
            assert!(digits[lane].iter().all(|limb| limb.abs() <= limit), "{name}: {:?}", digits[lane]);
        }
    }
}

/// Limbs up to `factor` times what is tight, often all at the limit, where sums are largest.
fn lanes(factor: i32) -> impl Strategy<Value = Lanes> {
    let limit = factor * ((1 << 28) / 10 * 11);
    let limb = move || prop_oneof![4 => -limit..=limit, 2 => Just(limit), 2 => Just(-limit), 1 => Just(0), 1 => -3..3i32];
    let lane = prop_oneof![
        4 => prop::collection::vec(limb(), LIMBS),
        1 => limb().prop_map(|limb| vec![limb; LIMBS]),
    ];
    let lane = lane.prop_map(|limbs| std::array::from_fn(|i| limbs[i]));
    prop::array::uniform4(lane)
}

/// With `a` of five times and `b` of one; and with both of twice.
fn check_everywhere(a: &Lanes, b: &Lanes) {
    check(&PseudoMersenne::<8, 569>, a, b);
    check(&AbovePower::<8, 222>, a, b);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn lanes_count_like_the_field(a in lanes(2), b in lanes(2)) {
        check_everywhere(&a, &b);
    }

    #[test]
    fn wide_lanes_multiply_with_tight_ones(a in lanes(1), b in lanes(5)) {
        check_everywhere(&a, &b);
    }

    #[test]
    fn elements_are_split_and_joined(limbs: [u64; 8]) {
        fn check(f: &impl Field<8>, element: &Limbs<8>) {
            let digits = split(element);
            let power = f.power().unwrap();
            assert!(f.equal(&join(f, power, &digits), element));
            assert!(f.equal(&join(f, power, &digits.map(|digit| -digit)), &f.neg(element)));
        }
        check(&PseudoMersenne::<8, 569>, &limbs);
        check(&AbovePower::<8, 222>, &limbs);
        check(&AbovePower::<8, 222>, &[u64::MAX; 8]);
        check(&PseudoMersenne::<8, 569>, &[0; 8]);
    }

    #[test]
    fn digits_add_up_to_the_scalar(limb: u64) {
        for scalar in [limb | 1, 1, u64::MAX, 31, 33, 1 << 63 | 1] {
            for count in [digits_for(limbs::bits(&[scalar])), 20] {
                let digits = recode(&[scalar], count);
                prop_assert!(digits.len() == count && digits.iter().all(|digit| digit % 2 != 0 && digit.abs() < 32));
                let sum = digits.iter().rev().fold(0i128, |sum, digit| (sum << WINDOW) + i128::from(*digit));
                prop_assert_eq!(sum, i128::from(scalar));
            }
        }
    }
}
