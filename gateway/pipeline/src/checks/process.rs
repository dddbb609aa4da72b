//! The application is the sender's, is about the same affair, and expects this step now.

use eush_acts::model::ChannelFlow;
use eush_domain::{ApplicationId, FlowId, Rejection, SenderId, ServiceId};

use super::{Checked, Passed, Unmet};
use crate::application::{Application, RequiredSubject};
use crate::engine;
use crate::envelope::{Envelope, Query};
use crate::party::Party;
use crate::refusal::FieldFault;

/// Proof that the process expects the message.
#[derive(Debug)]
pub(crate) struct StepExpected(());

/// What the store knows of the application that a message names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named<'a> {
    /// It is there.
    Found(&'a Application),
    /// The message names none.
    None,
    /// The message names one that is not there.
    Unknown,
}

impl<'a> Named<'a> {
    pub(crate) fn new(id: Option<&'a ApplicationId>, found: Option<&'a Application>) -> Self {
        match (id, found) {
            (None, _) => Self::None,
            (Some(_), Some(application)) => Self::Found(application),
            (Some(_), None) => Self::Unknown,
        }
    }

    /// The application, if it is the sender's. Somebody else's is as unknown as none at all.
    pub(crate) fn owned_by(self, sender: &SenderId) -> Result<Option<&'a Application>, Unmet> {
        match self {
            Self::None => Ok(None),
            Self::Found(application) if application.owner() == sender => Ok(Some(application)),
            Self::Found(_) | Self::Unknown => Err(Unmet::of(Rejection::ApplicationUnknown)),
        }
    }
}

/// For a signed request. Without an application the message opens one, and nothing of it can be out of order.
pub(crate) fn check(envelope: &Envelope, named: Named<'_>, flow: &ChannelFlow) -> Checked<StepExpected> {
    let Some(application) = named.owned_by(&envelope.sender)? else {
        return Ok(Passed::plain(StepExpected(())));
    };
    same_affair(envelope, application, &flow.id)?;
    if !engine::awaits_dispatch(flow, application) {
        return Err(out_of_order(engine::expected(flow, application)));
    }
    Ok(Passed::plain(StepExpected(())))
}

// What was looked up must be what is sent: another applicant, or a representative that no register was asked about,
// would walk past the lookup.
fn same_affair(envelope: &Envelope, application: &Application, flow: &FlowId) -> Result<(), Unmet> {
    let mut faults = Vec::new();
    if application.flow() != flow {
        faults.push(FieldFault::new(
            "document.content.regulation_id",
            "the application's regulation and channel",
        ));
    }
    if application.applicant().is_some_and(|applicant| applicant != envelope.applicant) {
        faults.push(FieldFault::new("document.content.applicant", "the application's applicant"));
    }
    if application.applicant().is_some() && application.representative != envelope.representative {
        faults.push(FieldFault::new("document.content.representative", "the application's representative"));
    }
    // Who signs for one procedure must not get another: terms and fees hang on it.
    if application.kind != envelope.procedure {
        let expected = application.kind.as_ref().map_or_else(
            || "empty, as the application was opened for none".to_owned(),
            |kind| format!("`{kind}`, as the application was opened for"),
        );
        faults.push(FieldFault::new("document.content.procedure", expected));
    }
    if faults.is_empty() { Ok(()) } else { Err(Unmet { faults, ..Unmet::of(Rejection::EnvelopeMalformed) }) }
}

fn out_of_order(expected: &str) -> Unmet {
    Unmet::with(Rejection::StepOutOfOrder, format!("expected={expected}"))
}

/// For questions to registers: exactly those that the application asks for, about whom it asks. Questions outside any
/// application are always in order.
pub(crate) fn check_lookup(
    queries: &[Query],
    sender: &SenderId,
    named: Named<'_>,
    flow: Option<&ChannelFlow>,
) -> Checked<StepExpected> {
    let Some(application) = named.owned_by(sender)? else { return Ok(Passed::plain(StepExpected(()))) };
    let flow = flow.ok_or_else(|| Unmet::of(Rejection::ApplicationUnknown))?;
    let Some((_, rules)) = engine::awaited_lookup(flow, application) else {
        return Err(out_of_order(engine::expected(flow, application)));
    };
    let required = engine::required_rules(rules, application);
    let asked: Vec<&ServiceId> = queries.iter().map(|query| &query.service).collect();
    if asked.len() != required.len() || !required.iter().all(|rule| asked.contains(&&rule.service)) {
        let names: Vec<_> = required.iter().map(|rule| rule.service.as_str()).collect();
        return Err(Unmet {
            faults: vec![FieldFault::new("queries", format!("exactly {}", names.join(", ")))],
            ..Unmet::of(Rejection::EnvelopeMalformed)
        });
    }
    for (index, query) in queries.iter().enumerate() {
        let subject =
            required.iter().find(|rule| rule.service == query.service).map(|rule| rule.subject.into());
        if !subject.is_some_and(|subject| about(subject, application, &query.about)) {
            let field = format!("queries[{index}].question.content.about");
            return Err(Unmet {
                faults: vec![FieldFault::new(field, "whom the application asks about")],
                ..Unmet::of(Rejection::EnvelopeMalformed)
            });
        }
    }
    Ok(Passed::plain(StepExpected(())))
}

fn about(subject: RequiredSubject, application: &Application, party: &Party) -> bool {
    match subject {
        RequiredSubject::Applicant => application.applicant() == Some(*party),
        // A power of attorney has two sides, and the act does not say under which it is asked for.
        RequiredSubject::PowerOfAttorney => {
            application.applicant() == Some(*party)
                || application.representative.as_ref().is_some_and(|known| known.party == *party)
        }
    }
}
