//! HMAC over Streebog (RFC 2104, RFC 7836 section 4.1), for deriving nonces and test keys.

use super::streebog::{Streebog, Width};

const BLOCK: usize = 64;

/// An HMAC under way.
pub(crate) struct Hmac {
    width: Width,
    inner: Streebog,
    outer_key: [u8; BLOCK],
}

impl Hmac {
    /// Starts with a key, which is hashed first when longer than a block, as RFC 2104 says.
    pub(crate) fn new(width: Width, key: &[u8]) -> Self {
        let hashed;
        let key = if key.len() > BLOCK {
            let mut hasher = Streebog::new(width);
            hasher.update(key);
            hashed = hasher.finish();
            &hashed
        } else {
            key
        };
        let pad = |with: u8| {
            let mut block = [with; BLOCK];
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            block
        };
        let mut inner = Streebog::new(width);
        inner.update(&pad(0x36));
        Self { width, inner, outer_key: pad(0x5c) }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        self.inner.update(data);
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let mut outer = Streebog::new(self.width);
        outer.update(&self.outer_key);
        outer.update(&self.inner.finish());
        outer.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(width: Width, expected: &str) {
        let key: Vec<u8> = (0..32).collect();
        let mut hmac = Hmac::new(width, &key);
        hmac.update(b"\x01\x26\xbd\xb8\x78\x00\xaf\x21\x43\x41\x45\x65\x63\x78\x01\x00");
        let printed: String = hmac.finish().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(printed, expected.split_whitespace().collect::<String>());
    }

    #[test]
    fn the_examples_of_rfc_7836_appendix_b() {
        check(Width::Bits256, "a1aa5f7de402d7b3d323f2991c8d4534 013137010a83754fd0af6d7cd4922ed9");
        check(
            Width::Bits512,
            "a59bab22ecae19c65fbde6e5f4e9f5d8 549d31f037f9df9b905500e171923a77
             3d5f1530f2ed7e964cb2eedc29e9ad2f 3afe93b2814f79f5000ffc0366c251e6",
        );
    }
}
