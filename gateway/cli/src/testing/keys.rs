//! Keys of the test authority, made once on a machine and copied into every bus's folder: making them is what a first
//! start spends its time on.

use std::fs::File;
use std::path::{Path, PathBuf};

use eush_ca::{Authority, AuthorityOptions, EnrollmentRequest, KeyAlgorithm};
use eush_domain::Timestamp;
use eush_domain::synthetic::population::Population;

use super::TestBusOptions;

/// Where the authority keeps everything.
const FILE: &str = "certificates.sqlite";

/// Puts kept keys into a new folder, making them where there are none yet. Blocks.
pub(super) fn prepare(
    folder: &Path,
    options: &TestBusOptions,
    population: &Population,
) -> Result<(), String> {
    let kept = shared_folder(options)?;
    let failed = |what: &Path| {
        let what = what.display().to_string();
        move |error: std::io::Error| format!("{what}: {error}")
    };
    std::fs::create_dir_all(&kept).map_err(failed(&kept))?;
    // Test processes start at one time; one makes the keys and the others wait for it.
    let lock = kept.join("lock");
    let lock_file =
        File::options().create(true).truncate(false).write(true).open(&lock).map_err(failed(&lock))?;
    lock_file.lock().map_err(failed(&lock))?;
    let file = kept.join(FILE);
    if !file.exists() {
        make(&kept, options.start_at, population)?;
    }
    std::fs::copy(&file, folder.join(FILE)).map_err(failed(&file))?;
    Ok(())
}

/// One folder for each thing that makes other keys.
fn shared_folder(options: &TestBusOptions) -> Result<PathBuf, String> {
    let base = match &options.keys {
        Some(folder) => folder.clone(),
        None => match std::env::var_os("EUSH_TEST_KEYS") {
            Some(folder) => PathBuf::from(folder),
            None => std::env::temp_dir().join("eush-test-keys"),
        },
    };
    let name = format!(
        "{}-seed-{}-at-{}",
        env!("CARGO_PKG_VERSION"),
        options.seed,
        options.start_at.unix_timestamp()
    );
    Ok(base.join(name))
}

/// Makes authorities, their first lists, and the keys of everybody with a purpose, in a folder beside, which takes its place when it
/// is whole.
fn make(kept: &Path, start_at: Timestamp, population: &Population) -> Result<(), String> {
    let beside = tempfile::tempdir_in(kept).map_err(|error| error.to_string())?;
    let text = |error: &dyn std::error::Error| error.to_string();
    let options = AuthorityOptions { default_algorithm: KeyAlgorithm::Gost2015_512, now: start_at };
    let authority = Authority::open(beside.path(), options).map_err(|error| text(&error))?;
    authority.authorities().map_err(|error| text(&error))?;
    authority.publish_due(start_at).map_err(|error| text(&error))?;
    let people = population.ready_people().map(|person| person.certificate_subject());
    let signatories =
        population.organizations().iter().filter_map(|found| population.signatory_of(found.key.as_ref()));
    let signatories = signatories.map(|person| person.certificate_subject());
    let systems = population.systems().iter().map(|system| system.certificate_subject());
    for subject in people.chain(signatories).chain(systems) {
        let request = EnrollmentRequest {
            subject: subject.clone(),
            algorithm: None,
            defect: None,
            label: String::new(),
        };
        authority.enroll(&request).map_err(|error| text(&error))?;
    }
    drop(authority);
    std::fs::rename(beside.path().join(FILE), kept.join(FILE)).map_err(|error| error.to_string())
}
