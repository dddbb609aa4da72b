//! Scripted answers of one realm: its scripts, its replays, its recordings, and what they need of the outside: who people
//! are, and a key for a provider's result. Matching and redaction are `eush-scripts`'s.

mod people;
mod signer;

use std::sync::{Arc, Mutex, PoisonError};

use eush_domain::AgencyId;
use eush_pipeline::ports::{Delivery, Question};
use eush_scripts::asked::Asked;
use eush_scripts::book::{Book, BookState, Explained, Found};
use eush_scripts::record::{Recorder, SavedTape};
use eush_scripts::{Answer, Fault, Faults, SignerFacts};
use eush_wire::management::v1::Unmatched;
use serde::{Deserialize, Serialize};

use crate::agencies;
use crate::realm::SCRIPTS;
use crate::store::{DatabaseError, SqliteStore};

pub(crate) use people::Known;
pub(crate) use signer::ResultSigner;

/// What stands in an agency's place in one realm.
#[derive(Debug)]
pub(crate) struct Scripting {
    pub(crate) book: Book,
    pub(crate) recorder: Recorder,
    replays: Mutex<Vec<Arc<Replay>>>,
    pub(crate) people: Arc<Known>,
    pub(crate) signer: ResultSigner,
    store: SqliteStore,
}

/// A recording that is played back.
#[derive(Debug)]
pub(crate) struct Replay {
    pub(crate) id: String,
    pub(crate) book: Book,
}

/// What a call meets before the agency.
#[derive(Debug)]
pub(crate) enum Met {
    /// Nothing: the agency is asked.
    Agency,
    /// An answer, and who gives it.
    Answer { by: String, answer: Box<Answer> },
    /// An answer that cannot be given.
    Broken { by: String, fault: String },
    /// Nothing matches, and that is refused.
    Refusal { by: String },
}

impl Scripting {
    pub(crate) fn new(people: Arc<Known>, signer: ResultSigner, store: SqliteStore) -> Self {
        Self {
            book: Book::default(),
            recorder: Recorder::default(),
            replays: Mutex::default(),
            people,
            signer,
            store,
        }
    }

    /// The replays, the newest first.
    pub(crate) fn replays(&self) -> Vec<Arc<Replay>> {
        self.replays.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins a replay; false where one has that id.
    pub(crate) fn start_replay(&self, replay: Replay) -> bool {
        let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
        if replays.iter().any(|other| other.id == replay.id) {
            return false;
        }
        replays.insert(0, Arc::new(replay));
        true
    }

    /// Ends a replay.
    pub(crate) fn stop_replay(&self, id: &str) -> Option<Arc<Replay>> {
        let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
        let at = replays.iter().position(|replay| replay.id == id)?;
        Some(replays.remove(at))
    }

    /// Whether there is nothing that a call could meet and nobody who records this agency.
    pub(crate) fn is_idle(&self, agency: &AgencyId) -> bool {
        self.book.is_idle() && self.replays().is_empty() && !self.recorder.wants(agency.as_str())
    }

    /// A question as scripts see it.
    pub(crate) fn question(&self, agency: &AgencyId, question: &Question) -> Asked {
        let pseudonym = self.people.pseudonyms().of(question.about);
        let request = agencies::lookup_request(question);
        Asked::lookup(
            agency.as_str(),
            &request,
            &signer_facts(&question.signed.signature.0),
            pseudonym.as_str(),
        )
    }

    /// A delivery as scripts see it.
    pub(crate) fn delivery(&self, agency: &AgencyId, delivery: &Delivery) -> Asked {
        let request = agencies::deliver_request(delivery);
        let signer = signer_facts(&delivery.document.signature.0);
        let pseudonym = people::applicant(&delivery.document.content.0)
            .map(|party| self.people.pseudonyms().of(party).as_str().to_owned());
        Asked::deliver(agency.as_str(), &request, &signer, pseudonym.as_deref().unwrap_or_default())
    }

    /// What a call meets: a script, else a replay, the newest first, else the agency.
    pub(crate) fn meet(&self, asked: &Asked) -> Met {
        let people = self.people.as_ref();
        let mut refused_by = None;
        match self.book.find(asked, people) {
            Found::Answer { answer: Answer::PassOn, .. } => return Met::Agency,
            Found::Answer { id, answer } => {
                return Met::Answer { by: format!("script/{id}"), answer: Box::new(answer) };
            }
            Found::Broken { id, fault } => return Met::Broken { by: format!("script/{id}"), fault },
            Found::PassOn => {}
            Found::Refuse => refused_by = Some("script/unmatched".to_owned()),
        }
        for replay in self.replays() {
            let by = || format!("replay/{}", replay.id);
            match replay.book.find(asked, people) {
                Found::Answer { answer: Answer::PassOn, .. } => return Met::Agency,
                Found::Answer { answer, .. } => return Met::Answer { by: by(), answer: Box::new(answer) },
                Found::Broken { fault, .. } => return Met::Broken { by: by(), fault },
                Found::PassOn => {}
                Found::Refuse => refused_by = refused_by.or_else(|| Some(by())),
            }
        }
        refused_by.map_or(Met::Agency, |by| Met::Refusal { by })
    }

    /// What was tried for each call of a message, in their order: the scripts, then each replay's.
    pub(crate) fn explain(&self, message_id: &str) -> Vec<(Option<String>, Explained)> {
        let of_book = |replay: Option<String>, explained: Vec<Explained>| {
            explained.into_iter().map(move |one| (replay.clone(), one)).collect::<Vec<_>>()
        };
        let mut all = of_book(None, self.book.explain(message_id));
        for replay in self.replays() {
            all.extend(of_book(Some(replay.id.clone()), replay.book.explain(message_id)));
        }
        all
    }
}

/// A count of scripts belongs to the realm's own book, or to a replay's: `scripts/<id>`, `replay/<replay>/<id>`. A replay's
/// name holds no slash.
const OWN: &str = "scripts/";
const REPLAY: &str = "replay/";

impl Scripting {
    /// Keeps how often scripts answered, before the answer leaves: who is killed after it goes on where its sequences stood.
    pub(crate) async fn keep_counts(&self) {
        let mut counts: Vec<(String, u64)> =
            self.book.unsaved().into_iter().map(|(id, count)| (format!("{OWN}{id}"), count)).collect();
        for replay in self.replays() {
            let of = |(id, count)| (format!("{REPLAY}{}/{id}", replay.id), count);
            counts.extend(replay.book.unsaved().into_iter().map(of));
        }
        if counts.is_empty() {
            return;
        }
        if let Err(error) = self.store.save_part_counts(SCRIPTS, counts).await {
            tracing::error!(%error, "how often scripts answered could not be saved");
        }
    }

    /// Takes what was saved, and the counts that rose since.
    ///
    /// # Errors
    /// Where the store fails. What no longer holds is left out, and told to the log.
    pub(crate) async fn restore(&self) -> Result<(), DatabaseError> {
        let Some(saved) = self.store.part::<ScriptingState>(SCRIPTS).await? else { return Ok(()) };
        if let Err(faults) = self.import(&saved) {
            tracing::error!(?faults, "saved scripts no longer hold and are left out");
            return Ok(());
        }
        let counts = self.store.part_counts(SCRIPTS).await?;
        let own = counts.iter().filter_map(|(name, count)| Some((name.strip_prefix(OWN)?, *count)));
        self.book.catch_up(own);
        for replay in self.replays() {
            let prefix = format!("{REPLAY}{}/", replay.id);
            let of = counts.iter().filter_map(|(name, count)| Some((name.strip_prefix(&prefix)?, *count)));
            replay.book.catch_up(of);
        }
        Ok(())
    }
}

/// Everything of a realm's scripting that outlives a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScriptingState {
    book: BookState,
    /// The newest first.
    replays: Vec<SavedReplay>,
    #[serde(default)]
    recordings: Vec<SavedTape>,
}

/// A replay that outlives a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedReplay {
    id: String,
    book: BookState,
}

impl Scripting {
    /// What is to be saved.
    pub(crate) fn export(&self) -> ScriptingState {
        let saved = |replay: &Arc<Replay>| SavedReplay { id: replay.id.clone(), book: replay.book.export() };
        ScriptingState {
            book: self.book.export(),
            replays: self.replays().iter().map(saved).collect(),
            recordings: self.recorder.save(),
        }
    }

    /// Takes what was saved.
    ///
    /// # Errors
    /// What of a script no longer holds, for example because a name of it is gone.
    pub(crate) fn import(&self, state: &ScriptingState) -> Result<(), Faults> {
        self.book.import(&state.book, self.people.as_ref())?;
        let replays = state.replays.iter().map(|saved| {
            let book = Book::default();
            book.import(&saved.book, self.people.as_ref())?;
            Ok(Arc::new(Replay { id: saved.id.clone(), book }))
        });
        let replays = replays.collect::<Result<Vec<_>, Faults>>()?;
        let unreadable = || Faults(vec![Fault::new("recordings", "recordings that were saved")]);
        self.recorder.restore(&state.recordings).ok_or_else(unreadable)?;
        *self.replays.lock().unwrap_or_else(PoisonError::into_inner) = replays;
        Ok(())
    }
}

impl Replay {
    /// How it is told.
    pub(crate) fn state(&self) -> eush_wire::management::v1::Replay {
        let (scripts, unmatched, unmatched_calls) = self.book.list();
        let answers: usize = scripts.iter().map(|state| state.script.answers.len()).sum();
        eush_wire::management::v1::Replay {
            id: self.id.clone(),
            answers: u64::try_from(answers).unwrap_or(u64::MAX),
            matched: scripts.iter().map(|state| state.matched).sum(),
            unmatched_calls,
            unmatched: match unmatched {
                Unmatched::Refuse => Unmatched::Refuse,
                Unmatched::PassOn | Unmatched::Unspecified => Unmatched::PassOn,
            }
            .into(),
        }
    }
}

/// What the signer's certificate says. The message is cleared, so that the signature holds where there is one; what cannot
/// be read has no facts to match.
fn signer_facts(signature: &[u8]) -> SignerFacts {
    use eush_pki::name::attribute;
    let Some(certificate) = signer_certificate(signature) else { return SignerFacts::default() };
    let subject = certificate.subject();
    let policies = certificate.extensions().policies.iter().flatten().map(ToString::to_string);
    SignerFacts {
        iin: subject.iin.present().map(|iin| iin.digits().to_owned()),
        bin: subject.bin.present().map(|bin| bin.digits().to_owned()),
        serial: Some(certificate.serial_hex().to_uppercase()),
        issuer: certificate.issuer_dn().first(attribute::COMMON_NAME).map(str::to_owned),
        roles: subject.roles.iter().map(|role| role.name().to_owned()).collect(),
        policies: policies.collect(),
        name: subject.common_name.clone(),
        system: subject.system.clone(),
        algorithm: certificate.algorithm().ok().map(|algorithm| algorithm.name().to_owned()),
    }
}

fn signer_certificate(signature: &[u8]) -> Option<eush_pki::Certificate> {
    let signed = eush_pki::signature::parse(signature).ok()?;
    let signer = signed.signers().first()?;
    let candidates = signed.candidates(signer);
    candidates.first().and_then(|der| eush_pki::Certificate::parse(der).ok())
}
