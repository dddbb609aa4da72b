//! Lists are swapped while others look up: nobody waits, and nobody sees half of a list.
//!
//! List *n* has the first *n* of a row of serial numbers on it, and no other. Whoever holds a picture can so tell from its
//! number what has to be on it; a picture that was put together of two lists, a list that came back after a newer one, and a
//! lookup in a table that is being built would each show.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::Duration as Patience;

use eush_ca::{EnrollmentRequest, RevocationReason};
use eush_domain::synthetic::numbers::Scheme;
use eush_domain::synthetic::population::Population;
use eush_pipeline::ports::Evidence as _;

use super::*;

const SWAPS: usize = 24;
/// Swaps of each list for itself: most of what could tear lasts a moment.
const AGAIN: usize = 500;
const READERS: usize = 4;
/// How long a reader that is blocked is waited for before the test says so.
const PATIENCE: Patience = Patience::from_secs(60);

/// Serial numbers, and the authority's list after each of them was revoked, from none on.
struct Row {
    serials: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
}

impl Row {
    fn of(case: &Case) -> Self {
        let population = Population::new(7, Scheme::default());
        let subject = population.certificate_subject("aigerim").unwrap();
        let (mut serials, mut lists) = (Vec::new(), vec![case.list()]);
        for number in 0..SWAPS {
            let golden = EnrollmentRequest::golden(subject.clone());
            let request = EnrollmentRequest { label: number.to_string(), ..golden };
            let enrolled = case.authority.enroll(&request).unwrap();
            let certificate = Certificate::parse(&enrolled.chain[0]).unwrap();
            case.authority.revoke(&certificate.serial_hex(), RevocationReason::Superseded, None).unwrap();
            case.authority.publish_now(None, None).unwrap();
            serials.push(certificate.serial().to_vec());
            lists.push(case.list());
        }
        Self { serials, lists }
    }

    /// How many of the row a picture has on its list. Panics where it is not the first ones, or not as many as the list's
    /// own count.
    fn seen(&self, picture: &EvidenceSnapshot) -> usize {
        let [list] = picture.revocation.lists() else { panic!("{} lists", picture.revocation.lists().len()) };
        let on_it: Vec<bool> = self.serials.iter().map(|serial| list.lookup(serial).is_some()).collect();
        let first = on_it.iter().take_while(|on_it| **on_it).count();
        assert!(on_it[first..].iter().all(|on_it| !on_it), "{on_it:?}");
        assert_eq!(first, list.len(), "what is found is what is listed");
        first
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lookups_see_whole_lists_while_lists_are_swapped() {
    let case = Case::new().await;
    let row = Arc::new(tokio::task::block_in_place(|| Row::of(&case)));
    assert_eq!(case.refreshed(&row.lists[0]).await.error, "");
    let first = case.keeper.snapshot();
    let trust = case.keeper.known().unwrap().trust.clone();
    let seen: Arc<[AtomicUsize; READERS]> = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..READERS)
        .map(|reader| {
            let (keeper, row, seen, stop) = (case.keeper.clone(), row.clone(), seen.clone(), stop.clone());
            std::thread::spawn(move || {
                let mut met = BTreeSet::new();
                let mut before = 0;
                while !stop.load(Ordering::SeqCst) {
                    let now = row.seen(&keeper.snapshot());
                    assert!(now >= before, "list {now} came after list {before}");
                    before = now;
                    met.insert(now);
                    seen[reader].store(now, Ordering::SeqCst);
                }
                met
            })
        })
        .collect();
    for (number, list) in row.lists.iter().enumerate().skip(1) {
        assert_eq!(case.refreshed(list).await.error, "");
        (0..AGAIN).for_each(|_| case.keeper.swap(&trust));
        // The next one comes only when every reader has met this one, or has panicked.
        while seen.iter().any(|seen| seen.load(Ordering::SeqCst) < number)
            && readers.iter().all(|reader| !reader.is_finished())
        {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::SeqCst);
    for reader in readers {
        let met = reader.join().expect("a reader that met no torn list");
        assert!(met.len() >= SWAPS, "every list was met: {met:?}");
    }
    // Who holds a picture holds it as it was.
    assert_eq!(row.seen(&first), 0);
    assert_eq!(row.seen(&case.keeper.snapshot()), SWAPS);
}

/// With every lock of the keeper held, as by a refresh that hangs, a reader still gets its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lookup_waits_for_a_lock() {
    let case = Case::new().await;
    assert_eq!(case.refreshed(&case.list()).await.error, "");
    let keeper = case.keeper.clone();
    let _turn = keeper.turn.lock().await;
    let (told, answer) = mpsc::channel();
    {
        let _authorities = keeper.authorities.lock().unwrap();
        let _held = keeper.held.lock().unwrap();
        let _learned = keeper.learned.lock().unwrap();
        let reading = case.keeper.clone();
        std::thread::spawn(move || {
            let picture = reading.snapshot();
            let found = picture.revocation.lists()[0].lookup(&[1]);
            told.send((found.is_some(), reading.next_update().is_some()))
        });
        let answer = answer.recv_timeout(PATIENCE).expect("a reader that waits for nobody");
        assert_eq!(answer, (false, true));
    }
}
