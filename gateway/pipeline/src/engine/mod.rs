//! The application engine.

use eush_acts::Catalogue;

use crate::application::{Application, NextAction, Status};

/// What a front and a cabinet are shown.
pub(crate) fn status(_catalogue: &Catalogue, application: &Application) -> Status {
    Status {
        application: application.id.clone(),
        state: application.state,
        next: NextAction::None,
        due_at: application.due_at(),
        notice: application.notice.clone(),
        result: application.result.clone(),
        regulation: application.flow.regulation.clone(),
        channel: application.flow.channel,
        opened_at: application.opened_at,
        message_id: application.dispatch.as_ref().map(|dispatch| dispatch.message_id.clone()),
        registration_number: application.registration.as_ref().map_or_else(String::new, |r| r.number.clone()),
    }
}
