//! Lists of known failures that cannot rot: a case that is said to fail and passes, a pattern that matches nothing and an
//! entry past its day are faults of the list, and a fault of the list is a failure of the run.

use std::collections::BTreeSet;

use eush_wire::conformance::v1::{CaseReport, KnownFailure, KnownFailures, Verdict};
use time::{Date, OffsetDateTime};

use crate::suite::Pattern;
use crate::suite::read::{self, ReadError};

/// A list that can be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Vec<Entry>);

#[derive(Clone, Debug)]
struct Entry {
    pattern: Pattern,
    failure: KnownFailure,
    expires: Date,
}

impl Known {
    /// Reads a list. Every entry needs a pattern, a reason, an owner and a day of expiry.
    pub(crate) fn read(file: &str, text: &str) -> Result<Self, Vec<ReadError>> {
        let list: KnownFailures = read::yaml(file, text).map_err(|error| vec![error])?;
        let mut faults = Vec::new();
        let mut entries = Vec::new();
        for failure in list.failures {
            let missing: Vec<&str> =
                [("pattern", &failure.pattern), ("reason", &failure.reason), ("owner", &failure.owner)]
                    .into_iter()
                    .filter(|(_, value)| value.trim().is_empty())
                    .map(|(name, _)| name)
                    .collect();
            if !missing.is_empty() {
                faults.push(format!("entry `{}` lacks {}", failure.pattern, missing.join(", ")));
            }
            match date(&failure.expires) {
                Some(expires) => {
                    entries.push(Entry { pattern: Pattern::new(failure.pattern.clone()), failure, expires });
                }
                None => faults.push(format!(
                    "entry `{}`: `expires: {}` is no date; write for example 2027-01-31",
                    failure.pattern, failure.expires
                )),
            }
        }
        if faults.is_empty() {
            Ok(Self(entries))
        } else {
            Err(faults
                .into_iter()
                .map(|fault| ReadError { file: file.to_owned(), line: None, fault })
                .collect())
        }
    }

    /// Marks the failures that were known and tells the faults of the list. `cases` are the ones that were run.
    pub(crate) fn hold_against(&self, cases: &mut [CaseReport], now: OffsetDateTime) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fired = BTreeSet::new();
        for case in cases {
            for (place, entry) in self.0.iter().enumerate() {
                if !entry.pattern.matches(&case.name) {
                    continue;
                }
                fired.insert(place);
                match case.verdict() {
                    Verdict::Fail => {
                        case.known = format!(
                            "{} ({}, until {})",
                            entry.failure.reason, entry.failure.owner, entry.failure.expires
                        );
                    }
                    Verdict::Pass | Verdict::Warn => {
                        faults.push(format!(
                            "`{}` was expected to fail and did not; take it off the list",
                            case.name
                        ));
                    }
                    // What was not judged says nothing of the list; what could not be set up is never expected.
                    Verdict::Skip | Verdict::Omit | Verdict::Error | Verdict::Unspecified => {}
                }
            }
        }
        for (place, entry) in self.0.iter().enumerate() {
            if !fired.contains(&place) {
                faults.push(format!("the pattern `{}` matches no case that was run", entry.pattern.as_str()));
            }
            if now.date() >= entry.expires {
                faults.push(format!(
                    "the entry `{}` expired on {}",
                    entry.pattern.as_str(),
                    entry.failure.expires
                ));
            }
        }
        faults
    }
}

fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    if parts.next().is_some() {
        return None;
    }
    Date::from_calendar_date(year, time::Month::try_from(month).ok()?, day).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

    fn case(name: &str, verdict: Verdict) -> CaseReport {
        CaseReport { name: name.to_owned(), verdict: verdict.into(), ..CaseReport::default() }
    }

    fn list(pattern: &str, expires: &str) -> Known {
        let text = format!(
            "failures:\n- pattern: '{pattern}'\n  reason: slow\n  owner: team\n  expires: '{expires}'\n"
        );
        Known::read("known.yaml", &text).unwrap()
    }

    #[test]
    fn a_known_failure_is_marked_and_nothing_else_is() {
        let mut cases = [case("A/b", Verdict::Fail), case("A/c", Verdict::Fail), case("A/d", Verdict::Error)];
        let faults = list("A/*b", "2027-01-01").hold_against(&mut cases, NOW);
        assert!(faults.is_empty(), "{faults:?}");
        assert!(cases[0].known.contains("slow") && cases[1].known.is_empty());
    }

    #[test]
    fn lists_cannot_rot() {
        let mut passed = [case("A/b", Verdict::Pass)];
        assert!(list("A/b", "2027-01-01").hold_against(&mut passed, NOW)[0].contains("did not"));
        assert!(list("A/x", "2027-01-01").hold_against(&mut passed, NOW)[0].contains("matches no case"));
        let mut failed = [case("A/b", Verdict::Fail)];
        assert!(list("A/b", "2026-03-02").hold_against(&mut failed, NOW)[0].contains("expired"));
        let mut error = [case("A/b", Verdict::Error)];
        list("A/b", "2027-01-01").hold_against(&mut error, NOW);
        assert!(error[0].known.is_empty(), "a set-up fault is never expected");
    }

    #[test]
    fn an_entry_must_say_who_and_until_when() {
        let errors = Known::read("k.yaml", "failures:\n- pattern: a\n  expires: soon\n").unwrap_err();
        assert!(errors[0].fault.contains("reason, owner"), "{errors:?}");
        assert!(errors[1].fault.contains("2027-01-31"), "{errors:?}");
    }
}
