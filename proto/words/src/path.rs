//! Paths such as `document.applicant.iin`, `attachments[0].kind` or `steps[*].label`, and what they mean in a JSON view.

use serde_json::Value as Json;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A field.
    Name(String),
    /// An element of a list, from 0.
    Index(usize),
    /// Every element of a list.
    Every,
}

/// The steps of a path. Brackets that hold no number mean every element.
pub fn parts(path: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for segment in path.split('.') {
        let mut pieces = segment.split('[');
        if let Some(name) = pieces.next().filter(|name| !name.is_empty()) {
            parts.push(Part::Name(name.to_owned()));
        }
        for piece in pieces {
            let inside = piece.trim_end_matches(']');
            parts.push(inside.parse().map_or(Part::Every, Part::Index));
        }
    }
    parts
}

/// Every value of a JSON view that a path means. A path without `[*]` means at most one; `$` is the whole.
pub fn find<'a>(json: &'a Json, path: &str) -> Vec<&'a Json> {
    if path == "$" {
        return vec![json];
    }
    follow(json, &parts(path))
}

/// The same, of steps.
pub fn follow<'a>(json: &'a Json, parts: &[Part]) -> Vec<&'a Json> {
    let mut found = vec![json];
    for part in parts {
        found = found
            .into_iter()
            .flat_map(|value| match part {
                // A name may hold dots of its own only as the last resort: metadata keys do not.
                Part::Name(name) => value.get(name.as_str()).into_iter().collect::<Vec<_>>(),
                Part::Index(index) => value.get(*index).into_iter().collect(),
                Part::Every => value.as_array().into_iter().flatten().collect(),
            })
            .collect();
    }
    found
}
