//! Somebody who applies and signs.

use std::sync::Arc;

use eush_domain::synthetic::population::Person;
use eush_wire::bus::v1::{ApplicationState, ApplicationStatus, ResultDocument, SignedDocument};
use prost::Message as _;

use super::scene::Scene;
use crate::apply::{self, Applied, Shown};
use crate::args::{Apply, Pending};
use crate::cert::{Authority, enrollment};
use crate::exit;
use crate::output::{Lang, Printer};
use crate::person::visit::Signatory;

/// Somebody of the population.
#[derive(Clone, Debug)]
pub struct Human<'a> {
    scene: &'a Scene,
    key: String,
    record: Arc<Person>,
    message_id: Option<String>,
}

/// What came of an application.
#[derive(Clone, Debug)]
pub struct HumanOutcome {
    status: ApplicationStatus,
    reason: String,
}

impl HumanOutcome {
    /// Whether there is a result.
    pub fn is_completed(&self) -> bool {
        self.status.state() == ApplicationState::Completed
    }

    /// Whether the provider's procedure runs.
    pub fn is_pending(&self) -> bool {
        self.status.state() == ApplicationState::Pending
    }

    /// Why it was refused, for example `CERTIFICATE_REVOKED`; empty where it was not.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Where the application stands, in full.
    pub fn status(&self) -> &ApplicationStatus {
        &self.status
    }

    /// Id of the message that was sent; empty where none was.
    pub fn message_id(&self) -> &str {
        &self.status.message_id
    }

    /// The result as it was signed.
    pub fn result(&self) -> Option<ResultDocument> {
        let signed = self.status.result.as_ref()?;
        ResultDocument::decode(signed.content.clone()).ok()
    }
}

impl<'a> Human<'a> {
    pub(super) fn new(scene: &'a Scene, key: &str) -> Self {
        let found = scene.engine.population.person(key);
        let person = found.unwrap_or_else(|| panic!("nobody of the population is called `{key}`"));
        Self::known(scene, person.clone())
    }

    pub(super) fn known(scene: &'a Scene, person: Person) -> Self {
        Self { scene, key: person.key.clone(), record: Arc::new(person), message_id: None }
    }

    /// The same person, whose next request to the bus has this id.
    #[must_use]
    pub fn with_message_id(self, id: &str) -> Self {
        Self { message_id: Some(id.to_owned()), ..self }
    }

    /// Who it is.
    pub fn record(&self) -> &Person {
        &self.record
    }

    /// Applies from login to result, the bus's clock moving to the end of each of the provider's terms. The flow is
    /// written as in `eush apply`, for example `000-A/portal`.
    ///
    /// # Panics
    /// Where there is no such flow or the bus does not answer. A refusal is an outcome.
    pub async fn applies(&self, flow: &str) -> HumanOutcome {
        self.carry(Apply::plain(flow, &self.key)).await
    }

    /// The same, and stops where the provider's procedure begins.
    ///
    /// # Panics
    /// As [`Human::applies`].
    pub async fn hands_in(&self, flow: &str) -> HumanOutcome {
        self.carry(Apply { pending: Pending::Leave, ..Apply::plain(flow, &self.key) }).await
    }

    /// The same with another person's key.
    ///
    /// # Panics
    /// As [`Human::applies`].
    pub async fn applies_signed_by(&self, flow: &str, other: &str) -> HumanOutcome {
        self.carry(Apply { signed_by: Some(other.to_owned()), ..Apply::plain(flow, &self.key) }).await
    }

    async fn carry(&self, args: Apply) -> HumanOutcome {
        let args = Apply { message_id: self.message_id.clone(), ..args };
        let bus = self.scene.bus();
        let population = self.scene.engine.population.clone();
        let carried = self.scene.engine.run(async move {
            // Data alone is printed at the end of the command, and this is none.
            let printer = Printer { json: true, lang: Lang::En };
            let population = crate::people::of(&bus, population).await?;
            apply::carry(&bus, &population, &args, &mut Shown::new(printer)).await
        });
        match carried.await {
            Ok(Applied::NotOpened(status)) => HumanOutcome {
                status: ApplicationStatus::default(),
                reason: exit::reason(&status).unwrap_or_else(|| format!("{:?}", status.code())),
            },
            Ok(Applied::Ended(visit, refused)) => {
                let notice = visit.status.notice.as_ref().map(|notice| notice.reason.clone());
                let reason = refused.as_deref().and_then(exit::reason).or(notice).unwrap_or_default();
                HumanOutcome { status: visit.status.clone(), reason }
            }
            Err(failure) => panic!("`{}` could not apply: {failure}", self.key),
        }
    }

    /// Signs exactly these bytes with their test key, at the present of the bus's clock: what a client of your own puts into
    /// a message.
    ///
    /// # Panics
    /// Where the bus does not answer.
    pub async fn signs(&self, content: &[u8]) -> SignedDocument {
        let bus = self.scene.bus();
        let population = self.scene.engine.population.clone();
        let (key, content) = (self.key.clone(), content.to_vec());
        let signed = self.scene.engine.run(async move {
            let population = crate::people::of(&bus, population).await?;
            let enrolled = Authority::of(&bus).await?.enroll(enrollment(&population, &key)?).await?;
            let now = apply::clock_now(&bus).await?;
            Signatory::of(&enrolled)?.sign(&content, now)
        });
        signed.await.unwrap_or_else(|failure| panic!("`{}` could not sign: {failure}", self.key))
    }
}
