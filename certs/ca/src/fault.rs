//! Deliberate faults of what is served: which there are, where each can be set, which are in force.
//!
//! A fault changes no state: lists and answers are spoiled on their way out, and golden again once it is reset. Faults are
//! not kept on disk: an authority that is opened again has none.

use std::collections::VecDeque;

use eush_domain::Timestamp;

use crate::model::KeyAlgorithm;

/// What an authority publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PublicationPoint {
    /// The issuing authority's delta list.
    DeltaList,
    /// The issuing authority's complete list.
    List,
    /// The responder, about certificates of the issuing authority and of the root.
    Ocsp,
    /// The root's complete list.
    RootList,
}

impl PublicationPoint {
    /// Every point.
    pub const ALL: [Self; 4] = [Self::DeltaList, Self::List, Self::Ocsp, Self::RootList];
}

/// One deliberate fault of what is served, everything else as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PublicationFault {
    /// Lists: no bytes, with status 200.
    Empty,
    /// OCSP: bytes that are no answer.
    Garbage,
    /// Lists: a page of HTML with status 200, as a firewall in between answers.
    Html,
    /// OCSP: internalError.
    InternalError,
    /// OCSP: revoked since 1970, as about a number that was never issued.
    NeverIssued,
    /// Lists: no nextUpdate.
    NextUpdateMissing,
    /// OCSP: the nonce is an earlier one.
    OldNonce,
    /// The connection is reset before a byte of the answer.
    Reset,
    /// The answer is held until the client leaves.
    Slow,
    /// Lists and OCSP: nextUpdate lies a day back.
    Stale,
    /// OCSP: tryLater.
    TryLater,
    /// OCSP: unauthorized.
    Unauthorized,
    /// Delta list: builds on a complete list that is yet to come.
    WrongBase,
    /// OCSP: the answer is about the next serial number.
    WrongCertId,
    /// Lists: signed by another key than the issuer's.
    WrongKey,
    /// OCSP: the responder's certificate is not for OCSP.
    WrongResponder,
}

/// What a spoiled list has wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListSpoil {
    NextUpdateMissing,
    Stale,
    WrongBase,
    WrongKey,
}

/// What becomes of a list under a fault.
pub(crate) enum ListFate {
    Empty,
    Held,
    Html,
    Reset,
    Spoiled(ListSpoil),
}

/// What a spoiled answer has wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerSpoil {
    NeverIssued,
    OldNonce,
    Stale,
    WrongCertId,
    WrongResponder,
}

/// What becomes of an answer under a fault.
pub(crate) enum AnswerFate {
    Garbage,
    Held,
    InternalError,
    Reset,
    Spoiled(AnswerSpoil),
    TryLater,
    Unauthorized,
}

impl PublicationFault {
    /// Every fault.
    pub const ALL: [Self; 16] = [
        Self::Empty,
        Self::Garbage,
        Self::Html,
        Self::InternalError,
        Self::NeverIssued,
        Self::NextUpdateMissing,
        Self::OldNonce,
        Self::Reset,
        Self::Slow,
        Self::Stale,
        Self::TryLater,
        Self::Unauthorized,
        Self::WrongBase,
        Self::WrongCertId,
        Self::WrongKey,
        Self::WrongResponder,
    ];

    /// Name in errors, tests and the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Garbage => "garbage",
            Self::Html => "html",
            Self::InternalError => "internal-error",
            Self::NeverIssued => "never-issued",
            Self::NextUpdateMissing => "next-update-missing",
            Self::OldNonce => "old-nonce",
            Self::Reset => "reset",
            Self::Slow => "slow",
            Self::Stale => "stale",
            Self::TryLater => "try-later",
            Self::Unauthorized => "unauthorized",
            Self::WrongBase => "wrong-base",
            Self::WrongCertId => "wrong-cert-id",
            Self::WrongKey => "wrong-key",
            Self::WrongResponder => "wrong-responder",
        }
    }

    /// Whether the fault can be set there.
    pub fn applies_to(self, point: PublicationPoint) -> bool {
        match point {
            PublicationPoint::DeltaList => self.list().is_some(),
            PublicationPoint::List | PublicationPoint::RootList => {
                self != Self::WrongBase && self.list().is_some()
            }
            PublicationPoint::Ocsp => self.answer().is_some(),
        }
    }

    /// What it makes of a list; `None` where it is none of lists.
    pub(crate) fn list(self) -> Option<ListFate> {
        match self {
            Self::Empty => Some(ListFate::Empty),
            Self::Html => Some(ListFate::Html),
            Self::NextUpdateMissing => Some(ListFate::Spoiled(ListSpoil::NextUpdateMissing)),
            Self::Reset => Some(ListFate::Reset),
            Self::Slow => Some(ListFate::Held),
            Self::Stale => Some(ListFate::Spoiled(ListSpoil::Stale)),
            Self::WrongBase => Some(ListFate::Spoiled(ListSpoil::WrongBase)),
            Self::WrongKey => Some(ListFate::Spoiled(ListSpoil::WrongKey)),
            Self::Garbage
            | Self::InternalError
            | Self::NeverIssued
            | Self::OldNonce
            | Self::TryLater
            | Self::Unauthorized
            | Self::WrongCertId
            | Self::WrongResponder => None,
        }
    }

    /// What it makes of an answer; `None` where it is none of answers.
    pub(crate) fn answer(self) -> Option<AnswerFate> {
        match self {
            Self::Garbage => Some(AnswerFate::Garbage),
            Self::InternalError => Some(AnswerFate::InternalError),
            Self::NeverIssued => Some(AnswerFate::Spoiled(AnswerSpoil::NeverIssued)),
            Self::OldNonce => Some(AnswerFate::Spoiled(AnswerSpoil::OldNonce)),
            Self::Reset => Some(AnswerFate::Reset),
            Self::Slow => Some(AnswerFate::Held),
            Self::Stale => Some(AnswerFate::Spoiled(AnswerSpoil::Stale)),
            Self::TryLater => Some(AnswerFate::TryLater),
            Self::Unauthorized => Some(AnswerFate::Unauthorized),
            Self::WrongCertId => Some(AnswerFate::Spoiled(AnswerSpoil::WrongCertId)),
            Self::WrongResponder => Some(AnswerFate::Spoiled(AnswerSpoil::WrongResponder)),
            Self::Empty | Self::Html | Self::NextUpdateMissing | Self::WrongBase | Self::WrongKey => None,
        }
    }
}

/// A fault that is or was in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultRecord {
    /// Hierarchy.
    pub algorithm: KeyAlgorithm,
    /// Where.
    pub point: PublicationPoint,
    /// What.
    pub fault: PublicationFault,
    /// Since when, on the authority's clock.
    pub set_at: Timestamp,
    /// Until when; `None` where it is in force.
    pub reset_at: Option<Timestamp>,
    /// How many requests met it.
    pub served: u64,
}

/// Records that are over and kept.
const KEPT: usize = 1000;

/// The journal of faults, those in force among them: at most one for each hierarchy and point.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    records: VecDeque<FaultRecord>,
}

impl Faults {
    /// Puts a fault in force, in the place of another.
    pub(crate) fn set(
        &mut self,
        algorithm: KeyAlgorithm,
        point: PublicationPoint,
        fault: PublicationFault,
        now: Timestamp,
    ) {
        self.reset(Some(algorithm), Some(point), now);
        let record = FaultRecord { algorithm, point, fault, set_at: now, reset_at: None, served: 0 };
        self.records.push_back(record);
        // Those in force are at most one for each place: what is over is found soon.
        while self.records.len() > KEPT {
            let Some(over) = self.records.iter().position(|one| one.reset_at.is_some()) else { return };
            self.records.remove(over);
        }
    }

    /// Ends faults; `None` means all. Answers how many were in force.
    pub(crate) fn reset(
        &mut self,
        algorithm: Option<KeyAlgorithm>,
        point: Option<PublicationPoint>,
        now: Timestamp,
    ) -> u32 {
        let mut ended = 0;
        for record in self.records.iter_mut().filter(|one| one.reset_at.is_none()) {
            let meant = algorithm.is_none_or(|algorithm| algorithm == record.algorithm)
                && point.is_none_or(|point| point == record.point);
            if meant {
                record.reset_at = Some(now);
                ended += 1;
            }
        }
        ended
    }

    /// The fault that a request meets; counts it.
    pub(crate) fn meet(
        &mut self,
        algorithm: KeyAlgorithm,
        point: PublicationPoint,
    ) -> Option<PublicationFault> {
        let in_force = |one: &&mut FaultRecord| {
            one.reset_at.is_none() && one.algorithm == algorithm && one.point == point
        };
        let record = self.records.iter_mut().find(in_force)?;
        record.served = record.served.saturating_add(1);
        Some(record.fault)
    }

    /// Every record, oldest first.
    pub(crate) fn records(&self) -> Vec<FaultRecord> {
        self.records.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOST: KeyAlgorithm = KeyAlgorithm::Gost2015_512;
    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn every_fault_applies_somewhere_and_names_are_its_own() {
        for fault in PublicationFault::ALL {
            assert!(PublicationPoint::ALL.into_iter().any(|point| fault.applies_to(point)), "{fault:?}");
            let same = PublicationFault::ALL.into_iter().filter(|other| other.name() == fault.name());
            assert_eq!(same.count(), 1);
        }
        assert!(!PublicationFault::WrongBase.applies_to(PublicationPoint::List));
        assert!(!PublicationFault::Html.applies_to(PublicationPoint::Ocsp));
    }

    #[test]
    fn one_fault_a_place_is_in_force() {
        let mut faults = Faults::default();
        faults.set(GOST, PublicationPoint::List, PublicationFault::Html, NOW);
        faults.set(GOST, PublicationPoint::List, PublicationFault::Stale, NOW);
        faults.set(GOST, PublicationPoint::Ocsp, PublicationFault::Slow, NOW);
        assert_eq!(faults.meet(GOST, PublicationPoint::List), Some(PublicationFault::Stale));
        assert_eq!(faults.meet(KeyAlgorithm::Rsa2048, PublicationPoint::List), None);
        assert_eq!(faults.reset(None, Some(PublicationPoint::List), NOW), 1);
        assert_eq!(faults.meet(GOST, PublicationPoint::List), None);
        let served: Vec<_> =
            faults.records().iter().map(|one| (one.served, one.reset_at.is_some())).collect();
        assert_eq!(served, [(0, true), (1, true), (0, false)]);
        assert_eq!(faults.reset(None, None, NOW), 1);
    }

    #[test]
    fn the_journal_is_bounded_and_keeps_what_is_in_force() {
        let mut faults = Faults::default();
        faults.set(GOST, PublicationPoint::List, PublicationFault::Html, NOW);
        for _ in 0..3 * KEPT {
            faults.set(GOST, PublicationPoint::Ocsp, PublicationFault::Slow, NOW);
        }
        assert_eq!(faults.records().len(), KEPT);
        assert_eq!(faults.meet(GOST, PublicationPoint::List), Some(PublicationFault::Html));
    }
}
