//! What a test says to a bus and expects of it: on the shared bus, or in a test session of its own.

use std::fmt::Write as _;
use std::future::{Future, IntoFuture};
use std::ops::{Range, RangeFrom, RangeInclusive, RangeToInclusive};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::SessionKey;
use eush_wire::management::v1::people_service_client::PeopleServiceClient;
use eush_wire::management::v1::script_service_client::ScriptServiceClient;
use eush_wire::management::v1::session_service_client::SessionServiceClient;
use eush_wire::management::v1::verify_calls_request::Expected;
use eush_wire::management::v1::verify_service_client::VerifyServiceClient;
use eush_wire::management::v1::{
    AddPersonRequest, AddScriptsRequest, CallFilter, CallSeen, ChangePersonRequest, CreateSessionRequest,
    EndSessionRequest, ListScriptsRequest, ScriptFile, ScriptState, Unmatched, VerifyCallsRequest,
    VerifyCallsResponse,
};

use super::engine::Engine;
use super::human::Human;
use super::sentence::{AnsweredCall, Call};
use super::somebody::Somebody;
use crate::connect::Bus;
use crate::exit::Failure;
use crate::output;

/// A bus as one test sees it. Dropping it verifies every expectation.
#[derive(Debug)]
pub struct Scene {
    pub(super) engine: Arc<Engine>,
    pub(super) session: Option<SessionKey>,
    expectations: Mutex<Vec<Expectation>>,
    given: Mutex<u64>,
}

/// What a script is expected to answer.
#[derive(Clone, Debug)]
struct Expectation {
    id: String,
    name: String,
    call: String,
    times: Times,
}

/// How often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    least: u64,
    most: Option<u64>,
}

impl Times {
    fn admits(&self, count: u64) -> bool {
        count >= self.least && self.most.is_none_or(|most| count <= most)
    }

    fn words(&self) -> String {
        match (self.least, self.most) {
            (least, Some(most)) if least == most => format!("exactly {least}"),
            (0, Some(most)) => format!("at most {most}"),
            (least, None) => format!("at least {least}"),
            (least, Some(most)) => format!("{least} to {most}"),
        }
    }
}

impl From<u64> for Times {
    fn from(times: u64) -> Self {
        Self { least: times, most: Some(times) }
    }
}

impl From<RangeFrom<u64>> for Times {
    fn from(range: RangeFrom<u64>) -> Self {
        Self { least: range.start, most: None }
    }
}

impl From<RangeInclusive<u64>> for Times {
    fn from(range: RangeInclusive<u64>) -> Self {
        Self { least: *range.start(), most: Some(*range.end()) }
    }
}

impl From<RangeToInclusive<u64>> for Times {
    fn from(range: RangeToInclusive<u64>) -> Self {
        Self { least: 0, most: Some(range.end) }
    }
}

impl From<Range<u64>> for Times {
    fn from(range: Range<u64>) -> Self {
        Self { least: range.start, most: Some(range.end.saturating_sub(1)) }
    }
}

/// A sentence that a bus is about to be given. Awaiting it adds the script.
#[derive(Debug)]
#[must_use = "the bus knows of it once it is awaited"]
pub struct Given<'a> {
    scene: &'a Scene,
    sentence: AnsweredCall,
    name: String,
    times: Option<Times>,
}

impl Given<'_> {
    /// How often it is to answer: a count, or a range such as `1..`. Verified when the scene is dropped.
    pub fn expect(self, times: impl Into<Times>) -> Self {
        Self { times: Some(times.into()), ..self }
    }

    /// What a failure calls it.
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }
}

impl<'a> IntoFuture for Given<'a> {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.scene.give(self.sentence, self.name, self.times))
    }
}

impl Scene {
    pub(super) fn shared(engine: Arc<Engine>) -> Self {
        Self { engine, session: None, expectations: Mutex::default(), given: Mutex::default() }
    }

    /// A test session of its own on the bus: nothing of it is seen elsewhere, and nothing from elsewhere in it. It ends
    /// when it is dropped, after its expectations have been verified.
    pub(super) async fn session(engine: Arc<Engine>, key: &str) -> Self {
        let (bus, address) = (Bus::at(engine.addresses.clone()), engine.address("management"));
        let request = CreateSessionRequest { key: key.to_owned(), ..CreateSessionRequest::default() };
        let made = engine.run(async move {
            let mut client = SessionServiceClient::new(bus.channel("management").await?);
            let made = client.create_session(request).await;
            made.map_err(|status| Failure::from_status(&address, status))
        });
        let made = made.await.map(|made| made.into_inner().session.unwrap_or_default().key);
        let key = made.unwrap_or_else(|failure| panic!("a session could not be made: {failure}"));
        let session = SessionKey::parse(&key);
        let session = session.unwrap_or_else(|error| panic!("the bus gave no session key: {error}"));
        Self { engine, session: Some(session), expectations: Mutex::default(), given: Mutex::default() }
    }

    /// Key of the session, for a client of your own: what the metadata `eush-session` is to say. `None` on the shared bus.
    pub fn session_key(&self) -> Option<&SessionKey> {
        self.session.as_ref()
    }

    pub(super) fn bus(&self) -> Bus {
        Bus::at(self.engine.addresses.clone()).within(self.session.clone())
    }

    /// Says what a call is answered. Of two sentences that fit, the one given last answers.
    pub fn given(&self, sentence: AnsweredCall) -> Given<'_> {
        Given { scene: self, sentence, name: String::new(), times: None }
    }

    /// Somebody of the population, by key.
    ///
    /// # Panics
    /// Where nobody has that key.
    pub fn person(&self, key: &str) -> Human<'_> {
        Human::new(self, key)
    }

    /// Adds somebody to this bus, or in a session to the session alone: what is not said of them is made up.
    ///
    /// # Panics
    /// Where the bus does not take them, for example because the number may be a living person's.
    pub async fn adds(&self, somebody: Somebody) -> Human<'_> {
        self.say(somebody, Saying::Add).await
    }

    /// Says something else of somebody whom the bus knows; the rest stays.
    ///
    /// # Panics
    /// Where nobody has that key, or what is said cannot be.
    pub async fn changes(&self, somebody: Somebody) -> Human<'_> {
        self.say(somebody, Saying::Change).await
    }

    async fn say(&self, somebody: Somebody, saying: Saying) -> Human<'_> {
        let (key, draft): (String, _) = somebody.said();
        let (bus, population, about) = (self.bus(), self.engine.population.clone(), key.clone());
        let said = self.engine.run(async move {
            let mut client = PeopleServiceClient::new(bus.channel("management").await?);
            let (key, person) = (key, Some(draft));
            match saying {
                Saying::Add => {
                    drop(client.add_person(AddPersonRequest { key, person }).await.map_err(told_by)?)
                }
                Saying::Change => {
                    drop(client.change_person(ChangePersonRequest { key, person }).await.map_err(told_by)?);
                }
            }
            crate::people::of(&bus, population).await
        });
        let people =
            said.await.unwrap_or_else(|failure| panic!("of `{about}` this cannot be said: {failure}"));
        let person = people.person(&about).cloned();
        Human::known(self, person.unwrap_or_else(|| panic!("somebody else has removed `{about}` since")))
    }

    async fn give(&self, sentence: AnsweredCall, name: String, times: Option<Times>) {
        let id = {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            *given += 1;
            format!("given-{}", *given)
        };
        let file = ScriptFile { scripts: vec![sentence.script(&id, &name)], ..ScriptFile::default() };
        let request = AddScriptsRequest { file: Some(file), check_only: false };
        let bus = self.bus();
        let added = self.engine.run(async move {
            let mut client = ScriptServiceClient::new(bus.channel("management").await?);
            client.add_scripts(request).await.map_err(|status| crate::script::told("the bus", status))
        });
        if let Err(failure) = added.await {
            panic!("`{}` cannot be given: {failure}", if name.is_empty() { id.as_str() } else { &name });
        }
        if let Some(times) = times {
            let name = if name.is_empty() { id.clone() } else { name };
            let expectation = Expectation { id, name, call: sentence.call.words(), times };
            self.expectations.lock().unwrap_or_else(PoisonError::into_inner).push(expectation);
        }
    }

    /// Calls that no sentence fits are refused from now on, and reach no agency.
    ///
    /// # Panics
    /// Where the bus does not answer.
    pub async fn refuses_everything_else(&self) {
        let file = ScriptFile { unmatched: Unmatched::Refuse.into(), ..ScriptFile::default() };
        let request = AddScriptsRequest { file: Some(file), check_only: false };
        let bus = self.bus();
        let set = self.engine.run(async move {
            let mut client = ScriptServiceClient::new(bus.channel("management").await?);
            client.add_scripts(request).await.map_err(|status| crate::script::told("the bus", status))
        });
        if let Err(failure) = set.await {
            panic!("calls that nothing fits cannot be refused: {failure}");
        }
    }

    /// That such calls were made so often, whatever answered them.
    ///
    /// # Panics
    /// Where they were not; the message tells the calls that were.
    pub async fn verify_times(&self, call: Call, times: impl Into<Times>) {
        let times = times.into();
        let beyond = call.beyond_the_journal();
        assert!(
            beyond.is_empty(),
            "the journal keeps no field of a message, so that it cannot tell {}; give a sentence with `expect` instead",
            beyond.join(", ")
        );
        let answer = self.ask(call.filter(), Expected::AtLeast(0)).await;
        let answer = answer.unwrap_or_else(|failure| panic!("the bus does not answer: {failure}"));
        if !times.admits(answer.found) {
            let seen = self.ask(CallFilter::default(), Expected::AtLeast(0)).await;
            let seen = seen.map(|answer| answer.calls).unwrap_or_default();
            panic!(
                "expected {} times: {}; found {} times\n{}",
                times.words(),
                call.words(),
                answer.found,
                told(&seen)
            );
        }
    }

    /// That no such call was made.
    ///
    /// # Panics
    /// Where one was.
    pub async fn verify_never(&self, call: Call) {
        self.verify_times(call, 0).await;
    }

    /// Verifies every expectation now, and forgets them.
    ///
    /// # Panics
    /// Where one does not hold; the message tells each and the calls that the bus saw.
    pub async fn verify(&self) {
        let expectations = self.take_expectations();
        let work = verified(self.bus(), expectations);
        if let Err(story) = self.engine.run(work).await {
            panic!("{story}");
        }
    }

    /// Forgets what was expected: for a test that has failed already, or has verified by itself.
    pub fn forget_expectations(&self) {
        drop(self.take_expectations());
    }

    fn take_expectations(&self) -> Vec<Expectation> {
        std::mem::take(&mut *self.expectations.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn ask(&self, calls: CallFilter, expected: Expected) -> Result<VerifyCallsResponse, Failure> {
        let bus = self.bus();
        self.engine.run(async move { calls_of(&bus, calls, expected).await }).await
    }
}

/// Whether somebody is new.
enum Saying {
    Add,
    Change,
}

fn told_by(status: tonic::Status) -> Failure {
    crate::script::told("the bus", status)
}

async fn calls_of(bus: &Bus, calls: CallFilter, expected: Expected) -> Result<VerifyCallsResponse, Failure> {
    let mut client = VerifyServiceClient::new(bus.channel("management").await?);
    let request = VerifyCallsRequest { calls: Some(calls), expected: Some(expected), in_order: Vec::new() };
    let answer = client.verify_calls(request).await;
    Ok(answer.map_err(|status| crate::script::told("the bus", status))?.into_inner())
}

/// Nothing where every expectation holds, and the story otherwise.
async fn verified(bus: Bus, expectations: Vec<Expectation>) -> Result<(), String> {
    if expectations.is_empty() {
        return Ok(());
    }
    let listed = async {
        let mut client = ScriptServiceClient::new(bus.channel("management").await?);
        let answer = client.list_scripts(ListScriptsRequest {}).await;
        Ok::<_, Failure>(answer.map_err(|status| crate::script::told("the bus", status))?.into_inner())
    };
    let listed = listed.await.map_err(|failure| format!("the bus could not be verified: {failure}"))?;
    let matched = |id: &str| {
        let of_id = |state: &&ScriptState| state.script.as_ref().is_some_and(|script| script.id == id);
        listed.scripts.iter().find(of_id).map_or(0, |state| state.matched)
    };
    let mut story = String::new();
    for expectation in &expectations {
        let count = matched(&expectation.id);
        if !expectation.times.admits(count) {
            let _ = writeln!(
                story,
                "- `{}` ({}): expected {}, answered {count}",
                expectation.name,
                expectation.call,
                expectation.times.words()
            );
        }
    }
    if story.is_empty() {
        return Ok(());
    }
    let seen = calls_of(&bus, CallFilter::default(), Expected::AtLeast(0)).await;
    let seen = seen.map(|answer| answer.calls).unwrap_or_default();
    Err(format!("the bus was not used as this test expects:\n{story}{}", told(&seen)))
}

fn told(calls: &[CallSeen]) -> String {
    if calls.is_empty() {
        return "the bus called no agency".to_owned();
    }
    let rows: Vec<_> = calls
        .iter()
        .map(|call| {
            let about = if call.about.is_empty() { "somebody" } else { call.about.as_str() };
            vec![
                format!("  {}", call.agency),
                call.service_id.clone(),
                format!("about {about}"),
                call.outcome.clone(),
                format!("by {}", call.decided_by),
                format!("message {}", call.message_id),
            ]
        })
        .collect();
    format!("the calls that it saw:\n{}", output::table(&rows).join("\n"))
}

impl Drop for Scene {
    fn drop(&mut self) {
        let story = self.story();
        if let Some(key) = &self.session {
            let bus = Bus::at(self.engine.addresses.clone());
            let request = EndSessionRequest { key: key.as_str().to_owned() };
            // A session that cannot be ended ends by itself when its time is over.
            let _ = self.engine.run_blocking(async move {
                let mut client = SessionServiceClient::new(bus.channel("management").await?);
                let ended = client.end_session(request).await;
                ended.map_err(|status| Failure::from_status("the bus", status))
            });
        }
        match story {
            None => {}
            // A second panic would end the process without a word of the first.
            Some(story) if std::thread::panicking() => complain(&story),
            Some(story) => panic!("{story}"),
        }
    }
}

impl Scene {
    /// What does not hold of the expectations, where anything does not.
    fn story(&self) -> Option<String> {
        let expectations = self.take_expectations();
        if expectations.is_empty() {
            return None;
        }
        match self.engine.run_blocking(verified(self.bus(), expectations)) {
            Some(verified) => verified.err(),
            None => Some("the bus gave no answer while it was verified".to_owned()),
        }
    }
}

#[expect(clippy::print_stderr, reason = "a test that fails already still tells what else did not hold")]
fn complain(story: &str) {
    eprintln!("{story}");
}
