//! `eush snapshot`: the whole state of a bus, or of one session, in a file.

use std::io::Write as _;
use std::path::Path;

use eush_domain::SessionKey;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::snapshot_service_client::SnapshotServiceClient;
use serde_json::json;

use crate::args::SnapshotAction;
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// Bytes in one request.
const CHUNK: usize = 256 << 10;

/// Does the action. The bus is looked for once the rest is good.
pub(crate) async fn run(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    session: Option<&SessionKey>,
    action: SnapshotAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let session = session.map(|key| key.as_str().to_owned()).unwrap_or_default();
    match action {
        SnapshotAction::Restore { file } => {
            let state = state(&file)?;
            restore(&bus()?, session, &state, printer).await
        }
        SnapshotAction::Save { file } => save(&bus()?, session, &file, printer).await,
    }
}

async fn save(bus: &Bus, session: String, file: &Path, printer: Printer) -> Result<Outcome, Failure> {
    let address = bus.address("management")?;
    let failed = |status| Failure::from_status(address, status);
    let mut client = SnapshotServiceClient::new(bus.channel("management").await?);
    let answer = client.save_snapshot(wire::SaveSnapshotRequest { session }).await.map_err(failed)?;
    let mut chunks = answer.into_inner();
    let mut state = Vec::new();
    while let Some(part) = chunks.message().await.map_err(failed)? {
        state.extend(part.chunk);
    }
    write(file, &state)
        .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", file.display())))?;
    printer.line(format!("{} bytes in {}", state.len(), file.display()));
    printer.data(&json!({ "file": file, "bytes": state.len() }))?;
    Ok(Outcome::Positive)
}

/// Whole or not at all, and for its owner's eyes: test keys are in it.
fn write(file: &Path, state: &[u8]) -> std::io::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".part");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut out = options.open(&beside)?;
    out.write_all(state)?;
    out.sync_all()?;
    std::fs::rename(&beside, file)
}

fn state(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::Environment(format!("cannot read {}: {error}", file.display())))
}

async fn restore(bus: &Bus, session: String, state: &[u8], printer: Printer) -> Result<Outcome, Failure> {
    let address = bus.address("management")?;
    let mut client = SnapshotServiceClient::new(bus.channel("management").await?);
    let parts: Vec<_> = state
        .chunks(CHUNK)
        .map(|chunk| wire::RestoreSnapshotRequest { session: session.clone(), chunk: chunk.to_vec() })
        .collect();
    let answer = client.restore_snapshot(tokio_stream::iter(parts)).await;
    let answer = answer.map_err(|status| Failure::from_status(address, status))?.into_inner();
    printer.line(format!("restored the state of {}", output::time(answer.made_at.as_ref())));
    for session in &answer.sessions {
        printer.line(format!("  session {session}"));
    }
    let made_at = output::rfc3339(answer.made_at.as_ref());
    printer.data(&json!({ "made_at": made_at, "sessions": answer.sessions }))?;
    Ok(Outcome::Positive)
}
