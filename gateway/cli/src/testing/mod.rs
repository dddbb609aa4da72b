//! The bus in a Rust test: started in its own process on free ports, scripted in sentences, verified when it is dropped.
//!
//! The first start on a machine makes the test authority's keys and keeps them in a folder that all test processes share;
//! every later one copies them. A bus runs on threads of its own, so that it serves tests with any runtime, one after the
//! other or at one time.
//!
//! # A person whom a register does not know
//!
//! ```
//! use eush::testing::{TestBus, absent, agency, person};
//!
//! # #[tokio::main]
//! # async fn main() {
//! // Arrange: the register of persons does not know Aigerim, and is to be asked once.
//! let bus = TestBus::start().await;
//! bus.given(agency("gbdfl").asked_about(person("aigerim")).answers(absent()))
//!     .expect(1)
//!     .named("the register does not know Aigerim")
//!     .await;
//!
//! // Act: she applies at the State corporation's desk, whose system looks her up before anything is signed.
//! let outcome = bus.person("aigerim").applies("000-A/state-corporation").await;
//!
//! // Assert: the act's own refusal, and no agency was handed anything.
//! assert!(!outcome.is_completed());
//! bus.verify_never(agency("enbek").handed_a_document()).await;
//! // Dropping the bus verifies what `expect` said.
//! # }
//! ```
//!
//! # Many tests on one bus
//!
//! [`TestBus::shared`] is one bus for a whole test process; [`TestBus::session`] gives each test a part of it that no other sees.
//!
//! ```
//! use eush::testing::{TestBus, absent, agency, person};
//!
//! # #[tokio::main]
//! # async fn main() {
//! let (mine, other) = (TestBus::shared().session().await, TestBus::shared().session().await);
//! mine.given(agency("gbdfl").asked_about(person("aigerim")).answers(absent())).expect(1).await;
//! assert!(!mine.person("aigerim").applies("000-A/state-corporation").await.is_completed());
//! assert!(other.person("aigerim").applies("000-A/state-corporation").await.is_completed());
//! # }
//! ```
//!
//! # People of a test's own
//!
//! [`Scene::adds`] and [`Scene::changes`] say of people what the test needs; no other session sees anything of it.
//!
//! ```
//! use eush::testing::{TestBus, somebody};
//!
//! # #[tokio::main]
//! # async fn main() {
//! let mine = TestBus::shared().session().await;
//! let dana = mine.adds(somebody("dana").born("1991-04-03").unemployed()).await;
//! assert!(dana.applies("000-A/portal").await.is_completed());
//! # }
//! ```
//!
//! # Your own client
//!
//! [`TestBus::address`] tells where every listener is; [`TestBus::secret`] what a sending system proves itself with;
//! [`Human::signs`] signs the bytes that your client is to send.
//!
//! ```
//! use eush::testing::{TestBus, agency, unavailable};
//!
//! # #[tokio::main]
//! # async fn main() {
//! let bus = TestBus::start().await;
//! bus.given(agency("enbek").handed_a_document().first(1, unavailable()).then_passes_on())
//!     .expect(1)
//!     .named("down once")
//!     .await;
//! let gateway = format!("http://{}", bus.address("gateway"));
//! let signed = bus.person("aigerim").signs(b"the document").await;
//! assert!(gateway.starts_with("http://127.0.0.1:") && !signed.signature.is_empty());
//! # bus.forget_expectations();
//! # }
//! ```
//!
//! Errors are panics with a story: this is a tool of tests. What did not hold is told with the calls that the bus saw.

mod engine;
mod human;
mod keys;
mod scene;
mod sentence;
mod somebody;

pub use engine::{TestBus, TestBusOptions};
pub use human::{Human, HumanOutcome};
pub use scene::{Given, Scene, Times};
pub use sentence::{
    Answered, AnsweredCall, Call, Person, Refusing, absent, accepted, agency, any_agency, at_least, at_most,
    contains, found, matches, one_of, organization, person, present, refused, result, status, unavailable,
};
pub use somebody::{Somebody, somebody};
