//! Golden uses of a system by hand.

use eush_wire::adapter::v1::UseRequest;
use eush_wire::conformance::v1::Step;

use super::{Draft, dynamic, party, timestamp};
use crate::run::case::Playing;
use crate::run::vars;
use crate::words;

/// What somebody does at the screen, as the payload book has it.
pub(super) fn by_hand(playing: &Playing<'_>, step: &Step) -> Result<Draft, String> {
    let name = vars::text(&step.by_hand, playing)?;
    let of = playing
        .shared
        .hand_use(&name)
        .ok_or_else(|| format!("payloads.yaml has no use `{name}` under `uses`"))?;
    let number = |kind: &str, word: &str| {
        let words_of = words::POOL.get_enum_by_name(kind).ok_or_else(|| format!("there is no {kind}"))?;
        words::number(&words_of, word).ok_or_else(|| format!("`{word}` is no {kind}"))
    };
    let about = if step.about.is_empty() { of.about.as_str() } else { step.about.as_str() };
    let message_id = playing.shared.message_id();
    let request = UseRequest {
        use_id: format!("{message_id}/1"),
        application_id: format!("app-{message_id}"),
        regulation_id: of.regulation.clone(),
        channel: number("eush.bus.v1.Channel", &of.channel)?,
        procedure: of.procedure.clone(),
        reference: of.reference.clone(),
        actor: of.actor.clone(),
        access: number("eush.adapter.v1.Access", &of.access)?,
        about: Some(party(playing, about)?),
        checks: of.checks.clone(),
        bus_time: Some(timestamp(playing.now)),
    };
    let request = dynamic("eush.adapter.v1.UseRequest", &request)?;
    Ok(Draft { request, contents: Vec::new(), signer: String::new(), message_id })
}
