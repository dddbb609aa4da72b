//! `eush cert check`: a certificate judged on files alone, without a bus. Also what `eush cms verify` shares with it.
//!
//! Nothing is judged here: files are read, [`eush_pki`] judges, the verdict is shown.

pub(crate) mod args;
pub(crate) mod files;
pub(crate) mod inspect;
pub(crate) mod report;

use std::path::{Path, PathBuf};

use eush_domain::{Bin, Iin, Timestamp};
use eush_pki::judge::{Context, judge, judge_der};
use eush_pki::material::Subject;
use eush_pki::{
    AlgorithmPolicy, Certificate, ChainPolicy, Expectations, Gathered, Indication, Inhibit, Material, Policy,
    PolicyInputs, PolicySet, RevocationPolicy, RevocationScope, Rules, Unused, Verdict,
};

use crate::bus;
use crate::exit::{Failure, Outcome};
use crate::output::Printer;
use args::{Check, Judging, RulesArg, ScopeArg};
use report::Note;

/// Judges the first certificate of the files.
pub(crate) fn run(args: &Check, printer: Printer) -> Result<Outcome, Failure> {
    let bench = Bench::of(&args.judging)?;
    let mut notes = Vec::new();
    let mut given = Vec::new();
    for path in &args.files {
        for der in files::certificates(path, args.judging.password.as_deref())? {
            given.push((path.clone(), der));
        }
    }
    let Some((first, others)) = given.split_first() else {
        return Err(Failure::Bug("a file without certificates was taken".to_owned()));
    };
    let supplied: Vec<Certificate> =
        others.iter().filter_map(|(path, der)| parse(path, der, &mut notes)).collect();
    let verdict = match Certificate::parse(&first.1) {
        Ok(certificate) => {
            let subject = Subject { certificate, supplied };
            let gathered = bench.gather(std::slice::from_ref(&subject), &mut notes);
            judge(&subject.certificate, &subject.supplied, &bench.context(&gathered))
        }
        // Its shape is a certificate's; what rule it breaks is a verdict.
        Err(_) => judge_der(&first.1, &supplied, &bench.context(&bench.gather(&[], &mut notes))),
    };
    report::show_one(&verdict, &bench.policy, &notes, printer)?;
    Ok(Outcome::of(is_good(&verdict)))
}

/// Good is one thing only.
pub(crate) fn is_good(verdict: &Verdict) -> bool {
    verdict.indication == Indication::TotalPassed
}

fn parse(path: &Path, der: &[u8], notes: &mut Vec<Note>) -> Option<Certificate> {
    match Certificate::parse(der) {
        Ok(certificate) => Some(certificate),
        Err(error) => {
            notes.push(Note { file: path.display().to_string(), reason: error.to_string() });
            None
        }
    }
}

/// What is judged by: everything of the command line but the subject.
#[derive(Debug)]
pub(crate) struct Bench {
    material: Material,
    list_files: Vec<PathBuf>,
    answer_files: Vec<PathBuf>,
    expectations: Expectations,
    at: Timestamp,
    unread: Vec<Note>,
    /// Policy in force.
    pub(crate) policy: Policy,
}

impl Bench {
    /// Reads the files that the arguments name.
    pub(crate) fn of(judging: &Judging) -> Result<Self, Failure> {
        let mut unread = Vec::new();
        let mut material = Material::default();
        for path in &judging.ca {
            for der in files::certificates(path, judging.password.as_deref())? {
                material.authorities.extend(parse(path, &der, &mut unread));
            }
        }
        let (mut list_files, mut answer_files) = (Vec::new(), Vec::new());
        for path in &judging.crl {
            for der in files::lists(path)? {
                material.lists.push(der);
                list_files.push(path.clone());
            }
        }
        for path in &judging.ocsp {
            material.answers.push(files::answer(path)?);
            answer_files.push(path.clone());
        }
        Ok(Self {
            material,
            list_files,
            answer_files,
            expectations: expectations(judging.iin, judging.bin, judging),
            at: judging.at.unwrap_or_else(bus::real_now),
            unread,
            policy: policy(judging)?,
        })
    }

    /// Trust and evidence for these subjects; what found no use is noted.
    pub(crate) fn gather(&self, subjects: &[Subject], notes: &mut Vec<Note>) -> Gathered {
        let gathered = self.material.gather(subjects, self.at, &self.policy);
        notes.extend(self.unread.iter().cloned());
        notes.extend(gathered.unused.iter().filter_map(|unused| {
            let (files, index, reason) = match unused {
                Unused::Answer { index, reason } => (&self.answer_files, index, reason),
                Unused::List { index, reason } => (&self.list_files, index, reason),
            };
            Some(Note { file: files.get(*index)?.display().to_string(), reason: reason.clone() })
        }));
        gathered
    }

    /// What the judge is given.
    pub(crate) fn context<'a>(&'a self, gathered: &'a Gathered) -> Context<'a> {
        Context {
            trust: &gathered.trust,
            evidence: &gathered.evidence,
            at: self.at,
            expectations: &self.expectations,
            policy: &self.policy,
        }
    }
}

fn expectations(iin: Option<Iin>, bin: Option<Bin>, judging: &Judging) -> Expectations {
    Expectations { iin, bin, system: None, roles: judging.role.clone() }
}

fn policy(judging: &Judging) -> Result<Policy, Failure> {
    let initial = PolicySet::of(&judging.initial_policy).ok_or_else(|| {
        Failure::Usage(format!("--initial-policy: at most {} policies are taken", PolicySet::MAX))
    })?;
    let inhibit = |asked| if asked { Inhibit::Yes } else { Inhibit::No };
    let (rules, usual_scope) = match judging.rules {
        RulesArg::Kz => (Rules::Kz, RevocationScope::Leaf),
        RulesArg::Rfc5280 => (Rules::Rfc5280, RevocationScope::Chain),
    };
    let algorithms =
        if judging.allow_legacy { AlgorithmPolicy::AllowLegacy } else { AlgorithmPolicy::DenyLegacy };
    let policies = PolicyInputs {
        initial,
        require_explicit: inhibit(judging.require_explicit_policy),
        mapping: inhibit(judging.inhibit_policy_mapping),
        any_policy: inhibit(judging.inhibit_any_policy),
    };
    let scope = match judging.revocation_scope {
        Some(ScopeArg::Chain) => RevocationScope::Chain,
        Some(ScopeArg::Leaf) => RevocationScope::Leaf,
        None => usual_scope,
    };
    Ok(Policy {
        chain: ChainPolicy { rules, algorithms, policies, ..ChainPolicy::default() },
        revocation: RevocationPolicy { scope },
    })
}
