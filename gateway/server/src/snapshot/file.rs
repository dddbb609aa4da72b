//! The form of a snapshot: a line that says what it is and what the digest of the rest is, a line of JSON about what is
//! in it, and the parts one after the other.
//!
//! ```text
//! eush-snapshot 1 <sha256 of everything after this line, hex>
//! {"eush":"0.1.0","made_at":"…","session":null,"seed":1,"sessions":{…},"parts":[{"part":{…},"bytes":N},…]}
//! <bytes of the parts>
//! ```

use eush_domain::{AgencyId, SessionKey, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::sessions::Records;

/// First word of every snapshot.
const MAGIC: &str = "eush-snapshot";
/// Version of the form. A part has a version of its own.
const VERSION: u32 = 1;
/// Longest first line.
const LINE: usize = 128;

/// Why a file is no snapshot that can be restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// Bytes were changed or are missing.
    #[error("the snapshot is damaged: its digest is another")]
    Damaged,
    /// It is no snapshot at all.
    #[error("the file is no snapshot of eush")]
    Foreign,
    /// The JSON in it cannot be read.
    #[error("the snapshot cannot be read: {0}")]
    Unreadable(String),
    /// It is of a newer eush.
    #[error("the snapshot has version {found}, and this program knows version {VERSION}: take a newer eush")]
    Version {
        /// Version of the file.
        found: u32,
    },
}

/// Where a part is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum PartOf {
    /// What an agency keeps.
    Agency {
        /// Agency.
        agency: AgencyId,
        /// `None` is the shared bus.
        session: Option<SessionKey>,
    },
    /// The certificate services.
    Certificates {
        /// `None` is the shared bus.
        session: Option<SessionKey>,
    },
    /// A realm's store.
    Gateway {
        /// `None` is the shared bus.
        session: Option<SessionKey>,
    },
}

/// What is in a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// Version of the program that made it.
    pub(crate) eush: String,
    /// Real time.
    #[serde(with = "time::serde::rfc3339")]
    pub(crate) made_at: Timestamp,
    /// The session that it is of; `None`: the whole.
    pub(crate) session: Option<SessionKey>,
    /// Seed of the bus: people and organisations follow from it.
    pub(crate) seed: u64,
    /// Sessions in it.
    pub(crate) sessions: Records,
}

/// A snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) about: About,
    pub(crate) parts: Vec<(PartOf, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    about: About,
    parts: Vec<Place>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    part: PartOf,
    bytes: usize,
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Snapshot {
    /// The file.
    pub(crate) fn write(&self) -> Result<Vec<u8>, SnapshotError> {
        let parts = self.parts.iter().map(|(part, bytes)| Place { part: part.clone(), bytes: bytes.len() });
        let head = Head { about: self.about.clone(), parts: parts.collect() };
        let mut body =
            serde_json::to_vec(&head).map_err(|error| SnapshotError::Unreadable(error.to_string()))?;
        body.push(b'\n');
        for (_, bytes) in &self.parts {
            body.extend_from_slice(bytes);
        }
        let mut file = format!("{MAGIC} {VERSION} {}\n", hex(&Sha256::digest(&body))).into_bytes();
        file.append(&mut body);
        Ok(file)
    }

    /// Reads a file, and takes nothing of one that is not whole.
    pub(crate) fn read(file: &[u8]) -> Result<Self, SnapshotError> {
        let end = file.iter().take(LINE).position(|byte| *byte == b'\n').ok_or(SnapshotError::Foreign)?;
        let (line, body) = file.split_at(end);
        let body = body.get(1..).unwrap_or_default();
        let line = std::str::from_utf8(line).map_err(|_| SnapshotError::Foreign)?;
        let mut words = line.split(' ');
        if words.next() != Some(MAGIC) {
            return Err(SnapshotError::Foreign);
        }
        let version = words.next().and_then(|word| word.parse().ok()).ok_or(SnapshotError::Foreign)?;
        if version != VERSION {
            return Err(SnapshotError::Version { found: version });
        }
        if words.next() != Some(hex(&Sha256::digest(body)).as_str()) {
            return Err(SnapshotError::Damaged);
        }
        let end = body.iter().position(|byte| *byte == b'\n').ok_or(SnapshotError::Damaged)?;
        let (head, mut rest) = body.split_at(end);
        rest = rest.get(1..).unwrap_or_default();
        let head: Head =
            serde_json::from_slice(head).map_err(|error| SnapshotError::Unreadable(error.to_string()))?;
        let mut parts = Vec::new();
        for Place { part, bytes } in head.parts {
            let (own, others) = rest.split_at_checked(bytes).ok_or(SnapshotError::Damaged)?;
            parts.push((part, own.to_vec()));
            rest = others;
        }
        if !rest.is_empty() {
            return Err(SnapshotError::Damaged);
        }
        Ok(Self { about: head.about, parts })
    }

    /// The store of a realm.
    pub(crate) fn store(&self, session: Option<&SessionKey>) -> Option<&[u8]> {
        self.parts.iter().find_map(|(part, bytes)| match part {
            PartOf::Gateway { session: of } if of.as_ref() == session => Some(bytes.as_slice()),
            PartOf::Agency { .. } | PartOf::Certificates { .. } | PartOf::Gateway { .. } => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn snapshot() -> Snapshot {
        let about = About {
            eush: "0.1.0".to_owned(),
            made_at: datetime!(2026-03-02 05:00 UTC),
            session: None,
            seed: 1,
            sessions: Records::new(),
        };
        let agency = AgencyId::parse("zhao").unwrap();
        let parts = vec![
            (PartOf::Gateway { session: None }, b"store\n\0".to_vec()),
            (PartOf::Agency { agency, session: SessionKey::parse("a").ok() }, Vec::new()),
        ];
        Snapshot { about, parts }
    }

    #[test]
    fn reads_what_it_wrote() {
        let snapshot = snapshot();
        let read = Snapshot::read(&snapshot.write().unwrap()).unwrap();
        assert_eq!(read, snapshot);
        assert_eq!(read.store(None), Some(&b"store\n\0"[..]));
        assert_eq!(read.store(SessionKey::parse("a").ok().as_ref()), None);
    }

    #[test]
    fn every_byte_counts_and_strangers_are_told_apart() {
        let file = snapshot().write().unwrap();
        let first = file.iter().position(|byte| *byte == b'\n').unwrap();
        for at in first + 1..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(matches!(Snapshot::read(&changed), Err(SnapshotError::Damaged)), "byte {at}");
        }
        for end in 0..file.len() {
            assert!(Snapshot::read(&file[..end]).is_err(), "{end} bytes");
        }
        for foreign in [&b""[..], b"{}", b"SQLite format 3\0", b"eush-snapshot one x\n"] {
            assert!(matches!(Snapshot::read(foreign), Err(SnapshotError::Foreign)), "{foreign:?}");
        }
        let newer = String::from_utf8_lossy(&file).replacen("snapshot 1 ", "snapshot 2 ", 1);
        let read = Snapshot::read(newer.as_bytes());
        assert!(matches!(read, Err(SnapshotError::Version { found: 2 })), "{read:?}");
    }
}
