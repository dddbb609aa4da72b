//! Ids that nobody can foresee: sessions, traces, incidents. From the system's generator, not from the simulation's dice.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// Random bytes. Where the system's generator fails, which it does on no supported system, bytes that still differ from
/// call to call: an id must be unique, and nothing here is a key.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    use ring::rand::SecureRandom as _;
    let mut bytes = [0; N];
    if ring::rand::SystemRandom::new().fill(&mut bytes).is_err() {
        for chunk in bytes.chunks_mut(8) {
            let word = RandomState::new().build_hasher().finish().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
    bytes
}

/// A key. Fails where the system's generator does: a key that can be foreseen is none.
pub(crate) fn key() -> Result<[u8; 32], ring::error::Unspecified> {
    use ring::rand::SecureRandom as _;
    let mut key = [0; 32];
    ring::rand::SystemRandom::new().fill(&mut key)?;
    Ok(key)
}

/// A random UUID (RFC 9562, version 4), lower case.
pub(crate) fn uuid() -> String {
    let mut b = bytes::<16>();
    b[6] = (b[6] & 0x0f) | 0x40;
    b[8] = (b[8] & 0x3f) | 0x80;
    let hex: String = b.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_differ_and_have_the_form() {
        let (a, b) = (super::uuid(), super::uuid());
        assert_ne!(a, b);
        assert_eq!(a.len(), 36);
        assert_eq!(&a[14..15], "4");
    }
}
