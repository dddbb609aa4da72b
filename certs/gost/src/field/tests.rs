//! The fields against each other, and against the laws they must obey at the edges.

use super::*;
use crate::limbs;
use proptest::prelude::*;

type Special256 = PseudoMersenne<4, 617>;
type Special512 = PseudoMersenne<8, 569>;

/// Numbers that look random, and numbers that make carries run: all ones, all zeros, near the modulus.
fn any_limbs<const N: usize>() -> impl Strategy<Value = Limbs<N>> {
    let limb = prop_oneof![
        4 => any::<u64>(),
        1 => Just(0),
        1 => Just(u64::MAX),
        1 => u64::MAX - 1300..=u64::MAX,
        1 => 0..7000u64,
        1 => (0..7000u64).prop_map(|low| 1 << 63 | low),
    ];
    prop::collection::vec(limb, N).prop_map(|limbs| std::array::from_fn(|i| limbs[i]))
}

/// Every operation of a field with a form of its own gives what Montgomery arithmetic modulo the same prime does.
fn check<const N: usize>(special: impl Field<N>, a: Limbs<N>, b: Limbs<N>) -> Result<(), TestCaseError> {
    let general = Montgomery::new(special.modulus());
    let (ga, gb) = (general.encode(&general.reduce(&a)), general.encode(&general.reduce(&b)));
    let cases = [
        ("add", special.add(&a, &b), general.add(&ga, &gb)),
        ("sub", special.sub(&a, &b), general.sub(&ga, &gb)),
        ("mul", special.mul(&a, &b), general.mul(&ga, &gb)),
        ("square", special.square(&a), general.square(&ga)),
        ("double", special.double(&a), general.double(&ga)),
        ("triple", special.triple(&a), general.triple(&ga)),
        ("quadruple", special.quadruple(&a), general.quadruple(&ga)),
        ("neg", special.neg(&a), general.neg(&ga)),
        ("identity", special.mul(&a, &special.one()), ga),
    ];
    for (name, special_result, general_result) in cases {
        prop_assert_eq!(special.decode(&special_result), general.decode(&general_result), "{}", name);
        prop_assert_eq!(special.is_zero(&special_result), general.is_zero(&general_result), "{}", name);
    }
    prop_assert_eq!(special.equal(&a, &b), general.equal(&ga, &gb));
    Ok(())
}

proptest! {
    #[test]
    fn special_fields_agree_with_montgomery(
        a in any_limbs::<4>(), b in any_limbs::<4>(), c in any_limbs::<8>(), d in any_limbs::<8>(),
    ) {
        check(PseudoMersenne::<4, 617>, a, b)?;
        check(PseudoMersenne::<8, 569>, c, d)?;
        check(AbovePower::<4, 6450>, a, b)?;
        check(AbovePower::<4, 2146>, a, b)?;
        check(AbovePower::<8, 222>, c, d)?;
    }

    #[test]
    fn squares_are_products(a in any_limbs::<4>(), b in any_limbs::<8>()) {
        prop_assert_eq!(limbs::square_wide(&a), limbs::mul_wide(&a, &a));
        prop_assert_eq!(limbs::square_wide(&b), limbs::mul_wide(&b, &b));
    }

    #[test]
    fn montgomery_multiplication_is_schoolbook(a in any::<u64>(), b in any::<u64>(), m in 1u64 << 62..) {
        let modulus = m | 1;
        let field = Montgomery::new([modulus]);
        let (a, b) = (a % modulus, b % modulus);
        let product = field.decode(&field.mul(&field.encode(&[a]), &field.encode(&[b])));
        prop_assert_eq!(u128::from(product[0]), u128::from(a) * u128::from(b) % u128::from(modulus));
    }
}

/// Every pair of numbers next to where a carry, a borrow or a second name begins, which chance would not find.
#[test]
fn special_fields_agree_with_montgomery_at_their_edges() {
    fn edges<const N: usize>(modulus: Limbs<N>, fold: u64) -> Vec<Limbs<N>> {
        let zero = limbs::zero();
        let half = {
            let mut half = [0; N];
            half[N - 1] = 1 << 63;
            half
        };
        let centers = [zero, modulus, half, limbs::sub(&zero, &modulus).0];
        let steps = [0, 1, 2, fold - 1, fold, fold + 1, fold / 2, 2 * fold, fold * fold];
        centers
            .iter()
            .flat_map(|center| {
                steps
                    .iter()
                    .flat_map(|step| [limbs::add_small(center, *step).0, limbs::sub_small(center, *step).0])
            })
            .collect()
    }
    fn all<const N: usize>(special: impl Field<N>, fold: u64) {
        let edges = edges(special.modulus(), fold);
        for a in &edges {
            for b in &edges {
                check(special, *a, *b).unwrap();
            }
        }
    }
    all(PseudoMersenne::<4, 617>, 617);
    all(PseudoMersenne::<8, 569>, 569);
    all(AbovePower::<4, 6450>, 6450);
    all(AbovePower::<4, 2146>, 2146);
    all(AbovePower::<8, 222>, 222);
}

#[test]
fn second_names_of_small_numbers_are_the_same_elements() {
    let field = Special512 {};
    let modulus = field.modulus();
    assert!(field.is_zero(&modulus));
    assert_eq!(field.decode(&modulus), limbs::zero());
    let (six_again, carry) = limbs::add_small(&modulus, 6);
    assert_eq!(carry, 0);
    assert_eq!(field.decode(&six_again), limbs::small(6));
    assert!(field.equal(&six_again, &limbs::small(6)));
    let all_ones = [u64::MAX; 4];
    assert_eq!(Special256 {}.decode(&all_ones), limbs::small(616));
}
