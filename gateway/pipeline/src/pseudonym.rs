//! People in the journal: by a keyed one-way digest, never by number.
//!
//! There are about a milliard numbers that a person can have, so that a digest without a key is undone by trying them all.
//! The key is drawn once, lives with the store and leaves it never: whoever has the store can ask whether a message was
//! about a given person, and whoever has only an answer, a report or a listing cannot find out who it was.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::bytes::hex;
use crate::party::Party;

/// A person or organisation as the journal knows them: 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pseudonym(String);

impl Pseudonym {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes pseudonyms. The same key and party always make the same one.
#[derive(Clone)]
pub struct Pseudonyms([u8; 32]);

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms(…)")
    }
}

impl Pseudonyms {
    /// With a key, 32 bytes of the system's generator.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The pseudonym of a party: the first 128 bits of HMAC-SHA-256 over kind and number. An IIN and a BIN of the same
    /// digits are two parties.
    pub fn of(&self, party: Party) -> Pseudonym {
        let kind: &[u8] = match party {
            Party::Bin(_) => b"bin:",
            Party::Iin(_) => b"iin:",
        };
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104, 2)")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(kind);
        mac.update(party.digits().as_bytes());
        Pseudonym(hex(&mac.finalize().into_bytes()[..16]))
    }
}

#[cfg(test)]
mod tests {
    use eush_domain::synthetic::numbers;
    use eush_domain::{Bin, Iin};

    use super::*;

    #[test]
    fn a_party_has_one_pseudonym_a_key_and_no_number_in_it() {
        let digits = numbers::KNOWN_IINS[0].0;
        let iin = Party::Iin(Iin::parse(digits).unwrap());
        let bin = Party::Bin(Bin::parse(digits).unwrap());
        let (one, other) = (Pseudonyms::new([1; 32]), Pseudonyms::new([2; 32]));
        assert_eq!(one.of(iin), one.clone().of(iin));
        assert_ne!(one.of(iin), one.of(bin));
        assert_ne!(one.of(iin), other.of(iin));
        assert_eq!(one.of(iin).as_str().len(), 32);
        assert!(!one.of(iin).as_str().contains(digits));
        assert_eq!(format!("{one:?}"), "Pseudonyms(…)");
    }
}
