//! Searching the journal: records, and the calls to agencies within them. What a search is narrowed to is one struct that
//! both the statement and the tail go by.

use std::sync::Arc;

use eush_domain::Timestamp;
use eush_pipeline::journal::{AgencyCall, Verdict};
use eush_pipeline::pseudonym::Pseudonym;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::query::nanos;
use super::{DatabaseError, Entry, read};

/// What a listing of records is narrowed to; `None` and empty lists match all.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryFilter {
    pub(crate) message_id: Option<String>,
    pub(crate) message_prefix: Option<String>,
    pub(crate) sender_id: Option<String>,
    pub(crate) application_id: Option<String>,
    /// One of these reasons; the empty one is of those that passed.
    pub(crate) reasons: Option<Vec<&'static str>>,
    pub(crate) kind: Option<String>,
    pub(crate) service_id: Option<String>,
    pub(crate) agency: Option<String>,
    /// Who decided a call, or the kind of who did.
    pub(crate) decided_by: Option<String>,
    /// About one of these people.
    pub(crate) people: Option<Vec<Pseudonym>>,
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    /// Only records before this place.
    pub(crate) before: Option<i64>,
}

/// What calls to agencies are narrowed to; `None` matches all.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallFilter {
    pub(crate) agency: Option<String>,
    pub(crate) service_id: Option<String>,
    pub(crate) about: Option<Vec<Pseudonym>>,
    pub(crate) sender_id: Option<String>,
    pub(crate) application_id: Option<String>,
    pub(crate) message_id: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) decided_by: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) since: Option<Timestamp>,
    /// Only calls after this place.
    pub(crate) after: Option<(i64, i64)>,
}

/// One call of the journal.
#[derive(Clone, Debug)]
pub(crate) struct SeenCall {
    pub(crate) place: (i64, i64),
    pub(crate) verdict: Arc<Verdict>,
}

impl SeenCall {
    /// What the journal has of the call.
    pub(crate) fn call(&self) -> Option<&AgencyCall> {
        usize::try_from(self.place.1).ok().and_then(|at| self.verdict.calls.get(at))
    }
}

/// Conditions of a statement, with their values in order.
#[derive(Default)]
struct Clauses {
    text: Vec<String>,
    values: Vec<Value>,
}

impl Clauses {
    fn add(&mut self, clause: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push(clause.to_owned());
        self.values.extend(values);
    }

    fn equal(&mut self, column: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.add(&format!("{column} = ?"), [Value::from(text.clone())]);
        }
    }

    fn one_of(&mut self, column: &str, texts: impl Iterator<Item = String>) {
        let values: Vec<Value> = texts.map(Value::from).collect();
        let places = vec!["?"; values.len()].join(", ");
        self.add(&format!("{column} IN ({places})"), values);
    }

    /// Who decided: the whole name, or what stands before its slash.
    fn decided_by(&mut self, column: &str, by: Option<&String>) {
        if let Some(by) = by {
            let clause = format!("({column} = ? OR substr({column}, 1, length(?) + 1) = ? || '/')");
            self.add(&clause, [by.clone().into(), by.clone().into(), by.clone().into()]);
        }
    }

    fn all(&self) -> String {
        if self.text.is_empty() { "1".to_owned() } else { self.text.join(" AND ") }
    }
}

fn is_decided_by(found: &str, by: &str) -> bool {
    found == by || found.split_once('/').is_some_and(|(kind, _)| kind == by)
}

impl EntryFilter {
    fn clauses(&self) -> Clauses {
        let mut clauses = Clauses::default();
        clauses.equal("journal.message_id", self.message_id.as_ref());
        if let Some(prefix) = &self.message_prefix {
            let values = [prefix.clone().into(), prefix.clone().into()];
            clauses.add("substr(journal.message_id, 1, length(?)) = ?", values);
        }
        clauses.equal("journal.sender_id", self.sender_id.as_ref());
        clauses.equal("journal.application_id", self.application_id.as_ref());
        if let Some(reasons) = &self.reasons {
            clauses.one_of("journal.reason", reasons.iter().map(|reason| (*reason).to_owned()));
        }
        clauses.equal("journal.kind", self.kind.as_ref());
        clauses.equal("journal.service_id", self.service_id.as_ref());
        if self.agency.is_some() || self.decided_by.is_some() {
            let mut inner = Clauses::default();
            inner.equal("call.agency", self.agency.as_ref());
            inner.decided_by("call.decided_by", self.decided_by.as_ref());
            let clause = format!(
                "EXISTS (SELECT 1 FROM journal_calls AS call WHERE call.sequence = journal.sequence AND {})",
                inner.all()
            );
            clauses.add(&clause, inner.values);
        }
        if let Some(people) = &self.people {
            let mut inner = Clauses::default();
            inner.one_of("pseudonym", people.iter().map(|one| one.as_str().to_owned()));
            let clause =
                format!("journal.sequence IN (SELECT sequence FROM journal_people WHERE {})", inner.all());
            clauses.add(&clause, inner.values);
        }
        if let Some(since) = self.since {
            clauses.add("journal.received_at >= ?", [nanos(since).into()]);
        }
        if let Some(until) = self.until {
            clauses.add("journal.received_at < ?", [nanos(until).into()]);
        }
        if let Some(before) = self.before {
            clauses.add("journal.sequence < ?", [before.into()]);
        }
        clauses
    }

    /// Whether the tail shows a record; the same question that the statement asks of the store.
    pub(crate) fn admits(&self, entry: &Entry) -> bool {
        let verdict = &entry.verdict;
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let service = verdict.service.as_ref().map_or("", |id| id.as_str());
        let application = verdict.application.as_ref().map_or("", |id| id.as_str());
        let reason = verdict.rejection.map_or("", |rejection| rejection.facts().reason);
        let call = |call: &AgencyCall| {
            is(&self.agency, call.agency.as_str())
                && self.decided_by.as_deref().is_none_or(|by| is_decided_by(&call.decided_by, by))
        };
        is(&self.message_id, &verdict.message_id)
            && self.message_prefix.as_deref().is_none_or(|prefix| verdict.message_id.starts_with(prefix))
            && is(&self.sender_id, &verdict.sender_id)
            && is(&self.application_id, application)
            && self.reasons.as_ref().is_none_or(|reasons| reasons.contains(&reason))
            && is(&self.kind, verdict.kind.name())
            && is(&self.service_id, service)
            && ((self.agency.is_none() && self.decided_by.is_none()) || verdict.calls.iter().any(call))
            && self.people.as_ref().is_none_or(|people| people.iter().any(|one| verdict.people.contains(one)))
            && self.since.is_none_or(|since| verdict.received_at >= since)
            && self.until.is_none_or(|until| verdict.received_at < until)
            && self.before.is_none_or(|before| entry.sequence < before)
    }
}

impl CallFilter {
    fn clauses(&self) -> Clauses {
        let mut clauses = Clauses::default();
        clauses.equal("call.agency", self.agency.as_ref());
        clauses.equal("call.service_id", self.service_id.as_ref());
        if let Some(about) = &self.about {
            clauses.one_of("call.about", about.iter().map(|one| one.as_str().to_owned()));
        }
        clauses.equal("journal.sender_id", self.sender_id.as_ref());
        clauses.equal("journal.application_id", self.application_id.as_ref());
        clauses.equal("journal.message_id", self.message_id.as_ref());
        clauses.equal("call.outcome", self.outcome.as_ref());
        clauses.decided_by("call.decided_by", self.decided_by.as_ref());
        clauses.equal("journal.kind", self.kind.as_ref());
        if let Some(since) = self.since {
            clauses.add("journal.received_at >= ?", [nanos(since).into()]);
        }
        if let Some((sequence, position)) = self.after {
            clauses.add("(call.sequence, call.position) > (?, ?)", [sequence.into(), position.into()]);
        }
        clauses
    }
}

/// Records, newest first.
pub(super) fn entries(
    db: &Connection,
    filter: &EntryFilter,
    limit: u32,
) -> Result<Vec<Entry>, DatabaseError> {
    let clauses = filter.clauses();
    let sql = format!(
        "SELECT sequence, body FROM journal WHERE {} ORDER BY sequence DESC LIMIT {limit}",
        clauses.all()
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement
        .query_map(params_from_iter(clauses.values), |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    rows.map(super::query::entry).collect()
}

/// Which end of the calls is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Newest,
    Oldest,
}

/// Calls from one end, in that order.
pub(super) fn calls(
    db: &Connection,
    filter: &CallFilter,
    end: End,
    limit: u32,
) -> Result<Vec<SeenCall>, DatabaseError> {
    let clauses = filter.clauses();
    let order = match end {
        End::Newest => "call.sequence DESC, call.position DESC",
        End::Oldest => "call.sequence, call.position",
    };
    let sql = format!(
        "SELECT call.sequence, call.position, journal.body FROM journal_calls AS call
         JOIN journal ON journal.sequence = call.sequence WHERE {} ORDER BY {order} LIMIT {limit}",
        clauses.all()
    );
    let mut statement = db.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(clauses.values), |row| {
        Ok(((row.get(0)?, row.get(1)?), row.get::<_, String>(2)?))
    })?;
    rows.map(|row| {
        let (place, text) = row?;
        Ok(SeenCall { place, verdict: Arc::new(read("journal", &text)?) })
    })
    .collect()
}

/// How many calls there are.
pub(super) fn count_calls(db: &Connection, filter: &CallFilter) -> Result<u64, DatabaseError> {
    let clauses = filter.clauses();
    let sql = format!(
        "SELECT count(*) FROM journal_calls AS call
         JOIN journal ON journal.sequence = call.sequence WHERE {}",
        clauses.all()
    );
    let count: i64 =
        db.prepare_cached(&sql)?.query_row(params_from_iter(clauses.values), |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}
