//! Secrets of the sending systems: drawn at first start, kept in the data folder, never printed.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::exit::Failure;

const FILE: &str = "secrets.toml";

/// Secret of each sender, by sender id.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Secrets {
    senders: BTreeMap<String, String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets(of {:?})", self.senders.keys().collect::<Vec<_>>())
    }
}

impl Secrets {
    /// Reads the folder's secrets and draws the ones that are missing.
    pub(crate) fn open(data_dir: &Path, senders: &[String]) -> Result<Self, Failure> {
        let path = data_dir.join(FILE);
        let failed =
            |error: std::io::Error| Failure::Environment(format!("cannot use {}: {error}", path.display()));
        let mut secrets = match std::fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|error| {
                Failure::Environment(format!(
                    "{} is damaged ({error}); delete it to draw new secrets",
                    path.display()
                ))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(failed(error)),
        };
        let known = secrets.senders.len();
        for sender in senders {
            if !secrets.senders.contains_key(sender) {
                secrets.senders.insert(sender.clone(), draw().map_err(failed)?);
            }
        }
        if secrets.senders.len() > known {
            let text = toml::to_string(&secrets).map_err(|error| Failure::Bug(error.to_string()))?;
            private_file(&path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(failed)?;
        }
        Ok(secrets)
    }

    /// One secret for all, as containers share it.
    pub(crate) fn shared(secret: &str, senders: &[String]) -> Self {
        Self { senders: senders.iter().map(|sender| (sender.clone(), secret.to_owned())).collect() }
    }

    /// Every secret, by sender id.
    pub(crate) fn all(&self) -> BTreeMap<String, String> {
        self.senders.clone()
    }

    /// The secret of a sender.
    pub(crate) fn of(&self, sender: &str) -> Result<&str, Failure> {
        let found = self.senders.get(sender).map(String::as_str);
        found.ok_or_else(|| {
            Failure::Usage(format!("this data folder has no secret for the sender `{sender}`"))
        })
    }
}

/// Thirty-two hexadecimal digits of the system's generator.
fn draw() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A file that only its owner can read.
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_the_same_and_new_ones_are_added() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secrets::open(folder.path(), &["PORTAL".to_owned()]).unwrap();
        let second = Secrets::open(folder.path(), &["PORTAL".to_owned(), "ENBEK".to_owned()]).unwrap();
        assert_eq!(first.of("PORTAL").unwrap(), second.of("PORTAL").unwrap());
        assert_ne!(second.of("ENBEK").unwrap(), second.of("PORTAL").unwrap());
        assert!(first.of("ENBEK").is_err());
        assert!(!format!("{second:?}").contains(second.of("PORTAL").unwrap()));
    }

    #[test]
    fn a_damaged_file_is_told_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "senders = 3").unwrap();
        let error = Secrets::open(folder.path(), &[]).unwrap_err().to_string();
        assert!(error.contains("is damaged"), "{error}");
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), "senders = 3");
    }
}
