//! Runs checks one after the other and writes down what each found.

use crate::checks::{Checked, Passed, Unmet};
use crate::finding::{CheckId, CheckOutcome, Finding};
use crate::ports::Link;
use crate::profile::{ActItem, Diagnosis, Duty};
use crate::refusal::Refusal;
use eush_domain::Rejection;

/// What became of one check: its proof, or the act's item that does not ask for it.
#[derive(Debug)]
pub(crate) enum Owed<P> {
    /// It held.
    Held(P),
    /// It is not owed.
    NotOwed(ActItem),
}

impl<P> Owed<P> {
    /// The place in the act that does not ask for the check, where that is what it is.
    pub(crate) fn lifted_by(&self) -> Option<&str> {
        match self {
            Self::Held(_) => None,
            Self::NotOwed(item) => Some(item.reference()),
        }
    }
}

/// The checks of one message so far.
#[derive(Debug)]
pub(crate) struct Tally {
    checks: &'static [CheckId],
    diagnosis: Diagnosis,
    findings: Vec<Finding>,
    first: Option<Unmet>,
    unasked: Vec<Link>,
    #[cfg(test)]
    left_out: Vec<CheckId>,
}

impl Tally {
    /// Nothing run yet. `checks` are those that this kind of message has.
    pub(crate) fn new(checks: &'static [CheckId], diagnosis: Diagnosis) -> Self {
        Self {
            checks,
            diagnosis,
            findings: Vec::new(),
            first: None,
            unasked: Vec::new(),
            #[cfg(test)]
            left_out: Vec::new(),
        }
    }

    /// For the load-bearing tests alone: runs without these checks.
    #[cfg(test)]
    pub(crate) fn leaving_out(mut self, checks: &[CheckId]) -> Self {
        self.left_out = checks.to_vec();
        self
    }

    /// Runs one check, unless it is not owed, or an earlier one failed and diagnosis is off. `None` means that there is
    /// no proof, and the message cannot be cleared.
    pub(crate) fn run<P>(
        &mut self,
        check: CheckId,
        duty: Duty,
        judge: impl FnOnce() -> Checked<P>,
    ) -> Option<Owed<P>> {
        #[cfg(test)]
        let duty =
            if self.left_out.contains(&check) { Duty::NotOwed(ActItem::left_out_by_test()) } else { duty };
        let (rule, by_act) = match duty {
            Duty::Owed { rule, by_act } => (rule, by_act),
            Duty::NotOwed(item) => {
                let rule = item.reference().to_owned();
                self.note(check, CheckOutcome::NotOwed, None, Vec::new(), String::new(), rule);
                return Some(Owed::NotOwed(item));
            }
        };
        if self.first.is_some() && self.diagnosis == Diagnosis::First {
            self.note(check, CheckOutcome::NotRun, None, Vec::new(), by_act, rule);
            return None;
        }
        match judge() {
            Ok(Passed { proof, evidence }) => {
                self.note(check, CheckOutcome::Held, None, evidence, by_act, rule);
                Some(Owed::Held(proof))
            }
            Err(unmet) if unmet.borrowed && self.first.is_some() => {
                self.note(check, CheckOutcome::NotRun, None, Vec::new(), by_act, rule);
                None
            }
            Err(unmet) => {
                let (reason, evidence) = (Some(unmet.rejection), unmet.evidence.clone());
                // Nobody is bothered for a message that is refused anyway.
                if self.first.is_none() {
                    self.unasked.clone_from(&unmet.unasked);
                }
                self.note(check, CheckOutcome::Failed, reason, evidence, by_act, rule);
                self.first.get_or_insert(unmet);
                None
            }
        }
    }

    fn note(
        &mut self,
        check: CheckId,
        outcome: CheckOutcome,
        reason: Option<Rejection>,
        evidence: Vec<String>,
        checked_by_act: String,
        rule: String,
    ) {
        self.findings.push(Finding { check, outcome, reason, evidence, checked_by_act, rule });
    }

    /// What was found, for a message that is cleared.
    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// The refusal: the first failure is the one that is told, and every check has its row.
    pub(crate) fn refuse(mut self) -> NotCleared {
        let missing: Vec<CheckId> = self
            .checks
            .iter()
            .copied()
            .filter(|check| !self.findings.iter().any(|finding| finding.check == *check))
            .collect();
        for check in missing {
            self.note(check, CheckOutcome::NotRun, None, Vec::new(), String::new(), String::new());
        }
        // Without a failure a proof is missing that no check denied: still a refusal, and the sternest one.
        let unmet = self.first.unwrap_or_else(|| Unmet::of(Rejection::SenderUnknown));
        let refusal = Refusal {
            faults: unmet.faults,
            evidence: unmet.evidence,
            findings: self.findings,
            ..Refusal::of(unmet.rejection)
        };
        NotCleared { refusal, unasked: self.unasked }
    }
}

/// A message that is not cleared by the picture it was judged by.
#[derive(Debug)]
pub(crate) struct NotCleared {
    /// Why, as things are.
    pub(crate) refusal: Refusal,
    /// Where it fails for want of evidence alone: about whom somebody is to be asked before it is judged again.
    pub(crate) unasked: Vec<Link>,
}

impl NotCleared {
    /// The same with its refusal changed.
    pub(crate) fn map(self, change: impl FnOnce(Refusal) -> Refusal) -> Self {
        Self { refusal: change(self.refusal), ..self }
    }
}
