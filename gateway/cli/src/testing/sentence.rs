//! Sentences: which call is meant, and what it is answered.

use std::collections::BTreeMap;

use eush_wire::bus::v1::{LocalizedText, ProviderRefusal, ProviderRefusalReason};
use eush_wire::management::v1::scripted_answer::What;
use eush_wire::management::v1::{
    CallFilter, Script, ScriptedAbsent, ScriptedAcceptance, ScriptedAnswer, ScriptedPass, ScriptedResult,
    ScriptedStatus,
};
use serde_json::{Value as Json, json};

/// Somebody: a key of the population or twelve digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person(pub(super) String);

/// A person by key, for example `aigerim`, or by twelve digits.
pub fn person(key: impl Into<String>) -> Person {
    Person(key.into())
}

/// An organisation by key, for example `ertis-metal`, or by twelve digits.
pub fn organization(key: impl Into<String>) -> Person {
    Person(key.into())
}

/// Which call to an agency is meant.
#[derive(Clone, Debug)]
#[must_use = "a call is only described here; say what it answers"]
pub struct Call {
    when: BTreeMap<String, Json>,
    priority: i32,
}

/// A call to the agency of a code, for example `gbdfl`.
pub fn agency(code: &str) -> Call {
    any_agency().with("agency", code)
}

/// A call to any agency.
pub fn any_agency() -> Call {
    Call { when: BTreeMap::new(), priority: 0 }
}

impl Call {
    /// A register is asked, about anybody.
    pub fn asked(self) -> Self {
        self.with("kind", "lookup")
    }

    /// A register is asked about somebody.
    pub fn asked_about(self, somebody: Person) -> Self {
        self.asked().with("about", somebody.0)
    }

    /// A document is handed over, whoever applies.
    pub fn handed_a_document(self) -> Self {
        self.with("kind", "deliver")
    }

    /// A document is handed over in somebody's affair.
    pub fn handed_a_document_of(self, somebody: Person) -> Self {
        self.handed_a_document().with("about", somebody.0)
    }

    /// Of this service, by its routing key.
    pub fn of_service(self, id: &str) -> Self {
        self.with("service", id)
    }

    /// Sent by this system.
    pub fn from_sender(self, id: &str) -> Self {
        self.with("sender", id)
    }

    /// Signed with a certificate of this role, for example `employee`.
    pub fn signed_in_the_role(self, role: &str) -> Self {
        self.with("signer.role", role)
    }

    /// Signed by this person.
    pub fn signed_by(self, somebody: Person) -> Self {
        self.with("signer.iin", somebody.0)
    }

    /// Signed with the certificate of this serial number.
    pub fn signed_with_serial(self, serial: &str) -> Self {
        self.with("signer.serial", serial)
    }

    /// With a field that is so: any path of `eush.management.v1.Script.when`, and a value or one of the words
    /// [`one_of`], [`matches()`], [`contains`], [`at_least`], [`at_most`], [`present`].
    pub fn with(mut self, path: &str, condition: impl Into<Json>) -> Self {
        self.when.insert(path.to_owned(), condition.into());
        self
    }

    /// Before or after others: higher is tried first, of equals the one given last.
    pub fn with_priority(self, priority: i32) -> Self {
        Self { priority, ..self }
    }

    /// What it is answered, for good.
    pub fn answers(self, answer: Answered) -> AnsweredCall {
        AnsweredCall { call: self, answers: vec![answer.0] }
    }

    /// What it is answered the first so many times; say what then.
    pub fn first(self, times: u32, answer: Answered) -> AnsweredCall {
        AnsweredCall { call: self, answers: vec![ScriptedAnswer { times, ..answer.0 }] }
    }

    /// The journal's filter of such calls. Conditions on fields of the message are not the journal's: it keeps none.
    pub(super) fn filter(&self) -> CallFilter {
        let text = |path: &str| self.when.get(path).and_then(Json::as_str).unwrap_or_default().to_owned();
        let kind = match text("kind").as_str() {
            "deliver" => "send".to_owned(),
            other => other.to_owned(),
        };
        CallFilter {
            agency: text("agency"),
            service_id: text("service"),
            about: text("about"),
            sender_id: text("sender"),
            message_id: text("message"),
            application_id: text("application"),
            kind,
            ..CallFilter::default()
        }
    }

    /// Paths that the journal cannot tell.
    pub(super) fn beyond_the_journal(&self) -> Vec<&str> {
        const KNOWN: [&str; 7] = ["agency", "service", "about", "sender", "message", "application", "kind"];
        let plain = |path: &str, json: &Json| KNOWN.contains(&path) && json.is_string();
        self.when.iter().filter(|(path, json)| !plain(path, json)).map(|(path, _)| path.as_str()).collect()
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        let conditions = self.when.iter().map(|(path, json)| match json.as_str() {
            Some(text) => format!("{path} {text}"),
            None => format!("{path} {json}"),
        });
        let conditions: Vec<_> = conditions.collect();
        if conditions.is_empty() { "any call".to_owned() } else { conditions.join(", ") }
    }
}

/// A call with what it is answered.
#[derive(Clone, Debug)]
#[must_use = "a sentence does nothing until it is given to a bus"]
pub struct AnsweredCall {
    pub(super) call: Call,
    answers: Vec<ScriptedAnswer>,
}

impl AnsweredCall {
    /// What it is answered after that, for good.
    pub fn then(mut self, answer: Answered) -> Self {
        self.answers.push(answer.0);
        self
    }

    /// What it is answered after that, so many times.
    pub fn then_times(mut self, times: u32, answer: Answered) -> Self {
        self.answers.push(ScriptedAnswer { times, ..answer.0 });
        self
    }

    /// After that the agency itself is asked.
    pub fn then_passes_on(self) -> Self {
        self.then(Answered::of(What::PassOn(ScriptedPass {})))
    }

    pub(super) fn script(&self, id: &str, name: &str) -> Script {
        Script {
            id: id.to_owned(),
            name: name.to_owned(),
            priority: self.call.priority,
            when: self
                .call
                .when
                .iter()
                .map(|(path, json)| (path.clone(), eush_scripts::value_of(json)))
                .collect(),
            answer: None,
            answers: self.answers.clone(),
        }
    }
}

/// What is answered.
#[derive(Clone, Debug)]
#[must_use = "an answer belongs to a call"]
pub struct Answered(ScriptedAnswer);

impl Answered {
    fn of(what: What) -> Self {
        Self(ScriptedAnswer { times: 0, what: Some(what) })
    }
}

/// A register found this: the payload as JSON, its full name under `@type`. Texts may hold `${about}`, `${message_id}` and the
/// other places of `eush.management.v1.ScriptedAnswer`.
pub fn found(payload: Json) -> Answered {
    Answered::of(What::Found(eush_scripts::struct_of(&payload)))
}

/// A register found nothing.
pub fn absent() -> Answered {
    Answered::of(What::Absent(ScriptedAbsent {}))
}

/// A provider takes the document for its procedure.
pub fn accepted() -> Answered {
    Answered::of(What::Accepted(ScriptedAcceptance::default()))
}

/// Why a provider refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusing {
    /// Documents do not match the list.
    DocumentsNotConforming,
    /// The grounds do not hold.
    GroundsNotMet,
    /// A reasoned refusal after examination.
    Reasoned,
}

/// A provider refuses.
pub fn refused(why: Refusing) -> Answered {
    let reason = match why {
        Refusing::DocumentsNotConforming => ProviderRefusalReason::DocumentsNotConforming,
        Refusing::GroundsNotMet => ProviderRefusalReason::GroundsNotMet,
        Refusing::Reasoned => ProviderRefusalReason::Reasoned,
    };
    Answered::of(What::Refused(ProviderRefusal { reason: reason.into(), text: None }))
}

/// A provider gives its result at once, signed by a test key of its authorised person. `title` is in Kazakh, Russian and
/// English; `body` is the payload as JSON, its full name under `@type`.
pub fn result(kind: &str, [kk, ru, en]: [&str; 3], body: Json) -> Answered {
    Answered::of(What::Result(ScriptedResult {
        kind: kind.to_owned(),
        title: Some(LocalizedText { kk: kk.to_owned(), ru: ru.to_owned(), en: en.to_owned() }),
        body: Some(eush_scripts::struct_of(&body)),
        provider: String::new(),
    }))
}

/// The call fails with a gRPC code, for example `deadline-exceeded`.
pub fn status(code: &str) -> Answered {
    Answered::of(What::Status(ScriptedStatus { code: code.to_owned(), ..ScriptedStatus::default() }))
}

/// The agency is not available.
pub fn unavailable() -> Answered {
    status("unavailable")
}

/// One of these values.
pub fn one_of<T: Into<Json>>(values: impl IntoIterator<Item = T>) -> Json {
    json!({ "one_of": values.into_iter().map(Into::into).collect::<Vec<Json>>() })
}

/// A text that this regular expression matches.
pub fn matches(pattern: &str) -> Json {
    json!({ "matches": pattern })
}

/// A text with this in it, or a list with such a text.
pub fn contains(part: &str) -> Json {
    json!({ "contains": part })
}

/// A number that is at least this.
pub fn at_least(number: impl Into<Json>) -> Json {
    json!({ "at_least": number.into() })
}

/// A number that is at most this.
pub fn at_most(number: impl Into<Json>) -> Json {
    json!({ "at_most": number.into() })
}

/// Something, or nothing.
pub fn present(is_there: bool) -> Json {
    json!({ "present": is_there })
}
