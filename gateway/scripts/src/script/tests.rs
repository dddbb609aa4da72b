use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;

use super::*;

fn population() -> Population {
    Population::new(1, Scheme::default())
}

fn checked(text: &str) -> Result<Vec<Script>, Faults> {
    file(&read_file("a.yaml", text).unwrap(), &population())
}

#[track_caller]
fn fault(text: &str, field: &str, expected: &str) {
    let faults = checked(text).unwrap_err().0;
    let found = faults.iter().find(|fault| fault.field == field);
    let found = found.unwrap_or_else(|| panic!("no fault at {field}: {faults:?}"));
    assert!(found.expected.contains(expected), "{found}");
}

#[test]
fn a_file_becomes_scripts() {
    let scripts = checked(
        "unmatched: refuse
people: {mother: aigerim}
scripts:
- name: The register does not know Aigerim!
  when: {agency: gbdfl, about: mother, attempt: {at_most: 2}, signer.role: {one_of: [employee, individual]}}
  answers:
  - {times: 2, status: {code: unavailable}}
  - {absent: {}}
- id: pass
  answer: {pass_on: {}}
",
    )
    .unwrap();
    assert_eq!(scripts[0].id(), "the-register-does-not-know-aigerim");
    assert_eq!((scripts[0].kind, scripts[0].capacity()), (Some(Kind::Lookup), None));
    assert_eq!((scripts[1].kind, scripts[1].capacity()), (None, None));
    assert!(matches!(scripts[0].turn(1), Some(Plan::Status(_))));
    assert!(matches!(scripts[0].turn(2), Some(Plan::Absent)));
}

#[test]
fn faults_have_a_place_and_a_remedy() {
    fault("scripts: [{id: a}]", "scripts[0].answer", "what is answered");
    fault("scripts: [{id: A, answer: {absent: {}}}]", "scripts[0].id", "[a-z0-9]");
    fault("scripts: [{id: unmatched, answer: {absent: {}}}]", "scripts[0].id", "another id");
    fault(
        "scripts: [{id: a, answer: {absent: {}}}, {id: a, answer: {absent: {}}}]",
        "scripts[1].id",
        "twice",
    );
    fault("scripts: [{id: a, priority: 5000, answer: {absent: {}}}]", "scripts[0].priority", "1000");
    fault(
        "scripts: [{id: a, answers: [{absent: {}}, {absent: {}}]}]",
        "scripts[0].answers[0].times",
        "how many",
    );
    fault("scripts: [{id: a, answer: {times: 1}}]", "scripts[0].answer", "one of `found`");
    fault(
        "scripts: [{id: a, answers: [{times: 1, absent: {}}, {accepted: {}}]}]",
        "scripts[0].answers",
        "one kind",
    );
    fault("scripts: [{id: a, when: {kind: deliver}, answer: {absent: {}}}]", "scripts[0].answers", "deliver");
    fault(
        "scripts: [{id: a, answer: {status: {code: unavailble}}}]",
        "scripts[0].answer.status.code",
        "unavailable",
    );
    fault(
        "scripts: [{id: a, answer: {status: {code: ok}}}]",
        "scripts[0].answer.status.code",
        "expected one of",
    );
    fault("scripts: [{id: a, answer: {refused: {}}}]", "scripts[0].answer.refused.reason", "why");
    fault(
        "scripts: [{id: a, answer: {found: {'@type': eush.registry.gbdfl.v1.PersonResponse, persons: [{x: 1}]}}}]",
        "scripts[0].answer.found.persons[0].x",
        "unknown word `x`",
    );
    let when =
        |condition: &str| format!("scripts: [{{id: a, when: {{{condition}}}, answer: {{absent: {{}}}}}}]");
    fault(&when("about: nobody"), "scripts[0].when.about", "nobody is called `nobody`");
    fault(&when("about: 123"), "scripts[0].when.about", "in quotes");
    fault(&when("kind: ask"), "scripts[0].when.kind", "lookup");
    fault(&when("signer.role: boss"), "scripts[0].when.signer.role", "employee");
    fault(&when("agency: {above: 3}"), "scripts[0].when.agency", "is no number");
    fault(&when("agency: {matches: '('}"), "scripts[0].when.agency", "regular expression");
    fault(&when("agency: {like: a}"), "scripts[0].when.agency", "unknown word `like`");
    fault(&when("agency: {present: x}"), "scripts[0].when.agency", "true or false");
    fault(&when("'form.famly.size': 3"), "scripts[0].when.form.famly.size", "did you mean `family`?");
    fault(&when("document: x"), "scripts[0].when.document", "only `present`");
    fault("people: {mother: nobody}\nscripts: []", "people.mother", "nobody is called");
}

#[test]
fn a_word_that_no_file_has_is_told_with_its_line() {
    let error = read_file("a.yaml", "scripts:\n- id: a\n  anwser: {absent: {}}\n").unwrap_err();
    assert_eq!(error.line.map(|place| place.0), Some(3), "{error}");
    assert!(error.fault.contains("did you mean `answer`?"), "{error}");
    let error = read_file("a.yaml", "scripts:\n- answer: {absent: {}, accepted: {}}\n").unwrap_err();
    assert!(error.fault.contains("exclude each other"), "{error}");
}

#[test]
fn a_file_that_is_written_reads_back() {
    let text = "scripts:\n- id: a\n  when: {form.family.size: {at_least: 3}, agency: zhao}\n  answer: {refused: {reason: reasoned, text: {kk: а, ru: б, en: c}}}\n";
    let first = read_file("a.yaml", text).unwrap();
    let written = write_file(&first);
    assert!(written.contains("at_least: 3\n"), "{written}");
    assert_eq!(read_file("b.yaml", &written).unwrap(), first);
    assert_eq!(read_file("b.json", &file_json(&first).to_string()).unwrap(), first);
}

#[test]
fn the_published_schema_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.json");
    if std::env::var_os("EUSH_BLESS").is_some() {
        std::fs::write(&path, schema()).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, schema(), "EUSH_BLESS=1 cargo test -p eush-scripts writes it anew");
}
