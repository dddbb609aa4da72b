//! How signatures are written as bytes. Keys, secrets and digests are the same everywhere and need no choice.

/// The order of the bytes of a signature.
///
/// Both conventions take the digest as a little-endian number and write a public key as X and Y, each
/// little-endian, so that a key moves between them unchanged. Only signatures differ, and each is the other
/// reversed byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `r` then `s`, each little-endian: certificates, CRLs, OCSP answers and CMS in Kazakhstan.
    Kazakh,
    /// `s` then `r`, each big-endian: RFC 4491 section 2.2.2 and RFC 9215 section 2.
    Russian,
}

impl Encoding {
    /// The little-endian `r` and `s` out of signature bytes, whose length the caller has checked.
    pub(crate) fn split(self, signature: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let mut bytes = signature.to_vec();
        self.swap(&mut bytes);
        let s = bytes.split_off(bytes.len() / 2);
        (bytes, s)
    }

    /// Signature bytes out of the little-endian `r` and `s`.
    pub(crate) fn join(self, r: &[u8], s: &[u8]) -> Vec<u8> {
        let mut bytes = [r, s].concat();
        self.swap(&mut bytes);
        bytes
    }

    fn swap(self, bytes: &mut [u8]) {
        match self {
            Self::Kazakh => {}
            Self::Russian => bytes.reverse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kazakh_is_r_then_s_and_russian_its_reverse() {
        assert_eq!(Encoding::Kazakh.join(&[1, 2], &[3, 4]), [1, 2, 3, 4]);
        assert_eq!(Encoding::Russian.join(&[1, 2], &[3, 4]), [4, 3, 2, 1]);
        assert_eq!(Encoding::Kazakh.split(&[1, 2, 3, 4]), (vec![1, 2], vec![3, 4]));
        assert_eq!(Encoding::Russian.split(&[4, 3, 2, 1]), (vec![1, 2], vec![3, 4]));
    }
}
