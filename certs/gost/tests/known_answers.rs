//! The worked examples of the standards.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use eush_gost::{Curve, Encoding, SigningKey, VerifyError, VerifyingKey};

/// Little-endian bytes of a printed hexadecimal number; blanks are for the eye.
fn number(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    let value = |digit: &[u8]| u8::from_str_radix(std::str::from_utf8(digit).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).rev().map(value).collect()
}

struct Example {
    curve: Curve,
    d: &'static str,
    e: &'static str,
    k: &'static str,
    x: &'static str,
    y: &'static str,
    r: &'static str,
    s: &'static str,
}

#[track_caller]
fn check(example: &Example) {
    let key = SigningKey::from_bytes(example.curve, &number(example.d)).unwrap();
    let public = [number(example.x), number(example.y)].concat();
    assert_eq!(key.verifying_key().to_bytes(), public);

    let (digest, nonce) = (number(example.e), number(example.k));
    let (r, s) = (number(example.r), number(example.s));
    let kazakh = key.sign_digest_with_nonce(&digest, &nonce, Encoding::Kazakh).unwrap();
    assert_eq!(kazakh, [r.clone(), s.clone()].concat());
    let russian = key.sign_digest_with_nonce(&digest, &nonce, Encoding::Russian).unwrap();
    let big_endian = |number: Vec<u8>| number.into_iter().rev().collect::<Vec<u8>>();
    assert_eq!(russian, [big_endian(s), big_endian(r)].concat());

    let public = VerifyingKey::from_bytes(example.curve, &public).unwrap();
    for key in [&public, public.prepare().key()] {
        assert_eq!(key.verify_digest(&digest, &kazakh, Encoding::Kazakh), Ok(()));
        assert_eq!(key.verify_digest(&digest, &russian, Encoding::Russian), Ok(()));
        let mut other = digest.clone();
        other[0] ^= 1;
        assert_eq!(key.verify_digest(&other, &kazakh, Encoding::Kazakh), Err(VerifyError::SignatureMismatch));
    }
}

/// RFC 7091 section 7.1, the same numbers as in GOST R 34.10-2012 appendix A.1 and RFC 5832.
#[test]
fn the_256_bit_example_of_rfc_7091() {
    check(&Example {
        curve: Curve::Example256,
        d: "7A929ADE 789BB9BE 10ED359D D39A72C1 1B60961F 49397EEE 1D19CE98 91EC3B28",
        e: "2DFBC1B372D89A11 88C09C52E0EEC61F CE52032AB1022E8E 67ECE6672B043EE5",
        k: "77105C9B20BCD312 2823C8CF6FCC7B95 6DE33814E95B7FE6 4FED924594DCEAB3",
        x: "7F2B49E270DB6D90 D8595BEC458B50C5 8585BA1D4E9B788F 6689DBD8E56FD80B",
        y: "26F1B489D6701DD1 85C8413A977B3CBB AF64D1C593D26627 DFFB101A87FF77DA",
        r: "41AA28D2F1AB1482 80CD9ED56FEDA419 74053554A42767B8 3AD043FD39DC0493",
        s: "01456C64BA4642A1 653C235A98A60249 BCD6D3F746B631DF 928014F6C5BF9C40",
    });
}

/// GOST R 34.10-2012 appendix A.2.
#[test]
fn the_512_bit_example_of_the_standard() {
    check(&Example {
        curve: Curve::Example512,
        d: "0BA6048AADAE241B A40936D47756D7C9 3091A0E851466970 0EE7508E508B1020
            72E8123B2200A056 3322DAD2827E2714 A2636B7BFD18AADF C62967821FA18DD4",
        e: "3754F3CFACC9E061 5C4F4A7C4D8DAB53 1B09B6F9C170C533 A71D147035B0C591
            7184EE536593F441 4339976C647C5D5A 407ADEDB1D560C4F C6777D2972075B8C",
        k: "0359E7F4B1410FEA CC570456C6801496 946312120B39D019 D455986E364F3658
            86748ED7A44B3E79 44340060 11842286 212273A6D14CF70E A3AF71BB1AE679F1",
        x: "115DC5BC96760C7B 48598D8AB9E740D4 C4A85A65BE33C181 5B5C320C854621DD
            5A515856D13314AF 69BC5B924C8B4DDF F75C45415C1D9DD9 DD33612CD530EFE1",
        y: "37C7C90CD40B0F56 21DC3AC1B751CFA0 E2634FA0503B3D52 639F5D7FB72AFD61
            EA199441D943FFE7 F0C70A2759A3CDB8 4C114E1F9339FDF2 7F35ECA93677BEEC",
        r: "2F86FA60A081091A 23DD795E1E3C689E E512A3C82EE0DCC2 643C78EEA8FCACD3
            5492558486B20F1C 9EC197C906998502 60C93BCBCD9C5C33 17E19344E173AE36",
        s: "1081B394696FFE8E 6585E7A9362D26B6 325F56778AADBC08 1C0BFBE933D52FF5
            823CE288E8C4F362 526080DF7F70CE40 6A6EEB1F56919CB9 2A9853BDE73E5B4A",
    });
}
