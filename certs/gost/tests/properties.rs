//! What must hold for every key, digest and signature, and what must be refused, with which error.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use eush_gost::{Curve, Digest, Encoding, SignError, SignatureNumber, SigningKey, VerifyError, VerifyingKey};
use proptest::prelude::*;

const ENCODINGS: [Encoding; 2] = [Encoding::Kazakh, Encoding::Russian];

fn any_curve() -> impl Strategy<Value = Curve> {
    prop::sample::select(Curve::ALL.to_vec())
}

/// Little-endian q of a curve, out of the printed parameters.
fn order(curve: Curve) -> Vec<u8> {
    let printed = match curve {
        Curve::Example256 => "80000000 00000000 00000000 00000001 50FE8A18 92976154 C59CFC19 3ACCF5B3",
        Curve::Tc26_256A => "40000000 00000000 00000000 00000000 0FD8CDDF C87B6635 C115AF55 6C360C67",
        Curve::Tc26_256B => "FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF 6C611070 995AD100 45841B09 B761B893",
        Curve::Tc26_256C => "80000000 00000000 00000000 00000001 5F700CFF F1A624E5 E497161B CC8A198F",
        Curve::Tc26_256D => "9B9F605F 5A858107 AB1EC85E 6B41C8AA 582CA351 1EDDFB74 F02F3A65 98980BB9",
        Curve::Example512 => {
            "4531ACD1 FE0023C7 550D267B 6B2FEE80 922B14B2 FFB90F04 D4EB7C09 B5D2D15D
             A82F2D7E CB1DBAC7 19905C5E ECC423F1 D86E25ED BE23C595 D644AAF1 87E6E6DF"
        }
        Curve::Tc26_512A => {
            "FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF
             27E69532 F48D8911 6FF22B8D 4E056060 9B4B38AB FAD2B85D CACDB141 1F10B275"
        }
        Curve::Tc26_512B => {
            "80000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001
             49A1EC14 2565A545 ACFDB77B D9D40CFA 8B996712 101BEA0E C6346C54 374F25BD"
        }
        Curve::Tc26_512C => {
            "3FFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF FFFFFFFF
             C98CDBA4 6506AB00 4C33A9FF 5147502C C8EDA9E7 A769A126 94623CEF 47F023ED"
        }
    };
    let digits: String = printed.split_whitespace().collect();
    (0..digits.len())
        .step_by(2)
        .rev()
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

fn key(curve: Curve, seed: &[u8]) -> SigningKey {
    SigningKey::derive(curve, seed).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_signed_verifies(curve in any_curve(), seed: [u8; 8], digest in prop::collection::vec(any::<u8>(), 64)) {
        let key = key(curve, &seed);
        let digest = &digest[..curve.width()];
        let public = VerifyingKey::from_bytes(curve, key.verifying_key().to_bytes()).unwrap();
        prop_assert_eq!(&public, key.verifying_key());
        let again = SigningKey::from_bytes(curve, key.to_bytes()).unwrap();
        prop_assert_eq!(again.verifying_key(), &public);
        for encoding in ENCODINGS {
            let signature = key.sign_digest(digest, encoding).unwrap();
            prop_assert_eq!(&key.sign_digest(digest, encoding).unwrap(), &signature);
            prop_assert_eq!(public.verify_digest(digest, &signature, encoding), Ok(()));
            prop_assert_eq!(public.prepare().verify_digest(digest, &signature, encoding), Ok(()));
        }
    }

    #[test]
    fn a_changed_bit_is_noticed(
        curve in any_curve(), seed: [u8; 8], digest in prop::collection::vec(any::<u8>(), 64),
        byte: prop::sample::Index, bit in 0u8..8,
    ) {
        let key = key(curve, &seed);
        let public = key.verifying_key();
        let prepared = public.prepare();
        let digest = &digest[..curve.width()];
        let signature = key.sign_digest(digest, Encoding::Kazakh).unwrap();
        let flip = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let at = byte.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            bytes
        };
        let bad = flip(&signature);
        let verdict = public.verify_digest(digest, &bad, Encoding::Kazakh);
        prop_assert!(verdict.is_err());
        prop_assert_eq!(prepared.verify_digest(digest, &bad, Encoding::Kazakh), verdict);
        let bad = flip(digest);
        // A digest is a number modulo q, so two digests may be one; a flipped bit never adds a multiple of q.
        let verdict = public.verify_digest(&bad, &signature, Encoding::Kazakh);
        prop_assert_eq!(&verdict, &Err(VerifyError::SignatureMismatch));
        prop_assert_eq!(prepared.verify_digest(&bad, &signature, Encoding::Kazakh), verdict);
        // A changed key is off the curve, or on it and another key.
        let bad = VerifyingKey::from_bytes(curve, &flip(public.to_bytes()));
        if let Ok(other) = bad {
            prop_assert!(other.verify_digest(digest, &signature, Encoding::Kazakh).is_err());
        }
    }

    #[test]
    fn nothing_panics_on_arbitrary_bytes(
        curve in any_curve(),
        key_bytes in prop::collection::vec(any::<u8>(), 0..140),
        signature in prop::collection::vec(any::<u8>(), 0..140),
        digest in prop::collection::vec(any::<u8>(), 0..70),
    ) {
        let _ = VerifyingKey::from_bytes(curve, &key_bytes);
        let _ = SigningKey::from_bytes(curve, &key_bytes);
        let key = key(curve, b"fixed");
        for encoding in ENCODINGS {
            prop_assert!(key.verifying_key().verify_digest(&digest, &signature, encoding).is_err());
            prop_assert_eq!(key.sign_digest(&digest, encoding).is_ok(), digest.len() == curve.width());
        }
        let mut whole = signature.clone();
        whole.resize(2 * curve.width(), 0x5a);
        let mut digest = digest;
        digest.resize(curve.width(), 0xa5);
        prop_assert!(key.verifying_key().verify_digest(&digest, &whole, Encoding::Kazakh).is_err());
    }

    #[test]
    fn messages_of_every_digest_sign_and_verify(seed: [u8; 8], message in prop::collection::vec(any::<u8>(), 0..300)) {
        for (curve, digest) in [
            (Curve::Tc26_256B, Digest::Gost94Test),
            (Curve::Tc26_256B, Digest::Gost94CryptoPro),
            (Curve::Tc26_256A, Digest::Streebog256),
            (Curve::Tc26_512A, Digest::Streebog512),
        ] {
            let key = key(curve, &seed);
            let signature = key.sign(digest, &message, Encoding::Kazakh).unwrap();
            let public = key.verifying_key();
            prop_assert_eq!(public.verify(digest, &message, &signature, Encoding::Kazakh), Ok(()));
            let mut longer = message.clone();
            longer.push(0);
            let verdict = public.verify(digest, &longer, &signature, Encoding::Kazakh);
            prop_assert_eq!(verdict, Err(VerifyError::SignatureMismatch));
        }
    }
}

#[test]
fn keys_are_refused_with_the_reason() {
    for curve in Curve::ALL {
        let width = curve.width();
        let good = key(curve, b"a").verifying_key().to_bytes().to_vec();
        for actual in [0, 1, width, 2 * width - 1, 2 * width + 1] {
            let mut bytes = good.clone();
            bytes.resize(actual, 0);
            let expected = 2 * width;
            assert_eq!(
                VerifyingKey::from_bytes(curve, &bytes),
                Err(VerifyError::KeyLength { expected, actual }),
                "{curve}"
            );
        }
        assert_eq!(VerifyingKey::from_bytes(curve, &vec![0; 2 * width]), Err(VerifyError::PointAtInfinity));
        let out_of_range = Err(VerifyError::CoordinateOutOfRange { curve });
        for half in [0..width, width..2 * width] {
            let mut bytes = good.clone();
            bytes[half].fill(0xff);
            assert_eq!(VerifyingKey::from_bytes(curve, &bytes), out_of_range, "{curve}");
        }
        let mut off = good.clone();
        off[0] ^= 1;
        assert_eq!(
            VerifyingKey::from_bytes(curve, &off),
            Err(VerifyError::PointOffCurve { curve }),
            "{curve}"
        );
    }
}

const ORDER_TWO_256A: &str = "0100FE73 F595FF15 8E974B44 D478D958 8744FE5C 192AC47E A63075DC E7A14AAA";
const ORDER_TWO_512C: &str = "9A628F97 5594ECEF D89BA28A 2539FFB7 9C8AB238 AEED0851 FA5C1ABB 02B80B44
    C6734501 B83A011D D625CD0B 5145091A 6D9ACD4B 1F5C5B1E 21B2B249 DDFD1271";

/// The points of order two of the curves with cofactor four, (x, 0): on the curve, outside the subgroup. The
/// abscissas are the roots of x^3 + a x + b, of which each of these curves has one.
#[test]
fn points_outside_the_subgroup_are_refused() {
    let cases = [(Curve::Tc26_256A, ORDER_TWO_256A), (Curve::Tc26_512C, ORDER_TWO_512C)];
    for (curve, printed) in cases {
        let digits: String = printed.split_whitespace().collect();
        let mut bytes: Vec<u8> = (0..digits.len())
            .step_by(2)
            .rev()
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect();
        bytes.resize(2 * curve.width(), 0);
        assert_eq!(
            VerifyingKey::from_bytes(curve, &bytes),
            Err(VerifyError::OutsideSubgroup { curve }),
            "{curve}"
        );
    }
}

#[test]
fn signatures_are_refused_with_the_reason() {
    for curve in Curve::ALL {
        let width = curve.width();
        let key = key(curve, b"b");
        let public = key.verifying_key();
        let digest = vec![7; width];
        for encoding in ENCODINGS {
            let good = key.sign_digest(&digest, encoding).unwrap();
            for actual in [0, width, 2 * width - 1, 2 * width + 1] {
                let mut bytes = good.clone();
                bytes.resize(actual, 0);
                let expected = 2 * width;
                let verdict = public.verify_digest(&digest, &bytes, encoding);
                assert_eq!(verdict, Err(VerifyError::SignatureLength { expected, actual }), "{curve}");
            }
            for actual in [0, width - 1, width + 1] {
                let verdict = public.verify_digest(&vec![7; actual], &good, encoding);
                assert_eq!(verdict, Err(VerifyError::DigestLength { expected: width, actual }), "{curve}");
            }
        }
        let good = key.sign_digest(&digest, Encoding::Kazakh).unwrap();
        for (number, half) in [(SignatureNumber::R, 0), (SignatureNumber::S, width)] {
            let mut above = order(curve);
            above[0] += 1;
            for bad in [vec![0; width], order(curve), above, vec![0xff; width]] {
                let mut bytes = good.clone();
                bytes[half..half + width].copy_from_slice(&bad);
                let verdict = public.verify_digest(&digest, &bytes, Encoding::Kazakh);
                assert_eq!(verdict, Err(VerifyError::SignatureNumberOutOfRange { number }), "{curve}");
            }
            // One below the order is in range, and merely wrong.
            let mut below = order(curve);
            below[0] -= 1;
            let mut bytes = good.clone();
            bytes[half..half + width].copy_from_slice(&below);
            let verdict = public.verify_digest(&digest, &bytes, Encoding::Kazakh);
            assert_eq!(verdict, Err(VerifyError::SignatureMismatch), "{curve}");
        }
    }
}

#[test]
fn secrets_and_nonces_are_refused_with_the_reason() {
    for curve in Curve::ALL {
        let width = curve.width();
        for bad in [vec![0; width], order(curve), vec![0xff; width]] {
            let refused = SigningKey::from_bytes(curve, &bad).map(|_| ());
            assert_eq!(refused, Err(SignError::SecretOutOfRange), "{curve}");
            let nonce = key(curve, b"c").sign_digest_with_nonce(&vec![7; width], &bad, Encoding::Kazakh);
            assert_eq!(nonce, Err(SignError::NonceOutOfRange), "{curve}");
        }
        let (expected, actual) = (width, width - 1);
        let refused = SigningKey::from_bytes(curve, &vec![1; actual]).map(|_| ());
        assert_eq!(refused, Err(SignError::KeyLength { expected, actual }), "{curve}");
        let refused = key(curve, b"c").sign_digest(&vec![1; actual], Encoding::Kazakh);
        assert_eq!(refused, Err(SignError::DigestLength { expected, actual }), "{curve}");
        // The largest secret is good.
        let mut largest = order(curve);
        largest[0] -= 1;
        assert!(SigningKey::from_bytes(curve, &largest).is_ok(), "{curve}");
    }
}

/// A digest of zero, or of a multiple of q, counts as 1 (step 2 of both algorithms of the standard).
#[test]
fn a_digest_of_zero_counts_as_one() {
    for curve in Curve::ALL {
        let key = key(curve, b"d");
        let mut one = vec![0; curve.width()];
        one[0] = 1;
        let signature = key.sign_digest(&one, Encoding::Kazakh).unwrap();
        for digest in [vec![0; curve.width()], order(curve), one] {
            let verdict = key.verifying_key().verify_digest(&digest, &signature, Encoding::Kazakh);
            assert_eq!(verdict, Ok(()), "{curve}");
        }
    }
}

/// On curves with a cofactor the abscissa of the nonce point is usually above q, so `r` is smaller than it: the
/// comparison must try `r + q` and further. Forty signatures miss no case.
#[test]
fn abscissas_above_the_order_verify() {
    for curve in [Curve::Tc26_256A, Curve::Tc26_512C, Curve::Tc26_256D, Curve::Example512] {
        let key = key(curve, b"e");
        for i in 0..40 {
            let digest = vec![i; curve.width()];
            let signature = key.sign_digest(&digest, Encoding::Kazakh).unwrap();
            assert_eq!(
                key.verifying_key().verify_digest(&digest, &signature, Encoding::Kazakh),
                Ok(()),
                "{curve}"
            );
        }
    }
}

#[test]
fn a_secret_is_not_printed() {
    let key = key(Curve::Tc26_256A, b"f");
    let printed = format!("{key:?}");
    let secret: String = key.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!printed.contains(&secret[..16]), "{printed}");
}
