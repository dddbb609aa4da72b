//! `proto/ERRORS.md` is generated from the table of rejections. `EUSH_BLESS=1 cargo test -p eush-domain` writes it anew.

use std::fmt::Write as _;

use eush_domain::{Rejection, Retry, Stage};

fn reference() -> String {
    let mut out = String::from(
        "# Reasons for which the bus refuses\n\n\
         Generated from `proto/domain/src/rejection` by `EUSH_BLESS=1 cargo test -p eush-domain`. Do not edit.\n\n\
         On the wire a refusal is a gRPC status with `google.rpc.ErrorInfo` (domain `eush.kz`); the order of the details \
         stands in `eush/bus/v1/rejection.proto`.\nOf several failures the one of the earliest stage is told. The acts do \
         not tell the causes within one message class apart: our reason stands beside the act's message.\n",
    );
    for stage in Stage::ALL {
        let rows: Vec<_> =
            Rejection::ALL.into_iter().map(Rejection::facts).filter(|row| row.stage == stage).collect();
        if rows.is_empty() {
            continue;
        }
        let _ = write!(out, "\n## Stage `{}`\n", stage.name());
        for row in rows {
            let retry = match row.retry {
                Retry::AfterSeconds(seconds) => format!("after {seconds} s"),
                Retry::Never => "never".to_owned(),
            };
            let _ = write!(
                out,
                "\n### `{}`\n\n{}\n\n| | |\n| --- | --- |\n| gRPC status | `{}` ({}) |\n| message class | `{}` |\n\
                 | retry | {retry} |\n| rule | {} |\n| kk | {} |\n| ru | {} |\n| en | {} |\n",
                row.reason,
                row.meaning,
                row.code.name(),
                row.code.number(),
                row.class.name(),
                row.rule,
                row.text.kk,
                row.text.ru,
                row.text.en,
            );
        }
    }
    out
}

#[test]
fn errors_md_is_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ERRORS.md");
    let expected = reference();
    if std::env::var_os("EUSH_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "proto/ERRORS.md is out of date: run `EUSH_BLESS=1 cargo test -p eush-domain`"
    );
}
