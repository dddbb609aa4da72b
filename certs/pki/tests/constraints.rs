//! Policies and name constraints along a chain, each rule by a chain that keeps it and one that breaks it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use eush_pki::chain::{ChainPolicy, Inhibit, PolicyInputs, PolicySet, Rules, check};
use eush_pki::{Certificate, Trust};
use eush_sign::asn1::{tag, writer};
use support::*;

const ANY: &str = "2.5.29.32.0";
const P1: &str = "1.2.398.3.3.2";
const P2: &str = "1.2.398.3.3.2.1";
const P3: &str = "1.2.398.3.3.2.3";

fn policies(oids: &[&str]) -> Extension {
    let list = writer::sequence(oids.iter().map(|one| writer::sequence([writer::oid(&oid(one))])));
    Extension(oid("2.5.29.32"), false, list)
}

fn mappings(pairs: &[(&str, &str)]) -> Extension {
    let pair = |(from, to): &(&str, &str)| writer::sequence([writer::oid(&oid(from)), writer::oid(&oid(to))]);
    Extension(oid("2.5.29.33"), true, writer::sequence(pairs.iter().map(pair)))
}

fn policy_constraints(require: Option<u8>, inhibit: Option<u8>) -> Extension {
    let mut parts = Vec::new();
    parts.extend(require.map(|skip| writer::tlv(tag::context(0), &[skip])));
    parts.extend(inhibit.map(|skip| writer::tlv(tag::context(1), &[skip])));
    Extension(oid("2.5.29.36"), true, writer::sequence(parts))
}

fn inhibit_any(skip: u64) -> Extension {
    Extension(oid("2.5.29.54"), true, writer::integer(skip))
}

/// The fault of a chain root, middle, issuing, leaf with these extensions; `None` where it holds.
#[track_caller]
fn fault(
    middle: &[Extension],
    issuing: &[Extension],
    leaf: &[Extension],
    inputs: PolicyInputs,
) -> Option<String> {
    let with = |mut draft: Draft, extensions: &[Extension]| {
        for extension in extensions {
            draft = draft.with(extension.clone());
        }
        draft
    };
    let root = authority_draft("root", "root", 1).sign();
    let middle = with(authority_draft("middle", "root", 3), middle).sign();
    let issuing = with(authority_draft("issuing", "middle", 2), issuing).sign();
    let leaf = with(leaf_draft(), leaf).sign();
    judge(&leaf, vec![root], vec![middle, issuing], inputs)
}

fn judge(
    leaf: &Certificate,
    roots: Vec<Certificate>,
    rest: Vec<Certificate>,
    inputs: PolicyInputs,
) -> Option<String> {
    let policy = ChainPolicy { policies: inputs, rules: Rules::Rfc5280, ..ChainPolicy::default() };
    match check(leaf, &Trust::new(roots, rest), &[], AT, &policy) {
        Ok(_) => None,
        Err(failure) => failure.evidence.iter().find(|row| row.0 == "fault").map(|row| row.1.clone()),
    }
}

fn inputs(initial: &[&str]) -> PolicyInputs {
    let initial: Vec<_> = initial.iter().map(|one| oid(one)).collect();
    PolicyInputs {
        initial: PolicySet::of(&initial).unwrap(),
        require_explicit: Inhibit::Yes,
        ..PolicyInputs::default()
    }
}

fn broken() -> Option<String> {
    Some("policies".to_owned())
}

#[test]
fn without_demands_policies_are_free() {
    let free = PolicyInputs::default();
    assert_eq!(fault(&[], &[], &[], free), None);
    assert_eq!(fault(&[policies(&[P1])], &[policies(&[P2])], &[], free), None);
}

#[test]
fn an_explicit_policy_must_run_through_the_whole_path() {
    let through =
        |leaf: &[&str]| fault(&[policies(&[P1, P2])], &[policies(&[P1])], &[policies(leaf)], inputs(&[]));
    assert_eq!(through(&[P1]), None);
    assert_eq!(through(&[P1, P3]), None);
    assert_eq!(through(&[P2]), broken());
    assert_eq!(fault(&[policies(&[P1])], &[], &[policies(&[P1])], inputs(&[])), broken());
    assert_eq!(fault(&[policies(&[P1])], &[policies(&[P1])], &[], inputs(&[])), broken());
}

#[test]
fn the_user_chooses_among_policies() {
    let path = |initial: &[&str]| {
        fault(&[policies(&[P1, P2])], &[policies(&[P1, P2])], &[policies(&[P1])], inputs(initial))
    };
    assert_eq!(path(&[P1]), None);
    assert_eq!(path(&[P3, P1]), None);
    assert_eq!(path(&[P2]), broken());
    assert_eq!(path(&[ANY]), None);
}

#[test]
fn any_policy_stands_for_all_until_it_is_inhibited() {
    let path = |inhibit: &[Extension], initial| {
        let middle = [&[policies(&[ANY])], inhibit].concat();
        fault(&middle, &[policies(&[ANY])], &[policies(&[P1])], inputs(initial))
    };
    assert_eq!(path(&[], &[P1]), None);
    assert_eq!(path(&[], &[P2]), broken());
    assert_eq!(path(&[inhibit_any(0)], &[P1]), broken());
    assert_eq!(path(&[inhibit_any(1)], &[P1]), None);
    let all_any = |any_policy| {
        let inputs = PolicyInputs { any_policy, ..inputs(&[P1]) };
        fault(&[policies(&[ANY])], &[policies(&[ANY])], &[policies(&[ANY])], inputs)
    };
    assert_eq!(all_any(Inhibit::No), None);
    assert_eq!(all_any(Inhibit::Yes), broken());
}

#[test]
fn certificates_can_demand_an_explicit_policy() {
    let demand = |skip: u8| fault(&[policy_constraints(Some(skip), None)], &[], &[], PolicyInputs::default());
    assert_eq!(demand(0), broken());
    assert_eq!(demand(1), broken());
    assert_eq!(demand(2), broken());
    assert_eq!(demand(3), None);
    let leaf = |skip| fault(&[], &[], &[policy_constraints(Some(skip), None)], PolicyInputs::default());
    assert_eq!((leaf(0), leaf(1)), (broken(), None));
}

#[test]
fn policies_are_mapped_until_mapping_is_inhibited() {
    let path = |middle: &[Extension], initial: &[&str], mapping| {
        let middle = [&[policies(&[P1])], middle].concat();
        let issuing = [policies(&[P1]), mappings(&[(P1, P2)])];
        let inputs = PolicyInputs { mapping, ..inputs(initial) };
        fault(&middle, &issuing, &[policies(&[P2])], inputs)
    };
    assert_eq!(path(&[], &[P1], Inhibit::No), None);
    // The user's policies are those of the anchor's domain.
    assert_eq!(path(&[], &[P2], Inhibit::No), broken());
    assert_eq!(path(&[], &[P1], Inhibit::Yes), broken());
    assert_eq!(path(&[policy_constraints(None, Some(0))], &[P1], Inhibit::No), broken());
    assert_eq!(path(&[policy_constraints(None, Some(1))], &[P1], Inhibit::No), None);
    // A mapping from what only anyPolicy stands for makes the policy explicit.
    let from_any = fault(
        &[policies(&[ANY])],
        &[policies(&[ANY]), mappings(&[(P1, P2)])],
        &[policies(&[P2])],
        inputs(&[P1]),
    );
    assert_eq!(from_any, None);
    let of_any = fault(
        &[policies(&[ANY])],
        &[policies(&[ANY]), mappings(&[(ANY, P2)])],
        &[policies(&[P2])],
        PolicyInputs::default(),
    );
    assert_eq!(of_any, broken());
}

#[test]
fn a_chain_made_to_grow_stays_small() {
    // Every certificate maps every policy to every other: the old tree would have 40^12 leaves.
    let oids: Vec<String> = (0..40).map(|n| format!("1.2.398.3.3.77.{n}")).collect();
    let oids: Vec<&str> = oids.iter().map(String::as_str).collect();
    let pairs: Vec<(&str, &str)> =
        oids.iter().flat_map(|a| oids.iter().take(6).map(move |b| (*a, *b))).collect();
    let authority = |name: &str, issuer: &str, serial| {
        authority_draft(name, issuer, serial).with(policies(&oids)).with(mappings(&pairs)).sign()
    };
    let mut names = vec!["root".to_owned()];
    let mut authorities = Vec::new();
    for level in 0..12 {
        let name = if level == 11 { "issuing".to_owned() } else { format!("level {level}") };
        authorities.push(authority(&name, &names[level], u8::try_from(level + 10).unwrap()));
        names.push(name);
    }
    let leaf = leaf_draft().with(policies(&oids)).sign();
    let policy = ChainPolicy { max_length: 20, policies: inputs(&[]), ..ChainPolicy::default() };
    let trust = Trust::new(vec![authority_draft("root", "root", 1).sign()], authorities);
    assert!(check(&leaf, &trust, &[], AT, &policy).is_ok());
    let policy = ChainPolicy { max_length: 10, ..policy };
    assert!(check(&leaf, &trust, &[], AT, &policy).is_err(), "longer than allowed");
}

// --- names ---------------------------------------------------------------------------------------------------------

fn dns(name: &str) -> Vec<u8> {
    writer::tlv(tag::context(2), name.as_bytes())
}

fn email(name: &str) -> Vec<u8> {
    writer::tlv(tag::context(1), name.as_bytes())
}

fn uri(name: &str) -> Vec<u8> {
    writer::tlv(tag::context(6), name.as_bytes())
}

fn ip(bytes: &[u8]) -> Vec<u8> {
    writer::tlv(tag::context(7), bytes)
}

fn directory(name: &Name) -> Vec<u8> {
    writer::explicit(4, &encode_name(name))
}

fn name_constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Extension {
    let trees = |number: u8, names: &[Vec<u8>]| {
        let list = names.iter().map(|name| writer::sequence([name]));
        (!names.is_empty()).then(|| writer::constructed(tag::context_constructed(number), list))
    };
    let parts: Vec<_> = [trees(0, permitted), trees(1, excluded)].into_iter().flatten().collect();
    Extension(oid("2.5.29.30"), true, writer::sequence(parts))
}

fn alternatives(names: &[Vec<u8>]) -> Extension {
    Extension(oid("2.5.29.17"), false, writer::sequence(names))
}

#[test]
fn names_lie_within_permitted_and_outside_excluded_trees() {
    let cases: [(&str, Vec<u8>, Vec<u8>, bool); 26] = [
        ("host", dns("a.kz"), dns("a.kz"), true),
        ("below", dns("a.kz"), dns("b.a.kz"), true),
        ("case", dns("A.kz"), dns("b.a.KZ"), true),
        ("label boundary", dns("a.kz"), dns("ba.kz"), false),
        ("all hosts", dns(""), dns("b.kz"), true),
        ("dot: below only", dns(".a.kz"), dns("a.kz"), false),
        ("dot: below", dns(".a.kz"), dns("b.a.kz"), true),
        ("mailbox", email("x@a.kz"), email("x@A.kz"), true),
        ("other mailbox", email("x@a.kz"), email("y@a.kz"), false),
        ("mail host", email("a.kz"), email("y@a.kz"), true),
        ("mail host, below", email("a.kz"), email("y@b.a.kz"), false),
        ("mail domain", email(".a.kz"), email("y@b.a.kz"), true),
        ("mail domain itself", email(".a.kz"), email("y@a.kz"), false),
        ("uri host", uri("a.kz"), uri("https://u:p@a.kz:8443/x?y"), true),
        ("uri host, below", uri("a.kz"), uri("https://b.a.kz/"), false),
        ("uri domain", uri(".a.kz"), uri("https://b.a.kz"), true),
        ("uri with an address", uri("a.kz"), uri("https://10.0.0.1/"), false),
        ("uri without a host", uri("a.kz"), uri("mailto:x@a.kz"), false),
        ("network", ip(&[10, 0, 0, 0, 255, 0, 0, 0]), ip(&[10, 9, 8, 7]), true),
        ("other network", ip(&[10, 0, 0, 0, 255, 0, 0, 0]), ip(&[11, 9, 8, 7]), false),
        ("twelve bits", ip(&[10, 16, 0, 0, 255, 240, 0, 0]), ip(&[10, 31, 8, 7]), true),
        ("mask with a hole", ip(&[10, 0, 0, 0, 255, 0, 255, 0]), ip(&[10, 9, 0, 7]), false),
        ("other family", ip(&[10, 0, 0, 0, 255, 0, 0, 0]), ip(&[10; 16]), false),
        ("directory", directory(&vec![]), directory(&common_name("x")), true),
        ("directory itself", directory(&common_name("X  y")), directory(&common_name("x Y")), true),
        (
            "registered id, unread",
            writer::tlv(tag::context(8), &[0x2a]),
            writer::tlv(tag::context(8), &[0x2a]),
            false,
        ),
    ];
    for (name, tree, alternative, inside) in cases {
        let leaf = [alternatives(std::slice::from_ref(&alternative))];
        let outcome = |constraints| fault(&[constraints], &[], &leaf, PolicyInputs::default()).is_none();
        // The subject itself is constrained by directory trees too, so it is let through where they are permitted.
        let subject = directory(&leaf_draft().subject);
        let issuing = directory(&common_name("issuing"));
        let permitted = if tree[0] == tag::context_constructed(4) {
            vec![tree.clone(), subject, issuing]
        } else {
            vec![tree.clone()]
        };
        assert_eq!(outcome(name_constraints(&permitted, &[])), inside, "permitted: {name}");
        let unread = matches!(tree[0] & 0x1f, 8) || name.contains("hole") || name.starts_with("uri with");
        let excluded_passes = !inside && !unread;
        if name != "directory" {
            assert_eq!(outcome(name_constraints(&[], &[tree])), excluded_passes, "excluded: {name}");
        }
    }
}

/// RFC 9598: a mailbox with other letters than ASCII is a mailbox to constraints on mail, under whatever form it hides.
#[test]
fn mailboxes_in_other_letters_are_constrained_as_mail() {
    let mailbox = |text: &str| {
        let value = writer::explicit(0, &writer::utf8(text));
        writer::constructed(tag::context_constructed(0), [writer::oid(&oid("1.3.6.1.5.5.7.8.9")), value])
    };
    let outcome = |constraints: Extension, name: &str| {
        fault(&[constraints], &[], &[alternatives(&[mailbox(name)])], PolicyInputs::default()).is_none()
    };
    assert!(outcome(name_constraints(&[email("a.kz")], &[]), "Әйгерім@a.kz"));
    assert!(!outcome(name_constraints(&[email("a.kz")], &[]), "Әйгерім@b.kz"));
    assert!(!outcome(name_constraints(&[], &[email("b.kz")]), "Әйгерім@b.kz"));
    assert!(outcome(name_constraints(&[], &[email("b.kz")]), "Әйгерім@a.kz"));
}

/// A wildcard is outside of an excluded host and stands for it all the same.
#[test]
fn wildcards_do_not_reach_excluded_hosts() {
    let outcome = |excluded: &str, name: &str| {
        let constraints = name_constraints(&[], &[dns(excluded)]);
        fault(&[constraints], &[], &[alternatives(&[dns(name)])], PolicyInputs::default()).is_none()
    };
    assert!(!outcome("bad.a.kz", "*.a.kz"));
    assert!(!outcome("bad.a.kz", "*.A.kz"));
    assert!(!outcome("a.kz", "*.a.kz"));
    assert!(outcome("bad.a.kz", "*.b.kz"));
    assert!(outcome("a.kz", "*.ba.kz"));
}

#[test]
fn other_forms_are_not_constrained() {
    let leaf = [alternatives(&[dns("b.kz")])];
    assert_eq!(fault(&[name_constraints(&[email("a.kz")], &[])], &[], &leaf, PolicyInputs::default()), None);
}

#[test]
fn subjects_are_constrained_by_directory_trees() {
    let names = Some("name-constraints".to_owned());
    let permit = |name: &str| [name_constraints(&[directory(&common_name(name))], &[])];
    assert_eq!(fault(&permit("elsewhere"), &[], &[], PolicyInputs::default()), names);
    let exclude = [name_constraints(&[], &[directory(&common_name("issuing"))])];
    assert_eq!(fault(&exclude, &[], &[], PolicyInputs::default()), names);
    // An address in the subject counts where no alternative name has one.
    let mut draft = leaf_draft();
    draft.subject.push((oid("1.2.840.113549.1.9.1"), "x@b.kz".to_owned()));
    draft.issuer = common_name("middle");
    draft.signer = "middle".to_owned();
    let draft = draft.with(authority_key_id(b"middle"));
    let middle = authority_draft("middle", "root", 3).with(name_constraints(&[email("a.kz")], &[])).sign();
    let roots = vec![root_draft().sign()];
    assert_eq!(judge(&draft.sign(), roots.clone(), vec![middle.clone()], PolicyInputs::default()), names);
    let with_alternative = draft.with(alternatives(&[email("x@a.kz")]));
    assert_eq!(judge(&with_alternative.sign(), roots, vec![middle], PolicyInputs::default()), None);
}

#[test]
fn kazakh_names_are_compared_by_their_encoding() {
    let mut draft = leaf_draft();
    draft.issuer = common_name("ISSUING");
    let (roots, rest) = (vec![root_draft().sign()], vec![issuing_draft().sign()]);
    assert_eq!(judge(&draft.sign(), roots.clone(), rest.clone(), PolicyInputs::default()), None);
    let policy = ChainPolicy::default();
    let kz = check(&draft.sign(), &Trust::new(roots, rest), &[], AT, &policy);
    assert_eq!(kz.unwrap_err().rejection, eush_domain::Rejection::IssuerUnknown);
}
