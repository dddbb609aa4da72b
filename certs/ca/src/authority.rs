//! The authority's door: open it, and ask it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use eush_domain::Timestamp;
use tokio::sync::Notify;

use crate::branch::Branches;
use crate::error::{OpenError, PublishError, RevokeError, StoreError};
use crate::fault::Faults;
use crate::hierarchy::{Issuer, Level, Making, Standing, file_stem};
use crate::list::{self, Occasion};
use crate::model::{
    Authorities, CertificateState, Defect, IssuedCertificate, KeyAlgorithm, Revocation, RevocationReason,
};
use crate::ocsp::Answers;
use crate::profile;
use crate::store::{self, AuthorityRow, CertificateRow, Store, lists};

/// Base of the addresses in certificates until a server says where it really listens. Of a reserved top-level domain:
/// it leads nowhere.
pub const DEFAULT_URL: &str = "http://certificates.test";

/// How an authority opens.
#[derive(Clone, Copy, Debug)]
pub struct AuthorityOptions {
    /// Algorithm of certificates that are asked for without one.
    pub default_algorithm: KeyAlgorithm,
    /// The present, for a folder that has none yet. From then on the authority's time is the newest instant that
    /// [`Authority::publish_due`] gave it, in this run or an earlier one: the bus's clock may stand or lie behind the
    /// machine's, and nothing may be dated ahead of it.
    pub now: Timestamp,
}

/// The test authority. Clones are the same authority. Its calls block: on disk, and while a key is made.
#[derive(Clone)]
pub struct Authority {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) default_algorithm: KeyAlgorithm,
    /// Where its file is.
    pub(crate) folder: PathBuf,
    /// Name of its file.
    pub(crate) file: String,
    /// The authority that a branch was taken from, which holds its branches.
    pub(crate) trunk: Weak<Self>,
    pub(crate) branches: Branches,
    /// Held while authorities are made, so that two callers do not make them twice.
    making: Mutex<()>,
    state: Mutex<State>,
    /// Told when something was issued, changed or published, or time moved: answers can be signed ahead.
    pub(crate) stirred: Notify,
}

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) now: Timestamp,
    pub(crate) base_url: String,
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) faults: Faults,
    pub(crate) answers: Answers,
}

impl State {
    /// Takes what the store now has, which was replaced.
    pub(crate) fn reload(&mut self, given: Timestamp) -> Result<(), StoreError> {
        let (now, issuers) = load(&self.store, given)?;
        (self.now, self.issuers) = (now, issuers);
        self.faults = Faults::default();
        self.answers.restart();
        Ok(())
    }

    pub(crate) fn issuer(
        &self,
        algorithm: KeyAlgorithm,
        standing: Standing,
        level: Level,
    ) -> Option<&Issuer> {
        let wanted = (algorithm, standing, level);
        self.issuers.iter().find(|one| (one.algorithm, one.standing, one.level) == wanted)
    }

    /// The root above an authority; a root itself.
    pub(crate) fn root_of(&self, issuer: &Issuer) -> Result<&Issuer, StoreError> {
        self.issuer(issuer.algorithm, issuer.standing.of_root(), Level::Root)
            .ok_or(StoreError::Corrupt { what: "root" })
    }

    pub(crate) fn issuer_by_id(&self, id: i64) -> Result<&Issuer, StoreError> {
        self.issuers.iter().find(|one| one.id == id).ok_or(StoreError::Corrupt { what: "issuer" })
    }
}

impl Authority {
    /// Opens the authority of a folder: the file `certificates.sqlite` in it, made where it is not there. One process at
    /// a time has it open. Its own certificates and first lists are made on first need.
    pub fn open(data_dir: &Path, options: AuthorityOptions) -> Result<Self, OpenError> {
        Self::open_file(data_dir, Store::FILE, options, Weak::new())
    }

    pub(crate) fn open_file(
        folder: &Path,
        file: &str,
        options: AuthorityOptions,
        trunk: Weak<Shared>,
    ) -> Result<Self, OpenError> {
        let path = folder.join(file);
        let store = Store::open_file(&path)?;
        let failed = |source| OpenError::Store { path, source };
        let (now, issuers) = load(&store, options.now).map_err(failed)?;
        let state = State {
            store,
            now,
            base_url: DEFAULT_URL.to_owned(),
            issuers,
            faults: Faults::default(),
            answers: Answers::default(),
        };
        let shared = Shared {
            default_algorithm: options.default_algorithm,
            folder: folder.to_owned(),
            file: file.to_owned(),
            trunk,
            branches: Branches::default(),
            making: Mutex::new(()),
            state: Mutex::new(state),
            stirred: Notify::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The authority's time: the newest instant it was ever given, to the second.
    pub fn now(&self) -> Timestamp {
        self.state().now
    }

    /// Algorithm of certificates that are asked for without one.
    pub fn default_algorithm(&self) -> KeyAlgorithm {
        self.shared.default_algorithm
    }

    /// Says under which address the authority is reached from now on, without a slash at the end. Certificates made
    /// before keep theirs, and so do the authorities' own.
    pub fn set_public_url(&self, url: &str) {
        self.state().base_url = url.trim_end_matches('/').to_owned();
    }

    /// The trusted hierarchies, and where their lists are. Made on first need.
    pub fn authorities(&self) -> Result<Vec<Authorities>, PublishError> {
        self.prepare_trusted()?;
        let state = self.state();
        let made = KeyAlgorithm::ALL.into_iter().filter_map(|algorithm| {
            let find = |level| state.issuer(algorithm, Standing::Trusted, level);
            let url = |level, suffix| {
                let stem = file_stem(algorithm, Standing::Trusted, level);
                format!("{}/crl/{stem}{suffix}.crl", state.base_url)
            };
            Some(Authorities {
                algorithm,
                root: find(Level::Root)?.certificate.clone(),
                issuing: find(Level::Issuing)?.certificate.clone(),
                crl_urls: vec![url(Level::Issuing, ""), url(Level::Root, "")],
                delta_crl_urls: vec![url(Level::Issuing, profile::DELTA_SUFFIX)],
                ocsp_urls: vec![profile::ocsp_url(&state.base_url)],
            })
        });
        Ok(made.collect())
    }

    /// Certificate of an authority, DER, by the stem of its file name, for example `rsa` or `rsa-root`.
    pub fn authority_certificate(&self, stem: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.issuers.iter().find(|one| one.file_stem() == stem).map(|one| one.certificate.clone())
    }

    /// Certificates of a person and an organisation, oldest first; an empty number matches all. The authorities' own are
    /// not among them.
    pub fn certificates(&self, iin: &str, bin: &str) -> Result<Vec<IssuedCertificate>, StoreError> {
        let state = self.state();
        let rows = store::certificates(state.store.connection(), iin, bin)?;
        rows.into_iter().map(|row| issued(&state, row)).collect()
    }

    /// Revokes a certificate for good and publishes its issuer's list. A certificate on hold may be revoked. `at` is the
    /// revocation date of the list, by default now, and may lie in the past. The serial number of an issuing authority
    /// revokes that authority on its root's list.
    pub fn revoke(
        &self,
        serial: &str,
        reason: RevocationReason,
        at: Option<Timestamp>,
    ) -> Result<IssuedCertificate, RevokeError> {
        if reason == RevocationReason::CertificateHold {
            return Err(RevokeError::HoldIsNoRevocation);
        }
        self.change(serial, |now, state| match state {
            CertificateState::Revoked(_) => Ok(None),
            CertificateState::Good | CertificateState::OnHold { .. } => {
                let at = at.map_or(now, whole_second);
                if at > now {
                    return Err(RevokeError::InFuture { at, now });
                }
                Ok(Some(Some(Revocation { at, reason })))
            }
        })
    }

    /// Puts a good certificate on hold and publishes its issuer's list.
    pub fn hold(&self, serial: &str) -> Result<IssuedCertificate, RevokeError> {
        self.change(serial, |now, state| match state {
            CertificateState::OnHold { .. } | CertificateState::Revoked(_) => Ok(None),
            CertificateState::Good => {
                Ok(Some(Some(Revocation { at: now, reason: RevocationReason::CertificateHold })))
            }
        })
    }

    /// Takes a certificate off hold and publishes its issuer's list.
    pub fn release(&self, serial: &str) -> Result<IssuedCertificate, RevokeError> {
        self.change(serial, |_, state| match state {
            CertificateState::Good | CertificateState::Revoked(_) => Ok(None),
            CertificateState::OnHold { .. } => Ok(Some(None)),
        })
    }

    // `decide` answers the new revocation, or `None` where the state does not allow the change.
    fn change(
        &self,
        serial: &str,
        decide: impl FnOnce(Timestamp, CertificateState) -> Result<Option<Option<Revocation>>, RevokeError>,
    ) -> Result<IssuedCertificate, RevokeError> {
        let serial = normalized(serial);
        let mut state = self.state();
        let (issuer, before) =
            find(&state, &serial)?.ok_or_else(|| RevokeError::SerialUnknown { serial: serial.clone() })?;
        let Some(revocation) = decide(state.now, before.state)? else {
            return Err(RevokeError::State { serial, state: before.state });
        };
        let issuer = state.issuer_by_id(issuer)?.clone();
        let now = state.now;
        let transaction = state.store.transaction()?;
        lists::set_revocation(&transaction, issuer.id, &serial, revocation)?;
        list::publish(&transaction, &issuer, now, Occasion::Change)?;
        transaction.commit().map_err(StoreError::from)?;
        state.answers.forget_about(&serial);
        self.shared.stirred.notify_one();
        Ok(IssuedCertificate { state: state_of(revocation), ..before })
    }

    pub(crate) fn prepare_trusted(&self) -> Result<(), PublishError> {
        KeyAlgorithm::ALL.into_iter().try_for_each(|algorithm| self.prepare(algorithm, Standing::Trusted))
    }

    /// Makes the hierarchy and its first lists where they are not there.
    pub(crate) fn prepare(&self, algorithm: KeyAlgorithm, standing: Standing) -> Result<(), PublishError> {
        let _making = self.making();
        let (now, base_url, root) = {
            let state = self.state();
            if state.issuer(algorithm, standing, Level::Issuing).is_some() {
                return Ok(());
            }
            let root = state.issuer(algorithm, standing.of_root(), Level::Root).cloned();
            (state.now, state.base_url.clone(), root)
        };
        let making = Making { algorithm, standing, now, base_url: &base_url };
        let rows = match root {
            Some(root) => making.under(&root)?,
            None => making.pair()?,
        };
        let mut state = self.state();
        let now = state.now;
        let transaction = state.store.transaction()?;
        let mut made = Vec::new();
        for row in rows {
            let id = store::add_authority(&transaction, &row)?;
            let issuer = Issuer::load(AuthorityRow { id, ..row })?;
            list::publish(&transaction, &issuer, now, Occasion::Due)?;
            made.push(issuer);
        }
        transaction.commit().map_err(StoreError::from)?;
        state.issuers.extend(made);
        Ok(())
    }

    pub(crate) fn making(&self) -> MutexGuard<'_, ()> {
        self.shared.making.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // A panic elsewhere leaves at most a transaction that was rolled back: the state is good to go on with.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load(store: &Store, given: Timestamp) -> Result<(Timestamp, Vec<Issuer>), StoreError> {
    let now = store::clock(store.connection())?.unwrap_or_else(|| whole_second(given));
    store::set_clock(store.connection(), now)?;
    let rows = store::authorities(store.connection())?;
    let issuers = rows.into_iter().map(Issuer::load).collect::<Result<_, _>>()?;
    Ok((now, issuers))
}

/// Certificates and lists know whole seconds only. Cut off, never rounded up: nothing is dated ahead of the time given.
pub(crate) fn whole_second(at: Timestamp) -> Timestamp {
    at.to_offset(time::UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at)
}

// People copy serial numbers from tools that write them in small letters or with colons.
fn normalized(serial: &str) -> String {
    serial.chars().filter(|c| !matches!(c, ':' | ' ')).map(|c| c.to_ascii_uppercase()).collect()
}

/// A holder's certificate or an issuing authority, with the id of its issuer.
fn find(state: &State, serial: &str) -> Result<Option<(i64, IssuedCertificate)>, StoreError> {
    // Of a certificate that was never issued nothing is known but what its holder has.
    let known = store::by_serial(state.store.connection(), serial)?;
    if let Some(row) = known.filter(|row| row.defect != Some(Defect::NotIssued)) {
        return Ok(Some((row.issuer, issued(state, row)?)));
    }
    let level = Level::Issuing;
    let Some(authority) = state.issuers.iter().find(|one| one.level == level && one.serial == serial) else {
        return Ok(None);
    };
    let (algorithm, standing) = (authority.algorithm, authority.standing);
    let root = state.root_of(authority)?;
    let revocation = lists::revocation_of(state.store.connection(), serial)?;
    let certificate = IssuedCertificate {
        serial: authority.serial.clone(),
        subject: profile::authority_name(algorithm, standing, level).text,
        algorithm,
        not_before: authority.not_before,
        not_after: authority.not_after,
        state: state_of(revocation),
        defect: None,
        label: String::new(),
        der: authority.certificate.clone(),
    };
    Ok(Some((root.id, certificate)))
}

pub(crate) fn issued(state: &State, row: CertificateRow) -> Result<IssuedCertificate, StoreError> {
    Ok(IssuedCertificate {
        algorithm: state.issuer_by_id(row.issuer)?.algorithm,
        serial: row.serial,
        subject: row.subject,
        not_before: row.not_before,
        not_after: row.not_after,
        state: state_of(row.revocation),
        defect: row.defect,
        label: row.label,
        der: row.certificate,
    })
}

fn state_of(revocation: Option<Revocation>) -> CertificateState {
    match revocation {
        None => CertificateState::Good,
        Some(Revocation { at, reason: RevocationReason::CertificateHold }) => {
            CertificateState::OnHold { since: at }
        }
        Some(revocation) => CertificateState::Revoked(revocation),
    }
}
