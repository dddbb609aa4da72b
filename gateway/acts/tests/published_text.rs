//! The catalogue against the acts as published: what can be read off the texts is, and is compared with the data.
//!
//! The texts are no part of the repository. They are looked for in `EUSH_ACTS`, else in `../shared/acts` beside it;
//! where they are absent every test here passes and says that it compared nothing.
//!
//! Artefacts of the published texts that are evened out: Latin look-alikes inside Kazakh words, dashes of every kind,
//! letter-spaced words, words of links that stand at the end of their line, marks of Markdown.

use std::collections::BTreeMap;
use std::path::PathBuf;

use eush_acts::{
    Access, Act, ChannelFlow, Check, Item, Lines, Operation, Placement, Regulation, ResultSigner,
    ServiceForm, catalogue,
};
use eush_domain::{Channel, Term, TermUnit};

/// An act's text, evened out line by line.
struct Text {
    act: &'static Act,
    lines: Vec<String>,
}

/// What a paragraph starts with: its line, the printed number of the list and the label.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Start {
    line: u32,
    number: Option<String>,
    label: Option<String>,
}

/// The kinds of label that the acts print.
const KINDS: [&str; 4] = ["процесс", "үдеріс", "шарт", "іс-қимыл"];

fn folder() -> PathBuf {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/acts");
    std::env::var_os("EUSH_ACTS").map_or(beside, PathBuf::from)
}

/// Every act whose text is at hand.
#[expect(clippy::print_stderr, reason = "a test that compares nothing says so")]
fn texts() -> Vec<Text> {
    let folder = folder();
    let read = |act: &'static Act| {
        let text = std::fs::read_to_string(folder.join(&act.file)).ok()?;
        Some(Text { act, lines: text.lines().map(even_out).collect() })
    };
    let texts: Vec<Text> = catalogue().acts().iter().filter_map(read).collect();
    if texts.is_empty() {
        eprintln!("skipped: the published acts are not in {}; set EUSH_ACTS", folder.display());
    }
    texts
}

fn even_out(line: &str) -> String {
    let plain = |character: char| match character {
        'i' => 'і',
        'I' => 'І',
        'c' => 'с',
        'C' => 'С',
        'o' => 'о',
        'e' => 'е',
        'a' => 'а',
        'A' => 'А',
        'p' => 'р',
        '–' | '—' | '−' => '-',
        '«' | '»' | '“' | '”' => '"',
        '*' | '#' | '\t' => ' ',
        other => other,
    };
    line.chars().map(plain).collect()
}

/// A text without white space and marks: what is left of it when letter-spacing and line ends are gone.
fn squeezed(text: &str) -> String {
    let mut squeezed = String::new();
    let mut apart = false;
    for character in even_out(text).chars() {
        if character.is_whitespace() || matches!(character, '"' | '-') {
            apart = true;
            continue;
        }
        // Two numbers side by side, as in a row of a table, stay two.
        if apart && character.is_ascii_digit() && squeezed.ends_with(|c: char| c.is_ascii_digit()) {
            squeezed.push('|');
        }
        squeezed.push(character);
        apart = false;
    }
    squeezed
}

impl Text {
    fn line(&self, number: u32) -> &str {
        self.lines.get(number as usize - 1).map_or("", String::as_str)
    }

    fn between(&self, lines: Lines) -> String {
        let parts: Vec<&str> = (lines.first..=lines.last).map(|number| self.line(number)).collect();
        squeezed(&parts.concat())
    }

    fn regulations(&self) -> impl Iterator<Item = &'static Regulation> {
        let id = &self.act.id;
        catalogue().regulations().iter().filter(move |regulation| regulation.source.act == *id)
    }

    /// Whether a numbered paragraph or a heading starts here: `9. …`, `4-тарау. …`.
    fn is_paragraph(&self, number: u32) -> bool {
        let line = self.line(number).trim_start_matches([' ', '"']);
        let digits = line.chars().take_while(char::is_ascii_digit).count();
        let rest = &line[digits..];
        digits > 0 && (rest.starts_with(". ") || rest.starts_with("-тарау")) || line.starts_with("Ескерту")
    }

    /// From the paragraph that holds the first line to the end of the one that holds the last.
    fn paragraphs(&self, lines: Lines) -> Lines {
        let first = (1..=lines.first).rev().find(|&number| self.is_paragraph(number)).unwrap_or(1);
        let end = self.lines.len() as u32;
        let last = (lines.last + 1..=end).find(|&number| self.is_paragraph(number)).map_or(end, |n| n - 1);
        Lines { first, last }
    }

    /// Labels and numbers in the order of the text.
    fn starts(&self, lines: Lines) -> Vec<Start> {
        (lines.first..=lines.last).filter_map(|number| start(number, self.line(number))).collect()
    }
}

/// Reads `8) 5-процесс – …`, `1 - шарт – …`, `11) …`.
fn start(line: u32, text: &str) -> Option<Start> {
    let text = text.trim_start().trim_start_matches("- ");
    let (number, rest) = match leading_number(text) {
        Some((number, rest)) if rest.starts_with(')') => (Some(format!("{number})")), rest[1..].trim_start()),
        Some(_) | None => (None, text),
    };
    let label = leading_number(rest).and_then(|(number, rest)| {
        let word = rest.trim_start_matches([' ', '-']);
        let kind = KINDS.into_iter().find(|kind| word.starts_with(kind))?;
        // "1-іс-қимыл бойынша …" speaks of an action, and lists none.
        let after = word[kind.len()..].trim_start();
        let lists = after.starts_with('-') || kind == "іс-қимыл" && !after.starts_with("бойынша");
        // Act 001 prints one label without a dash.
        (lists || after.starts_with("көрсетілетін")).then(|| format!("{number}-{kind}"))
    });
    (number.is_some() || label.is_some()).then_some(Start { line, number, label })
}

fn leading_number(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| text.split_at(digits))
}

fn listed(flow: &ChannelFlow) -> Vec<&Item> {
    flow.items.iter().filter(|item| item.placement == Placement::InList).collect()
}

fn described() -> impl Iterator<Item = (&'static Regulation, &'static ChannelFlow)> {
    catalogue().flows().map(|resolved| (resolved.regulation, resolved.flow))
}

/// Labels and printed numbers, in order and at their lines, for every channel that has items.
#[test]
fn labels_and_numbers_stand_in_the_text_in_this_order() {
    for text in texts() {
        let mut compared = 0;
        for (regulation, flow) in described().filter(|(r, _)| r.source.act == text.act.id) {
            let items = listed(flow);
            let (Some(first), Some(last)) = (items.first(), items.last()) else { continue };
            let mut scope = text.paragraphs(Lines { first: first.lines.first, last: last.lines.last });
            scope.last = scope.last.min(regulation.source.lines.last);
            let ours: Vec<Start> = items
                .iter()
                .map(|item| Start {
                    line: item.lines.first,
                    number: item.number.clone(),
                    label: item.label.clone(),
                })
                .filter(|start| start.number.is_some() || start.label.is_some())
                .collect();
            let mut printed = text.starts(scope);
            // Where the list prints labels alone, numbers in its paragraph belong to another list.
            if ours.iter().all(|start| start.number.is_none()) {
                printed.retain(|start| start.label.is_some());
            }
            assert_eq!(ours, printed, "{}", flow.id);
            compared += ours.len();
        }
        assert!(compared > 0, "act {}", text.act.id);
    }
}

/// Every label that an act prints at the start of a paragraph is an item of some channel, and the reverse.
#[test]
fn no_label_of_an_act_is_left_out() {
    for text in texts() {
        let end = text.lines.len() as u32;
        let mut printed: BTreeMap<u32, String> = text
            .starts(Lines { first: 1, last: end })
            .into_iter()
            .filter_map(|start| Some((start.line, start.label?)))
            .collect();
        // Act 004 prints the office's actions again, in paragraph 8 of each regulation; other acts print none there.
        let again = |line: u32| {
            let header = (1..=line).rev().find(|&number| text.is_paragraph(number)).unwrap_or(1);
            text.act.id == "004" && text.line(header).trim_start().starts_with("8. ")
        };
        printed.retain(|&line, _| !again(line));
        let mut ours = BTreeMap::new();
        for regulation in text.regulations() {
            for item in regulation.channels.iter().flat_map(|flow| &flow.items) {
                ours.extend(item.label.clone().map(|label| (item.lines.first, label)));
            }
            // Where only the procedure has the labels, and no channel repeats them.
            for step in &regulation.procedure {
                ours.extend(step.label.clone().map(|label| (step.lines.first, label)));
            }
        }
        assert_eq!(ours, printed, "act {}", text.act.id);
        assert!(!printed.is_empty(), "act {}", text.act.id);
    }
}

/// A label whose printed shape is another one is printed in that shape.
#[test]
fn printed_shapes_are_the_acts() {
    for text in texts() {
        for (_, flow) in described().filter(|(r, _)| r.source.act == text.act.id) {
            for item in &flow.items {
                let Some(label) = item.printed.as_ref().or(item.label.as_ref()) else { continue };
                let line = text.line(item.lines.first);
                assert!(line.contains(label.as_str()), "{} {label}: {line}", flow.id);
            }
        }
    }
}

/// Names are the act's, letter by letter but for marks and white space.
#[test]
fn kazakh_names_stand_in_the_regulation() {
    for text in texts() {
        for regulation in text.regulations() {
            let name = squeezed(&regulation.names.kk);
            assert!(text.between(regulation.source.lines).contains(&name), "{}", regulation.id);
        }
    }
}

/// Forms and authorised signers are read off the words of the regulation.
#[test]
fn forms_and_signers_stand_in_the_text() {
    for text in texts() {
        for regulation in text.regulations() {
            let words = text.between(regulation.source.lines);
            let form = if words.contains("(толықавтоматтандырылған)") {
                ServiceForm::ElectronicFull
            } else if words.contains("(ішінараавтоматтандырылған)") {
                ServiceForm::ElectronicPartial
            } else if words.contains("нысаны:электрондықжәне(немесе)қағаз") {
                ServiceForm::Electronic
            } else {
                ServiceForm::Paper
            };
            assert_eq!(regulation.form, form, "{}", regulation.id);
            let authorized = ["уәкілеттітұлға", "уәкілеттіадам"].iter().any(|who| words.contains(who));
            let ours = regulation.results.iter().any(|r| r.signed_by == ResultSigner::AuthorizedPerson);
            assert!(!ours || authorized, "{}", regulation.id);
            // Where the text has an authorised person and a portal, that person signs some result.
            let electronic = regulation.channels.iter().any(|flow| flow.id.channel == Channel::Portal);
            assert!(ours || !authorized || !electronic, "{}", regulation.id);
        }
    }
}

/// Channels that an act expressly does not use are not in the data.
#[test]
fn channels_that_the_text_denies_are_absent() {
    for text in texts() {
        for regulation in text.regulations() {
            let words = text.between(regulation.source.lines);
            let has = |channel| regulation.channels.iter().any(|flow| flow.id.channel == channel);
            if words.contains("вебпорталыарқылыкөрсетілмейді") {
                assert!(!has(Channel::Portal), "{}", regulation.id);
            }
            if words.contains("мемлекеттіккорпорациясыменөзараісқимылқарастырылмаған")
            {
                assert!(!has(Channel::StateCorporation), "{}", regulation.id);
            }
        }
    }
}

/// Whether a squeezed text states a term.
fn states(text: &str, term: Term) -> bool {
    let units: &[&str] = match term.unit {
        TermUnit::Minute => &["минут"],
        TermUnit::Hour => &["сағат"],
        TermUnit::WorkingDay => &["жұмыскүн"],
        TermUnit::CalendarDay => &["күнтізбеліккүн", "күн"],
        TermUnit::Month => &["ай"],
        TermUnit::Second => &[],
    };
    let in_words = match (term.value, term.unit) {
        (1, TermUnit::Month) => text.contains("бірай"),
        (1, TermUnit::WorkingDay) => text.contains("біржұмыскүн"),
        _ => false,
    };
    let value = term.value.to_string();
    let follows = |rest: &str| {
        let rest = match rest.strip_prefix('(') {
            Some(words) => words.split_once(')').map_or("", |(_, after)| after),
            None => rest,
        };
        units.iter().any(|unit| rest.starts_with(unit))
    };
    let whole = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_digit());
    in_words || text.match_indices(&value).any(|(at, _)| whole(at) && follows(&text[at + value.len()..]))
}

/// Whether it states any term at all, in the form that the acts use for items.
fn states_any(text: &str) -> bool {
    let after = |at: usize| text[at..].split_once(')').map_or("", |(_, after)| after);
    text.match_indices('(').filter(|&(at, _)| text[..at].ends_with(|c: char| c.is_ascii_digit())).any(
        |(at, _)| {
            ["минут", "сағат", "жұмыскүн", "күнтізбеліккүн"].iter().any(|unit| after(at).starts_with(unit))
        },
    )
}

/// A sum such as "2 hours 30 minutes", which the data hold in the smaller unit and say so.
fn states_sum(text: &str, term: Term) -> bool {
    let part = |value, unit| Term { value, unit };
    term.unit == TermUnit::Minute
        && term.value > 60
        && states(text, part(term.value / 60, TermUnit::Hour))
        && states(text, part(term.value % 60, TermUnit::Minute))
}

#[track_caller]
fn check_term(what: &str, text: &Text, lines: Lines, term: Term) {
    let text = text.between(lines);
    // Two numbers side by side may be one number in letter-spaced print.
    let joined = text.replace('|', "");
    let found = [&text, &joined].iter().any(|text| states(text, term) || states_sum(text, term));
    assert!(found, "{what}: {term} not in {text}");
}

#[test]
fn durations_stand_in_the_text() {
    for text in texts() {
        for (_, flow) in described().filter(|(r, _)| r.source.act == text.act.id) {
            for item in &flow.items {
                let what = format!("{} {:?} {:?}", flow.id, item.number, item.label);
                for term in item.duration.into_iter().chain(item.otherwise.as_ref().map(|o| o.duration)) {
                    check_term(&what, &text, item.lines, term);
                }
                if item.duration.is_none() && item.label.is_some() {
                    assert!(!states_any(&text.between(item.lines)), "{what} has a duration in the text");
                }
            }
        }
        for regulation in text.regulations() {
            let variants = regulation.variants.iter().flat_map(|variant| &variant.steps);
            for step in regulation.procedure.iter().chain(variants) {
                let what = format!("{} step {}", regulation.id, step.number);
                for term in step.duration.into_iter().chain(step.otherwise.as_ref().map(|o| o.duration)) {
                    check_term(&what, &text, step.lines, term);
                }
            }
            for term in &regulation.terms {
                check_term(&format!("{} term", regulation.id), &text, term.lines, term.term);
            }
        }
    }
}

/// An item crosses the gateway exactly where its text names it.
#[test]
fn the_gateway_is_crossed_where_the_text_names_it() {
    for text in texts() {
        for (_, flow) in described().filter(|(r, _)| r.source.act == text.act.id) {
            for item in flow.items.iter().filter(|item| item.label.is_some()) {
                let words = text.between(item.lines);
                let named = ["ЭҮШ", "ЭҰШ", "шлюзіарқылы", "шлюзі("].iter().any(|name| words.contains(name));
                assert_eq!(item.via_gateway, named, "{} {:?}", flow.id, item.label);
            }
        }
    }
}

/// The certificate's checks are those of the text, in its order.
#[test]
fn checks_of_the_certificate_follow_the_text() {
    for text in texts() {
        for (_, flow) in described().filter(|(r, _)| r.source.act == text.act.id) {
            for item in flow.items.iter().filter(|item| item.operation == Operation::CheckCertificate) {
                let words = text.between(item.lines);
                let mut found: Vec<(usize, Check)> = [
                    (Check::Validity, ["қолданумерзімі", "қолданысмерзімі"]),
                    (Check::Revocation, ["тізімінде", "тізімінде"]),
                    (Check::Subject, ["сәйкестендіру", "сәйкестендіру"]),
                ]
                .into_iter()
                .filter_map(|(check, words_of_it)| {
                    words_of_it.iter().find_map(|word| words.find(word)).map(|at| (at, check))
                })
                .collect();
                found.sort_by_key(|(at, _)| *at);
                let found: Vec<Check> = found.into_iter().map(|(_, check)| check).collect();
                assert_eq!(item.checks, found, "{} {:?}", flow.id, item.label);
            }
        }
    }
}

/// Registers written or read by hand are named where the data say so.
#[test]
fn registers_by_hand_are_named_in_the_text() {
    let names = |code: &str| match code {
        "oralman" => ["Оралман", "Оралман"],
        "enbek" => ["Еңбекнарығы", "сәйкестендіру"],
        "eqa" => ["ЭҚА", "Электрондыққұжатайналым"],
        "shzhk" => ["ШЖК", "ЖШК"],
        "elicense" => ["Елицензиялау", "МДҚАЖ"],
        "monitoring" => ["мониторингі", "мониторингі"],
        other => panic!("{other} is no register that people use by hand"),
    };
    // The head's decision and the third spelling of one system; the check of 004-5 names it two actions earlier.
    let spelt_otherwise = |words: &str| words.contains("ШЖҚ") || words.contains("жұмыссызретіндетіркелгенін");
    for text in texts() {
        for regulation in text.regulations() {
            let items = regulation.channels.iter().flat_map(|flow| &flow.items);
            let items = items.filter(|item| item.access.is_some());
            let by_items = items.map(|item| (item.to[0].clone(), item.access, item.lines));
            let steps = regulation.variants.iter().flat_map(|variant| &variant.steps);
            let steps = regulation.procedure.iter().chain(steps);
            let by_steps = steps.filter_map(|step| {
                step.system.as_ref().map(|used| (used.system.clone(), Some(used.access), step.lines))
            });
            for (system, access, lines) in by_items.chain(by_steps) {
                let words = text.between(lines);
                let named = names(system.as_str()).iter().any(|name| words.contains(name));
                assert!(named || spelt_otherwise(&words), "{} {system} {lines:?}", regulation.id);
                assert!(
                    access != Some(Access::Sign) || words.contains("қолқояды"),
                    "{} {lines:?}",
                    regulation.id
                );
            }
        }
    }
}

#[test]
fn systems_are_printed_as_the_regulations_say() {
    let mut compared = 0;
    for text in texts() {
        for regulation in text.regulations() {
            for spelling in &regulation.spellings {
                let found = text.between(spelling.lines);
                let name = &regulation.alias;
                assert!(found.contains(&squeezed(&spelling.printed)), "{name}: {}", spelling.printed);
                let meant = catalogue().system_as_printed(regulation, &spelling.printed).unwrap();
                assert_eq!(meant.code, spelling.system, "{name}: {}", spelling.printed);
                compared += 1;
            }
        }
    }
    // Act 001 alone has them: the gateway's name in four services, and the foreign labour system's in one.
    assert!(compared == 0 || compared == 6, "{compared}");
}
