//! Every described channel of every act, run through the fronts of a real bus: to its result, and into every branch that
//! the act or we give it. Taken from the catalogue, so that a new flow is covered by itself; labels and branches are
//! worked out here from the items alone, without the engine.
//!
//! `EUSH_BLESS=1` writes the table of coverage anew.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use eush_acts::{ChannelFlow, Item, Medium, OnFailure, Operation, Resolved, ResultOutcome, catalogue};
use serde_json::Value;

use crate::support::{Up, data, run};

/// A frozen Monday, so that working days are the same on every machine.
const START: &str = "2026-03-02T09:00:00+05:00";
/// The acts, in two halves of about the same work.
const GROUPS: [&[&str]; 2] = [&["001"], &["000", "002", "003", "004"]];

/// What no run can exercise, and why: nothing. An entry that is not needed fails.
const NOT_EXERCISED: &[(&str, &str, &str)] = &[];

/// One run and what was demanded of it.
struct Played {
    flow: &'static str,
    args: Vec<&'static str>,
    expected: Expected,
    came: Value,
}

#[derive(Clone, Debug, PartialEq)]
struct Expected {
    state: &'static str,
    reason: Option<&'static str>,
    labels: Vec<&'static str>,
}

/// Every run, played once for all tests: one bus an act, so that no clock runs out of the calendar; two at a time, so that
/// the tests beside these are not starved.
static PLAYED: LazyLock<Vec<Played>> = LazyLock::new(|| {
    let threads = GROUPS.map(|acts| {
        std::thread::spawn(move || acts.iter().flat_map(|act| play_act(act)).collect::<Vec<_>>())
    });
    threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
});

fn play_act(act: &str) -> Vec<Played> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("eush.toml");
    std::fs::write(&config, format!("[clock]\nstart = \"{START}\"\n")).unwrap();
    let home = folder.path().join("data");
    let _up = Up::start(&home, &["--config", config.to_str().unwrap()]);
    let found = catalogue().flows().filter(|found| found.regulation.source.act == act);
    let mut newcomers = newcomers().into_iter();
    found.flat_map(|found| play_flow(&home, found, &mut newcomers)).collect()
}

/// Keys of the people who have no account at the portal yet; each can register once on a bus.
fn newcomers() -> Vec<&'static str> {
    use eush_domain::synthetic::numbers::Scheme;
    use eush_domain::synthetic::population::{Population, Presence};
    let population = Population::new(1, Scheme::default());
    let new = population.people().iter().filter(|person| person.portal_account == Presence::Absent);
    new.map(|person| &*Box::leak(person.key.clone().into_boxed_str())).collect()
}

/// Whoever registers first is seen to; what the office says of their papers is another run's affair.
fn register(
    play: impl Fn(Vec<&'static str>, Expected) -> Played,
    found: Resolved<'static>,
    newcomer: &'static str,
) -> Played {
    let items = &found.flow.items;
    let registers = labels_of(items, |operation| matches!(operation, Operation::RegisterAtPortal));
    assert_eq!(registers, 1, "{}", found.flow.id);
    let checked = items.iter().position(|item| item.operation == Operation::CheckCertificate).unwrap();
    let expected = Expected {
        state: "refused",
        reason: Some("IIN_MISMATCH"),
        labels: labels_to_failure(found.flow, checked),
    };
    play(vec!["--as", newcomer, "--register", "--signed-by", "daniyar"], expected)
}

fn labels_of(items: &[Item], wanted: impl Fn(&Operation) -> bool) -> usize {
    items.iter().filter(|item| wanted(&item.operation)).count()
}

fn play_flow(
    home: &Path,
    found: Resolved<'static>,
    newcomers: &mut impl DoubleEndedIterator<Item = &'static str>,
) -> Vec<Played> {
    let name: &'static str = Box::leak(found.flow.id.to_string().into_boxed_str());
    let play = |args: Vec<&'static str>, expected: Expected| {
        let mut line = vec!["apply", name];
        if !args.contains(&"--as") {
            line.extend(person(found));
        }
        line.extend(&args);
        let (_, came) = data(home, &line);
        Played { flow: name, args, expected, came }
    };
    if found.flow.medium == Medium::Paper {
        let expected =
            Expected { state: "no-application", reason: Some("CHANNEL_NOT_DESCRIBED"), labels: Vec::new() };
        return vec![play(Vec::new(), expected)];
    }
    let mut played = vec![play(Vec::new(), good(found.flow))];
    if found.flow.items.iter().any(|item| item.operation == Operation::RegisterAtPortal) {
        // The last of them has a child taught at home.
        let schooling = found.regulation.id.as_str().ends_with("/home-schooling-reimbursement");
        let newcomer = if schooling { newcomers.next_back() } else { newcomers.next() };
        played.push(register(play, found, newcomer.unwrap()));
    }
    for (index, item) in found.flow.items.iter().enumerate() {
        if item.on_failure != OnFailure::None {
            let (args, state, reason) = failure(found, item);
            let labels = labels_to_failure(found.flow, index);
            played.push(play(args, Expected { state, reason: Some(reason), labels }));
        }
    }
    played.extend(beyond_the_items(found).map(|(args, expected)| play(args, expected)));
    played
}

/// Who applies: whoever the forms of the service are for.
fn person(found: Resolved<'_>) -> Vec<&'static str> {
    match found.regulation.id.as_str().rsplit('/').next().unwrap() {
        "home-schooling-reimbursement" => vec!["--as", "bolat"],
        "foster-care" | "adoption-candidates" => vec!["--as", "saule"],
        "foreign-labour-permit" => vec!["--as", "yerlan", "--for", "ertis-metal"],
        _ => vec!["--as", "aigerim"],
    }
}

fn is_refusal(item: &Item) -> bool {
    matches!(item.operation, Operation::Refuse(_))
}

/// Labels of the items as the act has them, in order, without the messages of refusal.
fn labels(items: &'static [Item]) -> impl Iterator<Item = &'static str> {
    items.iter().filter(|item| !is_refusal(item)).filter_map(|item| item.label.as_deref())
}

fn good(flow: &'static ChannelFlow) -> Expected {
    Expected { state: "completed", reason: None, labels: labels(&flow.items).collect() }
}

/// Everything up to the item that fails, and the message to which it leads, where the act has one.
fn labels_to_failure(flow: &'static ChannelFlow, index: usize) -> Vec<&'static str> {
    let mut all: Vec<&str> = labels(&flow.items[..=index]).collect();
    if let OnFailure::Label(label) = &flow.items[index].on_failure {
        all.push(label);
    }
    all
}

/// How an item is made to fail, and what must be told.
fn failure(found: Resolved<'static>, item: &'static Item) -> (Vec<&'static str>, &'static str, &'static str) {
    let office = found.flow.medium == Medium::Office;
    let negative = found.regulation.results.iter().any(|result| result.outcome == ResultOutcome::Negative);
    let by_hand = || {
        let check = item.checks.first().unwrap();
        let made = found.flow.items.iter().take_while(|other| !std::ptr::eq(*other, item));
        let occasion = 1 + made.filter(|other| other.checks.contains(check)).count();
        let reason = match check.name() {
            "documents" => "DOCUMENTS_NOT_CONFORMING",
            "login" => "LOGIN_REFUSED",
            "presence" => "PERSON_ABSENT",
            "subject" => "IIN_MISMATCH",
            _ if negative => "REASONED_REFUSAL",
            _ => "GROUNDS_NOT_MET",
        };
        let wanting =
            if occasion == 1 { check.name().to_owned() } else { format!("{}:{occasion}", check.name()) };
        let wanting: &'static str = Box::leak(wanting.into_boxed_str());
        (vec!["--failing", wanting], "refused", reason)
    };
    match &item.operation {
        Operation::Authenticate | Operation::CheckLogin => {
            (vec!["--password", "not-the-password"], "refused", "LOGIN_REFUSED")
        }
        Operation::CheckPresence => (vec!["--for", "unregistered-company"], "refused", "ORGANIZATION_ABSENT"),
        Operation::CheckCertificate => {
            let other = if found.flow.id.channel.name() == "portal" { "daniyar" } else { "operator-2" };
            (vec!["--signed-by", other], "refused", "IIN_MISMATCH")
        }
        Operation::Dispatch { .. } => (vec!["--agency", "down"], "open", "AGENCY_UNAVAILABLE"),
        Operation::CheckDocuments if !office => {
            (vec!["--without", "identity-document"], "refused", "DOCUMENTS_NOT_CONFORMING")
        }
        Operation::Arrive | Operation::CheckDocuments | Operation::OfficeStep => by_hand(),
        other @ (Operation::DeliverResult
        | Operation::FillForm
        | Operation::HandOver
        | Operation::Lookup(_)
        | Operation::Provide
        | Operation::Refuse(_)
        | Operation::RegisterAtPortal
        | Operation::RegisterDocument
        | Operation::Sign) => panic!("{}: no run makes `{}` fail", found.flow.id, other.name()),
    }
}

/// Refusals that no item of the flow has: of documents where the act has nobody check them, and the provider's reasoned
/// one at the end of its term, where the act knows such a result.
fn beyond_the_items(found: Resolved<'static>) -> impl Iterator<Item = (Vec<&'static str>, Expected)> {
    let items: &'static [Item] = &found.flow.items;
    let at = |wanted: fn(&Operation) -> bool| items.iter().position(|item| wanted(&item.operation));
    let dispatch = at(|operation| matches!(operation, Operation::Dispatch { .. }));
    let checked = at(|operation| matches!(operation, Operation::CheckDocuments)).is_some();
    let end = at(|operation| matches!(operation, Operation::DeliverResult | Operation::HandOver));
    let refused = |reason, upto: usize| Expected {
        state: "refused",
        reason: Some(reason),
        labels: labels(&items[..upto]).collect(),
    };
    let documents = dispatch.filter(|_| !checked).map(|dispatch| {
        (vec!["--without", "identity-document"], refused("DOCUMENTS_NOT_CONFORMING", dispatch + 1))
    });
    let negative = found.regulation.results.iter().any(|result| result.outcome == ResultOutcome::Negative);
    let reasoned = dispatch
        .filter(|_| negative)
        .and(end)
        .map(|end| (vec!["--agency", "refusing"], refused("REASONED_REFUSAL", end)));
    documents.into_iter().chain(reasoned)
}

/// What a run came to, in the words of the demand.
fn came(value: &Value) -> (&str, Option<&str>, Vec<&str>) {
    let steps = value["steps"].as_array().map_or(&[][..], Vec::as_slice);
    // A provider's procedure can have labels too; it is no part of the channel's items.
    let items = steps.iter().filter(|step| step["kind"] != "procedure");
    let labels = items.filter_map(|step| step["label"].as_str()).collect();
    (value["state"].as_str().unwrap_or(""), value["reason"].as_str(), labels)
}

#[track_caller]
fn check(wanted: impl Fn(&Played) -> bool) -> usize {
    let mut faults = Vec::new();
    let mut count = 0;
    for played in PLAYED.iter().filter(|played| wanted(played)) {
        count += 1;
        let Expected { state, reason, labels } = &played.expected;
        if came(&played.came) != (*state, *reason, labels.clone()) {
            let came = came(&played.came);
            faults.push(format!("{} {:?}\n  {:?}\n  {came:?}", played.flow, played.args, played.expected));
        }
    }
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
    count
}

fn medium(flow: &str) -> Medium {
    catalogue().flow(&eush_domain::FlowId::parse(flow).unwrap()).unwrap().medium
}

#[test]
fn every_gateway_flow_runs_to_its_result() {
    let count = check(|played| played.args.is_empty() && medium(played.flow) == Medium::Gateway);
    assert_eq!(count, 25);
    let acts: std::collections::BTreeSet<&str> = GROUPS.concat().into_iter().collect();
    assert!(
        catalogue().acts().iter().all(|act| acts.contains(act.id.as_str())),
        "an act is played by nobody"
    );
    let results = PLAYED.iter().filter(|played| played.args.is_empty());
    for played in results.filter(|played| medium(played.flow) == Medium::Gateway) {
        assert!(played.came["result"]["kind"].is_string(), "{}", played.flow);
    }
}

#[test]
fn every_office_channel_runs_to_its_end() {
    assert!(check(|played| played.args.is_empty() && medium(played.flow) == Medium::Office) > 20);
}

/// Registers that offices use by hand, at their own listeners.
#[test]
fn registers_see_what_offices_do_by_hand_and_count_no_call() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("data");
    let _up = Up::start(&home, &[]);
    let by_hand = |value: &Value| {
        let steps = value["steps"].as_array().unwrap().clone();
        let used = steps.into_iter().filter(|step| step["by_hand"].is_string());
        used.map(|step| format!("{} {} {}", step["to"][0], step["by_hand"], step["shown"]))
            .collect::<Vec<_>>()
    };
    // Act 001, service 1: the data fund is looked into, and knows her husband in another region.
    let (_, clear) = data(&home, &["apply", "001-S01/state-corporation", "--as", "aigerim"]);
    assert_eq!(clear["state"], "completed");
    assert_eq!(by_hand(&clear), [r#""oralman" "read" "nothing""#]);
    let (_, returned) = data(&home, &["apply", "001-S01/state-corporation", "--as", "gulnar"]);
    assert_eq!(returned["state"], "refused");
    assert_eq!(by_hand(&returned), [r#""oralman" "read" "shown""#]);
    // Service 5: four systems in the order of the act, and the permit is signed in one of them.
    let employer = ["apply", "001-S05/portal", "--as", "yerlan", "--for", "ertis-metal"];
    let (_, permit) = data(&home, &employer);
    let expected = [
        r#""eqa" "write" "shown""#,
        r#""shzhk" "write" "shown""#,
        r#""shzhk" "sign" "shown""#,
        r#""elicense" "write" "shown""#,
        r#""shzhk" "write" "shown""#,
    ];
    assert_eq!(
        (permit["state"].as_str(), by_hand(&permit)),
        (Some("completed"), expected.map(str::to_owned).to_vec())
    );
    // Act 004: whoever is not registered as unemployed gets no certificate that says so.
    let (_, nobody) = data(&home, &["apply", "004-5/provider", "--as", "bolat"]);
    assert_eq!(
        (nobody["state"].as_str(), nobody["reason"].as_str()),
        (Some("refused"), Some("PERSON_ABSENT"))
    );
    // Act 003: the centre gets the identity data with the help of the monitoring system.
    let (_, centre) = data(&home, &["apply", "003-S03/psc", "--as", "aigerim"]);
    assert_eq!(by_hand(&centre), [r#""monitoring" "read" "shown""#]);
    for (code, expected) in [("oralman", 2), ("shzhk", 3), ("eqa", 1), ("elicense", 1), ("monitoring", 1)] {
        let (_, seen) = data(&home, &["journal", "--of", code]);
        assert_eq!(
            (seen["total"].as_u64(), seen["uses_total"].as_u64()),
            (Some(0), Some(expected)),
            "{code}"
        );
    }
}

/// A permit's wait for the fee, and the two profiles, beside the runs of [`PLAYED`].
#[test]
fn a_permit_is_paid_for_or_not_and_profiles_differ_where_the_act_leaves_out_a_check() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("data");
    let _up = Up::start(&home, &[]);
    let employer = ["apply", "001-S05/portal", "--as", "yerlan", "--for", "ertis-metal"];
    let (_, unpaid) = data(&home, &[&employer[..], &["--unpaid"]].concat());
    assert_eq!(
        (&unpaid["state"], &unpaid["reason"]),
        (&"refused".into(), &"DOCUMENTS_NOT_CONFORMING".into())
    );
    let procedure = |value: &Value| {
        let steps = value["steps"].as_array().unwrap().clone();
        steps.iter().filter(|step| step["kind"] == "procedure").count()
    };
    assert_eq!(procedure(&unpaid), 6);
    let (_, again) = data(&home, &[&employer[..], &["--procedure", "re-issue"]].concat());
    assert_eq!((&again["state"], procedure(&again)), (&"completed".into(), 5));
    let (_, nothing) = data(&home, &[&employer[..], &["--procedure", "nothing"]].concat());
    assert_eq!(nothing["reason"], "ENVELOPE_MALFORMED");

    // The portal of act 001 does not list the period of validity; the State corporation does.
    let compared = |flow: &str, flaw: &str| {
        let line =
            ["apply", flow, "--as", "bolat", "--flaw", flaw, "--compare-profiles", "--pending", "leave"];
        data(&home, &line).1
    };
    let portal = compared("001-S02/portal", "expired");
    assert_eq!(portal["profiles"]["strict"]["reason"], "CERTIFICATE_EXPIRED");
    assert_eq!(portal["profiles"]["as-written"]["passes"], true);
    assert_eq!((&portal["state"], &portal["reason"]), (&"refused".into(), &"CERTIFICATE_EXPIRED".into()));
    let desk = compared("001-S02/state-corporation", "expired");
    assert_eq!(desk["profiles"]["as-written"]["reason"], "CERTIFICATE_EXPIRED");
}

#[test]
fn every_refusal_of_every_gateway_flow_is_the_act_s() {
    assert!(check(|played| !played.args.is_empty() && medium(played.flow) == Medium::Gateway) > 100);
}

#[test]
fn every_refusal_at_an_office_is_the_act_s() {
    assert!(check(|played| !played.args.is_empty() && medium(played.flow) == Medium::Office) >= 20);
}

#[test]
fn a_channel_that_no_act_describes_is_refused() {
    assert!(check(|played| medium(played.flow) == Medium::Paper) > 10);
}

/// `eush acts coverage` over every run.
fn coverage() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers.json");
    let all: Vec<&Value> = PLAYED.iter().map(|played| &played.came).collect();
    std::fs::write(&answers, serde_json::to_string(&all).unwrap()).unwrap();
    let (status, coverage) = data(folder.path(), &["acts", "coverage", "--all", answers.to_str().unwrap()]);
    assert!(status.success());
    coverage
}

#[test]
fn every_item_and_branch_is_exercised_or_has_its_reason() {
    let coverage = coverage();
    assert_eq!(coverage["strangers"], serde_json::json!([]));
    let mut needed = vec![false; NOT_EXERCISED.len()];
    let mut left = Vec::new();
    let described = catalogue().flows().filter(|found| !found.flow.items.is_empty());
    for (found, measured) in described.zip(coverage["flows"].as_array().unwrap()) {
        assert_eq!(measured["flow"], found.flow.id.to_string());
        for (item, measured) in found.flow.items.iter().zip(measured["items"].as_array().unwrap()) {
            let Some(what) = not_exercised(measured) else { continue };
            let name = item.operation.name();
            let known = NOT_EXERCISED.iter().position(|(known, of, _)| *known == name && *of == what);
            match known {
                Some(index) => needed[index] = true,
                None => left.push(format!("{} {name} {}: {what}", found.flow.id, measured["reference"])),
            }
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
    for (entry, needed) in NOT_EXERCISED.iter().zip(needed) {
        assert!(needed, "no longer needed: {entry:?}");
    }
}

fn not_exercised(item: &Value) -> Option<&'static str> {
    match (item["executed"].as_u64(), &item["branches"]) {
        (Some(0), _) => Some("never executed"),
        (_, branches) if branches["failed"] == 0 => Some("never failed"),
        (_, branches) if branches["held"] == 0 => Some("never held"),
        _ => None,
    }
}

#[test]
fn the_table_of_coverage_is_the_one_in_the_documents() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers.json");
    let all: Vec<&Value> = PLAYED.iter().map(|played| &played.came).collect();
    std::fs::write(&answers, serde_json::to_string(&all).unwrap()).unwrap();
    let output = run(folder.path(), &["acts", "coverage", "--all", answers.to_str().unwrap()]);
    let table = String::from_utf8(output.stdout).unwrap();
    let exceptions: String =
        NOT_EXERCISED.iter().map(|(item, what, why)| format!("- `{item}`, {what}: {why}.\n")).collect();
    let reasons = if exceptions.is_empty() {
        "Every item and every branch is exercised.\n".to_owned()
    } else {
        format!("Not exercised, with the reason:\n\n{exceptions}")
    };
    let text = format!(
        "# What the suite exercises of the acts\n\nWritten by `gateway/cli/tests/binary/flows.rs` (`EUSH_BLESS=1`), which runs every \
         described channel to its result\nand into every branch, and measures with `eush acts coverage`.\n\n{reasons}\n```text\n{}\n```\n",
        table.trim_end()
    );
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../acts/COVERAGE.md");
    if std::env::var_os("EUSH_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "EUSH_BLESS=1 writes it anew");
}
