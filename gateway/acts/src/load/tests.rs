//! One fault at a time: the golden files changed in exactly one respect, and the fault with its line.

use crate::{Catalogue, Fault, LoadError};

const ACTS: &str = r#"
[[acts]]
id = "900"
number = "1-1"
date = "2020-01-01"
file = "900.txt"
issuer.kk = "Әкімдік"
issuer.ru = "Акимат"
issuer.en = "Akimat"
"#;

const ACTORS: &str = r#"
[[actors]]
code = "recipient"
names.kk = "алушы"
names.ru = "получатель"
names.en = "recipient"
"#;

const SYSTEMS: &str = r#"
[[systems]]
code = "portal"
kind = "front"
names.kk = "Портал"
names.ru = "Портал"
names.en = "Portal"
aliases = ["ЭҮП"]

[[systems]]
code = "register"
kind = "agency"
names.kk = "Тізілім"
names.ru = "Регистр"
names.en = "Register"

[[services]]
id = "REGISTER_Application"
agency = "register"
names.kk = "Өтініш"
names.ru = "Заявление"
names.en = "Application"
"#;

const REGULATION: &str = r#"
id = "test/service"
alias = "900-A"
act = "900"
service_number = 1
lines = [1, 100]
form = "electronic-full"

[names]
kk = "Қызмет"
ru = "Услуга"
en = "Service"

[recipients]
kk = "Жеке тұлғалар"
ru = "Физические лица"
en = "Natural persons"

[provider]
name.kk = "Бөлім"
name.ru = "Отдел"
name.en = "Department"
organization = "department"
lines = [2, 3]

[[results]]
kind = "paper"
name.kk = "Анықтама"
name.ru = "Справка"
name.en = "Certificate"
signed_by = "head"
lines = [4, 4]

[[terms]]
term = "5wd"
starts = "submission"
text.kk = "Мерзім"
text.ru = "Срок"
text.en = "Term"
lines = [5, 5]

[[procedure]]
number = 1
actor = "recipient"
duration = "2min"
lines = [10, 11]
text.kk = "Істейді"
text.ru = "Делает"
text.en = "Does"

[[variants]]
key = "slow"
names.kk = "Баяу"
names.ru = "Медленно"
names.en = "Slow"
lines = [12, 15]

[[variants.steps]]
number = 1
actor = "recipient"
lines = [13, 13]
text.kk = "Күтеді"
text.ru = "Ждёт"
text.en = "Waits"

[[channels]]
channel = "portal"
medium = "gateway"
front = "portal"
signer = "applicant"
signer_roles = ["individual"]
lines = [20, 60]

[[channels.items]]
label = "1-шарт"
item = "1)"
lines = [21, 22]
kind = "condition"
operation = "check-login"
actor = "recipient"
executed_by = "front"
checks = ["login"]
on_failure = "1-үдеріс"
text.kk = "Тексереді"
text.ru = "Проверяет"
text.en = "Checks"

[[channels.items]]
label = "1-үдеріс"
item = "2)"
lines = [23, 24]
kind = "process"
operation = "refuse"
message = "AUTHORIZATION_REFUSED"
actor = "recipient"
executed_by = "front"
text.kk = "Бас тартады"
text.ru = "Отказывает"
text.en = "Refuses"

[[channels.items]]
label = "2-үдеріс"
item = "3)"
lines = [25, 26]
kind = "process"
operation = "dispatch"
service = "REGISTER_Application"
actor = "recipient"
executed_by = "gateway"
from = "portal"
to = ["register"]
via_gateway = true
text.kk = "Жолдайды"
text.ru = "Отправляет"
text.en = "Sends"

[[channels.items]]
label = "3-үдеріс"
item = "4)"
lines = [27, 28]
kind = "process"
operation = "deliver-result"
actor = "recipient"
executed_by = "front"
duration = "20min"
text.kk = "Алады"
text.ru = "Получает"
text.en = "Receives"
"#;

fn load(regulation: &str) -> Result<Catalogue, LoadError> {
    Catalogue::load(&[
        ("data/acts.toml", ACTS),
        ("data/actors.toml", ACTORS),
        ("data/systems.toml", SYSTEMS),
        ("data/900/01-service.toml", regulation),
    ])
}

/// Changes one place of the golden regulation and expects this one fault, at the line of `at`.
#[track_caller]
fn check(from: &str, to: &str, at: &str, expected: &Fault) {
    assert_eq!(REGULATION.matches(from).count(), 1, "`{from}` must stand once in the golden file");
    let broken = REGULATION.replacen(from, to, 1);
    let error = load(&broken).unwrap_err();
    let [fault] = error.faults.as_slice() else { panic!("one fault expected: {error}") };
    assert_eq!(&fault.fault, expected);
    let offset = broken.find(at).unwrap();
    let line = broken[..offset].matches('\n').count() + 1;
    assert_eq!((fault.place.file.as_str(), fault.place.line), ("data/900/01-service.toml", line));
    // The message has file, line and remedy.
    let text = error.to_string();
    let head = format!("data/900/01-service.toml:{line}: ");
    assert!(text.starts_with(&head) && text.ends_with(fault.fault.remedy()), "{text}");
    assert!(!fault.fault.remedy().is_empty());
}

fn item(label: &str) -> String {
    let label = REGULATION.find(&format!("label = \"{label}\"")).unwrap();
    // Faults of an item are told at its header.
    let header = REGULATION[..label].rfind("[[channels.items]]").unwrap();
    REGULATION[header..].lines().take(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_golden_files_load() {
    let catalogue = load(REGULATION).unwrap();
    assert_eq!(catalogue.regulations().len(), 1);
    assert_eq!(catalogue.system("ЭҮП").unwrap().code.as_str(), "portal");
}

#[test]
fn unknown_keys_and_values_are_syntax() {
    for (from, to, word) in [
        ("form = \"electronic-full\"", "form = \"electronical\"", "electronical"),
        ("alias = \"900-A\"", "alias = \"900-A\"\nalais = 1", "alais"),
        ("service_number = 1", "service_number = ", ""),
    ] {
        let error = load(&REGULATION.replacen(from, to, 1)).unwrap_err();
        let [fault] = error.faults.as_slice() else { panic!("{error}") };
        let Fault::Syntax(message) = &fault.fault else { panic!("{error}") };
        assert!(message.contains(word), "{message}");
        assert!(fault.place.line > 1, "{error}");
    }
}

#[test]
fn terms_must_parse() {
    check("\"20min\"", "\"20 minutes\"", &item("3-үдеріс"), &Fault::Duration("20 minutes".to_owned()));
    check("\"5wd\"", "\"1wd2h\"", "[[terms]]", &Fault::Duration("1wd2h".to_owned()));
    check("\"2min\"", "\"soon\"", "[[procedure]]", &Fault::Duration("soon".to_owned()));
}

#[test]
fn identifiers_must_have_their_form() {
    let fault = Fault::Identifier("regulation id is not of the form `<region>/<service>`".to_owned());
    check("\"test/service\"", "\"service\"", "id = ", &fault);
}

#[test]
fn names_must_be_known() {
    let unknown = |what, value: &str| Fault::UnknownName { what, value: value.to_owned() };
    check("act = \"900\"", "act = \"901\"", "act = ", &unknown("act", "901"));
    check("front = \"portal\"", "front = \"desk\"", "[[channels]]", &unknown("system", "desk"));
    check("to = [\"register\"]", "to = [\"nobody\"]", &item("2-үдеріс"), &unknown("system", "nobody"));
    let actor = "actor = \"recipient\"\nexecuted_by = \"gateway\"";
    check(actor, "actor = \"x\"\nexecuted_by = \"gateway\"", &item("2-үдеріс"), &unknown("actor", "x"));
    let message = unknown("message", "NO");
    check("\"AUTHORIZATION_REFUSED\"", "\"NO\"", &item("1-үдеріс"), &message);
    let term = "term = \"5wd\"\nprocedure = \"fast\"";
    check("term = \"5wd\"", term, "[[terms]]", &unknown("procedure", "fast"));
}

#[test]
fn an_unknown_service_is_told() {
    let unknown = Fault::UnknownName { what: "service", value: "NOBODY".to_owned() };
    let error = load(&REGULATION.replacen("REGISTER_Application", "NOBODY", 1)).unwrap_err();
    assert_eq!(error.faults[0].fault, unknown);
}

#[test]
fn labels_and_numbers_stand_once() {
    let twice = |what, value: &str| Fault::Duplicate { what, value: value.to_owned() };
    let error = load(&REGULATION.replacen("\"3-үдеріс\"", "\"2-үдеріс\"", 1)).unwrap_err();
    assert_eq!(error.faults.len(), 1, "{error}");
    assert_eq!(error.faults[0].fault, twice("label", "2-үдеріс"));
    check("item = \"4)\"", "item = \"3)\"", &item("3-үдеріс"), &twice("item number", "3)"));
}

#[test]
fn texts_come_in_three_languages() {
    let missing = |of: &str| Fault::TextMissing(of.to_owned());
    check("en = \"Natural persons\"", "en = \" \"", "[recipients]", &missing("recipients"));
    check("text.ru = \"Отказывает\"", "text.ru = \"\"", &item("1-үдеріс"), &missing("text"));
    check("name.kk = \"Анықтама\"", "name.kk = \"\"", "[[results]]", &missing("name"));
    check("name.en = \"Department\"", "name.en = \"\"", "[provider]", &missing("provider.name"));
}

#[test]
fn lines_are_ordered_and_within() {
    let fault = |first, last, outer_first, outer_last| Fault::Lines { first, last, outer_first, outer_last };
    check("lines = [25, 26]", "lines = [26, 25]", &item("2-үдеріс"), &fault(26, 25, 20, 60));
    check("lines = [27, 28]", "lines = [27, 61]", &item("3-үдеріс"), &fault(27, 61, 20, 60));
    check("lines = [20, 60]", "lines = [20, 101]", "[[channels]]", &fault(20, 101, 1, 100));
    check("lines = [13, 13]", "lines = [11, 13]", "[[variants.steps]]", &fault(11, 13, 12, 15));
    let order = Fault::OutOfOrder { found: 21, before: 25 };
    check("lines = [27, 28]", "lines = [21, 28]", &item("3-үдеріс"), &order);
}

#[test]
fn failures_lead_to_refusals_of_the_channel() {
    let target = Fault::FailureTarget("9-үдеріс".to_owned());
    let error = load(&REGULATION.replacen("on_failure = \"1-үдеріс\"", "on_failure = \"9-үдеріс\"", 1));
    let error = error.unwrap_err();
    assert_eq!(error.faults[0].fault, target);
    // And the refusal that it led to is now reached by nothing.
    assert_eq!(error.faults[1].fault, Fault::RefusalUnreached("1-үдеріс".to_owned()));
    let error = load(&REGULATION.replacen("on_failure = \"1-үдеріс\"", "on_failure = \"2-үдеріс\"", 1));
    assert_eq!(error.unwrap_err().faults[0].fault, Fault::FailureNotRefusal("2-үдеріс".to_owned()));
}

#[test]
fn every_branch_ends() {
    let last = REGULATION.rfind("\n[[channels.items]]").unwrap();
    let error = load(&REGULATION[..last]).unwrap_err();
    assert!(matches!(&error.faults[..], [one] if matches!(&one.fault, Fault::OpenEnd(_))), "{error}");
}

#[test]
fn operations_have_their_keys() {
    let fault = |operation: &str, problem| Fault::Operation { operation: operation.to_owned(), problem };
    check(
        "message = \"AUTHORIZATION_REFUSED\"\n",
        "",
        &item("1-үдеріс"),
        &fault("Refuse", "needs `message`"),
    );
    let superfluous = "service = \"REGISTER_Application\"\nmessage = \"NONE\"";
    let expected = fault("Dispatch", "takes no `message`");
    check("service = \"REGISTER_Application\"", superfluous, &item("2-үдеріс"), &expected);
    let expected = fault("Dispatch", "crosses the regional gateway without the gateway");
    check("via_gateway = true", "regional_gateway = true", &item("2-үдеріс"), &expected);
    let error = load(&REGULATION.replacen("checks = [\"login\"]\n", "", 1)).unwrap_err();
    assert_eq!(error.faults[0].fault, fault("CheckLogin", "needs `checks`"));
}

#[test]
fn checks_and_registers_are_whole() {
    let step = "lines = [13, 13]";
    check(
        step,
        "lines = [13, 13]\nchecks = [\"grounds\"]",
        "[[variants.steps]]",
        &Fault::CheckWithoutOutcome,
    );
    check(step, "lines = [13, 13]\naccess = \"read\"", "[[variants.steps]]", &Fault::AccessWithoutSystem);
    let error = load(&REGULATION.replacen("on_failure = \"1-үдеріс\"\n", "", 1)).unwrap_err();
    assert_eq!(error.faults[0].fault, Fault::CheckWithoutOutcome);
}

#[test]
fn mediums_fit_their_items() {
    let fault = Fault::Medium("is `office` and dispatches through the gateway");
    check("medium = \"gateway\"", "medium = \"office\"", "[[channels]]", &fault);
    let fault = Fault::Medium("is `paper` and dispatches through the gateway");
    check("medium = \"gateway\"", "medium = \"paper\"", "[[channels]]", &fault);
    let fault = Fault::Medium("is `gateway` and has no `front`");
    check("front = \"portal\"\n", "", "[[channels]]", &fault);
}

#[test]
fn steps_are_numbered() {
    let fault = Fault::Numbering { what: "procedure step", found: 2, expected: 1 };
    check(
        "number = 1\nactor = \"recipient\"\nduration",
        "number = 2\nactor = \"recipient\"\nduration",
        "[[procedure]]",
        &fault,
    );
}

#[test]
fn a_regulation_stands_once() {
    let files = [
        ("data/acts.toml", ACTS),
        ("data/actors.toml", ACTORS),
        ("data/systems.toml", SYSTEMS),
        ("data/900/01-service.toml", REGULATION),
        ("data/900/02-service.toml", REGULATION),
    ];
    let error = Catalogue::load(&files).unwrap_err();
    let mut what = Vec::new();
    for fault in &error.faults {
        if let Fault::Duplicate { what: kind, .. } = &fault.fault {
            what.push(*kind);
        }
    }
    assert_eq!(what, ["regulation", "alias", "service number"]);
    assert_eq!(error.faults[3].fault, Fault::Overlap("test/service".to_owned()));
    assert!(error.faults.iter().all(|fault| fault.place.file.ends_with("02-service.toml")));
}

#[test]
fn an_alias_means_one_system() {
    let systems = SYSTEMS
        .replace("aliases = [\"ЭҮП\"]", "aliases = [\"ЭҮП\", \"ЭҮП\"]")
        .replace("names.en = \"Register\"", "names.en = \"Register\"\naliases = [\"ЭҮП\"]");
    let files =
        [("data/acts.toml", ACTS), ("data/actors.toml", ACTORS), ("data/systems.toml", systems.as_str())];
    let error = Catalogue::load(&files).unwrap_err();
    assert_eq!(error.faults[0].fault, Fault::Duplicate { what: "system", value: "ЭҮП".to_owned() });
}
