//! The repository checks itself: the rules of ARCHITECTURE.md and CONTRIBUTING.md that a program can keep.
//! The checks are the integration tests beside this crate, so that `cargo test --workspace` runs them; this library
//! only finds and reads files.

use std::path::{Path, PathBuf};

/// Folders that hold nothing of ours.
const SKIPPED: [&str; 6] = [".git", "target", "node_modules", ".eush", "corpus", "artifacts"];

/// Root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below the root whose name ends with `.` and one of the extensions, as (path from the root, text).
/// Files that are no UTF-8 are left out.
pub fn files(extensions: &[&str]) -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    collect(&root, &root, extensions, &mut found);
    found.sort();
    found
}

fn collect(root: &Path, folder: &Path, extensions: &[&str], found: &mut Vec<(String, String)>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !SKIPPED.contains(&name) {
                collect(root, &path, extensions, found);
            }
        } else if extensions.iter().any(|extension| name.ends_with(&format!(".{extension}")))
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            let short = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            found.push((short, text));
        }
    }
}
