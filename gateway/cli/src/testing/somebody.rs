//! What a test says of a person.

use eush_wire::management::v1 as wire;

/// Somebody of whom a test says something. What it leaves out is made up, or stays.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a bus knows of it once it is told"]
pub struct Somebody {
    key: String,
    draft: wire::PersonDraft,
}

/// Somebody by key: a new one, for example `dana`, or one of the population.
pub fn somebody(key: &str) -> Somebody {
    Somebody { key: key.to_owned(), draft: wire::PersonDraft::default() }
}

impl Somebody {
    /// With this number: one of `eush_domain::synthetic::numbers`, which no living person can have.
    pub fn with_iin(mut self, digits: &str) -> Self {
        self.draft.iin = digits.to_owned();
        self
    }

    /// Born on a day such as `1991-04-03`.
    pub fn born(mut self, date: &str) -> Self {
        self.draft.birth_date = date.to_owned();
        self
    }

    /// With this password at portal and desk.
    pub fn with_password(mut self, password: &str) -> Self {
        self.draft.password = password.to_owned();
        self
    }

    /// Registered as unemployed.
    pub fn unemployed(self) -> Self {
        self.known_to(wire::Register::Unemployed)
    }

    /// In a register.
    pub fn known_to(mut self, register: wire::Register) -> Self {
        self.draft.known_to.push(register.into());
        self
    }

    /// Not in a register.
    pub fn unknown_to(mut self, register: wire::Register) -> Self {
        self.draft.unknown_to.push(register.into());
        self
    }

    /// Anything else that can be said of a person.
    pub fn with(mut self, change: impl FnOnce(&mut wire::PersonDraft)) -> Self {
        change(&mut self.draft);
        self
    }

    pub(super) fn said(self) -> (String, wire::PersonDraft) {
        (self.key, self.draft)
    }
}
