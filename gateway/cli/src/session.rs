//! `eush session`: test sessions, buses of their own on the same listeners.

use eush_domain::term::parse_terms;
use eush_domain::{SessionKey, TermUnit};
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::session_service_client::SessionServiceClient;
use serde_json::{Value, json};
use tonic::Status;

use crate::args::{ProfileArg, Scope, SessionAction};
use crate::connect::Bus;
use crate::exit::{Failure, Outcome};
use crate::output::{self, Printer};

/// What is asked of the bus.
enum Asked {
    Create(wire::CreateSessionRequest),
    End(String),
    Extend(wire::ExtendSessionRequest),
    List,
    Reset(wire::ResetSessionRequest),
    Show(String),
}

impl Asked {
    fn read(action: SessionAction) -> Result<Self, Failure> {
        let text = |key: SessionKey| key.as_str().to_owned();
        Ok(match action {
            SessionAction::Create { key, time_to_live, offset, frozen, profile, seed, description } => {
                if !offset.is_empty() {
                    parse_terms(&offset).map_err(|error| Failure::Usage(format!("--offset: {error}")))?;
                }
                Self::Create(wire::CreateSessionRequest {
                    key: key.map(text).unwrap_or_default(),
                    time_to_live: Some(span(&time_to_live)?),
                    clock_offset: offset,
                    frozen,
                    profile: profile.map_or("", profile_name).to_owned(),
                    seed,
                    description,
                })
            }
            SessionAction::End { key } => Self::End(text(key)),
            SessionAction::Extend { key, time_to_live } => Self::Extend(wire::ExtendSessionRequest {
                key: text(key),
                time_to_live: Some(span(&time_to_live)?),
            }),
            SessionAction::List => Self::List,
            SessionAction::Reset { key, scopes } => {
                let scopes = scopes.iter().map(|scope| i32::from(wire_scope(*scope))).collect();
                Self::Reset(wire::ResetSessionRequest { key: text(key), scopes })
            }
            SessionAction::Show { key } => Self::Show(text(key)),
        })
    }
}

/// Does the action. The bus is looked for once the rest is good.
pub(crate) async fn run(
    bus: impl FnOnce() -> Result<Bus, Failure>,
    action: SessionAction,
    printer: Printer,
) -> Result<Outcome, Failure> {
    let asked = Asked::read(action)?;
    let bus = bus()?;
    let address = bus.address("management")?;
    let mut client = SessionServiceClient::new(bus.channel("management").await?);
    let failed = |status: Status| Failure::from_status(address, status);
    match asked {
        Asked::Create(request) => {
            show(client.create_session(request).await.map_err(failed)?.into_inner().session, printer)
        }
        Asked::End(key) => {
            client.end_session(wire::EndSessionRequest { key: key.clone() }).await.map_err(failed)?;
            printer.line(format!("{key} has ended"));
            printer.data(&json!({ "key": key, "ended": true }))?;
            Ok(Outcome::Positive)
        }
        Asked::Extend(request) => {
            show(client.extend_session(request).await.map_err(failed)?.into_inner().session, printer)
        }
        Asked::List => {
            let list = client.list_sessions(wire::ListSessionsRequest {}).await.map_err(failed)?;
            print_list(&list.into_inner().sessions, printer)
        }
        Asked::Reset(request) => {
            show(client.reset_session(request).await.map_err(failed)?.into_inner().session, printer)
        }
        Asked::Show(key) => {
            let request = wire::DescribeSessionRequest { key };
            show(client.describe_session(request).await.map_err(failed)?.into_inner().session, printer)
        }
    }
}

fn wire_scope(scope: Scope) -> wire::SessionScope {
    match scope {
        Scope::Clock => wire::SessionScope::Clock,
        Scope::Counts => wire::SessionScope::Counts,
        Scope::Faults => wire::SessionScope::Faults,
        Scope::Journal => wire::SessionScope::Journal,
        Scope::People => wire::SessionScope::People,
        Scope::Revocations => wire::SessionScope::Revocations,
        Scope::Scripts => wire::SessionScope::Scripts,
    }
}

fn profile_name(profile: ProfileArg) -> &'static str {
    match profile {
        ProfileArg::AsWritten => "as-written",
        ProfileArg::Strict => "strict",
    }
}

/// Real time in the words of terms; working days and months are none.
fn span(text: &str) -> Result<prost_types::Duration, Failure> {
    let wrong = || Failure::Usage(format!("`{text}` is no time; write for example 90s, 10min, 2h or 1d"));
    let mut seconds = 0_i64;
    for term in parse_terms(text).map_err(|_| wrong())? {
        let unit = match term.unit {
            TermUnit::Second => 1,
            TermUnit::Minute => 60,
            TermUnit::Hour => 3600,
            TermUnit::CalendarDay => 86_400,
            TermUnit::Month | TermUnit::WorkingDay => return Err(wrong()),
        };
        seconds = seconds.saturating_add(i64::from(term.value).saturating_mul(unit));
    }
    Ok(prost_types::Duration { seconds, nanos: 0 })
}

fn print_list(sessions: &[wire::Session], printer: Printer) -> Result<Outcome, Failure> {
    let rows: Vec<Vec<String>> = sessions
        .iter()
        .map(|session| {
            vec![
                session.key.clone(),
                output::time(session.now.as_ref()),
                clock(session).to_owned(),
                format!("until {}", output::time(session.expires_at.as_ref())),
                session.description.clone(),
            ]
        })
        .collect();
    for line in output::table(&rows) {
        printer.line(line);
    }
    printer.data(&sessions.iter().map(data).collect::<Vec<_>>())?;
    Ok(Outcome::Positive)
}

fn clock(session: &wire::Session) -> &'static str {
    if session.running { "running" } else { "frozen" }
}

fn show(session: Option<wire::Session>, printer: Printer) -> Result<Outcome, Failure> {
    let session =
        session.ok_or_else(|| Failure::Bug("an answer about a session without the session".to_owned()))?;
    printer.line(&session.key);
    if !session.description.is_empty() {
        printer.line(format!("  {}", session.description));
    }
    printer.line(format!("  clock    {} ({})", output::time(session.now.as_ref()), clock(&session)));
    printer.line(format!("  lives    until {} of real time", output::time(session.expires_at.as_ref())));
    printer.line(format!("  profile  {}, seed {}", session.profile, session.seed));
    if let Some(counts) = &session.counts {
        printer.line(format!(
            "  holds    {} messages, {} applications, {} journal entries",
            counts.messages, counts.applications, counts.journal_entries
        ));
    }
    printer.data(&data(&session))?;
    Ok(Outcome::Positive)
}

fn data(session: &wire::Session) -> Value {
    let counts = session.counts.as_ref().map(|counts| {
        json!({
            "messages": counts.messages,
            "applications": counts.applications,
            "journal_entries": counts.journal_entries,
        })
    });
    json!({
        "key": session.key,
        "description": session.description,
        "created_at": output::rfc3339(session.created_at.as_ref()),
        "expires_at": output::rfc3339(session.expires_at.as_ref()),
        "now": output::rfc3339(session.now.as_ref()),
        "running": session.running,
        "profile": session.profile,
        "seed": session.seed,
        "counts": counts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_live_are_real_time() {
        assert_eq!(span("1h30min").unwrap().seconds, 5400);
        assert_eq!(span("2d").unwrap().seconds, 172_800);
        for wrong in ["", "soon", "3wd", "1mo", "5"] {
            assert!(matches!(span(wrong), Err(Failure::Usage(_))), "{wrong}");
        }
    }
}
