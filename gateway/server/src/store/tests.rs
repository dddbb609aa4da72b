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
        people: std::collections::BTreeSet::new(),
        received_at: at,
        answered_at: at,
        profile: Profile::Strict,
        findings: Vec::new(),
        rejection,
        calls: Vec::new(),
        steps: Vec::new(),
        duration_micros: 0,
        trace_id: String::new(),
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
    let store = SqliteStore::open(folder.path(), 4).unwrap();
    put(&store, verdict("m-1", "A", None)).await;
    put(&store, verdict("m-2", "B", Some(Rejection::IinMismatch))).await;
    put(&store, verdict("m-3", "A", Some(Rejection::IinMismatch))).await;
    put(&store, verdict("m-1", "A", Some(Rejection::AgencyTimeout))).await;
    let all = store.entries(EntryFilter::default(), 3).await.unwrap();
    assert_eq!(ids(&all), ["m-1", "m-3", "m-2"]);
    let reason = EntryFilter { reason: Some("IIN_MISMATCH".to_owned()), ..EntryFilter::default() };
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
    let store = SqliteStore::open(folder.path(), 64).unwrap();
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
    let store = SqliteStore::open(folder.path(), 4).unwrap();
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
    let store = SqliteStore::open(folder.path(), 4).unwrap();
    assert_eq!((store.seed().await.unwrap(), store.clock().await.unwrap()), (None, None));
    store.save_seed(u64::MAX).await.unwrap();
    store.save_clock(clock).await.unwrap();
    store.close();
    let store = SqliteStore::open(folder.path(), 4).unwrap();
    assert_eq!((store.seed().await.unwrap(), store.clock().await.unwrap()), (Some(u64::MAX), Some(clock)));
}
