//! The same delivery again gets the same answer; another delivery under the same id is refused.
//! Memory is bounded: beyond the bound the oldest answers are forgotten, and an agency must then answer again by itself.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::MessageId;
use eush_wire::adapter::v1::DeliverResponse;
use eush_wire::bus::v1::SignedDocument;
use eush_wire::management::v1::{AgencyState, RememberedAnswer};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

/// Answers kept.
const CAPACITY: usize = 4096;

/// Digest of what was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// Of service, type and bytes. The signature is left out: the same content signed again is the same delivery.
    pub(crate) fn of(service: &str, document: &SignedDocument) -> Self {
        let mut hash = Sha256::new();
        for part in [service.as_bytes(), document.content_type.as_bytes(), &document.content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// The id came before with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reused;

/// Remembered answers.
#[derive(Debug)]
pub(crate) struct Answers {
    slots: Mutex<Slots>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Slots {
    by_id: HashMap<MessageId, Arc<Slot>>,
    order: VecDeque<MessageId>,
}

/// One delivery's answer. Two calls with the same delivery at the same time are decided once.
#[derive(Debug)]
pub(crate) struct Slot {
    digest: ContentDigest,
    pub(crate) answer: OnceCell<DeliverResponse>,
}

impl Default for Answers {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl Answers {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { slots: Mutex::default(), capacity }
    }

    /// The place of a delivery's answer.
    pub(crate) fn slot(&self, id: &MessageId, digest: ContentDigest) -> Result<Arc<Slot>, Reused> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.by_id.get(id) {
            return if slot.digest == digest { Ok(Arc::clone(slot)) } else { Err(Reused) };
        }
        let slot = Arc::new(Slot { digest, answer: OnceCell::new() });
        slots.by_id.insert(id.clone(), Arc::clone(&slot));
        slots.order.push_back(id.clone());
        if slots.order.len() > self.capacity
            && let Some(oldest) = slots.order.pop_front()
        {
            slots.by_id.remove(&oldest);
        }
        Ok(slot)
    }

    /// Writes every answer that was given into a state, oldest first.
    pub(crate) fn export(&self, into: &mut AgencyState) {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let given = slots.order.iter().filter_map(|id| {
            let slot = slots.by_id.get(id)?;
            Some(RememberedAnswer {
                message_id: id.as_str().to_owned(),
                digest: slot.digest.0.to_vec(),
                answer: Some(slot.answer.get()?.clone()),
            })
        });
        into.answers = given.collect();
    }

    /// Takes the answers of a state, in the place of its own. False where one cannot be read; nothing is changed then.
    pub(crate) fn import(&self, from: &AgencyState) -> bool {
        let mut taken = Slots::default();
        let dropped = from.answers.len().saturating_sub(self.capacity);
        for remembered in from.answers.iter().skip(dropped) {
            let id = MessageId::parse(&remembered.message_id).ok();
            let digest = <[u8; 32]>::try_from(remembered.digest.as_slice()).ok();
            let (Some(id), Some(digest), Some(answer)) = (id, digest, remembered.answer.clone()) else {
                return false;
            };
            let slot = Slot { digest: ContentDigest(digest), answer: OnceCell::new_with(Some(answer)) };
            taken.by_id.insert(id.clone(), Arc::new(slot));
            taken.order.push_back(id);
        }
        *self.slots.lock().unwrap_or_else(PoisonError::into_inner) = taken;
        true
    }

    /// Forgets everything.
    pub(crate) fn reset(&self) {
        *self.slots.lock().unwrap_or_else(PoisonError::into_inner) = Slots::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(content: &'static [u8]) -> SignedDocument {
        SignedDocument { content: content.into(), content_type: "t".to_owned(), signature: vec![1] }
    }

    #[test]
    fn same_content_same_slot() {
        let answers = Answers::default();
        let id = MessageId::parse("m-1").unwrap();
        let first = answers.slot(&id, ContentDigest::of("S", &document(b"a"))).unwrap();
        let again = SignedDocument { signature: vec![2], ..document(b"a") };
        let second = answers.slot(&id, ContentDigest::of("S", &again)).unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(answers.slot(&id, ContentDigest::of("S", &document(b"b"))).unwrap_err(), Reused);
        assert_eq!(answers.slot(&id, ContentDigest::of("T", &document(b"a"))).unwrap_err(), Reused);
    }

    #[test]
    fn memory_is_bounded() {
        let answers = Answers::with_capacity(2);
        let digest = ContentDigest::of("S", &document(b"a"));
        for turn in 0..10 {
            answers.slot(&MessageId::parse(&format!("m-{turn}")).unwrap(), digest).unwrap();
        }
        let slots = answers.slots.lock().unwrap();
        assert_eq!((slots.by_id.len(), slots.order.len()), (2, 2));
    }
}
