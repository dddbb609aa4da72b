//! A bus that belongs to tests: on threads of its own, in a folder of its own.

use std::future::Future;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use eush_domain::Timestamp;
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use tokio::runtime::Runtime;

use super::keys;
use super::scene::Scene;
use crate::bus::{BusOptions, Remote, RunningBus};
use crate::connect::Addresses;

/// Longest that dropping a bus or a scene waits for the bus.
const PATIENCE: Duration = Duration::from_secs(20);

/// What bus a test starts.
#[derive(Clone, Debug)]
pub struct TestBusOptions {
    /// Seed of the population. 1.
    pub seed: u64,
    /// Where the virtual clock stands at first: a Monday, 2 March 2026, 10:00 in Astana.
    pub start_at: Timestamp,
    /// Folder with kept keys; `EUSH_TEST_KEYS` or a folder among the system's temporary ones where it is not said.
    pub keys: Option<PathBuf>,
    /// Agencies that are not mocks of this bus: code and `host:port`.
    pub agencies: Vec<(String, String)>,
}

impl Default for TestBusOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            start_at: time::macros::datetime!(2026-03-02 05:00 UTC),
            keys: None,
            agencies: Vec::new(),
        }
    }
}

/// The whole bus, for tests. It is a [`Scene`] itself: the shared bus, without a test session.
#[derive(Debug)]
pub struct TestBus {
    // Dropped first: it verifies while the bus still answers.
    scene: Option<Scene>,
    engine: Arc<Engine>,
}

impl Deref for TestBus {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        self.scene.as_ref().unwrap_or_else(|| unreachable!("the scene is taken when the bus is dropped"))
    }
}

impl TestBus {
    /// Starts a bus with the default options.
    ///
    /// # Panics
    /// Where it does not start; the message says why.
    pub async fn start() -> Self {
        Self::start_with(TestBusOptions::default()).await
    }

    /// Starts a bus.
    ///
    /// # Panics
    /// Where it does not start; the message says why.
    pub async fn start_with(options: TestBusOptions) -> Self {
        let (out, started) = tokio::sync::oneshot::channel();
        // Not on the test's runtime: a bus that several tests share outlives the first of them.
        std::thread::spawn(move || {
            let _ = out.send(Engine::start(&options));
        });
        match started.await {
            Ok(Ok(engine)) => Self::over(Arc::new(engine)),
            Ok(Err(error)) => panic!("the test bus did not start: {error}"),
            Err(_) => panic!("the test bus did not start: its thread ended badly"),
        }
    }

    /// The one bus of this test process, started on first need. Give every test a session of its own.
    ///
    /// # Panics
    /// Where it does not start; the message says why.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<TestBus> = OnceLock::new();
        SHARED.get_or_init(|| {
            let started = std::thread::spawn(|| Engine::start(&TestBusOptions::default())).join();
            match started {
                Ok(Ok(engine)) => Self::over(Arc::new(engine)),
                Ok(Err(error)) => panic!("the test bus did not start: {error}"),
                Err(_) => panic!("the test bus did not start: its thread ended badly"),
            }
        })
    }

    fn over(engine: Arc<Engine>) -> Self {
        Self { scene: Some(Scene::shared(engine.clone())), engine }
    }

    /// A test session of its own, for tests that run in parallel on one bus. It ends when it is dropped.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn session(&self) -> Scene {
        Scene::session(self.engine.clone(), "").await
    }

    /// The same with a key that the test chooses.
    ///
    /// # Panics
    /// Where it cannot be made, for example because the key is in use.
    pub async fn session_of(&self, key: &str) -> Scene {
        Scene::session(self.engine.clone(), key).await
    }

    /// `host:port` of a listener: `gateway`, `management`, `certificates`, an agency's code or a front's name.
    ///
    /// # Panics
    /// Where there is no such listener.
    pub fn address(&self, listener: &str) -> String {
        self.engine.address(listener)
    }

    /// The shared secret of a sending system, for example `PORTAL`.
    ///
    /// # Panics
    /// Where the bus has no such sender.
    pub fn secret(&self, sender: &str) -> String {
        self.engine
            .secrets
            .get(sender)
            .cloned()
            .unwrap_or_else(|| panic!("this bus has no sender `{sender}`"))
    }

    /// The people of this bus.
    pub fn population(&self) -> &Population {
        &self.engine.population
    }
}

impl Drop for TestBus {
    fn drop(&mut self) {
        drop(self.scene.take());
    }
}

/// What runs.
#[derive(Debug)]
pub(super) struct Engine {
    runtime: Option<Runtime>,
    running: Option<RunningBus>,
    pub(super) addresses: Addresses,
    pub(super) population: Population,
    secrets: std::collections::BTreeMap<String, String>,
    _folder: tempfile::TempDir,
}

impl Engine {
    /// Starts a bus. Blocks.
    fn start(options: &TestBusOptions) -> Result<Self, String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        let folder = tempfile::tempdir().map_err(|error| text(&error))?;
        let population = Population::new(options.seed, Scheme::default());
        keys::prepare(folder.path(), options, &population)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("eush-test-bus")
            .enable_all()
            .build()
            .map_err(|error| text(&error))?;
        let mut bus = BusOptions::in_folder(folder.path());
        bus.seed = Some(options.seed);
        bus.any_ports = true;
        bus.start_at = Some(options.start_at);
        bus.config.clock.start = eush_gateway::config::ClockStart::FrozenAt(options.start_at);
        let remotes =
            options.agencies.iter().map(|(code, address)| Remote::At(code.clone(), address.clone()));
        bus.remotes = remotes.collect();
        let running = runtime.block_on(RunningBus::start(bus)).map_err(|error| text(&error))?;
        let addresses = running.addresses().clone();
        let secrets = running.secrets();
        Ok(Self {
            runtime: Some(runtime),
            running: Some(running),
            addresses,
            population,
            secrets,
            _folder: folder,
        })
    }

    /// `host:port` of a listener.
    pub(super) fn address(&self, listener: &str) -> String {
        let found = self.addresses.listeners.get(listener).cloned();
        found.unwrap_or_else(|| {
            let known: Vec<_> = self.addresses.listeners.keys().map(String::as_str).collect();
            panic!("this bus has no listener `{listener}`; it has {}", known.join(", "))
        })
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().unwrap_or_else(|| unreachable!("the runtime is taken when the bus is dropped"))
    }

    /// Does work on the bus's own threads and waits for it on the test's.
    pub(super) async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self.runtime().spawn(work).await {
            Ok(value) => value,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => panic!("the test bus is stopping: {error}"),
            },
        }
    }

    /// The same where nothing can be awaited; `None` where it takes too long.
    pub(super) fn run_blocking<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (out, done) = mpsc::channel();
        self.runtime().spawn(async move {
            let _ = out.send(work.await);
        });
        done.recv_timeout(PATIENCE).ok()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let (Some(runtime), Some(running)) = (self.runtime.take(), self.running.take()) else { return };
        // A thread of its own, because a runtime must not end within another one.
        let stopping = std::thread::spawn(move || {
            // How it stops is nothing that a test could mend.
            let _ = runtime.block_on(running.stop());
            runtime.shutdown_timeout(PATIENCE);
        });
        let _ = stopping.join();
    }
}
