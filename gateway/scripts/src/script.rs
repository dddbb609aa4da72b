//! Scripts and the files that they stand in: reading, checking, writing, the schema for editors.

use std::collections::{BTreeMap, HashMap};

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::{ScriptFile, Unmatched};
use eush_words as words;
use eush_words::read::ReadError;
use prost::{Message as _, Name as _};
use prost_reflect::DynamicMessage;
use serde_json::Value as Json;

use crate::answer::Plan;
use crate::asked::{Asked, Kind};
use crate::fault::{Fault, Faults};
use crate::filter::{Filter, json_of};
use crate::people::{Named, People};

/// Scripts that one call can add at most.
const MOST_SCRIPTS: usize = 1000;
/// Ids of scripts that name something else.
pub(crate) const UNMATCHED_ID: &str = "unmatched";

/// A script that was checked.
#[derive(Clone, Debug)]
pub struct Script {
    pub(crate) id: String,
    pub(crate) priority: i32,
    pub(crate) filter: Filter,
    /// Kind of call that its answers are for; `None` is any.
    pub(crate) kind: Option<Kind>,
    pub(crate) turns: Vec<Turn>,
    /// As it was written, its id filled in.
    pub(crate) written: wire::Script,
    /// Names for people that its file gives.
    pub(crate) names: HashMap<String, String>,
}

/// One answer of a sequence.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    /// `None` is for good.
    pub(crate) times: Option<u32>,
    pub(crate) plan: Plan,
}

impl Script {
    /// Id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// As it was written, its id filled in.
    pub fn written(&self) -> &wire::Script {
        &self.written
    }

    /// Whether a call is one that this script answers.
    pub(crate) fn matches(&self, asked: &Asked) -> bool {
        self.kind.is_none_or(|kind| kind == asked.kind) && self.filter.matches(asked)
    }

    /// How many calls it answers in all; `None` has no end.
    pub(crate) fn capacity(&self) -> Option<u64> {
        self.turns.iter().map(|turn| turn.times.map(u64::from)).sum()
    }

    /// The answer for the call that comes after so many.
    pub(crate) fn turn(&self, served: u64) -> Option<&Plan> {
        let mut before = 0;
        let found = self.turns.iter().find(|turn| match turn.times {
            None => true,
            Some(times) => {
                before += u64::from(times);
                served < before
            }
        });
        found.map(|turn| &turn.plan)
    }
}

/// Reads a file of scripts, YAML or JSON by its name.
///
/// # Errors
/// The first fault of the text, with its line, or that it holds no scripts.
pub fn read_file(name: &str, text: &str) -> Result<ScriptFile, ReadError> {
    let is_json =
        std::path::Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if is_json { words::read::json(name, text) } else { words::read::yaml(name, text) }
}

/// A file of scripts as YAML.
pub fn write_file(file: &ScriptFile) -> String {
    words::yaml::write(&file_json(file))
}

/// A file of scripts as JSON, in the words of the file.
pub fn file_json(file: &ScriptFile) -> Json {
    let message =
        DynamicMessage::decode(words::known(&ScriptFile::full_name()), file.encode_to_vec().as_slice());
    message.map(|message| plain(words::to_json(&message))).unwrap_or_default()
}

/// Whole numbers that travelled as doubles are written without a point.
fn plain(json: Json) -> Json {
    match json {
        Json::Number(number) => json_of(&crate::filter::value_of(&Json::Number(number))),
        Json::Array(items) => items.into_iter().map(plain).collect(),
        Json::Object(map) => map.into_iter().map(|(name, value)| (name, plain(value))).collect(),
        Json::Bool(_) | Json::Null | Json::String(_) => json,
    }
}

/// JSON Schema of a file of scripts.
pub fn schema() -> String {
    let schema = words::schema::of(&ScriptFile::full_name(), "Scripted answers of eush");
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Checks every script of a file.
///
/// # Errors
/// Every fault, with its place in the file.
pub fn file(file: &ScriptFile, people: &dyn People) -> Result<Vec<Script>, Faults> {
    let aliases: BTreeMap<String, String> = file.people.clone().into_iter().collect();
    let named = Named { people, aliases: &aliases };
    let mut faults = Vec::new();
    if file.scripts.len() > MOST_SCRIPTS {
        faults.push(Fault::new("scripts", format!("at most {MOST_SCRIPTS}")));
    }
    if Unmatched::try_from(file.unmatched).is_err() {
        faults.push(Fault::new("unmatched", "pass-on or refuse"));
    }
    for (alias, name) in &aliases {
        if let Err(expected) = named.find(name) {
            faults.push(Fault::new(format!("people.{alias}"), expected));
        }
    }
    let mut scripts: Vec<Script> = Vec::new();
    for (index, written) in file.scripts.iter().enumerate() {
        let place = format!("scripts[{index}]");
        match one(written, &named) {
            Ok(script) => {
                if scripts.iter().any(|other| other.id == script.id) {
                    let expected = format!("an id of its own: `{}` stands here twice", script.id);
                    faults.push(Fault::new(format!("{place}.id"), expected));
                }
                scripts.push(script);
            }
            Err(found) => faults.extend(found.into_iter().map(|fault| fault.within(&place))),
        }
    }
    if faults.is_empty() { Ok(scripts) } else { Err(Faults(faults)) }
}

fn one(written: &wire::Script, named: &Named<'_>) -> Result<Script, Vec<Fault>> {
    let mut faults = Vec::new();
    let id = if written.id.is_empty() { slug(&written.name) } else { written.id.clone() };
    if !is_id(&id) {
        let expected = "`[a-z0-9][a-z0-9-]{0,62}`, or a name that such an id can be made from";
        faults.push(Fault::new("id", expected));
    } else if id == UNMATCHED_ID {
        faults.push(Fault::new("id", "another id: `unmatched` marks calls that no script matches"));
    }
    if written.name.chars().count() > 200 {
        faults.push(Fault::new("name", "at most 200 characters"));
    }
    if !(-1000..=1000).contains(&written.priority) {
        faults.push(Fault::new("priority", "-1000 to 1000"));
    }
    let when: BTreeMap<String, Json> =
        written.when.iter().map(|(path, value)| (path.clone(), json_of(value))).collect();
    let filter = Filter::read(&when, named).unwrap_or_else(|found| {
        faults
            .extend(found.into_iter().map(|fault| Fault { field: format!("when.{}", fault.field), ..fault }));
        Filter::default()
    });
    let turns = turns(written, named).unwrap_or_else(|found| {
        faults.extend(found);
        Vec::new()
    });
    let mut kind = when
        .get("kind")
        .and_then(Json::as_str)
        .and_then(|word| [Kind::Deliver, Kind::Lookup].into_iter().find(|kind| kind.name() == word));
    for turn in &turns {
        match (kind, turn.plan.kind()) {
            (None, wanted) => kind = wanted,
            (Some(has), Some(wanted)) if has != wanted => {
                let expected = format!("answers of one kind: this script is for a {}", has.name());
                faults.push(Fault::new("answers", expected));
            }
            (Some(_), _) => {}
        }
    }
    let written = wire::Script { id: id.clone(), ..written.clone() };
    let names = named.aliases.clone().into_iter().collect();
    let script = Script { id, priority: written.priority, filter, kind, turns, written, names };
    if faults.is_empty() { Ok(script) } else { Err(faults) }
}

fn turns(written: &wire::Script, named: &Named<'_>) -> Result<Vec<Turn>, Vec<Fault>> {
    let answers: Vec<(String, &wire::ScriptedAnswer)> = match (&written.answer, written.answers.as_slice()) {
        (Some(answer), []) => vec![("answer".to_owned(), answer)],
        (None, [_, ..]) => {
            let place = |(index, answer)| (format!("answers[{index}]"), answer);
            written.answers.iter().enumerate().map(place).collect()
        }
        (None, []) => return Err(vec![Fault::new("answer", "what is answered")]),
        (Some(_), [_, ..]) => {
            return Err(vec![Fault::new("answer", "either `answer` or `answers`, not both")]);
        }
    };
    let mut faults = Vec::new();
    let mut turns = Vec::new();
    let last = answers.len() - 1;
    for (index, (place, answer)) in answers.into_iter().enumerate() {
        match Plan::read(answer, named) {
            Ok(plan) => turns.push(Turn { times: (answer.times > 0).then_some(answer.times), plan }),
            Err(found) => faults.extend(found.into_iter().map(|fault| fault.within(&place))),
        }
        if answer.times == 0 && index < last {
            let expected = "how many times: what comes after it would never be answered";
            faults.push(Fault::new(format!("{place}.times"), expected));
        }
    }
    if faults.is_empty() { Ok(turns) } else { Err(faults) }
}

/// Whether a text can be an id of a script, recording or replay.
pub fn is_id(text: &str) -> bool {
    let in_form = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(in_form) && !text.starts_with('-')
}

/// An id from a name: what is no letter or digit of ASCII becomes a hyphen.
fn slug(name: &str) -> String {
    let mut id = String::new();
    for letter in name.chars().map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_alphanumeric() {
            id.push(letter);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    id.truncate(63);
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests;
