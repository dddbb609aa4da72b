//! Faults of calls to the bus: before the message is looked at, and after it has been answered.

use std::sync::Arc;

use eush_domain::faults::{Act, Decided, Detail, Knob, Met, Place, Point, StatusCode};
use eush_pipeline::journal::Verdict;
use eush_pipeline::message::MessageKind;
use eush_pipeline::ports::{Changes, Store as _};
use eush_wire::management::v1 as wire;
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::pb;

use super::subject::About;
use super::{Faults, Subject};
use crate::current::Current;
use crate::parts::Core;
use crate::realm::Realm;

/// Knobs that act on every call to the bus.
pub(crate) const ANY_CALL: &[Knob] = &[
    Knob::CorruptStatus,
    Knob::Hold,
    Knob::Latency,
    Knob::MissingStatus,
    Knob::ResetAfterHeaders,
    Knob::ResetBeforeHeaders,
    Knob::SlowBody,
    Knob::Status,
    Knob::TruncatedMessage,
];

/// What strikes one call to the bus.
pub(crate) struct Arrival<'a> {
    realm: &'a Realm,
    current: &'a Current,
    about: About,
    decided: Vec<Decided>,
}

/// What strikes a call to the bus that carries no message of a bus: the certificate checks.
pub(crate) struct Strike {
    realm: Arc<Realm>,
    current: Current,
    decided: Vec<Decided>,
}

impl Strike {
    /// Asks the rules about a call; `None` where its handler will ask, or nothing strikes.
    pub(crate) fn of(core: &Core, current: &Current) -> Option<Self> {
        if !current.method.starts_with("eush.eds.v1.") {
            return None;
        }
        // A session that is unknown is refused by the handler.
        let realm = core.sessions.realms().of(current.session.as_ref()).ok()?;
        let about = About::default();
        let met = about.met(Place::Gateway, &current.method);
        let decided = current.scoped(|| realm.faults.meet(&met, ANY_CALL));
        (!decided.is_empty()).then(|| Self { realm, current: current.clone(), decided })
    }

    /// Waits and statuses of a point.
    ///
    /// # Errors
    /// The status that a fault answers with.
    pub(crate) async fn pass(&self, now: Point) -> Result<(), Status> {
        let about = About::default();
        let met = about.met(Place::Gateway, &self.current.method);
        pass(&self.realm.faults, &met, &self.decided, now, Some(&self.current)).await
    }

    /// Does what is to be done before the caller learns the answer.
    ///
    /// # Errors
    /// The status that a fault answers with.
    pub(crate) async fn answered(&self) -> Result<(), Status> {
        self.pass(Point::Answer).await?;
        order(&self.decided, &self.current);
        Ok(())
    }
}

/// Orders what is to become of the answer on the wire.
fn order(decided: &[Decided], current: &Current) {
    for decided in decided {
        if let (Act::Wire(fault), Some(fate)) = (&decided.act, &current.fate) {
            fate.order(*fault);
            current.decide(named(decided));
        }
    }
}

impl<'a> Arrival<'a> {
    /// Asks the rules about a message, and does to it what is to be done before anybody looks.
    ///
    /// # Errors
    /// The status that a fault answers with; nobody has looked at the message then.
    pub(crate) async fn of(
        (realm, current): (&'a Realm, &'a Current),
        kind: &str,
        message: &mut impl Subject,
    ) -> Result<Self, Status> {
        let about = message.about().placed(realm.bus.ports().directory.as_ref());
        let met = about.met(Place::Gateway, &current.method);
        let decided = current.scoped(|| realm.faults.meet(&met, &able(kind, message)));
        let arrival = Self { realm, current, about, decided };
        for decided in &arrival.decided {
            message.damage(&decided.act);
            if let Err(error) = arrival.disturb(decided).await {
                tracing::warn!(rule = %decided.rule, %error, "a fault could not be carried out");
            }
        }
        match arrival.pass(Point::Arrival).await {
            Ok(()) => Ok(arrival),
            Err(status) => {
                arrival.journal(kind).await;
                Err(status)
            }
        }
    }

    /// Does what is to be done once everything is done, before the caller learns it.
    ///
    /// # Errors
    /// The status that a fault answers with.
    pub(crate) async fn answered(&self) -> Result<(), Status> {
        self.pass(Point::Answer).await?;
        order(&self.decided, self.current);
        Ok(())
    }

    fn met(&self) -> Met<'_> {
        self.about.met(Place::Gateway, &self.current.method)
    }

    async fn pass(&self, now: Point) -> Result<(), Status> {
        pass(&self.realm.faults, &self.met(), &self.decided, now, Some(self.current)).await
    }

    /// Faults of the world around the call.
    async fn disturb(&self, decided: &Decided) -> Result<(), String> {
        match &decided.act {
            Act::ClockJump(by) => {
                let (timekeeper, by) = (self.realm.timekeeper.clone(), by.clone());
                // To its end, even if the caller goes away: a clock moved half the way helps nobody.
                let moved = tokio::spawn(async move { timekeeper.advance(&by).await }).await;
                moved.map_err(|error| error.to_string())?.map(|_| ()).map_err(|error| error.to_string())
            }
            Act::PublicationFault { publication, fault } => {
                let authority =
                    self.realm.authority.as_ref().ok_or("this bus has no certificate services")?;
                let (point, fault) = publication_fault(publication, fault)?;
                self.realm.faults.publishes(&decided.rule, point);
                authority.set_fault(point, fault).await.map_err(|status| status.to_string())?;
                self.realm.evidence.changed().await;
                Ok(())
            }
            Act::BadResultSignature
            | Act::DuplicateDelivery(_)
            | Act::Hold(_)
            | Act::Latency(..)
            | Act::Reordering(_)
            | Act::Status { .. }
            | Act::Wire(_)
            | Act::WrongCorrelation => Ok(()),
        }
    }

    /// A record of a message that a fault answered: nobody else will write one.
    async fn journal(&self, kind: &str) {
        let Some(kind) = journalled(kind) else { return };
        let now = self.realm.bus.ports().clock.now();
        let verdict = Verdict {
            message_id: self.about.message().to_owned(),
            session_id: String::new(),
            kind,
            sender_id: self.about.sender().to_owned(),
            service: None,
            regulation: None,
            channel: None,
            application: None,
            people: std::collections::BTreeSet::new(),
            received_at: now,
            answered_at: now,
            profile: self.realm.profile,
            findings: Vec::new(),
            rejection: None,
            calls: Vec::new(),
            steps: Vec::new(),
            duration_micros: 0,
            trace_id: self.current.trace.trace_id().to_owned(),
            nastiness: Vec::new(),
        };
        let changes = Changes { verdict: Some(verdict), ..Changes::default() };
        let written =
            crate::current::CURRENT.scope(self.current.clone(), self.realm.store.commit(changes)).await;
        if let Err(error) = written {
            tracing::error!(%error, "a fault could not be journalled");
        }
    }
}

/// Waits and statuses of one point of a call, in the order of the rules.
///
/// # Errors
/// The status that a fault answers with.
pub(crate) async fn pass(
    faults: &Faults,
    met: &Met<'_>,
    decided: &[Decided],
    now: Point,
    current: Option<&Current>,
) -> Result<(), Status> {
    for decided in decided {
        match &decided.act {
            Act::Hold(point) if *point == now => faults.hold(decided, met).await,
            Act::Latency(point, time) if *point == now => tokio::time::sleep(*time).await,
            Act::Status { point, code, message, details } if *point == now => {
                if let Some(current) = current {
                    current.decide(named(decided));
                }
                return Err(status(*code, message, details, decided));
            }
            Act::BadResultSignature
            | Act::ClockJump(_)
            | Act::DuplicateDelivery(_)
            | Act::Hold(_)
            | Act::Latency(..)
            | Act::PublicationFault { .. }
            | Act::Reordering(_)
            | Act::Status { .. }
            | Act::Wire(_)
            | Act::WrongCorrelation => {}
        }
    }
    Ok(())
}

/// What `eush-decided-by` says of a fault.
pub(crate) fn named(decided: &Decided) -> String {
    format!("fault/{}", decided.rule)
}

/// The status that a fault answers with.
fn status(code: StatusCode, message: &str, details: &[Detail], decided: &Decided) -> Status {
    let message = match message {
        "" => format!("Fault `{}`, as somebody asked for.", decided.rule),
        message => message.to_owned(),
    };
    let number = code.number();
    if details.is_empty() {
        return Status::new(Code::from_i32(number), message);
    }
    let details = details
        .iter()
        .map(|detail| prost_types::Any { type_url: detail.type_url.clone(), value: detail.value.clone() });
    let body = pb::Status { code: number, message: message.clone(), details: details.collect() };
    Status::with_details(Code::from_i32(number), message, body.encode_to_vec().into())
}

/// Knobs that can act on a message of a kind.
fn able(kind: &str, message: &impl Subject) -> Vec<Knob> {
    let mut able = ANY_CALL.to_vec();
    match kind {
        "complete" => {
            able.push(Knob::WrongCorrelation);
            if message.has_result() {
                able.push(Knob::BadResultSignature);
            }
        }
        // A completion can itself be part of a moving clock, which takes turns.
        "send" | "lookup" | "open" | "report" => able.extend([Knob::ClockJump, Knob::PublicationFault]),
        _ => {}
    }
    able
}

/// Kinds of messages that have a journal.
fn journalled(kind: &str) -> Option<MessageKind> {
    [MessageKind::Complete, MessageKind::Lookup, MessageKind::Open, MessageKind::Report, MessageKind::Send]
        .into_iter()
        .find(|known| known.name() == kind)
}

/// Publication and fault by the names that people use: the enums' own without their prefix.
///
/// # Errors
/// Which is none, in words.
pub(crate) fn publication_fault(
    publication: &str,
    fault: &str,
) -> Result<(wire::PublicationPoint, wire::PublicationFault), String> {
    let name = |prefix: &str, text: &str| format!("{prefix}_{}", text.to_uppercase().replace('-', "_"));
    let point = wire::PublicationPoint::from_str_name(&name("PUBLICATION_POINT", publication));
    let point = point.filter(|point| *point != wire::PublicationPoint::Unspecified);
    let fault_of = wire::PublicationFault::from_str_name(&name("PUBLICATION_FAULT", fault));
    let fault_of = fault_of.filter(|fault| *fault != wire::PublicationFault::Unspecified);
    Ok((
        point.ok_or_else(|| format!("`{publication}` is no publication"))?,
        fault_of.ok_or_else(|| format!("`{fault}` is no fault of a publication"))?,
    ))
}
