use eush_domain::Rejection;
use eush_pipeline::message::MessageKind;
use eush_pipeline::profile::Profile;
use time::macros::datetime;

use super::*;

fn verdict(message_id: &str, sender_id: &str, rejection: Option<Rejection>) -> Verdict {
    let at = datetime!(2026-03-02 05:00 UTC);
    Verdict {
        message_id: message_id.to_owned(),
        session_id: String::new(),
        kind: MessageKind::Send,
        sender_id: sender_id.to_owned(),
        service: None,
        regulation: None,
        channel: None,
        application: None,
        people: BTreeSet::new(),
        received_at: at,
        answered_at: at,
        profile: Profile::Strict,
        findings: Vec::new(),
        rejection,
        calls: Vec::new(),
        steps: Vec::new(),
        duration_micros: 0,
        trace_id: String::new(),
        nastiness: Vec::new(),
    }
}

async fn put(store: &SqliteStore, verdict: Verdict) {
    store.commit(Changes { verdict: Some(verdict), ..Changes::default() }).await.unwrap();
}

fn ids(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.verdict.message_id.as_str()).collect()
}

#[tokio::test]
async fn the_journal_is_narrowed_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join(SqliteStore::FILE), 4).unwrap();
    put(&store, verdict("m-1", "A", None)).await;
    put(&store, verdict("m-2", "B", Some(Rejection::IinMismatch))).await;
    put(&store, verdict("m-3", "A", Some(Rejection::IinMismatch))).await;
    put(&store, verdict("m-1", "A", Some(Rejection::AgencyTimeout))).await;
    let all = store.entries(EntryFilter::default(), 3).await.unwrap();
    assert_eq!(ids(&all), ["m-1", "m-3", "m-2"]);
    let reason = EntryFilter { reasons: Some(vec!["IIN_MISMATCH"]), ..EntryFilter::default() };
    assert_eq!(ids(&store.entries(reason.clone(), 9).await.unwrap()), ["m-3", "m-2"]);
    let both = EntryFilter { sender_id: Some("A".to_owned()), ..reason };
    assert_eq!(ids(&store.entries(both, 9).await.unwrap()), ["m-3"]);
    let newest = store.entry("m-1".to_owned()).await.unwrap().unwrap();
    assert_eq!(newest.verdict.rejection, Some(Rejection::AgencyTimeout));
    assert!(store.entry("m-4".to_owned()).await.unwrap().is_none());
    let after = store.entries_after(all[2].sequence, 9).await.unwrap();
    assert_eq!(ids(&after), ["m-3", "m-1"]);
}

#[tokio::test]
async fn listeners_are_told_after_the_write_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join(SqliteStore::FILE), 64).unwrap();
    let mut journal = store.journal();
    for index in 0..20 {
        put(&store, verdict(&format!("m-{index}"), "A", None)).await;
    }
    for index in 0..20 {
        let entry = journal.recv().await.unwrap();
        assert_eq!(entry.verdict.message_id, format!("m-{index}"));
        assert_eq!(entry.sequence, index + 1);
    }
}

#[tokio::test]
async fn a_write_whose_caller_left_is_whole_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join(SqliteStore::FILE), 4).unwrap();
    let mut journal = store.journal();
    let changes = Changes { verdict: Some(verdict("m-1", "A", None)), ..Changes::default() };
    {
        let mut write = std::pin::pin!(store.commit(changes));
        // Asked for, then left.
        let once = std::future::poll_fn(|context| {
            std::task::Poll::Ready(Future::poll(write.as_mut(), context).is_pending())
        });
        once.await;
    }
    assert_eq!(journal.recv().await.unwrap().verdict.message_id, "m-1");
    assert!(store.entry("m-1".to_owned()).await.unwrap().is_some());
}

#[tokio::test]
async fn seed_and_clock_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let clock = VirtualClock::starting_at(datetime!(2026-03-02 05:00 UTC));
    let store = SqliteStore::open(&folder.path().join(SqliteStore::FILE), 4).unwrap();
    assert_eq!((store.seed().await.unwrap(), store.clock().await.unwrap()), (None, None));
    store.save_seed(u64::MAX).await.unwrap();
    store.save_clock(clock).await.unwrap();
    store.close();
    let store = SqliteStore::open(&folder.path().join(SqliteStore::FILE), 4).unwrap();
    assert_eq!((store.seed().await.unwrap(), store.clock().await.unwrap()), (Some(u64::MAX), Some(clock)));
}

/// Two questions, one meaning: what the store lists and what the tail shows.
#[tokio::test]
async fn the_tail_shows_what_the_listing_lists() {
    use eush_pipeline::journal::AgencyCall;
    use eush_pipeline::pseudonym::Pseudonyms;

    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join(SqliteStore::FILE), 4).unwrap();
    let pseudonyms = Pseudonyms::new([3; 32]);
    let who = |index: u32| {
        let bin = eush_domain::synthetic::numbers::bin(index);
        pseudonyms.of(Party::Bin(bin))
    };
    for index in 0..4_u32 {
        let mut one = verdict(&format!("m-{index}"), if index < 2 { "A" } else { "B" }, None);
        one.received_at += time::Duration::hours(i64::from(index));
        one.rejection = (index == 3).then_some(Rejection::IinMismatch);
        one.people = [who(index), who(9)].into();
        one.application = (index == 1).then(|| ApplicationId::parse("app-1").unwrap());
        one.calls = vec![AgencyCall {
            agency: eush_domain::AgencyId::parse(if index == 0 { "gbdfl" } else { "enis" }).unwrap(),
            service: eush_domain::ServiceId::parse("S").unwrap(),
            calls: 1,
            outcome: "present".to_owned(),
            duration_micros: 0,
            decided_by: if index == 2 { "script/a" } else { "agency/enis" }.to_owned(),
            about: Some(who(index)),
        }];
        put(&store, one).await;
    }
    let text = |text: &str| Some(text.to_owned());
    let hour = |hours: i64| Some(datetime!(2026-03-02 05:00 UTC) + time::Duration::hours(hours));
    let all = EntryFilter::default;
    let filters = [
        (all(), 4),
        (EntryFilter { message_id: text("m-1"), ..all() }, 1),
        (EntryFilter { message_prefix: text("m"), ..all() }, 4),
        (EntryFilter { message_prefix: text("m-%"), ..all() }, 0),
        (EntryFilter { sender_id: text("B"), ..all() }, 2),
        (EntryFilter { application_id: text("app-1"), ..all() }, 1),
        (EntryFilter { reasons: Some(vec![""]), ..all() }, 3),
        (EntryFilter { reasons: Some(vec!["IIN_MISMATCH", "X"]), ..all() }, 1),
        (EntryFilter { reasons: Some(vec![]), ..all() }, 0),
        (EntryFilter { kind: text("send"), ..all() }, 4),
        (EntryFilter { kind: text("lookup"), ..all() }, 0),
        (EntryFilter { service_id: text("S"), ..all() }, 0),
        (EntryFilter { agency: text("enis"), ..all() }, 3),
        (EntryFilter { decided_by: text("script"), ..all() }, 1),
        (EntryFilter { decided_by: text("script/a"), agency: text("gbdfl"), ..all() }, 0),
        (EntryFilter { decided_by: text("scr"), ..all() }, 0),
        (EntryFilter { people: Some(vec![who(0), who(1)]), ..all() }, 2),
        (EntryFilter { people: Some(vec![who(9)]), ..all() }, 4),
        (EntryFilter { since: hour(1), until: hour(3), ..all() }, 2),
        (EntryFilter { before: Some(3), ..all() }, 2),
    ];
    let everything = store.entries(all(), 9).await.unwrap();
    for (filter, count) in filters {
        let listed = store.entries(filter.clone(), 9).await.unwrap();
        let admitted: Vec<_> = everything.iter().filter(|entry| filter.admits(entry)).collect();
        assert_eq!(listed.len(), count, "{filter:?}");
        let places = |entry: &&Entry| entry.sequence;
        assert_eq!(
            listed.iter().map(|entry| entry.sequence).collect::<Vec<_>>(),
            admitted.iter().map(places).collect::<Vec<_>>(),
            "{filter:?}"
        );
    }
    let calls = |filter: CallFilter| store.count_calls(filter);
    assert_eq!(calls(CallFilter { agency: text("enis"), ..CallFilter::default() }).await.unwrap(), 3);
    let about = CallFilter { about: Some(vec![who(9)]), ..CallFilter::default() };
    assert_eq!(calls(about).await.unwrap(), 0, "a call is about one person, a message may be about more");
    let after = CallFilter { after: Some((2, 0)), ..CallFilter::default() };
    let oldest = store.calls(after, End::Oldest, 1).await.unwrap();
    assert_eq!(oldest[0].verdict.message_id, "m-2");
}

#[tokio::test]
async fn a_store_of_before_is_searched_by_what_its_records_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.db");
    let mut old = verdict("m-1", "A", None);
    old.service = Some(eush_domain::ServiceId::parse("S").unwrap());
    let mut body = serde_json::to_value(&old).unwrap();
    body.as_object_mut().unwrap().remove("people");
    body["calls"] = serde_json::json!([
        { "agency": "enis", "service": "S", "calls": 1, "outcome": "absent", "duration_micros": 7 }
    ]);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(MIGRATIONS[0]).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    let sql = "INSERT INTO journal (message_id, sender_id, reason, body) VALUES ('m-1', 'A', '', ?1)";
    connection.execute(sql, [body.to_string()]).unwrap();
    drop(connection);
    let store = SqliteStore::open(&folder.path().join(SqliteStore::FILE), 4).unwrap();
    let filter = EntryFilter {
        kind: Some("send".to_owned()),
        service_id: Some("S".to_owned()),
        agency: Some("enis".to_owned()),
        decided_by: Some("agency".to_owned()),
        since: Some(datetime!(2026-03-02 05:00 UTC)),
        until: Some(datetime!(2026-03-02 05:00:01 UTC)),
        ..EntryFilter::default()
    };
    assert_eq!(ids(&store.entries(filter, 9).await.unwrap()), ["m-1"]);
}
