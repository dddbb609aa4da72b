//! Many documents in one call: judged side by side, answered in the order in which they came.
//!
//! A place in the queue is taken before a request is read, and given back when its answer has been taken: a client that
//! does not read its answers is soon not read from either, and holds no more memory than the places.

use std::pin::Pin;
use std::sync::Arc;

use eush_domain::Rejection;
use eush_wire::eds::v1 as wire;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Status, Streaming};

use super::{Certificates, Undone, verdict};
use crate::realm::Realm;
use crate::rescue;

/// Answers, as tonic takes them.
pub(super) type Answers = Pin<Box<dyn Stream<Item = Result<wire::CheckDocumentsResponse, Status>> + Send>>;

/// Documents of one call that are judged at one time.
const AT_ONE_TIME: usize = 16;

type Judging = JoinHandle<Result<wire::CheckDocumentsResponse, Status>>;

/// Reads requests and judges them until the client ends, or the bus does.
pub(super) fn answers(realm: Arc<Realm>, mut requests: Streaming<wire::CheckDocumentsRequest>) -> Answers {
    let (queue, waiting) = mpsc::channel::<Result<Judging, Status>>(AT_ONE_TIME);
    let mut stop = realm.stopping();
    tokio::spawn(async move {
        // Nobody takes answers any more where there is no place to be had.
        while let Ok(place) = queue.reserve().await {
            let next = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => Err(rescue::rejected(Rejection::BusDraining)),
                next = requests.message() => next,
            };
            match next {
                Ok(Some(request)) => place.send(Ok(tokio::spawn(one(realm.clone(), request)))),
                Ok(None) => return,
                Err(status) => return place.send(Err(status)),
            }
        }
    });
    Box::pin(ReceiverStream::new(waiting).then(|judging| async {
        match judging?.await {
            Ok(answer) => answer,
            Err(error) => Err(Undone::Fault(error).into()),
        }
    }))
}

async fn one(
    realm: Arc<Realm>,
    request: wire::CheckDocumentsRequest,
) -> Result<wire::CheckDocumentsResponse, Status> {
    let mut answer = wire::CheckDocumentsResponse { id: request.id, ..Default::default() };
    match Certificates::document(&realm, request.check.unwrap_or_default()).await {
        Ok(judged) => answer.signers = judged.iter().map(verdict).collect(),
        Err(Undone::Faults(faults)) => {
            let fault = |fault: eush_pipeline::FieldFault| wire::FieldFault {
                field: format!("check.{}", fault.field),
                expected: fault.expected,
            };
            answer.faults = faults.into_iter().map(fault).collect();
        }
        Err(undone @ Undone::Fault(_)) => return Err(undone.into()),
    }
    Ok(answer)
}
