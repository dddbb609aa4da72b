//! What the data folder remembers of the bus as a whole: its seed, and that somebody is using it.

use std::fs::File;
use std::path::Path;

use crate::exit::Failure;

/// Seed where nobody chose one.
pub(crate) const DEFAULT_SEED: u64 = 1;

const SEED_FILE: &str = "seed";
const LOCK_FILE: &str = "lock";

/// The folder's seed; `None` where the folder has none yet.
pub(crate) fn seed(data_dir: &Path) -> Result<Option<u64>, Failure> {
    let path = data_dir.join(SEED_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map(Some).map_err(|_| {
            Failure::Environment(format!(
                "{} holds no number; write the seed of the bus into it",
                path.display()
            ))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::Environment(format!("cannot read {}: {error}", path.display()))),
    }
}

/// Settles the folder's seed: the one it has, or the one asked for. Another one than it has is refused, because its
/// certificates and applications speak of other people.
pub(crate) fn settle_seed(data_dir: &Path, asked: Option<u64>) -> Result<u64, Failure> {
    match (seed(data_dir)?, asked) {
        (Some(has), Some(asked)) if has != asked => Err(Failure::Usage(format!(
            "--seed {asked} asks for other people than the folder {} has (seed {has}); choose another folder",
            data_dir.display()
        ))),
        (Some(has), _) => Ok(has),
        (None, asked) => {
            let seed = asked.unwrap_or(DEFAULT_SEED);
            let path = data_dir.join(SEED_FILE);
            std::fs::write(&path, format!("{seed}\n"))
                .map_err(|error| Failure::Environment(format!("cannot write {}: {error}", path.display())))?;
            Ok(seed)
        }
    }
}

/// Holds the data folder for one bus. The lock goes with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the folder, or says that another bus has it.
    pub(crate) fn take(data_dir: &Path) -> Result<Self, Failure> {
        let path = data_dir.join(LOCK_FILE);
        let failed =
            |error: std::io::Error| Failure::Environment(format!("cannot use {}: {error}", path.display()));
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(Failure::Environment(format!(
                "another bus is using the data folder {}; stop it or choose another with --data-dir",
                data_dir.display()
            ))),
            Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_seed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(seed(folder.path()).unwrap(), None);
        assert_eq!(settle_seed(folder.path(), Some(7)).unwrap(), 7);
        assert_eq!(settle_seed(folder.path(), None).unwrap(), 7);
        assert!(settle_seed(folder.path(), Some(8)).unwrap_err().to_string().contains("seed 7"));
    }

    #[test]
    fn one_bus_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        assert!(Lock::take(folder.path()).unwrap_err().to_string().contains("another bus"));
        drop(first);
        assert!(Lock::take(folder.path()).is_ok());
    }
}
