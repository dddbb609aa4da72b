use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_wire::adapter::v1 as adapter;
use eush_wire::bus::v1 as bus;
use eush_wire::registry::zhao::v1 as zhao;
use prost_types::Any;

use super::*;
use crate::SignerFacts;
use crate::script::{file, read_file};

struct World {
    population: Population,
    book: Book,
}

impl World {
    fn new(text: &str) -> Self {
        let world = Self { population: Population::new(1, Scheme::default()), book: Book::default() };
        world.add(text);
        world
    }

    fn add(&self, text: &str) -> Vec<String> {
        let read = read_file("a.yaml", text).unwrap();
        self.book.add(file(&read, &self.population).unwrap(), read.unmatched())
    }

    fn party(&self, key: &str) -> bus::Party {
        let digits = self.population.person(key).unwrap().iin.digits().to_owned();
        bus::Party { number: Some(bus::party::Number::Iin(digits)) }
    }

    fn info(message_id: &str) -> adapter::DeliveryInfo {
        adapter::DeliveryInfo {
            message_id: message_id.to_owned(),
            service_id: "GBDFL_Person".to_owned(),
            sender_id: "PORTAL".to_owned(),
            channel: bus::Channel::Portal.into(),
            attempt: 1,
            ..adapter::DeliveryInfo::default()
        }
    }

    fn lookup(&self, message_id: &str, about: &str) -> Asked {
        let request = adapter::LookupRequest {
            delivery: Some(Self::info(message_id)),
            about: Some(self.party(about)),
            request: None,
        };
        Asked::lookup("gbdfl", &request, &SignerFacts::default(), "0".repeat(32).as_str())
    }

    fn deliver(&self, family: usize) -> Asked {
        let member = zhao::FamilyMember { iin: String::new(), relation: "child".to_owned() };
        let form = zhao::Application { family: vec![member; family], ..zhao::Application::default() };
        let document = bus::Document {
            applicant: Some(self.party("aigerim")),
            form: Some(Any::from_msg(&form).unwrap()),
            ..bus::Document::default()
        };
        let signed = bus::SignedDocument {
            content: prost::Message::encode_to_vec(&document).into(),
            ..bus::SignedDocument::default()
        };
        let request = adapter::DeliverRequest { delivery: Some(Self::info("m-d")), document: Some(signed) };
        let signer = SignerFacts {
            serial: Some("0A1B".to_owned()),
            roles: vec!["individual".to_owned(), "employee".to_owned()],
            policies: vec!["1.2.398.3.3.2.1".to_owned()],
            ..SignerFacts::default()
        };
        Asked::deliver("zhao", &request, &signer, "")
    }

    fn find(&self, asked: &Asked) -> String {
        match self.book.find(asked, &self.population) {
            Found::Answer { id, answer } => format!("{id}: {answer:?}"),
            Found::Broken { id, fault } => format!("{id} is broken: {fault}"),
            Found::PassOn => "passed on".to_owned(),
            Found::Refuse => "refused".to_owned(),
        }
    }
}

#[test]
fn sequences_count_and_end() {
    let world = World::new(
        "scripts: [{id: down, when: {agency: gbdfl}, answers: [{times: 2, status: {code: unavailable}}, {times: 1, absent: {}}]}]",
    );
    let call = world.lookup("m", "aigerim");
    let met: Vec<String> = (0..4).map(|_| world.find(&call)).collect();
    assert!(met[0].starts_with("down: Status") && met[1] == met[0], "{met:?}");
    assert_eq!(met[2..], ["down: Absent", "passed on"]);
    let (states, _, unmatched) = world.book.list();
    assert_eq!((states[0].matched, states[0].left, unmatched), (3, Some(0), 1));
    assert_eq!(world.book.explain("m")[3].tried[0].verdict, TriedVerdict::Spent);
}

#[test]
fn priority_goes_before_age_and_the_newest_before_the_older() {
    let world = World::new(
        "scripts: [{id: high, priority: 1, when: {about: bolat}, answer: {absent: {}}}, {id: old, answer: {status: {code: internal}}}]",
    );
    assert!(world.find(&world.lookup("m", "aigerim")).starts_with("old: "));
    assert_eq!(world.add("scripts: [{id: new, answer: {absent: {}}}]"), Vec::<String>::new());
    assert_eq!(world.find(&world.lookup("m", "aigerim")), "new: Absent");
    assert_eq!(world.find(&world.lookup("m", "bolat")), "high: Absent");
    let tried = &world.book.explain("m")[1].tried;
    let verdicts: Vec<_> = tried.iter().map(|tried| (tried.id.as_str(), tried.verdict)).collect();
    assert_eq!(
        verdicts,
        [("new", TriedVerdict::Answered), ("old", TriedVerdict::Shadowed), ("high", TriedVerdict::Differs)]
    );
    assert_eq!(world.add("scripts: [{id: new, answer: {pass_on: {}}}]"), ["new"]);
    assert_eq!(world.find(&world.lookup("p", "aigerim")), "new: PassOn");
    assert_eq!(world.book.explain("p")[0].answered, None, "it decided that the agency decides");
    assert!(world.book.remove("new") && !world.book.remove("new"));
    assert_eq!(world.book.reset(), 2);
    assert_eq!(world.find(&world.lookup("m", "bolat")), "passed on");
}

#[test]
fn unmatched_calls_can_be_refused() {
    let world = World::new("unmatched: refuse");
    assert_eq!(world.find(&world.lookup("m", "aigerim")), "refused");
    world.add("scripts: [{id: a, when: {agency: gbdfl}, answer: {absent: {}}}]");
    assert_eq!(world.find(&world.deliver(0)), "refused", "what a file does not say stays as it is");
    assert_eq!(world.find(&world.lookup("m", "aigerim")), "a: Absent");
    world.add("unmatched: pass-on");
    assert_eq!(world.find(&world.deliver(0)), "passed on");
}

#[test]
fn conditions_hold_or_not() {
    let world = World::new("scripts: []");
    let call = world.deliver(3);
    for (condition, holds) in [
        ("form.family.size: {at_least: 3}", true),
        ("form.family.size: {above: 3}", false),
        ("form.family.size: {below: 4}", true),
        ("form.family.size: {at_most: 2}", false),
        ("form.family.size: 3", true),
        ("'form.family[*].relation': child", true),
        ("'form.family[0].relation': {not: child}", false),
        ("'form.family[7].relation': {present: false}", true),
        ("form.phone: ''", true),
        ("form.phone: {present: true}", false),
        ("signer.role: employee", true),
        ("signer.role: {one_of: [human-resources]}", false),
        ("signer.serial: '0a:1b'", true),
        ("signer.policy: {contains: '.398.'}", true),
        ("signer.iin: {present: false}", true),
        ("sender: {matches: '^PORT'}", true),
        ("channel: portal", true),
        ("channel: {not: {one_of: [portal, akim]}}", false),
        ("about: aigerim", true),
        ("about: {not: bolat}", true),
        ("document.applicant.iin: aigerim", true),
        ("attempt: 1", true),
        ("kind: lookup", false),
    ] {
        world.book.reset();
        world.add(&format!(
            "scripts: [{{id: a, when: {{{condition}}}, answer: {{status: {{code: aborted}}}}}}]"
        ));
        assert_eq!(world.find(&call).starts_with("a: "), holds, "{condition}");
    }
}

#[test]
fn what_differs_is_told_without_personal_data() {
    let world = World::new(
        "scripts:
- {id: far, when: {agency: enis, about: bolat, sender: PORTAL}, answer: {absent: {}}}
- {id: close, when: {agency: gbdfl, about: bolat}, answer: {absent: {}}}
- {id: other, when: {agency: zhao}, answer: {accepted: {}}}",
    );
    assert_eq!(world.find(&world.lookup("m-1", "aigerim")), "passed on");
    let explained = world.book.explain("m-1");
    let tried: Vec<_> = explained[0].tried.iter().map(|tried| tried.id.as_str()).collect();
    assert_eq!(tried, ["close", "other", "far"]);
    let difference = &explained[0].tried[0].differences[0];
    assert_eq!(
        (difference.path.as_str(), difference.expected.as_str(), difference.found.as_str()),
        ("about", "bolat", "aigerim")
    );
    assert_eq!(explained[0].tried[1].differences[0].path, "kind", "answers for deliveries answer no lookup");
    let numbers =
        ["aigerim", "bolat"].map(|key| world.population.person(key).unwrap().iin.digits().to_owned());
    let text = format!("{explained:?}");
    assert!(numbers.iter().all(|number| !text.contains(number.as_str())), "{text}");
    assert!(world.book.explain("m-2").is_empty());
}

#[test]
fn a_snapshot_keeps_scripts_counts_and_order() {
    let world = World::new(
        "unmatched: refuse\npeople: {he: bolat}\nscripts: [{id: a, when: {about: he}, answers: [{times: 1, absent: {}}, {status: {code: internal}}]}, {id: b, when: {sender: X}, answer: {absent: {}}}]",
    );
    assert_eq!(world.find(&world.lookup("m", "bolat")), "a: Absent");
    let saved = world.book.export();
    let text = serde_json::to_string(&saved).unwrap();
    let other = World::new("scripts: [{id: c, answer: {absent: {}}}]");
    other.book.import(&serde_json::from_str(&text).unwrap(), &other.population).unwrap();
    assert_eq!(other.book.export(), saved);
    assert!(other.find(&other.lookup("m", "bolat")).starts_with("a: Status"));
    assert_eq!(other.find(&other.lookup("m", "aigerim")), "refused");
    let broken = BookState { scripts: vec![SavedScript { file: "0".to_owned(), matched: 0 }], ..saved };
    assert!(other.book.import(&broken, &other.population).is_err());
    assert_eq!(other.book.list().0.len(), 2, "the book is as it was");
}

#[test]
fn counts_that_rose_are_told_once_and_caught_up_with() {
    let text = "scripts: [{id: a, when: {about: bolat}, answers: [{times: 2, absent: {}}, {status: {code: internal}}]}]";
    let world = World::new(text);
    let saved = world.book.export();
    assert!(world.book.unsaved().is_empty());
    for about in ["bolat", "bolat", "aigerim"] {
        let _ = world.find(&world.lookup("m", about));
    }
    let risen = world.book.unsaved();
    assert_eq!(risen, [("a".to_owned(), 2), (String::new(), 1)]);
    assert!(world.book.unsaved().is_empty());
    // Whoever has the state of before and what rose since goes on where this one stands.
    let other = World::new(text);
    other.book.import(&saved, &other.population).unwrap();
    other.book.catch_up(risen.iter().map(|(id, count)| (id.as_str(), *count)));
    other.book.catch_up([("a", 1), ("gone", 9)]);
    assert!(other.find(&other.lookup("m", "bolat")).starts_with("a: Status"));
    assert_eq!(other.book.list().2, 1);
}
