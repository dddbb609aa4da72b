//! `eush.management.v1.JournalService`.

use std::pin::Pin;
use std::sync::Arc;

use eush_wire::management::v1 as wire;
use eush_wire::management::v1::journal_service_server::JournalService;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status};

use crate::convert;
use crate::parts::Core;
use crate::realm::Realm;
use crate::rescue::{self, Context};
use crate::services::filter::entry_filter;
use crate::store::{DatabaseError, Entry, EntryFilter};

/// The service.
#[derive(Clone)]
pub(crate) struct Journal(pub(crate) Arc<Core>);

/// Entries that wait for a slow reader.
const WAITING: usize = 64;
/// Entries read at one time for a reader that fell behind.
const PAGE: u32 = 256;

pub(super) fn failed(error: &DatabaseError) -> Status {
    rescue::incident(error, &Context::default())
}

/// A caller's text for an answer: at most 64 characters, none of them control characters.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(64).collect()
}

#[tonic::async_trait]
impl JournalService for Journal {
    async fn get_entry(
        &self,
        request: Request<wire::GetEntryRequest>,
    ) -> Result<Response<wire::GetEntryResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let id = request.into_inner().message_id;
        let entry = realm.store.entry(id.clone()).await.map_err(|error| failed(&error))?;
        let entry = entry.ok_or_else(|| {
            let message = format!("The journal has no message `{}`.", shown(&id));
            rescue::management(Code::NotFound, "MESSAGE_NOT_JOURNALLED", &message)
        })?;
        Ok(Response::new(wire::GetEntryResponse { entry: Some(convert::journal_entry(&entry.verdict)) }))
    }

    async fn list_entries(
        &self,
        request: Request<wire::ListEntriesRequest>,
    ) -> Result<Response<wire::ListEntriesResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = request.into_inner();
        let limit = if request.limit == 0 { 50 } else { request.limit.min(1000) };
        let mut filter = entry_filter(request.filter.unwrap_or_default(), &realm)?;
        if !request.page_token.is_empty() {
            let before = request.page_token.parse().map_err(|_| {
                rescue::fields(vec![(
                    "page_token".to_owned(),
                    "the `next_page_token` of an answer".to_owned(),
                )])
            })?;
            filter.before = Some(before);
        }
        let entries = realm.store.entries(filter, limit).await.map_err(|error| failed(&error))?;
        let full = usize::try_from(limit).is_ok_and(|limit| entries.len() == limit);
        let next_page_token = entries.last().filter(|_| full).map(|last| last.sequence.to_string());
        let entries = entries.iter().map(|entry| convert::journal_entry(&entry.verdict)).collect();
        let next_page_token = next_page_token.unwrap_or_default();
        Ok(Response::new(wire::ListEntriesResponse { entries, next_page_token }))
    }

    async fn compare_profiles(
        &self,
        request: Request<wire::CompareProfilesRequest>,
    ) -> Result<Response<wire::CompareProfilesResponse>, Status> {
        let realm = self.0.realm(&request)?;
        let request = request.into_inner();
        let (signed, document) = convert::signed_request(request.document);
        let verdicts = realm.bus.compare(&request.application_id, signed, document).await;
        let verdicts = verdicts.map_err(|failure| rescue::failure(failure, &Context::default()))?;
        let verdicts = verdicts
            .into_iter()
            .map(|verdict| wire::ProfileVerdict {
                profile: verdict.profile.name().to_owned(),
                reason: verdict.reason.map_or("", |reason| reason.facts().reason).to_owned(),
                checks: convert::findings(&verdict.findings),
            })
            .collect();
        Ok(Response::new(wire::CompareProfilesResponse { verdicts }))
    }

    type TailEntriesStream = Pin<Box<dyn Stream<Item = Result<wire::TailEntriesResponse, Status>> + Send>>;

    async fn tail_entries(
        &self,
        request: Request<wire::TailEntriesRequest>,
    ) -> Result<Response<Self::TailEntriesStream>, Status> {
        let realm = self.0.realm(&request)?;
        let filter = entry_filter(request.into_inner().filter.unwrap_or_default(), &realm)?;
        let newest = realm.store.entries(EntryFilter::default(), 1).await.map_err(|error| failed(&error))?;
        let (out, stream) = mpsc::channel(WAITING);
        let tail = Tail {
            entries: realm.store.journal(),
            stop: realm.stopping(),
            realm,
            last: newest.first().map_or(0, |entry| entry.sequence),
            filter,
            out,
        };
        tokio::spawn(tail.run());
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}

/// One reader of the tail.
struct Tail {
    realm: Arc<Realm>,
    stop: watch::Receiver<bool>,
    entries: broadcast::Receiver<Entry>,
    /// Place of the newest entry that it has seen.
    last: i64,
    filter: EntryFilter,
    out: mpsc::Sender<Result<wire::TailEntriesResponse, Status>>,
}

impl Tail {
    async fn run(mut self) {
        let mut stop = self.stop.clone();
        loop {
            let entry = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.out.closed() => return,
                entry = self.entries.recv() => entry,
            };
            let going = match entry {
                Ok(entry) => self.show(&entry).await,
                Err(broadcast::error::RecvError::Closed) => false,
                Err(broadcast::error::RecvError::Lagged(_)) => self.catch_up().await,
            };
            if !going {
                return;
            }
        }
    }

    /// Reads from the store what the broadcast no longer has.
    async fn catch_up(&mut self) -> bool {
        loop {
            let page = match self.realm.store.entries_after(self.last, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    let _ = self.out.send(Err(failed(&error))).await;
                    return false;
                }
            };
            if page.is_empty() {
                return true;
            }
            for entry in page {
                if !self.show(&entry).await {
                    return false;
                }
            }
        }
    }

    async fn show(&mut self, entry: &Entry) -> bool {
        // What was read from the store may come again from the broadcast.
        if entry.sequence <= self.last {
            return true;
        }
        self.last = entry.sequence;
        if !self.filter.admits(entry) {
            return true;
        }
        let entry = Some(convert::journal_entry(&entry.verdict));
        self.out.send(Ok(wire::TailEntriesResponse { entry })).await.is_ok()
    }
}
