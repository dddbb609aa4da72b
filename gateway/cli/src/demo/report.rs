//! What the demo says of a case: one line, or the same as data.

use serde::Serialize;

use crate::output::Printer;

/// What a case demands, and what came.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CaseReport {
    /// Name of the case.
    pub(crate) name: String,
    /// Flow, by its short form.
    pub(crate) flow: String,
    /// Whether everything was as demanded.
    pub(crate) as_demanded: bool,
    /// What was demanded.
    pub(crate) demanded: Observation,
    /// What came.
    pub(crate) came: Observation,
    /// What differs, in words; empty where nothing does.
    pub(crate) differences: Vec<String>,
    /// Message id, for `eush journal`.
    pub(crate) message_id: String,
}

/// What can be seen of a case from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Observation {
    /// State in which the application ended, or `no-application`.
    pub(crate) state: String,
    /// Machine reason; empty where nothing was refused.
    pub(crate) reason: String,
    /// Labels of the act's items that were executed, in order.
    pub(crate) labels: Vec<String>,
    /// Calls that each agency counted in its own journal.
    pub(crate) calls: Vec<(String, u64)>,
}

impl Observation {
    /// What differs from what was demanded, in words.
    pub(crate) fn differences(&self, demanded: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, demanded: String, came: String| {
            if demanded != came {
                differences.push(format!("{what}: demanded {demanded}, came {came}"));
            }
        };
        compare("state", demanded.state.clone(), self.state.clone());
        compare("reason", shown(&demanded.reason), shown(&self.reason));
        compare("items", demanded.labels.join(" → "), self.labels.join(" → "));
        compare("agency calls", calls(&demanded.calls), calls(&self.calls));
        differences
    }
}

fn shown(reason: &str) -> String {
    if reason.is_empty() { "none".to_owned() } else { reason.to_owned() }
}

fn calls(calls: &[(String, u64)]) -> String {
    if calls.is_empty() {
        return "0".to_owned();
    }
    calls.iter().map(|(agency, count)| format!("{agency} {count}")).collect::<Vec<_>>().join(", ")
}

impl CaseReport {
    /// Compares what came with what was demanded.
    pub(crate) fn new(
        name: &str,
        flow: &str,
        message_id: String,
        demanded: Observation,
        came: Observation,
    ) -> Self {
        let differences = came.differences(&demanded);
        Self {
            name: name.to_owned(),
            flow: flow.to_owned(),
            as_demanded: differences.is_empty(),
            demanded,
            came,
            differences,
            message_id,
        }
    }

    /// A case that could not be played.
    pub(crate) fn broken(name: &str, flow: &str, demanded: Observation, cause: &str) -> Self {
        Self {
            name: name.to_owned(),
            flow: flow.to_owned(),
            as_demanded: false,
            demanded,
            came: Observation::default(),
            differences: vec![format!("could not be played: {cause}")],
            message_id: String::new(),
        }
    }

    /// The case on one line, with a line more for each difference.
    pub(crate) fn print(&self, printer: Printer) {
        let mark = if self.as_demanded { "✓" } else { "✗" };
        let outcome = if self.came.reason.is_empty() { &self.came.state } else { &self.came.reason };
        printer.line(format!(
            "{mark} {:<22} {:<44} {:<28} calls {:<22} {}",
            self.flow,
            self.name,
            outcome,
            calls(&self.came.calls),
            self.came.labels.join(" → "),
        ));
        for difference in &self.differences {
            printer.line(format!("    {difference}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observation() -> Observation {
        Observation {
            state: "completed".to_owned(),
            reason: String::new(),
            labels: vec!["1-үдеріс".to_owned(), "1-шарт".to_owned()],
            calls: vec![("enbek".to_owned(), 1)],
        }
    }

    #[test]
    fn equal_observations_differ_in_nothing() {
        assert_eq!(observation().differences(&observation()), Vec::<String>::new());
    }

    #[test]
    fn every_respect_is_compared() {
        let changes: [fn(&mut Observation); 4] = [
            |o| o.state = "refused".to_owned(),
            |o| o.reason = "IIN_MISMATCH".to_owned(),
            |o| o.labels.truncate(1),
            |o| o.calls.clear(),
        ];
        for change in changes {
            let mut came = observation();
            change(&mut came);
            assert_eq!(came.differences(&observation()).len(), 1, "{came:?}");
        }
    }
}
