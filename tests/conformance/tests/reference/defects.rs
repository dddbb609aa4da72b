//! How a catalogue of defects is written down, and what is demanded of the suites about it.

use std::sync::Arc;

use eush_conformance::{Pattern, Report, Verdict};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// One thing that can be wrong.
#[derive(Clone, Copy, Debug)]
pub struct Row<D> {
    /// The switch.
    pub defect: D,
    /// Subject that shows it; empty where there is one alone.
    pub on: &'static str,
    /// What is wrong.
    pub what: &'static str,
    /// The case that is there to catch it.
    pub by: &'static str,
}

macro_rules! defects {
    ($($(#[doc = $doc:literal])* $name:ident $(on $code:literal)? by $case:literal,)*) => {
        /// One thing that is wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Defect {
            $($(#[doc = $doc])* $name,)*
        }

        impl Defect {
            /// Every defect, what it is, and the case that is there for it.
            pub const ALL: &'static [$crate::reference::defects::Row<Self>] = &[
                $($crate::reference::defects::Row {
                    defect: Self::$name,
                    on: concat!($($code)?),
                    what: concat!($($doc),*),
                    by: $case,
                },)*
            ];
        }
    };
}
pub(crate) use defects;

/// Cases that catch a report's subject.
pub fn caught(report: &Report) -> Vec<&str> {
    let broken = |verdict| matches!(verdict, Verdict::Fail | Verdict::Warn);
    report.cases.iter().filter(|case| broken(case.verdict())).map(|case| case.name.as_str()).collect()
}

/// The rows of a table as they are found, and the defects that nothing catches, or not the case that should.
#[derive(Debug, Default)]
pub struct Found {
    table: String,
    uncaught: Vec<String>,
}

/// How many defects are judged at a time: a run waits more than it works.
const AT_ONCE: usize = 4;

impl Found {
    /// Judges a subject with each defect.
    pub async fn judging<D, R>(rows: &'static [Row<D>], judge: impl Fn(&'static Row<D>) -> R) -> Self
    where
        D: std::fmt::Debug,
        R: Future<Output = Report> + Send + 'static,
    {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut runs = JoinSet::new();
        for (place, row) in rows.iter().enumerate() {
            let (places, run) = (Arc::clone(&places), judge(row));
            runs.spawn(async move {
                let _one = places.acquire_owned().await.unwrap();
                (place, run.await)
            });
        }
        let mut reports: Vec<Option<Report>> = rows.iter().map(|_| None).collect();
        while let Some(ended) = runs.join_next().await {
            let (place, report) = ended.unwrap();
            reports[place] = Some(report);
        }
        let mut found = Self::default();
        for (row, report) in rows.iter().zip(reports) {
            found.add(row, &report.unwrap());
        }
        found
    }

    /// What a run against a defect found.
    fn add<D: std::fmt::Debug>(&mut self, row: &Row<D>, report: &Report) {
        let caught = caught(report);
        let meant = Pattern::new(row.by);
        if !caught.iter().any(|name| meant.matches(name)) {
            let by = if caught.is_empty() { "nothing".to_owned() } else { caught.join(", ") };
            self.uncaught
                .push(format!("{:?} ({}): meant for {}, caught by {by}", row.defect, row.what, row.by));
        }
        let on = if row.on.is_empty() { String::new() } else { format!(" `{}` |", row.on) };
        // Each is judged by its own case alone: which others it breaks besides depends on what runs beside what.
        self.table.push_str(&format!("| {} |{on} `{}` |\n", row.what.trim(), row.by));
    }

    /// Every defect is caught by the case that is there for it, and the table is the committed one.
    #[track_caller]
    pub fn settle(self, heading: &str, head: &str) {
        assert!(self.uncaught.is_empty(), "not caught as meant:\n{}", self.uncaught.join("\n"));
        let rule = head.split('|').skip(1).map(|_| " --- ").collect::<Vec<_>>();
        let rule = format!("|{}|", rule[..rule.len() - 1].join("|"));
        super::compare_section("MUTANTS.md", heading, &format!("{head}\n{rule}\n{}", self.table));
    }
}
