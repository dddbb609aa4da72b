//! Handing a cleared message to its agency. Nothing else calls one.

use std::time::Duration;

use eush_domain::{ApplicationId, MessageId, SenderId, Timestamp};

use crate::clear::Cleared;
use crate::envelope::{Envelope, Query};
use crate::ports::{
    AgencyFailure, AgencyPort, Decider, Delivery, DeliveryAnswer, DeliveryInfo, Question, QuestionAnswer,
};

/// Lets a delivery or a question be made. Private to this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit(());

/// What an agency is told of a call beside the message.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    /// Application; `None` for a question outside any.
    pub(crate) application: Option<ApplicationId>,
    /// Virtual time.
    pub(crate) now: Timestamp,
    /// 1 for the first try.
    pub(crate) attempt: u32,
    /// How long the agency has.
    pub(crate) patience: Duration,
    /// Where whatever answers in the agency's place leaves its name.
    pub(crate) decider: Decider,
}

/// Hands a request over.
pub(crate) async fn dispatch<A: AgencyPort>(
    cleared: &Cleared<Envelope>,
    occasion: Occasion,
    agencies: &A,
) -> Result<DeliveryAnswer, AgencyFailure> {
    let envelope = cleared.message();
    let info = delivery_info(cleared, &envelope.message_id, &envelope.sender, &envelope.service, &occasion);
    let message_id = envelope.message_id.clone();
    let delivery =
        Delivery { info, document: envelope.signed.clone(), decider: occasion.decider, permit: Permit(()) };
    let answer = agencies.deliver(&cleared.route().agency, delivery, occasion.patience).await?;
    same_message(&message_id, &answer.message_id)?;
    Ok(answer)
}

/// Asks a register.
pub(crate) async fn ask<A: AgencyPort>(
    cleared: &Cleared<Query>,
    message_id: &MessageId,
    sender: &SenderId,
    occasion: Occasion,
    agencies: &A,
) -> Result<QuestionAnswer, AgencyFailure> {
    let query = cleared.message();
    let question = Question {
        info: delivery_info(cleared, message_id, sender, &query.service, &occasion),
        about: query.about,
        request: query.request.clone(),
        signed: query.signed.clone(),
        decider: occasion.decider,
        permit: Permit(()),
    };
    let answer = agencies.lookup(&cleared.route().agency, question, occasion.patience).await?;
    same_message(message_id, &answer.message_id)?;
    Ok(answer)
}

fn delivery_info<M>(
    cleared: &Cleared<M>,
    message_id: &MessageId,
    sender: &SenderId,
    service: &eush_domain::ServiceId,
    occasion: &Occasion,
) -> DeliveryInfo {
    let flow = cleared.route().flow.as_ref();
    DeliveryInfo {
        message_id: message_id.clone(),
        application: occasion.application.clone(),
        service: service.clone(),
        regulation: flow.map(|flow| flow.regulation.clone()),
        channel: flow.map(|flow| flow.channel),
        bus_time: occasion.now,
        attempt: occasion.attempt,
        sender: sender.clone(),
        profile: cleared.profile(),
    }
}

// An answer for another message must never be taken for this one's.
fn same_message(sent: &MessageId, answered: &str) -> Result<(), AgencyFailure> {
    if answered == sent.as_str() {
        Ok(())
    } else {
        Err(AgencyFailure::AnswerInvalid("the answer is for another message".to_owned()))
    }
}
