//! `eush cms`: signed documents made and judged on files alone.

use eush_pki::Verdict;
use eush_pki::judge::{judge_document, judge_document_as_signed};
use eush_pki::material::Subject;
use eush_sign::cms::{Attachment, SignedData, Signing};
use serde_json::json;

use crate::bus;
use crate::check::args::{CmsAction, CmsSign, CmsVerify};
use crate::check::{Bench, files, is_good, report};
use crate::exit::{Failure, Outcome};
use crate::output::Printer;

/// Does the action.
pub(crate) fn run(action: &CmsAction, printer: Printer) -> Result<Outcome, Failure> {
    match action {
        CmsAction::Sign(args) => sign(args, printer),
        CmsAction::Verify(args) => verify(args, printer),
    }
}

fn sign(args: &CmsSign, printer: Printer) -> Result<Outcome, Failure> {
    let content = files::bytes(&args.file, "a file to sign")?;
    let mut more = Vec::new();
    for path in &args.cert {
        more.extend(files::certificates(path, args.password.as_deref())?);
    }
    let (key, chain) = files::identity(&args.key, args.password.as_deref(), &more)?;
    let (leaf, above) =
        chain.split_first().ok_or_else(|| Failure::Bug("a key without certificate".to_owned()))?;
    let attachment = match (args.attached, args.detached) {
        (true, _) => Attachment::Attached,
        (false, true | false) => Attachment::Detached,
    };
    let signing_time = args.at.unwrap_or_else(bus::real_now);
    let signed = Signing { key: &key, leaf, chain: above, signing_time, attachment }
        .sign(&content)
        .map_err(|error| Failure::Usage(format!("`{}`: {error}", args.key.display())))?;
    std::fs::write(&args.out, &signed)
        .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", args.out.display())))?;
    let written = args.out.display().to_string();
    printer.line(format!("wrote {written} ({})", key.algorithm().name()));
    printer.data(&json!({
        "file": written,
        "algorithm": key.algorithm().name(),
        "content": match attachment { Attachment::Attached => "attached", Attachment::Detached => "detached" },
    }))?;
    Ok(Outcome::Positive)
}

fn verify(args: &CmsVerify, printer: Printer) -> Result<Outcome, Failure> {
    let bench = Bench::of(&args.judging)?;
    let signature = files::signed_data(&args.file)?;
    let content = match &args.content {
        Some(path) => Some(files::bytes(path, "the content that is signed")?),
        None => None,
    };
    let signed = SignedData::parse(&signature).ok();
    if content.is_none() && signed.as_ref().is_some_and(|signed| signed.content().is_none()) {
        let file = args.file.display();
        return Err(Failure::Usage(format!(
            "`{file}` has no content in it: give what is signed with --content"
        )));
    }
    let mut notes = Vec::new();
    // Whoever may be meant as a signer, so that lists and answers about them find their issuers.
    let subjects = signed.as_ref().map(Subject::all_of).unwrap_or_default();
    let gathered = bench.gather(&subjects, &mut notes);
    let context = bench.context(&gathered);
    let judge = if args.as_signed { judge_document_as_signed } else { judge_document };
    let verdicts: Vec<Verdict> = judge(&signature, content.as_deref(), &context);
    report::show_all(&verdicts, &bench.policy, &notes, printer)?;
    Ok(Outcome::of(!verdicts.is_empty() && verdicts.iter().all(is_good)))
}
