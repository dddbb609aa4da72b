//! The provider's internal procedures.

use std::collections::HashSet;

use toml::Spanned;

use super::{Reader, on_failure};
use crate::catalogue::Catalogue;
use crate::error::Fault;
use crate::model::{Lines, OnFailure, Procedure, ProcedureStep, SystemUse};
use crate::raw::{RawRegulation, RawStep};

pub(super) fn read_variants(
    reader: &mut Reader<'_>,
    catalogue: &Catalogue,
    raw: &RawRegulation,
    outer: Lines,
) -> Vec<Procedure> {
    let mut keys = HashSet::new();
    let mut variants = Vec::new();
    for variant in &raw.variants {
        let (at, raw) = (variant.span().start, variant.get_ref());
        if !keys.insert(raw.key.as_str()) {
            reader.fault(at, Fault::Duplicate { what: "procedure", value: raw.key.clone() });
        }
        reader.text(at, "names", &raw.names);
        let lines = reader.lines(at, raw.lines, outer);
        variants.push(Procedure {
            key: raw.key.clone(),
            names: raw.names.clone(),
            channel: raw.channel,
            steps: read(reader, catalogue, &raw.steps, lines),
            lines,
        });
    }
    variants
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    catalogue: &Catalogue,
    raw: &[Spanned<RawStep>],
    outer: Lines,
) -> Vec<ProcedureStep> {
    let mut steps = Vec::new();
    let mut stage = None;
    for (expected, step) in (1..).zip(raw) {
        let (at, raw) = (step.span().start, step.get_ref());
        if raw.number != expected {
            reader.fault(at, Fault::Numbering { what: "procedure step", found: raw.number, expected });
        }
        if raw.stage < stage {
            let (found, expected) = (raw.stage.unwrap_or(0), stage.unwrap_or(0));
            reader.fault(at, Fault::Numbering { what: "stage", found, expected });
        }
        stage = raw.stage;
        steps.push(read_step(reader, catalogue, at, raw, outer));
    }
    steps
}

fn read_step(
    reader: &mut Reader<'_>,
    catalogue: &Catalogue,
    at: usize,
    raw: &RawStep,
    outer: Lines,
) -> ProcedureStep {
    reader.text(at, "text", &raw.text);
    reader.optional_text(at, "result", raw.result.as_ref());
    reader.known_actor(at, catalogue, &raw.actor);
    let on_failure = on_failure(raw.on_failure.as_deref());
    if let OnFailure::Label(label) = &on_failure {
        reader.fault(at, Fault::FailureTarget(label.clone()));
    }
    if (on_failure == OnFailure::None) != raw.checks.is_empty() {
        reader.fault(at, Fault::CheckWithoutOutcome);
    }
    if on_failure == OnFailure::Undefined && raw.ours.is_none() {
        reader.fault(at, Fault::UndefinedWithoutOurs);
    }
    let system = raw.system.as_deref().and_then(|code| reader.system(at, catalogue, code));
    if raw.system.is_some() != raw.access.is_some() {
        reader.fault(at, Fault::AccessWithoutSystem);
    }
    ProcedureStep {
        number: raw.number,
        stage: raw.stage,
        label: raw.label.clone(),
        kind: raw.kind,
        actor: raw.actor.clone(),
        text: raw.text.clone(),
        duration: reader.optional_term(at, raw.duration.as_deref()),
        otherwise: reader.otherwise(at, raw.otherwise.as_ref()),
        system: system.zip(raw.access).map(|(system, access)| SystemUse { system, access }),
        checks: raw.checks.clone(),
        on_failure,
        result: raw.result.clone(),
        ours: raw.ours.clone(),
        lines: reader.lines(at, raw.lines, outer),
    }
}
