//! What makes a message the same message.

use sha2::{Digest, Sha256};

use crate::bytes::{SignedDocument, hex};
use crate::message::{ContentDigest, MessageKind};

/// Hashes parts with their lengths, so that no two different sequences of parts are the same bytes.
pub(crate) struct Content(Sha256);

impl Content {
    pub(crate) fn of(kind: MessageKind) -> Self {
        Self(Sha256::new()).text(kind.name())
    }

    pub(crate) fn bytes(mut self, part: &[u8]) -> Self {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
        self
    }

    pub(crate) fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    pub(crate) fn signed(self, document: &SignedDocument) -> Self {
        self.bytes(&document.content.0).text(&document.content_type).bytes(&document.signature.0)
    }

    pub(crate) fn digest(self) -> ContentDigest {
        ContentDigest(self.0.finalize().into())
    }

    /// Forty hex digits, for ids that follow from content.
    pub(crate) fn name(self) -> String {
        hex(&self.digest().0[..20])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        let digest = |parts: &[&str]| {
            parts.iter().fold(Content::of(MessageKind::Open), |content, part| content.text(part)).digest()
        };
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_ne!(digest(&["a"]), digest(&["a", ""]));
        assert_eq!(digest(&["a", "b"]), digest(&["a", "b"]));
    }
}
