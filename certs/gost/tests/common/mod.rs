//! Just enough DER to take a certificate or CRL apart: tag, length, contents.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use eush_gost::{Algorithm, Curve, Digest, Encoding, VerifyError, VerifyingKey};

/// Splits the first element off: its whole bytes, its contents, and what follows.
pub(crate) fn element(der: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (header, length) = match der[1] {
        short @ 0..=0x7f => (2, usize::from(short)),
        long => {
            let bytes = usize::from(long & 0x7f);
            (2 + bytes, der[2..2 + bytes].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        }
    };
    (&der[..header + length], &der[header..header + length], &der[header + length..])
}

/// The contents of the elements of a constructed element, in order, each with its whole bytes.
pub(crate) fn children(mut contents: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut out = Vec::new();
    while !contents.is_empty() {
        let (whole, inner, rest) = element(contents);
        out.push((whole, inner));
        contents = rest;
    }
    out
}

/// An object identifier, dotted.
pub(crate) fn dotted(contents: &[u8]) -> String {
    let mut arcs = vec![u64::from(contents[0]) / 40, u64::from(contents[0]) % 40];
    let mut arc = 0;
    for byte in &contents[1..] {
        arc = arc << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            arcs.push(arc);
            arc = 0;
        }
    }
    arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// What is signed, by which algorithm, and the signature: the outer shape of certificates and CRLs alike.
pub(crate) struct Signed {
    pub(crate) body: Vec<u8>,
    pub(crate) algorithm: Algorithm,
    pub(crate) signature: Vec<u8>,
}

pub(crate) fn signed(der: &[u8]) -> Signed {
    let parts = children(element(der).1);
    let algorithm = children(parts[1].1);
    Signed {
        body: parts[0].0.to_vec(),
        algorithm: Algorithm::from_signature_oid(&dotted(algorithm[0].1)).expect("a GOST signature"),
        // The first byte of a bit string counts unused bits.
        signature: parts[2].1[1..].to_vec(),
    }
}

/// The public key of a certificate, and the digest its parameters name.
pub(crate) fn public_key(certificate: &[u8]) -> (VerifyingKey, Digest) {
    let body = children(children(element(certificate).1)[0].1);
    // The key is the last element of the body before the optional tagged ones; version, serial number,
    // signature, issuer, validity and subject come first.
    let key = children(body[6].1);
    let algorithm = children(key[0].1);
    assert!(Algorithm::from_key_oid(&dotted(algorithm[0].1)).is_some());
    let parameters = children(algorithm[1].1);
    let curve = Curve::from_oid(&dotted(parameters[0].1)).expect("a known curve");
    let digest = Digest::from_oid(&dotted(parameters[1].1)).expect("a known digest");
    let octets = element(&key[1].1[1..]).1;
    (VerifyingKey::from_bytes(curve, octets).expect("a good key"), digest)
}

/// Verifies a signed object with the key of a certificate.
pub(crate) fn verify(object: &[u8], issuer: &[u8], encoding: Encoding) -> Result<(), VerifyError> {
    let signed = signed(object);
    let (key, digest) = public_key(issuer);
    assert_eq!(digest, signed.algorithm.digest());
    key.prepare().verify(digest, &signed.body, &signed.signature, encoding)?;
    key.verify(digest, &signed.body, &signed.signature, encoding)
}

/// The bytes of a PEM or bare base64 text.
pub(crate) fn base64(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in text.lines().filter(|line| !line.starts_with("-----")).flat_map(str::bytes) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((buffer >> bits) as u8);
        }
    }
    out
}
