use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::*;

fn nothing() -> HashMap<String, String> {
    HashMap::new()
}

#[track_caller]
fn faults(text: &str, environment: &HashMap<String, String>) -> Vec<(String, String)> {
    match Config::parse(text, environment) {
        Err(ConfigError::Faults(faults)) => {
            faults.into_iter().map(|fault| (fault.key, fault.expected)).collect()
        }
        other => panic!("expected faults, got {other:?}"),
    }
}

#[test]
fn nothing_written_is_the_default() {
    assert_eq!(Config::parse("", &nothing()).unwrap(), Config::default());
}

#[test]
fn every_default_shows_as_it_is_declared() {
    let config = Config::default();
    let shown: Vec<_> = [
        config.gateway.rows(),
        config.management.rows(),
        config.store.rows(),
        config.bus.rows(),
        config.clock.rows(),
        config.certificates.rows(),
        config.revocation.rows(),
        config.agency.rows(),
        config.nastiness.rows(),
        config.limits.rows(),
    ]
    .concat();
    let declared: Vec<_> = sections::ALL
        .iter()
        .flat_map(|section| section.fields)
        .map(|field| (field.key, setting::toml_form(field.default, field.list)))
        .collect();
    assert_eq!(shown, declared);
}

#[test]
fn policies_deny_unless_told_otherwise() {
    let config = Config::default();
    assert_eq!(config.gateway.insecure, Allowance::Deny);
    assert_eq!(config.management.insecure, Allowance::Deny);
    assert_eq!(config.revocation.scope, Scope::Chain);
    assert_eq!(config.bus.profile, ProfileName::Strict);
}

#[test]
fn all_faults_are_told_at_once() {
    let text = r#"
        [gateway]
        listen = "here"
        [limits]
        in_flight = 0
        shutdown_grace = "3 weeks"
        [senders.PORTAL]
        kind = "cat"
    "#;
    let keys: Vec<_> = faults(text, &nothing()).into_iter().map(|(key, _)| key).collect();
    assert_eq!(
        keys,
        [
            "gateway.listen",
            "limits.in_flight",
            "limits.shutdown_grace",
            "senders.PORTAL.password",
            "senders.PORTAL.kind",
        ]
    );
}

#[test]
fn unknown_keys_are_told_with_the_nearest() {
    let text = "[gateway]\nlisen = \"x\"\n[limit]\n[senders.A]\npasword = \"x\"\n";
    assert_eq!(
        faults(text, &nothing()),
        [
            ("gateway.lisen".to_owned(), "a known key; did you mean `listen`?".to_owned()),
            ("limit".to_owned(), "a known section; did you mean `limits`?".to_owned()),
            ("senders.A.pasword".to_owned(), "a known key; did you mean `password`?".to_owned()),
        ]
    );
}

#[test]
fn environment_holds_over_the_file() {
    let environment = HashMap::from(
        [
            ("EUSH_GATEWAY__LISTEN", "127.0.0.1:0"),
            ("EUSH_AGENCIES__GBDFL", "http://127.0.0.1:9"),
            ("EUSH_SENDERS__STATE_CORPORATION__PASSWORD", "12345"),
            ("EUSH_SENDERS__STATE_CORPORATION__CHANNELS", "state-corporation, portal"),
            ("EUSH_LOG", "debug"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned())),
    );
    let text = "[gateway]\nlisten = \"127.0.0.1:1\"\n[senders.STATE-CORPORATION]\npassword = \"x\"\n";
    let config = Config::parse(text, &environment).unwrap();
    assert_eq!(config.gateway.listen.port(), 0);
    assert_eq!(config.agencies.keys().map(AgencyId::as_str).collect::<Vec<_>>(), ["gbdfl"]);
    let sender = &config.senders[&SenderId::parse("STATE-CORPORATION").unwrap()];
    assert_eq!(sender.password.expose(), "12345");
    assert_eq!(sender.channels.len(), 2);
}

#[test]
fn secrets_are_in_no_text() {
    let iin = eush_domain::synthetic::numbers::KNOWN_IINS[0].0;
    let text = format!("[senders.A]\npassword = \"open-sesame\"\noperators = [\"{iin}\"]\n");
    let config = Config::parse(&text, &nothing()).unwrap();
    for shown in [config.print(), format!("{config:?}")] {
        assert!(!shown.contains("open-sesame") && !shown.contains(iin), "{shown}");
    }
    let text = format!("[senders.A]\npassword = \"{}\"\n", "open-sesame".repeat(30));
    let error = Config::parse(&text, &nothing()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("open-sesame"));
}

#[test]
fn other_addresses_need_tls_and_senders_or_a_word() {
    let listen = "[gateway]\nlisten = \"0.0.0.0:7070\"\n";
    assert_eq!(faults(listen, &nothing())[0].0, "gateway.listen");
    let tls = format!("{listen}tls_certificate = \"a\"\ntls_key = \"b\"\n");
    assert_eq!(faults(&tls, &nothing())[0].0, "gateway.listen");
    let sender = "[senders.A]\npassword = \"x\"\n";
    assert!(Config::parse(&format!("{tls}{sender}"), &nothing()).is_ok());
    assert!(Config::parse(&format!("{listen}insecure = \"allow\"\n"), &nothing()).is_ok());
    assert_eq!(faults("[management]\nlisten = \"0.0.0.0:1\"\n", &nothing())[0].0, "management.listen");
    assert_eq!(faults("[agencies]\ngbdfl = \"https://a\"\n", &nothing())[0].0, "agencies.gbdfl");
    assert_eq!(faults("[revocation]\nurls = [\"https://a\"]\n", &nothing())[0].0, "revocation.urls");
    assert_eq!(faults("[gateway]\ntls_key = \"b\"\n", &nothing())[0].0, "gateway.tls_key");
}

#[test]
fn printed_configuration_reads_as_itself() {
    let text = "[limits]\nin_flight = 7\n[certificates]\ntrust = \"files\"\nanchors = [\"a\", \"b\"]\n\
                [agencies]\ngbdfl = \"http://127.0.0.1:9/\"\n[revocation]\nrefresh_before = \"90s\"\n";
    let config = Config::parse(text, &nothing()).unwrap();
    assert_eq!(Config::parse(&config.print(), &nothing()).unwrap(), config);
}

#[test]
fn spans_sizes_and_fingerprints() {
    use super::setting::Setting as _;
    for (text, expected) in
        [("500ms", Some("500ms")), ("90s", Some("90s")), ("120s", Some("2min")), ("0s", None)]
    {
        assert_eq!(Span::read(text).map(|span| span.show()).as_deref(), expected, "{text}");
    }
    for text in ["", "1", "25h", "1 s", "s", "99999999999999999999s"] {
        assert_eq!(Span::read(text), None, "{text}");
    }
    assert_eq!(ByteSize::read("8MiB").map(ByteSize::get), Some(8 << 20));
    for text in ["", "8", "8MB", "3GiB", "1B"] {
        assert_eq!(ByteSize::read(text), None, "{text}");
    }
    let print = Fingerprint::of(b"x");
    assert_eq!(Fingerprint::parse(&print.hex().to_uppercase()), Some(print));
    assert_eq!(Fingerprint::parse("+f"), None);
    assert_eq!(Url::parse("ftp://a"), None);
}

#[track_caller]
fn check_paper(path: &str, expected: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("EUSH_BLESS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "run the tests with EUSH_BLESS=1 to write {}", path.display());
}

#[test]
fn papers_are_up_to_date() {
    let reference = reference();
    check_paper("../CONFIG.md", &reference.markdown);
    check_paper("../../docker/eush.full.toml", &reference.full_toml);
}

#[test]
fn the_full_example_uncommented_is_the_default() {
    let text: Vec<String> = reference()
        .full_toml
        .lines()
        .filter(|line| !line.starts_with("##"))
        .map(|line| line.strip_prefix('#').unwrap_or(line).to_owned())
        .collect();
    let text = text.join("\n");
    assert!(text.contains("in_flight = 1024"), "{text}");
    assert_eq!(Config::parse(&text, &nothing()).unwrap(), Config::default());
}
