//! People of a session's own: agencies, fronts and certificates all know them, and nobody else does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use eush::testing::{TestBus, agency, person, somebody};
use eush_domain::synthetic::numbers::{self, Sex, SyntheticBirth};
use eush_wire::adapter::v1::GetRosterRequest;
use eush_wire::adapter::v1::roster_service_client::RosterServiceClient;
use eush_wire::management::v1 as wire;
use eush_wire::management::v1::people_service_client::PeopleServiceClient;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

async fn channel(address: &str) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

fn within<T>(session: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("eush-session", session.parse().unwrap());
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_number_in_two_sessions_is_two_people() {
    let bus = TestBus::shared();
    let (one, two) = (bus.session().await, bus.session().await);
    let birth = SyntheticBirth { year: 91, month: 4, day: 3, sex: Sex::Female };
    let iin = numbers::iin(birth, 4321);
    // In one she is registered as unemployed, in two she is not, and the desk's register does not know her either.
    let hers = one.adds(somebody("dana").with_iin(iin.digits()).unemployed()).await;
    let theirs = two
        .adds(somebody("dana").with_iin(iin.digits()).unknown_to(wire::Register::Persons).with(|draft| {
            draft.town = "aktobe".to_owned();
        }))
        .await;
    assert_eq!((hers.record().iin, theirs.record().iin), (iin, iin));
    assert_ne!(hers.record().address.town, theirs.record().address.town);
    // Each logs in, signs with a certificate of her own, and meets registers that know her as her session says.
    let (done, refused) = tokio::join!(hers.applies("000-A/portal"), theirs.applies("000-A/portal"));
    assert!(done.is_completed(), "{done:?}");
    assert_eq!(refused.reason(), "GROUNDS_NOT_MET", "{refused:?}");
    let (done, refused) =
        tokio::join!(hers.applies("000-A/state-corporation"), theirs.applies("000-A/state-corporation"));
    assert!(done.is_completed(), "{done:?}");
    assert_eq!(refused.reason(), "PERSON_ABSENT", "{refused:?}");
    // Sentences, counts and the journal know her by her key.
    one.verify_times(agency("enbek").handed_a_document_of(person("dana")), 2).await;
    two.verify_times(agency("gbdfl").asked_about(person("dana")), 1).await;
    // What was said holds from the next call on, without anybody being told.
    two.changes(somebody("dana").known_to(wire::Register::Persons).unemployed()).await;
    let done = theirs.applies("000-A/state-corporation").await;
    assert!(done.is_completed(), "{done:?}");
    let gone = one.changes(somebody("dana").unknown_to(wire::Register::Unemployed)).await;
    assert_eq!(gone.applies("000-A/portal").await.reason(), "GROUNDS_NOT_MET");
    // The shared bus knows nobody of that name or number.
    let mut people = PeopleServiceClient::new(channel(&bus.address("management")).await);
    for key in ["dana", iin.digits()] {
        let status = people.get_person(wire::GetPersonRequest { key: key.to_owned() }).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
        assert!(!status.message().contains(iin.digits()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_the_population_differ_by_session() {
    let bus = TestBus::shared();
    let (one, two) = (bus.session().await, bus.session().await);
    one.changes(somebody("aigerim").unknown_to(wire::Register::Unemployed).with_password("another-password"))
        .await;
    let (hers, theirs) = (one.person("aigerim"), two.person("aigerim"));
    let (refused, done) = tokio::join!(hers.applies("000-A/portal"), theirs.applies("000-A/portal"));
    assert_eq!(refused.reason(), "GROUNDS_NOT_MET");
    assert!(done.is_completed(), "{done:?}");
    let key = one.session_key().unwrap().as_str();
    let mut people = PeopleServiceClient::new(channel(&bus.address("management")).await);
    let list = wire::ListPeopleRequest { said_only: true };
    let said = people.list_people(within(key, list)).await.unwrap().into_inner().people;
    assert_eq!(said.iter().map(|person| person.key.as_str()).collect::<Vec<_>>(), ["aigerim"]);
    assert_eq!(said[0].origin(), wire::PersonOrigin::Changed);
    assert_eq!(said[0].password, "another-password");
    let removed = wire::RemovePersonRequest { key: "aigerim".to_owned() };
    people.remove_person(within(key, removed)).await.unwrap();
    let again = people.get_person(within(key, wire::GetPersonRequest { key: "aigerim".to_owned() })).await;
    assert_eq!(again.unwrap_err().code(), Code::NotFound);
    let reset = people.reset_people(within(key, wire::ResetPeopleRequest {})).await.unwrap().into_inner();
    assert_eq!(reset.reset, 1);
    assert!(one.person("aigerim").applies("000-A/portal").await.is_completed());
}

#[tokio::test(flavor = "multi_thread")]
async fn living_people_s_numbers_are_refused_in_three_languages() {
    let bus = TestBus::shared();
    let session = bus.session().await;
    let key = session.session_key().unwrap().as_str();
    let mut people = PeopleServiceClient::new(channel(&bus.address("management")).await);
    let birth = SyntheticBirth { year: 85, month: 3, day: 12, sex: Sex::Male };
    let living = numbers::iin_by(numbers::Scheme::Plausible, birth, 0);
    let add = |draft: wire::PersonDraft| {
        within(key, wire::AddPersonRequest { key: "dana".to_owned(), person: Some(draft) })
    };
    let draft = wire::PersonDraft { iin: living.digits().to_owned(), ..Default::default() };
    let status = people.add_person(add(draft)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.get_details_error_info().unwrap().reason, "PERSON_NUMBER_NOT_SYNTHETIC");
    let bad = status.get_details_bad_request().unwrap();
    assert_eq!(bad.field_violations[0].field, "person.iin");
    assert!(bad.field_violations[0].description.contains("leave it out"));
    assert!(!format!("{status:?}").contains(living.digits()));
    let texts = status.check_error_details_vec().unwrap().into_iter();
    let languages = texts.filter(|detail| matches!(detail, tonic_types::ErrorDetail::LocalizedMessage(_)));
    assert_eq!(languages.count(), 3);
    // Everything that is wrong with a draft is told at once, with the fields.
    let draft = wire::PersonDraft {
        birth_date: "yesterday".to_owned(),
        sex: 9,
        known_to: vec![wire::Register::Persons.into()],
        unknown_to: vec![wire::Register::Persons.into(), 77],
        ..Default::default()
    };
    let status = people.add_person(add(draft)).await.unwrap_err();
    let bad = status.get_details_bad_request().unwrap();
    let fields: Vec<_> = bad.field_violations.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["person.birth_date", "person.sex", "person.unknown_to", "person.unknown_to"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_senders_learn_at_the_bus_who_its_people_are() {
    let bus = TestBus::shared();
    let session = bus.session().await;
    session.adds(somebody("dana")).await;
    let key = session.session_key().unwrap().as_str();
    let mut rosters = RosterServiceClient::new(channel(&bus.address("gateway")).await);
    let sender = |password: &str| {
        Some(eush_wire::bus::v1::Sender { sender_id: "PORTAL".to_owned(), password: password.to_owned() })
    };
    for sender in [None, sender("wrong")] {
        let request = GetRosterRequest { sender, ..Default::default() };
        let status = rosters.get_roster(within(key, request)).await.unwrap_err();
        assert_eq!(status.get_details_error_info().unwrap().reason, "SENDER_UNKNOWN");
    }
    let request = GetRosterRequest { sender: sender(&bus.secret("PORTAL")), ..Default::default() };
    let told = rosters.get_roster(within(key, request.clone())).await.unwrap().into_inner();
    assert!(told.roster.contains("dana") && !told.revision.is_empty());
    let known = GetRosterRequest { known_revision: told.revision.clone(), ..request.clone() };
    let again = rosters.get_roster(within(key, known)).await.unwrap().into_inner();
    assert_eq!((again.revision, again.roster.as_str()), (told.revision, ""));
}
