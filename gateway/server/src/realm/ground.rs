//! What realms are built on: configuration, and what all of them share because it keeps nothing.

use std::path::PathBuf;
use std::sync::Arc;

use eush_acts::catalogue;
use eush_domain::synthetic::population::Population;
use eush_domain::{Calendar, SessionKey};
use eush_pipeline::profile::{Policy, Profile};
use eush_pipeline::pseudonym::Pseudonyms;
use eush_pipeline::{Bus, Limits, Ports};
use tokio::sync::watch;

use super::{FAULTS, Gate, Realm, Tasks};
use crate::agencies::{self, TonicAgencies};
use crate::authority::AuthorityClient;
use crate::clock::{BusClock, RealStopwatch};
use crate::config::Config;
use crate::directory::ConfiguredDirectory;
use crate::evidence::{EvidenceKeeper, TrustLoadError};
use crate::people::Census;
use crate::scripting::{Known, ResultSigner, Scripting};
use crate::start::{self, StartError};
use crate::store::{DatabaseError, SqliteStore};
use crate::timekeeper::Timekeeper;

/// The ground.
pub(crate) struct Ground {
    pub(crate) config: Config,
    /// Seed of the simulation.
    pub(crate) seed: u64,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    pub(crate) population: Population,
    pub(crate) directory: Arc<ConfiguredDirectory>,
    pub(crate) agencies: TonicAgencies,
    pub(crate) authority: Option<AuthorityClient>,
    pub(crate) stopwatch: Arc<RealStopwatch>,
    pub(crate) calendar: Calendar,
}

/// What makes one realm differ from another.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// `None` is the shared bus.
    pub(crate) session: Option<SessionKey>,
    pub(crate) profile: Profile,
    /// Seed of the realm's chance.
    pub(crate) seed: u64,
}

impl Ground {
    /// The shared bus's plan.
    pub(crate) fn shared(&self) -> Plan {
        Plan { session: None, profile: self.policy.profile, seed: self.seed }
    }

    /// File of a realm's store.
    pub(crate) fn file(&self, session: Option<&SessionKey>) -> PathBuf {
        let folder = &self.config.store.data_dir;
        match session {
            None => folder.join(SqliteStore::FILE),
            Some(key) => folder.join("sessions").join(format!("{key}.gateway.db")),
        }
    }

    /// Opens or makes the store of a realm.
    pub(crate) async fn store(&self, session: Option<&SessionKey>) -> Result<SqliteStore, StartError> {
        let tail = usize::try_from(self.config.store.journal_tail.get()).unwrap_or(usize::MAX);
        let path = self.file(session);
        in_background(move || SqliteStore::open(&path, tail)).await
    }

    /// Trust and lists as a realm takes them from an authority, or from files.
    async fn evidence(&self, authority: Option<AuthorityClient>) -> Result<Arc<EvidenceKeeper>, StartError> {
        let (certificates, revocation) = (self.config.certificates.clone(), self.config.revocation.clone());
        let stopwatch = self.stopwatch.clone();
        let keeper = in_background(move || -> Result<_, TrustLoadError> {
            EvidenceKeeper::new(&certificates, &revocation, authority, stopwatch)
        });
        Ok(Arc::new(keeper.await?))
    }

    /// Builds a realm over its store, in which its clock is saved, and learns trust and lists. Nothing runs yet.
    pub(crate) async fn realm(&self, plan: Plan, store: SqliteStore) -> Result<Realm, StartError> {
        let Some(clock) = store.clock().await? else {
            return Err(DatabaseError::Incomplete { what: "the clock" }.into());
        };
        let clock = Arc::new(BusClock::new(clock));
        let authority = self.authority.as_ref().map(|authority| authority.of_session(plan.session.as_ref()));
        let evidence = self.evidence(authority.clone()).await?;
        let pseudonyms = Pseudonyms::new(settle_pseudonym_key(&store).await?);
        let people = Arc::new(Census::open(self.population.clone(), &store).await?);
        let known = Arc::new(Known::new(people.clone(), pseudonyms.clone()));
        let signer = ResultSigner::new(authority.clone(), plan.session.clone(), catalogue());
        let scripting = Arc::new(Scripting::new(known, signer, store.clone()));
        scripting.restore().await?;
        let (stop, stopping) = watch::channel(false);
        let faults = Arc::new(start::faults(&self.config, plan.seed, clock.clone(), stopping));
        if let Some(saved) = store.part(FAULTS).await?
            && let Err(error) = faults.import(&saved)
        {
            tracing::error!(session = ?plan.session, error, "saved fault rules no longer hold and are left out");
        }
        let ports = Ports {
            agencies: agencies::chain(
                &self.agencies,
                (plan.session.clone(), people.clone()),
                scripting.clone(),
                faults.clone(),
            ),
            store: store.clone(),
            directory: self.directory.clone(),
            evidence: evidence.clone(),
            clock: clock.clone(),
            stopwatch: self.stopwatch.clone(),
            catalogue: catalogue(),
            calendar: self.calendar.clone(),
            pseudonyms,
        };
        let policy = Policy { profile: plan.profile, ..self.policy };
        let bus = Arc::new(Bus::new(ports, policy, self.limits));
        let timekeeper = Arc::new(Timekeeper::new(
            clock.clone(),
            store.clone(),
            bus.clone(),
            evidence.clone(),
            authority.clone(),
            self.calendar.clone(),
            self.config.clock.clone(),
            self.config.revocation.clone(),
        ));
        timekeeper.prepare().await;
        let Plan { session, profile, seed } = plan;
        Ok(Realm {
            session,
            profile,
            seed,
            bus,
            store,
            clock,
            evidence,
            timekeeper,
            people,
            scripting,
            faults,
            authority,
            gate: Gate::open(),
            stop,
            tasks: Tasks::default(),
        })
    }
}

/// The key under which the journal knows people, drawn once and kept with the store.
async fn settle_pseudonym_key(store: &SqliteStore) -> Result<[u8; 32], StartError> {
    if let Some(key) = store.pseudonym_key().await? {
        return Ok(key);
    }
    let key = crate::chance::key().map_err(|_| StartError::NoChance)?;
    store.save_pseudonym_key(key).await?;
    Ok(key)
}

/// Runs blocking work off the async threads.
pub(crate) async fn in_background<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, StartError>
where
    T: Send + 'static,
    E: Send + 'static,
    StartError: From<E>,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down, and with it whoever waits for us.
            Err(_) => Err(StartError::Store(DatabaseError::Closed)),
        },
    }
}
