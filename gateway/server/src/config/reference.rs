//! The generated papers: `gateway/CONFIG.md` and the example with every key.

use super::environment::variable;
use super::sections::{ALL, Field, SENDER, Section};
use super::setting::toml_form;

/// Both papers, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// `gateway/CONFIG.md`.
    pub markdown: String,
    /// `docker/eush.full.toml`: every key with its default, commented out.
    pub full_toml: String,
}

/// Makes both papers from the declarations.
pub fn reference() -> Reference {
    Reference { markdown: markdown(), full_toml: full_toml() }
}

const AGENCIES: &str =
    "Where each agency system answers: its code, then an address. An address here replaces the mock.";

const ORGANIZATIONS: &str =
    "BINs of providers that the acts' data name by key. None by default: the synthetic population has them.";

fn trimmed(doc: &[&str]) -> impl Iterator<Item = String> {
    doc.iter().map(|line| line.trim().to_owned())
}

fn default_of(field: &Field) -> String {
    toml_form(field.default, field.list)
}

fn markdown() -> String {
    let mut out = String::from(
        "# Configuration of the gateway\n\n\
         Generated from `gateway/server/src/config/sections.rs`; do not edit.\n\n\
         One TOML file, and over it the environment: `EUSH_<SECTION>__<KEY>`, lists separated by commas.\n\
         Every fault is told at once, with key, value and what is expected.\n",
    );
    for section in ALL {
        out.push_str(&markdown_section(&section, |key| variable(section.name, key)));
    }
    out.push_str(&format!(
        "\n## `[agencies]`\n\n{AGENCIES}\n\n`gbdfl = \"http://127.0.0.1:7101\"`, or `EUSH_AGENCIES__GBDFL`.\n"
    ));
    out.push_str(&format!(
        "\n## `[organizations]`\n\n{ORGANIZATIONS}\n\n`<key> = \"<BIN>\"`, or `EUSH_ORGANIZATIONS__<KEY>`.\n"
    ));
    out.push_str(&markdown_section(&SENDER, |key| format!("EUSH_SENDERS__PORTAL__{}", key.to_uppercase())));
    out
}

fn markdown_section(section: &Section, variable: impl Fn(&str) -> String) -> String {
    let about: Vec<_> = trimmed(section.doc).collect();
    let mut out = format!("\n## `[{}]`\n\n{}\n", section.name, about.join(" "));
    for field in section.fields {
        let doc: Vec<_> = trimmed(field.doc).collect();
        out.push_str(&format!(
            "\n### `{}`\n\n{}\n\n- default: `{}`\n- takes: {}\n- environment: `{}`\n",
            field.key,
            doc.join(" "),
            default_of(field),
            (field.expected)(),
            variable(field.key),
        ));
    }
    out
}

fn full_toml() -> String {
    let mut out = String::from(
        "## Every key of the gateway with its default. Generated; see gateway/CONFIG.md.\n\
         ## Lines with one `#` can be uncommented as they are.\n",
    );
    for section in ALL {
        out.push_str(&toml_section(&section, "#"));
    }
    out.push_str(&format!("\n## {AGENCIES}\n#[agencies]\n## gbdfl = \"http://127.0.0.1:7101\"\n"));
    out.push_str(&format!("\n## {ORGANIZATIONS}\n#[organizations]\n"));
    // A sender's password has no default, so the example stays a comment when the rest is uncommented.
    out.push_str(&toml_section(&SENDER, "## "));
    out
}

fn toml_section(section: &Section, mark: &str) -> String {
    let mut out = String::from("\n");
    for line in trimmed(section.doc) {
        out.push_str(&format!("## {line}\n"));
    }
    out.push_str(&format!("{mark}[{}]\n", section.name));
    for field in section.fields {
        for line in trimmed(field.doc) {
            out.push_str(&format!("## {line}\n"));
        }
        out.push_str(&format!("{mark}{} = {}\n", field.key, default_of(field)));
    }
    out
}
