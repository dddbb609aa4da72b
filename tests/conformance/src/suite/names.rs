//! Names of cases and patterns over them. A name is segments between `/`; `*` in a pattern stands for any part of one
//! segment, `**` as a segment for any number of segments.

/// A pattern over names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Takes a pattern as people write it. Nothing is refused: a name without stars is a pattern too.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a name is meant.
    pub fn matches(&self, name: &str) -> bool {
        let pattern: Vec<&str> = self.0.split('/').collect();
        let name: Vec<&str> = name.split('/').collect();
        segments(&pattern, &name)
    }
}

fn segments(pattern: &[&str], name: &[&str]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => {
            segments(rest, name) || name.split_first().is_some_and(|(_, left)| segments(pattern, left))
        }
        (Some((first, rest)), Some((segment, left))) => {
            within(first.as_bytes(), segment.as_bytes()) && segments(rest, left)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

// Greedy with one way back: linear in practice, and never more than the product of the lengths.
fn within(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star, mut mark) = (0, 0, None, 0);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            (star, mark) = (Some(p), t);
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some(at) = star {
            mark += 1;
            (p, t) = (at + 1, mark);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_parts_and_segments() {
        let name = "Lookups/service:GBDFL_Person/present/twice";
        for (pattern, expected) in [
            (name, true),
            ("Lookups/*/present/twice", true),
            ("Lookups/service:*/present/*", true),
            ("Lookups/**", true),
            ("**/twice", true),
            ("**", true),
            ("Lookups/*/present", false),
            ("Lookups/*/*/*/*", false),
            ("**/service:GB*Person/**", true),
            ("**/service:GB*Person", false),
            ("*", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), expected, "{pattern}");
        }
    }
}
