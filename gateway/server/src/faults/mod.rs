//! Faults on purpose, of one realm: the book of rules, the calls that are held, and what was done.
//!
//! Three places ask the book, each naming the knobs that can act there: [`arrival`] for calls to the bus, the rim for calls
//! that carry no message, and the outermost link of the chain of agencies for calls of the bus. No fault stands between
//! a check and its finding: what strikes a call strikes before it is looked at, or after it has been answered.

pub(crate) mod arrival;
mod held;
mod subject;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eush_domain::faults::{
    Book, BookState, Decided, Draft, Knob, Met, Nastiness, Origin, RuleError, RuleId, RuleReport,
};
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::{Clock, Timestamp};
use eush_wire::management::v1::PublicationPoint;
use tokio::sync::watch;

pub(crate) use held::HeldCall;
pub(crate) use subject::{Subject, another, break_signature, document_parties, in_full, party};

use crate::current;
use held::Held;

/// Response metadata that lists the rules of every fault that struck the call, whether or not it decided.
pub(crate) const FAULTS_HEADER: &str = "eush-faults";

/// Acts that are remembered.
const REMEMBERED: usize = 10_000;

/// A fault that struck a call.
#[derive(Clone, Debug)]
pub(crate) struct Acted {
    pub(crate) decided: Decided,
    pub(crate) method: String,
    pub(crate) message: String,
    pub(crate) at: Timestamp,
}

impl Acted {
    /// `name=value` of everything that chance or rule gave it.
    pub(crate) fn parameters(&self) -> Vec<String> {
        parameters(&self.decided)
    }
}

/// `name=value` of everything that chance or rule gave a fault.
pub(crate) fn parameters(decided: &Decided) -> Vec<String> {
    decided.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// Faults of one realm.
pub(crate) struct Faults {
    book: Mutex<Book>,
    configured: Nastiness,
    held: Held,
    acts: Mutex<VecDeque<Acted>>,
    /// How many deliveries have passed to each agency, for those that wait to be overtaken.
    passed: Mutex<HashMap<String, watch::Sender<u64>>>,
    /// What rules have the test authority serve badly.
    published: Mutex<BTreeSet<(RuleId, i32)>>,
    clock: Arc<dyn Clock>,
}

impl Faults {
    /// Of a realm with this seed, clock and configured nastiness. `stop` lets every held call go.
    pub(crate) fn new(
        seed: u64,
        scheme: Scheme,
        configured: Nastiness,
        clock: Arc<dyn Clock>,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            book: Mutex::new(Book::new(seed, scheme, configured.clone())),
            configured,
            held: Held::new(stop),
            acts: Mutex::default(),
            passed: Mutex::default(),
            published: Mutex::default(),
            clock,
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What strikes a call, of the knobs that can act on it now. Written down at once: by the call's own record where it
    /// has one, and here.
    pub(crate) fn meet(&self, met: &Met<'_>, can: &[Knob]) -> Vec<Decided> {
        let decided = self.book().meet(met, can);
        for decided in &decided {
            current::struck(decided);
            tracing::info!(
                rule = %decided.rule,
                knob = %decided.knob,
                method = met.method,
                message_id = met.message,
                "a fault strikes"
            );
            let acted = Acted {
                decided: decided.clone(),
                method: met.method.to_owned(),
                message: met.message.to_owned(),
                at: self.clock.now(),
            };
            let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
            if acts.len() == REMEMBERED {
                acts.pop_front();
            }
            acts.push_back(acted);
        }
        decided
    }

    /// Waits until the call is let go.
    pub(crate) async fn hold(&self, decided: &Decided, met: &Met<'_>) {
        self.held.wait(HeldCall::of(decided, met, self.clock.now())).await;
    }

    pub(crate) fn held(&self) -> Vec<HeldCall> {
        self.held.list()
    }

    /// Lets held calls go, of a rule, of a message, or all.
    pub(crate) fn release(&self, rule: Option<&str>, message: Option<&str>) -> usize {
        self.held.release(rule, message)
    }

    pub(crate) fn add(&self, draft: Draft) -> Result<RuleId, RuleError> {
        self.book().add(draft)
    }

    /// Takes a rule out and lets go what it holds; `None` where nobody added one of this name.
    pub(crate) fn remove(&self, id: &str) -> Option<usize> {
        self.book().remove(id)?;
        Some(self.release(Some(id), None))
    }

    /// Back to the configuration. Returns how many rules went and how many calls were let go.
    pub(crate) fn reset(&self) -> (usize, usize) {
        let gone = self.book().reset(self.configured.clone());
        self.acts.lock().unwrap_or_else(PoisonError::into_inner).clear();
        (gone, self.release(None, None))
    }

    pub(crate) fn list(&self) -> Vec<RuleReport> {
        self.book().list()
    }

    pub(crate) fn nastiness(&self) -> Nastiness {
        self.book().nastiness().clone()
    }

    pub(crate) fn set_nastiness(&self, nastiness: Nastiness) {
        self.book().set_nastiness(nastiness);
    }

    /// What was done, newest first.
    pub(crate) fn acts(&self, wanted: impl Fn(&Acted) -> bool, limit: usize) -> Vec<Acted> {
        let acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        acts.iter().rev().filter(|acted| wanted(acted)).take(limit).cloned().collect()
    }

    /// Everything that a snapshot keeps.
    pub(crate) fn export(&self) -> BookState {
        self.book().export()
    }

    /// Puts what a snapshot kept in place of everything.
    pub(crate) fn import(&self, state: &BookState) -> Result<(), String> {
        self.book().import(state)?;
        self.release(None, None);
        Ok(())
    }

    /// A delivery to an agency has been answered.
    pub(crate) fn passed(&self, agency: &str) {
        let passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(passed) = passed.get(agency) {
            passed.send_modify(|passed| *passed += 1);
        }
    }

    /// Waits until a delivery to an agency has been answered, or so long.
    pub(crate) async fn overtaken(&self, agency: &str, longest: Duration) {
        let mut passed = {
            let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
            passed.entry(agency.to_owned()).or_insert_with(|| watch::Sender::new(0)).subscribe()
        };
        let _ = tokio::time::timeout(longest, passed.changed()).await;
    }

    /// Notes that a rule has a publication served badly.
    pub(crate) fn publishes(&self, rule: &RuleId, point: PublicationPoint) {
        self.published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((rule.clone(), i32::from(point)));
    }

    /// Publications that are to be served whole again because their rule, or every rule, has gone.
    pub(crate) fn unpublish(&self, rule: Option<&str>) -> Vec<PublicationPoint> {
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        let (gone, stay) = std::mem::take(&mut *published)
            .into_iter()
            .partition(|(of, _)| rule.is_none_or(|rule| of.as_str() == rule));
        *published = stay;
        gone.into_iter()
            .filter_map(|(_, point): (RuleId, i32)| PublicationPoint::try_from(point).ok())
            .collect()
    }
}

/// Whether a person sees a rule in lists: those of magic numbers are told apart.
pub(crate) fn is_listed(report: &RuleReport, magic: bool) -> bool {
    magic || report.rule.origin != Origin::Magic
}
