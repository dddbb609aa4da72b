use eush_domain::synthetic::numbers::{self, Scheme};
use eush_domain::synthetic::population::Population;
use eush_wire::adapter::v1 as adapter;
use eush_wire::bus::v1 as bus;
use eush_wire::registry::gbdfl::v1 as gbdfl;
use prost::Message as _;
use prost_types::Any;

use super::scribe::HIDDEN;
use super::*;
use crate::book::{Book, Found};
use crate::script::{file, write_file};
use crate::{Answer, SignerFacts};

/// The population, and pseudonyms as a data folder makes them.
struct Folder(Population);

impl People for Folder {
    fn digits(&self, key: &str) -> Option<String> {
        self.0.digits(key)
    }

    fn key(&self, digits: &str) -> Option<String> {
        self.0.key(digits)
    }

    fn pseudonym(&self, digits: &str) -> Option<String> {
        // Not one-way, and good enough to tell two people apart here.
        Some(
            digits.bytes().rev().map(|digit| format!("{:02x}", digit ^ 0x5a)).collect::<String>()
                + "00000000",
        )
    }
}

fn folder() -> Folder {
    Folder(Population::new(1, Scheme::default()))
}

fn question(people: &Folder, digits: &str, message_id: &str, at: i64, number: &str) -> Asked {
    let request = gbdfl::PersonRequest {
        message_id: message_id.to_owned(),
        message_date: Some(Timestamp { seconds: at, nanos: 0 }),
        iin: digits.to_owned(),
        document_number: number.to_owned(),
        ..gbdfl::PersonRequest::default()
    };
    let lookup = adapter::LookupRequest {
        delivery: Some(adapter::DeliveryInfo {
            message_id: message_id.to_owned(),
            service_id: "GBDFL_Person".to_owned(),
            ..adapter::DeliveryInfo::default()
        }),
        about: Some(bus::Party { number: Some(bus::party::Number::Iin(digits.to_owned())) }),
        request: Some(Any::from_msg(&request).unwrap()),
    };
    let pseudonym = people.pseudonym(digits).unwrap_or_default();
    Asked::lookup("gbdfl", &lookup, &SignerFacts::default(), &pseudonym)
}

fn answer(digits: &str, message_id: &str) -> Outcome {
    let person = gbdfl::Person {
        iin: digits.to_owned(),
        surname: "Құпиясыз".to_owned(),
        birth_date: "1985-03-12".to_owned(),
        citizenship: Some(gbdfl::DictionaryValue { code: "398".to_owned(), ..Default::default() }),
        nationality: Some(gbdfl::DictionaryValue { code: "005".to_owned(), ..Default::default() }),
        ..gbdfl::Person::default()
    };
    let response = gbdfl::PersonResponse {
        message_id: message_id.to_owned(),
        request_id: "REQ-77".to_owned(),
        persons: vec![person],
        ..gbdfl::PersonResponse::default()
    };
    Outcome::Found(Any::from_msg(&response).unwrap())
}

fn stranger() -> String {
    let birth = numbers::SyntheticBirth { year: 1, month: 2, day: 3, sex: numbers::Sex::Male };
    numbers::iin(birth, 4999).digits().to_owned()
}

fn replay(people: &Folder, recorded: &ScriptFile, asked: &Asked) -> Option<gbdfl::PersonResponse> {
    let book = Book::default();
    book.add(file(recorded, people).unwrap(), recorded.unmatched());
    match book.find(asked, people) {
        Found::Answer { answer: Answer::Found(any), .. } => {
            Some(gbdfl::PersonResponse::decode(any.value.as_slice()).unwrap())
        }
        Found::Answer { .. } | Found::Broken { .. } | Found::PassOn | Found::Refuse => None,
    }
}

#[test]
fn what_is_kept_tells_nothing_personal_and_answers_the_same_business() {
    let (people, stranger) = (folder(), stranger());
    let recorder = Recorder::default();
    recorder.start("r", vec![], Redaction::Unspecified, Timestamp::default()).unwrap();
    recorder.keep(&question(&people, &stranger, "m-1", 1, ""), &answer(&stranger, "m-1"), &people);
    let bolat = people.digits("bolat").unwrap();
    recorder.keep(&question(&people, &bolat, "m-2", 2, ""), &answer(&bolat, "m-2"), &people);
    let recorded = recorder.export("r").unwrap();
    let text = write_file(&recorded);
    for secret in [stranger.as_str(), &bolat, "Құпиясыз", "1985-03-12", "005", "REQ-77", "m-1"] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    assert!(
        text.contains("about: bolat") && text.contains("398") && text.contains("personal data replaced"),
        "{text}"
    );
    // Another message, at another time, about the same person.
    let again = replay(&people, &recorded, &question(&people, &stranger, "m-9", 900, "")).unwrap();
    assert_eq!((again.message_id.as_str(), again.persons[0].iin.as_str()), ("m-9", stranger.as_str()));
    assert_eq!(again.persons[0].surname, HIDDEN);
    let aigerim = people.digits("aigerim").unwrap();
    assert_eq!(replay(&people, &recorded, &question(&people, &aigerim, "m-9", 900, "")), None);
    // Elsewhere somebody of the population stands for the stranger.
    let mut elsewhere = recorded;
    elsewhere.people.insert("person-of-recording-1".to_owned(), "aigerim".to_owned());
    let other = replay(&people, &elsewhere, &question(&people, &aigerim, "m-9", 900, "")).unwrap();
    assert_eq!(other.persons[0].iin, aigerim);
}

#[test]
fn the_same_question_gets_the_recorded_answers_in_order() {
    let people = folder();
    let bolat = people.digits("bolat").unwrap();
    let recorder = Recorder::default();
    recorder.start("r", vec!["gbdfl".to_owned()], Redaction::Full, Timestamp::default()).unwrap();
    let ask = |id: &str| question(&people, &bolat, id, 0, "");
    for outcome in [Outcome::Failed("unavailable"), Outcome::Failed("unavailable"), Outcome::Absent] {
        recorder.keep(&ask("m"), &outcome, &people);
    }
    let recorded = recorder.export("r").unwrap();
    let times: Vec<_> = recorded.scripts[0].answers.iter().map(|answer| answer.times).collect();
    assert_eq!((recorded.scripts.len(), times), (1, vec![2, 0]));
    recorder.stop("r", Timestamp::default()).unwrap();
    assert!(!recorder.wants("gbdfl"));
    recorder.keep(&ask("n"), &Outcome::Absent, &people);
    assert_eq!(recorder.list()[0].exchanges, 3, "a stopped recording keeps nothing more");
}

#[test]
fn keeping_personal_data_is_said_in_the_recording() {
    let (people, stranger) = (folder(), stranger());
    let recorder = Recorder::default();
    recorder.start("r", vec![], Redaction::None, Timestamp::default()).unwrap();
    recorder.keep(&question(&people, &stranger, "m-1", 1, ""), &answer(&stranger, "m-1"), &people);
    let recorded = recorder.export("r").unwrap();
    let text = write_file(&recorded);
    assert!(text.contains("Құпиясыз") && text.contains("KEPT"), "{text}");
    let again = replay(&people, &recorded, &question(&people, &stranger, "m-2", 2, "")).unwrap();
    assert_eq!((again.message_id.as_str(), again.persons[0].surname.as_str()), ("m-2", "Құпиясыз"));
}

#[test]
fn what_nobody_classified_is_not_kept() {
    let people = folder();
    let bolat = people.digits("bolat").unwrap();
    let recorder = Recorder::default();
    recorder.start("r", vec![], Redaction::Full, Timestamp::default()).unwrap();
    let foreign = Any { type_url: "x/elsewhere.v1.Person".to_owned(), value: b"secret".to_vec() };
    recorder.keep(&question(&people, &bolat, "m", 0, ""), &Outcome::Found(foreign), &people);
    let about = recorder.list().remove(0);
    assert_eq!(about.exchanges, 0);
    assert!(about.left_out[0].contains("elsewhere.v1.Person"), "{:?}", about.left_out);
}

#[test]
fn ids_are_checked() {
    let recorder = Recorder::default();
    let start = |id: &str| recorder.start(id, vec![], Redaction::Full, Timestamp::default());
    assert!(matches!(start("A b"), Err(RecordError::Id { .. })));
    start("a").unwrap();
    assert!(matches!(start("a"), Err(RecordError::Taken { .. })));
    assert!(matches!(recorder.export("b"), Err(RecordError::Unknown { .. })));
    recorder.delete("a").unwrap();
    assert!(recorder.delete("a").is_err());
}

#[test]
fn a_recording_survives_a_restart_without_numbers() {
    let (people, stranger) = (folder(), stranger());
    let recorder = Recorder::default();
    recorder.start("r", vec![], Redaction::Full, Timestamp::default()).unwrap();
    let ask = |id: &str| question(&people, &stranger, id, 0, "");
    recorder.keep(&ask("m-1"), &Outcome::Failed("unavailable"), &people);
    recorder.keep(&ask("m-2"), &answer(&stranger, "m-2"), &people);
    let saved = recorder.save();
    assert!(!serde_json::to_string(&saved).unwrap().contains(&words::hex(stranger.as_bytes())));
    let other = Recorder::default();
    other.restore(&saved).unwrap();
    assert_eq!(other.export("r").unwrap(), recorder.export("r").unwrap());
    other.keep(&ask("m-3"), &answer(&stranger, "m-3"), &people);
    let exported = other.export("r").unwrap();
    assert_eq!(
        (exported.scripts.len(), exported.people.len()),
        (1, 1),
        "the same stranger, the same question"
    );
    assert!(other.restore(&[SavedTape { about: "0".to_owned(), file: String::new() }]).is_none());
    assert_eq!(other.list().len(), 1, "what cannot be read changes nothing");
}
