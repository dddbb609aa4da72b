//! `gateway/NASTINESS.md` is generated from the table of knobs, the profiles and the people whose number is magic.
//! `EUSH_BLESS=1 cargo test -p eush-domain` writes it anew.

use std::fmt::Write as _;

use eush_domain::faults::knob::KNOBS;
use eush_domain::faults::{NastinessProfile, Trigger};
use eush_domain::synthetic::magic::MAGIC;

const HEAD: &str = "# Nastiness: faults on purpose\n\n\
    Generated from `proto/domain/src/faults` by `EUSH_BLESS=1 cargo test -p eush-domain`. Do not edit.\n\n\
    A **knob** is a kind of fault. A **fault** of `eush fault add` turns a knob on for some calls of one bus, the shared one \
    or a test session's:\n\n\
    ```sh\n\
    eush fault knobs latency                                            # what can be set\n\
    eush fault add status --agency enbek --when first:2                 # down for two calls, then well\n\
    eush fault add latency --set distribution=log-normal --set millis=200 --when 10%\n\
    eush fault add reset-before-headers --method Send --person aigerim  # taken, and the answer lost\n\
    eush fault add hold --method Deliver && eush fault held && eush fault release\n\
    eush fault list && eush fault log && eush fault reset\n\
    eush up --nastiness realistic --knob status=5                       # from the first call on\n\
    eush fault profile hostile --knob hold=0                            # while it runs\n\
    ```\n\n\
    - **Which calls**: by place (`gateway`: calls to the bus; `agency`: calls of the bus), public service, channel, gRPC \
    method, agency, sender, person, message. What is not said is not asked.\n";

const MIDDLE: &str = "- **The same request meets the same fate**: a percentage draws from a stream made of seed, knob, method and message \
    id, whatever else is in flight. With `/attempt`, as in the profiles, a message that is tried again draws anew.\n\
    - **Zero per cent changes nothing**: such a fault draws nothing and leaves no mark.\n\
    - **Nothing opens a check**: faults strike before a message is looked at, or after it has been answered.\n\
    - **Nothing that was taken is lost**: what was answered and not heard is answered the same when it is sent again; an \
    agency that did not answer is asked again under the same message id.\n\
    - **Told**: `eush journal MESSAGE_ID` and `eush fault log` have rule, knob and what chance gave; the metadata \
    `eush-faults` names every fault that struck the call, `eush-decided-by: fault/<id>` the one that decided it.\n\
    - Faults of an agency's answer on the wire are ordered with the call, by the request header `eush-fault`, and carried \
    out by the agency. Agencies made with the adapter kit obey; for others everything else works.\n";

fn reference() -> String {
    let mut out = String::from(HEAD);
    let _ = writeln!(out, "- **Which of them**: {}.", Trigger::EXPECTED);
    out.push_str(MIDDLE);
    out.push_str("\n## Knobs\n");
    for facts in KNOBS {
        let places: Vec<_> = facts.places.iter().map(|place| format!("`{place}`")).collect();
        let _ = write!(
            out,
            "\n### `{}`\n\n{}\n\nAt {}. Liberty: {}\n",
            facts.knob,
            facts.does,
            places.join(" and "),
            facts.liberty
        );
        if !facts.parameters.is_empty() {
            out.push_str("\n| parameter | default | expected | what it does |\n| --- | --- | --- | --- |\n");
        }
        for parameter in facts.parameters {
            let default =
                if parameter.default.is_empty() { String::new() } else { format!("`{}`", parameter.default) };
            let _ = writeln!(
                out,
                "| `{}` | {default} | {} | {} |",
                parameter.name, parameter.expected, parameter.does
            );
        }
    }
    out.push_str(
        "\n## Profiles\n\nShares of calls in per cent. `calm`, the default, has none. Single knobs override: \
         `nastiness.knobs` in the configuration, `--knob` on the command line.\n\n\
         | knob | `realistic` | `hostile` | parameters |\n| --- | --- | --- | --- |\n",
    );
    for facts in KNOBS.iter().filter(|facts| facts.hostile > 0) {
        let parameters = |profile: NastinessProfile| {
            let set = profile.parameters(facts.knob);
            let set: Vec<_> = set.iter().map(|(name, value)| format!("{name}={value}")).collect();
            if set.is_empty() { String::new() } else { format!("{profile}: {}", set.join(" ")) }
        };
        let parameters = [NastinessProfile::Realistic, NastinessProfile::Hostile].map(parameters);
        let parameters: Vec<_> = parameters.iter().filter(|text| !text.is_empty()).cloned().collect();
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            facts.knob,
            facts.realistic,
            facts.hostile,
            parameters.join("; ")
        );
    }
    out.push_str(
        "\n## People whose number is magic\n\nFor tests that can set nothing but an IIN. Their numbers do not depend on the \
         seed; `eush people --magic` prints them with passwords. Each is as good as Aigerim for 000-A in everything but the \
         one thing.\n\n| key | what somebody learns who applies | the one thing |\n| --- | --- | --- |\n",
    );
    for magic in MAGIC {
        let reason = if magic.reason.is_empty() { String::new() } else { format!("`{}`", magic.reason) };
        let _ = writeln!(out, "| `{}` | {reason} | {} |", magic.key, magic.purpose.en);
    }
    out
}

#[test]
fn nastiness_md_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../gateway/NASTINESS.md");
    let expected = reference();
    if std::env::var_os("EUSH_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "gateway/NASTINESS.md is out of date: run `EUSH_BLESS=1 cargo test -p eush-domain`"
    );
}
