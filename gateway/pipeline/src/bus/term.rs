//! `fire_term`: virtual time has come to a term of the provider's procedure.

use eush_domain::{ApplicationId, Rejection};

use super::call::agency_rejection;
use super::{Bus, TermOutcome};
use crate::application::{Application, ApplicationState};
use crate::engine::{self, Effect, Event, Transition, Unfit};
use crate::ports::{AgencyPort, Changes, DeliveryInfo, Store, TermNotice};
use crate::refusal::Fault;
use crate::turns::Turn;

impl<A: AgencyPort, S: Store> Bus<A, S> {
    pub(super) async fn run_term(&self, id: &ApplicationId) -> Result<TermOutcome, Fault> {
        let _term = self.turns.take(Turn::Term(id.as_str().to_owned())).await;
        let Some((application, effects, outcome)) = self.pass_term(id).await? else {
            return Ok(TermOutcome::NothingDue);
        };
        match effects.into_iter().next() {
            Some(Effect::Notify { due_at }) => self.notify(&application, due_at).await,
            Some(Effect::Deliver { .. }) => Err(Fault::Bug("a term delivers nothing")),
            // A system that does not answer stops nothing but this application: the term stays due.
            Some(Effect::Use { system, .. }) => {
                tracing::warn!(%system, "a system that people use by hand is not there");
                Ok(TermOutcome::Unreachable(Rejection::AgencyUnavailable))
            }
            None => Ok(outcome),
        }
    }

    /// Records the steps that are finished by now.
    async fn pass_term(
        &self,
        id: &ApplicationId,
    ) -> Result<Option<(Application, Vec<Effect>, TermOutcome)>, Fault> {
        let _state = self.turns.take(Turn::State(id.as_str().to_owned())).await;
        let Some(application) = self.ports.store.application(id).await? else { return Ok(None) };
        let world = self.world_of(&application)?;
        let transition = engine::apply(world, &application, Event::TermFell).map_err(fault)?;
        let transition = self.use_by_hand(transition, self.limits.patience).await.map_err(fault)?;
        let moved = transition.application != application;
        if moved {
            let changes = Changes { application: Some(transition.application.clone()), ..Changes::default() };
            self.ports.store.commit(changes).await?;
        }
        let outcome = if moved { TermOutcome::Advanced } else { TermOutcome::NothingDue };
        Ok(Some((transition.application, transition.effects, outcome)))
    }

    /// Tells the agency. The state is not held meanwhile: the agency completes the delivery before it returns.
    async fn notify(
        &self,
        application: &Application,
        due_at: eush_domain::Timestamp,
    ) -> Result<TermOutcome, Fault> {
        let dispatch =
            application.dispatch.as_ref().ok_or(Fault::Bug("a pending application was dispatched"))?;
        let record = self.ports.store.message(&dispatch.message_id).await?;
        let record = record.ok_or(Fault::Bug("a dispatch has its message in the store"))?;
        let document = self.ports.store.document(&dispatch.message_id).await?;
        let document = document.ok_or(Fault::Bug("a dispatch has its document in the store"))?;
        let info = DeliveryInfo {
            message_id: dispatch.message_id.clone(),
            application: Some(application.id.clone()),
            service: dispatch.service.clone(),
            regulation: Some(application.flow.regulation.clone()),
            channel: Some(application.flow.channel),
            bus_time: self.ports.clock.now(),
            attempt: record.attempts,
            sender: record.sender,
            profile: self.policy.profile,
        };
        let term = TermNotice { info, document, due_at };
        let told = self.ports.agencies.notify_term(&dispatch.agency, term, self.limits.patience).await;
        if let Err(failure) = told {
            return Ok(TermOutcome::Unreachable(agency_rejection(&dispatch.agency, &failure)));
        }
        let _state = self.turns.take(Turn::State(application.id.as_str().to_owned())).await;
        let now = self.ports.store.application(&application.id).await?;
        let now = now.ok_or(Fault::Bug("an application is not taken out of the store"))?;
        if now.state != ApplicationState::Pending {
            return Ok(TermOutcome::Completed);
        }
        let world = self.world_of(&now)?;
        let told = engine::apply(world, &now, Event::TermTold).map_err(fault)?;
        let changes = Changes { application: Some(told.application), ..Changes::default() };
        self.ports.store.commit(changes).await?;
        Ok(TermOutcome::Notified)
    }
}

impl<A: AgencyPort, S: Store> Bus<A, S> {
    /// Has the people of the office look at every screen before which the procedure stands, as far as the systems answer.
    /// What comes back has its effects still to be done: a `Use` among them is of a system that gave no answer.
    ///
    /// The uses come before anything is stored: the same use shows the same again, so one that is lost with a crash is
    /// made again and changes nothing.
    pub(super) async fn use_by_hand(
        &self,
        mut transition: Transition,
        patience: std::time::Duration,
    ) -> Result<Transition, Unfit> {
        while let Some(Effect::Use { place, system, manual }) = transition.effects.first() {
            let shown = self.ports.agencies.use_by_hand(system, (**manual).clone(), patience).await;
            let screen = match shown {
                Ok(screen) => screen,
                Err(failure) => {
                    agency_rejection(system, &failure);
                    return Ok(transition);
                }
            };
            let world = self.world_of(&transition.application).map_err(|_| Unfit::OutOfOrder {
                expected: "an application of a flow that is in the catalogue",
            })?;
            let event = Event::Used { place: *place, screen };
            transition = engine::apply(world, &transition.application, event)?;
        }
        Ok(transition)
    }
}

fn fault(unfit: Unfit) -> Fault {
    match unfit {
        Unfit::Calendar(error) => Fault::Calendar(error),
        Unfit::CompletedOtherwise | Unfit::OutOfOrder { .. } => Fault::Bug("a term is never out of order"),
    }
}
