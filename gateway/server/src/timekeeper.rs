//! What happens as virtual time passes: terms fall due, the certificate services publish, lists are fetched again.
//!
//! A clock that is moved stops at every instant on the way at which something is due, does it, and goes on; when the call
//! returns, nothing is due that could be done. A clock that runs is followed by a background task. Both take turns.
//!
//! **A term that cannot be told** (its agency is down) is not lost: it stays due in the store. An advance tries it once
//! and reports it as postponed; the background task tries again after `clock.retry_first` of real time, twice as long
//! after each failure up to `clock.retry_longest`, and any later advance tries it at once. Other terms do not wait for it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use eush_domain::term::parse_terms;
use eush_domain::{ApplicationId, Calendar, Clock as _, Timestamp, VirtualClock};
use eush_pipeline::TermOutcome;
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;

use crate::authority::AuthorityClient;
use crate::clock::BusClock;
use crate::config::{ClockSettings, RevocationSettings};
use crate::evidence::EvidenceKeeper;
use crate::store::{DatabaseError, SqliteStore};
use crate::{TheBus, wall};

/// Why the clock was not moved, or not all the way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdvanceError {
    /// The term is none, or leads out of the calendar.
    #[error("{0}")]
    Term(String),
    /// The certificate services could not publish, and a clock moved past their lists would refuse everything.
    #[error("the certificate services cannot publish: {0}")]
    Authority(String),
    /// The instant lies before the present one.
    #[error("the clock stands at `{now}` and goes forward only")]
    Backward {
        /// The present instant.
        now: Timestamp,
    },
    /// The realm's state is being saved or restored.
    #[error("the state is being saved or restored")]
    Restoring,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DatabaseError),
}

/// What passed while the clock was moved.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) terms_fired: u32,
    pub(crate) terms_postponed: u32,
    pub(crate) lists_published: u32,
}

/// Due rows read at one time.
const ROWS: u32 = 256;
/// How far the certificate services' time may lie behind the bus's, on the virtual clock. Their responder's answers carry
/// it, and readers take those for five minutes.
const TELL_AFTER: time::Duration = time::Duration::MINUTE;
/// Longest sleep of the background task, lest a mistake about the next instant last.
const LONGEST_SLEEP: Duration = Duration::from_secs(600);

/// Follows and moves the clock.
pub(crate) struct Timekeeper {
    clock: Arc<BusClock>,
    store: SqliteStore,
    bus: Arc<TheBus>,
    evidence: Arc<EvidenceKeeper>,
    authority: Option<AuthorityClient>,
    calendar: Calendar,
    settings: ClockSettings,
    revocation: RevocationSettings,
    turn: Mutex<Turn>,
}

/// What only the one whose turn it is may touch.
#[derive(Default)]
struct Turn {
    /// When the certificate services publish next; `None` until they told.
    publication: Option<Timestamp>,
    /// When they were told the time; `None` until they were.
    told: Option<Timestamp>,
    publication_retry: Option<Instant>,
    lists_retry: Option<Instant>,
    terms: HashMap<ApplicationId, Retry>,
}

struct Retry {
    failures: u32,
    not_before: Instant,
}

/// Keeps a timekeeper from doing anything.
#[expect(dead_code, reason = "held, not read")]
pub(crate) struct Paused<'a>(tokio::sync::MutexGuard<'a, Turn>);

/// Whether terms that failed lately are tried.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Impatience {
    /// All that is due is tried: somebody moved the clock.
    All,
    /// Those that failed lately wait for their time.
    Rested,
}

impl Timekeeper {
    #[expect(clippy::too_many_arguments, reason = "the one place that puts these parts together")]
    pub(crate) fn new(
        clock: Arc<BusClock>,
        store: SqliteStore,
        bus: Arc<TheBus>,
        evidence: Arc<EvidenceKeeper>,
        authority: Option<AuthorityClient>,
        calendar: Calendar,
        settings: ClockSettings,
        revocation: RevocationSettings,
    ) -> Self {
        Self {
            clock,
            store,
            bus,
            evidence,
            authority,
            calendar,
            settings,
            revocation,
            turn: Mutex::new(Turn::default()),
        }
    }

    /// The present state of the clock.
    pub(crate) fn state(&self) -> VirtualClock {
        self.clock.state()
    }

    /// Moves the clock forward by a sum of terms.
    pub(crate) async fn advance(&self, by: &str) -> Result<Tally, AdvanceError> {
        let terms = parse_terms(by).map_err(|error| AdvanceError::Term(error.to_string()))?;
        let mut turn = self.turn.lock().await;
        let target = self
            .calendar
            .add_all(self.clock.now(), &terms)
            .map_err(|error| AdvanceError::Term(error.to_string()))?;
        self.move_to(&mut turn, target).await
    }

    /// Moves the clock forward to an instant.
    pub(crate) async fn set(&self, to: Timestamp) -> Result<Tally, AdvanceError> {
        let mut turn = self.turn.lock().await;
        let now = self.clock.now();
        if to < now {
            return Err(AdvanceError::Backward { now });
        }
        self.move_to(&mut turn, to).await
    }

    /// Stops the clock.
    pub(crate) async fn freeze(&self) -> Result<(), AdvanceError> {
        let _turn = self.turn.lock().await;
        Ok(self.save(self.clock.state().frozen(wall::now())).await?)
    }

    /// Lets the clock run.
    pub(crate) async fn run(&self) -> Result<(), AdvanceError> {
        let _turn = self.turn.lock().await;
        Ok(self.save(self.clock.state().run(wall::now())).await?)
    }

    async fn save(&self, state: VirtualClock) -> Result<(), DatabaseError> {
        self.store.save_clock(state).await?;
        self.clock.replace(state);
        Ok(())
    }

    async fn move_to(&self, turn: &mut Turn, target: Timestamp) -> Result<Tally, AdvanceError> {
        let mut tally = Tally::default();
        let mut tried = HashSet::new();
        // What is due now is done first; it also tells when the certificate services publish next.
        self.settle(turn, &mut tally, &mut tried, Impatience::All).await?;
        loop {
            let now = self.clock.now();
            let term = self.store.first_due(|_, id| !tried.contains(id)).await?;
            let next = [term.map(|(at, _)| at), turn.publication]
                .into_iter()
                .flatten()
                .filter(|at| *at > now)
                .fold(target, Timestamp::min);
            let real = wall::now();
            if let Some(moved) = self.clock.state().moved_to(real, next.max(self.clock.state().at(real))) {
                self.save(moved).await?;
            }
            self.settle(turn, &mut tally, &mut tried, Impatience::All).await?;
            if next >= target {
                break;
            }
        }
        Ok(tally)
    }

    /// Keeps the clock from moving and terms from falling due until the answer is dropped.
    pub(crate) async fn pause(&self) -> Paused<'_> {
        Paused(self.turn.lock().await)
    }

    /// Learns trust and lists, before the bus is served: what is due may need the bus and waits.
    pub(crate) async fn prepare(&self) {
        let mut turn = self.turn.lock().await;
        let mut tally = Tally::default();
        // With rest there is no error: what cannot be published is told to the log and tried again.
        let _ = self.publish(&mut turn, &mut tally, Impatience::Rested).await;
        self.refresh_if_due(&mut turn).await;
    }

    /// Does everything that is due at the present instant.
    async fn settle(
        &self,
        turn: &mut Turn,
        tally: &mut Tally,
        tried: &mut HashSet<ApplicationId>,
        impatience: Impatience,
    ) -> Result<(), AdvanceError> {
        self.publish(turn, tally, impatience).await?;
        self.refresh_if_due(turn).await;
        loop {
            let now = self.clock.now();
            let rested = |turn: &Turn, id: &ApplicationId| match (impatience, turn.terms.get(id)) {
                (Impatience::All, _) | (Impatience::Rested, None) => true,
                (Impatience::Rested, Some(retry)) => retry.not_before <= Instant::now(),
            };
            let wanted =
                |at: Timestamp, id: &ApplicationId| at <= now && !tried.contains(id) && rested(turn, id);
            let Some((_, id)) = self.store.first_due(wanted).await? else { return Ok(()) };
            self.fire(turn, tally, tried, id).await;
        }
    }

    async fn fire(
        &self,
        turn: &mut Turn,
        tally: &mut Tally,
        tried: &mut HashSet<ApplicationId>,
        id: ApplicationId,
    ) {
        match self.bus.fire_term(&id).await {
            Ok(TermOutcome::Advanced | TermOutcome::Completed | TermOutcome::Notified) => {
                tally.terms_fired += 1;
                turn.terms.remove(&id);
                return;
            }
            // Another was faster. Not asked again in this round, or a store that still says "due" would spin us.
            Ok(TermOutcome::NothingDue) => {}
            Ok(TermOutcome::Unreachable(rejection)) => {
                tracing::warn!(application_id = %id, reason = rejection.facts().reason, "a term is postponed");
                tally.terms_postponed += 1;
                self.rest(turn, &id);
            }
            Err(error) => {
                tracing::error!(application_id = %id, %error, "a term could not be fired");
                tally.terms_postponed += 1;
                self.rest(turn, &id);
            }
        }
        tried.insert(id);
    }

    fn rest(&self, turn: &mut Turn, id: &ApplicationId) {
        let failures = turn.terms.get(id).map_or(0, |retry| retry.failures);
        let wait = self
            .settings
            .retry_first
            .get()
            .saturating_mul(1_u32.checked_shl(failures).unwrap_or(u32::MAX))
            .min(self.settings.retry_longest.get());
        let retry = Retry { failures: failures.saturating_add(1), not_before: Instant::now() + wait };
        turn.terms.insert(id.clone(), retry);
    }

    /// Has the certificate services publish what is due, and fetches it.
    async fn publish(
        &self,
        turn: &mut Turn,
        tally: &mut Tally,
        impatience: Impatience,
    ) -> Result<(), AdvanceError> {
        let Some(authority) = &self.authority else { return Ok(()) };
        let now = self.clock.now();
        let rested = turn.publication_retry.is_none_or(|at| at <= Instant::now());
        let due = turn.publication.is_none_or(|due| due <= now);
        let behind = turn.told.is_none_or(|told| now - told >= TELL_AFTER);
        if !(due || behind) || ((impatience == Impatience::Rested || !due) && !rested) {
            return Ok(());
        }
        match authority.publish_due(now).await {
            Ok(publication) => {
                turn.told = Some(now);
                // Services that name no later instant have nothing to publish; they are asked again at the next list.
                turn.publication = publication.next_due.filter(|due| *due > now);
                turn.publication_retry = turn.publication.is_none().then(|| self.rested());
                tally.lists_published += publication.published;
                if publication.published > 0 {
                    self.evidence.refresh().await;
                }
                Ok(())
            }
            Err(status) => {
                turn.publication_retry = Some(self.rested());
                match impatience {
                    // Nothing is due: that they do not know the time is no reason to stand still.
                    Impatience::All if !due => Ok(()),
                    Impatience::All => Err(AdvanceError::Authority(status.message().to_owned())),
                    Impatience::Rested => {
                        tracing::warn!(%status, "the certificate services could not publish");
                        Ok(())
                    }
                }
            }
        }
    }

    /// Whether lists should be fetched again: none, or the nearest `nextUpdate` is near.
    fn lists_due(&self, now: Timestamp) -> bool {
        self.evidence.next_update().is_none_or(|next| next - self.revocation.refresh_before.get() <= now)
    }

    /// When the certificate services are asked again after they did not help. A bus that cannot judge yet, because they
    /// start at the same time, asks sooner.
    fn rested(&self) -> Instant {
        let rest = self.revocation.retry.get();
        let ready = *self.evidence.ready().borrow();
        Instant::now() + if ready { rest } else { rest.min(self.settings.retry_first.get()) }
    }

    /// Fetches lists that are due. Where that does not help, the next try rests, so that a dead address holds up no
    /// advance more than once.
    async fn refresh_if_due(&self, turn: &mut Turn) {
        let rested = turn.lists_retry.is_none_or(|at| at <= Instant::now());
        if !rested || !self.lists_due(self.clock.now()) {
            return;
        }
        self.evidence.refresh().await;
        let still = self.lists_due(self.clock.now());
        turn.lists_retry = still.then(|| self.rested());
    }

    /// Follows the clock until the bus stops.
    pub(crate) async fn follow(&self, mut stop: watch::Receiver<bool>) {
        let due_changed = self.store.due_changed();
        let mut clock_changes = self.clock.changes();
        loop {
            let sleep = self.look().await;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = due_changed.notified() => {}
                _ = clock_changes.changed() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    /// Does what is due and returns how long nothing will be.
    async fn look(&self) -> Duration {
        let mut turn = self.turn.lock().await;
        let mut tally = Tally::default();
        let mut tried = HashSet::new();
        if let Err(error) = self.settle(&mut turn, &mut tally, &mut tried, Impatience::Rested).await {
            tracing::error!(%error, "what fell due could not be done");
            return self.settings.retry_first.get();
        }
        match self.next_look(&turn).await {
            Ok(sleep) => sleep.clamp(Duration::from_millis(1), LONGEST_SLEEP),
            Err(error) => {
                tracing::error!(%error, "the next due instant could not be read");
                self.settings.retry_first.get()
            }
        }
    }

    async fn next_look(&self, turn: &Turn) -> Result<Duration, DatabaseError> {
        let now = self.clock.now();
        let running = self.clock.state().is_running();
        // Real time until a virtual instant: a standing clock never gets there.
        let until = |at: Timestamp| -> Option<Duration> {
            if at <= now { Some(Duration::ZERO) } else { running.then(|| (at - now).unsigned_abs()) }
        };
        let rest = |at: Option<Instant>| {
            at.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()))
        };
        let mut sleep = LONGEST_SLEEP;
        let due = self.store.due(ROWS).await?;
        if due.len() >= usize::try_from(ROWS).unwrap_or(usize::MAX) {
            // There may be more than was read: look again soon rather than late.
            sleep = self.settings.retry_first.get();
        }
        for (at, id) in due {
            if let Some(wait) = until(at) {
                sleep = sleep.min(wait.max(rest(turn.terms.get(&id).map(|retry| retry.not_before))));
            }
        }
        if self.authority.is_some() {
            let wait = turn.publication.map_or(Some(Duration::ZERO), until);
            sleep = wait.map_or(sleep, |wait| sleep.min(wait.max(rest(turn.publication_retry))));
            if running {
                sleep = sleep.min(TELL_AFTER.unsigned_abs());
            }
        }
        let lists = match self.evidence.next_update() {
            Some(next) => until(next - self.revocation.refresh_before.get()),
            None => Some(Duration::ZERO),
        };
        Ok(lists.map_or(sleep, |wait| sleep.min(wait.max(rest(turn.lists_retry)))))
    }
}
