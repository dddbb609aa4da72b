//! `eush.management.v1.PeopleService`, and `eush.adapter.v1.RosterService` by which agencies and fronts learn of it.

use std::sync::Arc;

use eush_domain::synthetic::population::roster::{Origin, PersonDraft, Roster, RosterError};
use eush_domain::synthetic::population::{Person, Population};
use eush_domain::{Iin, Rejection, SenderId};
use eush_faults::Line;
use eush_pipeline::ports::Directory as _;
use eush_pipeline::raw::Secret;
use eush_pipeline::{FieldFault, Refusal};
use eush_wire::adapter::v1 as adapter;
use eush_wire::adapter::v1::roster_service_server::RosterService;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::people_service_server::PeopleService;
use tonic::transport::server::TlsConnectInfo;
use tonic::{Code, Request, Response, Status};

use super::journal::shown;
use crate::config::Fingerprint;
use crate::parts::Core;
use crate::people::{self, CensusError, Now};
use crate::realm::Realm;
use crate::rescue::{self, Context};

/// The service.
#[derive(Clone)]
pub(crate) struct People(pub(crate) Arc<Core>);

impl From<CensusError> for Status {
    fn from(error: CensusError) -> Self {
        let error = match error {
            CensusError::Roster(error) => error,
            CensusError::Store(error) => return rescue::incident(&error, &Context::default()),
        };
        let message = error.to_string();
        match error {
            RosterError::Exists { .. } => rescue::management(Code::AlreadyExists, "PERSON_EXISTS", &message),
            RosterError::Field { field, expected } => {
                let field = if field == "key" { field.to_owned() } else { format!("person.{field}") };
                rescue::fields(vec![(field, expected)])
            }
            RosterError::HoldsOffice { .. } => {
                rescue::management(Code::FailedPrecondition, "PERSON_HOLDS_OFFICE", &message)
            }
            RosterError::NotSynthetic { expected } => rescue::refused(
                &Refusal {
                    faults: vec![FieldFault::new("person.iin", expected)],
                    ..Refusal::of(Rejection::PersonNumberNotSynthetic)
                },
                &Context::default(),
            ),
            RosterError::NumberTaken => {
                rescue::management(Code::AlreadyExists, "PERSON_NUMBER_TAKEN", &message)
            }
            RosterError::TooMany => rescue::management(Code::ResourceExhausted, "TOO_MANY_PEOPLE", &message),
            RosterError::Unknown { .. } => unknown(&message),
        }
    }
}

fn unknown(message: &str) -> Status {
    rescue::management(Code::NotFound, "PERSON_UNKNOWN", message)
}

fn told(realm: &Realm, now: &Now, person: &Person) -> wire::Person {
    people::person(&now.population, person, now.roster.origin(realm.people.base(), &person.key))
}

/// Somebody of whom something has just been said.
fn said(realm: &Realm, now: &Now, key: &str) -> Result<wire::Person, Status> {
    let person = now.population.person(key);
    Ok(told(realm, now, person.ok_or_else(|| unknown("somebody else has removed them since"))?))
}

fn draft(said: Option<wire::PersonDraft>) -> Result<PersonDraft, Status> {
    people::draft(said.unwrap_or_default()).map_err(rescue::fields)
}

/// Says something of a realm's people. Runs to its end although the caller may go away.
async fn say<T: Send + 'static>(
    realm: &Arc<Realm>,
    change: impl FnOnce(&mut Roster, &Population) -> Result<T, RosterError> + Send + 'static,
) -> Result<(Arc<Now>, T), Status> {
    let realm = realm.clone();
    let work = async move {
        let _inside = realm.gate.enter().map_err(rescue::rejected)?;
        Ok(realm.people.say(&realm.store, change).await?)
    };
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => Err(rescue::incident(&error, &Context::default())),
    }
}

#[tonic::async_trait]
impl PeopleService for People {
    async fn list_people(
        &self,
        request: Request<wire::ListPeopleRequest>,
    ) -> Result<Response<wire::ListPeopleResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let now = realm.people.now();
        let said_only = request.get_ref().said_only;
        let wanted = |person: &&Person| {
            !said_only || now.roster.origin(realm.people.base(), &person.key) != Origin::Population
        };
        let people = now.population.people().iter().filter(wanted).map(|person| told(&realm, &now, person));
        Ok(Response::new(wire::ListPeopleResponse { people: people.collect() }))
    }

    async fn get_person(
        &self,
        request: Request<wire::GetPersonRequest>,
    ) -> Result<Response<wire::GetPersonResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let now = realm.people.now();
        let key = request.into_inner().key;
        let found = match Iin::parse(&key) {
            Ok(iin) => now.population.by_iin(&iin),
            Err(_) => now.population.person(&key),
        };
        // What was asked by may be a number, and is not repeated then.
        let name =
            if Iin::parse(&key).is_ok() { "such a number".to_owned() } else { format!("`{}`", shown(&key)) };
        let person = found.ok_or_else(|| unknown(&format!("there is nobody of {name} here")))?;
        Ok(Response::new(wire::GetPersonResponse { person: Some(told(&realm, &now, person)) }))
    }

    async fn add_person(
        &self,
        request: Request<wire::AddPersonRequest>,
    ) -> Result<Response<wire::AddPersonResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let wire::AddPersonRequest { key, person } = request.into_inner();
        let draft = draft(person)?;
        let of = key.clone();
        let (now, ()) = say(&realm, move |roster, base| roster.add(base, &of, draft)).await?;
        Ok(Response::new(wire::AddPersonResponse { person: Some(said(&realm, &now, &key)?) }))
    }

    async fn change_person(
        &self,
        request: Request<wire::ChangePersonRequest>,
    ) -> Result<Response<wire::ChangePersonResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let wire::ChangePersonRequest { key, person } = request.into_inner();
        let draft = draft(person)?;
        let of = key.clone();
        let (now, ()) = say(&realm, move |roster, base| roster.change(base, &of, draft)).await?;
        Ok(Response::new(wire::ChangePersonResponse { person: Some(said(&realm, &now, &key)?) }))
    }

    async fn remove_person(
        &self,
        request: Request<wire::RemovePersonRequest>,
    ) -> Result<Response<wire::RemovePersonResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let key = request.into_inner().key;
        say(&realm, move |roster, base| roster.remove(base, &key)).await?;
        Ok(Response::new(wire::RemovePersonResponse {}))
    }

    async fn reset_people(
        &self,
        request: Request<wire::ResetPeopleRequest>,
    ) -> Result<Response<wire::ResetPeopleResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let forget = |roster: &mut Roster, _: &Population| {
            let said = std::mem::take(roster).len();
            Ok(u32::try_from(said).unwrap_or(u32::MAX))
        };
        let (_, reset) = say(&realm, forget).await?;
        Ok(Response::new(wire::ResetPeopleResponse { reset }))
    }
}

/// Which listener a roster is asked for at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// The bus's: a sender says who it is.
    Bus,
    /// Management's: whoever is let in may know.
    Management,
}

/// The service.
#[derive(Clone)]
pub(crate) struct Rosters(pub(crate) Arc<Core>, pub(crate) Door);

impl Rosters {
    /// Only senders of the bus learn who its people are and how they log in.
    fn admit(&self, request: &Request<adapter::GetRosterRequest>) -> Result<(), Status> {
        match self.1 {
            Door::Management => return Ok(()),
            Door::Bus => {}
        }
        let unknown = || rescue::rejected(Rejection::SenderUnknown);
        let sender = request.get_ref().sender.as_ref().ok_or_else(unknown)?;
        let id = SenderId::parse(&sender.sender_id).map_err(|_| unknown())?;
        let entry = self.0.ground.directory.sender(&id).ok_or_else(unknown)?;
        let tls = request.extensions().get::<TlsConnectInfo<Line>>().and_then(TlsConnectInfo::peer_certs);
        let presented = tls.as_ref().and_then(|chain| chain.first()).map(|der| Fingerprint::of(der).bytes());
        if entry.is(&Secret::new(sender.password.as_str()), presented) { Ok(()) } else { Err(unknown()) }
    }
}

#[tonic::async_trait]
impl RosterService for Rosters {
    async fn get_roster(
        &self,
        request: Request<adapter::GetRosterRequest>,
    ) -> Result<Response<adapter::GetRosterResponse>, Status> {
        self.admit(&request)?;
        let realm = self.0.realm(&request)?;
        let now = realm.people.now();
        let known = now.revision == request.get_ref().known_revision;
        Ok(Response::new(adapter::GetRosterResponse {
            revision: now.revision.clone(),
            roster: if known { String::new() } else { now.told.clone() },
        }))
    }
}
