//! What may stand in a file: lengths, numbers, letters, links.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use eush_tidy::files;

/// Most lines of a Rust file. A file that must be longer is listed below with its reason.
const MOST_LINES: usize = 800;

/// Files over the limit, each with the reason. An entry that is no longer needed fails.
const LONG_FILES: &[(&str, &str)] = &[];

/// Where identification numbers may be written out: their one generator, and the tests of their checksum.
const NUMBER_FILES: &[&str] = &["proto/domain/src/synthetic/numbers.rs"];

#[test]
fn files_are_short_enough_to_read() {
    for (path, text) in files(&["rs"]) {
        let lines = text.lines().count();
        let excused = LONG_FILES.iter().any(|(file, _)| *file == path);
        if excused {
            assert!(lines > MOST_LINES, "{path} needs its exception no longer");
        } else {
            assert!(lines <= MOST_LINES, "{path} has {lines} lines, at most {MOST_LINES}: split it");
        }
    }
}

#[test]
fn identification_numbers_come_from_their_generator() {
    for (path, text) in files(&["rs", "toml", "yaml", "yml", "json", "md", "proto", "sh", "snap", "py"]) {
        if NUMBER_FILES.contains(&path.as_str()) || path == "Cargo.lock" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.') {
                let twelve = word.len() == 12 && word.bytes().all(|b| b.is_ascii_digit());
                assert!(
                    !twelve,
                    "{path}:{}: twelve digits look like an IIN or BIN; take them from eush_domain::synthetic",
                    number + 1
                );
            }
        }
    }
}

/// Rust source with comments, strings and characters blanked: what is left is code.
fn code_only(text: &str) -> String {
    let bytes: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut i = 0;
    while i < bytes.len() {
        let rest = |offset: usize| bytes.get(i + offset).copied().unwrap_or('\0');
        if rest(0) == '/' && rest(1) == '/' {
            while i < bytes.len() && bytes[i] != '\n' {
                i += 1;
            }
        } else if rest(0) == 'r' && (rest(1) == '"' || (rest(1) == '#' && matches!(rest(2), '"' | '#'))) {
            let hashes = bytes[i + 1..].iter().take_while(|c| **c == '#').count();
            let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body: String = bytes[i + 2 + hashes..].iter().collect();
            let length = body.find(&end).map_or(body.chars().count(), |at| body[..at].chars().count());
            i += 2 + hashes + length + end.len();
        } else if rest(0) == '"' {
            i += 1;
            while i < bytes.len() && bytes[i] != '"' {
                i += if bytes[i] == '\\' { 2 } else { 1 };
            }
            i += 1;
        } else if rest(0) == '\'' && rest(2) == '\'' && rest(1) != '\\' {
            i += 3;
        } else {
            code.push(bytes[i]);
            i += 1;
        }
    }
    code
}

#[test]
fn cyrillic_stands_in_texts_only() {
    for (path, text) in files(&["rs"]) {
        let found = code_only(&text).chars().find(|c| ('\u{0400}'..='\u{04ff}').contains(c));
        assert_eq!(found, None, "{path} has a Cyrillic letter outside strings and comments");
    }
}

#[test]
fn code_only_blanks_what_is_no_code() {
    let source = "let a = \"б\\\"б\"; // б\nlet c = 'б'; let r = r#\"б\"б\"#; let d = 1;";
    assert_eq!(code_only(source), "let a = ; \nlet c = ; let r = ; let d = 1;");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = eush_tidy::root();
    for (path, text) in files(&["md"]) {
        let folder = root.join(&path).parent().unwrap().to_path_buf();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") || file.starts_with("mailto:") {
                continue;
            }
            assert!(folder.join(file).exists(), "{path} links to {target}, which is not there");
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    let marks = ["todo!(", "unimplemented!(", concat!("FIX", "ME"), concat!("XX", "X:")];
    for (path, text) in files(&["rs", "proto", "toml"]) {
        if path.starts_with("tests/tidy/") || path == "clippy.toml" {
            continue;
        }
        for mark in marks {
            assert!(!text.contains(mark), "{path} says `{mark}`");
        }
    }
}

#[test]
fn protocol_files_follow_the_style() {
    for (path, text) in files(&["proto"]) {
        let package = text
            .lines()
            .find_map(|line| line.strip_prefix("package "))
            .unwrap_or_else(|| panic!("{path} has no package"))
            .trim_end_matches(';');
        let folder = format!("proto/{}/", package.replace('.', "/"));
        assert!(path.starts_with(&folder), "{path} must lie in {folder}");
        assert!(package.ends_with(".v1"), "{path}: package {package} has no version");
        let mut current_enum = None;
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("enum ") {
                current_enum = Some((screaming(name.trim_end_matches('{').trim()), 0));
            } else if line.starts_with('}') {
                current_enum = None;
            } else if let Some((prefix, seen)) = &mut current_enum
                && line.contains(" = ")
                && !line.starts_with("//")
            {
                let value = line.split(' ').next().unwrap_or_default();
                assert!(
                    value.starts_with(&format!("{prefix}_")),
                    "{path}: {value} must begin with {prefix}_"
                );
                if *seen == 0 {
                    assert!(
                        value.ends_with("_UNSPECIFIED"),
                        "{path}: the zero value of {prefix} must be _UNSPECIFIED"
                    );
                }
                *seen += 1;
            }
            if let Some(name) = line.strip_prefix("service ") {
                let name = name.trim_end_matches('{').trim();
                assert!(name.ends_with("Service"), "{path}: {name} must end with Service");
            }
            if let Some(call) = line.strip_prefix("rpc ") {
                let name = call.split('(').next().unwrap_or_default();
                assert!(call.contains(&format!("{name}Request)")), "{path}: {name} must take {name}Request");
                assert!(
                    call.contains(&format!("{name}Response)")),
                    "{path}: {name} must return {name}Response"
                );
            }
        }
    }
}

fn screaming(name: &str) -> String {
    let mut out = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_uppercase() && i > 0 {
            out.push('_');
        }
        out.extend(c.to_uppercase());
    }
    out
}
