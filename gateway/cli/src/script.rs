//! `eush script`: scripted answers of a running bus.

use std::path::Path;

use eush_wire::management::v1::script_service_client::ScriptServiceClient;
use eush_wire::management::v1::{
    AddScriptsRequest, ListScriptsRequest, RemoveScriptRequest, ResetScriptsRequest, ScriptFile, ScriptState,
    Unmatched,
};
use serde_json::{Value, json};
use tonic::Status;

use crate::args::ScriptAction;
use crate::connect::{Bus, BusChannel};
use crate::exit::{self, Failure, Outcome};
use crate::output::{self, Printer};

/// Does what is asked. The bus is looked for only where it is needed, and once the rest is good.
pub(crate) async fn run(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    action: ScriptAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    if matches!(action, ScriptAction::Schema) {
        let schema = eush_scripts::schema();
        printer.line(schema.trim_end());
        let schema: Value = serde_json::from_str(&schema).map_err(|error| Failure::Bug(error.to_string()))?;
        printer.data(&schema)?;
        return Ok(Outcome::Positive);
    }
    let file = match &action {
        ScriptAction::Add { file, .. } => read(file)?,
        ScriptAction::List | ScriptAction::Remove { .. } | ScriptAction::Reset | ScriptAction::Schema => {
            ScriptFile::default()
        }
    };
    let bus = bus()?;
    let address = bus.address("management")?.to_owned();
    let mut client = ScriptServiceClient::new(bus.channel("management").await?);
    act(&mut client, &address, (action, file), printer).await?;
    Ok(Outcome::Positive)
}

async fn act(
    client: &mut ScriptServiceClient<BusChannel>,
    address: &str,
    (action, scripts): (ScriptAction, ScriptFile),
    printer: Printer,
) -> Result<(), Failure> {
    let failed = |status| told(address, status);
    match action {
        ScriptAction::Add { check, .. } => {
            let request = AddScriptsRequest { file: Some(scripts), check_only: check };
            let answer = client.add_scripts(request).await.map_err(failed)?.into_inner();
            let done = if check { "good" } else { "added" };
            for id in &answer.ids {
                let replaced = if answer.replaced.contains(id) { " in place of the one before" } else { "" };
                printer.line(format!("{done} {id}{replaced}"));
            }
            printer.data(&json!({ "ids": answer.ids, "replaced": answer.replaced, "added": !check }))
        }
        ScriptAction::List => {
            let answer = client.list_scripts(ListScriptsRequest {}).await.map_err(failed)?.into_inner();
            let rows: Vec<_> = answer.scripts.iter().map(row).collect();
            for line in output::table(&rows) {
                printer.line(line);
            }
            let unmatched = unmatched_word(answer.unmatched());
            printer.line(format!("{} calls matched none; such calls: {unmatched}", answer.unmatched_calls));
            printer.data(&json!({
                "scripts": answer.scripts.iter().map(data).collect::<Vec<_>>(),
                "unmatched": unmatched,
                "unmatched_calls": answer.unmatched_calls,
            }))
        }
        ScriptAction::Remove { id } => {
            client.remove_script(RemoveScriptRequest { id: id.clone() }).await.map_err(failed)?;
            printer.line(format!("removed {id}"));
            printer.data(&json!({ "removed": [id] }))
        }
        ScriptAction::Reset => {
            let removed = client.reset_scripts(ResetScriptsRequest {}).await.map_err(failed)?;
            let removed = removed.into_inner().removed;
            printer.line(format!("removed {removed} scripts"));
            printer.data(&json!({ "removed": removed }))
        }
        ScriptAction::Schema => Ok(()),
    }
}

/// A file of scripts, or standard input.
pub(crate) fn read(path: &Path) -> Result<ScriptFile, Failure> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Failure::Usage(format!("cannot read {}: {error}", path.display())))?;
    eush_scripts::read_file(&path.display().to_string(), &text)
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// A management call's failure: fields that are wrong are wrong use, all else is as always.
pub(crate) fn told(address: &str, status: Status) -> Failure {
    use tonic_types::StatusExt as _;
    if exit::reason(&status).as_deref() != Some("FIELD_INVALID") {
        return Failure::from_status(address, status);
    }
    let fields = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    let lines: Vec<_> =
        fields.iter().map(|one| format!("\n  `{}`: {}", one.field, one.description)).collect();
    Failure::Usage(format!("{} fields are not as they must be:{}", fields.len(), lines.concat()))
}

/// What becomes of calls that nothing matches, in a word.
pub(crate) fn unmatched_word(unmatched: Unmatched) -> &'static str {
    match unmatched {
        Unmatched::PassOn | Unmatched::Unspecified => "pass-on",
        Unmatched::Refuse => "refuse",
    }
}

fn row(state: &ScriptState) -> Vec<String> {
    let script = state.script.clone().unwrap_or_default();
    let left = state.left.map_or_else(|| "for good".to_owned(), |left| format!("{left} left"));
    let conditions = script.when.len();
    vec![
        script.id,
        format!("priority {}", script.priority),
        format!("{conditions} conditions"),
        format!("answered {}", state.matched),
        left,
        script.name,
    ]
}

fn data(state: &ScriptState) -> Value {
    let script = state.script.clone().unwrap_or_default();
    let file = ScriptFile { scripts: vec![script], ..ScriptFile::default() };
    let script = eush_scripts::script::file_json(&file)["scripts"][0].clone();
    json!({ "script": script, "matched": state.matched, "left": state.left })
}
