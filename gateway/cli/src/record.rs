//! `eush record` and `eush replay`: what agencies answered, kept and given again.

use std::collections::HashMap;

use eush_wire::management::v1::record_service_client::RecordServiceClient;
use eush_wire::management::v1::start_replay_request::Source;
use eush_wire::management::v1::{
    DeleteRecordingRequest, ExportRecordingRequest, ListRecordingsRequest, ListReplaysRequest, Recording,
    Redaction, Replay, StartRecordingRequest, StartReplayRequest, StopRecordingRequest, StopReplayRequest,
    Unmatched,
};
use serde_json::{Value, json};

use crate::args::{RecordAction, ReplayAction};
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};
use crate::script::{read, told, unmatched_word};

/// `eush record`.
pub(crate) async fn record(bus: &Bus, action: RecordAction, printer: Printer) -> Result<Outcome, Failure> {
    let address = bus.address("management")?;
    let failed = |status| told(address, status);
    // An exported recording can be large.
    let mut client =
        RecordServiceClient::new(bus.channel("management").await?).max_decoding_message_size(64 << 20);
    let recordings = match action {
        RecordAction::Start { id, agencies, keep_personal_data } => {
            let redaction = if keep_personal_data { Redaction::None } else { Redaction::Full };
            let request = StartRecordingRequest { id, agencies, redaction: redaction.into() };
            let answer = client.start_recording(request).await.map_err(failed)?;
            answer.into_inner().recording.into_iter().collect()
        }
        RecordAction::Stop { id } => {
            let answer = client.stop_recording(StopRecordingRequest { id }).await.map_err(failed)?;
            answer.into_inner().recording.into_iter().collect()
        }
        RecordAction::List => {
            client.list_recordings(ListRecordingsRequest {}).await.map_err(failed)?.into_inner().recordings
        }
        RecordAction::Export { id, out } => {
            let answer = client.export_recording(ExportRecordingRequest { id }).await.map_err(failed)?;
            let file = answer.into_inner().file.unwrap_or_default();
            let text = eush_scripts::write_file(&file);
            match out {
                Some(path) => {
                    std::fs::write(&path, text).map_err(|error| {
                        Failure::Environment(format!("cannot write {}: {error}", path.display()))
                    })?;
                    printer.line(format!("wrote {}", path.display()));
                }
                None => printer.line(text.trim_end()),
            }
            printer.data(&eush_scripts::script::file_json(&file))?;
            return Ok(Outcome::Positive);
        }
        RecordAction::Delete { id } => {
            client.delete_recording(DeleteRecordingRequest { id: id.clone() }).await.map_err(failed)?;
            printer.line(format!("deleted {id}"));
            printer.data(&json!({ "deleted": id }))?;
            return Ok(Outcome::Positive);
        }
    };
    for line in output::table(&recordings.iter().map(recording_row).collect::<Vec<_>>()) {
        printer.line(line);
    }
    for left_out in recordings.iter().flat_map(|recording| &recording.left_out) {
        printer.line(format!("  not kept: {left_out}"));
    }
    printer.data(&recordings.iter().map(recording_data).collect::<Vec<_>>())?;
    Ok(Outcome::Positive)
}

/// `eush replay`. The bus is looked for once the rest is good.
pub(crate) async fn replay(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    action: ReplayAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let start = starting(&action)?;
    let bus = bus()?;
    let address = bus.address("management")?;
    let failed = |status| told(address, status);
    let mut client =
        RecordServiceClient::new(bus.channel("management").await?).max_encoding_message_size(64 << 20);
    let replays: Vec<Replay> = match action {
        ReplayAction::Start { .. } => {
            let answer = client.start_replay(start.unwrap_or_default()).await.map_err(failed)?;
            answer.into_inner().replay.into_iter().collect()
        }
        ReplayAction::Stop { id } => {
            let answer = client.stop_replay(StopReplayRequest { id }).await.map_err(failed)?;
            answer.into_inner().replay.into_iter().collect()
        }
        ReplayAction::List => {
            client.list_replays(ListReplaysRequest {}).await.map_err(failed)?.into_inner().replays
        }
    };
    let rows: Vec<_> = replays
        .iter()
        .map(|replay| {
            vec![
                replay.id.clone(),
                format!("{} answers", replay.answers),
                format!("answered {}", replay.matched),
                format!("{} unmatched: {}", replay.unmatched_calls, unmatched_word(replay.unmatched())),
            ]
        })
        .collect();
    for line in output::table(&rows) {
        printer.line(line);
    }
    printer.data(&replays.iter().map(replay_data).collect::<Vec<_>>())?;
    Ok(Outcome::Positive)
}

/// What is asked of the bus where a replay is to begin.
fn starting(action: &ReplayAction) -> Result<Option<StartReplayRequest>, Failure> {
    let ReplayAction::Start { recording, file, id, people, refuse_unmatched } = action else {
        return Ok(None);
    };
    let source = match (recording, file) {
        (_, Some(file)) => Source::File(read(file)?),
        (recording, None) => Source::Recording(recording.clone().unwrap_or_default()),
    };
    let unmatched = if *refuse_unmatched { Unmatched::Refuse } else { Unmatched::Unspecified };
    Ok(Some(StartReplayRequest {
        id: id.clone().unwrap_or_default(),
        source: Some(source),
        people: stand_ins(people)?,
        unmatched: unmatched.into(),
    }))
}

fn stand_ins(people: &[String]) -> Result<HashMap<String, String>, Failure> {
    people
        .iter()
        .map(|text| {
            let pair = text.split_once('=').map(|(name, person)| (name.to_owned(), person.to_owned()));
            pair.ok_or_else(|| {
                Failure::Usage(format!(
                    "--person `{text}` is not NAME=PERSON; write for example person-of-recording-1=aigerim"
                ))
            })
        })
        .collect()
}

fn redaction_word(recording: &Recording) -> &'static str {
    match recording.redaction() {
        Redaction::None => "none",
        Redaction::Full | Redaction::Unspecified => "full",
    }
}

fn recording_row(recording: &Recording) -> Vec<String> {
    let agencies =
        if recording.agencies.is_empty() { "every agency".to_owned() } else { recording.agencies.join(", ") };
    vec![
        recording.id.clone(),
        if recording.running { "running" } else { "ended" }.to_owned(),
        format!("{} answers", recording.exchanges),
        agencies,
        format!("redaction {}", redaction_word(recording)),
        output::time(recording.started_at.as_ref()),
    ]
}

fn recording_data(recording: &Recording) -> Value {
    json!({
        "id": recording.id,
        "agencies": recording.agencies,
        "redaction": redaction_word(recording),
        "running": recording.running,
        "started_at": output::rfc3339(recording.started_at.as_ref()),
        "stopped_at": output::rfc3339(recording.stopped_at.as_ref()),
        "exchanges": recording.exchanges,
        "left_out": recording.left_out,
    })
}

fn replay_data(replay: &Replay) -> Value {
    json!({
        "id": replay.id,
        "answers": replay.answers,
        "matched": replay.matched,
        "unmatched_calls": replay.unmatched_calls,
        "unmatched": unmatched_word(replay.unmatched()),
    })
}
